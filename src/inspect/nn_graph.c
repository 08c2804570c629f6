/* SPDX-License-Identifier: Apache-2.0 */
/* What a graph must be like: every number of a model file is checked here, once. */
#include "inspect/nn.h"

#include <inttypes.h>

typedef struct layer_at { /* one layer under examination, for messages */
    const jz_nn_graph *g;
    const jz_nn_layer *l;
    uint32_t number; /* from 1: the value that it gives */
    jz_err *err;
} layer_at;

#define WRONG(at, code, ...) wrong((at), JZ_FAIL((at)->err, (code), __VA_ARGS__))

static jz_status wrong(const layer_at *at, jz_status st)
{
    if (at->number > 0)
        jz_err_wrap(at->err, "layer %u", at->number);
    else
        jz_err_wrap(at->err, "input");
    return st;
}

jz_nn_shape jz_nn_shape_of(const jz_nn_graph *g, uint32_t value)
{
    return value == 0 ? g->input : g->layers[value - 1].out;
}

static bool has_weights(const jz_nn_layer *l)
{
    return l->op == JZ_NN_CONV || l->op == JZ_NN_DEPTHWISE;
}

uint64_t jz_nn_weight_count(const jz_nn_layer *l, jz_nn_shape in)
{
    const uint64_t taps = (uint64_t)l->kernel_height * l->kernel_width;
    uint64_t n = 0;
    if (l->op == JZ_NN_CONV)
        n = taps * in.channels * l->out.channels;
    else if (l->op == JZ_NN_DEPTHWISE)
        n = taps * l->out.channels;
    if (has_weights(l))
        n += l->out.channels;
    if (l->act == JZ_NN_PRELU)
        n += l->out.channels;
    return n;
}

static bool equal(jz_nn_shape a, jz_nn_shape b)
{
    return a.height == b.height && a.width == b.width && a.channels == b.channels;
}

static jz_status check_shape(const layer_at *at, jz_nn_shape s)
{
    const uint64_t floats = (uint64_t)s.height * s.width * s.channels;
    if (s.height == 0 || s.width == 0 || s.channels == 0)
        return WRONG(at, JZ_E_CORRUPT, "an empty value of %u x %u x %u", s.height, s.width,
                     s.channels);
    if (s.height > JZ_NN_SIDE_MAX || s.width > JZ_NN_SIDE_MAX || s.channels > JZ_NN_SIDE_MAX ||
        floats > JZ_NN_FLOATS_MAX)
        return WRONG(at, JZ_E_LIMIT, "a value of %u x %u x %u", s.height, s.width, s.channels);
    return JZ_OK;
}

static jz_status check_inputs(const layer_at *at)
{
    const jz_nn_layer *l = at->l;
    if (l->in[0] >= at->number || (l->in[1] != JZ_NN_NONE && l->in[1] >= at->number))
        return WRONG(at, JZ_E_CORRUPT, "reads values %u and %u, of which not all stand before it",
                     l->in[0], l->in[1]);
    const bool adds = has_weights(l) || l->op == JZ_NN_ADD;
    if (l->in[1] == JZ_NN_NONE ? l->op == JZ_NN_CONCAT : !adds && l->op != JZ_NN_CONCAT)
        return WRONG(at, JZ_E_CORRUPT, "operation %u with second value %u", (unsigned)l->op,
                     l->in[1]);
    /* The input lies without the padding of channels that all kernels but one need. */
    if ((l->in[0] == 0 && l->op != JZ_NN_CONV) || l->in[1] == 0)
        return WRONG(at, JZ_E_UNSUPPORTED, "only a convolution reads the model's input");
    return JZ_OK;
}

static bool has_kernel(const jz_nn_layer *l)
{
    return has_weights(l) || l->op == JZ_NN_MAXPOOL || l->op == JZ_NN_AVGPOOL;
}

/* What a layer with a kernel gives; 0 rows or columns where the kernel does not fit. */
static jz_nn_shape swept(const jz_nn_layer *l, jz_nn_shape in)
{
    const uint32_t height = in.height + l->top + l->bottom, width = in.width + l->left + l->right;
    jz_nn_shape out = { .channels = l->op == JZ_NN_CONV ? l->out.channels : in.channels };
    if (height >= l->kernel_height && width >= l->kernel_width) {
        out.height = (height - l->kernel_height) / l->stride + 1;
        out.width = (width - l->kernel_width) / l->stride + 1;
    }
    return out;
}

static jz_status check_kernel(const layer_at *at)
{
    const jz_nn_layer *l = at->l;
    if (l->kernel_height == 0 || l->kernel_width == 0 || l->stride == 0 ||
        l->kernel_height > JZ_NN_KERNEL_MAX || l->kernel_width > JZ_NN_KERNEL_MAX ||
        l->stride > JZ_NN_KERNEL_MAX)
        return WRONG(at, JZ_E_CORRUPT, "kernel %u x %u, stride %u", l->kernel_height,
                     l->kernel_width, l->stride);
    if (l->top >= l->kernel_height || l->bottom >= l->kernel_height || l->left >= l->kernel_width ||
        l->right >= l->kernel_width)
        return WRONG(at, JZ_E_CORRUPT, "padding %u %u %u %u of a kernel %u x %u", l->top, l->left,
                     l->bottom, l->right, l->kernel_height, l->kernel_width);
    return JZ_OK;
}

/* What two values give, put one after the other; 0 rows where they do not fit. */
static jz_nn_shape joined(const jz_nn_layer *l, jz_nn_shape a, jz_nn_shape b)
{
    jz_nn_shape out = a;
    uint32_t *const side[] = { &out.height, &out.width, &out.channels };
    const uint32_t more[] = { b.height, b.width, b.channels };
    for (uint32_t i = 0; i < JZ_ARRAY_LEN(side); i++) {
        if (i == l->axis)
            *side[i] += more[i];
        else if (*side[i] != more[i])
            return (jz_nn_shape){ 0 };
    }
    return out;
}

/* The only shape that a layer can give. */
static jz_nn_shape expected(const layer_at *at, jz_nn_shape in)
{
    const jz_nn_layer *l = at->l;
    jz_nn_shape out = l->out;
    if (has_kernel(l))
        return swept(l, in);
    if (l->op == JZ_NN_CONCAT)
        return joined(l, in, jz_nn_shape_of(at->g, l->in[1]));
    if (l->op == JZ_NN_ADD)
        return in;
    if (l->op == JZ_NN_RESIZE)
        out.channels = in.channels;
    else if ((uint64_t)out.height * out.width * out.channels !=
             (uint64_t)in.height * in.width * in.channels)
        out = in; /* JZ_NN_RESHAPE */
    return out;
}

static jz_status check_second(const layer_at *at)
{
    if (at->l->in[1] == JZ_NN_NONE || at->l->op == JZ_NN_CONCAT)
        return JZ_OK;
    const jz_nn_shape out = at->l->out, more = jz_nn_shape_of(at->g, at->l->in[1]);
    if (more.height != out.height || more.width != out.width || more.channels > out.channels)
        return WRONG(at, JZ_E_CORRUPT, "%u x %u x %u added to %u x %u x %u", more.height,
                     more.width, more.channels, out.height, out.width, out.channels);
    return JZ_OK;
}

static jz_status check_work(const layer_at *at, jz_nn_shape in, uint64_t *macs)
{
    if (!has_kernel(at->l))
        return JZ_OK;
    const jz_nn_shape out = at->l->out; /* each factor is within its limit: below 2^62 */
    const uint64_t taps = (uint64_t)at->l->kernel_height * at->l->kernel_width *
                          (at->l->op == JZ_NN_CONV ? in.channels : 1);
    *macs += taps * ((uint64_t)out.height * out.width * out.channels);
    if (*macs > JZ_NN_MACS_MAX)
        return WRONG(at, JZ_E_LIMIT, "%" PRIu64 " multiply-adds so far", *macs);
    return JZ_OK;
}

jz_status jz_nn_check_layer(const jz_nn_graph *g, uint32_t i, uint64_t *macs, jz_err *err)
{
    const jz_nn_layer *l = &g->layers[i];
    const layer_at at = { .g = g, .l = l, .number = i + 1, .err = err };
    if (l->op < JZ_NN_CONV || l->op > JZ_NN_CONCAT || (unsigned)l->act > JZ_NN_SIGMOID)
        return WRONG(&at, JZ_E_UNSUPPORTED, "operation %u, activation %u", (unsigned)l->op,
                     (unsigned)l->act);
    if (l->act != JZ_NN_LINEAR && !has_weights(l) && l->op != JZ_NN_ADD)
        return WRONG(&at, JZ_E_UNSUPPORTED, "activation %u after operation %u", (unsigned)l->act,
                     (unsigned)l->op);
    JZ_TRY(check_inputs(&at));
    JZ_TRY(check_shape(&at, l->out));
    if (has_kernel(l))
        JZ_TRY(check_kernel(&at));
    const jz_nn_shape in = jz_nn_shape_of(g, l->in[0]);
    const jz_nn_shape out = expected(&at, in);
    if (!equal(out, l->out))
        return WRONG(&at, JZ_E_CORRUPT, "%u x %u x %u where operation %u gives %u x %u x %u",
                     l->out.height, l->out.width, l->out.channels, (unsigned)l->op, out.height,
                     out.width, out.channels);
    JZ_TRY(check_second(&at));
    return check_work(&at, in, macs);
}

static jz_status check_outputs(const jz_nn_graph *g, jz_err *err)
{
    if (g->n_outputs == 0 || g->n_outputs > JZ_NN_OUTPUTS_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%u outputs", g->n_outputs);
    for (uint32_t i = 0; i < g->n_outputs; i++)
        if (g->outputs[i] == 0 || g->outputs[i] > g->n_layers)
            return JZ_FAIL(err, JZ_E_CORRUPT, "output %u is value %u of %u", i, g->outputs[i],
                           g->n_layers);
    return JZ_OK;
}

jz_status jz_nn_check_frame(const jz_nn_graph *g, jz_err *err)
{
    if (g->n_layers == 0 || g->n_layers > JZ_NN_LAYERS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%u layers", g->n_layers);
    JZ_TRY(check_shape(&(layer_at){ .g = g, .err = err }, g->input));
    return check_outputs(g, err);
}

jz_status jz_nn_check(const jz_nn_graph *g, jz_err *err)
{
    uint64_t macs = 0;
    JZ_TRY(jz_nn_check_frame(g, err));
    for (uint32_t i = 0; i < g->n_layers; i++)
        JZ_TRY(jz_nn_check_layer(g, i, &macs, err));
    return JZ_OK;
}
