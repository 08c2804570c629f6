/* SPDX-License-Identifier: Apache-2.0 */
#include "media/charset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void expect_utf16(const char *bytes, size_t len, bool big_endian, const char *expected)
{
    JZ_BUF_AUTO out = { 0 };
    jz_buf_puts(&out, "");
    jz_utf16_to_utf8((jz_bytes){ (const uint8_t *)bytes, len }, big_endian, &out);
    assert_string_equal(out.ptr, expected);
}
#define EXPECT_UTF16(text, big_endian, expected)                                                   \
    expect_utf16(text, sizeof text - 1, big_endian, expected)

static void test_utf16_is_read_in_both_orders(void **state)
{
    (void)state;
    EXPECT_UTF16("\0A\x4f\x60", true, "A\xe4\xbd\xa0");
    EXPECT_UTF16("A\0\x60\x4f", false, "A\xe4\xbd\xa0");
    EXPECT_UTF16("\0\xe9", true, "\xc3\xa9");
    EXPECT_UTF16("\xd8\x3d\xde\0", true, "\xf0\x9f\x98\x80");
    EXPECT_UTF16("", true, "");
}

static void test_utf16_mark_overrules_the_order(void **state)
{
    (void)state;
    EXPECT_UTF16("\xff\xfe"
                 "A\0",
                 true, "A");
    EXPECT_UTF16("\xfe\xff\0A", false, "A");
    EXPECT_UTF16("\xfe\xff", false, "");
}

static void test_utf16_halves_are_replaced(void **state)
{
    (void)state;
    EXPECT_UTF16("\xd8\x3d\0A", true,
                 "\xef\xbf\xbd"
                 "A");
    EXPECT_UTF16("\xde\0", true, "\xef\xbf\xbd");
    EXPECT_UTF16("\xd8\x3d", true, "\xef\xbf\xbd");
    EXPECT_UTF16("\0A\0", true, "A\xef\xbf\xbd");
}

static void test_latin1_is_two_bytes_from_80_on(void **state)
{
    (void)state;
    JZ_BUF_AUTO out = { 0 };
    jz_latin1_to_utf8((jz_bytes){ (const uint8_t *)"a\x7f\x80\xff", 4 }, &out);
    assert_string_equal(out.ptr, "a\x7f\xc2\x80\xc3\xbf");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf16_is_read_in_both_orders),
        cmocka_unit_test(test_utf16_mark_overrules_the_order),
        cmocka_unit_test(test_utf16_halves_are_replaced),
        cmocka_unit_test(test_latin1_is_two_bytes_from_80_on),
    };
    return cmocka_run_group_tests_name("charset", tests, NULL, NULL);
}
