/* SPDX-License-Identifier: Apache-2.0 */
/* An encoder of jz-encode in this process, without its sandbox: the input is a picture of one
 * format, with one mark burned into its corner. What comes out must be a file, and its input must
 * have been read within its bounds. The memory that a task may take is the fuzzer's own limit. */
#ifndef JZ_FUZZ_ENCODE_H
#define JZ_FUZZ_ENCODE_H

#include "media/encode/task.h"

#include <assert.h>
#include <sys/mman.h>
#include <unistd.h>

#define MARK_SIDE 8
#define MARK_AT 1

/* The encoder sees a copy of exactly the input's size at the end of its pages, as in the sandbox.
 */
static void fuzz_encode(const char *format, jz_encode_fn encode, const uint8_t *data, size_t size)
{
    uint8_t rgba[MARK_SIDE * MARK_SIDE * 4];
    for (size_t i = 0; i < sizeof rgba; i++)
        rgba[i] = (uint8_t)(i * 7);
    const jz_encode_request request = { .overlays = 1,
                                        .max_output = (uint64_t)64 << 20,
                                        .limits = { .max_memory_bytes = (uint64_t)256 << 20 } };
    jz_task task = { .request = &request, .out_fd = memfd_create("fuzz", MFD_CLOEXEC) };
    jz_err err = { 0 };
    assert(task.out_fd >= 0);
    task.in = (jz_job){ .format = jz_format_by_name(format),
                        .fd = -1,
                        .file_size = size,
                        .limits = { .max_pixels = 1 << 18,
                                    .max_frames = 20,
                                    .max_still_bytes = 1 << 24,
                                    .max_memory_bytes = (uint64_t)256 << 20,
                                    .max_duration_s = 3600,
                                    .max_nesting = 16 } };
    task.in.whole = (void *)(uintptr_t)data; /* it ends where the input ends */
    task.overlay[0] = (jz_overlay){ .rgba = rgba,
                                    .width = MARK_SIDE,
                                    .height = MARK_SIDE,
                                    .stride = (size_t)MARK_SIDE * 4,
                                    .x = MARK_AT,
                                    .y = MARK_AT };
    const jz_status st = encode(&task, &err);
    assert(st != JZ_E_BUG);
    assert(st != JZ_OK || task.out_at > 0);
    (void)close(task.out_fd);
}

#endif
