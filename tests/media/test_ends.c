/* SPDX-License-Identifier: Apache-2.0 */
#include "media/ends.h"

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
    return jz_ends_early(jz_format_by_name(format), len, read_slice, &file);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_file_is_whole),
        cmocka_unit_test(test_shortened_file_is_cut),
        cmocka_unit_test(test_appended_bytes_are_not_followed),
        cmocka_unit_test(test_hostile_lengths_end),
    };
    return cmocka_run_group_tests_name("ends", tests, NULL, NULL);
}
