/* SPDX-License-Identifier: Apache-2.0 */
/* The network's map as lines of equal value, which hide nothing of the face below them. */
#ifndef JZ_MAP_CONTOUR_H
#define JZ_MAP_CONTOUR_H

#include <jz/inspect.h>

#include "base/buf.h"

/* Appends the data of an SVG path, in pixels of the frame: the border of where the map has this
 * level or more. Beyond the map's border lies 0, so that lines close. The face must be mapped. */
void jz_map_contour(jz_buf *out, const jz_face_exam *x, float level);

#endif
