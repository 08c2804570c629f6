/* SPDX-License-Identifier: Apache-2.0 */
#include "label/xmp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The packet has the property once at least, with this value first. */
static void expect_first(jz_bytes packet, const char *value)
{
    JZ_BUF_AUTO got = { 0 };
    unsigned n = 0;
    if (jz_xmp_get(packet, &jz_xmp_aigc, &got, &n, NULL) != JZ_OK || n == 0 ||
        got.len != strlen(value) || memcmp(got.ptr, value, got.len) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char value[] = "{\"a\":'<&>'}";
    const jz_bytes packet = { data, size };
    JZ_BUF_AUTO got = { 0 };
    JZ_BUF_AUTO made = { 0 };
    unsigned n = 0;
    if (jz_xmp_get(packet, &jz_xmp_aigc, &got, &n, NULL) == JZ_OK ? n == 0 : got.len > 0)
        abort();
    if (jz_xmp_set(packet, &jz_xmp_aigc, value, &made, NULL) != JZ_OK) {
        if (made.len != 0)
            abort();
        return 0;
    }
    expect_first((jz_bytes){ (const uint8_t *)made.ptr, made.len }, value);
    return 0;
}
