/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_carrier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_carrier("flv", data, size);
}
