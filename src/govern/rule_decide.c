/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions: made, kept with their inputs, and made again. */
#include "govern/rule_store.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/rd.h"
#include "ledger/ed25519.h"

#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

#define SAMPLE 5 /* decisions named for each rule of a backtest */

/* ---- deciding ---- */

typedef struct maker {
    const jz_rules *live, *in_shadow; /* the second: NULL = none */
    jz_rule_inputs *in;
    jz_rule_result *res;
    jz_buf inputs, decision, shadow;
    char id[JZ_RULES_ID_SIZE];
} maker;

static void maker_done(maker *m)
{
    jz_free(m->in);
    jz_free(m->res);
    jz_buf_done(&m->inputs);
    jz_buf_done(&m->decision);
    jz_buf_done(&m->shadow);
}

static jz_status insert_decision(jz_govern *g, const maker *m, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO rules_decision (handle, set_id, at_us, inputs, decision,"
                       " shadow) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       &st, err));
    jz_stmt_bind_text(st, 1, m->id);
    jz_stmt_bind_i64(st, 2, m->live->row);
    jz_stmt_bind_i64(st, 3, jz_govern_now_us(g));
    jz_stmt_bind_text(st, 4, m->inputs.ptr);
    jz_stmt_bind_text(st, 5, m->decision.ptr);
    jz_stmt_bind_text(st, 6, m->in_shadow != NULL ? m->shadow.ptr : NULL);
    return jz_stmt_run(st, err);
}

/* The event names nobody: hashes only. */
static jz_status record(jz_govern *g, const maker *m, const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    uint8_t digest[JZ_SHA256_SIZE];
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_sha256(m->decision.ptr, m->decision.len, digest);
    jz_json_put_hex(&j, "decision_sha256", digest, sizeof digest);
    jz_json_put_hex(&j, "ruleset_sha256", m->live->sha256, sizeof m->live->sha256);
    jz_json_end_object(&j);
    return jz_govern_record(g, m->id, by, "rules-decided", &detail, err);
}

static jz_status keep(jz_govern *g, const maker *m, const char *by, jz_err *err)
{
    JZ_TRY(insert_decision(g, m, err));
    return record(g, m, by, err);
}

static jz_status decide(maker *m, jz_bytes inputs, jz_err *err)
{
    uint8_t random[(JZ_RULES_ID_SIZE - 1) / 2];
    if (m->in == NULL || m->res == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_rule_inputs_read(inputs, m->in, err));
    JZ_TRY(jz_random(random, sizeof random, err));
    jz_hex_encode(random, sizeof random, m->id);
    jz_rule_inputs_put(m->in, &m->inputs);
    if (m->in_shadow != NULL) {
        jz_rule_run(m->in_shadow, m->in, m->res);
        jz_rule_decision_put(m->in_shadow, m->in, m->res, &m->shadow);
    }
    jz_rule_run(m->live, m->in, m->res);
    jz_rule_decision_put(m->live, m->in, m->res, &m->decision);
    JZ_TRY(jz_buf_check(&m->inputs, err));
    JZ_TRY(jz_buf_check(&m->shadow, err));
    return jz_buf_check(&m->decision, err);
}

static jz_status decide_and_keep(jz_govern *g, maker *m, const jz_rules_question *q, jz_err *err)
{
    JZ_TRY(jz_govern_text("name of who does this", q->by, JZ_GOVERN_NAME_MAX, true, err));
    JZ_TRY(jz_rules_current(g, JZ_RULES_LIVE, &m->live, err));
    JZ_TRY(jz_rules_current(g, JZ_RULES_SHADOW, &m->in_shadow, err));
    if (m->live == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no rule set is live");
    JZ_TRY(decide(m, q->inputs, err));
    JZ_TRY(jz_rule_give_effects(m->live, m->res, q->fn, q->user, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, keep(g, m, q->by, err), err);
}

jz_status jz_rules_decide(jz_govern *g, const jz_rules_question *q, char id[JZ_RULES_ID_SIZE],
                          char **decision, jz_err *err)
{
    maker m = { .in = jz_rule_inputs_new(), .res = jz_alloc(sizeof *m.res) };
    const jz_status st = decide_and_keep(g, &m, q, err);
    if (st == JZ_OK) {
        memcpy(id, m.id, sizeof m.id);
        if (decision != NULL)
            *decision = JZ_TAKE(m.decision.ptr);
    }
    maker_done(&m);
    return st;
}

/* ---- explaining ---- */

static jz_status explain_row(jz_govern *g, jz_stmt *st, bool *same, jz_buf *out, jz_err *err)
{
    jz_auto(jz_rules) *r = NULL;
    jz_auto(char) *again = NULL;
    const char *decision = jz_stmt_text(st, 1), *inputs = jz_stmt_text(st, 0);
    JZ_TRY(jz_rules_open_row(g, jz_stmt_i64(st, 2), jz_stmt_text(st, 3), &r, err));
    JZ_TRY_CTX(jz_rules_eval(r, jz_bytes_of_text(inputs), NULL, NULL, &again, err), err,
               "the inputs as they are kept");
    *same = strcmp(again, decision) == 0;
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_key(&j, "decision");
    jz_json_raw(&j, decision, strlen(decision));
    jz_json_put_text(&j, "id", jz_stmt_text(st, 4));
    jz_json_key(&j, "inputs");
    jz_json_raw(&j, inputs, strlen(inputs));
    jz_json_put_bool(&j, "same", *same);
    if (!jz_stmt_is_null(st, 5)) {
        jz_json_key(&j, "shadow");
        jz_json_raw(&j, jz_stmt_text(st, 5), strlen(jz_stmt_text(st, 5)));
    }
    jz_json_end_object(&j);
    return jz_buf_check(out, err);
}

jz_status jz_rules_explain(jz_govern *g, const char *id, bool *same, char **json, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO out = { 0 };
    bool row = false, equal = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT d.inputs, d.decision, s.id, s.sha256, d.handle, d.shadow"
                       " FROM rules_decision d JOIN rules_set s ON s.id = d.set_id"
                       " WHERE d.handle = ?1",
                       &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no decision of rules '%s'", id);
    JZ_TRY(explain_row(g, st, &equal, &out, err));
    *same = equal;
    *json = JZ_TAKE(out.ptr);
    return JZ_OK;
}

/* ---- backtest ---- */

typedef struct difference { /* of one rule */
    char name[JZ_RULE_NAME];
    uint64_t more, fewer;
    char sample[SAMPLE][JZ_RULES_ID_SIZE];
    size_t samples;
} difference;

typedef struct backtest {
    const jz_rules *r; /* the one that is tried */
    jz_rules *old;     /* the one that has decided last */
    int64_t old_row;
    jz_rule_inputs *in;
    jz_rule_result *was, *is;
    difference *rule;
    size_t rules, size;
    uint64_t decisions, same;
} backtest;

static void backtest_done(backtest *b)
{
    jz_rules_free(b->old);
    jz_free(b->in);
    jz_free(b->was);
    jz_free(b->is);
    jz_free(b->rule);
}

static jz_status difference_of(backtest *b, const char *name, difference **out, jz_err *err)
{
    for (size_t i = 0; i < b->rules; i++)
        if (strcmp(b->rule[i].name, name) == 0) {
            *out = &b->rule[i];
            return JZ_OK;
        }
    void *grown = jz_grow(b->rule, b->rules, &b->size, sizeof *b->rule);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    b->rule = grown;
    *out = &b->rule[b->rules++];
    **out = (difference){ 0 };
    memcpy((*out)->name, name, strlen(name) + 1); /* compiled: it fits */
    return JZ_OK;
}

static bool has_fired(const jz_rules *r, const jz_rule_result *res, const char *name)
{
    for (size_t i = 0; i < r->rules; i++)
        if (strcmp(r->rule[i].name, name) == 0)
            return jz_rule_counts(r, res, i);
    return false;
}

typedef struct side { /* a set and what it gave */
    const jz_rules *r;
    const jz_rule_result *res;
} side;

/* Rules of a that fired, and did not in b. */
static jz_status count_fired(backtest *t, side a, side b, bool more, const char *id, bool *same,
                             jz_err *err)
{
    for (size_t i = 0; i < a.r->rules; i++) {
        difference *d = NULL;
        if (!jz_rule_counts(a.r, a.res, i) || has_fired(b.r, b.res, a.r->rule[i].name))
            continue;
        JZ_TRY(difference_of(t, a.r->rule[i].name, &d, err));
        d->more += more;
        d->fewer += !more;
        if (d->samples < SAMPLE)
            memcpy(d->sample[d->samples++], id, JZ_RULES_ID_SIZE);
        *same = false;
    }
    return JZ_OK;
}

static jz_status try_row(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    backtest *b = user;
    bool same = true;
    char id[JZ_RULES_ID_SIZE] = "";
    const char *handle = jz_stmt_text(st, 0);
    if (strlen(handle) >= sizeof id)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a decision '%s'", handle);
    (void)snprintf(id, sizeof id, "%s", handle); /* it fits */
    if (b->old == NULL || b->old_row != jz_stmt_i64(st, 2)) {
        jz_rules_free(JZ_TAKE(b->old));
        b->old_row = jz_stmt_i64(st, 2);
        JZ_TRY(jz_rules_open_row(g, b->old_row, jz_stmt_text(st, 3), &b->old, err));
    }
    JZ_TRY_CTX(jz_rule_inputs_read(jz_bytes_of_text(jz_stmt_text(st, 1)), b->in, err), err,
               "decision %s", id);
    jz_rule_run(b->old, b->in, b->was);
    jz_rule_run(b->r, b->in, b->is);
    const side was = { b->old, b->was }, is = { b->r, b->is };
    JZ_TRY(count_fired(b, is, was, true, id, &same, err));
    JZ_TRY(count_fired(b, was, is, false, id, &same, err));
    b->decisions++;
    b->same += same;
    return JZ_OK;
}

static void put_backtest(const backtest *b, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "decisions", (int64_t)b->decisions);
    jz_json_key(&j, "rules");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < b->rules; i++) {
        jz_json_begin_object(&j);
        jz_json_put_i64(&j, "fewer", (int64_t)b->rule[i].fewer);
        jz_json_put_i64(&j, "more", (int64_t)b->rule[i].more);
        jz_json_put_text(&j, "rule", b->rule[i].name);
        jz_json_key(&j, "sample");
        jz_json_begin_array(&j);
        for (size_t k = 0; k < b->rule[i].samples; k++)
            jz_json_str(&j, b->rule[i].sample[k]);
        jz_json_end_array(&j);
        jz_json_end_object(&j);
    }
    jz_json_end_array(&j);
    jz_json_put_i64(&j, "same", (int64_t)b->same);
    jz_json_end_object(&j);
}

static jz_status run_backtest(jz_govern *g, backtest *b, int64_t since_us, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    if (b->in == NULL || b->was == NULL || b->is == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT d.handle, d.inputs, s.id, s.sha256 FROM rules_decision d"
                       " JOIN rules_set s ON s.id = d.set_id WHERE d.at_us >= ?1 ORDER BY d.id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, since_us);
    return jz_govern_each(g, st, try_row, b, err);
}

jz_status jz_rules_backtest(jz_govern *g, const jz_rules *r, int64_t since_us, char **json,
                            jz_err *err)
{
    JZ_BUF_AUTO out = { 0 };
    backtest b = { .r = r,
                   .in = jz_rule_inputs_new(),
                   .was = jz_alloc(sizeof *b.was),
                   .is = jz_alloc(sizeof *b.is) };
    jz_status st = run_backtest(g, &b, since_us, err);
    if (st == JZ_OK) {
        put_backtest(&b, &out);
        st = jz_buf_check(&out, err);
    }
    backtest_done(&b);
    JZ_TRY(st);
    *json = JZ_TAKE(out.ptr);
    return JZ_OK;
}
