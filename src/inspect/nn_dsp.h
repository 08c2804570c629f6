/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels of the networks. Plain C is the reference; the other tables equal it to the bit,
 * because every number goes through the same fused multiply-adds in the same order.
 *
 * A value lies row by row, pixel by pixel; a pixel is its channels, filled up with zeros to whole
 * blocks of JZ_NN_BLOCK floats. Around a value there may be a margin of zeros for the padding of
 * those that read it, so no kernel knows of borders. */
#ifndef JZ_NN_DSP_H
#define JZ_NN_DSP_H

#include "inspect/nn.h"

#define JZ_NN_BLOCK 16u /* channels */

/* One layer with a kernel, as addresses. Strides are in floats. */
typedef struct jz_nn_sweep {
    const float *in;  /* the first tap of the first pixel: in the margin where there is padding */
    const float *add; /* what is added before the activation, or NULL */
    float *out;
    size_t in_row, in_pixel, add_row, add_pixel, out_row, out_pixel;
    uint32_t out_height, out_width;
    uint32_t kernel_height, kernel_width, stride;
    uint32_t in_channels; /* of a convolution: those that there are */
    uint32_t blocks;      /* of what comes out */
    uint32_t add_blocks;
    jz_nn_act act;
    /* Convolution: [block out][row][column][channel in][16]. Depthwise: [row][column][block][16].
     */
    const float *weights;
    const float *bias;  /* [block][16] */
    const float *slope; /* likewise; with JZ_NN_PRELU */
} jz_nn_sweep;

typedef struct jz_nn_dsp {
    const char *name;
    void (*conv)(const jz_nn_sweep *s);
    void (*depthwise)(const jz_nn_sweep *s);
    /* Runs of whole blocks. out[i] = act(a[i] + b[i]); b NULL: act(a[i]). out may be a. */
    void (*add)(const float *a, const float *b, const float *slope, jz_nn_act act, size_t n,
                float *out);
    /* out[i] = a[i] where a[i] > out[i] */
    void (*max)(const float *a, size_t n, float *out);
    /* With u = p[0] + fx (p[1] - p[0]) and v likewise of p[2], p[3]: out = u + fy (v - u), each sum
     * with its product rounded once. */
    void (*lerp)(const float *const p[4], float fx, float fy, size_t n, float *out);
} jz_nn_dsp;

extern const jz_nn_dsp jz_nn_dsp_c;
/* The tables of this program, plain C first; NULL past the last one that the processor has (all of
 * them less those that JZ_CPU_MASK takes away). Threads: any. */
const jz_nn_dsp *jz_nn_dsp_at(size_t i);

/* 1 / (1 + e^-x), within 2 units in the last place; the same bits everywhere. */
float jz_nn_sigmoid(float x);

#endif
