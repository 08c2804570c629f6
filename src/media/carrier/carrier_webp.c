/* SPDX-License-Identifier: Apache-2.0 */
/* WebP (RFC 9649, section 2): RIFF with the form WEBP. The simple format is one chunk, "VP8 " or
 * "VP8L"; only the extended one, which begins with VP8X, may have metadata: "EXIF" and "XMP ",
 * behind the picture, each with a flag in VP8X. An edit of a simple file makes it an extended one.
 */
#include "media/carrier/carriers.h"
#include "media/carrier/riff.h"

#include <inttypes.h>
#include <string.h>

#define SIZE_MAX_WEBP 0xfffffff6u /* 2.3: 2^32 - 10 bytes behind the RIFF chunk's size field */
#define EXIF_PREFIX "Exif\0\0"    /* some writers put it there, as in JPEG; the chunk has none */
#define EXIF_PREFIX_BYTES 6

enum { FLAG_ICC = 0x20, FLAG_ALPHA = 0x10, FLAG_EXIF = 0x08, FLAG_XMP = 0x04, FLAG_ANIM = 0x02 };

/* The chunk with metadata that c is, and its flag; 0. */
static uint8_t meta_flag(const jz_riff_chunk *c)
{
    return jz_riff_is(c, "XMP ") ? FLAG_XMP : jz_riff_is(c, "EXIF") ? FLAG_EXIF : 0;
}

/* The value in the chunk: behind the needless prefix of Exif. */
static jz_status value_of(const jz_riff_chunk *c, jz_span *out, jz_err *err)
{
    uint8_t head[EXIF_PREFIX_BYTES];
    *out = c->data;
    if (!jz_riff_is(c, "EXIF") || jz_span_left(out) < sizeof head)
        return JZ_OK;
    JZ_TRY(jz_span_get(out, head, sizeof head, err));
    if (memcmp(head, EXIF_PREFIX, sizeof head) != 0)
        *out = c->data;
    return JZ_OK;
}

jz_status jz_webp_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_riff riff;
    jz_span value;
    (void)key; /* there are no texts */
    JZ_TRY(jz_riff_open(src, "WEBP", &riff, err));
    jz_span s = riff.body;
    while (jz_span_left(&s) > 0) {
        jz_riff_chunk c;
        JZ_TRY(jz_riff_next(&riff, &s, &c, err));
        if (meta_flag(&c) == 0)
            continue;
        const bool xmp = jz_riff_is(&c, "XMP ");
        jz_meta meta = { .kind = xmp ? JZ_META_XMP : JZ_META_EXIF, .where = xmp ? "XMP" : "EXIF" };
        JZ_TRY(value_of(&c, &value, err));
        JZ_TRY(jz_meta_send(&value, jz_span_left(&value), &meta, fn, user, err));
    }
    return jz_riff_check_whole(&riff, err);
}

/* What an edit must know of the file. */
typedef struct webp {
    uint64_t flags_at; /* of VP8X; 0 in the simple format */
    uint8_t old_flags; /* as stored there */
    uint8_t flags;     /* as the new file has them */
    uint8_t edited;    /* those of the kinds that are edited */
    uint32_t width;    /* pixels, of the simple format */
    uint32_t height;
    uint64_t behind; /* where new metadata goes: behind the picture, and behind Exif */
    bool bare;       /* what stands before it lacks its padding */
} webp;

/* RFC 6386 9.1: a tag of 3 bytes, a start code of 3, 14 bits of width and of height below scales.
 */
static jz_status read_vp8(jz_span s, webp *w, jz_err *err)
{
    uint8_t code[6];
    uint16_t width;
    uint16_t height;
    JZ_TRY(jz_span_get(&s, code, sizeof code, err));
    JZ_TRY(jz_span_u16le(&s, &width, err));
    JZ_TRY(jz_span_u16le(&s, &height, err));
    if (memcmp(code + 3, "\x9d\x01\x2a", 3) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "WebP: \"VP8 \" without a key frame");
    w->width = width & 0x3fffU;
    w->height = height & 0x3fffU;
    return JZ_OK;
}

/* RFC 9649 3.4: a signature, 14 bits of width less 1, of height less 1, and the hint on alpha. */
static jz_status read_vp8l(jz_span s, webp *w, jz_err *err)
{
    uint8_t signature;
    uint32_t bits;
    JZ_TRY(jz_span_u8(&s, &signature, err));
    JZ_TRY(jz_span_u32le(&s, &bits, err));
    if (signature != 0x2f)
        return JZ_FAIL(err, JZ_E_CORRUPT, "WebP: VP8L without its signature");
    w->width = (bits & 0x3fffU) + 1;
    w->height = (bits >> 14 & 0x3fffU) + 1;
    w->flags |= bits >> 28 & 1U ? FLAG_ALPHA : 0;
    return JZ_OK;
}

/* The first chunk says what kind of file it is. */
static jz_status read_first(const jz_riff_chunk *c, webp *w, jz_err *err)
{
    jz_span s = c->data;
    if (jz_riff_is(c, "VP8 "))
        return read_vp8(s, w, err);
    if (jz_riff_is(c, "VP8L"))
        return read_vp8l(s, w, err);
    if (!jz_riff_is(c, "VP8X") || jz_span_left(&s) < 10)
        return JZ_FAIL(err, JZ_E_CORRUPT, "WebP: a file that begins with none of VP8, VP8L, VP8X");
    w->flags_at = s.at;
    JZ_TRY(jz_span_u8(&s, &w->old_flags, err));
    w->flags = w->old_flags;
    return JZ_OK;
}

static bool is_picture(const jz_riff_chunk *c)
{
    return jz_riff_is(c, "VP8 ") || jz_riff_is(c, "VP8L") || jz_riff_is(c, "ANMF");
}

static const char *id_of(jz_meta_kind kind)
{
    return kind == JZ_META_XMP ? "XMP " : "EXIF";
}

/* Plans what an edit does to the chunk; keep is false where that takes it out. */
static jz_status edit_chunk(jz_riff_chunk *c, jz_riff_edits *e, bool *keep, jz_splices *out,
                            jz_err *err)
{
    jz_span value;
    *keep = true;
    JZ_TRY(value_of(c, &value, err));
    for (size_t i = 0; i < e->n; i++) {
        JZ_BUF_AUTO data = { 0 };
        JZ_BUF_AUTO built = { 0 };
        const jz_meta_edit *edit = &e->edits[i];
        if (edit->at != value.at || memcmp(id_of(edit->kind), c->id, 4) != 0)
            continue;
        e->done++;
        c->bare = false;
        *keep = edit->value.ptr != NULL;
        if (value.at > c->data.at)
            jz_buf_put(&data, EXIF_PREFIX, EXIF_PREFIX_BYTES);
        jz_buf_put(&data, edit->value.ptr, edit->value.len);
        JZ_TRY(jz_buf_check(&data, err));
        if (*keep)
            JZ_TRY(
                jz_riff_put(&built, c->id, (jz_bytes){ (const uint8_t *)data.ptr, data.len }, err));
        JZ_TRY(jz_splices_add(out, c->at, c->end - c->at,
                              (jz_bytes){ (const uint8_t *)built.ptr, built.len }, err));
    }
    return JZ_OK;
}

/* Goes through the chunks; w->flags has those of the metadata that stays. */
static jz_status edit_chunks(const jz_riff *riff, webp *w, jz_riff_edits *e, jz_splices *out,
                             jz_err *err)
{
    uint8_t kept = 0;
    jz_span s = riff->body;
    for (bool first = true; jz_span_left(&s) > 0; first = false) {
        jz_riff_chunk c;
        bool keep;
        JZ_TRY(jz_riff_next(riff, &s, &c, err));
        if (first)
            JZ_TRY(read_first(&c, w, err));
        if (meta_flag(&c) != 0) {
            JZ_TRY(edit_chunk(&c, e, &keep, out, err));
            kept |= keep ? meta_flag(&c) : 0;
        }
        if (is_picture(&c) || (jz_riff_is(&c, "EXIF") && w->behind > 0)) {
            w->behind = c.end;
            w->bare = c.bare;
        }
    }
    if (w->behind == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "WebP: no picture");
    w->flags = (uint8_t)((w->flags & ~w->edited) | (kept & w->edited));
    return JZ_OK;
}

static jz_status add_chunks(webp *w, jz_riff_edits *e, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO built = { 0 };
    static const jz_meta_kind order[] = { JZ_META_EXIF, JZ_META_XMP };
    if (w->bare)
        jz_buf_putc(&built, 0);
    for (size_t k = 0; k < JZ_ARRAY_LEN(order); k++) {
        for (size_t i = 0; i < e->n; i++) {
            const jz_meta_edit *edit = &e->edits[i];
            if (edit->at != JZ_META_NEW || edit->kind != order[k] || edit->value.ptr == NULL)
                continue;
            JZ_TRY(jz_riff_put(&built, id_of(edit->kind), edit->value, err));
            w->flags |= edit->kind == JZ_META_XMP ? FLAG_XMP : FLAG_EXIF;
            e->done++;
        }
    }
    if (built.len == 0)
        return JZ_OK;
    return jz_splices_add(out, w->behind, 0, (jz_bytes){ (const uint8_t *)built.ptr, built.len },
                          err);
}

/* 2.7: flags, three bytes without meaning, then width and height less 1. */
static jz_status write_flags(const jz_riff *riff, const webp *w, jz_splices *out, jz_err *err)
{
    JZ_BUF_AUTO data = { 0 };
    JZ_BUF_AUTO vp8x = { 0 };
    if (w->flags_at != 0)
        return w->flags == w->old_flags
                   ? JZ_OK
                   : jz_splices_add(out, w->flags_at, 1, (jz_bytes){ &w->flags, 1 }, err);
    if (w->width == 0 || w->height == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "WebP: %u by %u pixels", w->width, w->height);
    jz_riff_put_number(&data, w->flags, 4);
    jz_riff_put_number(&data, w->width - 1, 3);
    jz_riff_put_number(&data, w->height - 1, 3);
    JZ_TRY(jz_buf_check(&data, err));
    JZ_TRY(jz_riff_put(&vp8x, "VP8X", (jz_bytes){ (const uint8_t *)data.ptr, data.len }, err));
    return jz_splices_add(out, riff->body.at, 0, (jz_bytes){ (const uint8_t *)vp8x.ptr, vp8x.len },
                          err);
}

jz_status jz_webp_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                       jz_splices *out, jz_err *err)
{
    jz_riff riff;
    webp w = { 0 };
    jz_riff_edits e = { key, edits, n, 0 };
    JZ_TRY(jz_riff_open(src, "WEBP", &riff, err));
    JZ_TRY(jz_riff_check_whole(&riff, err));
    for (size_t i = 0; i < n; i++)
        w.edited |= edits[i].kind == JZ_META_XMP ? FLAG_XMP : FLAG_EXIF;
    JZ_TRY(edit_chunks(&riff, &w, &e, out, err));
    JZ_TRY(add_chunks(&w, &e, out, err));
    if (e.done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no chunk of this WebP",
                       n - e.done, n);
    JZ_TRY(write_flags(&riff, &w, out, err));
    const uint64_t size = riff.size + jz_splices_new_size(out, src->size) - src->size;
    if (size > SIZE_MAX_WEBP)
        return JZ_FAIL(err, JZ_E_LIMIT, "a WebP file of %" PRIu64 " bytes, limit %u", size,
                       SIZE_MAX_WEBP);
    return jz_riff_resize(&riff, out, err);
}
