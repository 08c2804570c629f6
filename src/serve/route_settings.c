/* SPDX-License-Identifier: Apache-2.0 */
/* The ladder, the platform's address for webhooks and what is told there, models and their lists.
 * Addresses inside the platform's own network are set on the command line only. */
#include "serve/routes.h"

#include <jz/feedback.h>
#include <jz/measure.h>

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

/* ---- the ladder ---- */

jz_status jz_route_ladder(jz_api_call *c, jz_err *err)
{
    char *text = NULL, sha256[65];
    JZ_TRY(jz_ladder_get(c->api->g, &text, sha256, err));
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "sha256", sha256);
    jz_json_key(&j, "ladder");
    jz_json_raw(&j, text, strlen(text));
    jz_json_end_object(&j);
    jz_govern_free(text);
    return JZ_OK;
}

jz_status jz_route_ladder_set(jz_api_call *c, jz_err *err)
{
    char by[80];
    JZ_TRY(jz_ladder_set(c->api->g, c->request->body, jz_api_actor(c, by, sizeof by), err));
    return jz_route_ladder(c, err);
}

/* ---- webhooks ---- */

static jz_status put_hook(void *user, const jz_hook_info *h, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "id", h->id);
    jz_json_put_i64(j, "measure", h->measure);
    jz_json_put_str(j, "kind", h->kind);
    jz_json_put_str(j, "state", h->state);
    jz_json_put_time(j, "made", h->made_us);
    jz_json_put_time(j, "next", h->next_us);
    jz_json_put_i64(j, "attempts", h->attempts);
    jz_json_put_str(j, "error", h->error);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_hooks(jz_api_call *c, jz_err *err)
{
    uint64_t all = 0;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_api_argument_u64(c, "all", 0, &all, err));
    jz_json_begin_object(&j);
    jz_json_key(&j, "hooks");
    jz_json_begin_array(&j);
    JZ_TRY(jz_hooks(c->api->g, all != 0, put_hook, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

typedef struct sent_url {
    char url[JZ_GOVERN_TEXT_MAX];
} sent_url;

const jz_field jz_hook_fields[] = {
    { .key = "url",
      .kind = JZ_FIELD_TEXT,
      .at = offsetof(sent_url, url),
      .size = JZ_GOVERN_TEXT_MAX },
    { 0 },
};

jz_status jz_route_hook_set(jz_api_call *c, jz_err *err)
{
    char by[80];
    sent_url s;
    JZ_TRY(jz_api_body_read(c, &s, sizeof s, err));
    JZ_TRY(jz_hook_set(c->api->g, s.url, false, jz_api_actor(c, by, sizeof by), err));
    jz_buf_puts(&c->reply->body, "{}");
    return JZ_OK;
}

/* ---- models ---- */

static void give_list(jz_api_call *c, int64_t version, char *text)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "list", version);
    jz_json_key(&j, "content");
    jz_json_raw(&j, text, strlen(text));
    jz_json_end_object(&j);
    jz_govern_free(text);
}

jz_status jz_route_feedback_new(jz_api_call *c, jz_err *err)
{
    char by[80], *text = NULL;
    int64_t version = 0;
    JZ_TRY(jz_feedback_list(c->api->g, jz_api_actor(c, by, sizeof by), &version, &text, err));
    give_list(c, version, text);
    c->reply->status = 201;
    return JZ_OK;
}

jz_status jz_route_feedback(jz_api_call *c, jz_err *err)
{
    char *text = NULL, *end = NULL;
    const int64_t version = strtoll(c->param[0], &end, 10);
    if (*end != '\0' || version < 1)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no list '%s'", c->param[0]);
    JZ_TRY(jz_feedback_get(c->api->g, version, &text, err));
    give_list(c, version, text);
    return JZ_OK;
}

static jz_status put_release(void *user, const jz_model_release *r, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_str(j, "model", r->model);
    jz_json_put_str(j, "release", r->release);
    jz_json_put_time(j, "at", r->at_us);
    jz_json_put_i64(j, "missed_ppm", r->missed_ppm);
    jz_json_put_i64(j, "false_ppm", r->false_ppm);
    jz_json_put_bool(j, "accepted", r->accepted);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_route_releases(jz_api_call *c, jz_err *err)
{
    jz_json j = { .out = &c->reply->body };
    jz_json_begin_object(&j);
    jz_json_key(&j, "releases");
    jz_json_begin_array(&j);
    JZ_TRY(jz_models_registered(c->api->g, put_release, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}

/* A release that is refused is in the record, too, and has to reach the ledger. */
jz_status jz_route_release_new(jz_api_call *c, jz_err *err)
{
    char by[80];
    const jz_status st =
        jz_model_register(c->api->g, c->request->body, jz_api_actor(c, by, sizeof by), err);
    if (st == JZ_E_INVAL)
        JZ_TRY(jz_api_to_ledger(c->api, err));
    JZ_TRY(st);
    c->reply->status = 201;
    jz_buf_puts(&c->reply->body, "{}");
    return JZ_OK;
}
