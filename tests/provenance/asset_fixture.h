/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of asset_*.c and bind_*.c share: files in memory, and what extract.py, an
 * independent reading of them, says of their stores and hard bindings. */
#ifndef JZ_ASSET_FIXTURE_H
#define JZ_ASSET_FIXTURE_H

#include <jz/hash.h>

#include "provenance/asset.h"

#define AX_PARTS 16
/* One file of each format, signed by another implementation. */
#define AX_SIGNED "tests/data/provenance/signed.* tests/data/provenance/merkle.mp4"

typedef struct ax_expected { /* borrows from itself: not to be copied */
    char path[512];
    size_t size; /* of the store; 0: none */
    uint8_t sha256[JZ_SHA256_SIZE];
    unsigned bmff; /* version of the binding; 0: of data */
    uint8_t hash[JZ_SHA256_SIZE];
    jz_range range[AX_PARTS];
    size_t n_range;
    jz_bmff_exclusion x[AX_PARTS];
    jz_bmff_match match[AX_PARTS];
    jz_range subset[AX_PARTS];
    char paths[AX_PARTS][64];
    uint8_t values[AX_PARTS][16];
    size_t n_x;
    jz_merkle_map tree;
    uint8_t rows[AX_PARTS][JZ_SHA256_SIZE];
    jz_bytes row[AX_PARTS];
} ax_expected;

typedef struct ax_all { /* freed with ax_all_done() */
    ax_expected *file;
    size_t n;
} ax_all;
void ax_all_done(ax_all *all);

/* What extract.py says of the files that a shell pattern names, below tests/data or, where data is
 * true, $JZ_TEST_DATA. False where there is no Python or none of the files: the test skips. */
bool ax_expect(const char *pattern, bool data, ax_all *out);
/* The file; false where it is not there. */
bool ax_load(const char *path, jz_buf *out);
bool ax_load_ours(const char *name, jz_buf *out); /* of tests/data */
/* Opens bytes; fails the test where that fails. src and the bytes stay the caller's. */
jz_asset *ax_open(jz_bytes file, jz_source *src);
/* The binding of the file judged. */
jz_bound ax_bind(jz_asset *a, const ax_expected *e);
/* Its Merkle tree alone. */
jz_bound ax_bind_without_hash(jz_asset *a, const ax_expected *e);
static inline jz_bytes ax_bytes(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

#endif
