/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms of real rasters of 1024 x 1024 units that repeat: forward over those frequencies in
 * which tones stand, and back from a few tones. Two real rows go through one complex transform. */
#ifndef JZ_FFT2_H
#define JZ_FFT2_H

#include "watermark/field.h"

#define JZ_WM_KMAX 372   /* frequencies reach from 0 to it across, and to both sides down */
#define JZ_WM_KMIRROR 16 /* negative ones across: the mirror image, for means near 0 */
#define JZ_WM_KWIDTH (JZ_WM_KMIRROR + JZ_WM_KMAX + 1)
#define JZ_WM_SIDE_MAX 4096 /* units: a raster is no wider or higher */
#define JZ_WM_KHEIGHT (2 * JZ_WM_KMAX + 1)

/* Where frequency (kx, ky) stands in a spectrum's fields; kx >= 0. */
static inline size_t jz_wm_bin(const jz_wm_field *spectrum, int kx, int ky)
{
    return (size_t)(ky + JZ_WM_KMAX) * spectrum->stride + (size_t)(kx + JZ_WM_KMIRROR);
}

/* Room for transforms, used again and again. One thread. */
typedef struct jz_wm_fft jz_wm_fft;
JZ_CHECKED jz_status jz_wm_fft_new(const jz_wm_dsp *dsp, jz_wm_fft **out, jz_err *err);
void jz_wm_fft_free(jz_wm_fft *f);
JZ_DEFINE_AUTO(jz_wm_fft, jz_wm_fft_free);

/* The spectrum of z, whose middle sample (width / 2, height / 2) is the origin; taper units at the
 * edges are faded with half a cosine. re, im: JZ_WM_KWIDTH x JZ_WM_KHEIGHT. */
void jz_wm_forward(jz_wm_fft *f, const jz_wm_field *z, uint32_t taper, jz_wm_field *re,
                   jz_wm_field *im);

/* A tone's share: Re((re + j im) e^(j 2 pi (kx x + ky y) / 1024)); 0 < kx < 256, |ky| < 512. */
typedef struct jz_wm_wave {
    int kx, ky;
    float re, im;
} jz_wm_wave;

#define JZ_WM_WAVE_KMAX 256

/* The sum of n waves at x, y = 0 .. 1023: rows of 1024 floats. */
void jz_wm_sum_waves(jz_wm_fft *f, const jz_wm_wave *waves, size_t n, float *out);
/* Where it is largest, at every x and every step-th y (1, 2, 4, ... 32). */
void jz_wm_find_peak(jz_wm_fft *f, const jz_wm_wave *waves, size_t n, uint32_t step, uint32_t *x,
                     uint32_t *y);

/* cos(pi v / 2 / taper)-shaped fading of the edges, as above, for one sample of n. */
float jz_wm_fade(uint32_t i, uint32_t n, uint32_t taper);

#endif
