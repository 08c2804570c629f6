/* SPDX-License-Identifier: Apache-2.0 */
/* Complaints: what somebody says is wrong with an item, until it is decided, carried out and, where
 * they want it, looked at again by somebody else. Each law that applies has a clock of its own,
 * which begins once the complaint has all that this law asks for. docs/complaints.md has the
 * fields, the laws and who may do what. Every step is an event of jz/govern.h. */
#ifndef JZ_COMPLAINT_H
#define JZ_COMPLAINT_H

#include <jz/govern.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_COMPLAINT_ID_SIZE 33   /* 32 hex digits of a random number */
#define JZ_COMPLAINT_CASE_SIZE 15 /* "JZ-", 11 characters, terminator */
#define JZ_COMPLAINT_PIN_SIZE 9   /* 8 digits */
#define JZ_COMPLAINT_JSON_MAX ((size_t)128 << 10)
#define JZ_COMPLAINT_ITEMS 64 /* of one complaint */

/* Numbers are stored: never reused. Names: "incomplete", "open", ... */
typedef enum jz_complaint_state {
    JZ_COMPLAINT_INCOMPLETE = 1, /* nothing in it can be found: no clock runs */
    JZ_COMPLAINT_OPEN,
    JZ_COMPLAINT_UPHELD, /* decided; clocks run until it is carried out */
    JZ_COMPLAINT_DONE,
    JZ_COMPLAINT_REJECTED,
    JZ_COMPLAINT_APPEALED, /* under review again */
    JZ_COMPLAINT_FINAL,    /* rejected on appeal */
    JZ_COMPLAINT_WITHDRAWN,
} jz_complaint_state;
JZ_API const char *jz_complaint_state_name(jz_complaint_state s); /* NULL for none of them */

typedef enum jz_complaint_act {
    JZ_COMPLAINT_PAUSE = 1,
    JZ_COMPLAINT_RESUME,
    JZ_COMPLAINT_UPHOLD,
    JZ_COMPLAINT_REJECT,
    JZ_COMPLAINT_CARRY, /* what was decided is carried out */
    JZ_COMPLAINT_APPEAL,
    JZ_COMPLAINT_WITHDRAW,
} jz_complaint_act;
JZ_API const char *jz_complaint_act_name(jz_complaint_act a); /* "pause", ...; NULL for none */

/* ---- laws ---- */

/* What a law asks of a complaint before its clock begins. */
enum {
    JZ_ELEMENT_ITEM = 1, /* identification, with enough to find it: a URL or a hash */
    JZ_ELEMENT_STATEMENT = 2,
    JZ_ELEMENT_SIGNATURE = 4,
    JZ_ELEMENT_CONTACT = 8,
};
JZ_API const char *jz_complaint_element_name(unsigned element); /* of one bit; NULL */

typedef struct jz_complaint_law {
    const char *name;         /* stored */
    const char *jurisdiction; /* ISO 3166-1; NULL: everywhere */
    const char *text;         /* what it is, with the mark of docs/complaints.md */
    uint32_t hours;           /* 0: our own promise, jz_complaint_promise() */
    unsigned elements;
    bool intimate_only; /* intimate pictures, made by a machine or not */
    bool orders_only;   /* of an authority */
    bool pausable;      /* the law lets a clock stand while something is waited for */
} jz_complaint_law;
/* The i-th; NULL behind the last one. */
JZ_API const jz_complaint_law *jz_complaint_law_at(size_t i);

/* Our own promise in hours, for what comes from now on; 1 to 8760, and published, as the law
 * wants. 48 where none was made. */
JZ_API JZ_CHECKED jz_status jz_complaint_promise(jz_govern *g, uint32_t hours, const char *by,
                                                 jz_err *err);

/* ---- filing ---- */

typedef struct jz_complaint_ticket { /* for whoever complains, shown once: the PIN is not stored */
    char case_no[JZ_COMPLAINT_CASE_SIZE];
    char pin[JZ_COMPLAINT_PIN_SIZE];
} jz_complaint_ticket;

/* Takes a complaint (JSON). ticket: NULL where nobody needs one, as of a patrol of the platform
 * itself. Fails with JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT (not such a JSON, the key named; or
 * too many from one reporter today) or JZ_E_BUSY (the reporter's complaints are paused; never of
 * the person depicted, or of an authority). by: who does it, here and below. */
JZ_API JZ_CHECKED jz_status jz_complaint_file(jz_govern *g, jz_bytes json, const char *by,
                                              char id[JZ_COMPLAINT_ID_SIZE],
                                              jz_complaint_ticket *ticket, jz_err *err);
/* Adds items, and elements that were missing: JSON of the same keys, all optional, of which only
 * items, statement, signature and contact count. JZ_E_INVAL where it is decided; JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_complaint_add(jz_govern *g, const char *id, jz_bytes json,
                                             const char *by, jz_err *err);
/* The whole id of the one complaint whose id begins so (8 digits or more). JZ_E_NOTFOUND;
 * JZ_E_INVAL where several are meant. */
JZ_API JZ_CHECKED jz_status jz_complaint_find(jz_govern *g, const char *text,
                                              char id[JZ_COMPLAINT_ID_SIZE], jz_err *err);
/* Whose case number and PIN they are: that is the proof for withdrawing, adding, appealing and
 * seeing the status. JZ_E_MISMATCH (not saying which is wrong; the attempt is counted), JZ_E_BUSY.
 */
JZ_API JZ_CHECKED jz_status jz_complaint_by_case(jz_govern *g, const char *case_no, const char *pin,
                                                 char id[JZ_COMPLAINT_ID_SIZE], jz_err *err);

/* ---- doing ---- */

typedef struct jz_complaint_deed { /* zero-initialise; text is borrowed */
    jz_complaint_act act;
    const char *by; /* a pseudonym: it stays in the record */
    /* Told to whoever complains, in their status: wanted for all but resume and carry. No names. */
    const char *reason;
    const char *policy, *basis; /* uphold, reject: the clause, and the legal basis */
    bool unfounded;             /* reject: manifestly, counted against the reporter */
    const char *trace;          /* uphold, reject: of rules; opaque; NULL = none */
    bool ours; /* no words for whoever complains: the reason is not told, and an appeal is one that
                * they did not ask for */
} jz_complaint_deed;

/* Does it, durably, also to those that are folded into it. Fails with JZ_E_INVAL (not from this
 * state; folded into another, which is named; the appeal by whoever decided; nothing changes) or
 * JZ_E_NOTFOUND. */
JZ_API JZ_CHECKED jz_status jz_complaint_do(jz_govern *g, const char *id,
                                            const jz_complaint_deed *deed, jz_err *err);

/* Records for each clock, once, that half and four fifths of its time are over, and that it is
 * broken. To be called every minute; decisions need it for nothing. */
JZ_API JZ_CHECKED jz_status jz_complaint_sweep(jz_govern *g, const char *by, uint64_t *escalated,
                                               uint64_t *broken, jz_err *err);

/* ---- seeing ---- */

#define JZ_COMPLAINT_CLOCKS 8

typedef struct jz_complaint_clock {
    const jz_complaint_law *law;
    int64_t from_us, due_us;
    int64_t stopped_us; /* 0 = runs */
    bool paused;
    bool broken;      /* it was, or is, later than due */
    unsigned percent; /* of its time that is over; 100 and more: broken */
    unsigned missing; /* elements that it still waits for: it has not begun, and from_us is 0 */
} jz_complaint_clock;

typedef struct jz_complaint_info { /* text is borrowed until the callback returns */
    const char *id;
    jz_complaint_state state;
    const char *role, *category, *jurisdiction;
    unsigned score; /* harm and confidence, 0 to 10 */
    int64_t filed_us;
    int64_t decided_us; /* 0 = not (again) */
    int64_t paused_us;  /* 0 = not */
    int64_t due_us;     /* of the first of its clocks, and of those folded into it; 0 = none runs */
    const char *folded_into; /* an id; NULL = into none */
    int64_t folded;          /* how many are folded into it */
    int64_t items;
    bool erased;
    jz_complaint_clock clock[JZ_COMPLAINT_CLOCKS];
    size_t clocks;
    const char *body; /* what was said, JSON; NULL where erased; personal */
} jz_complaint_info;
typedef jz_status (*jz_complaint_info_fn)(void *user, const jz_complaint_info *info, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_complaint_show(jz_govern *g, const char *id, jz_complaint_info_fn fn,
                                              void *user, jz_err *err);
/* What waits (all: every one, in the order of filing): first what has used up four fifths of its
 * time, by its end; then by score and end. Folded ones are not listed by themselves. */
JZ_API JZ_CHECKED jz_status jz_complaint_list(jz_govern *g, bool all, jz_complaint_info_fn fn,
                                              void *user, jz_err *err);

typedef struct jz_complaint_item { /* text is borrowed */
    int64_t number;                /* from 1 on */
    const char *url, *note;        /* NULL = none */
    const uint8_t *sha256;         /* 32 bytes; NULL = none */
    const uint8_t *pdq;            /* 32 bytes; NULL = none */
} jz_complaint_item;
typedef jz_status (*jz_complaint_item_fn)(void *user, const jz_complaint_item *item, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_complaint_items(jz_govern *g, const char *id,
                                               jz_complaint_item_fn fn, void *user, jz_err *err);

/* What whoever complains is told, in order: kinds are "received", "missing", "paused", "resumed",
 * "upheld", "done", "rejected", "appealed", "final", "withdrawn", "warned", "reports-paused". Who
 * works on it is in none of them. */
typedef struct jz_complaint_notice {
    int64_t at_us;
    const char *kind;
    const char *text; /* "" where the kind says it all */
} jz_complaint_notice;
typedef jz_status (*jz_complaint_notice_fn)(void *user, const jz_complaint_notice *n, jz_err *err);
JZ_API JZ_CHECKED jz_status jz_complaint_notices(jz_govern *g, const char *id,
                                                 jz_complaint_notice_fn fn, void *user,
                                                 jz_err *err);

/* A text (JSON) by which whoever complains can show what they said and when it was recorded: each
 * event with its leaf and a proof from the log; the text of an event only of what they did
 * themselves, for others name who works on it. What is not in the ledger yet is JZ_E_BUSY. *out is
 * freed with jz_govern_free(). */
JZ_API JZ_CHECKED jz_status jz_complaint_receipt(jz_govern *g, jz_log *log, const char *id,
                                                 char **out, jz_err *err);

/* What is personal goes: what was said, items, reporter, case number. Only where nothing is open:
 * done, rejected, final, withdrawn; JZ_E_INVAL. JZ_E_BUSY: a hold of jz/report.h is in force. The
 * events stay. */
JZ_API JZ_CHECKED jz_status jz_complaint_erase(jz_govern *g, const char *id, const char *by,
                                               jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
