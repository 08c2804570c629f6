/* SPDX-License-Identifier: Apache-2.0 */
/* PDQ's public calls, and the picks that lead to one filter: the table of kernels, the rows. */
#include "hash/pdq.h"

#include "base/alloc.h"
#include "base/cpu.h"

#include <string.h>

#ifdef JZ_X86
extern const jz_pdq_dsp jz_pdq_dsp_avx2;
extern const jz_pdq_dsp jz_pdq_dsp_avx512;
#endif

static const struct {
    const jz_pdq_dsp *dsp;
    uint32_t needs;
} tables[] = {
    { &jz_pdq_dsp_c, 0 },
#ifdef JZ_X86
    { &jz_pdq_dsp_avx2, JZ_CPU_AVX2 },
    { &jz_pdq_dsp_avx512, JZ_CPU_AVX2 | JZ_CPU_AVX512 },
#endif
};

const jz_pdq_dsp *jz_pdq_dsp_at(size_t i)
{
    const uint32_t has = jz_cpu_features();
    for (size_t t = 0; t < JZ_ARRAY_LEN(tables); t++)
        if ((tables[t].needs & ~has) == 0 && i-- == 0)
            return tables[t].dsp;
    return NULL;
}

/* The last of them, which is the fastest. */
static const jz_pdq_dsp *fastest(void)
{
    const jz_pdq_dsp *best = NULL;
    const jz_pdq_dsp *next = jz_pdq_dsp_at(0);
    for (size_t i = 1; next != NULL; i++) {
        best = next;
        next = jz_pdq_dsp_at(i);
    }
    return best;
}

jz_status jz_pdq_check(const jz_plane *p, jz_err *err)
{
    if (p->channels != 1 && p->channels != 3)
        return JZ_FAIL(err, JZ_E_INVAL, "a plane of %u channels, not 1 or 3", p->channels);
    if (p->width == 0 || p->height == 0 || p->stride < (size_t)p->width * p->channels)
        return JZ_FAIL(err, JZ_E_INVAL, "a plane of %ux%u pixels in rows of %zu bytes", p->width,
                       p->height, p->stride);
    return JZ_OK;
}

const uint8_t *jz_pdq_source_row(const jz_pdq_source *src, size_t y)
{
    const jz_plane *p = src->plane;
    if (src->pick == NULL)
        return p->px + y * p->stride;
    const uint8_t *row = p->px + y * p->height / src->height * p->stride;
    /* In locals: bytes that are stored may lie anywhere, so *src would be read again for each. */
    const size_t *const restrict pick = src->pick;
    uint8_t *const restrict line = src->line;
    const size_t last = src->width - 1;
    if (p->channels == 1) {
        for (size_t x = 0; x <= last; x++)
            line[x] = row[pick[x]];
        return line;
    }
    for (size_t x = 0; x < last; x++) /* 4 bytes at once: the last is overwritten */
        memcpy(line + 3 * x, row + pick[x], 4);
    memcpy(line + 3 * last, row + pick[last], 3);
    return line;
}

/* 64 x 64 pixels are taken for already filtered. */
static void take_unfiltered(const jz_pdq_dsp *dsp, const jz_plane *p, float *a64)
{
    for (size_t y = 0; y < JZ_PDQ_SIDE; y++, a64 += JZ_PDQ_SIDE) {
        const uint8_t *row = p->px + y * p->stride;
        if (p->channels == 3)
            dsp->luma(row, JZ_PDQ_SIDE, a64);
        else
            for (size_t x = 0; x < JZ_PDQ_SIDE; x++)
                a64[x] = (float)row[x];
    }
}

void jz_pdq_finish(const jz_pdq_dsp *dsp, const float *a64, jz_pdq *out)
{
    out->quality = dsp->quality(a64);
    dsp->dct(a64, out->dct);
}

static jz_status hash_source(const jz_pdq_dsp *dsp, const jz_pdq_source *src, jz_pdq *out,
                             jz_err *err)
{
    if (src->width < JZ_PDQ_MIN_SIDE || src->height < JZ_PDQ_MIN_SIDE) {
        *out = (jz_pdq){ .quality = 0 };
        return JZ_OK;
    }
    _Alignas(64) float a64[JZ_PDQ_SAMPLES + JZ_PDQ_PAD];
    memset(a64 + JZ_PDQ_SAMPLES, 0, JZ_PDQ_PAD * sizeof *a64);
    if (src->width == JZ_PDQ_SIDE && src->height == JZ_PDQ_SIDE)
        take_unfiltered(dsp, src->plane, a64);
    else
        JZ_TRY(jz_pdq_filter(dsp, src, a64, err));
    jz_pdq_finish(dsp, a64, out);
    return JZ_OK;
}

jz_status jz_pdq_full_by(const jz_pdq_dsp *dsp, const jz_plane *p, jz_pdq *out, jz_err *err)
{
    JZ_TRY(jz_pdq_check(p, err));
    const jz_pdq_source src = { .plane = p, .width = p->width, .height = p->height };
    return hash_source(dsp, &src, out, err);
}

jz_status jz_pdq_nn512_by(const jz_pdq_dsp *dsp, const jz_plane *p, jz_pdq *out, jz_err *err)
{
    JZ_TRY(jz_pdq_check(p, err));
    if (p->width <= JZ_PDQ_NN_SIDE && p->height <= JZ_PDQ_NN_SIDE)
        return jz_pdq_full_by(dsp, p, out, err);
    size_t pick[JZ_PDQ_NN_SIDE];
    for (size_t x = 0; x < JZ_PDQ_NN_SIDE; x++)
        pick[x] = x * p->width / JZ_PDQ_NN_SIDE * p->channels;
    uint8_t line[3 * JZ_PDQ_NN_SIDE + 1];
    const jz_pdq_source src = {
        .plane = p,
        .width = JZ_PDQ_NN_SIDE,
        .height = JZ_PDQ_NN_SIDE,
        .pick = pick,
        .line = line,
    };
    return hash_source(dsp, &src, out, err);
}

jz_status jz_pdq_full(const jz_plane *p, jz_pdq *out, jz_err *err)
{
    return jz_pdq_full_by(fastest(), p, out, err);
}

jz_status jz_pdq_nn512(const jz_plane *p, jz_pdq *out, jz_err *err)
{
    return jz_pdq_nn512_by(fastest(), p, out, err);
}

jz_status jz_pdq_fast(const jz_plane *p, uint32_t full_width, uint32_t full_height, jz_pdq *out,
                      jz_err *err)
{
    return jz_pdq_fast_by(fastest(), p, full_width, full_height, out, err);
}
