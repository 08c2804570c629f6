/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for one test, a small bag in it, and authorities made on the spot. */
#ifndef JZ_EVIDENCE_FIXTURE_H
#define JZ_EVIDENCE_FIXTURE_H

#include <jz/evidence.h>

#include "base/buf.h"

#include <stdarg.h>
#include <stdlib.h>

int fx_set_up(void **state);
int fx_tear_down(void **state); /* fails where something is left that was not made by the test */

/* A path in the folder; valid until eight calls later. */
const char *fx_path(const char *name);
void fx_write(const char *name, const void *data, size_t len);
void fx_puts(const char *name, const char *text);
void fx_read(const char *name, jz_buf *out); /* replaces what *out holds */
void fx_mkdir(const char *name);
/* How many entries a folder has. */
size_t fx_entries(const char *name);

/* A bag of our own with three small files, under that name. */
jz_status fx_bag(const char *name, jz_err *err);

/* ca.pem; signer.pem and .key (EC), second.pem and .key (RSA), both below ca; expired.pem and .key,
 * encipher.pem and .key (not for signing), stranger.pem and .key (of another authority,
 * other-ca.pem), ed.pem and .key (Ed25519); tsa.pem and .key; signer-locked.key (password
 * "secret"). */
void fx_pki(void);

/* A real authority: answers a request as RFC 3161 wants it. user: NULL, or a time to stamp, as
 * long * (seconds since 1970). */
jz_status fx_tsa(void *user, jz_bytes request, uint8_t **out, size_t *len, jz_err *err);

jz_bytes fx_bytes(const jz_buf *b);

/* Which bits of byte i are flipped in turn: all, but under a sanitizer, which takes ten times as
 * long, one. */
static inline bool fx_flips(size_t i, unsigned bit)
{
#ifdef JZ_SANITIZED
    return i % 8 == bit;
#else
    (void)i;
    return bit < 8;
#endif
}

#endif
