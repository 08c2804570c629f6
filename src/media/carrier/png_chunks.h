/* SPDX-License-Identifier: Apache-2.0 */
/* The chunks of a PNG (3rd edition, 2025, 5.3), one after the other: length, type, data, CRC. */
#ifndef JZ_PNG_CHUNKS_H
#define JZ_PNG_CHUNKS_H

#include "media/source.h"

#define JZ_PNG_CHUNK_MAX 0x7fffffffu /* bytes of data */

typedef struct jz_png_chunk {
    char type[5];
    uint64_t at;  /* of its length field */
    uint64_t end; /* behind its CRC */
    jz_span data;
} jz_png_chunk;

/* Behind the signature. JZ_E_CORRUPT where there is none. */
JZ_CHECKED jz_status jz_png_open(jz_source *src, jz_span *out, jz_err *err);
/* The chunk at the cursor, which moves behind it; its CRC is not looked at. JZ_E_CORRUPT,
 * JZ_E_TRUNCATED. */
JZ_CHECKED jz_status jz_png_next(jz_span *png, jz_png_chunk *out, jz_err *err);
bool jz_png_is(const jz_png_chunk *c, const char *type);

#endif
