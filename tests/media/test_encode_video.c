/* SPDX-License-Identifier: Apache-2.0 */
/* Video: when frames are shown, what is heard, which colours are meant, which frames get the mark;
 * clips are made by ffmpeg as the test runs, and read by ffprobe and ffmpeg. */
#include "carrier_fixture.h"
#include "encode_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ARGS_MAX 64
#define TESTSRC "testsrc=s=160x120:r=10:d=4"
#define SINE "sine=frequency=440:d=4"
#define QUICK "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"

typedef struct clip {
    const char *name;
    const char *suffix;
    const char *argv[ARGS_MAX]; /* of ffmpeg, behind its first words; the output is @ */
} clip;

/* ffmpeg writes into a file of the name that the fixture made: "@" is both an empty input, which is
 * not read, and the output. */
static void make(const clip *c, jz_buf *out)
{
    const char *argv[ARGS_MAX + 8] = { "sh", "-c", NULL, "sh", "@" };
    size_t n = 5;
    /* The file is printed, since a peer's output is what comes back. */
    argv[2] = "f=$1; shift; ffmpeg -v error -y -bitexact \"$@\" -bitexact -threads 1 \"$f\" "
              "</dev/null >&2 && cat \"$f\"";
    for (size_t i = 0; i < ARGS_MAX && c->argv[i] != NULL; i++)
        argv[n++] = c->argv[i];
    argv[n] = NULL;
    static const jz_buf nothing;
    ef_peer(&nothing, c->suffix, argv, out);
}

static bool has_ffmpeg(void)
{
    JZ_BUF_AUTO out = { 0 };
    static const char *const argv[] = { "ffmpeg", "-version", NULL };
    static const char *const probe[] = { "ffprobe", "-version", NULL };
    return fx_peer((jz_bytes){ 0 }, ".txt", argv, &out) == 0 &&
           fx_peer((jz_bytes){ 0 }, ".txt", probe, &out) == 0;
}

static void need_ffmpeg(void)
{
    if (has_ffmpeg())
        return;
    print_message("SKIP: no ffmpeg and ffprobe\n");
    skip();
}

/* An overlay of one colour in the lower right corner of a picture. */
static uint8_t *corner(uint32_t width, uint32_t height, jz_overlay *o)
{
    uint8_t *px = ef_overlay(40, 24, width - 40, height - 24, o);
    for (size_t i = 0; i < (size_t)40 * 24; i++)
        memcpy(px + i * 4, "\xe6\x1e\x1e\xff", 4);
    return px;
}

static void probe(const jz_buf *file, const char *suffix, const char *streams, const char *entries,
                  jz_buf *out)
{
    const char *const argv[] = { "ffprobe",
                                 "-v",
                                 "error",
                                 "-select_streams",
                                 streams,
                                 "-show_entries",
                                 entries,
                                 "-of",
                                 "compact=p=0:nk=0",
                                 "@",
                                 NULL };
    ef_peer(file, suffix, argv, out);
}

static void check_same(const clip *c, const jz_buf *a, const jz_buf *b, const char *streams,
                       const char *entries)
{
    JZ_BUF_AUTO before = { 0 };
    JZ_BUF_AUTO after = { 0 };
    probe(a, c->suffix, streams, entries, &before);
    probe(b, c->suffix, streams, entries, &after);
    assert_true(before.len > 0);
    if (before.len != after.len || memcmp(before.ptr, after.ptr, before.len) != 0)
        fail_msg("%s: %s before:\n%s\nafter:\n%s", c->name, entries, before.ptr, after.ptr);
}

/* Streams but the video: their packets' bytes. */
static void check_sound(const clip *c, const jz_buf *a, const jz_buf *b)
{
    static const char *const argv[] = { "ffmpeg", "-v",   "error", "-i",         "@", "-map", "0:a",
                                        "-c",     "copy", "-f",    "streamhash", "-", NULL };
    JZ_BUF_AUTO before = { 0 };
    JZ_BUF_AUTO after = { 0 };
    ef_peer(a, c->suffix, argv, &before);
    ef_peer(b, c->suffix, argv, &after);
    assert_non_null(strstr(before.ptr, "SHA256="));
    if (strcmp(before.ptr, after.ptr) != 0)
        fail_msg("%s: sound before:\n%s\nafter:\n%s", c->name, before.ptr, after.ptr);
}

static void burn(const clip *c, const jz_buf *file, const jz_overlay *o, double until_s,
                 jz_buf *out)
{
    jz_encode_info info;
    jz_err err = { 0 };
    const jz_encode_span span = { .until_s = until_s };
    if (ef_burn(file, o, 1, &span, out, &info, &err) != JZ_OK)
        fail_msg("%s: %s", c->name, err.frame[0]);
    assert_false(info.untouched);
    assert_true(info.frames > 0);
}

/* ---- times and sound ---- */

static void test_frames_keep_their_times_and_sound_its_bits(void **state)
{
    static const clip clips[] = {
        { "mp4", ".mp4", { "-f", "lavfi", "-i", TESTSRC, "-f", "lavfi", "-i", SINE, QUICK } },
        { "B-frames and an edit list",
          ".mp4",
          { "-f", "lavfi", "-i", TESTSRC, "-f", "lavfi", "-i", SINE, "-c:v", "libx264", "-bf", "3",
            "-pix_fmt", "yuv420p" } },
        { "a video that begins late",
          ".mp4",
          { "-f", "lavfi", "-i", SINE, "-itsoffset", "0.7", "-f", "lavfi", "-i", TESTSRC, QUICK } },
        { "uneven times",
          ".mp4",
          { "-f", "lavfi", "-i", TESTSRC, "-vf", "select='not(eq(mod(n,7),3))',setpts=PTS+0.013/TB",
            "-fps_mode", "passthrough", QUICK } },
        { "uneven times, Matroska",
          ".mkv",
          { "-f", "lavfi", "-i", TESTSRC, "-f", "lavfi", "-i", SINE, "-vf",
            "select='not(eq(mod(n,5),2))'", "-fps_mode", "passthrough", QUICK } },
        { "no sound", ".mov", { "-f", "lavfi", "-i", TESTSRC, QUICK } },
        { "two sounds", ".mkv", { "-f",     "lavfi", "-i",     TESTSRC, "-f",   "lavfi",
                                  "-i",     SINE,    "-f",     "lavfi", "-i",   SINE,
                                  "-map",   "0",     "-map",   "1",     "-map", "2",
                                  "-c:a:0", "aac",   "-c:a:1", "flac",  QUICK } },
        { "fragments",
          ".mp4",
          { "-f", "lavfi", "-i", TESTSRC, "-f", "lavfi", "-i", SINE, QUICK, "-movflags",
            "frag_keyframe+empty_moov" } },
        { "one frame", ".mp4", { "-f", "lavfi", "-i", "testsrc=s=160x120:r=1:d=1", QUICK } },
    };
    (void)state;
    need_ffmpeg();
    jz_overlay o;
    uint8_t *px = corner(160, 120, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(clips); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        JZ_BUF_AUTO sounds = { 0 };
        make(&clips[i], &file);
        burn(&clips[i], &file, &o, 2, &out);
        check_same(&clips[i], &file, &out, "v", "frame=best_effort_timestamp_time");
        probe(&file, clips[i].suffix, "a", "stream=codec_name", &sounds);
        if (sounds.len <= 1)
            continue;
        check_same(&clips[i], &file, &out, "a", "packet=pts_time,duration_time");
        check_sound(&clips[i], &file, &out);
    }
    free(px);
}

/* ---- pictures ---- */

static void test_sizes_depths_and_colours_are_kept(void **state)
{
    static const char entries[] = "stream=codec_name,width,height,pix_fmt,color_range,color_space,"
                                  "color_transfer,color_primaries,sample_aspect_ratio";
    static const clip clips[] = {
        { "BT.709 that says so",
          ".mp4",
          { "-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=1", QUICK, "-colorspace", "bt709",
            "-color_primaries", "bt709", "-color_trc", "bt709", "-color_range", "tv" } },
        { "full range",
          ".mp4",
          { "-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=1", "-c:v", "libx264", "-preset",
            "ultrafast", "-vf", "scale=out_range=pc", "-pix_fmt", "yuv420p", "-color_range", "pc",
            "-colorspace", "bt470bg" } },
        { "10 bits, HDR",
          ".mp4",
          { "-f",
            "lavfi",
            "-i",
            "testsrc=s=160x120:r=10:d=1",
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-x265-params",
            "log-level=none",
            "-pix_fmt",
            "yuv420p10le",
            "-colorspace",
            "bt2020nc",
            "-color_primaries",
            "bt2020",
            "-color_trc",
            "smpte2084",
            "-color_range",
            "tv",
            "-tag:v",
            "hvc1" } },
        { "odd size",
          ".mp4",
          { "-f", "lavfi", "-i", "testsrc=s=161x121:r=10:d=1", "-c:v", "libx264", "-preset",
            "ultrafast", "-pix_fmt", "yuv444p" } },
        { "odd size, VP9",
          ".webm",
          { "-f", "lavfi", "-i", "testsrc=s=161x121:r=10:d=1", "-c:v", "libvpx-vp9", "-cpu-used",
            "8", "-pix_fmt", "yuv420p" } },
        { "pixels that are no squares",
          ".mp4",
          { "-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=1", "-vf", "setsar=8/9", QUICK } },
        { "interlaced MPEG-2",
          ".mpg",
          { "-f", "lavfi", "-i", "testsrc=s=160x120:r=25:d=1", "-c:v", "mpeg2video", "-flags",
            "+ildct+ilme", "-vf", "setfield=tff" } },
    };
    (void)state;
    need_ffmpeg();
    for (size_t i = 0; i < JZ_ARRAY_LEN(clips); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        jz_overlay o;
        const bool odd = strncmp(clips[i].name, "odd", 3) == 0;
        uint8_t *px = corner(odd ? 161 : 160, odd ? 121 : 120, &o);
        make(&clips[i], &file);
        burn(&clips[i], &file, &o, 0, &out);
        check_same(&clips[i], &file, &out, "v", entries);
        check_same(&clips[i], &file, &out, "v", "frame=best_effort_timestamp_time");
        free(px);
    }
}

/* The mean of red and of green in the middle of the mark at a time. */
static void look(const jz_buf *file, const char *at, double *red, double *green)
{
    const char *const argv[] = { "ffmpeg",
                                 "-v",
                                 "error",
                                 "-ss",
                                 at,
                                 "-i",
                                 "@",
                                 "-frames:v",
                                 "1",
                                 "-vf",
                                 "crop=16:8:130:104,format=rgb24",
                                 "-f",
                                 "rawvideo",
                                 "-",
                                 NULL };
    JZ_BUF_AUTO px = { 0 };
    ef_peer(file, ".mp4", argv, &px);
    assert_int_equal(px.len, 16 * 8 * 3);
    *red = *green = 0;
    for (size_t i = 0; i < px.len; i += 3) {
        *red += (uint8_t)px.ptr[i] / 128.0;
        *green += (uint8_t)px.ptr[i + 1] / 128.0;
    }
}

static void test_mark_is_there_while_it_should_be(void **state)
{
    static const clip grey = { "grey",
                               ".mp4",
                               { "-f", "lavfi", "-i", "color=gray:s=160x120:r=10:d=4", QUICK } };
    (void)state;
    need_ffmpeg();
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO opening = { 0 };
    JZ_BUF_AUTO whole = { 0 };
    jz_overlay o;
    uint8_t *px = corner(160, 120, &o);
    double red;
    double green;
    make(&grey, &file);
    burn(&grey, &file, &o, 2.5, &opening);
    burn(&grey, &file, &o, 0, &whole);
    const char *const times[] = { "0", "2.4", "2.5", "3.8" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(times); i++) {
        look(&whole, times[i], &red, &green);
        assert_true(red > 215 && green < 50);
        look(&opening, times[i], &red, &green);
        if (i < 2)
            assert_true(red > 215 && green < 50);
        else
            assert_true(red > 118 && red < 138 && green > 118 && green < 138);
    }
    free(px);
}

/* ---- other things in a container ---- */

/* A cover is a picture of its own, and stays; subtitles and chapters do too. */
static void test_other_streams_are_kept(void **state)
{
    static const clip cover = { "cover",
                                ".mp4",
                                { "-f",
                                  "lavfi",
                                  "-i",
                                  TESTSRC,
                                  "-f",
                                  "lavfi",
                                  "-i",
                                  "testsrc2=s=64x64:r=1:d=1",
                                  "-f",
                                  "lavfi",
                                  "-i",
                                  SINE,
                                  "-map",
                                  "0",
                                  "-map",
                                  "2",
                                  "-map",
                                  "1",
                                  "-c:v:0",
                                  "libx264",
                                  "-preset",
                                  "ultrafast",
                                  "-pix_fmt",
                                  "yuv420p",
                                  "-c:v:1",
                                  "mjpeg",
                                  "-frames:v:1",
                                  "1",
                                  "-disposition:v:1",
                                  "attached_pic",
                                  "-metadata",
                                  "title=A title" } };
    (void)state;
    need_ffmpeg();
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_overlay o;
    uint8_t *px = corner(160, 120, &o);
    make(&cover, &file);
    burn(&cover, &file, &o, 0, &out);
    check_same(&cover, &file, &out, "v:0", "frame=best_effort_timestamp_time");
    check_same(&cover, &file, &out, "v",
               "stream=codec_name,width,height:stream_disposition=attached_pic");
    check_same(&cover, &file, &out, "v:1", "packet=size");
    check_same(&cover, &file, &out, "a", "format_tags=title");
    check_sound(&cover, &file, &out);
    free(px);
}

static void test_turned_video_stays_turned(void **state)
{
    (void)state;
    need_ffmpeg();
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_overlay o;
    uint8_t *px = ef_overlay(20, 10, 30, 25, &o);
    assert_true(fx_load("media/h264-rotated.mp4", false, &file));
    const clip turned = { .name = "turned", .suffix = ".mp4" };
    burn(&turned, &file, &o, 0, &out);
    check_same(&turned, &file, &out, "v", "stream_side_data=rotation");
    free(px);
}

/* ---- what is refused ---- */

static void test_cut_and_damaged_files_are_refused(void **state)
{
    static const clip clips[] = {
        { "mp4", ".mp4", { "-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=1", QUICK } },
        { "index first",
          ".mp4",
          { "-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=1", QUICK, "-movflags", "faststart" } },
        { "mkv", ".mkv", { "-f", "lavfi", "-i", "testsrc=s=160x120:r=10:d=1", QUICK } },
    };
    (void)state;
    need_ffmpeg();
    jz_overlay o;
    uint8_t *px = corner(160, 120, &o);
    for (size_t i = 0; i < JZ_ARRAY_LEN(clips); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO out = { 0 };
        jz_encode_info info;
        jz_err err = { 0 };
        make(&clips[i], &file);
        const size_t whole = file.len;
        for (size_t cut = whole / 5; cut < whole - whole / 10; cut += whole / 6) {
            file.len = cut;
            const jz_status st = ef_burn(&file, &o, 1, NULL, &out, &info, &err);
            if (st == JZ_OK || st == JZ_E_CRASH || st == JZ_E_TIMEOUT || st == JZ_E_BUG)
                fail_msg("%s cut at %zu of %zu: %s", clips[i].name, cut, whole, jz_status_name(st));
            assert_int_equal(out.len, 0);
        }
        file.len = whole;
        memset(file.ptr + whole / 2, 0x5a, whole / 8);
        const jz_status st = ef_burn(&file, &o, 1, NULL, &out, &info, &err);
        if (st == JZ_OK || st == JZ_E_CRASH || st == JZ_E_TIMEOUT || st == JZ_E_BUG)
            fail_msg("%s, damaged: %s", clips[i].name, jz_status_name(st));
        assert_int_equal(out.len, 0);
    }
    free(px);
}

static void test_times_without_frames_are_refused(void **state)
{
    static const clip c = { "mp4", ".mp4", { "-f", "lavfi", "-i", TESTSRC, QUICK } };
    (void)state;
    need_ffmpeg();
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO out = { 0 };
    jz_encode_info info;
    jz_overlay o;
    uint8_t *px = corner(160, 120, &o);
    make(&c, &file);
    const jz_encode_span late = { .from_s = 60, .until_s = 70 };
    assert_int_equal(ef_burn(&file, &o, 1, &late, &out, &info, NULL), JZ_E_INVAL);
    assert_int_equal(out.len, 0);
    const jz_encode_file few = { .limits = { .max_frames = 5 } };
    assert_int_equal(ef_run(&few, &file, &o, 1, NULL, NULL, &out, &info, NULL), JZ_E_LIMIT);
    const jz_encode_file brief = { .limits = { .max_duration_s = 1 } };
    assert_int_equal(ef_run(&brief, &file, &o, 1, NULL, NULL, &out, &info, NULL), JZ_E_LIMIT);
    free(px);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames_keep_their_times_and_sound_its_bits),
        cmocka_unit_test(test_sizes_depths_and_colours_are_kept),
        cmocka_unit_test(test_mark_is_there_while_it_should_be),
        cmocka_unit_test(test_other_streams_are_kept),
        cmocka_unit_test(test_turned_video_stays_turned),
        cmocka_unit_test(test_cut_and_damaged_files_are_refused),
        cmocka_unit_test(test_times_without_frames_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
