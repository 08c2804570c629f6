/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/resample.h"

#include <math.h>

#define LOBES 16 /* zero crossings of the sinc on each side */
#define PI 3.14159265358979323846

size_t jz_resampled(const jz_sound *sound, uint32_t rate)
{
    const double n = round((double)sound->n * rate / sound->rate);
    return n < 1 ? 1 : (size_t)n;
}

/* The sound at a place between its samples; cutoff is a share of its own bandwidth. */
static double value_at(const jz_sound *s, double at, double cutoff)
{
    const double reach = LOBES / cutoff;
    const double begin = ceil(at - reach);
    const double end = floor(at + reach);
    double sum = 0;
    for (double k = begin < 0 ? 0 : begin; k <= end && k < (double)s->n; k++) {
        const double x = (at - k) * cutoff;
        const double sinc = x == 0 ? 1 : sin(PI * x) / (PI * x);
        sum += s->samples[(size_t)k] * sinc * (0.5 + 0.5 * cos(PI * x / LOBES));
    }
    return sum * cutoff / 32768;
}

void jz_resample(const jz_sound *sound, uint32_t rate, float *out)
{
    const size_t n = jz_resampled(sound, rate);
    const double step = (double)sound->rate / rate;
    const double cutoff = step > 1 ? 1 / step : 1;
    for (size_t i = 0; i < n; i++)
        out[i] = sound->rate == rate ? (float)sound->samples[i] / 32768
                                     : (float)value_at(sound, (double)i * step, cutoff);
}
