/* SPDX-License-Identifier: Apache-2.0 */
#include "nn_fixture.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

uint32_t nn_random(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % below;
}

float nn_random_float(uint64_t *seed)
{
    return (float)nn_random(seed, 1u << 24) / (1 << 23) - 1;
}

static bool has_kernel(jz_nn_op op)
{
    return op == JZ_NN_CONV || op == JZ_NN_DEPTHWISE || op == JZ_NN_MAXPOOL || op == JZ_NN_AVGPOOL;
}

static void shape_out(const jz_nn_graph *g, jz_nn_layer *l)
{
    const jz_nn_shape in = jz_nn_shape_of(g, l->in[0]);
    if (has_kernel(l->op)) {
        l->out.height = (in.height + l->top + l->bottom - l->kernel_height) / l->stride + 1;
        l->out.width = (in.width + l->left + l->right - l->kernel_width) / l->stride + 1;
        if (l->op != JZ_NN_CONV)
            l->out.channels = in.channels;
    } else if (l->op == JZ_NN_ADD) {
        l->out = in;
    } else if (l->op == JZ_NN_RESIZE) {
        l->out.channels = in.channels;
    } else if (l->op == JZ_NN_CONCAT) {
        const jz_nn_shape more = jz_nn_shape_of(g, l->in[1]);
        l->out = (jz_nn_shape){ in.height + (l->axis == 0 ? more.height : 0),
                                in.width + (l->axis == 1 ? more.width : 0),
                                in.channels + (l->axis == 2 ? more.channels : 0) };
    }
}

/* Weights that neither grow nor shrink what goes through them. */
static uint8_t *random_weights(nn_maker *m, const jz_nn_layer *l)
{
    const jz_nn_shape in = jz_nn_shape_of(&m->g, l->in[0]);
    const uint64_t n = jz_nn_weight_count(l, in);
    const double taps =
        (double)l->kernel_height * l->kernel_width * (l->op == JZ_NN_CONV ? in.channels : 1);
    const float scale = (float)(2 / sqrt(taps > 0 ? taps : 1));
    uint8_t *to = jz_alloc(2 * n);
    assert_non_null(to);
    for (uint64_t i = 0; i < n; i++) {
        const uint16_t h = jz_nn_to_half(scale * nn_random_float(&m->seed));
        to[2 * i] = (uint8_t)h;
        to[2 * i + 1] = (uint8_t)(h >> 8);
    }
    return to;
}

uint32_t nn_layer(nn_maker *m, jz_nn_layer layer)
{
    const uint32_t i = m->g.n_layers++;
    assert_true(i < NN_LAYERS);
    m->g.layers = m->layers;
    shape_out(&m->g, &layer);
    m->weights[i] = random_weights(m, &layer);
    layer.weights = m->weights[i];
    m->layers[i] = layer;
    return i + 1;
}

void nn_done(nn_maker *m)
{
    for (uint32_t i = 0; i < NN_LAYERS; i++)
        jz_free(m->weights[i]);
}

static jz_nn_act any_act(nn_maker *m)
{
    return (jz_nn_act)nn_random(&m->seed, JZ_NN_SIGMOID + 1);
}

/* A layer with a kernel, its sizes, strides and paddings at random. */
static jz_nn_layer any_kernel(nn_maker *m, jz_nn_op op, uint32_t in)
{
    const jz_nn_shape s = jz_nn_shape_of(&m->g, in);
    const uint32_t side = 1 + nn_random(&m->seed, 3), other = 1 + nn_random(&m->seed, 5);
    jz_nn_layer l = { .op = op, .in = { in, JZ_NN_NONE } };
    l.kernel_height = side < s.height ? side : s.height;
    l.kernel_width = other < s.width ? other : s.width;
    l.stride = 1 + nn_random(&m->seed, 2);
    l.top = nn_random(&m->seed, l.kernel_height);
    l.bottom = nn_random(&m->seed, l.kernel_height);
    l.left = nn_random(&m->seed, l.kernel_width);
    l.right = nn_random(&m->seed, l.kernel_width);
    l.out.channels = 1 + nn_random(&m->seed, 70);
    return l;
}

/* Two layers, of which the second adds a value with as many channels or fewer. */
static uint32_t any_sum(nn_maker *m, uint32_t in)
{
    const jz_nn_shape s = jz_nn_shape_of(&m->g, in);
    jz_nn_layer l = { .op = JZ_NN_CONV, .kernel_height = 3, .kernel_width = 3, .stride = 1 };
    l.top = l.bottom = l.left = l.right = 1;
    l.in[0] = in;
    l.in[1] = in;
    l.act = any_act(m);
    l.out.channels = s.channels + nn_random(&m->seed, 40);
    const uint32_t more = nn_layer(m, l);
    const jz_nn_layer thin = { .op = JZ_NN_CONV,
                               .act = any_act(m),
                               .in = { in, JZ_NN_NONE },
                               .kernel_height = 1,
                               .kernel_width = 1,
                               .stride = 1,
                               .out.channels = 1 + nn_random(&m->seed, s.channels) };
    const uint32_t less = nn_layer(m, thin);
    const uint32_t both =
        nn_layer(m, (jz_nn_layer){ .op = JZ_NN_ADD, .act = any_act(m), .in = { more, less } });
    l = any_kernel(m, JZ_NN_DEPTHWISE, both);
    l.act = any_act(m);
    return nn_layer(m, l);
}

static uint32_t any_shape(nn_maker *m, uint32_t in)
{
    const jz_nn_shape s = jz_nn_shape_of(&m->g, in);
    const uint32_t large =
        nn_layer(m, (jz_nn_layer){ .op = JZ_NN_RESIZE,
                                   .in = { in, JZ_NN_NONE },
                                   .out = { 1 + nn_random(&m->seed, 20),
                                            1 + nn_random(&m->seed, 20), s.channels } });
    const uint32_t twice = nn_layer(m, (jz_nn_layer){ .op = JZ_NN_CONCAT,
                                                      .in = { large, large },
                                                      .axis = nn_random(&m->seed, 3) });
    const jz_nn_shape t = jz_nn_shape_of(&m->g, twice);
    return nn_layer(m, (jz_nn_layer){ .op = JZ_NN_RESHAPE,
                                      .in = { twice, JZ_NN_NONE },
                                      .out = { t.channels, t.height, t.width } });
}

void nn_any(nn_maker *m, uint64_t seed)
{
    m->seed = seed;
    m->g.input = (jz_nn_shape){ 5 + nn_random(&m->seed, 25), 5 + nn_random(&m->seed, 25),
                                1 + nn_random(&m->seed, 7) };
    memcpy(m->g.name, "any", sizeof "any");
    jz_nn_layer l = any_kernel(m, JZ_NN_CONV, 0);
    l.act = any_act(m);
    uint32_t at = nn_layer(m, l);
    at = any_sum(m, at);
    m->g.outputs[m->g.n_outputs++] = at;
    at = nn_layer(m, any_kernel(m, JZ_NN_MAXPOOL, at));
    at = any_shape(m, at);
    at = nn_layer(m, any_kernel(m, JZ_NN_CONV, at));
    at = nn_layer(m, any_kernel(m, JZ_NN_AVGPOOL, at));
    m->g.outputs[m->g.n_outputs++] = at;
    const jz_nn_shape s = jz_nn_shape_of(&m->g, at);
    l = (jz_nn_layer){ .op = JZ_NN_CONV, .in = { at, JZ_NN_NONE }, .stride = 1 };
    l.kernel_height = s.height < JZ_NN_KERNEL_MAX ? s.height : JZ_NN_KERNEL_MAX;
    l.kernel_width = s.width < JZ_NN_KERNEL_MAX ? s.width : JZ_NN_KERNEL_MAX;
    l.out.channels = 3;
    l.act = JZ_NN_SIGMOID;
    m->g.outputs[m->g.n_outputs++] = nn_layer(m, l);
}

jz_nn *nn_model(const jz_nn_graph *g)
{
    JZ_BUF_AUTO file = { 0 };
    jz_nn *nn = NULL;
    jz_err err = { 0 };
    if (jz_nn_encode(g, &file, &err) != JZ_OK ||
        jz_nn_new((jz_bytes){ (const uint8_t *)file.ptr, file.len }, &nn, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    return nn;
}

const jz_nn_dsp *nn_table(size_t i)
{
    static jz_nn_dsp wide;
    const jz_nn_dsp *dsp = jz_nn_dsp_at(i);
    if (dsp != NULL || (i > 0 && jz_nn_dsp_at(i - 1) == NULL))
        return dsp;
    wide = nn_dsp_wide();
    return &wide;
}
