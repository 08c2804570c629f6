/* SPDX-License-Identifier: Apache-2.0 */
/* From a table of events to the ledger. A leaf holds nothing but the hash of an event's text, which
 * has a random salt in it: the log can be shown to everyone, and the event can be erased while the
 * log stays whole. Leaves of one object are chained. */
#ifndef JZ_ANCHOR_H
#define JZ_ANCHOR_H

#include <jz/ledger.h>

#include "store/store.h"

typedef struct jz_anchor {
    const char *next; /* SELECT: events that have no leaf, in order, ?1 of them */
    const char *last; /* SELECT: the highest leaf of the object ?1, or NULL */
    const char *keep; /* UPDATE: the event of row ?1 has the leaf ?2 */
    /* An event of next: its row, and its leaf but for prev. */
    jz_status (*read)(jz_stmt *st, int64_t *row, jz_leaf *out, jz_err *err);
} jz_anchor;

/* Appends to the log what it does not have, and remembers where it is; *n counts. Called again
 * after a crash in between, it may append an event twice. No transaction is open. */
JZ_CHECKED jz_status jz_anchor_run(jz_store *store, const jz_anchor *a, jz_log *log, uint64_t *n,
                                   jz_err *err);

#endif
