/* SPDX-License-Identifier: Apache-2.0 */
/* HEIC and AVIF: XMP and Exif are items of the meta box at the top (ISO/IEC 23008-12 annex A), each
 * with a description in iinf, a place in iloc and a reference to the primary picture in iref. In
 * what else there is, a movie box and boxes at the top, they stand as in MP4. A new item's bytes go
 * into an mdat box of their own at the end of the file. */
#include "media/carrier/carriers.h"

#include "base/alloc.h"
#include "media/carrier/bmff_edit.h"
#include "media/carrier/heif_new.h"
#include "media/carrier/mp4_blocks.h"

#include <inttypes.h>
#include <string.h>

static jz_status list_item(const jz_heif *h, jz_heif_item *i, jz_meta_fn fn, void *user,
                           jz_err *err)
{
    JZ_BUF_AUTO value = { 0 };
    if (i->size == 0 && i->passed == JZ_OK)
        return JZ_OK; /* an item that another program has emptied */
    JZ_TRY(jz_heif_read(h, i, &value, err));
    jz_meta meta = { .kind = i->kind,
                     .where = i->kind == JZ_META_XMP ? "XMP item" : "Exif item",
                     .at = i->at,
                     .size = i->size,
                     .passed = i->passed };
    if (i->passed == JZ_OK)
        meta.value = (jz_bytes){ (const uint8_t *)value.ptr + i->prefix, value.len - i->prefix };
    return fn(user, &meta, err);
}

jz_status jz_heif_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_heif h;
    jz_err why = { 0 };
    const jz_status damage = jz_heif_open(src, &h, &why);
    for (size_t i = 0; i < h.n; i++)
        JZ_TRY(list_item(&h, &h.item[i], fn, user, err));
    JZ_TRY(jz_mp4_list(src, key, fn, user, err));
    if (damage != JZ_OK && err != NULL)
        *err = why;
    return damage;
}

/* ---- writing ---- */

typedef struct change { /* of an item */
    jz_heif_item *item;
    const jz_meta_edit *edit;   /* NULL: it is empty and makes way for a new one */
    jz_box mdat[JZ_HEIF_PARTS]; /* around each part; end 0: it is in none */
    bool in_place;              /* new bytes where the old ones are */
} change;

typedef struct heif_edit {
    jz_bmff_edit e;
    jz_heif h;
    jz_mp4_walk others;
    change change[JZ_HEIF_ITEMS];
    size_t changes;
    uint32_t dropped; /* items */
    jz_heif_new fresh;
} heif_edit;

/* ---- what is to change ---- */

static jz_status add_change(heif_edit *x, jz_heif_item *i, const jz_meta_edit *edit, jz_err *err)
{
    for (size_t k = 0; k < x->changes; k++) {
        if (edit != NULL && (x->change[k].edit == edit || x->change[k].item == i))
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "two items have the bytes at offset %" PRIu64,
                           i->at);
    }
    if (i->passed != JZ_OK)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "item %u cannot be read (%s)", i->id,
                       jz_status_name(i->passed));
    x->change[x->changes++] = (change){ .item = i, .edit = edit };
    return JZ_OK;
}

/* Items that are edited, and empty ones that a new packet would stand behind, unseen by a reader
 * that takes the first. */
static jz_status match_items(heif_edit *x, const jz_meta_edit *edits, size_t n, size_t *done,
                             jz_err *err)
{
    for (size_t k = 0; k < x->h.n; k++) {
        JZ_BUF_AUTO value = { 0 };
        jz_heif_item *i = &x->h.item[k];
        if (i->size == 0 && i->passed == JZ_OK) {
            if (i->kind == JZ_META_XMP)
                JZ_TRY(add_change(x, i, NULL, err));
            continue;
        }
        JZ_TRY(jz_heif_read(&x->h, i, &value, err));
        for (size_t j = 0; j < n; j++) {
            if (edits[j].kind != i->kind || edits[j].at != i->at)
                continue;
            JZ_TRY(add_change(x, i, &edits[j], err));
            ++*done;
        }
    }
    return JZ_OK;
}

static bool within(const jz_heif_part *p, const jz_span *s)
{
    return p->at >= s->at && p->at + p->len <= s->end;
}

/* The media boxes around the bytes that change. */
static jz_status find_mdats(heif_edit *x, jz_err *err)
{
    jz_span s = jz_span_all(x->h.src, "box");
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (more && jz_box_is(&b, "meta") && b.at != x->h.meta.at)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "two meta boxes");
        if (!more || !jz_box_is(&b, "mdat"))
            continue;
        for (size_t k = 0; k < x->changes; k++) {
            change *c = &x->change[k];
            for (size_t p = 0; p < c->item->parts; p++) {
                if (within(&c->item->part[p], &b.body))
                    c->mdat[p] = b;
            }
        }
    }
    return JZ_OK;
}

static jz_status check_alone(const heif_edit *x, jz_err *err)
{
    jz_heif_item *items[JZ_HEIF_ITEMS];
    for (size_t k = 0; k < x->changes; k++)
        items[k] = x->change[k].item;
    return jz_heif_check_alone(&x->h, items, x->changes, err);
}

/* ---- old items ---- */

/* A shorter value has zeros behind it, so that nothing moves; a longer one pushes away what
 * follows. The first byte stays until the offsets are corrected: the item's own leads there, and
 * must not lead into what changes. */
static jz_status replace(heif_edit *x, const change *c, jz_err *err)
{
    const jz_heif_item *i = c->item;
    const jz_bytes value = c->edit->value;
    const size_t old = (size_t)i->size - i->prefix;
    JZ_BUF_AUTO made = { 0 };
    jz_buf_put(&made, value.ptr + 1, value.len - 1);
    for (size_t k = value.len; k < old; k++)
        jz_buf_putc(&made, '\0');
    JZ_TRY(jz_buf_check(&made, err));
    const jz_splice rest = { .at = i->at + 1, .remove = old - 1, .insert = made.len };
    return rest.remove + rest.insert > 0 ? jz_bmff_put(&x->e, c->mdat, 1, &rest, made.ptr, err)
                                         : JZ_OK;
}

/* The bytes of an item that is no more become zeros; its place in iloc stays, so that nothing else
 * moves. */
static jz_status blank(heif_edit *x, const change *c, jz_err *err)
{
    const jz_heif_item *i = c->item;
    for (size_t p = 0; p < i->parts; p++) {
        const size_t n = (size_t)i->part[p].len - 1; /* the first one: as in replace() */
        const jz_splice rest = { .at = i->part[p].at + 1, .remove = n, .insert = n };
        if (!i->in_idat && c->mdat[p].end == 0)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "item %u has bytes in neither mdat nor idat",
                           i->id);
        uint8_t *zeros = jz_alloc_zero(n + 1, 1);
        if (zeros == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu bytes", n);
        const jz_status st = n > 0 ? jz_bmff_put(&x->e, NULL, 0, &rest, zeros, err) : JZ_OK;
        jz_free(zeros);
        JZ_TRY(st);
    }
    return JZ_OK;
}

/* Takes an item out, but for the references from it. */
static jz_status drop(heif_edit *x, const change *c, jz_err *err)
{
    const jz_box path[] = { x->h.meta, x->h.iinf };
    const jz_box *infe = &c->item->infe;
    const jz_splice gone = { .at = infe->at, .remove = infe->end - infe->at };
    c->item->gone = true;
    x->dropped++;
    JZ_TRY(blank(x, c, err));
    return jz_bmff_put(&x->e, path, 2, &gone, NULL, err);
}

static jz_status drop_references(heif_edit *x, jz_err *err)
{
    jz_span s = x->h.iref.body;
    const jz_box path[] = { x->h.meta, x->h.iref };
    for (bool more = x->dropped > 0 && x->h.iref.end != 0; more;) {
        jz_box b;
        JZ_TRY(jz_heif_reference(&x->h, &s, &b, &more, err));
        if (!more)
            break;
        const jz_splice gone = { .at = b.at, .remove = b.end - b.at };
        JZ_TRY(jz_bmff_put(&x->e, path, 2, &gone, NULL, err));
    }
    return JZ_OK;
}

/* ---- new items ---- */

/* Without a meta box at the top there are no items: XMP then stands as in MP4. */
static jz_status add_uuid(heif_edit *x, const jz_meta_edit *edit, jz_err *err)
{
    JZ_BUF_AUTO made = { 0 };
    uint8_t size[4];
    if (x->others.moov.depth == 0 || edit->kind != JZ_META_XMP)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no meta box to put an item into");
    jz_buf_put(&made, "\0\0\0\0uuid", 8);
    jz_buf_put(&made, jz_xmp_uuid, sizeof jz_xmp_uuid);
    jz_buf_put(&made, edit->value.ptr, edit->value.len);
    JZ_TRY(jz_buf_check(&made, err));
    jz_put_be(size, 4, made.len);
    memcpy(made.ptr, size, 4);
    JZ_TRY(jz_bmff_close(&x->e, &x->others.last, err));
    const jz_splice place = { .at = x->others.tail, .insert = made.len };
    return jz_bmff_put(&x->e, NULL, 0, &place, made.ptr, err);
}

static jz_status add_new(heif_edit *x, const jz_meta_edit *edits, size_t n, size_t *done,
                         jz_err *err)
{
    for (size_t j = 0; j < n; j++) {
        if (edits[j].at != JZ_META_NEW || edits[j].value.ptr == NULL)
            continue;
        if (edits[j].kind != JZ_META_XMP && edits[j].kind != JZ_META_EXIF)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a HEIF file has no place for a text");
        if (x->h.meta.end != 0)
            JZ_TRY(jz_heif_new_add(&x->fresh, &x->h, edits[j].kind, edits[j].value, err));
        else
            JZ_TRY(add_uuid(x, &edits[j], err));
        ++*done;
    }
    return JZ_OK;
}

/* ---- one after the other ---- */

static bool fits_in_place(const jz_iloc *l, const change *c)
{
    const jz_heif_item *i = c->item;
    return c->edit->value.len > 0 && i->parts == 1 && !i->in_idat && c->mdat[0].end != 0 &&
           (l->length_size == 8 || i->prefix + c->edit->value.len <= UINT32_MAX);
}

static jz_status change_item(heif_edit *x, change *c, jz_err *err)
{
    const jz_bytes value = c->edit->value;
    c->in_place = value.ptr != NULL && fits_in_place(&x->h.places, c);
    if (c->in_place)
        return replace(x, c, err);
    JZ_TRY(drop(x, c, err));
    return value.ptr == NULL ? JZ_OK : jz_heif_new_add(&x->fresh, &x->h, c->item->kind, value, err);
}

static jz_status change_items(heif_edit *x, jz_err *err)
{
    for (size_t k = 0; k < x->changes; k++) {
        if (x->change[k].edit != NULL)
            JZ_TRY(change_item(x, &x->change[k], err));
    }
    for (size_t k = 0; k < x->changes && x->fresh.n > 0; k++) {
        if (x->change[k].edit == NULL)
            JZ_TRY(drop(x, &x->change[k], err));
    }
    return drop_references(x, err);
}

static jz_status change_other(heif_edit *x, const jz_mp4_block *b, const jz_meta_edit *edit,
                              jz_err *err)
{
    const jz_box *path = x->others.w.path;
    const jz_box *item = &path[b->item];
    const jz_splice gone = { .at = item->at, .remove = item->end - item->at };
    if (edit->value.ptr == NULL)
        return jz_bmff_put(&x->e, path, b->item, &gone, NULL, err);
    if (b->kind != JZ_META_XMP)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: a text in a HEIF file is only taken out",
                       b->where);
    const jz_splice place = { .at = b->value.at,
                              .remove = jz_span_left(&b->value),
                              .insert = edit->value.len };
    return jz_bmff_put(&x->e, path, b->around, &place, edit->value.ptr, err);
}

static jz_status change_others(heif_edit *x, const char *key, const jz_meta_edit *edits, size_t n,
                               size_t *done, jz_err *err)
{
    jz_mp4_walk_init(&x->others, x->h.src, key, false);
    for (;;) {
        jz_mp4_block b;
        bool more;
        JZ_TRY(jz_mp4_walk_next(&x->others, &b, &more, err));
        if (!more)
            return JZ_OK;
        for (size_t j = 0; j < n; j++) {
            if (edits[j].at != b.value.at || edits[j].kind != b.kind)
                continue;
            JZ_TRY(change_other(x, &b, &edits[j], err));
            ++*done;
        }
    }
}

/* What an item's offset leads to, and its length, once the offsets are corrected. */
static jz_status settle(heif_edit *x, const change *c, jz_err *err)
{
    static const uint8_t zero;
    const jz_heif_item *i = c->item;
    uint8_t be[8];
    const unsigned width = x->h.places.length_size;
    const jz_splice first = { .at = i->at, .remove = 1, .insert = 1 };
    const jz_splice length = { .at = i->length_at, .remove = width, .insert = width };
    if (c->in_place) {
        jz_put_be(be, width, i->prefix + c->edit->value.len);
        JZ_TRY(jz_bmff_put(&x->e, NULL, 0, &first, c->edit->value.ptr, err));
        return jz_bmff_put(&x->e, NULL, 0, &length, be, err);
    }
    for (size_t p = 0; p < i->parts; p++) {
        const jz_splice part = { .at = i->part[p].at, .remove = 1, .insert = 1 };
        JZ_TRY(jz_bmff_put(&x->e, NULL, 0, &part, &zero, err));
    }
    return JZ_OK;
}

static jz_status find_changes(heif_edit *x, const char *key, const jz_meta_edit *edits, size_t n,
                              jz_err *err)
{
    size_t done = 0;
    JZ_TRY(jz_heif_open(x->e.src, &x->h, err));
    JZ_TRY(jz_heif_prepare(&x->h, err));
    JZ_TRY(match_items(x, edits, n, &done, err));
    JZ_TRY(find_mdats(x, err));
    JZ_TRY(check_alone(x, err));
    JZ_TRY(change_others(x, key, edits, n, &done, err));
    JZ_TRY(add_new(x, edits, n, &done, err));
    if (done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu places to change, of which this file has %zu", n,
                       done);
    return change_items(x, err);
}

static jz_status plan(heif_edit *x, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_err *err)
{
    const jz_mp4_walk *m = &x->others;
    JZ_TRY(find_changes(x, key, edits, n, err));
    JZ_TRY(jz_heif_new_put(&x->fresh, &x->h, x->dropped, &m->last, m->tail, &x->e, err));
    JZ_TRY(jz_bmff_finish(&x->e, err));
    if (x->fresh.n > 0)
        JZ_TRY(jz_heif_new_settle(&x->fresh, &x->h, m->tail, x->e.out, err));
    for (size_t k = 0; k < x->changes; k++)
        JZ_TRY(settle(x, &x->change[k], err));
    return JZ_OK;
}

jz_status jz_heif_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                       jz_splices *out, jz_err *err)
{
    heif_edit *x = jz_alloc_zero(1, sizeof *x);
    if (x == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for a HEIF file's items");
    x->e = (jz_bmff_edit){ .src = src, .out = out };
    const jz_status st = plan(x, key, edits, n, err);
    jz_heif_new_done(&x->fresh);
    jz_bmff_edit_done(&x->e);
    jz_free(x);
    return st;
}
