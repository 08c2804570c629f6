/* SPDX-License-Identifier: Apache-2.0 */
/* The gate and filings. A partner asks as the party of its key; nobody else asks. */
#include "serve/routes.h"

#include <jz/filing.h>
#include <jz/gate.h>

#include "base/file.h"
#include "base/rd.h"

#include <string.h>

/* ---- check ---- */

jz_status jz_route_gate_check(jz_api_call *c, jz_err *err)
{
    jz_gate_answer a;
    jz_api *api = c->api;
    JZ_TRY(jz_gate_check(api->g, &api->gate, c->key.party, &c->request->body, 1, &a, err));
    if (a.status != JZ_OK) {
        *err = a.err;
        return a.status;
    }
    jz_buf_puts(&c->reply->body, a.json);
    c->reply->status = a.decision == JZ_GATE_NEEDS_CONSENT ? 409 : 200;
    jz_gate_answers_done(&a, 1);
    /* 409 is an answer, which the ledger has to have, too. */
    return c->reply->status == 409 ? jz_api_to_ledger(api, err) : JZ_OK;
}

typedef struct sent_redeem {
    uint8_t media[JZ_GATE_SUBJECTS][32];
    size_t n;
    char operation[32], purpose[32], token[8192];
} sent_redeem;

const jz_field jz_redeem_fields[] = {
    { .key = "media_sha256",
      .kind = JZ_FIELD_HEXES,
      .at = offsetof(sent_redeem, media),
      .size = 32,
      .min = 1,
      .max = JZ_GATE_SUBJECTS,
      .count = offsetof(sent_redeem, n) },
    { .key = "operation",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_redeem, operation),
      .size = 32 },
    { .key = "purpose", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_redeem, purpose), .size = 32 },
    { .key = "token", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_redeem, token), .size = 8192 },
    { 0 },
};

jz_status jz_route_gate_redeem(jz_api_call *c, jz_err *err)
{
    sent_redeem s;
    char id[JZ_GATE_ID_SIZE], by[80];
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    const jz_gate_use use = { .operation = s.operation,
                              .purpose = s.purpose,
                              .media = (const uint8_t(*)[32])s.media,
                              .n = s.n };
    JZ_TRY(jz_gate_redeem(c->api->g, &c->api->gate.pub, jz_bytes_of_text(s.token), &use,
                          jz_api_actor(c, by, sizeof by), id, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "decision_id", id);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_gate_report(jz_api_call *c, jz_err *err)
{
    const char *finding = NULL;
    JZ_TRY(jz_gate_report(c->api->g, c->key.party, c->request->body, &finding, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "finding", finding);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_gate_show(jz_api_call *c, jz_err *err)
{
    char *json = NULL;
    JZ_TRY(jz_gate_show(c->api->g, c->param[0], &json, err));
    jz_buf_puts(&c->reply->body, json);
    jz_govern_free(json);
    return JZ_OK;
}

/* ---- filings, providers ---- */

static jz_status put_filing(void *user, const jz_filing *f, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "number", f->number);
    jz_json_put_str(j, "algorithm", f->algorithm);
    jz_json_put_str(j, "role", f->role);
    jz_json_put_str(j, "subject", f->subject);
    jz_json_put_str(j, "product", f->product);
    jz_json_put_str(j, "purpose", f->purpose);
    jz_json_put_str(j, "note", f->note);
    jz_json_put_str(j, "code", f->code);
    jz_json_put_bool(j, "ended", f->ended);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_filings(jz_api_call *c, jz_err *err)
{
    char text[JZ_GOVERN_NAME_MAX];
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_api_argument_text(c, "find", text, sizeof text, err));
    if (text[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "find: a number, a subject or a credit code is wanted");
    jz_json_begin_object(&j);
    jz_json_key(&j, "filings");
    jz_json_begin_array(&j);
    JZ_TRY(jz_filing_find(c->api->g, text, put_filing, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_filing_import(jz_api_call *c, jz_err *err)
{
    char by[80];
    jz_filing_count n;
    JZ_TRY(jz_filing_import(c->api->g, c->request->body, jz_api_actor(c, by, sizeof by), &n, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_u64(&j, "added", n.added);
    jz_json_put_u64(&j, "changed", n.changed);
    jz_json_put_u64(&j, "same", n.same);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct sent_provider {
    char filing[JZ_FILING_NUMBER_MAX + 1], party[JZ_GOVERN_NAME_MAX];
} sent_provider;

const jz_field jz_provider_fields[] = {
    { .key = "filing",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_provider, filing),
      .size = JZ_FILING_NUMBER_MAX + 1 },
    { .key = "party",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_provider, party),
      .size = JZ_GOVERN_NAME_MAX },
    { 0 },
};

jz_status jz_route_provider(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_provider s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_gate_set_provider(c->api->g, s.party, s.filing, jz_api_actor(c, by, sizeof by), err));
    jz_buf_puts(&c->reply->body, "{}");
    return JZ_OK;
}
