/* SPDX-License-Identifier: Apache-2.0 */
/* GIF: the store is the sub-blocks of an application extension C2PA_GIF (C2PA 2.2, A.3.7), which a
 * data hash leaves out as a whole. A new one stands before the pictures, behind the extension that
 * tells how often an animation runs, which some programs want to be the first. */
#include "provenance/asset_class.h"

#include "media/carrier/gif_blocks.h"

#include <string.h>

#define C2PA_APP "C2PA_GIF\1\0" /* version 1.0, and a 0 */
#define C2PA_APP_NAME 8         /* bytes of it that name the extension, whatever its version */
#define SUB_BLOCK 255

static bool is_store(const jz_gif_block *b)
{
    return b->code == JZ_GIF_EXTENSION && b->label == JZ_GIF_APPLICATION &&
           memcmp(b->app, C2PA_APP, C2PA_APP_NAME) == 0;
}

static jz_status on_store(jz_asset *a, const jz_gif_block *b, jz_err *err)
{
    const bool first = jz_asset_begin(a);
    jz_span s = b->data;
    JZ_TRY(jz_ranges_add(&a->parts, b->at, b->end - b->at, err));
    if (!first)
        return JZ_OK;
    JZ_TRY(jz_ranges_add(&a->excluded, b->at, b->end - b->at, err));
    while (jz_span_left(&s) > 0) {
        uint8_t len;
        JZ_TRY(jz_span_u8(&s, &len, err));
        JZ_TRY(jz_asset_take(a, &s, len, &a->store, err));
    }
    return JZ_OK;
}

jz_status jz_asset_find_gif(jz_asset *a, jz_err *err)
{
    jz_gif g;
    jz_gif_block b = { 0 };
    JZ_TRY(jz_gif_open(a->src, false, &g, err));
    while (b.code != JZ_GIF_TRAILER) {
        JZ_TRY(jz_gif_next(&g, &b, err));
        if (is_store(&b))
            JZ_TRY(on_store(a, &b, err));
    }
    return JZ_OK;
}

/* 18.7.3.4: a picture is its descriptor, with its colours, and its data. */
static jz_status send_block(const jz_gif_block *b, jz_hash_box_fn fn, void *user, jz_err *err)
{
    static const char digits[] = "0123456789ABCDEF";
    char name[5] = { '2', '1' };
    if (b->code == JZ_GIF_TRAILER)
        return fn(user, "3B", b->at, b->end, err);
    if (b->code == JZ_GIF_PICTURE) {
        const uint64_t data = b->data.at - 1; /* with the size of its codes */
        JZ_TRY(fn(user, "2C", b->at, data, err));
        return fn(user, "TBID", data, b->end, err);
    }
    name[2] = digits[b->label >> 4];
    name[3] = digits[b->label & 15];
    return fn(user, is_store(b) ? "C2PA" : name, b->at, b->end, err);
}

jz_status jz_asset_boxes_gif(jz_asset *a, jz_hash_box_fn fn, void *user, jz_err *err)
{
    jz_gif g;
    jz_gif_block b = { 0 };
    JZ_TRY(jz_gif_open(a->src, false, &g, err));
    JZ_TRY(fn(user, g.old ? "GIF87a" : "GIF89a", 0, 6, err));
    JZ_TRY(fn(user, "LSD", 6, g.s.at, err));
    while (b.code != JZ_GIF_TRAILER) {
        JZ_TRY(jz_gif_next(&g, &b, err));
        JZ_TRY(send_block(&b, fn, user, err));
    }
    return JZ_OK;
}

static jz_status build(size_t size, jz_wrap *w, jz_err *err)
{
    static const uint8_t head[] = { JZ_GIF_EXTENSION, JZ_GIF_APPLICATION, JZ_GIF_APP_BYTES };
    jz_buf_put(&w->bytes, head, sizeof head);
    jz_buf_put(&w->bytes, C2PA_APP, JZ_GIF_APP_BYTES);
    for (size_t done = 0; done < size;) {
        const size_t n = size - done < SUB_BLOCK ? size - done : SUB_BLOCK;
        jz_buf_putc(&w->bytes, (char)(uint8_t)n);
        JZ_TRY(jz_wrap_store(w, n, err));
        done += n;
    }
    jz_buf_putc(&w->bytes, 0);
    JZ_TRY(jz_buf_check(&w->bytes, err));
    return jz_wrap_exclude(w, 0, w->bytes.len, err);
}

jz_status jz_asset_place_gif(jz_asset *a, size_t size, jz_place *out, jz_err *err)
{
    jz_gif g;
    jz_gif_block b = { 0 };
    bool leading = true;
    JZ_WRAP_AUTO w = { .place = out };
    JZ_TRY(jz_gif_open(a->src, true, &g, err));
    uint64_t at = g.s.at;
    while (b.code != JZ_GIF_TRAILER) {
        JZ_TRY(jz_gif_next(&g, &b, err));
        if (is_store(&b)) /* it goes */
            continue;
        leading = leading && (jz_gif_is_app(&b, "NETSCAPE2.0") || jz_gif_is_app(&b, "ANIMEXTS1.0"));
        if (leading)
            at = b.end;
    }
    JZ_TRY(build(size, &w, err));
    if (g.old)
        JZ_TRY(jz_splices_add(&out->plan, JZ_GIF_VERSION_AT, 1,
                              (jz_bytes){ (const uint8_t *)"9", 1 }, err));
    JZ_TRY(jz_place_drop_old(a, 0, out, err));
    JZ_TRY(jz_place_insert(&w, at, err));
    jz_place_settle(&w, at, a->src->size);
    return JZ_OK;
}
