/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: RFC 8949, 4.2.1 (core deterministic encoding). */
#include "provenance/cbor.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static void put_be(jz_buf *out, unsigned first, uint64_t v, unsigned bytes)
{
    uint8_t b[9] = { (uint8_t)first };
    for (unsigned i = 0; i < bytes; i++)
        b[1 + i] = (uint8_t)(v >> (8 * (bytes - 1 - i)));
    jz_buf_put(out, b, 1 + bytes);
}

void jz_cbor_put_head(jz_buf *out, jz_cbor_kind kind, uint64_t value)
{
    assert(kind <= JZ_CBOR_SIMPLE && (kind != JZ_CBOR_SIMPLE || value < 24));
    const unsigned major = (unsigned)kind << 5;
    if (value < 24)
        put_be(out, major | (unsigned)value, 0, 0);
    else if (value <= UINT8_MAX)
        put_be(out, major | 24, value, 1);
    else if (value <= UINT16_MAX)
        put_be(out, major | 25, value, 2);
    else if (value <= UINT32_MAX)
        put_be(out, major | 26, value, 4);
    else
        put_be(out, major | 27, value, 8);
}

void jz_cbor_put_int(jz_buf *out, int64_t v)
{
    if (v < 0)
        jz_cbor_put_head(out, JZ_CBOR_NEGINT, (uint64_t)(-1 - v));
    else
        jz_cbor_put_head(out, JZ_CBOR_UINT, (uint64_t)v);
}

void jz_cbor_put_bytes(jz_buf *out, jz_bytes b)
{
    jz_cbor_put_head(out, JZ_CBOR_BYTES, b.len);
    jz_buf_put(out, b.ptr, b.len);
}

void jz_cbor_put_textn(jz_buf *out, const char *s, size_t len)
{
    jz_cbor_put_head(out, JZ_CBOR_TEXT, len);
    jz_buf_put(out, s, len);
}

void jz_cbor_put_text(jz_buf *out, const char *s)
{
    jz_cbor_put_textn(out, s, strlen(s));
}

void jz_cbor_put_bool(jz_buf *out, bool v)
{
    jz_cbor_put_head(out, JZ_CBOR_SIMPLE, v ? 21 : 20);
}

void jz_cbor_put_null(jz_buf *out)
{
    jz_cbor_put_head(out, JZ_CBOR_SIMPLE, 22);
}

/* The binary16 that equals v; false where none does. v is finite and fits a single. */
static bool half_of(double v, uint64_t *bits)
{
    const uint64_t sign = signbit(v) ? 0x8000 : 0;
    const double a = fabs(v);
    int e = 0;
    if (a == 0) {
        *bits = sign;
        return true;
    }
    (void)frexp(a, &e); /* a = m * 2^e, 0.5 <= m < 1 */
    if (e > 16 || e < -23)
        return false;
    const int scale = e < -13 ? 24 : 11 - e; /* of subnormal numbers the exponent is fixed */
    const double m = ldexp(a, scale);
    if (m != floor(m))
        return false;
    *bits = sign | (e < -13 ? (uint64_t)m : ((uint64_t)(e + 14) << 10 | ((uint64_t)m & 0x3ff)));
    return true;
}

void jz_cbor_put_float(jz_buf *out, double v)
{
    uint64_t bits = 0;
    uint32_t single = 0;
    if (isnan(v)) {
        put_be(out, 0xf9, 0x7e00, 2);
        return;
    }
    if (isinf(v)) {
        put_be(out, 0xf9, signbit(v) ? 0xfc00 : 0x7c00, 2);
        return;
    }
    const bool fits = fabs(v) <= (double)3.40282347e+38F && (double)(float)v == v;
    if (fits && half_of(v, &bits)) {
        put_be(out, 0xf9, bits, 2);
    } else if (fits) {
        const float f = (float)v;
        memcpy(&single, &f, sizeof single);
        put_be(out, 0xfa, single, 4);
    } else {
        memcpy(&bits, &v, sizeof bits);
        put_be(out, 0xfb, bits, 8);
    }
}

/* ---- maps ---- */

void jz_cbor_map_done(jz_cbor_map *m)
{
    jz_buf_done(&m->pairs);
    *m = (jz_cbor_map){ 0 };
}

static jz_buf *begin_pair(jz_cbor_map *m)
{
    assert(m->n < JZ_CBOR_MAP_MAX);
    m->key[m->n].at = m->pairs.len;
    return &m->pairs;
}

static jz_buf *end_key(jz_cbor_map *m)
{
    m->key[m->n++].value = m->pairs.len;
    return &m->pairs;
}

jz_buf *jz_cbor_map_key(jz_cbor_map *m, const char *key)
{
    jz_cbor_put_text(begin_pair(m), key);
    return end_key(m);
}

jz_buf *jz_cbor_map_int_key(jz_cbor_map *m, int64_t key)
{
    jz_cbor_put_int(begin_pair(m), key);
    return end_key(m);
}

static jz_bytes key_bytes(const jz_cbor_map *m, size_t i)
{
    const uint8_t *p = (const uint8_t *)m->pairs.ptr;
    return (jz_bytes){ p + m->key[i].at, m->key[i].value - m->key[i].at };
}

static int compare(jz_bytes a, jz_bytes b)
{
    const int c = memcmp(a.ptr, b.ptr, a.len < b.len ? a.len : b.len);
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* The order of the keys, by insertion: there are few. */
static void sort_keys(const jz_cbor_map *m, size_t order[JZ_CBOR_MAP_MAX])
{
    for (size_t i = 0; i < m->n; i++) {
        size_t at = i;
        for (; at > 0; at--) {
            const int c = compare(key_bytes(m, order[at - 1]), key_bytes(m, i));
            assert(c != 0); /* a key twice */
            if (c < 0)
                break;
            order[at] = order[at - 1];
        }
        order[at] = i;
    }
}

void jz_cbor_map_end(jz_cbor_map *m, jz_buf *out)
{
    size_t order[JZ_CBOR_MAP_MAX];
    if (m->pairs.fail != JZ_OK && out->fail == JZ_OK)
        out->fail = m->pairs.fail;
    if (m->pairs.fail == JZ_OK) {
        sort_keys(m, order);
        jz_cbor_put_head(out, JZ_CBOR_MAP, m->n);
        for (size_t i = 0; i < m->n; i++) {
            const size_t k = order[i];
            const size_t end = k + 1 < m->n ? m->key[k + 1].at : m->pairs.len;
            jz_buf_put(out, m->pairs.ptr + m->key[k].at, end - m->key[k].at);
        }
    }
    jz_cbor_map_done(m);
}
