/* SPDX-License-Identifier: Apache-2.0 */
/* c2pa.hash.bmff (C2PA 2.2, 15.12.2 and 18.6): one hash of all boxes at the top that are not left
 * out as a whole, before each its offset in the file (from version 2 on), and of the bytes behind
 * them that are no box. */
#include "provenance/bind_bmff.h"

#include "media/carrier/bmff_edit.h"
#include "provenance/bmff_c2pa.h"

#include <inttypes.h>
#include <string.h>

jz_status jz_bmff_hash_box(jz_bmff_hash *h, const jz_box *box, jz_err *err)
{
    uint8_t offset[8];
    uint64_t at = box->at;
    JZ_TRY(jz_rules_apply(&h->rules, box, err));
    if (h->rules.whole)
        return JZ_OK;
    jz_put_be(offset, 8, box->at);
    if (h->offsets)
        JZ_TRY(jz_hasher_add(&h->hasher, offset, sizeof offset, err));
    for (size_t i = 0; i < h->rules.out.n; i++) {
        const jz_range *r = &h->rules.out.range[i];
        JZ_TRY(jz_hasher_file(&h->hasher, h->src, at, r->at, err));
        at = r->at + r->size;
    }
    return jz_hasher_file(&h->hasher, h->src, at, box->end, err);
}

jz_status jz_bmff_top(jz_span *s, jz_box *out, bool *more, jz_range *rest, jz_err *err)
{
    jz_err why = { 0 };
    const jz_status st = jz_box_next(s, out, more, &why);
    if (st != JZ_OK && st != JZ_E_CORRUPT && st != JZ_E_TRUNCATED) {
        if (err != NULL)
            *err = why;
        return st;
    }
    *more = *more && st == JZ_OK;
    *rest = (jz_range){ s->at, *more ? 0 : s->end - s->at };
    return JZ_OK;
}

static jz_status hash_all(jz_bmff_hash *h, uint8_t out[JZ_DIGEST_BYTES], jz_err *err)
{
    jz_span s = jz_span_all(h->src, "box");
    jz_range rest;
    jz_rules_rewind(&h->rules);
    for (bool more = true; more;) {
        jz_box b;
        JZ_TRY(jz_bmff_top(&s, &b, &more, &rest, err));
        if (more)
            JZ_TRY(jz_bmff_hash_box(h, &b, err));
        else
            JZ_TRY(jz_hasher_file(&h->hasher, h->src, rest.at, rest.at + rest.size, err));
    }
    return jz_hasher_end(&h->hasher, out, err);
}

static void hash_done(jz_bmff_hash *h)
{
    jz_rules_done(&h->rules);
    jz_hasher_done(&h->hasher);
}
#define BMFF_HASH_AUTO __attribute__((cleanup(hash_done))) jz_bmff_hash

jz_status jz_hash_bmff(jz_source *src, jz_digest_alg alg, const jz_bmff_exclusion *exclusion,
                       size_t n, uint8_t out[JZ_DIGEST_BYTES], jz_err *err)
{
    BMFF_HASH_AUTO h = { .src = src, .offsets = true };
    JZ_TRY(jz_rules_read(exclusion, n, &h.rules, err));
    JZ_TRY(jz_hasher_begin(&h.hasher, alg, err));
    return hash_all(&h, out, err);
}

static const jz_bmff_match c2pa_uuid = { .offset = 8, .value = { jz_c2pa_uuid, 16 } };

const jz_bmff_exclusion *jz_bmff_usual(size_t *n)
{
    static const jz_bmff_exclusion usual[] = {
        { .xpath = { (const uint8_t *)"/uuid", 5 }, .match = &c2pa_uuid, .n_match = 1 },
        { .xpath = { (const uint8_t *)"/ftyp", 5 } },
        { .xpath = { (const uint8_t *)"/mfra", 5 } },
    };
    *n = JZ_ARRAY_LEN(usual);
    return usual;
}

static bool is_path(const jz_bmff_exclusion *x, const char *path)
{
    return x->xpath.len == strlen(path) && memcmp(x->xpath.ptr, path, x->xpath.len) == 0;
}

/* Whether an exclusion is one of those that always have to be there (A.5.6). */
static bool is_usual(const jz_bmff_exclusion *x, bool with_merkle)
{
    const jz_bmff_match *m = x->match;
    const bool plain = !x->has_length && !x->has_version && !x->has_flags;
    if (!plain)
        return false;
    if (is_path(x, "/ftyp") || is_path(x, "/mfra"))
        return x->n_match == 0 && x->n_subset == 0;
    if (is_path(x, "/uuid"))
        return x->n_subset == 0 && x->n_match == 1 && m->offset == 8 && m->value.len == 16 &&
               memcmp(m->value.ptr, jz_c2pa_uuid, 16) == 0;
    return with_merkle && is_path(x, "/mdat") && x->n_match == 0 && x->n_subset == 1 &&
           x->subset[0].at == 16 && x->subset[0].size == 0;
}

static bool has_additional(const jz_bmff_binding *b)
{
    for (size_t i = 0; i < b->n; i++) {
        if (!is_usual(&b->exclusion[i], b->n_merkle > 0))
            return true;
    }
    return false;
}

static jz_status judge(jz_bmff_hash *h, const jz_bmff_binding *b, jz_bound *out, jz_err *err)
{
    uint8_t digest[JZ_DIGEST_BYTES];
    out->additional = has_additional(b);
    if (b->hash.ptr != NULL && !b->hashed) {
        JZ_TRY(jz_hasher_begin(&h->hasher, b->alg, err));
        JZ_TRY(hash_all(h, digest, err));
        if (!jz_digest_is(b->alg, digest, b->hash)) {
            jz_bound_set(out, JZ_BIND_MISMATCH,
                         "the file's boxes have changed since it was signed");
            return JZ_OK;
        }
    }
    return b->n_merkle > 0 ? jz_bind_merkle(h, b, out, err) : JZ_OK;
}

jz_status jz_bind_bmff(jz_asset *a, const jz_bmff_binding *b, jz_bound *out, jz_err *err)
{
    BMFF_HASH_AUTO h = { .src = a->src, .offsets = b->version >= 2 };
    jz_bound bound = { .verdict = JZ_BIND_MATCH };
    jz_err why = { 0 };
    jz_status st = JZ_OK;
    if (!a->cls->bmff)
        jz_bound_set(&bound, JZ_BIND_MALFORMED, "a hash of boxes for a %s file", a->cls->format);
    else if (b->n == 0 || (b->hash.ptr == NULL && b->n_merkle == 0))
        jz_bound_set(&bound, JZ_BIND_MALFORMED, "no %s", b->n == 0 ? "exclusions" : "hash");
    else
        st = jz_rules_read(b->exclusion, b->n, &h.rules, &why);
    if (st == JZ_OK && bound.verdict == JZ_BIND_MATCH)
        st = judge(&h, b, &bound, &why);
    if (st == JZ_E_INVAL || st == JZ_E_LIMIT) { /* of the assertion */
        jz_bound_set(&bound, JZ_BIND_MALFORMED, "%s", why.frame[0]);
        st = JZ_OK;
    }
    if (st == JZ_OK)
        *out = bound;
    else if (err != NULL)
        *err = why;
    return st;
}

static bool may_be_added(const jz_box *b)
{
    static const char *const types[] = { "free", "skip", "uuid", "meta", "udta" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(types); i++) {
        if (jz_box_is(b, types[i]))
            return true;
    }
    return false;
}

jz_status jz_bmff_tails(jz_asset *a, uint64_t at[JZ_BMFF_TAILS], size_t *n, jz_err *err)
{
    jz_span s = jz_span_all(a->src, "box");
    *n = 0;
    for (bool more = true; more;) {
        jz_box b;
        jz_range rest;
        JZ_TRY(jz_bmff_top(&s, &b, &more, &rest, err));
        if (more && !may_be_added(&b)) {
            *n = 0;
        } else if (more || rest.size > 0) {
            if (*n == JZ_BMFF_TAILS)
                memmove(at, at + 1, (JZ_BMFF_TAILS - 1) * sizeof at[0]);
            *n -= *n == JZ_BMFF_TAILS;
            at[(*n)++] = more ? b.at : rest.at;
        }
    }
    return JZ_OK;
}
