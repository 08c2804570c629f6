/* SPDX-License-Identifier: Apache-2.0 */
/* Files of several parts (c2pa.hash.multi-asset, 15.12.4 and 18.9): a photograph with its gain map
 * and a film behind it, say. Parts that are ranges of bytes with a data hash each are read, which
 * is what cameras write. */
#include "base/alloc.h"
#include "provenance/asset_class.h"
#include "provenance/binding_read.h"

typedef struct parts {
    const jz_assertion *a; /* of all parts */
    uint64_t end;          /* of those so far */
    bool additional, broken;
} parts;

static void parts_fail(jz_check *v, parts *p, jz_code_id code, const char *why)
{
    p->broken = true;
    jz_found(v, code, p->a->box, "%s", why);
}

static const jz_assertion *assertion_at(const jz_manifest *m, uint32_t box)
{
    for (size_t i = 0; i < m->n_assertions; i++) {
        if (m->assertion[i].box == box)
            return &m->assertion[i];
    }
    return NULL;
}

/* A part's own binding: a data hash. */
static void check_part_hash(jz_check *v, parts *p, const jz_assertion *a, jz_range part)
{
    jz_range *exclusion = NULL;
    jz_bound bound = { 0 };
    jz_err err = { 0 };
    jz_data_binding b = { .part = part };
    jz_status st = JZ_OK;
    if (!jz_data_read(v, a, &b, &exclusion) || !jz_read_alg(v, &a->root, (jz_bytes){ 0 }, &b.alg))
        parts_fail(v, p, JZ_C_ASSERTION_MULTI_ASSET_HASH_MALFORMED, "a part without a data hash");
    else
        st = jz_bind_data(v->c->asset, &b, &bound, &err);
    jz_free(exclusion);
    if (st == JZ_E_UNSUPPORTED)
        jz_found(v, JZ_C_GENERAL_ERROR, a->box, "%s", err.frame[0]);
    else if (st != JZ_OK)
        jz_keep_failure(v->c, st, &err);
    p->broken = p->broken || st != JZ_OK;
    p->additional = p->additional || bound.additional;
    if (!p->broken && bound.verdict != JZ_BIND_MATCH)
        parts_fail(v, p, JZ_C_ASSERTION_MULTI_ASSET_HASH_MISMATCH, bound.why);
}

/* Parts follow each other without gaps. One that may be missing is where the file ends before it.
 */
static void check_part(jz_check *v, parts *p, const jz_cbor *map)
{
    jz_cbor location;
    jz_cbor ref;
    jz_cbor optional;
    jz_hashed_uri u;
    jz_range r = { 0 };
    uint32_t box = JZ_JUMBF_NONE;
    const uint64_t size = v->c->asset->src->size;
    if (!jz_cbor_get(map, "location", &location) || !jz_read_uint(&location, "byteOffset", &r.at) ||
        !jz_read_uint(&location, "length", &r.size) || r.size == 0 || r.at != p->end ||
        !jz_cbor_get(map, "hashAssertion", &ref) || !jz_hashed_uri_read(&ref, &u)) {
        parts_fail(v, p, JZ_C_ASSERTION_MULTI_ASSET_HASH_MALFORMED,
                   "a part that is no range of bytes behind the one before, with a hash");
        return;
    }
    if (r.at > size || r.size > size - r.at) {
        if (!(jz_cbor_get(map, "optional", &optional) && jz_cbor_is_true(&optional)) ||
            r.at != size)
            parts_fail(v, p, JZ_C_ASSERTION_MULTI_ASSET_HASH_MISSING_PART, "");
        return;
    }
    p->end += r.size;
    const jz_uri_verdict verdict = jz_hashed_uri_check(v, &u, &box);
    const jz_assertion *a = assertion_at(v->m, box);
    if (verdict != JZ_URI_HOLDS || a == NULL || !jz_bytes_begin(a->name, "c2pa.hash.data"))
        parts_fail(v, p, JZ_C_ASSERTION_MULTI_ASSET_HASH_MALFORMED,
                   "a part whose data hash is not there or was changed");
    else
        check_part_hash(v, p, a, r);
}

bool jz_parts_check(jz_check *v)
{
    parts p = { 0 };
    jz_cbor list;
    jz_cbor one;
    size_t n = 0;
    for (size_t i = 0; i < v->m->n_assertions; i++) {
        if (jz_bytes_are(v->m->assertion[i].name, "c2pa.hash.multi-asset")) {
            p.a = &v->m->assertion[i];
            n++;
        }
    }
    if (n == 0)
        return false;
    if (n > 1 || !jz_cbor_get_kind(&p.a->root, "parts", JZ_CBOR_ARRAY, &list) ||
        jz_cbor_count(&list) == 0) {
        parts_fail(v, &p, JZ_C_ASSERTION_MULTI_ASSET_HASH_MALFORMED, "no list of parts, or two");
        return true;
    }
    jz_cbor_iter it = jz_cbor_in(&list);
    while (!p.broken && jz_cbor_next(&it, &one))
        check_part(v, &p, &one);
    if (!p.broken && p.end != v->c->asset->src->size)
        parts_fail(v, &p, JZ_C_ASSERTION_MULTI_ASSET_HASH_MALFORMED, "parts that are not all");
    if (!p.broken)
        jz_found(v, JZ_C_ASSERTION_MULTI_ASSET_HASH_MATCH, p.a->box, NULL);
    if (!p.broken && p.additional)
        jz_found(v, JZ_C_ASSERTION_DATA_HASH_ADDITIONAL_EXCLUSIONS_PRESENT, p.a->box, NULL);
    return true;
}
