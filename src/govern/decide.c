/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding: the record, the complaint, the measures and the strike in one transaction. */
#include "govern/measures.h"

#include "base/hex.h"
#include "ledger/ed25519.h"

#include <jz/case.h>
#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

#define PREFIX_MIN 8

/* ---- evidence ---- */

typedef struct bag_finder {
    const char *bag;
    bool found;
} bag_finder;

static jz_status find_bag(void *user, const char *bag, jz_err *err)
{
    bag_finder *f = user;
    (void)err;
    f->found = f->found || strcmp(bag, f->bag) == 0;
    return JZ_OK;
}

/* The bag was sealed from that case, here. */
static jz_status check_bag(const jz_govern *g, const jz_decision_form *f, jz_err *err)
{
    jz_auto(jz_cases) *cases = NULL;
    bag_finder b = { .bag = f->evidence };
    if (f->evidence[0] == '\0')
        return JZ_OK;
    JZ_TRY(jz_cases_open(g->home, false, &cases, err));
    JZ_TRY(jz_case_bags(cases, f->case_id, find_bag, &b, err));
    return b.found ? JZ_OK
                   : JZ_FAIL(err, JZ_E_INVAL, "evidence: case %s has sealed no bag %s", f->case_id,
                             f->evidence);
}

/* ---- rows ---- */

static jz_status insert(jz_govern *g, jz_decision_row *d, const jz_decision_form *f,
                        const char *body, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO decision (handle, at_us, done_by, complaint_id, account,"
                       " chat_group, severity, category, source, automated, appeal, appealed_us,"
                       " reviewed_us, body) VALUES (?1, ?2, ?3, NULLIF(?4, 0), ?5, ?6, ?7, ?8, ?9,"
                       " ?10, ?11, 0, 0, ?12)",
                       &st, err));
    jz_stmt_bind_text(st, 1, d->id);
    jz_stmt_bind_i64(st, 2, d->at_us);
    jz_stmt_bind_text(st, 3, d->by);
    jz_stmt_bind_i64(st, 4, d->complaint);
    jz_stmt_bind_text(st, 5, d->account);
    jz_stmt_bind_text(st, 6, d->group);
    jz_stmt_bind_i64(st, 7, f->severity);
    jz_stmt_bind_i64(st, 8, f->category);
    jz_stmt_bind_i64(st, 9, f->source);
    jz_stmt_bind_i64(st, 10, f->automated);
    jz_stmt_bind_i64(st, 11, d->appeal);
    jz_stmt_bind_text(st, 12, body);
    JZ_TRY(jz_stmt_run(st, err));
    d->row = jz_store_last_id(g->store);
    return JZ_OK;
}

static jz_status record(jz_govern *g, const jz_decision_row *d, const jz_decision_form *f,
                        const jz_buf *body, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    uint8_t sha256[32];
    jz_sha256(body->ptr, body->len, sha256);
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "automated", jz_words_automated[f->automated - 1]);
    jz_json_put_text(&j, "basis", f->basis);
    jz_json_put_hex(&j, "body_sha256", sha256, sizeof sha256);
    jz_json_put_text(&j, "complaint", f->complaint);
    jz_json_put_text(&j, "evidence", f->evidence);
    jz_json_put_text(&j, "no_evidence_reason", f->no_evidence);
    jz_json_put_text(&j, "policy", f->policy);
    if (f->severity != 0)
        jz_json_put_text(&j, "severity", jz_words_severity[f->severity - 1]);
    jz_json_end_object(&j);
    return jz_govern_record(g, d->id, d->by, "decided", &detail, err);
}

/* A complaint that waits is upheld by the decision. */
static jz_status uphold(jz_govern *g, const jz_decision_form *f, const char *by, int64_t *row,
                        jz_err *err)
{
    jz_complaint_row c;
    const jz_complaint_deed deed = { .act = JZ_COMPLAINT_UPHOLD,
                                     .by = by,
                                     .reason = "measures were ordered",
                                     .ours = true,
                                     .policy = f->policy,
                                     .basis = f->basis };
    if (f->complaint[0] == '\0')
        return JZ_OK;
    JZ_TRY(jz_complaint_load(g, f->complaint, &c, err));
    *row = c.row;
    return c.life.state == JZ_COMPLAINT_UPHELD ? JZ_OK : jz_complaint_do_in(g, c.id, &deed, err);
}

static jz_status order(jz_govern *g, const jz_decision_row *d, const jz_decision_form *f,
                       const jz_form_measure *wanted, jz_err *err)
{
    const jz_measure_row *row = jz_measure_row_of((jz_measure_kind)wanted->kind);
    jz_measure_rec m = { .life = { .kind = (jz_measure_kind)wanted->kind,
                                   .state = JZ_MEASURE_ORDERED },
                         .ordered_us = d->at_us,
                         .automated = f->automated == JZ_AUTOMATED_FULLY };
    if (wanted->days > 0)
        m.life.until_us = d->at_us + wanted->days * JZ_DAY_US;
    (void)snprintf(m.target, sizeof m.target, "%s",
                   row->field == JZ_OF_USER    ? d->account
                   : row->field == JZ_OF_GROUP ? d->group
                                               : wanted->target);
    (void)snprintf(m.feature, sizeof m.feature, "%s", wanted->feature);
    return jz_measure_insert(g, d, &m, d->by, err);
}

static jz_status decide_in(jz_govern *g, jz_decision_row *d, const jz_decision_form *f,
                           const jz_buf *body, jz_err *err)
{
    JZ_TRY(uphold(g, f, d->by, &d->complaint, err));
    JZ_TRY(insert(g, d, f, body->ptr, err));
    JZ_TRY(record(g, d, f, body, err));
    for (size_t i = 0; i < f->measures; i++)
        JZ_TRY(order(g, d, f, &f->measure[i], err));
    return f->severity != 0 ? jz_strike_add(g, d, f->severity, f->source, d->by, err) : JZ_OK;
}

static jz_status prepare(jz_govern *g, jz_decision_form *f, const char *by, jz_decision_row *d,
                         jz_buf *body, jz_err *err)
{
    uint8_t random[(JZ_DECISION_ID_SIZE - 1) / 2];
    JZ_TRY(jz_govern_text("name of who decides", by, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(check_bag(g, f, err));
    JZ_TRY(jz_random(random, sizeof random, err));
    JZ_TRY(jz_random(f->salt, sizeof f->salt, err));
    jz_hex_encode(random, sizeof random, d->id);
    d->at_us = jz_govern_now_us(g);
    d->appeal = JZ_APPEAL_NONE;
    (void)snprintf(d->by, sizeof d->by, "%s", by);
    (void)snprintf(d->account, sizeof d->account, "%s", f->account);
    (void)snprintf(d->group, sizeof d->group, "%s", f->group);
    jz_decision_form_text(f, body);
    return jz_buf_check(body, err);
}

jz_status jz_decide(jz_govern *g, jz_bytes json, const char *by, char id[JZ_DECISION_ID_SIZE],
                    jz_err *err)
{
    JZ_DECISION_AUTO *f = jz_decision_form_new(err);
    if (f == NULL)
        return JZ_E_NOMEM;
    JZ_TRY(jz_decision_form_read(json, f, err));
    return jz_decide_form(g, f, by, id, err);
}

jz_status jz_decide_form(jz_govern *g, jz_decision_form *f, const char *by,
                         char id[JZ_DECISION_ID_SIZE], jz_err *err)
{
    JZ_BUF_AUTO body = { 0 };
    jz_decision_row d = { 0 };
    JZ_TRY(prepare(g, f, by, &d, &body, err));
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, decide_in(g, &d, f, &body, err), err));
    memcpy(id, d.id, sizeof d.id);
    return JZ_OK;
}

jz_status jz_decision_find(jz_govern *g, const char *text, char id[JZ_DECISION_ID_SIZE],
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    const size_t len = strlen(text);
    if (len < PREFIX_MIN || len >= JZ_DECISION_ID_SIZE || strspn(text, "0123456789abcdef") != len)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no decision '%s'", text);
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT handle FROM decision WHERE handle >= ?1 AND handle < ?1 || 'g'"
                       " ORDER BY handle LIMIT 2",
                       &st, err));
    jz_stmt_bind_text(st, 1, text);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no decision '%s'", text);
    char found[JZ_DECISION_ID_SIZE];
    (void)snprintf(found, sizeof found, "%s", jz_stmt_text(st, 0));
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (row)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' means several decisions: give the whole id", text);
    memcpy(id, found, sizeof found);
    return JZ_OK;
}

/* ---- appeals ---- */

static jz_status step(jz_govern *g, jz_decision_row *d, jz_appeal_state to, const char *by,
                      jz_err *err)
{
    jz_appeal_life life = { d->appeal, d->at_us };
    JZ_TRY(jz_appeal_step(&life, to, strcmp(d->by, by) == 0, jz_govern_now_us(g), err));
    d->appeal = life.state;
    return jz_decision_save_appeal(g, d, err);
}

static jz_status tell(jz_govern *g, const jz_decision_row *d, const char *kind, const char *text,
                      const char *severity, const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "reason", text);
    jz_json_put_text(&j, "severity", severity);
    jz_json_end_object(&j);
    return jz_govern_record(g, d->id, by, kind, &detail, err);
}

jz_status jz_decision_appeal_in(jz_govern *g, const char *id, const char *text, const char *by,
                                jz_err *err)
{
    jz_decision_row d;
    JZ_TRY(jz_decision_load(g, id, &d, err));
    JZ_TRY(step(g, &d, JZ_APPEAL_OPEN, by, err));
    return tell(g, &d, "appealed", text, NULL, by, err);
}

jz_status jz_decision_appeal(jz_govern *g, const char *id, const char *text, const char *by,
                             jz_err *err)
{
    JZ_TRY(jz_govern_text("reason", text, JZ_GOVERN_TEXT_MAX - 1, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, jz_decision_appeal_in(g, id, text, by, err), err);
}

/* All that stands of a decision, but what the ladder has added: that follows from the strike. */
static jz_status reverse_all(jz_govern *g, const jz_decision_row *d, const char *reason,
                             const char *by, jz_err *err)
{
    int64_t row[JZ_DECISION_MEASURES];
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    size_t n = 0;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id FROM measure WHERE decision_id = ?1 AND step_at = 0 ORDER BY id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (; there && n < JZ_DECISION_MEASURES; n++) {
        row[n] = jz_stmt_i64(st, 0);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    jz_stmt_reset(st);
    for (size_t i = 0; i < n; i++) {
        jz_measure_rec m;
        const jz_measure_deed deed = { .act = JZ_MEASURE_REVERSE, .by = by, .reason = reason };
        JZ_TRY(jz_measure_load(g, row[i], &m, err));
        const bool for_good =
            m.life.state == JZ_MEASURE_DONE && jz_measure_row_of(m.life.kind)->for_good;
        if (jz_measure_stands(m.life.state) && !for_good)
            JZ_TRY(jz_measure_apply(g, d, &m, &deed, err));
    }
    return JZ_OK;
}

static int severity_of(const char *word)
{
    for (int i = 0; word != NULL && jz_words_severity[i] != NULL; i++)
        if (strcmp(jz_words_severity[i], word) == 0)
            return i + 1;
    return 0;
}

static jz_status review_in(jz_govern *g, const char *id, jz_appeal_state outcome, int severity,
                           const char *reason, const char *by, jz_err *err)
{
    jz_decision_row d;
    JZ_TRY(jz_decision_load(g, id, &d, err));
    JZ_TRY(step(g, &d, outcome, by, err));
    JZ_TRY(tell(g, &d, jz_appeal_state_name(outcome), reason,
                severity != 0 ? jz_words_severity[severity - 1] : NULL, by, err));
    if (outcome == JZ_APPEAL_KEPT)
        return JZ_OK;
    if (outcome == JZ_APPEAL_OVERTURNED)
        JZ_TRY(reverse_all(g, &d, reason, by, err));
    return jz_strike_revoke(g, &d, severity, by, err);
}

jz_status jz_decision_review(jz_govern *g, const char *id, jz_appeal_state outcome,
                             const char *severity, const char *reason, const char *by, jz_err *err)
{
    const int s = severity_of(severity);
    if (outcome < JZ_APPEAL_KEPT)
        return JZ_FAIL(err, JZ_E_INVAL, "an appeal is kept, overturned or modified");
    if ((outcome == JZ_APPEAL_MODIFIED) != (s != 0) || (severity != NULL && s == 0))
        return JZ_FAIL(err, JZ_E_INVAL, "a severity (low, medium, high, critical) is of modified");
    JZ_TRY(jz_govern_text("name of who decides", by, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_govern_text("reason", reason, JZ_GOVERN_TEXT_MAX - 1, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, review_in(g, id, outcome, s, reason, by, err), err);
}
