/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG XL in its container (ISO/IEC 18181-2:2024, clause 9.3; C2PA 2.2, A.3.8): the store is a box
 * "jumb" as it stands. Other JUMBF boxes are other standards'. A bare codestream has no place. */
#include "provenance/asset_class.h"

#include "media/carrier/bmff.h"

#include <string.h>

static jz_status look_at(jz_asset *a, const jz_box *b, jz_err *err)
{
    uint8_t head[JZ_STORE_HEAD];
    jz_span s = { .src = a->src, .at = b->at, .end = b->end, .what = "jumb" };
    if (!jz_box_is(b, "jumb") || b->end - b->at < sizeof head)
        return JZ_OK;
    JZ_TRY(jz_source_get(a->src, b->at, head, sizeof head, err));
    if (!jz_is_store(head))
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->parts, b->at, b->end - b->at, err));
    if (!jz_asset_begin(a))
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->excluded, b->at, b->end - b->at, err));
    return jz_asset_take(a, &s, b->end - b->at, &a->store, err);
}

static jz_status is_codestream(jz_source *src, bool *out, jz_err *err)
{
    uint8_t first;
    JZ_TRY(jz_source_get(src, 0, &first, 1, err));
    *out = first == 0xff;
    return JZ_OK;
}

jz_status jz_asset_find_jxl(jz_asset *a, jz_err *err)
{
    bool bare;
    jz_span s = jz_span_all(a->src, "JPEG XL");
    JZ_TRY(is_codestream(a->src, &bare, err));
    if (bare)
        return JZ_OK;
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_box_next(&s, &b, &more, err));
        if (more)
            JZ_TRY(look_at(a, &b, err));
    }
    return JZ_OK;
}

jz_status jz_asset_place_jxl(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    jz_box b;
    bool more;
    bool bare;
    JZ_WRAP_AUTO w = { .place = out };
    jz_span s = jz_span_all(a->src, "JPEG XL");
    JZ_TRY(is_codestream(a->src, &bare, err));
    if (bare)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a JPEG XL codestream has no place for a store");
    JZ_TRY(jz_box_next(&s, &b, &more, err));
    if (more)
        JZ_TRY(jz_box_next(&s, &b, &more, err));
    if (!more || !jz_box_is(&b, "ftyp"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "JPEG XL: no ftyp box behind the signature");
    const uint64_t at = b.end;
    JZ_TRY(jz_wrap_store(&w, size, err));
    JZ_TRY(jz_wrap_exclude(&w, 0, size, err));
    JZ_TRY(jz_place_drop_old(a, 0, out, err));
    JZ_TRY(jz_place_insert(&w, at, err));
    jz_place_settle(&w, at, a->src->size);
    return JZ_OK;
}
