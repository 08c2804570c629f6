/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/preview.h"

#include <string.h>

#define BLUR_RADIUS 2 /* of a picture 32 wide */
#define GREYS 64u
#define FILE_HEADER 14u
#define INFO_HEADER 40u
#define PALETTE (GREYS * 4u)

static uint32_t luma_at(const jz_plane *p, size_t x, size_t y)
{
    const uint8_t *px = p->px + y * p->stride + x * p->channels;
    if (p->channels == 1)
        return px[0];
    return (299u * px[0] + 587u * px[1] + 114u * px[2]) / 1000u;
}

/* Mean of the pixels of one cell; at most 16 x 16 of them, evenly spread: a preview needs no more.
 */
static uint8_t cell_mean(const jz_plane *p, size_t x0, size_t x1, size_t y0, size_t y1)
{
    const size_t dx = (x1 - x0 + 15) / 16, dy = (y1 - y0 + 15) / 16;
    uint32_t sum = 0, n = 0;
    for (size_t y = y0; y < y1; y += dy)
        for (size_t x = x0; x < x1; x += dx, n++)
            sum += luma_at(p, x, y);
    return (uint8_t)(n > 0 ? sum / n : 0);
}

static uint8_t side(uint32_t own, uint32_t longer)
{
    if (longer <= JZ_PREVIEW_SIDE)
        return (uint8_t)own;
    const uint64_t scaled = (uint64_t)own * JZ_PREVIEW_SIDE / longer;
    return (uint8_t)(scaled > 0 ? scaled : 1);
}

/* One pass of a box filter along lines of n pixels that are step apart. */
static void box(uint8_t *px, int n, int step)
{
    uint8_t in[JZ_PREVIEW_SIDE];
    for (int i = 0; i < n; i++)
        in[i] = px[i * step];
    for (int i = 0; i < n; i++) {
        const int from = i > BLUR_RADIUS ? i - BLUR_RADIUS : 0;
        const int to = i + BLUR_RADIUS < n ? i + BLUR_RADIUS : n - 1;
        int sum = 0;
        for (int k = from; k <= to; k++)
            sum += in[k];
        px[i * step] = (uint8_t)(sum / (to - from + 1));
    }
}

static void blur(jz_preview *pv)
{
    for (int y = 0; y < pv->height; y++)
        box(pv->px + y * pv->width, pv->width, 1);
    for (int x = 0; x < pv->width; x++)
        box(pv->px + x, pv->height, pv->width);
}

void jz_preview_make(const jz_plane *p, jz_preview *out)
{
    *out = (jz_preview){ 0 };
    if (p->width == 0 || p->height == 0)
        return;
    const uint32_t longer = p->width > p->height ? p->width : p->height;
    out->width = side(p->width, longer);
    out->height = side(p->height, longer);
    for (size_t y = 0; y < out->height; y++)
        for (size_t x = 0; x < out->width; x++)
            out->px[y * out->width + x] =
                cell_mean(p, x * p->width / out->width, (x + 1) * p->width / out->width,
                          y * p->height / out->height, (y + 1) * p->height / out->height);
    blur(out);
    blur(out);
}

static void put_le(uint8_t *at, uint32_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        at[i] = (uint8_t)(v >> (8 * i));
}

static void put_base64(jz_buf *out, const uint8_t *data, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        const size_t left = len - i;
        const uint32_t v = (uint32_t)data[i] << 16 | (left > 1 ? (uint32_t)data[i + 1] << 8 : 0u) |
                           (left > 2 ? data[i + 2] : 0u);
        jz_buf_putc(out, digits[v >> 18]);
        jz_buf_putc(out, digits[v >> 12 & 63]);
        jz_buf_putc(out, (char)(left > 1 ? digits[v >> 6 & 63] : '='));
        jz_buf_putc(out, (char)(left > 2 ? digits[v & 63] : '='));
    }
}

void jz_preview_data_uri(jz_buf *out, const jz_preview *preview)
{
    uint8_t bmp[FILE_HEADER + INFO_HEADER + PALETTE + JZ_PREVIEW_SIDE * JZ_PREVIEW_SIDE] = { 0 };
    const size_t head = FILE_HEADER + INFO_HEADER + PALETTE;
    const size_t stride = (preview->width + 3u) / 4u * 4u; /* rows of a BMP end on 4 bytes */
    const size_t size = head + stride * preview->height;
    bmp[0] = 'B';
    bmp[1] = 'M';
    put_le(bmp + 2, (uint32_t)size, 4);
    put_le(bmp + 10, (uint32_t)head, 4);
    put_le(bmp + 14, INFO_HEADER, 4);
    put_le(bmp + 18, preview->width, 4);
    put_le(bmp + 22, preview->height, 4); /* positive: rows from the bottom up */
    put_le(bmp + 26, 1, 2);
    put_le(bmp + 28, 8, 2);
    put_le(bmp + 46, GREYS, 4);
    for (uint32_t i = 0; i < GREYS; i++)
        memset(bmp + FILE_HEADER + INFO_HEADER + (size_t)4 * i, (int)(i * 255 / (GREYS - 1)), 3);
    for (size_t y = 0; y < preview->height; y++)
        for (size_t x = 0; x < preview->width; x++)
            bmp[head + y * stride + x] =
                preview->px[(preview->height - 1u - y) * preview->width + x] / 4;
    jz_buf_puts(out, "data:image/bmp;base64,");
    put_base64(out, bmp, size);
}
