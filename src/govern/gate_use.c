/* SPDX-License-Identifier: Apache-2.0 */
/* What follows a permit: the token is used up once, the output is tied to the decision; and the
 * lists of providers and of what is never synthesised. */
#include "govern/gates.h"

#include "base/alloc.h"
#include "base/hex.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- decisions ---- */

typedef struct decision {
    int64_t row, expires_s, redeemed_us;
    jz_gate_decision decision;
    char provider[JZ_GOVERN_NAME_MAX];
} decision;

static jz_status load_decision(jz_govern *g, const char *id, decision *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id, decision, expires_s, redeemed_us, provider FROM gate_decision"
                       " WHERE handle = ?1",
                       &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no decision '%s'", id);
    *out = (decision){ .row = jz_stmt_i64(st, 0),
                       .decision = (jz_gate_decision)jz_stmt_i64(st, 1),
                       .expires_s = jz_stmt_i64(st, 2),
                       .redeemed_us = jz_stmt_i64(st, 3) };
    (void)snprintf(out->provider, sizeof out->provider, "%s", jz_stmt_text(st, 4));
    return JZ_OK;
}

static jz_status run_with(jz_govern *g, const char *sql, int64_t a, int64_t b, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, sql, &st, err));
    jz_stmt_bind_i64(st, 1, a);
    jz_stmt_bind_i64(st, 2, b);
    return jz_stmt_run(st, err);
}

/* ---- using a token up ---- */

static jz_status check_blocked(jz_govern *g, const uint8_t *media, const char *ref, jz_err *err)
{
    const char *reason = NULL;
    JZ_TRY(jz_gate_blocked(g, media, ref, &reason, err));
    return reason == NULL ? JZ_OK
                          : JZ_FAIL(err, JZ_E_MISMATCH, "what the token is for was blocked since");
}

static jz_status check_consent_row(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const jz_consent_life life = { .state = (jz_consent_state)jz_stmt_i64(st, 0),
                                   .from_s = jz_stmt_i64(st, 1),
                                   .until_s = jz_stmt_i64(st, 2) };
    (void)user;
    if (!jz_consent_is_valid(&life, jz_govern_now_s(g)))
        return JZ_FAIL(err, JZ_E_MISMATCH, "a consent behind the token has ended since");
    return check_blocked(g, NULL, jz_stmt_text(st, 3), err);
}

/* Everything that can have changed since the token was given. */
static jz_status check_still(jz_govern *g, const decision *d, const jz_gate_use *use, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_filing_state state;
    char code[20];
    JZ_TRY(jz_gate_filing(g, d->provider, &state, code, err));
    if (state != JZ_FILING_IN_FORCE)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the provider's filing has ended since");
    for (size_t i = 0; i < use->n; i++)
        JZ_TRY(check_blocked(g, use->media[i], NULL, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT c.state, c.from_s, c.until_s, p.principal FROM gate_use u"
                       " JOIN consent c ON c.id = u.consent_id LEFT JOIN consent_personal p"
                       " ON p.consent_id = c.id WHERE u.decision_id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    return jz_govern_each(g, st, check_consent_row, NULL, err);
}

static jz_status redeem_in(jz_govern *g, const char *id, const jz_gate_use *use, const char *by,
                           jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    decision d;
    JZ_TRY(load_decision(g, id, &d, err));
    if (d.decision != JZ_GATE_PERMIT)
        return JZ_FAIL(err, JZ_E_MISMATCH, "decision '%s' was no permit", id);
    if (d.redeemed_us != 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "the token of decision '%s' was used before", id);
    JZ_TRY(check_still(g, &d, use, err));
    JZ_TRY(run_with(g, "UPDATE gate_decision SET redeemed_us = ?2 WHERE id = ?1", d.row,
                    jz_govern_now_us(g), err));
    JZ_TRY(run_with(g, "UPDATE gate_use SET redeemed = ?2 WHERE decision_id = ?1", d.row, 1, err));
    JZ_TRY(run_with(g,
                    "UPDATE consent SET used = used + ?2 WHERE id IN"
                    " (SELECT consent_id FROM gate_use WHERE decision_id = ?1)",
                    d.row, 1, err));
    jz_buf_puts(&detail, "{}");
    return jz_govern_record(g, id, by, "redeemed", &detail, err);
}

jz_status jz_gate_redeem(jz_govern *g, const jz_vkey *key, jz_bytes token, const jz_gate_use *use,
                         const char *by, char decision_id[JZ_GATE_ID_SIZE], jz_err *err)
{
    char id[JZ_GATE_ID_SIZE];
    JZ_TRY(jz_gate_token_check(key, token, use, jz_govern_now_s(g), id, err));
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, redeem_in(g, id, use, by, err), err));
    memcpy(decision_id, id, sizeof id);
    return JZ_OK;
}

/* ---- the report of an output ---- */

typedef struct report {
    char decision[JZ_GATE_ID_SIZE];
    uint8_t sha256[32], pdq[32];
    char label[8][JZ_GOVERN_NAME_MAX];
    size_t labels;
    char producer[JZ_GATE_PRODUCER_SIZE];
} report;

#define P(member) offsetof(report, member)
static const jz_field report_fields[] = {
    { "decision_id", JZ_FIELD_TEXT, false, .at = P(decision), .size = JZ_GATE_ID_SIZE },
    { "label_ids", JZ_FIELD_TEXTS, false, .at = P(label), .size = JZ_GOVERN_NAME_MAX, .min = 1,
      .max = 8, .count = P(labels) },
    { "output_pdq", JZ_FIELD_HEX, true, .at = P(pdq), .size = 32 },
    { "output_sha256", JZ_FIELD_HEX, false, .at = P(sha256), .size = 32 },
    { "producer", JZ_FIELD_TEXT, true, .at = P(producer), .size = JZ_GATE_PRODUCER_SIZE },
    { 0 },
};

static jz_status insert_output(jz_govern *g, const decision *d, const report *r,
                               const jz_buf *detail, jz_err *err)
{
    static const uint8_t none[32];
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO gate_output (decision_id, sha256, pdq, detail)"
                       " VALUES (?1, ?2, ?3, ?4)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    jz_stmt_bind_blob(st, 2, r->sha256, sizeof r->sha256);
    jz_stmt_bind_blob(st, 3, memcmp(r->pdq, none, 32) != 0 ? r->pdq : NULL, sizeof r->pdq);
    jz_stmt_bind_text(st, 4, detail->ptr);
    const jz_status done = jz_stmt_run(st, err);
    return done == JZ_E_EXISTS
               ? JZ_FAIL(err, done, "decision '%s' was reported before", r->decision)
               : done;
}

static jz_status report_in(jz_govern *g, const char *provider, const report *r,
                           const char **finding, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    decision d;
    jz_filing_state state;
    char code[20];
    JZ_TRY(load_decision(g, r->decision, &d, err));
    if (strcmp(d.provider, provider) != 0) /* must not tell that it exists */
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no decision '%s'", r->decision);
    if (d.redeemed_us == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "the token of decision '%s' was not used", r->decision);
    JZ_TRY(jz_gate_filing(g, provider, &state, code, err));
    if (r->producer[0] != '\0')
        JZ_TRY(jz_gate_producer(g, code, r->producer, finding, err));
    jz_json j = { .out = &detail };
    jz_fields_put(report_fields, r, &j);
    JZ_TRY(jz_buf_check(&detail, err));
    JZ_TRY(insert_output(g, &d, r, &detail, err));
    JZ_TRY(jz_govern_record(g, r->decision, provider, "output", &detail, err));
    if (*finding == NULL)
        return JZ_OK;
    jz_buf_reset(&detail);
    jz_json f = { .out = &detail };
    jz_json_begin_object(&f);
    jz_json_put_text(&f, "finding", *finding);
    jz_json_end_object(&f);
    return jz_govern_record(g, r->decision, provider, "label-finding", &detail, err);
}

jz_status jz_gate_report(jz_govern *g, const char *provider, jz_bytes json, const char **finding,
                         jz_err *err)
{
    const char *found = NULL;
    report r;
    if (json.len > JZ_GATE_JSON_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a report of %zu bytes, the limit is %zu", json.len,
                       JZ_GATE_JSON_MAX);
    JZ_TRY(jz_fields_read(report_fields, json, "report", &r, sizeof r, err));
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, report_in(g, provider, &r, &found, err), err));
    *finding = found;
    return JZ_OK;
}

/* ---- providers and blocks ---- */

static jz_status set_provider_in(jz_govern *g, const char *party, const char *filing,
                                 const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO gate_provider (party, filing) VALUES (?1, ?2)"
                       " ON CONFLICT (party) DO UPDATE SET filing = excluded.filing",
                       &st, err));
    jz_stmt_bind_text(st, 1, party);
    jz_stmt_bind_text(st, 2, filing);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "filing", filing);
    jz_json_end_object(&j);
    return jz_govern_record(g, party, by, "provider-set", &detail, err);
}

jz_status jz_gate_set_provider(jz_govern *g, const char *party, const char *filing, const char *by,
                               jz_err *err)
{
    JZ_TRY(jz_govern_text("provider", party, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_govern_text("filing's number", filing, JZ_FILING_NUMBER_MAX, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, set_provider_in(g, party, filing, by, err), err);
}

static jz_status change_block(jz_govern *g, const jz_gate_block *b, const char *subject, bool set,
                              jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       set ? "INSERT INTO gate_block (subject, by_order, document)"
                             " VALUES (?1, ?2, ?3)"
                           : "DELETE FROM gate_block WHERE subject = ?1 AND by_order = ?2",
                       &st, err));
    jz_stmt_bind_text(st, 1, subject);
    jz_stmt_bind_i64(st, 2, b->order);
    if (set)
        jz_stmt_bind_text(st, 3, b->document);
    const jz_status done = jz_stmt_run(st, err);
    if (done == JZ_E_EXISTS)
        return JZ_FAIL(err, done, "that is blocked already");
    if (done == JZ_OK && !set && jz_store_changes(g->store) == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "that is not blocked");
    return done;
}

static jz_status set_block_in(jz_govern *g, const jz_gate_block *b, const char *subject, bool set,
                              const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(change_block(g, b, subject, set, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "document", b->document);
    jz_json_put_text(&j, "kind", b->order ? "order" : "no-synthesis");
    jz_json_end_object(&j);
    return jz_govern_record(g, subject, by, set ? "blocked" : "unblocked", &detail, err);
}

jz_status jz_gate_set_block(jz_govern *g, const jz_gate_block *b, bool set, const char *by,
                            jz_err *err)
{
    char subject[JZ_GOVERN_NAME_MAX + 8] = "sha256:";
    if ((b->sha256 == NULL) == (b->ref == NULL))
        return JZ_FAIL(err, JZ_E_INVAL, "either a hash or a reference is blocked");
    JZ_TRY(jz_govern_text("reference", b->ref, JZ_GOVERN_NAME_MAX - 1, b->sha256 == NULL, err));
    JZ_TRY(jz_govern_text("document's number", b->document, JZ_GOVERN_NAME_MAX, b->order, err));
    if (b->sha256 != NULL)
        jz_hex_encode(b->sha256, 32, subject + 7);
    else
        (void)snprintf(subject, sizeof subject, "ref:%s", b->ref);
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, set_block_in(g, b, subject, set, by, err), err);
}

/* ---- showing ---- */

static jz_status put_consent(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    (void)g;
    (void)err;
    jz_json_str(user, jz_stmt_text(st, 0));
    return JZ_OK;
}

static jz_status put_event(void *user, const jz_govern_event *e, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_i64(j, "at_us", e->at_us);
    jz_json_put_text(j, "by", e->by);
    jz_json_put_text(j, "kind", e->kind);
    jz_json_key(j, "detail");
    jz_json_raw(j, e->detail, strlen(e->detail));
    if (e->leaf >= 0)
        jz_json_put_i64(j, "leaf", e->leaf);
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status put_decision(jz_govern *g, const char *id, const decision *d, jz_json *j,
                              jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_json_begin_object(j);
    jz_json_put_text(j, "decision_id", id);
    jz_json_put_text(j, "provider", d->provider);
    jz_json_put_text(j, "decision", jz_gate_decision_name(d->decision));
    if (d->expires_s != 0)
        jz_json_put_i64(j, "expires", d->expires_s);
    if (d->redeemed_us != 0)
        jz_json_put_i64(j, "redeemed_us", d->redeemed_us);
    jz_json_key(j, "consents");
    jz_json_begin_array(j);
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT c.handle FROM gate_use u JOIN consent c ON c.id = u.consent_id"
                       " WHERE u.decision_id = ?1 ORDER BY c.id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, d->row);
    JZ_TRY(jz_govern_each(g, st, put_consent, j, err));
    jz_json_end_array(j);
    jz_json_key(j, "events");
    jz_json_begin_array(j);
    JZ_TRY(jz_govern_events(g, id, put_event, j, err));
    jz_json_end_array(j);
    jz_json_end_object(j);
    return JZ_OK;
}

/* The decision of the first output with that hash. */
static jz_status find_output(jz_govern *g, const char *hex, char id[JZ_GATE_ID_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    uint8_t sha256[32];
    bool found = false;
    if (!jz_hex_decode(hex, strlen(hex), sha256, sizeof sha256))
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is neither a decision's id nor a SHA-256", hex);
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT d.handle FROM gate_output o JOIN gate_decision d"
                       " ON d.id = o.decision_id WHERE o.sha256 = ?1 ORDER BY d.id LIMIT 1",
                       &st, err));
    jz_stmt_bind_blob(st, 1, sha256, sizeof sha256);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no output %s was reported", hex);
    (void)snprintf(id, JZ_GATE_ID_SIZE, "%s", jz_stmt_text(st, 0));
    return JZ_OK;
}

jz_status jz_gate_show(jz_govern *g, const char *text, char **json, jz_err *err)
{
    JZ_BUF_AUTO out = { 0 };
    char id[JZ_GATE_ID_SIZE];
    decision d;
    if (strlen(text) == JZ_GATE_ID_SIZE - 1)
        (void)snprintf(id, sizeof id, "%s", text);
    else
        JZ_TRY(find_output(g, text, id, err));
    JZ_TRY(load_decision(g, id, &d, err));
    jz_json j = { .out = &out };
    JZ_TRY(put_decision(g, id, &d, &j, err));
    JZ_TRY(jz_buf_check(&out, err));
    *json = JZ_TAKE(out.ptr);
    return JZ_OK;
}
