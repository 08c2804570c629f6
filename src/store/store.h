/* SPDX-License-Identifier: Apache-2.0 */
/* One database behind one interface. SQL is the subset that SQLite and PostgreSQL share, with
 * parameters written ?1, ?2, ...; each module owns its tables and lists the steps that made them.
 * Threads: a jz_store belongs to one thread at a time; open one for each.
 *
 * What callers rely on, and an engine must give (in brackets: how PostgreSQL does):
 *   append a batch      begin, a statement run for each row, commit: durable when it returns, all
 *                       or nothing (synchronous_commit);
 *   read since a number numbers of $id are given in the order in which transactions commit, for
 *                       there is one writer at a time: who has read up to one misses none later
 *                       (begin takes an advisory lock);
 *   one moment          begin_read (repeatable read), also for copy;
 *   copy out            copy gives an SQLite file, whatever the engine is: backups have one form
 *                       (rows read at one moment, inserted into a new file).
 * And what callers do not do, which SQLite would allow: go on in a transaction after a statement
 * failed, compare text in another order than that of its bytes (COLLATE "C"), or read a column as
 * another type than it was declared. */
#ifndef JZ_STORE_H
#define JZ_STORE_H

#include <jz/base.h>

typedef struct jz_store jz_store;
typedef struct jz_stmt jz_stmt;

typedef struct jz_store_opts { /* zero-initialise; NULL is the same */
    bool relaxed;              /* a crash of the machine may lose the last commits, never the file:
                                  for state that can be computed again */
    uint32_t busy_ms;          /* wait for another process's write; 0 = 10000 */
    uint32_t cache_kib;        /* pages kept by this connection, where it keeps them; 0 = 2048 */
} jz_store_opts;

/* Opens or makes the SQLite database at path (WAL, synchronous FULL unless relaxed; mode 0600 when
 * made). "postgresql://..." is JZ_E_UNSUPPORTED: that engine is not written yet. Fails with
 * JZ_E_IO, JZ_E_CORRUPT (not a database), JZ_E_BUSY, JZ_E_NOMEM; the path is named, here and by
 * every function below. */
JZ_CHECKED jz_status jz_store_open(const char *path, const jz_store_opts *opts, jz_store **out,
                                   jz_err *err);
void jz_store_close(jz_store *s);
/* Closes one whose files are removed next: nothing is written any more, an open transaction is
 * lost. */
void jz_store_discard(jz_store *s);

/* Runs steps[version..n) of a module in one transaction and remembers n. A database from a newer
 * program (version > n) is JZ_E_UNSUPPORTED. A step may hold several statements, and may use the
 * words that each engine replaces with its own: $id (the type of a primary key that counts up and
 * is never used twice), $int (64 bits), $real, $blob, $strict and $clustered (after the closing
 * parenthesis of a table; the second for one that is read by its primary key). */
JZ_CHECKED jz_status jz_store_migrate(jz_store *s, const char *module, const char *const *steps,
                                      size_t n, jz_err *err);

/* A statement prepared once for its lifetime; belongs to s, freed before it. */
JZ_CHECKED jz_status jz_stmt_new(jz_store *s, const char *sql, jz_stmt **out, jz_err *err);
void jz_stmt_free(jz_stmt *st);
/* Parameters count from 1; values are borrowed until the next jz_stmt_reset(), which forgets
 * them. NULL text or blob binds NULL. A failed bind is reported by the next jz_stmt_step(). */
void jz_stmt_bind_i64(jz_stmt *st, int at, int64_t v);
void jz_stmt_bind_f64(jz_stmt *st, int at, double v);
void jz_stmt_bind_text(jz_stmt *st, int at, const char *v);
void jz_stmt_bind_blob(jz_stmt *st, int at, const void *v, size_t len);
/* *row says whether there is a row to read. JZ_E_EXISTS where a unique key forbids it. */
JZ_CHECKED jz_status jz_stmt_step(jz_stmt *st, bool *row, jz_err *err);
/* Runs a statement to its end, passing over rows, and resets it, also on failure. */
JZ_CHECKED jz_status jz_stmt_run(jz_stmt *st, jz_err *err);
/* Ends the statement's run and with it its read transaction. */
void jz_stmt_reset(jz_stmt *st);
/* Columns of the current row count from 0; text and blobs live until the next step or reset. */
int64_t jz_stmt_i64(jz_stmt *st, int at);
double jz_stmt_f64(jz_stmt *st, int at);
const char *jz_stmt_text(jz_stmt *st, int at); /* NULL where the value is NULL */
jz_bytes jz_stmt_blob(jz_stmt *st, int at);
bool jz_stmt_is_null(jz_stmt *st, int at);

JZ_CHECKED jz_status jz_store_exec(jz_store *s, const char *sql, jz_err *err);
JZ_CHECKED jz_status jz_store_begin(jz_store *s, jz_err *err); /* takes the write lock at once */
/* What is read until jz_store_rollback() is of one moment; nobody has to wait for it. */
JZ_CHECKED jz_status jz_store_begin_read(jz_store *s, jz_err *err);
/* Where it fails, the transaction is still open: roll it back. */
JZ_CHECKED jz_status jz_store_commit(jz_store *s, jz_err *err);
void jz_store_rollback(jz_store *s);   /* nothing where no transaction is open */
int64_t jz_store_last_id(jz_store *s); /* the $id of the last row inserted */
int64_t jz_store_changes(jz_store *s); /* rows that the last statement changed */

/* Copies the whole database, as it is at one moment, into a new file (mode 0600) while others go on
 * writing; the copy is synced. JZ_E_EXISTS where there is a file of that name. */
JZ_CHECKED jz_status jz_store_copy(jz_store *s, const char *path, jz_err *err);
/* Reads all of it and checks that pages, indexes and references agree: JZ_E_CORRUPT says what does
 * not. */
JZ_CHECKED jz_status jz_store_check(jz_store *s, jz_err *err);

JZ_DEFINE_AUTO(jz_store, jz_store_close);
JZ_DEFINE_AUTO(jz_stmt, jz_stmt_free);

#endif
