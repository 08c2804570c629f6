/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/self_blend.h"

#include "base/alloc.h"
#include "inspect/face_view.h"

#include <math.h>
#include <string.h>

#define NOSE_TIP 1 /* of the mesh */

/* Sebastiano Vigna, splitmix64 (public domain): one step. */
uint64_t jz_chance_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double jz_chance_between(uint64_t *state, double from, double to)
{
    return from + (to - from) * (double)(jz_chance_next(state) >> 11) / 9007199254740992.0;
}

jz_blend jz_blend_at(uint64_t i)
{
    static const uint32_t through[] = { 0, 64, 128, 256 };
    uint64_t s = i * UINT64_C(0xd1342543de82ef95) + 1;
    jz_blend b = { .seed = jz_chance_next(&s) };
    b.part = (jz_blend_part)(jz_chance_next(&s) % JZ_BLEND_PARTS);
    b.through = through[jz_chance_next(&s) % JZ_ARRAY_LEN(through)];
    b.shift = jz_chance_between(&s, -0.02, 0.02);
    b.size = jz_chance_between(&s, 0.97, 1.03);
    b.sharpen = jz_chance_between(&s, -0.5, 1);
    for (size_t k = 0; k < 3; k++)
        b.gain[k] = jz_chance_between(&s, 0.95, 1.05);
    b.noise = jz_chance_between(&s, 0, 3);
    b.feather = jz_chance_between(&s, 0.01, 0.08);
    return b;
}

/* A window of the picture around the face, its pixels as floats, three channels always. */
typedef struct canvas {
    uint32_t x, y, width, height;
    float *px;   /* width x height x 3 */
    float *mask; /* width x height, 0..1 */
    float *work; /* as px */
} canvas;

static float *pixel(const canvas *c, float *of, double x, double y)
{
    const double mx = fmin(fmax(x, 0), c->width - 1.0), my = fmin(fmax(y, 0), c->height - 1.0);
    return of + 3 * ((size_t)my * c->width + (size_t)mx);
}

static void bilinear(const canvas *c, float *of, double x, double y, float out[3])
{
    const double fx = floor(x), fy = floor(y);
    const float rx = (float)(x - fx), ry = (float)(y - fy);
    for (size_t k = 0; k < 3; k++) {
        const float a = pixel(c, of, fx, fy)[k], b = pixel(c, of, fx + 1, fy)[k];
        const float d = pixel(c, of, fx, fy + 1)[k], e = pixel(c, of, fx + 1, fy + 1)[k];
        out[k] = (1 - ry) * (a + rx * (b - a)) + ry * (d + rx * (e - d));
    }
}

/* The mean of the pixels in a square around a point. */
static void mean_around(const canvas *c, float *of, double x, double y, double side, float out[3])
{
    const uint32_t n = side < 1 ? 1 : (uint32_t)(side + 0.5);
    out[0] = out[1] = out[2] = 0;
    for (uint32_t i = 0; i < n * n; i++) {
        const uint32_t across = i % n, down = i / n;
        const float *p =
            pixel(c, of, floor(x - side / 2 + across + 0.5), floor(y - side / 2 + down + 0.5));
        for (size_t k = 0; k < 3; k++)
            out[k] += p[k] / (float)(n * n);
    }
}

/* work: px moved and sized about the middle of the window. */
static void move(canvas *c, const jz_blend *b, double face_width)
{
    const double mx = c->width / 2.0, my = c->height / 2.0, by = b->shift * face_width;
    for (uint32_t y = 0; y < c->height; y++)
        for (uint32_t x = 0; x < c->width; x++)
            bilinear(c, c->px, mx + (x - mx - by) / b->size, my + (y - my - by) / b->size,
                     c->work + 3 * ((size_t)y * c->width + x));
}

/* work: reduced by a factor and enlarged again. JZ_E_NOMEM. */
static jz_status scale_through(canvas *c, double factor, jz_err *err)
{
    canvas small = { .width = (uint32_t)(c->width / factor) + 1,
                     .height = (uint32_t)(c->height / factor) + 1 };
    small.px = jz_alloc_zero((size_t)small.width * small.height, 3 * sizeof *small.px);
    if (small.px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a blend of %u x %u", small.width, small.height);
    for (uint32_t y = 0; y < small.height; y++)
        for (uint32_t x = 0; x < small.width; x++)
            mean_around(c, c->work, (x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5, factor,
                        small.px + 3 * ((size_t)y * small.width + x));
    for (uint32_t y = 0; y < c->height; y++)
        for (uint32_t x = 0; x < c->width; x++)
            bilinear(&small, small.px, (x + 0.5) / factor - 0.5, (y + 0.5) / factor - 0.5,
                     c->work + 3 * ((size_t)y * c->width + x));
    jz_free(small.px);
    return JZ_OK;
}

/* What the face becomes at a place: sharper or softer, another colour, noisier. */
static void finish(const canvas *c, uint32_t x, uint32_t y, const jz_blend *b, uint64_t *random,
                   float out[3])
{
    float mean[3] = { 0 };
    for (int j = -1; j <= 1; j++)
        for (int i = -1; i <= 1; i++) {
            const float *p = pixel(c, c->work, (double)x + i, (double)y + j);
            const float weight = (float)((2 - (i != 0)) * (2 - (j != 0))) / 16;
            for (size_t k = 0; k < 3; k++)
                mean[k] += weight * p[k];
        }
    /* Four uniform numbers: near enough to a normal one. */
    double noise = 0;
    for (int i = 0; i < 4; i++)
        noise += jz_chance_between(random, -0.5, 0.5);
    noise *= b->noise * 1.7320508075688772;
    const float *p = c->work + 3 * ((size_t)y * c->width + x);
    for (size_t k = 0; k < 3; k++)
        out[k] = (p[k] + (float)b->sharpen * (p[k] - mean[k])) * (float)b->gain[k] + (float)noise;
}

/* Passes of a running mean in both directions: the mask fades over twice the radius. */
static void feather(canvas *c, uint32_t radius)
{
    const size_t n = (size_t)c->width * c->height;
    float *from = c->mask, *to = c->work; /* not in use yet */
    for (unsigned pass = 0; pass < 4; pass++) {
        const bool down = (pass & 1) != 0;
        const uint32_t along = down ? c->height : c->width;
        const size_t step = down ? c->width : 1;
        for (size_t i = 0; i < n; i++) {
            const size_t at = down ? i / c->width : i % c->width;
            const size_t first = at > radius ? at - radius : 0;
            const size_t last = at + radius < along ? at + radius : along - 1;
            float sum = 0;
            for (size_t k = first; k <= last; k++)
                sum += from[i + k * step - at * step];
            to[i] = sum / (float)(2 * radius + 1); /* fades to nothing at the window's border */
        }
        float *other = from;
        from = to;
        to = other;
    }
}

static void put_mask(canvas *c, const jz_face_view *v, const jz_blend *b)
{
    const uint8_t wanted = b->part == JZ_BLEND_INNER ? JZ_REGION_INNER : JZ_REGION_FACE;
    const double from_y = b->part == JZ_BLEND_LOWER ? v->point[NOSE_TIP][1] : -1;
    for (size_t i = 0; i < (size_t)c->width * c->height; i++) {
        const size_t y = i / c->width;
        c->mask[i] = (v->region[i] & wanted) != 0 && (double)y >= from_y ? 1 : 0;
    }
    const double radius = b->feather * v->face_width / 2;
    feather(c, radius < 1 ? 1 : (uint32_t)radius);
}

static void load(canvas *c, const jz_plane *from)
{
    const size_t by = from->channels == 3;
    float *to = c->px;
    for (uint32_t y = 0; y < c->height; y++) {
        const uint8_t *p = from->px + (size_t)(c->y + y) * from->stride + c->x * from->channels;
        for (uint32_t x = 0; x < c->width; x++, p += from->channels, to += 3)
            for (size_t k = 0; k < 3; k++)
                to[k] = p[k * by];
    }
}

static void store(const canvas *c, const jz_blend *b, const jz_plane *picture, uint8_t *out,
                  uint8_t *mask)
{
    uint64_t random = b->seed;
    const size_t channels = picture->channels;
    for (uint32_t y = 0; y < c->height; y++)
        for (uint32_t x = 0; x < c->width; x++) {
            const size_t i = (size_t)y * c->width + x;
            const size_t at = (size_t)(c->y + y) * picture->width + c->x + x;
            const float m = floorf(c->mask[i] * 255 + 0.5f) / 255; /* what the truth says */
            float changed[3];
            finish(c, x, y, b, &random, changed);
            mask[at] = (uint8_t)(m * 255 + 0.5f);
            for (size_t k = 0; k < channels; k++) {
                const float v = c->px[3 * i + k] + m * (changed[k] - c->px[3 * i + k]);
                out[at * channels + k] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v + 0.5f);
            }
        }
}

static jz_status blend(canvas *c, const jz_face_view *v, const jz_plane *picture, const jz_blend *b,
                       jz_err *err)
{
    const size_t n = (size_t)c->width * c->height;
    c->px = jz_alloc_zero(n, 3 * sizeof *c->px);
    c->work = jz_alloc_zero(n, 3 * sizeof *c->work);
    c->mask = jz_alloc_zero(n, sizeof *c->mask);
    if (c->px == NULL || c->work == NULL || c->mask == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a blend of %u x %u", c->width, c->height);
    load(c, picture);
    put_mask(c, v, b);
    move(c, b, v->face_width);
    if (b->through > 0 && v->face_width > b->through)
        return scale_through(c, v->face_width / b->through, err);
    return JZ_OK;
}

jz_status jz_self_blend(const jz_plane *picture, const jz_mesh *mesh, const jz_blend *b,
                        uint8_t *out, uint8_t *mask, jz_err *err)
{
    const jz_pyramid one = { .level[0] = *picture, .n = 1 };
    jz_face_view v = { 0 };
    JZ_TRY(jz_face_view_init(&one, mesh, 0, &v, err));
    canvas c = { .x = v.x, .y = v.y, .width = v.width, .height = v.height };
    const jz_status st = blend(&c, &v, picture, b, err);
    if (st == JZ_OK) {
        const size_t row = (size_t)picture->width * picture->channels;
        for (uint32_t y = 0; y < picture->height; y++)
            memcpy(out + y * row, picture->px + y * picture->stride, row);
        memset(mask, 0, (size_t)picture->width * picture->height);
        store(&c, b, picture, out, mask);
    }
    jz_free(c.px);
    jz_free(c.work);
    jz_free(c.mask);
    jz_face_view_done(&v);
    return st;
}
