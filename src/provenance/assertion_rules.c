/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of single assertions (15.10.3): that their content can be read, and what the manifest may
 * hold. */
#include "provenance/check.h"

#include <jansson.h>
#include <string.h>

static void read_cbor(jz_check *v, jz_assertion *a, jz_bytes payload)
{
    jz_err err = { 0 };
    jz_cbor root;
    const jz_status st = jz_cbor_parse(payload, "assertion", NULL, &root, &err);
    if (st == JZ_E_NOMEM)
        jz_keep_failure(v->c, st, &err);
    if (st == JZ_OK)
        a->root = root;
    else
        jz_found(v, JZ_C_ASSERTION_CBOR_INVALID, a->box, "%s", err.frame[0]);
}

static void read_json(jz_check *v, jz_assertion *a, jz_bytes payload)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)payload.ptr, payload.len, JSON_DECODE_ANY, &error);
    a->json = root != NULL;
    if (root == NULL)
        jz_found(v, JZ_C_ASSERTION_JSON_INVALID, a->box, "line %d: %s", error.line, error.text);
    json_decref(root);
}

/* The content box of an assertion has the type that its superbox names (8.3). */
static void read_content(jz_check *v, jz_assertion *a)
{
    const jz_jumbf_box *super = jz_box(v, a->box);
    const bool cbor = super->kind == JZ_JUMBF_CBOR;
    if (!cbor && super->kind != JZ_JUMBF_JSON)
        return;
    const uint32_t at = jz_jumbf_content(v->c->tree, a->box, super->kind);
    if (at == JZ_JUMBF_NONE)
        jz_found(v, cbor ? JZ_C_ASSERTION_CBOR_INVALID : JZ_C_ASSERTION_JSON_INVALID, a->box,
                 "no content");
    else if (cbor)
        read_cbor(v, a, jz_box(v, at)->payload);
    else
        read_json(v, a, jz_box(v, at)->payload);
}

/* Assertions that are kept elsewhere are not fetched, and neither a hard binding nor, in an update
 * manifest, a history may be among them (15.10.3). */
static void check_cloud(jz_check *v, const jz_assertion *a)
{
    jz_hashed_uri u;
    jz_cbor location;
    const jz_bytes label = jz_cbor_get_text(&a->root, "label");
    if (a->root.raw.ptr == NULL)
        return;
    if (label.ptr == NULL || !jz_cbor_get(&a->root, "location", &location) ||
        !jz_hashed_uri_read(&location, &u)) {
        jz_found(v, JZ_C_ASSERTION_CLOUD_DATA_MALFORMED, a->box, NULL);
        return;
    }
    if (jz_bytes_begin(label, "c2pa.hash."))
        jz_found(v, JZ_C_ASSERTION_CLOUD_DATA_HARD_BINDING, a->box, NULL);
    else if (v->m->update && jz_bytes_begin(label, "c2pa.actions"))
        jz_found(v, JZ_C_ASSERTION_CLOUD_DATA_ACTIONS, a->box, NULL);
    else
        jz_found(v, JZ_C_ASSERTION_INACCESSIBLE, a->box, "nothing is fetched here");
}

/* {manifest's label: token}. */
static void read_time_stamps(jz_check *v, const jz_assertion *a)
{
    jz_cbor_iter it = jz_cbor_in(&a->root);
    jz_cbor key;
    jz_cbor token;
    bool ok = a->root.kind == JZ_CBOR_MAP;
    while (ok && jz_cbor_pair(&it, &key, &token))
        ok = key.kind == JZ_CBOR_TEXT && token.kind == JZ_CBOR_BYTES;
    if (!ok)
        jz_found(v, JZ_C_ASSERTION_TIMESTAMP_MALFORMED, a->box, NULL);
    else if (a->holds)
        v->m->time_stamps = a->root;
}

/* 11.2.3: an update manifest has one parent and says nothing of the media. */
static void check_update(jz_check *v)
{
    const jz_manifest *m = v->m;
    size_t parents = 0;
    for (size_t i = 0; i < m->n_ingredients; i++)
        parents += jz_bytes_are(m->ingredient[i].relationship, "parentOf");
    if (parents != 1 || m->n_ingredients != 1)
        jz_found(v, JZ_C_MANIFEST_UPDATE_WRONG_PARENTS, m->claim, "%zu ingredients, %zu parents",
                 m->n_ingredients, parents);
    for (size_t i = 0; i < m->n_assertions; i++) {
        const jz_assertion *a = &m->assertion[i];
        if (jz_is_hard_binding(a->name) || jz_bytes_begin(a->name, "c2pa.thumbnail.claim"))
            jz_found(v, JZ_C_MANIFEST_UPDATE_INVALID, a->box, NULL);
    }
}

/* CAWG's identity assertion: none of its kinds of signatures is evaluated. That is told, and does
 * not count against the file. */
static void tell_identity(jz_check *v, const jz_assertion *a)
{
    jz_cbor payload;
    jz_bytes type = { 0 };
    if (a->root.raw.ptr != NULL && jz_cbor_get(&a->root, "signer_payload", &payload))
        type = jz_cbor_get_text(&payload, "sig_type");
    jz_found(v, JZ_C_IDENTITY_SIG_TYPE_UNKNOWN, a->box, "%.*s", type.len > 60 ? 60 : (int)type.len,
             type.len > 0 ? (const char *)type.ptr : "");
}

void jz_rules_check(jz_check *v)
{
    for (size_t i = 0; i < v->m->n_assertions && v->c->fail == JZ_OK; i++)
        read_content(v, &v->m->assertion[i]);
    jz_ingredients_read(v);
    if (v->m->update)
        check_update(v);
    for (size_t i = 0; i < v->m->n_assertions && v->c->fail == JZ_OK; i++) {
        const jz_assertion *a = &v->m->assertion[i];
        if (jz_bytes_are(a->name, "c2pa.cloud-data"))
            check_cloud(v, a);
        else if (jz_bytes_are(a->name, "c2pa.time-stamp") && a->root.raw.ptr != NULL)
            read_time_stamps(v, a);
        else if (jz_bytes_are(a->name, "cawg.identity"))
            tell_identity(v, a);
    }
    jz_actions_check(v);
}
