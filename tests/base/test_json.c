/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

/* What the writer makes of one string. */
static const char *quoted(jz_buf *b, const char *s, size_t len)
{
    jz_json j = { .out = b };
    jz_buf_reset(b);
    jz_json_strn(&j, s, len);
    assert_int_equal(jz_buf_check(b, NULL), JZ_OK);
    return b->ptr;
}

static void test_strings_are_escaped(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    assert_string_equal(quoted(&b, "", 0), "\"\"");
    assert_string_equal(quoted(&b, "a\"b\\c/", 6), "\"a\\\"b\\\\c/\"");
    assert_string_equal(quoted(&b, "\b\t\n\v\f\r", 6), "\"\\b\\t\\n\\u000b\\f\\r\"");
    assert_string_equal(quoted(&b, "\0\x1f\x7f", 3), "\"\\u0000\\u001f\\u007f\"");
    assert_string_equal(quoted(&b, "\xe9\x89\xb4\xf0\x9f\x98\x80", 7),
                        "\"\xe9\x89\xb4\xf0\x9f\x98\x80\"");
}

#define BAD "\xef\xbf\xbd" /* U+FFFD */

static void test_bytes_that_are_no_utf8_are_replaced(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "\xff", BAD },
        { "a\x80z", "a" BAD "z" },
        { "\xc0\xaf", BAD BAD },                 /* overlong / */
        { "\xe0\x80\xaf", BAD BAD BAD },         /* overlong */
        { "\xed\xa0\x80", BAD BAD BAD },         /* a surrogate */
        { "\xf4\x90\x80\x80", BAD BAD BAD BAD }, /* past U+10FFFF */
        { "\xe9\x89", BAD BAD },                 /* cut off */
        { "\xe9\x89z", BAD BAD "z" },
        { "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
        { "\xed\x9f\xbf", "\xed\x9f\xbf" },
    };
    JZ_BUF_AUTO b = { 0 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        const char *got = quoted(&b, rows[i].in, strlen(rows[i].in));
        assert_int_equal(strlen(got), strlen(rows[i].out) + 2);
        assert_memory_equal(got + 1, rows[i].out, strlen(rows[i].out));
    }
}

/* The definition of RFC 3629 section 4, the slow way: decode, then compare with the shortest
 * encoding. */
static unsigned utf8_len_by_definition(const uint8_t *p, size_t len)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned n = p[0] < 0x80             ? 1
                       : (p[0] & 0xe0) == 0xc0 ? 2
                       : (p[0] & 0xf0) == 0xe0 ? 3
                       : (p[0] & 0xf8) == 0xf0 ? 4
                                               : 0;
    if (n < 2 || n > len)
        return n == 1 ? 1 : 0;
    uint32_t v = p[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (p[i] & 0x3fu);
    }
    const bool surrogate = v >= 0xd800 && v <= 0xdfff;
    return v < least[n] || v > 0x10ffff || surrogate ? 0 : n;
}

static void test_utf8_length_equals_its_definition(void **state)
{
    (void)state;
    static const uint8_t tails[] = { 0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90,
                                     0x9f, 0xa0, 0xbf, 0xc0, 0xff };
    const size_t n = sizeof tails;
    for (unsigned first = 0; first < 256; first++) {
        for (size_t i = 0; i < n * n * n; i++) {
            const uint8_t s[4] = { (uint8_t)first, tails[i % n], tails[i / n % n],
                                   tails[i / n / n] };
            for (size_t len = 1; len <= 4; len++)
                assert_int_equal(jz_utf8_len((const char *)s, len), utf8_len_by_definition(s, len));
        }
    }
    assert_int_equal(jz_utf8_len("", 0), 0);
    assert_true(jz_utf8_valid("", 0));
    assert_true(jz_utf8_valid("a\xe9\x89\xb4", 4));
    assert_false(jz_utf8_valid("a\xe9\x89\xb4\xe9", 5));
}

static void test_commas_are_placed_between_members_only(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_json j = { .out = &b };
    jz_json_begin_object(&j);
    jz_json_key(&j, "a");
    jz_json_begin_array(&j);
    jz_json_end_array(&j);
    jz_json_key(&j, "b");
    jz_json_begin_array(&j);
    jz_json_i64(&j, INT64_MIN);
    jz_json_u64(&j, UINT64_MAX);
    jz_json_begin_object(&j);
    jz_json_end_object(&j);
    jz_json_null(&j);
    jz_json_str(&j, NULL);
    jz_json_end_array(&j);
    jz_json_key(&j, "c");
    jz_json_bool(&j, true);
    jz_json_key(&j, "d");
    jz_json_raw(&j, "[1]", 3);
    jz_json_key(&j, "e");
    jz_json_hex(&j, (const uint8_t *)"\x01\xab", 2);
    jz_json_end_object(&j);
    assert_string_equal(b.ptr, "{\"a\":[],\"b\":[-9223372036854775808,18446744073709551615,{},"
                               "null,null],\"c\":true,\"d\":[1],\"e\":\"01ab\"}");
}

static void test_lines_of_one_writer_do_not_touch(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_json j = { .out = &b };
    for (int i = 0; i < 2; i++) {
        jz_json_begin_object(&j);
        jz_json_end_object(&j);
        jz_buf_putc(&b, '\n');
    }
    assert_string_equal(b.ptr, "{}\n{}\n");
}

static void test_numbers_that_json_lacks_are_null(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_json j = { .out = &b };
    jz_json_begin_array(&j);
    jz_json_f64(&j, 1.25, 3);
    jz_json_f64(&j, (double)NAN, 3);
    jz_json_f64(&j, (double)-INFINITY, 0);
    jz_json_f64(&j, -0.5, 1);
    jz_json_end_array(&j);
    assert_string_equal(b.ptr, "[1.250,null,null,-0.5]");
}

static void test_error_has_kind_message_and_chain(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_json j = { .out = &b };
    jz_err err = { 0 };
    jz_err_set(&err, JZ_E_CORRUPT, "bad \"marker\"");
    jz_err_wrap(&err, "reading");
    jz_json_err(&j, &err);
    assert_string_equal(b.ptr, "{\"kind\":\"corrupt\",\"message\":\"reading: bad \\\"marker\\\"\","
                               "\"chain\":[\"reading\",\"bad \\\"marker\\\"\"]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_are_escaped),
        cmocka_unit_test(test_bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(test_utf8_length_equals_its_definition),
        cmocka_unit_test(test_commas_are_placed_between_members_only),
        cmocka_unit_test(test_lines_of_one_writer_do_not_touch),
        cmocka_unit_test(test_numbers_that_json_lacks_are_null),
        cmocka_unit_test(test_error_has_kind_message_and_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
