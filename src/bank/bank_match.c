/* SPDX-License-Identifier: Apache-2.0 */
/* Searches. The index knows signals; what the signals that it finds belong to is read from the
 * database, which also decides whether the entry is still active. Almost no search finds any. */
#include "bank/banks.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

struct candidate {
    uint64_t id;
    uint32_t distance;
};

struct candidates {
    struct candidate *at;
    size_t n, size;
    bool failed; /* out of memory */
};

static bool add_candidate(struct candidates *c, uint64_t id, uint32_t distance)
{
    struct candidate *at = jz_grow(c->at, c->n, &c->size, sizeof *at);
    c->failed = at == NULL;
    if (c->failed)
        return false;
    c->at = at;
    c->at[c->n++] = (struct candidate){ id, distance };
    return true;
}

static bool on_similar(void *user, const jz_index_hit *hit)
{
    return add_candidate(user, hit->id, hit->distance);
}

static bool on_exact(void *user, uint64_t id)
{
    return add_candidate(user, id, 0);
}

static int by_distance(const void *va, const void *vb)
{
    const struct candidate *a = va, *b = vb;
    if (a->distance != b->distance)
        return a->distance < b->distance ? -1 : 1;
    return a->id < b->id ? -1 : a->id > b->id;
}

static int by_entry(const void *va, const void *vb)
{
    const struct candidate *a = va, *b = vb;
    const int64_t ea = jz_signal_entry(a->id), eb = jz_signal_entry(b->id);
    return ea != eb ? (ea < eb ? -1 : 1) : by_distance(va, vb);
}

/* Keeps the nearest signal of each entry, the nearest entries first. */
static void keep_nearest(struct candidates *c)
{
    size_t kept = 0;
    if (c->n < 2)
        return;
    qsort(c->at, c->n, sizeof *c->at, by_entry);
    for (size_t i = 0; i < c->n; i++)
        if (kept == 0 || jz_signal_entry(c->at[kept - 1].id) != jz_signal_entry(c->at[i].id))
            c->at[kept++] = c->at[i];
    c->n = kept;
    qsort(c->at, c->n, sizeof *c->at, by_distance);
}

void jz_bank_hits_done(jz_bank_hits *h)
{
    jz_free(h->hit);
    *h = (jz_bank_hits){ 0 };
}

static jz_status append(jz_bank_hits *h, const jz_bank_hit *hit, jz_err *err)
{
    jz_bank_hit *at = jz_grow(h->hit, h->n, &h->size, sizeof *at);
    if (at == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %zu hits", h->n + 1);
    h->hit = at;
    h->hit[h->n++] = *hit;
    return JZ_OK;
}

/* What was looked for exactly: candidates only have its fingerprint. */
struct wanted {
    const jz_hash_class *cls;
    const uint8_t *digest;
};

/* wanted: NULL for perceptual hashes, whose distance has been measured. */
static jz_status read_hit(jz_stmt *st, const struct candidate *c, const struct wanted *wanted,
                          jz_bank_hits *hits, jz_err *err)
{
    jz_bytes digest = { 0 };
    jz_bank_hit hit = {
        .entry = jz_signal_entry(c->id),
        .status = (jz_entry_status)jz_stmt_i64(st, 1),
        .distance = c->distance,
        .frame = jz_stmt_is_null(st, 4) ? -1 : jz_stmt_i64(st, 4),
        .seconds = jz_stmt_f64(st, 5),
    };
    const char *bank = jz_stmt_text(st, 0);
    if (bank == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    (void)snprintf(hit.bank, sizeof hit.bank, "%s", bank); /* names are not longer */
    JZ_TRY(jz_banks_digest(st, 2, &hit.cls, &digest, err));
    if (wanted != NULL &&
        (hit.cls != wanted->cls || memcmp(digest.ptr, wanted->digest, digest.len) != 0))
        return JZ_OK;
    return append(hits, &hit, err);
}

static jz_status resolve_one(jz_stmt *st, const struct candidate *c, const struct wanted *wanted,
                             jz_bank_hits *hits, jz_err *err)
{
    bool row = false;
    jz_stmt_bind_i64(st, 1, jz_signal_entry(c->id));
    jz_stmt_bind_i64(st, 2, jz_signal_seq(c->id));
    jz_status status = jz_stmt_step(st, &row, err);
    if (status == JZ_OK && row)
        status = read_hit(st, c, wanted, hits, err);
    jz_stmt_reset(st);
    return status;
}

static jz_status resolve(jz_banks *b, const struct candidates *c, const struct wanted *wanted,
                         jz_bank_hits *hits, jz_err *err)
{
    const size_t before = hits->n;
    jz_status status = JZ_OK;
    if (c->failed)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %zu hits", c->n + 1);
    if (c->n == 0)
        return JZ_OK;
    (void)pthread_mutex_lock(&b->reader_lock); /* fails only for a deadlock of our own making */
    for (size_t i = 0; i < c->n && status == JZ_OK; i++)
        status = resolve_one(b->resolve, &c->at[i], wanted, hits, err);
    (void)pthread_mutex_unlock(&b->reader_lock);
    if (status != JZ_OK)
        hits->n = before;
    return status;
}

jz_status jz_banks_match(jz_banks *b, const uint8_t hash[JZ_PDQ_SIZE], uint32_t max_bits,
                         jz_bank_hits *hits, jz_err *err)
{
    if (b->index == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "the banks were opened without loading them");
    if (max_bits > 256)
        return JZ_FAIL(err, JZ_E_INVAL, "a distance of %u bits, hashes have 256", max_bits);
    struct candidates c = { 0 };
    jz_status st = jz_index_search(b->index, hash, max_bits, on_similar, &c, err);
    if (st == JZ_OK) {
        keep_nearest(&c);
        st = resolve(b, &c, NULL, hits, err);
    }
    jz_free(c.at);
    return st;
}

jz_status jz_banks_match_exact(jz_banks *b, const jz_hash_class *cls, const uint8_t *digest,
                               jz_bank_hits *hits, jz_err *err)
{
    if (b->exact == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "the banks were opened without loading them");
    if (cls->kind != JZ_HASH_EXACT)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is not an exact hash", cls->name);
    const struct wanted wanted = { cls, digest };
    struct candidates c = { 0 };
    jz_exact_set_find(b->exact, cls, digest, on_exact, &c);
    keep_nearest(&c);
    const jz_status st = resolve(b, &c, &wanted, hits, err);
    jz_free(c.at);
    return st;
}
