/* SPDX-License-Identifier: Apache-2.0 */
/* The discrete cosine transform of blocks of 8 x 8 pixels on the grid of the picture, as JPEG has
 * it (ITU-T T.81 A.3.3), and the face's blocks of it. Equal to the bit everywhere: floats, no
 * contractions, a fixed order. */
#ifndef JZ_BLOCKS8_H
#define JZ_BLOCKS8_H

#include "inspect/face_view.h"

/* sqrt((u ? 2 : 1) / 8) cos((2 x + 1) u pi / 16) */
typedef struct jz_dct8 {
    float cosine[8][8]; /* [u][x] */
} jz_dct8;
void jz_dct8_init(jz_dct8 *d);
/* in and out: row by row; they may not be the same. */
void jz_dct8_forward(const jz_dct8 *d, const float in[64], float out[64]);
void jz_dct8_inverse(const jz_dct8 *d, const float in[64], float out[64]);
/* What JPEG divides coefficient i by, at a quality of 1..100 as the Independent JPEG Group's
 * programs scale the tables of ITU-T T.81 annex K. */
float jz_jpeg_divisor(bool chroma, size_t i, int quality);
/* To the next whole number, halves to even, of magnitudes below 2^22. */
float jz_nearest(float v);

typedef struct jz_block8 {
    float c[64]; /* row v (vertical frequency), column u, at 8 v + u; orthonormal */
    bool face;   /* within the outline; else wholly outside of it */
} jz_block8;

/* The blocks of a native view that lie within the face, or wholly outside of it, at most `most` of
 * each, evenly taken. The caller frees *out with jz_free(). JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_blocks8_of(const jz_face_view *v, size_t most, jz_block8 **out, size_t *n,
                                   jz_err *err);

#endif
