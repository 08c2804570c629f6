/* SPDX-License-Identifier: Apache-2.0 */
/* The Merkle tree of RFC 6962, 2.1 and RFC 9162, 2.1 over SHA-256: hashing, the frontier that
 * grows, proofs made and verified. Nothing here allocates, and hashing cannot fail. Threads: any,
 * each with its own frontier. */
#ifndef JZ_TREE_H
#define JZ_TREE_H

#include <jz/ledger.h>

#define JZ_TREE_SIZE_MAX ((uint64_t)INT64_MAX)

void jz_tree_sha256(jz_bytes data, jz_tree_hash *out);
/* SHA-256(00 || leaf) and SHA-256(01 || left || right); out may be one of the inputs. */
void jz_tree_leaf(jz_bytes leaf, jz_tree_hash *out);
void jz_tree_node(const jz_tree_hash *left, const jz_tree_hash *right, jz_tree_hash *out);
/* The root of no leaves: SHA-256 of nothing. */
void jz_tree_empty(jz_tree_hash *out);
bool jz_tree_equal(const jz_tree_hash *a, const jz_tree_hash *b);
/* The root of n hashes that are nodes of one level, 1 <= n <= 256. */
void jz_tree_fold(const jz_tree_hash *nodes, size_t n, jz_tree_hash *out);

/* A tree that only grows, as the roots of its perfect subtrees. */
typedef struct jz_frontier { /* = { 0 } is the empty tree */
    uint64_t n;              /* leaves */
    jz_tree_hash f[64];      /* f[k] counts where bit k of n is set: a subtree of 2^k leaves */
} jz_frontier;

void jz_frontier_add(jz_frontier *t, const jz_tree_hash *leaf);
void jz_frontier_root(const jz_frontier *t, jz_tree_hash *out);

/* RFC 9162, 2.1.3.2: whether leaf (its hash) is at index of the tree of size with this root. */
bool jz_tree_inclusion(uint64_t index, uint64_t size, const jz_tree_hash *leaf,
                       const jz_tree_hash *path, size_t n, const jz_tree_hash *root);

/* A tree's head without its origin. */
typedef struct jz_tree_head {
    uint64_t size;
    jz_tree_hash root;
} jz_tree_head;
/* RFC 9162, 2.1.4.2: whether the tree at old is the beginning of the tree at now. */
bool jz_tree_consistency(const jz_tree_head *old, const jz_tree_head *now, const jz_tree_hash *path,
                         size_t n);

/* Reads the root of the perfect subtree over leaves [index * 2^level, (index + 1) * 2^level). */
typedef jz_status (*jz_tree_read_fn)(void *user, unsigned level, uint64_t index, jz_tree_hash *out,
                                     jz_err *err);
typedef struct jz_tree_path {
    jz_tree_hash hash[JZ_TREE_PATH_MAX];
    size_t n;
} jz_tree_path;

/* Each fails with JZ_E_INVAL where index >= size, old > size or size > JZ_TREE_SIZE_MAX, and with
 * what read fails with; O(log size) reads. */
JZ_CHECKED jz_status jz_tree_prove(uint64_t index, uint64_t size, jz_tree_read_fn read, void *user,
                                   jz_tree_path *out, jz_err *err);
JZ_CHECKED jz_status jz_tree_prove_growth(uint64_t old, uint64_t size, jz_tree_read_fn read,
                                          void *user, jz_tree_path *out, jz_err *err);
/* The root of the first size leaves of a tree that holds at least as many. */
JZ_CHECKED jz_status jz_tree_root(uint64_t size, jz_tree_read_fn read, void *user,
                                  jz_tree_hash *out, jz_err *err);

#endif
