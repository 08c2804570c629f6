/* SPDX-License-Identifier: Apache-2.0 */
/* Squares cut out of a picture, turned and scaled, as the networks want them. Exact to the bit
 * everywhere: integers, and float operations in a fixed order. */
#ifndef JZ_FACE_CROP_H
#define JZ_FACE_CROP_H

#include <jz/media.h>

#define JZ_PYRAMID_LEVELS 16

/* A picture and its halves, quarters, ...: each pixel the rounded mean of four. */
typedef struct jz_pyramid {            /* = { 0 }; ended with jz_pyramid_done() */
    jz_plane level[JZ_PYRAMID_LEVELS]; /* level 0 is the caller's, borrowed */
    uint32_t n;
    uint8_t *memory; /* of the others; kept for the next picture */
    size_t size;
} jz_pyramid;

/* Levels down to a side of 32 pixels, in place of those of the picture before. plane: grey or RGB.
 * JZ_E_NOMEM: nothing has changed. */
JZ_CHECKED jz_status jz_pyramid_init(const jz_plane *plane, jz_pyramid *out, jz_err *err);
void jz_pyramid_done(jz_pyramid *p);

/* A square in pixels of the picture: its centre, its side, and the direction in which its rows run,
 * a vector of length 1; (1, 0) is upright. */
typedef struct jz_square {
    double x, y, side;
    double right_x, right_y;
} jz_square;

/* The point of the picture at (u, v) of the square, 0..1 from its top left. */
void jz_square_point(const jz_square *s, double u, double v, double *x, double *y);

/* side x side pixels R, G, B from -1 to 1. Outside the picture lies its mirror image, which makes
 * whole the face that a border cuts, and black behind that. */
void jz_square_cut(const jz_pyramid *p, const jz_square *s, uint32_t side, float *out);
/* n of its numbers, from -1 to 1, as 0 to 255. */
void jz_cut_bytes(const float *cut, size_t n, uint8_t *out);

#endif
