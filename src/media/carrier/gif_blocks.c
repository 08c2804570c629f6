/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/gif_blocks.h"

#include <inttypes.h>
#include <string.h>

static jz_status skip_colours(jz_span *s, uint8_t flags, jz_err *err)
{
    return (flags & 0x80) != 0 ? jz_span_skip(s, 3U << ((flags & 7) + 1), err) : JZ_OK;
}

jz_status jz_gif_open(jz_source *src, bool strict, jz_gif *out, jz_err *err)
{
    char head[6];
    uint8_t screen[7];
    *out = (jz_gif){ .s = jz_span_all(src, "GIF"), .strict = strict };
    JZ_TRY(jz_span_get(&out->s, head, sizeof head, err));
    out->old = memcmp(head, "GIF87a", sizeof head) == 0;
    if (!out->old && memcmp(head, "GIF89a", sizeof head) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no GIF signature");
    JZ_TRY(jz_span_get(&out->s, screen, sizeof screen, err));
    return skip_colours(&out->s, screen[4], err);
}

/* s, up to the sub-block of length 0, in *data; s behind that. */
static jz_status take_sub_blocks(jz_span *s, jz_span *data, jz_err *err)
{
    uint8_t len = 1;
    *data = *s;
    while (len != 0) {
        data->end = s->at;
        JZ_TRY(jz_span_u8(s, &len, err));
        JZ_TRY(jz_span_skip(s, len, err));
    }
    return JZ_OK;
}

static jz_status read_extension(jz_span *s, jz_gif_block *b, jz_err *err)
{
    uint8_t len;
    JZ_TRY(jz_span_u8(s, &b->label, err));
    jz_span look = *s;
    JZ_TRY(jz_span_u8(&look, &len, err));
    if (b->label == JZ_GIF_APPLICATION && len == JZ_GIF_APP_BYTES) {
        JZ_TRY(jz_span_get(&look, b->app, JZ_GIF_APP_BYTES, err));
        *s = look;
    }
    return take_sub_blocks(s, &b->data, err);
}

static jz_status skip_picture(jz_span *s, jz_gif_block *b, jz_err *err)
{
    uint8_t place[9]; /* left, top, width, height, flags */
    uint8_t code_size;
    JZ_TRY(jz_span_get(s, place, sizeof place, err));
    JZ_TRY(skip_colours(s, place[8], err));
    JZ_TRY(jz_span_u8(s, &code_size, err));
    return take_sub_blocks(s, &b->data, err);
}

jz_status jz_gif_next(jz_gif *g, jz_gif_block *out, jz_err *err)
{
    jz_gif_block b = { 0 };
    do {
        b.at = g->s.at;
        JZ_TRY(jz_span_u8(&g->s, &b.code, err));
    } while (b.code == 0 && !g->strict); /* some writers end a block twice */
    if (b.code == JZ_GIF_EXTENSION)
        JZ_TRY(read_extension(&g->s, &b, err));
    else if (b.code == JZ_GIF_PICTURE)
        JZ_TRY(skip_picture(&g->s, &b, err));
    else if (b.code != JZ_GIF_TRAILER)
        return JZ_FAIL(err, JZ_E_CORRUPT, "GIF: no block at offset %" PRIu64, b.at);
    b.end = g->s.at;
    *out = b;
    return JZ_OK;
}

bool jz_gif_is_app(const jz_gif_block *b, const char *app)
{
    return b->code == JZ_GIF_EXTENSION && b->label == JZ_GIF_APPLICATION &&
           memcmp(b->app, app, JZ_GIF_APP_BYTES) == 0;
}
