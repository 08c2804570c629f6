/* SPDX-License-Identifier: Apache-2.0 */
/* What acting is recorded in: one handle for consent (jz/consent.h), the gate before synthesis
 * (jz/gate.h) and filings (jz/filing.h). Whatever is done is an event with a random salt, written
 * in the transaction that does it; the ledger gets the hash of each event's text and nothing else,
 * so that it can be shown to everybody, and what is personal can be erased while it stays whole. */
#ifndef JZ_GOVERN_H
#define JZ_GOVERN_H

#include <jz/ledger.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Tables in jz.db of an installation's home. Threads: one at a time; open one for each. */
typedef struct jz_govern jz_govern;

#define JZ_GOVERN_TEXT_MAX 1024 /* bytes of any text here, UTF-8 */
#define JZ_GOVERN_NAME_MAX 256  /* bytes of names and references */
#define JZ_GOVERN_SALT 16

typedef struct jz_govern_opts { /* zero-initialise; NULL is the same */
    bool relaxed;               /* a crash of the machine may lose the last answers: only for
                                   measuring and for tests */
    uint32_t deletion_days;     /* until a provider must have deleted; 0 = 7. What the law wants is
                                   "in time" (PIPL article 47), without a number */
    uint32_t token_s;           /* how long a gate's token is good; 0 = 900 */
} jz_govern_opts;

/* Opens home/jz.db, making both where create is set. JZ_E_NOTFOUND where there is none; JZ_E_IO,
 * JZ_E_CORRUPT, JZ_E_BUSY, JZ_E_NOMEM; JZ_E_UNSUPPORTED for a database of a newer program. */
JZ_API JZ_CHECKED jz_status jz_govern_open(const char *home, bool create,
                                           const jz_govern_opts *opts, jz_govern **out,
                                           jz_err *err);
JZ_API void jz_govern_close(jz_govern *g);
JZ_DEFINE_AUTO(jz_govern, jz_govern_close);
/* From now on it is that time (microseconds since 1970 UTC), 0: the system's. For tests. */
JZ_API void jz_govern_set_time(jz_govern *g, int64_t at_us);
/* Text that a function of govern has made; NULL is fine. Threads: any. */
JZ_API void jz_govern_free(char *text);

typedef struct jz_govern_event { /* text is borrowed */
    int64_t at_us;
    const char *by;
    const char *object;           /* a consent's id, a decision's, a filing's number, ... */
    const char *kind;             /* "given", "withdrawn", "permit", "output", ... */
    const char *detail;           /* a JSON object */
    uint8_t salt[JZ_GOVERN_SALT]; /* random: makes the commitment to it say nothing */
    int64_t leaf;                 /* its index in the ledger; -1 = not there (yet) */
} jz_govern_event;
typedef jz_status (*jz_govern_event_fn)(void *user, const jz_govern_event *event, jz_err *err);
/* Everything that was done with an object, in order. Nothing can be taken out of it. fn must not
 * change anything, here and below. */
JZ_API JZ_CHECKED jz_status jz_govern_events(jz_govern *g, const char *object,
                                             jz_govern_event_fn fn, void *user, jz_err *err);
/* Appends to the log what was done since the last time, in banks (jz/bank.h), too; *n counts.
 * Called again after a crash in between, it may append an event twice. What the log fails with. */
JZ_API JZ_CHECKED jz_status jz_govern_anchor(jz_govern *g, jz_log *log, uint64_t *n, jz_err *err);

#ifdef __cplusplus
}
#endif
#endif
