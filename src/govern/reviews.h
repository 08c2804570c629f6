/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for a person, and who works on it: complaints, appeals against decisions, measures
 * that the ladder proposes. An object is "complaint:ID", "decision:ID" or "measure:N". A claim is
 * exclusive and ends by itself; whoever has passed something on, or has decided it before, is not
 * given it again. A decision can wait for some seconds, in which it can be undone, before anything
 * happens: it is kept as the request that it is, was tried before it is kept, and is done and
 * forgotten in one transaction. by: the name of who does it ("staff:NAME"), everywhere. */
#ifndef JZ_REVIEWS_H
#define JZ_REVIEWS_H

#include "govern/governs.h"

#define JZ_REVIEW_OBJECT 48
#define JZ_REVIEW_LEASE_US INT64_C(900000000) /* a claim: 15 minutes; */
#define JZ_REVIEW_KEEP_US INT64_C(3600000000) /* extended or handed over: an hour from now */

JZ_CHECKED jz_status jz_review_tables(jz_store *s, jz_err *err);

/* ---- the queue ---- */

typedef enum jz_review_kind { /* bits */
                              JZ_REVIEW_COMPLAINT = 1,
                              JZ_REVIEW_APPEAL = 2,  /* of an account, against a decision */
                              JZ_REVIEW_MEASURE = 4, /* proposed */
} jz_review_kind;
const char *jz_review_kind_name(jz_review_kind k); /* "complaint", ...; NULL for none */

/* Where a row stands in the order, as it was at at_us: hot rows come first, and which ones are hot
 * must not change from page to page. */
typedef struct jz_review_place {
    int64_t at_us, cold, due_us, score, since_us, kind, row;
} jz_review_place;

typedef struct jz_review_row { /* text is borrowed */
    const char *object;
    jz_review_kind kind;
    const char *state, *category, *role, *jurisdiction; /* "" where there is none */
    int64_t score;                                      /* harm and confidence, 0 to 10 */
    int64_t since_us, due_us;                           /* 0 = no clock runs */
    bool hot;                                           /* four fifths of a clock are over */
    int64_t items, folded;
    const char *holder; /* "" = nobody's */
    int64_t until_us;   /* of the claim */
    bool second;        /* somebody asks for a second opinion */
    bool passed;        /* by you */
    bool pending;       /* decided, and can still be undone */
    jz_review_place place;
} jz_review_row;
typedef jz_status (*jz_review_fn)(void *user, const jz_review_row *row, jz_err *err);

typedef struct jz_review_filter { /* zero-initialise */
    unsigned kinds;               /* 0 = all */
    const char *category;         /* NULL = any */
    const char *holder;           /* NULL = any; else what this one has claimed */
    unsigned without;             /* jz_review_next(): not these categories; bits 1 << number */
    const jz_review_place
        *after;    /* jz_review_list(): rows behind that one; NULL = from the first */
    int64_t limit; /* 0 = 100 */
} jz_review_filter;
/* First what has used up four fifths of its time, by its end; then by harm and end. Without what by
 * is never given: repeats (quality.h) of what they have decided or declared. A page costs the same
 * wherever it begins. */
JZ_CHECKED jz_status jz_review_list(jz_govern *g, const jz_review_filter *f, const char *by,
                                    jz_review_fn fn, void *user, jz_err *err);
/* The number of a category, 0 for "" and NULL, -1 for none. */
int jz_review_category(const char *name);
JZ_CHECKED jz_status jz_review_count(jz_govern *g, unsigned kind, const char *by, int64_t *n,
                                     jz_err *err);

/* ---- claims ---- */

/* Whether it waits, and by may decide it; category: its number, NULL where that is not wanted.
 * JZ_E_NOTFOUND; JZ_E_INVAL: decided by you before. */
JZ_CHECKED jz_status jz_review_waits(jz_govern *g, const char *object, const char *by,
                                     int *category, jz_err *err);
/* The first that by may have. JZ_E_NOTFOUND: there is none. */
JZ_CHECKED jz_status jz_review_first(jz_govern *g, const jz_review_filter *f, const char *by,
                                     char object[JZ_REVIEW_OBJECT], jz_err *err);
/* Claims the first that is nobody's and that by may decide. JZ_E_NOTFOUND: there is none. */
JZ_CHECKED jz_status jz_review_next(jz_govern *g, const jz_review_filter *f, const char *by,
                                    char object[JZ_REVIEW_OBJECT], jz_err *err);
/* JZ_E_EXISTS: another's, who is named. JZ_E_INVAL: decided by you before. JZ_E_NOTFOUND: nothing
 * that waits. One's own is extended. */
JZ_CHECKED jz_status jz_review_claim(jz_govern *g, const char *object, const char *by, jz_err *err);

typedef enum jz_review_act {
    JZ_REVIEW_EXTEND = 1,
    JZ_REVIEW_RELEASE, /* anybody may take it, you too */
    JZ_REVIEW_SKIP,    /* anybody else */
    JZ_REVIEW_HAND,    /* it is to's from now on */
    JZ_REVIEW_SECOND,  /* anybody else; reason: what you think */
} jz_review_act;
/* With one's own claim: JZ_E_EXISTS where it is not. */
JZ_CHECKED jz_status jz_review_do(jz_govern *g, const char *object, jz_review_act act,
                                  const char *to, const char *reason, const char *by, jz_err *err);
/* Whether by may decide it now. own: only with a claim; else, unless it is another's. JZ_E_EXISTS.
 */
JZ_CHECKED jz_status jz_review_may(jz_govern *g, const char *object, bool own, const char *by,
                                   jz_err *err);
/* Whether by has claimed it; its category's number. JZ_E_EXISTS: no claim. */
JZ_CHECKED jz_status jz_review_claimed(jz_govern *g, const char *object, const char *by,
                                       int *category, jz_err *err);
const char *jz_review_category_name(int category); /* NULL for none */
/* It is decided: claim and passes go. In the open transaction. */
JZ_CHECKED jz_status jz_review_done(jz_govern *g, const char *object, jz_err *err);

/* ---- what belongs to it ---- */

/* Complaints that have an item with these bytes (32) or this address, either may be NULL, and
 * measures on it; not of the complaint except. At most 64 of each. */
typedef struct jz_sibling {   /* text is borrowed */
    const char *complaint;    /* NULL: a measure */
    const char *decision;     /* of the measure */
    const char *state, *kind; /* kind: of the measure */
    int64_t at_us;
} jz_sibling;
typedef jz_status (*jz_sibling_fn)(void *user, const jz_sibling *s, jz_err *err);
JZ_CHECKED jz_status jz_review_siblings(jz_govern *g, const char *except, const uint8_t *sha256,
                                        const char *url, jz_sibling_fn fn, void *user, jz_err *err);

/* Items that are like those of a complaint: the same bytes, the same address, or a picture within
 * JZ_PDQ_MAX_BITS; of the complaint itself, and of others that wait and lead. Each once, as it
 * matches best, at most JZ_LIKES, newest complaints first. Pictures: all that anybody has ever
 * complained of are compared, from an index. (review_likes.c) */
#define JZ_LIKES 64
typedef struct jz_like {   /* text is borrowed */
    int64_t item;          /* of the complaint; */
    const char *complaint; /* number is of this one */
    int64_t number;
    const char *match; /* "sha256", "url", "pdq" */
    uint32_t bits;     /* that differ, of pdq */
    const uint8_t *sha256;
    const char *url;                       /* or NULL, both */
    const char *state, *category, *holder; /* holder: "" = nobody's */
    int64_t since_us, due_us;              /* due_us 0 = no clock runs */
} jz_like;
typedef jz_status (*jz_like_fn)(void *user, const jz_like *like, jz_err *err);
JZ_CHECKED jz_status jz_review_likes(jz_govern *g, const char *complaint, jz_like_fn fn, void *user,
                                     jz_err *err);

/* The hashes of what is decided: items of a complaint, targets of a decision's measures; at most
 * 64. number: of an item, else counted. sha256 and pdq: 32 bytes, NULL where there is none. */
typedef jz_status (*jz_review_hash_fn)(void *user, int64_t number, const uint8_t *sha256,
                                       const uint8_t *pdq, jz_err *err);
JZ_CHECKED jz_status jz_review_hashes(jz_govern *g, const char *object, jz_review_hash_fn fn,
                                      void *user, jz_err *err);

/* An entry of a bank is confirmed by two persons: *confirmed is false for the first of them.
 * JZ_E_EXISTS: that was you. */
JZ_CHECKED jz_status jz_review_confirm(jz_govern *g, int64_t entry, const char *by, bool *confirmed,
                                       jz_err *err);

/* ---- what can be undone ---- */

typedef struct jz_pending { /* text is borrowed */
    int64_t number;
    const char *object, *by, *method, *path, *body;
    int64_t key; /* whose request it is */
    int64_t made_us, due_us;
    const char *error; /* "" = it waits; else why it was not done */
} jz_pending;
typedef jz_status (*jz_pending_fn)(void *user, const jz_pending *p, jz_err *err);
/* Keeps one until due_us; number is given. The claim stays. JZ_E_EXISTS: the object has one. */
JZ_CHECKED jz_status jz_pending_add(jz_govern *g, jz_pending *p, jz_err *err);
/* Those of by. */
JZ_CHECKED jz_status jz_pending_list(jz_govern *g, const char *by, jz_pending_fn fn, void *user,
                                     jz_err *err);
/* The first that is due, NULL in *out where none is; freed with jz_govern_free(), and all of its
 * text with it. */
JZ_CHECKED jz_status jz_pending_due(jz_govern *g, jz_pending **out, jz_err *err);
/* By whoever made it, before it is done; the claim is theirs again. Also takes note of one that
 * was not done. JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_pending_undo(jz_govern *g, int64_t number, const char *by, jz_err *err);
/* It is being done: it goes with the transaction that does it, which is open. */
JZ_CHECKED jz_status jz_pending_done(jz_govern *g, const jz_pending *p, jz_err *err);
/* It could not be done: kept until whoever made it has seen that; the claim goes. */
JZ_CHECKED jz_status jz_pending_fail(jz_govern *g, const jz_pending *p, const char *error,
                                     jz_err *err);

#endif
