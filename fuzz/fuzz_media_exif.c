/* SPDX-License-Identifier: Apache-2.0 */
#include "media/exif.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A text stands within its block; blanked, it is spaces there and all else is as it was. */
static void check_text(jz_bytes block, jz_exif_tag tag)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO again = { 0 };
    jz_exif_place p;
    if (jz_exif_text(block, tag, &p, &text, NULL) != JZ_OK)
        return;
    assert(p.at <= block.len && p.size <= block.len - p.at);
    if (jz_exif_blank_text(block, tag, &made, NULL) != JZ_OK)
        return;
    const jz_bytes blank = { (const uint8_t *)made.ptr, made.len };
    assert(made.len == block.len && memcmp(made.ptr, block.ptr, p.at) == 0);
    const size_t end = p.at + p.size;
    assert(memcmp(made.ptr + end, block.ptr + end, block.len - end) == 0);
    assert(jz_exif_text(blank, tag, &p, &again, NULL) == JZ_OK);
    assert(again.ptr[strspn(again.ptr, " ")] == '\0' || (p.size & 1) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const jz_bytes block = { data, size };
    const uint32_t orientation = jz_exif_orientation(block);
    assert(orientation >= 1 && orientation <= 8);
    check_text(block, JZ_EXIF_IMAGE_DESCRIPTION);
    check_text(block, JZ_EXIF_USER_COMMENT);
    return 0;
}
