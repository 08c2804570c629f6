/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: the order of its checks, that hard denials cannot be overridden, tokens that are good
 * once and for one thing, and the report that ties an output to its consent. */
#include "govern_fixture.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/json.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OTHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static uint8_t medium[1][32];

static const char *grant(fixture *f, jz_consent_ticket *t)
{
    const record_opts o = { .owner = f };
    granted(f, &o, t);
    return t->id;
}

/* ---- the checks ---- */

static void test_each_check_has_its_reason(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    const char *id = grant(f, &t);
    static const struct {
        const char *replace, *with;
        jz_gate_decision decision;
        const char *reason;
    } rows[] = {
        { NULL, NULL, JZ_GATE_PERMIT, NULL },
        { "\"standing\":\"ok\"", "\"standing\":\"suspended\"", JZ_GATE_DENY, "E_SUSPENDED" },
        { "\"standing\":\"ok\"", "\"standing\":\"limited\"", JZ_GATE_NEEDS_REVIEW, "E_LIMITED" },
        { "_verified\":true", "_verified\":false", JZ_GATE_DENY, "E_UNVERIFIED" },
        { "\"apparent_minor\":\"no\"", "\"apparent_minor\":\"yes\"", JZ_GATE_DENY, "E_MINOR" },
        { "\"apparent_minor\":\"no\"", "\"apparent_minor\":\"unsure\"", JZ_GATE_NEEDS_REVIEW,
          "E_MINOR" },
        { "\"content_class\":\"general\"", "\"content_class\":\"intimate\"", JZ_GATE_DENY,
          "E_INTIMATE" },
        { "\"content_class\":\"general\"", "\"content_class\":\"id-verification\"", JZ_GATE_DENY,
          "E_VERIFY_BYPASS" },
        { "\"content_class\":\"general\"", "\"content_class\":\"political-endorsement\"",
          JZ_GATE_DENY, "E_SCOPE_CONTENT" },
        { "\"operation\":\"face_swap\"", "\"operation\":\"avatar\"", JZ_GATE_DENY,
          "E_SCOPE_OPERATION" },
        { "\"purpose\":\"film\"", "\"purpose\":\"ad\"", JZ_GATE_DENY, "E_SCOPE_PURPOSE" },
        { "\"role\":\"source\"", "\"role\":\"target\"", JZ_GATE_DENY, "E_SCOPE_ROLE" },
        { MEDIUM, OTHER, JZ_GATE_DENY, "E_SCOPE_MEDIA" },
        { "\"visibility\":\"group\"", "\"visibility\":\"public\"", JZ_GATE_DENY,
          "E_SCOPE_VISIBILITY" },
        { "\"visibility\":\"group\"", "\"visibility\":\"private\"", JZ_GATE_PERMIT, NULL },
        { "\"commercial\":false", "\"commercial\":true", JZ_GATE_DENY, "E_SCOPE_COMMERCIAL" },
        { "[\"CN\"]", "[\"CN\",\"HK\"]", JZ_GATE_DENY, "E_SCOPE_TERRITORY" },
        { "[\"CN\"]", "[\"C\"]", JZ_GATE_DENY, "E_SCOPE_TERRITORY" },
        { "\"explicit\":true", "\"explicit\":false", JZ_GATE_DENY, "E_NO_LABEL" },
        { "\"implicit\":true", "\"implicit\":false", JZ_GATE_DENY, "E_NO_LABEL" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        assert_decision(f, id, rows[i].replace, rows[i].with, rows[i].decision, rows[i].reason);
        at(f, T0 + 1000 * (int64_t)(i + 1)); /* a token that was not used is over */
    }
    assert_decision(f, NULL, NULL, NULL, JZ_GATE_NEEDS_CONSENT, "E_NO_CONSENT");
    assert_decision(f, OTHER, NULL, NULL, JZ_GATE_NEEDS_CONSENT, "E_NO_CONSENT");
    assert_decision(f, "' OR 1=1 --", NULL, NULL, JZ_GATE_NEEDS_CONSENT, "E_NO_CONSENT");
}

static void test_the_first_check_that_hits_decides(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    const char *id = grant(f, &t);
    JZ_BUF_AUTO text = { 0 };
    jz_gate_answer a;
    /* Suspended, and intimate, and without consent: only the first is told. */
    request_text("first", NULL,
                 "\"standing\":\"ok\"},\"operation\":\"face_swap\","
                 "\"purpose\":\"film\",\"content_class\":\"general\"",
                 "\"standing\":\"suspended\"},\"operation\":\"face_swap\","
                 "\"purpose\":\"film\",\"content_class\":\"intimate\"",
                 &text);
    assert_int_equal(ask(f, &text, &a), JZ_OK);
    assert_non_null(strstr(a.json, "\"reasons\":[\"E_SUSPENDED\"]"));
    jz_gate_answers_done(&a, 1);
    /* A hard denial stands before a missing consent. */
    assert_decision(f, NULL, "\"content_class\":\"general\"", "\"content_class\":\"intimate\"",
                    JZ_GATE_DENY, "E_INTIMATE");
    assert_decision(f, id, "\"content_class\":\"general\"", "\"content_class\":\"intimate\"",
                    JZ_GATE_DENY, "E_INTIMATE");
}

static void test_only_a_filed_provider_is_answered(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    const char *id = grant(f, &t);
    JZ_BUF_AUTO text = { 0 };
    jz_gate_answer a;
    request_text("unfiled", id, NULL, NULL, &text);
    const jz_bytes json = { (const uint8_t *)text.ptr, text.len };
    assert_int_equal(jz_gate_check(f->g, &f->gate, "nobody", &json, 1, &a, NULL), JZ_OK);
    assert_non_null(strstr(a.json, "E_UNFILED"));
    jz_gate_answers_done(&a, 1);
    assert_decision(f, id, NULL, NULL, JZ_GATE_PERMIT, NULL);
    assert_int_equal(jz_filing_end(f->g, FILING, "deregistered", "tester", NULL), JZ_OK);
    assert_decision(f, id, NULL, NULL, JZ_GATE_DENY, "E_UNFILED");
    /* A consent to one provider is none to another, and does not show that it is there. */
    assert_int_equal(jz_gate_set_provider(f->g, "provider-2", FILING, "tester", NULL), JZ_OK);
    assert_decision(f, id, NULL, NULL, JZ_GATE_DENY, "E_UNFILED");
}

static void test_a_consent_is_one_providers(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    const char *id = grant(f, &t);
    JZ_BUF_AUTO text = { 0 };
    jz_gate_answer a;
    assert_int_equal(jz_gate_set_provider(f->g, "provider-2", FILING, "tester", NULL), JZ_OK);
    request_text("foreign", id, NULL, NULL, &text);
    const jz_bytes json = { (const uint8_t *)text.ptr, text.len };
    assert_int_equal(jz_gate_check(f->g, &f->gate, "provider-2", &json, 1, &a, NULL), JZ_OK);
    assert_int_equal(a.decision, JZ_GATE_NEEDS_CONSENT);
    jz_gate_answers_done(&a, 1);
}

static void test_what_is_blocked_is_denied(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    const char *id = grant(f, &t);
    jz_gate_block media = { .order = true, .sha256 = medium[0], .document = "(2026) 1" };
    jz_gate_block person = { .ref = "person-ref" };
    assert_int_equal(jz_gate_set_block(f->g, &person, true, "tester", NULL), JZ_OK);
    assert_decision(f, id, NULL, NULL, JZ_GATE_DENY, "E_NO_SYNTH");
    assert_int_equal(jz_gate_set_block(f->g, &media, true, "tester", NULL), JZ_OK);
    assert_int_equal(jz_gate_set_block(f->g, &media, true, "tester", NULL), JZ_E_EXISTS);
    assert_decision(f, id, NULL, NULL, JZ_GATE_DENY, "E_ORDER");
    assert_decision(f, NULL, NULL, NULL, JZ_GATE_DENY, "E_ORDER");
    assert_int_equal(jz_gate_set_block(f->g, &media, false, "tester", NULL), JZ_OK);
    assert_int_equal(jz_gate_set_block(f->g, &media, false, "tester", NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_gate_set_block(f->g, &person, false, "tester", NULL), JZ_OK);
    assert_decision(f, id, NULL, NULL, JZ_GATE_PERMIT, NULL);
    media.document = NULL;
    assert_int_equal(jz_gate_set_block(f->g, &media, true, "tester", NULL), JZ_E_INVAL);
}

static jz_status rules_permit(void *user, const jz_gate_view *v, jz_gate_decision *d, char rule[64],
                              jz_err *err)
{
    (void)v;
    (void)err;
    (void)rule;
    ++*(unsigned *)user;
    *d = JZ_GATE_PERMIT;
    return JZ_OK;
}

static jz_status rules_deny(void *user, const jz_gate_view *v, jz_gate_decision *d, char rule[64],
                            jz_err *err)
{
    (void)user;
    (void)err;
    assert_string_equal(v->operation, "face_swap");
    *d = JZ_GATE_DENY;
    (void)snprintf(rule, 64, "cn-1");
    return JZ_OK;
}

static void test_rules_can_only_be_stricter(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    const char *id = grant(f, &t);
    unsigned called = 0;
    jz_gate_set_rules(f->g, rules_permit, &called);
    assert_decision(f, id, "\"content_class\":\"general\"", "\"content_class\":\"intimate\"",
                    JZ_GATE_DENY, "E_INTIMATE");
    assert_decision(f, NULL, NULL, NULL, JZ_GATE_NEEDS_CONSENT, "E_NO_CONSENT");
    assert_int_equal(called, 0); /* they are not even asked */
    assert_decision(f, id, NULL, NULL, JZ_GATE_PERMIT, NULL);
    assert_int_equal(called, 1);
    jz_gate_set_rules(f->g, rules_deny, NULL);
    assert_decision(f, id, NULL, NULL, JZ_GATE_DENY, "E_RULE:cn-1");
}

static void test_a_label_names_the_filed_provider(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    const char *id = grant(f, &t);
    static const char with[] = "\"implicit\":true,\"producer\":\"0011" CREDIT "10000\"";
    static const char another[] = "\"implicit\":true,\"producer\":\"001191330106MA0000001610000\"";
    assert_decision(f, id, "\"implicit\":true", with, JZ_GATE_DENY, "E_LABEL_PRODUCER");
    assert_int_equal(jz_filing_bind(f->g, "某公司", CREDIT, "tester", NULL), JZ_OK);
    assert_decision(f, id, "\"implicit\":true", with, JZ_GATE_PERMIT, NULL);
    assert_decision(f, id, "\"implicit\":true", another, JZ_GATE_DENY, "E_LABEL_PRODUCER");
    assert_decision(f, id, "\"implicit\":true", "\"implicit\":true,\"producer\":\"nonsense\"",
                    JZ_GATE_DENY, "E_LABEL_PRODUCER");
}

/* ---- requests ---- */

static void test_what_is_no_request_is_not_recorded(void **state)
{
    fixture *f = fixture_of(state);
    JZ_BUF_AUTO good = { 0 };
    jz_gate_answer a[3];
    request_text("batch", NULL, NULL, NULL, &good);
    const jz_bytes json[] = { { (const uint8_t *)"{}", 2 },
                              { (const uint8_t *)good.ptr, good.len },
                              { (const uint8_t *)"", 0 } };
    assert_int_equal(jz_gate_check(f->g, &f->gate, "provider-1", json, 3, a, NULL), JZ_OK);
    assert_int_equal(a[0].status, JZ_E_CORRUPT);
    assert_int_equal(a[1].status, JZ_OK);
    assert_int_equal(a[2].status, JZ_E_TRUNCATED);
    assert_null(a[0].json);
    jz_gate_answers_done(a, 3);
    assert_int_equal(jz_gate_check(f->g, &f->gate, "provider-1", json, 0, a, NULL), JZ_E_LIMIT);
}

static void test_a_repeated_request_gets_the_same_answer(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    const char *id = grant(f, &t);
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO other = { 0 };
    jz_gate_answer a;
    jz_gate_answer b;
    request_text("same", id, NULL, NULL, &text);
    request_text("same", id, "user-1", "user-2", &other);
    assert_int_equal(ask(f, &text, &a), JZ_OK);
    at(f, T0 + 5);
    assert_int_equal(ask(f, &text, &b), JZ_OK);
    assert_string_equal(a.json, b.json);
    jz_gate_answers_done(&b, 1);
    assert_int_equal(ask(f, &other, &b), JZ_E_MISMATCH);
    jz_gate_answers_done(&a, 1);
}

/* ---- tokens ---- */

static jz_status redeem(fixture *f, const jz_buf *token, const char *purpose,
                        char id[JZ_GATE_ID_SIZE])
{
    const jz_gate_use use = {
        .operation = "face_swap", .purpose = purpose, .media = (const uint8_t(*)[32])medium, .n = 1
    };
    return jz_gate_redeem(f->g, &f->gate.pub, (jz_bytes){ (const uint8_t *)token->ptr, token->len },
                          &use, "worker", id, NULL);
}

static void permit(fixture *f, const char *request, const char *consent, jz_buf *token)
{
    JZ_BUF_AUTO text = { 0 };
    jz_gate_answer a;
    request_text(request, consent, NULL, NULL, &text);
    assert_int_equal(ask(f, &text, &a), JZ_OK);
    assert_int_equal(a.decision, JZ_GATE_PERMIT);
    token_of(a.json, token);
    jz_gate_answers_done(&a, 1);
}

static void test_a_token_is_good_once(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    JZ_BUF_AUTO token = { 0 };
    char id[JZ_GATE_ID_SIZE];
    permit(f, "once", grant(f, &t), &token);
    assert_int_equal(redeem(f, &token, "film", id), JZ_OK);
    assert_int_equal(redeem(f, &token, "film", id), JZ_E_EXISTS);
}

static void test_a_token_is_for_one_thing(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    JZ_BUF_AUTO token = { 0 };
    char id[JZ_GATE_ID_SIZE];
    uint8_t more[2][32] = { { 0 } };
    jz_skey other;
    permit(f, "thing", grant(f, &t), &token);
    const jz_bytes bytes = { (const uint8_t *)token.ptr, token.len };
    jz_gate_use use = {
        .operation = "face_swap", .purpose = "film", .media = (const uint8_t(*)[32])more, .n = 1
    };
    const jz_vkey *key = &f->gate.pub;
    assert_int_equal(redeem(f, &token, "ad", id), JZ_E_MISMATCH);
    assert_int_equal(jz_gate_token_check(key, bytes, &use, T0, id, NULL), JZ_E_MISMATCH);
    memcpy(more[0], medium[0], 32);
    use.n = 2;
    assert_int_equal(jz_gate_token_check(key, bytes, &use, T0, id, NULL), JZ_E_MISMATCH);
    memcpy(more[1], medium[0], 32); /* the same twice is the same */
    assert_int_equal(jz_gate_token_check(key, bytes, &use, T0, id, NULL), JZ_OK);
    use.n = 0;
    assert_int_equal(jz_gate_token_check(key, bytes, &use, T0, id, NULL), JZ_E_MISMATCH);
    use.n = 1;
    assert_int_equal(jz_gate_token_check(key, bytes, &use, T0 + 899, id, NULL), JZ_OK);
    assert_int_equal(jz_gate_token_check(key, bytes, &use, T0 + 900, id, NULL), JZ_E_MISMATCH);
    assert_int_equal(jz_skey_new("another", JZ_KEY_ED25519, &other, NULL), JZ_OK);
    assert_int_equal(jz_gate_token_check(&other.pub, bytes, &use, T0, id, NULL), JZ_E_MISMATCH);
    for (size_t i = 0; i < token.len; i++) {
        const char was = token.ptr[i];
        token.ptr[i] = (char)(was ^ 1);
        assert_int_not_equal(jz_gate_token_check(key, bytes, &use, T0, id, NULL), JZ_OK);
        token.ptr[i] = was;
    }
}

static void test_a_token_ends_with_what_it_stands_on(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    jz_consent_ticket u;
    JZ_BUF_AUTO a = { 0 };
    JZ_BUF_AUTO b = { 0 };
    char id[JZ_GATE_ID_SIZE];
    const jz_gate_block order = { .order = true, .sha256 = medium[0], .document = "1" };
    permit(f, "ends-1", grant(f, &t), &a);
    permit(f, "ends-2", grant(f, &u), &b);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_WITHDRAW, 0), JZ_OK);
    assert_int_equal(redeem(f, &a, "film", id), JZ_E_MISMATCH);
    assert_int_equal(jz_gate_set_block(f->g, &order, true, "court", NULL), JZ_OK);
    assert_int_equal(redeem(f, &b, "film", id), JZ_E_MISMATCH);
    assert_int_equal(jz_gate_set_block(f->g, &order, false, "court", NULL), JZ_OK);
    assert_int_equal(jz_filing_end(f->g, FILING, "deregistered", "tester", NULL), JZ_OK);
    assert_int_equal(redeem(f, &b, "film", id), JZ_E_MISMATCH);
}

static void test_no_more_outputs_than_consented_to(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    jz_buf token[3] = { { 0 } };
    char id[JZ_GATE_ID_SIZE];
    grant(f, &t);
    permit(f, "q-0", t.id, &token[0]);
    permit(f, "q-1", t.id, &token[1]);
    permit(f, "q-2", t.id, &token[2]);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_DENY, "E_QUOTA");
    assert_int_equal(redeem(f, &token[0], "film", id), JZ_OK);
    at(f, T0 + 900); /* the other two are over: given back */
    assert_int_equal(redeem(f, &token[1], "film", id), JZ_E_MISMATCH);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_PERMIT, NULL);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_PERMIT, NULL);
    assert_decision(f, t.id, NULL, NULL, JZ_GATE_DENY, "E_QUOTA");
    for (size_t i = 0; i < 3; i++)
        jz_buf_done(&token[i]);
}

/* ---- reports ---- */

static jz_status report(fixture *f, const char *provider, const char *id, const char *producer,
                        const char **finding)
{
    JZ_BUF_AUTO text = { 0 };
    jz_buf_printf(&text,
                  "{\"decision_id\":\"%s\",\"output_sha256\":\"" OTHER "\",\"output_pdq\":null,"
                  "\"label_ids\":[\"label-1\"]%s%s%s}",
                  id, producer != NULL ? ",\"producer\":\"" : "", producer != NULL ? producer : "",
                  producer != NULL ? "\"" : "");
    return jz_gate_report(f->g, provider, (jz_bytes){ (const uint8_t *)text.ptr, text.len },
                          finding, NULL);
}

static void test_a_report_ties_the_output_to_the_consent(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    JZ_BUF_AUTO token = { 0 };
    char id[JZ_GATE_ID_SIZE];
    const char *finding = NULL;
    char *json = NULL;
    permit(f, "report", grant(f, &t), &token);
    const char *line = strchr(token.ptr, '\n') + 1;
    (void)snprintf(id, sizeof id, "%.32s", line);
    assert_int_equal(report(f, "provider-1", id, NULL, &finding), JZ_E_INVAL); /* not used */
    assert_int_equal(redeem(f, &token, "film", id), JZ_OK);
    assert_int_equal(report(f, "provider-2", id, NULL, &finding), JZ_E_NOTFOUND);
    assert_int_equal(report(f, "provider-1", "00000000000000000000000000000000", NULL, &finding),
                     JZ_E_NOTFOUND);
    assert_int_equal(report(f, "provider-1", id, "0011" CREDIT "10000", &finding), JZ_OK);
    assert_non_null(finding); /* nobody has filed under that code */
    assert_int_equal(report(f, "provider-1", id, NULL, &finding), JZ_E_EXISTS);
    assert_int_equal(jz_gate_show(f->g, OTHER, &json, NULL), JZ_OK);
    assert_non_null(strstr(json, t.id));
    assert_non_null(strstr(json, id));
    assert_non_null(strstr(json, "label-1"));
    assert_non_null(strstr(json, "label-finding"));
    jz_govern_free(json);
    assert_int_equal(jz_gate_show(f->g, id, &json, NULL), JZ_OK);
    jz_govern_free(json);
    assert_int_equal(jz_gate_show(f->g, MEDIUM, &json, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_gate_show(f->g, "x", &json, NULL), JZ_E_INVAL);
}

/* ---- memory ---- */

static void test_a_failed_allocation_decides_nothing(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    JZ_BUF_AUTO text = { 0 };
    request_text("oom", grant(f, &t), NULL, NULL, &text);
    const jz_bytes json = { (const uint8_t *)text.ptr, text.len };
    for (unsigned n = 0;; n++) {
        jz_gate_answer a;
        jz_fault_arm(n);
        const jz_status st = jz_gate_check(f->g, &f->gate, "provider-1", &json, 1, &a, NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            assert_int_equal(a.decision, JZ_GATE_PERMIT);
            jz_gate_answers_done(&a, 1);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
        assert_true(n < 100);
    }
}

static int setup(void **state)
{
    memset(medium[0], 0xaa, 32);
    return make_fixture(state);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, drop_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_each_check_has_its_reason),
        T(test_the_first_check_that_hits_decides),
        T(test_only_a_filed_provider_is_answered),
        T(test_a_consent_is_one_providers),
        T(test_what_is_blocked_is_denied),
        T(test_rules_can_only_be_stricter),
        T(test_a_label_names_the_filed_provider),
        T(test_what_is_no_request_is_not_recorded),
        T(test_a_repeated_request_gets_the_same_answer),
        T(test_a_token_is_good_once),
        T(test_a_token_is_for_one_thing),
        T(test_a_token_ends_with_what_it_stands_on),
        T(test_no_more_outputs_than_consented_to),
        T(test_a_report_ties_the_output_to_the_consent),
        T(test_a_failed_allocation_decides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
