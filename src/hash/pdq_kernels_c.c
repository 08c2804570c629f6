/* SPDX-License-Identifier: Apache-2.0 */
/* PDQ's kernels in plain C: what the others must equal. */
#include "hash/pdq.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK 8

/* One filtered row of each row of a block. */
static size_t scratch_c(const jz_pdq_axis *x)
{
    return BLOCK * (x->n + JZ_PDQ_PAD);
}

static void luma_c(const uint8_t *rgb, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++, rgb += 3)
        out[i] = 0.299f * (float)rgb[0] + 0.587f * (float)rgb[1] + 0.114f * (float)rgb[2];
}

static void row_u8_c(const jz_pdq_axis *x, const uint8_t *in, float *out, float *scratch)
{
    (void)scratch;
    int32_t sum = 0;
    for (size_t i = 0; i < x->lead; i++)
        sum += in[i];
    for (size_t i = 0; i < x->n; i++) {
        if (i + x->lead < x->n)
            sum += in[i + x->lead];
        if (i >= x->trail)
            sum -= in[i - x->trail];
        out[i] = (float)sum / jz_pdq_count(x, i);
    }
    memset(out + x->n, 0, JZ_PDQ_PAD * sizeof *out);
}

static void rows_c(const jz_pdq_axis *x, const float *in, size_t in_stride, float *out,
                   size_t out_stride, float *scratch)
{
    (void)scratch;
    for (size_t r = 0; r < BLOCK; r++, in += in_stride, out += out_stride) {
        float sum = 0;
        for (size_t i = 0; i < x->lead; i++)
            sum += in[i];
        for (size_t i = 0; i < x->n; i++) {
            if (i + x->lead < x->n)
                sum += in[i + x->lead];
            if (i >= x->trail)
                sum -= in[i - x->trail];
            out[i] = sum / jz_pdq_count(x, i);
        }
        memset(out + x->n, 0, JZ_PDQ_PAD * sizeof *out);
    }
}

/* The 64 samples of one row's second pass: only they are divided. */
static void row64(const jz_pdq_axis *x, const float *in, float out[JZ_PDQ_SIDE])
{
    float sum = 0;
    for (size_t i = 0; i < x->lead; i++)
        sum += in[i];
    for (size_t i = 0, o = 0; o < JZ_PDQ_SIDE; i++) {
        if (i + x->lead < x->n)
            sum += in[i + x->lead];
        if (i >= x->trail)
            sum -= in[i - x->trail];
        for (; o < JZ_PDQ_SIDE && x->at[o] == i; o++)
            out[o] = sum / jz_pdq_count(x, i);
    }
}

static void cols_c(const jz_pdq_axis *x, const jz_pdq_block *in, float *out64, float *scratch)
{
    for (size_t r = 0; r < BLOCK; r++) {
        const float *add = in->add + r * in->stride, *sub = in->sub + r * in->stride;
        float *row = scratch + r * (x->n + JZ_PDQ_PAD);
        for (size_t i = 0; i < x->n; i++) {
            const float sum = in->sum[i] + add[i] - sub[i];
            in->sum[i] = sum;
            row[i] = sum / in->count[r];
        }
        row64(x, row, out64 + r * JZ_PDQ_SIDE);
    }
}

static void cols64_c(const float *add, const float *sub, float *sum)
{
    for (size_t j = 0; j < JZ_PDQ_SIDE; j++)
        sum[j] = sum[j] + add[j] - sub[j];
}

static int step(float u, float v)
{
    return abs((int)((u - v) * 100.0f / 255.0f));
}

static int quality_c(const float *a64)
{
    int gradient = 0;
    for (size_t i = 0; i < JZ_PDQ_SIDE; i++) {
        const float *row = a64 + i * JZ_PDQ_SIDE;
        for (size_t j = 0; j < JZ_PDQ_SIDE; j++) {
            if (i + 1 < JZ_PDQ_SIDE)
                gradient += step(row[j], row[j + JZ_PDQ_SIDE]);
            if (j + 1 < JZ_PDQ_SIDE)
                gradient += step(row[j], row[j + 1]);
        }
    }
    const int quality = gradient / 90;
    return quality > 100 ? 100 : quality;
}

static void dct_c(const float *a64, float dct[256])
{
    const jz_pdq_cosines *cos = jz_pdq_cosines_get();
    float da[JZ_PDQ_FREQS][JZ_PDQ_SIDE] = { { 0 } };
    for (size_t i = 0; i < JZ_PDQ_FREQS; i++)
        for (size_t k = 0; k < JZ_PDQ_SIDE; k++)
            for (size_t j = 0; j < JZ_PDQ_SIDE; j++)
                da[i][j] += cos->d[i][k] * a64[k * JZ_PDQ_SIDE + j];
    for (size_t i = 0; i < JZ_PDQ_FREQS; i++) {
        float row[JZ_PDQ_FREQS] = { 0 };
        for (size_t k = 0; k < JZ_PDQ_SIDE; k++)
            for (size_t j = 0; j < JZ_PDQ_FREQS; j++)
                row[j] += da[i][k] * cos->dt[k][j];
        memcpy(dct + i * JZ_PDQ_FREQS, row, sizeof row);
    }
}

static void tent_rows_c(const uint8_t *px, size_t stride, const int16_t *weights, size_t used,
                        size_t n, int16_t *out)
{
    const int half = 1 << (JZ_PDQ_TENT_BITS - 8);
    for (size_t x = 0; x < n; x++) {
        int32_t sum = half;
        for (size_t k = 0; k < used; k++)
            sum += weights[k] * px[k * stride + x];
        out[x] = (int16_t)(sum >> (JZ_PDQ_TENT_BITS - 7));
    }
}

static void tent_dots_c(const jz_pdq_tent *tent, const int16_t *row, float out[JZ_PDQ_SIDE])
{
    const float scale = 1.0f / (1 << (JZ_PDQ_TENT_BITS + 7));
    for (size_t o = 0; o < JZ_PDQ_SIDE; o++) {
        const int16_t *in = row + tent->first[o], *w = tent->weights + o * tent->taps;
        int32_t sum = 0;
        for (size_t k = 0; k < tent->used[o]; k++)
            sum += w[k] * in[k];
        out[o] = (float)sum * scale;
    }
}

const jz_pdq_dsp jz_pdq_dsp_c = {
    .name = "c",
    .block = BLOCK,
    .scratch = scratch_c,
    .luma = luma_c,
    .row_u8 = row_u8_c,
    .rows = rows_c,
    .cols = cols_c,
    .cols64 = cols64_c,
    .quality = quality_c,
    .dct = dct_c,
    .tent_rows = tent_rows_c,
    .tent_dots = tent_dots_c,
};
