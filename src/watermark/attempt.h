/* SPDX-License-Identifier: Apache-2.0 */
/* One guess at the geometry of a mark, followed to its end: the field rectified, its shift found,
 * the tones read and decoded. */
#ifndef JZ_ATTEMPT_H
#define JZ_ATTEMPT_H

#include "watermark/geometry.h"

/* What a reading needs for all its guesses; made for one picture. */
typedef struct jz_wm_reader {
    const jz_wm_dsp *dsp;
    jz_wm_fft *fft;
    jz_wm_field z;          /* of the picture, its edges faded */
    jz_wm_spectrum picture; /* its spectrum */
    jz_wm_spectrum attempt; /* of a rectified field; made when it is wanted */
} jz_wm_reader;

typedef struct jz_wm_result {
    bool found;
    uint64_t payload;
    double pilots;    /* standard deviations of chance, the best of all guesses */
    double strength;  /* of a found mark: mean of its data tones along what they say */
    jz_wm_matrix at;  /* its geometry */
    double x, y;      /* its shift */
    double origin[2]; /* of the shift: from the middle of the rectified field to its sample 0 */
} jz_wm_result;

/* NULL guess: the picture as it is. correct: a guess that is nearly right may be corrected, which
 * takes as long as several guesses. out->pilots is raised, all else set where it is found. */
JZ_CHECKED jz_status jz_wm_try(jz_wm_reader *r, const struct jz_watermark_key *k,
                               const jz_wm_matrix *guess, bool correct, jz_wm_result *out,
                               jz_err *err);

#endif
