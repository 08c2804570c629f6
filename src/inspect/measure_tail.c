/* SPDX-License-Identifier: Apache-2.0 */
/* The finest octave of the inner face against the one below it, by two binomial filters, the second
 * with holes ("a trous"): what was scaled up has an empty finest octave, what was sharpened a full
 * one. */
#include "base/exact_math.h"
#include "inspect/measure.h"

#define REACH 3    /* pixels that both filters need around one */
#define FEWEST 400 /* pixels */

/* 16 times the binomial mean around a pixel, its neighbours step apart. */
static int binomial(const uint8_t *p, ptrdiff_t w, ptrdiff_t step)
{
    const ptrdiff_t s = step, d = step * w;
    return 4 * p[0] + 2 * (p[s] + p[-s] + p[d] + p[-d]) + p[d + s] + p[d - s] + p[-d + s] +
           p[-d - s];
}

void jz_measure_tail(const jz_face_views *views, jz_measured *out)
{
    const jz_face_view *v = views->usual;
    const ptrdiff_t w = (ptrdiff_t)v->width;
    int64_t fine = 0, coarse = 0, n = 0;
    for (uint32_t y = REACH; y + REACH < v->height; y++)
        for (uint32_t x = REACH; x + REACH < v->width; x++) {
            const size_t i = (size_t)y * v->width + x;
            if ((v->region[i] & JZ_REGION_INNER) == 0)
                continue;
            const uint8_t *p = v->luma + i;
            const int first = binomial(p, w, 1), second = binomial(p, w, 2);
            const int64_t a = 16 * p[0] - first, b = first - second;
            fine += a * a;
            coarse += b * b;
            n++;
        }
    if (n < FEWEST)
        jz_measured_not(out, "too few pixels");
    else if (coarse < 256 * n)
        jz_measured_not(out, "no detail in the face");
    else
        jz_measured_set(out, 0.5 * (jz_log2((double)fine + 1) - jz_log2((double)coarse)));
}
