/* SPDX-License-Identifier: Apache-2.0 */
/* FaceMesh: 468 points of one face in an upright square of a picture, and whether there is a face.
 * Source: MediaPipe, modules/face_landmark (face_landmark_cpu.pbtxt,
 * face_detection_front_detection_to_roi.pbtxt), Apache-2.0. */
#ifndef JZ_FACEMESH_H
#define JZ_FACEMESH_H

#include "inspect/face_crop.h"
#include "inspect/nn.h"

#define JZ_MESH_POINTS 468
#define JZ_MESH_LOOK 1.5 /* side of the square, in sides of the finder's box */

typedef struct jz_mesh { /* the points of a face: x, y, depth */
    float at[JZ_MESH_POINTS][3];
} jz_mesh;

typedef struct jz_facemesh { /* = { 0 }; ended with jz_facemesh_done() */
    jz_nn *nn;
    jz_nn_run *run;
} jz_facemesh;

/* Opens model "facemesh" of a folder; one with other shapes is JZ_E_MISMATCH. */
JZ_CHECKED jz_status jz_facemesh_open(const char *folder, jz_facemesh *out, jz_err *err);
void jz_facemesh_done(jz_facemesh *m);

/* x, y in pixels of the picture, depth in the same unit, smaller nearer; points may be NULL.
 * presence: 0..1. */
JZ_CHECKED jz_status jz_facemesh_find(jz_facemesh *m, const jz_pyramid *p, const jz_square *s,
                                      jz_mesh *points, float *presence, jz_err *err);

#endif
