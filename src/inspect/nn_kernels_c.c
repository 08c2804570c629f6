/* SPDX-License-Identifier: Apache-2.0 */
/* The networks' kernels in plain C: what the others must equal. */
#include "inspect/nn_dsp.h"

#include <math.h>

static float activate(float x, jz_nn_act act, float slope)
{
    if (act == JZ_NN_RELU || act == JZ_NN_RELU6)
        x = x > 0 ? x : 0;
    if (act == JZ_NN_RELU6)
        x = x < 6 ? x : 6;
    if (act == JZ_NN_PRELU)
        x = x > 0 ? x : x * slope;
    return x; /* the sigmoid comes later: nn_layers.c */
}

static void finish(const jz_nn_sweep *s, uint32_t y, uint32_t x, size_t channel, float sum)
{
    if (channel / JZ_NN_BLOCK < s->add_blocks)
        sum += s->add[y * s->add_row + x * s->add_pixel + channel];
    s->out[y * s->out_row + x * s->out_pixel + channel] =
        activate(sum, s->act, s->act == JZ_NN_PRELU ? s->slope[channel] : 0);
}

/* One number of what a convolution gives. */
static float conv_sum(const jz_nn_sweep *s, const float *in, size_t channel)
{
    const size_t taps = (size_t)s->kernel_height * s->kernel_width * s->in_channels;
    const float *w =
        s->weights + channel / JZ_NN_BLOCK * taps * JZ_NN_BLOCK + channel % JZ_NN_BLOCK;
    float sum = s->bias[channel];
    for (uint32_t ky = 0; ky < s->kernel_height; ky++)
        for (uint32_t kx = 0; kx < s->kernel_width; kx++)
            for (uint32_t c = 0; c < s->in_channels; c++, w += JZ_NN_BLOCK)
                sum = fmaf(in[ky * s->in_row + kx * s->in_pixel + c], *w, sum);
    return sum;
}

static float depthwise_sum(const jz_nn_sweep *s, const float *in, size_t channel)
{
    const float *w = s->weights + channel;
    float sum = s->bias[channel];
    for (uint32_t ky = 0; ky < s->kernel_height; ky++)
        for (uint32_t kx = 0; kx < s->kernel_width; kx++, w += (size_t)s->blocks * JZ_NN_BLOCK)
            sum = fmaf(in[ky * s->in_row + kx * s->in_pixel + channel], *w, sum);
    return sum;
}

static void sweep(const jz_nn_sweep *s,
                  float (*sum)(const jz_nn_sweep *s, const float *in, size_t channel))
{
    for (uint32_t y = 0; y < s->out_height; y++)
        for (uint32_t x = 0; x < s->out_width; x++) {
            const float *in = s->in + s->stride * (y * s->in_row + x * s->in_pixel);
            for (size_t c = 0; c < (size_t)s->blocks * JZ_NN_BLOCK; c++)
                finish(s, y, x, c, sum(s, in, c));
        }
}

static void conv_c(const jz_nn_sweep *s)
{
    sweep(s, conv_sum);
}

static void depthwise_c(const jz_nn_sweep *s)
{
    sweep(s, depthwise_sum);
}

static void add_c(const float *a, const float *b, const float *slope, jz_nn_act act, size_t n,
                  float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = activate(b != NULL ? a[i] + b[i] : a[i], act, act == JZ_NN_PRELU ? slope[i] : 0);
}

static void max_c(const float *a, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = a[i] > out[i] ? a[i] : out[i];
}

static void lerp_c(const float *const p[4], float fx, float fy, size_t n, float *out)
{
    for (size_t i = 0; i < n; i++) {
        const float u = fmaf(fx, p[1][i] - p[0][i], p[0][i]);
        const float v = fmaf(fx, p[3][i] - p[2][i], p[2][i]);
        out[i] = fmaf(fy, v - u, u);
    }
}

const jz_nn_dsp jz_nn_dsp_c = {
    .name = "c",
    .conv = conv_c,
    .depthwise = depthwise_c,
    .add = add_c,
    .max = max_c,
    .lerp = lerp_c,
};
