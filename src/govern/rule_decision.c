/* SPDX-License-Identifier: Apache-2.0 */
/* What came out of a set, as text: the same bytes for the same set and inputs, keys in order. */
#include "govern/rule_set.h"

#include "base/alloc.h"
#include "base/hex.h"

#include <jz/hash.h>

#include <string.h>

static const char *word_of(jz_rule_value v)
{
    return !v.known ? "unknown" : v.b ? "true" : "false";
}

static void put_effects(jz_json *j, const jz_rules *r, const jz_rule_result *res)
{
    jz_json_key(j, "effects");
    jz_json_begin_array(j);
    for (size_t i = 0; i < r->rules; i++) {
        const jz_rule *rule = &r->rule[i];
        for (uint32_t k = 0; jz_rule_counts(r, res, i) && k < rule->effects; k++) {
            const jz_rule_effect *e = &r->effect[rule->effect + k];
            jz_json_begin_object(j);
            jz_json_key(j, "args");
            jz_json_begin_array(j);
            for (size_t a = 0; a < e->args; a++)
                jz_json_str(j, e->arg[a]);
            jz_json_end_array(j);
            jz_json_put_str(j, "do", e->verb->name);
            jz_json_put_str(j, "rule", rule->name);
            jz_json_end_object(j);
        }
    }
    jz_json_end_array(j);
}

static void put_fired(jz_json *j, const jz_rules *r, const jz_rule_result *res)
{
    jz_json_key(j, "fired");
    jz_json_begin_array(j);
    for (size_t i = 0; i < r->rules; i++) {
        if (!jz_rule_counts(r, res, i))
            continue;
        jz_json_begin_object(j);
        jz_json_put_str(j, "policy", r->rule[i].policy);
        jz_json_put_str(j, "rule", r->rule[i].name);
        jz_json_put_str(j, "severity", r->rule[i].severity);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

/* Names of rules of a mode (or of any that ran) with an outcome. */
static void put_names(jz_json *j, const char *key, const jz_rules *r, const jz_rule_result *res,
                      bool shadow_only, jz_rule_outcome outcome)
{
    jz_json_key(j, key);
    jz_json_begin_array(j);
    for (size_t i = 0; i < r->rules; i++)
        if (res->outcome[i] == outcome && (!shadow_only || r->rule[i].mode == JZ_RULE_SHADOW))
            jz_json_str(j, r->rule[i].name);
    jz_json_end_array(j);
}

static void put_trace(jz_json *j, const jz_rules *r, const jz_rule_result *res)
{
    jz_json_key(j, "trace");
    jz_json_begin_array(j);
    for (size_t i = 0; i < r->rules; i++) {
        if (res->outcome[i] == JZ_RULE_NOT_RUN)
            continue;
        jz_json_begin_object(j);
        jz_json_put_str(j, "mode", jz_rule_modes[r->rule[i].mode]);
        jz_json_put_str(j, "rule", r->rule[i].name);
        if (r->rule[i].unless.n > 0)
            jz_json_put_str(j, "unless", word_of(res->unless[i]));
        jz_json_put_str(j, "when", word_of(res->when[i]));
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_value(jz_json *j, jz_rule_type type, jz_rule_value v)
{
    if (!v.known) {
        jz_json_null(j);
        return;
    }
    switch (type) {
    case JZ_RULE_BOOL:
        jz_json_bool(j, v.b);
        break;
    case JZ_RULE_TEXTUAL:
        jz_json_strn(j, (const char *)v.s.ptr, v.s.len);
        break;
    case JZ_RULE_LIST:
        jz_json_begin_array(j);
        for (size_t i = 0; i < v.list.n; i++)
            jz_json_strn(j, (const char *)v.list.word[i].ptr, v.list.word[i].len);
        jz_json_end_array(j);
        break;
    default:
        jz_json_i64(j, v.i);
        break;
    }
}

/* What the lets were, in the set's order; null is unknown. */
static void put_values(jz_json *j, const jz_rules *r, const jz_rule_result *res)
{
    jz_json_key(j, "values");
    jz_json_begin_object(j);
    for (size_t i = 0; i < r->lets; i++) {
        jz_json_key(j, r->let[i].name);
        put_value(j, r->let[i].type, res->let[i]);
    }
    jz_json_end_object(j);
}

void jz_rule_decision_put(const jz_rules *r, const jz_rule_inputs *in, const jz_rule_result *res,
                          jz_buf *out)
{
    JZ_BUF_AUTO inputs = { 0 };
    uint8_t digest[JZ_SHA256_SIZE];
    jz_json j = { .out = out };
    jz_rule_inputs_put(in, &inputs);
    if (inputs.fail != JZ_OK) {
        out->fail = inputs.fail;
        return;
    }
    jz_sha256(inputs.ptr, inputs.len, digest);
    jz_json_begin_object(&j);
    put_effects(&j, r, res);
    put_fired(&j, r, res);
    jz_json_put_hex(&j, "inputs_sha256", digest, sizeof digest);
    jz_json_put_str(&j, "ruleset", r->name);
    jz_json_put_hex(&j, "ruleset_sha256", r->sha256, sizeof r->sha256);
    put_names(&j, "shadow", r, res, true, JZ_RULE_FIRED);
    put_trace(&j, r, res);
    put_names(&j, "unknown", r, res, false, JZ_RULE_UNKNOWN);
    put_values(&j, r, res);
    jz_json_end_object(&j);
}

/* ---- the call ---- */

typedef struct room { /* of one evaluation */
    jz_rule_inputs *in;
    jz_rule_result *res;
} room;

static void room_done(room *m)
{
    jz_free(m->in);
    jz_free(m->res);
}

jz_status jz_rule_give_effects(const jz_rules *r, const jz_rule_result *res, jz_rules_effect_fn fn,
                               void *user, jz_err *err)
{
    for (size_t i = 0; fn != NULL && i < r->rules; i++) {
        const jz_rule *rule = &r->rule[i];
        for (uint32_t k = 0; jz_rule_counts(r, res, i) && k < rule->effects; k++) {
            const jz_rule_effect *e = &r->effect[rule->effect + k];
            const jz_rules_effect given = { .rule = rule->name,
                                            .severity = rule->severity,
                                            .policy = rule->policy,
                                            .verb = e->verb->name,
                                            .arg = { e->arg[0], e->arg[1], e->arg[2] },
                                            .args = e->args };
            JZ_TRY(fn(user, &given, err));
        }
    }
    return JZ_OK;
}

static jz_status eval_in(room *m, const jz_rules *r, jz_bytes inputs, jz_rules_effect_fn fn,
                         void *user, char **decision, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    if (m->in == NULL || m->res == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_rule_inputs_read(inputs, m->in, err));
    jz_rule_run(r, m->in, m->res);
    if (decision != NULL) {
        jz_rule_decision_put(r, m->in, m->res, &text);
        JZ_TRY(jz_buf_check(&text, err));
    }
    JZ_TRY(jz_rule_give_effects(r, m->res, fn, user, err));
    if (decision != NULL)
        *decision = JZ_TAKE(text.ptr);
    return JZ_OK;
}

jz_status jz_rules_eval(const jz_rules *r, jz_bytes inputs, jz_rules_effect_fn fn, void *user,
                        char **decision, jz_err *err)
{
    room m = { .in = jz_rule_inputs_new(), .res = jz_alloc(sizeof *m.res) };
    const jz_status st = eval_in(&m, r, inputs, fn, user, decision, err);
    room_done(&m);
    return st;
}
