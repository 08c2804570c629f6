/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of jz_govern, shared by the files of the module. */
#ifndef JZ_GOVERNS_H
#define JZ_GOVERNS_H

#include <jz/consent.h>
#include <jz/filing.h>
#include <jz/gate.h>

#include "base/json.h"
#include "store/store.h"

/* Statements that the gate runs for each request: prepared once. */
typedef enum jz_govern_sql {
    JZ_SQL_EVENT,
    JZ_SQL_CONSENT,
    JZ_SQL_MEDIA,
    JZ_SQL_PENDING,
    JZ_SQL_PROVIDER,
    JZ_SQL_BLOCK,
    JZ_SQL_ANSWERED,
    JZ_SQL_DECIDE,
    JZ_SQL_USE,
    JZ_SQL_COUNT,
} jz_govern_sql;

struct jz_govern {
    char *home;
    jz_store *store;
    jz_stmt *sql[JZ_SQL_COUNT];
    int64_t fixed_us; /* 0 = the system's time */
    uint32_t deletion_days, token_s;
    jz_gate_rules_fn rules;
    void *rules_user;
    /* Runs in each transaction when all else is done; where it fails, nothing is. NULL = none. */
    jz_status (*before_commit)(jz_govern *g, void *user, jz_err *err);
    void *before_commit_user;
    struct jz_rules *live_rules, *shadow_rules; /* as last compiled: jz_rules_current() */
};

/* The time, of the system or set. */
int64_t jz_govern_now_us(const jz_govern *g);
static inline int64_t jz_govern_now_s(const jz_govern *g)
{
    return jz_govern_now_us(g) / 1000000;
}

/* A prepared statement, reset; borrowed. Whoever reads rows from it resets it when done. */
JZ_CHECKED jz_status jz_govern_stmt(jz_govern *g, jz_govern_sql which, jz_stmt **out, jz_err *err);
/* Text that must (needed) or may be there. JZ_E_INVAL, JZ_E_LIMIT; what names it. */
JZ_CHECKED jz_status jz_govern_text(const char *what, const char *text, size_t max, bool needed,
                                    jz_err *err);
/* Ends a transaction: st is what was done in it. */
JZ_CHECKED jz_status jz_govern_end(jz_govern *g, jz_status st, jz_err *err);
/* Runs fn for each row of a statement that is bound. */
typedef jz_status (*jz_govern_row_fn)(jz_govern *g, jz_stmt *st, void *user, jz_err *err);
JZ_CHECKED jz_status jz_govern_each(jz_govern *g, jz_stmt *st, jz_govern_row_fn fn, void *user,
                                    jz_err *err);

/* ---- events ---- */

/* Adds an event, in the open transaction. detail: an object that is finished. */
JZ_CHECKED jz_status jz_govern_record(jz_govern *g, const char *object, const char *by,
                                      const char *kind, const jz_buf *detail, jz_err *err);
/* The event in the current row, whose columns are these; text is borrowed. */
#define JZ_GOVERN_EVENT_COLUMNS "at_us, done_by, object, kind, detail, salt, leaf"
JZ_CHECKED jz_status jz_govern_event_row(jz_stmt *st, jz_govern_event *out, jz_err *err);
/* What the ledger commits to: the event with its salt, keys in order, no blanks. */
void jz_govern_event_text(const jz_govern_event *e, jz_buf *out);

/* ---- JSON members ---- */

#endif
