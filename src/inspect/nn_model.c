/* SPDX-License-Identifier: Apache-2.0 */
/* From a model file to memory: where each value will lie, and the weights as kernels read them. */
#include "inspect/nn_model.h"

#include "base/alloc.h"
#include "inspect/nn_file.h"

#include <string.h>

#define ALIGNMENT ((size_t)64)
#define FLOATS_MAX ((size_t)1 << 26) /* of weights, and of a run's memory */

static size_t whole_blocks(uint32_t channels)
{
    return (channels + JZ_NN_BLOCK - 1) / JZ_NN_BLOCK * (size_t)JZ_NN_BLOCK;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static bool is_sweep(const jz_nn_layer *l)
{
    return l->op == JZ_NN_CONV || l->op == JZ_NN_DEPTHWISE;
}

float *jz_nn_alloc(size_t floats, void **block)
{
    *block = jz_alloc_zero(floats * sizeof(float) + ALIGNMENT, 1);
    if (*block == NULL)
        return NULL;
    const size_t over = (uintptr_t)*block % ALIGNMENT;
    return (float *)(void *)((uint8_t *)*block + (over > 0 ? ALIGNMENT - over : 0));
}

/* A value lives from the layer that writes it to the last that reads it; outputs, to the end. */
static void find_lives(jz_nn *nn)
{
    const jz_nn_graph *g = &nn->graph;
    for (uint32_t i = 0; i <= g->n_layers; i++)
        nn->values[i] = (jz_nn_value){ .shape = jz_nn_shape_of(g, i), .first = i, .last = i };
    for (uint32_t i = 0; i < g->n_layers; i++) {
        const jz_nn_layer *l = &g->layers[i];
        for (unsigned k = 0; k < JZ_ARRAY_LEN(l->in); k++)
            if (l->in[k] != JZ_NN_NONE)
                nn->values[l->in[k]].last = i + 1;
        jz_nn_value *v = &nn->values[l->in[0]];
        if (is_sweep(l)) {
            v->top = larger(v->top, l->top);
            v->left = larger(v->left, l->left);
            v->bottom = larger(v->bottom, l->bottom);
            v->right = larger(v->right, l->right);
        }
    }
    for (uint32_t i = 0; i < g->n_outputs; i++)
        nn->values[g->outputs[i]].last = g->n_layers + 1;
}

static jz_status find_sizes(jz_nn *nn, jz_err *err)
{
    for (uint32_t i = 0; i <= nn->graph.n_layers; i++) {
        jz_nn_value *v = &nn->values[i];
        v->pixel = i == 0 ? v->shape.channels : whole_blocks(v->shape.channels);
        v->row = (v->left + v->shape.width + v->right) * v->pixel;
        v->size = (v->top + v->shape.height + v->bottom) * v->row;
        v->size = (v->size + JZ_NN_BLOCK - 1) / JZ_NN_BLOCK * JZ_NN_BLOCK;
        if (v->size > JZ_NN_FLOATS_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "%zu floats for a value of %u x %u x %u", v->size,
                           v->shape.height, v->shape.width, v->shape.channels);
    }
    return JZ_OK;
}

static bool live_together(const jz_nn_value *a, const jz_nn_value *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* Gives each value the first place where nothing lies that is needed at the same time. placed holds
 * those that have one, by place. */
static void find_places(jz_nn *nn, jz_nn_value **placed)
{
    for (uint32_t i = 0; i <= nn->graph.n_layers; i++) {
        jz_nn_value *v = &nn->values[i];
        for (uint32_t k = 0; k < i; k++) {
            const jz_nn_value *p = placed[k];
            if (!live_together(v, p))
                continue;
            if (v->at + v->size <= p->at)
                break;
            if (p->at + p->size > v->at)
                v->at = p->at + p->size;
        }
        uint32_t k = i;
        for (; k > 0 && placed[k - 1]->at > v->at; k--)
            placed[k] = placed[k - 1];
        placed[k] = v;
        if (v->at + v->size > nn->memory)
            nn->memory = v->at + v->size;
    }
}

static jz_status plan(jz_nn *nn, jz_err *err)
{
    const uint32_t n = nn->graph.n_layers + 1;
    nn->values = jz_alloc_zero(n, sizeof *nn->values);
    jz_nn_value **placed = jz_alloc_zero(n, sizeof(jz_nn_value *));
    jz_status st = JZ_OK;
    if (nn->values == NULL || placed == NULL)
        st = JZ_FAIL(err, JZ_E_NOMEM, "%u values", n);
    if (st == JZ_OK) {
        find_lives(nn);
        st = find_sizes(nn, err);
    }
    if (st == JZ_OK)
        find_places(nn, placed);
    jz_free(placed);
    if (st == JZ_OK && nn->memory > FLOATS_MAX)
        st = JZ_FAIL(err, JZ_E_LIMIT, "%zu floats for one run", nn->memory);
    return st;
}

/* Taps of one output channel. */
static size_t taps_of(const jz_nn_layer *l, jz_nn_shape in)
{
    const size_t taps = (size_t)l->kernel_height * l->kernel_width;
    return l->op == JZ_NN_CONV ? taps * in.channels : taps;
}

/* Floats of a layer's weights, biases and slopes as kernels read them. */
static size_t packed_size(const jz_nn_graph *g, const jz_nn_layer *l)
{
    const size_t c = whole_blocks(l->out.channels);
    const size_t slopes = l->act == JZ_NN_PRELU ? c : 0;
    return is_sweep(l) ? c * (taps_of(l, jz_nn_shape_of(g, l->in[0])) + 1) + slopes : slopes;
}

static float half_at(const uint8_t *p, size_t i)
{
    return jz_nn_half((uint16_t)(p[2 * i] | p[2 * i + 1] << 8));
}

static void pack_row(const uint8_t *from, size_t n, float *to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = half_at(from, i);
}

/* [channel out][tap] to [block][tap][16]. */
static void pack_conv(const uint8_t *from, size_t channels, size_t taps, float *to)
{
    for (size_t c = 0; c < channels; c++) {
        float *block = to + c / JZ_NN_BLOCK * taps * JZ_NN_BLOCK + c % JZ_NN_BLOCK;
        for (size_t t = 0; t < taps; t++)
            block[t * JZ_NN_BLOCK] = half_at(from, c * taps + t);
    }
}

/* Packs layer i to `to`; returns what comes after. */
static float *pack_layer(jz_nn *nn, uint32_t i, float *to)
{
    const jz_nn_layer *l = &nn->graph.layers[i];
    const size_t channels = l->out.channels, c = whole_blocks(l->out.channels);
    const uint8_t *from = l->weights;
    if (is_sweep(l)) {
        const size_t taps = taps_of(l, jz_nn_shape_of(&nn->graph, l->in[0]));
        nn->layer_weights[i] = to;
        if (l->op == JZ_NN_CONV)
            pack_conv(from, channels, taps, to);
        for (size_t t = 0; t < taps && l->op == JZ_NN_DEPTHWISE; t++)
            pack_row(from + 2 * t * channels, channels, to + t * c);
        from += 2 * taps * channels;
        to += taps * c;
        nn->layer_bias[i] = to;
        pack_row(from, channels, to);
        from += 2 * channels;
        to += c;
    }
    if (l->act == JZ_NN_PRELU) {
        nn->layer_slope[i] = to;
        pack_row(from, channels, to);
        to += c;
    }
    return to;
}

static jz_status pack(jz_nn *nn, jz_err *err)
{
    const uint32_t n = nn->graph.n_layers;
    size_t floats = 0;
    for (uint32_t i = 0; i < n; i++) {
        floats += packed_size(&nn->graph, &nn->graph.layers[i]);
        if (floats > FLOATS_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %zu floats of weights", FLOATS_MAX);
    }
    nn->weights = jz_nn_alloc(floats, &nn->weight_block);
    nn->layer_weights = jz_alloc_zero(n, sizeof(float *));
    nn->layer_bias = jz_alloc_zero(n, sizeof(float *));
    nn->layer_slope = jz_alloc_zero(n, sizeof(float *));
    if (nn->weights == NULL || nn->layer_weights == NULL || nn->layer_bias == NULL ||
        nn->layer_slope == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu weights", floats);
    float *to = nn->weights;
    for (uint32_t i = 0; i < n; i++) {
        to = pack_layer(nn, i, to);
        nn->graph.layers[i].weights = NULL; /* the file may go */
    }
    return JZ_OK;
}

jz_status jz_nn_new(jz_bytes file, jz_nn **out, jz_err *err)
{
    jz_auto(jz_nn) *nn = jz_alloc_zero(1, sizeof *nn);
    if (nn == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a model");
    JZ_TRY(jz_nn_decode(file, &nn->graph, nn->hash, &nn->macs, err));
    JZ_TRY_CTX(plan(nn, err), err, "model %s", nn->graph.name);
    JZ_TRY_CTX(pack(nn, err), err, "model %s", nn->graph.name);
    *out = JZ_TAKE(nn);
    return JZ_OK;
}

void jz_nn_free(jz_nn *nn)
{
    if (nn == NULL)
        return;
    jz_free(nn->graph.layers);
    jz_free(nn->values);
    jz_free(nn->layer_weights);
    jz_free(nn->layer_bias);
    jz_free(nn->layer_slope);
    jz_free(nn->weight_block);
    jz_free(nn);
}

const char *jz_nn_name(const jz_nn *nn)
{
    return nn->graph.name;
}

const uint8_t *jz_nn_hash(const jz_nn *nn)
{
    return nn->hash;
}

jz_nn_shape jz_nn_input_shape(const jz_nn *nn)
{
    return nn->graph.input;
}

uint32_t jz_nn_outputs(const jz_nn *nn)
{
    return nn->graph.n_outputs;
}

jz_nn_shape jz_nn_output_shape(const jz_nn *nn, uint32_t i)
{
    return jz_nn_shape_of(&nn->graph, nn->graph.outputs[i]);
}

uint64_t jz_nn_macs(const jz_nn *nn)
{
    return nn->macs;
}
