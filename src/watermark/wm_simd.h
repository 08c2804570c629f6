/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels for vectors of LANES floats: one source for every width. The file that includes this
 * defines LANES (4, 8 or 16), TARGET (a function attribute), FROM_BYTES(p) (a vector of LANES
 * bytes), TABLE and NAME. */
#ifndef JZ_WM_SIMD_H
#define JZ_WM_SIMD_H

#include "watermark/wm_dsp.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline)) TARGET

/* Arrays of vectors are to live in registers: the loops over them go away. */
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef float vec8 __attribute__((vector_size(32)));

INLINE vec load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}

TARGET static void add_bytes(const uint8_t *px, float f, size_t n, float *out)
{
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        store(out + i, load(out + i) + FROM_BYTES(px + i) * f);
    for (; i < n; i++)
        out[i] += (float)px[i] * f;
}

TARGET static void slide(const float *add, const float *sub, float scale, size_t n, float *sum,
                         float *out)
{
    for (size_t i = 0; i < n; i += LANES) {
        const vec s = load(sum + i) + load(add + i) - load(sub + i);
        store(sum + i, s);
        store(out + i, s * scale);
    }
}

/* Four rows of a stage: row q, times its twiddle, goes on in quarter turns. */
INLINE void butterfly(float *re, float *im, size_t step, const float w[6])
{
    vec r[4], i[4];
    r[0] = load(re);
    i[0] = load(im);
    UNROLL
    for (unsigned q = 1; q < 4; q++) {
        const vec a = load(re + q * step), b = load(im + q * step);
        r[q] = a * w[2 * q - 2] + b * w[2 * q - 1]; /* times e^-jw */
        i[q] = b * w[2 * q - 2] - a * w[2 * q - 1];
    }
    const vec sr = r[0] + r[2], si = i[0] + i[2], dr = r[0] - r[2], di = i[0] - i[2];
    const vec tr = r[1] + r[3], ti = i[1] + i[3], er = r[1] - r[3], ei = i[1] - i[3];
    store(re, sr + tr);
    store(im, si + ti);
    store(re + step, dr + ei);
    store(im + step, di - er);
    store(re + 2 * step, sr - tr);
    store(im + 2 * step, si - ti);
    store(re + 3 * step, dr - ei);
    store(im + 3 * step, di + er);
}

TARGET static void fft(float *re, float *im, const float *twiddle)
{
    for (size_t span = 1; span < JZ_WM_FFT; span *= 4) {
        for (size_t k = 0; k < span; k++) {
            float w[6];
            for (size_t q = 0; q < 3; q++)
                memcpy(w + 2 * q, twiddle + 2 * (q + 1) * k * (JZ_WM_FFT / 4 / span),
                       2 * sizeof *w);
            for (size_t at = k; at < JZ_WM_FFT; at += 4 * span)
                for (size_t c = 0; c < JZ_WM_BATCH; c += LANES)
                    butterfly(re + at * JZ_WM_BATCH + c, im + at * JZ_WM_BATCH + c,
                              span * JZ_WM_BATCH, w);
        }
    }
}

/* out = a in, or its transpose's product; 8 x 8. */
INLINE void multiply(const float *a, bool transposed, const float *in, float *out)
{
    vec8 row[8];
    memcpy(row, in, sizeof row);
    for (size_t k = 0; k < 8; k++) {
        vec8 sum = row[0] * (transposed ? a[k] : a[8 * k]);
        UNROLL
        for (size_t i = 1; i < 8; i++)
            sum += row[i] * (transposed ? a[8 * i + k] : a[8 * k + i]);
        memcpy(out + 8 * k, &sum, sizeof sum);
    }
}

INLINE void turn(const float *in, float *out)
{
    for (size_t i = 0; i < 8; i++)
        for (size_t k = 0; k < 8; k++)
            out[8 * k + i] = in[8 * i + k];
}

TARGET static void quantise(float *px, size_t stride, const float basis[64], const float steps[64])
{
    float a[64], b[64];
    for (size_t y = 0; y < 8; y++)
        memcpy(a + 8 * y, px + y * stride, 8 * sizeof *a);
    multiply(basis, false, a, b);
    turn(b, a);
    multiply(basis, false, a, b);
    for (size_t i = 0; i < 64; i++) /* to the nearest even, which is what adding 1.5 * 2^23 does */
        b[i] = (b[i] / steps[i] + 12582912.0F - 12582912.0F) * steps[i];
    multiply(basis, true, b, a);
    turn(a, b);
    multiply(basis, true, b, a);
    for (size_t y = 0; y < 8; y++)
        memcpy(px + y * stride, a + 8 * y, 8 * sizeof *a);
}

TARGET static void step(const float *metric, const float gain[16],
                        const uint8_t label[2 * JZ_WM_STATES], float *next, uint8_t *took)
{
    for (unsigned b = 0; b < 2; b++) {
        const uint8_t *from = label + b * JZ_WM_STATES;
        float *to = next + b * (JZ_WM_STATES / 2);
        uint8_t *t = took + b * (JZ_WM_STATES / 2);
        for (size_t x = 0; x < JZ_WM_STATES / 2; x++) {
            const float p = metric[2 * x] + gain[from[2 * x]];
            const float q = metric[2 * x + 1] + gain[from[2 * x + 1]];
            t[x] = q > p;
            to[x] = q > p ? q : p;
        }
    }
}

extern const jz_wm_dsp TABLE;
const jz_wm_dsp TABLE = { .name = NAME,
                          .add_bytes = add_bytes,
                          .slide = slide,
                          .fft = fft,
                          .quantise = quantise,
                          .step = step };

#endif
