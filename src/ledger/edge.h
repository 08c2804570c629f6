/* SPDX-License-Identifier: Apache-2.0 */
/* The right edge of a log: its frontier, and the tiles and the bundle that are not full yet. Tiles
 * and bundles leave through one function as they fill, to be written or to be compared. Threads:
 * one at a time. */
#ifndef JZ_EDGE_H
#define JZ_EDGE_H

#include "ledger/disk.h"
#include "ledger/tile.h"
#include "ledger/tree.h"

typedef jz_status (*jz_edge_put_fn)(void *user, const jz_tile *tile, jz_bytes content, jz_err *err);

typedef struct jz_edge { /* = { .put = ..., .user = ... } is empty; ended with jz_edge_done() */
    jz_edge_put_fn put;
    void *user;
    jz_frontier tree;
    jz_tree_hash tile[JZ_TILE_LEVELS][JZ_TILE_WIDTH]; /* jz_tile_hashes() % 256 of each count */
    jz_buf bundle;                                    /* of the last size % 256 leaves */
} jz_edge;

void jz_edge_done(jz_edge *e);
/* Adds a leaf of at most JZ_LOG_LEAF_MAX bytes; puts what has become full. After a failure the
 * edge is of no use. */
JZ_CHECKED jz_status jz_edge_add(jz_edge *e, jz_bytes leaf, jz_err *err);
/* Puts the partial tiles and the partial bundle that changed since the tree had size leaves. */
JZ_CHECKED jz_status jz_edge_put_partials(jz_edge *e, uint64_t since, jz_err *err);
/* Fills an empty edge from the files of a log of size leaves. JZ_E_CORRUPT; the root is the
 * caller's to compare. */
JZ_CHECKED jz_status jz_edge_load(jz_edge *e, jz_disk *disk, uint64_t size, jz_err *err);

/* Appends the content of a tile or bundle of the given width, which may lie in a wider file that
 * took its place. JZ_E_CORRUPT, also where it is missing. */
JZ_CHECKED jz_status jz_tile_read(jz_disk *disk, const jz_tile *t, jz_buf *out, jz_err *err);

#endif
