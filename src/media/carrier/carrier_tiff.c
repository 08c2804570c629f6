/* SPDX-License-Identifier: Apache-2.0 */
/* TIFF 6.0 (1992), section 2: a header, then directories of 12-byte entries. XMP is tag 700 of the
 * first directory (XMP part 3, 1.1.2), type BYTE or UNDEFINED. An edit moves nothing: a new packet
 * goes to the end of the file, or into the place of the old one if it fits; a directory with one
 * entry more or less is written anew at the end, where the header then points. */
#include "media/carrier/carriers.h"

#include "base/alloc.h"
#include "media/carrier/tiff_file.h"

#include <inttypes.h>
#include <string.h>

enum { TAG_DESCRIPTION = 270, TAG_XMP = 700, TAG_EXIF = 34665, TAG_USER_COMMENT = 37510 };
enum { TYPE_BYTE = 1, TYPE_ASCII = 2, TYPE_UNDEFINED = 7 };

static jz_status list_xmp(const jz_tiff *t, const jz_tiff_entry *e, jz_meta_fn fn, void *user,
                          jz_err *err)
{
    jz_span value;
    jz_meta meta = { .kind = JZ_META_XMP, .where = "IFD0 tag 700", .at = e->value_at };
    if (jz_tiff_value(t, e, &value, NULL) == JZ_OK)
        return jz_meta_send(&value, e->size, &meta, fn, user, err);
    meta.size = e->size;
    meta.passed = JZ_E_TRUNCATED;
    return fn(user, &meta, err);
}

/* A failure that is not the file's. */
static bool is_ours(jz_status st)
{
    return st == JZ_E_NOMEM || st == JZ_E_IO || st == JZ_E_CHANGED;
}

static jz_status list_text(const jz_tiff *t, const jz_tiff_entry *e, const char *key, jz_meta_fn fn,
                           void *user, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_tiff_text place;
    const bool comment = e->tag == TAG_USER_COMMENT;
    const jz_status st = jz_tiff_read_text(t, e, comment, &place, &text, err);
    if (is_ours(st))
        return st;
    const jz_bytes value = { (const uint8_t *)text.ptr, text.len };
    if (st != JZ_OK || !jz_meta_has_key(value, key))
        return JZ_OK; /* whether it holds a label cannot be told: it is none for all who read it */
    const char *name = comment ? "UserComment" : "ImageDescription";
    const jz_meta meta = { .kind = JZ_META_TEXT,
                           .where = comment ? "Exif UserComment" : "ImageDescription",
                           .key = { (const uint8_t *)name, strlen(name) },
                           .at = place.at,
                           .size = place.size,
                           .value = value };
    return fn(user, &meta, err);
}

/* A damaged Exif directory is passed over. */
static jz_status list_exif(const jz_tiff *t, const jz_tiff_entry *pointer, const char *key,
                           jz_meta_fn fn, void *user, jz_err *err)
{
    jz_tiff_dir exif = { 0 };
    jz_status st = jz_tiff_read_dir(t, pointer->offset, &exif, NULL);
    if (is_ours(st))
        return JZ_FAIL(err, st, "TIFF: the Exif directory cannot be read");
    if (st != JZ_OK)
        return JZ_OK;
    for (size_t i = 0; st == JZ_OK && i < exif.n; i++) {
        if (exif.entry[i].tag == TAG_USER_COMMENT)
            st = list_text(t, &exif.entry[i], key, fn, user, err);
    }
    jz_tiff_dir_done(&exif);
    return st;
}

jz_status jz_tiff_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_tiff t;
    jz_tiff_dir dir = { 0 };
    JZ_TRY(jz_tiff_open(src, &t, err));
    jz_status st = jz_tiff_read_dir(&t, t.ifd0, &dir, err);
    for (size_t i = 0; st == JZ_OK && i < dir.n; i++) {
        const jz_tiff_entry *e = &dir.entry[i];
        if (e->tag == TAG_XMP)
            st = list_xmp(&t, e, fn, user, err);
        else if (e->tag == TAG_DESCRIPTION && e->type == TYPE_ASCII)
            st = list_text(&t, e, key, fn, user, err);
        else if (e->tag == TAG_EXIF)
            st = list_exif(&t, e, key, fn, user, err);
    }
    jz_tiff_dir_done(&dir);
    return st;
}

/* What an edit gathers. */
typedef struct change {
    const jz_tiff *t;
    jz_tiff_dir dir; /* as it shall be */
    bool moves;      /* it has other entries than before, and goes to the end */
    jz_buf tail;     /* what is appended to the file */
    jz_splices *out;
} change;

/* Appends bytes at an even offset, which is given. */
static jz_status append(change *c, jz_bytes bytes, uint32_t *at, jz_err *err)
{
    const uint64_t end = c->t->src->size + c->tail.len;
    const uint64_t start = end + (end & 1);
    if (bytes.len > UINT32_MAX || start + bytes.len > UINT32_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a TIFF file of %" PRIu64 " bytes, limit %u",
                       start + bytes.len, UINT32_MAX);
    if (start > end)
        jz_buf_putc(&c->tail, '\0');
    jz_buf_put(&c->tail, bytes.ptr, bytes.len);
    *at = (uint32_t)start;
    return jz_buf_check(&c->tail, err);
}

/* Puts the packet where it shall stand and points the entry there. */
static jz_status place(change *c, jz_tiff_entry *e, jz_bytes packet, jz_err *err)
{
    const bool fits = e->at != 0 && e->size > 4 && packet.len > 4 && packet.len <= e->size &&
                      jz_tiff_owns(c->t, &c->dir, e);
    if (e->type != TYPE_BYTE && e->type != TYPE_UNDEFINED)
        e->type = TYPE_UNDEFINED;
    e->size = packet.len;
    e->count = (uint32_t)packet.len;
    e->changed = true;
    if (packet.len <= sizeof e->inlined) {
        memset(e->inlined, 0, sizeof e->inlined);
        memcpy(e->inlined, packet.ptr, packet.len);
        return JZ_OK;
    }
    if (fits)
        return jz_splices_add(c->out, e->value_at, packet.len, packet, err);
    return append(c, packet, &e->offset, err);
}

static jz_status put_new(change *c, jz_bytes packet, jz_err *err)
{
    size_t i = 0;
    for (size_t k = 0; k < c->dir.n; k++) {
        if (c->dir.entry[k].tag == TAG_XMP)
            return JZ_FAIL(err, JZ_E_INVAL, "this TIFF has an XMP packet already");
        if (c->dir.entry[k].tag < TAG_XMP)
            i = k + 1;
    }
    if (c->dir.n == UINT16_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a TIFF directory of %d entries is full", UINT16_MAX);
    jz_tiff_entry *grown = jz_grow(c->dir.entry, c->dir.n, &c->dir.room, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for a TIFF directory");
    c->dir.entry = grown;
    memmove(grown + i + 1, grown + i, (c->dir.n - i) * sizeof *grown);
    grown[i] = (jz_tiff_entry){ .tag = TAG_XMP, .type = TYPE_UNDEFINED };
    c->dir.n++;
    c->moves = true;
    return place(c, &grown[i], packet, err);
}

static jz_status edit_xmp(change *c, const jz_meta_edit *edit, jz_err *err)
{
    if (edit->at == JZ_META_NEW)
        return put_new(c, edit->value, err);
    for (size_t i = 0; i < c->dir.n; i++) {
        jz_tiff_entry *e = &c->dir.entry[i];
        if (e->tag != TAG_XMP || e->value_at != edit->at || e->changed) /* two may share a place */
            continue;
        if (edit->value.ptr != NULL)
            return place(c, e, edit->value, err);
        if (c->dir.n == 1)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a TIFF directory of nothing but XMP");
        c->moves = true;
        memmove(e, e + 1, (--c->dir.n - i) * sizeof *e);
        return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_INVAL, "no XMP packet stands at offset %" PRIu64 " of this TIFF",
                   edit->at);
}

/* A label that was merged into another block becomes spaces: the field stays. dir has the text. */
static jz_status blank_text(change *c, const jz_tiff_dir *dir, const jz_tiff_entry *e,
                            const jz_tiff_text *place, jz_err *err)
{
    JZ_BUF_AUTO spaces = { 0 };
    if (!jz_tiff_owns(c->t, dir, e) || !jz_tiff_owns(c->t, &c->dir, e))
        return JZ_FAIL(err, JZ_E_CORRUPT, "TIFF: the text at offset %" PRIu64 " is also another's",
                       place->at);
    for (uint64_t i = 0; i < place->size; i++) {
        const bool zero = place->wide && (i % 2 == 0) == c->t->big_endian;
        jz_buf_putc(&spaces, zero ? '\0' : ' ');
    }
    JZ_TRY(jz_buf_check(&spaces, err));
    return jz_splices_add(c->out, place->at, place->size,
                          (jz_bytes){ (const uint8_t *)spaces.ptr, spaces.len }, err);
}

/* Blanks the text of that tag which stands at an offset, and tells whether there is one. */
static jz_status blank_in(change *c, const jz_tiff_dir *dir, uint16_t tag, uint64_t at, bool *found,
                          jz_err *err)
{
    for (size_t i = 0; i < dir->n; i++) {
        JZ_BUF_AUTO text = { 0 };
        jz_tiff_text place;
        const jz_tiff_entry *e = &dir->entry[i];
        if (e->tag != tag ||
            jz_tiff_read_text(c->t, e, tag == TAG_USER_COMMENT, &place, &text, NULL) != JZ_OK ||
            place.at != at)
            continue;
        *found = true;
        return blank_text(c, dir, e, &place, err);
    }
    return JZ_OK;
}

static jz_status edit_text(change *c, const jz_meta_edit *edit, jz_err *err)
{
    bool found = false;
    if (edit->at == JZ_META_NEW || edit->value.ptr != NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "in TIFF a label is written as XMP only");
    JZ_TRY(blank_in(c, &c->dir, TAG_DESCRIPTION, edit->at, &found, err));
    for (size_t i = 0; i < c->dir.n && !found; i++) {
        jz_tiff_dir exif = { 0 };
        if (c->dir.entry[i].tag != TAG_EXIF ||
            jz_tiff_read_dir(c->t, c->dir.entry[i].offset, &exif, NULL) != JZ_OK)
            continue;
        const jz_status st = blank_in(c, &exif, TAG_USER_COMMENT, edit->at, &found, err);
        jz_tiff_dir_done(&exif);
        JZ_TRY(st);
    }
    if (!found)
        return JZ_FAIL(err, JZ_E_INVAL, "no text stands at offset %" PRIu64 " of this TIFF",
                       edit->at);
    return JZ_OK;
}

/* The directory at its new place, or its changed entries at their old one. */
static jz_status finish(change *c, jz_err *err)
{
    JZ_BUF_AUTO built = { 0 };
    uint32_t at;
    if (c->moves) {
        jz_tiff_put_dir(c->t, &c->dir, &built);
        JZ_TRY(jz_buf_check(&built, err));
        JZ_TRY(append(c, (jz_bytes){ (const uint8_t *)built.ptr, built.len }, &at, err));
        jz_buf_reset(&built);
        jz_tiff_put_u32(c->t, at, &built);
        JZ_TRY(
            jz_splices_add(c->out, 4, 4, (jz_bytes){ (const uint8_t *)built.ptr, built.len }, err));
    }
    for (size_t i = 0; !c->moves && i < c->dir.n; i++) {
        if (!c->dir.entry[i].changed)
            continue;
        jz_buf_reset(&built);
        jz_tiff_put_entry(c->t, &c->dir.entry[i], &built);
        JZ_TRY(jz_buf_check(&built, err));
        JZ_TRY(jz_splices_add(c->out, c->dir.entry[i].at, built.len,
                              (jz_bytes){ (const uint8_t *)built.ptr, built.len }, err));
    }
    if (c->tail.len == 0)
        return JZ_OK;
    return jz_splices_add(c->out, c->t->src->size, 0,
                          (jz_bytes){ (const uint8_t *)c->tail.ptr, c->tail.len }, err);
}

static jz_status check_values(const jz_tiff *t, const jz_tiff_dir *dir, jz_err *err)
{
    for (size_t i = 0; i < dir->n; i++) {
        jz_span value;
        JZ_TRY_CTX(jz_tiff_value(t, &dir->entry[i], &value, err), err, "tag %u", dir->entry[i].tag);
    }
    return JZ_OK;
}

/* A value past the end of the file would be found in what is appended there. */
static jz_status check_whole(const jz_tiff *t, const jz_tiff_dir *dir, jz_err *err)
{
    JZ_TRY(jz_tiff_check_pixels(t, dir, err));
    JZ_TRY(check_values(t, dir, err));
    for (size_t i = 0; i < dir->n; i++) {
        jz_tiff_dir exif = { 0 };
        if (dir->entry[i].tag != TAG_EXIF)
            continue;
        jz_status st = jz_tiff_read_dir(t, dir->entry[i].offset, &exif, NULL);
        if (st == JZ_E_CORRUPT) /* it is none, and stays none */
            continue;
        if (st != JZ_OK)
            return JZ_FAIL(err, st, "TIFF: the Exif directory at offset %u cannot be read",
                           dir->entry[i].offset);
        st = check_values(t, &exif, err);
        jz_tiff_dir_done(&exif);
        JZ_TRY(st);
    }
    return JZ_OK;
}

static jz_status edit_all(change *c, const jz_meta_edit *edits, size_t n, jz_err *err)
{
    JZ_TRY(jz_tiff_read_dir(c->t, c->t->ifd0, &c->dir, err));
    JZ_TRY(check_whole(c->t, &c->dir, err));
    for (size_t i = 0; i < n; i++) {
        if (edits[i].kind == JZ_META_XMP)
            JZ_TRY(edit_xmp(c, &edits[i], err));
        else if (edits[i].kind == JZ_META_TEXT)
            JZ_TRY(edit_text(c, &edits[i], err));
        else
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "in TIFF only XMP and texts are changed");
    }
    return finish(c, err);
}

jz_status jz_tiff_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                       jz_splices *out, jz_err *err)
{
    (void)key;
    jz_tiff t;
    JZ_TRY(jz_tiff_open(src, &t, err));
    change c = { .t = &t, .out = out };
    const jz_status st = edit_all(&c, edits, n, err);
    jz_tiff_dir_done(&c.dir);
    jz_buf_done(&c.tail);
    return st;
}
