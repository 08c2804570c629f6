/* SPDX-License-Identifier: Apache-2.0 */
#include "media/exif.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* In a block of exactly its size, so that AddressSanitizer sees a read past it. */
static uint32_t orientation(const char *bytes, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    uint8_t *exact = realloc(copy, len > 0 ? len : 1);
    assert_non_null(exact);
    const uint32_t v = jz_exif_orientation((jz_bytes){ exact, len });
    free(exact);
    return v;
}
#define ORIENTATION(text) orientation(text, sizeof text - 1)

#define BIG "MM\0*\0\0\0\x08"
#define LITTLE "II*\0\x08\0\0\0"

static void test_both_byte_orders_are_read(void **state)
{
    (void)state;
    assert_int_equal(ORIENTATION(BIG "\0\1\1\x12\0\3\0\0\0\1\0\6\0\0"), 6);
    assert_int_equal(ORIENTATION(LITTLE "\1\0\x12\1\3\0\1\0\0\0\x08\0\0\0"), 8);
    assert_int_equal(ORIENTATION("Exif\0\0" BIG "\0\1\1\x12\0\3\0\0\0\1\0\5\0\0"), 5);
    assert_int_equal(ORIENTATION(BIG "\0\1\1\x12\0\4\0\0\0\1\0\0\0\3"), 3); /* a LONG */
}

static void test_tag_is_found_behind_others(void **state)
{
    (void)state;
    assert_int_equal(ORIENTATION(BIG "\0\2\1\x0f\0\2\0\0\0\4abc\0\1\x12\0\3\0\0\0\1\0\2\0\0"), 2);
    /* The directory need not follow the header. */
    assert_int_equal(ORIENTATION("MM\0*\0\0\0\x0c----\0\1\1\x12\0\3\0\0\0\1\0\7\0\0"), 7);
}

static void test_damage_means_upright(void **state)
{
    (void)state;
    assert_int_equal(ORIENTATION(""), 1);
    assert_int_equal(ORIENTATION("Exif\0\0"), 1);
    assert_int_equal(ORIENTATION("XX\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0"), 1);
    assert_int_equal(ORIENTATION("MM\0+\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0"), 1);
    assert_int_equal(ORIENTATION("MM\0*\xff\xff\xff\xff\0\1\1\x12\0\3\0\0\0\1\0\6\0\0"), 1);
    assert_int_equal(ORIENTATION(BIG "\xff\xff\1\x0f\0\3\0\0\0\1\0\6\0\0"), 1);
    assert_int_equal(ORIENTATION(BIG "\0\1\1\x12\0\3\0\0\0\1\0\0\0\0"), 1);         /* 0 */
    assert_int_equal(ORIENTATION(BIG "\0\1\1\x12\0\3\0\0\0\1\0\x09\0\0"), 1);       /* 9 */
    assert_int_equal(ORIENTATION(BIG "\0\1\1\x12\0\3\xff\xff\xff\xff\0\6\0\0"), 1); /* count */
    assert_int_equal(ORIENTATION(BIG "\0\1\1\x12\0\2\0\0\0\1\0\6\0\0"), 1);         /* a string */
}

static void test_every_shortening_is_harmless(void **state)
{
    (void)state;
    static const char block[] = "Exif\0\0" LITTLE "\2\0\x0f\1\2\0\4\0\0\0abc\0\x12\1\3\0\1\0\0\0\6";
    const size_t whole = sizeof block - 1;
    for (size_t len = 0; len <= whole; len++)
        assert_int_equal(orientation(block, len), 1); /* the last two bytes are missing */
}

/* IFD0 with ImageDescription (24 bytes at 38) and the Exif IFD's offset (62), then UserComment. */
#define DESCRIPTION "\1\x0e\0\2\0\0\0\x18\0\0\0\x26"
#define SUB_IFD "\x87\x69\0\4\0\0\0\1\0\0\0\x3e"
#define TEXTS                                                                                      \
    BIG "\0\2" DESCRIPTION SUB_IFD "\0\0\0\0" /* the header, and a directory of 30 bytes */        \
        "{\"AIGC\":{\"Label\":\"1\"}}\0\0"                                                         \
        "\0\1\x92\x86\0\7\0\0\0"

#define COMMENT(size, text) TEXTS size "\0\0\0\x4c" text

typedef struct found {
    jz_status status;
    jz_exif_place place;
    jz_buf text;
} found;

static found find_text(const void *bytes, size_t len, jz_exif_tag tag)
{
    uint8_t *exact = malloc(len > 0 ? len : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, len);
    found f = { 0 };
    f.status = jz_exif_text((jz_bytes){ exact, len }, tag, &f.place, &f.text, NULL);
    free(exact);
    return f;
}

static void expect_text(const void *bytes, size_t len, jz_exif_tag tag, const char *text, size_t at,
                        size_t size)
{
    found f = find_text(bytes, len, tag);
    assert_int_equal(f.status, JZ_OK);
    assert_string_equal(f.text.ptr, text);
    assert_int_equal(f.place.at, at);
    assert_int_equal(f.place.size, size);
    jz_buf_done(&f.text);
}
#define EXPECT_TEXT(bytes, tag, text, at, size)                                                    \
    expect_text(bytes, sizeof bytes - 1, tag, text, at, size)

static void test_description_is_read_up_to_its_nul(void **state)
{
    (void)state;
    static const char block[] = COMMENT("\x0a", "ASCII\0\0\0ok");
    EXPECT_TEXT(block, JZ_EXIF_IMAGE_DESCRIPTION, "{\"AIGC\":{\"Label\":\"1\"}}", 38, 24);
    static const char prefixed[] = "Exif\0\0" COMMENT("\x0a", "ASCII\0\0\0ok");
    EXPECT_TEXT(prefixed, JZ_EXIF_IMAGE_DESCRIPTION, "{\"AIGC\":{\"Label\":\"1\"}}", 44, 24);
    static const char inside[] = BIG "\0\1\1\x0e\0\2\0\0\0\4abc\0";
    EXPECT_TEXT(inside, JZ_EXIF_IMAGE_DESCRIPTION, "abc", 18, 4);
}

static void test_comment_is_read_in_its_charset(void **state)
{
    (void)state;
    static const char ascii[] = COMMENT("\x0a", "ASCII\0\0\0ok");
    static const char latin[] = COMMENT("\x0c", "ASCII\0\0\0caf\xe9");
    static const char utf8[] = COMMENT("\x0b", "\0\0\0\0\0\0\0\0\xe4\xbd\xa0");
    static const char bare[] = COMMENT("\x0b", "{\"AIGC\":{}}");
    static const char wide[] = COMMENT("\x0c", "UNICODE\0\x4f\x60\0!");
    static const char swapped[] = COMMENT("\x0e", "UNICODE\0{\0\x60\x4f}\0");
    static const char marked[] = COMMENT("\x0c", "UNICODE\0\xff\xfe\x60\x4f");
    EXPECT_TEXT(ascii, JZ_EXIF_USER_COMMENT, "ok", 84, 2);
    EXPECT_TEXT(latin, JZ_EXIF_USER_COMMENT, "caf\xc3\xa9", 84, 4);
    EXPECT_TEXT(utf8, JZ_EXIF_USER_COMMENT, "\xe4\xbd\xa0", 84, 3);
    EXPECT_TEXT(bare, JZ_EXIF_USER_COMMENT, "{\"AIGC\":{}}", 76, 11);
    EXPECT_TEXT(wide, JZ_EXIF_USER_COMMENT, "\xe4\xbd\xa0!", 84, 4);
    EXPECT_TEXT(swapped, JZ_EXIF_USER_COMMENT, "{\xe4\xbd\xa0}", 84, 6);
    EXPECT_TEXT(marked, JZ_EXIF_USER_COMMENT, "\xe4\xbd\xa0", 84, 4);
}

static void expect_status(const char *bytes, size_t len, jz_exif_tag tag, jz_status expected)
{
    found f = find_text(bytes, len, tag);
    assert_int_equal(f.status, expected);
    jz_buf_done(&f.text);
}

static void test_text_that_is_not_there_or_outside_is_an_error(void **state)
{
    (void)state;
    static const char none[] = BIG "\0\1\1\x12\0\3\0\0\0\1\0\6\0\0";
    static const char jis[] = COMMENT("\x0a", "JIS\0\0\0\0\0ok");
    static const char past[] = COMMENT("\x0b", "ASCII\0\0\0ok");
    static const char empty[] = BIG "\0\1\1\x0e\0\2\0\0\0\0\0\0\0\0";
    static const char untyped[] = BIG "\0\1\1\x0e\0\x63\0\0\0\1\0\0\0\0";
    static const char cyclic[] = BIG "\0\1\x87\x69\0\4\0\0\0\1\0\0\0\x08";
    expect_status(none, sizeof none - 1, JZ_EXIF_IMAGE_DESCRIPTION, JZ_E_NOTFOUND);
    expect_status(none, sizeof none - 1, JZ_EXIF_USER_COMMENT, JZ_E_NOTFOUND);
    expect_status(jis, sizeof jis - 1, JZ_EXIF_USER_COMMENT, JZ_E_UNSUPPORTED);
    expect_status(past, sizeof past - 1, JZ_EXIF_USER_COMMENT, JZ_E_TRUNCATED);
    expect_status(empty, sizeof empty - 1, JZ_EXIF_IMAGE_DESCRIPTION, JZ_E_CORRUPT);
    expect_status(untyped, sizeof untyped - 1, JZ_EXIF_IMAGE_DESCRIPTION, JZ_E_CORRUPT);
    expect_status(cyclic, sizeof cyclic - 1, JZ_EXIF_USER_COMMENT, JZ_E_NOTFOUND);
    for (size_t len = 0; len < sizeof past - 1; len++)
        expect_status(past, len, JZ_EXIF_USER_COMMENT, JZ_E_TRUNCATED);
}

/* Blanks a text and tells what differs: all of it must be the text's own bytes. */
static void expect_blank(const char *bytes, size_t len, jz_exif_tag tag, const char *text)
{
    JZ_BUF_AUTO made = { 0 };
    jz_buf_puts(&made, "kept");
    const jz_bytes block = { (const uint8_t *)bytes, len };
    found f = find_text(bytes, len, tag);
    assert_int_equal(jz_exif_blank_text(block, tag, &made, NULL), JZ_OK);
    assert_int_equal(made.len, 4 + len);
    assert_memory_equal(made.ptr, "kept", 4);
    for (size_t i = 0; i < len; i++) {
        const bool in_text = i >= f.place.at && i - f.place.at < f.place.size;
        if (!in_text)
            assert_int_equal(made.ptr[4 + i], bytes[i]);
    }
    expect_text(made.ptr + 4, len, tag, text, f.place.at, f.place.size);
    jz_buf_done(&f.text);
}

static void test_blank_text_keeps_all_but_the_text(void **state)
{
    (void)state;
    static const char ascii[] = COMMENT("\x0a", "ASCII\0\0\0ok");
    static const char wide[] = COMMENT("\x0c", "UNICODE\0\x4f\x60\0!");
    static const char swapped[] = COMMENT("\x0e", "UNICODE\0{\0\x60\x4f}\0");
    expect_blank(ascii, sizeof ascii - 1, JZ_EXIF_USER_COMMENT, "  ");
    expect_blank(wide, sizeof wide - 1, JZ_EXIF_USER_COMMENT, "  ");
    expect_blank(swapped, sizeof swapped - 1, JZ_EXIF_USER_COMMENT, "   ");
    expect_blank(ascii, sizeof ascii - 1, JZ_EXIF_IMAGE_DESCRIPTION, "                      ");
}

static void test_text_that_overlaps_its_directory_is_not_blanked(void **state)
{
    (void)state;
    JZ_BUF_AUTO made = { 0 };
    /* Its values are the directory that names it. */
    static const char block[] = BIG "\0\1\1\x0e\0\2\0\0\0\x0e\0\0\0\x08";
    const jz_bytes bytes = { (const uint8_t *)block, sizeof block - 1 };
    assert_int_equal(jz_exif_blank_text(bytes, JZ_EXIF_IMAGE_DESCRIPTION, &made, NULL),
                     JZ_E_CORRUPT);
    assert_int_equal(made.len, 0);
}

static void test_field_is_found_with_its_place(void **state)
{
    (void)state;
    static const char block[] = COMMENT("\x0a", "ASCII\0\0\0ok");
    const jz_bytes bytes = { (const uint8_t *)block, sizeof block - 1 };
    jz_tiff_field f;
    assert_int_equal(jz_tiff_find(bytes, 0x8769, &f, NULL), JZ_OK);
    assert_int_equal(f.type, 4);
    assert_int_equal(f.count, 1);
    assert_int_equal(f.at, 30);
    assert_int_equal(f.size, 4);
    assert_true(f.big_endian);
    assert_int_equal(jz_tiff_find(bytes, 0x9286, &f, NULL), JZ_E_NOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_byte_orders_are_read),
        cmocka_unit_test(test_tag_is_found_behind_others),
        cmocka_unit_test(test_damage_means_upright),
        cmocka_unit_test(test_every_shortening_is_harmless),
        cmocka_unit_test(test_description_is_read_up_to_its_nul),
        cmocka_unit_test(test_comment_is_read_in_its_charset),
        cmocka_unit_test(test_text_that_is_not_there_or_outside_is_an_error),
        cmocka_unit_test(test_blank_text_keeps_all_but_the_text),
        cmocka_unit_test(test_text_that_overlaps_its_directory_is_not_blanked),
        cmocka_unit_test(test_field_is_found_with_its_place),
    };
    return cmocka_run_group_tests_name("exif", tests, NULL, NULL);
}
