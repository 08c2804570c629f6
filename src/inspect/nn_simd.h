/* SPDX-License-Identifier: Apache-2.0 */
/* The networks' kernels for vectors of LANES floats: one source for every width. The file that
 * includes this defines LANES (8 or 16), TILE (pixels side by side whose sums are made at once: two
 * vectors of sums for each, as many as the registers hold), TARGET (a function attribute) and
 * FMA(a, b, c), a * b + c of vectors, each lane rounded once.
 *
 * A convolution makes TILE pixels x 2 vectors of output channels in registers: per tap, two loads
 * of weights serve all pixels and one load of a sample both vectors. */
#ifndef JZ_NN_SIMD_H
#define JZ_NN_SIMD_H

#include "inspect/nn_dsp.h"

#include <string.h>

#define INLINE static inline __attribute__((always_inline)) TARGET
#define GROUP 4 /* pixels that share a pointer: fewer pointers than registers */

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

/* a where the mask is set, else b. */
INLINE vec pick(ivec mask, vec a, vec b)
{
    return (vec)((mask & (ivec)a) | (~mask & (ivec)b));
}

INLINE vec activate(vec x, jz_nn_act act, const float *slope)
{
    if (act == JZ_NN_RELU || act == JZ_NN_RELU6)
        x = (vec)((x > 0) & (ivec)x);
    if (act == JZ_NN_RELU6)
        x = pick(x < 6, x, all(6));
    if (act == JZ_NN_PRELU)
        x = pick(x > 0, x, x * load(slope));
    return x;
}

/* Where a tile's sums come from and go to. */
typedef struct tile {
    const float *in, *add;
    float *out;
    const float *weights; /* of the first vector and the first tap */
    size_t next;          /* floats from the weights of the first vector to the second's */
    size_t channel;       /* the first */
} tile;

INLINE void finish(const jz_nn_sweep *s, const tile *t, unsigned p, unsigned j, vec sum)
{
    const size_t channel = t->channel + j * LANES;
    if (channel < (size_t)s->add_blocks * JZ_NN_BLOCK)
        sum += load(t->add + p * s->add_pixel + channel);
    store(t->out + p * s->out_pixel + channel, activate(sum, s->act, s->slope + channel));
}

/* Adds `run` taps that follow each other in memory. */
INLINE void conv_run(vec sum[TILE][2], const float *in, size_t step, const tile *t, const float *w,
                     size_t run, const unsigned pixels, const unsigned vecs)
{
    const float *at[(TILE + GROUP - 1) / GROUP];
    UNROLL
    for (unsigned g = 0; g * GROUP < pixels; g++)
        at[g] = in + g * GROUP * step;
    for (size_t i = 0; i < run; i++, w += JZ_NN_BLOCK) {
        const vec w0 = load(w), w1 = vecs == 2 ? load(w + t->next) : w0;
        UNROLL
        for (unsigned p = 0; p < pixels; p++) {
            const vec x = all(at[p / GROUP][p % GROUP * step]);
            sum[p][0] = FMA(x, w0, sum[p][0]);
            if (vecs == 2)
                sum[p][1] = FMA(x, w1, sum[p][1]);
        }
        UNROLL
        for (unsigned g = 0; g * GROUP < pixels; g++)
            at[g]++;
    }
}

INLINE void conv_tile(const jz_nn_sweep *s, const tile *t, const unsigned pixels,
                      const unsigned vecs)
{
    vec sum[TILE][2];
    UNROLL
    for (unsigned p = 0; p < pixels; p++) {
        sum[p][0] = load(s->bias + t->channel);
        if (vecs == 2)
            sum[p][1] = load(s->bias + t->channel + LANES);
    }
    const bool joined = s->in_pixel == s->in_channels; /* a row of taps is one run */
    const size_t run = joined ? (size_t)s->kernel_width * s->in_channels : s->in_channels;
    const uint32_t runs = joined ? 1 : s->kernel_width;
    const float *w = t->weights;
    for (uint32_t ky = 0; ky < s->kernel_height; ky++)
        for (uint32_t kx = 0; kx < runs; kx++, w += run * JZ_NN_BLOCK)
            conv_run(sum, t->in + ky * s->in_row + kx * s->in_pixel, s->stride * s->in_pixel, t, w,
                     run, pixels, vecs);
    UNROLL
    for (unsigned p = 0; p < pixels; p++) {
        finish(s, t, p, 0, sum[p][0]);
        if (vecs == 2)
            finish(s, t, p, 1, sum[p][1]);
    }
}

INLINE void depthwise_tile(const jz_nn_sweep *s, const tile *t, const unsigned pixels)
{
    vec sum[TILE];
    UNROLL
    for (unsigned p = 0; p < pixels; p++)
        sum[p] = load(s->bias + t->channel);
    const size_t step = s->stride * s->in_pixel;
    const float *w = t->weights;
    for (uint32_t ky = 0; ky < s->kernel_height; ky++) {
        const float *in = t->in + ky * s->in_row + t->channel;
        for (uint32_t kx = 0; kx < s->kernel_width; kx++, in += s->in_pixel) {
            const vec v = load(w);
            w += (size_t)s->blocks * JZ_NN_BLOCK;
            UNROLL
            for (unsigned p = 0; p < pixels; p++)
                sum[p] = FMA(load(in + p * step), v, sum[p]);
        }
    }
    UNROLL
    for (unsigned p = 0; p < pixels; p++)
        finish(s, t, p, 0, sum[p]);
}

/* Each width of a tile is a function of its own, so that its sums are registers. */
#define ONE_PIXEL_COUNT(n)                                                                         \
    TARGET static void conv1_##n(const jz_nn_sweep *s, const tile *t)                              \
    {                                                                                              \
        conv_tile(s, t, n, 1);                                                                     \
    }                                                                                              \
    TARGET static void conv2_##n(const jz_nn_sweep *s, const tile *t)                              \
    {                                                                                              \
        conv_tile(s, t, n, 2);                                                                     \
    }                                                                                              \
    TARGET static void depthwise_##n(const jz_nn_sweep *s, const tile *t)                          \
    {                                                                                              \
        depthwise_tile(s, t, n);                                                                   \
    }
typedef void tile_fn(const jz_nn_sweep *s, const tile *t);

#if TILE == 12
#define EACH(m) m(1) m(2) m(3) m(4) m(5) m(6) m(7) m(8) m(9) m(10) m(11) m(12)
#else
#define EACH(m) m(1) m(2) m(3) m(4) m(5) m(6)
#endif
EACH(ONE_PIXEL_COUNT)
#define CONV1(n) conv1_##n,
#define CONV2(n) conv2_##n,
#define DEPTHWISE(n) depthwise_##n,
static tile_fn *const conv1[] = { NULL, EACH(CONV1) };
static tile_fn *const conv2[] = { NULL, EACH(CONV2) };
static tile_fn *const depthwise[] = { NULL, EACH(DEPTHWISE) };

/* All pixels of some channels. */
static void sweep(const jz_nn_sweep *s, tile t, tile_fn *const fn[])
{
    for (uint32_t y = 0; y < s->out_height; y++) {
        for (uint32_t x = 0; x < s->out_width;) {
            const uint32_t left = s->out_width - x, n = left < TILE ? left : TILE;
            t.in = s->in + s->stride * (y * s->in_row + x * s->in_pixel);
            t.add = s->add != NULL ? s->add + y * s->add_row + x * s->add_pixel : NULL;
            t.out = s->out + y * s->out_row + x * s->out_pixel;
            fn[n](s, &t);
            x += n;
        }
    }
}

static void simd_conv(const jz_nn_sweep *s)
{
    const size_t block = (size_t)s->kernel_height * s->kernel_width * s->in_channels * JZ_NN_BLOCK;
    const uint32_t step = 2 * LANES / JZ_NN_BLOCK; /* blocks of two vectors */
    for (uint32_t b = 0; b < s->blocks; b += step) {
        const tile t = { .weights = s->weights + b * block,
                         .next = LANES < JZ_NN_BLOCK ? LANES : block,
                         .channel = (size_t)b * JZ_NN_BLOCK };
        sweep(s, t, step <= s->blocks - b ? conv2 : conv1);
    }
}

static void simd_depthwise(const jz_nn_sweep *s)
{
    for (size_t c = 0; c < (size_t)s->blocks * JZ_NN_BLOCK; c += LANES)
        sweep(s, (tile){ .weights = s->weights + c, .channel = c }, depthwise);
}

TARGET static void simd_add(const float *a, const float *b, const float *slope, jz_nn_act act,
                            size_t n, float *out)
{
    for (size_t i = 0; i < n; i += LANES) {
        const vec x = load(a + i);
        store(out + i, activate(b != NULL ? x + load(b + i) : x, act, slope + i));
    }
}

TARGET static void simd_max(const float *a, size_t n, float *out)
{
    for (size_t i = 0; i < n; i += LANES) {
        const vec x = load(a + i), y = load(out + i);
        store(out + i, pick(x > y, x, y));
    }
}

TARGET static void simd_lerp(const float *const p[4], float fx, float fy, size_t n, float *out)
{
    for (size_t i = 0; i < n; i += LANES) {
        const vec a = load(p[0] + i), c = load(p[2] + i);
        const vec u = FMA(all(fx), load(p[1] + i) - a, a);
        const vec v = FMA(all(fx), load(p[3] + i) - c, c);
        store(out + i, FMA(all(fy), v - u, u));
    }
}

#endif
