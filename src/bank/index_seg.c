/* SPDX-License-Identifier: Apache-2.0 */
/* What a segment is made of and how it is built; index_probe.c searches it. */
#include "bank/index_seg.h"

#include "base/alloc.h"
#include "hash/hamming.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LINE ((size_t)64)
#define HUGE_PAGE ((size_t)2 << 20)
#define BUCKET_LOG2 4 /* a bucket is to hold 16 entries or up to twice that */

/* Turns each of four rows to the left by count columns. */
static uint64_t turn(uint64_t rows, unsigned count)
{
    const uint64_t each = 0x0001000100010001ull;
    const uint64_t low = each * ((1u << count) - 1); /* columns that come round */
    return (rows << count & ~low) | (rows >> (16 - count) & low);
}

/* Swaps a's bits at mask << shift with b's bits at mask. */
static void swap_bits(uint64_t *a, uint64_t *b, unsigned shift, uint64_t mask)
{
    const uint64_t t = (*a >> shift ^ *b) & mask;
    *b ^= t;
    *a ^= t << shift;
}

/* Swaps x's bits at mask << columns with its bits at mask << rows. */
static uint64_t swap_within(uint64_t x, unsigned columns, unsigned rows, uint64_t mask)
{
    const uint64_t t = (x >> columns ^ x >> rows) & mask;
    return x ^ t << columns ^ t << rows;
}

/* Turns row i by i columns, so that the diagonals become columns, and transposes the 16 x 16 bits:
 * off-diagonal squares change places, of 8 bits, 4, 2 and 1 (Warren, Hacker's Delight, 7-3). */
jz_seg_hash jz_seg_spread(const uint8_t hash[JZ_PDQ_SIZE])
{
    uint64_t x[4]; /* four rows each, the first one lowest */
    memcpy(x, hash, sizeof x);
    for (unsigned i = 0; i < 4; i++) {
        x[i] = le64toh(x[i]);
        const uint64_t odd = 0xffff0000ffff0000ull, upper = 0xffffffff00000000ull;
        x[i] = (x[i] & ~odd) | (turn(x[i], 1) & odd);
        x[i] = (x[i] & ~upper) | (turn(x[i], 2) & upper);
        x[i] = turn(x[i], 4 * i);
    }
    swap_bits(&x[0], &x[2], 8, 0x00ff00ff00ff00ffull);
    swap_bits(&x[1], &x[3], 8, 0x00ff00ff00ff00ffull);
    swap_bits(&x[0], &x[1], 4, 0x0f0f0f0f0f0f0f0full);
    swap_bits(&x[2], &x[3], 4, 0x0f0f0f0f0f0f0f0full);
    jz_seg_hash h;
    for (unsigned i = 0; i < 4; i++) {
        x[i] = swap_within(x[i], 2, 32, 0x33333333ull);
        x[i] = swap_within(x[i], 1, 16, 0x0000555500005555ull);
        for (unsigned k = 0; k < 4; k++)
            h.word[4 * i + k] = (uint16_t)(x[i] >> 16 * k);
    }
    return h;
}

/* Random access to a large block costs a page walk each unless its pages are huge. A wish only:
 * nothing depends on its being granted. */
static void ask_for_huge_pages(void *block, size_t bytes)
{
    const uintptr_t from = ((uintptr_t)block + HUGE_PAGE - 1) & ~(HUGE_PAGE - 1);
    const uintptr_t to = ((uintptr_t)block + bytes) & ~(HUGE_PAGE - 1);
    if (from < to)
        (void)madvise((uint8_t *)block + (from - (uintptr_t)block), to - from, MADV_HUGEPAGE);
}

/* The next size bytes of the block, on a cache line; while block is NULL it only counts. */
static void *carve(uint8_t *block, size_t *at, size_t size)
{
    *at = (*at + LINE - 1) & ~(LINE - 1);
    void *p = block != NULL ? block + *at : NULL;
    *at += size;
    return p;
}

/* Points every array into the block; returns the bytes needed. */
static size_t lay_out(jz_seg *s, uint8_t *block, bool narrow_ids)
{
    const size_t buckets = (size_t)1 << s->key_bits;
    const size_t all = JZ_SEG_WORDS * s->n;
    size_t at = 0;
    s->hashes = carve(block, &at, s->n * sizeof *s->hashes);
    if (narrow_ids) {
        s->id_base = carve(block, &at, (s->n / JZ_SEG_IDS + 1) * sizeof *s->id_base);
        s->id_above = carve(block, &at, s->n * sizeof *s->id_above);
    } else {
        s->id_whole = carve(block, &at, s->n * sizeof *s->id_whole);
    }
    s->dead = carve(block, &at, (s->n + 63) / 64 * sizeof *s->dead);
    s->start = carve(block, &at, JZ_SEG_WORDS * (buckets + 1) * sizeof *s->start);
    s->tails = carve(block, &at, (all + JZ_HAMMING_PAD) * sizeof *s->tails);
    s->slots = carve(block, &at, all * 3 + 1);
    return at;
}

/* Whether every JZ_SEG_IDS ids in a row lie within 32 bits. */
static bool are_narrow(const jz_seg_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (items[i].id - items[i - i % JZ_SEG_IDS].id > UINT32_MAX)
            return false;
    return true;
}

/* The segment and its block, with its numbers set and its arrays where they belong. */
static jz_seg *seg_alloc(const jz_seg_item *items, size_t n)
{
    jz_seg *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return NULL;
    atomic_init(&s->refs, 1);
    s->n = n;
    s->key_bits = 4;
    while (s->key_bits < 16 && n >> (s->key_bits + 1 + BUCKET_LOG2) > 0)
        s->key_bits++;
    const bool narrow_ids = are_narrow(items, n);
    const size_t bytes = lay_out(s, NULL, narrow_ids) + LINE;
    s->block = jz_alloc(bytes);
    if (s->block == NULL) {
        jz_seg_unref(s);
        return NULL;
    }
    s->bytes = bytes + sizeof *s;
    ask_for_huge_pages(s->block, bytes);
    const size_t skew = -(uintptr_t)s->block & (LINE - 1);
    (void)lay_out(s, (uint8_t *)s->block + skew, narrow_ids);
    return s;
}

static void fill_entries(jz_seg *s, const jz_seg_source *sources, const jz_seg_item *items)
{
    for (size_t i = 0; i < s->n; i++) {
        const jz_seg_source *from = &sources[items[i].source];
        s->hashes[i] = from->spread != NULL
                           ? from->spread[items[i].index]
                           : jz_seg_spread(from->raw + (size_t)items[i].index * JZ_PDQ_SIZE);
        if (s->id_above == NULL) {
            s->id_whole[i] = items[i].id;
            continue;
        }
        if (i % JZ_SEG_IDS == 0)
            s->id_base[i / JZ_SEG_IDS] = items[i].id;
        s->id_above[i] = (uint32_t)(items[i].id - s->id_base[i / JZ_SEG_IDS]);
    }
    for (size_t i = 0; i < (s->n + 63) / 64; i++)
        atomic_init(&s->dead[i], 0);
}

/* Counts every table's buckets in one pass and turns the counts into where each begins. */
static void fill_starts(jz_seg *s)
{
    const size_t buckets = (size_t)1 << s->key_bits;
    const unsigned shift = 16 - s->key_bits;
    memset(s->start, 0, JZ_SEG_WORDS * (buckets + 1) * sizeof *s->start);
    for (size_t i = 0; i < s->n; i++) {
        for (unsigned t = 0; t < JZ_SEG_WORDS; t++)
            s->start[t * (buckets + 1) + ((unsigned)s->hashes[i].word[t] >> shift)]++;
    }
    for (unsigned t = 0; t < JZ_SEG_WORDS; t++) {
        uint32_t *start = s->start + t * (buckets + 1), sum = 0;
        for (size_t b = 0; b <= buckets; b++) {
            const uint32_t count = start[b];
            start[b] = sum;
            sum += count;
        }
    }
}

/* Puts the entries into their buckets, which moves every start to its bucket's end: the next
 * one's beginning. */
static void fill_table(jz_seg *s, unsigned t)
{
    const size_t buckets = (size_t)1 << s->key_bits;
    const unsigned shift = 16 - s->key_bits;
    uint32_t *start = s->start + t * (buckets + 1);
    uint16_t *tails = s->tails + t * s->n;
    uint8_t *slots = s->slots + t * s->n * 3;
    for (size_t i = 0; i < s->n; i++) {
        const uint32_t at = start[s->hashes[i].word[t] >> shift]++;
        tails[at] = s->hashes[i].word[(t + 1) % JZ_SEG_WORDS];
        uint8_t *slot = slots + (size_t)at * 3;
        slot[0] = (uint8_t)i;
        slot[1] = (uint8_t)(i >> 8);
        slot[2] = (uint8_t)(i >> 16);
    }
    memmove(start + 1, start, (buckets - 1) * sizeof *start);
    start[0] = 0;
}

jz_status jz_seg_new(const jz_seg_source *sources, const jz_seg_item *items, size_t n, jz_seg **out,
                     jz_err *err)
{
    jz_seg *s = seg_alloc(items, n);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for an index segment of %zu hashes", n);
    fill_entries(s, sources, items);
    fill_starts(s);
    for (unsigned t = 0; t < JZ_SEG_WORDS; t++)
        fill_table(s, t);
    memset(s->tails + JZ_SEG_WORDS * n, 0, JZ_HAMMING_PAD * sizeof *s->tails);
    s->slots[JZ_SEG_WORDS * n * 3] = 0;
    *out = s;
    return JZ_OK;
}

jz_seg *jz_seg_ref(jz_seg *s)
{
    (void)atomic_fetch_add(&s->refs, 1); /* the old count is of no use */
    return s;
}

void jz_seg_unref(jz_seg *s)
{
    if (s == NULL || atomic_fetch_sub(&s->refs, 1) != 1)
        return;
    jz_free(s->block);
    jz_free(s);
}

/* The first entry whose id is not below. */
static size_t lower_bound(const jz_seg *s, uint64_t id)
{
    size_t low = 0, high = s->n;
    while (low < high) {
        const size_t mid = low + (high - low) / 2;
        if (jz_seg_id(s, mid) < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

size_t jz_seg_remove(jz_seg *s, uint64_t id)
{
    size_t removed = 0;
    for (size_t i = lower_bound(s, id); i < s->n && jz_seg_id(s, i) == id; i++) {
        if (jz_seg_is_dead(s, i))
            continue;
        (void)atomic_fetch_or(&s->dead[i / 64], (uint64_t)1 << (i % 64)); /* was 0: one remover */
        removed++;
    }
    s->dead_n += removed;
    return removed;
}

size_t jz_seg_list(const jz_seg *s, uint32_t source, jz_seg_item *items)
{
    size_t m = 0;
    for (size_t i = 0; i < s->n; i++) {
        if (!jz_seg_is_dead(s, i))
            items[m++] = (jz_seg_item){ jz_seg_id(s, i), source, (uint32_t)i };
    }
    return m;
}
