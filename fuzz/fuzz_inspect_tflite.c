/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/tflite.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is converted can be read, but for weights that are not finite and its larger limits. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JZ_BUF_AUTO out = { 0 };
    jz_auto(jz_nn) *nn = NULL;
    jz_err err = { 0 };
    if (jz_tflite_convert((jz_bytes){ data, size }, "fuzz", &out, NULL) != JZ_OK)
        return 0;
    const jz_status st = jz_nn_new((jz_bytes){ (const uint8_t *)out.ptr, out.len }, &nn, &err);
    if (st != JZ_OK && st != JZ_E_CORRUPT && st != JZ_E_LIMIT)
        abort();
    return 0;
}
