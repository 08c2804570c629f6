/* SPDX-License-Identifier: Apache-2.0 */
/* A JPEG file gets a mark (src/media/encode/enc_jpeg.c). */
#include "fuzz_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        fuzz_encode("jpeg", jz_encode_jpeg, data, size);
    return 0;
}
