/* SPDX-License-Identifier: Apache-2.0 */
/* What the formats of C2SP are made of: lines, decimal numbers, Base 64 (RFC 4648, 4). All of it is
 * strict: a value has one way to be written. Threads: any. */
#ifndef JZ_LINES_H
#define JZ_LINES_H

#include "base/buf.h"

#include <jz/ledger.h>

/* Takes a line off the front of *rest, without its LF; false where none is left that ends so. */
JZ_CHECKED bool jz_line_take(jz_bytes *rest, jz_bytes *line);
/* Takes text off the front of *rest; false where it does not begin so. */
JZ_CHECKED bool jz_line_skip(jz_bytes *rest, const char *text);
bool jz_line_is(jz_bytes line, const char *text);
/* len bytes and their terminator into a field of size bytes, the rest of it zeros; false where
 * they do not fit or hold a zero byte. */
JZ_CHECKED bool jz_line_copy(jz_bytes line, char *to, size_t size);

/* A decimal number below 2^63 without leading zeros, and nothing else. */
JZ_CHECKED bool jz_decimal_read(jz_bytes text, uint64_t *out);

/* Padded, without white space, unused bits zero: only what jz_base64_put() writes is read. */
void jz_base64_put(jz_buf *out, const void *data, size_t len);
/* The same into text, which holds 4 * ((len + 2) / 3) + 1 bytes; terminated. */
void jz_base64_text(const uint8_t *data, size_t len, char *text);
/* Exactly len bytes. */
JZ_CHECKED bool jz_base64_read(jz_bytes text, uint8_t *out, size_t len);
/* How many bytes a text of its length and padding holds; SIZE_MAX for what cannot be one. */
size_t jz_base64_size(jz_bytes text);
/* A line that is a hash. */
JZ_CHECKED bool jz_base64_hash(jz_bytes text, jz_tree_hash *out);

/* U+0020 and above, or LF, in UTF-8. */
bool jz_text_valid(jz_bytes text);
/* The name of a key: UTF-8 of 1 to JZ_ORIGIN_MAX bytes without spaces (Unicode's White_Space),
 * control characters (C0, DEL) and '+'. */
bool jz_key_name_valid(jz_bytes name);

static inline jz_bytes jz_bytes_of(const char *s, size_t len)
{
    return (jz_bytes){ (const uint8_t *)s, len };
}

#endif
