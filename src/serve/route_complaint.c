/* SPDX-License-Identifier: Apache-2.0 */
/* Complaints: anybody complains, and sees by case number and PIN what becomes of it; those who work
 * on it see the rest. */
#include "serve/routes.h"
#include "serve/told.h"

#include <jz/complaint.h>
#include <jz/measure.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "govern/complaints.h"

#include <string.h>

/* ---- filing ---- */

/* Who somebody says to be weighs: for some of it a key is wanted that shows it. */
static jz_status check_role(const jz_api_call *c, jz_err *err)
{
    const unsigned caller = (unsigned)c->key.role;
    const unsigned staff = JZ_ROLE_MODERATOR | JZ_ROLE_SUPERVISOR | JZ_ROLE_ADMIN;
    jz_complaint_form *f = jz_alloc(sizeof *f);
    if (f == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = jz_complaint_form_read(c->request->body, f, err);
    const bool flagger = st == JZ_OK && f->role == JZ_ROLE_FLAGGER;
    const bool official =
        st == JZ_OK && (f->role == JZ_ROLE_AUTHORITY || f->role == JZ_ROLE_PATROL);
    jz_free(f);
    JZ_TRY(st);
    if (official && (caller & staff) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "for this role a moderator's key is wanted");
    if (flagger && (caller & (staff | JZ_ROLE_REPORTER)) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "for this role a reporter's key is wanted");
    return JZ_OK;
}

jz_status jz_route_complaint_new(jz_api_call *c, jz_err *err)
{
    char id[JZ_COMPLAINT_ID_SIZE], by[80];
    jz_complaint_ticket t;
    JZ_TRY(check_role(c, err));
    JZ_TRY(jz_complaint_file(c->api->g, c->request->body, jz_api_actor(c, by, sizeof by), id, &t,
                             err));
    c->reply->status = 201;
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "case", t.case_no);
    jz_json_put_str(&j, "pin", t.pin);
    if (c->key.id != 0)
        jz_json_put_str(&j, "complaint_id", id);
    jz_json_end_object(&j);
    return JZ_OK;
}

/* ---- by case number and PIN ---- */

typedef struct sent_case {
    int act;
    char case_no[32], pin[16], reason[JZ_GOVERN_TEXT_MAX];
} sent_case;

static const char *const case_words[] = { "withdraw", "appeal", NULL };

#define CASE                                                                                       \
    { .key = "case", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_case, case_no), .size = 32 },      \
    {                                                                                              \
        .key = "pin", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_case, pin), .size = 16            \
    }
const jz_field jz_complaint_status_fields[] = { CASE, { 0 } };
const jz_field jz_complaint_case_fields[] = {
    { .key = "act", .kind = JZ_FIELD_WORD, .at = offsetof(sent_case, act), .words = case_words },
    CASE,
    { .key = "reason",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_case, reason),
      .size = JZ_GOVERN_TEXT_MAX },
    { 0 },
};

static jz_status put_notice(void *user, const jz_complaint_notice *n, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_time(j, "at", n->at_us);
    jz_json_put_str(j, "kind", n->kind);
    jz_json_put_str(j, "text", n->text);
    jz_told_put_notice(j, n);
    jz_json_end_object(j);
    return JZ_OK;
}

static void put_clocks(jz_json *j, const jz_complaint_info *i)
{
    jz_json_key(j, "clocks");
    jz_json_begin_array(j);
    for (size_t k = 0; k < i->clocks; k++) {
        const jz_complaint_clock *clock = &i->clock[k];
        jz_json_begin_object(j);
        jz_json_put_str(j, "law", clock->law->name);
        jz_json_put_time(j, "from", clock->from_us);
        jz_json_put_time(j, "due", clock->from_us != 0 ? clock->due_us : 0);
        jz_json_put_time(j, "stopped", clock->stopped_us);
        jz_json_put_i64(j, "percent", clock->percent);
        jz_json_put_bool(j, "paused", clock->paused);
        jz_json_put_bool(j, "broken", clock->broken);
        jz_json_key(j, "missing");
        jz_json_begin_array(j);
        for (unsigned bit = 1; bit <= JZ_ELEMENT_CONTACT; bit <<= 1)
            if ((clock->missing & bit) != 0)
                jz_json_str(j, jz_complaint_element_name(bit));
        jz_json_end_array(j);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static jz_status put_brief(void *user, const jz_complaint_info *i, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_put_str(j, "state", jz_complaint_state_name(i->state));
    jz_json_put_time(j, "filed", i->filed_us);
    jz_json_put_time(j, "due", i->due_us);
    jz_json_put_i64(j, "items", i->items);
    put_clocks(j, i);
    return JZ_OK;
}

static jz_status put_notices(jz_api_call *c, const char *id, jz_json *j, jz_err *err)
{
    jz_json_key(j, "notices");
    jz_json_begin_array(j);
    JZ_TRY(jz_complaint_notices(c->api->g, id, put_notice, j, err));
    jz_json_end_array(j);
    return JZ_OK;
}

static jz_status put_item(void *user, const jz_complaint_item *i, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "number", i->number);
    jz_json_put_str(j, "url", i->url);
    jz_json_put_str(j, "note", i->note);
    if (i->sha256 != NULL)
        jz_json_put_hex(j, "sha256", i->sha256, 32);
    if (i->pdq != NULL)
        jz_json_put_hex(j, "pdq", i->pdq, 32);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_measure(void *user, const jz_measure_info *m, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "measure", jz_measure_kind_name(m->kind));
    jz_json_put_str(j, "state", jz_measure_state_name(m->state));
    jz_json_put_str(j, "target", m->target);
    jz_json_put_time(j, "ordered", m->ordered_us);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_status(jz_api_call *c, const char *id, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    JZ_TRY(jz_complaint_show(c->api->g, id, put_brief, &j, err));
    JZ_TRY(put_notices(c, id, &j, err));
    jz_json_key(&j, "item_list");
    jz_json_begin_array(&j);
    JZ_TRY(jz_complaint_items(c->api->g, id, put_item, &j, err));
    jz_json_end_array(&j);
    jz_json_key(&j, "measures");
    jz_json_begin_array(&j);
    JZ_TRY(jz_complaint_measures(c->api->g, id, put_measure, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_complaint_status(jz_api_call *c, jz_err *err)
{
    sent_case s;
    char id[JZ_COMPLAINT_ID_SIZE];
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_complaint_by_case(c->api->g, s.case_no, s.pin, id, err));
    return put_status(c, id, err);
}

jz_status jz_route_complaint_by_case(jz_api_call *c, jz_err *err)
{
    static const jz_complaint_act acts[] = { JZ_COMPLAINT_WITHDRAW, JZ_COMPLAINT_APPEAL };
    sent_case s;
    char id[JZ_COMPLAINT_ID_SIZE];
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_complaint_by_case(c->api->g, s.case_no, s.pin, id, err));
    const jz_complaint_deed deed = { .act = acts[s.act - 1],
                                     .by = "complainant",
                                     .reason = s.reason };
    JZ_TRY(jz_complaint_do(c->api->g, id, &deed, err));
    return put_status(c, id, err);
}

/* ---- adding, the receipt ---- */

typedef struct sent_more {
    char case_no[32], pin[16];
    jz_complaint_form more;
} sent_more;

const jz_field jz_complaint_item_fields[] = {
    { .key = "add",
      .kind = JZ_FIELD_OBJECT,
      .at = offsetof(sent_more, more),
      .sub = jz_complaint_more_fields },
    { .key = "case", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_more, case_no), .size = 32 },
    { .key = "pin", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_more, pin), .size = 16 },
    { 0 },
};

static jz_status add_more(jz_api_call *c, const sent_more *s, jz_err *err)
{
    char id[JZ_COMPLAINT_ID_SIZE];
    JZ_BUF_AUTO text = { 0 };
    jz_json j = { .out = &text };
    JZ_TRY(jz_complaint_by_case(c->api->g, s->case_no, s->pin, id, err));
    jz_fields_put(jz_complaint_more_fields, &s->more, &j);
    JZ_TRY(jz_buf_check(&text, err));
    JZ_TRY(jz_complaint_add(c->api->g, id, jz_buf_bytes(&text), "complainant", err));
    return put_status(c, id, err);
}

jz_status jz_route_complaint_items(jz_api_call *c, jz_err *err)
{
    sent_more *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = jz_api_body_read(c, s, sizeof *s, err);
    if (st == JZ_OK)
        st = add_more(c, s, err);
    jz_free(s);
    return st;
}

jz_status jz_route_complaint_receipt(jz_api_call *c, jz_err *err)
{
    sent_case s;
    char id[JZ_COMPLAINT_ID_SIZE];
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_complaint_by_case(c->api->g, s.case_no, s.pin, id, err));
    return jz_api_receipt(c, jz_complaint_receipt, id, err);
}

/* ---- for those who work on it ---- */

static void put_info(jz_json *j, const jz_complaint_info *i)
{
    jz_json_put_str(j, "complaint_id", i->id);
    jz_json_put_str(j, "state", jz_complaint_state_name(i->state));
    jz_json_put_str(j, "role", i->role);
    jz_json_put_str(j, "category", i->category);
    jz_json_put_str(j, "jurisdiction", i->jurisdiction);
    jz_json_put_i64(j, "score", i->score);
    jz_json_put_time(j, "filed", i->filed_us);
    jz_json_put_time(j, "decided", i->decided_us);
    jz_json_put_time(j, "due", i->due_us);
    jz_json_put_str(j, "folded_into", i->folded_into);
    jz_json_put_i64(j, "folded", i->folded);
    jz_json_put_i64(j, "items", i->items);
    put_clocks(j, i);
}

static jz_status put_row(void *user, const jz_complaint_info *i, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    put_info(j, i);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_complaints(jz_api_call *c, jz_err *err)
{
    uint64_t all = 0;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_api_argument_u64(c, "all", 0, &all, err));
    jz_json_begin_object(&j);
    jz_json_key(&j, "complaints");
    jz_json_begin_array(&j);
    JZ_TRY(jz_complaint_list(c->api->g, all != 0, put_row, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct viewer {
    jz_json j;
    bool personal;
    jz_repeat repeat; /* row 0: none */
    int64_t now_us;
} viewer;

static jz_status put_whole(void *user, const jz_complaint_info *i, jz_err *err)
{
    viewer *v = user;
    jz_complaint_info shown = *i;
    (void)err;
    if (v->repeat.row != 0)
        jz_repeat_disguise(&v->repeat, v->now_us, &shown);
    put_info(&v->j, &shown);
    jz_json_key(&v->j, "body");
    if (v->personal && i->body != NULL)
        jz_json_raw(&v->j, i->body, strlen(i->body));
    else
        jz_json_null(&v->j);
    return JZ_OK;
}

/* What was said is personal: an auditor does not see it. */
jz_status jz_route_complaint(jz_api_call *c, jz_err *err)
{
    char id[JZ_COMPLAINT_ID_SIZE];
    viewer v = { .j = { .out = &c->reply->body },
                 .personal = c->key.role != JZ_ROLE_AUDITOR,
                 .now_us = jz_govern_now_us(c->api->g) };
    JZ_TRY(jz_api_complaint(c, c->param[0], id, &v.repeat, err));
    jz_json_begin_object(&v.j);
    JZ_TRY(jz_complaint_show(c->api->g, id, put_whole, &v, err));
    if (v.repeat.row == 0) /* what was told says what was decided */
        JZ_TRY(put_notices(c, id, &v.j, err));
    jz_json_end_object(&v.j);
    return JZ_OK;
}

typedef struct sent_act {
    int act;
    bool unfounded;
    char basis[JZ_GOVERN_NAME_MAX], policy[JZ_GOVERN_NAME_MAX], reason[JZ_GOVERN_TEXT_MAX];
} sent_act;

static const char *const act_words[] = { "pause", "resume", "uphold", "reject", "carry", NULL };

#define TEXT(key_, member)                                                                         \
    {                                                                                              \
        .key = key_, .kind = JZ_FIELD_TEXT, .optional = true, .at = offsetof(sent_act, member),    \
        .size = sizeof(((sent_act *)NULL)->member)                                                 \
    }
const jz_field jz_complaint_act_fields[] = {
    { .key = "act", .kind = JZ_FIELD_WORD, .at = offsetof(sent_act, act), .words = act_words },
    TEXT("basis", basis),
    TEXT("policy", policy),
    TEXT("reason", reason),
    { .key = "unfounded",
      .kind = JZ_FIELD_BOOL,
      .optional = true,
      .at = offsetof(sent_act, unfounded) },
    { 0 },
};

static const char *text_or_null(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static jz_status answer_repeat(jz_api_call *c, const jz_repeat *repeat, const sent_act *s,
                               jz_err *err)
{
    const jz_complaint_act act = (jz_complaint_act)s->act;
    if (act != JZ_COMPLAINT_UPHOLD && act != JZ_COMPLAINT_REJECT)
        return JZ_FAIL(err, JZ_E_INVAL, "this can be decided, nothing else");
    if (c->told != NULL)
        c->told->kind = act == JZ_COMPLAINT_UPHOLD ? "upheld" : "rejected";
    if (c->told != NULL)
        c->told->reason = s->reason;
    JZ_TRY(jz_api_answer_repeat(c, repeat, act == JZ_COMPLAINT_UPHOLD, s->policy, err));
    jz_api_say_done(c, act_words[s->act - 1]);
    return JZ_OK;
}

jz_status jz_route_complaint_act(jz_api_call *c, jz_err *err)
{
    char id[JZ_COMPLAINT_ID_SIZE], by[80];
    sent_act s;
    jz_repeat repeat;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_api_complaint(c, c->param[0], id, &repeat, err));
    if (repeat.row != 0)
        return answer_repeat(c, &repeat, &s, err);
    /* The words are the first acts, in their order. */
    const jz_complaint_deed deed = { .act = (jz_complaint_act)s.act,
                                     .by = jz_api_actor(c, by, sizeof by),
                                     .reason = text_or_null(s.reason),
                                     .policy = text_or_null(s.policy),
                                     .basis = text_or_null(s.basis),
                                     .unfounded = s.unfounded };
    if (deed.act == JZ_COMPLAINT_UPHOLD || deed.act == JZ_COMPLAINT_REJECT)
        JZ_TRY(jz_api_review(c, "complaint", id, err));
    JZ_TRY(jz_complaint_do(c->api->g, id, &deed, err));
    return put_status(c, id, err);
}
