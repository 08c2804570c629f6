/* SPDX-License-Identifier: Apache-2.0 */
/* From a file to the report on it: finds the store, walks from the active manifest to all that it
 * leads to, and holds the file against the hard binding. */
#include "base/alloc.h"
#include "base/curl.h"
#include "base/file.h"
#include "base/rd.h"
#include "base/url.h"
#include "media/brotli.h"
#include "provenance/check.h"

#include <string.h>

JZ_DEFINE_AUTO(jz_credentials, jz_credentials_free);

static void manifest_free(jz_manifest *m)
{
    if (m == NULL)
        return;
    jz_free(m->assertion);
    jz_free(m->ingredient);
    jz_free(m);
}

void jz_credentials_free(jz_credentials *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n_manifests; i++)
        manifest_free(c->manifest[i]);
    for (size_t i = 0; i < c->n_texts; i++)
        jz_free(c->text[i]);
    jz_free(c->manifest);
    jz_free(c->text);
    jz_free(c->finding);
    jz_free(c->proven);
    jz_free(c->remote);
    jz_jumbf_free(c->tree);
    jz_buf_done(&c->merged);
    jz_buf_done(&c->fetched);
    jz_asset_close(c->asset);
    jz_asset_close(c->side);
    jz_free(c);
}

/* ---- manifests ---- */

jz_manifest *jz_manifest_of(jz_credentials *c, uint32_t box, size_t *index)
{
    for (size_t i = 0; i < c->n_manifests; i++) {
        if (c->manifest[i]->box == box) {
            *index = i;
            return c->manifest[i];
        }
    }
    if (c->n_manifests == JZ_MANIFESTS_MAX) {
        jz_err_set(&c->why, JZ_E_LIMIT, "more than %d manifests", JZ_MANIFESTS_MAX);
        c->fail = JZ_E_LIMIT;
        return NULL;
    }
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what is wanted */
    jz_manifest **grown = jz_grow(c->manifest, c->n_manifests, &c->size_manifests, sizeof *grown);
    if (grown != NULL)
        c->manifest = grown;
    jz_manifest *m = grown != NULL ? jz_alloc_zero(1, sizeof *m) : NULL;
    if (m == NULL) {
        jz_keep_failure(c, JZ_E_NOMEM, NULL);
        return NULL;
    }
    m->box = box;
    m->claim = m->signature = m->assertions = JZ_JUMBF_NONE;
    m->label = jz_jumbf_at(c->tree, box)->label;
    m->update = jz_jumbf_at(c->tree, box)->kind == JZ_JUMBF_UPDATE;
    *index = c->n_manifests;
    c->manifest[c->n_manifests++] = m;
    return m;
}

void jz_manifest_check(jz_check *v)
{
    v->m->visit = JZ_VISIT_UNDERWAY;
    if (jz_claim_read(v)) {
        jz_signature_check(v);
        jz_assertions_check(v);
        jz_rules_check(v);
        jz_binding_count(v);
        jz_ingredients_check(v);
    }
    v->m->visit = JZ_VISIT_DONE;
}

/* The manifest that binds the media: of an update manifest, the first standard one among its
 * parents (15.12). Each was validated before. */
static jz_manifest *binding_manifest(jz_credentials *c, jz_manifest *m, size_t *index)
{
    for (unsigned i = 0; m != NULL && m->update && i < JZ_INGREDIENT_DEPTH_MAX; i++) {
        jz_manifest *parent = NULL;
        for (size_t k = 0; k < m->n_ingredients; k++) {
            const jz_ingredient *in = &m->ingredient[k];
            if (jz_bytes_are(in->relationship, "parentOf") && in->box != JZ_JUMBF_NONE)
                parent = jz_manifest_of(c, in->box, index);
        }
        m = parent;
    }
    return m != NULL && !m->update && m->visit == JZ_VISIT_DONE ? m : NULL;
}

const jz_manifest *jz_binding_manifest(jz_credentials *c, size_t *index)
{
    *index = 0;
    return c->n_manifests > 0 ? binding_manifest(c, c->manifest[0], index) : NULL;
}

static void check_media(jz_check *v, jz_manifest *active)
{
    size_t index = v->index;
    jz_manifest *m = binding_manifest(v->c, active, &index);
    if (m == NULL) {
        jz_found(v, JZ_C_CLAIM_HARD_BINDINGS_MISSING, active->box,
                 "no manifest to which this one adds");
        return;
    }
    jz_check of = { .c = v->c, .m = m, .index = index };
    jz_binding_check(&of, m != active);
}

/* ---- the store ---- */

/* The last manifest is the active one (11.1.4.2). */
static uint32_t find_active(const jz_jumbf *j)
{
    uint32_t found = JZ_JUMBF_NONE;
    for (uint32_t i = jz_jumbf_at(j, 0)->first; i != JZ_JUMBF_NONE; i = jz_jumbf_at(j, i)->next) {
        if (jz_is_manifest(jz_jumbf_at(j, i)))
            found = i;
    }
    return found;
}

/* A store of its own in the same file, with the manifests that update the first one: as if they
 * stood in one. Hashes are of manifests and what is in them, so that they stay right. */
static jz_status merge_update(jz_credentials *c, jz_bytes update, jz_err *err)
{
    jz_auto(jz_jumbf) *one = NULL;
    jz_auto(jz_jumbf) *two = NULL;
    JZ_TRY(jz_jumbf_parse(c->store, &one, err));
    JZ_TRY(jz_jumbf_parse(update, &two, err));
    const jz_bytes first = jz_jumbf_at(one, 0)->payload;
    const uint32_t added = jz_jumbf_at(two, 0)->first;
    const uint8_t *end = jz_jumbf_at(two, 0)->payload.ptr + jz_jumbf_at(two, 0)->payload.len;
    const uint8_t *from = added != JZ_JUMBF_NONE ? update.ptr + jz_jumbf_at(two, added)->at : end;
    const size_t size = 8 + first.len + (size_t)(end - from);
    const uint8_t head[8] = { (uint8_t)(size >> 24),
                              (uint8_t)(size >> 16),
                              (uint8_t)(size >> 8),
                              (uint8_t)size,
                              'j',
                              'u',
                              'm',
                              'b' };
    c->merged.cap = 2 * JZ_STORE_MAX;
    jz_buf_put(&c->merged, head, sizeof head);
    jz_buf_put(&c->merged, first.ptr, first.len);
    jz_buf_put(&c->merged, from, (size_t)(end - from));
    JZ_TRY(jz_buf_check(&c->merged, err));
    c->store = (jz_bytes){ (const uint8_t *)c->merged.ptr, c->merged.len };
    return JZ_OK;
}

static jz_status unpack_one(jz_credentials *c, uint32_t box, size_t *left, jz_err *err)
{
    JZ_BUF_AUTO bytes = { .cap = JZ_STORE_MAX };
    const uint32_t at = jz_jumbf_content(c->tree, box, JZ_JUMBF_BROTLI);
    if (at == JZ_JUMBF_NONE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a compressed manifest without a brob box");
    JZ_TRY(jz_unbrotli(jz_jumbf_at(c->tree, at)->payload, left, &bytes, err));
    return jz_jumbf_unpack(c->tree, box, &bytes, err);
}

/* Compressed manifests (11.2.4, 15.5.4) get what is in them; together that is no more than a store
 * may be. One that cannot be unpacked stays as it is, and is told of when it is reached. */
static jz_status unpack_manifests(jz_credentials *c, jz_err *err)
{
    size_t left = JZ_STORE_MAX;
    bool any = false;
    for (uint32_t i = jz_jumbf_at(c->tree, 0)->first; i != JZ_JUMBF_NONE;
         i = jz_jumbf_at(c->tree, i)->next) {
        jz_err why = { 0 };
        if (jz_jumbf_at(c->tree, i)->kind != JZ_JUMBF_COMPRESSED)
            continue;
        const jz_status st = unpack_one(c, i, &left, &why);
        if (st == JZ_E_NOMEM)
            return JZ_FAIL(err, st, "out of memory");
        if (st != JZ_OK && c->packed_why == NULL)
            c->packed_why = jz_keep_text(c, jz_bytes_of_text(why.frame[0]));
        any = true;
    }
    c->unpacked = JZ_STORE_MAX - left;
    return any ? jz_jumbf_index(c->tree, err) : JZ_OK;
}

static jz_status parse_store(jz_credentials *c, jz_err *err)
{
    const jz_bytes update = jz_asset_update(c->asset);
    if (update.ptr != NULL)
        JZ_TRY(merge_update(c, update, err));
    JZ_TRY(jz_jumbf_parse(c->store, &c->tree, err));
    JZ_TRY(unpack_manifests(c, err));
    if (jz_jumbf_at(c->tree, 0)->kind != JZ_JUMBF_STORE ||
        !jz_bytes_are(jz_jumbf_at(c->tree, 0)->label, "c2pa"))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the outermost box is no manifest store");
    return JZ_OK;
}

static void check_store(jz_credentials *c)
{
    jz_err err = { 0 };
    jz_check v = { .c = c };
    const jz_status st = parse_store(c, &err);
    if (st == JZ_E_NOMEM) {
        jz_keep_failure(c, st, &err);
        return;
    }
    const uint32_t active = st == JZ_OK ? find_active(c->tree) : JZ_JUMBF_NONE;
    if (active == JZ_JUMBF_NONE) {
        jz_found(&v, JZ_C_GENERAL_ERROR, JZ_JUMBF_NONE, "%s",
                 st != JZ_OK ? err.frame[0] : "a store without manifests");
        return;
    }
    c->hash_left = (uint64_t)JZ_HASH_BUDGET * (c->store.len + c->unpacked);
    v.m = jz_manifest_of(c, active, &v.index);
    if (v.m == NULL)
        return;
    jz_manifest_check(&v);
    if (c->fail == JZ_OK && v.m->claim != JZ_JUMBF_NONE && v.m->version != 0)
        check_media(&v, v.m);
}

/* ---- what is shown of manifests ---- */

static jz_bytes generator_of(const jz_manifest *m)
{
    jz_cbor info;
    if (jz_cbor_get(&m->root, "claim_generator_info", &info)) {
        if (info.kind == JZ_CBOR_ARRAY) {
            jz_cbor_iter it = jz_cbor_in(&info);
            (void)jz_cbor_next(&it, &info); /* an empty list has no name either */
        }
        const jz_bytes name = jz_cbor_get_text(&info, "name");
        if (name.ptr != NULL)
            return name;
    }
    return jz_cbor_get_text(&m->root, "claim_generator");
}

static void show(jz_credentials *c, jz_manifest *m)
{
    m->shown = (jz_credential_manifest){
        .label = jz_keep_text(c, m->label),
        .title = jz_keep_text(c, jz_cbor_get_text(&m->root, "dc:title")),
        .generator = jz_keep_text(c, generator_of(m)),
        .algorithm = m->has_cose ? jz_cose_alg_name(m->cose.alg) : "",
        .signer = jz_keep_text(c, jz_bytes_of_text(m->cert.name)),
        .issuer = jz_keep_text(c, jz_bytes_of_text(m->cert.issuer)),
        .serial = jz_keep_text(c, jz_bytes_of_text(m->cert.serial)),
        .time_by = jz_keep_text(c, jz_bytes_of_text(m->stamper.name)),
        .not_before_us = m->cert.not_before_us,
        .not_after_us = m->cert.not_after_us,
        .signed_us = m->signed_us,
        .source_type = jz_keep_text(c, m->source_type),
        .version = m->version,
        .update = m->update,
    };
}

/* ---- the file ---- */

static jz_status find_remote(jz_credentials *c, jz_err *err)
{
    JZ_BUF_AUTO url = { .cap = 65536 };
    const jz_status st = jz_asset_remote(c->asset, &url, NULL);
    if (st == JZ_E_IO || st == JZ_E_NOMEM)
        return JZ_FAIL(err, st, "looking for the address of a manifest");
    if (st == JZ_OK && url.len > 0) {
        c->remote = jz_strndup(url.ptr, url.len);
        if (c->remote == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    return JZ_OK;
}

/* The store that belongs to the file: its own before one beside it (11.3). */
static jz_status find_store(jz_credentials *c, jz_err *why)
{
    const jz_status st = jz_asset_store(c->asset, &c->store, why);
    if (st != JZ_E_NOTFOUND || c->side == NULL)
        return st;
    return jz_asset_store(c->side, &c->store, why);
}

static jz_status fetch(jz_credentials *c, jz_err *err)
{
    char pin[JZ_URL_PIN_MAX];
    unsigned status = 0;
    JZ_TRY(jz_url_pin(c->remote, c->fetch == JZ_REMOTE_INSIDE, pin, err));
    const jz_curl_post get = { .url = c->remote,
                               .accept = "application/c2pa",
                               .pin = pin,
                               .get = true,
                               .reply_max = JZ_STORE_MAX };
    JZ_TRY(jz_curl_send(&get, &status, &c->fetched, err));
    if (status != 200)
        return JZ_FAIL(err, JZ_E_IO, "%s: the server answers %u", c->remote, status);
    jz_source_of_bytes(jz_buf_bytes(&c->fetched), &c->side_src);
    JZ_TRY(jz_asset_open(&c->side_src, &c->side, err));
    return jz_asset_store(c->side, &c->store, err);
}

/* Of a manifest that is kept elsewhere: JZ_E_NOTFOUND where there is none, or it is only told. */
static jz_status find_elsewhere(jz_credentials *c, jz_err *err)
{
    jz_err why = { 0 };
    JZ_TRY(find_remote(c, err));
    if (c->remote == NULL || c->fetch == JZ_REMOTE_TOLD)
        return JZ_E_NOTFOUND;
    const jz_status st = fetch(c, &why);
    if (st == JZ_E_NOMEM)
        return JZ_FAIL(err, st, "out of memory");
    if (st != JZ_OK) {
        jz_check v = { .c = c };
        jz_found(&v, JZ_C_MANIFEST_INACCESSIBLE, JZ_JUMBF_NONE, "%s", why.frame[0]);
        jz_conclude(c);
        return JZ_E_NOTFOUND;
    }
    return JZ_OK;
}

static jz_status examine(jz_credentials *c, jz_err *err)
{
    jz_err why = { 0 };
    jz_status st = find_store(c, &why);
    if (st == JZ_E_NOTFOUND) {
        st = find_elsewhere(c, err);
        if (st != JZ_OK)
            return st == JZ_E_NOTFOUND ? JZ_OK : st;
    }
    if (st == JZ_OK) {
        check_store(c);
    } else {
        jz_check v = { .c = c };
        jz_found(&v, JZ_C_GENERAL_ERROR, JZ_JUMBF_NONE, "%s", why.frame[0]);
    }
    for (size_t i = 0; i < c->n_manifests; i++)
        show(c, c->manifest[i]);
    if (c->fail == JZ_E_LIMIT) { /* of what a file may hold: about the file after all */
        c->state = JZ_CREDENTIALS_INVALID;
        return JZ_OK;
    }
    if (c->fail != JZ_OK) {
        if (err != NULL)
            *err = c->why;
        return c->fail;
    }
    jz_conclude(c);
    return JZ_OK;
}

static jz_status verify(jz_credentials *c, const jz_verify_opts *opts, jz_err *err)
{
    c->trust = opts != NULL ? opts->trust : NULL;
    c->fetch = opts != NULL ? opts->remote : JZ_REMOTE_TOLD;
    c->at_us = opts != NULL && opts->at_us != 0 ? opts->at_us : jz_now_us();
    JZ_TRY(jz_asset_open(&c->src, &c->asset, err));
    if (opts != NULL && opts->sidecar_fd > 0) {
        JZ_TRY(jz_source_of_fd(opts->sidecar_fd, &c->side_src, err));
        JZ_TRY_CTX(jz_asset_open(&c->side_src, &c->side, err), err, "the file beside it");
    }
    JZ_TRY(examine(c, err));
    c->trust = NULL;
    c->hashed = (jz_bytes){ 0 };
    return JZ_OK;
}

jz_status jz_credentials_verify_bytes(jz_bytes bytes, const jz_verify_opts *opts,
                                      jz_credentials **out, jz_err *err)
{
    jz_auto(jz_credentials) *c = jz_alloc_zero(1, sizeof *c);
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_source_of_bytes(bytes, &c->src);
    JZ_TRY(verify(c, opts, err));
    *out = JZ_TAKE(c);
    return JZ_OK;
}

jz_status jz_credentials_read_back(int fd, const jz_verify_opts *opts, jz_bytes binding,
                                   jz_credentials **out, jz_err *err)
{
    jz_auto(jz_credentials) *c = jz_alloc_zero(1, sizeof *c);
    if (c == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    c->hashed = binding;
    JZ_TRY(jz_source_of_fd(fd, &c->src, err));
    JZ_TRY(verify(c, opts, err));
    *out = JZ_TAKE(c);
    return JZ_OK;
}

jz_status jz_credentials_verify(int fd, const jz_verify_opts *opts, jz_credentials **out,
                                jz_err *err)
{
    return jz_credentials_read_back(fd, opts, (jz_bytes){ 0 }, out, err);
}

jz_credential_state jz_credentials_state(const jz_credentials *c)
{
    return c->state;
}

bool jz_credentials_well_formed(const jz_credentials *c)
{
    return c->well_formed;
}

const char *jz_credentials_remote(const jz_credentials *c)
{
    return c->remote;
}

const jz_credential_finding *jz_credential_finding_at(const jz_credentials *c, size_t i)
{
    return i < c->n_findings ? &c->finding[i] : NULL;
}

const jz_credential_manifest *jz_credential_manifest_at(const jz_credentials *c, size_t i)
{
    return i < c->n_manifests ? &c->manifest[i]->shown : NULL;
}
