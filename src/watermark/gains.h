/* SPDX-License-Identifier: Apache-2.0 */
/* How strongly tones came through: scaling and coding take the short waves first, and how many of
 * them is seen in the tones themselves. */
#ifndef JZ_GAINS_H
#define JZ_GAINS_H

#include "watermark/tones.h"

/* A data tone of radius r has amplitude amount e^(-fall (r - JZ_WM_DATA_NEAR)), in units of the
 * noise along it. */
typedef struct jz_wm_gains {
    double amount, fall;
} jz_wm_gains;

/* The likeliest gains for what all tones of a key have along their phases, signs of data unknown.
 */
void jz_wm_gains_fit(const struct jz_watermark_key *k, const double along[JZ_WM_TONES],
                     jz_wm_gains *out);
double jz_wm_gain_at(const jz_wm_gains *g, double radius);

#endif
