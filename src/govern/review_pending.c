/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions that can still be undone. */
#include "govern/reviews.h"

#include "base/alloc.h"

#include <string.h>

#define COLUMNS "id, object, done_by, method, path, body, key_id, made_us, due_us, error"

static void take(jz_stmt *st, jz_pending *out)
{
    *out = (jz_pending){ .number = jz_stmt_i64(st, 0),
                         .object = jz_stmt_text(st, 1),
                         .by = jz_stmt_text(st, 2),
                         .method = jz_stmt_text(st, 3),
                         .path = jz_stmt_text(st, 4),
                         .body = jz_stmt_text(st, 5),
                         .key = jz_stmt_i64(st, 6),
                         .made_us = jz_stmt_i64(st, 7),
                         .due_us = jz_stmt_i64(st, 8),
                         .error = jz_stmt_text(st, 9) };
}

static jz_status set_claim(jz_govern *g, const char *object, const char *by, int64_t until_us,
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE review_claim SET until_us = ?3 WHERE object = ?1 AND holder = ?2",
                       &st, err));
    jz_stmt_bind_text(st, 1, object);
    jz_stmt_bind_text(st, 2, by);
    jz_stmt_bind_i64(st, 3, until_us);
    return jz_stmt_run(st, err);
}

static jz_status record(jz_govern *g, const char *object, const char *kind, const char *reason,
                        const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "reason", reason);
    jz_json_end_object(&j);
    return jz_govern_record(g, strchr(object, ':') + 1, by, kind, &detail, err);
}

static jz_status remove_row(jz_govern *g, int64_t number, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "DELETE FROM review_pending WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, number);
    return jz_stmt_run(st, err);
}

/* ---- keeping ---- */

static jz_status add_in(jz_govern *g, jz_pending *p, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_auto(jz_stmt) *old = NULL;
    JZ_TRY(jz_stmt_new(g->store, "DELETE FROM review_pending WHERE object = ?1 AND error <> ''",
                       &old, err));
    jz_stmt_bind_text(old, 1, p->object);
    JZ_TRY(jz_stmt_run(old, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO review_pending (object, done_by, key_id, method, path, body,"
                       " made_us, due_us, error) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, '')",
                       &st, err));
    jz_stmt_bind_text(st, 1, p->object);
    jz_stmt_bind_text(st, 2, p->by);
    jz_stmt_bind_i64(st, 3, p->key);
    jz_stmt_bind_text(st, 4, p->method);
    jz_stmt_bind_text(st, 5, p->path);
    jz_stmt_bind_text(st, 6, p->body);
    jz_stmt_bind_i64(st, 7, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 8, p->due_us);
    const jz_status done = jz_stmt_run(st, err);
    if (done == JZ_E_EXISTS)
        return JZ_FAIL(err, done, "it is decided already, and can still be undone");
    JZ_TRY(done);
    p->number = jz_store_last_id(g->store);
    return set_claim(g, p->object, p->by, INT64_MAX, err);
}

jz_status jz_pending_add(jz_govern *g, jz_pending *p, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, add_in(g, p, err), err);
}

typedef struct lister {
    jz_pending_fn fn;
    void *user;
} lister;

static jz_status tell(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    jz_pending p;
    (void)g;
    take(st, &p);
    return l->fn(l->user, &p, err);
}

jz_status jz_pending_list(jz_govern *g, const char *by, jz_pending_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT " COLUMNS " FROM review_pending WHERE done_by = ?1 ORDER BY id", &st,
                       err));
    jz_stmt_bind_text(st, 1, by);
    return jz_govern_each(g, st, tell, &l, err);
}

/* ---- the end of one ---- */

/* A copy in one block, text behind the struct. */
static jz_pending *copy(const jz_pending *p)
{
    const char *const from[] = { p->object, p->by, p->method, p->path, p->body, p->error };
    size_t size = sizeof *p;
    for (size_t i = 0; i < JZ_ARRAY_LEN(from); i++)
        size += strlen(from[i]) + 1;
    jz_pending *out = jz_alloc_zero(1, size);
    if (out == NULL)
        return NULL;
    *out = *p;
    const char **const to[] = { &out->object, &out->by,   &out->method,
                                &out->path,   &out->body, &out->error };
    char *at = (char *)(out + 1);
    for (size_t i = 0; i < JZ_ARRAY_LEN(from); i++) {
        const size_t len = strlen(from[i]) + 1;
        *to[i] = memcpy(at, from[i], len);
        at += len;
    }
    return out;
}

jz_status jz_pending_due(jz_govern *g, jz_pending **out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_pending p;
    bool row = false;
    *out = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT " COLUMNS " FROM review_pending WHERE due_us <= ?1 AND error = ''"
                       " ORDER BY due_us, id LIMIT 1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_OK;
    take(st, &p);
    *out = copy(&p);
    return *out != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

static jz_status undo_in(jz_govern *g, int64_t number, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_pending p;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT " COLUMNS " FROM review_pending WHERE id = ?1 AND done_by = ?2", &st,
                       err));
    jz_stmt_bind_i64(st, 1, number);
    jz_stmt_bind_text(st, 2, by);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "it is done, and can no longer be undone");
    take(st, &p);
    if (p.error[0] == '\0') {
        JZ_TRY(set_claim(g, p.object, by, jz_govern_now_us(g) + JZ_REVIEW_LEASE_US, err));
        JZ_TRY(record(g, p.object, "undone", NULL, by, err));
    }
    jz_stmt_reset(st);
    return remove_row(g, number, err);
}

jz_status jz_pending_undo(jz_govern *g, int64_t number, const char *by, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, undo_in(g, number, by, err), err);
}

jz_status jz_pending_done(jz_govern *g, const jz_pending *p, jz_err *err)
{
    JZ_TRY(jz_review_done(g, p->object, err));
    return remove_row(g, p->number, err);
}

static jz_status fail_in(jz_govern *g, const jz_pending *p, const char *error, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "UPDATE review_pending SET error = ?2 WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, p->number);
    jz_stmt_bind_text(st, 2, error);
    JZ_TRY(jz_stmt_run(st, err));
    JZ_TRY(set_claim(g, p->object, p->by, 0, err));
    return record(g, p->object, "not-done", error, p->by, err);
}

jz_status jz_pending_fail(jz_govern *g, const jz_pending *p, const char *error, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, fail_in(g, p, error, err), err);
}
