/* SPDX-License-Identifier: Apache-2.0 */
/* The ladder: what a strike counts, how that decays, and which step is reached. Points are counted
 * in thousandths. Threads: any. */
#ifndef JZ_LADDER_H
#define JZ_LADDER_H

#include "govern/fields.h"
#include "govern/measure_life.h"

#define JZ_LADDER_STEPS 16
#define JZ_LADDER_ALSO 4
#define JZ_LADDER_FEATURE 64
#define JZ_DAY_US ((int64_t)86400 * 1000000)

extern const char *const jz_words_severity[], *const jz_words_source[];
enum { JZ_SEVERITY_LOW = 1, JZ_SEVERITY_MEDIUM, JZ_SEVERITY_HIGH, JZ_SEVERITY_CRITICAL };

typedef struct jz_ladder_severity {
    int64_t points;
    int64_t first_less; /* points less for the first strike of an account */
    int64_t decay_days; /* to nothing, in a line; 0: never */
} jz_ladder_severity;

typedef struct jz_ladder_step {
    int64_t at; /* points */
    int measure;
    char feature[JZ_LADDER_FEATURE];
    int64_t days;  /* 0: none */
    int mode;      /* 1 auto, 2 flag */
    uint32_t also; /* bits of measures, kind - 1 */
} jz_ladder_step;

typedef struct jz_ladder {
    jz_ladder_severity severity[4]; /* low, medium, high, critical */
    jz_ladder_step step[JZ_LADDER_STEPS];
    size_t steps;
    uint32_t no_points; /* bits of sources */
} jz_ladder;

extern const char jz_ladder_usual[]; /* the JSON of the one that is in force from the beginning */
JZ_CHECKED jz_status jz_ladder_read(jz_bytes json, jz_ladder *out, jz_err *err);

typedef struct jz_strike { /* frozen when it was made */
    int64_t at_us;
    int64_t points, decay_days;
    bool revoked;
} jz_strike;
typedef struct jz_span { /* of a suspension */
    int64_t from_us, until_us;
} jz_span;

/* Thousandths that the strikes count at a time; while the account is suspended nothing decays.
 * Spans are in order of their beginning. Strikes after that time count nothing. */
int64_t jz_ladder_milli(const jz_strike *strikes, size_t n, const jz_span *spans, size_t n_spans,
                        int64_t now_us);
/* The highest step that is crossed from before to after (thousandths); -1: none. */
int jz_ladder_crossed(const jz_ladder *l, int64_t before, int64_t after);
/* Points of the next step above; 0: none. */
int64_t jz_ladder_next(const jz_ladder *l, int64_t milli);

#endif
