/* SPDX-License-Identifier: Apache-2.0 */
#include "media/blocks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool read_slice(void *user, uint64_t offset, uint8_t *buf, size_t size)
{
    const jz_bytes *file = user;
    if (offset > file->len || size > file->len - offset)
        return false;
    memcpy(buf, file->ptr + offset, size);
    return true;
}

static bool ends_early(const char *format, const void *bytes, size_t len)
{
    jz_bytes file = { bytes, len };
    return jz_blocks_end_early(jz_format_by_name(format), len, read_slice, &file);
}
#define ENDS_EARLY(format, text) ends_early(format, text, sizeof text - 1)

/* Each whole file, with the least number of bytes that show that it is cut. */
static const struct {
    const char *format;
    const char *bytes;
    size_t len;
    size_t first; /* from this length on, every shorter file is seen to be cut */
} wholes[] = {
#define WHOLE(format, text, first)                                                                 \
    {                                                                                              \
        format, text, sizeof text - 1, first                                                       \
    }
    WHOLE("mp4",
          "\0\0\0\x0c"
          "ftypisom\0\0\0\1mdat\0\0\0\0\0\0\0\x14"
          "abcd",
          28),
    WHOLE("avi", "RIFF\5\0\0\0AVI x", 8),
    WHOLE("png", "\x89PNG\r\n\x1a\n\0\0\0\1IDATxCRC!\0\0\0\0IENDCRC!", 1),
    WHOLE("gif", "GIF89a\1\0\1\0\x80\0\0rgbrgb!\xf9\1x\0,\0\0\0\0\1\0\1\0\0\2\2xx\0;", 13),
    WHOLE("flv", "FLV\1\1\0\0\0\x09\0\0\0\0\x09\0\0\2\0\0\0\0\0\0\0xx\0\0\0\x0d", 24),
    WHOLE("mkv", "\x1a\x45\xdf\xa3\x84xxxx\x18\x53\x80\x67\x10\0\0\4wxyz", 21),
};

static void test_whole_file_is_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(wholes); i++) {
        if (ends_early(wholes[i].format, wholes[i].bytes, wholes[i].len))
            fail_msg("%s", wholes[i].format);
    }
}

static void test_shortened_file_is_cut(void **state)
{
    (void)state;
    /* FLV's last four bytes repeat a length and are not missed; MKV's second header is 12 long. */
    static const size_t spare[] = { 0, 0, 0, 0, 4, 0 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(wholes); i++) {
        for (size_t len = wholes[i].first; len < wholes[i].len - spare[i]; len++) {
            if (!ends_early(wholes[i].format, wholes[i].bytes, len))
                fail_msg("%s of %zu bytes", wholes[i].format, len);
        }
    }
}

static void test_appended_bytes_are_not_followed(void **state)
{
    (void)state;
    assert_false(ENDS_EARLY("mp4", "\0\0\0\x08moov\xff\xff\xff\xff\1\2\3\4"));
    assert_false(ENDS_EARLY("webp", "RIFF\4\0\0\0WEBPjunk and more junk"));
    assert_false(ENDS_EARLY("flv", "FLV\1\1\0\0\0\x09\0\0\0\0\x55\xff\xff\xff______________"));
}

static void test_hostile_lengths_end(void **state)
{
    (void)state;
    assert_true(ENDS_EARLY("mp4", "\0\0\0\1mdat\xff\xff\xff\xff\xff\xff\xff\xff"));
    assert_false(ENDS_EARLY("mp4", "\0\0\0\0mdat________"));
    assert_false(ENDS_EARLY("mp4", "\0\0\0\7mdat________"));
    assert_false(ENDS_EARLY("mp4", "\0\0\0\1mdat\0\0\0\0\0\0\0\0"));
    assert_true(ENDS_EARLY("png", "\x89PNG\r\n\x1a\n\xff\xff\xff\xffIDAT"));
    assert_false(ENDS_EARLY("mkv", "\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xff"));
    assert_false(ENDS_EARLY("mkv", "\x1a\x45\xdf\xa3\0\xff\xff\xff\xff\xff\xff\xff"));
    assert_true(ENDS_EARLY("mkv", "\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xfe"));
    assert_false(ENDS_EARLY("jpeg", "\xff\xd8\xff"));
}

static unsigned depth_of(const char *format, const void *bytes, size_t len, unsigned most)
{
    jz_bytes file = { bytes, len };
    return jz_blocks_depth(jz_format_by_name(format), len, read_slice, &file, most);
}
#define DEPTH(format, text) depth_of(format, text, sizeof text - 1, 16)

static void test_depth_counts_blocks_within_blocks(void **state)
{
    (void)state;
    assert_int_equal(DEPTH("mp4", "\0\0\0\x0c"
                                  "ftypisom\0\0\0\x08mdat"),
                     1);
    assert_int_equal(DEPTH("mp4", "\0\0\0\x18moov\0\0\0\x10trak\0\0\0\x08mdia"), 3);
    assert_int_equal(
        DEPTH("mp4", "\0\0\0\x14moov\0\0\0\x0cudta\0\0\0\0\0\0\0\x10trak\0\0\0\x08mdia"), 2);
    assert_int_equal(DEPTH("mp4", "\0\0\0\x1cmeta\0\0\0\0\0\0\0\x10ilst\0\0\0\x08xxxx"), 3);
    assert_int_equal(DEPTH("mov", "\0\0\0\x18meta\0\0\0\x08hdlr\0\0\0\x08keys"), 2);
    assert_int_equal(DEPTH("avi", "RIFF\x20\0\0\0AVI LIST\x14\0\0\0hdrlLIST\x08\0\0\0strlabcd"), 3);
    assert_int_equal(DEPTH("mkv",
                           "\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"
                           "\x12\x54\xc3\x67\x85\x73\x73\x82\x67\xc8\x80"),
                     4);
    assert_int_equal(DEPTH("png", "\x89PNG\r\n\x1a\n"), 0);
}

static void test_depth_stops_one_past_the_most(void **state)
{
    (void)state;
    uint8_t deep[8 * 1000];
    for (uint32_t i = 0; i < 1000; i++) {
        const uint32_t left = (1000 - i) * 8;
        const uint8_t head[8] = { 0, 0, (uint8_t)(left >> 8), (uint8_t)left, 'm', 'o', 'o', 'v' };
        memcpy(deep + (size_t)i * 8, head, sizeof head);
    }
    assert_int_equal(depth_of("mp4", deep, sizeof deep, 16), 17);
    assert_int_equal(depth_of("mp4", deep, sizeof deep, JZ_NESTING_MAX), JZ_NESTING_MAX + 1);
    assert_int_equal(depth_of("mp4", deep + 8 * 990, 8 * 10, 16), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file_is_whole),
        cmocka_unit_test(test_shortened_file_is_cut),
        cmocka_unit_test(test_appended_bytes_are_not_followed),
        cmocka_unit_test(test_hostile_lengths_end),
        cmocka_unit_test(test_depth_counts_blocks_within_blocks),
        cmocka_unit_test(test_depth_stops_one_past_the_most),
    };
    return cmocka_run_group_tests_name("ends", tests, NULL, NULL);
}
