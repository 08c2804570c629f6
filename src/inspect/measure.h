/* SPDX-License-Identifier: Apache-2.0 */
/* Named measurements: each is one function of a face's views in one file measure_<name>.c, and one
 * row in measures.c. They are sums of integers, or of doubles in a fixed order. */
#ifndef JZ_MEASURE_H
#define JZ_MEASURE_H

#include <jz/inspect.h>

#include "inspect/face_view.h"

typedef struct jz_face_views {
    const jz_face_view *usual;  /* of at most JZ_VIEW_MOST pixels across the face */
    const jz_face_view *native; /* pixels as they are in the picture */
    bool still;                 /* no frame of a video */
    const double *network;      /* what the network says; NULL: there is none */
} jz_face_views;
#define JZ_VIEW_MOST 384u

/* The results start as not valid. */
typedef void (*jz_measure_fn)(const jz_face_views *v, jz_measured *out);

void jz_measure_inner_sharpness(const jz_face_views *v, jz_measured *out);
void jz_measure_mouth_sharpness(const jz_face_views *v, jz_measured *out);
void jz_measure_eye_sharpness(const jz_face_views *v, jz_measured *out);
void jz_measure_tail(const jz_face_views *v, jz_measured *out);
void jz_measure_noise(const jz_face_views *v, jz_measured *out);
void jz_measure_colour_step(const jz_face_views *v, jz_measured *out);
void jz_measure_ghost(const jz_face_views *v, jz_measured *out);
void jz_measure_double(const jz_face_views *v, jz_measured *out);
void jz_measure_grid(const jz_face_views *v, jz_measured *out);
void jz_measure_origin(const jz_face_views *v, jz_measured *out);
void jz_measure_pose(const jz_face_views *v, jz_measured *out);
void jz_measure_network(const jz_face_views *v, jz_measured *out);

/* By how much the steps at the edges of blocks of 8 exceed those elsewhere, in grey levels; 0 where
 * there are too few pixels. */
double jz_grid_strength(const jz_face_view *v, uint8_t region);

#define JZ_MEASURE_NETWORK (JZ_MEASURES - 1) /* its row */

/* All of them. */
void jz_measure_face(const jz_face_views *v, jz_measured out[JZ_MEASURES]);

static inline void jz_measured_set(jz_measured *out, double value)
{
    *out = (jz_measured){ .valid = true, .value = value };
}
static inline void jz_measured_not(jz_measured *out, const char *why)
{
    *out = (jz_measured){ .why = why };
}

#endif
