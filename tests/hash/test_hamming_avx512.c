/* SPDX-License-Identifier: Apache-2.0 */
/* The AVX-512 scan on any processor: its own source, compiled with SIMDe's portable intrinsics,
 * against plain C. (Where the processor has AVX-512, test_hamming.c runs the real thing.) */
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

#include "base/cpu.h"

#undef JZ_TARGET_AVX512
#define JZ_TARGET_AVX512
#define JZ_AVX512_EMULATED
#define jz_hamming_scan_avx512 scan_emulated
#include "hash/hamming_avx512.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define N 1037

static uint8_t any(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint8_t)(*seed >> 56);
}

/* Every third hash lies a few bits from the query. */
static void fill(uint64_t *seed, uint8_t *hashes, const uint8_t *query)
{
    for (size_t i = 0; i < N; i++) {
        uint8_t *h = hashes + i * JZ_PDQ_SIZE;
        for (size_t k = 0; k < JZ_PDQ_SIZE; k++)
            h[k] = i % 3 == 0 ? query[k] : any(seed);
        for (unsigned flips = i % 3 == 0 ? any(seed) % 40 : 0; flips > 0; flips--)
            h[any(seed) % JZ_PDQ_SIZE] ^= (uint8_t)(1u << any(seed) % 8);
    }
}

static void test_emulated_scan_equals_plain_c(void **state)
{
    (void)state;
    static const uint32_t radii[] = { 0, 1, 15, 31, 32, 100, 128, 140, 256 };
    static uint8_t hashes[N * JZ_PDQ_SIZE];
    static jz_hamming_hit expected[N], got[N];
    uint8_t query[JZ_PDQ_SIZE];
    uint64_t seed = 1;
    jz_hamming_dsp c;
    jz_hamming_init(&c, 0);
    for (size_t k = 0; k < JZ_PDQ_SIZE; k++)
        query[k] = any(&seed);
    fill(&seed, hashes, query);
    for (size_t r = 0; r < JZ_ARRAY_LEN(radii); r++) {
        for (size_t n = 0; n <= N; n += n < 20 ? 1 : 113) {
            const size_t m = c.scan(hashes, n, query, radii[r], expected);
            assert_int_equal(scan_emulated(hashes, n, query, radii[r], got), m);
            assert_memory_equal(got, expected, m * sizeof *got);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_emulated_scan_equals_plain_c),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
