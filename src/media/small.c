/* SPDX-License-Identifier: Apache-2.0 */
#include "media/small.h"

#include "base/alloc.h"
#include "media/deflate.h"

#include <string.h>

#define RGB 3U

/* ---- reducing ---- */

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

static uint32_t scaled(uint32_t own, uint32_t longer, uint32_t side)
{
    if (longer <= side)
        return own;
    const uint64_t part = (uint64_t)own * side / longer;
    return part > 0 ? (uint32_t)part : 1;
}

static uint32_t part_of(uint32_t i, uint32_t all, uint32_t cells)
{
    return (uint32_t)((uint64_t)i * all / cells);
}

jz_status jz_small_make(const jz_plane *p, uint32_t side, jz_plane *out, uint8_t **mem, jz_err *err)
{
    const uint32_t longer = p->width > p->height ? p->width : p->height;
    if (p->width == 0 || p->height == 0)
        return JZ_FAIL(err, JZ_E_EMPTY, "a picture without pixels");
    const uint32_t width = scaled(p->width, longer, side);
    const uint32_t height = scaled(p->height, longer, side);
    uint8_t *px = jz_alloc((size_t)width * height * RGB);
    if (px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (uint32_t y = 0; y < height; y++) {
        const uint32_t v[2] = { part_of(y, p->height, height), part_of(y + 1, p->height, height) };
        for (uint32_t x = 0; x < width; x++) {
            const uint32_t u[2] = { part_of(x, p->width, width), part_of(x + 1, p->width, width) };
            cell(p, u, v, px + ((size_t)y * width + x) * RGB);
        }
    }
    *out = (jz_plane){ px, width, height, (size_t)width * RGB, RGB };
    *mem = px;
    return JZ_OK;
}

/* ---- grey, blurred ---- */

void jz_small_grey(uint8_t *px, size_t n)
{
    for (size_t i = 0; i < n; i++, px += RGB) {
        const uint32_t luma = (299U * px[0] + 587U * px[1] + 114U * px[2]) / 1000U;
        px[0] = px[1] = px[2] = (uint8_t)luma;
    }
}

/* One channel of one line of n pixels, step bytes apart; line: room for n. */
static void box(uint8_t *px, size_t n, size_t step, size_t radius, uint8_t *line)
{
    size_t sum = 0, from = 0, to = 0; /* of the pixels in from ... to - 1 */
    for (size_t i = 0; i < n; i++)
        line[i] = px[i * step];
    for (size_t i = 0; i < n; i++) {
        for (; to < n && to <= i + radius; to++)
            sum += line[to];
        for (; from + radius < i; from++)
            sum -= line[from];
        px[i * step] = (uint8_t)(sum / (to - from));
    }
}

jz_status jz_small_blur(uint8_t *px, uint32_t width, uint32_t height, uint32_t radius, jz_err *err)
{
    jz_auto(uint8_t) *line = jz_alloc(width > height ? width : height);
    if (line == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (unsigned pass = 0; radius > 0 && pass < 2; pass++) {
        for (size_t c = 0; c < RGB; c++) {
            for (size_t y = 0; y < height; y++)
                box(px + y * width * RGB + c, width, RGB, radius, line);
            for (size_t x = 0; x < width; x++)
                box(px + x * RGB + c, height, (size_t)width * RGB, radius, line);
        }
    }
    return JZ_OK;
}

/* ---- PNG ---- */

static void put_chunk(jz_buf *out, const char *type, jz_bytes data)
{
    const uint32_t crc = jz_crc32(0, type, 4);
    jz_buf_put_u32be(out, (uint32_t)data.len);
    jz_buf_puts(out, type);
    jz_buf_put(out, data.ptr, data.len);
    jz_buf_put_u32be(out, data.len > 0 ? jz_crc32(crc, data.ptr, data.len) : crc);
}

/* Each row without a filter. */
jz_status jz_png_put(const jz_plane *p, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO head = { 0 };
    JZ_BUF_AUTO rows = { 0 };
    JZ_BUF_AUTO packed = { 0 };
    jz_buf_put_u32be(&head, p->width);
    jz_buf_put_u32be(&head, p->height);
    jz_buf_put(&head, p->channels == 1 ? "\x08\0\0\0\0" : "\x08\x02\0\0\0", 5);
    for (uint32_t y = 0; y < p->height; y++) {
        jz_buf_putc(&rows, '\0');
        jz_buf_put(&rows, p->px + y * p->stride, (size_t)p->width * p->channels);
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
