/* SPDX-License-Identifier: Apache-2.0 */
/* The picture's way through the two box passes: blocks of rows go in, a window of each kind of
 * intermediate row is kept for as long as a running sum needs it, 64 x 64 samples come out. */
#include "hash/pdq.h"

#include "base/alloc.h"

#include <assert.h>
#include <string.h>

void jz_pdq_axis_init(jz_pdq_axis *ax, size_t n)
{
    const size_t window = (n + 127) / 128;
    const size_t half = (window + 2) / 2;
    ax->n = n;
    ax->lead = half - 1;
    ax->trail = window - half + 1;
    for (size_t o = 0; o < JZ_PDQ_SIDE; o++)
        ax->at[o] = (2 * o + 1) * n / (2 * JZ_PDQ_SIDE); /* floor((o + 0.5) * n / 64) */
}

/* Consecutive rows, one after the other in memory. Row `first` lies at px; rows are numbered so
 * that the picture's row 0 is number `trail`: zeros come before it. */
typedef struct window {
    float *px;
    size_t stride;
    size_t size; /* rows */
    size_t first;
    size_t end;
} window;

static float *window_row(const window *w, size_t number)
{
    return w->px + (number - w->first) * w->stride;
}

/* Room for n more rows at the end; rows before `keep` may go. */
static float *window_push(window *w, size_t n, size_t keep)
{
    if (w->end - w->first + n > w->size) {
        memmove(w->px, window_row(w, keep), (w->end - keep) * w->stride * sizeof *w->px);
        w->first = keep;
    }
    w->end += n;
    return window_row(w, w->end - n);
}

/* An odd number of cache lines, so that the rows of a window do not all fall into the same set. */
static size_t row_stride(size_t n)
{
    const size_t lines = (n + JZ_PDQ_PAD + 15) / 16;
    return (lines | 1) * 16;
}

/* What a running sum spans, and blocks to come: with fewer, rows are moved too often, with more,
 * they fall out of the second-level cache. */
static size_t window_rows(const jz_pdq_axis *y, size_t block)
{
    return y->lead + y->trail + 4 * block;
}

/* All that one picture needs, in one allocation. */
typedef struct filter {
    const jz_pdq_dsp *dsp;
    const jz_pdq_source *src;
    jz_pdq_axis x, y;
    window pass1; /* rows filtered along x once */
    window pass2; /* 64 columns of rows filtered along x, y and x again */
    float *luma;  /* one block; NULL where rows are summed as bytes */
    size_t luma_stride;
    float *sum; /* of the columns of the first pass */
    float *scratch;
    _Alignas(64) float sum64[JZ_PDQ_SIDE];
    size_t next;   /* row of the second pass to come */
    size_t sample; /* row of the result to come */
} filter;

static float *carve(float **at, size_t floats)
{
    float *p = *at;
    *at += (floats + 15) / 16 * 16;
    return p;
}

static jz_status filter_init(filter *f, const jz_pdq_dsp *dsp, const jz_pdq_source *src,
                             uint8_t **mem, jz_err *err)
{
    *f = (filter){ .dsp = dsp, .src = src };
    jz_pdq_axis_init(&f->x, src->width);
    jz_pdq_axis_init(&f->y, src->height);
    const bool bytes = src->plane->channels == 1 && jz_pdq_sums_are_exact(&f->x);
    const size_t stride = row_stride(src->width), scratch = dsp->scratch(&f->x);
    f->luma_stride = bytes ? 0 : stride;
    f->pass1 = (window){ .stride = stride, .size = window_rows(&f->y, dsp->block) };
    f->pass2 = (window){ .stride = JZ_PDQ_SIDE, .size = f->pass1.size };
    const size_t floats = f->pass1.size * (stride + JZ_PDQ_SIDE) + dsp->block * f->luma_stride +
                          stride + scratch + 6 * 16;
    *mem = jz_alloc_zero(floats, sizeof(float));
    if (*mem == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu bytes to hash a picture of %zux%zu",
                       floats * sizeof(float), src->width, src->height);
    float *at = (float *)(void *)(*mem + (64 - (uintptr_t)*mem % 64) % 64);
    f->pass1.px = carve(&at, f->pass1.size * stride);
    f->pass2.px = carve(&at, f->pass2.size * JZ_PDQ_SIDE);
    f->luma = bytes ? NULL : carve(&at, dsp->block * stride);
    f->sum = carve(&at, stride);
    f->scratch = carve(&at, scratch);
    f->pass1.end = f->pass2.end = f->y.trail; /* the zeros before the first row */
    return JZ_OK;
}

static void load_luma(const filter *f, size_t y, float *out)
{
    const uint8_t *row = jz_pdq_source_row(f->src, y);
    if (f->src->plane->channels == 3) {
        f->dsp->luma(row, f->src->width, out);
        return;
    }
    for (size_t x = 0; x < f->src->width; x++)
        out[x] = (float)row[x];
}

/* One more block of rows, filtered along x; zeros past the last. */
static void push_pass1(filter *f, size_t keep)
{
    const size_t block = f->dsp->block, stride = f->pass1.stride;
    const size_t y = f->pass1.end - f->y.trail;
    float *out = window_push(&f->pass1, block, keep);
    assert(out != NULL);
    const size_t n = y >= f->y.n ? 0 : f->y.n - y < block ? f->y.n - y : block;
    for (size_t r = 0; r < n; r++) {
        if (f->luma != NULL)
            load_luma(f, y + r, f->luma + r * stride);
        else
            f->dsp->row_u8(&f->x, jz_pdq_source_row(f->src, y + r), out + r * stride, f->scratch);
    }
    if (f->luma != NULL && n > 0)
        f->dsp->rows(&f->x, f->luma, stride, out, stride, f->scratch);
    memset(out + n * stride, 0, (block - n) * stride * sizeof *out);
}

/* The block of rows from y on: filtered along y, then along x again. */
static void push_pass2(filter *f, size_t y)
{
    const size_t block = f->dsp->block;
    jz_pdq_block b = {
        .add = window_row(&f->pass1, y + f->y.lead + f->y.trail),
        .sub = window_row(&f->pass1, y),
        .stride = f->pass1.stride,
        .sum = f->sum,
    };
    const size_t n = f->y.n - y < block ? f->y.n - y : block;
    for (size_t r = 0; r < block; r++)
        b.count[r] = r < n ? jz_pdq_count(&f->y, y + r) : 1.0f;
    float *out = window_push(&f->pass2, block, f->next);
    f->dsp->cols(&f->x, &b, out, f->scratch);
    memset(out + n * JZ_PDQ_SIDE, 0, (block - n) * JZ_PDQ_SIDE * sizeof *out);
}

/* The second pass along y, as far as its rows have come. */
static void drain_pass2(filter *f, float *a64)
{
    const size_t span = f->y.lead + f->y.trail;
    for (; f->sample < JZ_PDQ_SIDE && f->next + span < f->pass2.end; f->next++) {
        f->dsp->cols64(window_row(&f->pass2, f->next + span), window_row(&f->pass2, f->next),
                       f->sum64);
        const float count = jz_pdq_count(&f->y, f->next);
        for (; f->sample < JZ_PDQ_SIDE && f->y.at[f->sample] == f->next; f->sample++)
            for (size_t j = 0; j < JZ_PDQ_SIDE; j++)
                a64[f->sample * JZ_PDQ_SIDE + j] = f->sum64[j] / count;
    }
}

jz_status jz_pdq_filter(const jz_pdq_dsp *dsp, const jz_pdq_source *src, float *a64, jz_err *err)
{
    filter f;
    jz_auto(uint8_t) *mem = NULL;
    JZ_TRY(filter_init(&f, dsp, src, &mem, err));
    const size_t span = f.y.lead + f.y.trail;
    /* A running sum starts with the `lead` rows before its first result comes out. */
    while (f.pass1.end < span)
        push_pass1(&f, 0);
    for (size_t r = 0; r < f.y.lead; r++) {
        const float *row = window_row(&f.pass1, f.y.trail + r);
        for (size_t i = 0; i < f.pass1.stride; i++)
            f.sum[i] += row[i];
    }
    bool primed = false;
    for (size_t y = 0; f.sample < JZ_PDQ_SIDE; y += dsp->block) {
        while (f.pass1.end < y + span + dsp->block)
            push_pass1(&f, y);
        push_pass2(&f, y);
        if (!primed && f.pass2.end >= span) {
            for (size_t r = 0; r < f.y.lead; r++)
                dsp->cols64(window_row(&f.pass2, f.y.trail + r), f.pass2.px, f.sum64);
            primed = true;
        }
        if (primed)
            drain_pass2(&f, a64);
    }
    return JZ_OK;
}
