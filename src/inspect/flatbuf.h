/* SPDX-License-Identifier: Apache-2.0 */
/* FlatBuffers, read strictly: every offset, table and vector is checked to lie within the bytes
 * before anything of it is read. A field that is not there has its default; a vector that is not
 * there is empty. Source: FlatBuffers, "Internals" (flatbuffers.dev/internals). */
#ifndef JZ_FLATBUF_H
#define JZ_FLATBUF_H

#include <jz/base.h>

typedef struct jz_fb_table {
    jz_bytes file;              /* borrowed */
    uint32_t at;                /* of the table */
    uint32_t vtable;            /* of its list of fields */
    uint32_t vtable_size, size; /* bytes */
} jz_fb_table;

typedef struct jz_fb_vector {
    jz_bytes file;
    uint32_t at; /* of the first element */
    uint32_t n;
} jz_fb_vector;

/* The root table of a file with this 4-byte identifier. JZ_E_CORRUPT, JZ_E_TRUNCATED, as all. */
JZ_CHECKED jz_status jz_fb_root(jz_bytes file, const char *identifier, jz_fb_table *out,
                                jz_err *err);
JZ_CHECKED jz_status jz_fb_u8(const jz_fb_table *t, unsigned field, uint8_t otherwise, uint8_t *out,
                              jz_err *err);
JZ_CHECKED jz_status jz_fb_u32(const jz_fb_table *t, unsigned field, uint32_t otherwise,
                               uint32_t *out, jz_err *err);
/* A table that is not there has size 0, and every field of it its default. */
JZ_CHECKED jz_status jz_fb_table_of(const jz_fb_table *t, unsigned field, jz_fb_table *out,
                                    jz_err *err);
/* element_size: bytes of an element; of tables, 4. */
JZ_CHECKED jz_status jz_fb_vector_of(const jz_fb_table *t, unsigned field, unsigned element_size,
                                     jz_fb_vector *out, jz_err *err);
/* Element i < v->n of a vector of 4-byte numbers. */
uint32_t jz_fb_u32_at(const jz_fb_vector *v, uint32_t i);
/* Element i < v->n of a vector of tables. */
JZ_CHECKED jz_status jz_fb_table_at(const jz_fb_vector *v, uint32_t i, jz_fb_table *out,
                                    jz_err *err);

#endif
