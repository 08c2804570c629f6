/* SPDX-License-Identifier: Apache-2.0 */
/* A request's way: route, key, role, rate, then its handler under the locks that it needs. */
#include "serve/api.h"

#include "base/alloc.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_FRESH_US 1000000 /* a revoked key is refused a second later at the latest */

/* ---- routes ---- */

static bool is_segment(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

/* Takes a segment of a path as a parameter: 1 to 127 plain characters, not only dots. */
static bool take_param(const char **path, char out[JZ_API_PARAM])
{
    size_t n = 0, dots = 0;
    for (; is_segment((*path)[n]); n++)
        dots += (*path)[n] == '.';
    if (n == 0 || n >= JZ_API_PARAM || dots == n)
        return false;
    memcpy(out, *path, n);
    out[n] = '\0';
    *path += n;
    return true;
}

static bool fits(const char *pattern, const char *path, char param[JZ_API_PARAMS][JZ_API_PARAM])
{
    size_t n = 0;
    while (*pattern != '\0') {
        if (*pattern == '{') {
            if (!take_param(&path, param[n++]))
                return false;
            pattern = strchr(pattern, '}') + 1;
        } else if (*pattern++ != *path++) {
            return false;
        }
    }
    return *path == '\0';
}

static bool is_method(const jz_api_route *r, const char *method)
{
    return strcmp(r->method, method) == 0 ||
           (strcmp(method, "HEAD") == 0 && strcmp(r->method, "GET") == 0);
}

/* Patterns without parameters come first where two fit: the table is in that order. */
const jz_api_route *jz_api_find(const char *method, const char *path,
                                char param[JZ_API_PARAMS][JZ_API_PARAM], const jz_api_route **other)
{
    *other = NULL;
    for (size_t i = 0; i < jz_api_route_count; i++) {
        const jz_api_route *r = &jz_api_routes[i];
        if (!fits(r->path, path, param))
            continue;
        if (is_method(r, method))
            return r;
        if (*other == NULL)
            *other = r;
    }
    return NULL;
}

/* ---- problems ---- */

static const char *title_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *title;
    } rows[] = {
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 409, "Conflict" },
        { 413, "Content Too Large" },
        { 415, "Unsupported Media Type" },
        { 422, "Unprocessable Content" },
        { 429, "Too Many Requests" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++)
        if (rows[i].status == status)
            return rows[i].title;
    return "Internal Server Error";
}

void jz_api_problem(jz_http_reply *reply, unsigned status, const char *kind, const char *detail)
{
    jz_buf_done(&reply->body);
    reply->body = (jz_buf){ 0 };
    reply->status = status;
    reply->type = "application/problem+json";
    jz_json j = { .out = &reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "type", "about:blank");
    jz_json_put_str(&j, "title", title_of(status));
    jz_json_put_u64(&j, "status", status);
    jz_json_put_str(&j, "kind", kind);
    if (detail != NULL)
        jz_json_put_str(&j, "detail", detail);
    jz_json_end_object(&j);
}

unsigned jz_api_status_of(jz_status st)
{
    static const uint16_t statuses[] = {
        [JZ_E_INVAL] = 400,    [JZ_E_NOTFOUND] = 404,  [JZ_E_EXISTS] = 409,
        [JZ_E_CORRUPT] = 400,  [JZ_E_TRUNCATED] = 400, [JZ_E_UNSUPPORTED] = 415,
        [JZ_E_LIMIT] = 413,    [JZ_E_TIMEOUT] = 422,   [JZ_E_CRASH] = 422,
        [JZ_E_MISMATCH] = 422, [JZ_E_EMPTY] = 400,     [JZ_E_NOT_MEDIA] = 415,
        [JZ_E_ARCHIVE] = 415,  [JZ_E_BUSY] = 503,      [JZ_E_BUG] = 500,
    };
    return (size_t)st < JZ_ARRAY_LEN(statuses) && statuses[st] != 0 ? statuses[st] : 500;
}

void jz_api_problem_of(jz_http_reply *reply, const jz_err *err)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    const unsigned status = jz_api_status_of(err->code);
    if (status == 503)
        reply->retry_s = 1;
    jz_api_problem(reply, status, jz_status_name(err->code), jz_err_text(err, text, sizeof text));
}

void jz_api_refuse(void *user, const jz_http_request *request, unsigned status,
                   jz_http_reply *reply)
{
    (void)user;
    (void)request;
    if (status == 413)
        jz_api_problem(reply, 413, "limit", "the body is larger than this route takes");
    else if (status == 503)
        jz_api_problem(reply, 503, "busy", "try again");
    else
        jz_api_problem(reply, 500, "internal", NULL);
    reply->retry_s = status == 503 ? 1 : 0;
}

/* ---- who calls ---- */

jz_status jz_api_who(jz_api *a, const char *token, jz_api_key *out, jz_err *err)
{
    if (strlen(token) >= JZ_KEY_TEXT)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such key");
    const int64_t now = jz_now_us();
    jz_cached_key *oldest = &a->cached[0];
    jz_status st = JZ_OK;
    (void)pthread_mutex_lock(&a->keys_lock); /* an ordinary lock cannot fail, here and below */
    jz_cached_key *found = NULL;
    for (size_t i = 0; i < JZ_KEY_CACHE && found == NULL; i++) {
        jz_cached_key *k = &a->cached[i];
        if (k->until_us > now && strcmp(k->token, token) == 0)
            found = k;
        if (k->until_us < oldest->until_us)
            oldest = k;
    }
    if (found == NULL) {
        st = jz_keys_find(a->keys, token, out, err);
        if (st == JZ_OK) {
            *oldest = (jz_cached_key){ .key = *out, .until_us = now + TOKEN_FRESH_US };
            memcpy(oldest->token, token, strlen(token) + 1);
        }
    } else {
        *out = found->key;
    }
    (void)pthread_mutex_unlock(&a->keys_lock);
    return st;
}

const char *jz_api_actor(const jz_api_call *c, char *buf, size_t size)
{
    if (c->key.id == 0)
        return "anybody";
    (void)snprintf(buf, size, "%s:%s", c->key.staff ? "staff" : "key", c->key.name); /* it fits */
    return buf;
}

static void unauthorised(jz_api *a, jz_http_reply *reply, const char *detail)
{
    atomic_fetch_add(&a->unauthorised, 1);
    jz_api_problem(reply, 401, "unauthorised", detail);
    reply->extra[0][0] = "WWW-Authenticate";
    reply->extra[0][1] = "Bearer";
}

static bool is_change(const jz_http_request *q)
{
    return strcmp(q->method, "GET") != 0 && strcmp(q->method, "HEAD") != 0;
}

/* Who has signed in: what a page of another site sends has the cookie too, but not what is made of
 * it. A cookie that is of no session is as none. */
static jz_status by_session(jz_api *a, const jz_http_request *q, jz_api_call *c,
                            jz_http_reply *reply, jz_err *err)
{
    char token[JZ_SESSION_TEXT];
    const char *sent = jz_http_header(q, "Jz-Csrf");
    if (!jz_session_cookie(jz_http_header(q, "Cookie"), token))
        return JZ_OK;
    jz_session_csrf(token, c->csrf);
    const bool forged = is_change(q) && (sent == NULL || strcmp(sent, c->csrf) != 0);
    if (forged && c->route->roles == JZ_ANYBODY)
        return JZ_OK;
    (void)pthread_mutex_lock(&a->keys_lock); /* an ordinary lock cannot fail */
    const jz_status st = jz_session_find(a->keys, token, &c->key, &c->session, err);
    (void)pthread_mutex_unlock(&a->keys_lock);
    if (st == JZ_OK && forged)
        jz_api_problem(reply, 403, "csrf", "the header Jz-Csrf of this session is wanted");
    return st == JZ_E_NOTFOUND ? JZ_OK : st;
}

static jz_status by_key(jz_api *a, const char *text, jz_api_call *c, jz_http_reply *reply,
                        jz_err *err)
{
    static const char scheme[] = "Bearer ";
    if (strncmp(text, scheme, sizeof scheme - 1) != 0) {
        unauthorised(a, reply, "a key is wanted: Authorization: Bearer KEY");
        return JZ_OK;
    }
    const jz_status st = jz_api_who(a, text + sizeof scheme - 1, &c->key, err);
    if (st == JZ_E_NOTFOUND)
        unauthorised(a, reply, "there is no such key, or it is revoked");
    return st == JZ_E_NOTFOUND ? JZ_OK : st;
}

/* The reply has a status where the caller may not go on. */
static jz_status authorise(jz_api *a, const jz_http_request *q, jz_api_call *c,
                           jz_http_reply *reply, jz_err *err)
{
    const unsigned roles = c->route->roles;
    const char *text = jz_http_header(q, "Authorization");
    JZ_TRY(text != NULL ? by_key(a, text, c, reply, err) : by_session(a, q, c, reply, err));
    if (reply->status != 0 || roles == JZ_ANYBODY)
        return JZ_OK;
    if (c->key.id == 0) {
        unauthorised(a, reply, "a key is wanted: Authorization: Bearer KEY; or sign in");
    } else if (((unsigned)c->key.role & roles) == 0) {
        char detail[80];
        atomic_fetch_add(&a->unauthorised, 1);
        (void)snprintf(detail, sizeof detail, "not for the role %s", jz_role_name(c->key.role));
        jz_api_problem(reply, 403, "forbidden", detail);
    }
    return JZ_OK;
}

/* What is refused counts, too, so that nobody tries keys at leisure. */
static void limit_rate(jz_api *a, const jz_api_route *r, const jz_http_request *q,
                       const jz_api_key *key, jz_http_reply *reply)
{
    char who[80];
    unsigned wait_s = 0;
    const int64_t per_minute = key->id != 0 ? key->per_minute : a->opts.per_minute;
    if (per_minute == 0 || (reply->status == 0 && (r->flags & JZ_API_PROBE) != 0))
        return;
    if (key->id != 0)
        (void)snprintf(who, sizeof who, "k%lld", (long long)key->id);
    else
        (void)snprintf(who, sizeof who, "a%s", q->peer);
    if (jz_rates_take(a->rates, who, per_minute, jz_now_us(), &wait_s))
        return;
    atomic_fetch_add(&a->limited, 1);
    jz_api_problem(reply, 429, "rate", "too many requests in a minute");
    reply->retry_s = wait_s;
}

/* ---- what is sent ---- */

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    if (type == NULL || strncasecmp(type, json, sizeof json - 1) != 0)
        return false;
    const char next = type[sizeof json - 1];
    return next == '\0' || next == ';' || next == ' ';
}

static void check_head(const jz_api_route *r, const jz_http_request *q, jz_api_call *c,
                       jz_http_reply *reply)
{
    const char *key = jz_http_header(q, "Idempotency-Key");
    if (r->body == JZ_BODY_JSON && !is_json(jz_http_header(q, "Content-Type"))) {
        jz_api_problem(reply, 415, "unsupported", "Content-Type: application/json is wanted");
        return;
    }
    if (key == NULL || (r->flags & JZ_API_CHANGES) == 0 || c->key.id == 0)
        return;
    const size_t len = strlen(key);
    bool good = len > 0 && len < sizeof c->idempotency;
    for (size_t i = 0; good && i < len; i++)
        good = key[i] > ' ' && key[i] < 0x7f;
    if (good)
        memcpy(c->idempotency, key, len + 1);
    else
        jz_api_problem(reply, 400, "invalid",
                       "an Idempotency-Key is 1 to 127 visible ASCII characters");
}

static size_t body_max(const jz_api *a, const jz_api_route *r)
{
    if (r->body == JZ_BODY_NONE)
        return 1; /* 0 would be the server's own */
    if (r->body_max > 0)
        return r->body_max;
    return r->body == JZ_BODY_FILE ? (size_t)a->opts.upload_max : JZ_API_JSON_MAX;
}

static size_t row_of(const jz_api_route *r)
{
    return r != NULL ? (size_t)(r - jz_api_routes) : jz_api_route_count;
}

static void count(jz_api *a, const jz_api_route *r, unsigned status, int64_t us)
{
    jz_api_count *n = &a->count[row_of(r)];
    const unsigned class = status / 100 < 6 ? status / 100 : 5;
    atomic_fetch_add(&n->by_class[class], 1);
    atomic_fetch_add(&n->us, (unsigned long long)us);
}

static jz_status plan_call(jz_api *a, jz_api_call *c, const jz_http_request *q,
                           jz_http_reply *reply, jz_err *err)
{
    const jz_api_route *other = NULL;
    c->route = jz_api_find(q->method, q->path, c->param, &other);
    if (c->route == NULL && other == NULL) {
        jz_api_problem(reply, 404, "notfound", "there is no such path");
    } else if (c->route == NULL) {
        jz_api_problem(reply, 405, "method", "not with this method");
        reply->allow = a->allow[row_of(other)].ptr;
    } else {
        JZ_TRY(authorise(a, q, c, reply, err));
        limit_rate(a, c->route, q, &c->key, reply);
        if (reply->status == 0)
            check_head(c->route, q, c, reply);
    }
    return JZ_OK;
}

jz_status jz_api_plan(void *user, const jz_http_request *request, jz_http_plan *plan,
                      jz_http_reply *reply, jz_err *err)
{
    jz_api *a = user;
    jz_api_call *c = jz_alloc_zero(1, sizeof *c);
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    c->api = a;
    c->began_us = jz_now_us();
    const jz_status st = plan_call(a, c, request, reply, err);
    if (st != JZ_OK || reply->status != 0) {
        count(a, c->route, st != JZ_OK ? 500 : reply->status, 0);
        jz_free(c);
        return st;
    }
    *plan = (jz_http_plan){ .body_max = body_max(a, c->route),
                            .file = c->route->body == JZ_BODY_FILE,
                            .slow = (c->route->flags & JZ_API_SLOW) != 0,
                            .context = c };
    return JZ_OK;
}

void jz_api_forget(void *user, void *context, unsigned status)
{
    jz_api_call *c = context;
    count(user, c->route, status, jz_now_us() - c->began_us);
    jz_free(c);
}

/* ---- answering ---- */

/* A failure that is the caller's is told; others are for whoever runs the server. */
jz_status jz_api_run(jz_api_call *c, jz_err *err)
{
    jz_err told = { 0 };
    jz_status st = c->route->run(c, &told);
    if (st == JZ_OK)
        st = jz_buf_check(&c->reply->body, &told);
    if (st == JZ_OK)
        return JZ_OK;
    if (jz_api_status_of(st) == 500) {
        *err = told;
        return st;
    }
    jz_api_problem_of(c->reply, &told);
    return JZ_OK;
}

static jz_status run_governed(jz_api_call *c, jz_err *err)
{
    bool done = false;
    const bool once = c->idempotency[0] != '\0';
    if (once)
        JZ_TRY(jz_api_done_begin(c, &done, err));
    if (done)
        return JZ_OK;
    jz_status st =
        (c->route->flags & JZ_API_UNDO) != 0 ? jz_api_run_undoable(c, err) : jz_api_run(c, err);
    const bool changed = st == JZ_OK && c->reply->status < 400;
    if (changed && (c->route->flags & JZ_API_CHANGES) != 0)
        st = jz_api_to_ledger(c->api, err);
    if (once && st == JZ_OK)
        st = jz_api_done_end(c, changed, err);
    return st;
}

/* Of both, the one of banks comes first. */
static void lock(jz_api *a, bool banks, bool governed)
{
    if (banks)
        (void)pthread_mutex_lock(&a->banks_lock); /* ordinary locks cannot fail, here and below */
    if (governed)
        (void)pthread_mutex_lock(&a->govern_lock);
}

static void unlock(jz_api *a, bool banks, bool governed)
{
    if (governed)
        (void)pthread_mutex_unlock(&a->govern_lock);
    if (banks)
        (void)pthread_mutex_unlock(&a->banks_lock);
}

static jz_status run_locked(jz_api_call *c, jz_err *err)
{
    char by[80];
    jz_api *a = c->api;
    const bool banks = (c->route->flags & JZ_API_BANKS) != 0;
    const bool governed = (c->route->flags & JZ_API_GOVERN) != 0;
    jz_status st = JZ_OK;
    lock(a, banks, governed);
    if (banks && governed)
        st = jz_banks_set_by(a->banks, jz_api_actor(c, by, sizeof by), err);
    if (st == JZ_OK)
        st = governed ? run_governed(c, err) : jz_api_run(c, err);
    unlock(a, banks, governed);
    return st;
}

jz_status jz_api_change_banks(jz_api_call *c,
                              jz_status (*fn)(jz_api_call *c, void *user, jz_err *err), void *user,
                              jz_err *err)
{
    char by[80];
    lock(c->api, true, true);
    jz_status st = jz_banks_set_by(c->api->banks, jz_api_actor(c, by, sizeof by), err);
    if (st == JZ_OK)
        st = fn(c, user, err);
    if (st == JZ_OK)
        st = jz_api_to_ledger(c->api, err);
    unlock(c->api, true, true);
    return st;
}

jz_status jz_api_answer(void *user, void *context, unsigned worker, const jz_http_request *request,
                        jz_http_reply *reply, jz_err *err)
{
    jz_api_call *c = context;
    (void)user;
    c->request = request;
    c->reply = reply;
    c->worker = worker;
    reply->status = 200;
    reply->type = "application/json";
    JZ_TRY(run_locked(c, err));
    return jz_api_trace(c, err);
}
