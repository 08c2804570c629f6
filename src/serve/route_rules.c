/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: sets, trying them out, decisions by the live set, and why. */
#include "serve/routes.h"

#include <jz/rules.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/rd.h"

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
    jz_json_put_u64(j, "decisions", row->decisions);
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

jz_status jz_route_rules_source(jz_api_call *c, jz_err *err)
{
    char *json = NULL;
    JZ_TRY(jz_rules_source(c->api->g, c->param[0], &json, err));
    jz_buf_puts(&c->reply->body, json);
    jz_govern_free(json);
    return JZ_OK;
}

/* ---- trying out, keeping ---- */

#define NAME "rules" /* of a set in messages: "rules:LINE:COLUMN: ..." */
#define FAULTS 50

typedef struct sent_list {
    char path[JZ_GOVERN_NAME_MAX], text[JZ_ROUTE_RULES_LIST];
} sent_list;

typedef struct sent_rules { /* 3 MB: on the heap */
    char text[JZ_RULES_SOURCE_MAX], cases[JZ_RULES_SOURCE_MAX];
    sent_list list[JZ_RULES_LISTS];
    size_t lists;
    bool backtest;
    int64_t since;
} sent_rules;

static const jz_field list_fields[] = {
    { .key = "path",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_list, path),
      .size = JZ_GOVERN_NAME_MAX },
    { .key = "text",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = offsetof(sent_list, text),
      .size = JZ_ROUTE_RULES_LIST },
    { 0 },
};
const jz_field jz_rules_text_fields[] = {
    { .key = "text",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_rules, text),
      .size = JZ_RULES_SOURCE_MAX },
    { .key = "lists",
      .kind = JZ_FIELD_OBJECTS,
      .optional = true,
      .at = offsetof(sent_rules, list),
      .size = sizeof(sent_list),
      .max = JZ_RULES_LISTS,
      .count = offsetof(sent_rules, lists),
      .sub = list_fields },
    { .key = "cases",
      .kind = JZ_FIELD_TEXT,
      .optional = true,
      .at = offsetof(sent_rules, cases),
      .size = JZ_RULES_SOURCE_MAX },
    { .key = "backtest",
      .kind = JZ_FIELD_BOOL,
      .optional = true,
      .at = offsetof(sent_rules, backtest) },
    { .key = "since",
      .kind = JZ_FIELD_INT,
      .optional = true,
      .at = offsetof(sent_rules, since),
      .max = (int64_t)JZ_API_TIME_MAX_S },
    { 0 },
};

static jz_status compile(const sent_rules *s, jz_rules **out, jz_err *err)
{
    jz_rules_file file[JZ_RULES_LISTS];
    for (size_t i = 0; i < s->lists; i++)
        file[i] = (jz_rules_file){ s->list[i].path, jz_bytes_of_text(s->list[i].text) };
    return jz_rules_compile(NAME, jz_bytes_of_text(s->text), file, s->lists, out, err);
}

/* "12:" at the beginning; what comes behind it, NULL where that is not there. */
static const char *take_number(const char *text, uint64_t *out)
{
    const size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 9 || text[digits] != ':')
        return NULL;
    *out = 0;
    for (size_t i = 0; i < digits; i++)
        *out = *out * 10 + (uint64_t)(text[i] - '0');
    return text + digits + 1;
}

/* Where it is wrong, for a page that puts the cursor there. */
static void put_wrong(jz_json *j, const jz_err *e)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    uint64_t line = 0, column = 0;
    const char *at = strstr(jz_err_text(e, text, sizeof text), NAME ":");
    at = at != NULL ? take_number(at + sizeof NAME, &line) : NULL;
    at = at != NULL ? take_number(at, &column) : NULL;
    jz_json_put_bool(j, "ok", false);
    if (at != NULL) {
        jz_json_put_u64(j, "line", line);
        jz_json_put_u64(j, "column", column);
    }
    jz_json_put_str(j, "error", at != NULL ? at + strspn(at, " ") : text);
}

static void put_right(jz_json *j, const jz_rules *r)
{
    jz_rules_info info;
    jz_rules_info_of(r, &info);
    jz_json_put_bool(j, "ok", true);
    jz_json_put_str(j, "sha256", info.sha256);
    jz_json_put_str(j, "name", info.name);
    jz_json_put_u64(j, "rules", info.rules);
    jz_json_put_u64(j, "lists", info.lists);
    jz_json_put_u64(j, "cost", info.cost);
    jz_json_key(j, "warnings");
    jz_json_begin_array(j);
    for (size_t i = 0; jz_rules_warning(r, i) != NULL; i++)
        jz_json_str(j, jz_rules_warning(r, i));
    jz_json_end_array(j);
}

typedef struct fault_writer {
    jz_json *j;
    size_t n;
} fault_writer;

static void put_fault(void *user, uint64_t line, const char *name, const char *what)
{
    fault_writer *w = user;
    if (w->n++ >= FAULTS)
        return;
    jz_json_begin_object(w->j);
    jz_json_put_u64(w->j, "line", line);
    jz_json_put_str(w->j, "name", name);
    jz_json_put_str(w->j, "what", what);
    jz_json_end_object(w->j);
}

static void put_tests(jz_json *j, const jz_rules *r, const char *cases)
{
    jz_rules_tests n = { 0 };
    jz_err told = { 0 };
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    fault_writer w = { j, 0 };
    jz_json_key(j, "tests");
    jz_json_begin_object(j);
    jz_json_key(j, "faults");
    jz_json_begin_array(j);
    const jz_status st = jz_rules_test(r, jz_bytes_of_text(cases), put_fault, &w, &n, &told);
    jz_json_end_array(j);
    jz_json_put_u64(j, "cases", n.cases);
    jz_json_put_u64(j, "failed", n.failed);
    jz_json_put_str(j, "error", st != JZ_OK ? jz_err_text(&told, text, sizeof text) : NULL);
    jz_json_end_object(j);
}

static jz_status put_tried(jz_api_call *c, const sent_rules *s, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_auto(jz_rules) *r = NULL;
    jz_err told = { 0 };
    jz_json_begin_object(&j);
    if (compile(s, &r, &told) != JZ_OK) {
        put_wrong(&j, &told);
        jz_json_end_object(&j);
        return JZ_OK;
    }
    put_right(&j, r);
    if (s->cases[0] != '\0')
        put_tests(&j, r, s->cases);
    if (s->backtest) {
        char *json = NULL;
        JZ_TRY(jz_rules_backtest(c->api->g, r, s->since * 1000000, &json, err));
        jz_json_key(&j, "backtest");
        jz_json_raw(&j, json, strlen(json));
        jz_govern_free(json);
    }
    jz_json_end_object(&j);
    return JZ_OK;
}

static jz_status keep(jz_api_call *c, const sent_rules *s, jz_err *err)
{
    char by[80];
    jz_rules_info info;
    jz_auto(jz_rules) *r = NULL;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(compile(s, &r, err));
    JZ_TRY(jz_rules_add(c->api->g, r, jz_api_actor(c, by, sizeof by), err));
    jz_rules_info_of(r, &info);
    c->reply->status = 201;
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "sha256", info.sha256);
    jz_json_end_object(&j);
    return JZ_OK;
}

static jz_status with_text(jz_api_call *c,
                           jz_status (*work)(jz_api_call *, const sent_rules *, jz_err *),
                           jz_err *err)
{
    sent_rules *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = jz_api_body_read(c, s, sizeof *s, err);
    if (st == JZ_OK)
        st = work(c, s, err);
    jz_free(s);
    return st;
}

jz_status jz_route_rules_check(jz_api_call *c, jz_err *err)
{
    return with_text(c, put_tried, err);
}

jz_status jz_route_rules_new(jz_api_call *c, jz_err *err)
{
    return with_text(c, keep, err);
}

typedef struct sent_rules_act {
    int act;
} sent_rules_act;

static const char *const act_words[] = { "shadow", "live", NULL };
const jz_field jz_rules_act_fields[] = {
    { .key = "act",
      .kind = JZ_FIELD_WORD,
      .at = offsetof(sent_rules_act, act),
      .words = act_words },
    { 0 },
};

jz_status jz_route_rules_act(jz_api_call *c, jz_err *err)
{
    char by[80];
    bool live = false;
    sent_rules_act s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    (void)jz_api_actor(c, by, sizeof by);
    if (s.act == 1)
        JZ_TRY(jz_rules_shadow(c->api->g, c->param[0], by, err));
    else
        JZ_TRY(jz_rules_approve(c->api->g, c->param[0], by, &live, err));
    jz_api_say_done(c, s.act == 1 ? "shadow" : live ? "live" : "approved");
    return JZ_OK;
}

/* ---- decisions ---- */

jz_status jz_route_rules_decide(jz_api_call *c, jz_err *err)
{
    char id[JZ_RULES_ID_SIZE], by[80];
    char *decision = NULL;
    const jz_rules_question q = { .inputs = c->request->body,
                                  .by = jz_api_actor(c, by, sizeof by) };
    JZ_TRY(jz_rules_decide(c->api->g, &q, id, &decision, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "id", id);
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
