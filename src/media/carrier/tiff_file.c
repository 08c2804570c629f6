/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/tiff_file.h"

#include "base/alloc.h"
#include "base/json.h"
#include "media/charset.h"

#include <inttypes.h>
#include <string.h>

#define HEADER 8
#define ENTRY 12
#define TEXT_MAX ((uint64_t)4 << 20) /* bytes of a text that is read */
#define CODE 8                       /* bytes before a UserComment: Exif 2.32, 4.6.5 */

enum { TYPE_SHORT = 3, TYPE_LONG = 4 };

void jz_tiff_dir_done(jz_tiff_dir *dir)
{
    jz_free(dir->entry);
    *dir = (jz_tiff_dir){ 0 };
}

static jz_status u16(const jz_tiff *t, jz_span *s, uint16_t *out, jz_err *err)
{
    return t->big_endian ? jz_span_u16be(s, out, err) : jz_span_u16le(s, out, err);
}

static jz_status u32(const jz_tiff *t, jz_span *s, uint32_t *out, jz_err *err)
{
    return t->big_endian ? jz_span_u32be(s, out, err) : jz_span_u32le(s, out, err);
}

jz_status jz_tiff_open(jz_source *src, jz_tiff *out, jz_err *err)
{
    jz_tiff t = { .src = src };
    jz_span s = jz_span_all(src, "TIFF");
    uint16_t order;
    uint16_t magic;
    JZ_TRY(jz_span_u16be(&s, &order, err));
    if (order != 0x4949 && order != 0x4d4d)
        return JZ_FAIL(err, JZ_E_CORRUPT, "TIFF: byte order %04x", order);
    t.big_endian = order == 0x4d4d;
    JZ_TRY(u16(&t, &s, &magic, err));
    if (magic == 43)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "BigTIFF is not read here");
    if (magic != 42)
        return JZ_FAIL(err, JZ_E_CORRUPT, "TIFF: version %u", magic);
    JZ_TRY(u32(&t, &s, &t.ifd0, err));
    *out = t;
    return JZ_OK;
}

/* Bytes of one value, by type; types that are not known are taken as bytes. */
static uint64_t type_size(uint16_t type)
{
    static const uint8_t sizes[] = { 1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4 };
    return type < JZ_ARRAY_LEN(sizes) ? sizes[type] : 1;
}

static jz_status read_entry(const jz_tiff *t, jz_span *s, jz_tiff_entry *out, jz_err *err)
{
    jz_tiff_entry e = { .at = s->at };
    JZ_TRY(u16(t, s, &e.tag, err));
    JZ_TRY(u16(t, s, &e.type, err));
    JZ_TRY(u32(t, s, &e.count, err));
    e.size = e.count * type_size(e.type); /* below 2^35 */
    jz_span raw = *s;
    JZ_TRY(jz_span_get(&raw, e.inlined, sizeof e.inlined, err));
    JZ_TRY(u32(t, s, &e.offset, err));
    e.value_at = e.size <= sizeof e.inlined ? e.at + 8 : e.offset;
    *out = e;
    return JZ_OK;
}

jz_status jz_tiff_read_dir(const jz_tiff *t, uint64_t at, jz_tiff_dir *out, jz_err *err)
{
    jz_span s = jz_span_all(t->src, "TIFF directory");
    uint16_t n;
    if (at < HEADER)
        return JZ_FAIL(err, JZ_E_CORRUPT, "TIFF: a directory at offset %" PRIu64, at);
    JZ_TRY(jz_span_skip(&s, at, err));
    JZ_TRY(u16(t, &s, &n, err));
    if (n == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "TIFF: no entry in the directory at %" PRIu64, at);
    if (jz_span_left(&s) < (uint64_t)n * ENTRY + 4)
        return JZ_FAIL(err, JZ_E_TRUNCATED, "TIFF: %u entries in %" PRIu64 " bytes", n,
                       jz_span_left(&s));
    jz_tiff_dir dir = { .entry = jz_alloc_zero(n, sizeof *dir.entry), .n = n, .room = n, .at = at };
    if (dir.entry == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %u entries of a TIFF directory", n);
    jz_status st = JZ_OK;
    for (size_t i = 0; st == JZ_OK && i < n; i++)
        st = read_entry(t, &s, &dir.entry[i], err);
    if (st == JZ_OK)
        st = u32(t, &s, &dir.next, err);
    if (st == JZ_OK)
        *out = dir;
    else
        jz_tiff_dir_done(&dir);
    return st;
}

jz_status jz_tiff_value(const jz_tiff *t, const jz_tiff_entry *e, jz_span *out, jz_err *err)
{
    jz_span all = jz_span_all(t->src, "TIFF value");
    JZ_TRY(jz_span_skip(&all, e->value_at, err));
    return jz_span_sub(&all, e->size, "TIFF value", out, err);
}

/* The charset code of a UserComment. All zeros is 'undefined', by practice ASCII. */
static jz_status read_code(jz_span *s, bool *wide, jz_err *err)
{
    char code[CODE];
    JZ_TRY(jz_span_get(s, code, sizeof code, err));
    *wide = memcmp(code, "UNICODE\0", CODE) == 0;
    if (!*wide && memcmp(code, "ASCII\0\0\0", CODE) != 0 &&
        memcmp(code, "\0\0\0\0\0\0\0\0", CODE) != 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a UserComment in another charset");
    return JZ_OK;
}

jz_status jz_tiff_read_text(const jz_tiff *t, const jz_tiff_entry *e, bool comment,
                            jz_tiff_text *place, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO raw = { 0 };
    jz_tiff_text p = { 0 };
    jz_span s;
    if (e->size > TEXT_MAX)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a text of %" PRIu64 " bytes", e->size);
    JZ_TRY(jz_tiff_value(t, e, &s, err));
    if (comment)
        JZ_TRY(read_code(&s, &p.wide, err));
    p.at = s.at;
    jz_buf_puts(&raw, "");
    JZ_TRY(jz_span_read(&s, jz_span_left(&s), TEXT_MAX, &raw, err));
    const size_t unit = p.wide ? 2 : 1;
    while (raw.len >= unit && memcmp(raw.ptr + raw.len - unit, "\0", unit) == 0)
        raw.len -= unit;
    const jz_bytes bytes = { (const uint8_t *)raw.ptr, raw.len };
    p.size = raw.len;
    jz_buf_puts(out, "");
    if (p.wide)
        jz_utf16_to_utf8(bytes, t->big_endian, out);
    else if (jz_utf8_valid(raw.ptr, raw.len))
        jz_buf_put(out, raw.ptr, raw.len);
    else
        jz_latin1_to_utf8(bytes, out);
    JZ_TRY(jz_buf_check(out, err));
    *place = p;
    return JZ_OK;
}

static const jz_tiff_entry *find(const jz_tiff_dir *dir, uint16_t tag)
{
    for (size_t i = 0; i < dir->n; i++) {
        if (dir->entry[i].tag == tag)
            return &dir->entry[i];
    }
    return NULL;
}

/* The next value of an array of SHORT or LONG. */
static jz_status next_number(const jz_tiff *t, const jz_tiff_entry *e, jz_span *s, uint32_t *out,
                             jz_err *err)
{
    uint16_t half;
    if (e->type != TYPE_SHORT)
        return u32(t, s, out, err);
    JZ_TRY(u16(t, s, &half, err));
    *out = half;
    return JZ_OK;
}

typedef struct range {
    uint64_t at, size;
} range;

static bool overlap(range a, range b)
{
    return a.size > 0 && b.size > 0 && a.at < b.at + b.size && b.at < a.at + a.size;
}

/* Every piece of a pair of arrays must be in the file and clear of what is kept free. */
static jz_status check_pieces(const jz_tiff *t, const jz_tiff_entry *at, const jz_tiff_entry *size,
                              range keep, jz_err *err)
{
    jz_span places;
    jz_span sizes;
    const bool numbers = (at->type == TYPE_SHORT || at->type == TYPE_LONG) &&
                         (size->type == TYPE_SHORT || size->type == TYPE_LONG);
    if (!numbers || at->count != size->count)
        return JZ_FAIL(err, JZ_E_CORRUPT, "TIFF: %u places of pixels, %u sizes", at->count,
                       size->count);
    JZ_TRY(jz_tiff_value(t, at, &places, err));
    JZ_TRY(jz_tiff_value(t, size, &sizes, err));
    for (uint32_t i = 0; i < at->count; i++) { /* no longer than the file */
        uint32_t place;
        uint32_t bytes;
        JZ_TRY(next_number(t, at, &places, &place, err));
        JZ_TRY(next_number(t, size, &sizes, &bytes, err));
        if (bytes > 0 && (uint64_t)place + bytes > t->src->size)
            return JZ_FAIL(err, JZ_E_TRUNCATED, "TIFF: pixels up to offset %" PRIu64,
                           (uint64_t)place + bytes);
        if (overlap(keep, (range){ place, bytes }))
            return JZ_FAIL(err, JZ_E_CORRUPT, "TIFF: pixels in a metadata block");
    }
    return JZ_OK;
}

static jz_status check_pixels(const jz_tiff *t, const jz_tiff_dir *dir, range keep, jz_err *err)
{
    static const uint16_t pairs[][2] = { { 273, 279 }, { 324, 325 } }; /* strips, tiles */
    for (size_t i = 0; i < JZ_ARRAY_LEN(pairs); i++) {
        const jz_tiff_entry *at = find(dir, pairs[i][0]);
        const jz_tiff_entry *size = find(dir, pairs[i][1]);
        if (at != NULL && size != NULL)
            JZ_TRY(check_pieces(t, at, size, keep, err));
    }
    return JZ_OK;
}

jz_status jz_tiff_check_pixels(const jz_tiff *t, const jz_tiff_dir *dir, jz_err *err)
{
    return check_pixels(t, dir, (range){ 0 }, err);
}

bool jz_tiff_owns(const jz_tiff *t, const jz_tiff_dir *dir, const jz_tiff_entry *e)
{
    const range own = { e->value_at, e->size };
    const range table = { dir->at, 2 + (uint64_t)dir->n * ENTRY + 4 };
    if (own.at + own.size > t->src->size || overlap(own, (range){ 0, HEADER }) ||
        overlap(own, table))
        return false;
    for (size_t i = 0; i < dir->n; i++) {
        const jz_tiff_entry *other = &dir->entry[i];
        if (other != e && other->at != 0 && overlap(own, (range){ other->value_at, other->size }))
            return false;
    }
    return check_pixels(t, dir, own, NULL) == JZ_OK;
}

static void put_u16(const jz_tiff *t, uint16_t v, jz_buf *out)
{
    const uint8_t high = (uint8_t)(v >> 8);
    const uint8_t low = (uint8_t)v;
    jz_buf_putc(out, (char)(t->big_endian ? high : low));
    jz_buf_putc(out, (char)(t->big_endian ? low : high));
}

void jz_tiff_put_u32(const jz_tiff *t, uint32_t v, jz_buf *out)
{
    put_u16(t, (uint16_t)(t->big_endian ? v >> 16 : v), out);
    put_u16(t, (uint16_t)(t->big_endian ? v : v >> 16), out);
}

void jz_tiff_put_entry(const jz_tiff *t, const jz_tiff_entry *e, jz_buf *out)
{
    put_u16(t, e->tag, out);
    put_u16(t, e->type, out);
    jz_tiff_put_u32(t, e->count, out);
    if (e->size <= sizeof e->inlined)
        jz_buf_put(out, e->inlined, sizeof e->inlined);
    else
        jz_tiff_put_u32(t, e->offset, out);
}

void jz_tiff_put_dir(const jz_tiff *t, const jz_tiff_dir *dir, jz_buf *out)
{
    put_u16(t, (uint16_t)dir->n, out);
    for (size_t i = 0; i < dir->n; i++)
        jz_tiff_put_entry(t, &dir->entry[i], out);
    jz_tiff_put_u32(t, dir->next, out);
}
