/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void test_appends_grow_and_stay_terminated(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    for (int i = 0; i < 3000; i++)
        jz_buf_printf(&b, "%d,", i % 10);
    assert_int_equal(jz_buf_check(&b, NULL), JZ_OK);
    assert_int_equal(b.len, 6000);
    assert_int_equal(strlen(b.ptr), 6000);
    assert_memory_equal(b.ptr + 5990, "5,6,7,8,9,", 11);
}

static void test_zero_bytes_are_kept(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_buf_put(&b, "a\0b", 3);
    jz_buf_put(&b, NULL, 0);
    jz_buf_putc(&b, 'c');
    assert_int_equal(b.len, 4);
    assert_memory_equal(b.ptr, "a\0bc", 5);
}

static void test_cap_is_exact_and_remembered(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { .cap = 5 };
    jz_err err = { 0 };
    jz_buf_puts(&b, "12345");
    assert_int_equal(jz_buf_check(&b, &err), JZ_OK);
    jz_buf_putc(&b, '6');
    jz_buf_printf(&b, "%s", "7");
    assert_int_equal(jz_buf_check(&b, &err), JZ_E_LIMIT);
    assert_string_equal(b.ptr, "12345");
    jz_buf_reset(&b);
    jz_buf_puts(&b, "x");
    assert_int_equal(jz_buf_check(&b, &err), JZ_OK);
    assert_string_equal(b.ptr, "x");
}

static void test_out_of_memory_is_reported_once_at_the_end(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_err err = { 0 };
    jz_fault_arm(0);
    jz_buf_puts(&b, "lost");
    jz_buf_puts(&b, "not tried");
    assert_true(jz_fault_fired());
    assert_int_equal(jz_buf_check(&b, &err), JZ_E_NOMEM);
    assert_int_equal(err.code, JZ_E_NOMEM);
    assert_int_equal(b.len, 0);
}

static void test_done_leaves_an_empty_buffer(void **state)
{
    (void)state;
    jz_buf b = { .cap = 9 };
    jz_buf_puts(&b, "text");
    jz_buf_done(&b);
    assert_null(b.ptr);
    assert_int_equal(b.len, 0);
    assert_int_equal(b.cap, 9);
    jz_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_grow_and_stay_terminated),
        cmocka_unit_test(test_zero_bytes_are_kept),
        cmocka_unit_test(test_cap_is_exact_and_remembered),
        cmocka_unit_test(test_out_of_memory_is_reported_once_at_the_end),
        cmocka_unit_test(test_done_leaves_an_empty_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
