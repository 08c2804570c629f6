/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/edge.h"

#include "ledger/lines.h"

#include <string.h>

void jz_edge_done(jz_edge *e)
{
    jz_buf_done(&e->bundle);
}

/* ---- growing ---- */

static jz_status put_hashes(jz_edge *e, unsigned level, uint64_t n, unsigned width, jz_err *err)
{
    const jz_tile t = { .level = level, .n = n, .width = width };
    const jz_bytes content = { e->tile[level][0].b, (size_t)width * JZ_TREE_HASH_SIZE };
    return e->put(e->user, &t, content, err);
}

static jz_status put_bundle(jz_edge *e, uint64_t n, unsigned width, jz_err *err)
{
    const jz_tile t = { .level = JZ_TILE_ENTRIES, .n = n, .width = width };
    return e->put(e->user, &t, jz_bytes_of(e->bundle.ptr, e->bundle.len), err);
}

jz_status jz_edge_add(jz_edge *e, jz_bytes leaf, jz_err *err)
{
    jz_tree_hash hash;
    jz_bundle_put(&e->bundle, leaf);
    JZ_TRY(jz_buf_check(&e->bundle, err));
    jz_tree_leaf(leaf, &hash);
    uint64_t at = e->tree.n; /* the hash's place in its level */
    jz_frontier_add(&e->tree, &hash);
    for (unsigned level = 0;; level++) {
        e->tile[level][at % JZ_TILE_WIDTH] = hash;
        if (++at % JZ_TILE_WIDTH != 0)
            return JZ_OK;
        at = at / JZ_TILE_WIDTH - 1;
        if (level == 0) {
            JZ_TRY(put_bundle(e, at, JZ_TILE_WIDTH, err));
            jz_buf_reset(&e->bundle);
        }
        JZ_TRY(put_hashes(e, level, at, JZ_TILE_WIDTH, err));
        jz_tree_fold(e->tile[level], JZ_TILE_WIDTH, &hash);
    }
}

jz_status jz_edge_put_partials(jz_edge *e, uint64_t since, jz_err *err)
{
    for (unsigned level = 0; level < JZ_TILE_LEVELS; level++) {
        const uint64_t hashes = jz_tile_hashes(e->tree.n, level);
        const unsigned width = (unsigned)(hashes % JZ_TILE_WIDTH);
        if (hashes == jz_tile_hashes(since, level))
            return JZ_OK; /* nor has any level above changed */
        if (width == 0)
            continue;
        if (level == 0)
            JZ_TRY(put_bundle(e, hashes / JZ_TILE_WIDTH, width, err));
        JZ_TRY(put_hashes(e, level, hashes / JZ_TILE_WIDTH, width, err));
    }
    return JZ_OK;
}

/* ---- loading ---- */

/* Cuts the content of a wider file to the first width hashes or entries; false where there are
 * fewer, or more where exactly so many are wanted. */
static bool cut(const jz_tile *t, jz_buf *content, size_t from, bool exact)
{
    jz_bytes rest = jz_bytes_of(content->ptr + from, content->len - from);
    for (unsigned i = 0; i < t->width; i++) {
        jz_bytes entry;
        if (t->level == JZ_TILE_ENTRIES) {
            if (jz_bundle_take(&rest, &entry, NULL) != JZ_OK)
                return false;
            continue;
        }
        if (rest.len < JZ_TREE_HASH_SIZE)
            return false;
        rest = (jz_bytes){ rest.ptr + JZ_TREE_HASH_SIZE, rest.len - JZ_TREE_HASH_SIZE };
    }
    content->len -= rest.len;
    return !exact || rest.len == 0;
}

jz_status jz_tile_read(jz_disk *disk, const jz_tile *t, jz_buf *out, jz_err *err)
{
    char path[JZ_TILE_PATH];
    const size_t from = out->len;
    const size_t max = t->level == JZ_TILE_ENTRIES ? JZ_BUNDLE_MAX : JZ_TILE_BYTES;
    bool exact = true;
    jz_buf_put(out, "", 0); /* so that there is a pointer, also for an empty file */
    jz_tile_path(t, path);
    jz_status st = disk->ops->read(disk, path, max, out, err);
    if (st == JZ_E_NOTFOUND && t->width < JZ_TILE_WIDTH) {
        jz_tile_path(&(jz_tile){ t->level, t->n, JZ_TILE_WIDTH }, path);
        exact = false;
        st = disk->ops->read(disk, path, max, out, err);
    }
    if (st == JZ_E_NOTFOUND)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s is missing", path);
    JZ_TRY(st);
    if (!cut(t, out, from, exact))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: not %s%u %s", path, exact ? "" : "at least ",
                       t->width, t->level == JZ_TILE_ENTRIES ? "entries" : "hashes");
    return JZ_OK;
}

static jz_status load_tile(jz_edge *e, jz_disk *disk, unsigned level, uint64_t hashes, jz_err *err)
{
    JZ_BUF_AUTO content = { 0 };
    const unsigned width = (unsigned)(hashes % JZ_TILE_WIDTH);
    JZ_TRY(jz_tile_read(disk, &(jz_tile){ level, hashes / JZ_TILE_WIDTH, width }, &content, err));
    memcpy(e->tile[level], content.ptr, (size_t)width * JZ_TREE_HASH_SIZE);
    for (unsigned k = 0; k < 8; k++)
        if ((width >> k & 1) != 0) /* behind the larger subtrees */
            jz_tree_fold(&e->tile[level][width >> k >> 1 << k << 1], (size_t)1 << k,
                         &e->tree.f[8 * level + k]);
    return JZ_OK;
}

/* The entries of the partial bundle must be those of the partial tile. */
static jz_status load_bundle(jz_edge *e, jz_disk *disk, uint64_t size, jz_err *err)
{
    const jz_tile t = { JZ_TILE_ENTRIES, size / JZ_TILE_WIDTH, (unsigned)(size % JZ_TILE_WIDTH) };
    char path[JZ_TILE_PATH];
    JZ_TRY(jz_tile_read(disk, &t, &e->bundle, err));
    jz_bytes rest = jz_bytes_of(e->bundle.ptr, e->bundle.len);
    jz_tile_path(&t, path);
    for (unsigned i = 0; i < t.width; i++) {
        jz_bytes entry;
        jz_tree_hash hash;
        JZ_TRY_CTX(jz_bundle_take(&rest, &entry, err), err, "%s", path);
        jz_tree_leaf(entry, &hash);
        if (!jz_tree_equal(&hash, &e->tile[0][i]))
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: entry %u does not have its hash", path, i);
    }
    return JZ_OK;
}

jz_status jz_edge_load(jz_edge *e, jz_disk *disk, uint64_t size, jz_err *err)
{
    e->tree.n = size;
    for (unsigned level = 0; level < JZ_TILE_LEVELS; level++) {
        const uint64_t hashes = jz_tile_hashes(size, level);
        if (hashes % JZ_TILE_WIDTH != 0)
            JZ_TRY(load_tile(e, disk, level, hashes, err));
    }
    return size % JZ_TILE_WIDTH != 0 ? load_bundle(e, disk, size, err) : JZ_OK;
}
