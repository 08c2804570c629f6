/* SPDX-License-Identifier: Apache-2.0 */
/* Who signs: a private key, which may be in a token, and the certificates that go along (14.5). */
#ifndef JZ_SIGNER_H
#define JZ_SIGNER_H

#include "provenance/cert.h"

#include <openssl/evp.h>

#define JZ_SIGNATURE_MAX 2048 /* bytes: of RSA with 16384 bits */

struct jz_signer {
    EVP_PKEY *key;
    STACK_OF(X509) * certs; /* leaf first, without a root that the verifier must have anyway */
    jz_cose_alg alg;
    size_t size;    /* bytes of a signature */
    jz_buf protect; /* the protected headers: encoded CBOR */
};

/* The signature as COSE has it, of s->size bytes. JZ_E_UNSUPPORTED, JZ_E_NOMEM and, where a token
 * refuses, JZ_E_IO. */
JZ_CHECKED jz_status jz_signer_sign(const jz_signer *s, jz_bytes message,
                                    uint8_t out[JZ_SIGNATURE_MAX], jz_err *err);
/* The private key of a PKCS #11 URI, by the engine; NULL where there is none (signer_engine.c). */
EVP_PKEY *jz_engine_key(const char *uri);
/* OpenSSL's reason for the thread's last error; "unknown reason" where it has none. */
#define JZ_SIGNER_REASON 100
const char *jz_openssl_reason(char text[JZ_SIGNER_REASON]);

#endif
