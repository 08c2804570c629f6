/* SPDX-License-Identifier: Apache-2.0 */
/* The one way to read untrusted bytes: a cursor over a slice that cannot leave it. Every function
 * fails with JZ_E_TRUNCATED, naming the slice and the offset, and leaves the cursor where it was.
 * Threads: a cursor belongs to one. */
#ifndef JZ_RD_H
#define JZ_RD_H

#include <jz/base.h>

typedef struct jz_rd {
    const uint8_t *ptr;
    size_t len;
    size_t at;
    const char *what; /* the slice's name in messages; borrowed */
} jz_rd;

jz_rd jz_rd_of(jz_bytes slice, const char *what);
size_t jz_rd_left(const jz_rd *rd);
JZ_CHECKED jz_status jz_rd_skip(jz_rd *rd, uint64_t n, jz_err *err);
/* The next n bytes, borrowed from the slice. */
JZ_CHECKED jz_status jz_rd_take(jz_rd *rd, uint64_t n, jz_bytes *out, jz_err *err);
JZ_CHECKED jz_status jz_rd_u8(jz_rd *rd, uint8_t *out, jz_err *err);
JZ_CHECKED jz_status jz_rd_u16be(jz_rd *rd, uint16_t *out, jz_err *err);
JZ_CHECKED jz_status jz_rd_u16le(jz_rd *rd, uint16_t *out, jz_err *err);
JZ_CHECKED jz_status jz_rd_u32be(jz_rd *rd, uint32_t *out, jz_err *err);
JZ_CHECKED jz_status jz_rd_u32le(jz_rd *rd, uint32_t *out, jz_err *err);
JZ_CHECKED jz_status jz_rd_u64be(jz_rd *rd, uint64_t *out, jz_err *err);

/* Slices compared by their bytes; without a cursor. */
bool jz_bytes_same(jz_bytes a, jz_bytes b);
bool jz_bytes_are(jz_bytes b, const char *text);
bool jz_bytes_begin(jz_bytes b, const char *text);
/* Those of a text, without its terminator. */
jz_bytes jz_bytes_of_text(const char *text);

#endif
