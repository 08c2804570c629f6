/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rd.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static jz_rd over(const char *bytes, size_t len)
{
    return jz_rd_of((jz_bytes){ (const uint8_t *)bytes, len }, "test");
}

static void test_numbers_are_read_in_both_orders(void **state)
{
    (void)state;
    jz_rd rd = over(
        "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15", 21);
    uint8_t a;
    uint16_t b, c;
    uint32_t d, e;
    uint64_t f;
    assert_int_equal(jz_rd_u8(&rd, &a, NULL), JZ_OK);
    assert_int_equal(jz_rd_u16be(&rd, &b, NULL), JZ_OK);
    assert_int_equal(jz_rd_u16le(&rd, &c, NULL), JZ_OK);
    assert_int_equal(jz_rd_u32be(&rd, &d, NULL), JZ_OK);
    assert_int_equal(jz_rd_u32le(&rd, &e, NULL), JZ_OK);
    assert_int_equal(jz_rd_u64be(&rd, &f, NULL), JZ_OK);
    assert_int_equal(a, 0x01);
    assert_int_equal(b, 0x0203);
    assert_int_equal(c, 0x0504);
    assert_int_equal(d, 0x06070809);
    assert_int_equal(e, 0x0d0c0b0a);
    assert_true(f == 0x0e0f101112131415ull);
    assert_int_equal(jz_rd_left(&rd), 0);
}

static void test_a_short_read_fails_and_moves_nothing(void **state)
{
    (void)state;
    uint8_t *exact = jz_alloc(3); /* the sanitizer sees a read past it */
    assert_non_null(exact);
    memcpy(exact, "\x01\x02\x03", 3);
    jz_rd rd = jz_rd_of((jz_bytes){ exact, 3 }, "Exif");
    jz_err err = { 0 };
    uint32_t v = 77;
    assert_int_equal(jz_rd_skip(&rd, 1, &err), JZ_OK);
    assert_int_equal(jz_rd_u32be(&rd, &v, &err), JZ_E_TRUNCATED);
    assert_int_equal(jz_rd_u32le(&rd, &v, &err), JZ_E_TRUNCATED);
    assert_string_equal(err.frame[0], "Exif: 4 bytes wanted at offset 1 of 3");
    assert_int_equal(v, 77);
    assert_int_equal(rd.at, 1);
    assert_int_equal(jz_rd_skip(&rd, 2, &err), JZ_OK);
    jz_free(exact);
}

static void test_sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    jz_rd rd = over("abcd", 4);
    jz_bytes b = { 0 };
    assert_int_equal(jz_rd_skip(&rd, 2, NULL), JZ_OK);
    assert_int_equal(jz_rd_take(&rd, UINT64_MAX, &b, NULL), JZ_E_TRUNCATED);
    assert_int_equal(jz_rd_take(&rd, UINT64_MAX - 1, &b, NULL), JZ_E_TRUNCATED);
    assert_int_equal(jz_rd_take(&rd, 3, &b, NULL), JZ_E_TRUNCATED);
    assert_null(b.ptr);
    assert_int_equal(jz_rd_take(&rd, 2, &b, NULL), JZ_OK);
    assert_memory_equal(b.ptr, "cd", 2);
}

static void test_an_empty_slice_may_be_null(void **state)
{
    (void)state;
    jz_rd rd = jz_rd_of((jz_bytes){ NULL, 0 }, "nothing");
    jz_bytes b = { 0 };
    uint8_t v;
    assert_int_equal(jz_rd_take(&rd, 0, &b, NULL), JZ_OK);
    assert_int_equal(b.len, 0);
    assert_int_equal(jz_rd_u8(&rd, &v, NULL), JZ_E_TRUNCATED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_read_in_both_orders),
        cmocka_unit_test(test_a_short_read_fails_and_moves_nothing),
        cmocka_unit_test(test_sizes_that_overflow_are_refused),
        cmocka_unit_test(test_an_empty_slice_may_be_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
