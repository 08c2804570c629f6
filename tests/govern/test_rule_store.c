/* SPDX-License-Identifier: Apache-2.0 */
/* Rule sets on their way to live, decisions and their replay, the gate. */
#include "govern_fixture.h"

#include <jz/rules.h>

#include "govern/governs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static jz_bytes bytes_of(const char *text)
{
    return (jz_bytes){ (const uint8_t *)text, strlen(text) };
}

#define RULE(name, when, then)                                                                     \
    "rule " name " { when " when "; then " then "; policy \"1\"; severity low; mode live; } "
#define FIRST "ruleset \"first\" { list w = @w; " RULE("r", "any_of(text, w)", "warn(account)") "}"
#define SECOND                                                                                     \
    "ruleset \"second\" { " RULE("r", "item.quality > 5", "warn(account)")                         \
        RULE("s", "true", "notice(account, \"n\")") "}"

static void added(fixture *f, const char *text, const char *by, char sha256[JZ_RULES_SHA256_SIZE])
{
    const jz_rules_file file = { "w", bytes_of("alpha\n") };
    jz_rules *r = NULL;
    jz_rules_info info;
    assert_int_equal(jz_rules_compile("t", bytes_of(text), &file, 1, &r, NULL), JZ_OK);
    assert_int_equal(jz_rules_add(f->g, r, by, NULL), JZ_OK);
    assert_int_equal(jz_rules_add(f->g, r, by, NULL), JZ_E_EXISTS);
    jz_rules_info_of(r, &info);
    memcpy(sha256, info.sha256, JZ_RULES_SHA256_SIZE);
    jz_rules_free(r);
}

static void go_live(fixture *f, const char *sha256)
{
    bool live = true;
    assert_int_equal(jz_rules_approve(f->g, sha256, "one", &live, NULL), JZ_OK);
    assert_false(live);
    assert_int_equal(jz_rules_approve(f->g, sha256, "two", &live, NULL), JZ_OK);
    assert_true(live);
}

static jz_status note_state(void *user, const jz_rules_row *row, jz_err *err)
{
    char *out = user;
    (void)err;
    (void)snprintf(out + strlen(out), 64, "%s %s %s %u;", row->name,
                   jz_rules_state_name(row->state), row->approved_by, (unsigned)row->decisions);
    return JZ_OK;
}

static void assert_states(fixture *f, const char *wanted)
{
    char text[512] = "";
    assert_int_equal(jz_rules_list(f->g, note_state, text, NULL), JZ_OK);
    assert_string_equal(text, wanted);
}

static void test_set_goes_live_by_two_persons(void **state)
{
    fixture *f = fixture_of(state);
    char a[JZ_RULES_SHA256_SIZE], b[JZ_RULES_SHA256_SIZE];
    char id[JZ_RULES_ID_SIZE];
    bool live = false;
    const jz_rules_question q = { .inputs = bytes_of("{\"at\":1}"), .by = "tester" };
    added(f, FIRST, "one", a);
    assert_int_equal(jz_rules_decide(f->g, &q, id, NULL, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_rules_approve(f->g, a, "one", &live, NULL), JZ_OK);
    assert_states(f, "first draft one 0;");
    assert_int_equal(jz_rules_approve(f->g, a, "one", &live, NULL), JZ_E_EXISTS);
    assert_states(f, "first draft one 0;");
    assert_int_equal(jz_rules_approve(f->g, a, "two", &live, NULL), JZ_OK);
    assert_states(f, "first live  0;");
    assert_int_equal(jz_rules_approve(f->g, a, "three", &live, NULL), JZ_E_EXISTS);
    assert_int_equal(jz_rules_shadow(f->g, a, "one", NULL), JZ_E_INVAL);
    added(f, SECOND, "one", b);
    assert_int_equal(jz_rules_shadow(f->g, b, "one", NULL), JZ_OK);
    assert_states(f, "first live  0;second shadow  0;");
    go_live(f, b);
    assert_states(f, "first retired  0;second live  0;");
    assert_int_equal(jz_rules_shadow(f->g, a, "one", NULL), JZ_OK);
    assert_states(f, "first shadow  0;second live  0;");
    assert_int_equal(jz_rules_approve(f->g, "0123456", "two", &live, NULL), JZ_E_INVAL);
    assert_int_equal(jz_rules_approve(f->g, "01234567", "two", &live, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_rules_approve(f->g, "' OR 1=1", "two", &live, NULL), JZ_E_INVAL);
}

typedef struct decided {
    char id[JZ_RULES_ID_SIZE];
} decided;

static decided decide(fixture *f, const char *inputs)
{
    decided d;
    const jz_rules_question q = { .inputs = bytes_of(inputs), .by = "tester" };
    assert_int_equal(jz_rules_decide(f->g, &q, d.id, NULL, NULL), JZ_OK);
    return d;
}

static void test_decision_comes_out_the_same_again(void **state)
{
    fixture *f = fixture_of(state);
    char a[JZ_RULES_SHA256_SIZE], b[JZ_RULES_SHA256_SIZE];
    char *json = NULL;
    bool same = false;
    added(f, FIRST, "one", a);
    go_live(f, a);
    added(f, SECOND, "one", b);
    assert_int_equal(jz_rules_shadow(f->g, b, "one", NULL), JZ_OK);
    const decided d = decide(f, "{\"text\":\"alpha\",\"at\":1}");
    go_live(f, b); /* years later, other rules are live */
    assert_int_equal(jz_rules_explain(f->g, d.id, &same, &json, NULL), JZ_OK);
    assert_true(same);
    assert_non_null(strstr(json, "\"fired\":[{\"policy\":\"1\",\"rule\":\"r\""));
    assert_non_null(strstr(json, "\"inputs\":{\"at\":1,\"text\":\"alpha\"}"));
    assert_non_null(strstr(json, "\"shadow\":{\"effects\":[{\"args\":[\"account\",\"n\"]"));
    jz_govern_free(json);
    json = NULL;
    assert_int_equal(jz_rules_explain(f->g, "0", &same, &json, NULL), JZ_E_NOTFOUND);
    /* What was changed in the database does not pass. */
    assert_int_equal(jz_store_exec(f->g->store,
                                   "UPDATE rules_decision SET inputs = '{\"at\":1,\"text\":\"b\"}'",
                                   NULL),
                     JZ_OK);
    assert_int_equal(jz_rules_explain(f->g, d.id, &same, &json, NULL), JZ_OK);
    assert_false(same);
    jz_govern_free(json);
    json = NULL;
    assert_int_equal(jz_store_exec(f->g->store, "UPDATE rules_list SET body = 'beta'", NULL),
                     JZ_OK);
    assert_int_equal(jz_rules_explain(f->g, d.id, &same, &json, NULL), JZ_E_CORRUPT);
    assert_null(json);
}

static void test_backtest_counts_more_and_fewer(void **state)
{
    fixture *f = fixture_of(state);
    char a[JZ_RULES_SHA256_SIZE];
    char *json = NULL;
    jz_rules *tried = NULL;
    added(f, FIRST, "one", a);
    go_live(f, a);
    (void)decide(f, "{\"at\":1,\"text\":\"alpha\",\"item\":{\"quality\":9}}");
    const decided fewer = decide(f, "{\"at\":1,\"text\":\"alpha\",\"item\":{\"quality\":1}}");
    at(f, T0 + DAY);
    (void)decide(f, "{\"at\":1,\"text\":\"b\",\"item\":{\"quality\":9}}");
    const jz_rules_file none = { 0 };
    assert_int_equal(
        jz_rules_compile(
            "t", bytes_of("ruleset \"x\" { " RULE("r", "item.quality > 5", "warn(account)") "}"),
            &none, 0, &tried, NULL),
        JZ_OK);
    assert_int_equal(jz_rules_backtest(f->g, tried, 0, &json, NULL), JZ_OK);
    assert_non_null(strstr(json, "{\"decisions\":3,\"rules\":[{\"fewer\":1,\"more\":1,\"rule\":"
                                 "\"r\",\"sample\":[\""));
    assert_non_null(strstr(json, fewer.id));
    assert_non_null(strstr(json, "\"same\":1}"));
    jz_govern_free(json);
    assert_int_equal(jz_rules_backtest(f->g, tried, (T0 + DAY) * 1000000, &json, NULL), JZ_OK);
    assert_non_null(strstr(json, "\"decisions\":1,\"rules\":[{\"fewer\":0,\"more\":1"));
    jz_govern_free(json);
    jz_rules_free(tried);
}

static void test_gate_asks_the_live_set_last(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    char a[JZ_RULES_SHA256_SIZE];
    granted(f, &(record_opts){ 0 }, &t);
    jz_rules_attach_gate(f->g);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_PERMIT, NULL);
    added(f,
          "ruleset \"g\" { " RULE("look", "purpose == \"film\"", "queue(\"q\", 1)")
              RULE("no", "request.ref == \"user-2\" && at > account.created + P1D", "warn(account)")
                  RULE("stop",
                       "request.ref == \"user-3\" && request.subjects "
                       "== 1",
                       "deny(\"E_STOP\")") "}",
          "one", a);
    go_live(f, a);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_NEEDS_REVIEW, "E_RULE:look");
    assert_decision(f, t.id, "user-1", "user-3", JZ_GATE_DENY, "E_RULE:stop");
    /* Nothing overrides what stands before: here, no consent. */
    assert_decision(f, NULL, NULL, NULL, JZ_GATE_NEEDS_CONSENT, "E_NO_CONSENT");
}

static jz_status count_kind(void *user, const jz_govern_event *e, jz_err *err)
{
    unsigned *n = user;
    (void)err;
    n[strcmp(e->kind, "rules-draft") == 0      ? 0
      : strcmp(e->kind, "rules-approved") == 0 ? 1
      : strcmp(e->kind, "rules-live") == 0     ? 2
                                               : 3]++;
    return JZ_OK;
}

static void test_every_step_is_an_event(void **state)
{
    fixture *f = fixture_of(state);
    char a[JZ_RULES_SHA256_SIZE];
    unsigned n[4] = { 0 };
    added(f, FIRST, "one", a);
    go_live(f, a);
    const decided d = decide(f, "{\"at\":1,\"text\":\"alpha\"}");
    assert_int_equal(jz_govern_events(f->g, a, count_kind, n, NULL), JZ_OK);
    assert_int_equal(n[0], 1);
    assert_int_equal(n[1], 1);
    assert_int_equal(n[2], 1);
    assert_int_equal(n[3], 0);
    assert_int_equal(jz_govern_events(f->g, d.id, count_kind, n, NULL), JZ_OK);
    assert_int_equal(n[3], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_set_goes_live_by_two_persons, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_decision_comes_out_the_same_again, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_backtest_counts_more_and_fewer, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_gate_asks_the_live_set_last, make_fixture,
                                        drop_fixture),
        cmocka_unit_test_setup_teardown(test_every_step_is_an_event, make_fixture, drop_fixture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
