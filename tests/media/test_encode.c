/* SPDX-License-Identifier: Apache-2.0 */
/* The life of jz-encode, and PNG: what is blended, what is kept. */
#include "carrier_fixture.h"
#include "encode_fixture.h"

#include "media/deflate.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#define SIDE_X 52 /* the samples' size */
#define SIDE_Y 36

/* Of RGBA with 8 bits, or with 16, little endian; on the scale of 16. */
static uint32_t sample(const jz_buf *pixels, uint32_t x, uint32_t y, unsigned c)
{
    if (pixels->len == SIDE_X * SIDE_Y * 4)
        return (uint8_t)pixels->ptr[((size_t)y * SIDE_X + x) * 4 + c] * 257u;
    const uint8_t *p = (const uint8_t *)pixels->ptr + (((size_t)y * SIDE_X + x) * 4 + c) * 2;
    return (uint32_t)p[1] << 8 | p[0];
}

/* What straight alpha over straight alpha gives, from the definition, in floating point. */
static double expected(const jz_buf *before, const jz_overlay *o, uint32_t x, uint32_t y,
                       unsigned c, bool grey)
{
    const uint8_t *p = o->rgba + (y - o->y) * o->stride + (size_t)(x - o->x) * 4;
    const double a = p[3] / 255.0;
    const double under = sample(before, x, y, 3) / 65535.0;
    const double whole = a + under * (1 - a);
    if (c == 3)
        return whole * 65535;
    const double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
    const double over = (grey ? luma : p[c]) / 255.0;
    return (over * a + sample(before, x, y, c) / 65535.0 * under * (1 - a)) / whole * 65535;
}

static void compare(const char *name, const jz_buf *before, const jz_buf *after,
                    const jz_overlay *o, bool grey, double tolerance)
{
    assert_true(before->len == SIDE_X * SIDE_Y * 8 || before->len == SIDE_X * SIDE_Y * 4);
    assert_int_equal(after->len, before->len);
    for (uint32_t y = 0; y < SIDE_Y; y++)
        for (uint32_t x = 0; x < SIDE_X; x++)
            for (unsigned c = 0; c < 4; c++) {
                const bool inside =
                    x >= o->x && x < o->x + o->width && y >= o->y && y < o->y + o->height;
                const double want =
                    inside ? expected(before, o, x, y, c, grey) : (double)sample(before, x, y, c);
                const double got = (double)sample(after, x, y, c);
                if (got < want - (inside ? tolerance : 0) || got > want + (inside ? tolerance : 0))
                    fail_msg("%s: %u, %u, %u: %g, not %g", name, x, y, c, got, want);
            }
}

static void test_png_is_blended_and_otherwise_the_same(void **state)
{
    static const struct {
        const char *name;
        bool grey;
        uint8_t depth, type; /* of the result's IHDR */
    } cases[] = {
        { "rgb.png", false, 8, 2 },        { "rgba16.png", false, 16, 6 },
        { "grey.png", true, 8, 0 },        { "grey16.png", true, 16, 0 },
        { "mono.png", true, 8, 0 },        { "palette.png", false, 8, 2 },
        { "interlaced.png", false, 8, 2 }, { "alpha.png", false, 8, 6 },
        { "orient6.png", false, 8, 2 },
    };
    (void)state;
    jz_overlay o;
    uint8_t *px = ef_overlay(21, 9, 31, 27, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "media/%s", cases[i].name);
        assert_true(fx_load(path, false, &file));
        if (ef_burn(&file, &o, 1, NULL, &out, &info, &err) != JZ_OK)
            fail_msg("%s: %s", cases[i].name, err.frame[0]);
        assert_string_equal(info.codec, "png");
        assert_true(info.untouched);
        assert_int_equal((uint8_t)out.ptr[24], cases[i].depth);
        assert_int_equal((uint8_t)out.ptr[25], cases[i].type);
        assert_int_equal(out.ptr[28], file.ptr[28]); /* interlaced or not */
        const bool wide = cases[i].depth == 16;
        ef_pixels(&file, ".png", wide ? "rgba64le" : "rgba", &before);
        ef_pixels(&out, ".png", wide ? "rgba64le" : "rgba", &after);
        compare(cases[i].name, &before, &after, &o, cases[i].grey, wide ? 0.51 : 257 * 0.51);
        static const char *const argv[] = { "pngcheck", "-q", "@", NULL };
        ef_peer(&out, ".png", argv, &before);
    }
    free(px);
}

static void put_chunk(jz_buf *b, const char *type, const char *data, size_t len)
{
    const uint8_t size[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                              (uint8_t)len };
    const uint32_t crc = jz_crc32(jz_crc32(0, type, 4), data, len);
    const uint8_t sum[4] = { (uint8_t)(crc >> 24), (uint8_t)(crc >> 16), (uint8_t)(crc >> 8),
                             (uint8_t)crc };
    jz_buf_put(b, size, 4);
    jz_buf_put(b, type, 4);
    jz_buf_put(b, data, len);
    jz_buf_put(b, sum, 4);
}

/* The chunks other than the picture's own, whole, in order; IDAT as one mark. */
static void list_chunks(const jz_buf *file, jz_buf *out)
{
    bool idat = false;
    for (size_t at = 8; at + 12 <= file->len;) {
        const uint8_t *p = (const uint8_t *)file->ptr + at;
        const size_t size = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        assert_true(size <= file->len - at - 12);
        const bool is_idat = memcmp(p + 4, "IDAT", 4) == 0;
        if (is_idat && !idat)
            jz_buf_puts(out, "<IDAT>");
        idat = idat || is_idat;
        if (!is_idat && memcmp(p + 4, "IHDR", 4) != 0)
            jz_buf_put(out, p, size + 12);
        at += size + 12;
    }
}

static void test_png_keeps_every_other_chunk(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO rich = { 0 };
    JZ_BUF_AUTO out = { 0 };
    JZ_BUF_AUTO before = { 0 };
    JZ_BUF_AUTO after = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    assert_true(fx_load("media/rgb.png", false, &file));
    jz_buf_put(&rich, file.ptr, 33); /* signature and IHDR */
    put_chunk(&rich, "gAMA", "\0\0\xb1\x8f", 4);
    put_chunk(&rich, "sRGB", "\1", 1);
    put_chunk(&rich, "bKGD", "\0\1\0\2\0\3", 6);
    put_chunk(&rich, "pHYs", "\0\0\x0b\x13\0\0\x0b\x13\1", 9);
    put_chunk(&rich, "prVt", "private", 7);
    put_chunk(&rich, "iTXt", "XML:com.adobe.xmp\0\0\0\0\0<x/>", 26);
    jz_buf_put(&rich, file.ptr + 33, file.len - 33 - 12);
    put_chunk(&rich, "tEXt", "AIGC\0{}", 7);
    put_chunk(&rich, "prVs", "", 0);
    put_chunk(&rich, "IEND", "", 0);
    jz_overlay o;
    uint8_t *px = ef_overlay(10, 10, 0, 0, &o);
    if (ef_burn(&rich, &o, 1, NULL, &out, &info, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    list_chunks(&rich, &before);
    list_chunks(&out, &after);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.ptr, after.ptr, before.len);
    free(px);
}

static void test_overlays_must_make_sense(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    assert_true(fx_load("media/rgb.png", false, &file));
    jz_overlay o;
    uint8_t *px = ef_overlay(20, 10, 32, 26, &o);
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_OK); /* to the corner */
    o.x = 33;
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_INVAL);
    assert_non_null(strstr(err.frame[0], "52 x 36"));
    o.x = UINT32_MAX;
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_INVAL);
    o.x = 0;
    assert_int_equal(ef_burn(&file, &o, 0, NULL, &out, &info, &err), JZ_E_INVAL);
    assert_int_equal(ef_burn(&file, &o, 5, NULL, &out, &info, &err), JZ_E_INVAL);
    o.width = 0;
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_INVAL);
    free(px);
}

static void test_bad_files_are_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_err err = { 0 };
    jz_overlay o;
    uint8_t *px = ef_overlay(10, 10, 0, 0, &o);
    jz_buf_puts(&file, "no picture at all");
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_NOT_MEDIA);
    jz_buf_reset(&file);
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_EMPTY);
    assert_true(fx_load("media/rgb.jp2", false, &file));
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_UNSUPPORTED);
    jz_buf_reset(&file);
    assert_true(fx_load("media/rgb.png", false, &file));
    const jz_encode_file small = { .limits = { .max_pixels = 1000 } };
    assert_int_equal(ef_run(&small, &file, &o, 1, NULL, NULL, &out, &info, &err), JZ_E_LIMIT);
    const size_t len = file.len;
    file.len = len - 20;
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_TRUNCATED);
    file.len = len;
    file.ptr[60] ^= 0x55;
    assert_int_equal(ef_burn(&file, &o, 1, NULL, &out, &info, &err), JZ_E_CORRUPT);
    free(px);
}

static void test_same_file_is_refused(void **state)
{
    (void)state;
    jz_encode_info info;
    jz_err err = { 0 };
    jz_overlay o;
    uint8_t *px = ef_overlay(10, 10, 0, 0, &o);
    const int fd = memfd_create("jz-test", MFD_CLOEXEC);
    assert_int_equal(write(fd, "abc", 3), 3);
    const jz_encode_file f = { .in_fd = fd, .out_fd = fd };
    assert_int_equal(jz_encode_overlay(&f, &o, 1, NULL, &info, &err), JZ_E_INVAL);
    assert_int_equal(lseek(fd, 0, SEEK_END), 3);
    (void)close(fd);
    free(px);
}

/* A program that is not jz-encode, and what its death is called. */
static void test_program_that_fails_is_named(void **state)
{
    static const struct {
        const char *act;
        jz_status status;
        const char *text;
    } cases[] = {
        { "leaves", JZ_E_CRASH, "status 7" },
        { "crashes", JZ_E_CRASH, "SIGABRT" },
        { "silent", JZ_E_TIMEOUT, "said nothing for" },
        { "garbage", JZ_E_CRASH, "nonsense" },
        { "no_such_status", JZ_E_CRASH, "nonsense" },
        { "alive_for_ever", JZ_E_CRASH, "nonsense" },
        { "beats_for_ever", JZ_E_TIMEOUT, "said nothing for" },
    };
    (void)state;
    const char *program = getenv("JZ_TEST_HOSTILE_ENCODER");
    assert_non_null(program);
    JZ_BUF_AUTO file = { 0 };
    assert_true(fx_load("media/rgb.png", false, &file));
    jz_overlay o;
    uint8_t *px = ef_overlay(10, 10, 0, 0, &o);
    const jz_encode_file how = { .program = program,
                                 .limits = { .stall_ms = 300, .timeout_ms = 1500 } };
    const unsigned descriptors = ef_descriptors();
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO out = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        char text[1024];
        assert_int_equal(setenv("JZ_TEST_HOSTILE", cases[i].act, 1), 0);
        const jz_status st = ef_run(&how, &file, &o, 1, NULL, NULL, &out, &info, &err);
        if (st != cases[i].status ||
            strstr(jz_err_text(&err, text, sizeof text), cases[i].text) == NULL)
            fail_msg("%s: %s, %s", cases[i].act, jz_status_name(st), text);
        assert_int_equal(out.len, 0); /* not half a file */
        assert_int_equal(ef_children(), 0);
    }
    assert_int_equal(ef_descriptors(), descriptors);
    const jz_encode_file missing = { .program = "/no/such/program" };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    assert_int_equal(ef_run(&missing, &file, &o, 1, NULL, NULL, &out, &info, NULL), JZ_E_NOTFOUND);
    free(px);
}

static void test_sandbox_holds(void **state)
{
    (void)state;
    char command[4096];
    const char *program = getenv("JZ_ENCODE");
    assert_non_null(program);
    (void)snprintf(command, sizeof command, "exec '%s' --self-test", program);
    FILE *out = popen(command, "re");
    assert_non_null(out);
    unsigned lines = 0;
    char line[256];
    while (fgets(line, sizeof line, out) != NULL) {
        if (strncmp(line, "FAILED", 6) == 0)
            print_error("%s", line);
        lines++;
    }
    assert_int_equal(pclose(out), 0);
    assert_true(lines >= 34);
}

#define CLIP_BYTES ((size_t)64 * 48 / 2 * 3)

static jz_status code_clip(const jz_buf *frames, const jz_encode_clip *how, jz_buf *out,
                           jz_encode_info *info)
{
    char part[65536];
    const int in = memfd_create("frames", MFD_CLOEXEC), to = memfd_create("clip", MFD_CLOEXEC);
    assert_true(in >= 0 && to >= 0);
    assert_int_equal(write(in, frames->ptr, frames->len), (ssize_t)frames->len);
    const jz_encode_file file = { .in_fd = in, .out_fd = to };
    const jz_status st = jz_encode_frames(&file, how, info, NULL);
    jz_buf_reset(out);
    for (ssize_t n; (n = pread(to, part, sizeof part, (off_t)out->len)) > 0;)
        jz_buf_put(out, part, (size_t)n);
    (void)close(in);
    (void)close(to);
    return st;
}

/* What ffmpeg reads of a clip without loss is what went in. */
static void test_raw_frames_become_a_clip(void **state)
{
    (void)state;
    const char *const argv[] = { "ffmpeg",   "-v",       "error",   "-i", "@", "-f",
                                 "rawvideo", "-pix_fmt", "yuv420p", "-",  NULL };
    jz_encode_clip how = { 64, 48, 25, 0 };
    jz_encode_info info = { 0 };
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO clip = { 0 };
    JZ_BUF_AUTO again = { 0 };
    JZ_BUF_AUTO pixels = { 0 };
    for (size_t i = 0; i < 5 * CLIP_BYTES; i++)
        jz_buf_put(&frames, &(char){ (char)(16 + (i * 7 + i / 64 * 3 + i / CLIP_BYTES) % 200) }, 1);
    assert_int_equal(code_clip(&frames, &how, &clip, &info), JZ_OK);
    assert_int_equal(info.frames, 5);
    assert_string_equal(info.codec, "h264");
    assert_int_equal(code_clip(&frames, &how, &again, &info), JZ_OK);
    assert_int_equal(again.len, clip.len);
    assert_memory_equal(again.ptr, clip.ptr, clip.len); /* the same bytes every time */
    how.crf = 33;
    assert_int_equal(code_clip(&frames, &how, &again, &info), JZ_OK);
    assert_true(again.len < clip.len);
    how.width = 63;
    assert_int_equal(code_clip(&frames, &how, &again, &info), JZ_E_INVAL);
    how.width = 128; /* and these are no whole frames */
    assert_int_equal(code_clip(&frames, &how, &again, &info), JZ_E_INVAL);
    ef_peer(&clip, ".mp4", argv, &pixels);
    assert_int_equal(pixels.len, frames.len);
    assert_memory_equal(pixels.ptr, frames.ptr, frames.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_png_is_blended_and_otherwise_the_same),
        cmocka_unit_test(test_png_keeps_every_other_chunk),
        cmocka_unit_test(test_overlays_must_make_sense),
        cmocka_unit_test(test_bad_files_are_refused),
        cmocka_unit_test(test_same_file_is_refused),
        cmocka_unit_test(test_program_that_fails_is_named),
        cmocka_unit_test(test_raw_frames_become_a_clip),
        cmocka_unit_test(test_sandbox_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
