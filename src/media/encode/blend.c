/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/blend.h"

#include "base/alloc.h"

#include <string.h>

/* Samples' values of one colour, ITU-T H.273 8.3: E'_R etc. are 0 to 1. */
static void convert(const jz_colour *c, const uint8_t *rgb, float *out)
{
    const double max = (double)((1u << c->depth) - 1);
    const double unit = c->depth >= 8 ? (double)(1u << (c->depth - 8)) : max / 255;
    const double scale = (c->white > 0 ? c->white : 1) / 255;
    const double r = rgb[0] * scale;
    const double g = rgb[1] * scale;
    const double b = rgb[2] * scale;
    if (c->model == JZ_COLOUR_RGB) {
        out[0] = (float)(r * max);
        out[1] = (float)(g * max);
        out[2] = (float)(b * max);
        return;
    }
    const double y = c->kr * r + (1 - c->kr - c->kb) * g + c->kb * b;
    const double pb = (b - y) / (2 * (1 - c->kb));
    const double pr = (r - y) / (2 * (1 - c->kr));
    const double middle = c->depth > 0 ? (double)(1u << (c->depth - 1)) : 0;
    out[0] = (float)(c->limited ? unit * (219 * y + 16) : max * y);
    out[1] = (float)(middle + pb * (c->limited ? 224 * unit : max));
    out[2] = (float)(middle + pr * (c->limited ? 224 * unit : max));
}

/* Added to R, G and B, it adds the same to Y' and nothing to Cb and Cr. */
static void make_change(const jz_overlay *overlay, const jz_colour *c, uint32_t picture_width,
                        uint32_t picture_height, jz_mark *out)
{
    const double max = (double)((1u << c->depth) - 1);
    const float gain = (float)(max / 255 * (c->limited ? 219.0 / 255 : 1));
    const bool luma_alone = c->model != JZ_COLOUR_RGB;
    *out = (jz_mark){ .delta = overlay->delta,
                      .gain = { gain, luma_alone ? 0 : gain, luma_alone ? 0 : gain },
                      .width = picture_width,
                      .height = picture_height,
                      .picture_width = picture_width,
                      .picture_height = picture_height,
                      .whole_width = picture_width,
                      .whole_height = picture_height,
                      .max = (float)max };
}

void jz_mark_part(jz_mark *mark, uint32_t left, uint32_t top, uint32_t whole_width,
                  uint32_t whole_height)
{
    mark->left = left;
    mark->top = top;
    mark->whole_width = whole_width;
    mark->whole_height = whole_height;
}

jz_status jz_mark_make(const jz_overlay *overlay, const jz_colour *colour, uint32_t picture_width,
                       uint32_t picture_height, jz_mark *out, jz_err *err)
{
    if (overlay->delta != NULL) {
        make_change(overlay, colour, picture_width, picture_height, out);
        return JZ_OK;
    }
    const size_t pixels = (size_t)overlay->width * overlay->height;
    float *px = jz_alloc_zero(pixels, 4 * sizeof *px);
    if (px == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for an overlay of %u x %u pixels",
                       overlay->width, overlay->height);
    for (uint32_t y = 0; y < overlay->height; y++) {
        const uint8_t *row = overlay->rgba + y * overlay->stride;
        for (uint32_t x = 0; x < overlay->width; x++) {
            float *to = px + ((size_t)y * overlay->width + x) * 4;
            convert(colour, row + (size_t)x * 4, to);
            to[3] = (float)row[(size_t)x * 4 + 3] / 255.0F;
        }
    }
    *out = (jz_mark){ .x = overlay->x,
                      .y = overlay->y,
                      .width = overlay->width,
                      .height = overlay->height,
                      .picture_width = picture_width,
                      .picture_height = picture_height,
                      .px = px,
                      .max = (float)((1u << colour->depth) - 1) };
    return JZ_OK;
}

void jz_mark_done(jz_mark *mark)
{
    jz_free(mark->px);
    *mark = (jz_mark){ 0 };
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* The change in the middle of a rectangle of pixels. */
static float change_at(const jz_mark *m, unsigned component, const uint32_t at[2],
                       const uint32_t size[2])
{
    if (component == JZ_COMPONENT_ALPHA || !(m->gain[component] > 0))
        return 0;
    return m->gain[component] * jz_delta_at(m->delta, m->whole_width, m->whole_height,
                                            m->left + at[0] + (size[0] - 1) * 0.5,
                                            m->top + at[1] + (size[1] - 1) * 0.5);
}

/* NOLINTNEXTLINE(readability-function-size): a place, an extent and two answers */
void jz_mark_mean(const jz_mark *mark, unsigned component, uint32_t x, uint32_t y, uint32_t width,
                  uint32_t height, float *value, float *opacity)
{
    if (mark->delta != NULL) {
        *value = change_at(mark, component, (const uint32_t[]){ x, y },
                           (const uint32_t[]){ width, height });
        *opacity = 0;
        return;
    }
    const uint32_t right = smaller(x + width, mark->picture_width);
    const uint32_t bottom = smaller(y + height, mark->picture_height);
    const uint32_t x0 = larger(x, mark->x);
    const uint32_t y0 = larger(y, mark->y);
    const uint32_t x1 = smaller(right, mark->x + mark->width);
    const uint32_t y1 = smaller(bottom, mark->y + mark->height);
    float sum = 0;
    float alpha = 0;
    for (uint32_t v = y0; v < y1; v++) {
        const float *p = mark->px + ((size_t)(v - mark->y) * mark->width + (x0 - mark->x)) * 4;
        for (uint32_t u = x0; u < x1; u++, p += 4) {
            sum += p[3] * (component == JZ_COMPONENT_ALPHA ? mark->max : p[component]);
            alpha += p[3];
        }
    }
    const float area = right > x && bottom > y ? (float)(right - x) * (float)(bottom - y) : 1;
    *value = sum / area;
    *opacity = alpha / area;
}

static uint32_t get(const jz_samples *s, const uint8_t *p)
{
    if (!s->wide)
        return *p;
    const uint32_t v = s->big_endian ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
    return v >> s->shift;
}

static void put(const jz_samples *s, uint8_t *p, uint32_t v)
{
    if (!s->wide) {
        *p = (uint8_t)v;
        return;
    }
    v <<= s->shift;
    p[0] = (uint8_t)(s->big_endian ? v >> 8 : v);
    p[1] = (uint8_t)(s->big_endian ? v : v >> 8);
}

static uint8_t *at(const jz_samples *s, uint32_t x, uint32_t row)
{
    return s->px + (ptrdiff_t)row * s->stride + (ptrdiff_t)(x * s->step);
}

uint32_t jz_sample_get(const jz_samples *s, uint32_t x, uint32_t row)
{
    return get(s, at(s, x, row));
}

/* Straight alpha over straight alpha (Porter and Duff 1984, "over"), for colours; by the same rule
 * the alpha component itself comes out right where its mark's value is the largest. */
static float lay(float under, float under_alpha, float value, float opacity)
{
    const float rest = under_alpha * (1 - opacity);
    const float whole = opacity + rest;
    return whole > 0 ? (value + under * rest) / whole : under;
}

static void change_row(const jz_mark *m, unsigned component, const jz_samples *s, uint32_t row)
{
    const uint32_t y = (s->top + row) * s->fy;
    const uint32_t columns = (m->width + s->fx - 1) / s->fx;
    for (uint32_t x = 0; x < columns; x++) {
        uint8_t *p = at(s, x, row);
        const float v =
            (float)get(s, p) + change_at(m, component, (const uint32_t[]){ x * s->fx, y },
                                         (const uint32_t[]){ s->fx, s->fy });
        put(s, p, (uint32_t)((v < 0 ? 0 : v > m->max ? m->max : v) + 0.5F));
    }
}

static void blend_row(const jz_mark *m, unsigned component, const jz_samples *s,
                      const jz_samples *under, uint32_t row)
{
    const uint32_t y = (s->top + row) * s->fy;
    const uint32_t first = m->x / s->fx;
    const uint32_t end = (m->x + m->width + s->fx - 1) / s->fx;
    for (uint32_t x = first; x < end; x++) {
        float value;
        float opacity;
        jz_mark_mean(m, component, x * s->fx, y, s->fx, s->fy, &value, &opacity);
        if (!(opacity > 0))
            continue; /* this sample stays what it is, to the bit */
        uint8_t *p = at(s, x, row);
        const float old = (float)get(s, p);
        const float alpha = under != NULL ? (float)get(under, at(under, x, row)) / m->max : 1;
        const float mixed = component == JZ_COMPONENT_ALPHA ? old * (1 - opacity) + value
                                                            : lay(old, alpha, value, opacity);
        const float v = mixed < 0 ? 0 : mixed > m->max ? m->max : mixed;
        put(s, p, (uint32_t)(v + 0.5F));
    }
}

void jz_mark_blend(const jz_mark *mark, unsigned component, const jz_samples *samples,
                   const jz_samples *under)
{
    if (mark->delta != NULL) {
        if (component == JZ_COMPONENT_ALPHA || !(mark->gain[component] > 0))
            return;
        for (uint32_t row = 0; row < samples->rows; row++)
            change_row(mark, component, samples, row);
        return;
    }
    const uint32_t first = larger(mark->y / samples->fy, samples->top);
    const uint32_t end = smaller((mark->y + mark->height + samples->fy - 1) / samples->fy,
                                 samples->top + samples->rows);
    for (uint32_t row = first; row < end; row++)
        blend_row(mark, component, samples, under, row - samples->top);
}
