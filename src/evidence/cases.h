/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of jz_cases, shared by the files case_*.c. */
#ifndef JZ_CASES_H
#define JZ_CASES_H

#include <jz/case.h>

#include "base/json.h"
#include "store/store.h"

struct jz_cases {
    char *home;
    jz_store *store;
};

/* The row of a case; where writable is set, JZ_E_INVAL for a closed one. JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_case_row(jz_cases *c, const char *id, bool writable, int64_t *row,
                                 jz_err *err);
/* The row of an item by its number. JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_case_item_row(jz_cases *c, int64_t row, int64_t number, int64_t *item,
                                      jz_err *err);
/* Where the copy of those bytes is; freed with jz_free(). Whoever reads it records that. */
JZ_CHECKED jz_status jz_case_copy_path(const jz_cases *c, const char *id, const uint8_t *sha256,
                                       char **out, jz_err *err);
typedef struct jz_case_copy { /* plain values */
    char id[JZ_CASE_ID_SIZE];
    int64_t item;
    char kind[16], format[32]; /* format "" = not media */
} jz_case_copy;
/* The item, of any case, that holds these bytes: the newest. JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_case_holding(jz_cases *c, const uint8_t sha256[JZ_SHA256_SIZE],
                                     jz_case_copy *out, jz_err *err);
/* Text that must (needed) or may be there. JZ_E_INVAL, JZ_E_LIMIT; what names it. */
JZ_CHECKED jz_status jz_case_text(const char *what, const char *text, size_t max, bool needed,
                                  jz_err *err);
/* The next number of a table's rows in a case: from 1 on. */
JZ_CHECKED jz_status jz_case_next(jz_cases *c, const char *table, int64_t row, int64_t *number,
                                  jz_err *err);
/* Adds to the record of a case, in the open transaction. detail: an object that is finished. */
JZ_CHECKED jz_status jz_case_record(jz_cases *c, int64_t row, const char *by, const char *kind,
                                    const jz_buf *detail, jz_err *err);
/* The event in the current row, whose columns are these; text is borrowed. */
#define JZ_CASE_EVENT_COLUMNS "at_us, done_by, kind, detail, salt, leaf"
JZ_CHECKED jz_status jz_case_event_row(jz_stmt *st, jz_case_event *out, jz_err *err);
/* What the ledger commits to, and a line of the bag's events.ndjson: the event with its salt, keys
 * in order, no blanks. */
void jz_case_event_text(const char *id, const jz_case_event *e, jz_buf *out);
/* Ends a transaction: st is what was done in it. */
JZ_CHECKED jz_status jz_case_end(jz_cases *c, jz_status st, jz_err *err);

/* Runs fn for each row of a statement that is bound. */
typedef jz_status (*jz_case_row_fn)(jz_cases *c, jz_stmt *st, void *user, jz_err *err);
JZ_CHECKED jz_status jz_case_each(jz_cases *c, jz_stmt *st, jz_case_row_fn fn, void *user,
                                  jz_err *err);

#endif
