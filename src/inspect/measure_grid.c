/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of 8 pixels: what JPEG and older video codecs leave at their edges. Where the surrounding
 * of a face has a grid, and the inner face has it in another place or not at all, its pixels were
 * coded apart from the rest. */
#include "inspect/measure.h"

#define FEWEST 600   /* pixels of a region */
#define VISIBLE 0.25 /* grey levels: a grid that can be compared */

/* For each place in a block of 8, by how much the step to the next pixel exceeds those on both of
 * its sides, less the mean of all places. */
static bool steps(const jz_face_view *v, uint8_t region, bool down, double out[8])
{
    int64_t sum[8] = { 0 }, n[8] = { 0 };
    const ptrdiff_t next = down ? (ptrdiff_t)v->width : 1;
    const uint32_t x0 = down ? 0 : 1, y0 = down ? 1 : 0;
    for (uint32_t y = y0; y + 2 * y0 < v->height; y++)
        for (uint32_t x = x0; x + 2 * x0 < v->width; x++) {
            const size_t i = (size_t)y * v->width + x;
            if ((v->region[i] & region) == 0)
                continue;
            const uint8_t *p = v->luma + i;
            const int at = p[next] - p[0], before = p[0] - p[-next], after = p[2 * next] - p[next];
            const uint32_t place = (down ? v->y + y : v->x + x) & 7;
            sum[place] += 2 * (at < 0 ? -at : at) - (before < 0 ? -before : before) -
                          (after < 0 ? -after : after);
            n[place]++;
        }
    double mean = 0;
    for (size_t k = 0; k < 8; k++) {
        if (n[k] < FEWEST / 8)
            return false;
        out[k] = (double)sum[k] / (double)(2 * n[k]);
        mean += out[k] / 8;
    }
    for (size_t k = 0; k < 8; k++)
        out[k] -= mean;
    return true;
}

double jz_grid_strength(const jz_face_view *v, uint8_t region)
{
    double most = 0, at[8];
    for (unsigned down = 0; down < 2; down++)
        for (size_t k = 0; steps(v, region, down != 0, at) && k < 8; k++)
            most = at[k] > most ? at[k] : most;
    return most;
}

/* NULL, or why there is no value. */
static const char *missing(const jz_face_view *v, bool down, double *out)
{
    double in[8], ring[8];
    size_t most = 0;
    if (!steps(v, JZ_REGION_INNER, down, in) || !steps(v, JZ_REGION_RING, down, ring))
        return "too few pixels";
    for (size_t k = 1; k < 8; k++)
        if (ring[k] > ring[most])
            most = k;
    *out = ring[most] - in[most];
    return ring[most] >= VISIBLE ? NULL : "no blocks to be seen around the face";
}

void jz_measure_grid(const jz_face_views *views, jz_measured *out)
{
    double across = 0, down = 0;
    const char *why = missing(views->native, false, &across);
    if (why == NULL)
        why = missing(views->native, true, &down);
    if (why != NULL)
        jz_measured_not(out, why);
    else
        jz_measured_set(out, (across + down) / 2);
}
