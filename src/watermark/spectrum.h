/* SPDX-License-Identifier: Apache-2.0 */
/* The spectrum of a field of differences, each frequency against the mean power around it: what
 * stands out there may be a tone. */
#ifndef JZ_SPECTRUM_H
#define JZ_SPECTRUM_H

#include "watermark/fft2.h"
#include "watermark/tones.h"

typedef struct jz_wm_spectrum { /* = { 0 } */
    jz_wm_field re, im;         /* fft2.h */
    jz_wm_field noise;          /* mean power around, never 0 */
    jz_wm_field excess;         /* power / noise, at most 12 */
    uint8_t *coarse;            /* the same up to 6, in 1/JZ_WM_COARSE, laid out like excess */
} jz_wm_spectrum;

#define JZ_WM_COARSE 40
#define JZ_WM_TAPER 24u /* units: over which a reader fades a picture's edges */

JZ_CHECKED jz_status jz_wm_spectrum_init(jz_wm_spectrum *s, jz_err *err);
void jz_wm_spectrum_done(jz_wm_spectrum *s);
#define JZ_WM_SPECTRUM_AUTO __attribute__((cleanup(jz_wm_spectrum_done))) jz_wm_spectrum

/* Fills re, im and noise from z, its edges faded over taper units. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_spectrum_fill(const jz_wm_dsp *dsp, jz_wm_fft *fft, const jz_wm_field *z,
                                         uint32_t taper, jz_wm_spectrum *s, jz_err *err);
/* Then excess and coarse, which the search for geometry wants. */
void jz_wm_spectrum_excess(jz_wm_spectrum *s);

/* A tone in units of the noise around it: how far along its phase, moved by (x, y) units. Between
 * -6 and 6. The spectrum is that of a rectified field: only whole frequencies are looked at. */
double jz_wm_along(const jz_wm_spectrum *s, const jz_wm_tone *t, double x, double y);
/* The shift (x, y) at which the pilots of a key agree best, to a twentieth of a unit. *z: how well,
 * in standard deviations of what as large tones of any phase give at one shift. */
void jz_wm_find_shift(const jz_wm_spectrum *s, const struct jz_watermark_key *k, jz_wm_fft *fft,
                      double *x, double *y, double *z);
/* Climbs from (x, y) to the best shift nearby; returns the sum of all pilots along their phases. */
double jz_wm_polish_shift(const jz_wm_spectrum *s, const struct jz_watermark_key *k, double *x,
                          double *y);
/* Becomes the spectrum of the field turned by 180 degrees. */
void jz_wm_spectrum_turn(jz_wm_spectrum *s);

#endif
