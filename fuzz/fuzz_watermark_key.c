/* SPDX-License-Identifier: Apache-2.0 */
/* Key files of the invisible mark: what is read names the key that it is. */
#include <jz/watermark.h>

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_auto(jz_watermark_key) *k = NULL;
    jz_auto(jz_watermark_key) *again = NULL;
    if (jz_watermark_key_parse((jz_bytes){ data, size }, &k, NULL) != JZ_OK)
        return 0;
    assert(jz_watermark_key_parse((jz_bytes){ data, size }, &again, NULL) == JZ_OK);
    assert(memcmp(jz_watermark_key_id(k), jz_watermark_key_id(again), JZ_WATERMARK_KEY_ID_SIZE) ==
           0);
    return 0;
}
