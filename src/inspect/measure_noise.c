/* SPDX-License-Identifier: Apache-2.0 */
/* Noise of the inner face against that of the ring, in the picture's own pixels. The filter is
 * blind to edges that are straight (J. Immerkaer, Fast Noise Variance Estimation, CVIU 64, 1996);
 * texture is left out by taking a low quantile of its magnitudes instead of their mean. */
#include "base/exact_math.h"
#include "inspect/measure.h"

#include <string.h>

#define BINS 2041  /* magnitudes of the filter: 0 to 8 * 255 */
#define FEWEST 400 /* pixels of a region */
#define QUANTILE 5 /* the lowest fifth */

/* The quantile of the filter's magnitudes, between whole numbers by the part of its bin; below 0
 * where there are too few pixels. */
static double level(const jz_face_view *v, uint8_t region)
{
    uint32_t bin[BINS];
    int64_t n = 0;
    const ptrdiff_t w = (ptrdiff_t)v->width;
    memset(bin, 0, sizeof bin);
    for (uint32_t y = 1; y + 1 < v->height; y++)
        for (uint32_t x = 1; x + 1 < v->width; x++) {
            const size_t i = (size_t)y * v->width + x;
            if ((v->region[i] & region) == 0)
                continue;
            const uint8_t *p = v->luma + i;
            const int r = 4 * p[0] - 2 * (p[1] + p[-1] + p[w] + p[-w]) + p[w + 1] + p[w - 1] +
                          p[-w + 1] + p[-w - 1];
            bin[r < 0 ? -r : r]++;
            n++;
        }
    if (n < FEWEST)
        return -1;
    const double wanted = (double)n / QUANTILE;
    double below = 0;
    size_t k = 0;
    for (; k + 1 < BINS && below + bin[k] <= wanted; k++)
        below += bin[k];
    return (double)k + (bin[k] > 0 ? (wanted - below) / bin[k] : 0);
}

void jz_measure_noise(const jz_face_views *v, jz_measured *out)
{
    const double in = level(v->native, JZ_REGION_INNER);
    const double ring = level(v->native, JZ_REGION_RING);
    if (in < 0 || ring < 0)
        jz_measured_not(out, "too few pixels");
    else if (ring < 0.5 && in < 0.5)
        jz_measured_not(out, "no noise left in the picture");
    else
        jz_measured_set(out, jz_log2(in + 0.25) - jz_log2(ring + 0.25));
}
