/* SPDX-License-Identifier: Apache-2.0 */
/* Self-blends: a face laid over itself, changed as tools that replace faces change it, with the
 * exact mask as truth (after K. Shiohara and T. Yamasaki, Detecting Deepfakes with Self-Blended
 * Images, CVPR 2022). For tests, for training and for `jz evaluate`. There is one picture of one
 * person in the signature and no way to hand in another: it cannot swap. */
#ifndef JZ_SELF_BLEND_H
#define JZ_SELF_BLEND_H

#include "inspect/facemesh.h"

typedef enum jz_blend_part {                 /* of the outline */
                             JZ_BLEND_FACE,  /* all of it */
                             JZ_BLEND_INNER, /* eyes, nose, mouth */
                             JZ_BLEND_LOWER, /* from the nose down */
                             JZ_BLEND_PARTS
} jz_blend_part;

typedef struct jz_blend { /* what becomes of the face before it is laid back */
    jz_blend_part part;
    uint32_t through; /* pixels across that it is scaled through; 0 = as it is */
    double shift;     /* widths of the face that it is moved by, to the lower right */
    double size;      /* 1 = as it is */
    double sharpen;   /* of the difference to its binomial mean, added; below 0 softens */
    double gain[3];   /* of R, G, B; 1 = as they are */
    double noise;     /* grey levels, the root of the mean square */
    double feather;   /* widths of the face over which the mask fades */
    uint64_t seed;    /* of the noise */
} jz_blend;

/* Chance that is the same everywhere: a number, and one with from <= v < to. */
uint64_t jz_chance_next(uint64_t *state);
double jz_chance_between(uint64_t *state, double from, double to);

/* The i-th of an endless row of blends, all different, the same everywhere. */
jz_blend jz_blend_at(uint64_t i);

/* picture: RGB or grey. out: width x height x channels, rows without gaps; mask: width x height,
 * how much of the blend is in each pixel, 0..255. Both are the caller's. JZ_E_NOMEM, JZ_E_INVAL for
 * a mesh of no size. */
JZ_CHECKED jz_status jz_self_blend(const jz_plane *picture, const jz_mesh *mesh, const jz_blend *b,
                                   uint8_t *out, uint8_t *mask, jz_err *err);

#endif
