/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 (RFC 8032), HMAC-SHA-256 (RFC 2104) and random bytes: where ledger/ meets OpenSSL's EVP.
 * Every function leaves the thread's queue of OpenSSL errors as it was. Threads: any. */
#ifndef JZ_ED25519_H
#define JZ_ED25519_H

#include <jz/ledger.h>

#define JZ_ED25519_SIG 64

/* JZ_E_BUG where OpenSSL does not work, here and below. */
JZ_CHECKED jz_status jz_ed25519_public(const uint8_t seed[JZ_ED25519_SEED],
                                       uint8_t key[JZ_ED25519_PUBLIC], jz_err *err);
JZ_CHECKED jz_status jz_ed25519_sign(const uint8_t seed[JZ_ED25519_SEED], jz_bytes message,
                                     uint8_t sig[JZ_ED25519_SIG], jz_err *err);
JZ_CHECKED jz_status jz_ed25519_verify(const uint8_t key[JZ_ED25519_PUBLIC], jz_bytes message,
                                       const uint8_t sig[JZ_ED25519_SIG], bool *ok, jz_err *err);
JZ_CHECKED jz_status jz_hmac_sha256(const uint8_t key[32], jz_bytes message, uint8_t mac[32],
                                    jz_err *err);
JZ_CHECKED jz_status jz_random(void *to, size_t len, jz_err *err);
/* Overwrites a secret. */
void jz_wipe(void *p, size_t len);

#endif
