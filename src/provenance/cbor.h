/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR (RFC 8949) as C2PA needs it: a strict reader of untrusted bytes that copies nothing, and a
 * writer of the core deterministic encoding (4.2.1).
 *
 * jz_cbor_parse() goes through all bytes once and holds them against the limits; what it accepts is
 * walked with functions that cannot fail. Refused although RFC 8949 has them, because no C2PA
 * structure does: strings in pieces, keys that are neither integers nor strings, equal keys in one
 * map, anything behind the item. Lists and maps without a length and heads that are longer than
 * need be are read (early signers wrote them) unless the caller wants determinism. Threads: any. */
#ifndef JZ_CBOR_H
#define JZ_CBOR_H

#include "base/buf.h"

typedef enum jz_cbor_kind {
    JZ_CBOR_UINT,   /* value */
    JZ_CBOR_NEGINT, /* -1 - value */
    JZ_CBOR_BYTES,  /* body */
    JZ_CBOR_TEXT,   /* body, UTF-8 */
    JZ_CBOR_ARRAY,
    JZ_CBOR_MAP,
    JZ_CBOR_TAG,    /* value: its number; one item is in it */
    JZ_CBOR_SIMPLE, /* value: 20 false, 21 true, 22 null, 23 undefined */
    JZ_CBOR_FLOAT,  /* number */
} jz_cbor_kind;

typedef struct jz_cbor { /* one item; all zeros is the unsigned 0, of no bytes */
    jz_cbor_kind kind;
    bool open;      /* a list or map without a length: value is 0 */
    uint64_t value; /* or the number of elements, or of pairs */
    double number;
    jz_bytes body; /* a string's bytes; the encoded content of a list, map or tag */
    jz_bytes raw;  /* the whole encoding, head included */
} jz_cbor;

#define JZ_CBOR_DEPTH_MAX 32

typedef struct jz_cbor_limits { /* zero-initialise; NULL is the same */
    unsigned depth;             /* items in one another; 0 = and at most JZ_CBOR_DEPTH_MAX */
    uint32_t items;             /* of all kinds, keys too; 0 = 1 Mi */
    bool deterministic;         /* RFC 8949, 4.2.1: shortest heads, lengths, keys in order */
} jz_cbor_limits;

/* The one item that bytes are. *out and everything got from it is borrowed from them.
 * JZ_E_TRUNCATED, JZ_E_CORRUPT (with the offset), JZ_E_UNSUPPORTED, JZ_E_LIMIT, JZ_E_NOMEM. what:
 * the item's name in messages. Takes time n log n at most. */
JZ_CHECKED jz_status jz_cbor_parse(jz_bytes bytes, const char *what, const jz_cbor_limits *limits,
                                   jz_cbor *out, jz_err *err);

/* The same of the item that bytes begin with, whatever is behind it. */
JZ_CHECKED jz_status jz_cbor_parse_front(jz_bytes bytes, const char *what,
                                         const jz_cbor_limits *limits, jz_cbor *out, jz_err *err);

/* ---- walking what jz_cbor_parse() gave ---- */

typedef struct jz_cbor_iter {
    jz_bytes left;
} jz_cbor_iter;

/* The elements of a list, the keys and values of a map by turns, the item in a tag; nothing of
 * anything else. */
jz_cbor_iter jz_cbor_in(const jz_cbor *item);
/* False at the end; *out is then as it was. */
bool jz_cbor_next(jz_cbor_iter *it, jz_cbor *out);
/* The next key and its value. */
bool jz_cbor_pair(jz_cbor_iter *it, jz_cbor *key, jz_cbor *value);
/* The number of elements, or of pairs, also of what has no length. */
size_t jz_cbor_count(const jz_cbor *item);

/* The value of a key. False where there is none or item is no map. */
bool jz_cbor_get(const jz_cbor *map, const char *key, jz_cbor *out);
/* The same, of that kind: a value of another is false too. */
bool jz_cbor_get_kind(const jz_cbor *map, const char *key, jz_cbor_kind kind, jz_cbor *out);
bool jz_cbor_get_int(const jz_cbor *map, int64_t key, jz_cbor *out);
/* A text's bytes; ptr NULL where there is none. */
jz_bytes jz_cbor_get_text(const jz_cbor *map, const char *key);
bool jz_cbor_is_text(const jz_cbor *item, const char *text);
bool jz_cbor_is_true(const jz_cbor *item);
bool jz_cbor_is_null(const jz_cbor *item);
/* An integer that int64_t holds. */
bool jz_cbor_int(const jz_cbor *item, int64_t *out);
/* An item without the tags around it. */
jz_cbor jz_cbor_untag(const jz_cbor *item);

/* ---- writing: one item after the other, heads in their shortest form ---- */

void jz_cbor_put_head(jz_buf *out, jz_cbor_kind kind, uint64_t value);
void jz_cbor_put_int(jz_buf *out, int64_t v);
void jz_cbor_put_bytes(jz_buf *out, jz_bytes b);
void jz_cbor_put_text(jz_buf *out, const char *s);
void jz_cbor_put_textn(jz_buf *out, const char *s, size_t len);
void jz_cbor_put_bool(jz_buf *out, bool v);
void jz_cbor_put_null(jz_buf *out);
/* The shortest of half, single and double that holds v exactly; NaN is f97e00. */
void jz_cbor_put_float(jz_buf *out, double v);

/* A map whose keys the writer sorts: each value is appended to what the key's function returns, and
 * jz_cbor_map_end() appends the whole map to out. A key twice, or more than JZ_CBOR_MAP_MAX of
 * them, is a bug of the caller. */
#define JZ_CBOR_MAP_MAX 32
typedef struct jz_cbor_map { /* = { 0 } */
    jz_buf pairs;
    size_t n;
    struct {
        size_t at, value;
    } key[JZ_CBOR_MAP_MAX];
} jz_cbor_map;
void jz_cbor_map_done(jz_cbor_map *m);
/* Returns where the value goes. */
jz_buf *jz_cbor_map_key(jz_cbor_map *m, const char *key);
jz_buf *jz_cbor_map_int_key(jz_cbor_map *m, int64_t key);
/* Appends the map to out, or sets out->fail. Frees what m holds. */
void jz_cbor_map_end(jz_cbor_map *m, jz_buf *out);

static inline void jz_cbor_map_donep(jz_cbor_map *m)
{
    jz_cbor_map_done(m);
}
#define JZ_CBOR_MAP_AUTO __attribute__((cleanup(jz_cbor_map_donep))) jz_cbor_map

#endif
