/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/amf0.h"

#include <inttypes.h>
#include <string.h>

/* The n bytes of a key; empty where they are too many. */
static jz_status get_key(jz_span *s, size_t n, char out[JZ_AMF0_KEY], jz_err *err)
{
    out[0] = '\0';
    if (n >= JZ_AMF0_KEY)
        return jz_span_skip(s, n, err);
    JZ_TRY(jz_span_get(s, out, n, err));
    out[n] = '\0';
    return JZ_OK;
}

jz_status jz_amf0_name(jz_span *s, char out[JZ_AMF0_KEY], bool *found, jz_err *err)
{
    jz_span peek = *s;
    uint8_t type;
    uint16_t len;
    *found = false;
    if (jz_span_left(s) == 0)
        return JZ_OK;
    JZ_TRY(jz_span_u8(&peek, &type, err));
    if (type != JZ_AMF0_STRING)
        return JZ_OK;
    JZ_TRY(jz_span_u16be(&peek, &len, err));
    JZ_TRY(get_key(&peek, len, out, err));
    *found = true;
    *s = peek;
    return JZ_OK;
}

/* Bytes of a value of fixed size; -1 for another. */
static int fixed_size(uint8_t type)
{
    switch (type) {
    case JZ_AMF0_NUMBER:
        return 8;
    case JZ_AMF0_BOOLEAN:
        return 1;
    case JZ_AMF0_REFERENCE:
        return 2;
    case JZ_AMF0_DATE:
        return 10;
    case JZ_AMF0_NULL:
    case JZ_AMF0_UNDEFINED:
    case JZ_AMF0_UNSUPPORTED:
        return 0;
    default:
        return -1;
    }
}

static bool holds_values(uint8_t type)
{
    return type == JZ_AMF0_OBJECT || type == JZ_AMF0_ECMA_ARRAY || type == JZ_AMF0_STRICT_ARRAY ||
           type == JZ_AMF0_TYPED_OBJECT;
}

static jz_status enter(jz_amf0_walk *w, const jz_amf0_value *v, jz_err *err)
{
    jz_amf0_level l = { .type = v->type, .count_at = w->s.at };
    uint16_t name;
    uint32_t count;
    if (w->depth == JZ_AMF0_DEPTH)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: more than %d objects in each other at offset %" PRIu64,
                       w->s.what, JZ_AMF0_DEPTH, v->at);
    memcpy(l.key, v->key, sizeof l.key);
    if (v->type == JZ_AMF0_TYPED_OBJECT) {
        JZ_TRY(jz_span_u16be(&w->s, &name, err));
        JZ_TRY(jz_span_skip(&w->s, name, err));
    } else if (v->type != JZ_AMF0_OBJECT) {
        JZ_TRY(jz_span_u32be(&w->s, &count, err));
        l.left = v->type == JZ_AMF0_STRICT_ARRAY ? count : 0;
    }
    w->level[w->depth++] = l;
    return JZ_OK;
}

/* The text at the cursor, whose length has two or four bytes. */
static jz_status take_text(jz_amf0_walk *w, jz_amf0_value *v, jz_err *err)
{
    uint16_t len16;
    uint32_t len;
    if (v->type == JZ_AMF0_STRING) {
        JZ_TRY(jz_span_u16be(&w->s, &len16, err));
        len = len16;
    } else {
        JZ_TRY(jz_span_u32be(&w->s, &len, err));
    }
    return jz_span_sub(&w->s, len, w->s.what, &v->data, err);
}

/* What follows the type marker. */
static jz_status take_value(jz_amf0_walk *w, jz_amf0_value *v, jz_err *err)
{
    const int size = fixed_size(v->type);
    if (size >= 0)
        return jz_span_sub(&w->s, (uint64_t)size, w->s.what, &v->data, err);
    if (holds_values(v->type))
        return enter(w, v, err);
    if (v->type == JZ_AMF0_STRING || v->type == JZ_AMF0_LONG_STRING || v->type == JZ_AMF0_XML)
        return take_text(w, v, err);
    return JZ_FAIL(err, v->type == JZ_AMF0_AMF3 ? JZ_E_UNSUPPORTED : JZ_E_CORRUPT,
                   "%s: a value of type %u at offset %" PRIu64, w->s.what, v->type, v->at);
}

/* The key of an entry; an empty one in front of END is the end of its object. */
static jz_status take_key(jz_amf0_walk *w, jz_amf0_value *v, bool *end, jz_err *err)
{
    uint16_t len;
    JZ_TRY(jz_span_u16be(&w->s, &len, err));
    JZ_TRY(get_key(&w->s, len, v->key, err));
    v->at = w->s.at;
    JZ_TRY(jz_span_u8(&w->s, &v->type, err));
    *end = len == 0 && v->type == JZ_AMF0_END;
    return JZ_OK;
}

jz_status jz_amf0_next(jz_amf0_walk *w, jz_amf0_value *out, bool *more, jz_err *err)
{
    jz_amf0_value v = { .entry = w->s.at, .at = w->s.at };
    bool end = false;
    while (w->depth > 0 && w->level[w->depth - 1].type == JZ_AMF0_STRICT_ARRAY &&
           w->level[w->depth - 1].left == 0)
        w->depth--;
    *more = w->depth > 0 || !w->begun;
    if (!*more)
        return JZ_OK;
    w->begun = true;
    jz_amf0_level *in = w->depth > 0 ? &w->level[w->depth - 1] : NULL;
    if (in != NULL && in->type != JZ_AMF0_STRICT_ARRAY)
        JZ_TRY(take_key(w, &v, &end, err));
    else
        JZ_TRY(jz_span_u8(&w->s, &v.type, err));
    if (end) {
        w->depth--;
    } else {
        if (in != NULL) {
            in->left -= in->type == JZ_AMF0_STRICT_ARRAY;
            in->entries++;
        }
        JZ_TRY(take_value(w, &v, err));
    }
    v.end = w->s.at;
    *out = v;
    return JZ_OK;
}

void jz_amf0_put_u32(jz_buf *out, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        jz_buf_putc(out, (char)(uint8_t)(v >> (24 - 8 * i)));
}

static void put_u16(jz_buf *out, size_t v)
{
    jz_buf_putc(out, (char)(uint8_t)(v >> 8));
    jz_buf_putc(out, (char)(uint8_t)v);
}

void jz_amf0_put_text(jz_buf *out, const char *key, jz_bytes value)
{
    if (key != NULL) {
        put_u16(out, strlen(key));
        jz_buf_puts(out, key);
    }
    const bool is_long = value.len > UINT16_MAX;
    jz_buf_putc(out, is_long ? JZ_AMF0_LONG_STRING : JZ_AMF0_STRING);
    if (is_long)
        jz_amf0_put_u32(out, (uint32_t)value.len);
    else
        put_u16(out, value.len);
    jz_buf_put(out, value.ptr, value.len);
}
