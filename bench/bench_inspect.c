/* SPDX-License-Identifier: Apache-2.0 */
/* Convolutions of the shapes that the networks in use have, beside oneDNN's, on one thread. Only
 * the layer is timed; oneDNN has its own layouts, and turning into them is not counted. */
#include "bench/bench.h"
#include "bench/bench_inspect_faces.h"
#include "bench/onednn.h"

#include "base/alloc.h"
#include "inspect/nn_model.h"

#include <stdio.h>
#include <string.h>

#define REPEATS 15
#define TARGET_S 0.01 /* of one measurement */

static const struct {
    const char *name;
    jz_onednn_shape shape;
} cases[] = {
    { "3x3/2 192x192x3 -> 32, first layer", { 192, 3, 32, 3, 2, false } },
    { "5x5/2 128x128x3 -> 24, first layer", { 128, 3, 24, 5, 2, false } },
    { "1x1 96x96x32 -> 8", { 96, 32, 8, 1, 1, false } },
    { "1x1 96x96x16 -> 16", { 96, 16, 16, 1, 1, false } },
    { "1x1 48x48x48 -> 16", { 48, 48, 16, 1, 1, false } },
    { "1x1 24x24x64 -> 64", { 24, 64, 64, 1, 1, false } },
    { "1x1 16x16x80 -> 88", { 16, 80, 88, 1, 1, false } },
    { "1x1 12x12x128 -> 128", { 12, 128, 128, 1, 1, false } },
    { "1x1 6x6x384 -> 96", { 6, 384, 96, 1, 1, false } },
    { "3x3 64x64x16 -> 16", { 64, 16, 16, 3, 1, false } },
    { "3x3 32x32x48 -> 48", { 32, 48, 48, 3, 1, false } },
    { "3x3 16x16x80 -> 80", { 16, 80, 80, 3, 1, false } },
    { "3x3 8x8x112 -> 112", { 8, 112, 112, 3, 1, false } },
    { "depthwise 3x3 96x96x32", { 96, 32, 32, 3, 1, true } },
    { "depthwise 3x3/2 48x48x64", { 48, 64, 64, 3, 2, true } },
    { "depthwise 3x3 24x24x128", { 24, 128, 128, 3, 1, true } },
    { "depthwise 3x3 6x6x384", { 6, 384, 384, 3, 1, true } },
};

typedef struct subject { /* one layer of ours, or of oneDNN's */
    const jz_nn *nn;
    const jz_nn_dsp *dsp;
    float *memory;
    jz_onednn *other;
} subject;

static void ours(const subject *s)
{
    jz_nn_layer_run(s->nn, s->nn->graph.n_layers - 1, s->dsp, s->memory);
}

static void theirs(const subject *s)
{
    (void)jz_onednn_run(s->other); /* it ran when it was made ready */
}

static double measure_us(void (*work)(const subject *s), const subject *s)
{
    double us[REPEATS];
    unsigned times = 1;
    for (double took = 0; took < TARGET_S / 4; times *= 2) {
        const double start = jz_bench_thread_cpu();
        for (unsigned i = 0; i < times; i++)
            work(s);
        took = jz_bench_thread_cpu() - start;
    }
    for (unsigned k = 0; k < REPEATS; k++) {
        const double start = jz_bench_thread_cpu();
        for (unsigned i = 0; i < times; i++)
            work(s);
        us[k] = (jz_bench_thread_cpu() - start) * 1e6 / times;
    }
    return jz_bench_median(us, REPEATS);
}

/* A network whose last layer is that of the shape. What has few channels is the network's input;
 * before all else stands a layer that makes what it reads. */
static jz_nn *network(const jz_onednn_shape *s, uint8_t *weights)
{
    const uint32_t side = s->side, out = (side + s->stride - 1) / s->stride;
    const uint32_t reach = (out - 1) * s->stride + s->kernel;
    const uint32_t pad = reach > side ? reach - side : 0;
    const uint32_t before = s->in < JZ_NN_BLOCK ? 0 : 1;
    jz_nn_layer layers[] = {
        { .op = JZ_NN_CONV,
          .in = { 0, JZ_NN_NONE },
          .kernel_height = 1,
          .kernel_width = 1,
          .stride = 1,
          .out = { side, side, s->in },
          .weights = weights },
        { .op = s->depthwise ? JZ_NN_DEPTHWISE : JZ_NN_CONV,
          .in = { before, JZ_NN_NONE },
          .kernel_height = s->kernel,
          .kernel_width = s->kernel,
          .stride = s->stride,
          .top = pad / 2,
          .left = pad / 2,
          .bottom = pad - pad / 2,
          .right = pad - pad / 2,
          .out = { out, out, s->out },
          .weights = weights },
    };
    const jz_nn_graph g = { .input = { side, side, s->in },
                            .n_layers = 1 + before,
                            .n_outputs = 1,
                            .outputs = { 1 + before },
                            .layers = layers + 1 - before };
    JZ_BUF_AUTO file = { 0 };
    jz_nn *nn = NULL;
    if (jz_nn_encode(&g, &file, NULL) != JZ_OK ||
        jz_nn_new((jz_bytes){ (const uint8_t *)file.ptr, file.len }, &nn, NULL) != JZ_OK)
        return NULL;
    return nn;
}

/* Multiply-adds of the last layer. */
static uint64_t last_macs(const jz_nn *nn)
{
    uint64_t macs = 0;
    const jz_status st = jz_nn_check_layer(&nn->graph, nn->graph.n_layers - 1, &macs, NULL);
    return st == JZ_OK ? macs : 0;
}

static void bench_case(jz_bench *b, const char *name, const jz_onednn_shape *shape,
                       uint8_t *weights)
{
    jz_auto(jz_nn) *nn = network(shape, weights);
    void *block = NULL;
    subject s = { .nn = nn, .other = jz_onednn_new(shape) };
    if (nn != NULL)
        s.memory = jz_nn_alloc(nn->memory, &block);
    for (size_t i = 0; jz_nn_dsp_at(i) != NULL; i++)
        s.dsp = jz_nn_dsp_at(i);
    if (s.memory != NULL) {
        const bool beside = s.other != NULL && jz_onednn_run(s.other);
        const double us = measure_us(ours, &s);
        jz_bench_row(b, name, last_macs(nn), us, "us", beside ? measure_us(theirs, &s) : -1);
    }
    jz_onednn_free(s.other);
    jz_free(block);
}

void jz_bench_inspect(jz_bench *b)
{
    const size_t bytes = (size_t)1 << 20; /* more than any of these layers has */
    jz_auto(uint8_t) *weights = jz_alloc_zero(bytes, 1);
    if (weights == NULL)
        return;
    for (size_t i = 1; i < bytes; i += 2)
        weights[i] = (uint8_t)(0x2c | (i % 7 == 0 ? 0x80 : 0)); /* +-1/16 */
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++)
        bench_case(b, cases[i].name, &cases[i].shape, weights);
    jz_bench_inspect_faces(b);
}
