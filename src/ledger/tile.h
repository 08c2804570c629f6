/* SPDX-License-Identifier: Apache-2.0 */
/* c2sp.org/tlog-tiles: the files that hold a tree's hashes and entries. A tile of level l holds up
 * to 256 roots of perfect subtrees of 256^l leaves; a bundle holds the leaves themselves, each
 * behind its length in two bytes, big-endian. Threads: any. */
#ifndef JZ_TILE_H
#define JZ_TILE_H

#include "base/buf.h"

#include <jz/ledger.h>

#define JZ_TILE_WIDTH 256u
#define JZ_TILE_BYTES (JZ_TILE_WIDTH * JZ_TREE_HASH_SIZE)
#define JZ_TILE_LEVELS 8u    /* 256^8 leaves are more than there can be */
#define JZ_TILE_ENTRIES 255u /* in the place of a level: a bundle */
#define JZ_TILE_PATH 64      /* bytes that hold any path */
#define JZ_BUNDLE_MAX (JZ_TILE_WIDTH * (2 + (size_t)JZ_LOG_LEAF_MAX))

typedef struct jz_tile {
    unsigned level;
    uint64_t n;
    unsigned width; /* 1 to 256; below 256 it is partial */
} jz_tile;

/* "tile/0/x001/x234/067", "tile/entries/001.p/44". */
void jz_tile_path(const jz_tile *t, char out[JZ_TILE_PATH]);
/* The folder that holds all partial tiles of t's place: "tile/0/001.p". */
void jz_tile_partials(const jz_tile *t, char out[JZ_TILE_PATH]);
/* Only what jz_tile_path() writes. JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_tile_parse(const char *path, jz_tile *out, jz_err *err);

/* Hashes of a level in a tree of size leaves. */
uint64_t jz_tile_hashes(uint64_t size, unsigned level);
/* How wide the n-th tile of a level is; 0 where there is none. */
unsigned jz_tile_width(uint64_t size, unsigned level, uint64_t n);

void jz_bundle_put(jz_buf *out, jz_bytes entry);
/* Takes the next entry off the front of *rest. JZ_E_TRUNCATED. */
JZ_CHECKED jz_status jz_bundle_take(jz_bytes *rest, jz_bytes *entry, jz_err *err);

#endif
