/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/face_crop.h"

#include "base/alloc.h"

#include <math.h>

#define SMALLEST 32 /* pixels of a side */

static void halve(const jz_plane *from, uint32_t width, uint32_t height, uint8_t *to)
{
    const size_t c = from->channels;
    for (size_t y = 0; y < height; y++) {
        const uint8_t *a = from->px + 2 * y * from->stride, *b = a + from->stride;
        for (size_t x = 0; x < width; x++, a += 2 * c, b += 2 * c)
            for (size_t k = 0; k < c; k++)
                *to++ = (uint8_t)((a[k] + a[k + c] + b[k] + b[k + c] + 2) / 4);
    }
}

jz_status jz_pyramid_init(const jz_plane *plane, jz_pyramid *out, jz_err *err)
{
    jz_pyramid p = { .level[0] = *plane, .n = 1 };
    const size_t bytes = (size_t)plane->width * plane->height * plane->channels;
    p.memory = jz_alloc(bytes / 2 + 1); /* a quarter, a sixteenth, ...: a third in all */
    if (p.memory == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a picture of %u x %u, reduced", plane->width,
                       plane->height);
    uint8_t *to = p.memory;
    for (; p.n < JZ_PYRAMID_LEVELS; p.n++) {
        const jz_plane *last = &p.level[p.n - 1];
        const uint32_t width = last->width / 2, height = last->height / 2;
        if (width < SMALLEST || height < SMALLEST)
            break;
        const size_t stride = (size_t)width * last->channels;
        halve(last, width, height, to);
        p.level[p.n] = (jz_plane){ to, width, height, stride, last->channels };
        to += stride * height;
    }
    *out = p;
    return JZ_OK;
}

void jz_pyramid_done(jz_pyramid *p)
{
    jz_free(p->memory);
}

void jz_square_point(const jz_square *s, double u, double v, double *x, double *y)
{
    const double across = (u - 0.5) * s->side, down = (v - 0.5) * s->side;
    *x = s->x + across * s->right_x - down * s->right_y;
    *y = s->y + across * s->right_y + down * s->right_x;
}

/* A coordinate mirrored at the border of 0..size - 1, once. */
static double mirrored(double at, uint32_t size)
{
    return at < 0 ? -1 - at : at >= size ? 2.0 * size - 1 - at : at;
}

/* One pixel between four. */
static void sample(const jz_plane *p, double x, double y, float out[3])
{
    const double fx = floor(x), fy = floor(y);
    const float rx = (float)(x - fx), ry = (float)(y - fy);
    const float weight[4] = { (1 - rx) * (1 - ry), rx * (1 - ry), (1 - rx) * ry, rx * ry };
    float sum[3] = { 0, 0, 0 };
    for (unsigned i = 0; i < 4; i++) {
        const double px = mirrored(fx + (i & 1), p->width);
        const double py = mirrored(fy + (i >> 1), p->height);
        if (!(px >= 0 && py >= 0 && px < p->width && py < p->height))
            continue;
        const uint8_t *from = p->px + (size_t)py * p->stride + (size_t)px * p->channels;
        for (unsigned k = 0; k < 3; k++)
            sum[k] += weight[i] * (float)from[p->channels == 3 ? k : 0];
    }
    for (unsigned k = 0; k < 3; k++)
        out[k] = sum[k] / 127.5f - 1;
}

void jz_square_cut(const jz_pyramid *p, const jz_square *s, uint32_t side, float *out)
{
    double step = s->side / side; /* pixels of the level from one sample to the next */
    uint32_t level = 0;
    for (; step >= 2 && level + 1 < p->n; level++)
        step /= 2;
    const double scale = 1.0 / (double)(1u << level);
    for (uint32_t v = 0; v < side; v++)
        for (uint32_t u = 0; u < side; u++, out += 3) {
            double x, y;
            jz_square_point(s, (u + 0.5) / side, (v + 0.5) / side, &x, &y);
            sample(&p->level[level], x * scale - 0.5, y * scale - 0.5, out);
        }
}
