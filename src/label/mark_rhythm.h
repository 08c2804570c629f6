/* SPDX-License-Identifier: Apache-2.0 */
/* The rhythm label of GB 45438-2025, 5.3 (second-hand): short long, short short, which is AI in
 * Morse code. The standard, as it is quoted to us, gives neither times nor pitch nor level: the
 * times are those of ITU-R M.1677-1 (a dash is three dots long; one dot of silence within a letter,
 * three between letters). Pure functions of samples. Threads: any. */
#ifndef JZ_MARK_RHYTHM_H
#define JZ_MARK_RHYTHM_H

#include <jz/base.h>

#define JZ_RHYTHM_UNITS 11
#define JZ_RHYTHM_UNIT_MS 120   /* of a dot: 10 words a minute, slow enough to be counted */
#define JZ_RHYTHM_PITCH_HZ 1000 /* in the middle of what telephones carry, where ears are keen */
#define JZ_RHYTHM_EDGE_MS 5     /* of a raised cosine at both ends of a tone: no clicks */
#define JZ_RHYTHM_RATE_MIN 4000 /* Hz */
#define JZ_RHYTHM_TONES 4

/* Samples of one unit, and of the whole rhythm. */
size_t jz_rhythm_unit(uint32_t rate);
size_t jz_rhythm_samples(uint32_t rate);
/* amplitude: of the tone, 0 to 1. out holds jz_rhythm_samples(). */
void jz_rhythm_make(uint32_t rate, double amplitude, int16_t *out);

typedef struct jz_rhythm_seen {
    double tone_s[JZ_RHYTHM_TONES];      /* how long each tone is */
    double pause_s[JZ_RHYTHM_TONES - 1]; /* the silence behind each but the last */
    double unit_s;                       /* one eleventh of all */
    double at_s;                         /* where the first tone begins */
    double level_db;                     /* of the tone, as jz_heard.level_db */
} jz_rhythm_seen;

/* Looks for the rhythm, and nothing else, at its pitch in n samples: times between the middles of
 * the edges. JZ_E_NOTFOUND says what is there instead; JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_rhythm_find(const int16_t *samples, size_t n, uint32_t rate,
                                    jz_rhythm_seen *out, jz_err *err);

#endif
