/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded engine, the only file that includes <sqlite3.h>. SQLite is loaded when the first
 * database opens. */
#include "store/store_ops.h"

#include "base/alloc.h"
#include "base/dl.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <string.h>
#include <time.h>

#define DEFAULT_BUSY_MS 10000
#define DEFAULT_CACHE_KIB 2048

#define FUNCTIONS(X)                                                                               \
    X(bind_blob64)                                                                                 \
    X(bind_double)                                                                                 \
    X(bind_int64)                                                                                  \
    X(bind_text)                                                                                   \
    X(busy_timeout)                                                                                \
    X(changes64)                                                                                   \
    X(clear_bindings)                                                                              \
    X(close)                                                                                       \
    X(column_blob)                                                                                 \
    X(column_bytes)                                                                                \
    X(column_double)                                                                               \
    X(column_int64) X(column_text) X(column_type) X(db_config) X(errmsg) X(errstr) X(exec)         \
        X(extended_errcode) X(extended_result_codes) X(finalize) X(get_autocommit)                 \
            X(last_insert_rowid) X(open_v2) X(prepare_v3) X(reset) X(step)
#define POINTER(name) __typeof__(sqlite3_##name) *name;
#define FUNCTION(name) { "sqlite3_" #name, &lib.name },
static struct {
    FUNCTIONS(POINTER)
} lib;
static const jz_dl_function functions[] = { FUNCTIONS(FUNCTION) };
static jz_dl library = { .soname = "libsqlite3.so.0",
                         .function = functions,
                         .n = JZ_ARRAY_LEN(functions) };

struct sqlite_store {
    jz_store base;
    sqlite3 *db;
    char *path;
};

struct sqlite_stmt {
    jz_stmt base;
    sqlite3_stmt *raw;
    int bad_bind; /* the first failed bind since the last reset */
};

static struct sqlite_store *store_of(jz_store *s)
{
    return (struct sqlite_store *)s;
}

static struct sqlite_stmt *stmt_of(jz_stmt *st)
{
    return (struct sqlite_stmt *)st;
}

static const struct {
    int sqlite; /* a primary or an extended result code */
    jz_status status;
} kinds[] = {
    { SQLITE_CONSTRAINT_UNIQUE, JZ_E_EXISTS },
    { SQLITE_CONSTRAINT_PRIMARYKEY, JZ_E_EXISTS },
    { SQLITE_NOTADB, JZ_E_CORRUPT },
    { SQLITE_CORRUPT, JZ_E_CORRUPT },
    { SQLITE_BUSY, JZ_E_BUSY },
    { SQLITE_LOCKED, JZ_E_BUSY },
    { SQLITE_NOMEM, JZ_E_NOMEM },
    { SQLITE_TOOBIG, JZ_E_LIMIT },
    { SQLITE_IOERR, JZ_E_IO },
    { SQLITE_FULL, JZ_E_IO },
    { SQLITE_CANTOPEN, JZ_E_IO },
    { SQLITE_READONLY, JZ_E_IO },
    { SQLITE_PERM, JZ_E_IO },
    { SQLITE_AUTH, JZ_E_IO },
    { SQLITE_PROTOCOL, JZ_E_IO },
    { SQLITE_INTERRUPT, JZ_E_INTERRUPTED },
};

/* Unknown codes are those of wrong SQL and wrong calls: our own mistakes. */
static jz_status kind_of(int rc)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++)
        if (kinds[i].sqlite == rc || kinds[i].sqlite == (rc & 0xff))
            return kinds[i].status;
    return JZ_E_BUG;
}

static jz_status fail(const struct sqlite_store *s, int rc, jz_err *err)
{
    const int full = lib.extended_errcode(s->db);
    if ((full & 0xff) == (rc & 0xff))
        rc = full;
    return JZ_FAIL(err, kind_of(rc), "%s: %s", s->path,
                   s->db != NULL ? lib.errmsg(s->db) : lib.errstr(rc));
}

static jz_status exec(jz_store *base, const char *sql, jz_err *err)
{
    struct sqlite_store *s = store_of(base);
    const int rc = lib.exec(s->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? JZ_OK : fail(s, rc, err);
}

static jz_status begin(jz_store *base, jz_err *err)
{
    return exec(base, "BEGIN IMMEDIATE", err);
}

static jz_status begin_read(jz_store *base, jz_err *err)
{
    return exec(base, "BEGIN", err); /* the moment is that of the first read */
}

static jz_status commit(jz_store *base, jz_err *err)
{
    return exec(base, "COMMIT", err);
}

static void rollback(jz_store *base)
{
    if (lib.get_autocommit(store_of(base)->db) == 0)
        (void)exec(base, "ROLLBACK", NULL); /* the caller has the first error already */
}

static int64_t last_id(jz_store *base)
{
    return lib.last_insert_rowid(store_of(base)->db);
}

static int64_t changes(jz_store *base)
{
    return lib.changes64(store_of(base)->db);
}

static void close_store(jz_store *base)
{
    struct sqlite_store *s = store_of(base);
    (void)lib.close(s->db); /* only busy where a statement was leaked */
    jz_free(s->path);
    jz_free(s);
}

static void discard(jz_store *base)
{
    /* Where it is refused, more is written than need be. */
    (void)lib.db_config(store_of(base)->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    close_store(base);
}

static jz_status prepare(jz_store *base, const char *sql, jz_stmt **out, jz_err *err)
{
    struct sqlite_store *s = store_of(base);
    struct sqlite_stmt *st = jz_alloc_zero(1, sizeof *st);
    if (st == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", s->path);
    st->base.store = base;
    const int rc = lib.prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &st->raw, NULL);
    if (rc != SQLITE_OK) {
        jz_free(st);
        return fail(s, rc, err);
    }
    *out = &st->base;
    return JZ_OK;
}

static void finalize(jz_stmt *base)
{
    (void)lib.finalize(stmt_of(base)->raw); /* repeats the last step's error */
    jz_free(base);
}

static void note_bind(jz_stmt *base, int rc)
{
    if (rc != SQLITE_OK && stmt_of(base)->bad_bind == SQLITE_OK)
        stmt_of(base)->bad_bind = rc;
}

static void bind_i64(jz_stmt *base, int at, int64_t v)
{
    note_bind(base, lib.bind_int64(stmt_of(base)->raw, at, v));
}

static void bind_f64(jz_stmt *base, int at, double v)
{
    note_bind(base, lib.bind_double(stmt_of(base)->raw, at, v));
}

static void bind_text(jz_stmt *base, int at, const char *v)
{
    note_bind(base, lib.bind_text(stmt_of(base)->raw, at, v, -1, SQLITE_STATIC));
}

static void bind_blob(jz_stmt *base, int at, const void *v, size_t len)
{
    note_bind(base, lib.bind_blob64(stmt_of(base)->raw, at, v, len, SQLITE_STATIC));
}

static jz_status step(jz_stmt *base, bool *row, jz_err *err)
{
    struct sqlite_stmt *st = stmt_of(base);
    const int rc = st->bad_bind != SQLITE_OK ? st->bad_bind : lib.step(st->raw);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return fail(store_of(base->store), rc, err);
    *row = rc == SQLITE_ROW;
    return JZ_OK;
}

static void reset(jz_stmt *base)
{
    struct sqlite_stmt *st = stmt_of(base);
    (void)lib.reset(st->raw); /* repeats the last step's error */
    (void)lib.clear_bindings(st->raw);
    st->bad_bind = SQLITE_OK;
}

static int64_t column_i64(jz_stmt *base, int at)
{
    return lib.column_int64(stmt_of(base)->raw, at);
}

static double column_f64(jz_stmt *base, int at)
{
    return lib.column_double(stmt_of(base)->raw, at);
}

static const char *column_text(jz_stmt *base, int at)
{
    return (const char *)lib.column_text(stmt_of(base)->raw, at);
}

static jz_bytes column_blob(jz_stmt *base, int at)
{
    sqlite3_stmt *raw = stmt_of(base)->raw;
    const void *ptr = lib.column_blob(raw, at); /* before its length: it may convert */
    return (jz_bytes){ ptr, (size_t)lib.column_bytes(raw, at) };
}

static bool column_is_null(jz_stmt *base, int at)
{
    return lib.column_type(stmt_of(base)->raw, at) == SQLITE_NULL;
}

/* The first row of a check that has a row of its own for each fault. */
static jz_status first_fault(jz_store *base, const char *sql, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(prepare(base, sql, &st, err));
    JZ_TRY(step(st, &row, err));
    const char *text = row ? column_text(st, 0) : NULL;
    if (!row || (text != NULL && strcmp(text, "ok") == 0))
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s: %s", store_of(base)->path,
                   text != NULL ? text : "a reference that leads nowhere");
}

static jz_status check(jz_store *base, jz_err *err)
{
    JZ_TRY(first_fault(base, "PRAGMA integrity_check(1)", err));
    return first_fault(base, "PRAGMA foreign_key_check", err);
}

/* SQLite makes the file whole in a transaction of its own. */
static jz_status copy(jz_store *base, const char *path, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_FD_AUTO fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return JZ_FAIL(err, errno == EEXIST ? JZ_E_EXISTS : JZ_E_IO, "%s: %s", path,
                       strerror(errno));
    JZ_TRY(prepare(base, "VACUUM INTO ?1", &st, err));
    bind_text(st, 1, path);
    JZ_TRY(step(st, &row, err));
    return fsync(fd) == 0 ? JZ_OK : JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
}

static const jz_sql_word words[] = {
    { "$id", "INTEGER PRIMARY KEY AUTOINCREMENT" },
    { "$int", "INTEGER" },
    { "$real", "REAL" },
    { "$blob", "BLOB" },
    { "$strict", "STRICT" },
    { "$clustered", "STRICT, WITHOUT ROWID" },
    { 0 },
};

static const jz_store_ops sqlite_ops = {
    .words = words,
    .close = close_store,
    .discard = discard,
    .exec = exec,
    .copy = copy,
    .check = check,
    .begin = begin,
    .begin_read = begin_read,
    .commit = commit,
    .rollback = rollback,
    .last_id = last_id,
    .changes = changes,
    .prepare = prepare,
    .finalize = finalize,
    .bind_i64 = bind_i64,
    .bind_f64 = bind_f64,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .step = step,
    .reset = reset,
    .i64 = column_i64,
    .f64 = column_f64,
    .text = column_text,
    .blob = column_blob,
    .is_null = column_is_null,
};

/* SQLite makes files 0644; what is in here is nobody else's business. A file that is there must not
 * be opened: closing it again would drop the locks of this process's other connections. */
static jz_status make_private(const char *path, jz_err *err)
{
    JZ_FD_AUTO fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    return JZ_OK;
}

/* Two processes that make a database together collide here, where SQLite does not wait. */
static jz_status enter_wal(struct sqlite_store *s, uint32_t busy_ms, jz_err *err)
{
    const struct timespec pause = { .tv_nsec = 5000000 };
    jz_status st = exec(&s->base, "PRAGMA journal_mode = WAL", err);
    for (uint32_t waited = 0; st == JZ_E_BUSY && waited < busy_ms; waited += 5) {
        (void)nanosleep(&pause, NULL); /* a shorter pause does no harm */
        st = exec(&s->base, "PRAGMA journal_mode = WAL", err);
    }
    return st;
}

static jz_status configure(struct sqlite_store *s, const jz_store_opts *opts, jz_err *err)
{
    const uint32_t busy_ms = opts->busy_ms != 0 ? opts->busy_ms : DEFAULT_BUSY_MS;
    const uint32_t cache_kib = opts->cache_kib != 0 ? opts->cache_kib : DEFAULT_CACHE_KIB;
    char sql[320];
    (void)snprintf(sql, sizeof sql,
                   "PRAGMA synchronous = %s; PRAGMA foreign_keys = ON;"
                   "PRAGMA trusted_schema = OFF; PRAGMA cache_size = -%u;"
                   "PRAGMA secure_delete = ON;" /* what is erased is overwritten */
                   "PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 16384",
                   opts->relaxed ? "NORMAL" : "FULL", cache_kib); /* measured: it fits */
    (void)lib.extended_result_codes(s->db, 1);
    (void)lib.busy_timeout(s->db, busy_ms < INT32_MAX ? (int)busy_ms : INT32_MAX);
    (void)lib.db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    JZ_TRY(enter_wal(s, busy_ms, err));
    return exec(&s->base, sql, err);
}

static jz_status open_db(struct sqlite_store *s, const char *path, const jz_store_opts *opts,
                         jz_err *err)
{
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    s->path = jz_strdup(path);
    if (s->path == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", path);
    JZ_TRY(make_private(path, err));
    const int rc = lib.open_v2(path, &s->db, flags, NULL);
    if (rc != SQLITE_OK)
        return fail(s, rc, err);
    return configure(s, opts, err);
}

jz_status jz_sqlite_open(const char *path, const jz_store_opts *opts, jz_store **out, jz_err *err)
{
    jz_err why = { 0 };
    const jz_status loaded = jz_dl_need(&library, &why);
    if (loaded != JZ_OK)
        return JZ_FAIL(err, loaded, "%s: %s", path, why.frame[0]);
    struct sqlite_store *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", path);
    s->base.ops = &sqlite_ops;
    const jz_status st = open_db(s, path, opts, err);
    if (st != JZ_OK) {
        close_store(&s->base);
        return st;
    }
    *out = &s->base;
    return JZ_OK;
}
