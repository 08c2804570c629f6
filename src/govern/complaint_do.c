/* SPDX-License-Identifier: Apache-2.0 */
/* Doing something with a complaint, and the sweep of the clocks. */
#include "govern/complaints.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BATCH 256

/* How an act is told, in events and to whoever complains. */
static const char *kind_of(jz_complaint_act act, jz_complaint_state to)
{
    switch (act) {
    case JZ_COMPLAINT_PAUSE:
        return "paused";
    case JZ_COMPLAINT_RESUME:
        return "resumed";
    default:
        return jz_complaint_state_name(to);
    }
}

static bool decides(jz_complaint_act act)
{
    return act == JZ_COMPLAINT_UPHOLD || act == JZ_COMPLAINT_REJECT;
}

/* Acts of whoever complains are of one complaint; all others of the whole matter. */
static bool is_own(jz_complaint_act act)
{
    return act == JZ_COMPLAINT_APPEAL || act == JZ_COMPLAINT_WITHDRAW;
}

static jz_status check_deed(const jz_complaint_deed *d, jz_err *err)
{
    const bool says = d->act != JZ_COMPLAINT_RESUME && d->act != JZ_COMPLAINT_CARRY &&
                      d->act != JZ_COMPLAINT_WITHDRAW;
    if (jz_complaint_act_name(d->act) == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%u is no act", (unsigned)d->act);
    JZ_TRY(jz_govern_text("reason", d->reason, JZ_GOVERN_TEXT_MAX - 1, says, err));
    JZ_TRY(
        jz_govern_text("policy's clause", d->policy, JZ_GOVERN_NAME_MAX - 1, decides(d->act), err));
    JZ_TRY(jz_govern_text("legal basis", d->basis, JZ_GOVERN_NAME_MAX - 1, decides(d->act), err));
    if (d->unfounded && d->act != JZ_COMPLAINT_REJECT)
        return JZ_FAIL(err, JZ_E_INVAL, "only what is rejected is unfounded");
    return JZ_OK;
}

/* ---- clocks ---- */

static void put_clock(jz_json *j, const jz_clock_row *r, int64_t now_us)
{
    const int64_t elapsed = jz_clock_elapsed(&r->clock, 0, now_us);
    jz_json_begin_object(j);
    jz_json_put_text(j, "law", r->law->name);
    jz_json_put_bool(j, "met", elapsed <= r->clock.span_us);
    jz_json_put_i64(j, "seconds", elapsed / 1000000);
    jz_json_end_object(j);
}

/* Goes on after a pause; stops, and is told with its time, where the state asks for none. */
static jz_status turn_clocks(jz_govern *g, const jz_complaint_row *c, int64_t was_paused_us,
                             jz_json *j, jz_err *err)
{
    jz_clock_row clock[JZ_COMPLAINT_CLOCKS];
    size_t n = 0;
    const int64_t now = jz_govern_now_us(g);
    const bool stop = !jz_complaint_ticks(c->life.state);
    JZ_TRY(jz_complaint_clocks(g, c->row, clock, &n, err));
    if (stop)
        jz_json_key(j, "clocks");
    if (stop)
        jz_json_begin_array(j);
    for (size_t i = 0; i < n; i++) {
        if (clock[i].clock.stopped_us != 0)
            continue;
        if (was_paused_us != 0 && c->life.paused_us == 0)
            jz_clock_resume(&clock[i].clock, was_paused_us, now);
        if (stop) {
            clock[i].clock.stopped_us = now;
            put_clock(j, &clock[i], now);
        }
        JZ_TRY(jz_complaint_clock_save(g, &clock[i], err));
    }
    if (stop)
        jz_json_end_array(j);
    return JZ_OK;
}

/* ---- acts ---- */

static void put_deed(jz_json *j, const jz_complaint_deed *d)
{
    jz_json_put_text(j, "basis", d->basis);
    jz_json_put_text(j, "policy", d->policy);
    jz_json_put_text(j, "reason", d->reason);
    jz_json_put_text(j, "trace", d->trace);
    if (d->unfounded)
        jz_json_put_bool(j, "unfounded", true);
}

static jz_status keep_policy(jz_govern *g, int64_t row, const char *policy, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "UPDATE complaint SET policy = ?2 WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_text(st, 2, policy != NULL ? policy : "");
    return jz_stmt_run(st, err);
}

static jz_status apply(jz_govern *g, jz_complaint_row *c, const jz_complaint_deed *d, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    const int64_t was_paused = c->life.paused_us;
    JZ_TRY(jz_complaint_step(&c->life, d->act, jz_govern_now_us(g), err));
    if (decides(d->act)) {
        (void)snprintf(c->decided_by, sizeof c->decided_by, "%s", d->by != NULL ? d->by : "");
        c->unfounded = d->unfounded;
        JZ_TRY(keep_policy(g, c->row, d->policy, err));
    }
    const char *kind = kind_of(d->act, c->life.state);
    jz_json_begin_object(&j);
    JZ_TRY(turn_clocks(g, c, was_paused, &j, err));
    put_deed(&j, d);
    jz_json_end_object(&j);
    JZ_TRY(jz_complaint_save(g, c, err));
    JZ_TRY(jz_govern_record(g, c->id, d->by, kind, &detail, err));
    JZ_TRY(jz_complaint_tell(g, c->row,
                             d->ours && d->act == JZ_COMPLAINT_APPEAL ? "reopened" : kind,
                             is_own(d->act) || d->ours ? NULL : d->reason, err));
    if (d->act == JZ_COMPLAINT_APPEAL)
        JZ_TRY(jz_complaint_start(g, c, 0, true, d->by, err));
    return decides(d->act) ? jz_reporter_judge(g, c, d->by, err) : JZ_OK;
}

/* The same for those that are folded into it and stand where it stood. */
static jz_status apply_folded(jz_govern *g, int64_t lead, jz_complaint_state was,
                              const jz_complaint_deed *d, jz_err *err)
{
    int64_t folded[JZ_FOLDED_BATCH];
    size_t n = JZ_FOLDED_BATCH;
    for (int64_t after = 0; n == JZ_FOLDED_BATCH;) {
        JZ_TRY(jz_complaint_folded(g, lead, after, folded, &n, err));
        for (size_t i = 0; i < n; i++) {
            jz_complaint_row c;
            JZ_TRY(jz_complaint_load_row(g, folded[i], &c, err));
            const bool idle = (d->act == JZ_COMPLAINT_PAUSE && c.life.paused_us != 0) ||
                              (d->act == JZ_COMPLAINT_RESUME && c.life.paused_us == 0);
            if (c.life.state == was && !idle)
                JZ_TRY(apply(g, &c, d, err));
        }
        after = n > 0 ? folded[n - 1] : after;
    }
    return JZ_OK;
}

/* Out of the matter: alone. */
static jz_status apply_alone(jz_govern *g, jz_complaint_row *c, const jz_complaint_deed *d,
                             jz_err *err)
{
    const int64_t lead = c->folded_into;
    c->folded_into = 0;
    JZ_TRY(apply(g, c, d, err));
    JZ_TRY(jz_complaint_refresh(g, c->row, err));
    return lead != 0 ? jz_complaint_refresh(g, lead, err)
                     : jz_complaint_leave(g, c->row, d->by, err);
}

static jz_status check_reviewer(const jz_complaint_row *c, const jz_complaint_deed *d, jz_err *err)
{
    if (decides(d->act) && c->life.state == JZ_COMPLAINT_APPEALED && d->by != NULL &&
        strcmp(c->decided_by, d->by) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "the appeal is not decided by whoever decided before");
    return JZ_OK;
}

jz_status jz_complaint_do_in(jz_govern *g, const char *id, const jz_complaint_deed *d, jz_err *err)
{
    jz_complaint_row c;
    JZ_TRY(jz_complaint_load(g, id, &c, err));
    const jz_complaint_state was = c.life.state;
    if (d->act == JZ_COMPLAINT_WITHDRAW || (d->act == JZ_COMPLAINT_APPEAL && c.folded_into != 0))
        return apply_alone(g, &c, d, err);
    if (c.folded_into != 0) {
        jz_complaint_row lead;
        JZ_TRY(jz_complaint_load_row(g, c.folded_into, &lead, err));
        return JZ_FAIL(err, JZ_E_INVAL, "it is folded into complaint %s, which is decided",
                       lead.id);
    }
    JZ_TRY(check_reviewer(&c, d, err));
    JZ_TRY(apply(g, &c, d, err));
    JZ_TRY(apply_folded(g, c.row, was, d, err));
    return jz_complaint_refresh(g, c.row, err);
}

jz_status jz_complaint_do(jz_govern *g, const char *id, const jz_complaint_deed *deed, jz_err *err)
{
    JZ_TRY(check_deed(deed, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, jz_complaint_do_in(g, id, deed, err), err);
}

/* ---- the sweep ---- */

typedef struct sweep {
    const char *by;
    uint64_t escalated, broken;
} sweep;

static jz_status record_told(jz_govern *g, const char *id, const jz_clock_row *r, const char *by,
                             jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "law", r->law->name);
    jz_json_put_i64(&j, "percent", r->clock.told);
    jz_json_end_object(&j);
    return jz_govern_record(g, id, by, r->clock.told == 100 ? "clock-broken" : "escalated", &detail,
                            err);
}

static jz_status sweep_one(jz_govern *g, int64_t row, sweep *s, jz_err *err)
{
    jz_complaint_row c;
    jz_clock_row clock[JZ_COMPLAINT_CLOCKS];
    size_t n = 0;
    const int64_t now = jz_govern_now_us(g);
    JZ_TRY(jz_complaint_load_row(g, row, &c, err));
    JZ_TRY(jz_complaint_clocks(g, row, clock, &n, err));
    for (size_t i = 0; i < n; i++) {
        if (jz_clock_next(&clock[i].clock, c.life.paused_us) > now)
            continue;
        const unsigned percent = jz_clock_percent(&clock[i].clock, c.life.paused_us, now);
        clock[i].clock.told = percent >= 100 ? 100 : percent >= 80 ? 80 : 50;
        JZ_TRY(jz_complaint_clock_save(g, &clock[i], err));
        JZ_TRY(record_told(g, c.id, &clock[i], s->by, err));
        s->broken += percent >= 100;
        s->escalated += percent < 100;
    }
    return JZ_OK;
}

static jz_status sweep_matter(jz_govern *g, int64_t lead, sweep *s, jz_err *err)
{
    int64_t folded[JZ_FOLDED_BATCH];
    size_t n = JZ_FOLDED_BATCH;
    JZ_TRY(sweep_one(g, lead, s, err));
    for (int64_t after = 0; n == JZ_FOLDED_BATCH;) {
        JZ_TRY(jz_complaint_folded(g, lead, after, folded, &n, err));
        for (size_t i = 0; i < n; i++)
            JZ_TRY(sweep_one(g, folded[i], s, err));
        after = n > 0 ? folded[n - 1] : after;
    }
    return jz_complaint_refresh(g, lead, err);
}

static jz_status sweep_batch(jz_govern *g, sweep *s, size_t *n, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    int64_t row[BATCH];
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id FROM complaint WHERE next_us <= ?1 ORDER BY next_us LIMIT ?2",
                       &st, err));
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 2, BATCH);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (*n = 0; there && *n < BATCH; ++*n) {
        row[*n] = jz_stmt_i64(st, 0);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    jz_stmt_reset(st);
    for (size_t i = 0; i < *n; i++)
        JZ_TRY(sweep_matter(g, row[i], s, err));
    return JZ_OK;
}

jz_status jz_complaint_sweep(jz_govern *g, const char *by, uint64_t *escalated, uint64_t *broken,
                             jz_err *err)
{
    sweep s = { .by = by };
    size_t n = BATCH;
    while (n == BATCH) {
        JZ_TRY(jz_store_begin(g->store, err));
        JZ_TRY(jz_govern_end(g, sweep_batch(g, &s, &n, err), err));
    }
    *escalated = s.escalated;
    *broken = s.broken;
    return JZ_OK;
}
