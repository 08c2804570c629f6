/* SPDX-License-Identifier: Apache-2.0 */
/* A change of a picture's brightness, on a raster of its own that is coarser or finer than the
 * picture: between its points it is bilinear, the middles of both lie on each other. It is added to
 * R, G and B alike, or to luma. Threads: any. */
#ifndef JZ_DELTA_H
#define JZ_DELTA_H

#include <jz/base.h>

typedef struct jz_delta {
    const float *v;         /* in 1/255 of the largest sample; borrowed */
    uint32_t width, height; /* 2 at least */
    size_t stride;          /* floats */
    double unit;            /* pixels from one point to the next */
} jz_delta;

/* At a place of a picture, in pixels; fractions are allowed, what lies outside is the edge. */
static inline float jz_delta_at(const jz_delta *d, uint32_t picture_width, uint32_t picture_height,
                                double x, double y)
{
    const double at_x = (x - (picture_width - 1) * 0.5) / d->unit + (d->width - 1) * 0.5;
    const double at_y = (y - (picture_height - 1) * 0.5) / d->unit + (d->height - 1) * 0.5;
    const double cx = at_x < 0 ? 0 : at_x > d->width - 1 ? d->width - 1 : at_x;
    const double cy = at_y < 0 ? 0 : at_y > d->height - 1 ? d->height - 1 : at_y;
    const uint32_t ix = cx < d->width - 2 ? (uint32_t)cx : d->width - 2;
    const uint32_t iy = cy < d->height - 2 ? (uint32_t)cy : d->height - 2;
    const float fx = (float)(cx - ix), fy = (float)(cy - iy);
    const float *p = d->v + iy * d->stride + ix, *q = p + d->stride;
    const float top = p[0] + fx * (p[1] - p[0]), bottom = q[0] + fx * (q[1] - q[0]);
    return top + fy * (bottom - top);
}

#endif
