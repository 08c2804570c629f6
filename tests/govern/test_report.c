/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/complaint.h>
#include <jz/measure.h>
#include <jz/report.h>

#include "govern_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static jz_bytes bytes_of(const char *text)
{
    return (jz_bytes){ (const uint8_t *)text, strlen(text) };
}

static void decide(fixture *f, const char *ground, const char *category, const char *source,
                   const char *more, char id[JZ_DECISION_ID_SIZE])
{
    char json[4096];
    (void)snprintf(json, sizeof json,
                   "{\"ground\":\"%s\",\"policy\":\"3.2\",\"basis\":\"a law\",\"facts\":\"the "
                   "facts\",\"category\":\"%s\",\"content_type\":[\"video\",\"synthetic-media\"],"
                   "\"source\":\"%s\",\"automated_detection\":true,\"automated_decision\":\"no\","
                   "\"language\":\"zh-CN\"%s}",
                   ground, category, source, more);
    assert_int_equal(jz_decide(f->g, bytes_of(json), "r1", id, NULL), JZ_OK);
}

static void assert_has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no %s in %s", part, text);
}

/* ---- statements ---- */

static void test_a_statement_has_what_the_database_wants(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    char *text = NULL;
    decide(f, "illegal", "intimate-synthetic", "article-16",
           ",\"content_date\":\"2026-09-01\",\"account\":\"a\",\"measures\":["
           "{\"measure\":\"stop_transmit\",\"target\":\"t\"},"
           "{\"measure\":\"label\",\"target\":\"t\"},{\"measure\":\"suspend\",\"days\":30}]",
           id);
    assert_int_equal(jz_report_statement(f->g, id, &text, NULL), JZ_OK);
    assert_has(text, "\"application_date\":\"2026-09-21\"");
    assert_has(text, "\"automated_decision\":\"AUTOMATED_DECISION_NOT_AUTOMATED\"");
    assert_has(text, "\"automated_detection\":\"Yes\"");
    assert_has(text, "\"category\":\"STATEMENT_CATEGORY_CYBER_VIOLENCE\"");
    assert_has(text, "[\"KEYWORD_NON_CONSENSUAL_MATERIAL_DEEPFAKE\"]");
    assert_has(text, "\"content_language\":\"ZH\"");
    assert_has(text, "[\"CONTENT_TYPE_SYNTHETIC_MEDIA\",\"CONTENT_TYPE_VIDEO\"]");
    assert_has(text, "\"decision_account\":\"DECISION_ACCOUNT_SUSPENDED\"");
    assert_has(text, "[\"DECISION_VISIBILITY_CONTENT_DISABLED\","
                     "\"DECISION_VISIBILITY_CONTENT_LABELLED\"]");
    assert_has(text, "\"end_date_account_restriction\":\"2026-10-21\"");
    assert_has(text, "\"illegal_content_legal_ground\":\"a law\"");
    assert_has(text, "\"source_type\":\"SOURCE_ARTICLE_16\"");
    assert_null(strstr(text, "r1")); /* nobody is named */
    assert_int_equal(jz_statement_check(bytes_of(text), NULL), JZ_OK);
    jz_govern_free(text);
}

static void test_steps_of_the_ladder_make_it_partly_automatic(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    char *text = NULL;
    decide(f, "incompatible", "unlabelled", "voluntary",
           ",\"content_date\":\"2026-09-01\",\"account\":\"a\",\"severity\":\"medium\","
           "\"measures\":[{\"measure\":\"label\",\"target\":\"t\"}]",
           id);
    decide(f, "incompatible", "unlabelled", "voluntary",
           ",\"content_date\":\"2026-09-01\",\"account\":\"a\",\"severity\":\"medium\"", id);
    assert_int_equal(jz_report_statement(f->g, id, &text, NULL), JZ_OK);
    assert_has(text, "AUTOMATED_DECISION_PARTIALLY");
    assert_has(text, "DECISION_PROVISION_PARTIAL_SUSPENSION");
    assert_has(text, "\"incompatible_content_ground\":\"3.2\"");
    jz_govern_free(text);
}

static void test_what_the_database_would_refuse_is_not_made(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    char *text = NULL;
    decide(f, "illegal", "fraud", "voluntary", ",\"measures\":[{\"measure\":\"preserve\"}]", id);
    assert_int_equal(jz_report_statement(f->g, id, &text, NULL), JZ_E_INVAL); /* no date */
    decide(f, "illegal", "fraud", "voluntary",
           ",\"content_date\":\"2026-09-01\",\"measures\":[{\"measure\":\"preserve\"}]", id);
    assert_int_equal(jz_report_statement(f->g, id, &text, NULL), JZ_E_INVAL); /* nothing it knows */
    assert_int_equal(jz_report_statement(f->g, "0123", &text, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_statement_check(bytes_of("{}"), NULL), JZ_E_CORRUPT);
    assert_null(text);
}

/* ---- authorities ---- */

static const jz_report_facts usual = { .organization = "某公司",
                                       .contact = "c",
                                       .authority = "某网信办",
                                       .number = "2026-1",
                                       .filing = FILING };

static jz_status approve(void *user, const jz_measure_info *m, jz_err *err)
{
    int64_t *number = user;
    (void)err;
    if (m->kind == JZ_MEASURE_REPORT_AUTHORITY)
        *number = m->number;
    return JZ_OK;
}

static void test_an_authority_is_told_only_what_a_person_has_ordered(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    const char *const list[] = { id };
    char *text = NULL;
    int64_t number = 0;
    decide(f, "illegal", "minor-sexual", "voluntary",
           ",\"account\":\"a-1\",\"group\":\"g-1\",\"severity\":\"critical\",\"measures\":["
           "{\"measure\":\"stop_transmit\",\"target\":\"sha256:" MEDIUM "\"},"
           "{\"measure\":\"disable\",\"target\":\"https://example.org/1\"}]",
           id);
    assert_int_equal(jz_report_authority(f->g, &usual, list, 1, &text, NULL), JZ_E_INVAL);
    assert_int_equal(jz_measures(f->g, id, JZ_MEASURE_PROPOSED, approve, &number, NULL), JZ_OK);
    const jz_measure_deed deed = { .act = JZ_MEASURE_APPROVE, .by = "head" };
    assert_int_equal(jz_measure_do(f->g, number, &deed, NULL), JZ_OK);
    assert_int_equal(jz_report_authority(f->g, &usual, list, 1, &text, NULL), JZ_OK);
    assert_has(text, "\"agencyName\":\"某网信办\"");
    assert_has(text, "\"value\":\"" MEDIUM "\"");
    assert_has(text, "\"locationOfFile\":\"https://example.org/1\"");
    assert_has(text, "\"espIdentifier\":\"a-1\",\"groupIdentifier\":\"g-1\"");
    assert_has(text, "\"name\":\"停止传输\"");
    assert_null(strstr(text, "terminate")); /* proposed alone */
    jz_govern_free(text);
    assert_int_equal(jz_report_proof(f->g, &usual, list, 1, true, &text, NULL), JZ_OK);
    assert_has(text, "电子证明文件");
    assert_has(text, FILING);
    assert_has(text, "无（主动报告）");
    jz_govern_free(text);
    jz_report_facts hostile = usual;
    hostile.organization = "<script>";
    assert_int_equal(jz_report_proof(f->g, &hostile, list, 1, false, &text, NULL), JZ_OK);
    assert_null(strstr(text, "<script>"));
    jz_govern_free(text);
    hostile.number = NULL;
    assert_int_equal(jz_report_proof(f->g, &hostile, list, 1, false, &text, NULL), JZ_E_INVAL);
    assert_int_equal(jz_report_proof(f->g, &usual, list, 0, false, &text, NULL), JZ_E_LIMIT);
}

/* ---- numbers ---- */

static void file_one(fixture *f, const char *reporter, char id[JZ_COMPLAINT_ID_SIZE])
{
    static unsigned number;
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"role\":\"user\",\"category\":\"fraud\",\"jurisdiction\":\"CN\","
                   "\"reporter\":\"%s\",\"items\":[{\"url\":\"u-%u\"}]}",
                   reporter, number++);
    assert_int_equal(jz_complaint_file(f->g, bytes_of(json), "intake", id, NULL, NULL), JZ_OK);
}

static jz_status reject(fixture *f, const char *id)
{
    const jz_complaint_deed d = {
        .act = JZ_COMPLAINT_REJECT, .by = "r1", .reason = "r", .policy = "p", .basis = "b"
    };
    return jz_complaint_do(f->g, id, &d, NULL);
}

static void test_numbers_are_those_of_the_time(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    char decision[JZ_DECISION_ID_SIZE];
    char *text = NULL;
    for (int64_t i = 0; i < 10; i++) {
        at(f, T0);
        file_one(f, "u", id);
        at(f, T0 + 600 * (i + 1));
        assert_int_equal(reject(f, id), JZ_OK);
    }
    at(f, T0 + 60 * DAY);
    file_one(f, "u", id); /* of another time */
    at(f, T0);
    decide(f, "illegal", "fraud", "voluntary",
           ",\"measures\":[{\"measure\":\"label\",\"target\":\"t\"}]", decision);
    assert_int_equal(jz_report_numbers(f->g, T0 * 1000000, (T0 + 30 * DAY) * 1000000, JZ_REPORT_CSV,
                                       &text, NULL),
                     JZ_OK);
    assert_has(text, "\ncomplaints,fraud,rejected,10\n");
    assert_has(text, "\ncomplaints by,user,count,10\n");
    assert_has(text, "\ndecisions,fraud,by persons,1\n");
    assert_has(text, "\nmeasures,label,by persons,1\n");
    assert_has(text, "\nminutes to a decision,complaints,median,50\n");
    assert_has(text, "\nminutes to a decision,complaints,nine of ten,90\n");
    assert_has(text, "\nminutes to a decision,complaints,longest,100\n");
    assert_has(text, "\nclocks,own-promise,kept,10\n");
    jz_govern_free(text);
    assert_int_equal(jz_report_numbers(f->g, T0 * 1000000, (T0 + 30 * DAY) * 1000000,
                                       JZ_REPORT_HTML, &text, NULL),
                     JZ_OK);
    assert_has(text, "<svg ");
    assert_has(text, ">fraud, rejected<");
    jz_govern_free(text);
    assert_int_equal(jz_report_numbers(f->g, 5, 5, JZ_REPORT_CSV, &text, NULL), JZ_E_INVAL);
}

/* ---- one person ---- */

static void test_a_person_sees_what_is_held_and_not_who_works_on_it(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_COMPLAINT_ID_SIZE];
    char decision[JZ_DECISION_ID_SIZE];
    char *text = NULL;
    jz_consent_ticket t;
    const record_opts opts = { .owner = f };
    int64_t faces = 0;
    file_one(f, "u-1", id);
    file_one(f, "u-2", id);
    granted(f, &opts, &t);
    decide(f, "illegal", "fraud", "voluntary",
           ",\"account\":\"u-1\",\"severity\":\"high\",\"measures\":[{\"measure\":\"warn\"}]",
           decision);
    assert_int_equal(jz_report_held(f->g, "u-1", &text, NULL), JZ_OK);
    assert_has(text, "\"reporter\":\"u-1\"");
    assert_has(text, decision);
    assert_has(text, "\"measure\":\"warn\"");
    assert_has(text, "\"points_milli\":6000");
    assert_null(strstr(text, "u-2"));
    assert_null(strstr(text, "r1"));
    jz_govern_free(text);
    assert_int_equal(jz_report_held(f->g, "person-ref", &text, NULL), JZ_OK);
    assert_has(text, t.id);
    jz_govern_free(text);
    assert_int_equal(jz_report_faces(f->g, &faces, NULL), JZ_OK);
    assert_int_equal(faces, 1);
}

/* ---- impact assessments ---- */

typedef struct noted {
    unsigned n, due;
    int64_t consents;
} noted;

static jz_status take_assessment(void *user, const jz_assessment *a, jz_err *err)
{
    noted *t = user;
    (void)err;
    t->n++;
    t->due += a->due;
    t->consents += a->consents;
    return JZ_OK;
}

static void assert_due(fixture *f, int64_t now_s, unsigned wanted)
{
    noted t = { 0 };
    at(f, now_s);
    assert_int_equal(jz_assessments(f->g, take_assessment, &t, NULL), JZ_OK);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.consents, 1);
    assert_int_equal(t.due, wanted);
}

static void test_a_hold_keeps_what_the_person_has_withdrawn(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts opts = { .owner = f };
    jz_consent_ticket t;
    granted(f, &opts, &t);
    assert_int_equal(jz_retention_hold(f->g, t.id, "court", "no. 1", "a", "b", NULL), JZ_OK);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_WITHDRAW, 0),
                     JZ_OK); /* at once, all the same */
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_ERASE, 0), JZ_E_BUSY);
    assert_int_equal(jz_retention_release(f->g, t.id, "no. 2", "a", "b", NULL), JZ_OK);
    assert_int_equal(signed_act(f, t.id, JZ_CONSENT_ERASE, 0), JZ_OK);
}

static void test_consents_remind_of_the_assessment_they_name(void **state)
{
    fixture *f = fixture_of(state);
    const record_opts opts = { .owner = f };
    jz_consent_ticket t;
    granted(f, &opts, &t); /* names pia-12 */
    assert_due(f, T0, 1);
    assert_int_equal(jz_assessment_note(f->g, "pia-12", T0 * 1000000, 30, "a", NULL), JZ_OK);
    assert_due(f, T0 + 30 * DAY - 1, 0);
    assert_due(f, T0 + 30 * DAY, 1);
    assert_int_equal(jz_assessment_note(f->g, "pia-12", (T0 + 99 * DAY) * 1000000, 0, "a", NULL),
                     JZ_E_INVAL); /* in the future */
}

/* ---- keeping ---- */

static void sweep(fixture *f, int64_t now_s, uint64_t wanted)
{
    uint64_t n = 99;
    at(f, now_s);
    assert_int_equal(jz_retention_sweep(f->g, "clock", &n, NULL), JZ_OK);
    assert_int_equal(n, wanted);
}

static void test_what_is_over_expires_unless_it_is_held(void **state)
{
    fixture *f = fixture_of(state);
    char done[JZ_COMPLAINT_ID_SIZE];
    char open[JZ_COMPLAINT_ID_SIZE];
    char decision[JZ_DECISION_ID_SIZE];
    char *text = NULL;
    file_one(f, "u-1", done);
    file_one(f, "u-1", open);
    assert_int_equal(reject(f, done), JZ_OK);
    decide(
        f, "illegal", "fraud", "voluntary",
        ",\"account\":\"u-1\",\"measures\":[{\"measure\":\"limit\",\"feature\":\"x\",\"days\":2}]",
        decision);
    sweep(f, T0 + 213 * DAY, 0);
    assert_int_equal(jz_retention_hold(f->g, done, "court", "no. 1", "a", "a", NULL), JZ_E_INVAL);
    assert_int_equal(jz_retention_hold(f->g, done, "court", "no. 1", "a", "b", NULL), JZ_OK);
    sweep(f, T0 + 214 * DAY, 0);
    assert_int_equal(jz_complaint_erase(f->g, done, "a", NULL), JZ_E_BUSY);
    assert_int_equal(jz_retention_release(f->g, done, "no. 2", "a", "b", NULL), JZ_OK);
    assert_int_equal(jz_retention_release(f->g, done, "no. 2", "a", "b", NULL), JZ_E_NOTFOUND);
    sweep(f, T0 + 214 * DAY, 1);
    sweep(f, T0 + 1097 * DAY, 0); /* the limit stands: nobody has ended it */
    uint64_t n = 0;
    assert_int_equal(jz_measure_sweep(f->g, "clock", &n, NULL), JZ_OK);
    assert_int_equal(jz_retention_hold(f->g, "*", "court", "no. 3", "a", "b", NULL), JZ_OK);
    sweep(f, T0 + 1097 * DAY, 0);
    assert_int_equal(jz_retention_release(f->g, "*", "no. 4", "a", "b", NULL), JZ_OK);
    sweep(f, T0 + 1097 * DAY, 1);
    assert_int_equal(jz_report_held(f->g, "u-1", &text, NULL), JZ_OK);
    assert_null(strstr(text, done));
    assert_null(strstr(text, decision));
    assert_has(text, open); /* it still waits */
    jz_govern_free(text);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_a_statement_has_what_the_database_wants),
        T(test_steps_of_the_ladder_make_it_partly_automatic),
        T(test_what_the_database_would_refuse_is_not_made),
        T(test_an_authority_is_told_only_what_a_person_has_ordered),
        T(test_numbers_are_those_of_the_time),
        T(test_a_person_sees_what_is_held_and_not_who_works_on_it),
        T(test_a_hold_keeps_what_the_person_has_withdrawn),
        T(test_consents_remind_of_the_assessment_they_name),
        T(test_what_is_over_expires_unless_it_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
