/* SPDX-License-Identifier: Apache-2.0 */
/* SHA256_Init() and its like cannot fail and do not allocate, unlike EVP, so that no function here
 * needs an error; OpenSSL 3 calls them deprecated, not wrong. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "ledger/tree.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <string.h>

/* ---- hashing ---- */

void jz_tree_sha256(jz_bytes data, jz_tree_hash *out)
{
    SHA256_CTX c;
    (void)SHA256_Init(&c); /* each returns 1, always */
    (void)SHA256_Update(&c, data.ptr, data.len);
    (void)SHA256_Final(out->b, &c);
}

void jz_tree_leaf(jz_bytes leaf, jz_tree_hash *out)
{
    static const uint8_t prefix = 0;
    SHA256_CTX c;
    (void)SHA256_Init(&c);
    (void)SHA256_Update(&c, &prefix, 1);
    (void)SHA256_Update(&c, leaf.ptr, leaf.len);
    (void)SHA256_Final(out->b, &c);
}

void jz_tree_node(const jz_tree_hash *left, const jz_tree_hash *right, jz_tree_hash *out)
{
    uint8_t both[1 + 2 * JZ_TREE_HASH_SIZE] = { 1 };
    memcpy(both + 1, left->b, JZ_TREE_HASH_SIZE);
    memcpy(both + 1 + JZ_TREE_HASH_SIZE, right->b, JZ_TREE_HASH_SIZE);
    jz_tree_sha256((jz_bytes){ both, sizeof both }, out);
}

void jz_tree_empty(jz_tree_hash *out)
{
    jz_tree_sha256((jz_bytes){ (const uint8_t *)"", 0 }, out);
}

bool jz_tree_equal(const jz_tree_hash *a, const jz_tree_hash *b)
{
    return memcmp(a->b, b->b, JZ_TREE_HASH_SIZE) == 0;
}

void jz_tree_fold(const jz_tree_hash *nodes, size_t n, jz_tree_hash *out)
{
    jz_frontier t = { 0 };
    for (size_t i = 0; i < n; i++)
        jz_frontier_add(&t, &nodes[i]);
    jz_frontier_root(&t, out);
}

/* ---- frontier ---- */

void jz_frontier_add(jz_frontier *t, const jz_tree_hash *leaf)
{
    jz_tree_hash x = *leaf;
    unsigned k = 0;
    for (uint64_t n = t->n; (n & 1) != 0; n >>= 1, k++)
        jz_tree_node(&t->f[k], &x, &x);
    t->f[k] = x;
    t->n++;
}

void jz_frontier_root(const jz_frontier *t, jz_tree_hash *out)
{
    bool have = false;
    jz_tree_hash r;
    jz_tree_empty(&r);
    for (unsigned k = 0; k < 64; k++) {
        if ((t->n >> k & 1) == 0)
            continue;
        if (have)
            jz_tree_node(&t->f[k], &r, &r);
        else
            r = t->f[k];
        have = true;
    }
    *out = r;
}

/* ---- verifying ---- */

/* Steps over the levels at which fn is a left child that has no sibling. */
static void skip_lone(uint64_t *fn, uint64_t *sn)
{
    while ((*fn & 1) == 0 && *fn != 0) {
        *fn >>= 1;
        *sn >>= 1;
    }
}

bool jz_tree_inclusion(uint64_t index, uint64_t size, const jz_tree_hash *leaf,
                       const jz_tree_hash *path, size_t n, const jz_tree_hash *root)
{
    if (index >= size)
        return false;
    jz_tree_hash r = *leaf;
    uint64_t fn = index;
    uint64_t sn = size - 1;
    for (size_t i = 0; i < n; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            jz_tree_node(&path[i], &r, &r);
            skip_lone(&fn, &sn);
        } else {
            jz_tree_node(&r, &path[i], &r);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && jz_tree_equal(&r, root);
}

/* The general case: 0 < old->size < now->size. first is the node that both trees begin from. */
static bool grows(const jz_tree_head *old, const jz_tree_head *now, const jz_tree_hash *first,
                  const jz_tree_hash *path, size_t n)
{
    jz_tree_hash fr = *first;
    jz_tree_hash sr = *first;
    uint64_t fn = old->size - 1;
    uint64_t sn = now->size - 1;
    while ((fn & 1) != 0) {
        fn >>= 1;
        sn >>= 1;
    }
    for (size_t i = 0; i < n; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            jz_tree_node(&path[i], &fr, &fr);
            jz_tree_node(&path[i], &sr, &sr);
            skip_lone(&fn, &sn);
        } else {
            jz_tree_node(&sr, &path[i], &sr);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && jz_tree_equal(&fr, &old->root) && jz_tree_equal(&sr, &now->root);
}

bool jz_tree_consistency(const jz_tree_head *old, const jz_tree_head *now, const jz_tree_hash *path,
                         size_t n)
{
    if (old->size > now->size)
        return false;
    if (old->size == now->size)
        return n == 0 && jz_tree_equal(&old->root, &now->root);
    if (old->size == 0) {
        jz_tree_hash empty;
        jz_tree_empty(&empty);
        return n == 0 && jz_tree_equal(&old->root, &empty);
    }
    if ((old->size & (old->size - 1)) == 0)
        return grows(old, now, &old->root, path, n);
    return n > 0 && grows(old, now, &path[0], path + 1, n - 1);
}

/* ---- proving ---- */

/* The root over leaves [from, size), where from is a multiple of a power of two that is not below
 * size - from: perfect subtrees, from the largest to the smallest. */
static jz_status right_edge(uint64_t from, uint64_t size, jz_tree_read_fn read, void *user,
                            jz_tree_hash *out, jz_err *err)
{
    jz_tree_hash part[64];
    unsigned n = 0;
    for (unsigned level = 63; level-- > 0;) {
        if (((size - from) >> level & 1) == 0)
            continue;
        const uint64_t start = from + ((size - from) >> level >> 1 << level << 1);
        JZ_TRY(read(user, level, start >> level, &part[n++], err));
    }
    while (n > 1) {
        n--;
        jz_tree_node(&part[n - 1], &part[n], &part[n - 1]);
    }
    *out = part[0];
    return JZ_OK;
}

/* Appends the siblings on the way from the node (level, index) to the root. */
static jz_status siblings(unsigned level, uint64_t index, uint64_t size, jz_tree_read_fn read,
                          void *user, jz_tree_path *out, jz_err *err)
{
    for (; (size - 1) >> level != 0; level++, index >>= 1) {
        const uint64_t sibling = index ^ 1;
        if (sibling > (size - 1) >> level)
            continue; /* the last node of its level is lifted as it is */
        jz_tree_hash *to = &out->hash[out->n++];
        if (sibling < size >> level)
            JZ_TRY(read(user, level, sibling, to, err));
        else
            JZ_TRY(right_edge(sibling << level, size, read, user, to, err));
    }
    return JZ_OK;
}

static jz_status check_size(uint64_t part, uint64_t size, jz_err *err)
{
    if (part > size || size > JZ_TREE_SIZE_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "%" PRIu64 " of a tree of %" PRIu64 " leaves", part, size);
    return JZ_OK;
}

jz_status jz_tree_prove(uint64_t index, uint64_t size, jz_tree_read_fn read, void *user,
                        jz_tree_path *out, jz_err *err)
{
    jz_tree_path path = { 0 };
    JZ_TRY(check_size(index, size, err));
    if (index == size)
        return JZ_FAIL(err, JZ_E_INVAL, "leaf %" PRIu64 " of %" PRIu64, index, size);
    JZ_TRY(siblings(0, index, size, read, user, &path, err));
    *out = path;
    return JZ_OK;
}

jz_status jz_tree_prove_growth(uint64_t old, uint64_t size, jz_tree_read_fn read, void *user,
                               jz_tree_path *out, jz_err *err)
{
    jz_tree_path path = { 0 };
    unsigned level = 0;
    JZ_TRY(check_size(old, size, err));
    if (old > 0 && old < size) {
        /* The last perfect subtree of the old tree: what is left of it is in both. */
        uint64_t index = old - 1;
        for (; (index & 1) != 0; index >>= 1)
            level++;
        if (index > 0)
            JZ_TRY(read(user, level, index, &path.hash[path.n++], err));
        JZ_TRY(siblings(level, index, size, read, user, &path, err));
    }
    *out = path;
    return JZ_OK;
}

jz_status jz_tree_root(uint64_t size, jz_tree_read_fn read, void *user, jz_tree_hash *out,
                       jz_err *err)
{
    JZ_TRY(check_size(0, size, err));
    if (size == 0) {
        jz_tree_empty(out);
        return JZ_OK;
    }
    return right_edge(0, size, read, user, out, err);
}
