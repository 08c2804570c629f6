/* SPDX-License-Identifier: Apache-2.0 */
/* Ingredients (15.11): what a file was made from, and that file's own manifest. Each manifest is
 * validated once, by the first ingredient assertion that leads to it, so that the work is linear
 * whatever refers to what. */
#include "base/alloc.h"
#include "provenance/check.h"

#include <string.h>

static unsigned version_of(jz_bytes name)
{
    return jz_bytes_are(name, "c2pa.ingredient")      ? 1
           : jz_bytes_are(name, "c2pa.ingredient.v2") ? 2
           : jz_bytes_are(name, "c2pa.ingredient.v3") ? 3
                                                      : 0;
}

static void malformed(jz_check *v, jz_ingredient *in, const char *why)
{
    in->sound = false;
    jz_found(v, JZ_C_ASSERTION_INGREDIENT_MALFORMED, in->assertion->box, "%s", why);
}

static void read_one(jz_check *v, jz_ingredient *in)
{
    const jz_cbor *root = &in->assertion->root;
    jz_cbor ref;
    const char *key = in->version == 3 ? "activeManifest" : "c2pa_manifest";
    in->sound = true;
    in->box = JZ_JUMBF_NONE;
    if (root->raw.ptr == NULL || root->kind != JZ_CBOR_MAP) {
        in->sound = false; /* told as assertion.cbor.invalid */
        return;
    }
    in->relationship = jz_cbor_get_text(root, "relationship");
    if (!jz_bytes_are(in->relationship, "parentOf") &&
        !jz_bytes_are(in->relationship, "componentOf") &&
        !jz_bytes_are(in->relationship, "inputTo"))
        malformed(v, in, "no relationship, or none that is known");
    if (jz_cbor_get(root, key, &ref)) {
        in->has_manifest = jz_hashed_uri_read(&ref, &in->manifest);
        if (!in->has_manifest)
            malformed(v, in, "the manifest is no hashed URI");
    }
    if (in->version == 3 && jz_cbor_get(root, "claimSignature", &ref)) {
        in->has_signature = jz_hashed_uri_read(&ref, &in->signature);
        if (!in->has_signature)
            malformed(v, in, "claimSignature is no hashed URI");
    }
    if (in->version == 3 && in->has_manifest &&
        !jz_cbor_get_kind(root, "validationResults", JZ_CBOR_MAP, &ref))
        malformed(v, in, "a manifest without validationResults");
}

static int compare_boxes(const void *pa, const void *pb)
{
    const uint32_t a = ((const jz_ingredient *)pa)->assertion->box;
    const uint32_t b = ((const jz_ingredient *)pb)->assertion->box;
    return (a > b) - (a < b);
}

void jz_ingredients_read(jz_check *v)
{
    jz_manifest *m = v->m;
    size_t n = 0;
    size_t parents = 0;
    for (size_t i = 0; i < m->n_assertions; i++)
        n += version_of(m->assertion[i].name) != 0;
    if (n == 0)
        return;
    m->ingredient = jz_alloc_zero(n, sizeof *m->ingredient);
    if (m->ingredient == NULL) {
        jz_keep_failure(v->c, JZ_E_NOMEM, NULL);
        return;
    }
    for (size_t i = 0; i < m->n_assertions; i++) {
        const unsigned version = version_of(m->assertion[i].name);
        if (version == 0)
            continue;
        jz_ingredient *in = &m->ingredient[m->n_ingredients++];
        in->assertion = &m->assertion[i];
        in->version = version;
        read_one(v, in);
        parents += jz_bytes_are(in->relationship, "parentOf");
    }
    qsort(m->ingredient, m->n_ingredients, sizeof *m->ingredient, compare_boxes);
    if (!m->update && parents > 1)
        jz_found(v, JZ_C_MANIFEST_MULTIPLE_PARENTS, m->claim, "%zu parents", parents);
}

const jz_ingredient *jz_ingredient_of(const jz_manifest *m, uint32_t box)
{
    const jz_assertion a = { .box = box };
    const jz_ingredient want = { .assertion = &a };
    if (m->n_ingredients == 0)
        return NULL;
    return bsearch(&want, m->ingredient, m->n_ingredients, sizeof want, compare_boxes);
}

/* ---- the manifest of an ingredient ---- */

/* Whether a claim from here up redacts something of that manifest: then its hash cannot be the one
 * of the time when it was added. */
static bool has_redactions(const jz_check *v, const jz_manifest *of)
{
    JZ_BUF_AUTO url = { 0 };
    jz_step here = { .up = v->step, .by = v->m };
    jz_put_url(&url, v->c->tree, of->box);
    jz_buf_putc(&url, '/');
    if (url.fail != JZ_OK) {
        jz_keep_failure(v->c, url.fail, NULL);
        return false;
    }
    for (const jz_step *s = &here; s != NULL; s = s->up) {
        for (size_t i = 0; i < s->by->n_redacted; i++) {
            if (jz_bytes_begin(s->by->redacted[i], url.ptr))
                return true;
        }
    }
    return false;
}

/* Before 1.3 the hash was of the claim alone. */
static bool holds_as_of_old(const jz_check *v, const jz_ingredient *in)
{
    uint8_t digest[JZ_DIGEST_BYTES];
    jz_digest_alg alg;
    const uint32_t claim = jz_jumbf_child(
        v->c->tree, in->box, (jz_bytes){ (const uint8_t *)"c2pa.claim", sizeof "c2pa.claim" - 1 });
    const uint32_t cbor =
        claim != JZ_JUMBF_NONE ? jz_jumbf_content(v->c->tree, claim, JZ_JUMBF_CBOR) : JZ_JUMBF_NONE;
    const jz_bytes name = in->manifest.alg.ptr != NULL ? in->manifest.alg : v->m->alg;
    return in->version == 1 && cbor != JZ_JUMBF_NONE && jz_digest_alg_of(name, &alg) &&
           jz_digest(alg, jz_box(v, cbor)->payload, digest) &&
           jz_bytes_same(in->manifest.hash, (jz_bytes){ digest, jz_digest_size(alg) });
}

/* 15.11.3.2: where something was redacted, the signature stands for the rest. */
static void check_by_signature(jz_check *v, const jz_ingredient *in)
{
    uint32_t box = JZ_JUMBF_NONE;
    if (!in->has_signature) {
        if (in->version == 3)
            jz_found_at(v, JZ_C_INGREDIENT_CLAIM_SIGNATURE_MISSING, in->manifest.url, NULL);
        return;
    }
    const jz_uri_verdict verdict = jz_hashed_uri_check(v, &in->signature, &box);
    const jz_code_id code = verdict == JZ_URI_HOLDS     ? JZ_C_INGREDIENT_CLAIM_SIGNATURE_VALIDATED
                            : verdict == JZ_URI_MISSING ? JZ_C_INGREDIENT_CLAIM_SIGNATURE_MISSING
                                                        : JZ_C_INGREDIENT_CLAIM_SIGNATURE_MISMATCH;
    jz_found_at(v, code, in->signature.url, NULL);
}

/* Some writers name the claim of the manifest and give the manifest's hash: what counts is the
 * manifest's label. */
static jz_bytes manifest_url(jz_bytes url)
{
    static const char prefix[] = "self#jumbf=/c2pa/";
    const size_t n = sizeof prefix - 1;
    if (!jz_bytes_begin(url, prefix))
        return url;
    const uint8_t *slash = url.len > n ? memchr(url.ptr + n, '/', url.len - n) : NULL;
    return slash != NULL ? (jz_bytes){ url.ptr, (size_t)(slash - url.ptr) } : url;
}

static bool check_reference(jz_check *v, jz_ingredient *in, jz_manifest **to, size_t *index)
{
    in->manifest.url = manifest_url(in->manifest.url);
    const jz_uri_verdict verdict = jz_hashed_uri_check(v, &in->manifest, &in->box);
    const bool there = in->box != JZ_JUMBF_NONE && jz_box(v, in->box)->parent == 0 &&
                       jz_is_manifest(jz_box(v, in->box));
    if (!there) {
        in->box = JZ_JUMBF_NONE;
        jz_found_at(v, JZ_C_INGREDIENT_MANIFEST_MISSING, in->manifest.url, NULL);
        return false;
    }
    *to = jz_manifest_of(v->c, in->box, index);
    if (*to == NULL)
        return false;
    if (has_redactions(v, *to))
        check_by_signature(v, in);
    else if (verdict == JZ_URI_HOLDS)
        jz_found_at(v, JZ_C_INGREDIENT_MANIFEST_VALIDATED, in->manifest.url, NULL);
    else if (verdict == JZ_URI_ALG)
        jz_found_at(v, JZ_C_ALGORITHM_UNSUPPORTED, in->manifest.url, NULL);
    else if (!holds_as_of_old(v, in))
        jz_found_at(v, JZ_C_INGREDIENT_MANIFEST_MISMATCH, in->manifest.url, NULL);
    return true;
}

static void go_down(const jz_check *v, const jz_ingredient *in, jz_manifest *to, size_t index,
                    const char *url)
{
    jz_step step = { .up = v->step, .by = v->m };
    if (in->assertion->holds)
        jz_recorded_read(v->c, &in->assertion->root, in->manifest.url, &step);
    jz_check down = {
        .c = v->c,
        .m = to,
        .index = index,
        .step = &step,
        .ingredient = url,
        .depth = v->depth + 1,
    };
    jz_manifest_check(&down);
    jz_free(step.recorded);
}

static void check_one(jz_check *v, jz_ingredient *in)
{
    jz_manifest *to = NULL;
    size_t index = 0;
    const char *outer = v->ingredient;
    if (jz_bytes_are(in->relationship, "inputTo") || in->assertion->root.raw.ptr == NULL)
        return;
    if (outer == NULL) {
        JZ_BUF_AUTO url = { 0 };
        jz_put_url(&url, v->c->tree, in->assertion->box);
        v->ingredient = jz_keep_text(v->c, (jz_bytes){ (const uint8_t *)url.ptr, url.len });
    }
    if (!in->has_manifest) {
        if (in->sound)
            jz_found(v, JZ_C_INGREDIENT_UNKNOWN_PROVENANCE, in->assertion->box, NULL);
    } else if (check_reference(v, in, &to, &index) && to->visit == JZ_VISIT_NEW) {
        if (v->depth < JZ_INGREDIENT_DEPTH_MAX)
            go_down(v, in, to, index, v->ingredient);
        else
            jz_found(v, JZ_C_GENERAL_ERROR, in->box, "more than %d manifests in one another",
                     JZ_INGREDIENT_DEPTH_MAX);
    }
    v->ingredient = outer;
}

void jz_ingredients_check(jz_check *v)
{
    for (size_t i = 0; i < v->m->n_ingredients && v->c->fail == JZ_OK; i++)
        check_one(v, &v->m->ingredient[i]);
}
