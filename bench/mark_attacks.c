/* SPDX-License-Identifier: Apache-2.0 */
#include "mark_attacks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <webp/decode.h>
#include <webp/encode.h>

#define DEGREE (3.14159265358979324 / 180)

static void *room(size_t n, size_t size)
{
    void *p = calloc(n, size);
    if (p == NULL)
        abort();
    return p;
}

static picture blank(uint32_t width, uint32_t height)
{
    return (picture){ room((size_t)width * height, 3), width, height };
}

static picture copy(const picture *p)
{
    picture q = blank(p->width, p->height);
    memcpy(q.px, p->px, (size_t)p->width * p->height * 3);
    return q;
}

static uint8_t level(double v)
{
    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5);
}

static double chance(uint64_t *seed) /* 0 to 1 */
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (double)(*seed >> 11) * 0x1p-53;
}

/* Replaces a picture by what is made of it. */
static picture then(picture p, picture made)
{
    free(p.px);
    return made;
}

/* ---- coding ---- */

static picture jpeg(const picture *p, uint64_t seed, const double *v)
{
    struct jpeg_error_mgr errors;
    struct jpeg_compress_struct c = { .err = jpeg_std_error(&errors) };
    struct jpeg_decompress_struct d = { .err = &errors };
    unsigned char *bytes = NULL;
    unsigned long size = 0;
    (void)seed;
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &bytes, &size);
    c.image_width = p->width;
    c.image_height = p->height;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, (int)v[0], TRUE);
    jpeg_start_compress(&c, TRUE);
    for (JSAMPROW row = p->px; c.next_scanline < p->height; row += (size_t)p->width * 3)
        (void)jpeg_write_scanlines(&c, &row, 1);
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    picture q = blank(p->width, p->height);
    jpeg_create_decompress(&d);
    jpeg_mem_src(&d, bytes, size);
    (void)jpeg_read_header(&d, TRUE);
    (void)jpeg_start_decompress(&d);
    for (JSAMPROW row = q.px; d.output_scanline < q.height; row += (size_t)q.width * 3)
        (void)jpeg_read_scanlines(&d, &row, 1);
    jpeg_destroy_decompress(&d);
    free(bytes);
    return q;
}

static picture webp(const picture *p, uint64_t seed, const double *v)
{
    uint8_t *bytes = NULL;
    picture q = blank(p->width, p->height);
    (void)seed;
    const size_t n =
        WebPEncodeRGB(p->px, (int)p->width, (int)p->height, (int)p->width * 3, (float)v[0], &bytes);
    if (WebPDecodeRGBInto(bytes, n, q.px, (size_t)q.width * q.height * 3, (int)q.width * 3) == NULL)
        abort();
    WebPFree(bytes);
    return q;
}

/* ---- size, place, direction ---- */

/* One axis; what is not resized are rows of n numbers. */
static float *resample(const float *in, uint32_t from, uint32_t to, size_t n)
{
    const double unit = (double)from / to, reach = unit > 1 ? unit : 1;
    float *out = room(to * n, sizeof *out);
    for (uint32_t j = 0; j < to; j++) {
        const double middle = (j + 0.5) * unit - 0.5;
        double sum = 0;
        const double first = fmax(ceil(middle - reach), 0), last = fmin(middle + reach, from - 1);
        for (double i = first; i <= last; i++)
            sum += fmax(1 - fabs(i - middle) / reach, 0);
        for (double i = first; i <= last; i++) {
            const float w = (float)(fmax(1 - fabs(i - middle) / reach, 0) / sum);
            for (size_t k = 0; k < n; k++)
                out[j * n + k] += w * in[(size_t)i * n + k];
        }
    }
    return out;
}

/* Columns of pixels become rows. */
static float *turn(const float *in, uint32_t width, uint32_t height)
{
    float *out = room((size_t)width * height * 3, sizeof *out);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++)
            memcpy(out + ((size_t)x * height + y) * 3, in + ((size_t)y * width + x) * 3,
                   3 * sizeof *out);
    free((void *)(uintptr_t)in);
    return out;
}

picture picture_resize(const picture *p, uint32_t width, uint32_t height)
{
    picture q = blank(width, height);
    const size_t n = (size_t)p->width * p->height * 3;
    float *v = room(n, sizeof *v);
    for (size_t i = 0; i < n; i++)
        v[i] = p->px[i];
    float *rows = resample(v, p->height, height, (size_t)p->width * 3);
    free(v);
    v = turn(rows, p->width, height);
    rows = resample(v, p->width, width, (size_t)height * 3);
    free(v);
    v = turn(rows, height, width);
    for (size_t i = 0; i < (size_t)width * height * 3; i++)
        q.px[i] = level((double)v[i]);
    free(v);
    return q;
}

static picture resize(const picture *p, uint64_t seed, const double *v)
{
    (void)seed;
    return picture_resize(p, (uint32_t)(p->width * v[0] + 0.5),
                          (uint32_t)(p->height * (v[1] > 0 ? v[1] : v[0]) + 0.5));
}

static picture cut(const picture *p, uint32_t left, uint32_t top, uint32_t width, uint32_t height)
{
    picture q = blank(width, height);
    for (uint32_t y = 0; y < height; y++)
        memcpy(q.px + (size_t)y * width * 3, p->px + ((size_t)(top + y) * p->width + left) * 3,
               (size_t)width * 3);
    return q;
}

/* A share of the area, anywhere. */
static picture crop(const picture *p, uint64_t seed, const double *v)
{
    const uint32_t w = (uint32_t)(p->width * sqrt(v[0])), h = (uint32_t)(p->height * sqrt(v[0]));
    const uint32_t x = (uint32_t)(chance(&seed) * (p->width - w));
    return cut(p, x, (uint32_t)(chance(&seed) * (p->height - h)), w, h);
}

/* Bilinear; m maps places of the result to places of the picture, projectively. */
static picture warp(const picture *p, const double m[8])
{
    picture q = blank(p->width, p->height);
    for (uint32_t i = 0; i < q.width * q.height; i++) {
        const double x = i % q.width, y = i / q.width;
        const double z = m[6] * x + m[7] * y + 1;
        const double sx = (m[0] * x + m[1] * y + m[2]) / z, sy = (m[3] * x + m[4] * y + m[5]) / z;
        if (!(sx >= 0) || !(sy >= 0) || sx >= p->width - 1 || sy >= p->height - 1)
            continue;
        const uint32_t ix = (uint32_t)sx, iy = (uint32_t)sy;
        const uint8_t *a = p->px + 3 * ((size_t)iy * p->width + ix), *b = a + (size_t)3 * p->width;
        for (unsigned c = 0; c < 3; c++) {
            const double top = a[c] + (sx - ix) * (a[c + 3] - a[c]);
            const double bottom = b[c] + (sx - ix) * (b[c + 3] - b[c]);
            q.px[3 * (size_t)i + c] = level(top + (sy - iy) * (bottom - top));
        }
    }
    return q;
}

static picture rotate(const picture *p, uint64_t seed, const double *v)
{
    const double c = cos(v[0] * DEGREE), s = sin(v[0] * DEGREE);
    const double x = (p->width - 1) / 2.0, y = (p->height - 1) / 2.0;
    (void)seed;
    return warp(p, (double[]){ c, s, x - c * x - s * y, -s, c, y + s * x - c * y, 0, 0 });
}

/* Corners move by up to v[0] of the sides: an affine part and two vanishing ones. */
static picture perspective(const picture *p, uint64_t seed, const double *v)
{
    double r[8];
    for (unsigned i = 0; i < 8; i++)
        r[i] = (2 * chance(&seed) - 1) * v[0];
    return warp(p, (double[]){ 1 + r[0], r[1], r[2] * p->width / 2, r[3], 1 + r[4],
                               r[5] * p->height / 2, r[6] / p->width, r[7] / p->height });
}

static picture quarter(const picture *p, uint64_t seed, const double *v)
{
    picture q = blank(p->height, p->width);
    (void)seed;
    (void)v;
    for (uint32_t y = 0; y < q.height; y++)
        for (uint32_t x = 0; x < q.width; x++)
            memcpy(q.px + 3 * ((size_t)y * q.width + x),
                   p->px + 3 * ((size_t)(p->height - 1 - x) * p->width + y), 3);
    return q;
}

static picture mirror(const picture *p, uint64_t seed, const double *v)
{
    picture q = copy(p);
    (void)seed;
    (void)v;
    for (uint32_t y = 0; y < q.height; y++)
        for (uint32_t x = 0; x < q.width; x++)
            memcpy(q.px + 3 * ((size_t)y * q.width + x),
                   p->px + 3 * ((size_t)y * q.width + q.width - 1 - x), 3);
    return q;
}

/* ---- values ---- */

static picture blur(const picture *p, uint64_t seed, const double *v)
{
    picture q = copy(p), half = copy(p);
    const int reach = (int)(3 * v[0] + 0.5);
    double weight[16], sum = 0;
    (void)seed;
    for (int i = -reach; i <= reach; i++)
        sum += weight[i + reach] = exp(-i * i / (2 * v[0] * v[0]));
    for (unsigned pass = 0; pass < 2; pass++) {
        const uint8_t *from = pass == 0 ? p->px : half.px;
        for (int64_t y = 0; y < p->height; y++)
            for (int64_t x = 0; x < p->width; x++)
                for (unsigned c = 0; c < 3; c++) {
                    double mean = 0;
                    for (int i = -reach; i <= reach; i++) {
                        int64_t u = pass == 0 ? x + i : x, w = pass == 0 ? y : y + i;
                        u = u < 0 ? 0 : u >= p->width ? p->width - 1 : u;
                        w = w < 0 ? 0 : w >= p->height ? p->height - 1 : w;
                        mean += weight[i + reach] / sum * from[3 * (w * p->width + u) + c];
                    }
                    (pass == 0 ? half.px : q.px)[3 * (y * p->width + x) + c] = level(mean);
                }
    }
    free(half.px);
    return q;
}

static picture noise(const picture *p, uint64_t seed, const double *v)
{
    picture q = copy(p);
    for (size_t i = 0; i < (size_t)q.width * q.height * 3; i++) {
        double sum = -6;
        for (unsigned k = 0; k < 12; k++)
            sum += chance(&seed);
        q.px[i] = level(q.px[i] + v[0] * sum);
    }
    return q;
}

/* v[0] times, around v[1], to the power v[2]. */
static picture tone(const picture *p, uint64_t seed, const double *v)
{
    picture q = copy(p);
    (void)seed;
    for (size_t i = 0; i < (size_t)q.width * q.height * 3; i++) {
        const double e = v[2] > 0 ? 255 * pow(q.px[i] / 255.0, v[2]) : q.px[i];
        q.px[i] = level((e - v[1]) * v[0] + v[1]);
    }
    return q;
}

static picture grey(const picture *p, uint64_t seed, const double *v)
{
    picture q = copy(p);
    (void)seed;
    (void)v;
    for (uint8_t *c = q.px; c < q.px + (size_t)q.width * q.height * 3; c += 3)
        c[0] = c[1] = c[2] = level(0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2]);
    return q;
}

/* ---- what people do ---- */

/* Something like letters, of that size, in a box. */
static void letters(picture *q, uint32_t left, uint32_t top, uint32_t right, uint32_t bottom,
                    uint32_t size, uint8_t colour, uint64_t *seed)
{
    for (uint32_t y = top; y < bottom && y < q->height; y++)
        for (uint32_t x = left; x < right && x < q->width; x++) {
            uint64_t at = *seed + (y / size) * 7919u + x / size;
            const bool line = (y - top) % (2 * size) < size;
            if (line && (x / size) % 5 != 4 && chance(&at) < 2 &&
                ((x * 7 / size + y * 5 / size + (uint32_t)(at >> 40)) & 3) < 2)
                memset(q->px + 3 * ((size_t)y * q->width + x), colour, 3);
        }
}

static picture banner(const picture *p, uint64_t seed, const double *v)
{
    picture q = copy(p);
    const uint32_t h = p->height / 8, size = p->height / 40 + 2;
    (void)v;
    memset(q.px + (size_t)(p->height - h) * p->width * 3, 20, (size_t)h * p->width * 3);
    letters(&q, 0, p->height - h, p->width, p->height, size, 240, &seed);
    letters(&q, p->width / 8, p->height / 3, p->width * 7 / 8, p->height / 3 + 2 * size, size, 255,
            &seed);
    return q;
}

static picture screenshot_cut(const picture *p, uint64_t seed, const double *v)
{
    const double f = 0.6 + 0.25 * chance(&seed);
    picture q = picture_resize(p, (uint32_t)(p->width * f), (uint32_t)(p->height * f));
    const uint32_t x = (uint32_t)(15 * chance(&seed)), y = (uint32_t)(15 * chance(&seed));
    q = then(q, cut(&q, x, y, q.width - x - (uint32_t)(15 * chance(&seed)),
                    q.height - y - (uint32_t)(15 * chance(&seed))));
    return then(q, jpeg(&q, seed, v));
}

static picture screenshot_page(const picture *p, uint64_t seed, const double *v)
{
    const double f = 0.6 + 0.25 * chance(&seed);
    picture q = picture_resize(p, (uint32_t)(p->width * f), (uint32_t)(p->height * f));
    picture page = blank(q.width * 5 / 4, q.height * 5 / 4);
    const uint32_t x = q.width / 8, y = q.height / 12;
    memset(page.px, 250, (size_t)page.width * page.height * 3);
    letters(&page, x, y + q.height + 12, x + q.width, page.height - 10, 12, 40, &seed);
    for (uint32_t r = 0; r < q.height; r++)
        memcpy(page.px + 3 * ((size_t)(y + r) * page.width + x), q.px + (size_t)r * q.width * 3,
               (size_t)q.width * 3);
    free(q.px);
    return then(page, jpeg(&page, seed, v));
}

/* The longer side at most v[0] pixels, then JPEG v[1]. */
static picture shrink(const picture *p, uint64_t seed, const double *v)
{
    const double f = fmin(v[0] / fmax(p->width, p->height), 1);
    picture q = picture_resize(p, (uint32_t)(p->width * f + 0.5), (uint32_t)(p->height * f + 0.5));
    return then(q, jpeg(&q, seed, v + 1));
}

/* Crop to v[0], resize by v[1], JPEG v[2]. */
static picture crop_resize_jpeg(const picture *p, uint64_t seed, const double *v)
{
    picture q = crop(p, seed, v);
    q = then(q, resize(&q, seed, (double[]){ v[1], 0, 0 }));
    return then(q, jpeg(&q, seed, v + 2));
}

/* Turn by v[0], crop to v[1], JPEG v[2]. */
static picture turn_crop_jpeg(const picture *p, uint64_t seed, const double *v)
{
    picture q = rotate(p, seed, v);
    q = then(q, crop(&q, seed, v + 1));
    return then(q, jpeg(&q, seed, v + 2));
}

static picture nothing(const picture *p, uint64_t seed, const double *v)
{
    (void)seed;
    (void)v;
    return copy(p);
}

static const attack attacks[] = {
    { "none", nothing, { 0 } },
    { "JPEG 90", jpeg, { 90 } },
    { "JPEG 75", jpeg, { 75 } },
    { "JPEG 50", jpeg, { 50 } },
    { "JPEG 30", jpeg, { 30 } },
    { "WebP 50", webp, { 50 } },
    { "resize 0.75", resize, { 0.75 } },
    { "resize 0.5", resize, { 0.5 } },
    { "resize 0.25", resize, { 0.25 } },
    { "resize 1.5", resize, { 1.5 } },
    { "crop to 90 %", crop, { 0.9 } },
    { "crop to 75 %", crop, { 0.75 } },
    { "crop to 50 %", crop, { 0.5 } },
    { "crop to 25 %", crop, { 0.25 } },
    { "rotate 1", rotate, { 1 } },
    { "rotate 5", rotate, { 5 } },
    { "rotate 10", rotate, { 10 } },
    { "rotate 90", quarter, { 0 } },
    { "mirror", mirror, { 0 } },
    { "blur 1", blur, { 1 } },
    { "noise 15", noise, { 15 } },
    { "brightness x0.7", tone, { 0.7, 0, 0 } },
    { "brightness x1.3", tone, { 1.3, 0, 0 } },
    { "contrast x1.3", tone, { 1.3, 128, 0 } },
    { "gamma 1.4", tone, { 1, 0, 1.4 } },
    { "greyscale", grey, { 0 } },
    { "banner and text", banner, { 0 } },
    { "screenshot, cut, JPEG 80", screenshot_cut, { 80 } },
    { "screenshot with page, JPEG 80", screenshot_page, { 80 } },
    { "1080 px, JPEG 70", shrink, { 1080, 70 } },
    { "width x0.9", resize, { 0.9, 1 } },
    { "rotate 2, crop 50 %, JPEG 70", turn_crop_jpeg, { 2, 0.5, 70 } },
    { "crop 75 %, resize 0.5, JPEG 50", crop_resize_jpeg, { 0.75, 0.5, 50 } },
    { "320 px, JPEG 75", shrink, { 320, 75 } },
    { "perspective 3 %", perspective, { 0.03 } },
};

const attack *attack_at(size_t i)
{
    return i < sizeof attacks / sizeof attacks[0] ? &attacks[i] : NULL;
}

const attack *attack_named(const char *name)
{
    size_t i = 0;
    while (attack_at(i) != NULL && strcmp(attack_at(i)->name, name) != 0)
        i++;
    return attack_at(i);
}
