/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/state.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "examine/record.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define BATCH_ITEMS 4096
/* Of work to do again after a kill: a second, and at the beginning no more than was done before. */
#define BATCH_US 1000000
#define FIRST_BATCH_US 31250
#define KEY_BYTES 8

struct jz_state {
    char *path;
    int lock_fd;
    jz_store *store;
    jz_stmt *find, *put, *put_row, *rows;
    bool resuming;
    unsigned pending; /* changes in the open transaction; 0 = none is open */
    int64_t begun_us; /* when it was opened */
    int64_t batch_us; /* for how long it stays open */
};

static const char *const steps[] = {
    /* Rows are added at the end, which costs least; only a run that goes on looks for them, and
     * makes the index. A path comes again where its file has changed. */
    "CREATE TABLE scan_item (path $blob NOT NULL, dev $int NOT NULL, ino $int NOT NULL,"
    " size $int NOT NULL, mtime_ns $int NOT NULL, ctime_ns $int NOT NULL, record $blob NOT NULL);"
    "CREATE TABLE scan_row (section $int NOT NULL, sort $blob NOT NULL, html $blob NOT NULL,"
    " PRIMARY KEY (section, sort)) $clustered",
};

static int64_t nanoseconds(const struct timespec *t)
{
    return (int64_t)((uint64_t)t->tv_sec * 1000000000u + (uint64_t)t->tv_nsec);
}

static void key_digest(jz_bytes key, uint8_t digest[KEY_BYTES])
{
    uint8_t full[JZ_SHA256_SIZE];
    jz_sha256(key.ptr, key.len, full);
    memcpy(digest, full, KEY_BYTES);
}

/* One byte of home/scan.lock stands for a key. The lock goes with the process, however it ends. */
static jz_status take_lock(jz_state *s, const char *home, const uint8_t digest[KEY_BYTES],
                           jz_err *err)
{
    uint64_t at = 0;
    memcpy(&at, digest, sizeof at);
    jz_auto(char) *path = NULL;
    JZ_TRY(jz_path_join(home, "scan.lock", &path, err));
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    struct flock range = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)(at >> 2), .l_len = 1
    };
    if (fcntl(s->lock_fd, F_OFD_SETLK, &range) == 0)
        return JZ_OK;
    if (errno == EAGAIN || errno == EACCES)
        return JZ_FAIL(err, JZ_E_BUSY, "the same scan is running in another process");
    return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
}

static void remove_files(const char *path)
{
    static const char *const ends[] = { "", "-wal", "-shm" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(ends); i++) {
        JZ_BUF_AUTO name = { 0 };
        jz_buf_printf(&name, "%s%s", path, ends[i]);
        if (name.fail == JZ_OK)
            (void)unlink(name.ptr); /* where it stays, the next run finds it */
    }
}

static void free_statements(jz_state *s)
{
    jz_stmt_free(JZ_TAKE(s->find));
    jz_stmt_free(JZ_TAKE(s->put));
    jz_stmt_free(JZ_TAKE(s->put_row));
    jz_stmt_free(JZ_TAKE(s->rows));
}

static void close_store(jz_state *s)
{
    free_statements(s);
    jz_store_close(JZ_TAKE(s->store));
}

/* With the files; nothing is written to them first. */
static void remove_store(jz_state *s)
{
    free_statements(s);
    jz_store_discard(JZ_TAKE(s->store));
    remove_files(s->path);
}

static jz_status any_items(jz_state *s, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(s->store, "SELECT 1 FROM scan_item LIMIT 1", &st, err));
    return jz_stmt_step(st, &s->resuming, err);
}

static jz_status open_store(jz_state *s, jz_err *err)
{
    JZ_TRY(jz_store_open(s->path, &(jz_store_opts){ .relaxed = true }, &s->store, err));
    JZ_TRY(jz_store_migrate(s->store, "scan", steps, JZ_ARRAY_LEN(steps), err));
    JZ_TRY(jz_store_exec(s->store, "DELETE FROM scan_row", err));
    JZ_TRY(any_items(s, err));
    if (s->resuming)
        JZ_TRY(jz_store_exec(s->store,
                             "CREATE INDEX IF NOT EXISTS scan_item_path ON scan_item (path)", err));
    JZ_TRY(jz_stmt_new(s->store,
                       "SELECT record FROM scan_item WHERE path = ?1 AND dev = ?2 AND ino = ?3"
                       " AND size = ?4 AND mtime_ns = ?5 AND ctime_ns = ?6",
                       &s->find, err));
    JZ_TRY(jz_stmt_new(s->store,
                       "INSERT INTO scan_item (path, dev, ino, size, mtime_ns, ctime_ns, record)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                       &s->put, err));
    JZ_TRY(jz_stmt_new(s->store,
                       "INSERT INTO scan_row (section, sort, html) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (section, sort) DO UPDATE SET html = ?3",
                       &s->put_row, err));
    return jz_stmt_new(s->store, "SELECT html FROM scan_row WHERE section = ?1 ORDER BY sort",
                       &s->rows, err);
}

static jz_status open_all(jz_state *s, const char *home, jz_bytes key, bool fresh, jz_err *err)
{
    uint8_t digest[KEY_BYTES];
    char hex[2 * KEY_BYTES + 1], name[sizeof hex + 16];
    key_digest(key, digest);
    jz_hex_encode(digest, KEY_BYTES, hex);
    (void)snprintf(name, sizeof name, "scan-%s.db", hex); /* fits */
    JZ_TRY(jz_mkdir_all(home, err));
    JZ_TRY(jz_path_join(home, name, &s->path, err));
    JZ_TRY(take_lock(s, home, digest, err));
    if (fresh)
        remove_files(s->path);
    const jz_status st = open_store(s, err);
    if (st != JZ_E_CORRUPT && st != JZ_E_UNSUPPORTED)
        return st;
    remove_store(s); /* it can all be computed again */
    return open_store(s, err);
}

static void state_free(jz_state *s)
{
    close_store(s);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd); /* nothing was written */
    jz_free(s->path);
    jz_free(s);
}

jz_status jz_state_open(const char *home, jz_bytes key, bool fresh, jz_state **out, jz_err *err)
{
    jz_state *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    s->lock_fd = -1;
    s->batch_us = FIRST_BATCH_US;
    const jz_status st = open_all(s, home, key, fresh, err);
    if (st != JZ_OK) {
        state_free(s);
        return st;
    }
    *out = s;
    return JZ_OK;
}

static jz_status commit(jz_state *s, jz_err *err)
{
    if (s->pending == 0)
        return JZ_OK;
    s->pending = 0;
    s->batch_us = s->batch_us < BATCH_US ? 2 * s->batch_us : BATCH_US;
    const jz_status st = jz_store_commit(s->store, err);
    if (st != JZ_OK)
        jz_store_rollback(s->store);
    return st;
}

jz_status jz_state_close(jz_state *s, bool finished, jz_err *err)
{
    if (s == NULL)
        return JZ_OK;
    const jz_status st = finished ? JZ_OK : commit(s, err);
    if (finished)
        remove_store(s);
    state_free(s);
    return st;
}

bool jz_state_resuming(const jz_state *s)
{
    return s->resuming;
}

static void bind_item(jz_stmt *st, jz_bytes path, const struct stat *sb)
{
    jz_stmt_bind_blob(st, 1, path.ptr, path.len);
    jz_stmt_bind_i64(st, 2, (int64_t)sb->st_dev);
    jz_stmt_bind_i64(st, 3, (int64_t)sb->st_ino);
    jz_stmt_bind_i64(st, 4, (int64_t)sb->st_size);
    jz_stmt_bind_i64(st, 5, nanoseconds(&sb->st_mtim));
    jz_stmt_bind_i64(st, 6, nanoseconds(&sb->st_ctim));
}

jz_status jz_state_find(jz_state *s, jz_bytes path, const struct stat *sb, bool *found,
                        jz_measurement *m, jz_err *item, jz_err *err)
{
    bool row = false;
    bind_item(s->find, path, sb);
    jz_status st = jz_stmt_step(s->find, &row, err);
    *found = false;
    if (st == JZ_OK && row) {
        st = jz_record_read(jz_stmt_blob(s->find, 0), m, item, NULL);
        *found = st == JZ_OK;
        if (st != JZ_E_NOMEM)
            st = JZ_OK; /* a damaged record is one that is not there */
        else
            jz_err_set(err, st, "out of memory");
    }
    jz_stmt_reset(s->find);
    return st;
}

static jz_status begin(jz_state *s, jz_err *err)
{
    if (s->pending == 0) {
        JZ_TRY(jz_store_begin(s->store, err));
        s->begun_us = jz_now_us();
    }
    s->pending++;
    return JZ_OK;
}

jz_status jz_state_tick(jz_state *s, jz_err *err)
{
    if (s->pending >= BATCH_ITEMS || (s->pending > 0 && jz_now_us() - s->begun_us >= s->batch_us))
        return commit(s, err);
    return JZ_OK;
}

jz_status jz_state_put(jz_state *s, jz_bytes path, const struct stat *sb, jz_bytes record,
                       jz_err *err)
{
    JZ_TRY(begin(s, err));
    bind_item(s->put, path, sb);
    jz_stmt_bind_blob(s->put, 7, record.ptr, record.len);
    JZ_TRY(jz_stmt_run(s->put, err));
    return jz_state_tick(s, err);
}

jz_status jz_state_put_row(jz_state *s, int section, jz_bytes sort, jz_bytes html, jz_err *err)
{
    JZ_TRY(begin(s, err));
    jz_stmt_bind_i64(s->put_row, 1, section);
    jz_stmt_bind_blob(s->put_row, 2, sort.ptr, sort.len);
    jz_stmt_bind_blob(s->put_row, 3, html.ptr, html.len);
    JZ_TRY(jz_stmt_run(s->put_row, err));
    return jz_state_tick(s, err);
}

jz_status jz_state_rows(jz_state *s, int section, jz_state_row_fn fn, void *user, jz_err *err)
{
    bool row = false;
    jz_status st = commit(s, err);
    jz_stmt_bind_i64(s->rows, 1, section);
    while (st == JZ_OK && (st = jz_stmt_step(s->rows, &row, err)) == JZ_OK && row)
        st = fn(user, jz_stmt_blob(s->rows, 0), err);
    jz_stmt_reset(s->rows);
    return st;
}
