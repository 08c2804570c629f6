/* SPDX-License-Identifier: Apache-2.0 */
/* Elements of EBML (RFC 8794): an identifier and a size of variable length, then the data. */
#ifndef JZ_EBML_H
#define JZ_EBML_H

#include "media/source.h"

typedef struct jz_ebml {
    uint32_t id;  /* with its length marker */
    uint64_t at;  /* of the identifier */
    uint64_t end; /* where it is of unknown size: of what it is in */
    bool unknown; /* its size is not told */
    uint64_t size_at;
    unsigned size_width; /* bytes of the size field */
    jz_span body;
} jz_ebml;

/* The element at the cursor, which moves behind it (of unknown size: to its first child).
 * JZ_E_CORRUPT, JZ_E_TRUNCATED. */
JZ_CHECKED jz_status jz_ebml_next(jz_span *s, jz_ebml *out, jz_err *err);
/* Appends an identifier and the size of what follows, in as few bytes as there can be, or in width.
 */
void jz_ebml_put_head(jz_buf *out, uint32_t id, uint64_t size, unsigned width);
void jz_ebml_put_size(jz_buf *out, uint64_t size, unsigned width);
/* Bytes that a size takes at least: 1 to 8, or 9 where it cannot be told. */
unsigned jz_ebml_size_width(uint64_t size);

#endif
