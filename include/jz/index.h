/* SPDX-License-Identifier: Apache-2.0 */
/* An exact in-memory index of 256-bit hashes: everything within a Hamming distance, nothing
 * missed. */
#ifndef JZ_INDEX_H
#define JZ_INDEX_H

#include <jz/hash.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JZ_INDEX_MAX_BITS JZ_PDQ_MAX_BITS /* larger distances scan every hash */

typedef struct jz_index jz_index;

typedef struct jz_index_hit {
    uint64_t id;       /* as given to jz_index_add() */
    uint32_t distance; /* bits */
} jz_index_hit;

/* Called for each hit, in no order; returns false to stop. */
typedef bool (*jz_index_hit_fn)(void *user, const jz_index_hit *hit);

/* Threads: any number may search while one adds or removes; changes are seen by every search that
 * begins after the call returned. */
JZ_API JZ_CHECKED jz_status jz_index_new(jz_index **out, jz_err *err);
JZ_API void jz_index_free(jz_index *ix);
/* Adds n hashes (JZ_PDQ_SIZE bytes each, one after the other) with their ids. The same id or hash
 * may be there already; both then answer. Fails with JZ_E_NOMEM, and nothing is added. */
JZ_API JZ_CHECKED jz_status jz_index_add(jz_index *ix, const uint8_t *hashes, const uint64_t *ids,
                                         size_t n, jz_err *err);
/* Removes every entry with that id; returns how many there were. */
JZ_API size_t jz_index_remove(jz_index *ix, uint64_t id);
/* All entries at max_bits or fewer from hash. max_bits up to 256; up to JZ_INDEX_MAX_BITS it is
 * fast. Fails with JZ_E_NOMEM. */
JZ_API JZ_CHECKED jz_status jz_index_search(const jz_index *ix, const uint8_t hash[JZ_PDQ_SIZE],
                                            uint32_t max_bits, jz_index_hit_fn fn, void *user,
                                            jz_err *err);
JZ_API size_t jz_index_count(const jz_index *ix);
/* Heap bytes held, tables included. */
JZ_API size_t jz_index_memory(const jz_index *ix);

JZ_DEFINE_AUTO(jz_index, jz_index_free);

#ifdef __cplusplus
}
#endif
#endif
