/* SPDX-License-Identifier: Apache-2.0 */
/* SM2 signatures over SM3 digests (GB/T 32918.2-2016, GB/T 32918.5-2017, GB/T 32905-2016), with the
 * user id 1234567812345678. The one place where label/ meets OpenSSL. Threads: any. */
#ifndef JZ_SECURITY_SM2_H
#define JZ_SECURITY_SM2_H

#include "base/buf.h"

#define JZ_SM2_POINT 65 /* bytes of a public key, 04 || x || y */
#define JZ_SM2_SPKI 91  /* bytes of its SubjectPublicKeyInfo (RFC 5480), DER */
#define JZ_SM2_DER 80   /* bytes that hold any signature in DER */

typedef struct jz_sm2_signature { /* Ecdsa-Sig-Value (RFC 3279), DER */
    uint8_t der[JZ_SM2_DER];
    size_t len;
} jz_sm2_signature;

/* A public key in hex: SubjectPublicKeyInfo in DER, 04||x||y, 02/03||x, or x alone, with or
 * without 00 before it, which some write for the point whose y is even. JZ_E_CORRUPT for what is
 * none of them or no point of the curve. */
JZ_CHECKED jz_status jz_sm2_read_point(const char *hex, size_t len, uint8_t point[JZ_SM2_POINT],
                                       jz_err *err);
void jz_sm2_spki(const uint8_t point[JZ_SM2_POINT], uint8_t out[JZ_SM2_SPKI]);
/* A signature in hex: DER, or r||s of 64 bytes. JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_sm2_read_signature(const char *hex, size_t len, jz_sm2_signature *out,
                                           jz_err *err);

/* *ok: whether the signature is one of message by the key; e = SM3(Z || M), or SM3(Z || SM3(M))
 * where twice is set. JZ_E_BUG where OpenSSL does not work. */
JZ_CHECKED jz_status jz_sm2_verify(const uint8_t point[JZ_SM2_POINT], jz_bytes message, bool twice,
                                   const jz_sm2_signature *sig, bool *ok, jz_err *err);
/* Signs with the private key in a PEM file; e = SM3(Z || M). JZ_E_NOTFOUND, JZ_E_IO, JZ_E_CORRUPT
 * for what is no private key, JZ_E_UNSUPPORTED for one that is encrypted or of another kind. */
JZ_CHECKED jz_status jz_sm2_sign(const char *key_path, jz_bytes message,
                                 uint8_t point[JZ_SM2_POINT], jz_sm2_signature *out, jz_err *err);

#endif
