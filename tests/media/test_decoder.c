/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG through the sandboxed worker: pixels equal those of libjpeg-turbo in this process, and
 * damaged files cost themselves only. */
#include "decoder_fixture.h"

#include "hash/pdq_still.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <jpeglib.h>

#include <cmocka.h>

typedef struct fixture {
    jz_sandbox *sandbox;
    jz_decoder *decoder;
    shot shot;
    jz_media_info info;
    jz_err err;
} fixture;

static void open_with(fixture *f, const jz_limits *limits)
{
    *f = (fixture){ 0 };
    if (jz_sandbox_open(NULL, limits, &f->sandbox, &f->err) != JZ_OK ||
        jz_decoder_new(f->sandbox, &f->decoder, &f->err) != JZ_OK)
        fail_msg("%s", f->err.frame[0]);
}

static void close_fixture(fixture *f)
{
    shot_done(&f->shot);
    jz_decoder_free(f->decoder);
    jz_sandbox_close(f->sandbox);
}

static int setup(void **state)
{
    static fixture f;
    open_with(&f, NULL);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    close_fixture(*state);
    return 0;
}

static jz_status decode(fixture *f, const blob *file, const jz_decode_opts *opts)
{
    return decode_bytes(f->decoder, file->ptr, file->len, opts, &f->shot, &f->info, &f->err);
}

static void assert_pixels(const fixture *f, const blob *expected, uint32_t width, uint32_t height,
                          uint32_t channels)
{
    const jz_plane *p = &f->shot.frame.plane;
    assert_int_equal(f->shot.frames, 1);
    assert_int_equal(p->width, width);
    assert_int_equal(p->height, height);
    assert_int_equal(p->channels, channels);
    assert_int_equal(f->shot.pixels.len, expected->len);
    assert_memory_equal(f->shot.pixels.ptr, expected->ptr, expected->len);
}

static const jpeg_spec specs[] = {
    { .width = 640, .height = 480 },
    { .width = 1, .height = 1 },
    { .width = 333, .height = 217, .full_chroma = true },
    { .width = 333, .height = 217, .progressive = true },
    { .width = 333, .height = 217, .arithmetic = true },
    { .width = 333, .height = 217, .arithmetic = true, .progressive = true },
    { .width = 641, .height = 9, .channels = 1 },
    { .width = 2100, .height = 1100 },
};

static void test_jpeg_equals_libjpeg(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(specs); i++) {
        uint32_t w = 0, h = 0;
        blob file = jpeg_make(&specs[i]);
        blob expected = jpeg_reference(&file, JCS_RGB, 1, &w, &h);
        assert_int_equal(decode(f, &file, NULL), JZ_OK);
        assert_pixels(f, &expected, specs[i].width, specs[i].height, 3);
        assert_string_equal(f->info.format->name, "jpeg");
        assert_int_equal(f->info.width, specs[i].width);
        assert_int_equal(f->info.height, specs[i].height);
        assert_int_equal(f->info.frames, 1);
        assert_int_equal(f->info.orientation, 1);
        assert_false(f->info.animated);
        blob_done(&expected);
        blob_done(&file);
    }
}

static void test_jpeg_scaled_luma_equals_libjpeg(void **state)
{
    static const struct {
        jpeg_spec spec;
        unsigned denominator;
    } cases[] = {
        { { .width = 511, .height = 2000 }, 1 },
        { { .width = 1024, .height = 1022 }, 1 },
        { { .width = 1023, .height = 1024 }, 2 },
        { { .width = 2047, .height = 2500 }, 4 },
        { { .width = 4096, .height = 4089 }, 8 },
        { { .width = 2048, .height = 2048, .channels = 1, .progressive = true }, 4 },
    };
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        uint32_t w = 0, h = 0;
        blob file = jpeg_make(&cases[i].spec);
        const bool scaled = cases[i].denominator > 1; /* else it is given in colour */
        blob expected =
            jpeg_reference(&file, scaled ? JCS_GRAYSCALE : JCS_RGB, cases[i].denominator, &w, &h);
        assert_int_equal(decode(f, &file, &(jz_decode_opts){ .grey_scaled = true }), JZ_OK);
        assert_pixels(f, &expected, w, h, scaled ? 1 : 3);
        assert_int_equal(f->shot.frame.full_width, cases[i].spec.width);
        assert_int_equal(f->shot.frame.full_height, cases[i].spec.height);
        blob_done(&expected);
        blob_done(&file);
    }
}

static void test_cmyk_becomes_rgb(void **state)
{
    fixture *f = *state;
    uint32_t w = 0, h = 0;
    blob file = jpeg_make(&(jpeg_spec){ .width = 200, .height = 100, .channels = 4 });
    blob cmyk = jpeg_reference(&file, JCS_CMYK, 1, &w, &h);
    assert_int_equal(decode(f, &file, NULL), JZ_OK);
    assert_int_equal(f->shot.pixels.len, (size_t)w * h * 3);
    for (size_t i = 0; i < (size_t)w * h; i++) {
        for (size_t c = 0; c < 3; c++) {
            const double v = (double)cmyk.ptr[i * 4 + c] * cmyk.ptr[i * 4 + 3] / 255;
            assert_int_equal(f->shot.pixels.ptr[i * 3 + c], (int)(v + 0.5));
        }
    }
    blob_done(&cmyk);
    blob_done(&file);
}

static void test_cmyk_becomes_scaled_luma(void **state)
{
    fixture *f = *state;
    blob file = jpeg_make(&(jpeg_spec){ .width = 1100, .height = 1050, .channels = 4 });
    assert_int_equal(decode(f, &file, &(jz_decode_opts){ .grey_scaled = true }), JZ_OK);
    assert_int_equal(f->shot.pixels.len, 550 * 525);
    assert_int_equal(f->shot.frame.full_width, 1100);
    blob_done(&file);
}

static void test_orientation_is_read(void **state)
{
    fixture *f = *state;
    for (uint32_t o = 1; o <= 8; o++) {
        blob file = jpeg_make(&(jpeg_spec){ .width = 20, .height = 10, .orientation = o });
        assert_int_equal(decode(f, &file, NULL), JZ_OK);
        assert_int_equal(f->info.orientation, o);
        assert_int_equal(f->shot.frame.plane.width, 20); /* not applied */
        blob_done(&file);
    }
}

static void test_bytes_after_the_end_are_harmless(void **state)
{
    fixture *f = *state;
    blob file = jpeg_make(&specs[0]);
    file.ptr = realloc(file.ptr, file.len + 1000);
    assert_non_null(file.ptr);
    memset(file.ptr + file.len, 0x5a, 1000);
    file.len += 1000;
    assert_int_equal(decode(f, &file, NULL), JZ_OK);
    assert_int_equal(f->shot.frames, 1);
    blob_done(&file);
}

static void test_truncated_file_gives_its_frame_first(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(specs); i++) {
        blob file = jpeg_make(&specs[i]);
        if (file.len > 2000) {
            file.len = file.len * 2 / 3;
            assert_int_equal(decode(f, &file, NULL), JZ_E_TRUNCATED);
            assert_int_equal(f->err.code, JZ_E_TRUNCATED);
            assert_int_equal(f->shot.frames, 1);
            assert_int_equal(f->info.width, specs[i].width);
        }
        blob_done(&file);
    }
}

static void test_files_that_are_no_pictures_are_named(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        jz_status status;
    } cases[] = {
        { "", 0, JZ_E_EMPTY },
        { "plain text, nothing more", 24, JZ_E_NOT_MEDIA },
        { "PK\3\4\24\0\0\0\10\0aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 38, JZ_E_ARCHIVE },
        { "%PDF-1.7\n%aaaa\n1 0 obj\n", 23, JZ_E_UNSUPPORTED },
    };
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        const blob file = { (uint8_t *)(uintptr_t)cases[i].bytes, cases[i].len };
        assert_int_equal(decode(f, &file, NULL), cases[i].status);
        assert_int_equal(f->err.code, cases[i].status);
        assert_int_equal(f->shot.frames, 0);
    }
}

static void test_special_files_are_refused(void **state)
{
    fixture *f = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(jz_decode(f->decoder, ends[0], NULL, shot_take, &f->shot, &f->info, &f->err),
                     JZ_E_SPECIAL);
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(jz_decode(f->decoder, -1, NULL, shot_take, &f->shot, &f->info, &f->err),
                     JZ_E_IO);
}

static void test_small_file_is_read_once(void **state)
{
    fixture *f = *state;
    blob file = jpeg_make(&(jpeg_spec){ .width = 64, .height = 48 });
    const int fd = blob_open(file.ptr, file.len);
    jz_decode_opts opts = { 0 };
    jz_bytes none = { 0 };
    assert_int_equal(jz_decoder_read(f->decoder, fd, file.len, &opts.whole, &f->err), JZ_OK);
    assert_int_equal(opts.whole.len, file.len);
    assert_memory_equal(opts.whole.ptr, file.ptr, file.len);
    assert_int_equal(decode(f, &file, NULL), JZ_OK);
    blob pixels = f->shot.pixels;
    f->shot = (shot){ 0 };
    assert_int_equal(ftruncate(fd, 0), 0); /* nobody reads it any more */
    assert_int_equal(jz_decode(f->decoder, fd, &opts, shot_take, &f->shot, &f->info, &f->err),
                     JZ_OK);
    assert_pixels(f, &pixels, 64, 48, 3);
    blob_done(&pixels);

    assert_int_equal(jz_decoder_read(f->decoder, fd, 0, &none, &f->err), JZ_OK);
    assert_null(none.ptr);
    assert_int_equal(jz_decoder_read(f->decoder, fd, (256 << 10) + 1, &none, &f->err), JZ_OK);
    assert_null(none.ptr);
    assert_int_equal(jz_decoder_read(f->decoder, fd, file.len, &none, &f->err), JZ_E_CHANGED);
    opts.whole = (jz_bytes){ file.ptr, file.len };
    assert_int_equal(jz_decode(f->decoder, fd, &opts, shot_take, &f->shot, &f->info, &f->err),
                     JZ_E_INVAL);
    (void)close(fd);
    blob_done(&file);
}

/* Only of what jz would hash in the same way. */
static void test_still_is_hashed_where_it_is_decoded(void **state)
{
    static const struct {
        jpeg_spec spec;
        bool asked, scaled, hashed;
    } cases[] = {
        { { .width = 700, .height = 530 }, true, false, true },
        { { .width = 700, .height = 530, .orientation = 1 }, true, false, true },
        { { .width = 700, .height = 530 }, false, false, false },
        { { .width = 700, .height = 530, .orientation = 6 }, true, false, false },
        { { .width = 1040, .height = 1040 }, true, true, false },
    };
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        blob file = jpeg_make(&cases[i].spec);
        const jz_decode_opts opts = { .pdq = cases[i].asked, .grey_scaled = cases[i].scaled };
        assert_int_equal(decode(f, &file, &opts), JZ_OK);
        assert_int_equal(f->shot.pdq.len, cases[i].hashed ? sizeof(jz_pdq_still) : 0);
        if (cases[i].hashed) {
            jz_plane p = f->shot.frame.plane;
            jz_pdq_still here, there;
            p.px = f->shot.pixels.ptr;
            assert_int_equal(jz_pdq_still_make(&p, &here, NULL), JZ_OK);
            const jz_bytes sent = { f->shot.pdq.ptr, f->shot.pdq.len };
            assert_int_equal(jz_pdq_still_read(sent, &there, NULL), JZ_OK);
            assert_memory_equal(&here, &there, sizeof here);
            f->shot.pdq.ptr[0] = 101; /* a quality that there is not */
            assert_int_equal(jz_pdq_still_read(sent, &there, NULL), JZ_E_CORRUPT);
        }
        blob_done(&file);
    }
}

/* Every status that a damaged JPEG may have; the process itself must never be lost. */
static bool is_verdict(jz_status st)
{
    return st == JZ_OK || st == JZ_E_CORRUPT || st == JZ_E_TRUNCATED || st == JZ_E_UNSUPPORTED ||
           st == JZ_E_LIMIT || st == JZ_E_NOT_MEDIA;
}

static void test_flipped_bits_cost_one_item(void **state)
{
    fixture *f = *state;
    unsigned refused = 0;
    for (size_t s = 2; s < 6; s++) {
        blob file = jpeg_make(&(jpeg_spec){ .width = 96,
                                            .height = 64,
                                            .progressive = specs[s].progressive,
                                            .arithmetic = specs[s].arithmetic });
        for (size_t i = 0; i < 600; i++) {
            const size_t at = i * 2654435761u % file.len;
            const uint8_t bit = (uint8_t)(1u << i % 8);
            file.ptr[at] ^= bit;
            const jz_status st = decode(f, &file, NULL);
            if (!is_verdict(st))
                fail_msg("byte %zu bit %u: %s", at, bit, f->err.frame[0]);
            refused += st != JZ_OK;
            file.ptr[at] ^= bit;
        }
        assert_int_equal(decode(f, &file, NULL), JZ_OK);
        blob_done(&file);
    }
    assert_true(refused > 100);
}

static void test_huge_header_is_refused_before_allocation(void **state)
{
    static const struct {
        uint8_t high;
        uint8_t low;
    } sides[] = { { 0xff, 0xff }, { 0xff, 0xdc }, { 0x40, 0x00 } }; /* 65535, 65500, 16384 */
    fixture *f = *state;
    blob file = jpeg_make(&(jpeg_spec){ .width = 64, .height = 64 });
    size_t sof = 0;
    while (file.ptr[sof] != 0xff || file.ptr[sof + 1] != 0xc0)
        sof++;
    for (size_t i = 0; i < JZ_ARRAY_LEN(sides); i++) {
        file.ptr[sof + 5] = file.ptr[sof + 7] = sides[i].high;
        file.ptr[sof + 6] = file.ptr[sof + 8] = sides[i].low;
        assert_int_equal(decode(f, &file, NULL), JZ_E_LIMIT);
        assert_int_equal(f->shot.frames, 0);
    }
    blob_done(&file);
}

static void test_progressive_bomb_is_refused(void **state)
{
    fixture *f = *state;
    blob bomb =
        jpeg_make(&(jpeg_spec){ .width = 64, .height = 64, .channels = 1, .refinements = 600 });
    assert_int_equal(decode(f, &bomb, NULL), JZ_E_LIMIT);
    assert_non_null(strstr(f->err.frame[0], "scans"));
    blob_done(&bomb);
    blob many =
        jpeg_make(&(jpeg_spec){ .width = 64, .height = 64, .channels = 1, .refinements = 400 });
    assert_int_equal(decode(f, &many, NULL), JZ_OK);
    blob_done(&many);
}

static void test_limits_are_told_with_their_numbers(void **state)
{
    (void)state;
    fixture f;
    blob file = jpeg_make(&(jpeg_spec){ .width = 2000, .height = 2000, .progressive = true });
    open_with(&f, &(jz_limits){ .max_pixels = 3999999 });
    assert_int_equal(decode(&f, &file, NULL), JZ_E_LIMIT);
    assert_string_equal(f.err.frame[0], "a picture of 2000 x 2000 pixels, limit 3999999");
    close_fixture(&f);
    open_with(&f, &(jz_limits){ .max_still_bytes = file.len - 1 });
    assert_int_equal(decode(&f, &file, NULL), JZ_E_LIMIT);
    close_fixture(&f);
    open_with(&f, &(jz_limits){ .max_memory_bytes = 4 << 20 }); /* it needs 12 MB */
    assert_int_equal(decode(&f, &file, NULL), JZ_E_LIMIT);
    assert_string_equal(f.err.frame[0], "decoder memory limit of 4194304 bytes");
    close_fixture(&f);
    open_with(&f, &(jz_limits){ .max_memory_bytes = 32 << 20 });
    assert_int_equal(decode(&f, &file, NULL), JZ_OK);
    close_fixture(&f);
    blob_done(&file);
}

static void test_callers_failure_is_returned_as_it_is(void **state)
{
    fixture *f = *state;
    blob file = jpeg_make(&specs[0]);
    f->shot.answer = JZ_E_BUSY;
    assert_int_equal(decode(f, &file, NULL), JZ_E_BUSY);
    assert_string_equal(f->err.frame[0], "the test has seen enough");
    f->shot.answer = JZ_OK;
    assert_int_equal(decode(f, &file, NULL), JZ_OK);
    blob_done(&file);
}

static void test_missing_program_is_named(void **state)
{
    (void)state;
    jz_sandbox *sb = NULL;
    jz_err err = { 0 };
    assert_int_equal(jz_sandbox_open("/nonexistent/jz-decode", NULL, &sb, &err), JZ_E_NOTFOUND);
    assert_non_null(strstr(err.frame[0], "/nonexistent/jz-decode"));
    assert_null(sb);
    /* Not a decoder at all: found, started, and refused when it is needed. */
    jz_decoder *d = NULL;
    jz_media_info info;
    shot s = { 0 };
    blob file = jpeg_make(&specs[1]);
    assert_int_equal(jz_sandbox_open("/bin/true", NULL, &sb, &err), JZ_OK);
    assert_int_equal(jz_decoder_new(sb, &d, &err), JZ_OK);
    assert_int_equal(decode_bytes(d, file.ptr, file.len, NULL, &s, &info, &err), JZ_E_CRASH);
    jz_decoder_free(d);
    jz_sandbox_close(sb);
    blob_done(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jpeg_equals_libjpeg),
        cmocka_unit_test(test_jpeg_scaled_luma_equals_libjpeg),
        cmocka_unit_test(test_cmyk_becomes_rgb),
        cmocka_unit_test(test_cmyk_becomes_scaled_luma),
        cmocka_unit_test(test_orientation_is_read),
        cmocka_unit_test(test_bytes_after_the_end_are_harmless),
        cmocka_unit_test(test_truncated_file_gives_its_frame_first),
        cmocka_unit_test(test_files_that_are_no_pictures_are_named),
        cmocka_unit_test(test_special_files_are_refused),
        cmocka_unit_test(test_small_file_is_read_once),
        cmocka_unit_test(test_still_is_hashed_where_it_is_decoded),
        cmocka_unit_test(test_flipped_bits_cost_one_item),
        cmocka_unit_test(test_huge_header_is_refused_before_allocation),
        cmocka_unit_test(test_progressive_bomb_is_refused),
        cmocka_unit_test(test_limits_are_told_with_their_numbers),
        cmocka_unit_test(test_callers_failure_is_returned_as_it_is),
        cmocka_unit_test(test_missing_program_is_named),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
