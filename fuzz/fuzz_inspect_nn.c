/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "inspect/nn_model.h"

#include <jz/hash.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t numbers(jz_nn_shape s)
{
    return (size_t)s.height * s.width * s.channels;
}

static void fill(const jz_nn *nn, jz_nn_run *run)
{
    for (size_t i = 0; i < numbers(jz_nn_input_shape(nn)); i++)
        jz_nn_run_input(run)[i] = (float)(i % 17) / 8 - 1;
}

/* Every table of kernels gives the bits of plain C, or none gives a finite number. */
static void compare(const jz_nn *nn, jz_nn_run *c, jz_nn_run *other)
{
    fill(nn, c);
    fill(nn, other);
    const jz_status st = jz_nn_run_by(c, &jz_nn_dsp_c, NULL);
    for (size_t t = 1; jz_nn_dsp_at(t) != NULL; t++) {
        if (jz_nn_run_by(other, jz_nn_dsp_at(t), NULL) != st)
            abort();
        for (uint32_t i = 0; i < jz_nn_outputs(nn) && st == JZ_OK; i++)
            if (memcmp(jz_nn_run_output(c, i), jz_nn_run_output(other, i),
                       numbers(jz_nn_output_shape(nn, i)) * sizeof(float)) != 0)
                abort();
    }
}

/* The hash is put right first: else nothing behind it would be reached. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_auto(uint8_t) *file = jz_alloc(size);
    jz_auto(jz_nn) *nn = NULL;
    jz_auto(jz_nn_run) *c = NULL;
    jz_auto(jz_nn_run) *other = NULL;
    if (file == NULL)
        return 0;
    if (size > 0)
        memcpy(file, data, size);
    if (size >= 48)
        jz_sha256(file + 48, size - 48, file + 16);
    if (jz_nn_new((jz_bytes){ file, size }, &nn, NULL) != JZ_OK)
        return 0;
    if (jz_nn_macs(nn) > 30000 || nn->memory > 100000)
        return 0;
    if (jz_nn_run_new(nn, &c, NULL) == JZ_OK && jz_nn_run_new(nn, &other, NULL) == JZ_OK)
        compare(nn, c, other);
    return 0;
}
