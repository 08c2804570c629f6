/* SPDX-License-Identifier: Apache-2.0 */
/* The live set at the gate's last step. */
#include "govern/rule_store.h"

#include "base/alloc.h"

#include <string.h>

static void put_request(const jz_govern *g, const jz_gate_view *v, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "at", jz_govern_now_s(g));
    jz_json_put_text(&j, "op", v->operation);
    jz_json_put_text(&j, "purpose", v->purpose);
    jz_json_key(&j, "request");
    jz_json_begin_object(&j);
    jz_json_put_bool(&j, "commercial", v->commercial);
    jz_json_put_text(&j, "content_class", v->content_class);
    jz_json_put_text(&j, "provider", v->provider);
    jz_json_put_text(&j, "ref", v->requester);
    jz_json_put_i64(&j, "subjects", (int64_t)v->subjects);
    jz_json_put_text(&j, "visibility", v->visibility);
    jz_json_end_object(&j);
    jz_json_end_object(&j);
}

typedef struct verdict {
    jz_gate_decision decision;
    char *rule; /* 64 bytes */
} verdict;

/* The strictest effect decides; of equal ones, the first. */
static jz_status weigh(void *user, const jz_rules_effect *e, jz_err *err)
{
    verdict *v = user;
    const bool deny = strcmp(e->verb, "deny") == 0;
    const bool review = strcmp(e->verb, "queue") == 0 || strcmp(e->verb, "quarantine") == 0;
    (void)err;
    if (!deny && (!review || v->decision != 0))
        return JZ_OK;
    if (v->decision == JZ_GATE_DENY)
        return JZ_OK;
    v->decision = deny ? JZ_GATE_DENY : JZ_GATE_NEEDS_REVIEW;
    memcpy(v->rule, e->rule, strlen(e->rule) + 1); /* compiled: shorter than 64 */
    return JZ_OK;
}

static jz_status judge(void *user, const jz_gate_view *view, jz_gate_decision *decision,
                       char rule[64], jz_err *err)
{
    jz_govern *g = user;
    JZ_BUF_AUTO inputs = { 0 };
    verdict v = { .rule = rule };
    const jz_rules *live = NULL;
    JZ_TRY(jz_rules_current(g, JZ_RULES_LIVE, &live, err));
    if (live == NULL)
        return JZ_OK;
    put_request(g, view, &inputs);
    JZ_TRY(jz_buf_check(&inputs, err));
    JZ_TRY(jz_rules_eval(live, (jz_bytes){ (const uint8_t *)inputs.ptr, inputs.len }, weigh, &v,
                         NULL, err));
    if (v.decision != 0)
        *decision = v.decision;
    return JZ_OK;
}

void jz_rules_attach_gate(jz_govern *g)
{
    jz_gate_set_rules(g, judge, g);
}
