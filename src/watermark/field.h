/* SPDX-License-Identifier: Apache-2.0 */
/* A picture's luma on the raster in which marks live: JZ_WM_UNITS units are the root of its area,
 * whatever its size in pixels; and what both sides make of it, the field of local differences. */
#ifndef JZ_FIELD_H
#define JZ_FIELD_H

#include "watermark/wm_dsp.h"

#include <jz/media.h>

#define JZ_WM_UNITS 640.0

typedef struct jz_wm_field { /* = { 0 } */
    float *v;                /* owned; rows of whole batches, what lies behind the width is 0 */
    uint32_t width, height;
    size_t stride; /* floats */
} jz_wm_field;

JZ_CHECKED jz_status jz_wm_field_init(uint32_t width, uint32_t height, jz_wm_field *out,
                                      jz_err *err);
void jz_wm_field_done(jz_wm_field *f);
#define JZ_WM_FIELD_AUTO __attribute__((cleanup(jz_wm_field_done))) jz_wm_field

/* Pixels of a picture to one unit of the raster. */
double jz_wm_unit(uint32_t width, uint32_t height);
/* Luma, 0 to 255: the middle of the picture lies on the middle of the raster. Tents as wide as a
 * unit, a pixel at least. *out is made here. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_raster(const jz_wm_dsp *dsp, const jz_plane *p, jz_wm_field *out,
                                  jz_err *err);
/* A copy turned as Exif orientation 1 to 8 says (back: the other way round). JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_turn(const jz_wm_field *in, uint32_t orientation, bool back,
                                jz_wm_field *out, jz_err *err);

/* Means over squares of 2 r + 1, at the edges over what there is of them. out may be in; temp is as
 * large as they are. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_box(const jz_wm_dsp *dsp, const jz_wm_field *in, uint32_t r,
                               jz_wm_field *temp, jz_wm_field *out, jz_err *err);
/* Likewise along rows or down columns alone. out is not in. */
void jz_wm_box_rows(const jz_wm_field *in, uint32_t r, jz_wm_field *out);
JZ_CHECKED jz_status jz_wm_box_columns(const jz_wm_dsp *dsp, const jz_wm_field *in, uint32_t r,
                                       jz_wm_field *out, jz_err *err);

/* Differences from the surroundings in units of their local mean size, clipped; activity: that
 * size. Both as large as luma, made here. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_differences(const jz_wm_dsp *dsp, const jz_wm_field *luma,
                                       jz_wm_field *out, jz_wm_field *activity, jz_err *err);

#endif
