/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/cbor.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/rd.h"

#include <math.h>
#include <string.h>

#define ITEMS_DEFAULT (1U << 20)
#define INFO_OPEN 31U
#define BREAK 0xffU

/* ---- heads ---- */

typedef struct head {
    unsigned major;
    unsigned info;
    uint64_t value;
    bool shortest;
} head;

/* RFC 8949, 3. */
static jz_status read_head(jz_rd *rd, head *h, jz_err *err)
{
    static const uint64_t least[] = { 24, 0x100, 0x10000, 0x100000000 };
    const size_t at = rd->at;
    uint8_t first = 0;
    JZ_TRY(jz_rd_u8(rd, &first, err));
    h->major = first >> 5;
    h->info = first & 31U;
    h->value = h->info;
    h->shortest = true;
    if (h->info < 24)
        return JZ_OK;
    if (h->info > 27) {
        h->value = 0;
        if (h->info == INFO_OPEN && h->major >= 2 && h->major != 6)
            return JZ_OK;
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: byte 0x%02x at %zu begins nothing", rd->what, first,
                       at);
    }
    h->value = 0;
    for (unsigned left = 1U << (h->info - 24); left > 0; left--) {
        uint8_t b = 0;
        JZ_TRY(jz_rd_u8(rd, &b, err));
        h->value = h->value << 8 | b;
    }
    h->shortest = h->value >= least[h->info - 24];
    return JZ_OK;
}

/* IEEE 754 binary16 (RFC 8949, appendix D). */
static double half_of(uint64_t bits)
{
    const int exponent = (int)(bits >> 10 & 0x1f);
    const double mantissa = (double)(bits & 0x3ff);
    double v = 0;
    if (exponent == 0)
        v = ldexp(mantissa, -24);
    else if (exponent != 31)
        v = ldexp(mantissa + 1024, exponent - 25);
    else
        v = mantissa == 0 ? (double)INFINITY : (double)NAN;
    return (bits & 0x8000) != 0 ? -v : v;
}

static double number_of(const head *h)
{
    if (h->info == 25)
        return half_of(h->value);
    if (h->info == 26) {
        const uint32_t bits = (uint32_t)h->value;
        float f = 0;
        memcpy(&f, &bits, sizeof f);
        return (double)f;
    }
    double d = 0;
    memcpy(&d, &h->value, sizeof d);
    return d;
}

/* ---- the one pass over untrusted bytes ---- */

typedef struct checker {
    jz_rd rd;
    uint32_t items_left;
    unsigned depth_max;
    bool deterministic;
} checker;

/* A key of a map: what it is, whatever its head's length. */
typedef struct key {
    unsigned major;
    uint64_t value; /* of an integer */
    jz_bytes body;  /* of a string */
    jz_bytes raw;
} key;

static int compare_bytes(jz_bytes a, jz_bytes b)
{
    const size_t n = a.len < b.len ? a.len : b.len;
    const int c = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static int compare_keys(const void *pa, const void *pb)
{
    const key *a = pa;
    const key *b = pb;
    if (a->major != b->major)
        return a->major < b->major ? -1 : 1;
    if (a->major <= 1)
        return (a->value > b->value) - (a->value < b->value);
    return compare_bytes(a->body, b->body);
}

typedef struct keys {
    key *key;
    size_t n, size;
    bool rising; /* so far each is larger than the one before: no two are equal */
} keys;

static jz_status keys_add(keys *k, const key *one, jz_err *err)
{
    key *grown = jz_grow(k->key, k->n, &k->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    k->key = grown;
    if (k->n > 0 && k->rising)
        k->rising = compare_keys(&k->key[k->n - 1], one) < 0;
    k->key[k->n++] = *one;
    return JZ_OK;
}

static jz_status keys_check(keys *k, const checker *c, jz_err *err)
{
    if (k->rising || k->n < 2)
        return JZ_OK;
    qsort(k->key, k->n, sizeof *k->key, compare_keys);
    for (size_t i = 1; i < k->n; i++) {
        const key *one = &k->key[i];
        if (compare_keys(&k->key[i - 1], one) != 0)
            continue;
        if (one->major == 3)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: two keys '%.*s' in one map", c->rd.what,
                           one->body.len > 40 ? 40 : (int)one->body.len,
                           (const char *)one->body.ptr);
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: two equal keys in the map that ends at %zu",
                       c->rd.what, c->rd.at);
    }
    return JZ_OK;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as the limit says */
static jz_status check_item(checker *c, unsigned depth, jz_err *err);

/* RFC 8949, 4.2.1: keys rise in the bytewise order of their encoding. */
static jz_status check_order(const checker *c, const key *last, const key *one, jz_err *err)
{
    if (c->deterministic && last->raw.len > 0 && compare_bytes(last->raw, one->raw) >= 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a key at %zu is not in order", c->rd.what, c->rd.at);
    return JZ_OK;
}

static jz_status check_key(checker *c, key *out, jz_err *err)
{
    const size_t at = c->rd.at;
    head h;
    jz_rd peek = c->rd;
    JZ_TRY(read_head(&peek, &h, err));
    if (h.major > 3)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: a key at %zu that is no integer or string",
                       c->rd.what, at);
    JZ_TRY(check_item(c, c->depth_max, err)); /* integers and strings have nothing in them */
    *out = (key){ .major = h.major, .value = h.value };
    out->raw = (jz_bytes){ c->rd.ptr + at, c->rd.at - at };
    if (h.major > 1)
        out->body = (jz_bytes){ c->rd.ptr + peek.at, c->rd.at - peek.at };
    return JZ_OK;
}

static bool take_break(checker *c)
{
    if (jz_rd_left(&c->rd) == 0 || c->rd.ptr[c->rd.at] != BREAK)
        return false;
    c->rd.at++;
    return true;
}

static jz_status check_pairs(checker *c, const head *h, unsigned depth, keys *k, jz_err *err)
{
    key last = { 0 };
    for (uint64_t i = 0; h->info == INFO_OPEN || i < h->value; i++) {
        key one;
        if (h->info == INFO_OPEN && take_break(c))
            break;
        JZ_TRY(check_key(c, &one, err));
        JZ_TRY(check_order(c, &last, &one, err));
        JZ_TRY(keys_add(k, &one, err));
        JZ_TRY(check_item(c, depth + 1, err));
        last = one;
    }
    return keys_check(k, c, err);
}

static jz_status check_map(checker *c, const head *h, unsigned depth, jz_err *err)
{
    keys k = { .rising = true };
    const jz_status st = check_pairs(c, h, depth, &k, err);
    jz_free(k.key);
    return st;
}

static jz_status check_array(checker *c, const head *h, unsigned depth, jz_err *err)
{
    for (uint64_t i = 0; h->info == INFO_OPEN || i < h->value; i++) {
        if (h->info == INFO_OPEN && take_break(c))
            break;
        JZ_TRY(check_item(c, depth + 1, err));
    }
    return JZ_OK;
}

static jz_status check_string(checker *c, const head *h, jz_err *err)
{
    jz_bytes body;
    if (h->info == INFO_OPEN)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: a string in pieces at %zu", c->rd.what,
                       c->rd.at - 1);
    JZ_TRY(jz_rd_take(&c->rd, h->value, &body, err));
    if (h->major == 3 && !jz_utf8_valid((const char *)body.ptr, body.len))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a text that is not UTF-8 ends at %zu", c->rd.what,
                       c->rd.at);
    return JZ_OK;
}

/* Whether a shorter float holds the same (RFC 8949, 4.2.1). */
static bool float_is_shortest(jz_bytes raw, double v)
{
    uint8_t room[16];
    jz_buf out = { .ptr = (char *)room, .size = sizeof room };
    jz_cbor_put_float(&out, v);
    return out.len == raw.len;
}

static jz_status check_simple(const checker *c, size_t at, const head *h, jz_err *err)
{
    if (h->info == INFO_OPEN)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a break at %zu where nothing is open", c->rd.what,
                       at);
    if (h->info == 24 && h->value < 32)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a simple value at %zu in two bytes", c->rd.what, at);
    const jz_bytes raw = { c->rd.ptr + at, c->rd.at - at };
    if (c->deterministic && h->info > 25 && !float_is_shortest(raw, number_of(h)))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a number at %zu in more bytes than need be",
                       c->rd.what, at);
    return JZ_OK;
}

static jz_status check_item(checker *c, unsigned depth, jz_err *err)
{
    const size_t at = c->rd.at;
    head h;
    JZ_TRY(read_head(&c->rd, &h, err));
    if (c->items_left == 0)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: too many items", c->rd.what);
    c->items_left--;
    const bool holds = h.major >= 4 && h.major <= 6;
    if (holds && depth >= c->depth_max)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: more than %u items in one another at %zu", c->rd.what,
                       c->depth_max, at);
    if (c->deterministic && ((h.major < 7 && (!h.shortest || h.info == INFO_OPEN))))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a head at %zu that is not in its shortest form",
                       c->rd.what, at);
    switch (h.major) {
    case 2:
    case 3:
        return check_string(c, &h, err);
    case 4:
        return check_array(c, &h, depth, err);
    case 5:
        return check_map(c, &h, depth, err);
    case 6:
        return check_item(c, depth + 1, err);
    case 7:
        return check_simple(c, at, &h, err);
    default:
        return JZ_OK;
    }
}
/* NOLINTEND(misc-no-recursion) */

/* ---- walking ---- */

/* The bytes of one item that was checked; 0 where it was not and there is none. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the limit says */
static size_t span_of(jz_bytes b, unsigned depth)
{
    jz_rd rd = jz_rd_of(b, "");
    head h;
    if (depth > JZ_CBOR_DEPTH_MAX + 1 || read_head(&rd, &h, NULL) != JZ_OK)
        return 0;
    uint64_t inside = 0;
    if (h.major == 2 || h.major == 3)
        return jz_rd_skip(&rd, h.value, NULL) == JZ_OK ? rd.at : 0;
    if (h.major == 4 || h.major == 6)
        inside = h.major == 6 ? 1 : h.value;
    else if (h.major == 5 && h.value <= UINT64_MAX / 2)
        inside = 2 * h.value;
    const bool open = h.info == INFO_OPEN;
    for (uint64_t i = 0; open || i < inside; i++) {
        if (open && jz_rd_left(&rd) > 0 && rd.ptr[rd.at] == BREAK)
            return rd.at + 1;
        const size_t n = span_of((jz_bytes){ rd.ptr + rd.at, jz_rd_left(&rd) }, depth + 1);
        if (n == 0)
            return 0;
        rd.at += n;
    }
    return rd.at;
}

static bool item_at(jz_bytes b, jz_cbor *out)
{
    const size_t span = span_of(b, 0);
    jz_rd rd = jz_rd_of((jz_bytes){ b.ptr, span }, "");
    head h;
    if (span == 0 || read_head(&rd, &h, NULL) != JZ_OK)
        return false;
    const bool is_float = h.major == 7 && h.info >= 25;
    *out = (jz_cbor){
        .kind = is_float ? JZ_CBOR_FLOAT : (jz_cbor_kind)h.major,
        .open = h.info == INFO_OPEN,
        .value = h.value,
        .number = is_float ? number_of(&h) : 0,
        .raw = { b.ptr, span },
    };
    if (h.major >= 2 && h.major <= 6)
        out->body = (jz_bytes){ b.ptr + rd.at, span - rd.at - (out->open ? 1 : 0) };
    return true;
}

jz_status jz_cbor_parse_front(jz_bytes bytes, const char *what, const jz_cbor_limits *limits,
                              jz_cbor *out, jz_err *err)
{
    static const jz_cbor_limits usual = { 0 };
    const jz_cbor_limits *l = limits != NULL ? limits : &usual;
    checker c = {
        .rd = jz_rd_of(bytes, what),
        .items_left = l->items != 0 ? l->items : ITEMS_DEFAULT,
        .depth_max = l->depth != 0 && l->depth < JZ_CBOR_DEPTH_MAX ? l->depth : JZ_CBOR_DEPTH_MAX,
        .deterministic = l->deterministic,
    };
    JZ_TRY(check_item(&c, 0, err));
    if (!item_at(bytes, out))
        return JZ_FAIL(err, JZ_E_BUG, "%s: what was checked cannot be read", what);
    return JZ_OK;
}

jz_status jz_cbor_parse(jz_bytes bytes, const char *what, const jz_cbor_limits *limits,
                        jz_cbor *out, jz_err *err)
{
    jz_cbor got;
    JZ_TRY(jz_cbor_parse_front(bytes, what, limits, &got, err));
    if (got.raw.len != bytes.len)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: %zu bytes behind its end", what,
                       bytes.len - got.raw.len);
    *out = got;
    return JZ_OK;
}

jz_cbor_iter jz_cbor_in(const jz_cbor *item)
{
    const bool holds =
        item->kind == JZ_CBOR_ARRAY || item->kind == JZ_CBOR_MAP || item->kind == JZ_CBOR_TAG;
    return (jz_cbor_iter){ holds ? item->body : (jz_bytes){ 0 } };
}

bool jz_cbor_next(jz_cbor_iter *it, jz_cbor *out)
{
    if (it->left.len == 0 || !item_at(it->left, out))
        return false;
    it->left = (jz_bytes){ it->left.ptr + out->raw.len, it->left.len - out->raw.len };
    return true;
}

bool jz_cbor_pair(jz_cbor_iter *it, jz_cbor *k, jz_cbor *value)
{
    return jz_cbor_next(it, k) && jz_cbor_next(it, value);
}

size_t jz_cbor_count(const jz_cbor *item)
{
    jz_cbor_iter it = jz_cbor_in(item);
    jz_cbor one;
    size_t n = 0;
    if (item->kind != JZ_CBOR_ARRAY && item->kind != JZ_CBOR_MAP)
        return 0;
    if (!item->open)
        return (size_t)item->value;
    while (jz_cbor_next(&it, &one))
        n++;
    return item->kind == JZ_CBOR_MAP ? n / 2 : n;
}

bool jz_cbor_get(const jz_cbor *map, const char *name, jz_cbor *out)
{
    jz_cbor_iter it = jz_cbor_in(map);
    jz_cbor k;
    jz_cbor v;
    while (map->kind == JZ_CBOR_MAP && jz_cbor_pair(&it, &k, &v)) {
        if (jz_cbor_is_text(&k, name)) {
            *out = v;
            return true;
        }
    }
    return false;
}

bool jz_cbor_get_kind(const jz_cbor *map, const char *name, jz_cbor_kind kind, jz_cbor *out)
{
    jz_cbor v;
    if (!jz_cbor_get(map, name, &v) || v.kind != kind)
        return false;
    *out = v;
    return true;
}

bool jz_cbor_get_int(const jz_cbor *map, int64_t number, jz_cbor *out)
{
    jz_cbor_iter it = jz_cbor_in(map);
    jz_cbor k;
    jz_cbor v;
    int64_t got = 0;
    while (map->kind == JZ_CBOR_MAP && jz_cbor_pair(&it, &k, &v)) {
        if (jz_cbor_int(&k, &got) && got == number) {
            *out = v;
            return true;
        }
    }
    return false;
}

jz_bytes jz_cbor_get_text(const jz_cbor *map, const char *name)
{
    jz_cbor v;
    return jz_cbor_get_kind(map, name, JZ_CBOR_TEXT, &v) ? v.body : (jz_bytes){ 0 };
}

bool jz_cbor_is_text(const jz_cbor *item, const char *text)
{
    const size_t n = strlen(text);
    return item->kind == JZ_CBOR_TEXT && item->body.len == n &&
           memcmp(item->body.ptr, text, n) == 0;
}

bool jz_cbor_is_true(const jz_cbor *item)
{
    return item->kind == JZ_CBOR_SIMPLE && item->value == 21;
}

bool jz_cbor_is_null(const jz_cbor *item)
{
    return item->kind == JZ_CBOR_SIMPLE && item->value == 22;
}

bool jz_cbor_int(const jz_cbor *item, int64_t *out)
{
    if (item->kind > JZ_CBOR_NEGINT || item->value > INT64_MAX)
        return false;
    *out = item->kind == JZ_CBOR_UINT ? (int64_t)item->value : -1 - (int64_t)item->value;
    return true;
}

jz_cbor jz_cbor_untag(const jz_cbor *item)
{
    jz_cbor at = *item;
    jz_cbor in;
    while (at.kind == JZ_CBOR_TAG) {
        jz_cbor_iter it = jz_cbor_in(&at);
        if (!jz_cbor_next(&it, &in))
            break;
        at = in;
    }
    return at;
}
