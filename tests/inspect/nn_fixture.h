/* SPDX-License-Identifier: Apache-2.0 */
/* Networks of random layers, the same for the same seed; and what they give, in doubles. */
#ifndef JZ_NN_FIXTURE_H
#define JZ_NN_FIXTURE_H

#include "inspect/nn_model.h"

#define NN_LAYERS 48

typedef struct nn_maker { /* = { .seed = ... }; ended with nn_done() */
    uint64_t seed;
    jz_nn_graph g;
    jz_nn_layer layers[NN_LAYERS];
    uint8_t *weights[NN_LAYERS];
} nn_maker;

uint32_t nn_random(uint64_t *seed, uint32_t below);
/* -1 to 1. */
float nn_random_float(uint64_t *seed);
/* Appends a layer with random weights. Its shape follows from what it reads, but for channels of
 * convolutions and what RESIZE and RESHAPE give. Returns its value. */
uint32_t nn_layer(nn_maker *m, jz_nn_layer layer);
/* A network of all operations and activations in random sizes; some of its values are outputs. */
void nn_any(nn_maker *m, uint64_t seed);
void nn_done(nn_maker *m);

/* The model of a graph, through its file. */
jz_nn *nn_model(const jz_nn_graph *g);
/* What the graph gives for an input, value by value; freed with nn_free_values(). */
double **nn_in_doubles(const jz_nn_graph *g, const float *input);
void nn_free_values(const jz_nn_graph *g, double **values);

/* The source of the AVX-512 kernels for any processor (nn_wide.c). */
jz_nn_dsp nn_dsp_wide(void);
/* The i-th table to be tested: those of this processor, then nn_dsp_wide(); NULL after it. */
const jz_nn_dsp *nn_table(size_t i);

#endif
