/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups of one hash at d <= 31 in banks of growing size, against the fastest linear scan that
 * the processor has. Half of the queries lie 0..31 bits from an entry, half anywhere. Banks:
 * "uniform", independent random bits, and "pictures", hashes of random pictures, whose bits hang
 * together the way those of photographs do. */
#include "bench/bench.h"

#include "base/alloc.h"
#include "hash/hamming.h"

#include <jz/index.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUERIES 2048 /* timed in the index */
#define CHECKED 64   /* of them also scanned for: the baseline, and whether a hit is missing */
#define ROUNDS 5     /* the median of a query's five counts: others disturb single ones */
#define BLOCK 4096   /* hashes a call of the scan */
#define MAX_BITS JZ_INDEX_MAX_BITS
#define ADDS 4096

struct bank {
    const char *kind;
    size_t n;
    uint8_t *hashes;
    uint64_t *ids;
};

static void random_hash(uint64_t *rng, uint8_t hash[JZ_PDQ_SIZE])
{
    for (size_t i = 0; i < JZ_PDQ_SIZE; i += sizeof(uint64_t)) {
        const uint64_t r = jz_bench_random(rng);
        memcpy(hash + i, &r, sizeof r);
    }
}

static float unit(uint64_t *rng)
{
    return (float)(jz_bench_random(rng) >> 40) * 0x1p-24f;
}

/* Cosine coefficients 1..16 of a function that is 1 on a random part of 0..1 and 0 elsewhere. */
static void box_coefficients(uint64_t *rng, float out[16])
{
    const float a = unit(rng) * 3.14159265f, b = unit(rng) * 3.14159265f;
    for (int i = 0; i < 16; i++)
        out[i] = (sinf((float)(i + 1) * b) - sinf((float)(i + 1) * a)) / (float)(i + 1);
}

static int by_float(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The hash of a picture of twelve random rectangles: the signs, about their median, of the 16 x 16
 * low cosine coefficients, which is what PDQ takes of a photograph. */
static void picture_hash(uint64_t *rng, uint8_t hash[JZ_PDQ_SIZE])
{
    float c[256] = { 0 }, sorted[256];
    for (int k = 0; k < 12; k++) {
        float x[16], y[16];
        box_coefficients(rng, x);
        box_coefficients(rng, y);
        const float light = unit(rng) - 0.5f;
        for (int i = 0; i < 256; i++)
            c[i] += light * y[i / 16] * x[i % 16];
    }
    memcpy(sorted, c, sizeof sorted);
    qsort(sorted, 256, sizeof *sorted, by_float);
    memset(hash, 0, JZ_PDQ_SIZE);
    for (int i = 0; i < 256; i++)
        hash[i / 8] = (uint8_t)(hash[i / 8] | (c[i] > sorted[127] ? 1 : 0) << (i % 8));
}

static void any_hash(const struct bank *k, uint64_t *rng, uint8_t hash[JZ_PDQ_SIZE])
{
    if (strcmp(k->kind, "uniform") == 0)
        random_hash(rng, hash);
    else
        picture_hash(rng, hash);
}

static void bank_done(struct bank *k)
{
    jz_free(k->hashes);
    jz_free(k->ids);
}

static bool bank_make(struct bank *k)
{
    uint64_t rng = k->n;
    k->hashes = jz_realloc_array(NULL, k->n, JZ_PDQ_SIZE);
    k->ids = jz_realloc_array(NULL, k->n, sizeof *k->ids);
    if (k->hashes == NULL || k->ids == NULL)
        return false;
    for (size_t i = 0; i < k->n; i++) {
        any_hash(k, &rng, k->hashes + i * JZ_PDQ_SIZE);
        k->ids[i] = (uint64_t)(i + 1) << 20; /* as banks number their signals */
    }
    return true;
}

/* Every other one is an entry with 0..31 bits turned over. */
static void make_queries(const struct bank *k, uint8_t (*queries)[JZ_PDQ_SIZE])
{
    uint64_t rng = k->n + 1;
    for (unsigned i = 0; i < QUERIES; i++) {
        if (i % 2 == 0) {
            any_hash(k, &rng, queries[i]);
            continue;
        }
        memcpy(queries[i], k->hashes + jz_bench_random(&rng) % k->n * JZ_PDQ_SIZE, JZ_PDQ_SIZE);
        uint8_t turned[JZ_PDQ_SIZE] = { 0 };
        for (unsigned left = i / 2 % (MAX_BITS + 1); left > 0;) {
            const unsigned bit = (unsigned)(jz_bench_random(&rng) % 256);
            const uint8_t mask = (uint8_t)(1u << bit % 8);
            left -= (turned[bit / 8] & mask) == 0;
            turned[bit / 8] |= mask;
        }
        for (unsigned b = 0; b < JZ_PDQ_SIZE; b++)
            queries[i][b] ^= turned[b];
    }
}

struct tally {
    size_t n;
    uint64_t sum; /* of a mix of id and distance: equal tallies are equal sets of hits */
};

static void count_hit(struct tally *t, uint64_t id, uint32_t distance)
{
    uint64_t state = id * 257 + distance;
    t->n++;
    t->sum += jz_bench_random(&state);
}

static bool on_hit(void *user, const jz_index_hit *hit)
{
    count_hit(user, hit->id, hit->distance);
    return true;
}

static struct tally scan(const struct bank *k, const uint8_t *query)
{
    static jz_hamming_hit near[BLOCK];
    struct tally t = { 0 };
    for (size_t i = 0; i < k->n; i += BLOCK) {
        const size_t n = k->n - i < BLOCK ? k->n - i : BLOCK;
        const size_t m = jz_hamming()->scan(k->hashes + i * JZ_PDQ_SIZE, n, query, MAX_BITS, near);
        for (size_t h = 0; h < m; h++)
            count_hit(&t, k->ids[i + near[h].index], near[h].distance);
    }
    return t;
}

/* What reading the clock twice adds to a measurement. */
static double clock_cost(void)
{
    double v[257];
    for (size_t i = 0; i < JZ_ARRAY_LEN(v); i++) {
        const double from = jz_bench_thread_cpu();
        v[i] = jz_bench_thread_cpu() - from;
    }
    return jz_bench_median(v, JZ_ARRAY_LEN(v));
}

struct timing {
    uint8_t queries[QUERIES][JZ_PDQ_SIZE];
    double lookup[QUERIES][ROUNDS]; /* seconds */
    double scan[CHECKED][ROUNDS];
    double p50, p99, scan_p50;
    unsigned wrong; /* answers unlike the scan's */
};

/* The timings of each query to its median, and all of them in ascending order. */
static void medians(double (*seconds)[ROUNDS], size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = jz_bench_median(seconds[i], ROUNDS);
    (void)jz_bench_median(out, n); /* sorts */
}

/* One round of all queries; where the bank is given, those to be checked are scanned for too. */
static bool time_round(struct timing *t, unsigned round, const jz_index *ix, const struct bank *k)
{
    static struct tally found[QUERIES];
    const double cost = clock_cost();
    for (unsigned i = 0; i < QUERIES; i++) {
        found[i] = (struct tally){ 0 };
        const double from = jz_bench_thread_cpu();
        if (jz_index_search(ix, t->queries[i], MAX_BITS, on_hit, &found[i], NULL) != JZ_OK)
            return false;
        t->lookup[i][round] = jz_bench_thread_cpu() - from - cost;
    }
    for (unsigned i = 0; k != NULL && i < CHECKED; i++) {
        const double from = jz_bench_thread_cpu();
        const struct tally expected = scan(k, t->queries[i]);
        t->scan[i][round] = jz_bench_thread_cpu() - from - cost;
        t->wrong += expected.n != found[i].n || expected.sum != found[i].sum;
    }
    return true;
}

static bool measure(struct timing *t, const jz_index *ix, const struct bank *k)
{
    static double seconds[QUERIES];
    t->wrong = 0;
    for (unsigned round = 0; round < ROUNDS; round++) {
        if (!time_round(t, round, ix, k))
            return false;
    }
    medians(t->scan, CHECKED, seconds);
    t->scan_p50 = seconds[CHECKED / 2];
    medians(t->lookup, QUERIES, seconds);
    t->p50 = seconds[QUERIES / 2];
    t->p99 = seconds[QUERIES * 99 / 100];
    return true;
}

static void row(jz_bench *b, const struct bank *k, const char *what, double value,
                const char *unit_name, double baseline)
{
    char name[64];
    (void)snprintf(name, sizeof name, "%s %s", k->kind, what);
    jz_bench_row(b, name, k->n, value, unit_name, baseline);
}

static void report(jz_bench *b, const struct bank *k, const jz_index *ix)
{
    static struct timing t;
    make_queries(k, t.queries);
    if (!measure(&t, ix, k)) {
        jz_bench_skip(b, k->kind, "a search failed");
        return;
    }
    char name[48];
    (void)snprintf(name, sizeof name, "lookup p50, vs %s scan", jz_hamming()->name);
    row(b, k, name, t.p50 * 1e6, "us", t.scan_p50 * 1e6);
    row(b, k, "lookup p99", t.p99 * 1e6, "us", -1);
    row(b, k, "lookup p99 / p50", t.p99 / t.p50, "x", -1);
    row(b, k, "queries answered unlike the scan", t.wrong, "of 5 x 64", -1);
    row(b, k, "memory", (double)jz_index_memory(ix) / (double)k->n, "bytes/entry", -1);
}

/* Adds one at a time and looks each up at once; merges that fall due are part of the time. */
static void report_adds(jz_bench *b, const struct bank *k, jz_index *ix)
{
    static double seconds[ADDS];
    uint64_t rng = k->n + 2;
    unsigned unseen = 0;
    double sum = 0;
    for (unsigned i = 0; i < ADDS; i++) {
        uint8_t hash[JZ_PDQ_SIZE];
        any_hash(k, &rng, hash);
        const uint64_t id = (uint64_t)(k->n + i + 1) << 20;
        const double from = jz_bench_thread_cpu();
        if (jz_index_add(ix, hash, &id, 1, NULL) != JZ_OK)
            return;
        seconds[i] = jz_bench_thread_cpu() - from;
        sum += seconds[i];
        struct tally t = { 0 };
        if (jz_index_search(ix, hash, 0, on_hit, &t, NULL) != JZ_OK || t.n == 0)
            unseen++;
    }
    (void)jz_bench_median(seconds, ADDS); /* sorts */
    row(b, k, "add of one, mean", sum / ADDS * 1e6, "us", -1);
    row(b, k, "add of one, slowest", seconds[ADDS - 1] * 1e6, "us", -1);
    row(b, k, "adds not seen by the next lookup", unseen, "of 4096", -1);
    static struct timing t;
    make_queries(k, t.queries);
    if (measure(&t, ix, NULL))
        row(b, k, "lookup p50 after 4096 adds", t.p50 * 1e6, "us", -1);
}

static void run(jz_bench *b, const char *kind, size_t n)
{
    struct bank k = { .kind = kind, .n = n };
    jz_auto(jz_index) *ix = NULL;
    if (!bank_make(&k) || jz_index_new(&ix, NULL) != JZ_OK) {
        jz_bench_skip(b, kind, "no memory");
    } else {
        const double from = jz_bench_thread_cpu();
        if (jz_index_add(ix, k.hashes, k.ids, n, NULL) == JZ_OK) {
            row(b, &k, "build", jz_bench_thread_cpu() - from, "s", -1);
            report(b, &k, ix);
            if (n == 1000000)
                report_adds(b, &k, ix);
        } else {
            jz_bench_skip(b, kind, "no memory");
        }
    }
    bank_done(&k);
}

void jz_bench_lookup(jz_bench *b)
{
    run(b, "uniform", 100000);
    run(b, "uniform", 1000000);
    run(b, "uniform", 10000000);
    run(b, "pictures", 100000);
    run(b, "pictures", 1000000);
}
