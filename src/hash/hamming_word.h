/* SPDX-License-Identifier: Apache-2.0 */
/* Private to the Hamming kernels: bodies that each kernel compiles anew for its own instruction
 * set, and the entry points by which hamming.c knows the vector files. */
#ifndef JZ_HAMMING_WORD_H
#define JZ_HAMMING_WORD_H

#include "hash/hamming.h"

#include <string.h>

#define JZ_INLINE static inline __attribute__((always_inline))

JZ_INLINE uint32_t differ64(const uint8_t *a, const uint8_t *b)
{
    uint64_t x = 0, y = 0;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (uint32_t)__builtin_popcountll(x ^ y);
}

JZ_INLINE uint32_t dist_words(const uint8_t *a, const uint8_t *b)
{
    return differ64(a, b) + differ64(a + 8, b + 8) + differ64(a + 16, b + 16) +
           differ64(a + 24, b + 24);
}

/* Measures hashes[from..to) one by one and appends the near ones to out[m..); returns the new m. */
JZ_INLINE size_t scan_words(const uint8_t *hashes, size_t from, size_t to, const uint8_t *query,
                            uint32_t max_bits, jz_hamming_hit *out, size_t m)
{
    for (size_t i = from; i < to; i++) {
        const uint32_t d = dist_words(hashes + i * JZ_PDQ_SIZE, query);
        if (__builtin_expect(d <= max_bits, 0))
            out[m++] = (jz_hamming_hit){ .index = (uint32_t)i, .distance = d };
    }
    return m;
}

JZ_INLINE size_t near16_words(const uint16_t *v, const jz_hamming_run *runs, size_t runs_n,
                              jz_hamming_block *out)
{
    size_t m = 0;
    for (const jz_hamming_run *r = runs; r < runs + runs_n; r++) {
        for (uint32_t i = 0; i < r->n; i += 32) {
            const uint16_t *block = v + r->at + i;
            uint32_t near = 0;
            for (uint32_t k = 0; k < 32 && k < r->n - i; k++)
                near |= (uint32_t)(__builtin_popcount(block[k] ^ r->query) <= r->max_bits) << k;
            if (near != 0)
                out[m++] = (jz_hamming_block){ .at = r->at + i, .near = near };
        }
    }
    return m;
}

#ifdef JZ_X86
size_t jz_hamming_scan_avx2(const uint8_t *hashes, size_t n, const uint8_t *query,
                            uint32_t max_bits, jz_hamming_hit *out);
size_t jz_hamming_near16_avx2(const uint16_t *v, const jz_hamming_run *runs, size_t runs_n,
                              jz_hamming_block *out);
size_t jz_hamming_scan_avx512(const uint8_t *hashes, size_t n, const uint8_t *query,
                              uint32_t max_bits, jz_hamming_hit *out);
#endif

#endif
