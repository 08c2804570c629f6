/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/iloc.h"

#include <inttypes.h>

/* A number of 0, 2, 4 or 8 bytes. */
static jz_status number(jz_span *s, unsigned size, uint64_t *out, jz_err *err)
{
    uint16_t v16 = 0;
    uint32_t v32 = 0;
    *out = 0;
    if (size == 8)
        return jz_span_u64be(s, out, err);
    if (size == 4)
        JZ_TRY(jz_span_u32be(s, &v32, err));
    if (size == 2)
        JZ_TRY(jz_span_u16be(s, &v16, err));
    *out = (uint64_t)v32 + v16;
    return JZ_OK;
}

static bool exists(unsigned size)
{
    return size == 0 || size == 4 || size == 8;
}

jz_status jz_iloc_open(jz_span body, jz_iloc *out, jz_err *err)
{
    jz_iloc l = { .rest = body };
    uint32_t flags;
    uint8_t sizes;
    uint8_t more;
    uint64_t items;
    JZ_TRY(jz_box_version(&l.rest, &l.version, &flags, err));
    JZ_TRY(jz_span_u8(&l.rest, &sizes, err));
    JZ_TRY(jz_span_u8(&l.rest, &more, err));
    l.offset_size = sizes >> 4;
    l.length_size = sizes & 15;
    l.base_size = more >> 4;
    l.index_size = l.version > 0 ? more & 15 : 0;
    if (l.version > 2 || !exists(l.offset_size) || !exists(l.length_size) || !exists(l.base_size) ||
        !exists(l.index_size))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "iloc of version %u, field sizes %02x %02x",
                       l.version, sizes, more);
    l.count_at = l.rest.at;
    JZ_TRY(number(&l.rest, l.version == 2 ? 4 : 2, &items, err));
    l.items = (uint32_t)items;
    *out = l;
    return JZ_OK;
}

jz_status jz_iloc_item_next(jz_iloc *iloc, jz_iloc_item *out, jz_err *err)
{
    jz_iloc_item i = { .at = iloc->rest.at };
    uint64_t id;
    uint64_t construction;
    uint16_t file;
    uint16_t extents;
    JZ_TRY(number(&iloc->rest, iloc->version == 2 ? 4 : 2, &id, err));
    JZ_TRY(number(&iloc->rest, iloc->version > 0 ? 2 : 0, &construction, err));
    JZ_TRY(jz_span_u16be(&iloc->rest, &file, err));
    i.base_at = iloc->rest.at;
    JZ_TRY(number(&iloc->rest, iloc->base_size, &i.base, err));
    JZ_TRY(jz_span_u16be(&iloc->rest, &extents, err));
    if (extents > 1 && iloc->index_size + iloc->offset_size + iloc->length_size == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "iloc: %u extents of no bytes", extents);
    i.id = (uint32_t)id;
    i.construction = construction & 15;
    i.file = file;
    i.extents = extents;
    iloc->items--;
    *out = i;
    return JZ_OK;
}

jz_status jz_iloc_extent_next(jz_iloc *iloc, jz_iloc_extent *out, jz_err *err)
{
    jz_iloc_extent e = { 0 };
    uint64_t index;
    JZ_TRY(number(&iloc->rest, iloc->index_size, &index, err));
    e.offset_at = iloc->rest.at;
    JZ_TRY(number(&iloc->rest, iloc->offset_size, &e.offset, err));
    e.length_at = iloc->rest.at;
    JZ_TRY(number(&iloc->rest, iloc->length_size, &e.length, err));
    *out = e;
    return JZ_OK;
}
