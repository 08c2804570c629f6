/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions, the measures that they order, and what an account has added up. Whoever calls is told
 * apart by their key's name, so that nobody reviews what they decided. */
#include "serve/routes.h"

#include <jz/measure.h>

#include "base/file.h"
#include "govern/measures.h"

#include <string.h>

/* ---- decisions ---- */

/* The complaint that a decision is about, if any, is in it. A repeat is answered, and nothing is
 * decided. */
static jz_status decide(jz_api_call *c, jz_decision_form *f, char id[JZ_DECISION_ID_SIZE],
                        jz_err *err)
{
    char complaint[JZ_COMPLAINT_ID_SIZE], by[80];
    jz_repeat repeat = { 0 };
    if (f->complaint[0] != '\0')
        JZ_TRY(jz_api_complaint(c, f->complaint, complaint, &repeat, err));
    if (repeat.row != 0 && c->told == NULL) {
        memcpy(id, repeat.handle, JZ_DECISION_ID_SIZE);
        return jz_api_answer_repeat(c, &repeat, true, f->policy, err);
    }
    if (f->complaint[0] != '\0')
        JZ_TRY(jz_api_review(c, "complaint", f->complaint, err));
    if (repeat.row != 0) { /* what it repeats is decided: as if it were about none */
        c->told->kind = "upheld";
        c->told->reason = "";
        f->complaint[0] = '\0';
    }
    return jz_decide_form(c->api->g, f, jz_api_actor(c, by, sizeof by), id, err);
}

jz_status jz_route_decide(jz_api_call *c, jz_err *err)
{
    char id[JZ_DECISION_ID_SIZE];
    JZ_DECISION_AUTO *f = jz_decision_form_new(err);
    if (f == NULL)
        return JZ_E_NOMEM;
    JZ_TRY(jz_decision_form_read(c->request->body, f, err));
    JZ_TRY(decide(c, f, id, err));
    c->reply->status = 201;
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "decision_id", id);
    jz_json_end_object(&j);
    return JZ_OK;
}

static jz_status put_measure(void *user, const jz_measure_info *m, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "measure", m->number);
    jz_json_put_str(j, "decision_id", m->decision);
    jz_json_put_str(j, "kind", jz_measure_kind_name(m->kind));
    jz_json_put_str(j, "state", jz_measure_state_name(m->state));
    jz_json_put_str(j, "target", m->target);
    jz_json_put_str(j, "feature", m->feature);
    jz_json_put_time(j, "ordered", m->ordered_us);
    jz_json_put_time(j, "until", m->until_us);
    jz_json_put_bool(j, "automated", m->automated);
    jz_json_put_bool(j, "by_ladder", m->by_ladder);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_measures(jz_api_call *c, const char *id, jz_measure_state state, jz_json *j,
                              jz_err *err)
{
    jz_json_key(j, "measures");
    jz_json_begin_array(j);
    JZ_TRY(jz_measures(c->api->g, id, state, put_measure, j, err));
    jz_json_end_array(j);
    return JZ_OK;
}

static void put_decision(jz_json *j, const jz_decision_info *d)
{
    jz_json_put_str(j, "decision_id", d->id);
    jz_json_put_time(j, "at", d->at_us);
    jz_json_put_str(j, "by", d->by);
    jz_json_put_str(j, "complaint", d->complaint);
    jz_json_put_str(j, "account", d->account);
    jz_json_put_str(j, "group", d->group);
    jz_json_put_str(j, "severity", d->severity);
    jz_json_put_i64(j, "points", d->points);
    jz_json_put_bool(j, "revoked", d->revoked);
    jz_json_put_str(j, "appeal", jz_appeal_state_name(d->appeal));
}

static jz_status put_whole(void *user, const jz_decision_info *d, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    put_decision(j, d);
    jz_json_key(j, "body");
    if (d->body != NULL)
        jz_json_raw(j, d->body, strlen(d->body));
    else
        jz_json_null(j);
    return JZ_OK;
}

jz_status jz_route_decision(jz_api_call *c, jz_err *err)
{
    char id[JZ_DECISION_ID_SIZE];
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_decision_find(c->api->g, c->param[0], id, err));
    jz_json_begin_object(&j);
    JZ_TRY(jz_decision_show(c->api->g, id, put_whole, &j, err));
    JZ_TRY(put_measures(c, id, 0, &j, err));
    jz_json_end_object(&j);
    return JZ_OK;
}

static jz_status put_row(void *user, const jz_decision_info *d, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    put_decision(j, d);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_decisions(jz_api_call *c, jz_err *err)
{
    int64_t since_us = 0;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_api_argument_time(c, "since", 0, &since_us, err));
    jz_json_begin_object(&j);
    jz_json_key(&j, "decisions");
    jz_json_begin_array(&j);
    JZ_TRY(jz_decisions(c->api->g, since_us, put_row, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

/* ---- appeals ---- */

typedef struct sent_appeal {
    char text[JZ_GOVERN_TEXT_MAX];
} sent_appeal;

const jz_field jz_appeal_fields[] = {
    { .key = "text",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_appeal, text),
      .size = JZ_GOVERN_TEXT_MAX },
    { 0 },
};

jz_status jz_route_appeal(jz_api_call *c, jz_err *err)
{
    char id[JZ_DECISION_ID_SIZE], by[80];
    sent_appeal s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_decision_find(c->api->g, c->param[0], id, err));
    JZ_TRY(jz_decision_appeal(c->api->g, id, s.text, jz_api_actor(c, by, sizeof by), err));
    jz_api_say_done(c, "appealed");
    return JZ_OK;
}

typedef struct sent_review {
    int outcome, severity;
    char reason[JZ_GOVERN_TEXT_MAX];
} sent_review;

static const char *const outcome_words[] = { "kept", "overturned", "modified", NULL };
static const jz_appeal_state outcomes[] = { JZ_APPEAL_KEPT, JZ_APPEAL_OVERTURNED,
                                            JZ_APPEAL_MODIFIED };
static const char *const severity_words[] = { "high", "medium", "low", NULL };

const jz_field jz_review_fields[] = {
    { .key = "outcome",
      .kind = JZ_FIELD_WORD,
      .at = offsetof(sent_review, outcome),
      .words = outcome_words },
    { .key = "reason",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_review, reason),
      .size = JZ_GOVERN_TEXT_MAX },
    { .key = "severity",
      .kind = JZ_FIELD_WORD,
      .optional = true,
      .at = offsetof(sent_review, severity),
      .words = severity_words },
    { 0 },
};

jz_status jz_route_review(jz_api_call *c, jz_err *err)
{
    char id[JZ_DECISION_ID_SIZE], by[80];
    sent_review s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_decision_find(c->api->g, c->param[0], id, err));
    JZ_TRY(jz_api_review(c, "decision", id, err));
    JZ_TRY(jz_decision_review(c->api->g, id, outcomes[s.outcome - 1],
                              s.severity != 0 ? severity_words[s.severity - 1] : NULL, s.reason,
                              jz_api_actor(c, by, sizeof by), err));
    jz_api_say_done(c, outcome_words[s.outcome - 1]);
    return JZ_OK;
}

/* ---- measures ---- */

jz_status jz_route_measures(jz_api_call *c, jz_err *err)
{
    char word[32];
    jz_measure_state state = 0;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_api_argument_text(c, "state", word, sizeof word, err));
    for (int s = JZ_MEASURE_PROPOSED; s <= JZ_MEASURE_DISMISSED; s++)
        if (strcmp(jz_measure_state_name((jz_measure_state)s), word) == 0)
            state = (jz_measure_state)s;
    if (state == 0 && word[0] != '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "there is no state '%s'", word);
    jz_json_begin_object(&j);
    JZ_TRY(put_measures(c, NULL, state, &j, err));
    jz_json_end_object(&j);
    return JZ_OK;
}

/* Intake asks before it takes what is offered. */
jz_status jz_route_refuses(jz_api_call *c, jz_err *err)
{
    char target[JZ_GOVERN_TEXT_MAX];
    int64_t measure = 0;
    JZ_TRY(jz_api_argument_text(c, "target", target, sizeof target, err));
    if (target[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "target: sha256:... or an address is wanted");
    JZ_TRY(jz_measure_refuses(c->api->g, target, &measure, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_bool(&j, "refused", measure != 0);
    jz_json_key(&j, "measure");
    if (measure != 0)
        jz_json_i64(&j, measure);
    else
        jz_json_null(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct sent_deed {
    int act;
    char reason[JZ_GOVERN_TEXT_MAX];
} sent_deed;

/* The acts in the order of their numbers. */
static const char *const deed_words[] = { "approve", "dismiss", "acknowledge", "fail",
                                          "retry",   "end",     "reverse",     NULL };

const jz_field jz_measure_act_fields[] = {
    { .key = "act", .kind = JZ_FIELD_WORD, .at = offsetof(sent_deed, act), .words = deed_words },
    { .key = "reason",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = offsetof(sent_deed, reason),
      .size = JZ_GOVERN_TEXT_MAX },
    { 0 },
};

jz_status jz_route_measure_act(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_deed s;
    int64_t number = 0;
    const size_t len = strlen(c->param[0]);
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    if (len > 18 || strspn(c->param[0], "0123456789") != len)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no measure '%s'", c->param[0]);
    for (size_t i = 0; i < len; i++)
        number = number * 10 + (c->param[0][i] - '0');
    const jz_measure_deed deed = { .act = (jz_measure_act)s.act,
                                   .by = jz_api_actor(c, by, sizeof by),
                                   .reason = s.reason[0] != '\0' ? s.reason : NULL };
    if (s.act == JZ_MEASURE_APPROVE || s.act == JZ_MEASURE_DISMISS)
        JZ_TRY(jz_api_review(c, "measure", c->param[0], err));
    JZ_TRY(jz_measure_do(c->api->g, number, &deed, err));
    jz_api_say_done(c, deed_words[s.act - 1]);
    return JZ_OK;
}

/* ---- accounts ---- */

jz_status jz_route_account(jz_api_call *c, jz_err *err)
{
    char account[JZ_GOVERN_NAME_MAX];
    jz_account_standing s;
    JZ_TRY(jz_api_argument_text(c, "account", account, sizeof account, err));
    if (account[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "account: its reference is wanted");
    JZ_TRY(jz_account(c->api->g, account, &s, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "milli_points", s.milli);
    jz_json_put_i64(&j, "next_step", s.next);
    jz_json_put_i64(&j, "strikes", s.strikes);
    jz_json_put_bool(&j, "suspended", s.suspended_until_us != 0);
    jz_json_put_time(&j, "suspended_until", s.suspended_until_us);
    jz_json_put_bool(&j, "terminated", s.terminated);
    jz_json_end_object(&j);
    return JZ_OK;
}
