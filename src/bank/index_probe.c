/* SPDX-License-Identifier: Apache-2.0 */
/* Searching a segment. Every memory access that may miss the cache is announced well before its
 * turn, because the waiting, not the work, is what a lookup in a large bank costs. */
#include "bank/index_seg.h"

#include "hash/hamming.h"

#define RUNS (JZ_SEG_WORDS * 17)
#define BLOCK 256  /* hashes compared in one go, where all are */
#define BATCH 2048 /* blocks of tails with a candidate that may wait for their turn */
#define CANDIDATES 1024

struct walk {
    const jz_seg *seg;
    const jz_seg_hash *query;
    const jz_seg_sink *sink;
    const jz_hamming_dsp *dsp;
    uint32_t max_bits;
    unsigned radius; /* bits by which a word may differ; with its tail, 2 * radius + 1 */
    size_t table[JZ_SEG_WORDS + 1]; /* runs of the tables before the t-th */
    jz_hamming_run runs[RUNS];
    size_t batch_n, spent; /* blocks with candidates that wait; all so far */
    jz_hamming_block batch[BATCH + 1];
    size_t places_n;             /* candidates that wait */
    uint32_t places[CANDIDATES]; /* in jz_seg.slots */
};

static const uint8_t *bytes_of(const jz_seg_hash *h)
{
    return (const uint8_t *)h->word;
}

static bool give(const struct walk *w, size_t slot, uint32_t distance)
{
    if (jz_seg_is_dead(w->seg, slot))
        return true;
    const jz_index_hit hit = { .id = jz_seg_id(w->seg, slot), .distance = distance };
    return w->sink->fn(w->sink->user, &hit);
}

/* The first table that leads from the query to h. Several may; this one reports it. */
static unsigned finder(const struct walk *w, const jz_seg_hash *h)
{
    const unsigned shift = 16 - w->seg->key_bits;
    unsigned t = 0;
    for (; t < JZ_SEG_WORDS; t++) {
        const unsigned next = (t + 1) % JZ_SEG_WORDS;
        const unsigned key = (unsigned)(h->word[t] ^ w->query->word[t]) >> shift;
        if (w->radius == 0 ? key != 0 : (key & (key - 1)) != 0)
            continue; /* before any counting: most tables end here */
        const unsigned tail = h->word[next] ^ w->query->word[next];
        if (__builtin_popcount(tail) <= (int)(2 * w->radius + (key == 0)))
            break;
    }
    return t;
}

/* Every hash in turn; gives those whose finder is not below first. */
static bool scan_all(const struct walk *w, unsigned first)
{
    jz_hamming_hit near[BLOCK];
    for (size_t i = 0; i < w->seg->n; i += BLOCK) {
        const size_t n = w->seg->n - i < BLOCK ? w->seg->n - i : BLOCK;
        const size_t m =
            w->dsp->scan(bytes_of(w->seg->hashes + i), n, bytes_of(w->query), w->max_bits, near);
        for (size_t k = 0; k < m; k++) {
            const size_t slot = i + near[k].index;
            if (first > 0 && finder(w, &w->seg->hashes[slot]) < first)
                continue;
            if (!give(w, slot, near[k].distance))
                return false;
        }
    }
    return true;
}

static uint32_t slot_at(const jz_seg *s, size_t place)
{
    const uint8_t *p = s->slots + place * 3;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16;
}

/* Looks at the hashes of all candidates. */
static bool verify(struct walk *w)
{
    const jz_seg *s = w->seg;
    uint32_t slots[CANDIDATES];
    const size_t n = w->places_n;
    w->places_n = 0;
    for (size_t i = 0; i < n; i++) {
        slots[i] = slot_at(s, w->places[i]);
        __builtin_prefetch(&s->hashes[slots[i]]);
    }
    for (size_t i = 0; i < n; i++) {
        const jz_seg_hash *h = &s->hashes[slots[i]];
        const uint32_t d = w->dsp->dist(bytes_of(h), bytes_of(w->query));
        if (d > w->max_bits || finder(w, h) != w->places[i] / s->n)
            continue;
        if (!give(w, slots[i], d))
            return false;
    }
    return true;
}

/* Makes candidates of the batch and announces their slots. */
static bool collect(struct walk *w)
{
    for (size_t i = 0; i < w->batch_n; i++) {
        if (w->places_n + 32 > CANDIDATES && !verify(w))
            return false;
        for (uint32_t near = w->batch[i].near; near != 0; near &= near - 1) {
            const uint32_t place = w->batch[i].at + (uint32_t)__builtin_ctz(near);
            __builtin_prefetch(w->seg->slots + (size_t)place * 3);
            w->places[w->places_n++] = place;
        }
    }
    w->batch_n = 0;
    return true;
}

static size_t blocks(const jz_hamming_run *r)
{
    return (r->n + 31) / 32;
}

static void compare(struct walk *w, const jz_hamming_run *runs, size_t runs_n)
{
    const size_t m = w->dsp->near16(w->seg->tails, runs, runs_n, w->batch + w->batch_n);
    w->batch_n += m;
    w->spent += m;
}

/* All runs of a table, as many at a time as the batch has room for, and the longest in pieces. */
static bool compare_table(struct walk *w, unsigned t)
{
    for (size_t i = w->table[t]; i < w->table[t + 1];) {
        size_t room = BATCH - w->batch_n, end = i;
        while (end < w->table[t + 1] && blocks(&w->runs[end]) <= room)
            room -= blocks(&w->runs[end++]);
        if (end > i) {
            compare(w, &w->runs[i], end - i);
            i = end;
        } else if (w->batch_n > 0) {
            if (!collect(w))
                return false;
        } else {
            jz_hamming_run piece = w->runs[i];
            piece.n = BATCH * 32;
            w->runs[i].at += piece.n;
            w->runs[i].n -= piece.n;
            compare(w, &piece, 1);
        }
    }
    return true;
}

/* The key by which table t is asked: the query's own, or with one bit turned over. */
static uint32_t key_at(const struct walk *w, unsigned t, unsigned k)
{
    const uint32_t key = (uint32_t)w->query->word[t] >> (16 - w->seg->key_bits);
    return k == 0 ? key : key ^ 1u << (k - 1);
}

/* Looks all runs up; returns how many blocks they are. One pass announces the places in the
 * directory, one reads them and announces the runs. */
static size_t plan(struct walk *w)
{
    const jz_seg *s = w->seg;
    const size_t stride = ((size_t)1 << s->key_bits) + 1;
    const unsigned keys = w->radius > 0 ? s->key_bits + 1 : 1;
    for (unsigned t = 0; t < JZ_SEG_WORDS; t++) {
        for (unsigned k = 0; k < keys; k++)
            __builtin_prefetch(s->start + t * stride + key_at(w, t, k));
    }
    size_t m = 0, all = 0;
    for (unsigned t = 0; t < JZ_SEG_WORDS; t++) {
        w->table[t] = m;
        for (unsigned k = 0; k < keys; k++) {
            const uint32_t *start = s->start + t * stride + key_at(w, t, k);
            const uint16_t *tails = s->tails + t * s->n + start[0];
            __builtin_prefetch(tails);
            __builtin_prefetch(tails + 31); /* they are loaded by 32 */
            w->runs[m].at = (uint32_t)(t * s->n) + start[0];
            w->runs[m].n = start[1] - start[0];
            w->runs[m].query = w->query->word[(t + 1) % JZ_SEG_WORDS];
            w->runs[m].max_bits = (uint16_t)(2 * w->radius + (k == 0));
            all += blocks(&w->runs[m++]);
        }
    }
    w->table[JZ_SEG_WORDS] = m;
    return all;
}

/* Follows a plan of many blocks. Where a bank is so uniform that the tables tell little apart (one
 * hash added a hundred thousand times), the rest is scanned: never much slower than having no
 * tables. */
static bool follow_long(struct walk *w)
{
    const size_t enough = w->seg->n / 64 + BLOCK;
    for (unsigned t = 0; t < JZ_SEG_WORDS; t++) {
        if (w->spent > enough)
            return collect(w) && verify(w) && scan_all(w, t);
        if (!compare_table(w, t))
            return false;
    }
    return collect(w) && verify(w);
}

bool jz_seg_search(const jz_seg *s, const jz_seg_hash *query, uint32_t max_bits,
                   const jz_seg_sink *sink)
{
    struct walk w; /* large, and filled as far as it is used */
    w.seg = s;
    w.query = query;
    w.sink = sink;
    w.dsp = jz_hamming();
    w.max_bits = max_bits;
    w.radius = max_bits / JZ_SEG_WORDS;
    w.batch_n = w.spent = w.places_n = 0;
    if (max_bits > JZ_INDEX_MAX_BITS)
        return scan_all(&w, 0);
    if (plan(&w) > BATCH)
        return follow_long(&w);
    compare(&w, w.runs, w.table[JZ_SEG_WORDS]);
    return collect(&w) && verify(&w);
}
