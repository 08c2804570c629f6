/* SPDX-License-Identifier: Apache-2.0 */
#include "media/exif.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint32_t orientation = jz_exif_orientation((jz_bytes){ data, size });
    assert(orientation >= 1 && orientation <= 8);
    return 0;
}
