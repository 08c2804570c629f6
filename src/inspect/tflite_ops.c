/* SPDX-License-Identifier: Apache-2.0 */
/* Operations of TensorFlow Lite as layers of ours. An activation or an addition joins the layer
 * that makes what it reads, where nothing else reads that; a PAD of channels joins the addition. */
#include "inspect/tflite_net.h"

#include <math.h>
#include <string.h>

/* BuiltinOperator */
enum {
    ADD = 0,
    AVERAGE_POOL_2D = 1,
    CONCATENATION = 2,
    CONV_2D = 3,
    DEPTHWISE_CONV_2D = 4,
    DEQUANTIZE = 6,
    FULLY_CONNECTED = 9,
    LOGISTIC = 14,
    MAX_POOL_2D = 17,
    RELU = 19,
    RELU6 = 21,
    RESHAPE = 22,
    RESIZE_BILINEAR = 23,
    PAD = 34,
    PRELU = 54,
};

/* Fields of the operations' options that do not begin with padding, width and height of strides. */
enum { PADDING, STRIDE_WIDTH, STRIDE_HEIGHT };
enum { CONV_ACT = 3, CONV_DILATION_WIDTH, CONV_DILATION_HEIGHT };
enum { DEPTH_MULTIPLIER = 3, DEPTH_ACT, DEPTH_DILATION_WIDTH, DEPTH_DILATION_HEIGHT };
enum { POOL_WIDTH = 3, POOL_HEIGHT, POOL_ACT };
enum { ADD_ACT };
enum { DENSE_ACT, DENSE_FORMAT };
enum { CONCAT_AXIS, CONCAT_ACT };
enum { RESIZE_ALIGN = 2, RESIZE_HALF };

typedef struct work { /* one operation being converted */
    jz_tflite_net *net;
    const jz_tflite_op *op;
    jz_err *err;
} work;

static jz_tflite_tensor *input(const work *w, uint32_t i)
{
    if (i >= w->op->in.n || jz_fb_u32_at(&w->op->in, i) == UINT32_MAX)
        return NULL;
    return &w->net->tensors[jz_fb_u32_at(&w->op->in, i)];
}

static jz_tflite_tensor *output(const work *w)
{
    return &w->net->tensors[jz_fb_u32_at(&w->op->out, 0)];
}

/* A tensor as a value: rows, columns, channels. */
static jz_status shape_of(const work *w, const jz_tflite_tensor *t, jz_nn_shape *out)
{
    if (t->rank < 2 || t->dim[0] != 1)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "a tensor of %u dimensions, the first of %u",
                       t->rank, t->dim[0]);
    *out = (jz_nn_shape){ t->rank > 3 ? t->dim[1] : 1, t->rank > 2 ? t->dim[t->rank - 2] : 1,
                          t->dim[t->rank - 1] };
    return JZ_OK;
}

/* Input i, which some operation before has made. */
static jz_status operand(const work *w, uint32_t i, jz_tflite_tensor **out, jz_nn_shape *shape)
{
    *out = input(w, i);
    if (*out == NULL || (*out)->value == JZ_NN_NONE)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "input %u is made by no operation", i);
    return shape_of(w, *out, shape);
}

/* Likewise, one that lies as a whole in its value. */
static jz_status whole(const work *w, uint32_t i, jz_tflite_tensor **out, jz_nn_shape *shape)
{
    JZ_TRY(operand(w, i, out, shape));
    if ((*out)->padded)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "channels are added for no addition");
    return JZ_OK;
}

/* The layer that made a tensor which nothing but this operation reads, or NULL. */
static jz_nn_layer *maker(const work *w, const jz_tflite_tensor *t)
{
    if (t->uses != 1 || t->value == 0 || t->padded)
        return NULL;
    jz_nn_layer *l = &w->net->graph.layers[t->value - 1];
    const bool joins = l->op == JZ_NN_CONV || l->op == JZ_NN_DEPTHWISE || l->op == JZ_NN_ADD;
    return joins && l->act == JZ_NN_LINEAR ? l : NULL;
}

/* Appends a layer, which makes the operation's output. */
static jz_status append(const work *w, jz_nn_layer layer, jz_nn_layer **out)
{
    jz_nn_graph *g = &w->net->graph;
    if (g->n_layers == JZ_NN_LAYERS_MAX)
        return JZ_FAIL(w->err, JZ_E_LIMIT, "more than %d layers", JZ_NN_LAYERS_MAX);
    JZ_TRY(shape_of(w, output(w), &layer.out));
    g->layers[g->n_layers] = layer;
    *out = &g->layers[g->n_layers++];
    output(w)->value = g->n_layers;
    return JZ_OK;
}

static void put_half(jz_buf *out, uint16_t half)
{
    jz_buf_putc(out, (char)(half & 0xff));
    jz_buf_putc(out, (char)(half >> 8));
}

static jz_status put_floats(const work *w, jz_bytes data, jz_buf *out)
{
    for (size_t i = 0; i < data.len; i += sizeof(float)) {
        float f;
        memcpy(&f, data.ptr + i, sizeof f);
        if (!(fabsf(f) <= 65504))
            return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "a weight that float16 cannot hold");
        put_half(out, jz_nn_to_half(f));
    }
    return JZ_OK;
}

/* Appends the n numbers of constant input i to the weights of a layer. */
static jz_status put_constant(const work *w, uint32_t i, uint64_t n, const jz_nn_layer *layer)
{
    jz_buf *out = &w->net->weights[layer - w->net->graph.layers];
    const jz_tflite_tensor *t = input(w, i);
    if (t == NULL || t->data.len == 0)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "input %u is no constant", i);
    const size_t each = t->type == JZ_TFLITE_FLOAT16 ? 2 : 4;
    if ((t->type != JZ_TFLITE_FLOAT16 && t->type != JZ_TFLITE_FLOAT32) || t->data.len / each != n ||
        t->data.len % each != 0)
        return JZ_FAIL(w->err, JZ_E_CORRUPT, "input %u: %zu bytes of type %u for %llu numbers", i,
                       t->data.len, (unsigned)t->type, (unsigned long long)n);
    w->net->weight_bytes += 2 * n; /* tensors may share a buffer: more comes out than went in */
    if (w->net->weight_bytes > JZ_NN_FILE_MAX)
        return JZ_FAIL(w->err, JZ_E_LIMIT, "more than %zu bytes of weights", JZ_NN_FILE_MAX);
    if (t->type == JZ_TFLITE_FLOAT32)
        return put_floats(w, t->data, out);
    jz_buf_put(out, t->data.ptr, t->data.len);
    return JZ_OK;
}

static jz_status put_zeros(const work *w, uint64_t n, const jz_nn_layer *layer)
{
    jz_buf *out = &w->net->weights[layer - w->net->graph.layers];
    for (uint64_t i = 0; i < n; i++)
        put_half(out, 0);
    return JZ_OK;
}

/* The activation that is part of an operation. */
static jz_status fused(const work *w, unsigned field, jz_nn_act *act)
{
    uint8_t code;
    JZ_TRY(jz_fb_u8(&w->op->options, field, 0, &code, w->err));
    if (code != 0 && code != 1 && code != 3)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "fused activation %u", code);
    *act = code == 1 ? JZ_NN_RELU : code == 3 ? JZ_NN_RELU6 : JZ_NN_LINEAR;
    return JZ_OK;
}

/* Padding in TensorFlow's way: SAME makes as many pixels as strides begin, the odd one behind. */
static void pad(uint32_t size, uint32_t kernel, uint32_t stride, uint32_t *before, uint32_t *after)
{
    const uint64_t n = ((uint64_t)size + stride - 1) / stride;
    const uint64_t reach = (n - 1) * stride + kernel;
    const uint32_t more = reach > size ? (uint32_t)(reach - size) : 0;
    *before = more / 2;
    *after = more - *before;
}

/* Strides and padding; the kernel of the layer is known. */
static jz_status sweep(const work *w, jz_nn_shape in, jz_nn_layer *l)
{
    uint8_t valid;
    uint32_t across;
    JZ_TRY(jz_fb_u8(&w->op->options, PADDING, 0, &valid, w->err));
    JZ_TRY(jz_fb_u32(&w->op->options, STRIDE_WIDTH, 0, &across, w->err));
    JZ_TRY(jz_fb_u32(&w->op->options, STRIDE_HEIGHT, 0, &l->stride, w->err));
    if (l->stride == 0 || l->stride > JZ_NN_KERNEL_MAX || across != l->stride || valid > 1)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "strides %u and %u, padding %u", l->stride, across,
                       valid);
    if (valid == 0) {
        pad(in.height, l->kernel_height, l->stride, &l->top, &l->bottom);
        pad(in.width, l->kernel_width, l->stride, &l->left, &l->right);
    }
    return JZ_OK;
}

static jz_status no_dilation(const work *w, unsigned width, unsigned height)
{
    uint32_t across, down;
    JZ_TRY(jz_fb_u32(&w->op->options, width, 1, &across, w->err));
    JZ_TRY(jz_fb_u32(&w->op->options, height, 1, &down, w->err));
    if (across != 1 || down != 1)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "dilation %u x %u", across, down);
    return JZ_OK;
}

/* The dimensions of the weights of a convolution: `first`, rows, columns, channels. */
static jz_status kernel(const work *w, uint32_t first, uint32_t channels, jz_nn_layer *l)
{
    const jz_tflite_tensor *t = input(w, 1);
    if (t == NULL || t->rank != 4 || t->dim[3] != channels || (first != 0 && t->dim[0] != first) ||
        t->dim[1] > JZ_NN_KERNEL_MAX || t->dim[2] > JZ_NN_KERNEL_MAX)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "weights of another shape, for %u channels",
                       channels);
    l->kernel_height = t->dim[1];
    l->kernel_width = t->dim[2];
    return JZ_OK;
}

/* Appends a layer with weights and biases. */
static jz_status append_weighted(const work *w, jz_nn_layer layer, jz_nn_shape in)
{
    jz_nn_layer *l;
    JZ_TRY(append(w, layer, &l));
    const uint64_t biases = l->out.channels;
    const uint64_t weights = jz_nn_weight_count(l, in) - biases;
    JZ_TRY(put_constant(w, 1, weights, l));
    return input(w, 2) == NULL ? put_zeros(w, biases, l) : put_constant(w, 2, biases, l);
}

static jz_status conv(const work *w)
{
    jz_tflite_tensor *in;
    jz_nn_shape shape;
    JZ_TRY(whole(w, 0, &in, &shape));
    jz_nn_layer l = { .op = JZ_NN_CONV, .in = { in->value, JZ_NN_NONE } };
    JZ_TRY(kernel(w, 0, shape.channels, &l));
    JZ_TRY(sweep(w, shape, &l));
    JZ_TRY(fused(w, CONV_ACT, &l.act));
    JZ_TRY(no_dilation(w, CONV_DILATION_WIDTH, CONV_DILATION_HEIGHT));
    return append_weighted(w, l, shape);
}

static jz_status depthwise(const work *w)
{
    jz_tflite_tensor *in;
    jz_nn_shape shape;
    JZ_TRY(whole(w, 0, &in, &shape));
    jz_nn_layer l = { .op = JZ_NN_DEPTHWISE, .in = { in->value, JZ_NN_NONE } };
    JZ_TRY(kernel(w, 1, shape.channels, &l)); /* more than one output a channel: another shape */
    JZ_TRY(sweep(w, shape, &l));
    JZ_TRY(fused(w, DEPTH_ACT, &l.act));
    JZ_TRY(no_dilation(w, DEPTH_DILATION_WIDTH, DEPTH_DILATION_HEIGHT));
    return append_weighted(w, l, shape);
}

/* A kernel as large as what it reads. */
static jz_status dense(const work *w)
{
    jz_tflite_tensor *in;
    jz_nn_shape shape;
    uint8_t format;
    JZ_TRY(whole(w, 0, &in, &shape));
    JZ_TRY(jz_fb_u8(&w->op->options, DENSE_FORMAT, 0, &format, w->err));
    if (format != 0)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "weights in format %u", format);
    jz_nn_layer l = { .op = JZ_NN_CONV,
                      .in = { in->value, JZ_NN_NONE },
                      .kernel_height = shape.height,
                      .kernel_width = shape.width,
                      .stride = 1 };
    JZ_TRY(fused(w, DENSE_ACT, &l.act));
    return append_weighted(w, l, shape);
}

static jz_status pool(const work *w, jz_nn_op code)
{
    jz_tflite_tensor *in;
    jz_nn_shape shape;
    jz_nn_layer *made;
    jz_nn_act act;
    JZ_TRY(whole(w, 0, &in, &shape));
    jz_nn_layer l = { .op = code, .in = { in->value, JZ_NN_NONE } };
    JZ_TRY(jz_fb_u32(&w->op->options, POOL_WIDTH, 0, &l.kernel_width, w->err));
    JZ_TRY(jz_fb_u32(&w->op->options, POOL_HEIGHT, 0, &l.kernel_height, w->err));
    JZ_TRY(fused(w, POOL_ACT, &act));
    if (act != JZ_NN_LINEAR || l.kernel_width > JZ_NN_KERNEL_MAX ||
        l.kernel_height > JZ_NN_KERNEL_MAX)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "a pool of %u x %u with activation %u",
                       l.kernel_height, l.kernel_width, (unsigned)act);
    JZ_TRY(sweep(w, shape, &l));
    return append(w, l, &made);
}

/* Puts an activation behind an input, with a PRELU's slopes. */
static jz_status activation(const work *w, jz_nn_act act)
{
    jz_tflite_tensor *in;
    jz_nn_shape shape;
    JZ_TRY(whole(w, 0, &in, &shape));
    jz_nn_layer *l = maker(w, in);
    if (l != NULL)
        output(w)->value = in->value;
    else
        JZ_TRY(append(w, (jz_nn_layer){ .op = JZ_NN_ADD, .in = { in->value, JZ_NN_NONE } }, &l));
    l->act = act;
    return act == JZ_NN_PRELU ? put_constant(w, 1, shape.channels, l) : JZ_OK;
}

/* Whether `more` can be added by the layer that makes `t`: it must stand before that layer. */
static jz_nn_layer *adder(const work *w, const jz_tflite_tensor *t, const jz_tflite_tensor *more)
{
    jz_nn_layer *l = maker(w, t);
    const bool free = l != NULL && l->op != JZ_NN_ADD && l->in[1] == JZ_NN_NONE;
    return free && more->value != 0 && more->value < t->value ? l : NULL;
}

static jz_status add(const work *w)
{
    jz_tflite_tensor *a, *b;
    jz_nn_shape shape, other;
    jz_nn_act act;
    JZ_TRY(operand(w, 0, &a, &shape));
    JZ_TRY(operand(w, 1, &b, &other));
    JZ_TRY(fused(w, ADD_ACT, &act));
    if (memcmp(&shape, &other, sizeof shape) != 0)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "an addition of two shapes");
    jz_nn_layer *l = adder(w, a, b);
    if (l == NULL) { /* then the other way round */
        jz_tflite_tensor *const c = a;
        a = b;
        b = c;
        l = adder(w, a, b);
    }
    if (l != NULL) {
        l->in[1] = b->value;
        output(w)->value = a->value;
    } else {
        const bool swap = a->padded;
        if (a->padded && b->padded)
            return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "an addition of padded tensors");
        JZ_TRY(append(
            w,
            (jz_nn_layer){ .op = JZ_NN_ADD,
                           .in = { swap ? b->value : a->value, swap ? a->value : b->value } },
            &l));
    }
    l->act = act;
    return JZ_OK;
}

/* Only channels behind the last: 7 zeros and a number. */
static jz_status pad_channels(const work *w)
{
    jz_tflite_tensor *in, *by = input(w, 1), *out = output(w);
    jz_nn_shape shape, padded;
    JZ_TRY(whole(w, 0, &in, &shape));
    JZ_TRY(shape_of(w, out, &padded));
    static const uint8_t zeros[7 * 4];
    if (in->rank != 4 || by == NULL || by->type != JZ_TFLITE_INT32 || by->data.len != 8 * 4 ||
        memcmp(by->data.ptr, zeros, sizeof zeros) != 0 || padded.height != shape.height ||
        padded.width != shape.width || padded.channels < shape.channels)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "padding of another kind than channels");
    out->value = in->value;
    out->padded = true;
    return JZ_OK;
}

static jz_status resize(const work *w)
{
    jz_tflite_tensor *in;
    jz_nn_shape shape;
    jz_nn_layer *l;
    uint8_t align, half;
    JZ_TRY(whole(w, 0, &in, &shape));
    JZ_TRY(jz_fb_u8(&w->op->options, RESIZE_ALIGN, 0, &align, w->err));
    JZ_TRY(jz_fb_u8(&w->op->options, RESIZE_HALF, 0, &half, w->err));
    if (align != 0 || half != 1)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "resizing not between the centres of pixels");
    return append(w, (jz_nn_layer){ .op = JZ_NN_RESIZE, .in = { in->value, JZ_NN_NONE } }, &l);
}

static jz_status reshape(const work *w)
{
    jz_tflite_tensor *in;
    jz_nn_shape shape;
    jz_nn_layer *l;
    JZ_TRY(whole(w, 0, &in, &shape));
    return append(w, (jz_nn_layer){ .op = JZ_NN_RESHAPE, .in = { in->value, JZ_NN_NONE } }, &l);
}

static jz_status concat(const work *w)
{
    jz_tflite_tensor *a, *b;
    jz_nn_shape shape;
    jz_nn_layer *l;
    jz_nn_act act;
    uint32_t axis;
    JZ_TRY(whole(w, 0, &a, &shape));
    JZ_TRY(whole(w, 1, &b, &shape));
    JZ_TRY(jz_fb_u32(&w->op->options, CONCAT_AXIS, 0, &axis, w->err));
    JZ_TRY(fused(w, CONCAT_ACT, &act));
    if (w->op->in.n != 2 || axis == 0 || axis >= a->rank || act != JZ_NN_LINEAR)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "%u tensors joined along dimension %d",
                       w->op->in.n, (int)axis);
    return append(w,
                  (jz_nn_layer){ .op = JZ_NN_CONCAT,
                                 .in = { a->value, b->value },
                                 .axis = axis + 3 - a->rank }, /* the last one: channels */
                  &l);
}

/* A constant in another type stays what it is: its numbers are read as they lie. */
static jz_status dequantize(const work *w)
{
    const jz_tflite_tensor *in = input(w, 0);
    jz_tflite_tensor *out = output(w);
    if (in == NULL || in->data.len == 0 || in->type != JZ_TFLITE_FLOAT16)
        return JZ_FAIL(w->err, JZ_E_UNSUPPORTED, "numbers that are not float16 made float");
    out->data = in->data;
    out->type = in->type;
    return JZ_OK;
}

jz_status jz_tflite_op_convert(jz_tflite_net *net, const jz_tflite_op *op, jz_err *err)
{
    const work w = { .net = net, .op = op, .err = err };
    if (op->out.n != 1 || output(&w)->value != JZ_NN_NONE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "it makes %u tensors, or one that is there already",
                       op->out.n);
    switch (op->code) {
    case ADD:
        return add(&w);
    case AVERAGE_POOL_2D:
        return pool(&w, JZ_NN_AVGPOOL);
    case CONCATENATION:
        return concat(&w);
    case CONV_2D:
        return conv(&w);
    case DEPTHWISE_CONV_2D:
        return depthwise(&w);
    case DEQUANTIZE:
        return dequantize(&w);
    case FULLY_CONNECTED:
        return dense(&w);
    case LOGISTIC:
        return activation(&w, JZ_NN_SIGMOID);
    case MAX_POOL_2D:
        return pool(&w, JZ_NN_MAXPOOL);
    case RELU:
        return activation(&w, JZ_NN_RELU);
    case RELU6:
        return activation(&w, JZ_NN_RELU6);
    case RESHAPE:
        return reshape(&w);
    case RESIZE_BILINEAR:
        return resize(&w);
    case PAD:
        return pad_channels(&w);
    case PRELU:
        return activation(&w, JZ_NN_PRELU);
    default:
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "an operation that is not known here");
    }
}
