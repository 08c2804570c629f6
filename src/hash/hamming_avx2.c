/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/hamming_word.h"

#ifdef JZ_X86
#include <immintrin.h>

/* Bits set in each byte: a table of the sixteen nibbles, looked up twice. */
JZ_TARGET_AVX2 static inline __m256i popcount_bytes(__m256i v)
{
    const __m256i bits = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1,
                                          2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15);
    const __m256i low = _mm256_and_si256(v, nibble);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble);
    return _mm256_add_epi8(_mm256_shuffle_epi8(bits, low), _mm256_shuffle_epi8(bits, high));
}

/* The first halves of two hashes side by side. */
JZ_TARGET_AVX2 static inline __m256i load_halves(const uint8_t *hashes)
{
    const __m128i a = _mm_loadu_si128((const __m128i *)(const void *)hashes);
    const __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(hashes + JZ_PDQ_SIZE));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1);
}

/* A hash whose first 128 bits already differ in more than max_bits is out, and nearly every hash
 * is: only a block of four in which one is not gets measured whole. */
JZ_TARGET_AVX2 size_t jz_hamming_scan_avx2(const uint8_t *hashes, size_t n, const uint8_t *query,
                                           uint32_t max_bits, jz_hamming_hit *out)
{
    const __m256i half =
        _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)query));
    const __m256i limit = _mm256_set1_epi64x((long long)max_bits);
    const __m256i zero = _mm256_setzero_si256();
    const size_t whole = n & ~(size_t)3;
    size_t m = 0;
    for (size_t i = 0; i < whole; i += 4) {
        const uint8_t *h = hashes + i * JZ_PDQ_SIZE;
        const __m256i x = _mm256_xor_si256(load_halves(h), half);
        const __m256i y = _mm256_xor_si256(load_halves(h + 2 * (size_t)JZ_PDQ_SIZE), half);
        const __m256i p = _mm256_sad_epu8(popcount_bytes(x), zero);
        const __m256i q = _mm256_sad_epu8(popcount_bytes(y), zero);
        const __m256i sums =
            _mm256_add_epi64(_mm256_unpacklo_epi64(p, q), _mm256_unpackhi_epi64(p, q));
        if (__builtin_expect(_mm256_movemask_epi8(_mm256_cmpgt_epi64(sums, limit)) != -1, 0))
            m = scan_words(hashes, i, i + 4, query, max_bits, out, m);
    }
    return scan_words(hashes, whole, n, query, max_bits, out, m);
}

/* Clears the lowest bit set in each of 16 words. */
JZ_TARGET_AVX2 static inline __m256i clear_lowest(__m256i x)
{
    return _mm256_and_si256(x, _mm256_add_epi16(x, _mm256_set1_epi16(-1)));
}

/* Which of 32 words have at most max_bits bits set: clearing the lowest one that many times leaves
 * nothing, which for the 2 and 3 that the index asks for is cheaper than counting. */
JZ_TARGET_AVX2 JZ_INLINE uint32_t few_bits(__m256i a, __m256i b, uint32_t max_bits)
{
    const __m256i zero = _mm256_setzero_si256();
    for (uint32_t i = 0; i < max_bits; i++) {
        a = clear_lowest(a);
        b = clear_lowest(b);
    }
    const __m256i both =
        _mm256_packs_epi16(_mm256_cmpeq_epi16(a, zero), _mm256_cmpeq_epi16(b, zero));
    return (uint32_t)_mm256_movemask_epi8(_mm256_permute4x64_epi64(both, _MM_SHUFFLE(3, 1, 2, 0)));
}

/* One run; returns where out ends. A block is written in any case and kept if it holds something:
 * a branch that nobody can predict would cost more. */
JZ_TARGET_AVX2 JZ_INLINE jz_hamming_block *near16_run(const uint16_t *v, const jz_hamming_run *r,
                                                      uint32_t max_bits, jz_hamming_block *out)
{
    const __m256i q = _mm256_set1_epi16((short)r->query);
    for (uint32_t i = 0; i < r->n; i += 32) {
        const __m256i *p = (const __m256i *)(const void *)(v + r->at + i);
        const __m256i a = _mm256_xor_si256(_mm256_loadu_si256(p), q);
        const __m256i b = _mm256_xor_si256(_mm256_loadu_si256(p + 1), q);
        const uint32_t left = r->n - i < 32 ? r->n - i : 32;
        out->at = r->at + i;
        out->near = _bzhi_u32(few_bits(a, b, max_bits), left);
        out += out->near != 0;
    }
    return out;
}

JZ_TARGET_AVX2 size_t jz_hamming_near16_avx2(const uint16_t *v, const jz_hamming_run *runs,
                                             size_t runs_n, jz_hamming_block *out)
{
    jz_hamming_block *end = out;
    for (const jz_hamming_run *r = runs; r < runs + runs_n; r++) {
        if (r->max_bits == 2)
            end = near16_run(v, r, 2, end);
        else if (r->max_bits == 3)
            end = near16_run(v, r, 3, end);
        else
            end = near16_run(v, r, r->max_bits < 16 ? r->max_bits : 16, end);
    }
    return (size_t)(end - out);
}
#endif
