/* SPDX-License-Identifier: Apache-2.0 */
#include "encode_fixture.h"

#include "carrier_fixture.h"

#include "base/file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cmocka.h>

uint8_t *ef_overlay(uint32_t width, uint32_t height, uint32_t x, uint32_t y, jz_overlay *out)
{
    uint8_t *px = calloc((size_t)width * height, 4);
    assert_non_null(px);
    for (uint32_t v = 0; v < height; v++)
        for (uint32_t u = 0; u < width; u++) {
            uint8_t *p = px + ((size_t)v * width + u) * 4;
            const bool stroke = (u + v) % 7 < 3;
            p[0] = stroke ? 250 : 10;
            p[1] = stroke ? 240 : 20;
            p[2] = stroke ? 230 : 60;
            p[3] = (uint8_t)(u < 2 ? 0 : stroke ? 255 : 128);
        }
    *out = (jz_overlay){
        .rgba = px, .width = width, .height = height, .stride = (size_t)width * 4, .x = x, .y = y
    };
    return px;
}

static int memory_file(const jz_buf *b)
{
    const int fd = memfd_create("jz-test", MFD_CLOEXEC);
    assert_true(fd >= 0);
    if (b != NULL)
        assert_int_equal(jz_write_all(fd, b->ptr, b->len, "a memory file", NULL), JZ_OK);
    return fd;
}

static void read_all(int fd, jz_buf *out)
{
    uint8_t part[65536];
    jz_buf_reset(out);
    for (;;) {
        const ssize_t n = pread(fd, part, sizeof part, (off_t)out->len);
        assert_true(n >= 0);
        if (n == 0)
            break;
        jz_buf_put(out, part, (size_t)n);
    }
    assert_int_equal(jz_buf_check(out, NULL), JZ_OK);
}

jz_status ef_run(const jz_encode_file *how, const jz_buf *file, const jz_overlay *o, size_t n,
                 const jz_encode_span *span, const jz_sound *sound, jz_buf *out,
                 jz_encode_info *info, jz_err *err)
{
    JZ_FD_AUTO in = memory_file(file);
    JZ_FD_AUTO to = memory_file(NULL);
    assert_int_equal(jz_write_all(to, "left from before", 16, "a memory file", NULL), JZ_OK);
    jz_encode_file f = *how;
    f.in_fd = in;
    f.out_fd = to;
    const jz_status st = sound != NULL ? jz_encode_sound(&f, sound, info, err)
                                       : jz_encode_overlay(&f, o, n, span, info, err);
    read_all(to, out);
    if (st == JZ_OK)
        assert_true(out->len > 0);
    else if (st != JZ_E_INVAL) /* which may be told before anything is touched */
        assert_true(out->len == 0 || out->len == 16);
    return st;
}

jz_status ef_burn(const jz_buf *file, const jz_overlay *o, size_t n, const jz_encode_span *span,
                  jz_buf *out, jz_encode_info *info, jz_err *err)
{
    return ef_run(&(jz_encode_file){ 0 }, file, o, n, span, NULL, out, info, err);
}

void ef_peer(const jz_buf *file, const char *suffix, const char *const *argv, jz_buf *out)
{
    jz_buf_reset(out);
    const int rc = fx_peer((jz_bytes){ (const uint8_t *)file->ptr, file->len }, suffix, argv, out);
    if (rc == -1) {
        print_message("SKIP: no %s\n", argv[0]);
        skip();
    }
    if (rc != 0)
        fail_msg("%s ended with %d: %s", argv[0], rc, out->ptr != NULL ? out->ptr : "");
}

void ef_pixels(const jz_buf *file, const char *suffix, const char *format, jz_buf *out)
{
    const char *const argv[] = { "ffmpeg", "-v",       "error",    "-i",   "@", "-frames:v", "1",
                                 "-f",     "rawvideo", "-pix_fmt", format, "-", NULL };
    ef_peer(file, suffix, argv, out);
}

unsigned ef_descriptors(void)
{
    unsigned n = 0;
    DIR *fds = opendir("/proc/self/fd");
    assert_non_null(fds);
    while (readdir(fds) != NULL)
        n++;
    (void)closedir(fds);
    return n;
}

unsigned ef_children(void)
{
    char path[64];
    char text[4096] = { 0 };
    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    const size_t len = fread(text, 1, sizeof text - 1, f);
    (void)fclose(f);
    unsigned n = 0;
    for (size_t i = 0; i < len; i++)
        n += text[i] == ' ';
    return n;
}
