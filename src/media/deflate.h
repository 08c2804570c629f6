/* SPDX-License-Identifier: Apache-2.0 */
/* Compressed metadata: RFC 1950 and RFC 1951 through zlib, with a cap on what comes out; and the
 * checksum that goes with them. */
#ifndef JZ_DEFLATE_H
#define JZ_DEFLATE_H

#include "base/buf.h"

typedef enum jz_deflate_form {
    JZ_DEFLATE_ZLIB, /* RFC 1950: PNG, PDF */
    JZ_DEFLATE_RAW,  /* RFC 1951: ZIP */
} jz_deflate_form;

/* Appends what a compressed block holds; more than max bytes is JZ_E_LIMIT, before they are
 * written. A block that is damaged or does not end is JZ_E_CORRUPT; what stands behind its end is
 * ignored. On failure out is as it was. Threads: any. */
JZ_CHECKED jz_status jz_inflate(jz_deflate_form form, jz_bytes in, size_t max, jz_buf *out,
                                jz_err *err);
/* Appends the block, compressed at zlib's default level. */
JZ_CHECKED jz_status jz_deflate(jz_deflate_form form, jz_bytes in, jz_buf *out, jz_err *err);
/* CRC-32 of ISO 3309 (PNG, ZIP) of the bytes that follow those of crc; 0 to begin with. */
uint32_t jz_crc32(uint32_t crc, const void *data, size_t len);

#endif
