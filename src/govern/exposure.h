/* SPDX-License-Identifier: Apache-2.0 */
/* What a person who reviews has looked at, so that it does not become too much. Media are revealed
 * for some seconds at a time, by a lease of one item of what that person has claimed. Seconds times
 * the severity of the category count against what is allowed in an hour, in a day, and before a
 * pause. Each lease is an event, and so a leaf of the ledger.
 *
 * How much somebody has seen, and which categories they do not want, is theirs alone: nothing here
 * tells it to anybody else. by: "staff:NAME", who it is, everywhere.
 *
 * Settings: wellbeing.json in the home, read each time; docs/console.md. */
#ifndef JZ_EXPOSURE_H
#define JZ_EXPOSURE_H

#include "govern/reviews.h"

#define JZ_CATEGORIES 8 /* of jz_words_complaint_category; numbers from 1 on */

typedef struct jz_wellbeing {
    int64_t lease_s;       /* of one lease, renewed while a key is held */
    int64_t hour_s, day_s; /* seconds x severity in any hour, in any 24 hours */
    int64_t pause_after_s; /* so much without a pause, */
    int64_t pause_s;       /* and nothing is revealed for so long */
    int64_t severe;        /* from this severity on, a thing is severe */
    int64_t rotate_after;  /* so many severe things given in a row, then a lighter one */
    int64_t severity[JZ_CATEGORIES];
} jz_wellbeing;
/* The file, or where there is none, what holds without it. JZ_E_IO: it cannot be read, or says what
 * it must not; then nothing is revealed. */
JZ_CHECKED jz_status jz_wellbeing_read(const char *home, jz_wellbeing *out, jz_err *err);
/* Of a category's number; of none, 1. */
int64_t jz_wellbeing_severity(const jz_wellbeing *w, int category);

JZ_CHECKED jz_status jz_exposure_tables(jz_store *s, jz_err *err);
/* Events of reveals are of this and the name, so that they are not among those of what was looked
 * at: nobody but that person reads them. */
#define JZ_EXPOSURE_OBJECT "exposure:"

/* ---- how much ---- */

typedef enum jz_exposure_end { /* why nothing is revealed */
                               JZ_EXPOSURE_NONE,
                               JZ_EXPOSURE_HOUR,
                               JZ_EXPOSURE_DAY,
                               JZ_EXPOSURE_PAUSE,
} jz_exposure_end;
const char *jz_exposure_end_name(jz_exposure_end e); /* "hour", "day", "pause"; NULL for none */

typedef struct jz_exposure {
    int64_t hour_us, day_us, run_us; /* microseconds x severity: in an hour, a day, since a pause */
    jz_exposure_end end;             /* what is over for a thing of the severity asked about */
    int64_t until_us;                /* until then; 0 where nothing is over */
    int64_t left_us;                 /* microseconds that it can still be revealed, by all three */
} jz_exposure;
JZ_CHECKED jz_status jz_exposure_read(jz_govern *g, const jz_wellbeing *w, const char *by,
                                      int64_t severity, jz_exposure *out, jz_err *err);

/* ---- revealing ---- */

typedef struct jz_lease {
    int64_t number; /* 0: none was given, see the exposure */
    int64_t until_us;
    jz_exposure exposure;
} jz_lease;
/* Reveals one item (its SHA-256) of an object that by has claimed, or renews its lease.
 * JZ_E_EXISTS: no claim. JZ_E_MISMATCH: category is not its category, so whoever asks has not been
 * told what to expect. Where nothing is left, JZ_OK without a lease. */
JZ_CHECKED jz_status jz_exposure_reveal(jz_govern *g, const jz_wellbeing *w, const char *object,
                                        const uint8_t sha256[32], const char *category,
                                        const char *by, jz_lease *out, jz_err *err);
/* Of which bytes it is, while it lasts. JZ_E_NOTFOUND: none of by's, or it is over. */
JZ_CHECKED jz_status jz_exposure_lease(jz_govern *g, int64_t number, const char *by,
                                       uint8_t sha256[32], jz_err *err);
/* No longer looked at: what is left of it is not counted. Nothing where it is over. */
JZ_CHECKED jz_status jz_exposure_end_lease(jz_govern *g, int64_t number, const char *by,
                                           jz_err *err);

/* ---- what somebody is given ---- */

/* Bits of categories (1 << number) that by is never given. */
JZ_CHECKED jz_status jz_exposure_without(jz_govern *g, const char *by, unsigned *out, jz_err *err);
JZ_CHECKED jz_status jz_exposure_set_without(jz_govern *g, const char *by, unsigned categories,
                                             jz_err *err);
/* jz_review_next() without what by does not want; after some severe things in a row, a lighter one
 * where one waits. lighter: only what is of severity 1. */
JZ_CHECKED jz_status jz_exposure_next(jz_govern *g, const jz_wellbeing *w,
                                      const jz_review_filter *f, bool lighter, const char *by,
                                      char object[JZ_REVIEW_OBJECT], jz_err *err);

#endif
