/* SPDX-License-Identifier: Apache-2.0 */
/* MP4, MOV and their kin: a text under a key in moov/udta/meta (TC260-PG-20257A 6.1.1, read at
 * second hand; QuickTime File Format, metadata; the layout that ffmpeg's use_metadata_tags writes),
 * XMP in a uuid box at the end of the file (XMP part 3, 1.1.5) or in moov/udta/XMP_. */
#include "media/carrier/carriers.h"

#include "media/carrier/bmff_edit.h"
#include "media/carrier/mp4_blocks.h"
#include "media/charset.h"

#include <string.h>

#define TYPE_UTF8 1
#define TYPE_UTF16 2

/* A stored value on its way to the caller of jz_mp4_list(). */
typedef struct receiver {
    const jz_mp4_block *block;
    jz_meta_fn fn;
    void *user;
} receiver;

static jz_status receive(void *user, const jz_meta *stored, jz_err *err)
{
    const receiver *r = user;
    JZ_BUF_AUTO utf8 = { 0 };
    jz_meta m = *stored;
    if (r->block->kind == JZ_META_TEXT && r->block->type == TYPE_UTF16 && m.passed == JZ_OK) {
        jz_buf_puts(&utf8, "");
        jz_utf16_to_utf8(m.value, true, &utf8);
        JZ_TRY(jz_buf_check(&utf8, err));
        m.value = (jz_bytes){ (const uint8_t *)utf8.ptr, utf8.len };
    }
    return r->fn(r->user, &m, err);
}

jz_status jz_mp4_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_mp4_walk m;
    jz_mp4_walk_init(&m, src, key, true);
    for (;;) {
        jz_mp4_block b;
        bool more;
        JZ_TRY(jz_mp4_walk_next(&m, &b, &more, err));
        if (!more)
            return JZ_OK;
        receiver r = { &b, fn, user };
        jz_meta meta = { .kind = b.kind,
                         .where = b.where,
                         .key = { (const uint8_t *)b.key, strlen(b.key) } };
        JZ_TRY(jz_meta_send(&b.value, jz_span_left(&b.value), &meta, receive, &r, err));
    }
}

/* ---- writing ---- */

/* A box begins; end_box() fills in its size. */
static size_t begin_box(jz_buf *out, const char *type)
{
    const size_t at = out->len;
    jz_buf_put_u32be(out, 0);
    jz_buf_put(out, type, 4);
    return at;
}

static void end_box(jz_buf *out, size_t at)
{
    if (out->fail == JZ_OK)
        jz_put_be((uint8_t *)out->ptr + at, 4, out->len - at);
}

static void put_key(jz_buf *out, const char *key)
{
    const size_t at = begin_box(out, "mdta");
    jz_buf_puts(out, key);
    end_box(out, at);
}

static void put_item(jz_buf *out, uint32_t index, jz_bytes value)
{
    uint8_t number[4];
    jz_put_be(number, 4, index);
    const size_t item = begin_box(out, (const char *)number);
    const size_t data = begin_box(out, "data");
    jz_buf_put_u32be(out, TYPE_UTF8);
    jz_buf_put_u32be(out, 0);
    jz_buf_put(out, value.ptr, value.len);
    end_box(out, data);
    end_box(out, item);
}

static void put_keys(jz_buf *out, const char *key)
{
    const size_t at = begin_box(out, "keys");
    jz_buf_put_u32be(out, 0);
    jz_buf_put_u32be(out, 1);
    put_key(out, key);
    end_box(out, at);
}

static void put_list(jz_buf *out, uint32_t index, jz_bytes value)
{
    const size_t at = begin_box(out, "ilst");
    put_item(out, index, value);
    end_box(out, at);
}

static void put_meta(jz_buf *out, const char *key, jz_bytes value)
{
    const size_t meta = begin_box(out, "meta");
    jz_buf_put_u32be(out, 0);
    const size_t hdlr = begin_box(out, "hdlr");
    jz_buf_put_u32be(out, 0);
    jz_buf_put_u32be(out, 0);
    jz_buf_puts(out, "mdta");
    for (unsigned i = 0; i < 3; i++)
        jz_buf_put_u32be(out, 0);
    jz_buf_putc(out, '\0');
    end_box(out, hdlr);
    put_keys(out, key);
    put_list(out, 1, value);
    end_box(out, meta);
}

static jz_status insert(jz_bmff_edit *e, const jz_mp4_place *p, const jz_buf *what, jz_err *err)
{
    JZ_TRY(jz_buf_check(what, err));
    const jz_splice place = { .at = p->end, .insert = what->len };
    return jz_bmff_put(e, p->path, p->depth, &place, what->ptr, err);
}

/* The count in a keys box goes up by one. */
static jz_status count_key(jz_bmff_edit *e, const jz_mp4_walk *m, jz_err *err)
{
    uint8_t be[4];
    const jz_box *keys = &m->key_box.path[m->key_box.depth - 1];
    jz_put_be(be, 4, m->key_count + 1);
    const jz_splice place = { .at = keys->body.at + 4, .remove = 4, .insert = 4 };
    return jz_bmff_put(e, m->key_box.path, m->key_box.depth, &place, be, err);
}

/* The key, in the list of keys or in a new one. */
static jz_status add_key(jz_bmff_edit *e, const jz_mp4_walk *m, const char *key, jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    if (m->key_index > 0)
        return JZ_OK;
    if (m->next_taken) /* a new key would make a value of it */
        return JZ_FAIL(err, JZ_E_CORRUPT, "an item of key %u, of %u keys", m->key_count + 1,
                       m->key_count);
    if (m->key_box.depth == 0) {
        put_keys(&made, key);
        return insert(e, &m->meta, &made, err);
    }
    put_key(&made, key);
    JZ_TRY(insert(e, &m->key_box, &made, err));
    return count_key(e, m, err);
}

static jz_status add_item(jz_bmff_edit *e, const jz_mp4_walk *m, jz_bytes value, jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    const uint32_t index = m->key_index > 0 ? m->key_index : m->key_count + 1;
    if (m->list.depth == 0)
        put_list(&made, index, value);
    else
        put_item(&made, index, value);
    return insert(e, m->list.depth == 0 ? &m->meta : &m->list, &made, err);
}

/* A key and an item for a meta box that is there. Both may go to one offset, where boxes end within
 * boxes: then what goes into the inner one comes first. */
static jz_status add_to_meta(jz_bmff_edit *e, const jz_mp4_walk *m, const char *key, jz_bytes value,
                             jz_err *err)
{
    const bool item_first = m->key_box.depth == 0 && m->list.depth > 0;
    if (item_first)
        JZ_TRY(add_item(e, m, value, err));
    JZ_TRY(add_key(e, m, key, err));
    return item_first ? JZ_OK : add_item(e, m, value, err);
}

static jz_status add_text(jz_bmff_edit *e, const jz_mp4_walk *m, const char *key, jz_bytes value,
                          jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    if (m->meta.depth > 0)
        return add_to_meta(e, m, key, value, err);
    if (m->moov.depth == 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no moov box to put a text into");
    const size_t udta = m->udta.depth == 0 ? begin_box(&made, "udta") : 0;
    put_meta(&made, key, value);
    if (m->udta.depth == 0)
        end_box(&made, udta);
    return insert(e, m->udta.depth > 0 ? &m->udta : &m->moov, &made, err);
}

/* Behind everything, so that nothing moves; in front of mfra, which must be the last. */
static jz_status add_xmp(jz_bmff_edit *e, const jz_mp4_walk *m, jz_bytes packet, jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    const size_t at = begin_box(&made, "uuid");
    jz_buf_put(&made, jz_xmp_uuid, sizeof jz_xmp_uuid);
    jz_buf_put(&made, packet.ptr, packet.len);
    end_box(&made, at);
    JZ_TRY(jz_bmff_close(e, &m->last, err));
    const jz_mp4_place tail = { .end = m->tail };
    return insert(e, &tail, &made, err);
}

/* A new value in the place of an old one, or none. */
static jz_status change(jz_bmff_edit *e, const jz_mp4_walk *m, const jz_mp4_block *b,
                        const jz_meta_edit *edit, jz_err *err)
{
    const jz_box *path = m->w.path;
    if (edit->value.ptr == NULL) {
        const jz_box *item = &path[b->item];
        const jz_splice gone = { .at = item->at, .remove = item->end - item->at };
        return jz_bmff_put(e, path, b->item, &gone, NULL, err);
    }
    const jz_splice place = { .at = b->value.at,
                              .remove = jz_span_left(&b->value),
                              .insert = edit->value.len };
    if (b->kind == JZ_META_TEXT && b->type != TYPE_UTF8) {
        static const uint8_t utf8[4] = { 0, 0, 0, TYPE_UTF8 };
        const jz_splice type = { .at = b->value.at - 8, .remove = 4, .insert = 4 };
        JZ_TRY(jz_bmff_put(e, NULL, 0, &type, utf8, err));
    }
    return jz_bmff_put(e, path, b->around, &place, edit->value.ptr, err);
}

static jz_status change_old(jz_bmff_edit *e, jz_mp4_walk *m, const jz_meta_edit *edits, size_t n,
                            size_t *done, jz_err *err)
{
    for (;;) {
        jz_mp4_block b;
        bool more;
        JZ_TRY(jz_mp4_walk_next(m, &b, &more, err));
        if (!more)
            return JZ_OK;
        for (size_t i = 0; i < n; i++) {
            if (edits[i].at != b.value.at || edits[i].kind != b.kind)
                continue;
            JZ_TRY(change(e, m, &b, &edits[i], err));
            ++*done;
        }
    }
}

static jz_status plan(jz_bmff_edit *e, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_err *err)
{
    jz_mp4_walk m;
    size_t done = 0;
    jz_mp4_walk_init(&m, e->src, key, false);
    JZ_TRY(change_old(e, &m, edits, n, &done, err));
    for (size_t i = 0; i < n; i++) {
        if (edits[i].at != JZ_META_NEW || edits[i].value.ptr == NULL)
            continue;
        if (edits[i].kind == JZ_META_TEXT)
            JZ_TRY(add_text(e, &m, key, edits[i].value, err));
        else if (edits[i].kind == JZ_META_XMP)
            JZ_TRY(add_xmp(e, &m, edits[i].value, err));
        else
            continue;
        done++;
    }
    if (done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are none of this file",
                       n - done, n);
    return jz_bmff_finish(e, err);
}

jz_status jz_mp4_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    JZ_BMFF_EDIT_AUTO e = { .src = src, .out = out };
    return plan(&e, key, edits, n, err);
}
