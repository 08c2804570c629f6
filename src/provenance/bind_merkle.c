/* SPDX-License-Identifier: Apache-2.0 */
/* The Merkle trees of c2pa.hash.bmff (C2PA 2.2, 15.12.2.1, 15.12.2.2 and A.5.4). Leaves are blocks
 * of an mdat box, or, in a file of fragments, each moof box with all that follows up to the next.
 * The manifest holds one row of a tree; where that is not the leaves', a uuid box of the purpose
 * "merkle" holds the way from a leaf up to it. An odd node at the end of a row goes up unchanged.
 *
 * Where a hash of the whole file leaves out mdat boxes from their 16th byte on, blocks begin there,
 * too, as c2pa-rs counts them; else at the box's content. */
#include "provenance/bind_bmff.h"

#include "base/alloc.h"
#include "provenance/bmff_c2pa.h"

#include <inttypes.h>
#include <string.h>

#define LEFT_OUT 16                  /* bytes of mdat that the whole hash covers */
#define PROOF_MAX ((size_t)64 << 10) /* bytes of a merkle box */
#define TREES_MAX 1024

/* The merkle boxes of a file, from front to back. */
typedef struct proofs {
    const jz_bmff_binding *b;
    jz_span s;
    jz_buf cbor;
} proofs;

typedef struct tree {
    const jz_merkle_map *map;
    uint64_t leaf;   /* the next one */
    unsigned levels; /* from the leaves up to the manifest's row */
} tree;

/* How many rows are below the one of n_hash nodes; false where no row has so many. */
static bool count_levels(const jz_merkle_map *map, unsigned *out)
{
    uint64_t row = map->count;
    for (*out = 0; row > map->n_hash && row > 1; ++*out)
        row = row / 2 + row % 2;
    return row == map->n_hash;
}

static jz_status hash_pair(jz_hasher *h, jz_digest_alg alg, jz_bytes left, jz_bytes right,
                           uint8_t out[JZ_DIGEST_BYTES], jz_err *err)
{
    JZ_TRY(jz_hasher_begin(h, alg, err));
    JZ_TRY(jz_hasher_add(h, left.ptr, left.len, err));
    JZ_TRY(jz_hasher_add(h, right.ptr, right.len, err));
    return jz_hasher_end(h, out, err);
}

/* Goes up from a leaf; digest becomes the node in the manifest's row. *fits is false where the
 * proof has too few hashes, or too many, or one of another size. */
static jz_status climb(jz_hasher *h, const tree *t, const jz_merkle_proof *p, uint64_t *index,
                       uint8_t digest[JZ_DIGEST_BYTES], bool *fits, jz_err *err)
{
    const size_t size = jz_digest_size(t->map->alg);
    uint64_t row = t->map->count;
    size_t used = 0;
    *fits = false;
    for (unsigned i = 0; i < t->levels; i++) {
        const uint64_t sibling = *index ^ 1;
        const jz_bytes own = { digest, size };
        if (sibling < row) {
            if (used == p->n_hash || p->hash[used].len != size)
                return JZ_OK;
            const jz_bytes other = p->hash[used++];
            JZ_TRY(*index % 2 == 0 ? hash_pair(h, t->map->alg, own, other, digest, err)
                                   : hash_pair(h, t->map->alg, other, own, digest, err));
        }
        *index /= 2;
        row = row / 2 + row % 2;
    }
    *fits = used == p->n_hash;
    return JZ_OK;
}

/* A leaf's digest against its tree; proof is NULL where the manifest has the row of leaves. */
static jz_status check_leaf(jz_bmff_hash *h, tree *t, const jz_merkle_proof *proof,
                            uint8_t digest[JZ_DIGEST_BYTES], jz_bound *out, jz_err *err)
{
    static const jz_merkle_proof none = { 0 };
    uint64_t index = t->leaf;
    bool fits;
    JZ_TRY(climb(&h->hasher, t, proof == NULL ? &none : proof, &index, digest, &fits, err));
    if (!fits || index >= t->map->n_hash || !jz_digest_is(t->map->alg, digest, t->map->hash[index]))
        jz_bound_set(out, JZ_BIND_MISMATCH,
                     "block %" PRIu64 " of Merkle tree %" PRIu64
                     " has changed since the file was signed",
                     t->leaf, t->map->local_id);
    t->leaf++;
    return JZ_OK;
}

/* The proof in a box, where it is one; what cannot be read is a proof of nothing. */
static jz_status read_proof(proofs *p, const jz_box *b, jz_merkle_proof *out, bool *is, jz_err *err)
{
    jz_c2pa_box_content c;
    jz_err why = { 0 };
    *is = false;
    const jz_status st = jz_c2pa_box(b, &c, is, &why);
    *is = *is && st == JZ_OK && strcmp(c.purpose, "merkle") == 0 && p->b->read_proof != NULL &&
          jz_span_left(&c.data) <= PROOF_MAX;
    if (!*is)
        return JZ_OK;
    jz_buf_reset(&p->cbor);
    JZ_TRY(jz_span_read(&c.data, jz_span_left(&c.data), PROOF_MAX, &p->cbor, err));
    *out = (jz_merkle_proof){ 0 };
    const jz_bytes cbor = { (const uint8_t *)p->cbor.ptr, p->cbor.len };
    const jz_status read = p->b->read_proof(p->b->user, cbor, out, &why);
    if (read == JZ_E_NOMEM)
        return JZ_FAIL(err, read, "no memory for a Merkle proof");
    *is = read == JZ_OK;
    return JZ_OK;
}

/* ---- blocks of mdat ---- */

/* The next proof of the file; *found is false at its end. */
static jz_status next_proof(proofs *p, jz_merkle_proof *out, bool *found, jz_err *err)
{
    jz_range rest;
    *found = false;
    for (bool more = true; more && !*found;) {
        jz_box b;
        JZ_TRY(jz_bmff_top(&p->s, &b, &more, &rest, err));
        if (more)
            JZ_TRY(read_proof(p, &b, out, found, err));
    }
    return JZ_OK;
}

/* Bytes of the next leaf of a box's content, of which so many are left. */
static uint64_t block_of(const tree *t, uint64_t left)
{
    const jz_merkle_map *m = t->map;
    const uint64_t size = m->block != NULL     ? m->block[t->leaf]
                          : m->fixed_block > 0 ? m->fixed_block
                                               : left;
    return size < left ? size : left;
}

/* Whether the blocks are as many as the leaves, and make up the content. */
static bool blocks_fit(const jz_merkle_map *m, uint64_t size)
{
    uint64_t sum = 0;
    if (m->block == NULL) {
        const uint64_t n =
            m->fixed_block == 0 ? 1 : size / m->fixed_block + (size % m->fixed_block != 0);
        return m->count == n;
    }
    for (size_t i = 0; i < m->n_block; i++) {
        if (m->block[i] > size - sum)
            return false;
        sum += m->block[i];
    }
    return m->fixed_block == 0 && m->n_block == m->count && sum == size;
}

static jz_status check_block(jz_bmff_hash *h, proofs *p, tree *t, uint64_t at, uint64_t size,
                             jz_bound *out, jz_err *err)
{
    uint8_t digest[JZ_DIGEST_BYTES];
    jz_merkle_proof proof;
    bool found = true;
    if (t->levels > 0)
        JZ_TRY(next_proof(p, &proof, &found, err));
    if (t->levels > 0 && (!found || proof.unique_id != t->map->unique_id ||
                          proof.local_id != t->map->local_id || proof.location != t->leaf)) {
        jz_bound_set(out, found ? JZ_BIND_MISMATCH : JZ_BIND_MALFORMED,
                     "no proof for block %" PRIu64 " of Merkle tree %" PRIu64, t->leaf,
                     t->map->local_id);
        return JZ_OK;
    }
    JZ_TRY(jz_hasher_begin(&h->hasher, t->map->alg, err));
    JZ_TRY(jz_hasher_file(&h->hasher, h->src, at, at + size, err));
    JZ_TRY(jz_hasher_end(&h->hasher, digest, err));
    return check_leaf(h, t, t->levels > 0 ? &proof : NULL, digest, out, err);
}

static jz_status check_mdat(jz_bmff_hash *h, proofs *p, tree *t, const jz_box *b, jz_bound *out,
                            jz_err *err)
{
    uint64_t at = p->b->hash.ptr != NULL ? b->at + LEFT_OUT : b->body.at;
    at = at < b->end ? at : b->end;
    if (!blocks_fit(t->map, b->end - at)) {
        jz_bound_set(out, JZ_BIND_MALFORMED,
                     "Merkle tree %" PRIu64 " is not of mdat's %" PRIu64 " bytes", t->map->local_id,
                     b->end - at);
        return JZ_OK;
    }
    while (t->leaf < t->map->count && out->verdict == JZ_BIND_MATCH) {
        const uint64_t n = block_of(t, b->end - at);
        JZ_TRY(check_block(h, p, t, at, n, out, err));
        at += n;
    }
    return JZ_OK;
}

static tree *tree_of(tree *trees, size_t n, uint64_t local_id)
{
    for (size_t i = 0; i < n; i++) {
        if (trees[i].map->local_id == local_id)
            return &trees[i];
    }
    return NULL;
}

static jz_status check_blocks(jz_bmff_hash *h, proofs *p, tree *trees, size_t n, jz_bound *out,
                              jz_err *err)
{
    jz_span s = jz_span_all(h->src, "box");
    uint64_t mdats = 0;
    jz_range rest;
    for (bool more = true; more && out->verdict == JZ_BIND_MATCH;) {
        jz_box b;
        JZ_TRY(jz_bmff_top(&s, &b, &more, &rest, err));
        if (!more || !jz_box_is(&b, "mdat"))
            continue;
        tree *t = tree_of(trees, n, mdats++);
        if (t == NULL || mdats > n)
            jz_bound_set(out, JZ_BIND_MISMATCH, "no Merkle tree covers mdat box %" PRIu64,
                         mdats - 1);
        else
            JZ_TRY(check_mdat(h, p, t, &b, out, err));
    }
    if (out->verdict == JZ_BIND_MATCH && mdats != n)
        jz_bound_set(out, JZ_BIND_MISMATCH, "%zu Merkle trees, %" PRIu64 " mdat boxes", n, mdats);
    return JZ_OK;
}

/* ---- fragments ---- */

typedef struct fragments {
    jz_bmff_hash *h;
    proofs *p;
    tree *trees;
    size_t n;
    tree *open;            /* whose fragment is being hashed; NULL before the first moof */
    jz_merkle_proof proof; /* of that fragment, */
    jz_buf cbor;           /* and the bytes that it points to */
} fragments;

/* The initialization segment, which each tree has a hash of. */
static void check_init(const fragments *f, const uint8_t digest[JZ_DIGEST_BYTES], jz_bound *out)
{
    for (size_t i = 0; i < f->n; i++) {
        if (!jz_digest_is(f->trees[i].map->alg, digest, f->trees[i].map->init_hash))
            jz_bound_set(out, JZ_BIND_MISMATCH,
                         "what stands before the first fragment has changed since it was signed");
    }
}

/* What has been hashed so far is complete. */
static jz_status end_part(fragments *f, jz_bound *out, jz_err *err)
{
    uint8_t digest[JZ_DIGEST_BYTES];
    JZ_TRY(jz_hasher_end(&f->h->hasher, digest, err));
    if (f->open == NULL) {
        check_init(f, digest, out);
        return JZ_OK;
    }
    return check_leaf(f->h, f->open, &f->proof, digest, out, err);
}

/* A fragment begins: with the last merkle box before it is its proof. */
static jz_status begin_fragment(fragments *f, const jz_merkle_proof *proof, jz_bound *out,
                                jz_err *err)
{
    tree *t = proof == NULL ? NULL : tree_of(f->trees, f->n, proof->local_id);
    if (t == NULL || t->map->unique_id != proof->unique_id || t->leaf != proof->location ||
        t->leaf == t->map->count) {
        jz_bound_set(out, proof == NULL ? JZ_BIND_MALFORMED : JZ_BIND_MISMATCH,
                     "a fragment without the Merkle proof that belongs to it");
        return JZ_OK;
    }
    const jz_buf spare = f->cbor;
    f->cbor = f->p->cbor; /* kept while the next proof is read */
    f->p->cbor = spare;
    f->proof = *proof;
    f->open = t;
    return jz_hasher_begin(&f->h->hasher, t->map->alg, err);
}

static jz_status check_fragments(fragments *f, jz_bound *out, jz_err *err)
{
    jz_span s = jz_span_all(f->h->src, "box");
    jz_merkle_proof next;
    bool has_next = false;
    jz_range rest = { 0 };
    jz_rules_rewind(&f->h->rules);
    JZ_TRY(jz_hasher_begin(&f->h->hasher, f->trees[0].map->alg, err));
    for (bool more = true; more && out->verdict == JZ_BIND_MATCH;) {
        jz_box b;
        bool is;
        JZ_TRY(jz_bmff_top(&s, &b, &more, &rest, err));
        if (more && jz_box_is(&b, "moof")) {
            JZ_TRY(end_part(f, out, err));
            if (out->verdict == JZ_BIND_MATCH)
                JZ_TRY(begin_fragment(f, has_next ? &next : NULL, out, err));
            has_next = false;
        }
        if (!more || out->verdict != JZ_BIND_MATCH)
            break;
        JZ_TRY(jz_bmff_hash_box(f->h, &b, err));
        JZ_TRY(read_proof(f->p, &b, &next, &is, err));
        has_next = has_next || is;
    }
    if (out->verdict != JZ_BIND_MATCH)
        return JZ_OK;
    JZ_TRY(jz_hasher_file(&f->h->hasher, f->h->src, rest.at, rest.at + rest.size, err));
    return end_part(f, out, err);
}

/* Every leaf must have been there. */
static void check_complete(const tree *trees, size_t n, jz_bound *out)
{
    for (size_t i = 0; i < n && out->verdict == JZ_BIND_MATCH; i++) {
        if (trees[i].leaf != trees[i].map->count)
            jz_bound_set(out, JZ_BIND_MISMATCH,
                         "%" PRIu64 " of %" PRIu64 " fragments of Merkle tree %" PRIu64
                         " are there",
                         trees[i].leaf, trees[i].map->count, trees[i].map->local_id);
    }
}

/* ---- all trees ---- */

static jz_status run(jz_bmff_hash *h, proofs *p, tree *trees, size_t n, jz_bound *out, jz_err *err)
{
    fragments f = { .h = h, .p = p, .trees = trees, .n = n };
    if (trees[0].map->init_hash.ptr == NULL)
        return check_blocks(h, p, trees, n, out, err);
    const jz_status st = check_fragments(&f, out, err);
    jz_buf_done(&f.cbor);
    if (st == JZ_OK)
        check_complete(trees, n, out);
    return st;
}

/* What can be seen to be wrong without the file. */
static bool is_sound(const jz_bmff_binding *b, tree *trees)
{
    const bool fragmented = b->merkle[0].init_hash.ptr != NULL;
    for (size_t i = 0; i < b->n_merkle; i++) {
        const jz_merkle_map *m = &b->merkle[i];
        trees[i].map = m;
        if ((m->init_hash.ptr != NULL) != fragmented || !count_levels(m, &trees[i].levels) ||
            (fragmented && (m->fixed_block != 0 || m->block != NULL)))
            return false;
    }
    return true;
}

jz_status jz_bind_merkle(jz_bmff_hash *h, const jz_bmff_binding *b, jz_bound *out, jz_err *err)
{
    proofs p = { .b = b, .s = jz_span_all(h->src, "box") };
    if (b->n_merkle > TREES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu Merkle trees, limit %d", b->n_merkle, TREES_MAX);
    tree *trees = jz_alloc_zero(b->n_merkle, sizeof *trees);
    if (trees == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu Merkle trees", b->n_merkle);
    jz_status st = JZ_OK;
    if (is_sound(b, trees))
        st = run(h, &p, trees, b->n_merkle, out, err);
    else
        jz_bound_set(out, JZ_BIND_MALFORMED, "a Merkle tree without the row that it states");
    jz_buf_done(&p.cbor);
    jz_free(trees);
    return st;
}
