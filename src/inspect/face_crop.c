/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/face_crop.h"

#include "base/alloc.h"

#include <string.h>

#define SMALLEST 32 /* pixels of a side */

#define STRIP 48 /* bytes at a time: whole pixels, pairs of pixels, and vectors */
typedef uint8_t bytes8 __attribute__((vector_size(8)));
typedef uint16_t words8 __attribute__((vector_size(16)));

static words8 widened(const uint8_t *from)
{
    bytes8 v;
    memcpy(&v, from, sizeof v);
    return __builtin_convertvector(v, words8);
}

/* STRIP bytes of two rows, and the pixel behind them, to STRIP / 2 bytes: each byte with the one
 * below and those a pixel to the right, all alike so that vectors apply; every second pixel of that
 * counts. Writes a byte more. */
static void halve_strip(const uint8_t *a, const uint8_t *b, size_t c, uint8_t *to)
{
    uint8_t mean[STRIP + 4];
    for (size_t i = 0; i < STRIP; i += 8) {
        const words8 sum =
            widened(a + i) + widened(b + i) + widened(a + i + c) + widened(b + i + c);
        const bytes8 m = __builtin_convertvector((sum + 2) >> 2, bytes8);
        memcpy(mean + i, &m, sizeof m);
    }
    if (c == 1)
        for (size_t i = 0; i < STRIP / 2; i++)
            to[i] = mean[2 * i];
    else
        for (size_t i = 0; i < STRIP / 6; i++)
            memcpy(to + 3 * i, mean + 6 * i, 4);
}

static void halve(const jz_plane *from, uint32_t width, uint32_t height, uint8_t *to)
{
    const size_t c = from->channels, bytes = (size_t)from->width * c;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *a = from->px + 2 * y * from->stride, *b = a + from->stride;
        size_t at = 0;
        for (; at + STRIP + 3 <= bytes; at += STRIP, to += STRIP / 2)
            halve_strip(a + at, b + at, c, to);
        for (size_t x = at / (2 * c); x < width; x++)
            for (size_t k = 0; k < c; k++) {
                const size_t i = 2 * x * c + k;
                *to++ = (uint8_t)((a[i] + a[i + c] + b[i] + b[i + c] + 2) / 4);
            }
    }
}

jz_status jz_pyramid_init(const jz_plane *plane, jz_pyramid *p, jz_err *err)
{
    /* A quarter, a sixteenth, ...: a third in all. */
    const size_t bytes = (size_t)plane->width * plane->height * plane->channels / 2 + 4;
    if (p->size < bytes) {
        uint8_t *memory = jz_alloc(bytes);
        if (memory == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "a picture of %u x %u, reduced", plane->width,
                           plane->height);
        jz_free(p->memory);
        p->memory = memory;
        p->size = bytes;
    }
    uint8_t *to = p->memory;
    p->level[0] = *plane;
    for (p->n = 1; p->n < JZ_PYRAMID_LEVELS; p->n++) {
        const jz_plane *last = &p->level[p->n - 1];
        const uint32_t width = last->width / 2, height = last->height / 2;
        if (width < SMALLEST || height < SMALLEST)
            break;
        const size_t stride = (size_t)width * last->channels;
        halve(last, width, height, to);
        p->level[p->n] = (jz_plane){ to, width, height, stride, last->channels };
        to += stride * height;
    }
    return JZ_OK;
}

void jz_pyramid_done(jz_pyramid *p)
{
    jz_free(p->memory);
    *p = (jz_pyramid){ 0 };
}

void jz_square_point(const jz_square *s, double u, double v, double *x, double *y)
{
    const double across = (u - 0.5) * s->side, down = (v - 0.5) * s->side;
    *x = s->x + across * s->right_x - down * s->right_y;
    *y = s->y + across * s->right_y + down * s->right_x;
}

/* A coordinate mirrored at the border of 0..size - 1, once. */
static int64_t mirrored(int64_t at, uint32_t size)
{
    return at < 0 ? -1 - at : at >= size ? 2 * (int64_t)size - 1 - at : at;
}

typedef struct place { /* along one axis, between two pixels */
    int64_t at;
    float rest; /* 0..1 of the way to the next */
} place;

static place placed(double v)
{
    const int64_t whole = (int64_t)v; /* floor() is a call where the processor is unknown */
    const int64_t at = (double)whole > v ? whole - 1 : whole;
    return (place){ at, (float)(v - (double)at) };
}

/* A pixel's R, G, B by a weight, added. */
static void add_pixel(const uint8_t *from, uint32_t channels, float weight, float sum[3])
{
    const size_t next = channels == 3;
    sum[0] += weight * (float)from[0];
    sum[1] += weight * (float)from[next];
    sum[2] += weight * (float)from[2 * next];
}

/* At the border, or outside. */
static void add_mirrored(const jz_plane *p, place x, place y, const float weight[4], float sum[3])
{
    for (unsigned i = 0; i < 4; i++) {
        const int64_t px = mirrored(x.at + (i & 1), p->width);
        const int64_t py = mirrored(y.at + (i >> 1), p->height);
        if (px >= 0 && py >= 0 && px < p->width && py < p->height)
            add_pixel(p->px + (size_t)py * p->stride + (size_t)px * p->channels, p->channels,
                      weight[i], sum);
    }
}

/* One pixel between four. */
static void sample(const jz_plane *p, place x, place y, float out[3])
{
    const float weight[4] = { (1 - x.rest) * (1 - y.rest), x.rest * (1 - y.rest),
                              (1 - x.rest) * y.rest, x.rest * y.rest };
    float sum[3] = { 0, 0, 0 };
    if (x.at >= 0 && y.at >= 0 && x.at + 1 < p->width && y.at + 1 < p->height) {
        const uint8_t *first = p->px + (size_t)y.at * p->stride + (size_t)x.at * p->channels;
        add_pixel(first, p->channels, weight[0], sum);
        add_pixel(first + p->channels, p->channels, weight[1], sum);
        add_pixel(first + p->stride, p->channels, weight[2], sum);
        add_pixel(first + p->stride + p->channels, p->channels, weight[3], sum);
    } else {
        add_mirrored(p, x, y, weight, sum);
    }
    for (unsigned k = 0; k < 3; k++)
        out[k] = sum[k] / 127.5f - 1;
}

#define COLUMNS 256 /* of an upright square, whose places are the same in all rows */

void jz_square_cut(const jz_pyramid *p, const jz_square *s, uint32_t side, float *out)
{
    double step = s->side / side; /* pixels of the level from one sample to the next */
    double x, y;
    uint32_t level = 0;
    place column[COLUMNS];
    for (; step >= 2 && level + 1 < p->n; level++)
        step /= 2;
    const double scale = 1.0 / (double)(1u << level);
    const bool upright = s->right_x == 1 && s->right_y == 0 && side <= COLUMNS;
    for (uint32_t u = 0; upright && u < side; u++) {
        jz_square_point(s, (u + 0.5) / side, 0, &x, &y);
        column[u] = placed(x * scale - 0.5);
    }
    for (uint32_t v = 0; v < side; v++) {
        jz_square_point(s, 0, (v + 0.5) / side, &x, &y);
        const place row = placed(y * scale - 0.5);
        for (uint32_t u = 0; u < side; u++, out += 3) {
            if (upright) {
                sample(&p->level[level], column[u], row, out);
                continue;
            }
            jz_square_point(s, (u + 0.5) / side, (v + 0.5) / side, &x, &y);
            sample(&p->level[level], placed(x * scale - 0.5), placed(y * scale - 0.5), out);
        }
    }
}
