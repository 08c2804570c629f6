/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/told.h"

#include "base/file.h"
#include "base/rd.h"
#include "govern/complaint_life.h"
#include "govern/measure_life.h"
#include "govern/measures.h"
#include "serve/routes.h"

#include <stdio.h>
#include <string.h>

const char *const jz_told_language[] = { "zh-CN", "en" };

/* ---- words ---- */

/* NULL where the table has none. */
static const char *text_of(const char *family, const char *word, unsigned language)
{
    const size_t len = strlen(family);
    for (size_t i = 0; i < jz_told_text_count; i++)
        if (strncmp(jz_told_texts[i].key, family, len) == 0 &&
            strcmp(jz_told_texts[i].key + len, word) == 0)
            return jz_told_texts[i].text[language];
    return NULL;
}

/* The text of a key, with a first and a second value for "{}". */
static void put(jz_buf *out, unsigned language, const char *key, const char *first,
                const char *second)
{
    const char *at = text_of("told.", key, language);
    const char *const value[] = { first, second };
    for (size_t i = 0; at != NULL; i++) {
        const char *hole = i < JZ_ARRAY_LEN(value) ? strstr(at, "{}") : NULL;
        jz_buf_put(out, at, hole != NULL ? (size_t)(hole - at) : strlen(at));
        if (hole != NULL)
            jz_buf_puts(out, value[i]);
        at = hole != NULL ? hole + 2 : NULL;
    }
}

static void put_day(jz_buf *out, unsigned language, const char *key, int64_t at_us)
{
    char time[32], day[11];
    (void)snprintf(day, sizeof day, "%.10s", jz_time_text(at_us, time, sizeof time));
    put(out, language, key, day, NULL);
}

/* ---- whoever complained ---- */

void jz_told_notice(const jz_complaint_notice *n, unsigned language, jz_buf *out)
{
    const char *head = text_of("notice.", n->kind, language);
    jz_buf_puts(out, head != NULL ? head : n->kind);
    if (n->text[0] != '\0' && strcmp(n->kind, "missing") != 0) { /* that one is a list of words */
        jz_buf_putc(out, '\n');
        put(out, language, "reason", n->text, NULL);
    }
    if (strcmp(n->kind, jz_complaint_state_name(JZ_COMPLAINT_REJECTED)) == 0) {
        jz_buf_putc(out, '\n');
        put(out, language, "again", NULL, NULL);
    }
}

void jz_told_put_notice(jz_json *j, const jz_complaint_notice *n)
{
    jz_json_key(j, "says");
    jz_json_begin_object(j);
    for (unsigned k = 0; k < JZ_TOLD_LANGUAGES; k++) {
        JZ_BUF_AUTO text = { 0 };
        jz_told_notice(n, k, &text);
        jz_json_put_str(j, jz_told_language[k], text.ptr);
    }
    jz_json_end_object(j);
}

/* ---- the account ---- */

typedef struct teller {
    jz_buf *out;
    unsigned language;
    size_t n;                   /* of measures so far */
    jz_complaint_notice review; /* what became of an appeal; kind NULL = nothing */
    char reason[JZ_GOVERN_TEXT_MAX];
    jz_decision_form *f;
    jz_appeal_state appeal;
    int64_t at_us;
} teller;

/* Of what is done to models, and of what others are asked for, nobody is told here. */
static jz_status put_measure(void *user, const jz_measure_info *m, jz_err *err)
{
    teller *t = user;
    const jz_measure_row *row = jz_measure_row_of(m->kind);
    const char *word = text_of("measure.", jz_measure_kind_name(m->kind), t->language);
    const char *state =
        m->state == JZ_MEASURE_REVERSED || m->state == JZ_MEASURE_ENDED
            ? text_of("measure-state.", jz_measure_state_name(m->state), t->language)
            : NULL;
    (void)err;
    if (m->ordered_us == 0 || m->state == JZ_MEASURE_DISMISSED || row->field == JZ_OF_MODEL ||
        row->field == JZ_OF_OUTWARD)
        return JZ_OK;
    if (t->n++ == 0) {
        jz_buf_putc(t->out, '\n');
        put(t->out, t->language, "measures", NULL, NULL);
    }
    jz_buf_puts(t->out, "\n- ");
    jz_buf_puts(t->out, word != NULL ? word : jz_measure_kind_name(m->kind));
    if (row->field == JZ_OF_CONTENT)
        put(t->out, t->language, "of", m->target, NULL);
    if (m->until_us > 0)
        put_day(t->out, t->language, "until", m->until_us);
    if (state != NULL)
        put(t->out, t->language, "state", state, NULL);
    return JZ_OK;
}

static jz_status take_decision(void *user, const jz_decision_info *d, jz_err *err)
{
    teller *t = user;
    t->appeal = d->appeal;
    t->at_us = d->at_us;
    return jz_decision_text_read(d->body, t->f, err);
}

typedef struct review_detail {
    char reason[JZ_GOVERN_TEXT_MAX], severity[16];
} review_detail;
static const jz_field review_fields[] = {
    { "reason", JZ_FIELD_TEXT, true, .at = offsetof(review_detail, reason),
      .size = JZ_GOVERN_TEXT_MAX },
    { "severity", JZ_FIELD_TEXT, true, .at = offsetof(review_detail, severity), .size = 16 },
    { 0 },
};

static jz_status take_review(void *user, const jz_govern_event *e, jz_err *err)
{
    teller *t = user;
    review_detail d;
    if (strcmp(e->kind, jz_appeal_state_name(t->appeal)) != 0)
        return JZ_OK;
    JZ_TRY(jz_fields_read(review_fields, jz_bytes_of_text(e->detail), "event", &d, sizeof d, err));
    memcpy(t->reason, d.reason, sizeof t->reason);
    return JZ_OK;
}

static jz_status put_review(jz_govern *g, const char *decision, teller *t, jz_err *err)
{
    if (t->appeal < JZ_APPEAL_KEPT)
        return JZ_OK;
    JZ_TRY(jz_govern_events(g, decision, take_review, t, err));
    put(t->out, t->language, jz_appeal_state_name(t->appeal), NULL, NULL);
    jz_buf_putc(t->out, '\n');
    put(t->out, t->language, "reason", t->reason, NULL);
    jz_buf_puts(t->out, "\n\n");
    return JZ_OK;
}

static jz_status put_account(jz_govern *g, const char *decision, teller *t, jz_err *err)
{
    JZ_TRY(jz_decision_show(g, decision, take_decision, t, err));
    JZ_TRY(put_review(g, decision, t, err));
    put(t->out, t->language, "decided", t->f->policy, t->f->basis);
    jz_buf_putc(t->out, '\n');
    put(t->out, t->language, "facts", t->f->facts, NULL);
    JZ_TRY(jz_measures(g, decision, (jz_measure_state)0, put_measure, t, err));
    if (t->f->automated != JZ_AUTOMATED_NOT) {
        jz_buf_putc(t->out, '\n');
        put(t->out, t->language, "automated", NULL, NULL);
    }
    if (t->appeal == JZ_APPEAL_NONE) {
        jz_buf_putc(t->out, '\n');
        put_day(t->out, t->language, "appeal", t->at_us + JZ_COMPLAINT_APPEAL_US);
    }
    return jz_buf_check(t->out, err);
}

jz_status jz_told_account(jz_govern *g, const char *decision, unsigned language, jz_buf *out,
                          jz_err *err)
{
    JZ_DECISION_AUTO *f = jz_decision_form_new(err);
    teller t = { .out = out, .language = language, .f = f };
    return f == NULL ? JZ_E_NOMEM : put_account(g, decision, &t, err);
}

/* ---- before it is done ---- */

typedef struct notices {
    int64_t from_us;
    unsigned language;
    jz_buf *out;
} notices;

static jz_status take_notice(void *user, const jz_complaint_notice *n, jz_err *err)
{
    const notices *w = user;
    (void)err;
    if (n->at_us < w->from_us)
        return JZ_OK;
    if (w->out->len > 0)
        jz_buf_putc(w->out, '\n');
    jz_told_notice(n, w->language, w->out);
    return JZ_OK;
}

static jz_status tell_complainant(jz_api_call *c, const char *id, unsigned language, jz_buf *out,
                                  jz_err *err)
{
    const jz_told *t = c->told;
    notices w = { t->from_us, language, out };
    if (t->kind == NULL)
        return jz_complaint_notices(c->api->g, id, take_notice, &w, err);
    jz_told_notice(&(jz_complaint_notice){ 0, t->kind, t->reason }, language, out);
    return JZ_OK;
}

/* Which decision it is: the one of the object, or the one that was just made. */
static const char *sql_of(const jz_api_call *c, const char **id)
{
    static const struct {
        const char *object, *sql;
    } rows[] = { { "decision:", "SELECT handle FROM decision WHERE handle = ?1" },
                 { "measure:", "SELECT d.handle FROM decision d JOIN measure m"
                               " ON m.decision_id = d.id WHERE CAST(m.id AS TEXT) = ?1" } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        *id = c->object + strlen(rows[i].object);
        if (strncmp(c->object, rows[i].object, strlen(rows[i].object)) == 0)
            return rows[i].sql;
    }
    *id = "";
    return c->route->run == jz_route_decide
               ? "SELECT handle FROM decision WHERE ?1 = '' ORDER BY id DESC LIMIT 1"
               : NULL;
}

static jz_status find_decision(const jz_api_call *c, char id[JZ_DECISION_ID_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    const char *of;
    const char *sql = sql_of(c, &of);
    id[0] = '\0';
    if (sql == NULL)
        return JZ_OK;
    JZ_TRY(jz_stmt_new(c->api->g->store, sql, &st, err));
    jz_stmt_bind_text(st, 1, of);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (row)
        (void)snprintf(id, JZ_DECISION_ID_SIZE, "%s", jz_stmt_text(st, 0));
    return JZ_OK;
}

static jz_status put_told(jz_api_call *c, jz_json *j, const char *whom, const char *id, jz_err *err)
{
    jz_json_key(j, whom);
    jz_json_begin_object(j);
    for (unsigned k = 0; k < JZ_TOLD_LANGUAGES; k++) {
        JZ_BUF_AUTO text = { 0 };
        JZ_TRY(strcmp(whom, "account") == 0 ? jz_told_account(c->api->g, id, k, &text, err)
                                            : tell_complainant(c, id, k, &text, err));
        jz_json_put_str(j, jz_told_language[k], text.ptr);
    }
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_told_preview(jz_api_call *c, jz_err *err)
{
    static const char complaint[] = "complaint:";
    char decision[JZ_DECISION_ID_SIZE];
    jz_json j = { .out = &c->told->text };
    JZ_TRY(find_decision(c, decision, err));
    jz_json_begin_object(&j);
    if (strncmp(c->object, complaint, sizeof complaint - 1) == 0)
        JZ_TRY(put_told(c, &j, "complainant", c->object + sizeof complaint - 1, err));
    if (decision[0] != '\0')
        JZ_TRY(put_told(c, &j, "account", decision, err));
    jz_json_end_object(&j);
    return jz_buf_check(&c->told->text, err);
}
