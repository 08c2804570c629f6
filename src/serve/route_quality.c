/* SPDX-License-Identifier: Apache-2.0 */
/* How well reviews agree: golden items, second reviews that differ, agreement by clause; and how a
 * repeat is shown, so that it looks like any complaint. */
#include "serve/routes.h"

#include <stdio.h>
#include <string.h>

static const char *const outcome_words[] = { "violation", "none", NULL };

/* ---- repeats among complaints ---- */

jz_status jz_api_complaint(jz_api_call *c, const char *text, char id[JZ_COMPLAINT_ID_SIZE],
                           jz_repeat *repeat, jz_err *err)
{
    const jz_status st = jz_repeat_find(c->api->g, text, repeat, err);
    if (st == JZ_OK)
        memcpy(id, repeat->complaint, JZ_COMPLAINT_ID_SIZE);
    if (st != JZ_E_NOTFOUND)
        return st;
    *repeat = (jz_repeat){ 0 };
    if (err != NULL)
        *err = (jz_err){ 0 };
    return jz_complaint_find(c->api->g, text, id, err);
}

void jz_repeat_disguise(const jz_repeat *p, int64_t now_us, jz_complaint_info *i)
{
    i->id = p->handle;
    i->state = p->done_us == 0 ? JZ_COMPLAINT_OPEN : JZ_COMPLAINT_DONE;
    i->filed_us += p->shift_us;
    i->decided_us = p->done_us;
    i->due_us = 0;
    for (size_t k = 0; k < i->clocks; k++) {
        jz_complaint_clock *clock = &i->clock[k];
        clock->from_us += p->shift_us;
        clock->due_us += p->shift_us;
        clock->stopped_us = p->done_us;
        clock->paused = clock->broken = false;
        const int64_t span = clock->due_us - clock->from_us;
        clock->percent = span > 0 ? (unsigned)((now_us - clock->from_us) * 100 / span) : 0;
        if (i->due_us == 0 || clock->due_us < i->due_us)
            i->due_us = clock->due_us;
    }
}

jz_status jz_api_answer_repeat(jz_api_call *c, const jz_repeat *p, bool violation,
                               const char *policy, jz_err *err)
{
    char by[80];
    jz_ruling v = { .violation = violation };
    JZ_TRY(jz_api_review(c, "complaint", p->handle, err));
    (void)snprintf(v.policy, sizeof v.policy, "%s", policy != NULL ? policy : "");
    return jz_repeat_answer(c->api->g, p, &v, jz_api_actor(c, by, sizeof by), err);
}

/* ---- shares ---- */

typedef struct sent_shares {
    int64_t golden, second;
    uint32_t severe;
} sent_shares;

const jz_field jz_quality_share_fields[] = {
    { .key = "golden",
      .kind = JZ_FIELD_INT,
      .optional = true,
      .at = offsetof(sent_shares, golden),
      .max = 1000 },
    { .key = "second",
      .kind = JZ_FIELD_INT,
      .optional = true,
      .at = offsetof(sent_shares, second),
      .max = 1000 },
    { .key = "severe",
      .kind = JZ_FIELD_WORDS,
      .optional = true,
      .at = offsetof(sent_shares, severe),
      .words = jz_words_complaint_category },
    { 0 },
};

static void put_shares(jz_json *j, const jz_quality_shares *s)
{
    const sent_shares sent = { s->golden, s->second, s->severe >> 1 };
    jz_json_begin_object(j);
    jz_json_put_i64(j, "golden", sent.golden);
    jz_json_put_i64(j, "second", sent.second);
    jz_json_key(j, "severe");
    jz_json_begin_array(j);
    for (int i = 0; jz_words_complaint_category[i] != NULL; i++)
        if ((sent.severe >> i & 1) != 0)
            jz_json_str(j, jz_words_complaint_category[i]);
    jz_json_end_array(j);
    jz_json_end_object(j);
}

jz_status jz_route_quality_shares(jz_api_call *c, jz_err *err)
{
    jz_quality_shares s;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_quality_shares_get(c->api->g, &s, err));
    put_shares(&j, &s);
    return JZ_OK;
}

jz_status jz_route_quality_shares_set(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_shares s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    const jz_quality_shares shares = { s.golden, s.second, s.severe << 1 };
    JZ_TRY(jz_quality_shares_set(c->api->g, &shares, jz_api_actor(c, by, sizeof by), err));
    return jz_route_quality_shares(c, err);
}

/* ---- golden items ---- */

static void put_verdict(jz_json *j, const char *key, const jz_ruling *v)
{
    jz_json_key(j, key);
    jz_json_begin_object(j);
    jz_json_put_str(j, "outcome", outcome_words[v->violation ? 0 : 1]);
    jz_json_put_str(j, "policy", v->policy);
    jz_json_end_object(j);
}

static jz_status put_golden(void *user, const jz_golden *g, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "complaint", g->complaint);
    put_verdict(j, "known", &g->verdict);
    jz_json_put_str(j, "set_by", g->set_by);
    jz_json_put_time(j, "at", g->at_us);
    jz_json_put_i64(j, "answers", g->answers);
    jz_json_put_i64(j, "right", g->right);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_golden(jz_api_call *c, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "golden");
    jz_json_begin_array(&j);
    JZ_TRY(jz_golden_list(c->api->g, put_golden, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct sent_golden {
    char complaint[JZ_COMPLAINT_ID_SIZE];
} sent_golden;

const jz_field jz_golden_fields[] = {
    { .key = "complaint",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_golden, complaint),
      .size = JZ_COMPLAINT_ID_SIZE },
    { 0 },
};

jz_status jz_route_golden_set(jz_api_call *c, jz_err *err)
{
    char by[80], id[JZ_COMPLAINT_ID_SIZE];
    sent_golden s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_complaint_find(c->api->g, s.complaint, id, err));
    JZ_TRY(jz_golden_set(c->api->g, id, jz_api_actor(c, by, sizeof by), err));
    jz_api_say_done(c, "set");
    return JZ_OK;
}

jz_status jz_route_golden_end(jz_api_call *c, jz_err *err)
{
    char by[80], id[JZ_COMPLAINT_ID_SIZE];
    JZ_TRY(jz_complaint_find(c->api->g, c->param[0], id, err));
    JZ_TRY(jz_golden_end(c->api->g, id, jz_api_actor(c, by, sizeof by), err));
    jz_api_say_done(c, "ended");
    return JZ_OK;
}

static jz_status put_told(void *user, const jz_answer *a, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "complaint", a->complaint);
    jz_json_put_time(j, "at", a->at_us);
    jz_json_put_bool(j, "right", jz_ruling_same(&a->known, &a->said));
    put_verdict(j, "known", &a->known);
    put_verdict(j, "said", &a->said);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_quality_mine(jz_api_call *c, jz_err *err)
{
    char by[80];
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "golden");
    jz_json_begin_array(&j);
    JZ_TRY(jz_quality_told(c->api->g, jz_api_actor(c, by, sizeof by), put_told, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

/* ---- second reviews that differ ---- */

/* Who the two are is nobody's business here: what is right is. */
static jz_status put_dispute(void *user, const jz_answer *a, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "dispute", a->number);
    jz_json_put_str(j, "complaint", a->complaint);
    jz_json_put_time(j, "at", a->at_us);
    put_verdict(j, "first", &a->known);
    put_verdict(j, "second", &a->said);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_disputes(jz_api_call *c, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "disputes");
    jz_json_begin_array(&j);
    JZ_TRY(jz_quality_disputes(c->api->g, put_dispute, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct sent_settling {
    int64_t dispute;
    int outcome;
    char policy[JZ_GOVERN_NAME_MAX], reason[JZ_GOVERN_TEXT_MAX];
} sent_settling;

const jz_field jz_settle_fields[] = {
    { .key = "dispute",
      .kind = JZ_FIELD_INT,
      .at = offsetof(sent_settling, dispute),
      .min = 1,
      .max = INT64_MAX },
    { .key = "outcome",
      .kind = JZ_FIELD_WORD,
      .at = offsetof(sent_settling, outcome),
      .words = outcome_words },
    { .key = "policy",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_settling, policy),
      .size = JZ_GOVERN_NAME_MAX },
    { .key = "reason",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_settling, reason),
      .size = JZ_GOVERN_TEXT_MAX },
    { 0 },
};

jz_status jz_route_settle(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_settling s;
    bool again = false;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    jz_ruling v = { .violation = s.outcome == 1 };
    memcpy(v.policy, s.policy, sizeof v.policy);
    JZ_TRY(jz_quality_settle(c->api->g, s.dispute, &v, s.reason, jz_api_actor(c, by, sizeof by),
                             &again, err));
    jz_api_say_done(c, again ? "reopened" : "settled");
    return JZ_OK;
}

/* ---- agreement ---- */

static jz_status put_clause(void *user, const jz_clause *k, jz_err *err)
{
    jz_json *j = user;
    const jz_agreement *a = &k->second;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "policy", k->policy);
    jz_json_put_u64(j, "n", a->both + a->split + a->neither);
    jz_json_put_u64(j, "both", a->both);
    jz_json_put_u64(j, "one", a->split);
    jz_json_put_f64(j, "alpha", a->alpha, 3);
    jz_json_put_f64(j, "low", a->low, 3);
    jz_json_put_f64(j, "high", a->high, 3);
    jz_json_put_i64(j, "golden", k->golden);
    jz_json_put_i64(j, "right", k->right);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_agreement(jz_api_call *c, jz_err *err)
{
    int64_t since_us = 0;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_api_argument_time(c, "since", 0, &since_us, err));
    jz_json_begin_object(&j);
    jz_json_key(&j, "clauses");
    jz_json_begin_array(&j);
    JZ_TRY(jz_quality_agreement(c->api->g, since_us, put_clause, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}
