/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define VALUE "{\"Label\":\"1\",\"ContentProducer\":\"p\",\"ProduceID\":\"i\"}"

static const char *const samples[] = { "media/h264.mkv", "media/vp9.webm", "media/vp8.webm" };

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static void load(const char *name, jz_buf *out)
{
    assert_true(fx_load(name, false, out));
}

static void test_mkv_round_trip_keeps_the_packets(void **state)
{
    (void)state;
    static const char *const probe[] = { "ffprobe", "-v", "error", "-show_format", "@", NULL };
    static const char *const exif[] = { "exiftool", "-ee", "-a", "@", NULL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(samples[i], &file);
        fx_round_trip(bytes_of(&file), VALUE, &made);
        peer_same_streams(bytes_of(&file), bytes_of(&made), strrchr(samples[i], '.'));
        peer_prints(bytes_of(&made), ".mkv", probe, "TAG:AIGC=" VALUE);
        peer_prints(bytes_of(&made), ".mkv", exif, VALUE);
    }
}

/* What ffmpeg writes stands among its own tags, in front of the clusters or, in a stream, with
 * segment and clusters of unknown size. */
static void replace_of_ffmpeg(const char *format, const char *const *more)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO said = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO next = { 0 };
    fx_metas all;
    const char *const argv[] = { "ffmpeg",
                                 "-v",
                                 "error",
                                 "-y",
                                 "-i",
                                 "@",
                                 "-c",
                                 "copy",
                                 "-metadata",
                                 "AIGC=" VALUE,
                                 "-metadata",
                                 "title=t",
                                 more[0],
                                 more[1],
                                 "-f",
                                 format,
                                 "/tmp/jz-test-carrier.mkv",
                                 NULL };
    load("media/h264.mkv", &file);
    if (fx_peer(bytes_of(&file), ".mkv", argv, &said) != 0) {
        print_message("SKIP: no ffmpeg\n");
        skip();
    }
    assert_true(fx_load_path("/tmp/jz-test-carrier.mkv", &made));
    (void)remove("/tmp/jz-test-carrier.mkv");
    const jz_carrier *c = fx_carrier(bytes_of(&made));
    assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].value.ptr, VALUE);
    const jz_meta_edit e = { JZ_META_TEXT, all.m[0].meta.at, text_of(VALUE VALUE VALUE) };
    fx_metas_done(&all);
    assert_int_equal(fx_edit(c, bytes_of(&made), &e, 1, &next, NULL), JZ_OK);
    peer_same_streams(bytes_of(&made), bytes_of(&next), ".mkv");
    assert_int_equal(fx_list(c, bytes_of(&next), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 1);
    assert_string_equal(all.m[0].value.ptr, VALUE VALUE VALUE);
    fx_metas_done(&all);
    static const char *const probe[] = { "ffprobe", "-v", "error", "-show_format", "@", NULL };
    peer_prints(bytes_of(&next), ".mkv", probe, "TAG:AIGC=" VALUE VALUE VALUE);
    peer_prints(bytes_of(&next), ".mkv", probe, "TAG:title=t");
}

static void test_mkv_labels_written_by_ffmpeg_are_replaced(void **state)
{
    (void)state;
    static const char *const plain[] = { "-map", "0" };
    static const char *const live[] = { "-live", "1" };
    replace_of_ffmpeg("matroska", plain);
    replace_of_ffmpeg("matroska", live);
}

static void test_mkv_shorter_text_stays_in_its_place(void **state)
{
    (void)state;
    for (size_t cut = 0; cut < 12; cut++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO one = { 0 };
        JZ_BUF_AUTO two = { 0 };
        fx_metas all;
        jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, text_of(VALUE) };
        load("media/h264.mkv", &file);
        const jz_carrier *c = fx_carrier(bytes_of(&file));
        assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &one, NULL), JZ_OK);
        assert_int_equal(fx_list(c, bytes_of(&one), &all, NULL), JZ_OK);
        e.at = all.m[0].meta.at;
        fx_metas_done(&all);
        e.value.len -= cut;
        assert_int_equal(fx_edit(c, bytes_of(&one), &e, 1, &two, NULL), JZ_OK);
        assert_int_equal(two.len, one.len);
        assert_int_equal(fx_list(c, bytes_of(&two), &all, NULL), JZ_OK);
        assert_int_equal(all.n, 1);
        assert_int_equal(all.m[0].value.len, e.value.len);
        fx_metas_done(&all);
    }
}

static void test_mkv_segment_too_large_for_its_size_field_is_refused(void **state)
{
    (void)state;
    static const char tiny[] = "\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska\x18\x53\x80\x67\x80";
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO value = { 0 };
    const jz_bytes file = { (const uint8_t *)tiny, sizeof tiny - 1 };
    for (unsigned i = 0; i < 200; i++)
        jz_buf_putc(&value, 'x');
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, text_of(value.ptr) };
    assert_int_equal(fx_edit(fx_carrier(file), file, &e, 1, &made, NULL), JZ_E_LIMIT);
}

static void test_mkv_hurt_files_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(samples[i], &file);
        fx_round_trip(bytes_of(&file), VALUE, &made);
        fx_hurt(bytes_of(&made), 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mkv_round_trip_keeps_the_packets),
        cmocka_unit_test(test_mkv_labels_written_by_ffmpeg_are_replaced),
        cmocka_unit_test(test_mkv_shorter_text_stays_in_its_place),
        cmocka_unit_test(test_mkv_segment_too_large_for_its_size_field_is_refused),
        cmocka_unit_test(test_mkv_hurt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
