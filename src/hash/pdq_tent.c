/* SPDX-License-Identifier: Apache-2.0 */
/* The fast path: two passes of a box mean are one weighted mean, a tent, and only 64 of them an
 * axis are wanted. Weights are whole numbers that add up to 2^14 and sums are exact, so the result
 * is the same on every processor. A picture of R, G, B is a grey one of three times the width, with
 * luma's shares in the weights. */
#include "hash/pdq.h"

#include "base/alloc.h"

#include <string.h>

/* The longest tent that the int16 weights can carry: of pictures of a million pixels a side. */
#define MAX_SIDE (1u << 20)

static const double luma_share[2][3] = { { 1.0 }, { 0.299, 0.587, 0.114 } };

static size_t box_first(const jz_pdq_axis *ax, size_t i)
{
    return i + 1 > ax->trail ? i + 1 - ax->trail : 0;
}

static size_t box_last(const jz_pdq_axis *ax, size_t i)
{
    return i + ax->lead < ax->n ? i + ax->lead : ax->n - 1;
}

/* One output's tent over the full picture: weight[k] belongs to pixel first + k. */
typedef struct tent1 {
    size_t first, last;
    double *weight;
} tent1;

static void tent_of(const jz_pdq_axis *ax, size_t at, tent1 *t)
{
    const size_t a = box_first(ax, at), b = box_last(ax, at);
    t->first = box_first(ax, a);
    t->last = box_last(ax, b);
    memset(t->weight, 0, (t->last - t->first + 2) * sizeof *t->weight);
    for (size_t i = a; i <= b; i++) { /* each inner box as a step up and a step down */
        const size_t from = box_first(ax, i), to = box_last(ax, i);
        const double w = 1.0 / ((double)(b - a + 1) * (double)(to - from + 1));
        t->weight[from - t->first] += w;
        t->weight[to + 1 - t->first] -= w;
    }
    for (size_t k = 1; k <= t->last - t->first; k++)
        t->weight[k] += t->weight[k - 1];
}

/* Writes the tent onto pixels of 2^shift: each sum so far is rounded, not each weight, so that the
 * errors of neighbours cancel and the total is exact. */
static void quantise(const tent1 *t, unsigned shift, uint32_t channels, size_t o, jz_pdq_tent *out)
{
    const size_t a = t->first >> shift, b = t->last >> shift;
    int16_t *w = out->weights + o * out->taps;
    out->first[o] = a * channels;
    out->used[o] = (b - a + 1) * channels;
    for (uint32_t c = 0; c < channels; c++) {
        const double share = luma_share[channels == 3][c] * (1 << JZ_PDQ_TENT_BITS);
        double sum = 0;
        int before = 0;
        for (size_t k = t->first; k <= t->last; k++) {
            sum += t->weight[k - t->first];
            if (k < t->last && (k + 1) >> shift == k >> shift)
                continue;
            const int so_far = (int)(sum * share + 0.5);
            w[((k >> shift) - a) * channels + c] = (int16_t)(so_far - before);
            before = so_far;
        }
    }
}

/* Whether n pixels become `scaled` where blocks of 2^shift become one. */
static bool find_shift(size_t n, size_t scaled, unsigned *shift)
{
    for (*shift = 0; *shift < 16; ++*shift)
        if ((n + ((size_t)1 << *shift) - 1) >> *shift == scaled)
            return true;
    return false;
}

static jz_status tent_init(jz_pdq_tent *out, size_t n, unsigned shift, uint32_t channels,
                           jz_err *err)
{
    jz_pdq_axis ax;
    jz_pdq_axis_init(&ax, n);
    const size_t span = 2 * (ax.lead + ax.trail) + 2;
    out->taps = (((span >> shift) + 2) * channels + 15) / 16 * 16;
    tent1 t = { .weight = jz_alloc_zero(span, sizeof(double)) };
    out->weights = jz_alloc_zero(JZ_PDQ_SIDE * out->taps, sizeof *out->weights);
    const bool ok = t.weight != NULL && out->weights != NULL;
    for (size_t o = 0; ok && o < JZ_PDQ_SIDE; o++) {
        tent_of(&ax, ax.at[o], &t);
        quantise(&t, shift, channels, o, out);
    }
    jz_free(t.weight);
    return ok ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "weights of a picture's side of %zu", n);
}

/* Columns first: of the rows that a tent needs, one comes out, and of it 64 samples. */
static jz_status apply(const jz_pdq_dsp *dsp, const jz_plane *p, const jz_pdq_tent *x,
                       const jz_pdq_tent *y, float *a64, jz_err *err)
{
    const size_t n = (size_t)p->width * p->channels;
    int16_t *row = jz_alloc_zero(n + x->taps, sizeof *row);
    if (row == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a row of %zu samples", n);
    for (size_t o = 0; o < JZ_PDQ_SIDE; o++) {
        dsp->tent_rows(p->px + y->first[o] * p->stride, p->stride, y->weights + o * y->taps,
                       y->used[o], n, row);
        dsp->tent_dots(x, row, a64 + o * JZ_PDQ_SIDE);
    }
    jz_free(row);
    return JZ_OK;
}

static jz_status shift_of(size_t full, size_t scaled, const char *what, unsigned *shift,
                          jz_err *err)
{
    if (full > MAX_SIDE)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s of %zu pixels, more than %u", what, full, MAX_SIDE);
    if (!find_shift(full, scaled, shift))
        return JZ_FAIL(err, JZ_E_INVAL, "%s of %zu is not %zu scaled by 1/2^k", what, scaled, full);
    return JZ_OK;
}

jz_status jz_pdq_fast_by(const jz_pdq_dsp *dsp, const jz_plane *p, uint32_t full_width,
                         uint32_t full_height, jz_pdq *out, jz_err *err)
{
    unsigned shift_x = 0, shift_y = 0;
    JZ_TRY(jz_pdq_check(p, err));
    JZ_TRY(shift_of(full_width, p->width, "width", &shift_x, err));
    JZ_TRY(shift_of(full_height, p->height, "height", &shift_y, err));
    if (full_width < JZ_PDQ_MIN_SIDE || full_height < JZ_PDQ_MIN_SIDE) {
        *out = (jz_pdq){ .quality = 0 };
        return JZ_OK;
    }
    jz_pdq_tent x = { .weights = NULL }, y = { .weights = NULL };
    float a64[JZ_PDQ_SAMPLES + JZ_PDQ_PAD] = { 0 };
    jz_status st = tent_init(&x, full_width, shift_x, p->channels, err);
    if (st == JZ_OK)
        st = tent_init(&y, full_height, shift_y, 1, err);
    if (st == JZ_OK)
        st = apply(dsp, p, &x, &y, a64, err);
    jz_free(x.weights);
    jz_free(y.weights);
    if (st != JZ_OK)
        return st;
    jz_pdq finished;
    jz_pdq_finish(dsp, a64, &finished);
    /* The coefficients of a nearly flat picture are smaller than what rounding leaves of them. */
    if (finished.quality < JZ_PDQ_MIN_QUALITY && shift_x == 0 && shift_y == 0)
        return jz_pdq_full_by(dsp, p, out, err);
    *out = finished;
    return JZ_OK;
}
