/* SPDX-License-Identifier: Apache-2.0 */
/* Strikes of an account, the ladder's steps, and what follows from both when a strike is revoked.
 */
#include "govern/measures.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STRIKES 256 /* of an account that are looked at: the newest */
#define SPANS 64

/* ---- ladders ---- */

/* The ladder by which a decision's strike was weighed: it is judged by that one. */
static jz_status ladder_of(jz_govern *g, const jz_decision_row *d, jz_ladder *out, int64_t *id,
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT ladder_id FROM strike WHERE decision_id = ?1 ORDER BY id LIMIT 1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    JZ_TRY(jz_stmt_step(st, &there, err));
    return jz_ladder_load(g, there ? jz_stmt_i64(st, 0) : 0, out, id, err);
}

/* ---- an account ---- */

typedef struct account {
    jz_strike strike[STRIKES];
    int64_t decision[STRIKES]; /* of each */
    size_t n;
    jz_span span[SPANS]; /* of its suspensions, in order of their beginning */
    size_t spans;
} account;

static jz_status read_strikes(jz_govern *g, const char *name, account *a, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT at_us, points, decay_days, revoked_us, decision_id FROM strike"
                       " WHERE account = ?1 ORDER BY decision_id DESC LIMIT ?2",
                       &st, err));
    jz_stmt_bind_text(st, 1, name);
    jz_stmt_bind_i64(st, 2, STRIKES);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (a->n = 0; there && a->n < STRIKES; a->n++) {
        a->strike[a->n] = (jz_strike){ jz_stmt_i64(st, 0), jz_stmt_i64(st, 1), jz_stmt_i64(st, 2),
                                       jz_stmt_i64(st, 3) != 0 };
        a->decision[a->n] = jz_stmt_i64(st, 4);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    return JZ_OK;
}

/* What was reversed was no suspension. */
static jz_status read_spans(jz_govern *g, const char *name, account *a, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT ordered_us, until_us FROM measure WHERE account = ?1 AND kind = ?2"
                       " AND state IN (?3, ?4, ?5, ?6) ORDER BY ordered_us LIMIT ?7",
                       &st, err));
    jz_stmt_bind_text(st, 1, name);
    jz_stmt_bind_i64(st, 2, JZ_MEASURE_SUSPEND);
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_ORDERED);
    jz_stmt_bind_i64(st, 4, JZ_MEASURE_DONE);
    jz_stmt_bind_i64(st, 5, JZ_MEASURE_FAILED);
    jz_stmt_bind_i64(st, 6, JZ_MEASURE_ENDED);
    jz_stmt_bind_i64(st, 7, SPANS);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (a->spans = 0; there && a->spans < SPANS; a->spans++) {
        const int64_t until = jz_stmt_i64(st, 1);
        a->span[a->spans] = (jz_span){ jz_stmt_i64(st, 0), until > 0 ? until : INT64_MAX };
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    return JZ_OK;
}

static jz_status read_account(jz_govern *g, const char *name, account *a, jz_err *err)
{
    JZ_TRY(read_strikes(g, name, a, err));
    return read_spans(g, name, a, err);
}

static int64_t milli_of(const account *a, int64_t now_us)
{
    return jz_ladder_milli(a->strike, a->n, a->span, a->spans, now_us);
}

/* ---- steps ---- */

/* Whether a step of the account is proposed or in force: it fires once until it is resolved. */
static jz_status step_stands(jz_govern *g, const char *name, int64_t at, bool *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT COUNT(*) FROM measure WHERE account = ?1 AND step_at = ?2"
                       " AND state IN (?3, ?4, ?5, ?6)",
                       &st, err));
    jz_stmt_bind_text(st, 1, name);
    jz_stmt_bind_i64(st, 2, at);
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_PROPOSED);
    jz_stmt_bind_i64(st, 4, JZ_MEASURE_ORDERED);
    jz_stmt_bind_i64(st, 5, JZ_MEASURE_DONE);
    jz_stmt_bind_i64(st, 6, JZ_MEASURE_FAILED);
    JZ_TRY(jz_stmt_step(st, &there, err));
    *out = there && jz_stmt_i64(st, 0) > 0;
    return JZ_OK;
}

/* from_us: when its time begins, now or, for one that takes the place of another, before. */
static jz_status fire_one(jz_govern *g, const jz_decision_row *d, const jz_ladder_step *s,
                          jz_measure_kind kind, int64_t from_us, const char *by, jz_err *err)
{
    const bool automatic = s->mode == 1;
    const bool timed = kind == (jz_measure_kind)s->measure && s->days > 0;
    const int64_t span = timed ? s->days * JZ_DAY_US : 0;
    jz_measure_rec m = { .life = { .kind = kind,
                                   .state = automatic ? JZ_MEASURE_ORDERED : JZ_MEASURE_PROPOSED },
                         .step_at = s->at,
                         .automated = automatic };
    if (automatic)
        m.ordered_us = from_us;
    if (timed) /* of what is proposed, its length: it begins when a person orders it */
        m.life.until_us = automatic ? from_us + span : -span;
    (void)snprintf(m.target, sizeof m.target, "%s", d->account);
    if (kind == JZ_MEASURE_LIMIT)
        (void)snprintf(m.feature, sizeof m.feature, "%s", s->feature);
    return jz_measure_insert(g, d, &m, by, err);
}

static jz_status fire(jz_govern *g, const jz_decision_row *d, const jz_ladder_step *s,
                      int64_t from_us, const char *by, jz_err *err)
{
    bool stands = false;
    JZ_TRY(step_stands(g, d->account, s->at, &stands, err));
    if (stands)
        return JZ_OK;
    JZ_TRY(fire_one(g, d, s, (jz_measure_kind)s->measure, from_us, by, err));
    for (unsigned i = 0; jz_words_measure[i] != NULL; i++)
        if ((s->also >> i & 1) != 0)
            JZ_TRY(fire_one(g, d, s, (jz_measure_kind)(i + 1), from_us, by, err));
    return JZ_OK;
}

/* ---- strikes ---- */

static jz_status insert_strike(jz_govern *g, const jz_decision_row *d, int severity,
                               const jz_strike *s, int64_t ladder, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO strike (decision_id, account, severity, points, decay_days,"
                       " at_us, ladder_id, revoked_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    jz_stmt_bind_text(st, 2, d->account);
    jz_stmt_bind_i64(st, 3, severity);
    jz_stmt_bind_i64(st, 4, s->points);
    jz_stmt_bind_i64(st, 5, s->decay_days);
    jz_stmt_bind_i64(st, 6, s->at_us);
    jz_stmt_bind_i64(st, 7, ladder);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "ladder", ladder);
    jz_json_put_i64(&j, "points", s->points);
    jz_json_put_text(&j, "severity", jz_words_severity[severity - 1]);
    jz_json_end_object(&j);
    return jz_govern_record(g, d->id, by, "struck", &detail, err);
}

/* What a severity counts; less where no other strike of the account counts. */
static jz_strike weigh(const jz_ladder *l, int severity, const account *a, int64_t at_us)
{
    const jz_ladder_severity *s = &l->severity[severity - 1];
    bool first = true;
    for (size_t i = 0; i < a->n; i++)
        first = first && a->strike[i].revoked;
    return (jz_strike){ .at_us = at_us,
                        .points = first ? s->points - s->first_less : s->points,
                        .decay_days = s->decay_days };
}

static jz_status strike_with(jz_govern *g, const jz_decision_row *d, int severity, account *a,
                             const char *by, jz_err *err)
{
    jz_ladder l;
    int64_t ladder = 0;
    const int64_t now = jz_govern_now_us(g);
    JZ_TRY(jz_ladder_load(g, 0, &l, &ladder, err));
    JZ_TRY(read_account(g, d->account, a, err));
    const int64_t before = milli_of(a, now);
    const jz_strike s = weigh(&l, severity, a, now);
    JZ_TRY(insert_strike(g, d, severity, &s, ladder, by, err));
    const int crossed = jz_ladder_crossed(&l, before, before + s.points * 1000);
    return crossed < 0 ? JZ_OK : fire(g, d, &l.step[crossed], now, by, err);
}

static account *new_account(jz_err *err)
{
    account *a = jz_alloc_zero(1, sizeof *a);
    if (a == NULL)
        jz_err_set(err, JZ_E_NOMEM, "out of memory");
    return a;
}

jz_status jz_strike_add(jz_govern *g, const jz_decision_row *d, int severity, int source,
                        const char *by, jz_err *err)
{
    jz_ladder l;
    int64_t ladder = 0;
    JZ_TRY(jz_ladder_load(g, 0, &l, &ladder, err));
    if ((l.no_points >> (source - 1) & 1) != 0)
        return JZ_OK;
    account *a = new_account(err);
    if (a == NULL)
        return JZ_E_NOMEM;
    const jz_status st = strike_with(g, d, severity, a, by, err);
    jz_free(a);
    return st;
}

/* ---- revoking ---- */

/* What the ladder had reached with a decision, of the strikes that still count. */
static int64_t milli_with(const account *a, int64_t decision, int64_t at_us)
{
    jz_strike s[STRIKES];
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++)
        if (a->decision[i] <= decision)
            s[n++] = a->strike[i];
    return jz_ladder_milli(s, n, a->span, a->spans, at_us);
}

static const jz_ladder_step *level(const jz_ladder *l, int64_t milli)
{
    const int i = jz_ladder_crossed(l, 0, milli);
    return i < 0 ? NULL : &l->step[i];
}

static jz_status let_go(jz_govern *g, const jz_decision_row *d, jz_measure_rec *m, const char *by,
                        jz_err *err)
{
    const jz_measure_deed deed = { .act = m->life.state == JZ_MEASURE_PROPOSED ? JZ_MEASURE_DISMISS
                                                                               : JZ_MEASURE_REVERSE,
                                   .by = by,
                                   .reason = "the ladder, computed anew" };
    if (m->life.state == JZ_MEASURE_DONE && jz_measure_row_of(m->life.kind)->for_good)
        return JZ_OK;
    return jz_measure_apply(g, d, m, &deed, err);
}

/* The same kind, but shorter: it began when it began, so that the time served counts. */
static jz_status cut(jz_govern *g, const jz_decision_row *d, jz_measure_rec *m, int64_t until_us,
                     const char *by, jz_err *err)
{
    const jz_measure_deed end = { .act = JZ_MEASURE_END, .by = by };
    if (m->life.until_us > 0 && m->life.until_us <= until_us)
        return JZ_OK;
    JZ_TRY(jz_measure_shorten(g, d, m, until_us, by, err));
    return until_us <= jz_govern_now_us(g) ? jz_measure_apply(g, d, m, &end, err) : JZ_OK;
}

static jz_status recompute_one(jz_govern *g, const account *a, jz_measure_rec *m, const char *by,
                               jz_err *err)
{
    jz_decision_row d;
    jz_ladder l;
    int64_t ladder = 0;
    const int64_t now = jz_govern_now_us(g);
    JZ_TRY(jz_decision_load_row(g, m->decision, &d, err));
    JZ_TRY(ladder_of(g, &d, &l, &ladder, err));
    const jz_ladder_step *s = level(&l, milli_with(a, m->decision, d.at_us));
    if (s != NULL && s->at >= m->step_at)
        return JZ_OK;
    const bool runs = m->life.state != JZ_MEASURE_PROPOSED;
    const int64_t from = m->ordered_us;
    if (s != NULL && runs && (int)m->life.kind == s->measure && s->days > 0)
        return cut(g, &d, m, from + s->days * JZ_DAY_US, by, err);
    const bool main_one = m->life.kind == JZ_MEASURE_SUSPEND || m->life.kind == JZ_MEASURE_LIMIT ||
                          m->life.kind == JZ_MEASURE_TERMINATE;
    JZ_TRY(let_go(g, &d, m, by, err));
    /* What is left of the lower step, less the time that was served. */
    if (s != NULL && runs && main_one && s->days > 0 && from + s->days * JZ_DAY_US > now)
        return fire(g, &d, s, from, by, err);
    return JZ_OK;
}

#define STANDING 64

static jz_status recompute(jz_govern *g, const char *name, account *a, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    int64_t row[STANDING];
    size_t n = 0;
    bool there = false;
    JZ_TRY(read_account(g, name, a, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id FROM measure WHERE account = ?1 AND step_at > 0"
                       " AND state IN (?2, ?3, ?4, ?5) ORDER BY id LIMIT ?6",
                       &st, err));
    jz_stmt_bind_text(st, 1, name);
    jz_stmt_bind_i64(st, 2, JZ_MEASURE_PROPOSED);
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_ORDERED);
    jz_stmt_bind_i64(st, 4, JZ_MEASURE_DONE);
    jz_stmt_bind_i64(st, 5, JZ_MEASURE_FAILED);
    jz_stmt_bind_i64(st, 6, STANDING);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (; there && n < STANDING; n++) {
        row[n] = jz_stmt_i64(st, 0);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    jz_stmt_reset(st);
    for (size_t i = 0; i < n; i++) {
        jz_measure_rec m;
        JZ_TRY(jz_measure_load(g, row[i], &m, err));
        if (jz_measure_stands(m.life.state))
            JZ_TRY(recompute_one(g, a, &m, by, err));
    }
    return JZ_OK;
}

static jz_status mark_revoked(jz_govern *g, const jz_decision_row *d, const char *by, bool *any,
                              jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE strike SET revoked_us = ?2 WHERE decision_id = ?1"
                       " AND revoked_us = 0",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_run(st, err));
    *any = jz_store_changes(g->store) > 0;
    jz_buf_puts(&detail, "{}");
    return *any ? jz_govern_record(g, d->id, by, "strike-revoked", &detail, err) : JZ_OK;
}

static jz_status revoke_with(jz_govern *g, const jz_decision_row *d, int severity, account *a,
                             const char *by, jz_err *err)
{
    bool any = false;
    JZ_TRY(mark_revoked(g, d, by, &any, err));
    if (!any)
        return JZ_OK;
    if (severity != 0) {
        jz_ladder l;
        int64_t ladder = 0;
        JZ_TRY(ladder_of(g, d, &l, &ladder, err));
        JZ_TRY(read_account(g, d->account, a, err));
        const jz_strike s = weigh(&l, severity, a, d->at_us);
        JZ_TRY(insert_strike(g, d, severity, &s, ladder, by, err));
    }
    return recompute(g, d->account, a, by, err);
}

jz_status jz_strike_revoke(jz_govern *g, const jz_decision_row *d, int severity, const char *by,
                           jz_err *err)
{
    account *a = new_account(err);
    if (a == NULL)
        return JZ_E_NOMEM;
    const jz_status st = revoke_with(g, d, severity, a, by, err);
    jz_free(a);
    return st;
}

/* ---- standing ---- */

static jz_status read_standing(jz_govern *g, const char *name, jz_account_standing *out,
                               jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT kind, until_us FROM measure WHERE account = ?1 AND kind IN (?2, ?3)"
                       " AND state IN (?4, ?5, ?6)",
                       &st, err));
    jz_stmt_bind_text(st, 1, name);
    jz_stmt_bind_i64(st, 2, JZ_MEASURE_SUSPEND);
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_TERMINATE);
    jz_stmt_bind_i64(st, 4, JZ_MEASURE_ORDERED);
    jz_stmt_bind_i64(st, 5, JZ_MEASURE_DONE);
    jz_stmt_bind_i64(st, 6, JZ_MEASURE_FAILED);
    JZ_TRY(jz_stmt_step(st, &there, err));
    while (there) {
        const int64_t until = jz_stmt_i64(st, 1) != 0 ? jz_stmt_i64(st, 1) : INT64_MAX;
        if (jz_stmt_i64(st, 0) == JZ_MEASURE_TERMINATE)
            out->terminated = true;
        else if (until > jz_govern_now_us(g) && until > out->suspended_until_us)
            out->suspended_until_us = until;
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    return JZ_OK;
}

static jz_status account_with(jz_govern *g, const char *name, account *a, jz_account_standing *out,
                              jz_err *err)
{
    jz_auto(char) *text = NULL;
    char sha256[65];
    jz_ladder l;
    jz_account_standing s = { 0 };
    JZ_TRY(jz_ladder_get(g, &text, sha256, err));
    JZ_TRY(jz_ladder_read(jz_bytes_of_text(text), &l, err));
    JZ_TRY(read_account(g, name, a, err));
    s.milli = milli_of(a, jz_govern_now_us(g));
    s.next = jz_ladder_next(&l, s.milli);
    for (size_t i = 0; i < a->n; i++)
        s.strikes += !a->strike[i].revoked;
    JZ_TRY(read_standing(g, name, &s, err));
    *out = s;
    return JZ_OK;
}

jz_status jz_account(jz_govern *g, const char *name, jz_account_standing *out, jz_err *err)
{
    account *a = new_account(err);
    if (a == NULL)
        return JZ_E_NOMEM;
    const jz_status st = account_with(g, name, a, out, err);
    jz_free(a);
    return st;
}
