/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include "media/deflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "carrier_peers.h"

#define LABEL                                                                                      \
    "{\"Label\":\"1\",\"ContentProducer\":\"001191110102MACQD9K64010000\",\"ProduceID\":\"x\"}"
#define HEAD 10 /* bytes, of a tag and of a frame */

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static void load(const char *name, jz_buf *out)
{
    JZ_BUF_AUTO path = { 0 };
    jz_buf_printf(&path, "media/%s", name);
    assert_true(fx_load(path.ptr, false, out));
}

static void list(const jz_buf *file, fx_metas *out)
{
    jz_err err = { 0 };
    if (fx_list(fx_carrier(bytes_of(file)), bytes_of(file), out, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
}

static jz_status edit(const jz_buf *file, jz_meta_kind kind, uint64_t at, const char *value,
                      jz_buf *out)
{
    const jz_meta_edit e = { kind, at, { (const uint8_t *)value, value ? strlen(value) : 0 } };
    return fx_edit(fx_carrier(bytes_of(file)), bytes_of(file), &e, 1, out, NULL);
}

static void put_frame(jz_buf *out, const char *id, uint8_t flags, const void *data, size_t len)
{
    const uint8_t head[6] = { 0, 0, (uint8_t)(len >> 7), (uint8_t)(len & 0x7f), 0, flags };
    assert_true(len < 0x80 || len >> 14 == 0);
    jz_buf_puts(out, id);
    jz_buf_put(out, head, sizeof head);
    jz_buf_put(out, data, len);
}

/* A tag with frames and zeros, before the sound of tone.mp3. */
static void tagged(uint8_t version, uint8_t flags, const jz_buf *frames, size_t padding,
                   jz_buf *out)
{
    JZ_BUF_AUTO sound = { 0 };
    const size_t len = frames->len + padding;
    const uint8_t head[HEAD] = {
        'I', 'D', '3', version, 0, flags, 0, 0, (uint8_t)(len >> 7), (uint8_t)(len & 0x7f)
    };
    load("tone.mp3", &sound);
    jz_buf_put(out, head, HEAD);
    jz_buf_put(out, frames->ptr, frames->len);
    for (size_t i = 0; i < padding; i++)
        jz_buf_putc(out, 0);
    jz_buf_put(out, sound.ptr, sound.len);
}

static size_t tag_size(const jz_buf *file)
{
    return (size_t)(uint8_t)file->ptr[8] << 7 | (uint8_t)file->ptr[9];
}

static void expect_peers(const jz_buf *made, const char *suffix)
{
    static const char *const exif[] = { "exiftool", "-a", "-UserDefinedText", "@", NULL };
    static const char *const probe[] = {
        "ffprobe",      "-v", "error", "-show_entries", "format_tags=AIGC", "-of",
        "default=nw=1", "@",  NULL
    };
    peer_prints(bytes_of(made), suffix, exif, "(AIGC) " LABEL);
    peer_prints(bytes_of(made), suffix, probe, "TAG:AIGC=" LABEL);
}

static void round_trip(const char *name, bool data, const char *suffix)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    if (!fx_load(name, data, &file)) {
        print_message("SKIP: no %s\n", name);
        return;
    }
    fx_round_trip(bytes_of(&file), LABEL, &made);
    expect_peers(&made, suffix);
    peer_same_packets(bytes_of(&file), bytes_of(&made), suffix);
}

static void test_mp3_round_trips(void **state)
{
    (void)state;
    round_trip("media/tone.mp3", false, ".mp3");
    round_trip("media/tone.aac", false, ".aac");
    round_trip("formats/sample1.mp3", true, ".mp3");
}

/* The sound, byte for byte, behind the new tag. */
static void test_mp3_new_tag_stands_before_the_sound(void **state)
{
    (void)state;
    static const char *const names[] = { "tone.mp3", "tone.aac" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        load(names[i], &file);
        assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, "{}", &made), JZ_OK);
        assert_int_equal(made.len, 2 * HEAD + 8 + file.len);
        assert_memory_equal(made.ptr, "ID3\4\0\0\0\0\0\x12TXXX\0\0\0\x08\0\0\3AIGC\0{}", 28);
        assert_memory_equal(made.ptr + 28, file.ptr, file.len);
    }
}

static void test_mp3_padding_is_used_and_the_tag_grows_only_without(void **state)
{
    (void)state;
    for (uint8_t version = 3; version <= 4; version++) {
        JZ_BUF_AUTO frames = { 0 };
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO one = { 0 };
        JZ_BUF_AUTO two = { 0 };
        JZ_BUF_AUTO back = { 0 };
        fx_metas all;
        put_frame(&frames, "TIT2", 0, "\0title", 6);
        tagged(version, 0, &frames, 200, &file);
        assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, LABEL, &one), JZ_OK);
        assert_int_equal(one.len, file.len);
        assert_int_equal(tag_size(&one), tag_size(&file));
        expect_peers(&one, ".mp3");
        list(&one, &all);
        assert_int_equal(all.n, 1);
        assert_int_equal(edit(&one, JZ_META_TEXT, all.m[0].meta.at, NULL, &back), JZ_OK);
        fx_metas_done(&all);
        assert_int_equal(back.len, file.len);
        assert_memory_equal(back.ptr, file.ptr, file.len);
        assert_int_equal(edit(&one, JZ_META_TEXT, JZ_META_NEW, LABEL LABEL LABEL, &two), JZ_OK);
        assert_int_equal(tag_size(&two), frames.len + 2 * (HEAD + 6) + 4 * strlen(LABEL));
        assert_int_equal(two.len, file.len + tag_size(&two) - tag_size(&file));
    }
}

static void expect_text(const jz_buf *file, const char *key, const char *value)
{
    fx_metas all;
    list(file, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.kind, JZ_META_TEXT);
    assert_int_equal(all.m[0].meta.passed, JZ_OK);
    assert_string_equal(all.m[0].key.ptr, key);
    assert_string_equal(all.m[0].value.ptr, value);
    fx_metas_done(&all);
}

static void test_mp3_every_encoding_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t len;
        const char *value;
    } texts[] = {
        { "\0AIGC\0caf\xe9", 10, "caf\xc3\xa9" },
        { "\1\xff\xfe"
          "A\0I\0G\0C\0\0\0\xff\xfe\x3a\xd8\x02\xdd",
          19, "\xf0\x9e\xa4\x82" },
        { "\1\xfe\xff\0A\0I\0G\0C\0\0\xfe\xff\x4e\x2d", 17, "\xe4\xb8\xad" },
        { "\2\0A\0I\0G\0C\0\0\x4e\x2d", 13, "\xe4\xb8\xad" },
        { "\3AIGC\0\xe4\xb8\xad\0more", 14, "\xe4\xb8\xad" },
        { "\3AIGC\0", 6, "" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++) {
        JZ_BUF_AUTO frames = { 0 };
        JZ_BUF_AUTO file = { 0 };
        put_frame(&frames, "TXXX", 0, texts[i].data, texts[i].len);
        tagged(4, 0, &frames, 20, &file);
        expect_text(&file, "AIGC", texts[i].value);
    }
}

/* 2.3 has no UTF-8. */
static void test_mp3_text_that_is_not_ascii_is_utf16_in_23(void **state)
{
    (void)state;
    static const char text[] = "\xe4\xb8\xad\xf0\x9e\xa4\x82";
    static const char *const exif[] = { "exiftool", "-a", "-UserDefinedText", "@", NULL };
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    put_frame(&frames, "TIT2", 0, "\0title", 6);
    tagged(3, 0, &frames, 0, &file);
    assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, text, &made), JZ_OK);
    expect_text(&made, "AIGC", text);
    peer_prints(bytes_of(&made), ".mp3", exif, "(AIGC) \xe4\xb8\xad"); /* but no pairs */
}

/* FF 00 all through a tag of 2.3; in 2.4, in frames that say so. */
static void test_mp3_unsynchronised_tags_are_read(void **state)
{
    (void)state;
    static const char text[] = "\0AIGC\0\xff\0\xe0\xff\0\0";
    JZ_BUF_AUTO three = { 0 };
    JZ_BUF_AUTO four = { 0 };
    JZ_BUF_AUTO file3 = { 0 };
    JZ_BUF_AUTO file4 = { 0 };
    JZ_BUF_AUTO made = { 0 };
    put_frame(&three, "TXXX", 0, text, 10); /* as before: FF E0 FF 00 */
    jz_buf_put(&three, text + 10, 2);
    tagged(3, 0x80, &three, 20, &file3);
    expect_text(&file3, "AIGC", "\xc3\xbf\xc3\xa0\xc3\xbf");
    put_frame(&four, "TXXX", 2, text, 12);
    tagged(4, 0x80, &four, 20, &file4);
    expect_text(&file4, "AIGC", "\xc3\xbf\xc3\xa0\xc3\xbf");
    fx_round_trip(bytes_of(&file4), LABEL, &made);
}

/* A frame of 255 bytes has an FF in its size; UTF-16 has one in its mark. */
static void test_mp3_unsynchronised_tags_are_written(void **state)
{
    (void)state;
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO wide = { 0 };
    JZ_BUF_AUTO text = { 0 };
    fx_metas all;
    static const char *const exif[] = { "exiftool", "-a", "-UserDefinedText", "@", NULL };
    for (size_t i = 0; i < 249; i++)
        jz_buf_putc(&text, 'x');
    put_frame(&frames, "TIT2", 0, "\0title", 6);
    tagged(3, 0x80, &frames, 0, &file);
    assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, text.ptr, &made), JZ_OK);
    assert_non_null(memmem(made.ptr, made.len, "TXXX\0\0\0\xff\0\0\0\0AIGC", 16));
    expect_text(&made, "AIGC", text.ptr);
    peer_prints(bytes_of(&made), ".mp3", exif, text.ptr);
    list(&made, &all);
    assert_int_equal(edit(&made, JZ_META_TEXT, all.m[0].meta.at, "\xe4\xb8\xad", &wide), JZ_OK);
    fx_metas_done(&all);
    expect_text(&wide, "AIGC", "\xe4\xb8\xad");
    peer_prints(bytes_of(&wide), ".mp3", exif, "\xe4\xb8\xad");
}

static void test_mp3_compressed_frames_are_unpacked(void **state)
{
    (void)state;
    JZ_BUF_AUTO data = { 0 };
    JZ_BUF_AUTO three = { 0 };
    JZ_BUF_AUTO four = { 0 };
    JZ_BUF_AUTO file3 = { 0 };
    JZ_BUF_AUTO file4 = { 0 };
    jz_buf_put(&data, "\0\0\0\x08", 4);
    assert_int_equal(
        jz_deflate(JZ_DEFLATE_ZLIB, (jz_bytes){ (const uint8_t *)"\3AIGC\0{}", 8 }, &data, NULL),
        JZ_OK);
    put_frame(&three, "TXXX", 0x80, data.ptr, data.len);
    tagged(3, 0, &three, 5, &file3);
    expect_text(&file3, "AIGC", "{}");
    put_frame(&four, "TXXX", 0x09, data.ptr, data.len);
    tagged(4, 0, &four, 5, &file4);
    expect_text(&file4, "AIGC", "{}");
}

static void test_mp3_frames_that_cannot_be_read_are_told(void **state)
{
    (void)state;
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO file = { 0 };
    fx_metas all;
    put_frame(&frames, "TXXX", 0x04, "\1secret", 7);           /* encrypted */
    put_frame(&frames, "TXXX", 0x09, "\0\0\0\x08no zlib", 11); /* damaged */
    put_frame(&frames, "TXXX", 0, "\7AIGC\0{}", 8);            /* of no known encoding */
    put_frame(&frames, "TXXX", 0, "\3AIGC\0{}", 8);
    tagged(4, 0, &frames, 5, &file);
    list(&file, &all);
    assert_int_equal(all.n, 4);
    assert_int_equal(all.m[0].meta.passed, JZ_E_UNSUPPORTED);
    assert_int_equal(all.m[1].meta.passed, JZ_E_CORRUPT);
    assert_int_equal(all.m[2].meta.passed, JZ_E_CORRUPT);
    assert_null(all.m[2].meta.value.ptr);
    assert_string_equal(all.m[3].value.ptr, "{}");
    fx_metas_done(&all);
}

static void test_mp3_extended_header_is_read_over_and_not_edited(void **state)
{
    (void)state;
    static const char three[] = "\0\0\0\6\0\0\0\0\0\0";
    static const char four[] = "\0\0\0\6\1\0";
    for (uint8_t version = 3; version <= 4; version++) {
        JZ_BUF_AUTO frames = { 0 };
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        jz_buf_put(&frames, version == 3 ? three : four, version == 3 ? 10 : 6);
        put_frame(&frames, "TXXX", 0, "\0AIGC\0{}", 8);
        tagged(version, 0x40, &frames, 5, &file);
        expect_text(&file, "AIGC", "{}");
        assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, LABEL, &made), JZ_E_UNSUPPORTED);
    }
}

/* Sizes of eight bits a byte in 2.4: a frame of 200 bytes is read as one of 72 by the book. */
static void test_mp3_sizes_of_itunes_are_read_and_not_edited(void **state)
{
    (void)state;
    JZ_BUF_AUTO text = { 0 };
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_buf_put(&frames, "TIT2\0\0\1\x2c\0\0", HEAD); /* 300 */
    for (size_t i = 0; i < 300; i++)
        jz_buf_putc(&frames, 't');
    jz_buf_put(&text, "\0AIGC\0", 6);
    for (size_t i = 0; i < 194; i++)
        jz_buf_putc(&text, 'x');
    jz_buf_put(&frames, "TXXX\0\0\0\xc8\0\0", HEAD);
    jz_buf_put(&frames, text.ptr, text.len);
    tagged(4, 0, &frames, 20, &file);
    expect_text(&file, "AIGC", text.ptr + 6);
    assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, LABEL, &made), JZ_E_UNSUPPORTED);
}

static void test_mp3_other_frames_with_the_key_are_listed_and_taken_out(void **state)
{
    (void)state;
    static const char comment[] = "\1eng\xff\xfe\0\0\xff\xfe"
                                  "a\0i\0g\0c\0:\0";
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    put_frame(&frames, "PRIV", 0, "owner\0{\"AIGC\":1}", 16);
    put_frame(&frames, "COMM", 0, comment, sizeof comment - 1);
    put_frame(&frames, "COMM", 0, "\0eng\0hello", 10);
    tagged(3, 0, &frames, 0, &file);
    list(&file, &all);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.m[0].meta.kind, JZ_META_RAW);
    assert_int_equal(all.m[1].meta.kind, JZ_META_RAW);
    assert_non_null(strstr(all.m[1].value.ptr, "aigc:"));
    const jz_meta_edit edits[] = {
        { JZ_META_RAW, all.m[0].meta.at, { NULL, 0 } },
        { JZ_META_RAW, all.m[1].meta.at, { NULL, 0 } },
        { JZ_META_TEXT, JZ_META_NEW, { (const uint8_t *)LABEL, strlen(LABEL) } },
    };
    assert_int_equal(edit(&file, JZ_META_RAW, all.m[0].meta.at, "{}", &made), JZ_E_INVAL);
    fx_metas_done(&all);
    assert_int_equal(fx_edit(fx_carrier(bytes_of(&file)), bytes_of(&file), edits, 3, &made, NULL),
                     JZ_OK);
    expect_text(&made, "AIGC", LABEL);
    expect_peers(&made, ".mp3");
}

static void test_mp3_a_second_tag_is_read_and_edited(void **state)
{
    (void)state;
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO second = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    put_frame(&one, "TXXX", 0, "\0AIGC\0{}", 8);
    tagged(3, 0, &one, 0, &second);
    jz_buf_put(&file, "ID3\4\0\0\0\0\0\x10TIT2\0\0\0\6\0\0\0title", 26);
    jz_buf_put(&file, second.ptr, second.len);
    expect_text(&file, "AIGC", "{}");
    list(&file, &all);
    assert_int_equal(edit(&file, JZ_META_TEXT, all.m[0].meta.at, LABEL, &made), JZ_OK);
    fx_metas_done(&all);
    expect_text(&made, "AIGC", LABEL);
    assert_memory_equal(made.ptr, file.ptr, 26);
}

static void test_mp3_tags_of_others_are_read(void **state)
{
    (void)state;
    static const char *const v3[] = { "ffmpeg",
                                      "-v",
                                      "error",
                                      "-i",
                                      "@",
                                      "-c",
                                      "copy",
                                      "-id3v2_version",
                                      "3",
                                      "-metadata",
                                      "AIGC={\"Label\":\"1\"}",
                                      "-f",
                                      "mp3",
                                      "-",
                                      NULL };
    static const char *const v4[] = { "ffmpeg",
                                      "-v",
                                      "error",
                                      "-i",
                                      "@",
                                      "-c",
                                      "copy",
                                      "-id3v2_version",
                                      "4",
                                      "-metadata",
                                      "AIGC={\"Label\":\"1\"}",
                                      "-f",
                                      "mp3",
                                      "-",
                                      NULL };
    JZ_BUF_AUTO sound = { 0 };
    load("tone.mp3", &sound);
    for (unsigned i = 0; i < 2; i++) {
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO again = { 0 };
        if (fx_peer(bytes_of(&sound), ".mp3", i == 0 ? v3 : v4, &made) != 0) {
            print_message("SKIP: no ffmpeg\n");
            skip();
        }
        assert_int_equal(made.ptr[3], i == 0 ? 3 : 4);
        expect_text(&made, "AIGC", "{\"Label\":\"1\"}");
        fx_round_trip(bytes_of(&made), LABEL, &again);
    }
}

static void test_mp3_22_is_passed_over_and_not_edited(void **state)
{
    (void)state;
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    jz_buf_put(&frames, "TXX\0\0\x08\0AIGC\0{}", 14);
    tagged(2, 0, &frames, 0, &file);
    list(&file, &all);
    assert_int_equal(all.n, 0);
    assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, LABEL, &made), JZ_E_UNSUPPORTED);
}

static void test_mp3_frames_before_damage_are_listed(void **state)
{
    (void)state;
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO file = { 0 };
    fx_metas all;
    put_frame(&frames, "TXXX", 0, "\0AIGC\0{}", 8);
    put_frame(&frames, "APIC", 0, "\0image/png\0", 11);
    tagged(4, 0, &frames, 0, &file);
    for (size_t cut = 1; cut <= HEAD + 11; cut += HEAD + 10) { /* in APIC, or all of it */
        const jz_bytes part = { (const uint8_t *)file.ptr, HEAD + frames.len - cut };
        assert_int_equal(fx_list(fx_carrier(part), part, &all, NULL), JZ_E_TRUNCATED);
        assert_int_equal(all.n, 1);
        assert_string_equal(all.m[0].value.ptr, "{}");
        fx_metas_done(&all);
    }
}

/* 4 MiB and a byte. */
static void test_mp3_too_large_a_frame_is_told(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO long_text = { 0 };
    JZ_BUF_AUTO small = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    load("tone.mp3", &small);
    for (size_t i = 0; i <= JZ_META_MAX; i++)
        jz_buf_putc(&long_text, 'x');
    jz_buf_put(&file, "ID3\4\0\0\2\0\0\x0bTXXX\2\0\0\1\0\0", 2 * HEAD);
    jz_buf_put(&file, long_text.ptr, long_text.len);
    list(&file, &all);
    assert_int_equal(all.n, 1);
    assert_int_equal(all.m[0].meta.passed, JZ_E_LIMIT);
    fx_metas_done(&all);
    assert_int_equal(edit(&small, JZ_META_TEXT, JZ_META_NEW, long_text.ptr, &made), JZ_E_LIMIT);
}

static void test_mp3_hurt_files_are_survived(void **state)
{
    (void)state;
    static const uint8_t flags[] = { 0, 0x80, 0x40 };
    for (unsigned i = 0; i < 6; i++) {
        JZ_BUF_AUTO frames = { 0 };
        JZ_BUF_AUTO file = { 0 };
        put_frame(&frames, "TXXX", 0,
                  "\1\xff\xfe"
                  "A\0I\0G\0C\0\0\0{\0}\0",
                  17);
        put_frame(&frames, "COMM", 0, "\0eng\0AIGC", 9);
        put_frame(&frames, "TXXX", 0x09, "\0\0\0\1AIGC", 8);
        tagged((uint8_t)(3 + i % 2), flags[i / 2], &frames, 8, &file);
        fx_hurt(bytes_of(&file), 1);
    }
}

static void test_mp3_edit_refuses_what_it_does_not_understand(void **state)
{
    (void)state;
    JZ_BUF_AUTO frames = { 0 };
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    put_frame(&frames, "TIT2", 0, "\0title", 6);
    tagged(4, 0, &frames, 8, &file);
    assert_int_equal(edit(&file, JZ_META_XMP, JZ_META_NEW, "<x/>", &made), JZ_E_UNSUPPORTED);
    assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, NULL, &made), JZ_E_INVAL);
    assert_int_equal(edit(&file, JZ_META_TEXT, 2 * HEAD, LABEL, &made), JZ_E_INVAL);
    file.ptr[HEAD + frames.len + 3] = 'x'; /* in the padding */
    assert_int_equal(edit(&file, JZ_META_TEXT, JZ_META_NEW, LABEL, &made), JZ_E_CORRUPT);
    const jz_bytes cut = { (const uint8_t *)file.ptr, HEAD + 9 };
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, { (const uint8_t *)"{}", 2 } };
    assert_int_equal(fx_edit(fx_carrier(cut), cut, &e, 1, &made, NULL), JZ_E_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mp3_round_trips),
        cmocka_unit_test(test_mp3_new_tag_stands_before_the_sound),
        cmocka_unit_test(test_mp3_padding_is_used_and_the_tag_grows_only_without),
        cmocka_unit_test(test_mp3_every_encoding_is_read),
        cmocka_unit_test(test_mp3_text_that_is_not_ascii_is_utf16_in_23),
        cmocka_unit_test(test_mp3_unsynchronised_tags_are_read),
        cmocka_unit_test(test_mp3_unsynchronised_tags_are_written),
        cmocka_unit_test(test_mp3_compressed_frames_are_unpacked),
        cmocka_unit_test(test_mp3_frames_that_cannot_be_read_are_told),
        cmocka_unit_test(test_mp3_extended_header_is_read_over_and_not_edited),
        cmocka_unit_test(test_mp3_sizes_of_itunes_are_read_and_not_edited),
        cmocka_unit_test(test_mp3_other_frames_with_the_key_are_listed_and_taken_out),
        cmocka_unit_test(test_mp3_a_second_tag_is_read_and_edited),
        cmocka_unit_test(test_mp3_tags_of_others_are_read),
        cmocka_unit_test(test_mp3_22_is_passed_over_and_not_edited),
        cmocka_unit_test(test_mp3_frames_before_damage_are_listed),
        cmocka_unit_test(test_mp3_too_large_a_frame_is_told),
        cmocka_unit_test(test_mp3_hurt_files_are_survived),
        cmocka_unit_test(test_mp3_edit_refuses_what_it_does_not_understand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
