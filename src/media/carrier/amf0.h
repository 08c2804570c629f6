/* SPDX-License-Identifier: Apache-2.0 */
/* Values in AMF0 (Action Message Format, Adobe 2007, 2): a type marker, then the value; objects and
 * arrays hold further values. Read from front to back, however large they are. */
#ifndef JZ_AMF0_H
#define JZ_AMF0_H

#include "media/source.h"

#define JZ_AMF0_DEPTH 16 /* objects and arrays in each other */
#define JZ_AMF0_KEY 64   /* bytes of a key that is told, with its terminator; of a longer one, "" */

/* Type markers. */
enum {
    JZ_AMF0_NUMBER = 0,
    JZ_AMF0_BOOLEAN = 1,
    JZ_AMF0_STRING = 2,
    JZ_AMF0_OBJECT = 3,
    JZ_AMF0_NULL = 5,
    JZ_AMF0_UNDEFINED = 6,
    JZ_AMF0_REFERENCE = 7,
    JZ_AMF0_ECMA_ARRAY = 8,
    JZ_AMF0_END = 9,
    JZ_AMF0_STRICT_ARRAY = 10,
    JZ_AMF0_DATE = 11,
    JZ_AMF0_LONG_STRING = 12,
    JZ_AMF0_UNSUPPORTED = 13,
    JZ_AMF0_XML = 15,
    JZ_AMF0_TYPED_OBJECT = 16,
    JZ_AMF0_AMF3 = 17,
};

typedef struct jz_amf0_value {
    uint8_t type;
    uint64_t entry; /* where it begins in the file, with its key */
    uint64_t at;    /* of the type marker */
    jz_span data;   /* of a number, a string or an XML text: its bytes */
    uint64_t end;   /* behind it; of an object or array: where its first value begins */
    char key[JZ_AMF0_KEY];
} jz_amf0_value;

typedef struct jz_amf0_level { /* an object or array */
    uint8_t type;
    uint64_t count_at; /* of an ECMA array: its four bytes for the number of entries */
    uint32_t left;     /* of a strict array: values still to come */
    uint32_t entries;  /* so far */
    char key[JZ_AMF0_KEY];
} jz_amf0_level;

typedef struct jz_amf0_walk { /* = { .s }: at a type marker */
    jz_span s;
    jz_amf0_level level[JZ_AMF0_DEPTH]; /* what the walk is in, outermost first */
    size_t depth;
    bool begun;
} jz_amf0_walk;

/* The next of the value at the walk's start and all in it; *more is false behind it. Objects and
 * ECMA arrays end with a value of type END: what has ended is then level[depth], and entry is where
 * a further entry would go. JZ_E_TRUNCATED, JZ_E_CORRUPT, JZ_E_UNSUPPORTED for AMF3, JZ_E_LIMIT for
 * more than JZ_AMF0_DEPTH levels. */
JZ_CHECKED jz_status jz_amf0_next(jz_amf0_walk *w, jz_amf0_value *out, bool *more, jz_err *err);
/* Where a string stands alone at the cursor, which moves behind it: its text as for keys. */
JZ_CHECKED jz_status jz_amf0_name(jz_span *s, char out[JZ_AMF0_KEY], bool *found, jz_err *err);

/* Appends "key": value as an entry of an object; a value of more than 65535 bytes is a long string.
 * key may be NULL: the value alone. */
void jz_amf0_put_text(jz_buf *out, const char *key, jz_bytes value);
void jz_amf0_put_u32(jz_buf *out, uint32_t v);

#endif
