/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_HEX_H
#define JZ_HEX_H

#include "base/buf.h"

/* Lower-case digits of data, 2 * len of them. */
void jz_hex_put(jz_buf *out, const uint8_t *data, size_t len);
/* The same into text, which holds 2 * len + 1 bytes; terminated. */
void jz_hex_encode(const uint8_t *data, size_t len, char *text);
/* Exactly 2 * size hex digits of either case; false where text is anything else. */
JZ_CHECKED bool jz_hex_decode(const char *text, size_t len, uint8_t *out, size_t size);

#endif
