/* SPDX-License-Identifier: Apache-2.0 */
/* What was done to banks. Each change is written down in the transaction that makes it, so that
 * none is without; from its table in jz.db govern takes it into its events, and so into the ledger
 * (jz_govern_anchor()). */
#ifndef JZ_BANK_CHANGE_H
#define JZ_BANK_CHANGE_H

#include <jz/bank.h>

#include "base/json.h"
#include "store/store.h"

typedef struct jz_bank_change { /* text is borrowed */
    int64_t at_us;
    const char *by;
    const char *object; /* "bank:NAME", "entry:NUMBER" */
    const char *kind;   /* docs/banks.md */
    const char *detail; /* a JSON object */
} jz_bank_change;

/* ---- for govern ---- */

JZ_CHECKED jz_status jz_bank_change_table(jz_store *s, jz_err *err);
typedef jz_status (*jz_bank_change_fn)(void *user, const jz_bank_change *c, jz_err *err);
/* Tells every change that has ended, in order, and forgets it, in one transaction, in which fn may
 * write. What a crash left open has ended when nothing was added to it for an hour. No transaction
 * is open. */
JZ_CHECKED jz_status jz_bank_changes_take(jz_store *s, int64_t now_us, jz_bank_change_fn fn,
                                          void *user, jz_err *err);

/* ---- for those who make them, in the transaction ---- */

/* What is added to one bank in one change. = { 0 } */
typedef struct jz_bank_adding {
    int64_t row; /* of the table; 0 = not written yet */
    char bank[JZ_BANK_NAME_MAX + 1];
    int64_t entries, signals, confirmed, first, last;
    uint8_t digest[JZ_SHA256_SIZE];
} jz_bank_adding;

void jz_bank_adding_add(jz_bank_adding *a, int64_t entry, jz_entry_status status,
                        const jz_signal *signals, size_t n);
/* Writes it down, or what it has become. open: more will be added. */
JZ_CHECKED jz_status jz_bank_adding_put(jz_store *s, const char *by, bool open, jz_bank_adding *a,
                                        jz_err *err);
/* Nothing more will be added to that row. */
JZ_CHECKED jz_status jz_bank_adding_close(jz_store *s, int64_t row, jz_err *err);

#endif
