/* SPDX-License-Identifier: Apache-2.0 */
/* The request of c2sp.org/tlog-witness: "old SIZE", the hashes that lead from there, an empty line,
 * a signed checkpoint. Threads: any. */
#ifndef JZ_WITNESS_H
#define JZ_WITNESS_H

#include "base/buf.h"
#include "ledger/tree.h"

#define JZ_WITNESS_HASHES 63

typedef struct jz_witness_request {
    uint64_t old;
    jz_tree_path path;
    jz_bytes checkpoint; /* the signed note; borrowed */
} jz_witness_request;

void jz_witness_request_put(const jz_witness_request *request, jz_buf *out);
/* Borrows from text. JZ_E_CORRUPT. Verifies nothing. */
JZ_CHECKED jz_status jz_witness_request_parse(jz_bytes text, jz_witness_request *out, jz_err *err);

#endif
