/* SPDX-License-Identifier: Apache-2.0 */
/* A WebP file gets a mark (src/media/encode/enc_webp.c). */
#include "fuzz_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        fuzz_encode("webp", jz_encode_webp, data, size);
    return 0;
}
