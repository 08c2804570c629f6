/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/blocks8.h"

#include "base/alloc.h"
#include "base/exact_math.h"

#include <math.h>

/* ITU-T T.81, tables K.1 and K.2, in rows. */
static const uint8_t tables[2][64] = {
    { 16, 11, 10, 16, 24,  40,  51,  61,  12, 12, 14, 19, 26,  58,  60,  55,
      14, 13, 16, 24, 40,  57,  69,  56,  14, 17, 22, 29, 51,  87,  80,  62,
      18, 22, 37, 56, 68,  109, 103, 77,  24, 35, 55, 64, 81,  104, 113, 92,
      49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99 },
    { 17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99,
      99, 99, 47, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
      99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99 },
};

float jz_jpeg_divisor(bool chroma, size_t i, int quality)
{
    const int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
    const int q = (tables[chroma][i] * scale + 50) / 100;
    return (float)(q < 1 ? 1 : q > 255 ? 255 : q);
}

float jz_nearest(float v)
{
    const float big = 12582912; /* 1.5 x 2^23: its last place is 1. rintf() would be a call */
    return v + big - big;
}

void jz_dct8_init(jz_dct8 *d)
{
    for (int u = 0; u < 8; u++)
        for (int x = 0; x < 8; x++)
            d->cosine[u][x] =
                (float)(sqrt((u > 0 ? 2.0 : 1.0) / 8) * jz_cos_turns((2 * x + 1) * u / 32.0));
}

void jz_dct8_forward(const jz_dct8 *d, const float in[64], float out[64])
{
    float rows[64];
    for (size_t y = 0; y < 8; y++)
        for (size_t u = 0; u < 8; u++) {
            float sum = 0;
            for (size_t x = 0; x < 8; x++)
                sum += d->cosine[u][x] * in[8 * y + x];
            rows[8 * y + u] = sum;
        }
    for (size_t v = 0; v < 8; v++)
        for (size_t u = 0; u < 8; u++) {
            float sum = 0;
            for (size_t y = 0; y < 8; y++)
                sum += d->cosine[v][y] * rows[8 * y + u];
            out[8 * v + u] = sum;
        }
}

void jz_dct8_inverse(const jz_dct8 *d, const float in[64], float out[64])
{
    float rows[64];
    for (size_t v = 0; v < 8; v++)
        for (size_t x = 0; x < 8; x++) {
            float sum = 0;
            for (size_t u = 0; u < 8; u++)
                sum += d->cosine[u][x] * in[8 * v + u];
            rows[8 * v + x] = sum;
        }
    for (size_t y = 0; y < 8; y++)
        for (size_t x = 0; x < 8; x++) {
            float sum = 0;
            for (size_t v = 0; v < 8; v++)
                sum += d->cosine[v][y] * rows[8 * v + x];
            out[8 * y + x] = sum;
        }
}

static void transform(const uint8_t *px, size_t stride, const jz_dct8 *d, float out[64])
{
    float in[64];
    for (size_t i = 0; i < 64; i++) {
        const size_t y = i / 8, x = i % 8;
        in[i] = (float)px[y * stride + x] - 128; /* JPEG's level shift */
    }
    jz_dct8_forward(d, in, out);
}

typedef enum side { NEITHER, FACE, OUTSIDE } side;

/* By its corners: good enough for parts that are much larger. */
static side side_of(const jz_face_view *v, uint32_t x, uint32_t y)
{
    const uint8_t *r = v->region + (size_t)y * v->width + x;
    const size_t down = 7 * (size_t)v->width;
    const uint8_t all = r[0] & r[7] & r[down] & r[down + 7];
    return (all & JZ_REGION_FACE) != 0 ? FACE : (all & JZ_REGION_OUTSIDE) != 0 ? OUTSIDE : NEITHER;
}

/* The first corner of a block in the window. */
static uint32_t first(uint32_t at)
{
    return (8 - at % 8) % 8;
}

static void count(const jz_face_view *v, size_t n[2])
{
    n[0] = n[1] = 0;
    for (uint32_t y = first(v->y); y + 8 <= v->height; y += 8)
        for (uint32_t x = first(v->x); x + 8 <= v->width; x += 8) {
            const side s = side_of(v, x, y);
            n[0] += s == OUTSIDE;
            n[1] += s == FACE;
        }
}

/* Of n, each so many makes at most `most`, which is not 0. */
static size_t every(size_t n, size_t most)
{
    return most > 0 && n > most ? (n + most - 1) / most : 1;
}

jz_status jz_blocks8_of(const jz_face_view *v, size_t most, jz_block8 **out, size_t *n, jz_err *err)
{
    jz_dct8 dct;
    size_t there[2], seen[2] = { 0 }, taken = 0;
    count(v, there);
    const size_t step[2] = { every(there[0], most), every(there[1], most) };
    jz_block8 *b = jz_alloc_zero(there[0] / step[0] + there[1] / step[1] + 2, sizeof *b);
    if (b == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu blocks of a face", there[0] + there[1]);
    jz_dct8_init(&dct);
    for (uint32_t y = first(v->y); y + 8 <= v->height; y += 8)
        for (uint32_t x = first(v->x); x + 8 <= v->width; x += 8) {
            const side s = side_of(v, x, y);
            if (s == NEITHER || seen[s == FACE]++ % step[s == FACE] != 0)
                continue;
            b[taken].face = s == FACE;
            transform(v->luma + (size_t)y * v->width + x, v->width, &dct, b[taken++].c);
        }
    *out = b;
    *n = taken;
    return JZ_OK;
}
