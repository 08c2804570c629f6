/* SPDX-License-Identifier: Apache-2.0 */
/* A BMP file gets a mark (src/media/encode/enc_bmp.c). */
#include "fuzz_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        fuzz_encode("bmp", jz_encode_bmp, data, size);
    return 0;
}
