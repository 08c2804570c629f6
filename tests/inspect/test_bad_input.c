/* SPDX-License-Identifier: Apache-2.0 */
/* What an examination should refuse, or bear: crowds, cut and tiny faces, drawings, odd colours and
 * clips, huge pictures, damaged models. All is made from one photograph (JZ_TEST_DATA) while the
 * test runs; the models are those of JZ_TEST_MODELS. */
#include <jz/inspect.h>

#include "base/alloc.h"
#include "base/file.h"
#include "inspect/face_crop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jpeglib.h>

#define TILE 120 /* pixels: a face of about 80 in it */
#define COLUMNS 25
#define ROWS 20
#define HUGE_SIDE 10000 /* 100 megapixels */

static struct bed {
    bool ready;
    jz_sandbox *sandbox;
    jz_decoder *decoder;
    jz_face_finder *finder;
    jz_buf pixels; /* of the photograph */
    jz_plane photo;
    jz_pyramid pyramid;
} bed;

/* The face of the photograph, with what is around it. */
static const jz_square around = { .x = 193, .y = 255, .side = 320, .right_x = 1 };

static jz_status keep(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    const jz_plane *p = &frame->plane;
    (void)user;
    (void)info;
    (void)err;
    for (uint32_t y = 0; y < p->height; y++)
        jz_buf_put(&bed.pixels, p->px + y * p->stride, (size_t)p->width * p->channels);
    bed.photo = (jz_plane){ NULL, p->width, p->height, (size_t)p->width * 3, 3 };
    return p->channels == 3 ? JZ_OK : JZ_E_UNSUPPORTED;
}

static int prepare(void **state)
{
    char path[4096];
    const char *models = getenv("JZ_TEST_MODELS"), *data = getenv("JZ_TEST_DATA");
    jz_media_info info = { 0 };
    (void)state;
    if (models == NULL || data == NULL)
        return 0;
    (void)snprintf(path, sizeof path, "%s/faces/df-img10.jpg", data);
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || jz_sandbox_open(NULL, NULL, &bed.sandbox, NULL) != JZ_OK ||
        jz_decoder_new(bed.sandbox, &bed.decoder, NULL) != JZ_OK ||
        jz_face_finder_open(models, &bed.finder, NULL) != JZ_OK ||
        jz_decode(bed.decoder, fd, NULL, keep, NULL, &info, NULL) != JZ_OK)
        return 1;
    bed.photo.px = (const uint8_t *)bed.pixels.ptr;
    bed.ready = jz_pyramid_init(&bed.photo, &bed.pyramid, NULL) == JZ_OK;
    return bed.ready ? 0 : 1;
}

static int put_away(void **state)
{
    (void)state;
    jz_pyramid_done(&bed.pyramid);
    jz_buf_done(&bed.pixels);
    jz_face_finder_close(bed.finder);
    jz_decoder_free(bed.decoder);
    jz_sandbox_close(bed.sandbox);
    return 0;
}

/* ---- pictures ---- */

typedef struct sheet { /* RGB in memory; freed with jz_free(px) */
    uint8_t *px;
    uint32_t width, height;
} sheet;

static sheet sheet_of(uint32_t width, uint32_t height)
{
    const sheet s = { jz_alloc((size_t)width * height * 3), width, height };
    assert_non_null(s.px);
    memset(s.px, 128, (size_t)width * height * 3);
    return s;
}

/* The square of the photograph, so many pixels wide, at a place of the sheet. */
static void paste(sheet *s, const jz_square *from, uint32_t side, uint32_t x, uint32_t y)
{
    float *cut = jz_alloc_zero((size_t)side * side, 3 * sizeof *cut);
    assert_non_null(cut);
    assert_true(x + side <= s->width && y + side <= s->height);
    jz_square_cut(&bed.pyramid, from, side, cut);
    for (size_t i = 0; i < (size_t)side * side * 3; i++)
        s->px[((y + i / 3 / side) * s->width + x) * 3 + i % ((size_t)side * 3)] =
            (uint8_t)((cut[i] + 1) * 127.5f + 0.5f);
    jz_free(cut);
}

static sheet whole(void)
{
    sheet s = sheet_of(bed.photo.width, bed.photo.height);
    memcpy(s.px, bed.photo.px, (size_t)s.width * s.height * 3);
    return s;
}

static void le32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static void write_all(int fd, const void *data, size_t size)
{
    assert_int_equal(jz_write_all(fd, data, size, "a picture", NULL), JZ_OK);
}

/* As a BMP of 24 bits, from top to bottom. */
static void write_bmp(int fd, const sheet *s)
{
    const size_t row = ((size_t)s->width * 3 + 3) / 4 * 4;
    uint8_t head[54] = { 'B', 'M', [10] = 54, [14] = 40, [26] = 1, [28] = 24 };
    uint8_t *line = jz_alloc_zero(row, 1);
    assert_non_null(line);
    le32(head + 2, (uint32_t)(sizeof head + row * s->height));
    le32(head + 18, s->width);
    le32(head + 22, (uint32_t) - (int32_t)s->height);
    write_all(fd, head, sizeof head);
    for (uint32_t y = 0; y < s->height; y++) {
        const uint8_t *p = s->px + (size_t)y * s->width * 3;
        for (size_t i = 0; i < (size_t)s->width * 3; i++)
            line[i] = p[i / 3 * 3 + 2 - i % 3]; /* B, G, R */
        write_all(fd, line, row);
    }
    jz_free(line);
}

/* Frees the sheet. */
static void inspect(sheet s, const jz_inspect_opts *opts, jz_inspection *in)
{
    JZ_FD_AUTO fd = memfd_create("sheet", MFD_CLOEXEC);
    jz_err err = { 0 };
    assert_true(fd >= 0);
    write_bmp(fd, &s);
    jz_free(s.px);
    *in = (jz_inspection){ 0 };
    if (jz_inspect(bed.decoder, bed.finder, fd, opts, in, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

static void expect(jz_inspection *in, jz_outcome outcome, const char *reason)
{
    if (in->outcome != outcome || strstr(in->reason, reason) == NULL)
        fail_msg("%s: %s", jz_outcome_name(in->outcome), in->reason);
    jz_inspection_done(in);
}

static void test_crowd_of_500_is_examined_as_far_as_asked(void **state)
{
    (void)state;
    jz_inspection in;
    if (!bed.ready)
        skip();
    sheet s = sheet_of(COLUMNS * TILE, ROWS * TILE);
    for (uint32_t i = 0; i < COLUMNS * ROWS; i++)
        paste(&s, &around, TILE, i % COLUMNS * TILE, i / COLUMNS * TILE);
    inspect(s, NULL, &in);
    const uint64_t found = in.n + in.faces_left_out;
    print_message("# %" PRIu64 " of %d faces found\n", found, COLUMNS * ROWS);
    assert_int_equal(in.n, 64);
    assert_true(found >= 475 && found <= 500);
    expect(&in, JZ_OUTCOME_NO_SUPPORT, "no calibration data");
}

static void test_face_at_the_border_is_unsuitable(void **state)
{
    (void)state;
    jz_inspection in;
    size_t found = 0;
    if (!bed.ready)
        skip();
    for (unsigned side = 0; side < 4; side++) {
        static const double beside[4][2] = { { -1, 0 }, { 1, 0 }, { 0, -1 }, { 0, 1 } };
        const jz_square s = { .x = around.x + 75 * beside[side][0],
                              .y = around.y + 75 * beside[side][1],
                              .side = 220,
                              .right_x = 1 };
        sheet cut = sheet_of(440, 440);
        paste(&cut, &s, 440, 0, 0);
        inspect(cut, NULL, &in);
        found += in.n;
        expect(&in, JZ_OUTCOME_UNSUITABLE, in.n > 0 ? "cut by the border" : "no face");
    }
    assert_true(found >= 2);
}

static void test_faces_of_16_pixels_are_unsuitable(void **state)
{
    (void)state;
    jz_inspection in;
    if (!bed.ready)
        skip();
    for (unsigned min_face = 0; min_face <= 16; min_face += 16) {
        const jz_inspect_opts opts = { .faces.min_face = min_face };
        sheet s = sheet_of(320, 240);
        for (uint32_t i = 0; i < 12; i++)
            paste(&s, &around, 24, 20 + i % 4 * 80, 20 + i / 4 * 80); /* faces of 16 */
        inspect(s, &opts, &in);
        assert_true(min_face > 0 || in.n == 0);
        expect(&in, JZ_OUTCOME_UNSUITABLE, in.n > 0 ? "too small" : "no face of 64 pixels");
    }
}

/* Of Debian's lomiri-wallpapers-16.04. */
static void test_animal_is_unsuitable(void **state)
{
    (void)state;
    jz_inspection in = { 0 };
    JZ_FD_AUTO fd = open("/usr/share/backgrounds/Dragonfly_by_Bolly.jpg", O_RDONLY | O_CLOEXEC);
    if (!bed.ready || fd < 0)
        skip();
    assert_int_equal(jz_inspect(bed.decoder, bed.finder, fd, NULL, &in, NULL), JZ_OK);
    expect(&in, JZ_OUTCOME_UNSUITABLE, "no face");
}

/* The photograph in four flat colours a channel. */
static void test_drawing_is_unsuitable(void **state)
{
    (void)state;
    jz_inspection in;
    if (!bed.ready)
        skip();
    sheet s = whole();
    for (size_t i = 0; i < (size_t)s.width * s.height * 3; i++)
        s.px[i] = (uint8_t)(s.px[i] / 64 * 64 + 32);
    inspect(s, NULL, &in);
    expect(&in, JZ_OUTCOME_UNSUITABLE, in.n > 0 ? "drawn" : "no face");
}

static void test_grey_face_is_examined_without_colour(void **state)
{
    (void)state;
    jz_inspection in;
    if (!bed.ready)
        skip();
    sheet s = whole();
    for (size_t i = 0; i < (size_t)s.width * s.height * 3; i++)
        s.px[i] = s.px[i / 3 * 3 + 1];
    inspect(s, NULL, &in);
    assert_true(in.n == 1 && in.face[0].grey);
    for (size_t i = 0; i < JZ_MEASURES; i++)
        assert_true(in.face[0].measured[i].valid == (in.face[0].measured[i].why == NULL));
    expect(&in, JZ_OUTCOME_NO_SUPPORT, "no calibration data");
}

/* As Adobe's programs write it: turned round, so that 255 is no ink. */
static void write_cmyk(int fd, const sheet *s)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr e;
    unsigned char *file = NULL;
    unsigned long size = 0;
    c.err = jpeg_std_error(&e);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &file, &size);
    c.image_width = s->width;
    c.image_height = s->height;
    c.input_components = 4;
    c.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 92, TRUE);
    jpeg_start_compress(&c, TRUE);
    uint8_t *row = jz_alloc((size_t)s->width * 4);
    assert_non_null(row);
    while (c.next_scanline < c.image_height) {
        const uint8_t *p = s->px + (size_t)c.next_scanline * s->width * 3;
        for (size_t x = 0; x < s->width; x++) {
            memcpy(row + 4 * x, p + 3 * x, 3);
            row[4 * x + 3] = 255;
        }
        (void)jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    jz_free(row);
    write_all(fd, file, size);
    free(file);
}

static void test_cmyk_face_is_examined(void **state)
{
    (void)state;
    jz_inspection in = { 0 };
    if (!bed.ready)
        skip();
    JZ_FD_AUTO fd = memfd_create("cmyk", MFD_CLOEXEC);
    sheet s = whole();
    write_cmyk(fd, &s);
    jz_free(s.px);
    assert_int_equal(jz_inspect(bed.decoder, bed.finder, fd, NULL, &in, NULL), JZ_OK);
    assert_true(in.n == 1 && !in.face[0].grey);
    expect(&in, JZ_OUTCOME_NO_SUPPORT, "no calibration data");
}

/* ---- videos ---- */

/* ffmpeg's work on a picture; false where there is no ffmpeg. */
static bool film(const sheet *s, const char *filter, const char *path)
{
    char from[] = "/tmp/jz-frame-XXXXXX";
    const char *const argv[] = { "ffmpeg",  "-v",        "error",       "-nostdin", "-y",
                                 "-f",      "bmp_pipe",  "-i",          from,       "-vf",
                                 filter,    "-fps_mode", "passthrough", "-c:v",     "libx264",
                                 "-preset", "ultrafast", "-crf",        "18",       "-pix_fmt",
                                 "yuv420p", path,        NULL };
    extern char **environ;
    pid_t child;
    int status = 1;
    JZ_FD_AUTO fd = mkstemp(from);
    assert_true(fd >= 0);
    write_bmp(fd, s);
    const bool made =
        posix_spawnp(&child, "ffmpeg", NULL, NULL, (char *const *)(uintptr_t)argv, environ) == 0 &&
        waitpid(child, &status, 0) == child && status == 0;
    (void)unlink(from);
    return made;
}

static void inspect_film(const char *filter, jz_inspection *in)
{
    char folder[] = "/tmp/jz-film-XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/film.mp4", folder);
    sheet s = whole();
    const bool made = film(&s, filter, path);
    jz_free(s.px);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)unlink(path);
    (void)rmdir(folder);
    if (!made)
        skip();
    *in = (jz_inspection){ 0 };
    const jz_inspect_opts opts = { .stream = true };
    const jz_status st = jz_inspect(bed.decoder, bed.finder, fd, &opts, in, NULL);
    (void)close(fd);
    assert_int_equal(st, JZ_OK);
}

static void test_video_of_one_frame_is_examined(void **state)
{
    (void)state;
    jz_inspection in;
    if (!bed.ready)
        skip();
    inspect_film("null", &in);
    assert_true(in.frames == 1 && in.n == 1 && in.tracks == 1 && in.stream.frames == 1);
    for (size_t i = 0; i < JZ_STREAM_CHECKS; i++)
        assert_true(!in.stream.remarkable[i]);
    expect(&in, JZ_OUTCOME_NO_SUPPORT, "no calibration data");
}

/* 24 frames, of which every fifth stands for twelve times as long as the others. */
static void test_video_of_variable_frame_rate_is_one_track(void **state)
{
    (void)state;
    jz_inspection in;
    if (!bed.ready)
        skip();
    inspect_film("loop=loop=23:size=1,setpts='(N+floor(N/5)*11)/25/TB'", &in);
    assert_true(in.frames >= 2 && in.n == in.frames && in.tracks == 1);
    for (size_t i = 1; i < in.n; i++)
        assert_true(in.face[i].frame > in.face[i - 1].frame);
    assert_true(in.stream.remarkable[JZ_STREAM_GAP]);
    expect(&in, JZ_OUTCOME_NO_SUPPORT, "no calibration data");
}

/* ---- models ---- */

static void copy_models(const char *folder)
{
    char from[4096], to[4096];
    for (size_t i = 0; jz_model_at(i) != NULL; i++) {
        JZ_BUF_AUTO file = { 0 };
        (void)snprintf(from, sizeof from, "%s/%s.jznn", getenv("JZ_TEST_MODELS"),
                       jz_model_at(i)->name);
        (void)snprintf(to, sizeof to, "%s/%s.jznn", folder, jz_model_at(i)->name);
        assert_int_equal(jz_file_read(from, 1 << 24, &file, NULL), JZ_OK);
        assert_int_equal(jz_file_write(to, file.ptr, file.len, NULL), JZ_OK);
    }
}

/* What a folder of models says when one of them is other than it should be. */
static void expect_refused(const char *folder, const char *name, jz_status wanted)
{
    jz_err err = { 0 };
    char text[JZ_ERR_FRAMES * JZ_ERR_TEXT];
    jz_face_finder *f = NULL;
    assert_int_equal(jz_face_finder_open(folder, &f, &err), wanted);
    if (strstr(jz_err_text(&err, text, sizeof text), name) == NULL)
        fail_msg("%s is not named: %s", name, text);
}

static void test_damaged_and_foreign_models_are_named(void **state)
{
    (void)state;
    static const struct {
        size_t at; /* of the byte that is changed */
        jz_status st;
    } wrong[] = { { 0, JZ_E_CORRUPT }, { 4, JZ_E_UNSUPPORTED }, { 5000, JZ_E_MISMATCH } };
    char folder[] = "/tmp/jz-models-XXXXXX", path[4096];
    if (!bed.ready)
        skip();
    assert_non_null(mkdtemp(folder));
    copy_models(folder);
    for (size_t i = 0; jz_model_at(i) != NULL; i++) {
        JZ_BUF_AUTO file = { 0 };
        const char *name = jz_model_at(i)->name;
        (void)snprintf(path, sizeof path, "%s/%s.jznn", folder, name);
        assert_int_equal(jz_file_read(path, 1 << 24, &file, NULL), JZ_OK);
        for (size_t k = 0; k < JZ_ARRAY_LEN(wrong); k++) {
            file.ptr[wrong[k].at] ^= 8;
            assert_int_equal(jz_file_write(path, file.ptr, file.len, NULL), JZ_OK);
            expect_refused(folder, name, wrong[k].st);
            file.ptr[wrong[k].at] ^= 8;
        }
        assert_int_equal(jz_file_write(path, file.ptr, file.len / 2, NULL), JZ_OK);
        expect_refused(folder, name, JZ_E_MISMATCH);
        assert_int_equal(jz_file_write(path, file.ptr, file.len, NULL), JZ_OK);
    }
    for (size_t i = 0; jz_model_at(i) != NULL; i++) {
        (void)snprintf(path, sizeof path, "%s/%s.jznn", folder, jz_model_at(i)->name);
        assert_int_equal(unlink(path), 0);
        expect_refused(folder, jz_model_at(0)->name, JZ_E_NOTFOUND);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void test_100_megapixels_are_examined(void **state)
{
    (void)state;
    jz_inspection in;
    const jz_inspect_opts quick = { .faces.quick = true };
    if (!bed.ready)
        skip();
    sheet s = sheet_of(HUGE_SIDE, HUGE_SIDE);
    paste(&s, &around, 4000, 3000, 3000);
    inspect(s, &quick, &in);
    assert_int_equal(in.n, 1);
    expect(&in, JZ_OUTCOME_NO_SUPPORT, "no calibration data");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crowd_of_500_is_examined_as_far_as_asked),
        cmocka_unit_test(test_face_at_the_border_is_unsuitable),
        cmocka_unit_test(test_faces_of_16_pixels_are_unsuitable),
        cmocka_unit_test(test_animal_is_unsuitable),
        cmocka_unit_test(test_drawing_is_unsuitable),
        cmocka_unit_test(test_grey_face_is_examined_without_colour),
        cmocka_unit_test(test_cmyk_face_is_examined),
        cmocka_unit_test(test_video_of_one_frame_is_examined),
        cmocka_unit_test(test_video_of_variable_frame_rate_is_one_track),
        cmocka_unit_test(test_damaged_and_foreign_models_are_named),
        cmocka_unit_test(test_100_megapixels_are_examined),
    };
    return cmocka_run_group_tests(tests, prepare, put_away);
}
