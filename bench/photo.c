/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/photo.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

bool jz_photo_decode(const uint8_t *file, size_t size, uint32_t channels, jz_plane *out,
                     uint8_t **mem)
{
    struct jpeg_decompress_struct d = { 0 };
    struct jpeg_error_mgr handler;
    d.err = jpeg_std_error(&handler);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, file, size);
    (void)jpeg_read_header(&d, TRUE);
    d.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    (void)jpeg_start_decompress(&d);
    const size_t stride = (size_t)d.output_width * channels;
    uint8_t *px = jz_alloc(stride * d.output_height);
    if (px != NULL) {
        *out = (jz_plane){ px, d.output_width, d.output_height, stride, channels };
        while (d.output_scanline < d.output_height) {
            JSAMPROW row = px + d.output_scanline * stride;
            (void)jpeg_read_scanlines(&d, &row, 1);
        }
        *mem = px;
    }
    jpeg_destroy_decompress(&d);
    return px != NULL;
}

bool jz_photo_read(const char *path, uint32_t channels, jz_plane *out, uint8_t **mem)
{
    JZ_BUF_AUTO file = { 0 };
    return jz_file_read(path, (size_t)1 << 28, &file, NULL) == JZ_OK &&
           jz_photo_decode((const uint8_t *)file.ptr, file.len, channels, out, mem);
}

static uint8_t mean(const jz_plane *p, const size_t box[4], uint32_t channel)
{
    uint64_t sum = 0;
    for (size_t y = box[1]; y < box[3]; y++)
        for (size_t x = box[0]; x < box[2]; x++)
            sum += p->px[y * p->stride + x * p->channels + channel];
    const uint64_t n = (box[2] - box[0]) * (box[3] - box[1]);
    return (uint8_t)((sum + n / 2) / n);
}

static void shrink_row(const jz_plane *p, size_t y, uint32_t width, uint32_t height, uint8_t *out)
{
    for (size_t x = 0; x < width; x++) {
        const size_t box[4] = { x * p->width / width, y * p->height / height,
                                (x + 1) * p->width / width, (y + 1) * p->height / height };
        for (uint32_t c = 0; c < p->channels; c++)
            *out++ = mean(p, box, c);
    }
}

/* Where the middle of pixel i of n falls among `of` pixels: the pixel before it, and how far it is
 * on the way to the next, in 256ths. */
static size_t place(size_t i, size_t n, size_t of, unsigned *part)
{
    const size_t at = (2 * i + 1) * of * 128 / n;
    const size_t middle = at < 128 ? 0 : at - 128;
    *part = middle / 256 + 1 < of ? (unsigned)(middle % 256) : 0;
    return middle / 256;
}

static void grow_row(const jz_plane *p, size_t y, uint32_t width, uint32_t height, uint8_t *out)
{
    unsigned v, u;
    const uint8_t *row = p->px + place(y, height, p->height, &v) * p->stride;
    const size_t down = v > 0 ? p->stride : 0;
    for (size_t x = 0; x < width; x++) {
        const uint8_t *px = row + place(x, width, p->width, &u) * p->channels;
        const size_t right = u > 0 ? p->channels : 0;
        for (uint32_t c = 0; c < p->channels; c++, px++) {
            const unsigned above = px[0] * (256 - u) + px[right] * u;
            const unsigned below = px[down] * (256 - u) + px[down + right] * u;
            *out++ = (uint8_t)((above * (256 - v) + below * v + 32768) >> 16);
        }
    }
}

void jz_photo_resize(const jz_plane *p, uint32_t width, uint32_t height, uint8_t *out)
{
    const bool shrinks = width <= p->width && height <= p->height;
    for (size_t y = 0; y < height; y++, out += (size_t)width * p->channels)
        (shrinks ? shrink_row : grow_row)(p, y, width, height, out);
}

bool jz_photo_encode(const jz_plane *p, int quality, uint8_t **file, size_t *size)
{
    struct jpeg_compress_struct c = { 0 };
    struct jpeg_error_mgr handler;
    unsigned char *mem = NULL;
    unsigned long len = 0;
    c.err = jpeg_std_error(&handler);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &mem, &len);
    c.image_width = p->width;
    c.image_height = p->height;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, quality, TRUE);
    jpeg_start_compress(&c, TRUE);
    while (c.next_scanline < c.image_height) {
        const uint8_t *px = p->px + c.next_scanline * p->stride;
        uint8_t *row[1] = { jz_alloc(p->width * 3u) }; /* libjpeg takes no const rows */
        if (row[0] == NULL)
            break;
        memcpy(row[0], px, p->width * 3u);
        (void)jpeg_write_scanlines(&c, row, 1);
        jz_free(row[0]);
    }
    const bool whole = c.next_scanline == c.image_height;
    if (whole)
        jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    *file = whole ? jz_alloc(len) : NULL;
    *size = len;
    if (*file != NULL)
        memcpy(*file, mem, len);
    free(mem);
    return *file != NULL;
}
