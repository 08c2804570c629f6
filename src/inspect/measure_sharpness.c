/* SPDX-License-Identifier: Apache-2.0 */
/* How fine the edges of a region are, whatever their contrast: the energy of its second differences
 * over that of its first ones. Scaling up by 2 lowers it by about two octaves of energy, one of
 * amplitude; what is compared is the region with the ring around the face. */
#include "base/exact_math.h"
#include "inspect/measure.h"

#define FEWEST 200  /* pixels of a region */
#define FLATTEST 32 /* mean energy of first differences in which there are edges at all */

typedef struct energy {
    int64_t first, second, n;
} energy;

static energy energy_of(const jz_face_view *v, uint8_t region)
{
    energy e = { 0 };
    const ptrdiff_t w = (ptrdiff_t)v->width;
    for (uint32_t y = 1; y + 1 < v->height; y++)
        for (uint32_t x = 1; x + 1 < v->width; x++) {
            const size_t i = (size_t)y * v->width + x;
            if ((v->region[i] & region) == 0)
                continue;
            const uint8_t *p = v->luma + i;
            const int across = p[1] - p[-1], down = p[w] - p[-w];
            const int second = 4 * p[0] - p[1] - p[-1] - p[w] - p[-w];
            e.first += across * across + down * down;
            e.second += second * second;
            e.n++;
        }
    return e;
}

static void against_ring(const jz_face_view *v, uint8_t region, jz_measured *out)
{
    const energy in = energy_of(v, region), ring = energy_of(v, JZ_REGION_RING);
    if (in.n < FEWEST || ring.n < FEWEST)
        jz_measured_not(out, "too few pixels");
    else if (in.first < FLATTEST * in.n || ring.first < FLATTEST * ring.n)
        jz_measured_not(out, "no edges in the face, or none around it");
    else
        jz_measured_set(out,
                        0.5 * (jz_log2((double)in.second + 1) - jz_log2((double)in.first) -
                               jz_log2((double)ring.second + 1) + jz_log2((double)ring.first)));
}

void jz_measure_inner_sharpness(const jz_face_views *v, jz_measured *out)
{
    against_ring(v->usual, JZ_REGION_INNER, out);
}

void jz_measure_mouth_sharpness(const jz_face_views *v, jz_measured *out)
{
    against_ring(v->usual, JZ_REGION_MOUTH, out);
}

void jz_measure_eye_sharpness(const jz_face_views *v, jz_measured *out)
{
    against_ring(v->usual, JZ_REGION_EYES, out);
}
