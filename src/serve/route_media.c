/* SPDX-License-Identifier: Apache-2.0 */
/* What is held of what is reviewed, and its previews: small, grey, blurred. More is shown by
 * route_reveal.c. */
#include "serve/routes.h"

#include "base/hex.h"
#include "serve/media_evidence.h"

#include <string.h>

static void put_held(jz_json *j, const jz_held *h)
{
    jz_json_put_hex(j, "sha256", h->sha256, sizeof h->sha256);
    jz_json_put_bool(j, "held", h->is_held);
    if (h->is_held)
        jz_json_put_str(j, "kind", h->copy.kind);
}

static void put_originals(jz_json *j, const jz_held_list *l, const jz_held *item)
{
    jz_json_key(j, "originals");
    jz_json_begin_array(j);
    for (const jz_held *h = l->held + l->items; h < l->held + l->n; h++) {
        if (h->number != item->number)
            continue;
        jz_json_begin_object(j);
        put_held(j, h);
        jz_json_put_str(j, "bank", h->hit.bank);
        jz_json_put_i64(j, "entry", h->hit.entry);
        jz_json_put_i64(j, "distance", h->hit.distance);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

jz_status jz_route_media(jz_api_call *c, jz_err *err)
{
    char object[JZ_REVIEW_OBJECT];
    jz_auto(jz_held_list) *l = NULL;
    jz_json j = { .out = &c->reply->body };
    JZ_TRY(jz_api_argument_text(c, "object", object, sizeof object, err));
    JZ_TRY(jz_held_find(c->api, object, NULL, &l, err));
    jz_json_begin_object(&j);
    jz_json_key(&j, "items");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < l->items; i++) {
        jz_json_begin_object(&j);
        jz_json_put_i64(&j, "number", l->held[i].number);
        put_held(&j, &l->held[i]);
        put_originals(&j, l, &l->held[i]);
        jz_json_end_object(&j);
    }
    jz_json_end_array(&j);
    JZ_TRY(jz_media_evidence_put(c->api, l, &j, err));
    jz_json_end_object(&j);
    return JZ_OK;
}

/* Uses the sheet of what the path and ?object= name. */
static jz_status use_named(jz_api_call *c, jz_sheet_use_fn use, jz_err *err)
{
    char object[JZ_REVIEW_OBJECT];
    uint8_t sha256[JZ_SHA256_SIZE];
    const jz_held *h = NULL;
    jz_auto(jz_held_list) *l = NULL;
    if (!jz_hex_decode(c->param[0], strlen(c->param[0]), sha256, sizeof sha256))
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such item");
    JZ_TRY(jz_api_argument_text(c, "object", object, sizeof object, err));
    JZ_TRY(jz_held_find(c->api, object, sha256, &l, err));
    JZ_TRY(jz_held_of(l, sha256, &h, err));
    return jz_held_use(c, sha256, object, use, c, err);
}

static jz_status put_frames(void *user, const jz_sheet *s, jz_err *err)
{
    const jz_api_call *c = user;
    jz_json j = { .out = &c->reply->body };
    (void)err;
    jz_json_begin_object(&j);
    jz_json_key(&j, "frames");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < s->n; i++)
        jz_json_f64(&j, s->at_s[i], 3);
    jz_json_end_array(&j);
    jz_json_put_bool(&j, "partial", s->partial);
    jz_json_end_object(&j);
    return JZ_OK;
}

jz_status jz_route_media_frames(jz_api_call *c, jz_err *err)
{
    return use_named(c, put_frames, err);
}

static jz_status put_preview(void *user, const jz_sheet *s, jz_err *err)
{
    const jz_api_call *c = user;
    return jz_sheet_put_preview(s, &c->reply->body, err);
}

jz_status jz_route_media_preview(jz_api_call *c, jz_err *err)
{
    JZ_TRY(use_named(c, put_preview, err));
    jz_held_is_picture(c->reply);
    return JZ_OK;
}
