/* SPDX-License-Identifier: Apache-2.0 */
/* A short sound at another rate. */
#ifndef JZ_RESAMPLE_H
#define JZ_RESAMPLE_H

#include "media/encode.h"

/* How many samples sound has at rate: rounded, 1 at least. */
size_t jz_resampled(const jz_sound *sound, uint32_t rate);
/* Its samples at rate into out, which holds jz_resampled() of them; shares of full scale. What the
 * new rate cannot carry is filtered out: a sinc under a Hann window (Smith, Digital Audio
 * Resampling, 1999). At the same rate they stay as they are. */
void jz_resample(const jz_sound *sound, uint32_t rate, float *out);

#endif
