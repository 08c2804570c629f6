/* SPDX-License-Identifier: Apache-2.0 */
/* What is held about one reference, for whoever it is of. */
#include "govern/measures.h"

#include <jz/report.h>

#include <string.h>

typedef struct part {
    const char *key, *sql;           /* id, state, body; of the reference ?1 */
    const char *(*state)(int64_t v); /* NULL: none */
} part;

static const char *consent_state(int64_t v)
{
    return jz_consent_state_name((jz_consent_state)v);
}
static const char *complaint_state(int64_t v)
{
    return jz_complaint_state_name((jz_complaint_state)v);
}
static const char *appeal_state(int64_t v)
{
    return jz_appeal_state_name((jz_appeal_state)v);
}

/* Of a complaint the one who made it sees what was said; of a decision the account sees what was
 * decided: nobody else is named in it. */
static const part parts[] = {
    { "consents",
      "SELECT c.handle, c.state, p.body FROM consent c JOIN consent_personal p"
      " ON p.consent_id = c.id WHERE p.principal = ?1 OR p.guardian = ?1 ORDER BY c.id",
      consent_state },
    { "complaints",
      "SELECT c.handle, c.state, b.body FROM complaint c JOIN complaint_body b"
      " ON b.complaint_id = c.id WHERE c.reporter = ?1 ORDER BY c.id",
      complaint_state },
    { "decisions", "SELECT handle, appeal, body FROM decision WHERE account = ?1 ORDER BY id",
      appeal_state },
};

static jz_status put_part(jz_govern *g, const part *p, const char *ref, jz_json *j, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store, p->sql, &st, err));
    jz_stmt_bind_text(st, 1, ref);
    JZ_TRY(jz_stmt_step(st, &there, err));
    jz_json_key(j, p->key);
    jz_json_begin_array(j);
    while (there) {
        const char *body = jz_stmt_text(st, 2);
        jz_json_begin_object(j);
        jz_json_put_text(j, "id", jz_stmt_text(st, 0));
        jz_json_put_text(j, "state", p->state(jz_stmt_i64(st, 1)));
        jz_json_key(j, "body");
        if (body != NULL && body[0] != '\0')
            jz_json_raw(j, body, strlen(body));
        else
            jz_json_null(j);
        jz_json_end_object(j);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    jz_json_end_array(j);
    return JZ_OK;
}

static jz_status put_measures(jz_govern *g, const char *ref, jz_json *j, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT kind, state, ordered_us, until_us FROM measure WHERE account = ?1"
                       " AND target = ?1 ORDER BY id",
                       &st, err));
    jz_stmt_bind_text(st, 1, ref);
    JZ_TRY(jz_stmt_step(st, &there, err));
    jz_json_key(j, "measures");
    jz_json_begin_array(j);
    while (there) {
        jz_json_begin_object(j);
        jz_json_put_text(j, "measure", jz_measure_kind_name((jz_measure_kind)jz_stmt_i64(st, 0)));
        jz_json_put_text(j, "state", jz_measure_state_name((jz_measure_state)jz_stmt_i64(st, 1)));
        jz_json_put_i64(j, "ordered_us", jz_stmt_i64(st, 2));
        if (jz_stmt_i64(st, 3) > 0)
            jz_json_put_i64(j, "until_us", jz_stmt_i64(st, 3));
        jz_json_end_object(j);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    jz_json_end_array(j);
    return JZ_OK;
}

static jz_status put_all(jz_govern *g, const char *ref, jz_json *j, jz_err *err)
{
    jz_account_standing s;
    jz_json_begin_object(j);
    jz_json_put_text(j, "reference", ref);
    for (size_t i = 0; i < JZ_ARRAY_LEN(parts); i++)
        JZ_TRY(put_part(g, &parts[i], ref, j, err));
    JZ_TRY(put_measures(g, ref, j, err));
    JZ_TRY(jz_account(g, ref, &s, err));
    jz_json_put_i64(j, "points_milli", s.milli);
    jz_json_put_i64(j, "strikes", s.strikes);
    jz_json_end_object(j);
    return jz_buf_check(j->out, err);
}

jz_status jz_report_held(jz_govern *g, const char *ref, char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_json j = { .out = &text };
    JZ_TRY(jz_govern_text("reference", ref, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_store_begin_read(g->store, err));
    const jz_status st = put_all(g, ref, &j, err);
    jz_store_rollback(g->store); /* nothing was written */
    JZ_TRY(st);
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}

jz_status jz_report_faces(jz_govern *g, int64_t *n, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(
        jz_stmt_new(g->store, "SELECT COUNT(DISTINCT principal) FROM consent_personal", &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    *n = there ? jz_stmt_i64(st, 0) : 0;
    return JZ_OK;
}
