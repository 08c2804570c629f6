/* SPDX-License-Identifier: Apache-2.0 */
/* A strict reader of DER (ITU-T X.690, 8 and 10): definite lengths in their shortest form, tags of
 * one byte, everything within its bounds. A cursor over the elements inside one other; nothing is
 * copied. Fails with JZ_E_TRUNCATED, JZ_E_CORRUPT or JZ_E_LIMIT, naming the element and the offset
 * in it. Threads: a cursor belongs to one. */
#ifndef JZ_DER_H
#define JZ_DER_H

#include "base/buf.h"
#include "base/rd.h"

#define JZ_DER_BOOLEAN 0x01
#define JZ_DER_INTEGER 0x02
#define JZ_DER_BIT_STRING 0x03
#define JZ_DER_OCTET_STRING 0x04
#define JZ_DER_NULL 0x05
#define JZ_DER_OID 0x06
#define JZ_DER_UTF8_STRING 0x0c
#define JZ_DER_GENERALIZED_TIME 0x18
#define JZ_DER_SEQUENCE 0x30
#define JZ_DER_SET 0x31
#define JZ_DER_CONTEXT(n) (0x80 | (n))             /* [n] IMPLICIT of something primitive */
#define JZ_DER_CONSTRUCTED_CONTEXT(n) (0xa0 | (n)) /* [n] of something constructed */

#define JZ_DER_DEPTH_MAX 32 /* elements in one another that jz_der_check() follows */

typedef jz_rd jz_der;

jz_der jz_der_of(jz_bytes bytes, const char *what);
bool jz_der_more(const jz_der *d);
/* Whether an element with that tag is next. */
bool jz_der_is(const jz_der *d, unsigned tag);
/* Nothing is left. */
JZ_CHECKED jz_status jz_der_end(const jz_der *d, jz_err *err);
JZ_CHECKED jz_status jz_der_any(jz_der *d, unsigned *tag, jz_bytes *body, jz_err *err);
/* The next element, which must have that tag. */
JZ_CHECKED jz_status jz_der_take(jz_der *d, unsigned tag, jz_bytes *body, jz_err *err);
/* The same, to read the elements in it; what: its name in messages. */
JZ_CHECKED jz_status jz_der_enter(jz_der *d, unsigned tag, const char *what, jz_der *in,
                                  jz_err *err);
/* An INTEGER that is not negative, without the zero byte that keeps it so; 0 is one zero byte. tag:
 * JZ_DER_INTEGER, or what replaces it. */
JZ_CHECKED jz_status jz_der_unsigned(jz_der *d, unsigned tag, jz_bytes *out, jz_err *err);
JZ_CHECKED jz_status jz_der_u32(jz_der *d, unsigned tag, uint32_t *out, jz_err *err);
JZ_CHECKED jz_status jz_der_bool(jz_der *d, bool *out, jz_err *err);
/* A GeneralizedTime as RFC 3161 (2.4.2) restricts it: YYYYMMDDhhmmss[.s...]Z. In microseconds since
 * 1970; finer digits are dropped. */
JZ_CHECKED jz_status jz_der_time(jz_der *d, int64_t *at_us, jz_err *err);
/* Dotted numbers of an OBJECT IDENTIFIER's bytes into text, terminated; JZ_E_LIMIT where it does
 * not fit. */
JZ_CHECKED jz_status jz_der_oid_text(jz_bytes oid, char *text, size_t size, jz_err *err);

/* One element, nothing behind it, and everything in it in order to the innermost element. */
JZ_CHECKED jz_status jz_der_check(jz_bytes bytes, const char *what, jz_err *err);

#endif
