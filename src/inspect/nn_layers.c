/* SPDX-License-Identifier: Apache-2.0 */
/* One layer: its numbers become addresses for the kernels. What no kernel does (means, sigmoids,
 * other shapes) is rare and small, and is done here in plain C. */
#include "inspect/nn_model.h"

#include <string.h>

typedef struct step { /* one layer in work */
    const jz_nn_layer *l;
    const jz_nn_value *in, *more, *out; /* more: NULL without a second value */
    const float *bias, *weights, *slope;
    const jz_nn_dsp *dsp;
    float *memory;
} step;

static float *pixel(const jz_nn_value *v, float *memory, size_t y, size_t x)
{
    return jz_nn_pixels(v, memory) + y * v->row + x * v->pixel;
}

/* The memory of a value may have held another: its margin is to be zero. */
static void clear_margin(const jz_nn_value *v, float *memory)
{
    float *row = memory + v->at;
    const size_t inner = v->shape.width * v->pixel;
    memset(row, 0, v->top * v->row * sizeof *row);
    row += v->top * v->row;
    for (uint32_t y = 0; y < v->shape.height; y++, row += v->row) {
        memset(row, 0, v->left * v->pixel * sizeof *row);
        memset(row + v->left * v->pixel + inner, 0, v->right * v->pixel * sizeof *row);
    }
    memset(row, 0, v->bottom * v->row * sizeof *row);
}

static void run_sweep(const step *s)
{
    const jz_nn_layer *l = s->l;
    const jz_nn_value *in = s->in, *out = s->out, *more = s->more;
    const jz_nn_sweep w = {
        .in = jz_nn_pixels(in, s->memory) - l->top * in->row - l->left * in->pixel,
        .add = more != NULL ? jz_nn_pixels(more, s->memory) : NULL,
        .out = jz_nn_pixels(out, s->memory),
        .in_row = in->row,
        .in_pixel = in->pixel,
        .add_row = more != NULL ? more->row : 0,
        .add_pixel = more != NULL ? more->pixel : 0,
        .out_row = out->row,
        .out_pixel = out->pixel,
        .out_height = out->shape.height,
        .out_width = out->shape.width,
        .kernel_height = l->kernel_height,
        .kernel_width = l->kernel_width,
        .stride = l->stride,
        .in_channels = in->shape.channels,
        .blocks = (uint32_t)(out->pixel / JZ_NN_BLOCK),
        .add_blocks = more != NULL ? (uint32_t)(more->pixel / JZ_NN_BLOCK) : 0,
        .act = l->act,
        .weights = s->weights,
        .bias = s->bias,
        .slope = s->slope != NULL ? s->slope : s->bias, /* never read without JZ_NN_PRELU */
    };
    if (l->op == JZ_NN_CONV)
        s->dsp->conv(&w);
    else
        s->dsp->depthwise(&w);
}

static void run_add(const step *s)
{
    const size_t n = s->out->pixel, both = s->more != NULL ? s->more->pixel : 0;
    for (size_t y = 0; y < s->out->shape.height; y++)
        for (size_t x = 0; x < s->out->shape.width; x++) {
            const float *a = pixel(s->in, s->memory, y, x);
            const float *b = both > 0 ? pixel(s->more, s->memory, y, x) : NULL;
            float *out = pixel(s->out, s->memory, y, x);
            const float *slope = s->slope != NULL ? s->slope : a;
            s->dsp->add(a, b, slope, s->l->act, both > 0 ? both : n, out);
            if (both > 0 && both < n)
                s->dsp->add(a + both, NULL, slope + both, s->l->act, n - both, out + both);
        }
}

/* The part of a kernel that lies on the value: the taps from first to before end. */
typedef struct span {
    size_t first, end;
} span;

static span taps(size_t at, uint32_t stride, uint32_t pad, uint32_t kernel, uint32_t size)
{
    const size_t from = at * stride, to = from + kernel;
    return (span){ from > pad ? from - pad : 0, to - pad < size ? to - pad : size };
}

static void pool_max(const step *s, span v, span h, float *out)
{
    const size_t n = s->out->pixel;
    memcpy(out, pixel(s->in, s->memory, v.first, h.first), n * sizeof *out);
    for (size_t y = v.first; y < v.end; y++)
        for (size_t x = h.first; x < h.end; x++)
            s->dsp->max(pixel(s->in, s->memory, y, x), n, out);
}

static void pool_mean(const step *s, span v, span h, float *out)
{
    const size_t n = s->out->pixel;
    const float count = (float)((v.end - v.first) * (h.end - h.first));
    memset(out, 0, n * sizeof *out);
    for (size_t y = v.first; y < v.end; y++)
        for (size_t x = h.first; x < h.end; x++)
            s->dsp->add(out, pixel(s->in, s->memory, y, x), out, JZ_NN_LINEAR, n, out);
    for (size_t i = 0; i < n; i++)
        out[i] /= count;
}

static void run_pool(const step *s)
{
    const jz_nn_layer *l = s->l;
    for (size_t y = 0; y < s->out->shape.height; y++) {
        const span v = taps(y, l->stride, l->top, l->kernel_height, s->in->shape.height);
        for (size_t x = 0; x < s->out->shape.width; x++) {
            const span h = taps(x, l->stride, l->left, l->kernel_width, s->in->shape.width);
            float *out = pixel(s->out, s->memory, y, x);
            if (l->op == JZ_NN_MAXPOOL)
                pool_max(s, v, h, out);
            else
                pool_mean(s, v, h, out);
        }
    }
}

/* Between which two rows (or columns) of `from` the centre of row `at` of `to` lies, and how far.
 */
static float between(size_t at, uint32_t to, uint32_t from, size_t pair[2])
{
    const double centre = ((double)at + 0.5) * from / to - 0.5;
    const double inside = centre < 0 ? 0 : centre > from - 1 ? from - 1 : centre;
    pair[0] = (size_t)inside;
    pair[1] = pair[0] + 1 < from ? pair[0] + 1 : pair[0];
    return (float)(inside - (double)pair[0]);
}

static void run_resize(const step *s)
{
    const jz_nn_shape from = s->in->shape, to = s->out->shape;
    size_t row[2], column[2];
    for (size_t y = 0; y < to.height; y++) {
        const float fy = between(y, to.height, from.height, row);
        for (size_t x = 0; x < to.width; x++) {
            const float fx = between(x, to.width, from.width, column);
            const float *const p[] = {
                pixel(s->in, s->memory, row[0], column[0]),
                pixel(s->in, s->memory, row[0], column[1]),
                pixel(s->in, s->memory, row[1], column[0]),
                pixel(s->in, s->memory, row[1], column[1]),
            };
            s->dsp->lerp(p, fx, fy, s->out->pixel, pixel(s->out, s->memory, y, x));
        }
    }
}

/* The i-th number of a value, in the order of rows, columns, channels. */
static float *number(const jz_nn_value *v, float *memory, size_t i)
{
    const size_t c = i % v->shape.channels, p = i / v->shape.channels;
    return pixel(v, memory, p / v->shape.width, p % v->shape.width) + c;
}

static void run_reshape(const step *s)
{
    const jz_nn_shape shape = s->in->shape;
    const size_t n = (size_t)shape.height * shape.width * shape.channels;
    for (size_t i = 0; i < n; i++)
        *number(s->out, s->memory, i) = *number(s->in, s->memory, i);
}

/* Copies a value into a larger one, to its row y, column x and channel c. */
static void place(const step *s, const jz_nn_value *from, size_t y, size_t x, size_t c)
{
    for (size_t i = 0; i < from->shape.height; i++)
        for (size_t j = 0; j < from->shape.width; j++)
            memcpy(pixel(s->out, s->memory, y + i, x + j) + c, pixel(from, s->memory, i, j),
                   from->shape.channels * sizeof(float));
}

static void run_concat(const step *s)
{
    const jz_nn_shape first = s->in->shape;
    const uint32_t axis = s->l->axis;
    place(s, s->in, 0, 0, 0);
    place(s, s->more, axis == 0 ? first.height : 0, axis == 1 ? first.width : 0,
          axis == 2 ? first.channels : 0);
}

static void run_sigmoid(const step *s)
{
    const jz_nn_shape shape = s->out->shape;
    const size_t n = (size_t)shape.height * shape.width * shape.channels;
    for (size_t i = 0; i < n; i++) {
        float *x = number(s->out, s->memory, i);
        *x = jz_nn_sigmoid(*x);
    }
}

static void (*const runs[])(const step *s) = {
    [JZ_NN_CONV] = run_sweep,      [JZ_NN_DEPTHWISE] = run_sweep, [JZ_NN_ADD] = run_add,
    [JZ_NN_MAXPOOL] = run_pool,    [JZ_NN_AVGPOOL] = run_pool,    [JZ_NN_RESIZE] = run_resize,
    [JZ_NN_RESHAPE] = run_reshape, [JZ_NN_CONCAT] = run_concat,
};

void jz_nn_layer_run(const jz_nn *nn, uint32_t i, const jz_nn_dsp *dsp, float *memory)
{
    const jz_nn_layer *l = &nn->graph.layers[i];
    const step s = {
        .l = l,
        .in = &nn->values[l->in[0]],
        .more = l->in[1] != JZ_NN_NONE ? &nn->values[l->in[1]] : NULL,
        .out = &nn->values[i + 1],
        .bias = nn->layer_bias[i],
        .weights = nn->layer_weights[i],
        .slope = nn->layer_slope[i],
        .dsp = dsp,
        .memory = memory,
    };
    if (l->op == JZ_NN_RESHAPE || l->op == JZ_NN_CONCAT)
        memset(memory + s.out->at, 0, s.out->size * sizeof *memory); /* fills channels up */
    else
        clear_margin(s.out, memory);
    runs[l->op](&s);
    if (l->act == JZ_NN_SIGMOID)
        run_sigmoid(&s);
}
