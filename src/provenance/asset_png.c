/* SPDX-License-Identifier: Apache-2.0 */
/* PNG: the store is the data of a chunk caBX (C2PA 2.2, A.3.2), which a data hash leaves out with
 * its length and CRC. A new one stands right behind IHDR. The CRC of an old one is not looked at:
 * the signature says more. */
#include "provenance/asset_class.h"

#include "media/carrier/png_chunks.h"
#include "media/deflate.h"

#include <inttypes.h>

static jz_status on_store(jz_asset *a, jz_png_chunk *c, jz_err *err)
{
    const bool first = jz_asset_begin(a);
    JZ_TRY(jz_ranges_add(&a->parts, c->at, c->end - c->at, err));
    if (!first)
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->excluded, c->at, c->end - c->at, err));
    return jz_asset_take(a, &c->data, jz_span_left(&c->data), &a->store, err);
}

jz_status jz_asset_find_png(jz_asset *a, jz_err *err)
{
    jz_span png;
    jz_png_chunk c = { 0 };
    JZ_TRY(jz_png_open(a->src, &png, err));
    while (!jz_png_is(&c, "IEND")) {
        JZ_TRY(jz_png_next(&png, &c, err));
        if (jz_png_is(&c, "caBX"))
            JZ_TRY(on_store(a, &c, err));
    }
    return JZ_OK;
}

/* The signature is a box of its own (18.7.3.2). */
jz_status jz_asset_boxes_png(jz_asset *a, jz_hash_box_fn fn, void *user, jz_err *err)
{
    jz_span png;
    jz_png_chunk c = { 0 };
    JZ_TRY(jz_png_open(a->src, &png, err));
    JZ_TRY(fn(user, "PNGh", 0, png.at, err));
    while (!jz_png_is(&c, "IEND")) {
        JZ_TRY(jz_png_next(&png, &c, err));
        JZ_TRY(fn(user, jz_png_is(&c, "caBX") ? "C2PA" : c.type, c.at, c.end, err));
    }
    return JZ_OK;
}

jz_status jz_asset_place_png(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    jz_span png;
    jz_png_chunk c = { 0 };
    JZ_WRAP_AUTO w = { .place = out };
    JZ_TRY(jz_png_open(a->src, &png, err));
    JZ_TRY(jz_png_next(&png, &c, err));
    if (!jz_png_is(&c, "IHDR"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "PNG: the first chunk is \"%s\"", c.type);
    const uint64_t at = c.end;
    while (!jz_png_is(&c, "IEND")) /* it must be whole */
        JZ_TRY(jz_png_next(&png, &c, err));
    jz_buf_put_u32be(&w.bytes, (uint32_t)size);
    jz_buf_puts(&w.bytes, "caBX");
    JZ_TRY(jz_wrap_store(&w, size, err));
    out->crc_at = w.bytes.len;
    jz_buf_put_u32be(&w.bytes, 0);
    JZ_TRY(jz_wrap_exclude(&w, 0, w.bytes.len, err));
    JZ_TRY(jz_place_drop_old(a, 0, out, err));
    JZ_TRY(jz_place_insert(&w, at, err));
    jz_place_settle(&w, at, a->src->size);
    return JZ_OK;
}
