/* SPDX-License-Identifier: Apache-2.0 */
/* The server itself: whether it lives, whether it can answer, what it has done, what it offers. */
#include "serve/routes.h"

static void put_status(jz_api_call *c, const char *status)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "status", status);
    jz_json_end_object(&j);
}

jz_status jz_route_health(jz_api_call *c, jz_err *err)
{
    (void)err;
    put_status(c, "ok");
    return JZ_OK;
}

/* The database answers, and the banks are loaded: without them there is no server. */
jz_status jz_route_ready(jz_api_call *c, jz_err *err)
{
    jz_api_key key;
    const jz_status st = jz_api_who(c->api, "-", &key, err);
    if (st != JZ_OK && st != JZ_E_NOTFOUND)
        return st;
    put_status(c, "ready");
    return JZ_OK;
}

jz_status jz_route_metrics(jz_api_call *c, jz_err *err)
{
    (void)err;
    c->reply->type = "text/plain; version=0.0.4; charset=utf-8";
    jz_api_metrics_put(c->api, &c->reply->body);
    return JZ_OK;
}

jz_status jz_route_openapi(jz_api_call *c, jz_err *err)
{
    (void)err;
    c->reply->cache = "public, max-age=300";
    jz_buf_put(&c->reply->body, c->api->openapi.ptr, c->api->openapi.len);
    return JZ_OK;
}
