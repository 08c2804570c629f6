/* SPDX-License-Identifier: Apache-2.0 */
/* The queue, claims, and decisions that can be undone, through the handlers. */
#include "serve_fixture.h"

#include <jz/complaint.h>
#include <jz/measure.h>

#define REJECT "{\"act\":\"reject\",\"policy\":\"3.2\",\"basis\":\"law\",\"reason\":\"not so\"}"

static void at(fixture *f, int64_t us)
{
    f->now_us = us;
    jz_govern_set_time(f->a->g, us);
    jz_govern_set_time(f->a->keys, us);
}

static int make_fixture(void **state)
{
    fixture *f = home_made(state);
    if (f == NULL)
        return -1;
    for (unsigned i = 0; i < 3; i++) {
        char name[8], secret[JZ_STAFF_SECRET];
        jz_staff_try t;
        (void)snprintf(name, sizeof name, "m%u", i);
        if (jz_staff_add(f->g, name, JZ_ROLE_MODERATOR, "tester", secret, NULL) != JZ_OK ||
            jz_staff_begin(f->g, name, "192.0.2.1", &t, NULL) != JZ_OK ||
            jz_staff_enter(f->g, &t, NULL, f->session[i], NULL) != JZ_OK)
            return -1;
    }
    if (server_started(f) != 0)
        return -1;
    at(f, jz_now_us());
    return 0;
}

/* ---- requests ---- */

/* A request of m<who>; "?undo=1" may stand behind the path. The status. */
static unsigned ask(fixture *f, unsigned who, const char *method, const char *path,
                    const char *body)
{
    char bare[256], cookie[128], csrf[JZ_SESSION_TEXT];
    const sent s = { .content_type = "application/json",
                     .cookie = cookie,
                     .csrf = csrf,
                     .undo = strstr(path, "?undo=1") != NULL ? "1" : NULL };
    (void)snprintf(bare, sizeof bare, "%.*s", (int)strcspn(path, "?"), path);
    (void)snprintf(cookie, sizeof cookie, "jz_session=%s", f->session[who]);
    jz_session_csrf(f->session[who], csrf);
    return asked(f, method, bare, &s, body);
}

/* A complaint of an item of its own; the object in out. */
static void complain(fixture *f, const char *category, unsigned item, char out[JZ_REVIEW_OBJECT])
{
    char json[512], id[JZ_COMPLAINT_ID_SIZE];
    (void)snprintf(json, sizeof json,
                   "{\"role\":\"user\",\"category\":\"%s\",\"jurisdiction\":\"CN\","
                   "\"items\":[{\"url\":\"https://example.com/%u\"}]}",
                   category, item);
    assert_int_equal(jz_complaint_file(f->a->g, (jz_bytes){ (uint8_t *)json, strlen(json) },
                                       "tester", id, NULL, NULL),
                     JZ_OK);
    (void)snprintf(out, JZ_REVIEW_OBJECT, "complaint:%s", id);
}

static void next_is(fixture *f, unsigned who, const char *object)
{
    assert_int_equal(ask(f, who, "POST", "/v1/queue/next", "{}"), 200);
    if (!says(f, object))
        fail_msg("%s is next, not %s", f->body.ptr, object);
}

static unsigned act_on(fixture *f, unsigned who, const char *object, const char *act)
{
    char body[256];
    (void)snprintf(body, sizeof body, "{\"object\":\"%s\",%s}", object, act);
    return ask(f, who, "POST", "/v1/claims/acts", body);
}

static unsigned reject(fixture *f, unsigned who, const char *object, bool undo)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/complaints/%s/acts%s", strchr(object, ':') + 1,
                   undo ? "?undo=1" : "");
    return ask(f, who, "POST", path, REJECT);
}

static jz_status take_state(void *user, const jz_complaint_info *i, jz_err *err)
{
    (void)err;
    *(jz_complaint_state *)user = i->state;
    return JZ_OK;
}

static jz_complaint_state state_of(fixture *f, const char *object)
{
    jz_complaint_state s = 0;
    assert_int_equal(jz_complaint_show(f->a->g, strchr(object, ':') + 1, take_state, &s, NULL),
                     JZ_OK);
    return s;
}

/* ---- the queue ---- */

static void test_the_worst_is_first_and_nobody_gets_what_another_has(void **state)
{
    fixture *f = *state;
    char mild[JZ_REVIEW_OBJECT], worst[JZ_REVIEW_OBJECT];
    complain(f, "other", 1, mild);
    complain(f, "minor-sexual", 2, worst);
    next_is(f, 0, worst);
    next_is(f, 1, mild);
    assert_int_equal(ask(f, 2, "POST", "/v1/queue/next", "{}"), 404);
    assert_int_equal(ask(f, 2, "GET", "/v1/queue", ""), 200);
    assert_true(says(f, "\"waiting\":{\"complaint\":2,\"decision\":0,\"measure\":0}"));
    assert_true(says(f, "\"holder\":\"staff:m0\""));
    assert_int_equal(act_on(f, 2, worst, "\"act\":\"release\""), 409);
    assert_int_equal(reject(f, 2, worst, false), 409);
    assert_int_equal(act_on(f, 0, worst, "\"act\":\"release\""), 200);
    next_is(f, 2, worst);
}

static void test_a_hot_clock_comes_before_harm(void **state)
{
    fixture *f = *state;
    char old[JZ_REVIEW_OBJECT], worst[JZ_REVIEW_OBJECT];
    complain(f, "other", 1, old);
    at(f, f->now_us + INT64_C(40) * 3600 * S);
    /* Sessions are over by then. */
    jz_staff_try t;
    assert_int_equal(jz_staff_begin(f->a->g, "m0", "192.0.2.1", &t, NULL), JZ_OK);
    assert_int_equal(jz_staff_enter(f->a->g, &t, NULL, f->session[0], NULL), JZ_OK);
    complain(f, "minor-sexual", 2, worst);
    next_is(f, 0, old);
    assert_int_equal(ask(f, 0, "GET", "/v1/queue", ""), 200);
    assert_true(says(f, "\"hot\":true"));
}

static void test_a_claim_ends_by_itself(void **state)
{
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT];
    complain(f, "fraud", 1, one);
    next_is(f, 0, one);
    at(f, f->now_us + JZ_REVIEW_LEASE_US - S);
    assert_int_equal(act_on(f, 0, one, "\"act\":\"extend\""), 200);
    at(f, f->now_us + JZ_REVIEW_LEASE_US);
    assert_int_equal(ask(f, 1, "POST", "/v1/queue/next", "{}"), 404);
    at(f, f->now_us - JZ_REVIEW_LEASE_US + S);
    at(f, f->now_us + JZ_REVIEW_KEEP_US);
    jz_staff_try t;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(jz_staff_begin(f->a->g, i == 0 ? "m0" : "m1", "192.0.2.1", &t, NULL),
                         JZ_OK);
        assert_int_equal(jz_staff_enter(f->a->g, &t, NULL, f->session[i], NULL), JZ_OK);
    }
    assert_int_equal(reject(f, 0, one, false), 409); /* its time is over */
    next_is(f, 1, one);
}

static void test_what_is_passed_on_is_for_others(void **state)
{
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT];
    complain(f, "fraud", 1, one);
    next_is(f, 0, one);
    assert_int_equal(act_on(f, 0, one, "\"act\":\"second\""), 400);
    assert_int_equal(act_on(f, 0, one, "\"act\":\"second\",\"reason\":\"I am not sure\""), 200);
    assert_int_equal(ask(f, 0, "POST", "/v1/queue/next", "{}"), 404);
    assert_int_equal(ask(f, 1, "GET", "/v1/queue", ""), 200);
    assert_true(says(f, "\"second_opinion\":true"));
    next_is(f, 1, one);
    assert_int_equal(act_on(f, 1, one, "\"act\":\"hand\",\"to\":\"staff:nobody\""), 400);
    assert_int_equal(act_on(f, 1, one, "\"act\":\"hand\",\"to\":\"staff:m2\""), 200);
    assert_int_equal(reject(f, 1, one, false), 409);
    assert_int_equal(reject(f, 2, one, false), 200);
    assert_int_equal(state_of(f, one), JZ_COMPLAINT_REJECTED);
}

static void test_an_appeal_is_for_another(void **state)
{
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT];
    complain(f, "fraud", 1, one);
    next_is(f, 0, one);
    assert_int_equal(reject(f, 0, one, false), 200);
    const jz_complaint_deed appeal = { .act = JZ_COMPLAINT_APPEAL, .by = "x", .reason = "no" };
    assert_int_equal(jz_complaint_do(f->a->g, strchr(one, ':') + 1, &appeal, NULL), JZ_OK);
    char body[128];
    (void)snprintf(body, sizeof body, "{\"object\":\"%s\"}", one);
    assert_int_equal(ask(f, 0, "POST", "/v1/queue/next", "{}"), 404);
    assert_int_equal(ask(f, 0, "POST", "/v1/claims", body), 400);
    assert_int_equal(ask(f, 1, "POST", "/v1/claims", body), 200);
}

/* ---- undoing ---- */

static void test_a_decision_is_done_when_its_time_has_come(void **state)
{
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT];
    complain(f, "fraud", 1, one);
    next_is(f, 0, one);
    assert_int_equal(reject(f, 0, one, true), 202);
    assert_int_equal(state_of(f, one), JZ_COMPLAINT_OPEN);
    assert_int_equal(reject(f, 0, one, true), 409); /* once */
    assert_int_equal(ask(f, 1, "POST", "/v1/queue/next", "{}"), 404);
    at(f, f->now_us + 29 * S);
    jz_api_undo_due(f->a);
    assert_int_equal(state_of(f, one), JZ_COMPLAINT_OPEN);
    at(f, f->now_us + S);
    jz_api_undo_due(f->a);
    assert_int_equal(state_of(f, one), JZ_COMPLAINT_REJECTED);
    jz_api_undo_due(f->a);
    assert_int_equal(ask(f, 0, "GET", "/v1/pending", ""), 200);
    assert_true(says(f, "{\"pending\":[]}"));
    assert_int_equal(ask(f, 0, "DELETE", "/v1/pending/1", ""), 404);
}

static void test_what_is_undone_was_never_done(void **state)
{
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT];
    complain(f, "fraud", 1, one);
    next_is(f, 0, one);
    assert_int_equal(reject(f, 0, one, true), 202);
    assert_int_equal(ask(f, 1, "DELETE", "/v1/pending/1", ""), 404);
    assert_int_equal(ask(f, 0, "DELETE", "/v1/pending/1", ""), 200);
    at(f, f->now_us + 60 * S);
    jz_api_undo_due(f->a);
    assert_int_equal(state_of(f, one), JZ_COMPLAINT_OPEN);
    assert_int_equal(reject(f, 0, one, true), 202); /* the claim is still theirs */
}

static void test_what_is_wrong_is_told_at_once(void **state)
{
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT], path[128], body[512];
    complain(f, "fraud", 1, one);
    next_is(f, 0, one);
    (void)snprintf(path, sizeof path, "/v1/complaints/%s/acts?undo=1", strchr(one, ':') + 1);
    assert_int_equal(ask(f, 0, "POST", path, "{\"act\":\"reject\"}"), 400);
    (void)snprintf(body, sizeof body,
                   "{\"ground\":\"illegal\",\"policy\":\"3.2\",\"basis\":\"law\",\"facts\":\"x\","
                   "\"category\":\"fraud\",\"content_type\":[\"image\"],"
                   "\"source\":\"article-16\",\"automated_decision\":\"no\",\"complaint\":\"%s\","
                   "\"measures\":[{\"measure\":\"remove\",\"target\":\"https://example.com/1\"}]}",
                   strchr(one, ':') + 1);
    assert_int_equal(ask(f, 0, "POST", "/v1/decisions?undo=1", body), 400); /* no evidence */
    assert_int_equal(ask(f, 0, "GET", "/v1/pending", ""), 200);
    assert_true(says(f, "{\"pending\":[]}"));
    assert_int_equal(state_of(f, one), JZ_COMPLAINT_OPEN);
}

/* In the meantime whoever complained has withdrawn: nothing is done, and that is told. */
static void test_what_cannot_be_done_any_more_is_told(void **state)
{
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT];
    complain(f, "fraud", 1, one);
    next_is(f, 0, one);
    assert_int_equal(reject(f, 0, one, true), 202);
    const jz_complaint_deed withdraw = { .act = JZ_COMPLAINT_WITHDRAW, .by = "x" };
    assert_int_equal(jz_complaint_do(f->a->g, strchr(one, ':') + 1, &withdraw, NULL), JZ_OK);
    at(f, f->now_us + 31 * S);
    jz_api_undo_due(f->a);
    assert_int_equal(state_of(f, one), JZ_COMPLAINT_WITHDRAWN);
    assert_int_equal(ask(f, 0, "GET", "/v1/pending", ""), 200);
    assert_true(says(f, "withdrawn"));
    assert_int_equal(ask(f, 0, "DELETE", "/v1/pending/1", ""), 200);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)
    const struct CMUnitTest tests[] = {
        T(test_the_worst_is_first_and_nobody_gets_what_another_has),
        T(test_a_hot_clock_comes_before_harm),
        T(test_a_claim_ends_by_itself),
        T(test_what_is_passed_on_is_for_others),
        T(test_an_appeal_is_for_another),
        T(test_a_decision_is_done_when_its_time_has_come),
        T(test_what_is_undone_was_never_done),
        T(test_what_is_wrong_is_told_at_once),
        T(test_what_cannot_be_done_any_more_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
