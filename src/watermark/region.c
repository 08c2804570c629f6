/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/region.h"

#include "watermark/shape.h"

#include <math.h>

#define AROUND 24  /* radius of the mean agreement, in units */
#define AGREES 0.4 /* of the mean agreement where there is any: more is within */

/* The field times the mark, as it must lie here. */
static void agree(const jz_wm_field *z, const float *pattern, const jz_wm_result *found,
                  jz_wm_field *out)
{
    const jz_wm_matrix *m = &found->at;
    for (uint32_t y = 0; y < z->height; y++)
        for (uint32_t x = 0; x < z->width; x++) {
            const double dx = x - (z->width - 1) * 0.5, dy = y - (z->height - 1) * 0.5;
            const int px = (int)floor(m->a * dx + m->c * dy + found->origin[0] + 0.5);
            const int py = (int)floor(m->b * dx + m->d * dy + found->origin[1] + 0.5);
            const size_t at = (size_t)((unsigned)py & (JZ_WM_FFT - 1)) * JZ_WM_FFT +
                              ((unsigned)px & (JZ_WM_FFT - 1));
            out->v[y * out->stride + x] = z->v[y * z->stride + x] * pattern[at];
        }
}

static double mean_above_zero(const jz_wm_field *f)
{
    double sum = 0, n = 1;
    for (uint32_t y = 0; y < f->height; y++)
        for (uint32_t x = 0; x < f->width; x++) {
            const double v = (double)f->v[y * f->stride + x];
            sum += v > 0 ? v : 0;
            n += v > 0;
        }
    return sum / n;
}

static void box_around(const jz_wm_field *f, double least, double out[4])
{
    uint32_t left = f->width, top = f->height, right = 0, bottom = 0;
    for (uint32_t y = 0; y < f->height; y++)
        for (uint32_t x = 0; x < f->width; x++) {
            if ((double)f->v[y * f->stride + x] < least)
                continue;
            left = x < left ? x : left;
            right = x + 1 > right ? x + 1 : right;
            top = y < top ? y : top;
            bottom = y + 1;
        }
    out[0] = (double)left / f->width;
    out[1] = (double)top / f->height;
    out[2] = (double)right / f->width;
    out[3] = (double)bottom / f->height;
}

jz_status jz_wm_region(jz_wm_reader *r, const struct jz_watermark_key *k, const jz_wm_result *found,
                       double out[4], jz_err *err)
{
    jz_wm_pattern p = { .x = found->x, .y = found->y };
    JZ_WM_FIELD_AUTO product = { 0 };
    JZ_WM_FIELD_AUTO temp = { 0 };
    JZ_TRY(jz_wm_field_init(r->z.width, r->z.height, &product, err));
    JZ_TRY(jz_wm_field_init(r->z.width, r->z.height, &temp, err));
    JZ_TRY(jz_wm_pattern_at(k, found->payload, r->fft, &p, err));
    agree(&r->z, p.v, found, &product);
    jz_wm_pattern_done(&p);
    JZ_TRY(jz_wm_box(r->dsp, &product, AROUND, &temp, &product, err));
    box_around(&product, AGREES * mean_above_zero(&product), out);
    return JZ_OK;
}
