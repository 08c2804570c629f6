/* SPDX-License-Identifier: Apache-2.0 */
/* The face finder, inside the module: the picture that it looked at last, and the mesh of a face in
 * it. Both are valid while that picture's pixels are. */
#ifndef JZ_FACE_FINDER_H
#define JZ_FACE_FINDER_H

#include <jz/inspect.h>

#include "inspect/facemesh.h"

const jz_pyramid *jz_face_finder_pyramid(const jz_face_finder *finder);
/* The 468 points of a face that jz_face_find() gave, in pixels of the picture. */
JZ_CHECKED jz_status jz_face_finder_mesh(jz_face_finder *finder, const jz_face *face,
                                         jz_mesh *points, float *presence, jz_err *err);

#endif
