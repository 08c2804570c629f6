/* SPDX-License-Identifier: Apache-2.0 */
/* Security data in ReservedCode1 and ReservedCode2 (TC260-PG-202511A, known from its public summary
 * and from labels in real files): SM2 signatures over SM3 of three of the label's fields. OpenSSL
 * does the arithmetic. Threads: any. */
#ifndef JZ_SECURITY_H
#define JZ_SECURITY_H

#include <jz/label.h>

#include "base/buf.h"

/* Public keys that the operator vouches for, each with a name. */
typedef struct jz_pins jz_pins;
/* One file: lines of a name, blanks and a key in hex (SubjectPublicKeyInfo DER, 04||x||y or
 * 02/03||x); # begins a comment. JZ_E_CORRUPT names the line. */
JZ_CHECKED jz_status jz_pins_load(const char *path, jz_pins **out, jz_err *err);
void jz_pins_free(jz_pins *pins);

/* Judges the data in f (JZ_AIGC_RESERVED1 or JZ_AIGC_RESERVED2). pins NULL = none. Data that is
 * damaged is OPAQUE, with the reason in the message: it never fails for what the label says. Fails
 * with JZ_E_NOMEM, JZ_E_BUG (OpenSSL). */
JZ_CHECKED jz_status jz_security_verify(const jz_aigc *a, jz_aigc_field f, const jz_pins *pins,
                                        jz_signature *out, jz_err *err);
/* Signs Label, ContentProducer and ProduceID with the SM2 private key in the PEM file and puts the
 * security data into ReservedCode1, in the form that App. E's character set allows (quotes become
 * \" in the written label; no blanks). e = SM3(Z || M). The written form verifies with
 * jz_security_verify(). JZ_E_NOTFOUND, JZ_E_CORRUPT, JZ_E_UNSUPPORTED for another kind of key,
 * JZ_E_INVAL for a field that is missing. */
JZ_CHECKED jz_status jz_security_sign(jz_aigc *a, const char *key_path, jz_err *err);

JZ_DEFINE_AUTO(jz_pins, jz_pins_free);

#endif
