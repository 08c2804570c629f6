/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of the invisible mark. All tables are one source (wm_simd.h) for vectors of 4, 8 and
 * 16 floats; every number is made by the same operations in the same order, none of them fused, so
 * that they are equal to the bit. Threads: any. */
#ifndef JZ_WM_DSP_H
#define JZ_WM_DSP_H

#include <jz/base.h>

#define JZ_WM_FFT 1024u    /* points of a transform */
#define JZ_WM_BATCH 16u    /* transforms made at once; rows of floats are whole batches */
#define JZ_WM_STATES 1024u /* of the code */

typedef struct jz_wm_dsp {
    const char *name;
    /* out[i] += f * px[i] */
    void (*add_bytes)(const uint8_t *px, float f, size_t n, float *out);
    /* One step of a running mean: sum[i] = sum[i] + add[i] - sub[i], out[i] = sum[i] * scale; n in
     * whole batches. out may be sub. */
    void (*slide)(const float *add, const float *sub, float scale, size_t n, float *sum,
                  float *out);
    /* Forward transforms of JZ_WM_BATCH columns, in place, of rows that stand at their digits in
     * base 4 reversed. twiddle: cosine and sine of 0, 1, 2, ... of 1024ths of a turn. */
    void (*fft)(float *re, float *im, const float *twiddle);
    /* What JPEG does to 8 x 8 samples: transform, quantisation, and back. basis[8 * k + i]: the
     * orthonormal cosines; step[8 * l + k] is the quantiser of column frequency l and row frequency
     * k */
    void (*quantise)(float *px, size_t stride, const float basis[64], const float step[64]);
    /* One step of the decoder over all states. metric[0] of the states, metric[1] the new ones; the
     * branch from state s with bit b adds gain[label[b * JZ_WM_STATES + s]]. took[t]: which of the
     * two states before t it comes from. */
    void (*step)(const float *metric, const float gain[16], const uint8_t label[2 * JZ_WM_STATES],
                 float *next, uint8_t *took);
} jz_wm_dsp;

/* The fastest table of this processor, less what JZ_CPU_MASK takes away. */
const jz_wm_dsp *jz_wm_dsp_best(void);
/* All of those, the one for any processor first; NULL past the last. */
const jz_wm_dsp *jz_wm_dsp_at(size_t i);

#endif
