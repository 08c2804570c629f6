/* SPDX-License-Identifier: Apache-2.0 */
/* Answering requests: judged, recorded and only then told, a batch in one transaction. */
#include "govern/gates.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "ledger/ed25519.h"

#include <jz/hash.h>

#include <inttypes.h>
#include <string.h>

/* What a provider must put before a user who has no consent: Deep Synthesis Provisions, article 14
 * (quoted by others; the text itself was not read). */
#define POLICY_VERSION "jz-policy/1"
#define POLICY_TEXT                                                                                                                   \
    "使用人脸、人声等生物识别信息编辑功能的,应当依法告知被编辑的个人,并取得其单独同意。 The " \
    "person "                                                                                                                         \
    "whose face or voice is edited must be told, and must consent separately."

static const char *const decision_names[] = {
    [JZ_GATE_PERMIT] = "permit",
    [JZ_GATE_DENY] = "deny",
    [JZ_GATE_NEEDS_CONSENT] = "needs_consent",
    [JZ_GATE_NEEDS_REVIEW] = "needs_review",
};

const char *jz_gate_decision_name(jz_gate_decision d)
{
    return (size_t)d < JZ_ARRAY_LEN(decision_names) ? decision_names[d] : NULL;
}

void jz_gate_set_rules(jz_govern *g, jz_gate_rules_fn fn, void *user)
{
    g->rules = fn;
    g->rules_user = user;
}

void jz_gate_answers_done(jz_gate_answer *answers, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        jz_free(answers[i].json);
        answers[i].json = NULL;
    }
}

/* One decision, being made. */
typedef struct maker {
    jz_gate_case c;
    const jz_skey *key;
    uint8_t request_sha256[JZ_SHA256_SIZE];
    char id[JZ_GATE_ID_SIZE];
    int64_t expires_s; /* 0 without a token */
    jz_buf token, answer;
} maker;

/* ---- the answer ---- */

static void put_strings(jz_json *j, const char *key, const char *const *s, size_t n)
{
    jz_json_key(j, key);
    jz_json_begin_array(j);
    for (size_t i = 0; i < n; i++)
        jz_json_str(j, s[i]);
    jz_json_end_array(j);
}

static void put_reasons(jz_json *j, const jz_gate_case *c)
{
    jz_json_key(j, "reasons");
    jz_json_begin_array(j);
    for (size_t i = 0; i < c->reasons; i++)
        jz_json_str(j, c->reason[i]);
    jz_json_end_array(j);
}

static void put_missing(jz_json *j, const jz_gate_case *c)
{
    jz_json_key(j, "missing");
    jz_json_begin_array(j);
    for (size_t i = 0; i < c->q->subjects; i++) {
        if (!c->missing[i])
            continue;
        jz_json_begin_object(j);
        jz_json_put_i64(j, "subject", (int64_t)i);
        jz_json_put_text(j, "flow", "separate-consent");
        jz_json_put_text(j, "policy_text", POLICY_TEXT);
        jz_json_put_text(j, "policy_version", POLICY_VERSION);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_answer(maker *m)
{
    static const char *const obligations[] = { "label.explicit", "label.implicit", "log.retain:P6M",
                                               "notify.subject", "watermark:jz" };
    const bool permit = m->c.decision == JZ_GATE_PERMIT;
    jz_json j = { .out = &m->answer };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "decision", jz_gate_decision_name(m->c.decision));
    jz_json_put_text(&j, "decision_id", m->id);
    put_reasons(&j, &m->c);
    put_missing(&j, &m->c);
    put_strings(&j, "obligations", obligations, permit ? JZ_ARRAY_LEN(obligations) : 0);
    if (permit) {
        jz_json_put_text(&j, "token", m->token.ptr);
        jz_json_put_i64(&j, "expires", m->expires_s);
    }
    jz_json_end_object(&j);
}

static jz_status make_token(maker *m, jz_err *err)
{
    const jz_gate_request *q = m->c.q;
    jz_gate_token t = { .operation = jz_words_operation[q->operation - 1],
                        .purpose = jz_words_purpose[q->purpose - 1],
                        .n = q->subjects };
    m->expires_s = m->c.now_s + m->c.g->token_s;
    t.expires_s = m->expires_s;
    memcpy(t.decision, m->id, sizeof t.decision);
    for (size_t i = 0; i < q->subjects; i++)
        memcpy(t.media[i], q->subject[i].media, sizeof t.media[i]);
    return jz_gate_token_put(&t, m->key, &m->token, err);
}

/* ---- what is kept ---- */

static jz_status insert_decision(maker *m, jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_govern_stmt(m->c.g, JZ_SQL_DECIDE, &st, err));
    jz_stmt_bind_text(st, 1, m->id);
    jz_stmt_bind_text(st, 2, m->c.provider);
    jz_stmt_bind_text(st, 3, m->c.q->id);
    jz_stmt_bind_blob(st, 4, m->request_sha256, sizeof m->request_sha256);
    jz_stmt_bind_i64(st, 5, m->c.decision);
    jz_stmt_bind_text(st, 6, m->answer.ptr);
    jz_stmt_bind_i64(st, 7, m->expires_s);
    return jz_stmt_run(st, err);
}

/* An output of each consent is set aside until the token is used or over. */
static jz_status insert_uses(maker *m, jz_err *err)
{
    const int64_t decision = jz_store_last_id(m->c.g->store);
    for (size_t i = 0; i < m->c.q->subjects; i++) {
        jz_stmt *st = NULL;
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || m->c.consent[k].row == m->c.consent[i].row;
        if (again)
            continue;
        JZ_TRY(jz_govern_stmt(m->c.g, JZ_SQL_USE, &st, err));
        jz_stmt_bind_i64(st, 1, m->c.consent[i].row);
        jz_stmt_bind_i64(st, 2, decision);
        jz_stmt_bind_i64(st, 3, m->expires_s);
        JZ_TRY(jz_stmt_run(st, err));
    }
    return JZ_OK;
}

static jz_status record_decision(maker *m, jz_err *err)
{
    const jz_gate_case *c = &m->c;
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_key(&j, "consents");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < c->q->subjects; i++)
        if (c->consent[i].row != 0)
            jz_json_str(&j, c->q->subject[i].consent);
    jz_json_end_array(&j);
    jz_json_put_text(&j, "operation", jz_words_operation[c->q->operation - 1]);
    if (c->decision == JZ_GATE_NEEDS_CONSENT)
        jz_json_put_text(&j, "prompt", POLICY_VERSION);
    jz_json_put_text(&j, "purpose", jz_words_purpose[c->q->purpose - 1]);
    put_reasons(&j, c);
    jz_json_put_hex(&j, "request_sha256", m->request_sha256, sizeof m->request_sha256);
    jz_json_put_text(&j, "requester", c->q->requester.ref);
    jz_json_end_object(&j);
    return jz_govern_record(c->g, m->id, c->provider, jz_gate_decision_name(c->decision), &detail,
                            err);
}

static jz_status decide(maker *m, jz_err *err)
{
    uint8_t random[(JZ_GATE_ID_SIZE - 1) / 2];
    JZ_TRY(jz_random(random, sizeof random, err));
    jz_hex_encode(random, sizeof random, m->id);
    JZ_TRY(jz_gate_judge(&m->c, err));
    if (m->c.decision == JZ_GATE_PERMIT)
        JZ_TRY(make_token(m, err));
    put_answer(m);
    JZ_TRY(jz_buf_check(&m->answer, err));
    JZ_TRY(insert_decision(m, err));
    if (m->c.decision == JZ_GATE_PERMIT)
        JZ_TRY(insert_uses(m, err));
    return record_decision(m, err);
}

/* ---- requests ---- */

/* *there: it was answered before, and the answer is in *out; status where it was another one. */
static jz_status find_answer(const maker *m, jz_gate_answer *out, bool *there, jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_govern_stmt(m->c.g, JZ_SQL_ANSWERED, &st, err));
    jz_stmt_bind_text(st, 1, m->c.provider);
    jz_stmt_bind_text(st, 2, m->c.q->id);
    JZ_TRY(jz_stmt_step(st, there, err));
    if (!*there)
        return JZ_OK;
    const jz_bytes sha256 = jz_stmt_blob(st, 0);
    if (sha256.len != JZ_SHA256_SIZE ||
        memcmp(sha256.ptr, m->request_sha256, JZ_SHA256_SIZE) != 0) {
        out->status =
            JZ_FAIL(&out->err, JZ_E_MISMATCH, "request_id '%s' was another request", m->c.q->id);
    } else if (jz_stmt_text(st, 2)[0] == '\0') {
        out->status = JZ_FAIL(&out->err, JZ_E_NOTFOUND,
                              "the answer to request_id '%s' was erased with a consent behind it",
                              m->c.q->id);
    } else {
        out->decision = (jz_gate_decision)jz_stmt_i64(st, 1);
        out->json = jz_strdup(jz_stmt_text(st, 2));
    }
    jz_stmt_reset(st);
    return out->status == JZ_OK && out->json == NULL ? JZ_FAIL(err, JZ_E_NOMEM, "out of memory")
                                                     : JZ_OK;
}

static jz_status answer_with(maker *m, jz_gate_answer *out, jz_err *err)
{
    bool there = false;
    JZ_TRY(find_answer(m, out, &there, err));
    if (there)
        return JZ_OK;
    JZ_TRY(decide(m, err));
    out->decision = m->c.decision;
    out->json = JZ_TAKE(m->answer.ptr);
    return JZ_OK;
}

static jz_status answer_one(maker *m, jz_govern *g, const jz_skey *key, const char *provider,
                            jz_bytes json, jz_gate_answer *out, jz_err *err)
{
    jz_gate_request q;
    *out = (jz_gate_answer){ 0 };
    out->status = jz_gate_request_read(json, &q, &out->err);
    if (out->status != JZ_OK)
        return JZ_OK;
    memset(m, 0, sizeof *m);
    m->key = key;
    m->c.g = g;
    m->c.provider = provider;
    m->c.q = &q;
    m->c.now_s = jz_govern_now_s(g);
    jz_sha256(json.ptr, json.len, m->request_sha256);
    const jz_status st = answer_with(m, out, err);
    jz_buf_done(&m->token);
    jz_buf_done(&m->answer);
    return st;
}

static jz_status answer_all(jz_govern *g, const jz_skey *key, const char *provider,
                            const jz_bytes *requests, size_t n, jz_gate_answer *answers,
                            jz_err *err)
{
    maker *m = jz_alloc(sizeof *m); /* 20 kB */
    jz_status st = m != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (size_t i = 0; st == JZ_OK && i < n; i++)
        st = answer_one(m, g, key, provider, requests[i], &answers[i], err);
    jz_free(m);
    return st;
}

jz_status jz_gate_check(jz_govern *g, const jz_skey *key, const char *provider,
                        const jz_bytes *requests, size_t n, jz_gate_answer *answers, jz_err *err)
{
    if (n == 0 || n > JZ_GATE_BATCH_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu requests at once; 1 to %d are answered", n,
                       JZ_GATE_BATCH_MAX);
    JZ_TRY(jz_govern_text("provider", provider, JZ_GOVERN_NAME_MAX - 1, true, err));
    jz_gate_answer *made = jz_alloc_zero(n, sizeof *made);
    if (made == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = jz_store_begin(g->store, err);
    if (st == JZ_OK)
        st = jz_govern_end(g, answer_all(g, key, provider, requests, n, made, err), err);
    if (st == JZ_OK)
        memcpy(answers, made, n * sizeof *made);
    else
        jz_gate_answers_done(made, n);
    jz_free(made);
    return st;
}
