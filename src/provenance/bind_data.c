/* SPDX-License-Identifier: Apache-2.0 */
/* c2pa.hash.data (C2PA 2.2, 15.12.1 and 18.5): one hash of the file, without some ranges. */
#include "provenance/asset_class.h"

#include "base/alloc.h"
#include "provenance/hasher.h"

#include <inttypes.h>
#include <string.h>

/* Whether the ranges rise and do not overlap; *end is behind the last. */
static bool in_order(const jz_range *r, size_t n, uint64_t *end)
{
    *end = 0;
    for (size_t i = 0; i < n; i++) {
        if (r[i].at < *end || __builtin_add_overflow(r[i].at, r[i].size, end))
            return false;
    }
    return true;
}

/* Of the bytes from one offset to another. */
static jz_status hash_span(jz_source *src, jz_digest_alg alg, uint64_t at, uint64_t end,
                           const jz_range *r, size_t n, uint8_t out[JZ_DIGEST_BYTES], jz_err *err)
{
    JZ_HASHER_AUTO h = { 0 };
    JZ_TRY(jz_hasher_begin(&h, alg, err));
    for (size_t i = 0; i < n; i++) {
        JZ_TRY(jz_hasher_file(&h, src, at, r[i].at, err));
        at = r[i].at + r[i].size;
    }
    JZ_TRY(jz_hasher_file(&h, src, at, end, err));
    return jz_hasher_end(&h, out, err);
}

static jz_status hash(jz_source *src, jz_digest_alg alg, const jz_range *r, size_t n,
                      uint8_t out[JZ_DIGEST_BYTES], jz_err *err)
{
    return hash_span(src, alg, 0, src->size, r, n, out, err);
}

jz_status jz_hash_data(jz_source *src, jz_digest_alg alg, const jz_range *exclusion, size_t n,
                       uint8_t out[JZ_DIGEST_BYTES], jz_err *err)
{
    uint64_t end;
    if (!in_order(exclusion, n, &end))
        return JZ_FAIL(err, JZ_E_INVAL, "%zu exclusions that do not rise, or overlap", n);
    if (end > src->size)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "an exclusion up to offset %" PRIu64 " of a file of %" PRIu64 " bytes", end,
                       src->size);
    return hash(src, alg, exclusion, n, out, err);
}

/* What is left out of the file as it is now: the exclusions that are not empty, and, where update
 * manifests were added, the store as long as it has become (11.2.3, 15.12.1). */
static jz_status now_excluded(const jz_asset *a, const jz_data_binding *b, jz_ranges *out,
                              jz_err *err)
{
    uint64_t grown = 0; /* modulo 2^64 */
    for (size_t i = 0; i < b->n; i++) {
        jz_range r = { b->exclusion[i].at + grown + b->part.at, b->exclusion[i].size };
        for (size_t k = 0; b->updated && k < a->excluded.n; k++) {
            if (a->excluded.range[k].at != r.at)
                continue;
            grown += a->excluded.range[k].size - r.size;
            r.size = a->excluded.range[k].size;
        }
        if (r.size == 0)
            continue;
        jz_range *more = jz_grow(out->range, out->n, &out->size, sizeof *more);
        if (more == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu exclusions", b->n);
        out->range = more;
        more[out->n++] = r;
    }
    return JZ_OK;
}

/* The store's own ranges that begin in a part of the file: so many from the first on. */
static size_t store_in(const jz_asset *a, uint64_t at, uint64_t end, size_t *first)
{
    size_t n = 0;
    for (size_t i = 0; i < a->excluded.n; i++) {
        if (a->excluded.range[i].at < at || a->excluded.range[i].at >= end)
            continue;
        *first = n == 0 ? i : *first;
        n++;
    }
    return n;
}

/* Whether those are all left out, each to the byte. */
static bool is_without(const jz_range *store, size_t n, const jz_ranges *r)
{
    size_t found = 0;
    for (size_t i = 0; i < r->n && found < n; i++)
        found += r->range[i].at == store[found].at && r->range[i].size == store[found].size;
    return found == n;
}

static jz_status judge(jz_asset *a, const jz_data_binding *b, const jz_ranges *r, jz_bound *out,
                       jz_err *err)
{
    uint8_t digest[JZ_DIGEST_BYTES];
    uint64_t end;
    size_t first = 0;
    const uint64_t all = b->part.size > 0 ? b->part.at + b->part.size : a->src->size;
    const size_t store = store_in(a, b->part.at, all, &first);
    if (!in_order(r->range, r->n, &end) || (r->n > 0 && r->range[0].at < b->part.at)) {
        jz_bound_set(out, JZ_BIND_MALFORMED, "exclusions that do not rise, or overlap");
        return JZ_OK;
    }
    if (end > all) {
        jz_bound_set(out, JZ_BIND_MISMATCH,
                     "an exclusion up to offset %" PRIu64 " of a file of %" PRIu64 " bytes", end,
                     all);
        return JZ_OK;
    }
    if (store > 0 && !is_without(a->excluded.range + first, store, r)) {
        jz_bound_set(out, JZ_BIND_MISMATCH,
                     "the exclusions are not where the manifest store is in this file");
        return JZ_OK;
    }
    out->additional = r->n > store;
    if (b->hashed)
        return JZ_OK;
    JZ_TRY(hash_span(a->src, b->alg, b->part.at, all, r->range, r->n, digest, err));
    if (!jz_digest_is(b->alg, digest, b->hash))
        jz_bound_set(out, JZ_BIND_MISMATCH, "the file's bytes have changed since it was signed");
    return JZ_OK;
}

jz_status jz_bind_data(jz_asset *a, const jz_data_binding *b, jz_bound *out, jz_err *err)
{
    jz_ranges r = { 0 };
    jz_bound bound = { .verdict = JZ_BIND_MATCH };
    jz_status st = now_excluded(a, b, &r, err);
    if (st == JZ_OK)
        st = judge(a, b, &r, &bound, err);
    jz_ranges_done(&r);
    if (st == JZ_OK)
        *out = bound;
    return st;
}

/* ---- the file as it may have been ---- */

/* What of the file is not hashed: the pieces that are thought away, and the store, which must then
 * stand where the assertion has it. */
static bool left_out(const jz_asset *a, const jz_data_binding *b, const jz_undo_try *u,
                     jz_range *out, size_t *n)
{
    const jz_range *store = a->excluded.range; /* none where there is no store */
    uint64_t before = 0;
    bool placed = false;
    *n = 0;
    if (a->excluded.n != 1 || b->n != 1 || b->updated || b->exclusion[0].size != store->size)
        return false;
    for (size_t i = 0; i < u->n; i++) {
        if (!placed && u->skip[i].at >= store->at + store->size) {
            out[(*n)++] = *store;
            placed = true;
        }
        if (!placed)
            before += u->skip[i].size;
        out[(*n)++] = u->skip[i];
    }
    if (!placed)
        out[(*n)++] = *store;
    return before <= store->at && store->at - before == b->exclusion[0].at;
}

static jz_status hash_patched(jz_source *src, jz_digest_alg alg, const uint8_t *patch,
                              const jz_range *r, size_t n, uint8_t out[JZ_DIGEST_BYTES],
                              jz_err *err)
{
    JZ_HASHER_AUTO h = { 0 };
    uint64_t at = 8;
    JZ_TRY(jz_hasher_begin(&h, alg, err));
    JZ_TRY(jz_hasher_file(&h, src, 0, 4, err));
    JZ_TRY(jz_hasher_add(&h, patch, 4, err));
    for (size_t i = 0; i < n; i++) {
        JZ_TRY(jz_hasher_file(&h, src, at, r[i].at, err));
        at = r[i].at + r[i].size;
    }
    JZ_TRY(jz_hasher_file(&h, src, at, src->size, err));
    return jz_hasher_end(&h, out, err);
}

jz_status jz_bind_without(jz_asset *a, const jz_data_binding *b, jz_undo_try *u, jz_err *err)
{
    uint8_t digest[JZ_DIGEST_BYTES];
    size_t n = 0;
    uint64_t end;
    jz_range *r = jz_alloc_zero(u->n + 1, sizeof *r);
    if (r == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = JZ_OK;
    u->holds = false;
    u->read = left_out(a, b, u, r, &n) && in_order(r, n, &end) && end <= a->src->size &&
              (u->patch == NULL || r[0].at >= 8);
    if (u->read) {
        st = u->patch != NULL ? hash_patched(a->src, b->alg, u->patch, r, n, digest, err)
                              : hash(a->src, b->alg, r, n, digest, err);
        u->holds = st == JZ_OK && jz_digest_is(b->alg, digest, b->hash);
    }
    jz_free(r);
    return st;
}
