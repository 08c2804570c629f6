/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of decisions and measures, their rows, and what is done with a measure. */
#include "govern/measures.h"

#include "govern/hooks.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH 256

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE decision ("
    " id $id,"
    " handle TEXT NOT NULL UNIQUE,"
    " at_us $int NOT NULL,"
    " done_by TEXT NOT NULL,"
    " complaint_id $int REFERENCES complaint (id),"
    " account TEXT NOT NULL,"
    " chat_group TEXT NOT NULL,"
    " severity $int NOT NULL,"
    " category $int NOT NULL,"
    " source $int NOT NULL,"
    " automated $int NOT NULL,"
    " appeal $int NOT NULL,"
    " appealed_us $int NOT NULL,"
    " reviewed_us $int NOT NULL,"
    " body TEXT NOT NULL) $strict;"
    "CREATE INDEX decision_time ON decision (at_us);"
    "CREATE INDEX decision_account ON decision (account);"
    "CREATE TABLE measure ("
    " id $id,"
    " decision_id $int NOT NULL REFERENCES decision (id),"
    " account TEXT NOT NULL,"
    " kind $int NOT NULL,"
    " state $int NOT NULL,"
    " target TEXT NOT NULL,"
    " feature TEXT NOT NULL,"
    " ordered_us $int NOT NULL,"
    " until_us $int NOT NULL,"
    " over_us $int NOT NULL,"
    " step_at $int NOT NULL,"
    " automated $int NOT NULL) $strict;"
    "CREATE INDEX measure_of ON measure (decision_id);"
    "CREATE INDEX measure_state ON measure (state, until_us);"
    "CREATE INDEX measure_account ON measure (account, kind);"
    "CREATE INDEX measure_target ON measure (target);"
    "CREATE TABLE ladder ("
    " id $id,"
    " sha256 TEXT NOT NULL,"
    " body TEXT NOT NULL) $strict;"
    "CREATE TABLE strike ("
    " id $id,"
    " decision_id $int NOT NULL REFERENCES decision (id),"
    " account TEXT NOT NULL,"
    " severity $int NOT NULL,"
    " points $int NOT NULL,"
    " decay_days $int NOT NULL,"
    " at_us $int NOT NULL,"
    " ladder_id $int NOT NULL REFERENCES ladder (id),"
    " revoked_us $int NOT NULL) $strict;"
    "CREATE INDEX strike_account ON strike (account, decision_id);",
    "CREATE INDEX decision_appealed ON decision (appealed_us) WHERE appeal = 2;",
};

jz_status jz_measure_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "measure", steps, JZ_ARRAY_LEN(steps), err);
}

static void copy_column(jz_stmt *st, int at, char *to, size_t size)
{
    const char *text = jz_stmt_text(st, at);
    (void)snprintf(to, size, "%s", text != NULL ? text : "");
}

/* ---- decisions ---- */

#define DECISION                                                                                   \
    "SELECT id, handle, at_us, done_by, COALESCE(complaint_id, 0), account, chat_group, appeal"    \
    " FROM decision"

static jz_status take_decision(jz_stmt *st, jz_decision_row *out, jz_err *err)
{
    bool found = false;
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such decision");
    *out = (jz_decision_row){ .row = jz_stmt_i64(st, 0),
                              .at_us = jz_stmt_i64(st, 2),
                              .complaint = jz_stmt_i64(st, 4),
                              .appeal = (jz_appeal_state)jz_stmt_i64(st, 7) };
    copy_column(st, 1, out->id, sizeof out->id);
    copy_column(st, 3, out->by, sizeof out->by);
    copy_column(st, 5, out->account, sizeof out->account);
    copy_column(st, 6, out->group, sizeof out->group);
    return JZ_OK;
}

jz_status jz_decision_load(jz_govern *g, const char *id, jz_decision_row *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, DECISION " WHERE handle = ?1", &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY_CTX(take_decision(st, out, err), err, "decision '%s'", id);
    return JZ_OK;
}

jz_status jz_decision_load_row(jz_govern *g, int64_t row, jz_decision_row *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, DECISION " WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return take_decision(st, out, err);
}

jz_status jz_decision_save_appeal(jz_govern *g, const jz_decision_row *d, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       d->appeal == JZ_APPEAL_OPEN
                           ? "UPDATE decision SET appeal = ?2, appealed_us = ?3 WHERE id = ?1"
                           : "UPDATE decision SET appeal = ?2, reviewed_us = ?3 WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    jz_stmt_bind_i64(st, 2, d->appeal);
    jz_stmt_bind_i64(st, 3, jz_govern_now_us(g));
    return jz_stmt_run(st, err);
}

/* ---- measures ---- */

static jz_status record(jz_govern *g, const jz_decision_row *d, const jz_measure_rec *m,
                        const char *kind, const char *reason, const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    if (m->automated)
        jz_json_put_bool(&j, "automated", true);
    jz_json_put_text(&j, "feature", m->feature);
    jz_json_put_text(&j, "measure", jz_measure_kind_name(m->life.kind));
    jz_json_put_i64(&j, "number", m->row);
    jz_json_put_text(&j, "reason", reason);
    if (m->step_at != 0)
        jz_json_put_i64(&j, "step_at", m->step_at);
    if (m->life.until_us > 0)
        jz_json_put_i64(&j, "until_us", m->life.until_us);
    jz_json_end_object(&j);
    return jz_govern_record(g, d->id, by, kind, &detail, err);
}

jz_status jz_measure_insert(jz_govern *g, const jz_decision_row *d, jz_measure_rec *m,
                            const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO measure (decision_id, account, kind, state, target, feature,"
                       " ordered_us, until_us, over_us, step_at, automated)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    jz_stmt_bind_text(st, 2, d->account);
    jz_stmt_bind_i64(st, 3, m->life.kind);
    jz_stmt_bind_i64(st, 4, m->life.state);
    jz_stmt_bind_text(st, 5, m->target);
    jz_stmt_bind_text(st, 6, m->feature);
    jz_stmt_bind_i64(st, 7, m->ordered_us);
    jz_stmt_bind_i64(st, 8, m->life.until_us);
    jz_stmt_bind_i64(st, 9, m->step_at);
    jz_stmt_bind_i64(st, 10, m->automated);
    JZ_TRY(jz_stmt_run(st, err));
    m->decision = d->row;
    m->row = jz_store_last_id(g->store);
    const bool ordered = m->life.state == JZ_MEASURE_ORDERED;
    JZ_TRY(record(g, d, m, ordered ? "ordered" : "proposed", NULL, by, err));
    return ordered ? jz_hook_queue(g, m->row, JZ_HOOK_ORDER, err) : JZ_OK;
}

jz_status jz_measure_load(jz_govern *g, int64_t row, jz_measure_rec *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT decision_id, kind, state, until_us, ordered_us, over_us, step_at,"
                       " automated, target, feature FROM measure WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no measure %" PRId64, row);
    *out = (jz_measure_rec){ .row = row,
                             .decision = jz_stmt_i64(st, 0),
                             .life = { .kind = (jz_measure_kind)jz_stmt_i64(st, 1),
                                       .state = (jz_measure_state)jz_stmt_i64(st, 2),
                                       .until_us = jz_stmt_i64(st, 3) },
                             .ordered_us = jz_stmt_i64(st, 4),
                             .over_us = jz_stmt_i64(st, 5),
                             .step_at = jz_stmt_i64(st, 6),
                             .automated = jz_stmt_i64(st, 7) != 0 };
    copy_column(st, 8, out->target, sizeof out->target);
    copy_column(st, 9, out->feature, sizeof out->feature);
    if (jz_measure_row_of(out->life.kind) == NULL || jz_measure_state_name(out->life.state) == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "measure %" PRId64 " is of no kind or state", row);
    return JZ_OK;
}

static jz_status save(jz_govern *g, const jz_measure_rec *m, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE measure SET state = ?2, ordered_us = ?3, until_us = ?4, over_us = ?5"
                       " WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, m->row);
    jz_stmt_bind_i64(st, 2, m->life.state);
    jz_stmt_bind_i64(st, 3, m->ordered_us);
    jz_stmt_bind_i64(st, 4, m->life.until_us);
    jz_stmt_bind_i64(st, 5, m->over_us);
    return jz_stmt_run(st, err);
}

/* Where the last measure that a decision ordered by itself is acknowledged, its complaint is
 * carried out. */
static jz_status carry_complaint(jz_govern *g, const jz_decision_row *d, const char *by,
                                 jz_err *err)
{
    const jz_complaint_deed deed = { .act = JZ_COMPLAINT_CARRY, .by = by };
    jz_auto(jz_stmt) *st = NULL;
    jz_complaint_row c;
    bool there = false;
    if (d->complaint == 0)
        return JZ_OK;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT COUNT(*) FROM measure WHERE decision_id = ?1 AND step_at = 0"
                       " AND state IN (?2, ?3)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    jz_stmt_bind_i64(st, 2, JZ_MEASURE_ORDERED);
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_FAILED);
    JZ_TRY(jz_stmt_step(st, &there, err));
    const bool waits = there && jz_stmt_i64(st, 0) > 0;
    jz_stmt_reset(st);
    JZ_TRY(jz_complaint_load_row(g, d->complaint, &c, err));
    if (waits || c.life.state != JZ_COMPLAINT_UPHELD)
        return JZ_OK;
    return jz_complaint_do_in(g, c.id, &deed, err);
}

/* From a length to an end, once it is ordered. */
static void begin_now(jz_measure_rec *m, int64_t now_us)
{
    m->ordered_us = now_us;
    if (m->life.until_us < 0)
        m->life.until_us = now_us - m->life.until_us;
}

jz_status jz_measure_apply(jz_govern *g, const jz_decision_row *d, jz_measure_rec *m,
                           const jz_measure_deed *deed, jz_err *err)
{
    const int64_t now = jz_govern_now_us(g);
    JZ_TRY(jz_measure_step(&m->life, deed->act, now, err));
    if (deed->act == JZ_MEASURE_APPROVE)
        begin_now(m, now);
    if (deed->act == JZ_MEASURE_END)
        m->over_us = m->life.until_us;
    if (deed->act == JZ_MEASURE_REVERSE || deed->act == JZ_MEASURE_DISMISS)
        m->over_us = now;
    JZ_TRY(save(g, m, err));
    JZ_TRY(record(g, d, m,
                  deed->act == JZ_MEASURE_ACKNOWLEDGE ? "acknowledged"
                  : deed->act == JZ_MEASURE_APPROVE   ? "ordered"
                                                      : jz_measure_state_name(m->life.state),
                  deed->reason, deed->by, err));
    switch (deed->act) {
    case JZ_MEASURE_APPROVE:
        return jz_hook_queue(g, m->row, JZ_HOOK_ORDER, err);
    case JZ_MEASURE_END:
        return jz_hook_queue(g, m->row, JZ_HOOK_END, err);
    case JZ_MEASURE_REVERSE:
        return jz_hook_queue(g, m->row, JZ_HOOK_REVERSE, err);
    case JZ_MEASURE_RETRY:
        return jz_hook_retry(g, m->row, err);
    case JZ_MEASURE_ACKNOWLEDGE:
        if (m->life.kind == JZ_MEASURE_STOP_TRANSMIT || m->life.kind == JZ_MEASURE_REMOVE)
            JZ_TRY(jz_hook_queue(g, m->row, JZ_HOOK_RECHECK, err));
        return carry_complaint(g, d, deed->by, err);
    default:
        return JZ_OK;
    }
}

jz_status jz_measure_shorten(jz_govern *g, const jz_decision_row *d, jz_measure_rec *m,
                             int64_t until_us, const char *by, jz_err *err)
{
    m->life.until_us = until_us;
    JZ_TRY(save(g, m, err));
    JZ_TRY(record(g, d, m, "shortened", NULL, by, err));
    return jz_hook_queue(g, m->row, JZ_HOOK_SHORTEN, err);
}

static jz_status do_in(jz_govern *g, int64_t measure, const jz_measure_deed *deed, jz_err *err)
{
    jz_measure_rec m;
    jz_decision_row d;
    JZ_TRY(jz_measure_load(g, measure, &m, err));
    JZ_TRY(jz_decision_load_row(g, m.decision, &d, err));
    return jz_measure_apply(g, &d, &m, deed, err);
}

jz_status jz_measure_do(jz_govern *g, int64_t measure, const jz_measure_deed *deed, jz_err *err)
{
    const bool says = deed->act == JZ_MEASURE_DISMISS || deed->act == JZ_MEASURE_FAIL ||
                      deed->act == JZ_MEASURE_REVERSE;
    JZ_TRY(jz_govern_text("reason", deed->reason, JZ_GOVERN_TEXT_MAX - 1, says, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, do_in(g, measure, deed, err), err);
}

/* ---- the sweep ---- */

static jz_status sweep_batch(jz_govern *g, const char *by, size_t *n, jz_err *err)
{
    const jz_measure_deed deed = { .act = JZ_MEASURE_END, .by = by };
    jz_auto(jz_stmt) *st = NULL;
    int64_t row[BATCH];
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id FROM measure WHERE state IN (?1, ?2, ?3) AND until_us > 0"
                       " AND until_us <= ?4 ORDER BY id LIMIT ?5",
                       &st, err));
    jz_stmt_bind_i64(st, 1, JZ_MEASURE_ORDERED);
    jz_stmt_bind_i64(st, 2, JZ_MEASURE_DONE);
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_FAILED);
    jz_stmt_bind_i64(st, 4, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 5, BATCH);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (*n = 0; there && *n < BATCH; ++*n) {
        row[*n] = jz_stmt_i64(st, 0);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    jz_stmt_reset(st);
    for (size_t i = 0; i < *n; i++)
        JZ_TRY(do_in(g, row[i], &deed, err));
    return JZ_OK;
}

jz_status jz_measure_sweep(jz_govern *g, const char *by, uint64_t *n, jz_err *err)
{
    size_t done = BATCH;
    *n = 0;
    while (done == BATCH) {
        JZ_TRY(jz_store_begin(g->store, err));
        JZ_TRY(jz_govern_end(g, sweep_batch(g, by, &done, err), err));
        *n += done;
    }
    return JZ_OK;
}
