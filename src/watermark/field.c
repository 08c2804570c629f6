/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/field.h"

#include "base/alloc.h"

#include <math.h>
#include <string.h>

#define ROWS 8 /* whose running sums do not wait for each other */
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 8")
#endif
#define FINE 1      /* radius of what is a sample */
#define BROAD 6     /* of its surroundings, twice over: squares of 13 and of 7 */
#define AROUND 7    /* of the mean size of differences: squares of 15 and of 9 */
#define STEADY 0.7F /* added to that size: noise in flat parts stays small */
#define CLIP 2.5F   /* an edge counts no more than that */
#define TAPS_MORE 3 /* at both ends of a tent */

jz_status jz_wm_field_init(uint32_t width, uint32_t height, jz_wm_field *out, jz_err *err)
{
    const size_t stride = (width + JZ_WM_BATCH - 1) / JZ_WM_BATCH * JZ_WM_BATCH;
    float *v = jz_alloc_zero((size_t)height * stride, sizeof *v);
    if (v == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a raster of %u x %u", width, height);
    *out = (jz_wm_field){ .v = v, .width = width, .height = height, .stride = stride };
    return JZ_OK;
}

void jz_wm_field_done(jz_wm_field *f)
{
    jz_free(f->v);
    *f = (jz_wm_field){ 0 };
}

double jz_wm_unit(uint32_t width, uint32_t height)
{
    return sqrt((double)width * height) / JZ_WM_UNITS;
}

/* ---- from pixels ---- */

/* For each sample of an axis of the raster, which pixels make it. */
typedef struct taps {
    float *weight; /* most for each sample */
    uint32_t *first, *n;
    size_t most;
} taps;

static void taps_done(taps *t)
{
    jz_free(t->weight);
    jz_free(t->first);
    jz_free(t->n);
}

/* The tent around one sample; one that lies outside of the picture is its edge. */
static void fill_tent(uint32_t pixels, double middle, double reach, taps *t, uint32_t j)
{
    const double last = pixels - 1;
    const double from = fmin(fmax(ceil(middle - reach), 0), last);
    const double to = fmin(fmax(floor(middle + reach), 0), last);
    float *w = t->weight + j * t->most;
    double sum = 0;
    t->first[j] = (uint32_t)from;
    t->n[j] = (uint32_t)(to - from) + 1;
    for (uint32_t i = 0; i < t->n[j]; i++) {
        const double v = fmax(1 - fabs(from + i - middle) / reach, 0);
        w[i] = (float)v;
        sum += v;
    }
    if (!(sum > 0))
        w[0] = 1;
    for (uint32_t i = 0; i < t->n[j] && sum > 0; i++)
        w[i] = (float)((double)w[i] / sum);
}

static jz_status make_taps(uint32_t pixels, uint32_t samples, double unit, taps *t, jz_err *err)
{
    const double reach = unit > 1 ? unit : 1;
    t->most = (size_t)(2 * reach) + TAPS_MORE;
    t->weight = jz_alloc_zero(samples * t->most, sizeof *t->weight);
    t->first = jz_alloc_zero(samples, sizeof *t->first);
    t->n = jz_alloc_zero(samples, sizeof *t->n);
    if (t->weight == NULL || t->first == NULL || t->n == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a raster");
    for (uint32_t j = 0; j < samples; j++)
        fill_tent(pixels, (j - (samples - 1) * 0.5) * unit + (pixels - 1) * 0.5, reach, t, j);
    return JZ_OK;
}

/* A row of samples from summed rows of pixels; line: room for a row's luma. */
static void fill_row(const jz_plane *p, const float *sums, const taps *across, float *line,
                     uint32_t samples, float *out)
{
    for (uint32_t x = 0; x < p->width; x++, sums += p->channels)
        line[x] =
            p->channels == 1 ? sums[0] : 0.299F * sums[0] + 0.587F * sums[1] + 0.114F * sums[2];
    for (uint32_t x = 0; x < samples; x++) {
        const float *w = across->weight + x * across->most, *v = line + across->first[x];
        float sum = 0;
        for (uint32_t i = 0; i < across->n[x]; i++)
            sum += w[i] * v[i];
        out[x] = sum;
    }
}

static jz_status fill_raster(const jz_wm_dsp *dsp, const jz_plane *p, const taps *across,
                             const taps *down, jz_wm_field *out, jz_err *err)
{
    const size_t n = (size_t)p->width * p->channels;
    float *sums = jz_alloc_zero(n + p->width, sizeof *sums);
    if (sums == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a raster");
    for (uint32_t y = 0; y < out->height; y++) {
        memset(sums, 0, n * sizeof *sums);
        for (uint32_t i = 0; i < down->n[y]; i++)
            dsp->add_bytes(p->px + (down->first[y] + i) * p->stride,
                           down->weight[y * down->most + i], n, sums);
        fill_row(p, sums, across, sums + n, out->width, out->v + y * out->stride);
    }
    jz_free(sums);
    return JZ_OK;
}

jz_status jz_wm_raster(const jz_wm_dsp *dsp, const jz_plane *p, jz_wm_field *out, jz_err *err)
{
    const double unit = jz_wm_unit(p->width, p->height);
    const uint32_t width = (uint32_t)ceil(p->width / unit) + 2;
    const uint32_t height = (uint32_t)ceil(p->height / unit) + 2;
    taps across = { 0 }, down = { 0 };
    JZ_WM_FIELD_AUTO made = { 0 };
    JZ_TRY(jz_wm_field_init(width, height, &made, err));
    jz_status st = make_taps(p->width, width, unit, &across, err);
    if (st == JZ_OK)
        st = make_taps(p->height, height, unit, &down, err);
    if (st == JZ_OK)
        st = fill_raster(dsp, p, &across, &down, &made, err);
    taps_done(&across);
    taps_done(&down);
    if (st == JZ_OK) {
        *out = made;
        made = (jz_wm_field){ 0 };
    }
    return st;
}

jz_status jz_wm_turn(const jz_wm_field *in, uint32_t orientation, bool back, jz_wm_field *out,
                     jz_err *err)
{
    /* Of a sample as shown: whether its column and row count from the other end, then whether they
     * change places (Exif 2.32, tag 0x0112). Turns by 90 degrees are each other's way back. */
    static const uint8_t from_right[] = { 0, 1, 1, 0, 0, 0, 1, 1 };
    static const uint8_t from_bottom[] = { 0, 0, 1, 1, 0, 1, 1, 0 };
    if (back && (orientation == 6 || orientation == 8))
        orientation = 14 - orientation;
    const bool swapped = orientation >= 5;
    const bool right = from_right[orientation - 1] != 0, bottom = from_bottom[orientation - 1] != 0;
    JZ_TRY(jz_wm_field_init(swapped ? in->height : in->width, swapped ? in->width : in->height, out,
                            err));
    for (uint32_t y = 0; y < out->height; y++)
        for (uint32_t x = 0; x < out->width; x++) {
            const uint32_t u = swapped ? y : x, v = swapped ? x : y;
            out->v[y * out->stride + x] = in->v[(bottom ? in->height - 1 - v : v) * in->stride +
                                                (right ? in->width - 1 - u : u)];
        }
    return JZ_OK;
}

/* ---- running means ---- */

static inline __attribute__((always_inline)) void
box_row_block(const jz_wm_field *in, uint32_t r, uint32_t y, const uint32_t rows, jz_wm_field *out)
{
    const float *from = in->v + y * in->stride;
    float *to = out->v + y * out->stride;
    float sum[ROWS] = { 0 };
    for (uint32_t x = 0; x <= r && x < in->width; x++)
        UNROLL
    for (uint32_t k = 0; k < rows; k++)
        sum[k] += from[k * in->stride + x];
    for (uint32_t x = 0; x < in->width; x++) {
        const uint32_t lo = x < r ? 0 : x - r, hi = x + r < in->width ? x + r : in->width - 1;
        const float scale = 1 / (float)(hi - lo + 1);
        UNROLL
        for (uint32_t k = 0; k < rows; k++)
            to[k * out->stride + x] = sum[k] * scale;
        if (x + r + 1 < in->width)
            UNROLL
        for (uint32_t k = 0; k < rows; k++)
            sum[k] += from[k * in->stride + x + r + 1];
        if (x >= r)
            UNROLL
        for (uint32_t k = 0; k < rows; k++)
            sum[k] -= from[k * in->stride + x - r];
    }
}

void jz_wm_box_rows(const jz_wm_field *in, uint32_t r, jz_wm_field *out)
{
    uint32_t y = 0;
    for (; y + ROWS <= in->height; y += ROWS)
        box_row_block(in, r, y, ROWS, out);
    for (; y < in->height; y++)
        box_row_block(in, r, y, 1, out);
}

jz_status jz_wm_box_columns(const jz_wm_dsp *dsp, const jz_wm_field *in, uint32_t r,
                            jz_wm_field *out, jz_err *err)
{
    const size_t n = in->stride;
    float *sum = jz_alloc_zero(2 * n, sizeof *sum);
    if (sum == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for a row of sums");
    const float *zeros = sum + n;
    for (uint32_t y = 0; y < r && y < in->height; y++)
        for (size_t x = 0; x < n; x++)
            sum[x] += in->v[y * n + x];
    for (uint32_t y = 0; y < in->height; y++) {
        const uint32_t lo = y < r ? 0 : y - r, hi = y + r < in->height ? y + r : in->height - 1;
        const float *add = y + r < in->height ? in->v + (y + r) * n : zeros;
        const float *sub = y > r ? in->v + (y - r - 1) * n : zeros;
        dsp->slide(add, sub, 1 / (float)(hi - lo + 1), n, sum, out->v + y * n);
    }
    jz_free(sum);
    return JZ_OK;
}

jz_status jz_wm_box(const jz_wm_dsp *dsp, const jz_wm_field *in, uint32_t r, jz_wm_field *temp,
                    jz_wm_field *out, jz_err *err)
{
    jz_wm_box_rows(in, r, temp);
    return jz_wm_box_columns(dsp, temp, r, out, err);
}

/* ---- differences ---- */

jz_status jz_wm_differences(const jz_wm_dsp *dsp, const jz_wm_field *luma, jz_wm_field *out,
                            jz_wm_field *activity, jz_err *err)
{
    const size_t n = (size_t)luma->height * luma->stride;
    JZ_WM_FIELD_AUTO z = { 0 };
    JZ_WM_FIELD_AUTO size = { 0 };
    JZ_WM_FIELD_AUTO temp = { 0 };
    JZ_TRY(jz_wm_field_init(luma->width, luma->height, &z, err));
    JZ_TRY(jz_wm_field_init(luma->width, luma->height, &size, err));
    JZ_TRY(jz_wm_field_init(luma->width, luma->height, &temp, err));
    JZ_TRY(jz_wm_box(dsp, luma, FINE, &temp, &z, err));
    JZ_TRY(jz_wm_box(dsp, luma, BROAD, &temp, &size, err));
    JZ_TRY(jz_wm_box(dsp, &size, BROAD / 2, &temp, &size, err));
    for (size_t i = 0; i < n; i++) {
        z.v[i] -= size.v[i];
        size.v[i] = fabsf(z.v[i]);
    }
    JZ_TRY(jz_wm_box(dsp, &size, AROUND, &temp, &size, err));
    JZ_TRY(jz_wm_box(dsp, &size, (AROUND + 1) / 2, &temp, &size, err));
    for (size_t i = 0; i < n; i++) {
        const float v = z.v[i] / (size.v[i] + STEADY);
        z.v[i] = v > CLIP ? CLIP : v < -CLIP ? -CLIP : v;
    }
    *out = z;
    *activity = size;
    z = (jz_wm_field){ 0 };
    size = (jz_wm_field){ 0 };
    return JZ_OK;
}
