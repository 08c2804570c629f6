/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/url.h"
#include "govern/hooks.h"
#include "govern/ladder.h"
#include "govern_fixture.h"

#include <jz/case.h>
#include <jz/complaint.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ACCOUNT "acc-1"
#define ITEM "sha256:" MEDIUM

static jz_bytes bytes_of(const char *text)
{
    return (jz_bytes){ (const uint8_t *)text, strlen(text) };
}

/* A decision with those members more; by "r1". */
static jz_status decide_as(fixture *f, const char *automated, const char *more,
                           char id[JZ_DECISION_ID_SIZE])
{
    char json[4096];
    (void)snprintf(json, sizeof json,
                   "{\"ground\":\"illegal\",\"policy\":\"3.2\",\"basis\":\"a law\",\"facts\":\"f\","
                   "\"category\":\"intimate-synthetic\",\"content_type\":[\"video\"],"
                   "\"source\":\"voluntary\",\"automated_detection\":true,"
                   "\"automated_decision\":\"%s\"%s}",
                   automated, more);
    return jz_decide(f->g, bytes_of(json), "r1", id, NULL);
}

static void decide(fixture *f, const char *more, char id[JZ_DECISION_ID_SIZE])
{
    assert_int_equal(decide_as(f, "no", more, id), JZ_OK);
}

/* A decision that strikes the account, and orders nothing by itself. */
static void strike(fixture *f, const char *severity, char id[JZ_DECISION_ID_SIZE])
{
    char more[128];
    (void)snprintf(more, sizeof more, ",\"account\":\"" ACCOUNT "\",\"severity\":\"%s\"", severity);
    decide(f, more, id);
}

typedef struct found {
    jz_measure_kind kind; /* 0: any */
    unsigned n;
    int64_t number, until_us;
    jz_measure_state state;
    bool automated;
} found;

static jz_status find(void *user, const jz_measure_info *m, jz_err *err)
{
    found *f = user;
    (void)err;
    if ((int)f->kind != 0 && m->kind != f->kind)
        return JZ_OK;
    f->n++;
    f->number = m->number;
    f->until_us = m->until_us;
    f->state = m->state;
    f->automated = m->automated;
    return JZ_OK;
}

/* The last measure of a kind, and how many there are. */
static found last(fixture *f, jz_measure_kind kind)
{
    found m = { .kind = kind };
    assert_int_equal(jz_measures(f->g, NULL, (jz_measure_state)0, find, &m, NULL), JZ_OK);
    return m;
}

static jz_status act(fixture *f, int64_t number, jz_measure_act a)
{
    const jz_measure_deed deed = { .act = a, .by = "somebody", .reason = "a reason" };
    return jz_measure_do(f->g, number, &deed, NULL);
}

static jz_account_standing standing(fixture *f)
{
    jz_account_standing s = { 0 };
    assert_int_equal(jz_account(f->g, ACCOUNT, &s, NULL), JZ_OK);
    return s;
}

static void review(fixture *f, const char *id, jz_appeal_state outcome, const char *severity)
{
    assert_int_equal(jz_decision_appeal(f->g, id, "not so", "person", NULL), JZ_OK);
    assert_int_equal(jz_decision_review(f->g, id, outcome, severity, "why", "r1", NULL),
                     JZ_E_INVAL); /* who decided */
    assert_int_equal(jz_decision_review(f->g, id, outcome, severity, "why", "r2", NULL), JZ_OK);
}

/* ---- decisions ---- */

static void test_what_may_not_be_decided_is_refused(void **state)
{
    static const struct {
        const char *automated, *more;
    } bad[] = {
        { "no", "" },
        { "no", ",\"severity\":\"low\"" },
        { "no", ",\"measures\":[{\"measure\":\"stop_transmit\"}]" },
        { "no", ",\"measures\":[{\"measure\":\"warn\"}]" },
        { "no", ",\"measures\":[{\"measure\":\"freeze_join\"}]" },
        { "no", ",\"account\":\"a\",\"measures\":[{\"measure\":\"suspend\"}]" },
        { "no", ",\"account\":\"a\",\"measures\":[{\"measure\":\"limit\",\"days\":7}]" },
        { "no", ",\"account\":\"a\",\"measures\":[{\"measure\":\"warn\",\"days\":7}]" },
        { "no", ",\"account\":\"a\",\"measures\":[{\"measure\":\"warn\",\"target\":\"x\"}]" },
        { "no", ",\"measures\":[{\"measure\":\"remove\",\"target\":\"" ITEM "\"}]" },
        { "no", ",\"measures\":[{\"measure\":\"destroy\",\"target\":\"" ITEM "\"}]" },
        { "no", ",\"evidence\":\"EB-1\",\"measures\":[{\"measure\":\"remove\",\"target\":\"x\"}]" },
        { "fully", ",\"account\":\"a\",\"measures\":[{\"measure\":\"terminate\"}]" },
        { "fully", ",\"measures\":[{\"measure\":\"report_authority\"}]" },
        { "fully", ",\"no_evidence_reason\":\"r\",\"measures\":[{\"measure\":\"destroy\","
                   "\"target\":\"x\"}]" },
        { "no", ",\"content_date\":\"yesterday\",\"measures\":[{\"measure\":\"preserve\"}]" },
    };
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE] = "untouched";
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        if (decide_as(f, bad[i].automated, bad[i].more, id) != JZ_E_INVAL)
            fail_msg("row %zu", i);
    assert_string_equal(id, "untouched");
    assert_int_equal(last(f, (jz_measure_kind)0).n, 0);
}

static void test_removal_wants_a_bag_of_that_case_or_a_reason(void **state)
{
    static const char bag[] = "EB-0123456789abcdef0123456789abcdef";
    fixture *f = fixture_of(state);
    jz_auto(jz_cases) *cases = NULL;
    char id[JZ_DECISION_ID_SIZE];
    char case_id[JZ_CASE_ID_SIZE];
    char more[512];
    decide(f,
           ",\"no_evidence_reason\":\"the law forbids a copy\","
           "\"measures\":[{\"measure\":\"remove\",\"target\":\"" ITEM "\"}]",
           id);
    assert_int_equal(jz_cases_open(f->home, true, &cases, NULL), JZ_OK);
    assert_int_equal(jz_case_open(cases, "c", NULL, "x", case_id, NULL), JZ_OK);
    (void)snprintf(more, sizeof more,
                   ",\"case\":\"%s\",\"evidence\":\"%s\",\"measures\":[{\"measure\":\"remove\","
                   "\"target\":\"x\"}]",
                   case_id, bag);
    assert_int_equal(decide_as(f, "no", more, id), JZ_E_INVAL); /* nothing was sealed */
}

static void test_a_decision_upholds_and_carries_out_its_complaint(void **state)
{
    static const char complaint[] = "{\"role\":\"user\",\"category\":\"intimate\",\"jurisdiction\":"
                                    "\"CN\",\"items\":[{\"url\":\"u\"}]}";
    fixture *f = fixture_of(state);
    char c[JZ_COMPLAINT_ID_SIZE];
    char id[JZ_DECISION_ID_SIZE];
    char more[512];
    assert_int_equal(jz_complaint_file(f->g, bytes_of(complaint), "intake", c, NULL, NULL), JZ_OK);
    (void)snprintf(more, sizeof more,
                   ",\"complaint\":\"%s\",\"measures\":[{\"measure\":\"stop_transmit\",\"target\":"
                   "\"u\"},{\"measure\":\"label\",\"target\":\"u\"}]",
                   c);
    decide(f, more, id);
    const jz_complaint_deed again = {
        .act = JZ_COMPLAINT_UPHOLD, .by = "x", .reason = "r", .policy = "p", .basis = "b"
    };
    assert_int_equal(jz_complaint_do(f->g, c, &again, NULL), JZ_E_INVAL); /* upheld already */
    const jz_complaint_deed carry = { .act = JZ_COMPLAINT_CARRY, .by = "x" };
    assert_int_equal(act(f, last(f, JZ_MEASURE_LABEL).number, JZ_MEASURE_ACKNOWLEDGE), JZ_OK);
    assert_int_equal(act(f, last(f, JZ_MEASURE_STOP_TRANSMIT).number, JZ_MEASURE_ACKNOWLEDGE),
                     JZ_OK);
    assert_int_equal(jz_complaint_do(f->g, c, &carry, NULL), JZ_E_INVAL); /* done by itself */
    (void)snprintf(more, sizeof more,
                   ",\"complaint\":\"0123\",\"measures\":[{\"measure\":\"preserve\"}]");
    assert_int_equal(decide_as(f, "no", more, id), JZ_E_NOTFOUND);
}

static void test_what_stands_keeps_an_item_out(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    int64_t measure = 7;
    assert_int_equal(jz_measure_refuses(f->g, ITEM, &measure, NULL), JZ_OK);
    assert_int_equal(measure, 0);
    decide(f, ",\"measures\":[{\"measure\":\"disable\",\"days\":2,\"target\":\"" ITEM "\"}]", id);
    const int64_t number = last(f, JZ_MEASURE_DISABLE).number;
    assert_int_equal(jz_measure_refuses(f->g, ITEM, &measure, NULL), JZ_OK);
    assert_int_equal(measure, number);
    at(f, T0 + 2 * DAY);
    assert_int_equal(jz_measure_refuses(f->g, ITEM, &measure, NULL), JZ_OK);
    assert_int_equal(measure, 0); /* without a sweep */
    uint64_t n = 0;
    assert_int_equal(jz_measure_sweep(f->g, "clock", &n, NULL), JZ_OK);
    assert_int_equal(n, 1);
    assert_int_equal(last(f, JZ_MEASURE_DISABLE).state, JZ_MEASURE_ENDED);
}

/* The 1st, 2nd, 3rd ... allocation fails: all or nothing is done. */
static void test_without_memory_nothing_is_half_done(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    unsigned n = 0;
    for (;; n++) {
        jz_fault_arm(n);
        const jz_status st =
            decide_as(f, "no",
                      ",\"account\":\"" ACCOUNT "\",\"severity\":\"critical\",\"measures\":["
                      "{\"measure\":\"stop_transmit\",\"target\":\"u\"}]",
                      id);
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
        assert_int_equal(last(f, (jz_measure_kind)0).n, 0);
        assert_int_equal(standing(f).strikes, 0);
    }
    assert_true(n > 10);
    assert_int_equal(last(f, (jz_measure_kind)0).n, 4);
    assert_int_equal(standing(f).strikes, 1);
}

/* ---- the ladder ---- */

static void test_first_offences_count_less_and_points_decay(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    strike(f, "low", id); /* 1 - 1 */
    assert_int_equal(standing(f).milli, 0);
    assert_int_equal(last(f, (jz_measure_kind)0).n, 0);
    strike(f, "low", id);
    assert_int_equal(standing(f).milli, 1000);
    assert_int_equal(last(f, JZ_MEASURE_WARN).n, 1);
    assert_true(last(f, JZ_MEASURE_WARN).automated);
    at(f, T0 + 45 * DAY);
    assert_int_equal(standing(f).milli, 500);
    at(f, T0 + 90 * DAY);
    assert_int_equal(standing(f).milli, 0);
    assert_int_equal(standing(f).next, 1);
}

static void test_steps_fire_once_and_termination_waits_for_a_person(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    strike(f, "critical", id);
    found m = last(f, JZ_MEASURE_TERMINATE);
    assert_int_equal(m.state, JZ_MEASURE_PROPOSED);
    assert_false(m.automated);
    assert_int_equal(last(f, JZ_MEASURE_REPORT_AUTHORITY).state, JZ_MEASURE_PROPOSED);
    assert_false(standing(f).terminated);
    strike(f, "critical", id); /* no step is crossed any more */
    assert_int_equal(last(f, JZ_MEASURE_TERMINATE).n, 1);
    assert_int_equal(act(f, m.number, JZ_MEASURE_ACKNOWLEDGE), JZ_E_INVAL);
    assert_int_equal(act(f, m.number, JZ_MEASURE_APPROVE), JZ_OK);
    assert_true(standing(f).terminated);
    assert_int_equal(act(f, last(f, JZ_MEASURE_REPORT_AUTHORITY).number, JZ_MEASURE_DISMISS),
                     JZ_OK);
}

static void test_some_sources_give_no_points(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    char json[1024];
    (void)snprintf(
        json, sizeof json,
        "{\"ground\":\"illegal\",\"policy\":\"3.2\",\"basis\":\"a law\",\"facts\":\"f\","
        "\"category\":\"other\",\"content_type\":[\"video\"],\"source\":\"court-order\","
        "\"automated_detection\":false,\"automated_decision\":\"no\",\"account\":\"" ACCOUNT
        "\",\"severity\":\"critical\"}");
    assert_int_equal(jz_decide(f->g, bytes_of(json), "r1", id, NULL), JZ_OK);
    assert_int_equal(standing(f).strikes, 0);
    assert_int_equal(last(f, (jz_measure_kind)0).n, 0);
}

static void test_an_appeal_gives_the_time_served_back(void **state)
{
    fixture *f = fixture_of(state);
    char first[JZ_DECISION_ID_SIZE];
    char second[JZ_DECISION_ID_SIZE];
    strike(f, "medium", first);  /* 3 - 2 = 1: warned */
    strike(f, "medium", second); /* 4: limited for 7 days */
    found m = last(f, JZ_MEASURE_LIMIT);
    assert_int_equal(m.state, JZ_MEASURE_ORDERED);
    assert_int_equal(m.until_us, (T0 + 7 * DAY) * 1000000);
    strike(f, "high", first); /* 10: a suspension of 30 days is proposed */
    m = last(f, JZ_MEASURE_SUSPEND);
    assert_int_equal(m.state, JZ_MEASURE_PROPOSED);
    assert_int_equal(m.until_us, 0);
    at(f, T0 + DAY);
    assert_int_equal(act(f, m.number, JZ_MEASURE_APPROVE), JZ_OK);
    m = last(f, JZ_MEASURE_SUSPEND);
    assert_int_equal(m.until_us, (T0 + 31 * DAY) * 1000000);
    at(f, T0 + 3 * DAY);
    /* Without the high one: 4 points, which is the step of 7 days, that began when this began; it
     * stands already. */
    review(f, first, JZ_APPEAL_OVERTURNED, NULL);
    assert_int_equal(last(f, JZ_MEASURE_SUSPEND).state, JZ_MEASURE_REVERSED);
    assert_int_equal(last(f, JZ_MEASURE_LIMIT).n, 1);
    assert_int_equal(standing(f).suspended_until_us, 0);
    /* Without the second one too: 1 point, and no step but the warning. */
    review(f, second, JZ_APPEAL_OVERTURNED, NULL);
    assert_int_equal(last(f, JZ_MEASURE_LIMIT).state, JZ_MEASURE_REVERSED);
    assert_int_equal(standing(f).strikes, 1);
    assert_int_equal(jz_decision_appeal(f->g, second, "again", "person", NULL), JZ_E_INVAL);
}

static const char days_ladder[] =
    "{\"severity\":{\"critical\":{\"points\":9},\"high\":{\"points\":6},\"low\":{\"points\":2},"
    "\"medium\":{\"points\":4}},\"step\":[{\"at\":2,\"measure\":\"suspend\",\"days\":5,\"mode\":"
    "\"auto\"},{\"at\":6,\"measure\":\"suspend\",\"days\":20,\"mode\":\"auto\"}]}";

static void test_a_milder_severity_shortens_what_runs(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    assert_int_equal(jz_ladder_set(f->g, bytes_of(days_ladder), "head", NULL), JZ_OK);
    strike(f, "high", id);
    assert_int_equal(standing(f).suspended_until_us, (T0 + 20 * DAY) * 1000000);
    at(f, T0 + 3 * DAY);
    review(f, id, JZ_APPEAL_MODIFIED, "low");
    assert_int_equal(standing(f).suspended_until_us, (T0 + 5 * DAY) * 1000000);
    assert_int_equal(standing(f).milli, 2000);
}

static void test_what_was_served_already_ends_at_once(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    assert_int_equal(jz_ladder_set(f->g, bytes_of(days_ladder), "head", NULL), JZ_OK);
    strike(f, "high", id);
    at(f, T0 + 8 * DAY);
    review(f, id, JZ_APPEAL_MODIFIED, "low");
    assert_int_equal(standing(f).suspended_until_us, 0);
    assert_int_equal(last(f, JZ_MEASURE_SUSPEND).state, JZ_MEASURE_ENDED);
}

static void test_points_keep_the_ladder_that_they_were_weighed_by(void **state)
{
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    strike(f, "high", id);
    assert_int_equal(jz_ladder_set(f->g, bytes_of(days_ladder), "head", NULL), JZ_OK);
    assert_int_equal(standing(f).milli, 6000);
    at(f, T0 + 365 * DAY); /* the new one has no decay */
    assert_int_equal(standing(f).milli, 0);
}

static void test_ladders_that_end_accounts_by_themselves_are_refused(void **state)
{
    static const char form[] =
        "{\"severity\":{\"critical\":{\"points\":9},\"high\":{\"points\":6},\"low\":{\"points\":2},"
        "\"medium\":{\"points\":4}},\"step\":[%s]}";
    static const char *const bad[] = {
        "{\"at\":2,\"measure\":\"terminate\",\"mode\":\"auto\"}",
        "{\"at\":2,\"measure\":\"warn\",\"mode\":\"auto\",\"also\":[\"report_authority\"]}",
        "{\"at\":2,\"measure\":\"suspend\",\"mode\":\"auto\"}",
        "{\"at\":2,\"measure\":\"limit\",\"days\":2,\"mode\":\"auto\"}",
        "{\"at\":2,\"measure\":\"remove\",\"mode\":\"auto\"}",
        ("{\"at\":2,\"measure\":\"warn\",\"mode\":\"auto\"},{\"at\":2,\"measure\":\"notice\","
         "\"mode\":\"auto\"}"),
    };
    fixture *f = fixture_of(state);
    char json[1024];
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        (void)snprintf(json, sizeof json, form, bad[i]);
        assert_int_equal(jz_ladder_set(f->g, bytes_of(json), "head", NULL), JZ_E_INVAL);
    }
    assert_int_equal(jz_ladder_set(f->g, bytes_of("{}"), "head", NULL), JZ_E_CORRUPT);
}

static void test_a_suspension_stops_the_decay(void **state)
{
    (void)state;
    const jz_strike s = { .at_us = 0, .points = 10, .decay_days = 100 };
    const jz_span spans[] = { { 10 * JZ_DAY_US, 40 * JZ_DAY_US },
                              { 20 * JZ_DAY_US, 50 * JZ_DAY_US } };
    assert_int_equal(jz_ladder_milli(&s, 1, NULL, 0, 50 * JZ_DAY_US), 5000);
    assert_int_equal(jz_ladder_milli(&s, 1, spans, 2, 30 * JZ_DAY_US), 9000);
    assert_int_equal(jz_ladder_milli(&s, 1, spans, 2, 60 * JZ_DAY_US), 8000);
    assert_int_equal(jz_ladder_milli(&s, 1, spans, 2, 140 * JZ_DAY_US), 0);
}

static void test_measures_have_each_a_row_and_a_word(void **state)
{
    (void)state;
    unsigned n = 0;
    for (int k = 1; jz_measure_kind_name((jz_measure_kind)k) != NULL; k++, n++) {
        assert_string_equal(jz_measure_kind_name((jz_measure_kind)k), jz_words_measure[k - 1]);
        assert_true(jz_measure_kind_chinese((jz_measure_kind)k)[0] != '\0');
    }
    assert_int_equal(n, JZ_MEASURE_RESPOND_ORDER);
    assert_null(jz_words_measure[n]);
    assert_null(jz_measure_kind_name((jz_measure_kind)0));
}

/* ---- webhooks ---- */

static void test_webhooks_go_to_the_public_internet_alone(void **state)
{
    static const char *const inside[] = {
        "https://127.0.0.1/",
        "https://10.1.2.3:8443/hook",
        "https://192.168.0.1/",
        "https://169.254.169.254/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]",
        "https://[fd00::1]/",
        "https://[fe80::1]/",
        "https://172.31.255.255/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://[64:ff9b::7f00:1]/",
        "https://[2002:7f00:1::1]/",
        "https://224.0.0.1/",
    };
    static const char *const none[] = {
        "ftp://example.org/",        "https://",           "https://user@8.8.8.8/",
        "https://2130706433/",       "https://0x7f.1/",    "https://127.1/",
        "https://8.8.8.8:99999999/", "https://8.8.8.8:/",  "https://8.8.8.8\\@127.0.0.1/",
        "https://8.8.8.8 /",         "https://[::1/",      "file:///etc/passwd",
        "http://8.8.8.8/",           "https://8.8.8.8/{}", "https://%31/",
    };
    char pin[JZ_URL_PIN_MAX] = "";
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(inside); i++)
        if (jz_url_pin(inside[i], false, pin, NULL) != JZ_E_INVAL)
            fail_msg("%s", inside[i]);
    for (size_t i = 0; i < JZ_ARRAY_LEN(none); i++)
        if (jz_url_pin(none[i], false, pin, NULL) != JZ_E_INVAL)
            fail_msg("%s", none[i]);
    assert_int_equal(jz_url_pin("https://8.8.8.8/hook", false, pin, NULL), JZ_OK);
    assert_string_equal(pin, "8.8.8.8:443:8.8.8.8");
    assert_int_equal(jz_url_pin("https://[2606:4700::1111]:8443/", false, pin, NULL), JZ_OK);
    assert_string_equal(pin, "[2606:4700::1111]:8443:[2606:4700::1111]");
    assert_int_equal(jz_url_pin("http://127.0.0.1:8080/", true, pin, NULL), JZ_OK);
    assert_string_equal(pin, "127.0.0.1:8080:127.0.0.1");
}

typedef struct hooks {
    unsigned waiting, dead;
    int64_t attempts, next_us;
} hooks;

static jz_status count_hook(void *user, const jz_hook_info *h, jz_err *err)
{
    hooks *n = user;
    (void)err;
    n->waiting += strcmp(h->state, "waiting") == 0;
    n->dead += strcmp(h->state, "dead") == 0;
    n->attempts = h->attempts;
    n->next_us = h->next_us;
    return JZ_OK;
}

static void test_what_cannot_be_told_is_tried_again_then_dead(void **state)
{
    static const int64_t minutes[] = { 1, 5, 30, 120, 720 };
    fixture *f = fixture_of(state);
    char id[JZ_DECISION_ID_SIZE];
    jz_skey key;
    jz_hook_count n;
    hooks h = { 0 };
    int64_t now = T0;
    assert_int_equal(jz_hook_key(f->home, true, &key, NULL), JZ_OK);
    decide(f, ",\"measures\":[{\"measure\":\"stop_transmit\",\"target\":\"u\"}]", id);
    assert_int_equal(jz_hook_deliver(f->g, &key, "w", &n, NULL), JZ_E_NOTFOUND);
    /* Nobody listens there. */
    assert_int_equal(jz_hook_set(f->g, "http://127.0.0.1:9/", false, "a", NULL), JZ_E_INVAL);
    assert_int_equal(jz_hook_set(f->g, "http://127.0.0.1:9/", true, "a", NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(minutes); i++) {
        assert_int_equal(jz_hook_deliver(f->g, &key, "w", &n, NULL), JZ_OK);
        assert_int_equal(n.failed, 1);
        assert_int_equal(jz_hook_deliver(f->g, &key, "w", &n, NULL), JZ_OK);
        assert_int_equal(n.failed, 0); /* not before its time */
        now += minutes[i] * 60;
        at(f, now);
    }
    assert_int_equal(jz_hook_deliver(f->g, &key, "w", &n, NULL), JZ_OK);
    assert_int_equal(n.dead, 1);
    assert_int_equal(jz_hooks(f->g, false, count_hook, &h, NULL), JZ_OK);
    assert_true(h.dead == 1 && h.waiting == 0 && h.attempts == 6);
    const found m = last(f, JZ_MEASURE_STOP_TRANSMIT);
    assert_int_equal(m.state, JZ_MEASURE_FAILED);
    assert_int_equal(act(f, m.number, JZ_MEASURE_RETRY), JZ_OK);
    assert_int_equal(jz_hook_deliver(f->g, &key, "w", &n, NULL), JZ_OK);
    assert_int_equal(n.failed, 1);
    jz_skey_wipe(&key);
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_what_may_not_be_decided_is_refused),
        T(test_removal_wants_a_bag_of_that_case_or_a_reason),
        T(test_a_decision_upholds_and_carries_out_its_complaint),
        T(test_what_stands_keeps_an_item_out),
        T(test_without_memory_nothing_is_half_done),
        T(test_first_offences_count_less_and_points_decay),
        T(test_steps_fire_once_and_termination_waits_for_a_person),
        T(test_some_sources_give_no_points),
        T(test_an_appeal_gives_the_time_served_back),
        T(test_a_milder_severity_shortens_what_runs),
        T(test_what_was_served_already_ends_at_once),
        T(test_points_keep_the_ladder_that_they_were_weighed_by),
        T(test_ladders_that_end_accounts_by_themselves_are_refused),
        cmocka_unit_test(test_a_suspension_stops_the_decay),
        cmocka_unit_test(test_measures_have_each_a_row_and_a_word),
        cmocka_unit_test(test_webhooks_go_to_the_public_internet_alone),
        T(test_what_cannot_be_told_is_tried_again_then_dead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
