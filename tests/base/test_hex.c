/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void test_every_byte_survives_both_ways(void **state)
{
    (void)state;
    uint8_t all[256], back[256];
    char text[513];
    for (unsigned i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    jz_hex_encode(all, sizeof all, text);
    assert_int_equal(strlen(text), 512);
    assert_memory_equal(text, "000102", 6);
    assert_string_equal(text + 506, "fdfeff");
    assert_true(jz_hex_decode(text, 512, back, sizeof back));
    assert_memory_equal(all, back, sizeof all);
    JZ_BUF_AUTO b = { 0 };
    jz_hex_put(&b, all, sizeof all);
    assert_string_equal(b.ptr, text);
}

static void test_both_cases_are_read(void **state)
{
    (void)state;
    uint8_t out[3];
    assert_true(jz_hex_decode("aBCdeF", 6, out, 3));
    assert_memory_equal(out, "\xab\xcd\xef", 3);
}

static void test_anything_else_is_refused_and_writes_nothing(void **state)
{
    (void)state;
    uint8_t out[2] = { 0x55, 0x55 };
    static const char *const bad[] = { "",     "a",       "abc",  "abcde", "abcdef",
                                       "ab g", "abc\xb0", " abc", "0xab" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_false(jz_hex_decode(bad[i], strlen(bad[i]), out, 2));
    for (unsigned c = 0; c < 256; c++) {
        const char text[4] = { '0', '0', '0', (char)c };
        const bool digit = c != 0 && strchr("0123456789abcdefABCDEF", (int)c) != NULL;
        if (!digit)
            assert_false(jz_hex_decode(text, 4, out, 2));
    }
    assert_memory_equal(out, "\x55\x55", 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_survives_both_ways),
        cmocka_unit_test(test_both_cases_are_read),
        cmocka_unit_test(test_anything_else_is_refused_and_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
