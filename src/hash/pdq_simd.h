/* SPDX-License-Identifier: Apache-2.0 */
/* PDQ's float kernels for vectors of LANES floats: one source for every width. The file that
 * includes this defines LANES (8 or 16), CHAINS (vectors of rows in a block: running sums that do
 * not wait for each other), TARGET (a function attribute) and then has all functions below.
 *
 * Sums along a row are made for LANES rows at once, on rows turned into columns: the element of
 * column x of row r lies at t[x * BLOCK + r], with zeros for `trail` columns before the first and
 * `lead` after the last. Sums along columns need no turning. Every element sees the additions,
 * subtractions and divisions of the plain C kernel in the same order. */

#include "hash/pdq.h"

#include <string.h>

#define BLOCK (LANES * CHAINS)
#define INLINE static inline __attribute__((always_inline)) TARGET

/* Arrays of vectors are to live in registers: the loops over them go away. */
#ifdef __clang__
#define UNROLL _Pragma("unroll")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));

INLINE vec load(const float *p)
{
    vec v;
    memcpy(&v, p, sizeof v);
    return v;
}

INLINE void store(float *p, vec v)
{
    memcpy(p, &v, sizeof v);
}

INLINE vec all(float f)
{
    return f - (vec){ 0 }; /* minus, for -0 */
}

/* The l-th 16-byte quarter's elements of two vectors, for each such quarter of a vector. */
#define PICK4(b, i, j, k, l) (b) + (i), (b) + (j), (b) + (k), (b) + (l)
#if LANES == 8
#define PICK(i, j, k, l) PICK4(0, i, j, k, l), PICK4(4, i, j, k, l)
#define SECOND 8
#else
#define PICK(i, j, k, l)                                                                           \
    PICK4(0, i, j, k, l), PICK4(4, i, j, k, l), PICK4(8, i, j, k, l), PICK4(12, i, j, k, l)
#define SECOND 16
#endif
#define SHUFFLE __builtin_shufflevector

/* r[i][j] and r[j][i] change places. */
INLINE void turn(vec r[LANES])
{
    vec t[LANES];
    UNROLL
    for (unsigned i = 0; i < LANES; i += 4) { /* 4 x 4 within each quarter */
        const vec a = SHUFFLE(r[i], r[i + 1], PICK(0, SECOND, 1, SECOND + 1));
        const vec b = SHUFFLE(r[i], r[i + 1], PICK(2, SECOND + 2, 3, SECOND + 3));
        const vec c = SHUFFLE(r[i + 2], r[i + 3], PICK(0, SECOND, 1, SECOND + 1));
        const vec d = SHUFFLE(r[i + 2], r[i + 3], PICK(2, SECOND + 2, 3, SECOND + 3));
        t[i] = SHUFFLE(a, c, PICK(0, 1, SECOND, SECOND + 1));
        t[i + 1] = SHUFFLE(a, c, PICK(2, 3, SECOND + 2, SECOND + 3));
        t[i + 2] = SHUFFLE(b, d, PICK(0, 1, SECOND, SECOND + 1));
        t[i + 3] = SHUFFLE(b, d, PICK(2, 3, SECOND + 2, SECOND + 3));
    }
#if LANES == 8
    UNROLL
    for (unsigned i = 0; i < 4; i++) { /* then the quarters */
        r[i] = SHUFFLE(t[i], t[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        r[i + 4] = SHUFFLE(t[i], t[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
#else
    UNROLL
    for (unsigned i = 0; i < 4; i++) {
        const vec a =
            SHUFFLE(t[i], t[i + 4], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        const vec b =
            SHUFFLE(t[i], t[i + 4], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        const vec c =
            SHUFFLE(t[i + 8], t[i + 12], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        const vec d = SHUFFLE(t[i + 8], t[i + 12], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28,
                              29, 30, 31);
        r[i] = SHUFFLE(a, c, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        r[i + 8] = SHUFFLE(a, c, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
        r[i + 4] = SHUFFLE(b, d, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
        r[i + 12] = SHUFFLE(b, d, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
#endif
}

static size_t simd_scratch(const jz_pdq_axis *x)
{
    const size_t columns = x->trail + x->n + LANES + x->lead;
    return (columns + JZ_PDQ_SIDE) * BLOCK;
}

/* Columns x .. x + LANES - 1 of the block's rows, as they stand at the beginning of a chain. */
TARGET static void sum_lead(const jz_pdq_axis *x, const float *t, vec sum[CHAINS])
{
    memset(sum, 0, CHAINS * sizeof *sum);
    for (size_t i = 0; i < x->lead; i++)
        UNROLL
    for (unsigned c = 0; c < CHAINS; c++)
        sum[c] += load(t + i * BLOCK + c * LANES);
}

/* LANES columns of one chain: their running sums, divided. */
INLINE vec tile_sums(const jz_pdq_axis *x, const float *t, size_t at, vec sum, bool full, float inv,
                     vec out[LANES])
{
    UNROLL
    for (unsigned k = 0; k < LANES; k++) {
        const float *p = t + (at + k) * BLOCK;
        sum += load(p + x->lead * BLOCK);
        sum -= load(p - x->trail * BLOCK);
        if (full)
            out[k] = sum * inv;
        else
            out[k] = sum / all(at + k < x->n ? jz_pdq_count(x, at + k) : 1.0f);
    }
    return sum;
}

TARGET static void simd_rows(const jz_pdq_axis *x, const float *in, size_t in_stride, float *out,
                             size_t out_stride, float *scratch)
{
    float *t = scratch + x->trail * BLOCK;
    for (size_t at = 0; at < x->n; at += LANES) {
        UNROLL
        for (unsigned c = 0; c < CHAINS; c++) {
            vec r[LANES];
            UNROLL
            for (unsigned k = 0; k < LANES; k++)
                r[k] = load(in + (c * LANES + k) * in_stride + at);
            turn(r);
            UNROLL
            for (unsigned k = 0; k < LANES; k++)
                store(t + (at + k) * BLOCK + c * LANES, r[k]);
        }
    }
    vec sum[CHAINS];
    sum_lead(x, t, sum);
    const float window = (float)(x->lead + x->trail);
    for (size_t at = 0; at < x->n; at += LANES) {
        const bool full = jz_pdq_is_pow2(window) && at >= x->trail && at + LANES + x->lead <= x->n;
        UNROLL
        for (unsigned c = 0; c < CHAINS; c++) {
            vec r[LANES];
            if (full)
                sum[c] = tile_sums(x, t + c * LANES, at, sum[c], true, 1.0f / window, r);
            else
                sum[c] = tile_sums(x, t + c * LANES, at, sum[c], false, 0, r);
            turn(r);
            UNROLL
            for (unsigned k = 0; k < LANES; k++)
                store(out + (c * LANES + k) * out_stride + at, r[k]);
        }
    }
    for (unsigned r = 0; r < BLOCK; r++)
        memset(out + r * out_stride + x->n, 0, JZ_PDQ_PAD * sizeof *out);
}

/* The first pass over columns, turned into t. */
INLINE void cols_to(const jz_pdq_axis *x, const jz_pdq_block *in, bool mul, float *t)
{
    const size_t stride = in->stride;
    for (size_t at = 0; at < x->n; at += LANES) {
        vec sum = load(in->sum + at);
        const float *add = in->add + at, *sub = in->sub + at;
        UNROLL
        for (unsigned c = 0; c < CHAINS; c++) {
            vec r[LANES];
            UNROLL
            for (unsigned k = 0; k < LANES; k++, add += stride, sub += stride) {
                sum += load(add);
                sum -= load(sub);
                r[k] = mul ? sum * (1.0f / in->count[0]) : sum / all(in->count[c * LANES + k]);
            }
            turn(r);
            UNROLL
            for (unsigned k = 0; k < LANES; k++)
                store(t + (at + k) * BLOCK + c * LANES, r[k]);
        }
        store(in->sum + at, sum);
    }
}

TARGET static void cols_mul(const jz_pdq_axis *x, const jz_pdq_block *in, float *t)
{
    cols_to(x, in, true, t);
}

TARGET static void cols_div(const jz_pdq_axis *x, const jz_pdq_block *in, float *t)
{
    cols_to(x, in, false, t);
}

/* The second pass over rows: 64 samples of each, column by column. */
TARGET static void sums64(const jz_pdq_axis *x, const float *t, float *out)
{
    vec sum[CHAINS];
    sum_lead(x, t, sum);
    const float *add = t + x->lead * BLOCK, *sub = t - x->trail * BLOCK;
    for (size_t o = 0, i = 0; o < JZ_PDQ_SIDE; o++) {
        for (; i <= x->at[o]; i++, add += BLOCK, sub += BLOCK) {
            UNROLL
            for (unsigned c = 0; c < CHAINS; c++) {
                sum[c] += load(add + c * LANES);
                sum[c] -= load(sub + c * LANES);
            }
        }
        const float count = jz_pdq_count(x, x->at[o]);
        UNROLL
        for (unsigned c = 0; c < CHAINS; c++)
            store(out + o * BLOCK + c * LANES, sum[c] / all(count));
    }
}

TARGET static void simd_cols(const jz_pdq_axis *x, const jz_pdq_block *in, float *out64,
                             float *scratch)
{
    float *t = scratch + x->trail * BLOCK;
    float *samples = scratch + (x->trail + x->n + LANES + x->lead) * BLOCK;
    bool mul = jz_pdq_is_pow2(in->count[0]);
    for (unsigned r = 1; r < BLOCK; r++)
        mul = mul && in->count[r] == in->count[0];
    (mul ? cols_mul : cols_div)(x, in, t);
    sums64(x, t, samples);
    for (unsigned at = 0; at < JZ_PDQ_SIDE; at += LANES) {
        UNROLL
        for (unsigned c = 0; c < CHAINS; c++) {
            vec r[LANES];
            UNROLL
            for (unsigned k = 0; k < LANES; k++)
                r[k] = load(samples + (at + k) * BLOCK + c * LANES);
            turn(r);
            UNROLL
            for (unsigned k = 0; k < LANES; k++)
                store(out64 + (c * LANES + k) * JZ_PDQ_SIDE + at, r[k]);
        }
    }
}

TARGET static void simd_cols64(const float *add, const float *sub, float *sum)
{
    for (unsigned j = 0; j < JZ_PDQ_SIDE; j += LANES)
        store(sum + j, load(sum + j) + load(add + j) - load(sub + j));
}

INLINE ivec step(vec u, vec v)
{
    const ivec d = __builtin_convertvector((u - v) * 100.0f / 255.0f, ivec); /* truncates */
    const ivec sign = d >> 31;
    return (d ^ sign) - sign;
}

TARGET static int simd_quality(const float *a64)
{
    ivec total = { 0 };
    ivec last; /* the right-most column has no right neighbour */
    UNROLL
    for (unsigned k = 0; k < LANES; k++)
        last[k] = k + 1 < LANES ? -1 : 0;
    for (unsigned i = 0; i < JZ_PDQ_SIDE; i++) {
        for (unsigned j = 0; j < JZ_PDQ_SIDE; j += LANES) {
            const float *p = a64 + i * JZ_PDQ_SIDE + j;
            const ivec right = step(load(p), load(p + 1));
            total += j + LANES < JZ_PDQ_SIDE ? right : right & last;
            if (i + 1 < JZ_PDQ_SIDE)
                total += step(load(p), load(p + JZ_PDQ_SIDE));
        }
    }
    int gradient = 0;
    UNROLL
    for (unsigned k = 0; k < LANES; k++)
        gradient += total[k];
    return gradient / 90 > 100 ? 100 : gradient / 90;
}

/* Two rows of D A: half of the columns at a time, so that the sums stay in registers. */
TARGET static void dct_rows(const float *d, const float *a64, float *da)
{
    for (unsigned j = 0; j < JZ_PDQ_SIDE; j += 4 * LANES) {
        vec s[2][4] = { { { 0 } } };
        for (unsigned k = 0; k < JZ_PDQ_SIDE; k++) {
            UNROLL
            for (unsigned c = 0; c < 4; c++) {
                const vec a = load(a64 + k * JZ_PDQ_SIDE + j + c * LANES);
                s[0][c] += d[k] * a;
                s[1][c] += d[JZ_PDQ_SIDE + k] * a;
            }
        }
        UNROLL
        for (unsigned c = 0; c < 4; c++) {
            store(da + j + c * LANES, s[0][c]);
            store(da + JZ_PDQ_SIDE + j + c * LANES, s[1][c]);
        }
    }
}

TARGET static void simd_dct(const float *a64, float dct[256])
{
    const jz_pdq_cosines *cos = jz_pdq_cosines_get();
    float da[JZ_PDQ_FREQS][JZ_PDQ_SIDE];
    for (unsigned i = 0; i < JZ_PDQ_FREQS; i += 2)
        dct_rows(cos->d[i], a64, da[i]);
    for (unsigned i = 0; i < JZ_PDQ_FREQS; i += 4) {
        for (unsigned j = 0; j < JZ_PDQ_FREQS; j += LANES) {
            vec s[4] = { { 0 } };
            for (unsigned k = 0; k < JZ_PDQ_SIDE; k++) {
                const vec c = load(&cos->dt[k][j]);
                UNROLL
                for (unsigned r = 0; r < 4; r++)
                    s[r] += da[i + r][k] * c;
            }
            UNROLL
            for (unsigned r = 0; r < 4; r++)
                store(dct + (i + r) * JZ_PDQ_FREQS + j, s[r]);
        }
    }
}
