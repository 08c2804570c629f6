/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "inspect/nn_model.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

struct jz_nn_run {
    const jz_nn *nn;
    float *memory; /* of values */
    void *block;
    float *input;
    float *output[JZ_NN_OUTPUTS_MAX];
};

static size_t numbers(jz_nn_shape s)
{
    return (size_t)s.height * s.width * s.channels;
}

jz_status jz_nn_run_new(const jz_nn *nn, jz_nn_run **out, jz_err *err)
{
    jz_auto(jz_nn_run) *run = jz_alloc_zero(1, sizeof *run);
    if (run == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "a run of model %s", nn->graph.name);
    run->nn = nn;
    run->memory = jz_nn_alloc(nn->memory, &run->block);
    run->input = jz_alloc_zero(numbers(nn->graph.input), sizeof *run->input);
    bool whole = run->memory != NULL && run->input != NULL;
    for (uint32_t i = 0; i < nn->graph.n_outputs && whole; i++) {
        run->output[i] = jz_alloc_zero(numbers(jz_nn_output_shape(nn, i)), sizeof(float));
        whole = run->output[i] != NULL;
    }
    if (!whole)
        return JZ_FAIL(err, JZ_E_NOMEM, "%zu floats to run model %s", nn->memory, nn->graph.name);
    *out = JZ_TAKE(run);
    return JZ_OK;
}

void jz_nn_run_free(jz_nn_run *run)
{
    if (run == NULL)
        return;
    for (uint32_t i = 0; i < JZ_ARRAY_LEN(run->output); i++)
        jz_free(run->output[i]);
    jz_free(run->input);
    jz_free(run->block);
    jz_free(run);
}

float *jz_nn_run_input(jz_nn_run *run)
{
    return run->input;
}

const float *jz_nn_run_output(const jz_nn_run *run, uint32_t i)
{
    return run->output[i];
}

/* The widest kernels; never NULL. */
static const jz_nn_dsp *best;

static void find_best(void)
{
    const jz_nn_dsp *next = jz_nn_dsp_at(0);
    for (size_t i = 1; next != NULL; i++) {
        best = next;
        next = jz_nn_dsp_at(i);
    }
}

static void take_input(jz_nn_run *run)
{
    const jz_nn_value *v = &run->nn->values[0];
    const size_t row = v->shape.width * v->pixel;
    memset(run->memory + v->at, 0, v->size * sizeof(float));
    for (size_t y = 0; y < v->shape.height; y++)
        memcpy(jz_nn_pixels(v, run->memory) + y * v->row, run->input + y * row,
               row * sizeof(float));
}

static jz_status give_output(jz_nn_run *run, uint32_t i, jz_err *err)
{
    const jz_nn_value *v = &run->nn->values[run->nn->graph.outputs[i]];
    float *to = run->output[i];
    for (size_t y = 0; y < v->shape.height; y++)
        for (size_t x = 0; x < v->shape.width; x++, to += v->shape.channels)
            memcpy(to, jz_nn_pixels(v, run->memory) + y * v->row + x * v->pixel,
                   v->shape.channels * sizeof *to);
    for (size_t k = 0; k < numbers(v->shape); k++)
        if (!isfinite(run->output[i][k]))
            return JZ_FAIL(err, JZ_E_CORRUPT, "model %s gives no finite number",
                           run->nn->graph.name);
    return JZ_OK;
}

jz_status jz_nn_run_by(jz_nn_run *run, const jz_nn_dsp *dsp, jz_err *err)
{
    take_input(run);
    for (uint32_t i = 0; i < run->nn->graph.n_layers; i++)
        jz_nn_layer_run(run->nn, i, dsp, run->memory);
    for (uint32_t i = 0; i < run->nn->graph.n_outputs; i++)
        JZ_TRY(give_output(run, i, err));
    return JZ_OK;
}

jz_status jz_nn_run_once(jz_nn_run *run, jz_err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, find_best); /* cannot fail with a static once */
    return jz_nn_run_by(run, best, err);
}
