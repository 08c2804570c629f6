/* SPDX-License-Identifier: Apache-2.0 */
#include "serve_fixture.h"

fixture *home_made(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    if (f == NULL)
        return NULL;
    *state = f;
    (void)snprintf(f->home, sizeof f->home, "%s/jz-serve-XXXXXX",
                   getenv("TMPDIR") != NULL ? getenv("TMPDIR") : "/tmp");
    const bool made = mkdtemp(f->home) != NULL &&
                      jz_govern_open(f->home, true, NULL, &f->g, NULL) == JZ_OK &&
                      jz_keys_migrate(f->g, NULL) == JZ_OK;
    return made ? f : NULL;
}

int server_started(fixture *f)
{
    const jz_serve_opts opts = {
        .home = f->home, .threads = 1, .workers = 1, .per_minute = 100000, .sandbox = f->sandbox
    };
    if (jz_serve_open(&opts, &f->serve, NULL) != JZ_OK)
        return -1;
    f->a = jz_serve_api(f->serve);
    jz_api_tick_stop(f->a);
    return 0;
}

int drop_fixture(void **state)
{
    fixture *f = *state;
    jz_serve_close(f->serve);
    jz_sandbox_close(f->sandbox);
    jz_govern_close(f->g);
    jz_buf_done(&f->body);
    jz_remove_tree(f->home);
    free(f);
    return 0;
}

/* ---- requests ---- */

static const char *argument(const sent *s, const char *name)
{
    static char value[128];
    const size_t len = strlen(name);
    if (strcmp(name, "undo") == 0)
        return s->undo;
    for (const char *at = s->query; at != NULL; at = strchr(at, '&')) {
        at += *at == '&';
        if (strncmp(at, name, len) == 0 && at[len] == '=') {
            (void)snprintf(value, sizeof value, "%.*s", (int)strcspn(at + len + 1, "&"),
                           at + len + 1);
            return value;
        }
    }
    return NULL;
}

static const char *lookup(const void *from, jz_http_where where, const char *name)
{
    const sent *s = from;
    if (where == JZ_HTTP_ARGUMENT)
        return argument(s, name);
    return strcmp(name, "Authorization") == 0     ? s->authorization
           : strcmp(name, "Content-Type") == 0    ? s->content_type
           : strcmp(name, "Idempotency-Key") == 0 ? s->idempotency
           : strcmp(name, "Cookie") == 0          ? s->cookie
           : strcmp(name, "Jz-Csrf") == 0         ? s->csrf
                                                  : NULL;
}

static unsigned send_on(fixture *f, const char *method, const char *path, const sent *s,
                        const char *body)
{
    jz_http_request q = {
        .method = method, .path = path, .body_fd = -1, .lookup = lookup, .from = s
    };
    jz_http_reply reply = { .fd = -1 };
    jz_http_plan plan = { 0 };
    jz_err err = { 0 };
    if (body != NULL)
        q.body = (jz_bytes){ (const uint8_t *)body, strlen(body) };
    (void)snprintf(q.peer, sizeof q.peer, "%s", s->peer != NULL ? s->peer : "192.0.2.1");
    assert_int_equal(jz_api_plan(f->a, &q, &plan, &reply, NULL), JZ_OK);
    assert_int_equal(plan.context != NULL, reply.status == 0);
    if (plan.context != NULL && body != NULL &&
        jz_api_answer(f->a, plan.context, f->sandbox != NULL, &q, &reply, &err) != JZ_OK)
        reply.status = 500; /* as httpd.c answers it */
    if (plan.context != NULL)
        jz_api_forget(f->a, plan.context, reply.status);
    jz_buf_done(&f->body);
    f->body = reply.body;
    f->type = reply.type;
    f->cache = reply.cache;
    f->policy = reply.extra[0][1];
    f->retry_s = reply.retry_s;
    return reply.status;
}

unsigned planned(fixture *f, const char *method, const char *path, const sent *s)
{
    return send_on(f, method, path, s, NULL);
}

unsigned asked(fixture *f, const char *method, const char *path, const sent *s, const char *body)
{
    return send_on(f, method, path, s, body);
}

void path_of(const jz_api_route *r, char out[160])
{
    size_t n = 0;
    for (const char *p = r->path; *p != '\0'; p++) {
        out[n++] = *p == '{' ? 'x' : *p;
        if (*p == '{')
            p = strchr(p, '}');
    }
    out[n] = '\0';
}

bool says(const fixture *f, const char *text)
{
    return f->body.ptr != NULL && strstr(f->body.ptr, text) != NULL;
}
