/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/face_crop.h"

#include "base/alloc.h"
#include "inspect/halve.h"

#include <string.h>

#define SMALLEST 32 /* pixels of a side */

jz_status jz_pyramid_init(const jz_plane *plane, jz_pyramid *p, jz_err *err)
{
    /* A quarter, a sixteenth, ...: a third in all. */
    const size_t bytes = (size_t)plane->width * plane->height * plane->channels / 2 + 4;
    const jz_halve_fn halve = jz_halve_at(1) != NULL ? jz_halve_at(1) : jz_halve_c;
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
        p->level[p->n] = (jz_plane){ to, width, height, stride, last->channels };
        for (size_t y = 0; y < height; y++, to += stride) {
            const uint8_t *row = last->px + 2 * y * last->stride;
            halve(row, row + last->stride, width, last->channels, to);
        }
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

typedef struct place { /* along one axis: two pixels and their weights, 0 outside */
    size_t at[2];
    float weight[2];
} place;

/* Pixel v of 0..size - 1, mirrored at the border once. */
static void put_pixel(place *p, unsigned i, int64_t v, uint32_t size, float weight)
{
    const int64_t at = v < 0 ? -1 - v : v >= size ? 2 * (int64_t)size - 1 - v : v;
    const bool inside = at >= 0 && at < size;
    p->at[i] = inside ? (size_t)at : 0;
    p->weight[i] = inside ? weight : 0;
}

static place placed(double v, uint32_t size)
{
    const int64_t whole = (int64_t)v; /* floor() is a call where the processor is unknown */
    const int64_t at = (double)whole > v ? whole - 1 : whole;
    const float rest = (float)(v - (double)at); /* 0..1 of the way to the next */
    place p;
    put_pixel(&p, 0, at, size, 1 - rest);
    put_pixel(&p, 1, at + 1, size, rest);
    return p;
}

/* R, G, B, and a lane that is not used: vectors of any processor, and the same bits on all. */
typedef float rgb __attribute__((vector_size(16)));
typedef int32_t rgb_whole __attribute__((vector_size(16)));
typedef uint32_t bytes4 __attribute__((vector_size(16)));
typedef uint8_t bytes16 __attribute__((vector_size(16)));
typedef uint16_t words8 __attribute__((vector_size(16)));

static rgb weighted(const uint8_t *p, uint32_t channels, float weight)
{
    uint32_t three = p[0] * 0x010101u;
    if (channels == 3) {
        uint16_t two;
        memcpy(&two, p, sizeof two);
        three = two | (uint32_t)p[2] << 16;
    }
    const bytes16 bytes = (bytes16)(bytes4){ three }, none = { 0 };
    const words8 words = (words8)__builtin_shufflevector(bytes, none, 0, 16, 1, 17, 2, 18, 3, 19, 4,
                                                         20, 5, 21, 6, 22, 7, 23);
    const rgb_whole v =
        (rgb_whole)__builtin_shufflevector(words, (words8){ 0 }, 0, 8, 1, 9, 2, 10, 3, 11);
    return weight * __builtin_convertvector(v, rgb);
}

/* One pixel between four. */
static void sample(const jz_plane *p, const place *x, const place *y, float out[3])
{
    const uint8_t *a = p->px + y->at[0] * p->stride, *b = p->px + y->at[1] * p->stride;
    const size_t left = x->at[0] * p->channels, right = x->at[1] * p->channels;
    rgb sum = weighted(a + left, p->channels, x->weight[0] * y->weight[0]);
    sum += weighted(a + right, p->channels, x->weight[1] * y->weight[0]);
    sum += weighted(b + left, p->channels, x->weight[0] * y->weight[1]);
    sum += weighted(b + right, p->channels, x->weight[1] * y->weight[1]);
    sum = sum / 127.5f - 1;
    for (unsigned k = 0; k < 3; k++)
        out[k] = sum[k];
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
    const jz_plane *from = &p->level[level];
    const double scale = 1.0 / (double)(1u << level);
    const bool upright = s->right_x == 1 && s->right_y == 0 && side <= COLUMNS;
    for (uint32_t u = 0; upright && u < side; u++) {
        jz_square_point(s, (u + 0.5) / side, 0, &x, &y);
        column[u] = placed(x * scale - 0.5, from->width);
    }
    for (uint32_t v = 0; v < side; v++) {
        jz_square_point(s, 0, (v + 0.5) / side, &x, &y);
        place row = placed(y * scale - 0.5, from->height);
        for (uint32_t u = 0; u < side; u++, out += 3) {
            if (upright) {
                sample(from, &column[u], &row, out);
                continue;
            }
            jz_square_point(s, (u + 0.5) / side, (v + 0.5) / side, &x, &y);
            const place turned = placed(x * scale - 0.5, from->width);
            row = placed(y * scale - 0.5, from->height);
            sample(from, &turned, &row, out);
        }
    }
}

void jz_cut_bytes(const float *cut, size_t n, uint8_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)((cut[i] + 1) * 127.5f + 0.5f);
}
