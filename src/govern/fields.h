/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259) into structs of plain values and back, by one table. Strict: UTF-8, no key twice,
 * no key that the table does not have, whole numbers only, every size capped by its field. Nothing
 * is allocated. A table whose keys are in the order of bytes writes a text in one way only, and
 * that is the canonical text, which is hashed: keys in order, no blanks, absent fields left out.
 * Threads: any. */
#ifndef JZ_FIELDS_H
#define JZ_FIELDS_H

#include "base/json.h"

typedef enum jz_field_kind {
    JZ_FIELD_TEXT,    /* char[size], terminated; "" = absent */
    JZ_FIELD_WORD,    /* int: 1 + its place in words; 0 = absent */
    JZ_FIELD_BOOL,    /* bool */
    JZ_FIELD_INT,     /* int64_t from min to max; 0 = absent */
    JZ_FIELD_HEX,     /* uint8_t[size]; zeros = absent */
    JZ_FIELD_OBJECT,  /* a struct by sub */
    JZ_FIELD_TEXTS,   /* char[max][size], min of them at least; their number at count */
    JZ_FIELD_HEXES,   /* uint8_t[max][size], likewise */
    JZ_FIELD_WORDS,   /* uint32_t: bit i is words[i]; min of them at least, none twice */
    JZ_FIELD_OBJECTS, /* struct[max] of size bytes each by sub, likewise */
} jz_field_kind;

typedef struct jz_field { /* a table ends with a row of zeros */
    const char *key;
    jz_field_kind kind;
    bool optional; /* may be left out or null */
    size_t at;     /* offset in the struct */
    size_t size;
    int64_t min, max;
    size_t count;             /* offset of a size_t */
    const char *const *words; /* ends with NULL */
    const struct jz_field *sub;
    size_t seen; /* 1 + offset of a bool that says whether it was there, where that is not the same
                    as its zero; 0 = none */
} jz_field;

#define JZ_FIELDS_MAX 32 /* rows of a table */

/* One object and nothing but blanks after it, into out, which is zeroed first; on failure out holds
 * what was read so far. what names the text in messages. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT
 * (a text or list longer than its field), naming the key. */
JZ_CHECKED jz_status jz_fields_read(const jz_field *table, jz_bytes text, const char *what,
                                    void *out, size_t size, jz_err *err);
/* The struct as an object. */
void jz_fields_put(const jz_field *table, const void *in, jz_json *j);

#endif
