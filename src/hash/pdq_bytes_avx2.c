/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#ifdef JZ_X86
#include "hash/pdq_x86.h"

#include <immintrin.h>
#include <string.h>

#define TARGET JZ_TARGET_AVX2
#define INLINE static inline __attribute__((always_inline)) TARGET

#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

INLINE __m128i load16(const void *p)
{
    return _mm_loadu_si128(p);
}

INLINE __m256i load32(const void *p)
{
    return _mm256_loadu_si256(p);
}

/* Bytes b, b + 3, b + 6, b + 9 of each half as 32-bit numbers. */
INLINE __m256 every_third(__m256i rgb, char b)
{
    const char z = -1, c = (char)(b + 3), d = (char)(b + 6), e = (char)(b + 9);
    const __m128i pick = _mm_setr_epi8(b, z, z, z, c, z, z, z, d, z, z, z, e, z, z, z);
    return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(rgb, _mm256_broadcastsi128_si256(pick)));
}

TARGET void jz_pdq_luma_avx2(const uint8_t *rgb, size_t n, float *out)
{
    const __m256 kr = _mm256_set1_ps(0.299f), kg = _mm256_set1_ps(0.587f);
    const __m256 kb = _mm256_set1_ps(0.114f);
    size_t i = 0;
    for (; i + 10 <= n; i += 8, rgb += 24) { /* 8 pixels are used, 28 bytes are read */
        const __m256i v = _mm256_set_m128i(load16(rgb + 12), load16(rgb));
        const __m256 rg = _mm256_add_ps(_mm256_mul_ps(kr, every_third(v, 0)),
                                        _mm256_mul_ps(kg, every_third(v, 1)));
        _mm256_storeu_ps(out + i, _mm256_add_ps(rg, _mm256_mul_ps(kb, every_third(v, 2))));
    }
    jz_pdq_dsp_c.luma(rgb, n - i, out + i);
}

/* Running sums of the row modulo 2^16: before[i] = in[0] + ... + in[i - 1], 16 more past n. */
TARGET static void prefix_sums(const uint8_t *in, size_t n, uint16_t *before)
{
    __m256i carry = _mm256_setzero_si256();
    const __m256i word7 = _mm256_set1_epi16(0x0f0e);
    before[0] = 0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m256i v = _mm256_cvtepu8_epi16(load16(in + i));
        v = _mm256_add_epi16(v, _mm256_slli_si256(v, 2));
        v = _mm256_add_epi16(v, _mm256_slli_si256(v, 4));
        v = _mm256_add_epi16(v, _mm256_slli_si256(v, 8));
        const __m256i half = _mm256_shuffle_epi8(v, word7); /* each half's total, 8 times */
        v = _mm256_add_epi16(v, _mm256_permute2x128_si256(half, half, 0x08)); /* low to high */
        _mm256_storeu_si256((__m256i *)(void *)(before + i + 1), _mm256_add_epi16(v, carry));
        const __m256i total = _mm256_shuffle_epi8(v, word7);
        carry = _mm256_add_epi16(carry, _mm256_permute2x128_si256(total, total, 0x11));
    }
    for (; i < n; i++)
        before[i + 1] = (uint16_t)(before[i] + in[i]);
}

/* 16 sums as floats over the window. */
INLINE void store_means(__m256i sums, bool mul, __m256 by, float *out)
{
    const __m256 a = _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(_mm256_castsi256_si128(sums)));
    const __m256 b = _mm256_cvtepi32_ps(_mm256_cvtepu16_epi32(_mm256_extracti128_si256(sums, 1)));
    _mm256_storeu_ps(out, mul ? _mm256_mul_ps(a, by) : _mm256_div_ps(a, by));
    _mm256_storeu_ps(out + 8, mul ? _mm256_mul_ps(b, by) : _mm256_div_ps(b, by));
}

/* Means of whole windows that begin at in[0], in[1], ... in[n - 1], 16 at a time and the last 16
 * again; n is 16 at least. */
INLINE void add_windows(const uint8_t *in, size_t n, size_t window, bool mul, float *out)
{
    const __m256 by = _mm256_set1_ps(mul ? 1.0f / (float)window : (float)window);
    for (size_t i = 0;; i = i + 32 <= n ? i + 16 : n - 16) {
        __m256i sums = _mm256_cvtepu8_epi16(load16(in + i));
        UNROLL
        for (size_t k = 1; k < window; k++)
            sums = _mm256_add_epi16(sums, _mm256_cvtepu8_epi16(load16(in + i + k)));
        store_means(sums, mul, by, out + i);
        if (i + 16 >= n)
            return;
    }
}

/* The same as differences of running sums. */
INLINE void subtract_windows(const uint16_t *before, size_t n, size_t window, bool mul, float *out)
{
    const __m256 by = _mm256_set1_ps(mul ? 1.0f / (float)window : (float)window);
    for (size_t i = 0;; i = i + 32 <= n ? i + 16 : n - 16) {
        store_means(_mm256_sub_epi16(load32(before + i + window), load32(before + i)), mul, by,
                    out + i);
        if (i + 16 >= n)
            return;
    }
}

TARGET static void whole_windows(const uint8_t *in, size_t n, size_t window, float *out,
                                 uint16_t *before)
{
    if (window == 4) { /* of 385 to 512 pixels, the most usual */
        add_windows(in, n, 4, true, out);
        return;
    }
    prefix_sums(in, n + window - 1, before);
    if (jz_pdq_is_pow2((float)window))
        subtract_windows(before, n, window, true, out);
    else
        subtract_windows(before, n, window, false, out);
}

/* The mean of a window that the row's ends may cut. */
TARGET static float cut_window(const jz_pdq_axis *x, const uint8_t *in, size_t i)
{
    const size_t first = i + 1 > x->trail ? i + 1 - x->trail : 0;
    const size_t last = i + x->lead < x->n ? i + x->lead : x->n - 1;
    int32_t sum = 0;
    for (size_t k = first; k <= last; k++)
        sum += in[k];
    return (float)sum / (float)(last - first + 1);
}

TARGET void jz_pdq_row_u8_avx2(const jz_pdq_axis *x, const uint8_t *in, float *out, float *scratch)
{
    const size_t window = x->lead + x->trail, skip = x->trail - 1; /* windows cut on the left */
    const size_t whole = x->n - window + 1;
    if (whole < 16 || window > UINT16_MAX / 255) {
        jz_pdq_dsp_c.row_u8(x, in, out, scratch);
        return;
    }
    for (size_t i = 0; i < skip; i++)
        out[i] = cut_window(x, in, i);
    /* What is left there are columns of a block (pdq_simd.h), to be overwritten. */
    uint16_t *before = (uint16_t *)(void *)(scratch + x->trail * JZ_PDQ_BLOCK_MAX);
    whole_windows(in, whole, window, out + skip, before);
    for (size_t i = skip + whole; i < x->n; i++)
        out[i] = cut_window(x, in, i);
    memset(out + x->n, 0, JZ_PDQ_PAD * sizeof *out);
}

/* 16 weighted sums of a pair of rows: 0-3 and 8-11 to lo, 4-7 and 12-15 to hi. */
INLINE void add_pair(const uint8_t *a, const uint8_t *b, __m256i weights, __m256i *lo, __m256i *hi)
{
    const __m256i u = _mm256_cvtepu8_epi16(load16(a)), v = _mm256_cvtepu8_epi16(load16(b));
    *lo = _mm256_add_epi32(*lo, _mm256_madd_epi16(_mm256_unpacklo_epi16(u, v), weights));
    *hi = _mm256_add_epi32(*hi, _mm256_madd_epi16(_mm256_unpackhi_epi16(u, v), weights));
}

INLINE void store_rounded(__m256i lo, __m256i hi, int16_t *out)
{
    const __m256i v = _mm256_packs_epi32(_mm256_srai_epi32(lo, JZ_PDQ_TENT_BITS - 7),
                                         _mm256_srai_epi32(hi, JZ_PDQ_TENT_BITS - 7));
    _mm256_storeu_si256((__m256i *)(void *)out, v);
}

INLINE void tent_32(const uint8_t *px, size_t stride, const int16_t *weights, size_t used,
                    int16_t *out)
{
    const __m256i half = _mm256_set1_epi32(1 << (JZ_PDQ_TENT_BITS - 8));
    __m256i lo[2] = { half, half }, hi[2] = { half, half };
    for (size_t k = 0; k < used; k += 2, px += 2 * stride) {
        int32_t pair;
        memcpy(&pair, weights + k, sizeof pair);
        const __m256i w = _mm256_set1_epi32(pair);
        const uint8_t *next = k + 1 < used ? px + stride : px; /* past the last: weight 0 */
        add_pair(px, next, w, &lo[0], &hi[0]);
        add_pair(px + 16, next + 16, w, &lo[1], &hi[1]);
    }
    store_rounded(lo[0], hi[0], out);
    store_rounded(lo[1], hi[1], out + 16);
}

TARGET void jz_pdq_tent_rows_avx2(const uint8_t *px, size_t stride, const int16_t *weights,
                                  size_t used, size_t n, int16_t *out)
{
    if (n < 32) {
        jz_pdq_dsp_c.tent_rows(px, stride, weights, used, n, out);
        return;
    }
    for (size_t x = 0;; x = x + 64 <= n ? x + 32 : n - 32) {
        tent_32(px + x, stride, weights, used, out + x);
        if (x + 32 >= n)
            return;
    }
}

INLINE __m256i tent_dot(const jz_pdq_tent *tent, const int16_t *row, size_t o)
{
    const int16_t *in = row + tent->first[o], *w = tent->weights + o * tent->taps;
    __m256i sum = _mm256_madd_epi16(load32(in), load32(w));
    for (size_t k = 16; k < tent->used[o]; k += 16)
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(load32(in + k), load32(w + k)));
    return sum;
}

TARGET void jz_pdq_tent_dots_avx2(const jz_pdq_tent *tent, const int16_t *row,
                                  float out[JZ_PDQ_SIDE])
{
    const __m256 scale = _mm256_set1_ps(1.0f / (1 << (JZ_PDQ_TENT_BITS + 7)));
    for (size_t o = 0; o < JZ_PDQ_SIDE; o += 8) {
        __m256i q[2];
        for (size_t h = 0; h < 2; h++) {
            const __m256i a = tent_dot(tent, row, o + 4 * h),
                          b = tent_dot(tent, row, o + 4 * h + 1);
            const __m256i c = tent_dot(tent, row, o + 4 * h + 2);
            const __m256i d = tent_dot(tent, row, o + 4 * h + 3);
            q[h] = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
        }
        const __m256i sums = _mm256_add_epi32(_mm256_permute2x128_si256(q[0], q[1], 0x20),
                                              _mm256_permute2x128_si256(q[0], q[1], 0x31));
        _mm256_storeu_ps(out + o, _mm256_mul_ps(_mm256_cvtepi32_ps(sums), scale));
    }
}
#endif
