/* SPDX-License-Identifier: Apache-2.0 */
/* c2sp.org/tlog-proof: a leaf's place, its path to the root and the signed checkpoint, in one text.
 * Threads: any. */
#ifndef JZ_PROOF_H
#define JZ_PROOF_H

#include "base/buf.h"
#include "ledger/tree.h"

typedef struct jz_tlog_proof {
    jz_bytes extra64; /* Base 64 of what nothing vouches for; borrowed; of no length: none */
    uint64_t index;
    jz_tree_path path;
    jz_bytes checkpoint; /* the signed note; borrowed */
} jz_tlog_proof;

void jz_tlog_proof_put(const jz_tlog_proof *proof, jz_buf *out);
/* Borrows from text. JZ_E_CORRUPT, JZ_E_LIMIT. Verifies nothing. */
JZ_CHECKED jz_status jz_tlog_proof_parse(jz_bytes text, jz_tlog_proof *out, jz_err *err);

#endif
