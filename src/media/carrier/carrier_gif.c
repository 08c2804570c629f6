/* SPDX-License-Identifier: Apache-2.0 */
/* GIF (89a specification, CompuServe 1990): a screen descriptor with its colours, then pictures and
 * extensions, whose data stand in sub-blocks of up to 255 bytes, a byte of length before each and a
 * 0 behind the last. XMP is an Application Extension (XMP part 3, 1.1.2) that is stored bare, not
 * in sub-blocks: whoever reads its bytes as lengths is caught by a trailer of 258 bytes, from
 * wherever he jumps into it, and led to its end. A new one stands before all but the extension that
 * tells how often an animation runs, which some programs want to be the first. */
#include "media/carrier/carriers.h"

#include <inttypes.h>
#include <string.h>

enum { EXTENSION = 0x21, PICTURE = 0x2c, TRAILER = 0x3b }; /* what begins a block */
enum { COMMENT = 0xfe, APPLICATION = 0xff };               /* labels of extensions */

#define APP_BYTES 11 /* identifier and authentication code */
#define XMP_APP "XMP DataXMP"
#define XMP_TRAILER 258
#define VERSION_AT 4 /* of the 7 or 9 in the signature */

typedef struct block {
    uint8_t code;
    uint8_t label;       /* of an extension */
    char app[APP_BYTES]; /* of an application extension */
    uint64_t at, end;    /* in the file */
    jz_span data;        /* of an extension: all sub-blocks, without the last one, of length 0 */
} block;

typedef struct gif {
    jz_span s;
    bool strict; /* no byte between blocks */
    bool old;    /* GIF87a, which has no extensions */
} gif;

static jz_status skip_colours(jz_span *s, uint8_t flags, jz_err *err)
{
    return (flags & 0x80) != 0 ? jz_span_skip(s, 3U << ((flags & 7) + 1), err) : JZ_OK;
}

static jz_status open_gif(jz_source *src, bool strict, gif *out, jz_err *err)
{
    char head[6];
    uint8_t screen[7];
    *out = (gif){ .s = jz_span_all(src, "GIF"), .strict = strict };
    JZ_TRY(jz_span_get(&out->s, head, sizeof head, err));
    out->old = memcmp(head, "GIF87a", sizeof head) == 0;
    if (!out->old && memcmp(head, "GIF89a", sizeof head) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no GIF signature");
    JZ_TRY(jz_span_get(&out->s, screen, sizeof screen, err));
    return skip_colours(&out->s, screen[4], err);
}

/* s, up to the sub-block of length 0, in *data; s behind that. */
static jz_status take_sub_blocks(jz_span *s, jz_span *data, jz_err *err)
{
    uint8_t len = 1;
    *data = *s;
    while (len != 0) {
        data->end = s->at;
        JZ_TRY(jz_span_u8(s, &len, err));
        JZ_TRY(jz_span_skip(s, len, err));
    }
    return JZ_OK;
}

static jz_status read_extension(jz_span *s, block *b, jz_err *err)
{
    uint8_t len;
    JZ_TRY(jz_span_u8(s, &b->label, err));
    jz_span look = *s;
    JZ_TRY(jz_span_u8(&look, &len, err));
    if (b->label == APPLICATION && len == APP_BYTES) {
        JZ_TRY(jz_span_get(&look, b->app, APP_BYTES, err));
        *s = look;
    }
    return take_sub_blocks(s, &b->data, err);
}

static jz_status skip_picture(jz_span *s, block *b, jz_err *err)
{
    uint8_t place[9]; /* left, top, width, height, flags */
    uint8_t code_size;
    JZ_TRY(jz_span_get(s, place, sizeof place, err));
    JZ_TRY(skip_colours(s, place[8], err));
    JZ_TRY(jz_span_u8(s, &code_size, err));
    return take_sub_blocks(s, &b->data, err);
}

static jz_status next_block(gif *g, block *out, jz_err *err)
{
    block b = { 0 };
    do {
        b.at = g->s.at;
        JZ_TRY(jz_span_u8(&g->s, &b.code, err));
    } while (b.code == 0 && !g->strict); /* some writers end a block twice */
    if (b.code == EXTENSION)
        JZ_TRY(read_extension(&g->s, &b, err));
    else if (b.code == PICTURE)
        JZ_TRY(skip_picture(&g->s, &b, err));
    else if (b.code != TRAILER)
        return JZ_FAIL(err, JZ_E_CORRUPT, "GIF: no block at offset %" PRIu64, b.at);
    b.end = g->s.at;
    *out = b;
    return JZ_OK;
}

static bool is_app(const block *b, const char *app)
{
    return b->code == EXTENSION && b->label == APPLICATION && memcmp(b->app, app, APP_BYTES) == 0;
}

/* 01, FF down to 00, 00. */
static void make_trailer(uint8_t out[XMP_TRAILER])
{
    out[0] = 1;
    for (unsigned i = 1; i <= 256; i++)
        out[i] = (uint8_t)(256 - i);
    out[XMP_TRAILER - 1] = 0;
}

/* The packet of an XMP extension, without its trailer; false where it has none. */
static jz_status find_packet(const block *b, jz_span *out, bool *found, jz_err *err)
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
static jz_status list_joined(const block *b, jz_meta *m, const char *key, jz_meta_fn fn, void *user,
                             jz_err *err)
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

static jz_status list_extension(const block *b, const char *key, jz_meta_fn fn, void *user,
                                jz_err *err)
{
    jz_span packet;
    bool bare = false;
    jz_meta m = { .kind = JZ_META_RAW, .where = "comment" };
    if (b->label != COMMENT && b->label != APPLICATION)
        return JZ_OK;
    if (b->label == APPLICATION)
        m.where = "application extension";
    if (is_app(b, XMP_APP)) {
        m = (jz_meta){ .kind = JZ_META_XMP, .where = "XMP DataXMP" };
        JZ_TRY(find_packet(b, &packet, &bare, err));
    }
    return bare ? jz_meta_send(&packet, jz_span_left(&packet), &m, fn, user, err)
                : list_joined(b, &m, key, fn, user, err);
}

jz_status jz_gif_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    gif g;
    block b = { 0 };
    JZ_TRY(open_gif(src, false, &g, err));
    while (b.code != TRAILER) {
        JZ_TRY(next_block(&g, &b, err));
        if (b.code == EXTENSION)
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
    static const uint8_t head[] = { EXTENSION, APPLICATION, APP_BYTES };
    uint8_t trailer[XMP_TRAILER];
    JZ_BUF_AUTO built = { 0 };
    JZ_TRY(check_edit(e, err));
    make_trailer(trailer);
    if (e->value.ptr != NULL) {
        jz_buf_put(&built, head, sizeof head);
        jz_buf_put(&built, XMP_APP, APP_BYTES);
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

static jz_status edit_block(editor *ed, const block *b, jz_err *err)
{
    const bool xmp = is_app(b, XMP_APP);
    ed->leading = ed->leading && (is_app(b, "NETSCAPE2.0") || is_app(b, "ANIMEXTS1.0"));
    if (ed->leading)
        ed->home = b->end;
    for (size_t i = 0; i < ed->n; i++) {
        const jz_meta_edit *e = &ed->edits[i];
        if (b->code != EXTENSION || e->at != b->data.at || (e->kind == JZ_META_XMP) != xmp)
            continue;
        if (!xmp && b->label != COMMENT)
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
    gif g;
    block b = { 0 };
    JZ_TRY(open_gif(src, true, &g, err));
    editor ed = { .edits = edits, .n = n, .out = out, .home = g.s.at, .leading = true };
    while (b.code != TRAILER) {
        JZ_TRY(next_block(&g, &b, err));
        JZ_TRY(edit_block(&ed, &b, err));
    }
    if (g.old)
        JZ_TRY(jz_splices_add(out, VERSION_AT, 1, (jz_bytes){ (const uint8_t *)"9", 1 }, err));
    return put_new(&ed, err);
}
