/* SPDX-License-Identifier: Apache-2.0 */
/* Every kernel that this processor has against counting bit by bit. */
#include "hash/hamming.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define N 1037

static uint64_t seed = 1;

static uint8_t any(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint8_t)(seed >> 56);
}

static unsigned slow_distance(const uint8_t *a, const uint8_t *b)
{
    unsigned d = 0;
    for (size_t i = 0; i < 256; i++)
        d += ((a[i / 8] ^ b[i / 8]) >> (i % 8)) & 1;
    return d;
}

/* A table for each set of features that this processor has. */
static size_t tables(jz_hamming_dsp out[4])
{
    const uint32_t has = jz_cpu_features();
    static const uint32_t sets[] = { 0, JZ_CPU_POPCNT, JZ_CPU_POPCNT | JZ_CPU_AVX2,
                                     JZ_CPU_POPCNT | JZ_CPU_AVX2 | JZ_CPU_AVX512 };
    size_t n = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(sets); i++)
        if ((sets[i] & ~has) == 0)
            jz_hamming_init(&out[n++], sets[i]);
    return n;
}

/* n hashes, every third one a few bits from the query; not aligned. */
static void fill(uint8_t *hashes, size_t n, const uint8_t *query)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t *h = hashes + i * JZ_PDQ_SIZE;
        for (size_t k = 0; k < JZ_PDQ_SIZE; k++)
            h[k] = any();
        if (i % 3 != 0)
            continue;
        memcpy(h, query, JZ_PDQ_SIZE);
        for (unsigned flips = any() % 40; flips > 0; flips--)
            h[any() % JZ_PDQ_SIZE] ^= (uint8_t)(1u << (any() % 8));
    }
}

static void test_distance_counts_every_bit(void **state)
{
    (void)state;
    jz_hamming_dsp t[4];
    const size_t n = tables(t);
    uint8_t a[JZ_PDQ_SIZE] = { 0 }, b[JZ_PDQ_SIZE] = { 0 };
    for (unsigned bit = 0; bit < 256; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(jz_hamming256(a, b), bit + 1);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(t[i].dist(a, b), bit + 1);
    }
}

static void test_scans_find_the_same_in_the_same_order(void **state)
{
    (void)state;
    jz_hamming_dsp t[4];
    const size_t kernels = tables(t);
    static uint8_t room[N * JZ_PDQ_SIZE + 1];
    uint8_t *hashes = room + 1, query[JZ_PDQ_SIZE];
    static const uint32_t radii[] = { 0, 1, 15, 31, 32, 128, 255, 256 };
    static jz_hamming_hit hits[N];
    for (size_t i = 0; i < JZ_PDQ_SIZE; i++)
        query[i] = any();
    fill(hashes, N, query);
    for (size_t k = 0; k < kernels; k++) {
        for (size_t r = 0; r < JZ_ARRAY_LEN(radii); r++) {
            for (size_t n = N - 9; n <= N; n++) {
                const size_t m = t[k].scan(hashes, n, query, radii[r], hits);
                size_t expected = 0;
                for (size_t i = 0; i < n; i++) {
                    const unsigned d = slow_distance(hashes + i * JZ_PDQ_SIZE, query);
                    if (d > radii[r])
                        continue;
                    assert_true(expected < m);
                    assert_int_equal(hits[expected].index, i);
                    assert_int_equal(hits[expected].distance, d);
                    expected++;
                }
                assert_int_equal(m, expected);
            }
        }
        assert_int_equal(t[k].scan(hashes, 0, query, 256, hits), 0);
    }
}

static void test_near16_finds_the_same_words(void **state)
{
    (void)state;
    jz_hamming_dsp t[4];
    const size_t kernels = tables(t);
    static uint16_t words[N + JZ_HAMMING_PAD];
    static jz_hamming_block out[N];
    for (size_t i = 0; i < JZ_ARRAY_LEN(words); i++)
        words[i] = (uint16_t)(i % 2 == 0 ? any() * 257u ^ any() : 1u << (any() % 16));
    for (size_t k = 0; k < kernels; k++) {
        for (uint16_t radius = 0; radius <= 16; radius++) {
            const jz_hamming_run runs[] = { { 0, 1, 0, radius },
                                            { 3, 31, 0xffff, radius },
                                            { 40, 33, 0x10, radius },
                                            { 100, N - 100, 0, (uint16_t)(radius / 2) } };
            const size_t m = t[k].near16(words, runs, JZ_ARRAY_LEN(runs), out);
            size_t seen = 0;
            for (size_t r = 0; r < JZ_ARRAY_LEN(runs); r++) {
                for (uint32_t at = runs[r].at; at < runs[r].at + runs[r].n; at += 32) {
                    uint32_t near = 0;
                    for (uint32_t i = at; i < at + 32 && i < runs[r].at + runs[r].n; i++)
                        if (__builtin_popcount((unsigned)(words[i] ^ runs[r].query)) <=
                            runs[r].max_bits)
                            near |= 1u << (i - at);
                    if (near == 0)
                        continue;
                    assert_true(seen < m);
                    assert_int_equal(out[seen].at, at);
                    assert_int_equal(out[seen].near, near);
                    seen++;
                }
            }
            assert_int_equal(m, seen);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance_counts_every_bit),
        cmocka_unit_test(test_scans_find_the_same_in_the_same_order),
        cmocka_unit_test(test_near16_finds_the_same_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
