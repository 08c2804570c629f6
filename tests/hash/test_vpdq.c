/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/hash.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define HEX "e271017837246aaccddea259648fb7d62f435c89d9e99b2497763e216c8d055c"

static void test_a_line_survives_both_ways(void **state)
{
    (void)state;
    static const char *const lines[] = { "0,100," HEX ",0.000", "1,0," HEX ",0.033",
                                         "4711,57," HEX ",157.033" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(lines); i++) {
        jz_vpdq_line line;
        char text[JZ_VPDQ_TEXT];
        assert_int_equal(jz_vpdq_parse(lines[i], strlen(lines[i]), &line, NULL), JZ_OK);
        assert_string_equal(jz_vpdq_format(&line, text), lines[i]);
    }
    jz_vpdq_line line;
    assert_int_equal(jz_vpdq_parse(lines[2], strlen(lines[2]), &line, NULL), JZ_OK);
    assert_int_equal(line.frame, 4711);
    assert_int_equal(line.quality, 57);
    assert_int_equal(line.digest[0], 0xe2);
    assert_int_equal(line.digest[31], 0x5c);
    assert_true(line.seconds > 157.0329 && line.seconds < 157.0331);
}

static void test_the_longest_line_fits(void **state)
{
    (void)state;
    jz_vpdq_line line = { .frame = UINT64_MAX, .quality = 100, .seconds = 999999999999.999 };
    char text[JZ_VPDQ_TEXT];
    assert_true(strlen(jz_vpdq_format(&line, text)) < JZ_VPDQ_TEXT);
}

static void test_bad_lines_name_their_field(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field;
    } bad[] = {
        { "", "frame" },
        { "-1,100," HEX ",0.0", "frame" },
        { " 1,100," HEX ",0.0", "frame" },
        { "99999999999999999999999,100," HEX ",0.0", "frame" },
        { "1", "frame" },
        { "1,101," HEX ",0.0", "quality" },
        { "1,," HEX ",0.0", "quality" },
        { "1,1e2," HEX ",0.0", "quality" },
        { "1,100,abc,0.0", "h" },
        { "1,100,g271017837246aaccddea259648fb7d62f435c89d9e99b2497763e216c8d055c,0.0", "h" },
        { "1,100," HEX, "h" },
        { "1,100," HEX ",", "seconds" },
        { "1,100," HEX ",-1", "seconds" },
        { "1,100," HEX ",nan", "seconds" },
        { "1,100," HEX ",1.0,", "seconds" },
        { "1,100," HEX ",1.0\r", "seconds" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        jz_vpdq_line line = { .frame = 42 };
        jz_err err = { 0 };
        assert_int_equal(jz_vpdq_parse(bad[i].text, strlen(bad[i].text), &line, &err),
                         JZ_E_CORRUPT);
        if (strncmp(err.frame[0], bad[i].field, strlen(bad[i].field)) != 0)
            fail_msg("'%s' is told as '%s'", bad[i].text, err.frame[0]);
        assert_int_equal(line.frame, 42); /* untouched */
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_survives_both_ways),
        cmocka_unit_test(test_the_longest_line_fits),
        cmocka_unit_test(test_bad_lines_name_their_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
