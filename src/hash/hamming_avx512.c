/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/hamming_word.h"

#ifdef JZ_X86
#ifndef JZ_AVX512_EMULATED /* tests/hash/test_hamming.c emulates where the processor has none */
#include <immintrin.h>
#endif

/* Bits by which two hashes differ from the query, a count for each of their eight words. */
JZ_TARGET_AVX512 static inline __m512i two_hashes(const uint8_t *hashes, __m512i query)
{
    return _mm512_popcnt_epi64(_mm512_xor_si512(_mm512_loadu_si512(hashes), query));
}

/* From the words' counts of hashes 0 1 and 2 3, added by twos: 0 2, 0 2, 1 3, 1 3. */
JZ_TARGET_AVX512 static inline __m512i add_pairs(__m512i h01, __m512i h23)
{
    return _mm512_add_epi64(_mm512_unpacklo_epi64(h01, h23), _mm512_unpackhi_epi64(h01, h23));
}

JZ_TARGET_AVX512 size_t jz_hamming_scan_avx512(const uint8_t *hashes, size_t n,
                                               const uint8_t *query, uint32_t max_bits,
                                               jz_hamming_hit *out)
{
    const __m512i q =
        _mm512_broadcast_i64x4(_mm256_loadu_si256((const __m256i *)(const void *)query));
    const __m512i limit = _mm512_set1_epi64((long long)max_bits);
    const __m512i front = _mm512_set_epi64(13, 12, 9, 8, 5, 4, 1, 0); /* half of each hash */
    const __m512i back = _mm512_set_epi64(15, 14, 11, 10, 7, 6, 3, 2);
    const size_t two = 2 * (size_t)JZ_PDQ_SIZE;
    const size_t whole = n & ~(size_t)7;
    size_t m = 0;
    for (size_t i = 0; i < whole; i += 8) {
        const uint8_t *h = hashes + i * JZ_PDQ_SIZE;
        const __m512i a = add_pairs(two_hashes(h, q), two_hashes(h + two, q));
        const __m512i b = add_pairs(two_hashes(h + 2 * two, q), two_hashes(h + 3 * two, q));
        const __m512i sums = _mm512_add_epi64(_mm512_permutex2var_epi64(a, front, b),
                                              _mm512_permutex2var_epi64(a, back, b));
        if (__builtin_expect(_mm512_cmple_epi64_mask(sums, limit) != 0, 0))
            m = scan_words(hashes, i, i + 8, query, max_bits, out, m);
    }
    return scan_words(hashes, whole, n, query, max_bits, out, m);
}
#endif
