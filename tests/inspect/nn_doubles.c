/* SPDX-License-Identifier: Apache-2.0 */
/* Networks in plain double arithmetic, straight from the definitions in nn.h and the weights as
 * they stand in a file: nothing is shared with the code under test but the structs. */
#include "nn_fixture.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

static size_t numbers(jz_nn_shape s)
{
    return (size_t)s.height * s.width * s.channels;
}

/* A number of a value; 0 outside its rows and columns, and behind its channels. */
static double at(jz_nn_shape s, const double *v, int64_t y, int64_t x, size_t c)
{
    if (y < 0 || x < 0 || y >= s.height || x >= s.width || c >= s.channels)
        return 0;
    return v[((size_t)y * s.width + (size_t)x) * s.channels + c];
}

static double weight(const jz_nn_layer *l, size_t i)
{
    return (double)jz_nn_half((uint16_t)(l->weights[2 * i] | l->weights[2 * i + 1] << 8));
}

static double activated(const jz_nn_layer *l, double x, double slope)
{
    switch (l->act) {
    case JZ_NN_RELU:
        return fmax(x, 0);
    case JZ_NN_RELU6:
        return fmin(fmax(x, 0), 6);
    case JZ_NN_PRELU:
        return x > 0 ? x : x * slope;
    case JZ_NN_SIGMOID:
        return 1 / (1 + exp(-x));
    default:
        return x;
    }
}

typedef struct place { /* one number of what a layer gives */
    const jz_nn_layer *l;
    jz_nn_shape in, more;
    const double *a, *b; /* the values read */
    size_t y, x, c;
} place;

static double weighted(const place *p)
{
    const jz_nn_layer *l = p->l;
    const bool conv = l->op == JZ_NN_CONV;
    const size_t each = conv ? p->in.channels : 1; /* channels under one tap */
    double sum = 0;
    for (uint32_t ky = 0; ky < l->kernel_height; ky++)
        for (uint32_t kx = 0; kx < l->kernel_width; kx++)
            for (size_t c = 0; c < each; c++) {
                const size_t tap = (size_t)ky * l->kernel_width + kx;
                const int64_t y = (int64_t)(p->y * l->stride + ky) - l->top;
                const int64_t x = (int64_t)(p->x * l->stride + kx) - l->left;
                const size_t i = conv ? (p->c * l->kernel_height * l->kernel_width + tap) * each + c
                                      : tap * l->out.channels + p->c;
                sum += weight(l, i) * at(p->in, p->a, y, x, conv ? c : p->c);
            }
    const size_t biases =
        jz_nn_weight_count(l, p->in) - l->out.channels * (l->act == JZ_NN_PRELU ? (size_t)2 : 1);
    return sum + weight(l, biases + p->c);
}

static double pooled(const place *p)
{
    const jz_nn_layer *l = p->l;
    double most = -(double)INFINITY, sum = 0, n = 0;
    for (uint32_t ky = 0; ky < l->kernel_height; ky++)
        for (uint32_t kx = 0; kx < l->kernel_width; kx++) {
            const int64_t y = (int64_t)(p->y * l->stride + ky) - l->top;
            const int64_t x = (int64_t)(p->x * l->stride + kx) - l->left;
            if (y < 0 || x < 0 || y >= p->in.height || x >= p->in.width)
                continue;
            most = fmax(most, at(p->in, p->a, y, x, p->c));
            sum += at(p->in, p->a, y, x, p->c);
            n++;
        }
    return l->op == JZ_NN_MAXPOOL ? most : sum / n;
}

static double resized(const place *p)
{
    const double v = ((double)p->y + 0.5) * p->in.height / p->l->out.height - 0.5;
    const double h = ((double)p->x + 0.5) * p->in.width / p->l->out.width - 0.5;
    double sum = 0;
    for (int64_t y = (int64_t)floor(v); y <= (int64_t)floor(v) + 1; y++)
        for (int64_t x = (int64_t)floor(h); x <= (int64_t)floor(h) + 1; x++) {
            const int64_t cy = y < 0 ? 0 : y >= p->in.height ? p->in.height - 1 : y;
            const int64_t cx = x < 0 ? 0 : x >= p->in.width ? p->in.width - 1 : x;
            sum += (1 - fabs(v - (double)y)) * (1 - fabs(h - (double)x)) *
                   at(p->in, p->a, cy, cx, p->c);
        }
    return sum;
}

static double joined(const place *p)
{
    const uint32_t axis = p->l->axis;
    const size_t first[] = { p->in.height, p->in.width, p->in.channels };
    const size_t where[] = { p->y, p->x, p->c };
    if (where[axis] < first[axis])
        return at(p->in, p->a, (int64_t)p->y, (int64_t)p->x, p->c);
    return at(p->more, p->b, (int64_t)(p->y - (axis == 0 ? first[0] : 0)),
              (int64_t)(p->x - (axis == 1 ? first[1] : 0)), p->c - (axis == 2 ? first[2] : 0));
}

static double one(const place *p)
{
    const jz_nn_layer *l = p->l;
    double x = 0;
    switch (l->op) {
    case JZ_NN_CONCAT:
        return joined(p);
    case JZ_NN_RESIZE:
        return resized(p);
    case JZ_NN_MAXPOOL:
    case JZ_NN_AVGPOOL:
        return pooled(p);
    case JZ_NN_RESHAPE:
        return p->a[(p->y * l->out.width + p->x) * l->out.channels + p->c];
    case JZ_NN_ADD:
        x = at(p->in, p->a, (int64_t)p->y, (int64_t)p->x, p->c);
        break;
    default:
        x = weighted(p);
    }
    if (l->in[1] != JZ_NN_NONE)
        x += at(p->more, p->b, (int64_t)p->y, (int64_t)p->x, p->c);
    const size_t n = jz_nn_weight_count(l, p->in);
    return activated(l, x, l->act == JZ_NN_PRELU ? weight(l, n - l->out.channels + p->c) : 0);
}

static double *layer(const jz_nn_graph *g, uint32_t i, double **values)
{
    const jz_nn_layer *l = &g->layers[i];
    const bool two = l->in[1] != JZ_NN_NONE;
    double *out = jz_alloc(numbers(l->out) * sizeof *out), *to = out;
    assert_non_null(out);
    place p = { .l = l, .in = jz_nn_shape_of(g, l->in[0]), .a = values[l->in[0]] };
    if (two) {
        p.more = jz_nn_shape_of(g, l->in[1]);
        p.b = values[l->in[1]];
    }
    for (p.y = 0; p.y < l->out.height; p.y++)
        for (p.x = 0; p.x < l->out.width; p.x++)
            for (p.c = 0; p.c < l->out.channels; p.c++)
                *to++ = one(&p);
    return out;
}

double **nn_in_doubles(const jz_nn_graph *g, const float *input)
{
    double **values = jz_alloc_zero(g->n_layers + 1, sizeof *values);
    assert_non_null(values);
    values[0] = jz_alloc(numbers(g->input) * sizeof(double));
    assert_non_null(values[0]);
    for (size_t i = 0; i < numbers(g->input); i++)
        values[0][i] = (double)input[i];
    for (uint32_t i = 0; i < g->n_layers; i++)
        values[i + 1] = layer(g, i, values);
    return values;
}

void nn_free_values(const jz_nn_graph *g, double **values)
{
    for (uint32_t i = 0; i <= g->n_layers; i++)
        jz_free(values[i]);
    jz_free(values);
}
