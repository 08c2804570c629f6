/* SPDX-License-Identifier: Apache-2.0 */
/* Writes TensorFlow Lite files: as much of FlatBuffers as these need, every field 4 bytes wide. */
#ifndef JZ_TFLITE_FIXTURE_H
#define JZ_TFLITE_FIXTURE_H

#include "base/buf.h"

#define TF_TENSORS 64
#define TF_OPS 32

enum tf_type { TF_FLOAT32 = 0, TF_FLOAT16 = 1, TF_INT32 = 2 };
enum tf_code {
    TF_ADD = 0,
    TF_AVERAGE_POOL_2D = 1,
    TF_CONCATENATION = 2,
    TF_CONV_2D = 3,
    TF_DEPTHWISE_CONV_2D = 4,
    TF_DEQUANTIZE = 6,
    TF_FULLY_CONNECTED = 9,
    TF_LOGISTIC = 14,
    TF_MAX_POOL_2D = 17,
    TF_MUL = 18,
    TF_RELU = 19,
    TF_RELU6 = 21,
    TF_RESHAPE = 22,
    TF_RESIZE_BILINEAR = 23,
    TF_PAD = 34,
    TF_PRELU = 54,
};

typedef struct tf_tensor {
    uint32_t dim[4], rank;
    enum tf_type type;
    uint8_t *data; /* of constants; jz_free() */
    size_t size;
    bool sparse;
} tf_tensor;

typedef struct tf_op {
    enum tf_code code;
    int32_t in[3], out; /* tensors; -1: none */
    uint32_t n_in;
    uint32_t option[8]; /* fields of the options, from the first */
    uint32_t n_options;
} tf_op;

typedef struct tf_model { /* = { .seed = ... }; ended with tf_done() */
    uint64_t seed;
    tf_tensor tensor[TF_TENSORS];
    tf_op op[TF_OPS];
    uint32_t n_tensors, n_ops, n_outputs;
    int32_t output[4];
    uint32_t version; /* 0: 3 */
} tf_model;

/* A tensor that an operation makes, or the input; unused dimensions are 0. */
int32_t tf_value(tf_model *m, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
/* A constant of random numbers, -0.5 to 0.5, float16 behind a DEQUANTIZE or float32. */
int32_t tf_constant(tf_model *m, enum tf_type type, uint32_t a, uint32_t b, uint32_t c, uint32_t d);
/* A constant of the integers in `numbers`. */
int32_t tf_integers(tf_model *m, const int32_t *numbers, uint32_t n);
tf_op *tf_add_op(tf_model *m, tf_op op);
/* The file; tensor 0 is the input. */
void tf_write(const tf_model *m, jz_buf *out);
void tf_done(tf_model *m);

/* A network of every operation that is known, float16 and float32 weights; input 9 x 8 x 3. */
void tf_everything(tf_model *m);

#endif
