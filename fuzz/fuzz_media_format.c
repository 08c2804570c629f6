/* SPDX-License-Identifier: Apache-2.0 */
/* Container sniffing: any head is a row of the table or none. */
#include <jz/media.h>

#include <assert.h>
#include <stddef.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const jz_format *f = jz_format_find((jz_bytes){ data, size });
    assert(f == NULL || jz_format_by_name(f->name) == f);
    return 0;
}
