/* SPDX-License-Identifier: Apache-2.0 */
/* The picture of a visible mark: white letters on a dark plate or with a black outline, in a corner
 * as the viewer sees it. Only pixels in memory, drawn in integers: the same bits on every machine.
 * Threads: any. */
#ifndef JZ_MARK_OVERLAY_H
#define JZ_MARK_OVERLAY_H

#include "label/mark_text.h"
#include "media/encode.h"

#include <jz/label.h>

/* GB 45438-2025, 5.2 and 5.4 (second-hand): letters of at least 5 % of the shortest side. What is
 * measured, the standard as quoted does not say; here it is the ink of the smallest letter. */
#define JZ_MARK_SHARE 20 /* of the shortest side: one of so many parts */
/* Where the luma under a mark deviates from its mean by no more than this (the root of the mean
 * square, of 255), letters with an outline can be read without a plate. */
#define JZ_MARK_CALM 32

typedef struct jz_mark_overlay { /* = { 0 }; freed with jz_mark_overlay_done() */
    jz_mark_text text;
    uint32_t pad;          /* pixels around the text */
    jz_overlay overlay;    /* as stored; points to rgba */
    uint8_t *rgba;         /* owned */
    uint8_t *back;         /* what lies under the letters, as shown: its opacity; owned */
    uint32_t orientation;  /* of the picture: Exif 1..8 */
    jz_mark_style style;   /* PLATE or OUTLINE */
    jz_mark_corner corner; /* one of the four */
    uint32_t x, y;         /* of the mark's box in the picture as shown */
    uint32_t width, height;
} jz_mark_overlay;
void jz_mark_overlay_done(jz_mark_overlay *m);

typedef struct jz_mark_wish {
    const char *text;
    jz_mark_corner corner;
    jz_mark_style style;
} jz_mark_wish;

/* For a picture (grey or RGB) as stored, which CALMEST and FITTING look at. Fails with JZ_E_LIMIT
 * where it has no room, and as jz_mark_text_draw(). */
JZ_CHECKED jz_status jz_mark_overlay_make(const jz_mark_wish *wish, const jz_plane *picture,
                                          uint32_t orientation, jz_mark_overlay *out, jz_err *err);

/* What is to be seen of a mark in the picture that came of it. */
typedef struct jz_mark_seen {
    uint32_t ink_height; /* pixels: rows of ink of the smallest letter that counts */
    double contrast;     /* of letters to plate or outline, WCAG 2.2's ratio, 1 to 21 */
} jz_mark_seen;

/* Looks at the pixels of the result (grey or RGB, as stored) where the mark must be. */
void jz_mark_overlay_see(const jz_mark_overlay *m, const jz_plane *picture, jz_mark_seen *out);

#endif
