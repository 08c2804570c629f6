/* SPDX-License-Identifier: Apache-2.0 */
/* A model as it lies in memory: what nn_model.c makes and nn_run.c and nn_layers.c read. */
#ifndef JZ_NN_MODEL_H
#define JZ_NN_MODEL_H

#include "inspect/nn_dsp.h"

/* Where a value lies in the memory of a run. Sizes are in floats. */
typedef struct jz_nn_value {
    jz_nn_shape shape;
    uint32_t top, left, bottom, right; /* margin of zeros, in pixels */
    size_t pixel, row;                 /* from one to the next */
    size_t size;                       /* with the margin */
    size_t at;                         /* of the margin's first float */
    uint32_t first, last; /* from when it is written until it is last read, in layers */
} jz_nn_value;

struct jz_nn {
    jz_nn_graph graph; /* weights are NULL */
    uint8_t hash[JZ_NN_HASH_SIZE];
    uint64_t macs;
    jz_nn_value *values; /* n_layers + 1 */
    size_t memory;       /* floats of a run */
    float *weights;      /* as kernels read them (jz_nn_sweep), in an aligned block */
    float **layer_weights, **layer_bias, **layer_slope; /* of each layer; NULL without */
    void *weight_block;
};

/* The first float of a value, margin apart. */
static inline float *jz_nn_pixels(const jz_nn_value *v, float *memory)
{
    return memory + v->at + v->top * v->row + v->left * v->pixel;
}

/* Runs layer i, from the values in memory to its own. */
void jz_nn_layer_run(const jz_nn *nn, uint32_t i, const jz_nn_dsp *dsp, float *memory);

/* A run with kernels of the caller's choice. */
JZ_CHECKED jz_status jz_nn_run_by(jz_nn_run *run, const jz_nn_dsp *dsp, jz_err *err);

/* floats, aligned to a line of the cache; *block is what is to be freed. NULL when out of memory.
 */
float *jz_nn_alloc(size_t floats, void **block);

#endif
