/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte chooses the container, the others are the file: no reader may be sent outside. */
#include "media/blocks.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_at(void *user, uint64_t offset, uint8_t *buf, size_t size)
{
    const jz_bytes *file = user;
    assert(offset <= file->len && size <= file->len - offset);
    memcpy(buf, file->ptr + offset, size);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const formats[] = { "mp4", "avi", "png", "gif", "flv", "mkv", "jpeg" };
    if (size == 0)
        return 0;
    jz_bytes file = { data + 1, size - 1 };
    const char *name = formats[data[0] % (sizeof formats / sizeof *formats)];
    const jz_format *f = jz_format_by_name(name);
    (void)jz_blocks_end_early(f, file.len, read_at, &file);
    assert(jz_blocks_depth(f, file.len, read_at, &file, 16) <= 17);
    return 0;
}
