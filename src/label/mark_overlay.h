/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a visible mark: white letters on a dark plate, so that it can be read on anything,
 * in the lower right corner as the viewer sees it. Only pixels in memory. Threads: any. */
#ifndef JZ_MARK_OVERLAY_H
#define JZ_MARK_OVERLAY_H

#include "label/mark_text.h"
#include "media/encode.h"

/* GB 45438-2025, 5.2 and 5.4 (second-hand): letters of at least 5 % of the shortest side. What is
 * measured, the standard as quoted does not say; here it is the ink of the smallest letter. */
#define JZ_MARK_SHARE 20 /* of the shortest side: one of so many parts */

typedef struct jz_mark_overlay { /* = { 0 }; freed with jz_mark_overlay_done() */
    jz_mark_text text;
    uint32_t pad;         /* pixels of plate around the text */
    jz_overlay overlay;   /* as stored; points to rgba */
    uint8_t *rgba;        /* owned */
    uint32_t orientation; /* of the picture: Exif 1..8 */
} jz_mark_overlay;
void jz_mark_overlay_done(jz_mark_overlay *m);

/* For a picture of width x height pixels as stored. Fails with JZ_E_LIMIT where it has no room, and
 * as jz_mark_text_draw(). */
JZ_CHECKED jz_status jz_mark_overlay_make(const char *utf8, uint32_t width, uint32_t height,
                                          uint32_t orientation, jz_mark_overlay *out, jz_err *err);

/* What is to be seen of a mark in the picture that came of it. */
typedef struct jz_mark_seen {
    uint32_t ink_height; /* pixels: rows of ink of the smallest letter that counts */
    double contrast;     /* of letters to plate, WCAG 2.2's ratio, 1 to 21 */
} jz_mark_seen;

/* Looks at the pixels of the result (grey or RGB, as stored) where the mark must be. */
void jz_mark_overlay_see(const jz_mark_overlay *m, const jz_plane *picture, jz_mark_seen *out);

#endif
