/* SPDX-License-Identifier: Apache-2.0 */
/* Every place where a file of boxes holds an offset in that file: chunk tables (ISO/IEC 14496-12
 * 8.7.5), auxiliary information (8.7.9), fragments (8.8.7, 8.8.10), segment indexes (8.16.3) and
 * items (8.11.3). Offsets that count from a fragment's own start move with it. */
#include "media/carrier/bmff_edit.h"
#include "media/carrier/iloc.h"

#include <inttypes.h>
#include <string.h>

#define PART ((size_t)64 << 10) /* of jz_bmff_moves.part */

jz_status jz_bmff_moved(const jz_bmff_moves *m, uint64_t at, uint64_t *out, jz_err *err)
{
    for (size_t i = 0; i < m->before.n && m->before.splice[i].at <= at; i++) {
        const jz_splice *p = &m->before.splice[i];
        if (at - p->at < p->remove)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                           "media at offset %" PRIu64 ", within what is to change", at);
    }
    *out = jz_splices_moved(&m->before, at);
    return JZ_OK;
}

static uint64_t get_be(const uint8_t *p, unsigned width)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < width; i++)
        v = v << 8 | p[i];
    return v;
}

/* The offsets of a part of a table, which is at hand. */
static jz_status correct_part(jz_bmff_moves *m, uint64_t at, size_t n, unsigned width, jz_err *err)
{
    bool changed = false;
    for (size_t i = 0; i < n; i += width) {
        const uint64_t old = get_be(m->part + i, width);
        uint64_t moved;
        JZ_TRY(jz_bmff_moved(m, old, &moved, err));
        changed = changed || moved != old;
        if (width == 4 && moved > UINT32_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT,
                           "media would move to offset %" PRIu64 ", past what a 32-bit chunk table "
                           "holds",
                           moved);
        jz_put_be(m->part + i, width, moved);
    }
    return changed ? jz_bmff_correct(m, at, m->part, n, err) : JZ_OK;
}

/* count offsets at the span's cursor. */
static jz_status correct_table(jz_bmff_moves *m, jz_span s, uint32_t count, unsigned width,
                               jz_err *err)
{
    if (count > jz_span_left(&s) / width)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a table of %u offsets in %" PRIu64 " bytes", count,
                       jz_span_left(&s));
    for (uint64_t left = (uint64_t)count * width; left > 0;) {
        const size_t n = left < PART ? (size_t)left : PART;
        const uint64_t at = s.at;
        JZ_TRY(jz_span_get(&s, m->part, n, err));
        JZ_TRY(correct_part(m, at, n, width, err));
        left -= n;
    }
    return JZ_OK;
}

static jz_status correct_chunks(jz_bmff_moves *m, const jz_box *b, unsigned width, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    uint32_t count;
    jz_span s = b->body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    JZ_TRY(jz_span_u32be(&s, &count, err));
    return correct_table(m, s, count, width, err);
}

static jz_status on_stco(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    return correct_chunks(m, b, 4, err);
}

static jz_status on_co64(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    return correct_chunks(m, b, 8, err);
}

static jz_status on_saio(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    uint32_t count;
    jz_span s = b->body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    JZ_TRY(jz_span_skip(&s, (flags & 1) != 0 ? 8 : 0, err));
    JZ_TRY(jz_span_u32be(&s, &count, err));
    return correct_table(m, s, count, version == 0 ? 4 : 8, err);
}

/* Whether the track's media stand in this file (8.7.2: flag 1 of each entry). */
static jz_status on_dref(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    uint32_t count;
    jz_span s = b->body;
    (void)m;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    JZ_TRY(jz_span_u32be(&s, &count, err));
    for (bool more = true; more;) {
        jz_box entry;
        JZ_TRY(jz_box_next(&s, &entry, &more, err));
        if (!more)
            break;
        JZ_TRY(jz_box_version(&entry.body, &version, &flags, err));
        if ((flags & 1) == 0)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "media of a track stand in another file");
    }
    return JZ_OK;
}

static jz_status on_tfhd(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    uint64_t base;
    uint64_t moved;
    jz_span s = b->body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    if ((flags & 1) == 0)
        return JZ_OK;
    JZ_TRY(jz_span_skip(&s, 4, err));
    const uint64_t at = s.at;
    JZ_TRY(jz_span_u64be(&s, &base, err));
    JZ_TRY(jz_bmff_moved(m, base, &moved, err));
    return moved != base ? jz_bmff_renumber(m, at, 8, moved, "a fragment's base", err) : JZ_OK;
}

static jz_status number(jz_span *s, bool wide, uint64_t *out, jz_err *err)
{
    uint32_t v;
    if (wide)
        return jz_span_u64be(s, out, err);
    JZ_TRY(jz_span_u32be(s, &v, err));
    *out = v;
    return JZ_OK;
}

static jz_status on_tfra(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    uint32_t sizes;
    uint32_t count;
    jz_span s = b->body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    JZ_TRY(jz_span_skip(&s, 4, err));
    JZ_TRY(jz_span_u32be(&s, &sizes, err));
    JZ_TRY(jz_span_u32be(&s, &count, err));
    const uint64_t rest = (sizes >> 4 & 3) + (sizes >> 2 & 3) + (sizes & 3) + 3;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t time;
        uint64_t old;
        uint64_t moved;
        JZ_TRY(number(&s, version == 1, &time, err));
        const uint64_t at = s.at;
        JZ_TRY(number(&s, version == 1, &old, err));
        JZ_TRY(jz_span_skip(&s, rest, err));
        JZ_TRY(jz_bmff_moved(m, old, &moved, err));
        if (moved != old)
            JZ_TRY(
                jz_bmff_renumber(m, at, version == 1 ? 8 : 4, moved, "a fragment's offset", err));
    }
    return JZ_OK;
}

/* The bytes that an index refers to follow each other; nothing may have come between them. */
static jz_status check_whole(const jz_bmff_moves *m, uint64_t at, uint64_t size, jz_err *err)
{
    if (size > 0 &&
        jz_splices_moved(&m->before, at + size - 1) - jz_splices_moved(&m->before, at) != size - 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "a segment index refers to the %" PRIu64 " bytes at offset %" PRIu64
                       ", among which something would change",
                       size, at);
    return JZ_OK;
}

static jz_status on_sidx(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    uint64_t ignored;
    uint64_t first;
    uint64_t total = 0;
    uint16_t count;
    jz_span s = b->body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    JZ_TRY(jz_span_skip(&s, 8, err));
    JZ_TRY(number(&s, version > 0, &ignored, err));
    const uint64_t at = s.at;
    JZ_TRY(number(&s, version > 0, &first, err));
    JZ_TRY(jz_span_skip(&s, 2, err));
    JZ_TRY(jz_span_u16be(&s, &count, err));
    for (unsigned i = 0; i < count; i++) {
        uint32_t size;
        JZ_TRY(jz_span_u32be(&s, &size, err));
        JZ_TRY(jz_span_skip(&s, 8, err));
        total += size & 0x7fffffff;
    }
    const uint64_t anchor = b->end + first;
    const uint64_t end = jz_splices_moved(&m->before, b->end - 1) + 1;
    JZ_TRY(check_whole(m, anchor, total, err));
    const uint64_t moved = jz_splices_moved(&m->before, anchor) - end;
    return moved != first ? jz_bmff_renumber(m, at, version > 0 ? 8 : 4, moved,
                                             "a segment index's first offset", err)
                          : JZ_OK;
}

/* The base of an item with one extent is corrected, or, where it has none or too small a one, the
 * extent's own offset. */
static jz_status correct_extent(jz_bmff_moves *m, const jz_iloc *l, const jz_iloc_item *item,
                                const jz_iloc_extent *x, jz_err *err)
{
    uint64_t moved;
    const uint64_t at = item->base + x->offset;
    if (l->offset_size == 0 && l->base_size == 0)
        return JZ_OK; /* the whole file */
    JZ_TRY(jz_bmff_moved(m, at, &moved, err));
    if (moved == at)
        return JZ_OK;
    if (l->base_size > 0 && item->extents == 1 && moved >= x->offset)
        return jz_bmff_renumber(m, item->base_at, l->base_size, moved - x->offset, "an item's base",
                                err);
    if (l->offset_size == 0 || moved < item->base)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "item %u has %u extents at one offset", item->id,
                       item->extents);
    return jz_bmff_renumber(m, x->offset_at, l->offset_size, moved - item->base, "an item's offset",
                            err);
}

static jz_status on_iloc(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    jz_iloc l;
    JZ_TRY(jz_iloc_open(b->body, &l, err));
    while (l.items > 0) {
        jz_iloc_item item;
        JZ_TRY(jz_iloc_item_next(&l, &item, err));
        for (unsigned i = 0; i < item.extents; i++) {
            jz_iloc_extent x;
            JZ_TRY(jz_iloc_extent_next(&l, &x, err));
            if (item.construction == 0 && item.file == 0)
                JZ_TRY(correct_extent(m, &l, &item, &x, err));
        }
    }
    return JZ_OK;
}

/* A fragment finds its media by their distance from it. */
static jz_status on_moof(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    (void)err;
    m->moof = b->at;
    return JZ_OK;
}

static jz_status on_mdat(jz_bmff_moves *m, const jz_box *b, jz_err *err)
{
    if (m->moof == UINT64_MAX)
        return JZ_OK;
    return check_whole(m, m->moof, b->end - m->moof, err);
}

static const struct {
    const char *path;
    jz_status (*correct)(jz_bmff_moves *m, const jz_box *b, jz_err *err);
} holders[] = {
    { "moov/trak/mdia/minf/dinf/dref", on_dref },
    { "moov/trak/mdia/minf/stbl/stco", on_stco },
    { "moov/trak/mdia/minf/stbl/co64", on_co64 },
    { "moov/trak/mdia/minf/stbl/saio", on_saio },
    { "moof", on_moof },
    { "moof/traf/tfhd", on_tfhd },
    { "mdat", on_mdat },
    { "sidx", on_sidx },
    { "mfra/tfra", on_tfra },
    { "meta/iloc", on_iloc },
    { "moov/meta/iloc", on_iloc },
    { "moov/udta/meta/iloc", on_iloc },
    { "moov/trak/meta/iloc", on_iloc },
};

static bool holds_boxes(const jz_box *b)
{
    static const char types[] = "moov trak mdia minf dinf stbl moof traf mfra udta ";
    for (const char *t = types; *t != '\0'; t += 5) {
        if (jz_box_is(b, t))
            return true;
    }
    return false;
}

static jz_status enter(jz_box_walk *w, const jz_box *b, jz_err *err)
{
    jz_span content = b->body;
    if (jz_box_is(b, "meta"))
        JZ_TRY(jz_box_meta(b, &content, err));
    else if (!holds_boxes(b))
        return JZ_OK;
    return jz_box_walk_enter(w, content, err);
}

jz_status jz_bmff_offsets(jz_bmff_moves *m, jz_err *err)
{
    jz_box_walk w;
    jz_box_walk_init(&w, m->edit->src, false);
    for (bool more = true;;) {
        JZ_TRY(jz_box_walk_next(&w, &more, err));
        if (!more)
            return JZ_OK;
        const jz_box *b = jz_box_walk_box(&w);
        for (size_t i = 0; i < JZ_ARRAY_LEN(holders); i++) {
            if (jz_box_walk_is(&w, holders[i].path))
                JZ_TRY_CTX(holders[i].correct(m, b, err), err, "box '%.4s'", b->type);
        }
        JZ_TRY(enter(&w, b, err));
    }
}
