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

/* A request of m<who>; arguments may stand behind the path. The status. */
static unsigned ask(fixture *f, unsigned who, const char *method, const char *path,
                    const char *body)
{
    char bare[256], cookie[128], csrf[JZ_SESSION_TEXT];
    const sent s = { .content_type = "application/json",
                     .cookie = cookie,
                     .csrf = csrf,
                     .undo = strstr(path, "?undo=1") != NULL ? "1" : NULL,
                     .query = strchr(path, '?') != NULL ? strchr(path, '?') + 1 : NULL };
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

/* Each row once, in the order of one long page, wherever the pages end. */
static void test_pages_of_the_queue_follow_each_other(void **state)
{
    static const char *const category[] = { "fraud", "minor-sexual", "other", "impersonation" };
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT], path[256], next[160] = "";
    enum { N = 41 };
    for (unsigned i = 0; i < N; i++) {
        at(f, f->now_us + (i == 20 ? 40 * 3600 * S : i % 3)); /* the first ones are hot then */
        complain(f, category[i % 4], i, one);
    }
    jz_staff_try t;
    assert_int_equal(jz_staff_begin(f->a->g, "m0", "192.0.2.1", &t, NULL), JZ_OK);
    assert_int_equal(jz_staff_enter(f->a->g, &t, NULL, f->session[0], NULL), JZ_OK);
    assert_int_equal(ask(f, 0, "GET", "/v1/queue?limit=1000", ""), 200);
    assert_true(says(f, "\"hot\":true") && says(f, "\"hot\":false") && !says(f, "\"next\""));
    char *all = strdup(f->body.ptr);
    const char *in_all = all;
    unsigned n = 0;
    do {
        (void)snprintf(path, sizeof path, "/v1/queue?limit=7%s%s", next[0] != '\0' ? "&after=" : "",
                       next);
        assert_int_equal(ask(f, 0, "GET", path, ""), 200);
        for (const char *p = f->body.ptr; (p = strstr(p, "\"object\":\"")) != NULL; p++, n++) {
            in_all = strstr(in_all + 1, "\"object\":\"");
            assert_non_null(in_all);
            assert_memory_equal(p, in_all, 50);
        }
        const char *word = strstr(f->body.ptr, "\"next\":\"");
        (void)snprintf(next, sizeof next, "%.*s", word != NULL ? (int)strcspn(word + 8, "\"") : 0,
                       word != NULL ? word + 8 : "");
    } while (next[0] != '\0');
    assert_int_equal(n, N);
    free(all);
    assert_int_equal(ask(f, 0, "GET", "/v1/queue?after=1.2.3", ""), 400);
    assert_int_equal(ask(f, 0, "GET", "/v1/queue?after=1.2.3.4.5.6.99999999999999999999", ""), 400);
}

static void file(fixture *f, const char *items, char id[JZ_COMPLAINT_ID_SIZE])
{
    char json[1024];
    (void)snprintf(
        json, sizeof json,
        "{\"role\":\"user\",\"category\":\"fraud\",\"jurisdiction\":\"CN\",\"items\":[%s]}", items);
    assert_int_equal(jz_complaint_file(f->a->g, (jz_bytes){ (uint8_t *)json, strlen(json) },
                                       "tester", id, NULL, NULL),
                     JZ_OK);
}

#define PDQ "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde"

static void test_what_is_alike_is_listed_with_how_it_matches(void **state)
{
    fixture *f = *state;
    char id[4][JZ_COMPLAINT_ID_SIZE], path[128];
    file(f, "{\"url\":\"https://example.com/a\",\"pdq\":\"" PDQ "0\"},{\"pdq\":\"" PDQ "1\"}",
         id[0]);
    file(f, "{\"url\":\"https://example.com/a\"},{\"url\":\"https://example.com/b\"}", id[1]);
    file(f, "{\"pdq\":\"" PDQ "f\",\"url\":\"https://example.com/c\"}", id[2]);
    file(f, "{\"url\":\"https://example.com/d\",\"pdq\":\"f" PDQ "\"}", id[3]);
    (void)snprintf(path, sizeof path, "/v1/complaints/%s/likes", id[0]);
    assert_int_equal(ask(f, 0, "GET", path, ""), 200);
    assert_true(says(f, "\"item\":1,\"complaint\":null,\"number\":2,\"match\":\"pdq\",\"bits\":1"));
    assert_true(says(f, "\"number\":1,\"match\":\"url\"") && says(f, id[1]));
    assert_true(says(f, "\"item\":2,\"complaint\":") && says(f, "\"match\":\"pdq\",\"bits\":3"));
    assert_true(says(f, id[2]) && !says(f, id[3]) && says(f, "\"holder\":null"));
    char body[128];
    (void)snprintf(body, sizeof body, "{\"object\":\"complaint:%s\"}", id[2]);
    assert_int_equal(ask(f, 1, "POST", "/v1/claims", body), 200);
    assert_int_equal(ask(f, 0, "GET", path, ""), 200);
    assert_true(says(f, "\"holder\":\"staff:m1\""));
}

/* ---- what those concerned are told ---- */

static void member(const fixture *f, const char *key, char *out, size_t size)
{
    const char *at = strstr(f->body.ptr, key);
    assert_non_null(at);
    const char *end = strstr(at, "\"}");
    assert_non_null(end);
    (void)snprintf(out, size, "%.*s", (int)(end - at - (long)strlen(key)), at + strlen(key));
}

static void test_a_preview_is_what_is_told_and_does_nothing(void **state)
{
    fixture *f = *state;
    char one[JZ_REVIEW_OBJECT], path[128], body[768], account[2048], notice[2048], said[2048];
    complain(f, "fraud", 1, one);
    at(f, f->now_us + S); /* what was told at the filing is older */
    (void)snprintf(path, sizeof path, "/v1/complaints/%s/acts?preview=1", strchr(one, ':') + 1);
    assert_int_equal(ask(f, 0, "POST", path, REJECT), 409); /* not claimed */
    next_is(f, 0, one);
    assert_int_equal(ask(f, 0, "POST", path, "{\"act\":\"reject\"}"), 400);
    assert_int_equal(ask(f, 0, "POST", path, REJECT), 200);
    assert_true(says(f, "\"complainant\":{\"zh-CN\":\"") && says(f, "Reason: not so") &&
                !says(f, "account"));
    (void)snprintf(
        body, sizeof body,
        "{\"ground\":\"illegal\",\"policy\":\"3.2\",\"basis\":\"law {}\",\"facts\":\"x\","
        "\"category\":\"fraud\",\"content_type\":[\"image\"],\"account\":\"acc\","
        "\"source\":\"article-16\",\"automated_detection\":false,\"automated_decision\":\"no\","
        "\"complaint\":\"%s\","
        "\"measures\":[{\"measure\":\"suspend\",\"days\":7},"
        "{\"measure\":\"stop_transmit\",\"target\":\"https://example.com/1\"}]}",
        strchr(one, ':') + 1);
    assert_int_equal(ask(f, 0, "POST", "/v1/decisions?preview=1", body), 200);
    assert_true(says(f, "3.2") && says(f, "law {}") && says(f, "suspended, until ") &&
                says(f, "no longer passed on: https://example.com/1"));
    member(f, "\"account\":{", account, sizeof account);
    member(f, "\"complainant\":{", said, sizeof said);
    assert_int_equal(ask(f, 0, "GET", "/v1/decisions", ""), 200);
    assert_true(says(f, "{\"decisions\":[]}"));
    assert_int_equal(ask(f, 0, "GET", "/v1/pending", ""), 200);
    assert_true(says(f, "{\"pending\":[]}"));
    assert_int_equal(state_of(f, one), JZ_COMPLAINT_OPEN);

    assert_int_equal(ask(f, 0, "POST", "/v1/decisions", body), 201);
    (void)snprintf(path, sizeof path, "/v1/decisions/%.32s/notice", f->body.ptr + 16);
    assert_int_equal(ask(f, 0, "GET", path, ""), 200);
    member(f, "{", notice, sizeof notice);
    assert_string_equal(notice, account);
    (void)snprintf(path, sizeof path, "/v1/complaints/%s", strchr(one, ':') + 1);
    assert_int_equal(ask(f, 0, "GET", path, ""), 200);
    assert_true(says(f, said) && !says(f, "measures were ordered"));
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
                   "\"source\":\"article-16\",\"automated_detection\":false,\"automated_decision\":"
                   "\"no\",\"complaint\":\"%s\","
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
        T(test_pages_of_the_queue_follow_each_other),
        T(test_what_is_alike_is_listed_with_how_it_matches),
        T(test_a_preview_is_what_is_told_and_does_nothing),
        T(test_a_decision_is_done_when_its_time_has_come),
        T(test_what_is_undone_was_never_done),
        T(test_what_is_wrong_is_told_at_once),
        T(test_what_cannot_be_done_any_more_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
