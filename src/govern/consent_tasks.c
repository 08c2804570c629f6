/* SPDX-License-Identifier: Apache-2.0 */
/* What follows when consent ends: the provider deletes, and shows it or is found overdue; the
 * personal fields are erased; what has come to its end expires; and everybody who has to stop reads
 * it in the feed. */
#include "govern/consents.h"

#include "base/alloc.h"
#include "ledger/note.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH 256
#define FEED_MAX 4096
#define DAY_US ((int64_t)86400 * 1000000)

/* ---- deletion, erasure ---- */

jz_status jz_consent_add_task(jz_govern *g, int64_t row, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    const int64_t now = jz_govern_now_us(g);
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO consent_task (consent_id, made_us, due_us, done_us, found)"
                       " VALUES (?1, ?2, ?3, 0, 0)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, now);
    jz_stmt_bind_i64(st, 3, now + g->deletion_days * DAY_US);
    return jz_stmt_run(st, err);
}

jz_status jz_consent_forget(jz_govern *g, int64_t row, jz_err *err)
{
    static const char *const tables[] = {
        "DELETE FROM consent_personal WHERE consent_id = ?1",
        "DELETE FROM consent_media WHERE consent_id = ?1",
        "DELETE FROM consent_pin WHERE consent_id = ?1",
        /* The tokens in them name the media. */
        ("UPDATE gate_decision SET answer = '' WHERE id IN"
         " (SELECT decision_id FROM gate_use WHERE consent_id = ?1)"),
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(tables); i++) {
        jz_auto(jz_stmt) *st = NULL;
        JZ_TRY(jz_stmt_new(g->store, tables[i], &st, err));
        jz_stmt_bind_i64(st, 1, row);
        JZ_TRY(jz_stmt_run(st, err));
    }
    return JZ_OK;
}

typedef struct task_lister {
    jz_consent_task_fn fn;
    void *user;
} task_lister;

static jz_status tell_task(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const task_lister *l = user;
    jz_consent_task t = { .number = jz_stmt_i64(st, 0),
                          .consent = jz_stmt_text(st, 1),
                          .provider = jz_stmt_text(st, 2),
                          .made_us = jz_stmt_i64(st, 3),
                          .due_us = jz_stmt_i64(st, 4),
                          .done_us = jz_stmt_i64(st, 5) };
    t.overdue = t.done_us == 0 && jz_govern_now_us(g) >= t.due_us;
    return l->fn(l->user, &t, err);
}

jz_status jz_consent_tasks(jz_govern *g, bool open_only, jz_consent_task_fn fn, void *user,
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    task_lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT t.id, c.handle, c.provider, t.made_us, t.due_us, t.done_us"
                       " FROM consent_task t JOIN consent c ON c.id = t.consent_id"
                       " WHERE t.done_us = 0 OR ?1 = 0 ORDER BY t.id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, open_only);
    return jz_govern_each(g, st, tell_task, &l, err);
}

/* The event of a task, in the record of its consent. */
static jz_status record_task(jz_govern *g, const char *id, int64_t task, const uint8_t *proof,
                             const char *by, const char *kind, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_consent_row c;
    JZ_TRY(jz_consent_load(g, id, &c, err));
    jz_consent_detail d = { .seq = c.life.seq, .task = task };
    if (proof != NULL)
        memcpy(d.deletion, proof, sizeof d.deletion);
    jz_json j = { .out = &detail };
    jz_fields_put(jz_consent_detail_fields, &d, &j);
    return jz_govern_record(g, id, by, kind, &detail, err);
}

static jz_status finish_task(jz_govern *g, int64_t task, const uint8_t *proof, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "UPDATE consent_task SET done_us = ?2, proof = ?3 WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, task);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    jz_stmt_bind_blob(st, 3, proof, 32);
    return jz_stmt_run(st, err);
}

static jz_status deleted_in(jz_govern *g, int64_t task, const uint8_t *proof, const char *by,
                            jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    char id[JZ_CONSENT_ID_SIZE];
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT c.handle, t.done_us FROM consent_task t"
                       " JOIN consent c ON c.id = t.consent_id WHERE t.id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, task);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no deletion task %" PRId64, task);
    if (jz_stmt_i64(st, 1) != 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "deletion task %" PRId64 " is done already", task);
    (void)snprintf(id, sizeof id, "%s", jz_stmt_text(st, 0));
    jz_stmt_reset(st);
    JZ_TRY(finish_task(g, task, proof, err));
    return record_task(g, id, task, proof, by, JZ_CONSENT_DELETED, err);
}

jz_status jz_consent_deleted(jz_govern *g, int64_t task, const uint8_t proof[32], const char *by,
                             jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, deleted_in(g, task, proof, by, err), err);
}

/* ---- the sweep ---- */

typedef struct batch {
    char id[BATCH][JZ_CONSENT_ID_SIZE];
    int64_t task[BATCH];
    size_t n;
} batch;

static jz_status take_id(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    batch *b = user;
    (void)g;
    (void)err;
    (void)snprintf(b->id[b->n], JZ_CONSENT_ID_SIZE, "%s", jz_stmt_text(st, 0));
    b->task[b->n++] = jz_stmt_i64(st, 1);
    return JZ_OK;
}

/* Ids whose time has come, and what is done with each of them; *n counts. */
typedef struct sweep {
    const char *sql; /* of BATCH rows at most, which doing so takes away */
    jz_status (*run)(jz_govern *g, const char *id, int64_t task, const char *by, jz_err *err);
    bool seconds; /* the time's unit */
} sweep;

static jz_status sweep_batch(jz_govern *g, const sweep *s, const char *by, batch *b, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    b->n = 0;
    JZ_TRY(jz_stmt_new(g->store, s->sql, &st, err));
    jz_stmt_bind_i64(st, 1, s->seconds ? jz_govern_now_s(g) : jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 2, BATCH);
    JZ_TRY(jz_govern_each(g, st, take_id, b, err));
    jz_stmt_reset(st);
    for (size_t i = 0; i < b->n; i++)
        JZ_TRY(s->run(g, b->id[i], b->task[i], by, err));
    return JZ_OK;
}

static jz_status sweep_all(jz_govern *g, const sweep *s, const char *by, uint64_t *n, jz_err *err)
{
    batch b = { .n = BATCH };
    *n = 0;
    while (b.n == BATCH) {
        JZ_TRY(jz_store_begin(g->store, err));
        JZ_TRY(jz_govern_end(g, sweep_batch(g, s, by, &b, err), err));
        *n += b.n;
    }
    return JZ_OK;
}

static jz_status expire_one(jz_govern *g, const char *id, int64_t task, const char *by, jz_err *err)
{
    const jz_consent_deed deed = { .act = JZ_CONSENT_EXPIRE, .by = by };
    jz_consent_row c;
    (void)task;
    JZ_TRY(jz_consent_load(g, id, &c, err));
    return jz_consent_apply(g, id, &deed, &c, err);
}

static jz_status find_one(jz_govern *g, const char *id, int64_t task, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "UPDATE consent_task SET found = 1 WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, task);
    JZ_TRY(jz_stmt_run(st, err));
    return record_task(g, id, task, NULL, by, JZ_CONSENT_OVERDUE, err);
}

jz_status jz_consent_sweep(jz_govern *g, const char *by, uint64_t *expired, uint64_t *overdue,
                           jz_err *err)
{
    /* States 1, 2, 4 and 5: those that are not over. */
    static const sweep ended = { "SELECT handle, 0 FROM consent WHERE state IN (1, 2, 4, 5)"
                                 " AND until_s <= ?1 ORDER BY id LIMIT ?2",
                                 expire_one, true };
    static const sweep late = { "SELECT c.handle, t.id FROM consent_task t"
                                " JOIN consent c ON c.id = t.consent_id WHERE t.done_us = 0"
                                " AND t.found = 0 AND t.due_us <= ?1 ORDER BY t.id LIMIT ?2",
                                find_one, false };
    uint64_t n_ended = 0;
    uint64_t n_late = 0;
    JZ_TRY(sweep_all(g, &ended, by, &n_ended, err));
    JZ_TRY(sweep_all(g, &late, by, &n_late, err));
    *expired = n_ended;
    *overdue = n_late;
    return JZ_OK;
}

/* ---- the feed ---- */

typedef struct feed {
    jz_buf lines;
    uint64_t next;
} feed;

static jz_status put_line(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    feed *f = user;
    const int64_t leaf = jz_stmt_i64(st, 3);
    (void)g;
    (void)err;
    jz_buf_printf(&f->lines, "%s %s %" PRId64 " %" PRId64 "\n", jz_stmt_text(st, 0),
                  jz_stmt_text(st, 1), jz_stmt_i64(st, 2) / 1000000, leaf);
    f->next = (uint64_t)leaf + 1;
    return JZ_OK;
}

static jz_status read_feed(jz_govern *g, uint64_t since, feed *f, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT e.object, e.kind, e.at_us, e.leaf FROM govern_event e"
                       " JOIN consent c ON c.handle = e.object WHERE e.leaf >= ?1 AND e.kind IN"
                       " ('withdrawn', 'expired', 'revoked', 'invalidated')"
                       " ORDER BY e.leaf LIMIT ?2",
                       &st, err));
    jz_stmt_bind_i64(st, 1, (int64_t)since);
    jz_stmt_bind_i64(st, 2, FEED_MAX);
    f->next = since;
    return jz_govern_each(g, st, put_line, f, err);
}

jz_status jz_consent_feed(jz_govern *g, uint64_t since, const jz_skey *key, char **out, jz_err *err)
{
    feed f = { 0 };
    JZ_BUF_AUTO note = { 0 };
    JZ_BUF_AUTO line = { 0 };
    if (since > (uint64_t)INT64_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "a leaf's number is below 2^63");
    jz_status st = read_feed(g, since, &f, err);
    if (st == JZ_OK)
        st = jz_buf_check(&f.lines, err);
    jz_buf_printf(&note,
                  "jianzhen-consent-revocations/v1\n%s\n%" PRIu64 "\n%" PRIu64 "\n%" PRId64 "\n",
                  key->pub.name, since, f.next, jz_govern_now_s(g));
    jz_buf_put(&note, f.lines.ptr != NULL ? f.lines.ptr : "", f.lines.len);
    jz_buf_done(&f.lines);
    JZ_TRY(st);
    JZ_TRY(jz_buf_check(&note, err));
    JZ_TRY(jz_note_sign((jz_bytes){ (const uint8_t *)note.ptr, note.len }, key, 0, &line, err));
    jz_buf_putc(&note, '\n');
    jz_buf_put(&note, line.ptr, line.len);
    JZ_TRY(jz_buf_check(&note, err));
    *out = JZ_TAKE(note.ptr);
    return JZ_OK;
}
