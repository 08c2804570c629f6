/* SPDX-License-Identifier: Apache-2.0 */
/* GIF (89a specification, CompuServe 1990): a screen descriptor with its colours, then pictures and
 * extensions, whose data stand in sub-blocks of up to 255 bytes, a byte of length before each and a
 * 0 behind the last. XMP is an Application Extension (XMP part 3, 1.1.2) that is stored bare, not
 * in sub-blocks: whoever reads its bytes as lengths is caught by a trailer of 258 bytes, from
 * wherever he jumps into it, and led to its end. A new one stands before all but the extension that
 * tells how often an animation runs, which some programs want to be the first. */
#include "media/carrier/carriers.h"

#include "media/carrier/gif_blocks.h"

#include <inttypes.h>
#include <string.h>

#define XMP_APP "XMP DataXMP"
#define XMP_TRAILER 258

/* 01, FF down to 00, 00. */
static void make_trailer(uint8_t out[XMP_TRAILER])
{
    out[0] = 1;
    for (unsigned i = 1; i <= 256; i++)
        out[i] = (uint8_t)(256 - i);
    out[XMP_TRAILER - 1] = 0;
}

/* The packet of an XMP extension, without its trailer; false where it has none. */
static jz_status find_packet(const jz_gif_block *b, jz_span *out, bool *found, jz_err *err)
{
    uint8_t wanted[XMP_TRAILER];
    uint8_t stored[XMP_TRAILER];
    *out = b->data;
    *found = false;
    if (jz_span_left(out) < XMP_TRAILER - 1)
        return JZ_OK;
    out->end = b->end - XMP_TRAILER;
    make_trailer(wanted);
    JZ_TRY(jz_source_get(out->src, out->end, stored, sizeof stored, err));
    *found = memcmp(wanted, stored, sizeof stored) == 0;
    return JZ_OK;
}

/* The bytes of all sub-blocks, one behind the other. */
static jz_status join(jz_span s, jz_buf *out, jz_err *err)
{
    jz_buf_puts(out, ""); /* so that an empty text is not NULL */
    while (jz_span_left(&s) > 0) {
        uint8_t len;
        JZ_TRY(jz_span_u8(&s, &len, err));
        if (out->len + len > JZ_META_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "a text of more than %zu bytes", JZ_META_MAX);
        JZ_TRY(jz_span_read(&s, len, UINT8_MAX, out, err));
    }
    return jz_buf_check(out, err);
}

/* What is stored in sub-blocks: a comment with the key in it, and XMP of writers who did not know
 * better. */
static jz_status list_joined(const jz_gif_block *b, jz_meta *m, const char *key, jz_meta_fn fn,
                             void *user, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    m->at = b->data.at;
    m->size = jz_span_left(&b->data);
    m->passed = join(b->data, &text, NULL);
    if (m->passed != JZ_OK && m->passed != JZ_E_LIMIT)
        return JZ_FAIL(err, m->passed, "a GIF extension that cannot be read");
    const jz_bytes value = { (const uint8_t *)text.ptr, text.len };
    if (m->passed == JZ_OK && m->kind == JZ_META_RAW && !jz_meta_has_key(value, key))
        return JZ_OK;
    if (m->passed == JZ_OK && m->kind == JZ_META_XMP && (value.len == 0 || value.ptr[0] != '<'))
        m->passed = JZ_E_CORRUPT;
    if (m->passed == JZ_OK)
        m->value = value;
    return fn(user, m, err);
}

static jz_status list_extension(const jz_gif_block *b, const char *key, jz_meta_fn fn, void *user,
                                jz_err *err)
{
    jz_span packet;
    bool bare = false;
    jz_meta m = { .kind = JZ_META_RAW, .where = "comment" };
    if (b->label != JZ_GIF_COMMENT && b->label != JZ_GIF_APPLICATION)
        return JZ_OK;
    if (b->label == JZ_GIF_APPLICATION)
        m.where = "application extension";
    if (jz_gif_is_app(b, XMP_APP)) {
        m = (jz_meta){ .kind = JZ_META_XMP, .where = "XMP DataXMP" };
        JZ_TRY(find_packet(b, &packet, &bare, err));
    }
    return bare ? jz_meta_send(&packet, jz_span_left(&packet), &m, fn, user, err)
                : list_joined(b, &m, key, fn, user, err);
}

jz_status jz_gif_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_gif g;
    jz_gif_block b = { 0 };
    JZ_TRY(jz_gif_open(src, false, &g, err));
    while (b.code != JZ_GIF_TRAILER) {
        JZ_TRY(jz_gif_next(&g, &b, err));
        if (b.code == JZ_GIF_EXTENSION)
            JZ_TRY(list_extension(&b, key, fn, user, err));
    }
    return JZ_OK;
}

static jz_status check_edit(const jz_meta_edit *e, jz_err *err)
{
    if (e->kind == JZ_META_EXIF || e->kind == JZ_META_TEXT)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "GIF: no place for %s",
                       e->kind == JZ_META_EXIF ? "an Exif block" : "a text under a key");
    if (e->at == JZ_META_NEW && e->value.ptr == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "GIF: a new block without a value");
    if (e->value.ptr == NULL)
        return JZ_OK;
    if (e->kind != JZ_META_XMP)
        return JZ_FAIL(err, JZ_E_INVAL, "GIF: a comment is not written");
    if (memchr(e->value.ptr, 0, e->value.len) != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "GIF: an XMP packet with a zero byte in it");
    return JZ_OK;
}

static jz_status put_extension(const jz_meta_edit *e, uint64_t at, uint64_t end, jz_splices *out,
                               jz_err *err)
{
    static const uint8_t head[] = { JZ_GIF_EXTENSION, JZ_GIF_APPLICATION, JZ_GIF_APP_BYTES };
    uint8_t trailer[XMP_TRAILER];
    JZ_BUF_AUTO built = { 0 };
    JZ_TRY(check_edit(e, err));
    make_trailer(trailer);
    if (e->value.ptr != NULL) {
        jz_buf_put(&built, head, sizeof head);
        jz_buf_put(&built, XMP_APP, JZ_GIF_APP_BYTES);
        jz_buf_put(&built, e->value.ptr, e->value.len);
        jz_buf_put(&built, trailer, sizeof trailer);
    }
    JZ_TRY(jz_buf_check(&built, err));
    return jz_splices_add(out, at, end - at, (jz_bytes){ (const uint8_t *)built.ptr, built.len },
                          err);
}

typedef struct editor {
    const jz_meta_edit *edits;
    size_t n;
    size_t done;
    jz_splices *out;
    uint64_t home; /* where a new extension goes */
    bool leading;  /* no block so far but those that stay first */
} editor;

static jz_status edit_block(editor *ed, const jz_gif_block *b, jz_err *err)
{
    const bool xmp = jz_gif_is_app(b, XMP_APP);
    ed->leading =
        ed->leading && (jz_gif_is_app(b, "NETSCAPE2.0") || jz_gif_is_app(b, "ANIMEXTS1.0"));
    if (ed->leading)
        ed->home = b->end;
    for (size_t i = 0; i < ed->n; i++) {
        const jz_meta_edit *e = &ed->edits[i];
        if (b->code != JZ_GIF_EXTENSION || e->at != b->data.at || (e->kind == JZ_META_XMP) != xmp)
            continue;
        if (!xmp && b->label != JZ_GIF_COMMENT)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "GIF: an extension of another program");
        JZ_TRY(put_extension(e, b->at, b->end, ed->out, err));
        ed->done++;
    }
    return JZ_OK;
}

static jz_status put_new(editor *ed, jz_err *err)
{
    for (size_t i = 0; i < ed->n; i++) {
        if (ed->edits[i].at != JZ_META_NEW)
            continue;
        JZ_TRY(put_extension(&ed->edits[i], ed->home, ed->home, ed->out, err));
        ed->done++;
    }
    if (ed->done != ed->n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no extension of this GIF",
                       ed->n - ed->done, ed->n);
    return JZ_OK;
}

jz_status jz_gif_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    (void)key; /* there are no texts under a key */
    jz_gif g;
    jz_gif_block b = { 0 };
    JZ_TRY(jz_gif_open(src, true, &g, err));
    editor ed = { .edits = edits, .n = n, .out = out, .home = g.s.at, .leading = true };
    while (b.code != JZ_GIF_TRAILER) {
        JZ_TRY(jz_gif_next(&g, &b, err));
        JZ_TRY(edit_block(&ed, &b, err));
    }
    if (g.old)
        JZ_TRY(
            jz_splices_add(out, JZ_GIF_VERSION_AT, 1, (jz_bytes){ (const uint8_t *)"9", 1 }, err));
    return put_new(&ed, err);
}
