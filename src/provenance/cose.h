/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1 (RFC 9052) as C2PA has it (13.2): reading, and what is signed. Everything is borrowed
 * from the bytes that were read. */
#ifndef JZ_COSE_H
#define JZ_COSE_H

#include "base/buf.h"

#define JZ_COSE_CERTS_MAX 16
#define JZ_COSE_OCSP_MAX 16

typedef enum jz_cose_alg { /* RFC 9053; in the order of the table in cose.c */
                           JZ_COSE_ES256,
                           JZ_COSE_ES384,
                           JZ_COSE_ES512,
                           JZ_COSE_PS256,
                           JZ_COSE_PS384,
                           JZ_COSE_PS512,
                           JZ_COSE_EDDSA,
                           JZ_COSE_OTHER,
} jz_cose_alg;
/* "es256", ..., "ed25519"; "" for another. */
const char *jz_cose_alg_name(jz_cose_alg a);
/* -7, ...; 0 for another. */
int64_t jz_cose_alg_number(jz_cose_alg a);

typedef struct jz_cose {
    jz_bytes protect; /* the protected headers as they were signed: encoded CBOR */
    jz_bytes signature;
    jz_cose_alg alg;
    int64_t alg_number;
    jz_bytes cert[JZ_COSE_CERTS_MAX]; /* DER, the signer's first */
    size_t n_certs;
    jz_bytes stamp; /* DER of the time stamp; ptr NULL: none */
    size_t n_stamps;
    bool stamp_of_claim; /* sigTst, of claims of version 1: of the claim; else of the signature */
    jz_bytes ocsp[JZ_COSE_OCSP_MAX]; /* DER */
    size_t n_ocsp;
    jz_bytes iat; /* text; ptr NULL: none */
} jz_cose;

/* JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_UNSUPPORTED, JZ_E_LIMIT: not a COSE_Sign1 as C2PA wants it,
 * among them: a payload that is not detached, padding that is not zero, certificates in both
 * headers or in neither. */
JZ_CHECKED jz_status jz_cose_parse(jz_bytes bytes, jz_cose *out, jz_err *err);

/* What is signed: Sig_structure of RFC 9052, 4.4, appended to out. */
void jz_cose_put_signed(jz_buf *out, const jz_cose *c, jz_bytes payload);
/* What is stamped (10.3.2.5): the same with the context "CounterSignature", of the claim where ptr
 * is not NULL (sigTst), else of the signature (sigTst2, c2pa.time-stamp). */
void jz_cose_put_stamped(jz_buf *out, const jz_cose *c, jz_bytes claim);

#endif
