/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/name_twin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_key(const char *name, const char *key)
{
    JZ_BUF_AUTO got = { 0 };
    jz_name_key(name, strlen(name), &got);
    assert_int_equal(jz_buf_check(&got, NULL), JZ_OK);
    assert_string_equal(got.ptr, key);
}

/* By Python's unicodedata: NFD(casefold(NFD(name))). */
static void test_key_folds_case_and_form(void **state)
{
    (void)state;
    expect_key("IMG_0001.JPG", "img_0001.jpg");
    expect_key("\xc3\x89", "e\xcc\x81"); /* E acute */
    expect_key("\xe1\xba\x9e", "ss");    /* capital sharp s */
    expect_key("\xea\xb0\x81", "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8");
    expect_key("\xcf\x82", "\xcf\x83"); /* final sigma */
    expect_key("\xe2\x84\xaa", "k");    /* Kelvin sign */
    expect_key("\xe9\x89\xb4\xe7\x9c\x9f", "\xe9\x89\xb4\xe7\x9c\x9f");
    expect_key("\xf0\x90\x90\x80", "\xf0\x90\x90\xa8");             /* Deseret */
    expect_key("\xe1\xbe\xb3\xcc\x81", "\xce\xb1\xcc\x81\xce\xb9"); /* iota below, then a mark */
}

static void test_marks_are_put_in_order(void **state)
{
    (void)state;
    expect_key("a\xcc\x81\xcc\xa3", "a\xcc\xa3\xcc\x81");
    expect_key("a\xcc\x81\xcc\x80", "a\xcc\x81\xcc\x80"); /* of one class: as they came */
}

static void test_bytes_that_are_no_text_stay(void **state)
{
    (void)state;
    expect_key("A\xff\x80Z", "a\xff\x80z");
    expect_key("\xed\xa0\x80", "\xed\xa0\x80"); /* a surrogate */
}

static void test_flood_of_marks_is_no_flood_of_time(void **state)
{
    (void)state;
    JZ_BUF_AUTO name = { 0 };
    JZ_BUF_AUTO got = { 0 };
    for (unsigned i = 0; i < 200000; i++)
        jz_buf_puts(&name, (i & 1) != 0 ? "\xcc\xa3" : "\xcc\x81");
    jz_name_key(name.ptr, name.len, &got);
    assert_int_equal(got.len, name.len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_folds_case_and_form),
        cmocka_unit_test(test_marks_are_put_in_order),
        cmocka_unit_test(test_bytes_that_are_no_text_stay),
        cmocka_unit_test(test_flood_of_marks_is_no_flood_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
