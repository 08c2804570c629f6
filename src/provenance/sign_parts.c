/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/sign_parts.h"

#include <jz/hash.h>

#include "base/json.h"
#include "base/rd.h"

#include <jansson.h>
#include <string.h>

/* ---- actions: 18.15 ---- */

/* A part of the picture, in hundredths of its sides (18.2). Without a role: c2pa-rs reads none of
 * those that the specification has. */
static void put_region(jz_buf *out, const jz_sign_region *r)
{
    JZ_CBOR_MAP_AUTO region = { 0 };
    JZ_CBOR_MAP_AUTO range = { 0 };
    JZ_CBOR_MAP_AUTO shape = { 0 };
    JZ_CBOR_MAP_AUTO origin = { 0 };
    jz_cbor_put_float(jz_cbor_map_key(&origin, "x"), r->x);
    jz_cbor_put_float(jz_cbor_map_key(&origin, "y"), r->y);
    jz_cbor_put_text(jz_cbor_map_key(&shape, "type"), "rectangle");
    jz_cbor_put_text(jz_cbor_map_key(&shape, "unit"), "percent");
    jz_cbor_map_end(&origin, jz_cbor_map_key(&shape, "origin"));
    jz_cbor_put_float(jz_cbor_map_key(&shape, "width"), r->width);
    jz_cbor_put_float(jz_cbor_map_key(&shape, "height"), r->height);
    jz_cbor_put_text(jz_cbor_map_key(&range, "type"), "spatial");
    jz_cbor_map_end(&shape, jz_cbor_map_key(&range, "shape"));
    jz_buf *list = jz_cbor_map_key(&region, "region");
    jz_cbor_put_head(list, JZ_CBOR_ARRAY, 1);
    jz_cbor_map_end(&range, list);
    if (r->description != NULL)
        jz_cbor_put_text(jz_cbor_map_key(&region, "description"), r->description);
    jz_cbor_map_end(&region, out);
}

static void put_agent(jz_buf *out)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    jz_cbor_put_text(jz_cbor_map_key(&m, "name"), "Jianzhen");
    jz_cbor_put_text(jz_cbor_map_key(&m, "version"), JZ_VERSION);
    jz_cbor_map_end(&m, out);
}

static void put_parameters(jz_buf *out, const jz_draft_part *ingredient)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    jz_buf *list = jz_cbor_map_key(&m, "ingredients");
    jz_cbor_put_head(list, JZ_CBOR_ARRAY, 1);
    jz_draft_put_ref(ingredient, list);
    jz_cbor_map_end(&m, out);
}

static void put_action(jz_buf *out, const jz_sign_action *a, const char *source_type,
                       const jz_draft_part *ingredient)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    jz_cbor_put_text(jz_cbor_map_key(&m, "action"), a->name);
    if (source_type != NULL)
        jz_cbor_put_text(jz_cbor_map_key(&m, "digitalSourceType"), source_type);
    put_agent(jz_cbor_map_key(&m, "softwareAgent"));
    if (a->description != NULL)
        jz_cbor_put_text(jz_cbor_map_key(&m, "description"), a->description);
    if (ingredient != NULL)
        put_parameters(jz_cbor_map_key(&m, "parameters"), ingredient);
    if (a->n_regions > 0) {
        jz_buf *list = jz_cbor_map_key(&m, "changes");
        jz_cbor_put_head(list, JZ_CBOR_ARRAY, a->n_regions);
        for (size_t i = 0; i < a->n_regions; i++)
            put_region(list, &a->region[i]);
    }
    jz_cbor_map_end(&m, out);
}

/* The first action says how the file began: created by us, or opened. What the source type is of
 * then are the actions behind it; where none was named, c2pa.edited. */
static void put_actions(jz_buf *out, const jz_sign_opts *o, const jz_draft_part *ingredient)
{
    static const jz_sign_action created = { .name = "c2pa.created" };
    static const jz_sign_action opened = { .name = "c2pa.opened" };
    static const jz_sign_action edited = { .name = "c2pa.edited" };
    JZ_CBOR_MAP_AUTO m = { 0 };
    const char *left = ingredient != NULL ? o->source_type : NULL;
    const bool edit = left != NULL && o->n_actions == 0;
    jz_buf *list = jz_cbor_map_key(&m, "actions");
    jz_cbor_put_head(list, JZ_CBOR_ARRAY, 1 + o->n_actions + edit);
    if (ingredient != NULL)
        put_action(list, &opened, NULL, ingredient);
    else
        put_action(list, &created, o->source_type, NULL);
    for (size_t i = 0; i < o->n_actions; i++) {
        const jz_sign_action *a = &o->action[i];
        put_action(list, a, a->source_type != NULL ? a->source_type : left, NULL);
    }
    if (edit)
        put_action(list, &edited, left, NULL);
    /* Nobody but the caller knows whether there were others. */
    jz_cbor_put_bool(jz_cbor_map_key(&m, "allActionsIncluded"), false);
    jz_cbor_map_end(&m, out);
}

/* 11.2.3 */
static bool may_update(const jz_sign_action *a)
{
    return (strcmp(a->name, "c2pa.published") == 0 ||
            strcmp(a->name, "c2pa.edited.metadata") == 0) &&
           a->n_regions == 0;
}

static jz_status check_actions(const jz_sign_opts *o, jz_err *err)
{
    static const char *const first[] = { "c2pa.created", "c2pa.opened" };
    for (size_t i = 0; i < o->n_actions; i++) {
        const jz_sign_action *a = &o->action[i];
        if (o->update && !may_update(a))
            return JZ_FAIL(err, JZ_E_INVAL, "%s changes the media, which an update manifest cannot",
                           a->name);
        if (!jz_utf8_valid(a->name, strlen(a->name)) || a->name[0] == '\0')
            return JZ_FAIL(err, JZ_E_INVAL, "an action without a name");
        for (size_t k = 0; k < JZ_ARRAY_LEN(first); k++) {
            if (strcmp(a->name, first[k]) == 0)
                return JZ_FAIL(err, JZ_E_INVAL, "%s is written as the first action by itself",
                               a->name);
        }
    }
    return JZ_OK;
}

static jz_status add_actions(jz_draft *d, const jz_sign_opts *o, const jz_draft_part *ingredient,
                             jz_err *err)
{
    jz_draft_part *p = NULL;
    JZ_TRY(check_actions(o, err));
    JZ_TRY(jz_draft_add(d, "c2pa.actions.v2", JZ_JUMBF_CBOR, &p, err));
    put_actions(&p->body, o, ingredient);
    return jz_buf_check(&p->body, err);
}

/* ---- soft bindings: 18.10; one's own assertions: 18.22 ---- */

static jz_status add_soft_binding(jz_draft *d, const jz_sign_soft_binding *s, jz_err *err)
{
    jz_draft_part *p = NULL;
    JZ_CBOR_MAP_AUTO m = { 0 };
    JZ_CBOR_MAP_AUTO block = { 0 };
    JZ_TRY(jz_draft_add(d, "c2pa.soft-binding", JZ_JUMBF_CBOR, &p, err));
    jz_cbor_put_text(jz_cbor_map_key(&m, "alg"), s->alg);
    jz_cbor_put_head(jz_cbor_map_key(&block, "scope"), JZ_CBOR_MAP, 0); /* all of the file */
    jz_cbor_put_bytes(jz_cbor_map_key(&block, "value"), s->value);
    jz_buf *list = jz_cbor_map_key(&m, "blocks");
    jz_cbor_put_head(list, JZ_CBOR_ARRAY, 1);
    jz_cbor_map_end(&block, list);
    jz_cbor_put_head(jz_cbor_map_key(&m, "pad"), JZ_CBOR_BYTES, 0);
    jz_cbor_map_end(&m, &p->body);
    return jz_buf_check(&p->body, err);
}

#define OWN_DEPTH 16 /* values in one another */

static bool put_json(jz_buf *out, const json_t *v, unsigned depth);

/* The depth is bounded by OWN_DEPTH. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static bool put_object(jz_buf *out, const json_t *v, unsigned depth)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    const char *key = NULL;
    json_t *value = NULL;
    if (json_object_size(v) > JZ_CBOR_MAP_MAX)
        return false;
    json_object_foreach((json_t *)(uintptr_t)v, key, value)
    {
        if (!put_json(jz_cbor_map_key(&m, key), value, depth + 1))
            return false;
    }
    jz_cbor_map_end(&m, out);
    return true;
}

/* The same value in CBOR. As JSON text, an AI label in the manifest would be taken for the label of
 * the file itself by all who look for that in its bytes. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static bool put_json(jz_buf *out, const json_t *v, unsigned depth)
{
    if (depth == OWN_DEPTH)
        return false;
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        return put_object(out, v, depth);
    case JSON_ARRAY:
        jz_cbor_put_head(out, JZ_CBOR_ARRAY, json_array_size(v));
        for (size_t i = 0; i < json_array_size(v); i++) {
            if (!put_json(out, json_array_get(v, i), depth + 1))
                return false;
        }
        return true;
    case JSON_STRING:
        jz_cbor_put_textn(out, json_string_value(v), json_string_length(v));
        return true;
    case JSON_INTEGER:
        jz_cbor_put_int(out, json_integer_value(v));
        return true;
    case JSON_REAL:
        jz_cbor_put_float(out, json_real_value(v));
        return true;
    case JSON_NULL:
        jz_cbor_put_null(out);
        return true;
    default:
        jz_cbor_put_bool(out, json_is_true(v));
        return true;
    }
}

static jz_status add_own(jz_draft *d, const jz_sign_assertion *a, jz_err *err)
{
    jz_draft_part *p = NULL;
    json_error_t error;
    if (jz_bytes_begin(jz_bytes_of_text(a->label), "c2pa."))
        return JZ_FAIL(err, JZ_E_INVAL, "%s is not one's own", a->label);
    JZ_TRY(jz_draft_add(d, a->label, JZ_JUMBF_CBOR, &p, err));
    json_t *root = json_loadb((const char *)a->json.ptr, a->json.len, 0, &error);
    if (root == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is no JSON: %s", a->label, error.text);
    const bool ok = put_json(&p->body, root, 0);
    json_decref(root);
    if (!ok)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: more than %d values in one another, or %d keys",
                       a->label, OWN_DEPTH, JZ_CBOR_MAP_MAX);
    return jz_buf_check(&p->body, err);
}

/* ---- thumbnail: 18.12 ---- */

static jz_status add_thumbnail(jz_draft *d, const jz_sign_opts *o, jz_err *err)
{
    jz_draft_part *p = NULL;
    if (o->thumbnail_type == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "a thumbnail without a media type");
    JZ_TRY(jz_draft_add(d, "c2pa.thumbnail.claim", JZ_JUMBF_FILE, &p, err));
    p->type = o->thumbnail_type;
    jz_buf_put(&p->body, o->thumbnail.ptr, o->thumbnail.len);
    return jz_buf_check(&p->body, err);
}

jz_status jz_sign_parts(jz_draft *d, const jz_sign_opts *o, const jz_credentials *parent,
                        jz_err *err)
{
    jz_draft_part *ingredient = NULL;
    if (parent != NULL)
        JZ_TRY_CTX(jz_sign_ingredient(d, parent, &ingredient, err), err, "the parent");
    JZ_TRY(add_actions(d, o, ingredient, err));
    for (size_t i = 0; i < o->n_soft_bindings; i++)
        JZ_TRY(add_soft_binding(d, &o->soft_binding[i], err));
    for (size_t i = 0; i < o->n_assertions; i++)
        JZ_TRY(add_own(d, &o->assertion[i], err));
    return o->thumbnail.len > 0 ? add_thumbnail(d, o, err) : JZ_OK;
}

jz_status jz_sign_time_stamp(jz_draft *d, jz_bytes manifest, jz_bytes token, jz_err *err)
{
    jz_draft_part *p = NULL;
    JZ_TRY(jz_draft_add(d, "c2pa.time-stamp", JZ_JUMBF_CBOR, &p, err));
    jz_cbor_put_head(&p->body, JZ_CBOR_MAP, 1);
    jz_cbor_put_textn(&p->body, (const char *)manifest.ptr, manifest.len);
    jz_cbor_put_bytes(&p->body, token);
    return jz_buf_check(&p->body, err);
}

/* ---- hard bindings ---- */

static void put_ranges(jz_buf *out, const jz_range *range, size_t n)
{
    jz_cbor_put_head(out, JZ_CBOR_ARRAY, n);
    for (size_t i = 0; i < n; i++) {
        JZ_CBOR_MAP_AUTO m = { 0 };
        jz_cbor_put_head(jz_cbor_map_key(&m, "start"), JZ_CBOR_UINT, range[i].at);
        jz_cbor_put_head(jz_cbor_map_key(&m, "length"), JZ_CBOR_UINT, range[i].size);
        jz_cbor_map_end(&m, out);
    }
}

static void put_data(jz_buf *out, const jz_range *range, size_t n, size_t pad,
                     const uint8_t *digest)
{
    static const uint8_t zeros[64];
    JZ_CBOR_MAP_AUTO m = { 0 };
    if (n > 0)
        put_ranges(jz_cbor_map_key(&m, "exclusions"), range, n);
    jz_cbor_put_text(jz_cbor_map_key(&m, "alg"), "sha256");
    jz_cbor_put_text(jz_cbor_map_key(&m, "name"), "jumbf manifest");
    jz_cbor_put_bytes(jz_cbor_map_key(&m, "hash"), (jz_bytes){ digest, JZ_SHA256_SIZE });
    jz_buf *v = jz_cbor_map_key(&m, "pad");
    jz_cbor_put_head(v, JZ_CBOR_BYTES, pad);
    for (; pad > 0 && v->fail == JZ_OK; pad -= pad < sizeof zeros ? pad : sizeof zeros)
        jz_buf_put(v, zeros, pad < sizeof zeros ? pad : sizeof zeros);
    jz_cbor_map_end(&m, out);
}

/* A range takes at most 32 bytes: a map's head, two keys of 6 and 7 bytes, two numbers of up to 9.
 * The padding makes up for what it takes less; it begins where its own head has two bytes, or
 * three, and stays there. */
#define RANGE_BYTES 32
#define REST_BYTES 128 /* all that is neither a range nor padding takes less */
#define FEW 4          /* ranges: up to 24 + 128 + 4 * 32 bytes of padding, fewer than 256 */

jz_status jz_put_hash_data(jz_buf *out, const jz_range *range, size_t n, size_t most,
                           const uint8_t digest[JZ_DIGEST_BYTES], jz_err *err)
{
    JZ_BUF_AUTO least = { 0 };
    if (n > most || most > JZ_SIGN_RANGES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a manifest store in %zu pieces", n > most ? n : most);
    const size_t pad = most <= FEW ? 24 : 256;
    put_data(&least, range, n, pad, digest);
    JZ_TRY(jz_buf_check(&least, err));
    put_data(out, range, n, pad + (REST_BYTES + pad + most * RANGE_BYTES - least.len), digest);
    return jz_buf_check(out, err);
}

static void put_exclusion(jz_buf *out, const jz_bmff_exclusion *x)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    jz_cbor_put_textn(jz_cbor_map_key(&m, "xpath"), (const char *)x->xpath.ptr, x->xpath.len);
    if (x->n_match > 0) {
        jz_buf *list = jz_cbor_map_key(&m, "data");
        jz_cbor_put_head(list, JZ_CBOR_ARRAY, x->n_match);
        for (size_t i = 0; i < x->n_match; i++) {
            JZ_CBOR_MAP_AUTO match = { 0 };
            jz_cbor_put_head(jz_cbor_map_key(&match, "offset"), JZ_CBOR_UINT, x->match[i].offset);
            jz_cbor_put_bytes(jz_cbor_map_key(&match, "value"), x->match[i].value);
            jz_cbor_map_end(&match, list);
        }
    }
    jz_cbor_map_end(&m, out);
}

void jz_put_hash_bmff(jz_buf *out, const uint8_t digest[JZ_DIGEST_BYTES])
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    size_t n;
    const jz_bmff_exclusion *x = jz_bmff_usual(&n);
    jz_buf *list = jz_cbor_map_key(&m, "exclusions");
    jz_cbor_put_head(list, JZ_CBOR_ARRAY, n);
    for (size_t i = 0; i < n; i++)
        put_exclusion(list, &x[i]);
    jz_cbor_put_text(jz_cbor_map_key(&m, "alg"), "sha256");
    jz_cbor_put_text(jz_cbor_map_key(&m, "name"), "jumbf manifest");
    jz_cbor_put_bytes(jz_cbor_map_key(&m, "hash"), (jz_bytes){ digest, JZ_SHA256_SIZE });
    jz_cbor_map_end(&m, out);
}
