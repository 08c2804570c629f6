/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of cases, opening them, and the record of what was done. */
#include "evidence/cases.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define PREFIX_MIN 8 /* digits that can stand for a whole id */

/* Never changed once released, only added to. Numbers count within a case, from 1 on. */
static const char *const steps[] = {
    "CREATE TABLE case_file ("
    " id $id,"
    " handle TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL,"
    " note TEXT,"
    " opened_us $int NOT NULL,"
    " closed_us $int NOT NULL) $strict;"
    "CREATE TABLE case_item ("
    " id $id,"
    " case_id $int NOT NULL REFERENCES case_file (id),"
    " number $int NOT NULL,"
    " name TEXT NOT NULL,"
    " source TEXT,"
    " method TEXT,"
    " kind TEXT NOT NULL,"
    " format TEXT,"
    " label TEXT,"
    " captured_us $int NOT NULL,"
    " added_us $int NOT NULL,"
    " bytes $int NOT NULL,"
    " sha256 $blob NOT NULL,"
    " sm3 $blob NOT NULL,"
    " md5 $blob NOT NULL,"
    " UNIQUE (case_id, number)) $strict;"
    "CREATE INDEX case_item_bytes ON case_item (case_id, sha256);"
    "CREATE TABLE case_hash ("
    " item_id $int NOT NULL REFERENCES case_item (id),"
    " seq $int NOT NULL,"
    " cls TEXT NOT NULL,"
    " quality $int NOT NULL,"
    " digests $blob NOT NULL,"
    " PRIMARY KEY (item_id, seq)) $clustered;"
    "CREATE TABLE case_link ("
    " id $id,"
    " case_id $int NOT NULL REFERENCES case_file (id),"
    " item_id $int REFERENCES case_item (id),"
    " accused TEXT, victim TEXT, platform TEXT, account TEXT, chat_group TEXT,"
    " members $int NOT NULL,"
    " from_us $int NOT NULL,"
    " to_us $int NOT NULL,"
    " proceeds $int NOT NULL,"
    " currency TEXT,"
    " note TEXT) $strict;"
    "CREATE INDEX case_link_of ON case_link (case_id);"
    "CREATE TABLE case_term ("
    " id $id,"
    " case_id $int NOT NULL REFERENCES case_file (id),"
    " item_id $int REFERENCES case_item (id),"
    " term TEXT NOT NULL, meaning TEXT NOT NULL, says TEXT, place TEXT) $strict;"
    "CREATE TABLE case_hold ("
    " id $id,"
    " case_id $int NOT NULL REFERENCES case_file (id),"
    " number $int NOT NULL,"
    " authority TEXT NOT NULL, document TEXT NOT NULL,"
    " set_by TEXT NOT NULL, set_with TEXT NOT NULL,"
    " from_us $int NOT NULL, until_us $int NOT NULL, released_us $int NOT NULL,"
    " UNIQUE (case_id, number)) $strict;"
    "CREATE TABLE case_event ("
    " id $id,"
    " case_id $int NOT NULL REFERENCES case_file (id),"
    " at_us $int NOT NULL,"
    " done_by TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " salt $blob NOT NULL,"
    " leaf $int) $strict;"
    "CREATE INDEX case_event_of ON case_event (case_id);",
    "CREATE INDEX case_item_sha256 ON case_item (sha256);",
};

static jz_status fill_random(void *out, size_t size, jz_err *err)
{
    if (getrandom(out, size, 0) != (ssize_t)size)
        return JZ_FAIL(err, JZ_E_IO, "no random numbers from the system");
    return JZ_OK;
}

jz_status jz_cases_open(const char *home, bool create, jz_cases **out, jz_err *err)
{
    jz_auto(char) *path = NULL;
    if (create)
        JZ_TRY(jz_mkdir_all(home, err));
    JZ_TRY(jz_path_join(home, "jz.db", &path, err));
    if (!create && access(path, F_OK) != 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s: there is no database", path);
    jz_auto(jz_cases) *c = jz_alloc_zero(1, sizeof *c);
    if (c == NULL || (c->home = jz_strdup(home)) == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_store_open(path, NULL, &c->store, err));
    JZ_TRY(jz_store_migrate(c->store, "case", steps, JZ_ARRAY_LEN(steps), err));
    *out = JZ_TAKE(c);
    return JZ_OK;
}

void jz_cases_close(jz_cases *c)
{
    if (c == NULL)
        return;
    jz_store_close(c->store);
    jz_free(c->home);
    jz_free(c);
}

jz_status jz_case_text(const char *what, const char *text, size_t max, bool needed, jz_err *err)
{
    const size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0 && needed)
        return JZ_FAIL(err, JZ_E_INVAL, "the %s is missing", what);
    if (len > max)
        return JZ_FAIL(err, JZ_E_LIMIT, "a %s of %zu bytes, the limit is %zu", what, len, max);
    if (len > 0 && !jz_utf8_valid(text, len))
        return JZ_FAIL(err, JZ_E_INVAL, "the %s is not UTF-8", what);
    return JZ_OK;
}

jz_status jz_case_each(jz_cases *c, jz_stmt *st, jz_case_row_fn fn, void *user, jz_err *err)
{
    bool row = false;
    JZ_TRY(jz_stmt_step(st, &row, err));
    while (row) {
        JZ_TRY(fn(c, st, user, err));
        JZ_TRY(jz_stmt_step(st, &row, err));
    }
    return JZ_OK;
}

jz_status jz_case_row(jz_cases *c, const char *id, bool writable, int64_t *row, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(
        jz_stmt_new(c->store, "SELECT id, closed_us FROM case_file WHERE handle = ?1", &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no case '%s'", id);
    if (writable && jz_stmt_i64(st, 1) != 0)
        return JZ_FAIL(err, JZ_E_INVAL, "case %s is closed", id);
    *row = jz_stmt_i64(st, 0);
    return JZ_OK;
}

jz_status jz_case_item_row(jz_cases *c, int64_t row, int64_t number, int64_t *item, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(jz_stmt_new(c->store, "SELECT id FROM case_item WHERE case_id = ?1 AND number = ?2", &st,
                       err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, number);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "the case has no item %" PRId64, number);
    *item = jz_stmt_i64(st, 0);
    return JZ_OK;
}

jz_status jz_case_next(jz_cases *c, const char *table, int64_t row, int64_t *number, jz_err *err)
{
    JZ_BUF_AUTO sql = { 0 };
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    jz_buf_printf(&sql, "SELECT COALESCE(MAX(number), 0) + 1 FROM %s WHERE case_id = ?1", table);
    JZ_TRY(jz_buf_check(&sql, err));
    JZ_TRY(jz_stmt_new(c->store, sql.ptr, &st, err));
    jz_stmt_bind_i64(st, 1, row);
    JZ_TRY(jz_stmt_step(st, &found, err));
    *number = found ? jz_stmt_i64(st, 0) : 1;
    return JZ_OK;
}

jz_status jz_case_record(jz_cases *c, int64_t row, const char *by, const char *kind,
                         const jz_buf *detail, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    uint8_t salt[JZ_CASE_SALT];
    JZ_TRY(jz_buf_check(detail, err));
    JZ_TRY(jz_case_text("name of who does this", by, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(fill_random(salt, sizeof salt, err));
    JZ_TRY(jz_stmt_new(c->store,
                       "INSERT INTO case_event (case_id, at_us, done_by, kind, detail, salt)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, jz_now_us());
    jz_stmt_bind_text(st, 3, by);
    jz_stmt_bind_text(st, 4, kind);
    jz_stmt_bind_text(st, 5, detail->ptr);
    jz_stmt_bind_blob(st, 6, salt, sizeof salt);
    return jz_stmt_run(st, err);
}

jz_status jz_case_end(jz_cases *c, jz_status st, jz_err *err)
{
    if (st == JZ_OK)
        st = jz_store_commit(c->store, err);
    if (st != JZ_OK)
        jz_store_rollback(c->store);
    return st;
}

/* ---- cases ---- */

static jz_status insert_case(jz_cases *c, const char *id, const char *name, const char *note,
                             const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(c->store,
                       "INSERT INTO case_file (handle, name, note, opened_us, closed_us)"
                       " VALUES (?1, ?2, ?3, ?4, 0)",
                       &st, err));
    jz_stmt_bind_text(st, 1, id);
    jz_stmt_bind_text(st, 2, name);
    jz_stmt_bind_text(st, 3, note);
    jz_stmt_bind_i64(st, 4, jz_now_us());
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "name", name);
    jz_json_put_text(&j, "note", note);
    jz_json_end_object(&j);
    return jz_case_record(c, jz_store_last_id(c->store), by, "opened", &detail, err);
}

jz_status jz_case_open(jz_cases *c, const char *name, const char *note, const char *by,
                       char id[JZ_CASE_ID_SIZE], jz_err *err)
{
    uint8_t random[(JZ_CASE_ID_SIZE - 1) / 2];
    JZ_TRY(jz_case_text("case's name", name, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(jz_case_text("note", note, JZ_CASE_TEXT_MAX, false, err));
    JZ_TRY(fill_random(random, sizeof random, err));
    jz_hex_encode(random, sizeof random, id);
    JZ_TRY(jz_store_begin(c->store, err));
    return jz_case_end(c, insert_case(c, id, name, note, by, err), err);
}

typedef struct finder {
    char *id;
    unsigned n;
} finder;

static jz_status take_id(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    finder *f = user;
    const char *id = jz_stmt_text(st, 0);
    (void)c;
    (void)err;
    f->n++;
    for (size_t i = 0; i < JZ_CASE_ID_SIZE; i++) {
        f->id[i] = id[i];
        if (id[i] == '\0')
            break;
    }
    return JZ_OK;
}

jz_status jz_case_find(jz_cases *c, const char *text, char id[JZ_CASE_ID_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    finder f = { .id = id };
    const size_t len = strlen(text);
    const bool prefix = len >= PREFIX_MIN && strspn(text, "0123456789abcdef") == len;
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT handle FROM case_file WHERE name = ?1 OR"
                       " (?2 > 0 AND SUBSTR(handle, 1, ?2) = ?1) LIMIT 2",
                       &st, err));
    jz_stmt_bind_text(st, 1, text);
    jz_stmt_bind_i64(st, 2, prefix ? (int64_t)len : 0);
    JZ_TRY(jz_case_each(c, st, take_id, &f, err));
    if (f.n == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no case '%s'", text);
    if (f.n > 1)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' means several cases: give the whole id", text);
    return JZ_OK;
}

typedef struct lister {
    jz_case_info_fn fn;
    void *user;
} lister;

static jz_status tell_case(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    const jz_case_info info = { .id = jz_stmt_text(st, 0),
                                .name = jz_stmt_text(st, 1),
                                .note = jz_stmt_text(st, 2),
                                .opened_us = jz_stmt_i64(st, 3),
                                .closed_us = jz_stmt_i64(st, 4),
                                .items = (uint64_t)jz_stmt_i64(st, 5) };
    (void)c;
    return l->fn(l->user, &info, err);
}

jz_status jz_case_list(jz_cases *c, jz_case_info_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT handle, name, note, opened_us, closed_us,"
                       " (SELECT COUNT(*) FROM case_item i WHERE i.case_id = f.id)"
                       " FROM case_file f ORDER BY id",
                       &st, err));
    return jz_case_each(c, st, tell_case, &l, err);
}

static jz_status close_row(jz_cases *c, int64_t row, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(c->store, "UPDATE case_file SET closed_us = ?2 WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, jz_now_us());
    JZ_TRY(jz_stmt_run(st, err));
    jz_buf_puts(&detail, "{}");
    return jz_case_record(c, row, by, "closed", &detail, err);
}

jz_status jz_case_close(jz_cases *c, const char *id, const char *by, jz_err *err)
{
    int64_t row;
    JZ_TRY(jz_store_begin(c->store, err));
    jz_status st = jz_case_row(c, id, true, &row, err);
    if (st == JZ_OK)
        st = close_row(c, row, by, err);
    return jz_case_end(c, st, err);
}

/* ---- the record ---- */

jz_status jz_case_scanned(jz_cases *c, const char *id, const char *detail, const char *by,
                          jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    int64_t row;
    jz_buf_puts(&text, detail);
    JZ_TRY(jz_store_begin(c->store, err));
    jz_status st = jz_case_row(c, id, true, &row, err);
    if (st == JZ_OK)
        st = jz_case_record(c, row, by, "scanned", &text, err);
    return jz_case_end(c, st, err);
}

typedef struct event_lister {
    jz_case_event_fn fn;
    void *user;
} event_lister;

static jz_status tell_event(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const event_lister *l = user;
    jz_case_event e;
    (void)c;
    JZ_TRY(jz_case_event_row(st, &e, err));
    return l->fn(l->user, &e, err);
}

jz_status jz_case_event_row(jz_stmt *st, jz_case_event *out, jz_err *err)
{
    const jz_bytes salt = jz_stmt_blob(st, 4);
    *out = (jz_case_event){ .at_us = jz_stmt_i64(st, 0),
                            .by = jz_stmt_text(st, 1),
                            .kind = jz_stmt_text(st, 2),
                            .detail = jz_stmt_text(st, 3),
                            .leaf = jz_stmt_is_null(st, 5) ? -1 : jz_stmt_i64(st, 5) };
    if (salt.len != sizeof out->salt)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a record holds a salt of %zu bytes", salt.len);
    memcpy(out->salt, salt.ptr, sizeof out->salt);
    return JZ_OK;
}

void jz_case_event_text(const char *id, const jz_case_event *e, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "at_us", e->at_us);
    jz_json_put_str(&j, "by", e->by);
    jz_json_put_str(&j, "case", id);
    jz_json_key(&j, "detail");
    jz_json_raw(&j, e->detail, strlen(e->detail));
    jz_json_put_str(&j, "kind", e->kind);
    jz_json_put_hex(&j, "salt", e->salt, sizeof e->salt);
    jz_json_end_object(&j);
}

jz_status jz_case_events(jz_cases *c, const char *id, jz_case_event_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    event_lister l = { fn, user };
    int64_t row;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT " JZ_CASE_EVENT_COLUMNS " FROM case_event WHERE case_id = ?1"
                       " ORDER BY id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return jz_case_each(c, st, tell_event, &l, err);
}

typedef struct bag_lister {
    jz_case_bag_fn fn;
    void *user;
} bag_lister;

static jz_status tell_bag(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const bag_lister *l = user;
    (void)c;
    return l->fn(l->user, jz_stmt_text(st, 0), err);
}

jz_status jz_case_bags(jz_cases *c, const char *id, jz_case_bag_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bag_lister l = { fn, user };
    int64_t row;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_stmt_new(c->store, /* kind is that of the row with the largest id */
                       "SELECT json_extract(detail, '$.bag') AS bag, kind, MAX(id) FROM case_event"
                       " WHERE case_id = ?1 AND kind IN ('sealed', 'destroyed')"
                       " GROUP BY bag HAVING kind = 'sealed' ORDER BY MAX(id)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return jz_case_each(c, st, tell_bag, &l, err);
}
