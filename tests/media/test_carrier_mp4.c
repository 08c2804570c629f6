/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define VALUE "{\"Label\":\"1\",\"ContentProducer\":\"p\",\"ProduceID\":\"i\"}"

static const char *const samples[] = {
    "media/h264.mp4", "media/h264.mov",         "media/h264-fragmented.mp4", "media/hevc.mp4",
    "media/av1.mp4",  "media/h264-rotated.mp4", "media/audio.mp4",
};
static const char *const real_samples[] = {
    "formats/c.mov",
    "formats/sample1.m4a",
    "formats/video1_no_manifest.mp4",
};

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

static void test_mp4_round_trip_keeps_the_packets(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(samples[i], &file);
        fx_round_trip(bytes_of(&file), VALUE, &made);
        peer_same_streams(bytes_of(&file), bytes_of(&made), ".mp4");
    }
}

static void test_mp4_real_files_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(real_samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        if (!fx_load(real_samples[i], true, &file)) {
            print_message("SKIP: no JZ_TEST_DATA\n");
            skip();
        }
        fx_round_trip(bytes_of(&file), VALUE, &made);
        peer_same_streams(bytes_of(&file), bytes_of(&made), ".mp4");
    }
}

static void test_mp4_others_read_the_text(void **state)
{
    (void)state;
    static const char *const probe[] = { "ffprobe", "-v", "error", "-show_format", "@", NULL };
    static const char *const exif[] = { "exiftool", "-Keys:AIGC", "@", NULL };
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(samples[i], &file);
        fx_round_trip(bytes_of(&file), VALUE, &made);
        peer_prints(bytes_of(&made), ".mp4", probe, "TAG:AIGC=" VALUE);
        peer_prints(bytes_of(&made), ".mp4", exif, VALUE);
    }
}

/* ffmpeg's own writing of the same key, with moov before and behind the media, and fragments. */
static void test_mp4_labels_written_by_ffmpeg_are_read_and_replaced(void **state)
{
    (void)state;
    static const char *const flags[] = {
        "use_metadata_tags",
        "use_metadata_tags+faststart",
        "use_metadata_tags+frag_keyframe+empty_moov",
        "use_metadata_tags+frag_keyframe+empty_moov+default_base_moof",
        "use_metadata_tags+frag_keyframe+empty_moov+omit_tfhd_offset",
        "use_metadata_tags+frag_keyframe+empty_moov+global_sidx+dash",
    };
    JZ_BUF_AUTO file = { 0 };
    load("media/h264.mp4", &file);
    for (size_t i = 0; i < JZ_ARRAY_LEN(flags); i++) {
        const char *const argv[] = { "ffmpeg",    "-v",        "error",
                                     "-y",        "-i",        "@",
                                     "-c",        "copy",      "-movflags",
                                     flags[i],    "-metadata", "AIGC=" VALUE,
                                     "-metadata", "title=t",   "/tmp/jz-test-carrier.mp4",
                                     NULL };
        JZ_BUF_AUTO said = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO next = { 0 };
        fx_metas all;
        if (fx_peer(bytes_of(&file), ".mp4", argv, &said) != 0) {
            print_message("SKIP: no ffmpeg\n");
            skip();
        }
        assert_true(fx_load_path("/tmp/jz-test-carrier.mp4", &made));
        const jz_carrier *c = fx_carrier(bytes_of(&made));
        assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
        assert_int_equal(all.n, 1);
        assert_string_equal(all.m[0].value.ptr, VALUE);
        const jz_meta_edit e = { JZ_META_TEXT, all.m[0].meta.at, text_of(VALUE VALUE) };
        fx_metas_done(&all);
        assert_int_equal(fx_edit(c, bytes_of(&made), &e, 1, &next, NULL), JZ_OK);
        peer_same_streams(bytes_of(&made), bytes_of(&next), ".mp4");
        assert_int_equal(fx_list(c, bytes_of(&next), &all, NULL), JZ_OK);
        assert_int_equal(all.n, 1);
        assert_string_equal(all.m[0].value.ptr, VALUE VALUE);
        fx_metas_done(&all);
    }
    (void)remove("/tmp/jz-test-carrier.mp4");
}

static void test_mp4_xmp_is_put_at_the_end_and_replaced(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(samples); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO one = { 0 };
        JZ_BUF_AUTO two = { 0 };
        fx_metas all;
        jz_meta_edit e = { JZ_META_XMP, JZ_META_NEW, text_of("<x/>") };
        load(samples[i], &file);
        const jz_carrier *c = fx_carrier(bytes_of(&file));
        assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &one, NULL), JZ_OK);
        assert_int_equal(fx_list(c, bytes_of(&one), &all, NULL), JZ_OK);
        assert_int_equal(all.n, 1);
        assert_int_equal(all.m[0].meta.kind, JZ_META_XMP);
        e.at = all.m[0].meta.at;
        e.value = text_of("<longer/>");
        fx_metas_done(&all);
        assert_int_equal(fx_edit(c, bytes_of(&one), &e, 1, &two, NULL), JZ_OK);
        assert_int_equal(two.len, one.len + 5);
        peer_same_streams(bytes_of(&file), bytes_of(&two), ".mp4");
    }
}

/* A box of a type around content. */
static void put_box(jz_buf *out, const char *type, const void *content, size_t n)
{
    const size_t size = n + 8;
    const uint8_t head[4] = { (uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                              (uint8_t)size };
    jz_buf_put(out, head, 4);
    jz_buf_put(out, type, 4);
    jz_buf_put(out, content, n);
}

static void put_ftyp(jz_buf *out)
{
    put_box(out, "ftyp", "isom\0\0\0\0isom", 12);
}

static void test_mp4_offset_past_32_bits_is_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO moov = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO part = { 0 };
    JZ_BUF_AUTO inner = { 0 };
    static const char *const path[] = { "stbl", "minf", "mdia", "trak" };
    jz_err err = { 0 };
    put_box(&inner, "stco", "\0\0\0\0\0\0\0\1\xff\xff\xff\xf0", 12);
    for (size_t i = 0; i < JZ_ARRAY_LEN(path); i++) {
        jz_buf_reset(&part);
        put_box(&part, path[i], inner.ptr, inner.len);
        jz_buf_reset(&inner);
        jz_buf_put(&inner, part.ptr, part.len);
    }
    put_ftyp(&file);
    put_box(&moov, "moov", inner.ptr, inner.len);
    jz_buf_put(&file, moov.ptr, moov.len);
    put_box(&file, "mdat", "x", 1);
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, text_of(VALUE) };
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, &err), JZ_E_LIMIT);
    assert_non_null(strstr(err.frame[0], "32-bit"));
}

static void test_mp4_boxes_a_thousand_deep_are_survived(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO inner = { 0 };
    JZ_BUF_AUTO part = { 0 };
    fx_metas all;
    for (unsigned i = 0; i < 1000; i++) {
        jz_buf_reset(&part);
        put_box(&part, i % 2 == 0 ? "meta" : "udta", inner.ptr, inner.len);
        jz_buf_reset(&inner);
        jz_buf_put(&inner, part.ptr, part.len);
    }
    put_ftyp(&file);
    put_box(&file, "moov", inner.ptr, inner.len);
    (void)fx_list(fx_carrier(bytes_of(&file)), bytes_of(&file), &all, NULL); /* any status */
    fx_metas_done(&all);
}

static void test_mp4_free_space_behind_moov_is_used(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    static const uint8_t room[1000];
    put_ftyp(&file);
    put_box(&file, "moov", NULL, 0);
    put_box(&file, "free", room, sizeof room);
    put_box(&file, "mdat", "media", 5);
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, text_of(VALUE) };
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_OK);
    assert_int_equal(made.len, file.len);
    assert_memory_equal(made.ptr + made.len - 13, file.ptr + file.len - 13, 13);
}

static void test_mp4_hurt_files_are_survived(void **state)
{
    (void)state;
    static const char *const hurt[] = { "media/h264.mp4", "media/h264-fragmented.mp4" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(hurt); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(hurt[i], &file);
        fx_round_trip(bytes_of(&file), VALUE, &made);
        fx_hurt(bytes_of(&made), 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mp4_round_trip_keeps_the_packets),
        cmocka_unit_test(test_mp4_real_files_round_trip),
        cmocka_unit_test(test_mp4_others_read_the_text),
        cmocka_unit_test(test_mp4_labels_written_by_ffmpeg_are_read_and_replaced),
        cmocka_unit_test(test_mp4_xmp_is_put_at_the_end_and_replaced),
        cmocka_unit_test(test_mp4_offset_past_32_bits_is_refused),
        cmocka_unit_test(test_mp4_boxes_a_thousand_deep_are_survived),
        cmocka_unit_test(test_mp4_free_space_behind_moov_is_used),
        cmocka_unit_test(test_mp4_hurt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
