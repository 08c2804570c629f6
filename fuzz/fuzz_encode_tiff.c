/* SPDX-License-Identifier: Apache-2.0 */
/* A TIFF file gets a mark (src/media/encode/enc_tiff.c). */
#include "fuzz_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        fuzz_encode("tiff", jz_encode_tiff, data, size);
    return 0;
}
