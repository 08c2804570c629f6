/* SPDX-License-Identifier: Apache-2.0 */
/* MP4, MOV, M4A, HEIC, AVIF: the store stands in a uuid box at the top (C2PA 2.2, A.5): version and
 * flags, a purpose, for "manifest" and "original" the offset of the first "merkle" box, then the
 * store, which may have zeros behind it. Update manifests of an "original" are in a box of their
 * own at the end of the file, "update". A new store stands behind ftyp; all offsets in the file
 * follow. */
#include "provenance/asset_class.h"

#include "media/carrier/bmff_edit.h"
#include "provenance/bmff_c2pa.h"

#include <inttypes.h>
#include <string.h>

const uint8_t jz_c2pa_uuid[16] = { 0xd8, 0xfe, 0xc3, 0xd6, 0x1b, 0x0e, 0x48, 0x3c,
                                   0x92, 0x97, 0x58, 0x28, 0x87, 0x7e, 0xc4, 0x81 };

/* A purpose, with its terminator; one that is longer than all known ones is cut. */
static jz_status read_purpose(jz_span *s, char out[JZ_C2PA_PURPOSE], jz_err *err)
{
    memset(out, 0, JZ_C2PA_PURPOSE);
    for (size_t i = 0; i < JZ_C2PA_PURPOSE; i++) {
        uint8_t c;
        JZ_TRY(jz_span_u8(s, &c, err));
        if (c == 0)
            return JZ_OK;
        if (i + 1 < JZ_C2PA_PURPOSE)
            out[i] = (char)c;
    }
    return JZ_OK;
}

jz_status jz_c2pa_box(const jz_box *b, jz_c2pa_box_content *out, bool *is, jz_err *err)
{
    uint8_t uuid[sizeof jz_c2pa_uuid];
    uint8_t version;
    uint32_t flags;
    jz_span s = b->body;
    *is = false;
    if (!jz_box_is(b, "uuid") || jz_span_left(&s) < sizeof uuid)
        return JZ_OK;
    JZ_TRY(jz_span_get(&s, uuid, sizeof uuid, err));
    if (memcmp(uuid, jz_c2pa_uuid, sizeof uuid) != 0)
        return JZ_OK;
    JZ_TRY(jz_box_version(&s, &version, &flags, err));
    JZ_TRY(read_purpose(&s, out->purpose, err));
    out->data = s;
    *is = true;
    return JZ_OK;
}

/* The superbox at the cursor, without what pads it. */
static jz_status take_store(jz_asset *a, jz_span *s, jz_buf *out, jz_err *err)
{
    jz_span look = *s;
    uint32_t size32;
    uint32_t type;
    JZ_TRY(jz_span_u32be(&look, &size32, err));
    JZ_TRY(jz_span_u32be(&look, &type, err));
    uint64_t size = size32;
    if (size32 == 1)
        JZ_TRY(jz_span_u64be(&look, &size, err));
    if (size32 == 0)
        size = jz_span_left(s);
    if (size > jz_span_left(s)) {
        jz_asset_pass(a, JZ_E_TRUNCATED, "a manifest store that is longer than its uuid box");
        return JZ_OK;
    }
    return jz_asset_take(a, s, size, out, err);
}

static jz_status on_store(jz_asset *a, const jz_box *b, jz_span *s, jz_err *err)
{
    if (!jz_asset_begin(a))
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->excluded, b->at, b->end - b->at, err));
    if (jz_span_left(s) < 16) {
        jz_asset_pass(a, JZ_E_TRUNCATED, "a uuid box without a manifest store");
        return JZ_OK;
    }
    JZ_TRY(jz_span_skip(s, 8, err)); /* of the first merkle box; they are found without it */
    return take_store(a, s, &a->store, err);
}

/* A.5.3 can be read as if no offset stood before the store of an "update"; c2pa-rs wants one. */
static jz_status skip_offset(jz_span *s, jz_err *err)
{
    jz_span look = *s;
    char type[8];
    JZ_TRY(jz_span_get(&look, type, sizeof type, err));
    return memcmp(type + 4, "jumb", 4) == 0 ? JZ_OK : jz_span_skip(s, 8, err);
}

static jz_status on_update(jz_asset *a, const jz_box *b, jz_span *s, jz_err *err)
{
    if (a->update.len > 0) {
        a->stores = a->stores < 2 ? 2 : a->stores;
        return JZ_OK;
    }
    JZ_TRY(jz_ranges_add(&a->excluded, b->at, b->end - b->at, err));
    if (jz_span_left(s) < 16) {
        jz_asset_pass(a, JZ_E_TRUNCATED, "an update without a manifest store");
        return JZ_OK;
    }
    JZ_TRY(skip_offset(s, err));
    return take_store(a, s, &a->update, err);
}

static jz_status on_box(jz_asset *a, const jz_box *b, jz_err *err)
{
    jz_c2pa_box_content c;
    bool is;
    JZ_TRY(jz_c2pa_box(b, &c, &is, err));
    if (!is)
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->parts, b->at, b->end - b->at, err));
    if (strcmp(c.purpose, "manifest") == 0 || strcmp(c.purpose, "original") == 0)
        return on_store(a, b, &c.data, err);
    if (strcmp(c.purpose, "update") == 0)
        return on_update(a, b, &c.data, err);
    return JZ_OK;
}

jz_status jz_asset_find_bmff(jz_asset *a, jz_err *err)
{
    jz_span s = jz_span_all(a->src, "box");
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (more)
            JZ_TRY(on_box(a, &b, err));
    }
    if (a->stores == 0 && a->parts.n > 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "C2PA boxes, none of which holds a manifest store");
    return JZ_OK;
}

/* ---- placing ---- */

static jz_status build(const char *purpose, size_t size, jz_wrap *w, jz_err *err)
{
    uint8_t head[8 + sizeof jz_c2pa_uuid + 4] = { 0 };
    const size_t total = sizeof head + strlen(purpose) + 1 + 8 + size;
    jz_put_be(head, 4, total);
    jz_put_be(head + 4, 4, 0x75756964); /* uuid */
    memcpy(head + 8, jz_c2pa_uuid, sizeof jz_c2pa_uuid);
    jz_buf_put(&w->bytes, head, sizeof head);
    jz_buf_put(&w->bytes, purpose, strlen(purpose) + 1);
    jz_buf_put(&w->bytes, "\0\0\0\0\0\0\0", 8); /* no merkle box */
    JZ_TRY(jz_wrap_store(w, size, err));
    return jz_wrap_exclude(w, 0, w->bytes.len, err);
}

/* Behind ftyp, and so before moov and mdat. */
static jz_status find_place(jz_source *src, uint64_t *at, jz_err *err)
{
    jz_span s = jz_span_all(src, "box");
    *at = 0;
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (!more || !jz_box_is(&b, "ftyp") || *at > 0)
            continue;
        if (b.open)
            return JZ_FAIL(err, JZ_E_CORRUPT, "a file of nothing but ftyp");
        *at = b.end;
    }
    if (*at == 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "a file without ftyp, behind which a manifest store stands");
    return JZ_OK;
}

static jz_status plan(jz_bmff_edit *e, jz_asset *a, jz_wrap *w, jz_err *err)
{
    uint64_t at;
    JZ_TRY(find_place(e->src, &at, err));
    for (size_t i = 0; i < a->parts.n; i++) {
        const jz_splice gone = { .at = a->parts.range[i].at, .remove = a->parts.range[i].size };
        JZ_TRY(jz_bmff_put(e, NULL, 0, &gone, NULL, err));
    }
    const jz_splice fresh = { .at = at, .insert = w->bytes.len };
    JZ_TRY(jz_bmff_put(e, NULL, 0, &fresh, w->bytes.ptr, err));
    JZ_TRY(jz_bmff_finish(e, err));
    jz_place_settle(w, at, a->src->size);
    return JZ_OK;
}

jz_status jz_asset_place_bmff(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    JZ_BMFF_EDIT_AUTO e = { .src = a->src, .out = &out->plan };
    JZ_WRAP_AUTO w = { .place = out };
    JZ_TRY(build("manifest", size, &w, err));
    return plan(&e, a, &w, err);
}

/* ---- update manifests: nothing moves ---- */

/* "manifest" becomes "original", which is as long; an older update goes. */
static jz_status make_room(const jz_asset *a, const jz_box *b, jz_place *p, jz_err *err)
{
    jz_c2pa_box_content c;
    bool is;
    if (b->open)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "the last box says no size, so that nothing can stand behind it");
    JZ_TRY(jz_c2pa_box(b, &c, &is, err));
    if (is && strcmp(c.purpose, "manifest") == 0)
        return jz_splices_add(&p->plan, c.data.at - sizeof "manifest", 8,
                              (jz_bytes){ (const uint8_t *)"original", 8 }, err);
    if (!is || strcmp(c.purpose, "update") != 0)
        return JZ_OK;
    if (b->end != a->src->size)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "older update manifests are not at the end");
    return jz_splices_add(&p->plan, b->at, b->end - b->at, (jz_bytes){ 0 }, err);
}

jz_status jz_asset_place_bmff_update(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    JZ_WRAP_AUTO w = { .place = out };
    jz_span s = jz_span_all(a->src, "box");
    JZ_TRY(build("update", size, &w, err));
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (more)
            JZ_TRY(make_room(a, &b, out, err));
    }
    JZ_TRY(jz_place_insert(&w, a->src->size, err));
    jz_place_settle(&w, a->src->size, a->src->size);
    return JZ_OK;
}
