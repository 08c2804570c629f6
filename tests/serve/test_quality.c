/* SPDX-License-Identifier: Apache-2.0 */
/* Golden items, second reviews and agreement; rules tried out; through the handlers. */
#include "serve_fixture.h"

#include "govern/quality.h"

#include <jz/complaint.h>
#include <jz/measure.h>

#include <math.h>

#define COMPLAINT "{\"kind\":\"complaint\"}"

enum { FIRST, OTHER, HEAD }; /* two moderators, a supervisor */

static int make_fixture(void **state)
{
    static const struct {
        const char *name;
        jz_role role;
    } who[] = { { "m0", JZ_ROLE_MODERATOR },
                { "m1", JZ_ROLE_MODERATOR },
                { "head", JZ_ROLE_SUPERVISOR } };
    fixture *f = home_made(state);
    if (f == NULL)
        return -1;
    for (size_t i = 0; i < JZ_ARRAY_LEN(who); i++) {
        char secret[JZ_STAFF_SECRET];
        jz_staff_try t;
        if (jz_staff_add(f->g, who[i].name, who[i].role, "tester", secret, NULL) != JZ_OK ||
            jz_staff_begin(f->g, who[i].name, "192.0.2.1", &t, NULL) != JZ_OK ||
            jz_staff_enter(f->g, &t, NULL, f->session[i], NULL) != JZ_OK)
            return -1;
    }
    return server_started(f);
}

static unsigned ask_with(fixture *f, unsigned who, const char *method, const char *path,
                         const char *query, const char *body)
{
    char cookie[128], csrf[JZ_SESSION_TEXT];
    const sent s = {
        .content_type = "application/json", .cookie = cookie, .csrf = csrf, .query = query
    };
    (void)snprintf(cookie, sizeof cookie, "jz_session=%s", f->session[who]);
    jz_session_csrf(f->session[who], csrf);
    return asked(f, method, path, &s, body);
}

static unsigned ask(fixture *f, unsigned who, const char *method, const char *path,
                    const char *body)
{
    return ask_with(f, who, method, path, NULL, body);
}

static unsigned preview(fixture *f, unsigned who, const char *path, const char *body)
{
    return ask_with(f, who, "POST", path, "preview=1", body);
}

static void complain(fixture *f, const char *category, unsigned item, char id[JZ_COMPLAINT_ID_SIZE])
{
    char json[512];
    (void)snprintf(json, sizeof json,
                   "{\"role\":\"user\",\"category\":\"%s\",\"jurisdiction\":\"CN\","
                   "\"description\":\"as shown\",\"items\":[{\"url\":\"https://example.com/%u\"}]}",
                   category, item);
    assert_int_equal(jz_complaint_file(f->a->g, (jz_bytes){ (uint8_t *)json, strlen(json) },
                                       "tester", id, NULL, NULL),
                     JZ_OK);
}

/* What who is given, claimed. */
static void next(fixture *f, unsigned who, char id[JZ_COMPLAINT_ID_SIZE])
{
    assert_int_equal(ask(f, who, "POST", "/v1/queue/next", COMPLAINT), 200);
    assert_int_equal(sscanf(f->body.ptr, "{\"object\":\"complaint:%32[0-9a-f]\"}", id), 1);
}

static unsigned reject(fixture *f, unsigned who, const char *id, const char *policy)
{
    char path[128], body[256];
    (void)snprintf(path, sizeof path, "/v1/complaints/%s/acts", id);
    (void)snprintf(body, sizeof body,
                   "{\"act\":\"reject\",\"policy\":\"%s\",\"basis\":\"law\",\"reason\":\"no\"}",
                   policy);
    return ask(f, who, "POST", path, body);
}

static void upholding(const char *id, const char *policy, char *body, size_t size)
{
    (void)snprintf(body, size,
                   "{\"ground\":\"illegal\",\"policy\":\"%s\",\"basis\":\"law\",\"facts\":\"x\","
                   "\"category\":\"fraud\",\"content_type\":[\"image\"],\"account\":\"acc\","
                   "\"severity\":\"high\",\"source\":\"article-16\",\"automated_detection\":false,"
                   "\"automated_decision\":\"no\","
                   "\"complaint\":\"%s\",\"measures\":[{\"measure\":\"warn\"}]}",
                   policy, id);
}

static unsigned uphold(fixture *f, unsigned who, const char *id, const char *policy)
{
    char body[512];
    upholding(id, policy, body, sizeof body);
    return ask(f, who, "POST", "/v1/decisions", body);
}

static void shares(fixture *f, int golden, int second)
{
    char body[96];
    (void)snprintf(body, sizeof body, "{\"golden\":%d,\"second\":%d,\"severe\":[\"minor-sexual\"]}",
                   golden, second);
    assert_int_equal(ask(f, HEAD, "PUT", "/v1/quality/shares", body), 200);
}

static void set_golden(fixture *f, const char *id, unsigned status)
{
    char body[96];
    (void)snprintf(body, sizeof body, "{\"complaint\":\"%s\"}", id);
    assert_int_equal(ask(f, HEAD, "POST", "/v1/quality/golden", body), status);
}

static void show(fixture *f, unsigned who, const char *id, const char *more)
{
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/complaints/%s%s", id, more);
    assert_int_equal(ask(f, who, "GET", path, ""), 200);
}

/* ---- golden items ---- */

static void test_a_golden_item_looks_like_any_other_and_does_nothing(void **state)
{
    fixture *f = *state;
    char real[JZ_COMPLAINT_ID_SIZE], golden[JZ_COMPLAINT_ID_SIZE];
    shares(f, 0, 0);
    complain(f, "fraud", 1, real);
    set_golden(f, real, 400); /* not decided */
    next(f, FIRST, real);
    assert_int_equal(uphold(f, FIRST, real, "3.2"), 201);
    set_golden(f, real, 200);
    set_golden(f, real, 409);
    shares(f, 1000, 0);
    assert_int_equal(ask(f, FIRST, "POST", "/v1/queue/next", COMPLAINT), 404); /* decided it */
    assert_int_equal(ask(f, HEAD, "POST", "/v1/queue/next", COMPLAINT), 404);  /* set it */
    next(f, OTHER, golden);
    assert_string_not_equal(golden, real);

    show(f, OTHER, golden, "");
    assert_true(says(f, "\"state\":\"open\"") && says(f, "\"decided\":null") &&
                says(f, "as shown") && says(f, golden));
    assert_false(says(f, real) || says(f, "upheld") || says(f, "\"percent\":100"));
    show(f, OTHER, golden, "/items");
    assert_true(says(f, "https://example.com/1"));
    assert_int_equal(ask(f, OTHER, "GET", "/v1/queue", ""), 200);
    assert_true(says(f, golden) && !says(f, "golden"));

    assert_int_equal(uphold(f, OTHER, golden, "9.9"), 201);
    assert_int_equal(uphold(f, OTHER, golden, "3.2"), 400); /* once */
    assert_int_equal(ask(f, OTHER, "GET", "/v1/decisions", ""), 200);
    assert_true(strstr(strstr(f->body.ptr, "decision_id") + 1, "decision_id") == NULL);
    assert_int_equal(ask(f, OTHER, "GET", "/v1/quality/mine", ""), 200);
    assert_true(says(f, real) && says(f, "\"right\":false") &&
                says(f, "\"known\":{\"outcome\":\"violation\",\"policy\":\"3.2\"}") &&
                says(f, "\"said\":{\"outcome\":\"violation\",\"policy\":\"9.9\"}"));
    assert_int_equal(ask(f, FIRST, "GET", "/v1/quality/mine", ""), 200);
    assert_true(says(f, "{\"golden\":[]}"));
    assert_int_equal(ask(f, OTHER, "POST", "/v1/queue/next", COMPLAINT), 404); /* once for each */
    assert_int_equal(ask(f, HEAD, "GET", "/v1/quality/golden", ""), 200);
    assert_true(says(f, "\"answers\":1,\"right\":0"));
}

static jz_status count_kind(void *user, const jz_govern_event *e, jz_err *err)
{
    static const char *const kinds[] = { "golden-given", "golden-answered", "second-wanted",
                                         "second-given", "second-settled" };
    unsigned *seen = user;
    (void)err;
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++)
        *seen |= strcmp(e->kind, kinds[i]) == 0 ? 1U << i : 0;
    return JZ_OK;
}

static unsigned kinds_of(fixture *f, const char *object)
{
    unsigned seen = 0;
    assert_int_equal(jz_govern_events(f->a->g, object, count_kind, &seen, NULL), JZ_OK);
    return seen;
}

static void test_each_step_is_in_the_record_and_hidden_from_the_page(void **state)
{
    fixture *f = *state;
    char real[JZ_COMPLAINT_ID_SIZE], golden[JZ_COMPLAINT_ID_SIZE];
    shares(f, 0, 0);
    complain(f, "fraud", 1, real);
    next(f, FIRST, real);
    assert_int_equal(reject(f, FIRST, real, "3.2"), 200);
    set_golden(f, real, 200);
    shares(f, 1000, 0);
    next(f, OTHER, golden);
    assert_int_equal(reject(f, OTHER, golden, "3.2"), 200);
    assert_int_equal(kinds_of(f, golden), 1 | 2);
    jz_repeat repeat;
    assert_int_equal(jz_repeat_find(f->a->g, golden, &repeat, NULL), JZ_OK);
    const jz_govern_event hidden = { .kind = "second-opinion", .at_us = 1 },
                          late = { .kind = "folded", .at_us = repeat.decided_us },
                          early = { .kind = "filed", .at_us = repeat.decided_us - 1 };
    assert_false(jz_repeat_shows(&repeat, &hidden) || jz_repeat_shows(&repeat, &late));
    assert_true(jz_repeat_shows(&repeat, &early));
}

/* Skipped, it is nobody's: neither whoever declared it nor whoever had it already gets it then. */
static void test_a_golden_item_that_is_passed_on_never_comes_to_who_knows_it(void **state)
{
    fixture *f = *state;
    char real[JZ_COMPLAINT_ID_SIZE], golden[JZ_COMPLAINT_ID_SIZE], body[160];
    shares(f, 0, 0);
    complain(f, "fraud", 1, real);
    next(f, FIRST, real);
    assert_int_equal(uphold(f, FIRST, real, "3.2"), 201);
    set_golden(f, real, 200);
    shares(f, 1000, 0);
    next(f, OTHER, golden);
    (void)snprintf(body, sizeof body, "{\"object\":\"complaint:%s\",\"act\":\"skip\"}", golden);
    assert_int_equal(ask(f, OTHER, "POST", "/v1/claims/acts", body), 200);
    for (unsigned who = FIRST; who <= HEAD; who += HEAD - FIRST) {
        assert_int_equal(ask(f, who, "POST", "/v1/queue/next", COMPLAINT), 404);
        (void)snprintf(body, sizeof body, "{\"object\":\"complaint:%s\"}", golden);
        assert_int_equal(ask(f, who, "POST", "/v1/claims", body), 404);
        assert_int_equal(ask(f, who, "GET", "/v1/queue", ""), 200);
        assert_true(!says(f, golden) && says(f, "\"complaint\":0"));
    }
    assert_int_equal(ask(f, OTHER, "GET", "/v1/queue", ""), 200);
    assert_true(says(f, golden) && says(f, "\"complaint\":1"));
}

/* ---- second reviews ---- */

static void test_a_severe_one_gets_a_blind_second_review(void **state)
{
    fixture *f = *state;
    char real[JZ_COMPLAINT_ID_SIZE], second[JZ_COMPLAINT_ID_SIZE];
    shares(f, 0, 0);
    complain(f, "minor-sexual", 1, real);
    next(f, FIRST, real);
    assert_int_equal(reject(f, FIRST, real, "3.2"), 200);
    assert_int_equal(ask(f, FIRST, "POST", "/v1/queue/next", "{}"), 404);
    assert_int_equal(ask(f, FIRST, "GET", "/v1/queue", ""), 200);
    assert_true(says(f, "\"rows\":[]") && says(f, "\"complaint\":0"));
    next(f, OTHER, second);
    assert_string_not_equal(second, real);
    char body[160]; /* nor can it be handed to the first one, or said why */
    (void)snprintf(body, sizeof body,
                   "{\"object\":\"complaint:%s\",\"act\":\"hand\",\"to\":\"staff:m0\"}", second);
    assert_int_equal(ask(f, OTHER, "POST", "/v1/claims/acts", body), 400);
    assert_false(says(f, "before"));
    show(f, OTHER, second, "");
    assert_false(says(f, "rejected") || says(f, "3.2") || says(f, real));
    assert_int_equal(reject(f, OTHER, second, "8.8"), 200); /* no violation: the same */
    assert_int_equal(ask(f, HEAD, "GET", "/v1/quality/disputes", ""), 200);
    assert_true(says(f, "{\"disputes\":[]}"));
    assert_int_equal(kinds_of(f, second), 4 | 8);
}

/* What the preview of a repeat says is what it says of any other; nothing is done. */
static void test_the_preview_of_a_repeat_gives_nothing_away(void **state)
{
    fixture *f = *state;
    char real[JZ_COMPLAINT_ID_SIZE], second[JZ_COMPLAINT_ID_SIZE], path[128];
    shares(f, 0, 1000);
    complain(f, "fraud", 1, real);
    next(f, FIRST, real);
    assert_int_equal(uphold(f, FIRST, real, "3.2"), 201);
    next(f, OTHER, second);
    (void)snprintf(path, sizeof path, "/v1/complaints/%s/acts", second);
    assert_int_equal(preview(f, OTHER, path,
                             "{\"act\":\"reject\",\"policy\":\"8.8\",\"basis\":\"law\","
                             "\"reason\":\"not so\"}"),
                     200);
    assert_true(says(f, "Reason: not so") && !says(f, "account"));
    char body[512];
    upholding(second, "8.8", body, sizeof body);
    assert_int_equal(preview(f, OTHER, "/v1/decisions", body), 200);
    assert_true(says(f, "\"complainant\":{") && says(f, "\"account\":{") && says(f, "8.8") &&
                says(f, "warned"));
    assert_int_equal(ask(f, HEAD, "GET", "/v1/decisions", ""), 200);
    assert_true(strstr(strstr(f->body.ptr, "decision_id") + 1, "decision_id") == NULL);
    assert_int_equal(uphold(f, OTHER, second, "8.8"), 201);
}

static void test_where_two_differ_a_supervisor_says_what_is_right(void **state)
{
    fixture *f = *state;
    char real[JZ_COMPLAINT_ID_SIZE], second[JZ_COMPLAINT_ID_SIZE], again[JZ_COMPLAINT_ID_SIZE];
    shares(f, 0, 1000);
    complain(f, "fraud", 1, real);
    next(f, FIRST, real);
    assert_int_equal(reject(f, FIRST, real, "3.2"), 200);
    next(f, OTHER, second);
    assert_int_equal(uphold(f, OTHER, second, "3.2"), 201);
    assert_int_equal(ask(f, HEAD, "GET", "/v1/quality/disputes", ""), 200);
    assert_true(says(f, "\"dispute\":1") && says(f, real) && !says(f, "staff:"));
    assert_int_equal(ask(f, OTHER, "POST", "/v1/quality/disputes",
                         "{\"dispute\":1,\"outcome\":\"violation\",\"policy\":\"3.2\","
                         "\"reason\":\"it is\"}"),
                     403);
    assert_int_equal(ask(f, HEAD, "POST", "/v1/quality/disputes",
                         "{\"dispute\":1,\"outcome\":\"violation\",\"policy\":\"3.2\","
                         "\"reason\":\"it is\"}"),
                     200);
    assert_true(says(f, "reopened"));
    assert_int_equal(kinds_of(f, second), 4 | 8 | 16);
    assert_int_equal(ask(f, FIRST, "POST", "/v1/queue/next", "{}"), 404);
    next(f, OTHER, again); /* for another person than the first */
    assert_string_equal(again, real);
    show(f, HEAD, real, ""); /* whoever complained did not ask for it */
    assert_true(says(f, "\"kind\":\"reopened\"") && !says(f, "\"kind\":\"appealed\"") &&
                !says(f, "it is\""));
}

static void test_a_measure_that_should_not_be_is_appealed(void **state)
{
    fixture *f = *state;
    char real[JZ_COMPLAINT_ID_SIZE], second[JZ_COMPLAINT_ID_SIZE];
    shares(f, 0, 1000);
    complain(f, "fraud", 1, real);
    next(f, FIRST, real);
    assert_int_equal(uphold(f, FIRST, real, "3.2"), 201);
    next(f, OTHER, second);
    assert_int_equal(reject(f, OTHER, second, "3.2"), 200);
    assert_int_equal(ask(f, HEAD, "POST", "/v1/quality/disputes",
                         "{\"dispute\":1,\"outcome\":\"none\",\"policy\":\"3.2\","
                         "\"reason\":\"it is not\"}"),
                     200);
    assert_true(says(f, "reopened"));
    assert_int_equal(ask(f, OTHER, "POST", "/v1/queue/next", "{}"), 200);
    assert_true(says(f, "decision:"));
    assert_int_equal(ask(f, HEAD, "POST", "/v1/quality/disputes",
                         "{\"dispute\":1,\"outcome\":\"none\",\"policy\":\"3.2\","
                         "\"reason\":\"again\"}"),
                     404);
}

/* ---- agreement ---- */

/* K. Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), A: two observers, ten units,
 * alpha = 0.095. */
static void test_alpha_is_that_of_the_published_example(void **state)
{
    jz_agreement a;
    (void)state;
    jz_agreement_of(1, 4, 5, &a);
    assert_true(fabs(a.alpha - (1 - 19.0 * 4 / 84)) < 1e-12);
    assert_true(a.low < a.alpha && a.alpha < a.high && a.low > -1 && a.high < 1);
    jz_agreement_of(0, 0, 0, &a);
    assert_true(isnan(a.alpha));
    jz_agreement_of(0, 0, 9, &a); /* all the same: nothing to agree on */
    assert_true(isnan(a.alpha));
    jz_agreement_of(5, 0, 5, &a);
    assert_true(a.alpha == 1 && a.high == 1 && a.low > 0.2 && a.low < 0.8);
    jz_agreement_of(500, 0, 500, &a);
    assert_true(a.low > 0.98); /* the more, the surer */
}

/* At both ends of the interval, what was counted is as far from what is expected as chi-square's
 * 95 % of one degree of freedom. */
static void test_the_interval_ends_where_the_fit_does(void **state)
{
    jz_agreement a;
    (void)state;
    jz_agreement_of(30, 12, 58, &a);
    const double n = 100, share = (60.0 + 12) / 200, spread = share * (1 - share);
    const double rest = (2 * n - 1) / (2 * n);
    for (int i = 0; i < 2; i++) {
        const double kappa = 1 - (1 - (i == 0 ? a.low : a.high)) / rest;
        const double want[] = { n * (share * share + kappa * spread), n * 2 * spread * (1 - kappa),
                                n * ((1 - share) * (1 - share) + kappa * spread) };
        const double seen[] = { 30, 12, 58 };
        double chi2 = 0;
        for (int k = 0; k < 3; k++)
            chi2 += (seen[k] - want[k]) * (seen[k] - want[k]) / want[k];
        assert_true(fabs(chi2 - 3.8414588) < 1e-4);
    }
}

static void test_agreement_is_told_by_clause_and_by_nobody(void **state)
{
    fixture *f = *state;
    shares(f, 0, 1000);
    for (unsigned i = 0; i < 6; i++) {
        char real[JZ_COMPLAINT_ID_SIZE], second[JZ_COMPLAINT_ID_SIZE];
        complain(f, "fraud", i, real);
        next(f, FIRST, real);
        assert_int_equal(uphold(f, FIRST, real, i < 3 ? "3.2" : "4.1"), 201);
        next(f, OTHER, second);
        assert_int_equal(i == 5 ? reject(f, OTHER, second, "4.1")
                                : uphold(f, OTHER, second, i < 2 ? "3.2" : "4.1"),
                         i == 5 ? 200 : 201);
    }
    assert_int_equal(ask(f, OTHER, "GET", "/v1/quality/agreement", ""), 403);
    assert_int_equal(ask(f, HEAD, "GET", "/v1/quality/agreement", ""), 200);
    assert_true(says(f, "{\"policy\":null,\"n\":6,\"both\":5,\"one\":1,"));
    assert_true(says(f, "{\"policy\":\"3.2\",\"n\":6,\"both\":2,\"one\":1,"));
    assert_true(says(f, "{\"policy\":\"4.1\",\"n\":6,\"both\":2,\"one\":2,"));
    assert_false(says(f, "staff:") || says(f, "m0"));
}

/* ---- rules ---- */

#define RULES(word)                                                                                \
    "ruleset \\\"words\\\" {\\n  rule shop {\\n    when any_of(" word ", [\\\"swap\\\"]);\\n"      \
    "    then queue(\\\"sellers\\\", 5);\\n    policy \\\"3.5\\\"; severity high; mode live;\\n"   \
    "  }\\n}\\n"

static void test_rules_are_checked_and_it_is_said_where_they_are_wrong(void **state)
{
    fixture *f = *state;
    const char *path = "/v1/rules/check";
    assert_int_equal(ask(f, HEAD, "POST", path, "{\"text\":\"" RULES("txet") "\"}"), 200);
    assert_true(says(f, "{\"ok\":false,\"line\":3,\"column\":17,"));
    assert_int_equal(
        ask(f, HEAD, "POST", path,
            "{\"text\":\"" RULES("text") "\",\"backtest\":true,\"cases\":"
                                         "\"{\\\"name\\\":\\\"a\\\",\\\"inputs\\\":{\\\"at\\\":1,"
                                         "\\\"text\\\":\\\"swap\\\"}}\"}"),
        200);
    assert_true(says(f, "{\"ok\":true,") && says(f, "\"cases\":1,\"failed\":1") &&
                says(f, "\"backtest\":{\"decisions\":0,"));
    assert_int_equal(ask(f, HEAD, "GET", "/v1/rules", ""), 200);
    assert_true(says(f, "{\"rulesets\":[]}")); /* nothing was kept */
    assert_int_equal(ask(f, FIRST, "POST", path, "{\"text\":\"x\"}"), 403);
}

static void test_a_draft_is_kept_and_read_again(void **state)
{
    fixture *f = *state;
    char sha256[65], path[128];
    assert_int_equal(
        ask(f, HEAD, "POST", "/v1/rules",
            "{\"text\":\"ruleset \\\"l\\\" { list w = @a.txt; rule r { when any_of(text, w);"
            " then queue(\\\"q\\\", 1); policy \\\"1\\\"; severity low; mode live; } }\","
            "\"lists\":[{\"path\":\"a.txt\",\"text\":\"one\\ntwo\\n\"}]}"),
        201);
    assert_int_equal(sscanf(f->body.ptr, "{\"sha256\":\"%64[0-9a-f]\"}", sha256), 1);
    (void)snprintf(path, sizeof path, "/v1/rules/sets/%s", sha256);
    assert_int_equal(ask(f, FIRST, "GET", path, ""), 200);
    assert_true(says(f, "{\"path\":\"a.txt\",\"text\":\"one\\ntwo\\n\"}"));
    (void)snprintf(path, sizeof path, "/v1/rules/sets/%s/acts", sha256);
    assert_int_equal(ask(f, FIRST, "POST", path, "{\"act\":\"live\"}"), 403);
    assert_int_equal(ask(f, HEAD, "POST", path, "{\"act\":\"live\"}"), 200);
    assert_true(says(f, "approved"));
    assert_int_equal(ask(f, HEAD, "POST", path, "{\"act\":\"live\"}"), 409); /* another person */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)
    const struct CMUnitTest tests[] = {
        T(test_a_golden_item_looks_like_any_other_and_does_nothing),
        T(test_each_step_is_in_the_record_and_hidden_from_the_page),
        T(test_a_golden_item_that_is_passed_on_never_comes_to_who_knows_it),
        T(test_a_severe_one_gets_a_blind_second_review),
        T(test_the_preview_of_a_repeat_gives_nothing_away),
        T(test_where_two_differ_a_supervisor_says_what_is_right),
        T(test_a_measure_that_should_not_be_is_appealed),
        cmocka_unit_test(test_alpha_is_that_of_the_published_example),
        cmocka_unit_test(test_the_interval_ends_where_the_fit_does),
        T(test_agreement_is_told_by_clause_and_by_nobody),
        T(test_rules_are_checked_and_it_is_said_where_they_are_wrong),
        T(test_a_draft_is_kept_and_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
