/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz_bank.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_import(JZ_FMT_NDJSON, data, size);
    return 0;
}
