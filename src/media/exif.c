/* SPDX-License-Identifier: Apache-2.0 */
#include "media/exif.h"

#include "base/json.h"
#include "base/rd.h"
#include "media/charset.h"

#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TAG_EXIF_IFD = 0x8769 };
enum { TYPE_ASCII = 2, TYPE_SHORT = 3, TYPE_LONG = 4 };

#define CODE_BYTES 8 /* of a charset, Exif 2.32 4.6.5 (UserComment) */

typedef struct tiff_rd {
    jz_rd rd;
    size_t base; /* of the TIFF structure in the block: offsets count from there */
    bool big_endian;
} tiff_rd;

static jz_status u16(tiff_rd *t, uint16_t *out, jz_err *err)
{
    return t->big_endian ? jz_rd_u16be(&t->rd, out, err) : jz_rd_u16le(&t->rd, out, err);
}

static jz_status u32(tiff_rd *t, uint32_t *out, jz_err *err)
{
    return t->big_endian ? jz_rd_u32be(&t->rd, out, err) : jz_rd_u32le(&t->rd, out, err);
}

/* Moves the cursor to an offset of the TIFF structure. */
static jz_status seek(tiff_rd *t, uint32_t offset, jz_err *err)
{
    t->rd.at = t->base;
    return jz_rd_skip(&t->rd, offset, err);
}

/* TIFF 6.0, section 2: the byte order, 42, and the offset of the first directory, to which the
 * cursor is moved. */
static jz_status open_ifd0(jz_bytes block, tiff_rd *out, jz_err *err)
{
    static const char prefix[6] = "Exif\0";
    const bool prefixed = block.len >= sizeof prefix && memcmp(block.ptr, prefix, 6) == 0;
    tiff_rd t = { .rd = jz_rd_of(block, "Exif"), .base = prefixed ? sizeof prefix : 0 };
    uint16_t order;
    uint16_t magic;
    uint32_t offset;
    JZ_TRY(seek(&t, 0, err));
    JZ_TRY(jz_rd_u16be(&t.rd, &order, err));
    if (order != 0x4949 && order != 0x4d4d)
        return JZ_FAIL(err, JZ_E_CORRUPT, "Exif: byte order %#06x", order);
    t.big_endian = order == 0x4d4d;
    JZ_TRY(u16(&t, &magic, err));
    JZ_TRY(u32(&t, &offset, err));
    if (magic != 42)
        return JZ_FAIL(err, JZ_E_CORRUPT, "Exif: %u where 42 should stand", magic);
    JZ_TRY(seek(&t, offset, err));
    *out = t;
    return JZ_OK;
}

/* The values of an entry whose type and count are known: they stand in its last four bytes, at the
 * cursor, or where those point to. */
static jz_status locate(tiff_rd *t, jz_tiff_field *f, jz_err *err)
{
    static const uint8_t bytes[] = { 0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8 };
    const size_t inside = t->rd.at;
    uint32_t offset;
    JZ_TRY(u32(t, &offset, err));
    const uint64_t size = (uint64_t)f->count * (f->type < JZ_ARRAY_LEN(bytes) ? bytes[f->type] : 0);
    if (size == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "Exif: %u values of type %u", f->count, f->type);
    if (size > 4)
        JZ_TRY(seek(t, offset, err));
    else
        t->rd.at = inside;
    f->at = t->rd.at;
    f->big_endian = t->big_endian;
    JZ_TRY(jz_rd_skip(&t->rd, size, err));
    f->size = (size_t)size;
    return JZ_OK;
}

/* Looks through the directory at the cursor; it ends with the block at the latest. */
static jz_status find(tiff_rd *t, uint16_t wanted, jz_tiff_field *out, jz_err *err)
{
    uint16_t count;
    JZ_TRY(u16(t, &count, err));
    for (unsigned i = 0; i < count; i++) {
        jz_tiff_field f = { 0 };
        uint16_t tag;
        JZ_TRY(u16(t, &tag, err));
        JZ_TRY(u16(t, &f.type, err));
        JZ_TRY(u32(t, &f.count, err));
        if (tag == wanted) {
            JZ_TRY(locate(t, &f, err));
            *out = f;
            return JZ_OK;
        }
        JZ_TRY(jz_rd_skip(&t->rd, 4, err));
    }
    return JZ_FAIL(err, JZ_E_NOTFOUND, "Exif: no tag %#06x", wanted);
}

/* One SHORT or LONG. */
static jz_status number(tiff_rd *t, uint16_t tag, uint32_t *out, jz_err *err)
{
    jz_tiff_field f;
    uint16_t half;
    JZ_TRY(find(t, tag, &f, err));
    if (f.count != 1 || (f.type != TYPE_SHORT && f.type != TYPE_LONG))
        return JZ_FAIL(err, JZ_E_CORRUPT, "Exif: tag %#06x is %u values of type %u", tag, f.count,
                       f.type);
    t->rd.at = f.at;
    if (f.type == TYPE_LONG)
        return u32(t, out, err);
    JZ_TRY(u16(t, &half, err));
    *out = half;
    return JZ_OK;
}

uint32_t jz_exif_orientation(jz_bytes exif)
{
    tiff_rd t;
    uint32_t v;
    if (open_ifd0(exif, &t, NULL) != JZ_OK || number(&t, TAG_ORIENTATION, &v, NULL) != JZ_OK)
        return 1;
    return v >= 1 && v <= 8 ? v : 1;
}

jz_status jz_tiff_find(jz_bytes tiff, uint16_t tag, jz_tiff_field *out, jz_err *err)
{
    tiff_rd t;
    JZ_TRY(open_ifd0(tiff, &t, err));
    return find(&t, tag, out, err);
}

/* A text's charset, as the code before it states; some write none. */
typedef enum charset { CHARSET_BYTES, CHARSET_UTF16, CHARSET_JIS } charset;

typedef struct text_field {
    jz_exif_place place;
    charset charset;
    bool big_endian;
} text_field;

static const struct {
    const char *code;
    charset charset;
} charsets[] = {
    { "ASCII\0\0\0", CHARSET_BYTES },
    { "UNICODE\0", CHARSET_UTF16 },
    { "JIS\0\0\0\0\0", CHARSET_JIS },
    { "\0\0\0\0\0\0\0\0", CHARSET_BYTES },
};

static jz_status find_text(jz_bytes exif, jz_exif_tag tag, text_field *out, jz_err *err)
{
    tiff_rd t;
    jz_tiff_field f;
    uint32_t sub;
    JZ_TRY(open_ifd0(exif, &t, err));
    if (tag == JZ_EXIF_USER_COMMENT) {
        JZ_TRY(number(&t, TAG_EXIF_IFD, &sub, err));
        JZ_TRY(seek(&t, sub, err));
    }
    JZ_TRY(find(&t, (uint16_t)tag, &f, err));
    *out = (text_field){ .place = { f.at, f.size }, .big_endian = f.big_endian };
    if (tag != JZ_EXIF_USER_COMMENT || f.size < CODE_BYTES)
        return JZ_OK;
    for (size_t i = 0; i < JZ_ARRAY_LEN(charsets); i++) {
        if (memcmp(exif.ptr + f.at, charsets[i].code, CODE_BYTES) != 0)
            continue;
        out->place = (jz_exif_place){ f.at + CODE_BYTES, f.size - CODE_BYTES };
        out->charset = charsets[i].charset;
        break;
    }
    return JZ_OK;
}

/* Whether UTF-16 is of the other byte order: most units are below U+0100 in nearly all texts of
 * metadata, and some writers know one order only. */
static bool is_swapped(jz_bytes text, bool big_endian)
{
    size_t high_zero = 0;
    size_t low_zero = 0;
    for (size_t i = 0; i + 1 < text.len; i += 2) {
        high_zero += text.ptr[big_endian ? i : i + 1] == 0;
        low_zero += text.ptr[big_endian ? i + 1 : i] == 0;
    }
    return low_zero > high_zero;
}

static jz_bytes up_to_nul(jz_bytes text)
{
    return (jz_bytes){ text.ptr, strnlen((const char *)text.ptr, text.len) };
}

static void put_text(jz_bytes exif, const text_field *f, jz_buf *out)
{
    const jz_bytes text = { exif.ptr + f->place.at, f->place.size };
    const jz_bytes line = up_to_nul(text);
    if (f->charset != CHARSET_UTF16 && jz_utf8_valid((const char *)line.ptr, line.len)) {
        jz_buf_put(out, line.ptr, line.len);
    } else if (f->charset != CHARSET_UTF16) {
        jz_latin1_to_utf8(line, out);
    } else {
        JZ_BUF_AUTO all = { 0 };
        jz_utf16_to_utf8(text, f->big_endian != is_swapped(text, f->big_endian), &all);
        if (all.fail != JZ_OK)
            out->fail = all.fail;
        else if (all.len > 0)
            jz_buf_puts(out, all.ptr);
    }
}

jz_status jz_exif_text(jz_bytes exif, jz_exif_tag tag, jz_exif_place *place, jz_buf *text,
                       jz_err *err)
{
    text_field f;
    JZ_TRY(find_text(exif, tag, &f, err));
    if (f.charset == CHARSET_JIS)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "Exif: a UserComment in JIS");
    jz_buf_puts(text, ""); /* an empty text is a text */
    put_text(exif, &f, text);
    JZ_TRY(jz_buf_check(text, err));
    *place = f.place;
    return JZ_OK;
}

/* Spaces for all that is no NUL; in UTF-16, U+0020 for every unit that is no NUL. */
static void blank(uint8_t *p, const text_field *f, bool big_endian)
{
    const size_t step = f->charset == CHARSET_UTF16 ? 2 : 1;
    for (size_t i = 0; i + step <= f->place.size; i += step) {
        uint8_t *c = p + f->place.at + i;
        if (step == 1 && c[0] != 0)
            c[0] = ' ';
        if (step == 2 && (c[0] != 0 || c[1] != 0)) {
            c[0] = big_endian ? 0 : ' ';
            c[1] = big_endian ? ' ' : 0;
        }
    }
}

static bool same_field(const text_field *a, const text_field *b)
{
    return a->place.at == b->place.at && a->place.size == b->place.size &&
           a->charset == b->charset && a->big_endian == b->big_endian;
}

jz_status jz_exif_blank_text(jz_bytes exif, jz_exif_tag tag, jz_buf *out, jz_err *err)
{
    text_field f;
    text_field after;
    JZ_TRY(find_text(exif, tag, &f, err));
    if (f.charset == CHARSET_JIS)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "Exif: a UserComment in JIS");
    const jz_bytes text = { exif.ptr + f.place.at, f.place.size };
    const size_t before = out->len;
    jz_buf_put(out, exif.ptr, exif.len);
    JZ_TRY(jz_buf_check(out, err));
    uint8_t *copy = (uint8_t *)out->ptr + before;
    blank(copy, &f, f.big_endian != is_swapped(text, f.big_endian));
    const jz_bytes made = { copy, exif.len };
    if (find_text(made, tag, &after, NULL) == JZ_OK && same_field(&f, &after))
        return JZ_OK;
    out->len = before;
    out->ptr[before] = '\0';
    return JZ_FAIL(err, JZ_E_CORRUPT, "Exif: the text of tag %#06x overlaps what leads to it", tag);
}
