/* SPDX-License-Identifier: Apache-2.0 */
/* Consent. Persons have no key of the API: what is theirs is proved by their signature, or by case
 * number and PIN, so those routes are open to anybody. A partner sees and does what is its own. */
#include "serve/routes.h"

#include <jz/consent.h>

#include "base/alloc.h"
#include "base/file.h"
#include "govern/consent_record.h"

#include <string.h>

/* ---- asking ---- */

/* A partner asks for itself. */
static jz_status check_asker(const jz_api_call *c, jz_err *err)
{
    jz_consent_record *r = jz_alloc(sizeof *r);
    if (r == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = jz_consent_record_input(c->request->body, r, err);
    if (st == JZ_OK && strcmp(r->controllers[0].party_id, c->key.party) != 0)
        st = JZ_FAIL(err, JZ_E_INVAL, "party_id '%s' is not the party of this key",
                     r->controllers[0].party_id);
    jz_free(r);
    return st;
}

jz_status jz_route_consent_new(jz_api_call *c, jz_err *err)
{
    char by[80];
    jz_consent_ticket t;
    if (c->key.role == JZ_ROLE_PARTNER)
        JZ_TRY(check_asker(c, err));
    JZ_TRY(
        jz_consent_request(c->api->g, c->request->body, jz_api_actor(c, by, sizeof by), &t, err));
    c->reply->status = 201;
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "consent_id", t.id);
    jz_json_put_str(&j, "case", t.case_no);
    jz_json_put_str(&j, "pin", t.pin);
    jz_json_end_object(&j);
    return JZ_OK;
}

/* ---- seeing ---- */

typedef struct viewer {
    jz_json j;
    const jz_api_call *c;
    bool personal;
} viewer;

/* What is another partner's is answered as if it were not there. */
static bool is_theirs(const jz_api_call *c, const char *provider)
{
    return c->key.role != JZ_ROLE_PARTNER || strcmp(provider, c->key.party) == 0;
}

static jz_status put_info(void *user, const jz_consent_info *i, jz_err *err)
{
    viewer *v = user;
    char text[32];
    if (!is_theirs(v->c, i->provider))
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no consent '%s'", v->c->param[0]);
    jz_json *j = &v->j;
    jz_json_begin_object(j);
    jz_json_put_str(j, "consent_id", i->id);
    jz_json_put_str(j, "state", jz_consent_state_name(i->state));
    jz_json_put_bool(j, "valid", i->valid);
    jz_json_put_bool(j, "erased", i->erased);
    jz_json_put_str(j, "from", jz_time_text(i->from_s * 1000000, text, sizeof text));
    jz_json_put_str(j, "until", jz_time_text(i->until_s * 1000000, text, sizeof text));
    jz_json_put_i64(j, "max_outputs", i->max_outputs);
    jz_json_put_i64(j, "used", i->used);
    jz_json_put_str(j, "provider", i->provider);
    jz_json_key(j, "record");
    jz_json_raw(j, i->record, strlen(i->record));
    if (v->personal && i->personal != NULL) {
        jz_json_key(j, "personal");
        jz_json_raw(j, i->personal, strlen(i->personal));
    }
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_consent(jz_api_call *c, jz_err *err)
{
    char id[JZ_CONSENT_ID_SIZE];
    viewer v = { .j = { .out = &c->reply->body }, .c = c };
    JZ_TRY(jz_consent_find(c->api->g, c->param[0], id, err));
    return jz_consent_show(c->api->g, id, put_info, &v, err);
}

static jz_status see_provider(void *user, const jz_consent_info *i, jz_err *err)
{
    const jz_api_call *c = user;
    return is_theirs(c, i->provider)
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_NOTFOUND, "there is no consent '%s'", c->param[0]);
}

/* The whole id of what the path names, where the caller may know of it. */
static jz_status find(jz_api_call *c, char id[JZ_CONSENT_ID_SIZE], jz_err *err)
{
    JZ_TRY(jz_consent_find(c->api->g, c->param[0], id, err));
    return jz_consent_show(c->api->g, id, see_provider, c, err);
}

static jz_status put_event(void *user, const jz_govern_event *e, jz_err *err)
{
    jz_json *j = user;
    char text[32];
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "at", jz_time_text(e->at_us, text, sizeof text));
    jz_json_put_str(j, "by", e->by);
    jz_json_put_str(j, "kind", e->kind);
    jz_json_key(j, "leaf");
    if (e->leaf >= 0)
        jz_json_i64(j, e->leaf);
    else
        jz_json_null(j);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_consent_events(jz_api_call *c, jz_err *err)
{
    char id[JZ_CONSENT_ID_SIZE];
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(find(c, id, err));
    jz_json_begin_object(&j);
    jz_json_key(&j, "events");
    jz_json_begin_array(&j);
    JZ_TRY(jz_govern_events(c->api->g, id, put_event, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_consent_receipt(jz_api_call *c, jz_err *err)
{
    char id[JZ_CONSENT_ID_SIZE];
    JZ_TRY(find(c, id, err));
    return jz_api_receipt(c, jz_consent_receipt, id, err);
}

/* ---- doing ---- */

static const char *const act_words[] = { "defer",  "refuse",     "grant", "renew", "withdraw",
                                         "revoke", "invalidate", "erase", NULL };
static const jz_consent_act acts[] = { JZ_CONSENT_DEFER,      JZ_CONSENT_REFUSE,
                                       JZ_CONSENT_GRANT,      JZ_CONSENT_RENEW,
                                       JZ_CONSENT_WITHDRAW,   JZ_CONSENT_REVOKE,
                                       JZ_CONSENT_INVALIDATE, JZ_CONSENT_ERASE };

static jz_status find_act(const char *text, jz_consent_act *out, jz_err *err)
{
    for (size_t i = 0; act_words[i] != NULL; i++)
        if (strcmp(act_words[i], text) == 0) {
            *out = acts[i];
            return JZ_OK;
        }
    return JZ_FAIL(err, JZ_E_INVAL, "there is no act '%s'", text);
}

jz_status jz_route_consent_statement(jz_api_call *c, jz_err *err)
{
    char word[32];
    uint64_t until_s = 0;
    char *text = NULL;
    jz_consent_act act = 0;
    JZ_TRY(jz_api_argument_text(c, "act", word, sizeof word, err));
    JZ_TRY(find_act(word, &act, err));
    JZ_TRY(jz_api_argument_u64(c, "until", 0, &until_s, err));
    JZ_TRY(jz_consent_statement(c->api->g, c->param[0], act, (int64_t)until_s, &text, err));
    c->reply->type = "text/plain; charset=utf-8";
    jz_buf_puts(&c->reply->body, text);
    jz_govern_free(text);
    return JZ_OK;
}

typedef struct sent_act {
    int act;
    char document[JZ_GOVERN_NAME_MAX], reason[JZ_GOVERN_TEXT_MAX];
    uint8_t signature[JZ_CONSENT_SIG_SIZE], written[32];
    bool is_signed, is_written;
    int64_t until_s;
} sent_act;

#define ACT(member) offsetof(sent_act, member)
const jz_field jz_consent_act_fields[] = {
    { .key = "act", .kind = JZ_FIELD_WORD, .at = ACT(act), .words = act_words },
    { .key = "document",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = ACT(document),
      .size = JZ_GOVERN_NAME_MAX },
    { .key = "reason",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = ACT(reason),
      .size = JZ_GOVERN_TEXT_MAX },
    { .key = "signature",
      .kind = JZ_FIELD_HEX,
      .optional = true,
      .at = ACT(signature),
      .size = JZ_CONSENT_SIG_SIZE,
      .seen = 1 + ACT(is_signed) },
    { .key = "until",
      .kind = JZ_FIELD_INT,
      .optional = true,
      .at = ACT(until_s),
      .max = INT64_C(4102444800) },
    { .key = "written",
      .kind = JZ_FIELD_HEX,
      .optional = true,
      .at = ACT(written),
      .size = 32,
      .seen = 1 + ACT(is_written) },
    { 0 },
};

/* Anybody carries what is signed; a paper, a revocation and an order come from those who keep them.
 */
static jz_status check_right(const jz_api_call *c, const sent_act *a, jz_err *err)
{
    const unsigned role = (unsigned)c->key.role;
    const bool supervisor = (role & (JZ_ROLE_SUPERVISOR | JZ_ROLE_ADMIN)) != 0;
    const bool partner = role == JZ_ROLE_PARTNER;
    const jz_consent_act act = acts[a->act - 1];
    if (act == JZ_CONSENT_INVALIDATE && !supervisor)
        return JZ_FAIL(err, JZ_E_INVAL, "only a supervisor enters an order");
    if ((act == JZ_CONSENT_REVOKE || a->is_written) && !supervisor && !partner)
        return JZ_FAIL(err, JZ_E_INVAL, "only the provider or a supervisor does this");
    return JZ_OK;
}

jz_status jz_route_consent_act(jz_api_call *c, jz_err *err)
{
    char by[80], id[JZ_CONSENT_ID_SIZE];
    sent_act a;
    JZ_TRY(jz_api_body_read(c, &a, sizeof a, err));
    JZ_TRY(check_right(c, &a, err));
    /* Whoever has no key knows the whole id, or nothing. */
    if (c->key.id == 0 && strlen(c->param[0]) + 1 != JZ_CONSENT_ID_SIZE)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no consent '%s'", c->param[0]);
    JZ_TRY(find(c, id, err));
    const jz_consent_deed deed = { .act = acts[a.act - 1],
                                   .by = jz_api_actor(c, by, sizeof by),
                                   .until_s = a.until_s,
                                   .signature = a.is_signed ? a.signature : NULL,
                                   .written = a.is_written ? a.written : NULL,
                                   .reason = a.reason[0] != '\0' ? a.reason : NULL,
                                   .document = a.document[0] != '\0' ? a.document : NULL };
    JZ_TRY(jz_consent_do(c->api->g, id, &deed, err));
    jz_api_say_done(c, act_words[a.act - 1]);
    return JZ_OK;
}

typedef struct sent_case {
    int act;
    char case_no[32], pin[16];
} sent_case;

/* What a PIN is good for: not for giving. */
static const char *const case_words[] = { "withdraw", "refuse", "defer", "erase", NULL };

const jz_field jz_consent_case_fields[] = {
    { .key = "act", .kind = JZ_FIELD_WORD, .at = offsetof(sent_case, act), .words = case_words },
    { .key = "case", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_case, case_no), .size = 32 },
    { .key = "pin", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_case, pin), .size = 16 },
    { 0 },
};

jz_status jz_route_consent_by_case(jz_api_call *c, jz_err *err)
{
    sent_case s;
    jz_consent_act act = 0;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(find_act(case_words[s.act - 1], &act, err));
    const jz_consent_deed deed = {
        .act = act, .by = "principal", .case_no = s.case_no, .pin = s.pin
    };
    JZ_TRY(jz_consent_do_by_case(c->api->g, &deed, err));
    jz_api_say_done(c, case_words[s.act - 1]);
    return JZ_OK;
}

const jz_field jz_consent_status_fields[] = {
    { .key = "case", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_case, case_no), .size = 32 },
    { .key = "pin", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_case, pin), .size = 16 },
    { 0 },
};

static jz_status id_of_case(const jz_api_call *c, char id[JZ_CONSENT_ID_SIZE], jz_err *err)
{
    sent_case s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    return jz_consent_by_case(c->api->g, s.case_no, s.pin, id, err);
}

/* To the person, what is personal, too. */
jz_status jz_route_consent_status(jz_api_call *c, jz_err *err)
{
    char id[JZ_CONSENT_ID_SIZE];
    viewer v = { .j = { .out = &c->reply->body }, .c = c, .personal = true };
    JZ_TRY(id_of_case(c, id, err));
    return jz_consent_show(c->api->g, id, put_info, &v, err);
}

jz_status jz_route_consent_receipt_by_case(jz_api_call *c, jz_err *err)
{
    char id[JZ_CONSENT_ID_SIZE];
    JZ_TRY(id_of_case(c, id, err));
    return jz_api_receipt(c, jz_consent_receipt, id, err);
}

/* ---- what follows ---- */

jz_status jz_route_revocations(jz_api_call *c, jz_err *err)
{
    uint64_t since = 0;
    char *text = NULL;
    JZ_TRY(jz_api_argument_u64(c, "since", 0, &since, err));
    JZ_TRY(jz_consent_feed(c->api->g, since, &c->api->gate, &text, err));
    c->reply->type = "text/plain; charset=utf-8";
    jz_buf_puts(&c->reply->body, text);
    jz_govern_free(text);
    return JZ_OK;
}

static jz_status put_task(void *user, const jz_consent_task *t, jz_err *err)
{
    viewer *v = user;
    char text[32];
    (void)err;
    if (!is_theirs(v->c, t->provider))
        return JZ_OK;
    jz_json_begin_object(&v->j);
    jz_json_put_i64(&v->j, "task", t->number);
    jz_json_put_str(&v->j, "consent_id", t->consent);
    jz_json_put_str(&v->j, "provider", t->provider);
    jz_json_put_str(&v->j, "due", jz_time_text(t->due_us, text, sizeof text));
    jz_json_put_bool(&v->j, "done", t->done_us != 0);
    jz_json_put_bool(&v->j, "overdue", t->overdue);
    jz_json_end_object(&v->j);
    return JZ_OK;
}

jz_status jz_route_tasks(jz_api_call *c, jz_err *err)
{
    viewer v = { .j = { .out = &c->reply->body }, .c = c };
    jz_json_begin_object(&v.j);
    jz_json_key(&v.j, "tasks");
    jz_json_begin_array(&v.j);
    JZ_TRY(jz_consent_tasks(c->api->g, true, put_task, &v, err));
    jz_json_end_array(&v.j);
    jz_json_end_object(&v.j);
    return JZ_OK;
}

typedef struct sent_deletion {
    int64_t task;
    uint8_t proof[32];
} sent_deletion;

const jz_field jz_deleted_fields[] = {
    { .key = "proof", .kind = JZ_FIELD_HEX, .at = offsetof(sent_deletion, proof), .size = 32 },
    { .key = "task",
      .kind = JZ_FIELD_INT,
      .at = offsetof(sent_deletion, task),
      .min = 1,
      .max = INT64_MAX },
    { 0 },
};

typedef struct search {
    const jz_api_call *c;
    int64_t task;
    bool found;
} search;

static jz_status see_task(void *user, const jz_consent_task *t, jz_err *err)
{
    search *s = user;
    (void)err;
    s->found = s->found || (t->number == s->task && is_theirs(s->c, t->provider));
    return JZ_OK;
}

jz_status jz_route_deleted(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_deletion d;
    JZ_TRY(jz_api_body_read(c, &d, sizeof d, err));
    search s = { .c = c, .task = d.task };
    JZ_TRY(jz_consent_tasks(c->api->g, false, see_task, &s, err));
    if (!s.found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no task %lld", (long long)d.task);
    JZ_TRY(jz_consent_deleted(c->api->g, d.task, d.proof, jz_api_actor(c, by, sizeof by), err));
    jz_api_say_done(c, "deleted");
    return JZ_OK;
}
