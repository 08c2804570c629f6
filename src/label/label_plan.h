/* SPDX-License-Identifier: Apache-2.0 */
/* What the new label is, and how the file's blocks change for it: decided here, written in
 * label_write.c. */
#ifndef JZ_LABEL_PLAN_H
#define JZ_LABEL_PLAN_H

#include "label/label_read.h"

/* The label that a file which has old is to have after the change. *out must be empty. Fails as
 * jz_label_apply() does. */
JZ_CHECKED jz_status jz_label_decide(const jz_label *old, const jz_label_change *change,
                                     jz_aigc *out, jz_err *err);

/* The splices that put the label (and the source type, NULL = as it is) into the file whose blocks
 * and label are given, as its only one. */
JZ_CHECKED jz_status jz_label_plan(jz_label_blocks *b, const jz_label *old, const jz_aigc *aigc,
                                   const char *source_type, jz_splices *out, jz_err *err);

#endif
