/* SPDX-License-Identifier: Apache-2.0 */
/* Media of what is reviewed: previews, revealing, what that adds up to, and that nobody else learns
 * of it. Through the handlers, decoded by the sandbox. */
#include "serve_fixture.h"

#include "base/hex.h"
#include "evidence/cases.h"
#include "examine/preview.h"
#include "govern/exposure.h"

#include <jz/complaint.h>

#include <fcntl.h>

#define SHA_TEXT 65
#define HOUR_US (3600 * S)

static void at(fixture *f, int64_t us)
{
    f->now_us = us;
    jz_govern_set_time(f->g, us);
    jz_govern_set_time(f->a->g, us);
    jz_govern_set_time(f->a->keys, us);
}

static jz_status enter(fixture *f, unsigned who)
{
    static const char *const names[] = { "m0", "m1", "head" };
    jz_staff_try t;
    JZ_TRY(jz_staff_begin(f->g, names[who], "192.0.2.1", &t, NULL));
    return jz_staff_enter(f->g, &t, NULL, f->session[who], NULL);
}

static int make(void **state, bool decodes)
{
    fixture *f = home_made(state);
    if (f == NULL || (decodes && jz_sandbox_open(NULL, NULL, &f->sandbox, NULL) != JZ_OK))
        return -1;
    jz_banks *banks = NULL;
    if (jz_banks_open(f->home, true, false, &banks, NULL) != JZ_OK)
        return -1;
    jz_banks_close(banks);
    static const struct {
        const char *name;
        jz_role role;
    } people[] = { { "m0", JZ_ROLE_MODERATOR },
                   { "m1", JZ_ROLE_MODERATOR },
                   { "head", JZ_ROLE_ADMIN } };
    for (unsigned i = 0; i < 3; i++)
        if (jz_staff_add(f->g, people[i].name, people[i].role, "tester", f->secret, NULL) !=
                JZ_OK ||
            enter(f, i) != JZ_OK)
            return -1;
    if (server_started(f) != 0)
        return -1;
    at(f, jz_now_us());
    return 0;
}

static int make_fixture(void **state)
{
    return make(state, false);
}

static int make_decoding(void **state)
{
    return make(state, true);
}

/* ---- requests ---- */

/* Of m0, m1 or the head; "?a=b&c=d" may stand behind the path. The status. */
static unsigned ask(fixture *f, unsigned who, const char *method, const char *path,
                    const char *body)
{
    char bare[256], cookie[128], csrf[JZ_SESSION_TEXT];
    const char *query = strchr(path, '?');
    const sent s = { .content_type = "application/json",
                     .cookie = cookie,
                     .csrf = csrf,
                     .query = query != NULL ? query + 1 : NULL };
    (void)snprintf(bare, sizeof bare, "%.*s", (int)strcspn(path, "?"), path);
    (void)snprintf(cookie, sizeof cookie, "jz_session=%s", f->session[who]);
    jz_session_csrf(f->session[who], csrf);
    return asked(f, method, bare, &s, body);
}

/* Puts a file into a case; its SHA-256 in hex. */
static void hold(fixture *f, const char *path, const char *kind, char hex[SHA_TEXT])
{
    char id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    jz_case_item item = { .name = "found", .kind = kind };
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(jz_exact_hash_fd(fd, &item.exact, NULL), JZ_OK);
    assert_int_equal(jz_cases_open(f->home, true, &cases, NULL), JZ_OK);
    assert_int_equal(jz_case_open(cases, path, NULL, "tester", id, NULL), JZ_OK);
    assert_int_equal(jz_case_add(cases, id, fd, &item, NULL, 0, "tester", NULL), JZ_OK);
    assert_int_equal(close(fd), 0);
    jz_hex_encode(item.exact.sha256, JZ_SHA256_SIZE, hex);
}

static const char *sample(const char *name, char out[512])
{
    (void)snprintf(out, 512, "%s/tests/data/media/%s", getenv("JZ_SOURCE"), name);
    return out;
}

static void complain(fixture *f, const char *category, const char *sha256,
                     char out[JZ_REVIEW_OBJECT])
{
    char json[512], id[JZ_COMPLAINT_ID_SIZE];
    (void)snprintf(json, sizeof json,
                   "{\"role\":\"patrol\",\"category\":\"%s\",\"jurisdiction\":\"CN\","
                   "\"items\":[{\"sha256\":\"%s\"}]}",
                   category, sha256);
    assert_int_equal(jz_complaint_file(f->a->g, (jz_bytes){ (uint8_t *)json, strlen(json) },
                                       "tester", id, NULL, NULL),
                     JZ_OK);
    (void)snprintf(out, JZ_REVIEW_OBJECT, "complaint:%s", id);
}

static void claim(fixture *f, unsigned who, const char *object)
{
    char body[128];
    (void)snprintf(body, sizeof body, "{\"object\":\"%s\"}", object);
    assert_int_equal(ask(f, who, "POST", "/v1/claims", body), 200);
}

static unsigned reveal(fixture *f, unsigned who, const char *object, const char *sha256,
                       const char *category)
{
    char body[256];
    (void)snprintf(body, sizeof body, "{\"object\":\"%s\",\"sha256\":\"%s\",\"category\":\"%s\"}",
                   object, sha256, category);
    return ask(f, who, "POST", "/v1/reveals", body);
}

static void settings(fixture *f, const char *text)
{
    char path[300];
    (void)snprintf(path, sizeof path, "%s/wellbeing.json", f->home);
    assert_int_equal(jz_file_write(path, text, strlen(text), NULL), JZ_OK);
}

/* Width, height and colour type of the PNG that is the last answer. */
static void assert_png(const fixture *f, unsigned longer, unsigned colour_type)
{
    const uint8_t *b = (const uint8_t *)f->body.ptr;
    assert_true(f->body.len > 33);
    assert_memory_equal(b, "\x89PNG\r\n\x1a\n", 8);
    const unsigned width = (unsigned)b[18] << 8 | b[19], height = (unsigned)b[22] << 8 | b[23];
    assert_int_equal(width > height ? width : height, longer);
    assert_int_equal(b[25], colour_type);
    assert_string_equal(f->type, "image/png");
    assert_string_equal(f->cache, "private, no-store");
    assert_string_equal(f->policy, "default-src 'none'; sandbox");
}

/* One picture in the queue, claimed by m0. */
static void one_picture(fixture *f, const char *category, char sha[SHA_TEXT],
                        char object[JZ_REVIEW_OBJECT])
{
    char path[512];
    hold(f, sample("baseline.jpg", path), "image", sha);
    complain(f, category, sha, object);
    claim(f, 0, object);
}

/* ---- previews ---- */

static void test_what_a_case_holds_has_a_grey_blurred_preview(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT], other[JZ_REVIEW_OBJECT], path[256];
    one_picture(f, "fraud", sha, object);
    complain(f, "fraud", "abababababababababababababababababababababababababababababababab", other);
    (void)snprintf(path, sizeof path, "/v1/media?object=%s", object);
    assert_int_equal(ask(f, 1, "GET", path, ""), 200);
    assert_true(says(f, "\"held\":true,\"kind\":\"image\",\"originals\":[]"));
    (void)snprintf(path, sizeof path, "/v1/media?object=%s", other);
    assert_int_equal(ask(f, 1, "GET", path, ""), 200);
    assert_true(says(f, "\"held\":false"));
    (void)snprintf(path, sizeof path, "/v1/media/%s/preview?object=%s", sha, object);
    assert_int_equal(ask(f, 1, "GET", path, ""), 200);
    assert_png(f, JZ_PREVIEW_SIDE, 0);
    /* Of another matter it is not shown, nor without one. */
    (void)snprintf(path, sizeof path, "/v1/media/%s/preview?object=%s", sha, other);
    assert_int_equal(ask(f, 1, "GET", path, ""), 404);
    (void)snprintf(path, sizeof path, "/v1/media/%s/preview", sha);
    assert_int_equal(ask(f, 1, "GET", path, ""), 400);
}

/* An event of the record, as sealing and destroying write it. */
static void note_bag(jz_cases *cases, const char *id, const char *kind, const char *bag)
{
    int64_t row = 0;
    JZ_BUF_AUTO detail = { 0 };
    jz_buf_printf(&detail, "{\"bag\":\"%s\",\"tagmanifest\":\"00\"}", bag);
    assert_int_equal(jz_case_row(cases, id, true, &row, NULL), JZ_OK);
    assert_int_equal(jz_case_record(cases, row, "tester", kind, &detail, NULL), JZ_OK);
}

static void test_what_is_preserved_of_it_is_told(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT], path[512], id[JZ_CASE_ID_SIZE];
    jz_auto(jz_cases) *cases = NULL;
    one_picture(f, "fraud", sha, object);
    assert_int_equal(jz_cases_open(f->home, false, &cases, NULL), JZ_OK);
    assert_int_equal(jz_case_find(cases, sample("baseline.jpg", path), id, NULL), JZ_OK);
    const jz_case_link seen = {
        .item = 1, .account = "seller", .group = "face packs", .members = 2053
    };
    const jz_case_link victim = { .victim = "P-1" }; /* nobody's account: not told */
    jz_case_hold hold = {
        .authority = "police", .document = "No. 1", .by = "head", .with = "lead"
    };
    assert_int_equal(jz_case_add_link(cases, id, &seen, "tester", NULL), JZ_OK);
    assert_int_equal(jz_case_add_link(cases, id, &victim, "tester", NULL), JZ_OK);
    assert_int_equal(jz_case_set_hold(cases, id, &hold, NULL), JZ_OK);
    note_bag(cases, id, "sealed", "EB-1");
    note_bag(cases, id, "sealed", "EB-2");
    note_bag(cases, id, "destroyed", "EB-1");
    (void)snprintf(path, sizeof path, "/v1/media?object=%s", object);
    assert_int_equal(ask(f, 1, "GET", path, ""), 200);
    assert_true(says(f, "\"hold\":true,\"bags\":[\"EB-2\"],\"links\":[{\"item\":1,"
                        "\"account\":\"seller\",\"group\":\"face packs\",\"members\":2053}]}]"));
    complain(f, "fraud", "abababababababababababababababababababababababababababababababab",
             object);
    (void)snprintf(path, sizeof path, "/v1/media?object=%s", object);
    assert_int_equal(ask(f, 1, "GET", path, ""), 200);
    assert_true(says(f, "\"evidence\":[]"));
}

static void test_a_video_is_a_sheet_of_frames(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT], path[512];
    hold(f, sample("h264.mp4", path), "video", sha);
    complain(f, "other", sha, object);
    (void)snprintf(path, sizeof path, "/v1/media/%s?object=%s", sha, object);
    assert_int_equal(ask(f, 0, "GET", path, ""), 200);
    assert_true(says(f, "{\"frames\":[0"));
    assert_true(says(f, ","));
    assert_true(says(f, "\"partial\":false"));
    (void)snprintf(path, sizeof path, "/v1/media/%s/preview?object=%s", sha, object);
    assert_int_equal(ask(f, 0, "GET", path, ""), 200);
    assert_png(f, 4 * JZ_PREVIEW_SIDE + 3 * 2, 0);
}

static void test_what_is_broken_or_gone_is_said(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT], path[512], copy[600], id[JZ_CASE_ID_SIZE];
    (void)snprintf(path, sizeof path, "%s/tests/meson.build", getenv("JZ_SOURCE"));
    hold(f, path, "image", sha);
    complain(f, "other", sha, object);
    (void)snprintf(path, sizeof path, "/v1/media/%s/preview?object=%s", sha, object);
    assert_int_equal(ask(f, 0, "GET", path, ""), 415);
    assert_string_equal(f->type, "application/problem+json");
    jz_auto(jz_cases) *cases = NULL;
    jz_case_copy held;
    uint8_t digest[32];
    assert_true(jz_hex_decode(sha, 64, digest, sizeof digest));
    assert_int_equal(jz_cases_open(f->home, false, &cases, NULL), JZ_OK);
    assert_int_equal(jz_case_holding(cases, digest, &held, NULL), JZ_OK);
    memcpy(id, held.id, sizeof id);
    (void)snprintf(copy, sizeof copy, "%s/cases/%s/%s", f->home, id, sha);
    assert_int_equal(unlink(copy), 0);
    assert_int_equal(ask(f, 0, "GET", path, ""), 404);
}

static void test_the_original_stands_beside_what_was_made_of_it(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], original[SHA_TEXT], object[JZ_REVIEW_OBJECT], path[512], body[512];
    one_picture(f, "impersonation", sha, object);
    hold(f, sample("progressive.jpg", path), "image", original);
    assert_int_equal(ask(f, 2, "POST", "/v1/banks", "{\"bank\":\"known\"}"), 201);
    (void)snprintf(body, sizeof body,
                   "{\"signals\":[{\"type\":\"sha256\",\"hash\":\"%s\"},"
                   "{\"type\":\"sha256\",\"hash\":\"%s\"}]}",
                   sha, original);
    assert_int_equal(ask(f, 2, "POST", "/v1/banks/known/entries", body), 201);
    (void)snprintf(path, sizeof path, "/v1/media?object=%s", object);
    assert_int_equal(ask(f, 0, "GET", path, ""), 200);
    (void)snprintf(body, sizeof body, "\"originals\":[{\"sha256\":\"%s\",\"held\":true", original);
    assert_true(says(f, body));
    assert_int_equal(reveal(f, 0, object, original, "impersonation"), 201);
}

/* ---- revealing ---- */

static void test_revealing_takes_the_claim_and_the_category(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT];
    one_picture(f, "intimate", sha, object);
    assert_int_equal(reveal(f, 1, object, sha, "intimate"), 409);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 422);
    assert_true(says(f, "its category is intimate"));
    assert_int_equal(ask(f, 0, "GET", "/v1/reveals/1", ""), 404);
    assert_int_equal(reveal(f, 0, object, sha, "intimate"), 201);
    assert_true(says(f, "{\"reveal\":1,"));
    assert_true(says(f, "\"seconds\":3"));
    assert_true(says(f, "\"hour_s\":9"));
    assert_int_equal(ask(f, 0, "GET", "/v1/reveals/1", ""), 200);
    assert_png(f, 52, 2);
    assert_int_equal(ask(f, 0, "GET", "/v1/reveals/1?blur=4", ""), 400);
    assert_int_equal(ask(f, 0, "GET", "/v1/reveals/1?frame=1", ""), 404);
    assert_int_equal(ask(f, 1, "GET", "/v1/reveals/1", ""), 404);
    at(f, f->now_us + 3 * S);
    assert_int_equal(ask(f, 0, "GET", "/v1/reveals/1", ""), 404);
    /* A key is a program: nobody looks. */
    assert_int_equal(reveal(f, 0, "complaint:0", sha, "intimate"), 404);
}

static void test_a_lease_is_renewed_and_covered(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT];
    one_picture(f, "fraud", sha, object);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201);
    at(f, f->now_us + 2 * S);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201);
    assert_true(says(f, "{\"reveal\":1,"));
    assert_true(says(f, "\"hour_s\":5"));
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201); /* at once: nothing more */
    assert_true(says(f, "\"hour_s\":5"));
    at(f, f->now_us + S);
    assert_int_equal(ask(f, 1, "DELETE", "/v1/reveals/1", ""), 200); /* not theirs */
    assert_int_equal(ask(f, 0, "GET", "/v1/reveals/1", ""), 200);
    assert_int_equal(ask(f, 0, "DELETE", "/v1/reveals/1", ""), 200);
    assert_int_equal(ask(f, 0, "GET", "/v1/reveals/1", ""), 404);
    assert_int_equal(ask(f, 0, "GET", "/v1/exposure", ""), 200);
    assert_true(says(f, "{\"hour_s\":3.000,"));
}

static int64_t count(fixture *f, const char *sql)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    assert_int_equal(jz_stmt_new(f->g->store, sql, &st, NULL), JZ_OK);
    assert_int_equal(jz_stmt_step(st, &row, NULL), JZ_OK);
    return row ? jz_stmt_i64(st, 0) : -1;
}

static void test_what_is_allowed_ends_until_it_is_told(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT];
    settings(f, "{\"hour_s\":16,\"day_s\":24,\"severity\":{\"fraud\":4}}");
    one_picture(f, "fraud", sha, object);
    const int64_t began = f->now_us;
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201); /* 12 of 16 */
    at(f, began + 10 * S);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201); /* one second is left */
    assert_true(says(f, "\"seconds\":1.000,"));
    assert_true(says(f, "\"over\":\"hour\""));
    at(f, began + 20 * S);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 429);
    assert_true(says(f, "\"kind\":\"exposure\""));
    assert_true(says(f, "(hour)"));
    assert_int_equal(f->retry_s, 3600 + 3 - 20 + 1);
    assert_int_equal(count(f, "SELECT COUNT(*) FROM govern_event WHERE kind = 'revealed'"), 2);
    /* A clock that is set back gives nothing back. */
    at(f, began - 600 * S);
    assert_int_equal(enter(f, 0), JZ_OK);
    claim(f, 0, object);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 429);
    at(f, began + HOUR_US + 4 * S);
    assert_int_equal(enter(f, 0), JZ_OK);
    claim(f, 0, object);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201);
    assert_true(says(f, "\"seconds\":2.000,")); /* then the day is over */
    at(f, began + HOUR_US + 10 * S);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 429);
    assert_true(says(f, "(day)"));
    at(f, began + 25 * HOUR_US);
    assert_int_equal(enter(f, 0), JZ_OK);
    claim(f, 0, object);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201);
}

static void test_after_a_while_there_is_a_pause(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT];
    settings(f, "{\"pause_after_s\":10,\"pause_s\":120,\"severity\":{\"fraud\":2}}");
    one_picture(f, "fraud", sha, object);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201);
    at(f, f->now_us + 4 * S);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201);
    assert_true(says(f, "\"seconds\":2.000,"));
    at(f, f->now_us + 60 * S);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 429);
    assert_true(says(f, "(pause)"));
    at(f, f->now_us + 62 * S);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201);
}

static void test_with_broken_settings_nothing_is_revealed(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT];
    one_picture(f, "fraud", sha, object);
    settings(f, "{\"hour_s\":100000}");
    jz_wellbeing w;
    assert_int_equal(jz_wellbeing_read(f->home, &w, NULL), JZ_E_IO);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 500);
    assert_int_equal(count(f, "SELECT COUNT(*) FROM exposure_lease"), 0);
}

/* ---- what somebody is given ---- */

static unsigned next(fixture *f, const char *body)
{
    return ask(f, 0, "POST", "/v1/queue/next", body);
}

static void test_a_category_that_is_not_wanted_is_never_given(void **state)
{
    fixture *f = *state;
    char worst[JZ_REVIEW_OBJECT], mild[JZ_REVIEW_OBJECT];
    static const char sha[] = "abababababababababababababababababababababababababababababababab";
    complain(f, "minor-sexual", sha, worst);
    complain(f, "other", sha, mild);
    assert_int_equal(ask(f, 0, "PUT", "/v1/exposure", "{\"without\":[\"minor-sexual\"]}"), 200);
    assert_true(says(f, "{\"category\":\"minor-sexual\",\"severity\":5,\"without\":true}"));
    assert_int_equal(next(f, "{}"), 200);
    assert_true(says(f, mild));
    assert_int_equal(next(f, "{}"), 404);
    assert_int_equal(next(f, "{\"category\":\"minor-sexual\"}"), 404);
    assert_int_equal(ask(f, 1, "POST", "/v1/queue/next", "{}"), 200); /* it waits for others */
    assert_true(says(f, worst));
    assert_int_equal(ask(f, 0, "PUT", "/v1/exposure", "{\"without\":[\"nothing\"]}"), 400);
}

static void test_after_severe_things_there_is_a_lighter_one(void **state)
{
    fixture *f = *state;
    char severe[6][JZ_REVIEW_OBJECT], mild[JZ_REVIEW_OBJECT], sha[SHA_TEXT];
    settings(f, "{\"rotate_after\":2}");
    for (unsigned i = 0; i < 6; i++) {
        (void)snprintf(sha, sizeof sha, "%064x", i + 1);
        complain(f, "minor-sexual", sha, severe[i]);
    }
    (void)snprintf(sha, sizeof sha, "%064x", 9U);
    complain(f, "other", sha, mild);
    assert_int_equal(next(f, "{}"), 200);
    assert_int_equal(next(f, "{}"), 200);
    assert_false(says(f, mild));
    assert_int_equal(next(f, "{}"), 200);
    assert_true(says(f, mild));
    for (unsigned i = 0; i < 3; i++) /* nothing lighter is left: the work goes on */
        assert_int_equal(next(f, "{}"), 200);
    assert_int_equal(next(f, "{\"lighter\":true}"), 404);
}

/* ---- whose it is ---- */

/* After m0 has looked, no answer to anybody else says so; m0 sees it. */
static void test_nobody_else_sees_what_somebody_has_seen(void **state)
{
    fixture *f = *state;
    char sha[SHA_TEXT], object[JZ_REVIEW_OBJECT], path[512];
    one_picture(f, "fraud", sha, object);
    assert_int_equal(ask(f, 0, "PUT", "/v1/exposure", "{\"without\":[\"consent\"]}"), 200);
    assert_int_equal(reveal(f, 0, object, sha, "fraud"), 201);
    const char *const objects[] = { "exposure:staff:m0", object, strchr(object, ':') + 1,
                                    "staff:m0", "m0" };
    for (size_t i = 0; i < jz_api_route_count; i++) {
        const jz_api_route *r = &jz_api_routes[i];
        char bare[160];
        if (strcmp(r->method, "GET") != 0 || (r->flags & JZ_API_PAGE) != 0 ||
            strstr(r->path, "openapi") != NULL || strstr(r->path, "ledger") != NULL)
            continue;
        path_of(r, bare);
        for (size_t k = 0; k < JZ_ARRAY_LEN(objects); k++) {
            (void)snprintf(path, sizeof path, "%s?object=%s&find=%s&account=%s", bare, objects[k],
                           objects[k], objects[k]);
            (void)ask(f, 2, "GET", path, "");
            if (says(f, "\"revealed\"") || says(f, "until_us") || says(f, "\"without\":true") ||
                says(f, "\"hour_s\":3."))
                fail_msg("GET %s: %s", path, f->body.ptr);
        }
    }
    assert_int_equal(ask(f, 2, "GET", "/v1/events?object=exposure:staff:m0", ""), 404);
    assert_int_equal(ask(f, 0, "GET", "/v1/events?object=exposure:staff:m0", ""), 200);
    assert_true(says(f, "\"revealed\""));
    assert_true(says(f, object));
    assert_int_equal(ask(f, 2, "GET", "/v1/exposure", ""), 200);
    assert_true(says(f, "{\"hour_s\":0.000,"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_fixture, drop_fixture)
#define D(name) cmocka_unit_test_setup_teardown(name, make_decoding, drop_fixture)
    const struct CMUnitTest tests[] = {
        D(test_what_a_case_holds_has_a_grey_blurred_preview),
        T(test_what_is_preserved_of_it_is_told),
        D(test_a_video_is_a_sheet_of_frames),
        D(test_what_is_broken_or_gone_is_said),
        T(test_the_original_stands_beside_what_was_made_of_it),
        D(test_revealing_takes_the_claim_and_the_category),
        D(test_a_lease_is_renewed_and_covered),
        T(test_what_is_allowed_ends_until_it_is_told),
        T(test_after_a_while_there_is_a_pause),
        T(test_with_broken_settings_nothing_is_revealed),
        T(test_a_category_that_is_not_wanted_is_never_given),
        T(test_after_severe_things_there_is_a_lighter_one),
        T(test_nobody_else_sees_what_somebody_has_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
