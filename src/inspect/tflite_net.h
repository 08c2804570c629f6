/* SPDX-License-Identifier: Apache-2.0 */
/* Between tflite.c, which reads the file, and tflite_ops.c, which makes layers of its operations.
 */
#ifndef JZ_TFLITE_NET_H
#define JZ_TFLITE_NET_H

#include "inspect/flatbuf.h"
#include "inspect/tflite.h"

#define JZ_TFLITE_RANK_MAX 4

typedef enum jz_tflite_type { /* of a tensor's numbers, as in the schema */
                              JZ_TFLITE_FLOAT32 = 0,
                              JZ_TFLITE_FLOAT16 = 1,
                              JZ_TFLITE_INT32 = 2,
} jz_tflite_type;

typedef struct jz_tflite_tensor {
    uint32_t rank, dim[JZ_TFLITE_RANK_MAX];
    jz_tflite_type type;
    jz_bytes data;  /* of a constant, else empty */
    uint32_t uses;  /* operations that read it, and one where it is an output */
    uint32_t value; /* of the graph; JZ_NN_NONE before it is made, and of constants */
    bool padded;    /* the value ends with zeros in more channels, which lie nowhere */
} jz_tflite_tensor;

typedef struct jz_tflite_op {
    uint32_t code; /* BuiltinOperator */
    jz_fb_vector in, out;
    jz_fb_table options; /* of size 0 without */
} jz_tflite_op;

typedef struct jz_tflite_net {
    jz_nn_graph graph; /* layers: room for JZ_NN_LAYERS_MAX */
    jz_buf *weights;   /* of each layer */
    uint64_t weight_bytes;
    jz_tflite_tensor *tensors;
    uint32_t n_tensors;
} jz_tflite_net;

/* Adds what an operation does to the graph. */
JZ_CHECKED jz_status jz_tflite_op_convert(jz_tflite_net *net, const jz_tflite_op *op, jz_err *err);

#endif
