/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a checkpoint (c2sp.org/tlog-checkpoint): origin, size, root. Threads: any. */
#ifndef JZ_CHECKPOINT_H
#define JZ_CHECKPOINT_H

#include "base/buf.h"

#include <jz/ledger.h>

/* Appends the three lines, without extension lines. */
void jz_checkpoint_put(const jz_checkpoint *cp, jz_buf *out);
/* text: of a note. Extension lines are passed over; *extended (or NULL) tells whether there are
 * any. JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_checkpoint_parse(jz_bytes text, jz_checkpoint *out, bool *extended,
                                         jz_err *err);

#endif
