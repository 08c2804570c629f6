/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/feedback.h>
#include <jz/measure.h>

#include "govern_fixture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void decide(fixture *f, const char *measures, char id[JZ_DECISION_ID_SIZE])
{
    char json[2048];
    (void)snprintf(json, sizeof json,
                   "{\"ground\":\"illegal\",\"policy\":\"3.2\",\"basis\":\"a law\",\"facts\":\"f\","
                   "\"category\":\"fraud\",\"content_type\":[\"video\"],\"source\":\"voluntary\","
                   "\"automated_detection\":true,\"automated_decision\":\"no\",\"measures\":[%s]}",
                   measures);
    assert_int_equal(
        jz_decide(f->g, (jz_bytes){ (const uint8_t *)json, strlen(json) }, "r1", id, NULL), JZ_OK);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no %s in %s", part, text);
}

static void test_lists_say_what_consent_allows(void **state)
{
    fixture *f = fixture_of(state);
    jz_consent_ticket t;
    jz_gate_answer a;
    JZ_BUF_AUTO request = { 0 };
    JZ_BUF_AUTO token = { 0 };
    JZ_BUF_AUTO report = { 0 };
    char decision[JZ_GATE_ID_SIZE];
    uint8_t medium[1][32];
    const char *finding = NULL;
    char id[JZ_DECISION_ID_SIZE], wanted[160];
    char *text = NULL;
    int64_t version = 0;
    granted(f, &(record_opts){ 0 }, &t);
    request_text("r-1", t.id, NULL, NULL, &request);
    assert_int_equal(ask(f, &request, &a), JZ_OK);
    token_of(a.json, &token);
    jz_gate_answers_done(&a, 1);
    memset(medium, 0xaa, sizeof medium); /* MEDIUM */
    const jz_gate_use use = {
        .operation = "face_swap", .purpose = "film", .media = (const uint8_t(*)[32])medium, .n = 1
    };
    assert_int_equal(jz_gate_redeem(f->g, &f->gate.pub,
                                    (jz_bytes){ (const uint8_t *)token.ptr, token.len }, &use,
                                    "provider-1", decision, NULL),
                     JZ_OK);
    jz_buf_printf(&report,
                  "{\"decision_id\":\"%s\",\"output_sha256\":\"" MEDIUM "\",\"label_ids\":[\"l\"]}",
                  decision);
    assert_int_equal(jz_gate_report(f->g, "provider-1",
                                    (jz_bytes){ (const uint8_t *)report.ptr, report.len }, &finding,
                                    NULL),
                     JZ_OK);
    decide(f, "{\"measure\":\"label\",\"target\":\"sha256:" MEDIUM "\"}", id);
    assert_int_equal(jz_feedback_list(f->g, "m", &version, &text, NULL), JZ_OK);
    (void)snprintf(wanted, sizeof wanted,
                   "\"consent\":{\"consent_id\":\"%s\",\"model_training\":false}", t.id);
    assert_has(text, wanted);
    jz_govern_free(text);
}

static void test_lists_have_what_is_new_and_what_was_overturned(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    char other[JZ_DECISION_ID_SIZE];
    char *text = NULL;
    int64_t version = 0;
    assert_int_equal(jz_feedback_list(f->g, "m", &version, &text, NULL), JZ_E_NOTFOUND);
    decide(f,
           "{\"measure\":\"stop_transmit\",\"target\":\"sha256:" MEDIUM "\","
           "\"regions\":[{\"x\":250,\"y\":100,\"w\":300,\"h\":400,\"from_ms\":1000}]},"
           "{\"measure\":\"label\",\"target\":\"sha256:" MEDIUM "\"}",
           id);
    assert_int_equal(jz_feedback_list(f->g, "m", &version, &text, NULL), JZ_OK);
    assert_int_equal(version, 1);
    assert_has(text, "\"target\":\"sha256:" MEDIUM "\",\"verdict\":\"violating\"}]");
    assert_has(text, "\"consent\":null,");
    assert_has(text, "\"regions\":[{\"from_ms\":1000,\"h\":400,\"w\":300,\"x\":250,\"y\":100}]");
    assert_null(strstr(text, "previous_sha256"));
    jz_govern_free(text);
    assert_int_equal(jz_feedback_list(f->g, "m", &version, &text, NULL), JZ_E_NOTFOUND);
    /* While an appeal is open nothing is told; then that it was not so. */
    decide(f, "{\"measure\":\"disable\",\"target\":\"u\"}", other);
    assert_int_equal(jz_decision_appeal(f->g, id, "t", "p", NULL), JZ_OK);
    assert_int_equal(jz_decision_appeal(f->g, other, "t", "p", NULL), JZ_OK);
    assert_int_equal(jz_feedback_list(f->g, "m", &version, &text, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_decision_review(f->g, id, JZ_APPEAL_OVERTURNED, NULL, "r", "r2", NULL),
                     JZ_OK);
    assert_int_equal(jz_feedback_list(f->g, "m", &version, &text, NULL), JZ_OK);
    assert_int_equal(version, 2);
    assert_has(text, "\"verdict\":\"cleared\"}]");
    assert_has(text, "previous_sha256");
    jz_govern_free(text);
    assert_int_equal(jz_feedback_get(f->g, 1, &text, NULL), JZ_OK);
    assert_has(text, "violating");
    jz_govern_free(text);
    assert_int_equal(jz_feedback_get(f->g, 9, &text, NULL), JZ_E_NOTFOUND);
}

static jz_status put(fixture *f, const char *release, const char *set, int missed, int wrong,
                     int64_t ticket)
{
    char json[512];
    char more[32] = "";
    if (ticket > 0)
        (void)snprintf(more, sizeof more, ",\"ticket\":%" PRId64, ticket);
    (void)snprintf(json, sizeof json,
                   "{\"model\":\"m\",\"release\":\"%s\",\"sha256\":\"" MEDIUM "\",\"frozen_set\":"
                   "\"%s\",\"missed_ppm\":%d,\"false_ppm\":%d%s}",
                   release, set, missed, wrong, more);
    return jz_model_register(f->g, (jz_bytes){ (const uint8_t *)json, strlen(json) }, "m", NULL);
}

typedef struct counted {
    unsigned accepted, refused;
    int64_t before;
} counted;

static jz_status count(void *user, const jz_model_release *r, jz_err *err)
{
    counted *c = user;
    (void)err;
    c->accepted += r->accepted;
    c->refused += !r->accepted;
    c->before = r->before_missed;
    return JZ_OK;
}

static jz_status find(void *user, const jz_measure_info *m, jz_err *err)
{
    jz_measure_info *out = user;
    (void)err;
    *out = *m;
    return JZ_OK;
}

static void test_a_release_that_is_worse_is_refused(void **state)
{
    static const char other_set[] =
        "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    fixture *f = fixture_of(state);
    counted c = { 0 };
    assert_int_equal(put(f, "1", MEDIUM, 50000, 300, 0), JZ_OK);
    assert_int_equal(put(f, "1", MEDIUM, 50000, 300, 0), JZ_E_EXISTS);
    assert_int_equal(put(f, "2", MEDIUM, 40000, 301, 0), JZ_E_INVAL);
    assert_int_equal(put(f, "2", MEDIUM, 50001, 0, 0), JZ_E_INVAL);
    assert_int_equal(put(f, "2", other_set, 1, 1, 0), JZ_E_INVAL);
    assert_int_equal(put(f, "2", MEDIUM, 40000, 300, 0), JZ_OK);
    assert_int_equal(put(f, "3", MEDIUM, 40001, 300, 0), JZ_E_INVAL); /* than the last one */
    assert_int_equal(put(f, "3", MEDIUM, 1000001, 0, 0), JZ_E_CORRUPT);
    assert_int_equal(jz_models_registered(f->g, count, &c, NULL), JZ_OK);
    assert_int_equal(c.accepted, 2);
    assert_int_equal(c.refused, 4);
    assert_int_equal(c.before, 40000);
}

static void test_a_better_release_closes_its_ticket(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    jz_measure_info m = { 0 };
    decide(f, "{\"measure\":\"retrain_ticket\",\"target\":\"m\",\"days\":30}", id);
    assert_int_equal(jz_measures(f->g, id, JZ_MEASURE_ORDERED, find, &m, NULL), JZ_OK);
    assert_int_equal(m.until_us, (T0 + 30 * DAY) * 1000000);
    assert_int_equal(put(f, "1", MEDIUM, 9, 9, m.number + 1), JZ_E_NOTFOUND);
    assert_int_equal(put(f, "1", MEDIUM, 9, 9, m.number), JZ_OK);
    assert_int_equal(jz_measures(f->g, id, JZ_MEASURE_DONE, find, &m, NULL), JZ_OK);
    assert_int_equal(m.kind, JZ_MEASURE_RETRAIN_TICKET);
    assert_int_equal(m.state, JZ_MEASURE_DONE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_lists_say_what_consent_allows),
        T(test_lists_have_what_is_new_and_what_was_overturned),
        T(test_a_release_that_is_worse_is_refused),
        T(test_a_better_release_closes_its_ticket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
