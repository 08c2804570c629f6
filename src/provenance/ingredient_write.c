/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a new one was made from, as c2pa.ingredient.v3 (18.16): its manifests go along, and
 * what was found of them is recorded, so that nobody takes our signature for a word on theirs. */
#include "provenance/sign_parts.h"

#include <jz/media.h>

#include <stdio.h>
#include <string.h>

#define LABEL_MAX ((size_t)512) /* bytes of a manifest's label */

static void put_status(jz_buf *out, const jz_credential_finding *f)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    jz_cbor_put_text(jz_cbor_map_key(&m, "code"), f->code->name);
    if (f->url != NULL && f->url[0] != '\0')
        jz_cbor_put_text(jz_cbor_map_key(&m, "url"), f->url);
    jz_cbor_map_end(&m, out);
}

/* The findings from one index up to another, of the active manifest (ingredient NULL) or of an
 * ingredient: {failure, informational, success}. */
static void put_codes(jz_buf *out, const jz_credentials *c, size_t from, size_t to,
                      const char *ingredient)
{
    static const struct {
        const char *key;
        jz_code_kind kind;
    } lists[] = { { "success", JZ_CODE_SUCCESS },
                  { "informational", JZ_CODE_INFORMATIONAL },
                  { "failure", JZ_CODE_FAILURE } };
    JZ_CBOR_MAP_AUTO m = { 0 };
    for (size_t k = 0; k < JZ_ARRAY_LEN(lists); k++) {
        JZ_BUF_AUTO list = { 0 };
        size_t n = 0;
        for (size_t i = from; i < to; i++) {
            const jz_credential_finding *f = &c->finding[i];
            if (f->ingredient != ingredient || f->code->kind != lists[k].kind || f->recorded)
                continue;
            put_status(&list, f);
            n++;
        }
        jz_buf *v = jz_cbor_map_key(&m, lists[k].key);
        jz_cbor_put_head(v, JZ_CBOR_ARRAY, n);
        jz_buf_put(v, list.ptr, list.len);
        if (list.fail != JZ_OK && v->fail == JZ_OK)
            v->fail = list.fail;
    }
    jz_cbor_map_end(&m, out);
}

/* Where the findings of an ingredient end: they follow each other. */
static size_t end_of_run(const jz_credentials *c, size_t i)
{
    const char *ingredient = c->finding[i].ingredient;
    while (i < c->n_findings && c->finding[i].ingredient == ingredient)
        i++;
    return i;
}

static bool has_news(const jz_credentials *c, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        if (c->finding[i].ingredient != NULL && !c->finding[i].recorded &&
            c->finding[i].code->kind != JZ_CODE_SUCCESS)
            return true;
    }
    return false;
}

/* What was found of the parent's own ingredients and was not known when they were added (15.11.3).
 */
static size_t put_deltas(jz_buf *out, const jz_credentials *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n_findings;) {
        const size_t end = end_of_run(c, i);
        if (has_news(c, i, end)) {
            JZ_CBOR_MAP_AUTO m = { 0 };
            jz_cbor_put_text(jz_cbor_map_key(&m, "ingredientAssertionURI"),
                             c->finding[i].ingredient);
            put_codes(jz_cbor_map_key(&m, "validationDeltas"), c, i, end, c->finding[i].ingredient);
            jz_cbor_map_end(&m, out);
            n++;
        }
        i = end;
    }
    return n;
}

static void put_results(jz_buf *out, const jz_credentials *c)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    JZ_BUF_AUTO deltas = { 0 };
    const size_t n = put_deltas(&deltas, c);
    put_codes(jz_cbor_map_key(&m, "activeManifest"), c, 0, c->n_findings, NULL);
    if (n > 0) {
        jz_buf *v = jz_cbor_map_key(&m, "ingredientDeltas");
        jz_cbor_put_head(v, JZ_CBOR_ARRAY, n);
        jz_buf_put(v, deltas.ptr, deltas.len);
        if (deltas.fail != JZ_OK && v->fail == JZ_OK)
            v->fail = deltas.fail;
    }
    jz_cbor_map_end(&m, out);
}

/* The manifests of the store, each with a header of its own; two of one label would name nothing.
 */
jz_status jz_sign_peers(jz_draft *d, const jz_jumbf *j, jz_err *err)
{
    jz_buf *out = &d->peers;
    out->cap = JZ_STORE_MAX;
    for (uint32_t i = jz_jumbf_at(j, 0)->first; i != JZ_JUMBF_NONE; i = jz_jumbf_at(j, i)->next) {
        const jz_jumbf_box *b = jz_jumbf_at(j, i);
        if (!jz_is_manifest(b))
            continue;
        const size_t at = jz_jumbf_begin(out, JZ_4CC('j', 'u', 'm', 'b'));
        jz_buf_put(out, b->payload.ptr, b->payload.len);
        jz_jumbf_end(out, at);
    }
    return jz_buf_check(out, err);
}

static void put_box_uri(jz_buf *out, const jz_credentials *c, uint32_t box)
{
    JZ_BUF_AUTO url = { 0 };
    jz_put_url(&url, c->tree, box);
    if (url.fail == JZ_OK)
        jz_put_hashed_uri(out, url.ptr, jz_jumbf_at(c->tree, box)->payload);
    else if (out->fail == JZ_OK)
        out->fail = url.fail;
}

/* The active manifest, where it is one that can be referred to. */
static const jz_manifest *active_of(const jz_credentials *c)
{
    const jz_manifest *m = c->n_manifests > 0 ? c->manifest[0] : NULL;
    const bool named = m != NULL && m->label.ptr != NULL && m->label.len <= LABEL_MAX &&
                       jz_jumbf_child(c->tree, 0, m->label) == m->box;
    return named ? m : NULL;
}

static void put_ingredient(jz_buf *out, const jz_credentials *c, const jz_manifest *active)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    const jz_format *format = jz_format_by_name(jz_asset_format(c->asset));
    jz_cbor_put_text(jz_cbor_map_key(&m, "relationship"), "parentOf");
    if (format != NULL)
        jz_cbor_put_text(jz_cbor_map_key(&m, "dc:format"), format->mime);
    if (active != NULL) {
        put_box_uri(jz_cbor_map_key(&m, "activeManifest"), c, active->box);
        if (active->signature != JZ_JUMBF_NONE)
            put_box_uri(jz_cbor_map_key(&m, "claimSignature"), c, active->signature);
        put_results(jz_cbor_map_key(&m, "validationResults"), c);
    }
    jz_cbor_map_end(&m, out);
}

jz_status jz_sign_ingredient(jz_draft *d, const jz_credentials *parent, jz_draft_part **out,
                             jz_err *err)
{
    const jz_manifest *active = parent->tree != NULL ? active_of(parent) : NULL;
    jz_draft_part *p = NULL;
    JZ_TRY(jz_draft_add(d, "c2pa.ingredient.v3", JZ_JUMBF_CBOR, &p, err));
    if (active != NULL)
        JZ_TRY(jz_sign_peers(d, parent->tree, err));
    put_ingredient(&p->body, parent, active);
    *out = p;
    return jz_buf_check(&p->body, err);
}
