/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a complaint as a table, its clocks as arithmetic, and the laws. Threads: any. */
#ifndef JZ_COMPLAINT_LIFE_H
#define JZ_COMPLAINT_LIFE_H

#include <jz/complaint.h>

typedef struct jz_clock { /* of one law; stored */
    int64_t from_us;      /* 0: has not begun */
    int64_t span_us;      /* of the law */
    int64_t held_us;      /* while it was paused, so far */
    int64_t stopped_us;   /* 0: runs */
    int told;             /* per cent that were told already: 0, 50, 80 or 100 */
    bool pausable;
} jz_clock;

typedef struct jz_complaint_life {
    jz_complaint_state state;
    int64_t paused_us;  /* 0: not */
    int64_t decided_us; /* the last time */
    bool erased;
} jz_complaint_life;

#define JZ_COMPLAINT_APPEAL_US ((int64_t)183 * 86400 * 1000000) /* after a decision: six months */

/* Does an act; JZ_E_INVAL, the life untouched, where it may not be. */
JZ_CHECKED jz_status jz_complaint_step(jz_complaint_life *life, jz_complaint_act act,
                                       int64_t now_us, jz_err *err);
/* Enough is there to look at it. */
void jz_complaint_complete(jz_complaint_life *life);
/* Whether items can still be added; whether clocks run; whether nothing is open any more. */
bool jz_complaint_takes_more(jz_complaint_state s);
bool jz_complaint_ticks(jz_complaint_state s);
bool jz_complaint_is_over(jz_complaint_state s);

/* ---- clocks; paused_us: of the complaint ---- */

int64_t jz_clock_elapsed(const jz_clock *c, int64_t paused_us, int64_t now_us);
unsigned jz_clock_percent(const jz_clock *c, int64_t paused_us, int64_t now_us);
/* When so many per cent of it are over; INT64_MAX where it stands still. */
int64_t jz_clock_at(const jz_clock *c, int64_t paused_us, int percent);
/* When the next of 50, 80 and 100 has to be told; INT64_MAX: never. */
int64_t jz_clock_next(const jz_clock *c, int64_t paused_us);
/* Adds what a pause has held it. */
void jz_clock_resume(jz_clock *c, int64_t paused_us, int64_t now_us);

/* ---- laws ---- */

/* Whether a law speaks of this complaint. */
bool jz_law_applies(const jz_complaint_law *law, const char *jurisdiction, bool intimate,
                    bool order);
/* NULL: there is none of that name. */
const jz_complaint_law *jz_law_named(const char *name);

#endif
