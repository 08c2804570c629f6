/* SPDX-License-Identifier: Apache-2.0 */
/* The reading side of a log: nodes, proofs, entries, the audit. */
#include "ledger/log.h"

#include "base/alloc.h"
#include "ledger/lines.h"
#include "ledger/proof.h"

#include <inttypes.h>
#include <string.h>

void jz_log_head(const jz_log *log, jz_checkpoint *out)
{
    *out = log->head;
}

const char *jz_log_checkpoint(const jz_log *log)
{
    return log->note.ptr;
}

/* ---- nodes ---- */

/* The hashes of a tile: the edge's where it is not full. */
static jz_status find_tile(jz_log *log, unsigned level, uint64_t n, const jz_tree_hash **out,
                           jz_err *err)
{
    JZ_BUF_AUTO content = { 0 };
    if (n == jz_tile_hashes(log->head.size, level) / JZ_TILE_WIDTH) {
        *out = log->edge.tile[level];
        return JZ_OK;
    }
    *out = log->cache[level];
    if (log->cached[level] == n)
        return JZ_OK;
    JZ_TRY(jz_tile_read(log->disk, &(jz_tile){ level, n, JZ_TILE_WIDTH }, &content, err));
    memcpy(log->cache[level], content.ptr, JZ_TILE_BYTES);
    log->cached[level] = n;
    return JZ_OK;
}

jz_status jz_log_read_node(void *user, unsigned level, uint64_t index, jz_tree_hash *out,
                           jz_err *err)
{
    jz_log *log = user;
    const jz_tree_hash *tile = NULL;
    const unsigned k = level % 8;
    const uint64_t first = index << k; /* of the tile's level */
    JZ_TRY(find_tile(log, level / 8, first / JZ_TILE_WIDTH, &tile, err));
    jz_tree_fold(tile + first % JZ_TILE_WIDTH, (size_t)1 << k, out);
    return JZ_OK;
}

/* ---- proofs ---- */

static jz_status check_index(const jz_log *log, uint64_t index, jz_err *err)
{
    if (index >= log->head.size)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "log %s has no leaf %" PRIu64 ": it has %" PRIu64,
                       log->name, index, log->head.size);
    return JZ_OK;
}

static jz_status prove(jz_log *log, uint64_t index, jz_tree_path *path, jz_err *err)
{
    jz_tree_hash leaf;
    JZ_TRY(jz_tree_prove(index, log->head.size, jz_log_read_node, log, path, err));
    JZ_TRY(jz_log_read_node(log, 0, index, &leaf, err));
    if (!jz_tree_inclusion(index, log->head.size, &leaf, path->hash, path->n, &log->head.root))
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       "the tiles on the way from leaf %" PRIu64 " do not lead to the root", index);
    return JZ_OK;
}

jz_status jz_log_prove(jz_log *log, uint64_t index, char **out, jz_err *err)
{
    jz_tlog_proof proof = { .index = index,
                            .checkpoint = jz_bytes_of(log->note.ptr, log->note.len) };
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(check_index(log, index, err));
    JZ_TRY_CTX(prove(log, index, &proof.path, err), err, "log %s", log->name);
    jz_tlog_proof_put(&proof, &text);
    JZ_TRY(jz_buf_check(&text, err));
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}

jz_status jz_log_consistency(jz_log *log, uint64_t old_size, jz_tree_hash *path, size_t *n,
                             jz_err *err)
{
    jz_tree_path found;
    jz_tree_head old = { .size = old_size };
    const jz_tree_head now = { log->head.size, log->head.root };
    if (old_size > log->head.size)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "log %s has %" PRIu64 " leaves, not %" PRIu64, log->name,
                       log->head.size, old_size);
    JZ_TRY(jz_tree_prove_growth(old_size, now.size, jz_log_read_node, log, &found, err));
    JZ_TRY(jz_tree_root(old_size, jz_log_read_node, log, &old.root, err));
    if (!jz_tree_consistency(&old, &now, found.hash, found.n))
        return JZ_FAIL(err, JZ_E_CORRUPT, "log %s: its tiles do not lead to its root", log->name);
    memcpy(path, found.hash, found.n * sizeof *path);
    *n = found.n;
    return JZ_OK;
}

/* ---- entries ---- */

/* The bundle that holds an entry: the edge's where it is not full. */
static jz_status find_bundle(const jz_log *log, uint64_t n, jz_buf *hold, jz_bytes *out,
                             jz_err *err)
{
    const jz_buf *from = &log->edge.bundle;
    if (n < log->head.size / JZ_TILE_WIDTH) {
        JZ_TRY(jz_tile_read(log->disk, &(jz_tile){ JZ_TILE_ENTRIES, n, JZ_TILE_WIDTH }, hold, err));
        from = hold;
    }
    *out = jz_bytes_of(from->ptr, from->len);
    return JZ_OK;
}

static jz_status find_entry(jz_log *log, uint64_t index, jz_buf *hold, jz_bytes *out, jz_err *err)
{
    jz_bytes rest;
    jz_tree_hash hash;
    jz_tree_hash want;
    JZ_TRY(find_bundle(log, index / JZ_TILE_WIDTH, hold, &rest, err));
    for (uint64_t i = 0; i <= index % JZ_TILE_WIDTH; i++)
        JZ_TRY(jz_bundle_take(&rest, out, err));
    JZ_TRY(jz_log_read_node(log, 0, index, &want, err));
    jz_tree_leaf(*out, &hash);
    if (!jz_tree_equal(&hash, &want))
        return JZ_FAIL(err, JZ_E_CORRUPT, "entry %" PRIu64 " does not have its hash", index);
    return JZ_OK;
}

jz_status jz_log_entry(jz_log *log, uint64_t index, char **out, size_t *len, jz_err *err)
{
    JZ_BUF_AUTO hold = { 0 };
    jz_bytes entry;
    JZ_TRY(check_index(log, index, err));
    JZ_TRY_CTX(find_entry(log, index, &hold, &entry, err), err, "log %s", log->name);
    char *copy = jz_strndup((const char *)entry.ptr, entry.len);
    if (copy == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for an entry");
    *out = copy;
    *len = entry.len;
    return JZ_OK;
}

/* ---- audit ---- */

typedef struct audit {
    jz_log *log;
    jz_buf content; /* of the file that is compared */
} audit;

/* The file of a tile must hold what the leaves before it make. */
static jz_status compare(void *user, const jz_tile *tile, jz_bytes content, jz_err *err)
{
    audit *a = user;
    char path[JZ_TILE_PATH];
    jz_buf_reset(&a->content);
    JZ_TRY(jz_tile_read(a->log->disk, tile, &a->content, err));
    if (a->content.len == content.len && memcmp(a->content.ptr, content.ptr, content.len) == 0)
        return JZ_OK;
    jz_tile_path(tile, path);
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s: not what its leaves make", path);
}

static jz_status audit_bundle(jz_edge *edge, jz_bytes bundle, jz_log_entry_fn fn, void *user,
                              jz_err *err)
{
    while (bundle.len > 0) {
        jz_bytes leaf;
        const uint64_t index = edge->tree.n;
        JZ_TRY(jz_bundle_take(&bundle, &leaf, err));
        JZ_TRY(jz_edge_add(edge, leaf, err));
        if (fn != NULL)
            JZ_TRY(fn(user, index, leaf, err));
    }
    return JZ_OK;
}

/* Bytes of the first width entries of a bundle that was read before. */
static size_t entries_len(const jz_buf *bundle, unsigned width)
{
    jz_bytes rest = jz_bytes_of(bundle->ptr, bundle->len);
    jz_bytes entry;
    while (width-- > 0)
        if (jz_bundle_take(&rest, &entry, NULL) != JZ_OK)
            break;
    return bundle->len - rest.len;
}

static jz_status compare_narrower(audit *a, const jz_tile *tile, jz_bytes content, jz_err *err)
{
    char path[JZ_TILE_PATH];
    jz_buf_reset(&a->content);
    jz_tile_path(tile, path);
    const jz_status st =
        a->log->disk->ops->read(a->log->disk, path, JZ_BUNDLE_MAX, &a->content, err);
    if (st == JZ_E_NOTFOUND)
        return JZ_OK;
    JZ_TRY(st);
    if (a->content.len == content.len && memcmp(a->content.ptr, content.ptr, content.len) == 0)
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s: not what its leaves make", path);
}

/* The partial tiles of earlier sizes that are there, of the places that are not full now. */
static jz_status audit_narrower(audit *a, const jz_edge *edge, jz_err *err)
{
    for (unsigned level = 0; level < JZ_TILE_LEVELS; level++) {
        const uint64_t hashes = jz_tile_hashes(edge->tree.n, level);
        jz_tile t = { .level = level, .n = hashes / JZ_TILE_WIDTH };
        for (t.width = 1; t.width < hashes % JZ_TILE_WIDTH; t.width++) {
            const jz_bytes hash = { edge->tile[level][0].b, (size_t)t.width * JZ_TREE_HASH_SIZE };
            JZ_TRY(compare_narrower(a, &t, hash, err));
            if (level > 0)
                continue;
            const jz_tile b = { JZ_TILE_ENTRIES, t.n, t.width };
            const jz_bytes entries =
                jz_bytes_of(edge->bundle.ptr, entries_len(&edge->bundle, t.width));
            JZ_TRY(compare_narrower(a, &b, entries, err));
        }
    }
    return JZ_OK;
}

static jz_status audit_all(jz_log *log, jz_edge *edge, jz_log_entry_fn fn, void *user, jz_err *err)
{
    jz_tree_hash root;
    JZ_BUF_AUTO bundle = { 0 };
    const uint64_t size = log->head.size;
    for (uint64_t n = 0; n * JZ_TILE_WIDTH < size; n++) {
        const jz_tile t = { JZ_TILE_ENTRIES, n, jz_tile_width(size, JZ_TILE_ENTRIES, n) };
        jz_buf_reset(&bundle);
        JZ_TRY(jz_tile_read(log->disk, &t, &bundle, err));
        JZ_TRY(audit_bundle(edge, jz_bytes_of(bundle.ptr, bundle.len), fn, user, err));
    }
    JZ_TRY(jz_edge_put_partials(edge, 0, err));
    JZ_TRY(audit_narrower(edge->user, edge, err));
    jz_frontier_root(&edge->tree, &root);
    if (edge->tree.n != size || !jz_tree_equal(&root, &log->head.root))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the leaves do not have the signed root");
    return JZ_OK;
}

jz_status jz_log_audit(jz_log *log, jz_log_entry_fn fn, void *user, jz_err *err)
{
    audit a = { .log = log };
    if (log->published != log->head.size) /* by a writer; it says itself what it cannot do */
        JZ_TRY(jz_log_settle(log, err));
    jz_edge *edge = jz_alloc_zero(1, sizeof *edge);
    if (edge == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for an audit");
    edge->put = compare;
    edge->user = &a;
    const jz_status st = audit_all(log, edge, fn, user, err);
    if (st != JZ_OK)
        jz_err_wrap(err, "log %s", log->name);
    jz_edge_done(edge);
    jz_free(edge);
    jz_buf_done(&a.content);
    return st;
}
