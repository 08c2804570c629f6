/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/heif_items.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

#define XMP_TYPE "application/rdf+xml" /* ISO/IEC 23008-12 A.3 */
#define TEXT_MAX 64                    /* bytes of a content type that are compared */

/* The first trouble counts; reading goes on behind it. */
static void keep(jz_status *first, jz_err *err, jz_status st, const jz_err *why)
{
    if (*first != JZ_OK || st == JZ_OK)
        return;
    *first = st;
    if (err != NULL)
        *err = *why;
}

static jz_status number(jz_span *s, bool wide, uint32_t *out, jz_err *err)
{
    uint16_t v;
    if (wide)
        return jz_span_u32be(s, out, err);
    JZ_TRY(jz_span_u16be(s, &v, err));
    *out = v;
    return JZ_OK;
}

static void use_id(jz_heif *h, uint32_t id)
{
    if (id >= 8 * sizeof h->used)
        return;
    h->used[id / 8] = (uint8_t)(h->used[id / 8] | 1U << id % 8);
    if (h->highest < id)
        h->highest = id;
}

static jz_status find_meta(jz_heif *h, jz_err *err)
{
    jz_span s = jz_span_all(h->src, "box");
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (more && jz_box_is(&b, "meta")) {
            h->meta = b;
            return JZ_OK;
        }
    }
    return JZ_OK;
}

static jz_box *known_box(jz_heif *h, const jz_box *b)
{
    static const char types[] = "iinf iloc iref idat pitm grpl";
    jz_box *const boxes[] = { &h->iinf, &h->iloc, &h->iref, &h->idat, &h->pitm, &h->grpl };
    for (size_t i = 0; i < JZ_ARRAY_LEN(boxes); i++) {
        if (jz_box_is(b, types + 5 * i))
            return boxes[i];
    }
    return NULL;
}

static jz_status find_boxes(jz_heif *h, jz_err *err)
{
    jz_span s;
    JZ_TRY(jz_box_meta(&h->meta, &s, err));
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        jz_box *known = more ? known_box(h, &b) : NULL;
        if (known == NULL)
            continue;
        if (known->end != 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "two boxes '%.4s' in one meta box", b.type);
        *known = b;
    }
    return JZ_OK;
}

/* A text that ends with a zero or with the span; its beginning is kept. */
static jz_status read_text(jz_span *s, char out[TEXT_MAX], jz_err *err)
{
    size_t n = 0;
    for (uint8_t c = 1; c != 0 && jz_span_left(s) > 0;) {
        JZ_TRY(jz_span_u8(s, &c, err));
        if (n < TEXT_MAX - 1)
            out[n++] = (char)c;
    }
    out[n] = '\0';
    return JZ_OK;
}

static jz_heif_item *find_item(jz_heif *h, uint32_t id)
{
    for (size_t i = 0; i < h->n; i++) {
        if (h->item[i].id == id)
            return &h->item[i];
    }
    return NULL;
}

static jz_status add_item(jz_heif *h, const jz_heif_item *item, jz_err *err)
{
    if (find_item(h, item->id) != NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "two items have the number %u", item->id);
    if (h->n == JZ_HEIF_ITEMS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d items with metadata", JZ_HEIF_ITEMS);
    h->item[h->n++] = *item;
    return JZ_OK;
}

/* 8.11.6: number, protection, type (from version 2 on), name, then the MIME type and encoding. */
static jz_status read_info(jz_heif *h, const jz_box *infe, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    uint16_t protection;
    char type[4] = { 'm', 'i', 'm', 'e' };
    char text[TEXT_MAX];
    char encoding[TEXT_MAX] = "";
    jz_heif_item item = { .kind = JZ_META_EXIF, .infe = *infe };
    jz_span s = infe->body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    if (version > 3)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "infe of version %u", version);
    JZ_TRY(number(&s, version == 3, &item.id, err));
    use_id(h, item.id);
    JZ_TRY(jz_span_u16be(&s, &protection, err));
    if (version > 1)
        JZ_TRY(jz_span_get(&s, type, sizeof type, err));
    if (memcmp(type, "mime", 4) == 0) {
        item.kind = JZ_META_XMP;
        JZ_TRY(read_text(&s, text, err));
        JZ_TRY(read_text(&s, text, err));
        if (strcasecmp(text, XMP_TYPE) != 0)
            return JZ_OK;
        JZ_TRY(read_text(&s, encoding, err));
    } else if (memcmp(type, "Exif", 4) != 0) {
        return JZ_OK;
    }
    if (protection != 0 || encoding[0] != '\0')
        item.passed = JZ_E_UNSUPPORTED;
    return add_item(h, &item, err);
}

static jz_status read_infos(jz_heif *h, jz_err *err)
{
    uint32_t flags;
    jz_span s = h->iinf.body;
    JZ_TRY(jz_box_version(&s, &h->iinf_version, &flags, err));
    JZ_TRY(number(&s, h->iinf_version > 0, &h->infes, err));
    for (uint32_t i = 0; i < h->infes; i++) { /* each reads a box */
        jz_box b;
        bool more;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (!more || !jz_box_is(&b, "infe"))
            return JZ_FAIL(err, JZ_E_CORRUPT, "%u of %u items described", i, h->infes);
        h->open_infe = b.open;
        JZ_TRY(read_info(h, &b, err));
    }
    h->infe_end = s.at;
    return JZ_OK;
}

/* Where in the file an extent is. */
static jz_status locate(const jz_heif *h, const jz_iloc_item *place, const jz_iloc_extent *x,
                        jz_heif_part *out)
{
    const bool idat = place->construction == 1;
    uint64_t at = idat ? h->idat.body.at : 0;
    const uint64_t end = idat ? h->idat.body.end : h->src->size;
    uint64_t last;
    if (place->construction > 1 || place->file != 0 || (idat && h->idat.end == 0))
        return JZ_E_UNSUPPORTED;
    if (__builtin_add_overflow(at, place->base, &at) ||
        __builtin_add_overflow(at, x->offset, &at) || __builtin_add_overflow(at, x->length, &last))
        return JZ_E_CORRUPT;
    if (last > end)
        return JZ_E_TRUNCATED;
    *out = (jz_heif_part){ at, x->length };
    return JZ_OK;
}

static void add_part(const jz_heif *h, const jz_iloc_item *place, const jz_iloc_extent *x,
                     jz_heif_item *item)
{
    jz_heif_part part;
    const jz_status st = locate(h, place, x, &part);
    item->length_at = x->length_at;
    if (item->passed != JZ_OK || (st == JZ_OK && part.len == 0))
        return;
    if (st == JZ_OK && item->parts < JZ_HEIF_PARTS) {
        item->part[item->parts++] = part;
        item->size += part.len;
        return;
    }
    item->passed = st != JZ_OK ? st : JZ_E_LIMIT;
}

static jz_status read_place(jz_heif *h, jz_iloc *l, jz_err *err)
{
    jz_iloc_item place;
    jz_iloc_extent x;
    JZ_TRY(jz_iloc_item_next(l, &place, err));
    use_id(h, place.id);
    jz_heif_item *item = find_item(h, place.id);
    if (place.extents > 1 && l->offset_size + l->length_size + l->index_size == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "item %u has %u extents without a place", place.id,
                       place.extents); /* which would cost time and no bytes */
    if (item != NULL && item->located)
        return JZ_FAIL(err, JZ_E_CORRUPT, "two places for item %u", place.id);
    if (item != NULL) {
        item->located = true;
        item->in_idat = place.construction == 1;
        if (l->length_size == 0 && place.extents > 0)
            item->passed = JZ_E_UNSUPPORTED; /* all of what holds it */
    }
    for (unsigned i = 0; i < place.extents; i++) {
        JZ_TRY(jz_iloc_extent_next(l, &x, err));
        if (item != NULL)
            add_part(h, &place, &x, item);
    }
    return JZ_OK;
}

static jz_status read_places(jz_heif *h, jz_err *err)
{
    JZ_TRY(jz_iloc_open(h->iloc.body, &h->places, err));
    jz_iloc l = h->places;
    while (l.items > 0)
        JZ_TRY(read_place(h, &l, err));
    h->places_end = l.rest.at;
    return JZ_OK;
}

jz_status jz_heif_open(jz_source *src, jz_heif *out, jz_err *err)
{
    const struct {
        const jz_box *box;
        jz_status (*read)(jz_heif *h, jz_err *err);
    } steps[] = {
        { &out->meta, find_boxes },
        { &out->iinf, read_infos },
        { &out->iloc, read_places },
    };
    *out = (jz_heif){ .src = src };
    jz_status first = find_meta(out, err);
    for (size_t i = 0; i < JZ_ARRAY_LEN(steps); i++) {
        jz_err why = { 0 };
        if (steps[i].box->end == 0)
            continue;
        const jz_status st = steps[i].read(out, &why);
        keep(&first, err, st, &why);
    }
    return first;
}

/* ISO/IEC 23008-12 A.2.1: how far behind the field the TIFF structure begins. What JPEG has before
 * it is counted by most writers, and forgotten by some. */
static size_t exif_prefix(const jz_buf *b, size_t from)
{
    const uint8_t *p = (const uint8_t *)b->ptr + from;
    const size_t len = b->len - from;
    if (len < 4)
        return len;
    const uint64_t start =
        4 + ((uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3]);
    if (start >= len)
        return len;
    if (len - start > 6 && memcmp(p + start, "Exif\0\0", 6) == 0)
        return (size_t)start + 6;
    return (size_t)start;
}

/* Where in the file the n-th byte of an item is. */
static uint64_t place_of(const jz_heif_item *i, uint64_t n)
{
    size_t k = 0;
    while (n >= i->part[k].len)
        n -= i->part[k++].len;
    return i->part[k].at + n;
}

jz_status jz_heif_read(const jz_heif *h, jz_heif_item *i, jz_buf *out, jz_err *err)
{
    const size_t from = out->len;
    i->at = i->infe.at;
    if (i->passed == JZ_OK && i->size > JZ_META_MAX)
        i->passed = JZ_E_LIMIT;
    if (i->passed != JZ_OK)
        return JZ_OK;
    for (size_t k = 0; k < i->parts; k++) {
        jz_span s = { h->src, i->part[k].at, i->part[k].at + i->part[k].len, "item" };
        JZ_TRY(jz_span_read(&s, i->part[k].len, JZ_META_MAX, out, err));
    }
    i->prefix = i->kind == JZ_META_EXIF ? exif_prefix(out, from) : 0;
    if (i->prefix >= i->size)
        i->passed = JZ_E_CORRUPT;
    else
        i->at = place_of(i, i->prefix);
    return JZ_OK;
}

static jz_status read_primary(jz_heif *h, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    jz_span s = h->pitm.body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    return number(&s, version > 0, &h->primary, err);
}

/* Groups have their numbers from the same set (ISO/IEC 14496-12:2022 8.18.3). */
static jz_status read_groups(jz_heif *h, jz_err *err)
{
    jz_span s = h->grpl.body;
    for (bool more = true; more;) {
        jz_box b;
        uint8_t version;
        uint32_t flags;
        uint32_t id;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (!more)
            break;
        JZ_TRY(jz_box_version(&b.body, &version, &flags, err));
        JZ_TRY(jz_span_u32be(&b.body, &id, err));
        use_id(h, id);
    }
    return JZ_OK;
}

/* Whether references have numbers of 32 bits, and where the next one would go. */
static jz_status read_references(jz_heif *h, jz_err *err)
{
    uint8_t version;
    uint32_t flags;
    jz_span s = h->iref.body;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    if (version > 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "iref of version %u", version);
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (more && b.open)
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a box without a size in iref");
    }
    h->wide_references = version == 1;
    h->references_end = s.at;
    return JZ_OK;
}

jz_status jz_heif_prepare(jz_heif *h, jz_err *err)
{
    if (h->pitm.end != 0)
        JZ_TRY(read_primary(h, err));
    if (h->grpl.end != 0)
        JZ_TRY(read_groups(h, err));
    if (h->iref.end != 0)
        return read_references(h, err);
    h->wide_references = h->primary > UINT16_MAX;
    return JZ_OK;
}

static bool is_gone(jz_heif *h, uint32_t id)
{
    const jz_heif_item *i = find_item(h, id);
    return i != NULL && i->gone;
}

/* From one item, a count, to others. */
static jz_status read_reference(jz_heif *h, const jz_box *b, bool *from, jz_err *err)
{
    uint32_t v;
    uint16_t count;
    jz_span s = b->body;
    JZ_TRY(number(&s, h->wide_references, &v, err));
    JZ_TRY(jz_span_u16be(&s, &count, err));
    *from = is_gone(h, v);
    for (unsigned k = 0; k < count; k++) {
        JZ_TRY(number(&s, h->wide_references, &v, err));
        if (is_gone(h, v))
            return JZ_FAIL(err, JZ_E_UNSUPPORTED, "another item refers to item %u as '%.4s'", v,
                           b->type);
    }
    return JZ_OK;
}

jz_status jz_heif_reference(jz_heif *h, jz_span *s, jz_box *out, bool *more, jz_err *err)
{
    bool from = false;
    if (s->at == h->iref.body.at)
        JZ_TRY(jz_span_skip(s, 4, err)); /* version and flags */
    while (!from) {
        JZ_TRY(jz_box_next(s, out, more, err));
        if (!*more)
            break;
        JZ_TRY(read_reference(h, out, &from, err));
    }
    return JZ_OK;
}

jz_status jz_heif_new_id(jz_heif *h, uint32_t *out, jz_err *err)
{
    const uint32_t count = 8 * sizeof h->used - 1; /* 1 to 65535 */
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t id = (h->highest + i) % count + 1;
        if ((h->used[id / 8] >> id % 8 & 1) != 0)
            continue;
        use_id(h, id);
        *out = id;
        return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_LIMIT, "all %u numbers of items are taken", count);
}

static bool overlap(const jz_heif_item *i, const jz_heif_part *other)
{
    for (size_t k = 0; k < i->parts; k++) {
        if (other->at < i->part[k].at + i->part[k].len && i->part[k].at < other->at + other->len)
            return true;
    }
    return false;
}

jz_status jz_heif_check_alone(const jz_heif *h, jz_heif_item *const *items, size_t n, jz_err *err)
{
    jz_iloc l = h->places;
    while (l.items > 0) {
        jz_iloc_item place;
        JZ_TRY(jz_iloc_item_next(&l, &place, err));
        for (unsigned i = 0; i < place.extents; i++) {
            jz_iloc_extent x;
            jz_heif_part part;
            JZ_TRY(jz_iloc_extent_next(&l, &x, err));
            if (locate(h, &place, &x, &part) != JZ_OK)
                continue;
            for (size_t k = 0; k < n; k++) {
                if (items[k]->id != place.id && overlap(items[k], &part))
                    return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                                   "item %u shares bytes with item %u, which is to change",
                                   place.id, items[k]->id);
            }
        }
    }
    return JZ_OK;
}
