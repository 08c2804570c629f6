/* SPDX-License-Identifier: Apache-2.0 */
/* How well reviews agree. Two kinds of repeats lie in the queue and look like complaints, of which
 * each repeats one that is decided, under an id of its own:
 *   golden   a complaint whose verdict a supervisor has declared known, given to each person once,
 *            now and then; whoever has decided it is told afterwards;
 *   second   a share of what was just decided, and all of severe categories, for a second person
 *            who is not told that there is a first verdict. Where the two differ, a supervisor
 *            says what is right, and where the first was wrong, the matter is opened again.
 * The verdict on a repeat does nothing to items, accounts or whoever complained. Each step is an
 * event, and so a leaf of the ledger, of the repeat's id. Agreement is told by clause, never by
 * person. by: "staff:NAME"; others are given no repeats. */
#ifndef JZ_QUALITY_H
#define JZ_QUALITY_H

#include "govern/governs.h"

#include <jz/complaint.h>

JZ_CHECKED jz_status jz_quality_tables(jz_store *s, jz_err *err);

typedef enum jz_repeat_kind { JZ_REPEAT_GOLDEN = 1, JZ_REPEAT_SECOND } jz_repeat_kind; /* stored */

typedef struct jz_ruling {
    bool violation;
    char policy[JZ_GOVERN_NAME_MAX]; /* the clause */
} jz_ruling;
/* The same outcome, and where it is a violation, the same clause. */
bool jz_ruling_same(const jz_ruling *a, const jz_ruling *b);

/* For quality.c and quality_agree.c. Of a statement's columns at and at + 1. */
void jz_ruling_take(jz_stmt *st, int at, jz_ruling *out);
/* An event of a repeat or of a complaint; complaint, v, reason: NULL = left out. In the open
 * transaction. */
JZ_CHECKED jz_status jz_quality_record(jz_govern *g, const char *object, const char *what,
                                       const char *complaint, const jz_ruling *v,
                                       const char *reason, const char *by, jz_err *err);

/* ---- what is given ---- */

typedef struct jz_quality_shares {
    int64_t golden, second; /* of a thousand: of what somebody claims; of what was decided */
    unsigned severe;        /* categories that always get a second review; bits 1 << number */
} jz_quality_shares;
/* 20, 50 and "minor-sexual" where none were set. */
JZ_CHECKED jz_status jz_quality_shares_get(jz_govern *g, jz_quality_shares *out, jz_err *err);
JZ_CHECKED jz_status jz_quality_shares_set(jz_govern *g, const jz_quality_shares *s, const char *by,
                                           jz_err *err);

/* A complaint that is decided: its last verdict is the known one. JZ_E_INVAL: not decided, or what
 * it was about is erased; JZ_E_EXISTS. */
JZ_CHECKED jz_status jz_golden_set(jz_govern *g, const char *complaint, const char *by,
                                   jz_err *err);
JZ_CHECKED jz_status jz_golden_end(jz_govern *g, const char *complaint, const char *by,
                                   jz_err *err);
typedef struct jz_golden { /* text is borrowed */
    const char *complaint, *set_by;
    jz_ruling verdict;
    int64_t at_us, answers, right;
} jz_golden;
typedef jz_status (*jz_golden_fn)(void *user, const jz_golden *golden, jz_err *err);
JZ_CHECKED jz_status jz_golden_list(jz_govern *g, jz_golden_fn fn, void *user, jz_err *err);

/* Perhaps a golden item for by, as a repeat, by chance: its id in handle, else "". category: a
 * number, 0 = any; without: not these. In the open transaction. */
JZ_CHECKED jz_status jz_quality_golden(jz_govern *g, int category, unsigned without, const char *by,
                                       char handle[JZ_COMPLAINT_ID_SIZE], jz_err *err);
/* by has decided a complaint: perhaps a second review, by chance. In the open transaction. */
JZ_CHECKED jz_status jz_quality_decided(jz_govern *g, const char *complaint, const char *by,
                                        jz_err *err);

/* ---- repeats ---- */

typedef struct jz_repeat {
    int64_t row;
    jz_repeat_kind kind;
    char handle[JZ_COMPLAINT_ID_SIZE], complaint[JZ_COMPLAINT_ID_SIZE];
    int64_t made_us, done_us;
    int64_t shift_us;   /* made_us is so much after the complaint was filed */
    int64_t decided_us; /* when the complaint was decided first */
    jz_ruling known;    /* or the first one */
} jz_repeat;
/* By its id or the beginning of it (8 digits or more). JZ_E_NOTFOUND: none, as of a complaint. */
JZ_CHECKED jz_status jz_repeat_find(jz_govern *g, const char *text, jz_repeat *out, jz_err *err);
/* What by finds. JZ_E_INVAL where it was decided. */
JZ_CHECKED jz_status jz_repeat_answer(jz_govern *g, const jz_repeat *p, const jz_ruling *v,
                                      const char *by, jz_err *err);
/* Whether an event of the complaint may be shown beside a repeat of it. */
bool jz_repeat_shows(const jz_repeat *p, const jz_govern_event *e);

typedef struct jz_answer { /* of a repeat; text is borrowed */
    int64_t number;
    const char *repeat, *complaint;
    const char *first_by, *by; /* first_by: of a second review */
    jz_ruling known, said, settled;
    int64_t at_us, settled_us; /* 0 = not */
} jz_answer;
typedef jz_status (*jz_answer_fn)(void *user, const jz_answer *a, jz_err *err);
/* Golden items that by has decided, newest first, at most 100. */
JZ_CHECKED jz_status jz_quality_told(jz_govern *g, const char *by, jz_answer_fn fn, void *user,
                                     jz_err *err);
/* Second reviews that differ and wait for a supervisor, oldest first, at most 100. */
JZ_CHECKED jz_status jz_quality_disputes(jz_govern *g, jz_answer_fn fn, void *user, jz_err *err);
/* What is right, and why. *again: the first verdict was wrong, so the matter is open again: a
 * decision as appealed, a complaint that was rejected likewise, for another person than the first.
 * JZ_E_INVAL: by is one of the two; JZ_E_NOTFOUND: no such dispute. */
JZ_CHECKED jz_status jz_quality_settle(jz_govern *g, int64_t number, const jz_ruling *v,
                                       const char *reason, const char *by, bool *again,
                                       jz_err *err);

/* ---- agreement (quality_agree.c) ---- */

/* Krippendorff's alpha of two readings of each unit, yes or no, with 95 %: both yes, one yes, none.
 * K. Krippendorff, Content Analysis (2004), 11.2: nominal data, two observers, none missing. The
 * interval is the goodness-of-fit one of A. Donner and M. Eliasziw, Statistics in Medicine 11
 * (1992) 1511-1519, for two exchangeable readings, which holds in small samples. */
typedef struct jz_agreement {
    uint64_t both, split, neither;
    double alpha, low, high; /* not a number where all readings are the same: nothing to agree on */
} jz_agreement;
void jz_agreement_of(uint64_t both, uint64_t split, uint64_t neither, jz_agreement *out);

typedef struct jz_clause { /* text is borrowed */
    const char *policy;    /* NULL: whether it is a violation at all */
    jz_agreement second;   /* of second reviews: this clause, or another one or none */
    int64_t golden, right; /* golden items of this clause that were decided */
} jz_clause;
typedef jz_status (*jz_clause_fn)(void *user, const jz_clause *c, jz_err *err);
/* First whether it is a violation, then each clause that somebody has named, in order; at most
 * JZ_CLAUSES of them. */
#define JZ_CLAUSES 512
JZ_CHECKED jz_status jz_quality_agreement(jz_govern *g, int64_t since_us, jz_clause_fn fn,
                                          void *user, jz_err *err);

#endif
