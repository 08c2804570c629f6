/* SPDX-License-Identifier: Apache-2.0 */
/* A sound put into a hostile file, in process: the parsers of WAV, of FLAC's blocks, of ID3, APE
 * and MP4's tags, and the frames that libavformat and libavcodec make of the rest. What comes out
 * is of the format that went in. */
#include "media/encode/task.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define OUTPUT_MAX ((uint64_t)16 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int memory_file(const uint8_t *data, size_t size)
{
    const int fd = memfd_create("jz-fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    return fd;
}

static void check(int fd, const jz_format *format)
{
    uint8_t head[JZ_SNIFF_BYTES];
    const ssize_t n = pread(fd, head, sizeof head, 0);
    const jz_format *made = n > 0 ? jz_format_find((jz_bytes){ head, (size_t)n }) : NULL;
    if (made == NULL || made->kind != format->kind)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int16_t samples[100] = { 1000, -1000 };
    const size_t head = size < JZ_SNIFF_BYTES ? size : JZ_SNIFF_BYTES;
    const jz_format *format = jz_format_find((jz_bytes){ data, head });
    const jz_encoder_row *row = format != NULL ? jz_encoder_find(format->name) : NULL;
    if (row == NULL || row->sound == NULL)
        return 0;
    const jz_encode_request request = {
        .kind = JZ_ENCODE_SOUND, .file_size = size, .max_output = OUTPUT_MAX, .threads = 1
    };
    const jz_limits limits = { .max_pixels = 1 << 20,
                               .max_frames = 1000,
                               .max_still_bytes = 1 << 20,
                               .max_duration_s = 10,
                               .max_nesting = 16 };
    jz_task task = { .in = { .format = format,
                             .fd = memory_file(data, size),
                             .file_size = size,
                             .limits = limits },
                     .out_fd = memory_file(NULL, 0),
                     .request = &request,
                     .sound = { .samples = samples,
                                .n = 100,
                                .rate = 8000,
                                .gap_ms = 10,
                                .at_start = true,
                                .at_end = true } };
    jz_err err = { 0 };
    if (row->sound(&task, &err) == JZ_OK)
        check(task.out_fd, format);
    jz_job_done(&task.in);
    (void)close(task.in.fd);
    (void)close(task.out_fd);
    return 0;
}
