/* SPDX-License-Identifier: Apache-2.0 */
/* A beauty filter of our own, for `jz evaluate`: what filters of cameras and messengers do to skin
 * is no replacement of a face, and how often it is taken for one must be known. One picture of one
 * person goes in. */
#ifndef JZ_BEAUTIFY_H
#define JZ_BEAUTIFY_H

#include "inspect/face_view.h"

typedef struct jz_beauty {
    double smooth;  /* how much of skin becomes the mean of what is like it, 0..1 */
    double reach;   /* of that mean, in widths of the face */
    int like;       /* grey levels within which pixels are alike */
    double lift;    /* grey levels by which skin of middle brightness becomes brighter */
    double sharpen; /* of the eyes: of the difference to their mean, added */
} jz_beauty;

/* The i-th of an endless row, from slight to strong, the same everywhere. */
jz_beauty jz_beauty_at(uint64_t i);

/* picture: RGB; view: of the face in it, at its own size. Skin is what has the colour of the face
 * between outline and eyes and mouth, wherever it is. out: width x height x 3, rows without gaps,
 * the caller's. False: no colour to tell skin by, and out is untouched. */
bool jz_beautify(const jz_plane *picture, const jz_face_view *view, const jz_beauty *b,
                 uint8_t *out);

#endif
