/* SPDX-License-Identifier: Apache-2.0 */
/* What reading and writing share: the field of differences of a picture, and whether one of its
 * size and content can hold a mark at all. */
#ifndef JZ_MARK_FILE_H
#define JZ_MARK_FILE_H

#include <jz/watermark.h>

#include "watermark/field.h"

/* NULL where a picture of that size can be read; else why not: static. */
const char *jz_wm_size_refused(uint32_t width, uint32_t height);
/* The raster of a picture as it is shown. */
JZ_CHECKED jz_status jz_wm_shown(const jz_wm_dsp *dsp, const jz_plane *p, uint32_t orientation,
                                 jz_wm_field *out, jz_err *err);
/* Its differences; *flat where there is nothing but one colour. */
JZ_CHECKED jz_status jz_wm_shown_differences(const jz_wm_dsp *dsp, const jz_wm_field *luma,
                                             jz_wm_field *out, bool *flat, jz_err *err);
/* What n keys find in a field of differences, which is taken. width, height: of the picture. */
JZ_CHECKED jz_status jz_wm_read_field(const jz_wm_dsp *dsp, jz_wm_field *z, uint32_t width,
                                      uint32_t height, jz_watermark_key *const *keys, size_t n,
                                      jz_watermark_reading *out, jz_err *err);

#endif
