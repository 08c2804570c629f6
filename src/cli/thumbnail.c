/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/thumbnail.h"

#include "media/deflate.h"

#include <string.h>

#define RGB 3U

typedef struct small {
    uint8_t px[JZ_THUMBNAIL_SIDE * JZ_THUMBNAIL_SIDE * RGB]; /* as stored in the file */
    uint32_t width, height;
} small;

/* Mean of a cell's pixels, of at most 8 x 8 of them, evenly spread. */
static void cell(const jz_plane *p, const uint32_t x[2], const uint32_t y[2], uint8_t out[RGB])
{
    const uint32_t dx = (x[1] - x[0] + 7) / 8;
    const uint32_t dy = (y[1] - y[0] + 7) / 8;
    uint32_t sum[RGB] = { 0 };
    uint32_t n = 0;
    for (uint32_t v = y[0]; v < y[1]; v += dy) {
        for (uint32_t u = x[0]; u < x[1]; u += dx, n++) {
            const uint8_t *px = p->px + v * p->stride + (size_t)u * p->channels;
            for (uint32_t c = 0; c < RGB; c++)
                sum[c] += px[p->channels >= RGB ? c : 0];
        }
    }
    for (uint32_t c = 0; c < RGB; c++)
        out[c] = (uint8_t)(n > 0 ? sum[c] / n : 0);
}

static uint32_t side(uint32_t own, uint32_t longer)
{
    if (longer <= JZ_THUMBNAIL_SIDE)
        return own;
    const uint64_t scaled = (uint64_t)own * JZ_THUMBNAIL_SIDE / longer;
    return scaled > 0 ? (uint32_t)scaled : 1;
}

static uint32_t part_of(uint32_t i, uint32_t all, uint32_t cells)
{
    return (uint32_t)((uint64_t)i * all / cells);
}

/* Only the first frame is delivered. */
static jz_status on_frame(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    const jz_plane *p = &frame->plane;
    small *s = user;
    (void)info;
    (void)err;
    const uint32_t longer = p->width > p->height ? p->width : p->height;
    s->width = side(p->width, longer);
    s->height = side(p->height, longer);
    for (uint32_t y = 0; y < s->height; y++) {
        for (uint32_t x = 0; x < s->width; x++) {
            const uint32_t u[2] = { part_of(x, p->width, s->width),
                                    part_of(x + 1, p->width, s->width) };
            const uint32_t v[2] = { part_of(y, p->height, s->height),
                                    part_of(y + 1, p->height, s->height) };
            cell(p, u, v, s->px + ((size_t)y * s->width + x) * RGB);
        }
    }
    return JZ_OK;
}

/* The pixel that is shown at x, y. Exif, 4.6.5.1: from 5 on, rows are columns. */
static const uint8_t *shown(const small *s, uint32_t orientation, uint32_t x, uint32_t y)
{
    const bool turned = orientation >= 5 && orientation <= 8;
    uint32_t u = turned ? y : x;
    uint32_t v = turned ? x : y;
    if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        u = s->width - 1 - u;
    if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        v = s->height - 1 - v;
    return s->px + ((size_t)v * s->width + u) * RGB;
}

static void put_u32(jz_buf *out, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        jz_buf_putc(out, (char)(v >> (24 - 8 * i)));
}

static void put_chunk(jz_buf *out, const char *type, jz_bytes data)
{
    const uint32_t crc = jz_crc32(0, type, 4);
    put_u32(out, (uint32_t)data.len);
    jz_buf_puts(out, type);
    jz_buf_put(out, data.ptr, data.len);
    put_u32(out, data.len > 0 ? jz_crc32(crc, data.ptr, data.len) : crc);
}

/* ISO/IEC 15948: 8-bit RGB, each row without a filter. */
static jz_status put_png(const small *s, uint32_t orientation, jz_buf *out, jz_err *err)
{
    const bool turned = orientation >= 5 && orientation <= 8;
    const uint32_t width = turned ? s->height : s->width;
    const uint32_t height = turned ? s->width : s->height;
    JZ_BUF_AUTO head = { 0 };
    JZ_BUF_AUTO rows = { 0 };
    JZ_BUF_AUTO packed = { 0 };
    put_u32(&head, width);
    put_u32(&head, height);
    jz_buf_put(&head, "\x08\x02\0\0\0", 5);
    for (uint32_t y = 0; y < height; y++) {
        jz_buf_putc(&rows, '\0');
        for (uint32_t x = 0; x < width; x++)
            jz_buf_put(&rows, shown(s, orientation, x, y), RGB);
    }
    JZ_TRY(jz_buf_check(&head, err));
    JZ_TRY(jz_buf_check(&rows, err));
    JZ_TRY(jz_deflate(JZ_DEFLATE_ZLIB, jz_buf_bytes(&rows), &packed, err));
    jz_buf_put(out, "\x89PNG\r\n\x1a\n", 8);
    put_chunk(out, "IHDR", jz_buf_bytes(&head));
    put_chunk(out, "IDAT", jz_buf_bytes(&packed));
    put_chunk(out, "IEND", (jz_bytes){ 0 });
    return jz_buf_check(out, err);
}

jz_status jz_thumbnail_make(jz_decoder *d, int fd, jz_buf *out, jz_err *err)
{
    small s = { .width = 0 };
    jz_media_info info = { 0 };
    const jz_decode_opts opts = { .first_frame_only = true };
    JZ_TRY(jz_decode(d, fd, &opts, on_frame, &s, &info, err));
    if (s.width == 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no picture in it");
    return put_png(&s, info.orientation, out, err);
}
