/* SPDX-License-Identifier: Apache-2.0 */
#include "store/store_ops.h"

#include "base/buf.h"

#include <inttypes.h>
#include <string.h>

jz_status jz_store_open(const char *path, const jz_store_opts *opts, jz_store **out, jz_err *err)
{
    if (strncmp(path, "postgresql://", 13) == 0 || strncmp(path, "postgres://", 11) == 0)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "a PostgreSQL server: only SQLite files are read");
    return jz_sqlite_open(path, opts != NULL ? opts : &(const jz_store_opts){ 0 }, out, err);
}

void jz_store_close(jz_store *s)
{
    if (s != NULL)
        s->ops->close(s);
}

void jz_store_discard(jz_store *s)
{
    if (s != NULL)
        s->ops->discard(s);
}

jz_status jz_store_exec(jz_store *s, const char *sql, jz_err *err)
{
    return s->ops->exec(s, sql, err);
}

jz_status jz_store_copy(jz_store *s, const char *path, jz_err *err)
{
    return s->ops->copy(s, path, err);
}

jz_status jz_store_check(jz_store *s, jz_err *err)
{
    return s->ops->check(s, err);
}

jz_status jz_store_begin(jz_store *s, jz_err *err)
{
    return s->ops->begin(s, err);
}

jz_status jz_store_begin_read(jz_store *s, jz_err *err)
{
    return s->ops->begin_read(s, err);
}

jz_status jz_store_commit(jz_store *s, jz_err *err)
{
    return s->ops->commit(s, err);
}

void jz_store_rollback(jz_store *s)
{
    s->ops->rollback(s);
}

int64_t jz_store_last_id(jz_store *s)
{
    return s->ops->last_id(s);
}

int64_t jz_store_changes(jz_store *s)
{
    return s->ops->changes(s);
}

jz_status jz_stmt_new(jz_store *s, const char *sql, jz_stmt **out, jz_err *err)
{
    return s->ops->prepare(s, sql, out, err);
}

void jz_stmt_free(jz_stmt *st)
{
    if (st != NULL)
        st->store->ops->finalize(st);
}

void jz_stmt_bind_i64(jz_stmt *st, int at, int64_t v)
{
    st->store->ops->bind_i64(st, at, v);
}

void jz_stmt_bind_f64(jz_stmt *st, int at, double v)
{
    st->store->ops->bind_f64(st, at, v);
}

void jz_stmt_bind_text(jz_stmt *st, int at, const char *v)
{
    st->store->ops->bind_text(st, at, v);
}

void jz_stmt_bind_blob(jz_stmt *st, int at, const void *v, size_t len)
{
    st->store->ops->bind_blob(st, at, v, len);
}

jz_status jz_stmt_step(jz_stmt *st, bool *row, jz_err *err)
{
    return st->store->ops->step(st, row, err);
}

jz_status jz_stmt_run(jz_stmt *st, jz_err *err)
{
    jz_status status = JZ_OK;
    for (bool row = true; status == JZ_OK && row;)
        status = jz_stmt_step(st, &row, err);
    jz_stmt_reset(st);
    return status;
}

void jz_stmt_reset(jz_stmt *st)
{
    st->store->ops->reset(st);
}

int64_t jz_stmt_i64(jz_stmt *st, int at)
{
    return st->store->ops->i64(st, at);
}

double jz_stmt_f64(jz_stmt *st, int at)
{
    return st->store->ops->f64(st, at);
}

const char *jz_stmt_text(jz_stmt *st, int at)
{
    return st->store->ops->text(st, at);
}

jz_bytes jz_stmt_blob(jz_stmt *st, int at)
{
    return st->store->ops->blob(st, at);
}

bool jz_stmt_is_null(jz_stmt *st, int at)
{
    return st->store->ops->is_null(st, at);
}

/* The step in the engine's own dialect. */
static jz_status translate(const jz_store *s, const char *step, jz_buf *out, jz_err *err)
{
    while (*step != '\0') {
        const jz_sql_word *w = s->ops->words;
        while (w->word != NULL && strncmp(step, w->word, strlen(w->word)) != 0)
            w++;
        if (w->word != NULL) {
            jz_buf_puts(out, w->sql);
            step += strlen(w->word);
        } else {
            jz_buf_putc(out, *step++);
        }
    }
    return jz_buf_check(out, err);
}

static jz_status read_version(jz_store *s, const char *module, uint64_t *version, jz_err *err)
{
    jz_auto(jz_stmt) *get = NULL;
    JZ_TRY(jz_stmt_new(s, "SELECT version FROM migration WHERE module = ?1", &get, err));
    jz_stmt_bind_text(get, 1, module);
    bool row = false;
    JZ_TRY(jz_stmt_step(get, &row, err));
    *version = row ? (uint64_t)jz_stmt_i64(get, 0) : 0;
    return JZ_OK;
}

static jz_status write_version(jz_store *s, const char *module, size_t version, jz_err *err)
{
    jz_auto(jz_stmt) *put = NULL;
    JZ_TRY(jz_stmt_new(s,
                       "INSERT INTO migration (module, version) VALUES (?1, ?2)"
                       " ON CONFLICT (module) DO UPDATE SET version = excluded.version",
                       &put, err));
    jz_stmt_bind_text(put, 1, module);
    jz_stmt_bind_i64(put, 2, (int64_t)version);
    return jz_stmt_run(put, err);
}

/* In a transaction: another process may have done it all since the caller looked. */
static jz_status run_steps(jz_store *s, const char *module, const char *const *steps, size_t n,
                           jz_err *err)
{
    uint64_t version = 0;
    JZ_TRY(read_version(s, module, &version, err));
    for (size_t i = version; i < n; i++) {
        JZ_BUF_AUTO sql = { 0 };
        JZ_TRY(translate(s, steps[i], &sql, err));
        JZ_TRY_CTX(jz_store_exec(s, sql.ptr, err), err, "step %zu of the tables of %s", i + 1,
                   module);
    }
    return version < n ? write_version(s, module, n, err) : JZ_OK;
}

jz_status jz_store_migrate(jz_store *s, const char *module, const char *const *steps, size_t n,
                           jz_err *err)
{
    JZ_BUF_AUTO table = { 0 };
    JZ_TRY(translate(s,
                     "CREATE TABLE IF NOT EXISTS migration"
                     " (module TEXT PRIMARY KEY, version $int NOT NULL) $strict",
                     &table, err));
    JZ_TRY(jz_store_exec(s, table.ptr, err));
    uint64_t version = 0;
    JZ_TRY(read_version(s, module, &version, err));
    if (version > n)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED,
                       "the tables of %s are of version %" PRIu64 ", this program knows %zu",
                       module, version, n);
    if (version == n)
        return JZ_OK; /* the everyday case takes no lock */
    JZ_TRY(jz_store_begin(s, err));
    jz_status st = run_steps(s, module, steps, n, err);
    if (st == JZ_OK)
        st = jz_store_commit(s, err);
    if (st != JZ_OK)
        jz_store_rollback(s);
    return st;
}
