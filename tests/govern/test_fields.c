/* SPDX-License-Identifier: Apache-2.0 */
/* JSON into structs: what is read, and what is refused. */
#include "govern/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct part {
    int64_t n;
} part;
typedef struct thing {
    char text[8];
    int word;
    bool flag;
    int64_t number;
    uint8_t hex[2];
    part sub;
    char list[2][4];
    size_t lists;
    uint32_t bits;
    part parts[2];
    size_t n_parts;
} thing;

#define T(m) offsetof(thing, m)
static const char *const words[] = { "one", "two", NULL };
static const jz_field part_fields[] = {
    { "n", JZ_FIELD_INT, false, .min = -5, .max = INT64_MAX },
    { 0 },
};
static const jz_field fields[] = {
    { "bits", JZ_FIELD_WORDS, true, .at = T(bits), .words = words },
    { "flag", JZ_FIELD_BOOL, true, .at = T(flag) },
    { "hex", JZ_FIELD_HEX, true, .at = T(hex), .size = 2 },
    { "list", JZ_FIELD_TEXTS, true, .at = T(list), .size = 4, .min = 1, .max = 2,
      .count = T(lists) },
    { "number", JZ_FIELD_INT, true, .at = T(number), .max = 100 },
    { "parts", JZ_FIELD_OBJECTS, true, .at = T(parts), .size = sizeof(part), .max = 2,
      .count = T(n_parts), .sub = part_fields },
    { "sub", JZ_FIELD_OBJECT, true, .at = T(sub), .size = sizeof(part), .sub = part_fields },
    { "text", JZ_FIELD_TEXT, false, .at = T(text), .size = 8 },
    { "word", JZ_FIELD_WORD, true, .at = T(word), .words = words },
    { 0 },
};

static jz_status read_text(const char *text, thing *out)
{
    const size_t len = strlen(text);
    uint8_t *exact = malloc(len > 0 ? len : 1);
    assert_non_null(exact);
    memcpy(exact, text, len);
    const jz_status st =
        jz_fields_read(fields, (jz_bytes){ exact, len }, "thing", out, sizeof *out, NULL);
    free(exact);
    return st;
}

static void test_a_text_is_read_and_written_back(void **state)
{
    (void)state;
    static const char canonical[] =
        "{\"bits\":[\"one\",\"two\"],\"flag\":true,\"hex\":\"00ff\",\"list\":[\"a\",\"bcd\"],"
        "\"number\":100,\"parts\":[{\"n\":-5},{\"n\":0}],\"sub\":{\"n\":7},\"text\":\"鉴\\n\","
        "\"word\":\"two\"}";
    JZ_BUF_AUTO out = { 0 };
    thing t;
    assert_int_equal(read_text(canonical, &t), JZ_OK);
    assert_int_equal(t.bits, 3);
    assert_true(t.flag);
    assert_int_equal(t.hex[1], 0xff);
    assert_int_equal(t.lists, 2);
    assert_string_equal(t.list[1], "bcd");
    assert_int_equal(t.parts[0].n, -5);
    assert_int_equal(t.word, 2);
    jz_json j = { .out = &out };
    jz_fields_put(fields, &t, &j);
    assert_string_equal(out.ptr, canonical);
}

static void test_what_is_absent_is_left_out(void **state)
{
    (void)state;
    JZ_BUF_AUTO out = { 0 };
    thing t;
    assert_int_equal(read_text(" { \"text\" : \"a\" , \"flag\" : null } ", &t), JZ_OK);
    jz_json j = { .out = &out };
    jz_fields_put(fields, &t, &j);
    assert_string_equal(out.ptr, "{\"text\":\"a\"}");
}

static void test_escapes_are_characters(void **state)
{
    (void)state;
    thing t;
    assert_int_equal(read_text("{\"text\":\"\\u9274\\\"\\/\"}", &t), JZ_OK);
    assert_string_equal(t.text, "鉴\"/");
    assert_int_equal(read_text("{\"text\":\"\\ud83d\\ude00\"}", &t), JZ_OK);
    assert_string_equal(t.text, "\xf0\x9f\x98\x80");
}

static void test_what_is_no_such_text_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        jz_status st;
    } rows[] = {
        { "", JZ_E_TRUNCATED },
        { "{\"text\":\"a\"", JZ_E_TRUNCATED },
        { "{\"text\":\"a", JZ_E_TRUNCATED },
        { "{\"text\":", JZ_E_TRUNCATED },
        { "[]", JZ_E_CORRUPT },
        { "{}", JZ_E_CORRUPT }, /* text is missing */
        { "{\"text\":\"\"}", JZ_E_CORRUPT },
        { "{\"text\":null}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",}", JZ_E_CORRUPT },
        { "{\"text\":\"a\"}x", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"text\":\"a\"}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"tex\\u0074\":\"a\"}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"irrevocable\":true}", JZ_E_CORRUPT },
        { "{\"text\":\"12345678\"}", JZ_E_LIMIT },
        { "{\"text\":\"\\u0000\"}", JZ_E_CORRUPT },
        { "{\"text\":\"\\ud83d\"}", JZ_E_CORRUPT },
        { "{\"text\":\"\\ude00\\ud83d\"}", JZ_E_CORRUPT },
        { "{\"text\":\"\\x41\"}", JZ_E_CORRUPT },
        { "{\"text\":\"\xff\"}", JZ_E_CORRUPT },
        { "{\"text\":\"\x01\"}", JZ_E_CORRUPT },
        { "{\"text\":1}", JZ_E_CORRUPT },
        { "{'text':\"a\"}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"number\":101}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"number\":1.5}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"number\":1e1}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"number\":01}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"number\":-0}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"number\":99999999999999999999999999}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"number\":\"1\"}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"sub\":{\"n\":-6}}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"sub\":{}}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"sub\":[]}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"list\":[]}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"list\":[\"a\",\"b\",\"c\"]}", JZ_E_LIMIT },
        { "{\"text\":\"a\",\"list\":[\"abcd\"]}", JZ_E_LIMIT },
        { "{\"text\":\"a\",\"bits\":[\"one\",\"one\"]}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"bits\":[\"three\"]}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"word\":\"three\"}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"hex\":\"00f\"}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"flag\":1}", JZ_E_CORRUPT },
        { "{\"text\":\"a\",\"flag\":\"true\"}", JZ_E_CORRUPT },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        thing t;
        const jz_status st = read_text(rows[i].text, &t);
        if (st != rows[i].st)
            print_message("%s\n", rows[i].text);
        assert_int_equal(st, rows[i].st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_is_read_and_written_back),
        cmocka_unit_test(test_what_is_absent_is_left_out),
        cmocka_unit_test(test_escapes_are_characters),
        cmocka_unit_test(test_what_is_no_such_text_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
