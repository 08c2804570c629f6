/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/halve.h"

#include "base/cpu.h"

void jz_halve_c(const uint8_t *a, const uint8_t *b, size_t width, uint32_t channels, uint8_t *to)
{
    const size_t c = channels;
    for (size_t x = 0; x < width; x++, a += 2 * c, b += 2 * c)
        for (size_t k = 0; k < c; k++)
            *to++ = (uint8_t)((a[k] + a[k + c] + b[k] + b[k + c] + 2) / 4);
}

#ifdef JZ_X86
#include <immintrin.h>

#define BYTES 48 /* of a row at a time: 16 pixels of three channels */

/* 12 bytes at p, and 12 at p + 24, each to the front of a half. */
JZ_TARGET_AVX2 static __m256i twelve(const uint8_t *p)
{
    const __m128i first = _mm_loadu_si128((const __m128i *)(const void *)p);
    const __m128i second = _mm_loadu_si128((const __m128i *)(const void *)(p + 24));
    return _mm256_inserti128_si256(_mm256_castsi128_si256(first), second, 1);
}

/* Each byte with that of the pixel to its right, of two pairs of pixels in each half, and with
 * those of the row below: the sums' quarters in words. */
JZ_TARGET_AVX2 static __m256i pairs(const uint8_t *a, const uint8_t *b)
{
    const __m256i beside = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11, -1, -1, -1, -1));
    const __m256i one = _mm256_set1_epi8(1);
    const __m256i above = _mm256_maddubs_epi16(_mm256_shuffle_epi8(twelve(a), beside), one);
    const __m256i below = _mm256_maddubs_epi16(_mm256_shuffle_epi8(twelve(b), beside), one);
    const __m256i sum = _mm256_add_epi16(_mm256_add_epi16(above, below), _mm256_set1_epi16(2));
    return _mm256_srli_epi16(sum, 2);
}

/* Three channels. Reads BYTES + 4 of each row and writes BYTES / 2 + 4. */
JZ_TARGET_AVX2 static void strip(const uint8_t *a, const uint8_t *b, uint8_t *to)
{
    const __m256i dense = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 2, 3, 4, 5, 8, 9, 10, 11, 12, 13, -1, -1, -1, -1));
    const __m256i mean =
        _mm256_shuffle_epi8(_mm256_packus_epi16(pairs(a, b), pairs(a + 12, b + 12)), dense);
    _mm_storeu_si128((__m128i *)(void *)to, _mm256_castsi256_si128(mean));
    _mm_storeu_si128((__m128i *)(void *)(to + 12), _mm256_extracti128_si256(mean, 1));
}

JZ_TARGET_AVX2 static void halve_avx2(const uint8_t *a, const uint8_t *b, size_t width,
                                      uint32_t channels, uint8_t *to)
{
    size_t x = 0;
    if (channels == 3) /* not to the end: a strip touches a pixel or two more */
        for (; x + BYTES / 6 + 2 <= width; x += BYTES / 6)
            strip(a + 6 * x, b + 6 * x, to + 3 * x);
    _mm256_zeroupper(); /* gcc forgets it before a tail call, and all plain code after it is slow */
    jz_halve_c(a + 2 * x * channels, b + 2 * x * channels, width - x, channels, to + x * channels);
}
#endif

jz_halve_fn jz_halve_at(size_t i)
{
#ifdef JZ_X86
    if (i == 1 && (jz_cpu_features() & JZ_CPU_AVX2) != 0)
        return halve_avx2;
#endif
    return i == 0 ? jz_halve_c : NULL;
}
