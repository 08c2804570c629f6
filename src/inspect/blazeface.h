/* SPDX-License-Identifier: Apache-2.0 */
/* The two BlazeFace networks: from a square of a picture to faces in it. Source of anchors and of
 * what the numbers mean: MediaPipe, modules/face_detection
 * (face_detection_short_range_common.pbtxt, face_detection_full_range_common.pbtxt), Apache-2.0. */
#ifndef JZ_BLAZEFACE_H
#define JZ_BLAZEFACE_H

#include <jz/inspect.h>

#include "inspect/face_crop.h"
#include "inspect/nn.h"

typedef struct jz_blazeface { /* = { 0 }; ended with jz_blazeface_done() */
    jz_nn *nn;
    jz_nn_run *run;
    uint32_t side;  /* pixels that the network sees */
    uint32_t n;     /* boxes that it gives */
    float *anchors; /* n x (x, y), 0..1 */
} jz_blazeface;

/* Opens model `name` of a folder; one with other shapes is JZ_E_MISMATCH. */
JZ_CHECKED jz_status jz_blazeface_open(const char *folder, const char *name, jz_blazeface *out,
                                       jz_err *err);
void jz_blazeface_done(jz_blazeface *b);

typedef struct jz_faces { /* = { 0 }; ended with jz_free(at) */
    jz_face *at;
    size_t n, size;
} jz_faces;

JZ_CHECKED jz_status jz_faces_append(jz_faces *faces, jz_face f, jz_err *err);
/* Appends the faces in a square of the picture whose score is min_score or more, in pixels of the
 * picture, as many as the network gives. */
JZ_CHECKED jz_status jz_blazeface_find(jz_blazeface *b, const jz_pyramid *p, const jz_square *s,
                                       float min_score, jz_faces *out, jz_err *err);

/* How much of the two boxes' union is in both, 0..1. */
double jz_face_overlap(const jz_face *a, const jz_face *b);
/* Makes one of those that overlap by `least` or more: the mean by score, with the highest score;
 * highest first. */
void jz_faces_merge(jz_faces *faces, double least);

#endif
