/* SPDX-License-Identifier: Apache-2.0 */
/* Searches and exports: who works with what others have told leaves a trace of what was looked for
 * and what was taken out, an event and so a leaf of the ledger. The same search again, as when a
 * list is read on, is no new one for some minutes. */
#include "serve/api.h"

#include "govern/governs.h"

#include <jz/hash.h>

#include <string.h>

#define SAME_US INT64_C(600000000)
#define STAFF (JZ_ROLE_MODERATOR | JZ_ROLE_SUPERVISOR | JZ_ROLE_AUDITOR | JZ_ROLE_ADMIN)
#define ASKED_MAX ((size_t)2048) /* bytes of a body that is kept as it is */

/* How far somebody has read on. */
static bool is_paging(const char *argument)
{
    return strcmp(argument, "from") == 0 || strcmp(argument, "limit") == 0 ||
           strcmp(argument, "after") == 0;
}

static jz_status put_arguments(const jz_api_call *c, jz_json *j, jz_err *err)
{
    for (const jz_api_argument *a = c->route->argument; a != NULL && a->name != NULL; a++) {
        char text[JZ_GOVERN_NAME_MAX + 1];
        if (is_paging(a->name))
            continue;
        JZ_TRY(jz_api_argument_text(c, a->name, text, sizeof text, err));
        if (text[0] != '\0')
            jz_json_put_str(j, a->name, text);
    }
    return JZ_OK;
}

static void put_body(const jz_api_call *c, jz_json *j)
{
    const jz_bytes body = c->request->body;
    uint8_t digest[JZ_SHA256_SIZE];
    if (c->route->body != JZ_BODY_JSON)
        return;
    jz_sha256(body.ptr, body.len, digest);
    if (body.len <= ASKED_MAX) { /* which the handler has read as JSON */
        jz_json_key(j, "asked");
        jz_json_raw(j, (const char *)body.ptr, body.len);
    } else {
        jz_json_put_hex(j, "asked_sha256", digest, sizeof digest);
    }
}

static jz_status describe(const jz_api_call *c, jz_buf *out, jz_err *err)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "route", c->route->path);
    if (strchr(c->route->path, '{') != NULL)
        jz_json_put_str(&j, "of", c->param[0]);
    JZ_TRY(put_arguments(c, &j, err));
    put_body(c, &j);
    jz_json_end_object(&j);
    return jz_buf_check(out, err);
}

/* Whether it was recorded a short while ago; else it is remembered. */
static bool is_same(jz_api *a, const char *by, const jz_buf *detail)
{
    uint8_t digest[JZ_SHA256_SIZE];
    JZ_BUF_AUTO text = { 0 };
    const int64_t now = jz_govern_now_us(a->g);
    jz_buf_printf(&text, "%s\n%s", by, detail->ptr);
    jz_sha256(text.ptr, text.len, digest); /* of nothing where there was no memory: a new one */
    for (size_t i = 0; text.fail == JZ_OK && i < JZ_ARRAY_LEN(a->traced); i++)
        if (a->traced[i].at_us > now - SAME_US && a->traced[i].at_us <= now &&
            memcmp(a->traced[i].digest, digest, sizeof digest) == 0)
            return true;
    jz_traced *t = &a->traced[a->next_traced++ % JZ_ARRAY_LEN(a->traced)];
    memcpy(t->digest, digest, sizeof digest);
    t->at_us = now;
    return false;
}

static jz_status record(jz_api *a, const jz_api_call *c, const char *by, const jz_buf *detail,
                        jz_err *err)
{
    const bool export = (c->route->flags & JZ_API_EXPORT) != 0;
    const bool reads = strcmp(c->route->method, "GET") == 0;
    if (reads && is_same(a, by, detail))
        return JZ_OK;
    JZ_TRY(jz_store_begin(a->g->store, err));
    JZ_TRY(jz_govern_end(
        a->g, jz_govern_record(a->g, by, by, export ? "exported" : "searched", detail, err), err));
    return jz_api_to_ledger(a, err);
}

jz_status jz_api_trace(jz_api_call *c, jz_err *err)
{
    char by[80];
    JZ_BUF_AUTO detail = { 0 };
    jz_api *a = c->api;
    if ((c->route->flags & (JZ_API_SEARCH | JZ_API_EXPORT)) == 0 || c->reply->status >= 400 ||
        ((unsigned)c->key.role & STAFF) == 0)
        return JZ_OK;
    JZ_TRY(describe(c, &detail, err));
    (void)pthread_mutex_lock(&a->govern_lock); /* an ordinary lock cannot fail */
    const jz_status st = record(a, c, jz_api_actor(c, by, sizeof by), &detail, err);
    (void)pthread_mutex_unlock(&a->govern_lock);
    return st;
}
