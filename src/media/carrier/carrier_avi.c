/* SPDX-License-Identifier: Apache-2.0 */
/* AVI: RIFF with the form "AVI ": the list hdrl, lists and chunks of metadata, the list movi with
 * the frames, an index. A text is an entry of an INFO list (TC260's guide for video), XMP a chunk
 * "_PMX" (XMP part 3).
 *
 * Offsets of the file's start stand in many places (idx1 of some writers; indx and ix## of
 * OpenDML), so that nothing that has an address may move. Metadata may use up the JUNK chunk behind
 * it, or a JUNK chunk before movi, which writers leave there for this; where that is too small, it
 * goes to the end of the RIFF chunk, and what it leaves becomes JUNK. */
#include "media/carrier/carriers.h"
#include "media/carrier/riff.h"

#include <inttypes.h>
#include <string.h>

#define HEAD 8 /* bytes of an identifier and a size */

typedef struct avi {
    jz_riff riff;
    jz_riff_edits e;
    bool behind_movi; /* the cursor is there */
    bool several;     /* a further RIFF chunk follows (OpenDML): the first one may not grow */
    bool bare;        /* the last chunk lacks its padding */
    uint64_t used;    /* up to here there is nothing left to edit */
    jz_buf fresh;     /* entries of an INFO list: new texts, until they have a place */
    jz_buf moved;     /* the same: texts that outgrew theirs */
    jz_buf late;      /* chunks for the end */
    jz_splices *out;
} avi;

static void avi_done(avi *a)
{
    jz_buf_done(&a->fresh);
    jz_buf_done(&a->moved);
    jz_buf_done(&a->late);
}
#define AVI_AUTO __attribute__((cleanup(avi_done))) avi

jz_status jz_avi_list(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err)
{
    jz_riff riff;
    JZ_TRY(jz_riff_open(src, "AVI ", &riff, err));
    return jz_riff_list_texts(&riff, key, fn, user, err);
}

/* Whether bytes can stand in a room of that size: what is left must be nothing or a JUNK chunk. */
static bool fits(size_t len, uint64_t room)
{
    return len == room || (room >= HEAD && len <= room - HEAD);
}

/* Chunks take the room of others, whose first own bytes are not left behind; JUNK fills it up. */
static jz_status fill(avi *a, uint64_t at, uint64_t own, uint64_t room, const jz_buf *chunks,
                      jz_err *err)
{
    JZ_BUF_AUTO built = { 0 };
    const uint64_t rest = room - chunks->len;
    if (own > JZ_META_MAX * 2)
        return JZ_FAIL(err, JZ_E_LIMIT, "AVI: a block of %" PRIu64 " bytes to be replaced", own);
    jz_buf_put(&built, chunks->ptr, chunks->len);
    if (rest > 0) {
        jz_buf_puts(&built, "JUNK");
        jz_riff_put_number(&built, rest - HEAD, 4);
    }
    while (built.len < own && built.fail == JZ_OK)
        jz_buf_putc(&built, 0);
    JZ_TRY(jz_buf_check(&built, err));
    a->used = at + room;
    return jz_splices_add(a->out, at, built.len, jz_buf_bytes(&built), err);
}

/* Whether a chunk at the cursor may become longer: nothing with an address stands behind it. */
static bool may_grow(const avi *a, bool top)
{
    return top && a->behind_movi && !a->several;
}

/* Chunks in the stead of c; they fit into room, or c may grow. */
static jz_status replace(avi *a, jz_riff_chunk *c, bool grow, uint64_t room, const jz_buf *chunks,
                         jz_err *err)
{
    if (!grow)
        return fill(a, c->at, c->end - c->at, room, chunks, err);
    c->bare = false;
    return jz_splices_add(a->out, c->at, c->end - c->at, jz_buf_bytes(chunks), err);
}

static jz_status no_room(jz_err *err)
{
    return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                   "AVI: no room for more metadata, and frames with addresses behind it");
}

/* An INFO list whose texts get new values: in place, or without those that outgrew it. */
static jz_status edit_texts(avi *a, jz_riff_chunk *c, bool grow, uint64_t room, jz_buf *list,
                            jz_err *err)
{
    size_t changed;
    if (grow || fits(list->len, room))
        return replace(a, c, grow, room, list, err);
    jz_buf_reset(list);
    JZ_TRY(jz_riff_edit_info(&a->riff, c, &a->e, &a->moved, list, &changed, err));
    return fits(list->len, room) ? replace(a, c, false, room, list, err) : no_room(err);
}

static jz_status edit_info(avi *a, jz_riff_chunk *c, bool top, uint64_t room, jz_err *err)
{
    JZ_BUF_AUTO list = { 0 };
    size_t changed;
    const bool grow = may_grow(a, top);
    JZ_TRY(jz_riff_edit_info(&a->riff, c, &a->e, NULL, &list, &changed, err));
    a->e.done += changed;
    const size_t without = list.len;
    if (a->fresh.len > 0 && (grow || !a->behind_movi)) {
        jz_buf_put(&list, a->fresh.ptr, a->fresh.len);
        JZ_TRY(jz_riff_end_list(&list, err));
        if (grow || fits(list.len, room)) {
            jz_buf_reset(&a->fresh);
            return replace(a, c, grow, room, &list, err);
        }
        list.len = without;
        JZ_TRY(jz_riff_end_list(&list, err));
    }
    return changed == 0 ? JZ_OK : edit_texts(a, c, grow, room, &list, err);
}

static jz_status edit_chunk(avi *a, jz_riff_chunk *c, bool top, uint64_t room, jz_err *err)
{
    static const jz_buf nothing = { 0 };
    JZ_BUF_AUTO built = { 0 };
    const bool grow = may_grow(a, top);
    const jz_meta_edit *edit = jz_riff_edit_of(&a->e, c);
    if (edit == NULL)
        return JZ_OK;
    a->e.done++;
    if (edit->value.ptr != NULL)
        JZ_TRY(jz_riff_put(&built, c->id, edit->value, err));
    if (grow || fits(built.len, room))
        return replace(a, c, grow, room, &built, err);
    jz_buf_put(&a->late, built.ptr, built.len);
    return fill(a, c->at, c->end - c->at, room, &nothing, err);
}

/* A JUNK chunk before movi takes the new texts, if it can. */
static jz_status use_junk(avi *a, const jz_riff_chunk *c, jz_err *err)
{
    JZ_BUF_AUTO list = { 0 };
    if (a->fresh.len == 0 || a->behind_movi)
        return JZ_OK;
    jz_riff_begin_list(&list, "INFO");
    jz_buf_put(&list, a->fresh.ptr, a->fresh.len);
    JZ_TRY(jz_riff_end_list(&list, err));
    if (!fits(list.len, c->end - c->at))
        return JZ_OK;
    jz_buf_reset(&a->fresh);
    return fill(a, c->at, 0, c->end - c->at, &list, err);
}

/* The JUNK chunk at the cursor, or a chunk of no bytes. */
static jz_status peek_junk(const avi *a, jz_span s, jz_riff_chunk *out, jz_err *err)
{
    jz_riff_chunk c = { .at = s.at, .end = s.at };
    *out = c;
    if (jz_span_left(&s) == 0)
        return JZ_OK;
    JZ_TRY(jz_riff_next(&a->riff, &s, &c, err));
    if (jz_riff_is(&c, "JUNK"))
        *out = c;
    return JZ_OK;
}

/* NOLINTNEXTLINE(misc-no-recursion): the top and hdrl, no deeper */
static jz_status edit_level(avi *a, jz_span s, bool top, jz_err *err)
{
    while (jz_span_left(&s) > 0) {
        jz_riff_chunk c;
        jz_riff_chunk junk;
        JZ_TRY(jz_riff_next(&a->riff, &s, &c, err));
        JZ_TRY(peek_junk(a, s, &junk, err));
        const uint64_t room = junk.end - c.at;
        if (top && jz_riff_is_list(&c, "movi"))
            a->behind_movi = true;
        else if (top && jz_riff_is_list(&c, "hdrl"))
            JZ_TRY(edit_level(a, c.data, false, err));
        else if (jz_riff_is_list(&c, "INFO"))
            JZ_TRY(edit_info(a, &c, top, room, err));
        else if (top && jz_riff_is(&c, "JUNK"))
            JZ_TRY(use_junk(a, &c, err));
        else
            JZ_TRY(edit_chunk(a, &c, top, room, err));
        if (a->used > s.at) { /* with the JUNK behind it */
            s.at = junk.end;
            c.bare = junk.bare;
        }
        a->bare = c.bare;
    }
    return JZ_OK;
}

/* What has found no place before. */
static jz_status add_late(avi *a, jz_err *err)
{
    JZ_BUF_AUTO list = { 0 };
    JZ_BUF_AUTO all = { 0 };
    jz_buf_put(&a->fresh, a->moved.ptr, a->moved.len);
    jz_riff_begin_list(&list, "INFO");
    jz_buf_put(&list, a->fresh.ptr, a->fresh.len);
    JZ_TRY(jz_riff_end_list(&list, err));
    if (a->fresh.len > 0)
        jz_buf_put(&a->late, list.ptr, list.len);
    JZ_TRY(jz_buf_check(&a->late, err));
    if (a->late.len == 0)
        return JZ_OK;
    if (a->several)
        return no_room(err);
    if (a->bare)
        jz_buf_putc(&all, 0);
    jz_buf_put(&all, a->late.ptr, a->late.len);
    JZ_TRY(jz_buf_check(&all, err));
    return jz_splices_add(a->out, a->riff.body.end, 0, jz_buf_bytes(&all), err);
}

/* Whether what stands behind the RIFF chunk is another one. */
static jz_status look_behind(avi *a, jz_source *src, jz_err *err)
{
    jz_span s = jz_span_all(src, "AVI");
    char id[4];
    JZ_TRY(jz_span_skip(&s, a->riff.body.end, err));
    if (s.at % 2 != 0 && jz_span_left(&s) > 0)
        JZ_TRY(jz_span_skip(&s, 1, err));
    if (jz_span_left(&s) < sizeof id)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, id, sizeof id, err));
    a->several = memcmp(id, "RIFF", sizeof id) == 0;
    return JZ_OK;
}

jz_status jz_avi_edit(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err)
{
    AVI_AUTO a = { .e = { key, edits, n, 0 }, .out = out };
    JZ_TRY(jz_riff_open(src, "AVI ", &a.riff, err));
    JZ_TRY(jz_riff_check_whole(&a.riff, err));
    JZ_TRY(look_behind(&a, src, err));
    if (a.riff.size_bits != 32)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "AVI with 64-bit sizes");
    JZ_TRY(jz_riff_put_new(&a.e, JZ_META_XMP, &a.late, err));
    JZ_TRY(jz_riff_put_new(&a.e, JZ_META_TEXT, &a.fresh, err));
    JZ_TRY(edit_level(&a, a.riff.body, true, err));
    if (!a.behind_movi)
        return JZ_FAIL(err, JZ_E_CORRUPT, "AVI without a movi list");
    if (a.e.done != n)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu of %zu places to change are no chunk of this AVI",
                       n - a.e.done, n);
    JZ_TRY(add_late(&a, err));
    return jz_riff_resize(&a.riff, out, err);
}
