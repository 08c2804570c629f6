/* SPDX-License-Identifier: Apache-2.0 */
/* The colour of the skin on both sides of the jaw: medians, so that a collar or hair that covers
 * less than half of the band does not count. */
#include "inspect/measure.h"

#include <math.h>
#include <string.h>

#define FEWEST 150 /* pixels of a band */

static double median(const jz_face_view *v, const uint8_t *plane, uint8_t region, uint32_t *n)
{
    uint32_t bin[256], below = 0, k = 0;
    memset(bin, 0, sizeof bin);
    *n = 0;
    for (size_t i = 0; i < (size_t)v->width * v->height; i++)
        if ((v->region[i] & region) != 0) {
            bin[plane[i]]++;
            ++*n;
        }
    for (; k < 255 && below + bin[k] <= *n / 2; k++)
        below += bin[k];
    return k;
}

void jz_measure_colour_step(const jz_face_views *views, jz_measured *out)
{
    const jz_face_view *v = views->usual;
    uint32_t in = 0, outside = 0;
    if (v->grey) {
        jz_measured_not(out, "a grey picture");
        return;
    }
    const double cb =
        median(v, v->cb, JZ_REGION_JAW, &in) - median(v, v->cb, JZ_REGION_NECK, &outside);
    const double cr =
        median(v, v->cr, JZ_REGION_JAW, &in) - median(v, v->cr, JZ_REGION_NECK, &outside);
    if (in < FEWEST || outside < FEWEST)
        jz_measured_not(out, "too few pixels");
    else
        jz_measured_set(out, sqrt(cb * cb + cr * cr));
}
