/* SPDX-License-Identifier: Apache-2.0 */
/* Small neural networks: a graph of layers with 16-bit float weights, its file, and its execution.
 *
 * The result is a function of the model and the input alone, equal to the bit on every processor.
 * Each number is made by one chain of fused multiply-adds (IEEE 754-2008 5.4.1, rounded once), from
 * the bias through the taps row by row, column by column, channel by channel; vectors run across
 * output channels, so their width changes no chain. Nothing calls the C library's exp() or the
 * like, which differ between versions.
 *
 * The file (little-endian):
 *   0  "JZNN", u16 version = 1, u16 layers, u16 height, u16 width, u16 channels of the input,
 *      u16 outputs
 *  16  SHA-256 of all bytes that follow it
 *  48  name: 64 bytes, printable ASCII, filled up with zeros
 * 112  outputs x u16: a value; value 0 is the input, value i what layer i gives (from 1)
 *  ..  each layer: u8 operation, u8 activation, 2 x u16 value read (0xffff: none), u8 kernel
 * height, u8 kernel width, u8 stride, u8 axis, 4 x u8 padding (top, left, bottom, right), 3 x u16
 *      height, width, channels of what it gives; then as float16 its weights, biases and, with
 *      JZ_NN_PRELU, slopes. Nothing stands between layers or after the last one. */
#ifndef JZ_NN_H
#define JZ_NN_H

#include "base/buf.h"

#define JZ_NN_VERSION 1
#define JZ_NN_NAME_SIZE 64
#define JZ_NN_HASH_SIZE 32
#define JZ_NN_LAYERS_MAX 512
#define JZ_NN_OUTPUTS_MAX 8
#define JZ_NN_SIDE_MAX 4096         /* rows, columns, channels of any value */
#define JZ_NN_KERNEL_MAX 32         /* rows and columns */
#define JZ_NN_FLOATS_MAX (1u << 24) /* of one value, margins included */
#define JZ_NN_MACS_MAX (UINT64_C(1) << 33)
#define JZ_NN_FILE_MAX ((size_t)64 << 20)
#define JZ_NN_NONE 0xffffu

typedef enum jz_nn_op {
    JZ_NN_CONV = 1,      /* weights [channels out][row][column][channels in]; + the second value */
    JZ_NN_DEPTHWISE = 2, /* weights [row][column][channels]; + the second value */
    JZ_NN_ADD = 3,       /* the first value + the second, or the first alone */
    JZ_NN_MAXPOOL = 4,   /* the largest under the kernel; padding is never the largest */
    JZ_NN_AVGPOOL = 5,   /* the mean under the kernel, padding not counted */
    JZ_NN_RESIZE = 6,    /* bilinear, between the centres of pixels, clamped at the border */
    JZ_NN_RESHAPE = 7,   /* the same numbers in the same order in another shape */
    JZ_NN_CONCAT = 8,    /* two values along axis 0 (rows), 1 (columns) or 2 (channels) */
} jz_nn_op;
/* A dense layer is a convolution whose kernel is as large as the value it reads. A second value
 * that is added has the shape of what the layer gives, or fewer channels: then it ends with zeros.
 */

typedef enum jz_nn_act { /* what is done to each number, last */
                         JZ_NN_LINEAR = 0,
                         JZ_NN_RELU = 1,
                         JZ_NN_RELU6 = 2,
                         JZ_NN_PRELU = 3, /* times the channel's slope where not above 0 */
                         JZ_NN_SIGMOID = 4,
} jz_nn_act;

typedef struct jz_nn_shape { /* row-major, channels together */
    uint32_t height, width, channels;
} jz_nn_shape;

typedef struct jz_nn_layer {
    jz_nn_op op;
    jz_nn_act act;
    uint32_t in[2]; /* values; JZ_NN_NONE */
    uint32_t kernel_height, kernel_width, stride, axis;
    uint32_t top, left, bottom, right; /* padding, in pixels */
    jz_nn_shape out;
    const uint8_t *weights; /* float16, little-endian: weights, biases, slopes; borrowed */
} jz_nn_layer;

typedef struct jz_nn_graph {
    char name[JZ_NN_NAME_SIZE + 1];
    jz_nn_shape input;
    uint32_t n_layers, n_outputs;
    uint32_t outputs[JZ_NN_OUTPUTS_MAX]; /* values */
    jz_nn_layer *layers;
} jz_nn_graph;

/* The shape of a value of a graph that jz_nn_check() has accepted. */
jz_nn_shape jz_nn_shape_of(const jz_nn_graph *g, uint32_t value);
/* Float16 numbers of a layer that reads `in`: weights, biases and slopes. */
uint64_t jz_nn_weight_count(const jz_nn_layer *layer, jz_nn_shape in);
/* Whether a graph makes sense: order, shapes, sizes; weights are not read. JZ_E_CORRUPT,
 * JZ_E_LIMIT, or JZ_E_UNSUPPORTED for an operation or activation that is not known. */
JZ_CHECKED jz_status jz_nn_check(const jz_nn_graph *g, jz_err *err);
/* Its parts, for a reader that meets layers one by one: all but the layers, and then layer i, where
 * those before it are right. *macs grows by its multiply-adds. */
JZ_CHECKED jz_status jz_nn_check_frame(const jz_nn_graph *g, jz_err *err);
JZ_CHECKED jz_status jz_nn_check_layer(const jz_nn_graph *g, uint32_t i, uint64_t *macs,
                                       jz_err *err);

/* Appends the file of a graph; fails as jz_nn_check() does. */
JZ_CHECKED jz_status jz_nn_encode(const jz_nn_graph *g, jz_buf *out, jz_err *err);

/* A model, ready to run. Any number of threads may use it at once. */
typedef struct jz_nn jz_nn;
/* Reads a file; nothing is kept of it. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_MISMATCH (the hash),
 * JZ_E_UNSUPPORTED (another version), JZ_E_LIMIT, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_nn_new(jz_bytes file, jz_nn **out, jz_err *err);
void jz_nn_free(jz_nn *nn);
JZ_DEFINE_AUTO(jz_nn, jz_nn_free);

const char *jz_nn_name(const jz_nn *nn);
const uint8_t *jz_nn_hash(const jz_nn *nn); /* of its file: the SHA-256 that stands in it */
jz_nn_shape jz_nn_input_shape(const jz_nn *nn);
uint32_t jz_nn_outputs(const jz_nn *nn);
jz_nn_shape jz_nn_output_shape(const jz_nn *nn, uint32_t i);
uint64_t jz_nn_macs(const jz_nn *nn); /* multiply-adds of one run */

/* The memory of one run at a time: one thread's. The model must outlive it. */
typedef struct jz_nn_run jz_nn_run;
JZ_CHECKED jz_status jz_nn_run_new(const jz_nn *nn, jz_nn_run **out, jz_err *err);
void jz_nn_run_free(jz_nn_run *run);
JZ_DEFINE_AUTO(jz_nn_run, jz_nn_run_free);

/* Where the caller writes the input before each run: height x width x channels floats. */
float *jz_nn_run_input(jz_nn_run *run);
/* JZ_E_CORRUPT where a result is no finite number. */
JZ_CHECKED jz_status jz_nn_run_once(jz_nn_run *run, jz_err *err);
/* What the last run gave: height x width x channels floats, until the next run. */
const float *jz_nn_run_output(const jz_nn_run *run, uint32_t i);

/* The float of a float16; its infinities and NaNs too. */
float jz_nn_half(uint16_t h);
/* The nearest float16, ties to even; infinity where it is too large. */
uint16_t jz_nn_to_half(float f);

#endif
