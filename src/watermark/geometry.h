/* SPDX-License-Identifier: Apache-2.0 */
/* How a picture was turned, scaled and mirrored since it was marked, found from where power stands
 * out in its spectrum: a grid of turns and scales over the pilots, then a pattern search over the
 * matrix. Magnitudes alone, at the nearest frequencies; no positions of peaks are fitted. */
#ifndef JZ_GEOMETRY_H
#define JZ_GEOMETRY_H

#include "watermark/spectrum.h"

/* Frequency (kx, ky) of the marked picture stands at (a kx + b ky, c kx + d ky) of this one. */
typedef struct jz_wm_matrix {
    double a, b, c, d;
} jz_wm_matrix;

/* What is searched, the likelier first. */
typedef enum jz_wm_stage {
    JZ_WM_UPRIGHT,   /* up to 20 degrees, any scale */
    JZ_WM_TURNED,    /* mirrored, or by 90 degrees */
    JZ_WM_SLANTED,   /* all other angles */
    JZ_WM_STRETCHED, /* other proportions */
    JZ_WM_STAGES,
} jz_wm_stage;

#define JZ_WM_GUESSES 3 /* worth a closer look, of each stage */

typedef struct jz_wm_guess {
    jz_wm_matrix at;
    double score; /* standard deviations of chance, of all tones */
} jz_wm_guess;

/* The best of a stage that are worth it, best first; returns how many. */
size_t jz_wm_guess_geometry(const jz_wm_spectrum *s, const struct jz_watermark_key *k,
                            jz_wm_stage stage, jz_wm_guess out[JZ_WM_GUESSES]);
/* Whether two say the same. */
bool jz_wm_guess_same(const jz_wm_guess *a, const jz_wm_guess *b);

#endif
