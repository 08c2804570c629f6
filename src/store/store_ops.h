/* SPDX-License-Identifier: Apache-2.0 */
/* What an engine of the store provides. The contracts are those of store.h. */
#ifndef JZ_STORE_OPS_H
#define JZ_STORE_OPS_H

#include "store/store.h"

/* A word of a migration step and what the engine writes for it. */
typedef struct jz_sql_word {
    const char *word; /* "$id" */
    const char *sql;
} jz_sql_word;

typedef struct jz_store_ops {
    const jz_sql_word *words; /* ends with a row of zeros; no word begins with an earlier one */
    void (*close)(jz_store *s);
    void (*discard)(jz_store *s);
    jz_status (*exec)(jz_store *s, const char *sql, jz_err *err);
    jz_status (*copy)(jz_store *s, const char *path, jz_err *err);
    jz_status (*check)(jz_store *s, jz_err *err);
    jz_status (*begin)(jz_store *s, jz_err *err);
    jz_status (*begin_read)(jz_store *s, jz_err *err);
    jz_status (*commit)(jz_store *s, jz_err *err);
    void (*rollback)(jz_store *s);
    int64_t (*last_id)(jz_store *s);
    int64_t (*changes)(jz_store *s);
    jz_status (*prepare)(jz_store *s, const char *sql, jz_stmt **out, jz_err *err);
    void (*finalize)(jz_stmt *st);
    void (*bind_i64)(jz_stmt *st, int at, int64_t v);
    void (*bind_f64)(jz_stmt *st, int at, double v);
    void (*bind_text)(jz_stmt *st, int at, const char *v);
    void (*bind_blob)(jz_stmt *st, int at, const void *v, size_t len);
    jz_status (*step)(jz_stmt *st, bool *row, jz_err *err);
    void (*reset)(jz_stmt *st);
    int64_t (*i64)(jz_stmt *st, int at);
    double (*f64)(jz_stmt *st, int at);
    const char *(*text)(jz_stmt *st, int at);
    jz_bytes (*blob)(jz_stmt *st, int at);
    bool (*is_null)(jz_stmt *st, int at);
} jz_store_ops;

/* The engines' own structs begin with these. */
struct jz_store {
    const jz_store_ops *ops;
};
struct jz_stmt {
    jz_store *store;
};

JZ_CHECKED jz_status jz_sqlite_open(const char *path, const jz_store_opts *opts, jz_store **out,
                                    jz_err *err);

#endif
