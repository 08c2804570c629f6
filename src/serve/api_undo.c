/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions that can be undone: the handler runs, so that whatever is wrong is told at once, but
 * its transaction is not committed; the request is kept, and its handler runs again when its time
 * has come, in one transaction with forgetting it. So nobody is told, and nothing has to be taken
 * back, before. It outlives the server: what is due is done at the next start. */
#include "serve/told.h"

#include "base/alloc.h"
#include "base/file.h"
#include "govern/quality.h"

#include <stdio.h>
#include <string.h>

/* ---- within a request ---- */

static jz_status hold_back(jz_govern *g, void *user, jz_err *err)
{
    jz_api_call *c = user;
    (void)g;
    c->held = true;
    return JZ_FAIL(err, JZ_E_BUSY, "held back");
}

static jz_status show(jz_govern *g, void *user, jz_err *err)
{
    JZ_TRY(jz_told_preview(user, err));
    return hold_back(g, user, err);
}

static jz_status settle(jz_govern *g, void *user, jz_err *err)
{
    static const char complaint[] = "complaint:";
    const jz_api_call *c = user;
    const char *object = c->pending != NULL ? c->pending->object : c->object;
    char by[80];
    if (c->pending != NULL)
        JZ_TRY(jz_pending_done(g, c->pending, err));
    else if (object[0] != '\0')
        JZ_TRY(jz_review_done(g, object, err));
    if (strncmp(object, complaint, sizeof complaint - 1) != 0)
        return JZ_OK;
    return jz_quality_decided(g, object + sizeof complaint - 1, jz_api_actor(c, by, sizeof by),
                              err);
}

static jz_status with_commit(jz_api_call *c, jz_status (*commit)(jz_govern *, void *, jz_err *),
                             jz_status (*fn)(jz_api_call *c, jz_err *err), jz_err *err)
{
    jz_govern *g = c->api->g;
    g->before_commit = commit;
    g->before_commit_user = c;
    const jz_status st = fn(c, err);
    g->before_commit = NULL;
    return st;
}

/* Not what the handler has said of what was held back. */
static void say_instead(const jz_api_call *c, unsigned status)
{
    jz_buf_done(&c->reply->body);
    c->reply->body = (jz_buf){ 0 };
    c->reply->status = status;
    c->reply->type = "application/json";
    c->reply->retry_s = 0;
}

static jz_status keep(jz_api_call *c, jz_err *err)
{
    char by[80];
    JZ_BUF_AUTO body = { 0 };
    const jz_http_request *q = c->request;
    jz_pending p = { .by = jz_api_actor(c, by, sizeof by),
                     .key = c->key.id,
                     .method = q->method,
                     .path = q->path,
                     .due_us =
                         jz_govern_now_us(c->api->g) + (int64_t)c->api->opts.undo_s * 1000000 };
    if (c->object[0] == '\0') /* of nothing that waits */
        (void)snprintf(c->object, sizeof c->object, "new:%lld", (long long)jz_now_us());
    p.object = c->object;
    jz_buf_put(&body, q->body.ptr, q->body.len);
    jz_buf_putc(&body, '\0');
    JZ_TRY(jz_buf_check(&body, err));
    p.body = body.ptr;
    JZ_TRY(jz_pending_add(c->api->g, &p, err));
    say_instead(c, 202);
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "pending", p.number);
    jz_json_put_time(&j, "until", p.due_us);
    jz_json_end_object(&j);
    return JZ_OK;
}

static jz_status preview(jz_api_call *c, jz_err *err)
{
    jz_told told = { .from_us = jz_govern_now_us(c->api->g) };
    c->told = &told;
    const jz_status st = with_commit(c, show, jz_api_run, err);
    c->told = NULL;
    if (st == JZ_OK && c->held) {
        say_instead(c, 200);
        jz_buf_put(&c->reply->body, told.text.ptr, told.text.len);
    }
    jz_buf_done(&told.text);
    return st;
}

jz_status jz_api_run_undoable(jz_api_call *c, jz_err *err)
{
    uint64_t undo = 0, shown = 0;
    JZ_TRY(jz_api_argument_u64(c, "undo", 0, &undo, err));
    JZ_TRY(jz_api_argument_u64(c, "preview", 0, &shown, err));
    if (shown != 0)
        return preview(c, err);
    JZ_TRY(with_commit(c, undo != 0 ? hold_back : settle, jz_api_run, err));
    if (!c->held)
        return JZ_OK;
    jz_err told = { 0 };
    const jz_status st = keep(c, &told);
    if (st == JZ_E_EXISTS)
        jz_api_problem_of(c->reply, &told);
    else if (st != JZ_OK && err != NULL)
        *err = told;
    return st == JZ_E_EXISTS ? JZ_OK : st;
}

jz_status jz_api_review(jz_api_call *c, const char *kind, const char *id, jz_err *err)
{
    char by[80];
    (void)snprintf(c->object, sizeof c->object, "%s:%s", kind, id);
    return jz_review_may(c->api->g, c->object, c->key.staff, jz_api_actor(c, by, sizeof by), err);
}

/* ---- when the time has come ---- */

static jz_status run_route(jz_api_call *c, jz_err *err)
{
    return c->route->run(c, err);
}

static jz_status perform(jz_api *a, const jz_pending *p, jz_api_call *c, jz_err *err)
{
    const jz_api_route *other = NULL;
    jz_http_reply reply = { .fd = -1 };
    const jz_http_request q = { .method = p->method,
                                .path = p->path,
                                .body = { (const uint8_t *)p->body, strlen(p->body) },
                                .body_fd = -1 };
    *c = (jz_api_call){ .api = a, .pending = p, .request = &q, .reply = &reply };
    c->route = jz_api_find(p->method, p->path, c->param, &other);
    if (c->route == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such path");
    JZ_TRY(jz_keys_by_id(a->g, p->key, &c->key, err));
    if (c->key.revoked_us != 0)
        return JZ_FAIL(err, JZ_E_INVAL, "the account has ended");
    const jz_status st = with_commit(c, settle, run_route, err);
    jz_buf_done(&reply.body);
    return st;
}

/* One that is due; *more: perhaps there are others. */
static jz_status do_one(jz_api *a, bool *more, jz_err *err)
{
    jz_pending *p = NULL;
    jz_err told = { 0 };
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    *more = false;
    JZ_TRY(jz_pending_due(a->g, &p, err));
    if (p == NULL)
        return JZ_OK;
    jz_api_call *c = jz_alloc_zero(1, sizeof *c);
    jz_status st = JZ_E_NOMEM;
    if (c != NULL)
        st = perform(a, p, c, &told);
    else
        jz_err_set(&told, st, "out of memory");
    jz_free(c);
    if (st == JZ_E_BUSY || st == JZ_E_NOMEM) { /* later */
        *err = told;
    } else {
        *more = true;
        if (st != JZ_OK)
            st = jz_pending_fail(a->g, p, jz_err_text(&told, text, sizeof text), err);
        if (st == JZ_OK)
            st = jz_api_to_ledger(a, err);
        *more = st == JZ_OK;
    }
    jz_govern_free((char *)p);
    return st;
}

void jz_api_undo_due(jz_api *a)
{
    bool more = true;
    while (more) {
        jz_err err = { 0 };
        (void)pthread_mutex_lock(
            &a->govern_lock); /* an ordinary lock cannot fail, here and below */
        const jz_status st = do_one(a, &more, &err);
        (void)pthread_mutex_unlock(&a->govern_lock);
        if (st != JZ_OK && a->opts.failed != NULL)
            a->opts.failed(a->opts.user, "held", "back", &err);
    }
}
