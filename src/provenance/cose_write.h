/* SPDX-License-Identifier: Apache-2.0 */
/* Writing COSE_Sign1 (RFC 9052) as C2PA has it (13.2), of a size that was fixed before. */
#ifndef JZ_COSE_WRITE_H
#define JZ_COSE_WRITE_H

#include "provenance/cert.h"

/* The protected headers: the algorithm and the certificates. */
void jz_cose_put_protected(jz_buf *out, jz_cose_alg alg, STACK_OF(X509) * certs);

typedef struct jz_cose_parts {
    jz_bytes protect, signature;
    jz_bytes stamp; /* a time stamp token in DER; ptr NULL: none */
} jz_cose_parts;

/* Bytes that are needed at least. reserve: for a time stamp that is not there yet; 0: none will be.
 */
size_t jz_cose_room(size_t protect, size_t signature, size_t reserve);
/* Appends it with as much padding as makes it size bytes. JZ_E_LIMIT where it is longer. */
JZ_CHECKED jz_status jz_cose_put(jz_buf *out, const jz_cose_parts *p, size_t size, jz_err *err);

/* How the keys of an algorithm are used; digest NULL: Ed25519 has its own. (cert.c) */
bool jz_cose_alg_fits(const EVP_PKEY *key, jz_cose_alg alg);
const EVP_MD *jz_cose_digest(jz_cose_alg alg);

#endif
