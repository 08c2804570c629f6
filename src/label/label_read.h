/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_LABEL_READ_H
#define JZ_LABEL_READ_H

#include "label/label_blocks.h"

/* What the blocks say; *out must be empty. Fails with JZ_E_NOMEM, JZ_E_BUG. */
JZ_CHECKED jz_status jz_label_judge(const jz_label_blocks *b, const struct jz_pins *pins,
                                    jz_label *out, jz_err *err);

/* Where the label that counts stands: the carrier's name, or words where it is not at home; NULL.
 */
const char *jz_label_carrier(const jz_label *l);

static inline void jz_label_donep(jz_label *l)
{
    jz_label_done(l);
}
#define JZ_LABEL_AUTO __attribute__((cleanup(jz_label_donep))) jz_label

#endif
