/* SPDX-License-Identifier: Apache-2.0 */
/* Matroska and WebM (RFC 9559): texts are SimpleTags in Segment/Tags. No cluster ever moves: tags
 * that outgrow their place become a Void element, and stand at the end of the segment, where a Seek
 * entry leads to them: one that was there, else a new one if there is room for it. Players that
 * read only the head of a file do not find them without. */
#include "media/carrier/carriers.h"

#include "media/carrier/ebml.h"

#include <inttypes.h>
#include <string.h>

enum {
    ID_EBML = 0x1a45dfa3,
    ID_SEGMENT = 0x18538067,
    ID_SEEK_HEAD = 0x114d9b74,
    ID_SEEK = 0x4dbb,
    ID_SEEK_ID = 0x53ab,
    ID_SEEK_POSITION = 0x53ac,
    ID_TAGS = 0x1254c367,
    ID_TAG = 0x7373,
    ID_TARGETS = 0x63c0,
    ID_SIMPLE_TAG = 0x67c8,
    ID_TAG_NAME = 0x45a3,
    ID_TAG_STRING = 0x4487,
    ID_CRC = 0xbf,
    ID_VOID = 0xec,
};
#define NAME_MAX 255 /* bytes of a name that could be a key */
#define ELEMENTS_MAX 4000000u

static jz_status open_segment(jz_source *src, jz_ebml *out, jz_err *err)
{
    jz_span s = jz_span_all(src, "Matroska");
    jz_ebml e;
    JZ_TRY(jz_ebml_next(&s, &e, err));
    if (e.id != ID_EBML || e.unknown)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no EBML header");
    do
        JZ_TRY(jz_ebml_next(&s, out, err));
    while (out->id == ID_VOID);
    if (out->id != ID_SEGMENT)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no segment behind the EBML header");
    return JZ_OK;
}

/* A SimpleTag's name and text, each of which may be missing (ptr of a span NULL). */
typedef struct simple_tag {
    jz_buf name;
    jz_span text;
} simple_tag;

static jz_status read_simple_tag(jz_span s, simple_tag *out, jz_err *err)
{
    while (jz_span_left(&s) > 0) {
        jz_ebml e;
        JZ_TRY(jz_ebml_next(&s, &e, err));
        if (e.unknown)
            return JZ_FAIL(err, JZ_E_CORRUPT, "a tag of unknown size at offset %" PRIu64, e.at);
        if (e.id == ID_TAG_STRING)
            out->text = e.body;
        else if (e.id == ID_TAG_NAME && jz_span_left(&e.body) <= NAME_MAX && out->name.len == 0)
            JZ_TRY(jz_span_read(&e.body, jz_span_left(&e.body), NAME_MAX, &out->name, err));
    }
    return JZ_OK;
}

/* Where the listing goes. */
typedef struct receiver {
    const char *key;
    jz_meta_fn fn;
    void *user;
} receiver;

static jz_status send_simple_tag(jz_span s, const receiver *r, jz_err *err)
{
    simple_tag t = { 0 };
    jz_status st = read_simple_tag(s, &t, err);
    const jz_bytes name = { (const uint8_t *)t.name.ptr, t.name.len };
    if (st == JZ_OK && t.text.src != NULL && jz_meta_has_key(name, r->key)) {
        jz_meta meta = { .kind = JZ_META_TEXT, .where = "Tags", .key = name };
        st = jz_meta_send(&t.text, jz_span_left(&t.text), &meta, r->fn, r->user, err);
    }
    jz_buf_done(&t.name);
    return st;
}

/* Each SimpleTag of each Tag; those in a SimpleTag are about it, not about the file. */
static jz_status list_tags(jz_span s, const receiver *r, jz_err *err)
{
    while (jz_span_left(&s) > 0) {
        jz_ebml tag;
        JZ_TRY(jz_ebml_next(&s, &tag, err));
        while (tag.id == ID_TAG && jz_span_left(&tag.body) > 0) {
            jz_ebml e;
            JZ_TRY(jz_ebml_next(&tag.body, &e, err));
            if (e.id == ID_SIMPLE_TAG)
                JZ_TRY(send_simple_tag(e.body, r, err));
        }
    }
    return JZ_OK;
}

/* The next element of the segment; a cluster of unknown size is entered, its blocks pass as if they
 * stood in the segment themselves. */
static jz_status next_in_segment(jz_span *s, unsigned *seen, jz_ebml *out, jz_err *err)
{
    if (++*seen > ELEMENTS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %u elements", ELEMENTS_MAX);
    return jz_ebml_next(s, out, err);
}

jz_status jz_mkv_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    const receiver r = { key, fn, user };
    jz_ebml segment;
    unsigned seen = 0;
    JZ_TRY(open_segment(src, &segment, err));
    for (jz_span s = segment.body; jz_span_left(&s) > 0;) {
        jz_ebml e;
        JZ_TRY(next_in_segment(&s, &seen, &e, err));
        if (e.id == ID_TAGS && !e.unknown)
            JZ_TRY(list_tags(e.body, &r, err));
    }
    return JZ_OK;
}

/* ---- writing ---- */

typedef struct edits {
    const char *key;
    const jz_meta_edit *edit;
    size_t n, done;
    jz_splices *out;
    jz_ebml segment;
    bool new_done;     /* the new texts are in some Tags element */
    jz_buf tail;       /* what goes to the end of the segment: one Tags element, or nothing */
    uint64_t moved_at; /* where it was before; 0 = nowhere */
    bool found;        /* a Seek entry leads to it */
} edits;

static const jz_meta_edit *edit_at(const edits *e, uint64_t at)
{
    for (size_t i = 0; i < e->n; i++) {
        if (e->edit[i].at == at && e->edit[i].kind == JZ_META_TEXT)
            return &e->edit[i];
    }
    return NULL;
}

/* The edit of the text in a SimpleTag; NULL. */
static jz_status edit_of(const edits *e, jz_span s, const jz_meta_edit **out, jz_err *err)
{
    simple_tag t = { 0 };
    const jz_status st = read_simple_tag(s, &t, err);
    *out = st == JZ_OK && t.text.src != NULL ? edit_at(e, t.text.at) : NULL;
    jz_buf_done(&t.name);
    return st;
}

static jz_status copy(const jz_ebml *e, jz_buf *out, jz_err *err)
{
    jz_span s = { e->body.src, e->at, e->end, "Matroska" };
    return jz_span_read(&s, e->end - e->at, JZ_META_MAX, out, err);
}

static void put_element(jz_buf *out, uint32_t id, const void *data, size_t n)
{
    jz_ebml_put_head(out, id, n, 0);
    jz_buf_put(out, data, n);
}

/* A SimpleTag with another text; a checksum in it is not kept. */
static jz_status put_simple_tag(jz_span s, jz_bytes value, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO body = { 0 };
    while (jz_span_left(&s) > 0) {
        jz_ebml e;
        JZ_TRY(jz_ebml_next(&s, &e, err));
        if (e.id == ID_TAG_STRING)
            put_element(&body, ID_TAG_STRING, value.ptr, value.len);
        else if (e.id != ID_CRC)
            JZ_TRY(copy(&e, &body, err));
    }
    JZ_TRY(jz_buf_check(&body, err));
    put_element(out, ID_SIMPLE_TAG, body.ptr, body.len);
    return jz_buf_check(out, err);
}

/* A Tag with its SimpleTags changed; nothing of it where none is left. */
static jz_status put_tag(edits *e, jz_span s, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO body = { 0 };
    unsigned left = 0;
    while (jz_span_left(&s) > 0) {
        jz_ebml child;
        const jz_meta_edit *edit = NULL;
        JZ_TRY(jz_ebml_next(&s, &child, err));
        if (child.id == ID_SIMPLE_TAG)
            JZ_TRY(edit_of(e, child.body, &edit, err));
        e->done += edit != NULL;
        if (child.id == ID_CRC || (edit != NULL && edit->value.ptr == NULL))
            continue;
        left += child.id == ID_SIMPLE_TAG;
        if (edit != NULL)
            JZ_TRY(put_simple_tag(child.body, edit->value, &body, err));
        else
            JZ_TRY(copy(&child, &body, err));
    }
    JZ_TRY(jz_buf_check(&body, err));
    if (left > 0)
        put_element(out, ID_TAG, body.ptr, body.len);
    return jz_buf_check(out, err);
}

/* The new texts, each in a Tag about the whole file. */
static void put_new(edits *e, jz_buf *out)
{
    JZ_BUF_AUTO simple = { 0 };
    JZ_BUF_AUTO tag = { 0 };
    for (size_t i = 0; i < e->n && !e->new_done; i++) {
        if (e->edit[i].at != JZ_META_NEW || e->edit[i].kind != JZ_META_TEXT ||
            e->edit[i].value.ptr == NULL)
            continue;
        jz_buf_reset(&simple);
        put_element(&simple, ID_TAG_NAME, e->key, strlen(e->key));
        put_element(&simple, ID_TAG_STRING, e->edit[i].value.ptr, e->edit[i].value.len);
        jz_buf_reset(&tag);
        put_element(&tag, ID_TARGETS, NULL, 0);
        put_element(&tag, ID_SIMPLE_TAG, simple.ptr, simple.len);
        put_element(out, ID_TAG, tag.ptr, tag.len);
        if (simple.fail != JZ_OK || tag.fail != JZ_OK)
            out->fail = JZ_E_NOMEM;
        e->done++;
    }
    e->new_done = true;
}

/* A Tags element at the end of the segment. */
static jz_status put_at_end(edits *e, const jz_buf *body, jz_err *err)
{
    JZ_TRY(jz_buf_check(body, err));
    if (e->tail.len > 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "two Tags elements would outgrow their places");
    put_element(&e->tail, ID_TAGS, body->ptr, body->len);
    return jz_buf_check(&e->tail, err);
}

/* What is in a Tags element after the edits. */
static jz_status build_tags(edits *e, jz_span s, jz_buf *out, jz_err *err)
{
    while (jz_span_left(&s) > 0) {
        jz_ebml child;
        JZ_TRY(jz_ebml_next(&s, &child, err));
        if (child.unknown)
            return JZ_FAIL(err, JZ_E_CORRUPT, "a tag of unknown size at offset %" PRIu64, child.at);
        if (child.id == ID_TAG)
            JZ_TRY(put_tag(e, child.body, out, err));
        else if (child.id != ID_CRC)
            JZ_TRY(copy(&child, out, err));
    }
    put_new(e, out);
    return jz_buf_check(out, err);
}

/* A Void element of n bytes in all, 2 at least. */
static void put_void(jz_buf *out, uint64_t n)
{
    const unsigned width = n - 2 < 127 ? 1 : 8;
    jz_ebml_put_head(out, ID_VOID, n - 1 - width, width);
    for (uint64_t i = 0; i < n - 1 - width; i++)
        jz_buf_putc(out, 0);
}

/* Tags of the same size as before: what is left of it is a Void element, and where that cannot be,
 * the size field is a byte longer. False where they do not fit. */
static bool fit(uint64_t room, const jz_buf *body, jz_buf *out)
{
    const unsigned width = jz_ebml_size_width(body->len);
    const uint64_t need = 4 + (uint64_t)width + body->len;
    if (need > room || (need + 1 == room && width == 8))
        return false;
    jz_ebml_put_head(out, ID_TAGS, body->len, width + (need + 1 == room));
    jz_buf_put(out, body->ptr, body->len);
    if (need + 1 < room)
        put_void(out, room - need);
    return true;
}

static jz_status replace(edits *e, uint64_t at, uint64_t size, const jz_buf *with, jz_err *err)
{
    JZ_TRY(jz_buf_check(with, err));
    return jz_splices_add(e->out, at, size, (jz_bytes){ (const uint8_t *)with->ptr, with->len },
                          err);
}

/* In place, or, where that is too small, at the end. */
static jz_status change_tags(edits *e, const jz_ebml *tags, jz_err *err)
{
    JZ_BUF_AUTO body = { 0 };
    JZ_BUF_AUTO made = { 0 };
    const size_t before = e->done;
    const uint64_t room = tags->end - tags->at;
    if (room > JZ_META_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "tags of %" PRIu64 " bytes", room);
    JZ_TRY(build_tags(e, tags->body, &body, err));
    if (e->done == before)
        return JZ_OK;
    if (body.len == 0) {
        put_void(&made, room);
        return replace(e, tags->at, room, &made, err);
    }
    if (fit(room, &body, &made))
        return replace(e, tags->at, room, &made, err);
    e->moved_at = tags->at;
    JZ_TRY(put_at_end(e, &body, err));
    put_void(&made, room);
    return replace(e, tags->at, room, &made, err);
}

/* The segment ends later by what is put there. */
static jz_status put_tail(edits *e, jz_err *err)
{
    JZ_BUF_AUTO size = { 0 };
    const jz_ebml *s = &e->segment;
    JZ_TRY(jz_buf_check(&e->tail, err));
    if (e->tail.len == 0)
        return JZ_OK;
    JZ_TRY(jz_splices_add(e->out, s->end, 0,
                          (jz_bytes){ (const uint8_t *)e->tail.ptr, e->tail.len }, err));
    if (s->unknown)
        return JZ_OK;
    const uint64_t now = s->end - s->body.at + e->tail.len;
    if (jz_ebml_size_width(now) > s->size_width)
        return JZ_FAIL(err, JZ_E_LIMIT,
                       "the segment would be %" PRIu64 " bytes, more than its size field of %u "
                       "bytes holds",
                       now, s->size_width);
    jz_ebml_put_size(&size, now, s->size_width);
    return replace(e, s->size_at, s->size_width, &size, err);
}

/* Where the tail begins, as Seek entries count: from the start of the segment's data. */
static uint64_t tail_position(const edits *e)
{
    return e->segment.end - e->segment.body.at;
}

/* An entry that leads to tags which have moved, where its field holds the new place. */
static jz_status fix_seek(edits *e, jz_span seek, jz_err *err)
{
    jz_span position = { 0 };
    uint8_t bytes[8];
    uint64_t old = 0;
    while (jz_span_left(&seek) > 0) {
        jz_ebml child;
        JZ_TRY(jz_ebml_next(&seek, &child, err));
        if (child.id == ID_SEEK_POSITION)
            position = child.body;
    }
    if (position.src == NULL || jz_span_left(&position) > sizeof bytes)
        return JZ_OK;
    const unsigned width = (unsigned)jz_span_left(&position);
    const uint64_t at = position.at;
    const uint64_t now = tail_position(e);
    JZ_TRY(jz_span_get(&position, bytes, width, err));
    for (unsigned i = 0; i < width; i++)
        old = old << 8 | bytes[i];
    if (e->moved_at == 0 || old != e->moved_at - e->segment.body.at ||
        (width < 8 && now >> 8 * width != 0))
        return JZ_OK;
    for (unsigned i = 0; i < width; i++)
        bytes[i] = (uint8_t)(now >> 8 * (width - 1 - i));
    e->found = true;
    return jz_splices_add(e->out, at, width, (jz_bytes){ bytes, width }, err);
}

/* Changes an entry in place; a checksum of the list, which must be its first element, becomes a
 * Void element of the same size. */
static jz_status fix_entries(edits *e, const jz_ebml *head, jz_err *err)
{
    static const uint8_t no_checksum = ID_VOID;
    uint64_t checksum = 0;
    for (jz_span s = head->body; jz_span_left(&s) > 0;) {
        jz_ebml child;
        JZ_TRY(jz_ebml_next(&s, &child, err));
        if (child.id == ID_CRC && child.at == head->body.at)
            checksum = child.at;
        else if (child.id == ID_SEEK)
            JZ_TRY(fix_seek(e, child.body, err));
    }
    return e->found && checksum > 0
               ? jz_splices_add(e->out, checksum, 1, (jz_bytes){ &no_checksum, 1 }, err)
               : JZ_OK;
}

/* One entry more, if the Void element behind the list has room for it. */
static jz_status add_entry(edits *e, const jz_ebml *head, const jz_ebml *room, jz_err *err)
{
    static const uint8_t entry[] = { 0x4d, 0xbb, 0x92, 0x53, 0xab, 0x84, 0x12,
                                     0x54, 0xc3, 0x67, 0x53, 0xac, 0x88 };
    JZ_BUF_AUTO body = { 0 };
    JZ_BUF_AUTO made = { 0 };
    const uint64_t all = room->end - head->at;
    for (jz_span s = head->body; jz_span_left(&s) > 0;) {
        jz_ebml child;
        JZ_TRY(jz_ebml_next(&s, &child, err));
        if (child.id != ID_CRC)
            JZ_TRY(copy(&child, &body, err));
    }
    jz_buf_put(&body, entry, sizeof entry);
    for (unsigned i = 0; i < 8; i++)
        jz_buf_putc(&body, (char)(uint8_t)(tail_position(e) >> 8 * (7 - i)));
    put_element(&made, ID_SEEK_HEAD, body.ptr, body.len);
    JZ_TRY(jz_buf_check(&body, err));
    if (made.len + 2 > all)
        return JZ_OK;
    put_void(&made, all - made.len);
    e->found = true;
    return replace(e, head->at, all, &made, err);
}

static jz_status fix_seek_head(edits *e, jz_err *err)
{
    unsigned seen = 0;
    jz_ebml before = { 0 };
    for (jz_span s = e->segment.body; !e->found && jz_span_left(&s) > 0;) {
        jz_ebml head;
        JZ_TRY(next_in_segment(&s, &seen, &head, err));
        if (head.id == ID_SEEK_HEAD && !head.unknown)
            JZ_TRY(fix_entries(e, &head, err));
        else if (head.id == ID_VOID && before.id == ID_SEEK_HEAD)
            JZ_TRY(add_entry(e, &before, &head, err));
        before = head;
    }
    return JZ_OK;
}

static jz_status add_new_tags(edits *e, jz_err *err)
{
    JZ_BUF_AUTO body = { 0 };
    if (e->new_done)
        return JZ_OK;
    put_new(e, &body);
    return body.len > 0 || body.fail != JZ_OK ? put_at_end(e, &body, err) : JZ_OK;
}

static jz_status plan(edits *e, jz_source *src, jz_err *err)
{
    unsigned seen = 0;
    JZ_TRY(open_segment(src, &e->segment, err));
    for (jz_span s = e->segment.body; jz_span_left(&s) > 0;) {
        jz_ebml child;
        JZ_TRY(next_in_segment(&s, &seen, &child, err));
        if (child.id == ID_CRC && seen == 1)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a segment with a checksum of its own");
        if (child.id == ID_TAGS && !child.unknown)
            JZ_TRY(change_tags(e, &child, err));
    }
    JZ_TRY(add_new_tags(e, err));
    JZ_TRY(jz_meta_only_text(e->edit, e->n, "Matroska", err));
    if (e->done != e->n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no tag of this file",
                       e->n - e->done, e->n);
    if (e->tail.len > 0)
        JZ_TRY(fix_seek_head(e, err));
    return put_tail(e, err);
}

jz_status jz_mkv_edit(jz_source *src, const char *key, const jz_meta_edit *edit, size_t n,
                      jz_splices *out, jz_err *err)
{
    edits e = { .key = key, .edit = edit, .n = n, .out = out };
    const jz_status st = plan(&e, src, err);
    jz_buf_done(&e.tail);
    return st;
}
