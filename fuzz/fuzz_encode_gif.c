/* SPDX-License-Identifier: Apache-2.0 */
/* A GIF file gets a mark (src/media/encode/enc_gif.c). */
#include "fuzz_encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 0)
        fuzz_encode("gif", jz_encode_gif, data, size);
    return 0;
}
