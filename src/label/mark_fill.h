/* SPDX-License-Identifier: Apache-2.0 */
/* Polygons to coverage: the share of each pixel that lies inside, exact for corners on a grid of
 * 1/256 pixel but for the rounding of where an edge crosses pixel borders. Integers only: the same
 * bits on every machine. Threads: any. */
#ifndef JZ_MARK_FILL_H
#define JZ_MARK_FILL_H

#include "label/mark_glyphs.h"

#include <jz/base.h>

/* Pixels, from left and top; x and y may be negative. */
typedef struct jz_fill_box {
    int32_t x, y;
    uint32_t width, height;
} jz_fill_box;

#define JZ_FILL_EM_MAX 8192 /* pixels */

/* The pixels that g touches at em pixels with its origin on the corner of pixel (0, 0). Empty for a
 * blank. em is 1 to JZ_FILL_EM_MAX. */
jz_fill_box jz_fill_bounds(const jz_glyph *g, uint32_t em);
/* The coverage, 0 to 255, of the pixels of jz_fill_bounds(), rows of box.width bytes, into px; what
 * is larger there already stays. stride: bytes from row to row of px. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_fill_glyph(const jz_glyph *g, uint32_t em, uint8_t *px, size_t stride,
                                   jz_err *err);

#endif
