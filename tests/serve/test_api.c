/* SPDX-License-Identifier: Apache-2.0 */
/* The table of routes, without a connection: who may what, which path is whose, what the OpenAPI
 * document says, rates, keys. */
#include "serve_fixture.h"

#include <jansson.h>

static int make_fixture(void **state)
{
    fixture *f = home_made(state);
    if (f == NULL)
        return -1;
    for (size_t i = 0; i < JZ_ROLES; i++) {
        jz_api_key k = { .role = jz_role_at(i) };
        (void)snprintf(k.name, sizeof k.name, "%s", jz_role_name(k.role));
        (void)snprintf(k.party, sizeof k.party, "%s", k.role == JZ_ROLE_PARTNER ? "p" : "");
        if (jz_keys_add(f->g, &k, "tester", f->token[i], NULL) != JZ_OK)
            return -1;
    }
    return server_started(f);
}

/* ---- rights ---- */

static void test_every_route_refuses_every_role_that_has_no_right(void **state)
{
    fixture *f = *state;
    unsigned refused = 0;
    for (size_t i = 0; i < jz_api_route_count; i++) {
        const jz_api_route *r = &jz_api_routes[i];
        char path[160], bearer[80];
        path_of(r, path);
        sent s = { .content_type = "application/json" };
        assert_int_equal(planned(f, r->method, path, &s), r->roles == JZ_ANYBODY ? 0 : 401);
        s.authorization = "Bearer jz_000000000000000000000000000000000000000000000000";
        assert_int_equal(planned(f, r->method, path, &s), 401);
        for (size_t k = 0; k < JZ_ROLES; k++) {
            const bool may = r->roles == JZ_ANYBODY || (r->roles & (unsigned)jz_role_at(k)) != 0;
            (void)snprintf(bearer, sizeof bearer, "Bearer %s", f->token[k]);
            s.authorization = bearer;
            const unsigned status = planned(f, r->method, path, &s);
            if (status != (may ? 0 : 403))
                fail_msg("%s %s as %s: %u", r->method, path, jz_role_name(jz_role_at(k)), status);
            refused += !may;
        }
    }
    assert_true(refused > 50);
}

/* The same in words: a change of the table shows here. */
static void test_rights_are_those_that_are_written_down(void **state)
{
    char path[512], line[256];
    const char *source = getenv("JZ_SOURCE");
    (void)state;
    assert_non_null(source);
    (void)snprintf(path, sizeof path, "%s/tests/serve/roles", source);
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    for (size_t i = 0; i < jz_api_route_count; i++) {
        const jz_api_route *r = &jz_api_routes[i];
        JZ_BUF_AUTO wanted = { 0 };
        jz_buf_printf(&wanted, "%s %s:%s", r->method, r->path,
                      r->roles == JZ_ANYBODY ? " anybody" : "");
        for (size_t k = 0; k < JZ_ROLES; k++)
            if ((r->roles & (unsigned)jz_role_at(k)) != 0)
                jz_buf_printf(&wanted, " %s", jz_role_name(jz_role_at(k)));
        jz_buf_puts(&wanted, "\n");
        assert_non_null(fgets(line, sizeof line, in));
        assert_string_equal(line, wanted.ptr);
    }
    assert_null(fgets(line, sizeof line, in));
    (void)fclose(in);
}

static void test_roles_that_see_cannot_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < jz_api_route_count; i++)
        if ((jz_api_routes[i].roles & JZ_ROLE_AUDITOR) != 0)
            assert_string_equal(jz_api_routes[i].method, "GET");
}

/* ---- paths ---- */

static void test_paths_are_taken_as_they_are(void **state)
{
    static const struct {
        const char *method, *path;
        unsigned status;
    } rows[] = {
        { "GET", "/healthz", 0 },
        { "HEAD", "/healthz", 0 },
        { "POST", "/healthz", 405 },
        { "OPTIONS", "/healthz", 405 },
        { "get", "/healthz", 405 },
        { "GET", "/", 0 },
        { "GET", "", 404 },
        { "GET", "//healthz", 404 },
        { "GET", "/healthz/", 404 },
        { "GET", "/HEALTHZ", 404 },
        { "GET", "/%68ealthz", 404 },
        { "GET", "/v1/../healthz", 404 },
        { "GET", "/v1/consents/../../healthz", 404 },
        { "GET", "/v1/consents/%2e%2e", 404 },
        { "GET", "/v1/consents/..", 404 },
        { "GET", "/v1/consents/.", 404 },
        { "GET", "/v1/consents/", 404 },
        { "GET", "/v1/consents/a b/statement", 404 },
        { "GET", "/v1/consents/a%00/statement", 404 },
        { "GET", "/v1/consents/a/statement", 0 },
        { "GET", "/v1/consents/a/statement/x", 404 },
        { "GET", "/v1/ledger/proof/1;x", 404 },
    };
    fixture *f = *state;
    const sent s = { 0 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        const unsigned status = planned(f, rows[i].method, rows[i].path, &s);
        if (status != rows[i].status)
            fail_msg("%s %s: %u", rows[i].method, rows[i].path, status);
    }
}

static void test_parameter_of_a_path_has_a_limit(void **state)
{
    fixture *f = *state;
    char path[400];
    const sent s = { 0 };
    for (unsigned n = 126; n <= 129; n++) {
        (void)snprintf(path, sizeof path, "/v1/ledger/proof/%0*d", (int)n, 1);
        assert_int_equal(planned(f, "GET", path, &s), n < 128 ? 0 : 404);
    }
}

static void test_plain_paths_win_over_parameters(void **state)
{
    char param[JZ_API_PARAMS][JZ_API_PARAM];
    const jz_api_route *other = NULL;
    (void)state;
    for (size_t i = 0; i < jz_api_route_count; i++) {
        char path[160];
        path_of(&jz_api_routes[i], path);
        const jz_api_route *r = jz_api_find(jz_api_routes[i].method, path, param, &other);
        assert_ptr_equal(r, &jz_api_routes[i]);
    }
}

static void test_problems_are_exact(void **state)
{
    fixture *f = *state;
    const sent s = { 0 };
    assert_int_equal(planned(f, "GET", "/none", &s), 404);
    assert_string_equal(f->body.ptr,
                        "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,"
                        "\"kind\":\"notfound\",\"detail\":\"there is no such path\"}");
    const sent text = { .content_type = "text/plain" };
    assert_int_equal(planned(f, "POST", "/v1/consents/acts", &text), 415);
    assert_true(says(f, "\"detail\":\"Content-Type: application/json is wanted\""));
}

static void test_content_type_must_be_json_where_json_is_read(void **state)
{
    static const struct {
        const char *type;
        unsigned status;
    } rows[] = { { NULL, 415 },
                 { "", 415 },
                 { "text/plain", 415 },
                 { "application/jsonp", 415 },
                 { "application/json", 0 },
                 { "Application/JSON", 0 },
                 { "application/json; charset=utf-8", 0 } };
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        const sent s = { .content_type = rows[i].type };
        assert_int_equal(planned(f, "POST", "/v1/consents/acts", &s), rows[i].status);
    }
}

static void test_idempotency_key_has_a_form(void **state)
{
    static const struct {
        const char *key;
        unsigned status;
    } rows[] = { { "a", 0 }, { "", 400 }, { "a b", 400 }, { "\x7f", 400 }, { "\xe4", 400 } };
    fixture *f = *state;
    char bearer[80];
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", f->token[3]);
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        const sent s = { .authorization = bearer,
                         .content_type = "application/json",
                         .idempotency = rows[i].key };
        assert_int_equal(planned(f, "PUT", "/v1/gate/providers", &s), rows[i].status);
    }
}

/* Keys that are none, and those that have no right, count like requests without one. */
static void test_wrong_keys_are_limited_by_address(void **state)
{
    fixture *f = *state;
    char bearer[80];
    const sent wrong = { .authorization = "Bearer jz_0", .peer = "192.0.2.77" };
    const sent other = { .authorization = "Bearer jz_0", .peer = "192.0.2.78" };
    const sent right = { .authorization = bearer, .peer = "192.0.2.77" };
    const unsigned usual = f->a->opts.per_minute;
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", f->token[4]);
    f->a->opts.per_minute = 3;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(planned(f, "GET", "/v1/banks", &wrong), 401);
    assert_int_equal(planned(f, "GET", "/v1/banks", &wrong), 429);
    assert_true(says(f, "\"kind\":\"rate\""));
    assert_int_equal(planned(f, "GET", "/healthz", &wrong), 429);
    assert_int_equal(planned(f, "GET", "/v1/banks", &other), 401);
    assert_int_equal(planned(f, "GET", "/v1/banks", &right), 0);
    f->a->opts.per_minute = usual;
}

static void test_refusals_count_for_the_key(void **state)
{
    fixture *f = *state;
    char bearer[80], token[JZ_KEY_TEXT];
    const jz_api_key k = { .role = JZ_ROLE_AUDITOR, .name = "two", .per_minute = 2 };
    const sent s = { .authorization = bearer, .content_type = "application/json" };
    assert_int_equal(jz_keys_add(f->g, &k, "tester", token, NULL), JZ_OK);
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", token);
    assert_int_equal(planned(f, "POST", "/v1/banks", &s), 403);
    assert_int_equal(planned(f, "POST", "/v1/banks", &s), 403);
    assert_int_equal(planned(f, "POST", "/v1/banks", &s), 429);
}

static void test_bank_is_changed_once_for_one_idempotency_key(void **state)
{
    fixture *f = *state;
    char bearer[80];
    sent s = { .authorization = bearer, .content_type = "application/json", .idempotency = "b" };
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", f->token[5]);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(asked(f, "POST", "/v1/banks", &s, "{\"bank\":\"once\"}"), 201);
        assert_string_equal(f->body.ptr, "{\"bank\":\"once\"}");
    }
    assert_int_equal(asked(f, "POST", "/v1/banks", &s, "{\"bank\":\"twice\"}"), 422);
    s.idempotency = NULL;
    assert_int_equal(asked(f, "POST", "/v1/banks", &s, "{\"bank\":\"once\"}"), 409);
    assert_int_equal(asked(f, "DELETE", "/v1/banks/once", &s, ""), 200);
}

static jz_api_call begun(fixture *f, jz_http_reply *reply, const jz_http_request *q)
{
    jz_api_call c = { .api = f->a, .request = q, .reply = reply };
    char param[JZ_API_PARAMS][JZ_API_PARAM];
    const jz_api_route *other = NULL;
    c.route = jz_api_find(q->method, q->path, param, &other);
    c.key.id = 1;
    (void)snprintf(c.idempotency, sizeof c.idempotency, "begun");
    return c;
}

/* As after a crash: what has begun may have been done. */
static void test_request_that_had_begun_is_not_done_again(void **state)
{
    fixture *f = *state;
    bool done = true;
    jz_http_reply reply = { .fd = -1 };
    jz_http_request q = { .method = "PUT", .path = "/v1/gate/providers", .body_fd = -1 };
    q.body = (jz_bytes){ (const uint8_t *)"{}", 2 };
    jz_api_call c = begun(f, &reply, &q);
    assert_int_equal(jz_api_done_begin(&c, &done, NULL), JZ_OK);
    assert_false(done);
    assert_int_equal(jz_api_done_begin(&c, &done, NULL), JZ_OK);
    assert_true(done);
    assert_int_equal(reply.status, 409);
    assert_non_null(strstr(reply.body.ptr, "this request has begun before"));
    /* It failed, so that it may be sent again; then it is done, and answered from what is kept. */
    assert_int_equal(jz_api_done_end(&c, false, NULL), JZ_OK);
    assert_int_equal(jz_api_done_begin(&c, &done, NULL), JZ_OK);
    assert_false(done);
    jz_buf_done(&reply.body);
    reply = (jz_http_reply){ .status = 201, .fd = -1 };
    jz_buf_puts(&reply.body, "{\"a\":1}");
    assert_int_equal(jz_api_done_end(&c, true, NULL), JZ_OK);
    jz_buf_done(&reply.body);
    reply = (jz_http_reply){ .fd = -1 };
    assert_int_equal(jz_api_done_begin(&c, &done, NULL), JZ_OK);
    assert_true(done);
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply.body.ptr, "{\"a\":1}");
    jz_buf_done(&reply.body);
    /* A day later it is forgotten. */
    jz_govern_set_time(c.api->g, jz_now_us() + INT64_C(86400000001) + 1000000);
    reply = (jz_http_reply){ .fd = -1 };
    assert_int_equal(jz_api_done_begin(&c, &done, NULL), JZ_OK);
    assert_false(done);
    jz_govern_set_time(c.api->g, 0);
}

/* ---- the document ---- */

/* NOLINTBEGIN(misc-no-recursion): as deep as our own document is */
/* Every $ref leads somewhere, every schema says a type; returns how many refs there were. */
static unsigned check_node(const json_t *root, const json_t *node)
{
    unsigned refs = 0;
    const char *key;
    json_t *child;
    size_t i;
    if (json_is_object(node)) {
        const char *ref = json_string_value(json_object_get(node, "$ref"));
        if (ref != NULL) {
            char path[128];
            const json_t *at = root;
            refs++;
            assert_memory_equal(ref, "#/", 2);
            (void)snprintf(path, sizeof path, "%s", ref + 2);
            char *rest = path;
            for (char *part = strsep(&rest, "/"); part != NULL; part = strsep(&rest, "/"))
                at = json_object_get(at, part);
            assert_non_null(at);
        }
        json_object_foreach((json_t *)(uintptr_t)node, key, child)
        {
            if (strcmp(key, "schema") == 0 || strcmp(key, "items") == 0)
                assert_true(json_object_get(child, "type") != NULL ||
                            json_object_get(child, "$ref") != NULL);
            refs += check_node(root, child);
        }
    } else if (json_is_array(node)) {
        json_array_foreach(node, i, child)
        {
            refs += check_node(root, child);
        }
    }
    return refs;
}

/* NOLINTEND(misc-no-recursion) */

static void check_parameters(const jz_api_route *r, const json_t *op)
{
    size_t i, named = 0, braces = 0;
    json_t *p;
    json_array_foreach(json_object_get(op, "parameters"), i, p)
    {
        const char *where = json_string_value(json_object_get(p, "in"));
        assert_non_null(where);
        if (strcmp(where, "path") == 0) {
            char wanted[64];
            (void)snprintf(wanted, sizeof wanted, "{%s}",
                           json_string_value(json_object_get(p, "name")));
            assert_non_null(strstr(r->path, wanted));
            assert_true(json_is_true(json_object_get(p, "required")));
            named++;
        }
    }
    for (const char *at = r->path; *at != '\0'; at++)
        braces += *at == '{';
    assert_int_equal(named, braces);
}

static void test_openapi_describes_every_route(void **state)
{
    fixture *f = *state;
    const jz_api *a = f->a;
    json_error_t why;
    json_t *root = json_loadb(a->openapi.ptr, a->openapi.len, JSON_REJECT_DUPLICATES, &why);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "openapi")), "3.1.0");
    const json_t *paths = json_object_get(root, "paths");
    json_t *ids = json_object();
    size_t operations = 0;
    for (size_t i = 0; i < jz_api_route_count; i++) {
        const jz_api_route *r = &jz_api_routes[i];
        if ((r->flags & JZ_API_PAGE) != 0)
            continue;
        char method[8] = "";
        for (size_t k = 0; r->method[k] != '\0'; k++)
            method[k] = (char)(r->method[k] | 0x20);
        const json_t *op = json_object_get(json_object_get(paths, r->path), method);
        assert_non_null(op);
        operations++;
        const char *id = json_string_value(json_object_get(op, "operationId"));
        assert_non_null(id);
        assert_null(json_object_get(ids, id));
        assert_int_equal(json_object_set_new(ids, id, json_true()), 0);
        assert_true(strlen(json_string_value(json_object_get(op, "summary"))) > 0);
        assert_int_equal(json_array_size(json_object_get(op, "security")),
                         r->roles == JZ_ANYBODY ? 0 : 1);
        assert_int_equal(json_object_get(op, "requestBody") != NULL, r->body != JZ_BODY_NONE);
        const json_t *responses = json_object_get(op, "responses");
        assert_non_null(json_object_get(responses, "200"));
        assert_non_null(json_object_get(responses, "default"));
        check_parameters(r, op);
    }
    size_t there = 0;
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)paths, key, item)
    {
        there += json_object_size(item);
    }
    assert_int_equal(there, operations);
    assert_true(check_node(root, root) > operations);
    json_decref(ids);
    json_decref(root);
}

/* ---- traces ---- */

static unsigned of_role(fixture *f, jz_role role, const char *method, const char *path,
                        const char *query, const char *body)
{
    char bearer[80] = "";
    for (size_t i = 0; i < JZ_ROLES; i++)
        if (jz_role_at(i) == role)
            (void)snprintf(bearer, sizeof bearer, "Bearer %s", f->token[i]);
    const sent s = { .authorization = bearer, .content_type = "application/json", .query = query };
    return asked(f, method, path, &s, body);
}

static int64_t events_of(fixture *f, const char *kind, const char *by)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    assert_int_equal(
        jz_stmt_new(f->g->store,
                    "SELECT COUNT(*) FROM govern_event WHERE kind = ?1 AND object = ?2", &st, NULL),
        JZ_OK);
    jz_stmt_bind_text(st, 1, kind);
    jz_stmt_bind_text(st, 2, by);
    assert_int_equal(jz_stmt_step(st, &row, NULL), JZ_OK);
    return row ? jz_stmt_i64(st, 0) : -1;
}

static void test_a_search_leaves_one_trace(void **state)
{
    fixture *f = *state;
    static const char by[] = "key:moderator";
    int64_t now = jz_now_us();
    jz_govern_set_time(f->a->g, now);
    const jz_role who = JZ_ROLE_MODERATOR;
    const int64_t before = events_of(f, "searched", by);
    assert_int_equal(of_role(f, who, "GET", "/v1/accounts", "account=u1", ""), 200);
    assert_int_equal(of_role(f, who, "GET", "/v1/accounts", "account=u1", ""), 200);
    assert_int_equal(events_of(f, "searched", by), before + 1);
    assert_int_equal(of_role(f, who, "GET", "/v1/accounts", "account=u2", ""), 200);
    assert_int_equal(events_of(f, "searched", by), before + 2);
    assert_int_equal(of_role(f, who, "GET", "/v1/accounts", "", ""), 400);
    assert_int_equal(events_of(f, "searched", by), before + 2);
    jz_govern_set_time(f->a->g, now + 601 * S);
    assert_int_equal(of_role(f, who, "GET", "/v1/accounts", "account=u1", ""), 200);
    assert_int_equal(events_of(f, "searched", by), before + 3);
    assert_int_equal(of_role(f, JZ_ROLE_AUDITOR, "GET", "/v1/events", "object=key:moderator", ""),
                     200);
    assert_true(says(f, "{\"route\":\"/v1/accounts\",\"account\":\"u2\"}"));
    jz_govern_set_time(f->a->g, 0);
}

static void test_an_export_leaves_a_trace_of_what_was_taken(void **state)
{
    fixture *f = *state;
    static const char by[] = "key:supervisor";
    const jz_role who = JZ_ROLE_SUPERVISOR;
    const int64_t before = events_of(f, "exported", by);
    assert_int_equal(of_role(f, who, "POST", "/v1/banks", NULL, "{\"bank\":\"exported\"}"), 201);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(of_role(f, who, "POST", "/v1/reports/held", NULL, "{\"ref\":\"u1\"}"),
                         200);
        assert_int_equal(events_of(f, "exported", by), before + 1 + i);
    }
    assert_int_equal(of_role(f, who, "GET", "/v1/banks/exported/entries", "after=0", ""), 200);
    assert_int_equal(of_role(f, who, "GET", "/v1/banks/exported/entries", "after=9", ""), 200);
    assert_int_equal(events_of(f, "exported", by), before + 3); /* read on, not taken again */
    assert_int_equal(of_role(f, JZ_ROLE_AUDITOR, "GET", "/v1/events", "object=key:supervisor", ""),
                     200);
    assert_true(says(f, "{\"route\":\"/v1/reports/held\",\"asked\":{\"ref\":\"u1\"}}"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_route_refuses_every_role_that_has_no_right),
        cmocka_unit_test(test_rights_are_those_that_are_written_down),
        cmocka_unit_test(test_roles_that_see_cannot_change),
        cmocka_unit_test(test_paths_are_taken_as_they_are),
        cmocka_unit_test(test_parameter_of_a_path_has_a_limit),
        cmocka_unit_test(test_plain_paths_win_over_parameters),
        cmocka_unit_test(test_problems_are_exact),
        cmocka_unit_test(test_content_type_must_be_json_where_json_is_read),
        cmocka_unit_test(test_idempotency_key_has_a_form),
        cmocka_unit_test(test_wrong_keys_are_limited_by_address),
        cmocka_unit_test(test_refusals_count_for_the_key),
        cmocka_unit_test(test_bank_is_changed_once_for_one_idempotency_key),
        cmocka_unit_test(test_request_that_had_begun_is_not_done_again),
        cmocka_unit_test(test_openapi_describes_every_route),
        cmocka_unit_test(test_a_search_leaves_one_trace),
        cmocka_unit_test(test_an_export_leaves_a_trace_of_what_was_taken),
    };
    return cmocka_run_group_tests(tests, make_fixture, drop_fixture);
}
