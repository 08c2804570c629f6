/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: decisions by the live set, and why. */
#include "serve/routes.h"

#include <jz/rules.h>

#include <string.h>

static jz_status put_set(void *user, const jz_rules_row *row, jz_err *err)
{
    jz_json *j = user;
    const struct {
        const char *key, *text;
    } texts[] = { { "sha256", row->sha256 },
                  { "name", row->name },
                  { "state", jz_rules_state_name(row->state) },
                  { "added_by", row->added_by },
                  { "approved_by", row->approved_by[0] != '\0' ? row->approved_by : NULL } };
    (void)err;
    jz_json_begin_object(j);
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++) {
        jz_json_key(j, texts[i].key);
        jz_json_str(j, texts[i].text);
    }
    jz_json_key(j, "decisions");
    jz_json_u64(j, row->decisions);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_rules(jz_api_call *c, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "rulesets");
    jz_json_begin_array(&j);
    JZ_TRY(jz_rules_list(c->api->g, put_set, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_rules_decide(jz_api_call *c, jz_err *err)
{
    char id[JZ_RULES_ID_SIZE], by[80];
    char *decision = NULL;
    const jz_rules_question q = { .inputs = c->request->body,
                                  .by = jz_api_actor(c, by, sizeof by) };
    JZ_TRY(jz_rules_decide(c->api->g, &q, id, &decision, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "id");
    jz_json_str(&j, id);
    jz_json_key(&j, "decision");
    jz_json_raw(&j, decision, strlen(decision));
    jz_json_end_object(&j);
    jz_govern_free(decision);
    return JZ_OK;
}

jz_status jz_route_rules_explain(jz_api_call *c, jz_err *err)
{
    bool same = false;
    char *json = NULL;
    JZ_TRY(jz_rules_explain(c->api->g, c->param[0], &same, &json, err));
    jz_buf_puts(&c->reply->body, json);
    jz_govern_free(json);
    return JZ_OK;
}
