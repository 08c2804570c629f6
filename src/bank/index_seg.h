/* SPDX-License-Identifier: Apache-2.0 */
/* One immutable segment of the index: hashes in the order of their ids, and the sixteen tables by
 * which everything within JZ_INDEX_MAX_BITS of a query is found. Only its marks of removal change.
 *
 * Method. A hash is sixteen words of 16 bits. If two hashes differ in at most 31 bits, then,
 * going round the ring of words, there is one that differs in at most 1 bit and in at most 3
 * together with its successor: otherwise every way round the ring would add up to 2 a word or
 * more, 32 in all. (Multi-index hashing: Norouzi, Punjani, Fleet, CVPR 2012; the ring: Qin, Xiao,
 * PVLDB 12(3), 2018.) Table t holds the successor words ("tails") of all hashes, ordered by word
 * t; the 17 words near the query's lead to 17 runs of tails, which are compared in sequence, and
 * only those few that fit cost a look at the hash itself. */
#ifndef JZ_INDEX_SEG_H
#define JZ_INDEX_SEG_H

#include <jz/index.h>

#include <stdatomic.h>

#define JZ_SEG_MAX ((size_t)1 << 24) /* entries; slots are stored in 24 bits */
#define JZ_SEG_WORDS 16
#define JZ_SEG_IDS 256 /* entries whose ids are stored as distances from one */

/* A hash as the index keeps it: its bits moved about, which leaves distances as they are. */
typedef struct jz_seg_hash {
    uint16_t word[JZ_SEG_WORDS];
} jz_seg_hash;

/* All arrays lie in one block, as long as the segment itself. Read only, save for dead, dead_n and
 * refs. */
typedef struct jz_seg {
    size_t n, bytes;    /* entries, dead ones too; heap held */
    unsigned key_bits;  /* of a word, its uppermost: a table has a bucket for each value */
    uint64_t *id_base;  /* the lowest id of every JZ_SEG_IDS entries; the others are */
    uint32_t *id_above; /* n distances from it, where they fit 32 bits, or */
    uint64_t *id_whole; /* n ids as they are. Ascending */
    jz_seg_hash *hashes;
    uint32_t *start; /* per table: where each bucket begins, and n: 2^key_bits + 1 */
    uint16_t *tails; /* per table: n tails, a bucket after the other; padded */
    uint8_t *slots;  /* beside each tail its entry's number, 3 bytes, low one first; padded */
    atomic_uint_least64_t *dead; /* a bit an entry */
    size_t dead_n;
    atomic_uint refs;
    void *block;
} jz_seg;

static inline uint64_t jz_seg_id(const jz_seg *s, size_t i)
{
    return s->id_above != NULL ? s->id_base[i / JZ_SEG_IDS] + s->id_above[i] : s->id_whole[i];
}

static inline bool jz_seg_is_dead(const jz_seg *s, size_t i)
{
    return atomic_load_explicit(&s->dead[i / 64], memory_order_acquire) >> (i % 64) & 1;
}

/* Moves the bits so that each word takes one from every row and one from every column of the
 * 16 x 16 coefficients of a PDQ hash: neighbours there are alike, and words full of neighbours
 * would crowd into few buckets. */
jz_seg_hash jz_seg_spread(const uint8_t hash[JZ_PDQ_SIZE]);

/* What a new segment is made from: the index-th hash of the source-th array. */
typedef struct jz_seg_item {
    uint64_t id;
    uint32_t source, index;
} jz_seg_item;

typedef struct jz_seg_source {
    const jz_seg_hash *spread; /* either these, or */
    const uint8_t *raw;        /* hashes as given, JZ_PDQ_SIZE bytes each */
} jz_seg_source;

/* A segment of n entries, 1..JZ_SEG_MAX; items ascend by id. The caller holds its one reference.
 * Fails with JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_seg_new(const jz_seg_source *sources, const jz_seg_item *items, size_t n,
                                jz_seg **out, jz_err *err);
/* Threads: any. */
jz_seg *jz_seg_ref(jz_seg *s);
void jz_seg_unref(jz_seg *s); /* NULL is nothing */

/* Where hits go. */
typedef struct jz_seg_sink {
    jz_index_hit_fn fn;
    void *user;
} jz_seg_sink;

/* Gives each living entry within max_bits to the sink, once; false where the sink stopped it.
 * Threads: any number, beside one that removes. */
JZ_CHECKED bool jz_seg_search(const jz_seg *s, const jz_seg_hash *query, uint32_t max_bits,
                              const jz_seg_sink *sink);

/* Marks every entry with that id; returns how many were living. Threads: one. */
size_t jz_seg_remove(jz_seg *s, uint64_t id);
/* Lists the living entries as items of source; returns how many: n - dead_n. The same thread. */
size_t jz_seg_list(const jz_seg *s, uint32_t source, jz_seg_item *items);

#endif
