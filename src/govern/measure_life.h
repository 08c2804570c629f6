/* SPDX-License-Identifier: Apache-2.0 */
/* Every measure as a row of a table, the life of one, and that of an appeal against a decision.
 * Threads: any. */
#ifndef JZ_MEASURE_LIFE_H
#define JZ_MEASURE_LIFE_H

#include <jz/measure.h>

typedef enum jz_measure_field {
    JZ_OF_CONTENT,
    JZ_OF_MODEL,
    JZ_OF_USER,
    JZ_OF_GROUP,
    JZ_OF_OUTWARD,
} jz_measure_field;

typedef struct jz_measure_row {
    const char *name, *chinese;
    jz_measure_field field;
    bool by_person;                  /* never automatic */
    bool evidence;                   /* wants a sealed bag, or why there is none */
    bool timed;                      /* may have an end; limit and suspend must */
    bool for_good;                   /* cannot be reversed */
    const char *dsa_key, *dsa_value; /* in a statement of reasons; NULL: none */
} jz_measure_row;
/* NULL for none of them. */
const jz_measure_row *jz_measure_row_of(jz_measure_kind k);
extern const char *const jz_words_measure[]; /* by kind, from 1 on */

typedef struct jz_measure_life {
    jz_measure_kind kind;
    jz_measure_state state;
    int64_t until_us; /* 0: none */
} jz_measure_life;

/* JZ_E_INVAL, the life untouched, where it may not be. */
JZ_CHECKED jz_status jz_measure_step(jz_measure_life *life, jz_measure_act act, int64_t now_us,
                                     jz_err *err);
/* Whether it is in force, or soon will be. */
bool jz_measure_stands(jz_measure_state s);

typedef struct jz_appeal_life {
    jz_appeal_state state;
    int64_t decided_us; /* what it is against */
} jz_appeal_life;

/* To OPEN, by the account, or from there to an outcome, by a reviewer who did not decide before
 * (same: it is the one who did). JZ_E_INVAL, the life untouched, where it may not be. */
JZ_CHECKED jz_status jz_appeal_step(jz_appeal_life *life, jz_appeal_state to, bool same,
                                    int64_t now_us, jz_err *err);

#endif
