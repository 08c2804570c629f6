/* SPDX-License-Identifier: Apache-2.0 */
/* A PNG file gets a mark (src/media/encode/enc_png.c). The checksums are put right first: no fuzzer
 * would guess them. */
#include "fuzz_encode.h"

#include "media/deflate.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_checksums(uint8_t *file, size_t size)
{
    for (size_t at = 8; size >= 12 && at <= size - 12;) {
        uint8_t *p = file + at;
        const size_t len = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        if (len > size - at - 12)
            return;
        const uint32_t crc = jz_crc32(0, p + 4, len + 4);
        for (unsigned i = 0; i < 4; i++)
            p[len + 8 + i] = (uint8_t)(crc >> (24 - 8 * i));
        at += len + 12;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size);
    if (size == 0 || copy == NULL) {
        free(copy);
        return 0;
    }
    memcpy(copy, data, size);
    put_checksums(copy, size);
    fuzz_encode("png", jz_encode_png, copy, size);
    free(copy);
    return 0;
}
