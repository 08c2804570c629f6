/* SPDX-License-Identifier: Apache-2.0 */
/* What is told to others of decisions. */
#include "serve/routes.h"
#include "serve/told.h"

#include <jz/measure.h>
#include <jz/report.h>

#include "base/file.h"

#include <string.h>

#define FACT 256

/* A text that a report made, as the reply. */
static jz_status give(jz_api_call *c, jz_status st, char *text)
{
    if (st == JZ_OK)
        jz_buf_puts(&c->reply->body, text);
    jz_govern_free(text);
    return st;
}

/* Pages are for printing: they load nothing and run nothing. */
static void is_page(jz_http_reply *reply)
{
    reply->type = "text/html; charset=utf-8";
    reply->extra[0][0] = "Content-Security-Policy";
    reply->extra[0][1] = "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-modals";
}

jz_status jz_route_notice(jz_api_call *c, jz_err *err)
{
    char id[JZ_DECISION_ID_SIZE];
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_decision_find(c->api->g, c->param[0], id, err));
    jz_json_begin_object(&j);
    for (unsigned k = 0; k < JZ_TOLD_LANGUAGES; k++) {
        JZ_BUF_AUTO text = { 0 };
        JZ_TRY(jz_told_account(c->api->g, id, k, &text, err));
        jz_json_put_str(&j, jz_told_language[k], text.ptr);
    }
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_statement(jz_api_call *c, jz_err *err)
{
    char *text = NULL;
    const jz_status st = jz_report_statement(c->api->g, c->param[0], &text, err);
    return give(c, st, text);
}

/* ---- numbers ---- */

jz_status jz_route_numbers(jz_api_call *c, jz_err *err)
{
    char form[8];
    int64_t from = 0, to = 0;
    char *text = NULL;
    JZ_TRY(jz_api_argument_time(c, "from", 0, &from, err));
    JZ_TRY(jz_api_argument_time(c, "to", JZ_API_TIME_MAX_S, &to, err));
    JZ_TRY(jz_api_argument_text(c, "form", form, sizeof form, err));
    const bool page = strcmp(form, "html") == 0;
    if (!page && form[0] != '\0' && strcmp(form, "csv") != 0)
        return JZ_FAIL(err, JZ_E_INVAL, "form is none of csv, html");
    const jz_status st =
        jz_report_numbers(c->api->g, from, to, page ? JZ_REPORT_HTML : JZ_REPORT_CSV, &text, err);
    c->reply->type = "text/csv; charset=utf-8";
    if (page && st == JZ_OK)
        is_page(c->reply);
    return give(c, st, text);
}

/* ---- to an authority ---- */

typedef struct sent_report {
    char organization[FACT], contact[FACT], filing[FACT], authority[FACT], document[FACT];
    char number[FACT], platform[FACT];
    bool urgent, english;
    char decision[JZ_REPORT_DECISIONS][JZ_API_PARAM];
    size_t n;
} sent_report;

/* clang-format off */
#define TEXT(name, left_out) \
    { .key = #name, .kind = JZ_FIELD_TEXT, .optional = (left_out), \
      .at = offsetof(sent_report, name), .size = FACT }
const jz_field jz_report_fields[] = {
    TEXT(authority, false), TEXT(contact, false),
    { .key = "decisions", .kind = JZ_FIELD_TEXTS, .at = offsetof(sent_report, decision),
      .size = JZ_API_PARAM, .min = 1, .max = JZ_REPORT_DECISIONS,
      .count = offsetof(sent_report, n) },
    TEXT(document, true),
    { .key = "english", .kind = JZ_FIELD_BOOL, .optional = true,
      .at = offsetof(sent_report, english) },
    TEXT(filing, true), TEXT(number, false), TEXT(organization, false), TEXT(platform, true),
    { .key = "urgent", .kind = JZ_FIELD_BOOL, .optional = true,
      .at = offsetof(sent_report, urgent) },
    { 0 },
};
/* clang-format on */

static const char *stated(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static jz_status report(jz_api_call *c, bool proof, char **text, jz_err *err)
{
    sent_report s;
    const char *decision[JZ_REPORT_DECISIONS];
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    for (size_t i = 0; i < s.n; i++)
        decision[i] = s.decision[i];
    const jz_report_facts facts = { .organization = s.organization,
                                    .contact = s.contact,
                                    .filing = stated(s.filing),
                                    .authority = s.authority,
                                    .document = stated(s.document),
                                    .number = s.number,
                                    .platform = stated(s.platform),
                                    .urgent = s.urgent };
    return proof ? jz_report_proof(c->api->g, &facts, decision, s.n, !s.english, text, err)
                 : jz_report_authority(c->api->g, &facts, decision, s.n, text, err);
}

jz_status jz_route_report_authority(jz_api_call *c, jz_err *err)
{
    char *text = NULL;
    const jz_status st = report(c, false, &text, err);
    return give(c, st, text);
}

jz_status jz_route_report_proof(jz_api_call *c, jz_err *err)
{
    char *text = NULL;
    const jz_status st = report(c, true, &text, err);
    if (st == JZ_OK)
        is_page(c->reply);
    return give(c, st, text);
}

/* ---- to one person, and what is due ---- */

typedef struct sent_ref {
    char ref[FACT];
} sent_ref;

const jz_field jz_held_fields[] = {
    { .key = "ref", .kind = JZ_FIELD_TEXT, .at = offsetof(sent_ref, ref), .size = FACT },
    { 0 },
};

/* By POST: a reference does not belong into logs of addresses. */
jz_status jz_route_held(jz_api_call *c, jz_err *err)
{
    sent_ref s;
    char *text = NULL;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    const jz_status st = jz_report_held(c->api->g, s.ref, &text, err);
    return give(c, st, text);
}

static jz_status put_assessment(void *user, const jz_assessment *a, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "assessment", a->id);
    jz_json_put_time(j, "due_at", a->due_us);
    jz_json_put_i64(j, "consents", a->consents);
    jz_json_put_bool(j, "due", a->due);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_reminders(jz_api_call *c, jz_err *err)
{
    int64_t faces = 0;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_report_faces(c->api->g, &faces, err));
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "faces", faces);
    jz_json_put_i64(&j, "faces_filing", JZ_FACES_FILING);
    jz_json_key(&j, "assessments");
    jz_json_begin_array(&j);
    JZ_TRY(jz_assessments(c->api->g, put_assessment, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}
