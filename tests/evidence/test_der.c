/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/der.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BYTES(...)                                                                                 \
    (jz_bytes)                                                                                     \
    {                                                                                              \
        (const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ })                 \
    }

static jz_status check(jz_bytes b)
{
    return jz_der_check(b, "test", NULL);
}

static void test_lengths_have_one_form(void **state)
{
    (void)state;
    static uint8_t longer[4 + 256] = { 0x04, 0x82, 0x01, 0x00 };
    static uint8_t shorter[3 + 128] = { 0x04, 0x81, 0x80 };
    assert_int_equal(check(BYTES(0x04, 0x00)), JZ_OK);
    assert_int_equal(check((jz_bytes){ longer, sizeof longer }), JZ_OK);
    assert_int_equal(check((jz_bytes){ shorter, sizeof shorter }), JZ_OK);
    assert_int_equal(check(BYTES(0x04, 0x81, 0x01, 0x00)), JZ_E_CORRUPT);
    assert_int_equal(check(BYTES(0x04, 0x82, 0x00, 0x01, 0x00)), JZ_E_CORRUPT);
    assert_int_equal(check(BYTES(0x30, 0x80, 0x00, 0x00)), JZ_E_CORRUPT); /* indefinite */
    assert_int_equal(check(BYTES(0x04, 0x85, 0x01, 0, 0, 0, 0)), JZ_E_LIMIT);
    assert_int_equal(check(BYTES(0x04, 0xff)), JZ_E_LIMIT);
}

static void test_elements_stay_within_their_bounds(void **state)
{
    (void)state;
    assert_int_equal(check(BYTES(0x04, 0x02, 0x00)), JZ_E_TRUNCATED);
    assert_int_equal(check(BYTES(0x04, 0x84, 0xff, 0xff, 0xff, 0xff)), JZ_E_TRUNCATED);
    assert_int_equal(check(BYTES(0x04)), JZ_E_TRUNCATED);
    assert_int_equal(check(BYTES(0x04, 0x82, 0x01)), JZ_E_TRUNCATED);
    assert_int_equal(check((jz_bytes){ NULL, 0 }), JZ_E_TRUNCATED);
    /* The inner element ends behind the outer one, but within the file. */
    assert_int_equal(check(BYTES(0x30, 0x03, 0x04, 0x02, 0x00, 0x00)), JZ_E_TRUNCATED);
    assert_int_equal(check(BYTES(0x04, 0x00, 0x00)), JZ_E_CORRUPT); /* something behind it */
    assert_int_equal(check(BYTES(0x30, 0x02, 0x05, 0x00, 0x05, 0x00)), JZ_E_CORRUPT);
}

static void test_tags_are_those_of_der(void **state)
{
    (void)state;
    assert_int_equal(check(BYTES(0x1f, 0x81, 0x00, 0x00)), JZ_E_CORRUPT);
    assert_int_equal(check(BYTES(0x00, 0x00)), JZ_E_CORRUPT);
    assert_int_equal(check(BYTES(0x24, 0x02, 0x04, 0x00)), JZ_E_CORRUPT); /* a string in pieces */
    assert_int_equal(check(BYTES(0x10, 0x00)), JZ_E_CORRUPT); /* a list that is no list */
    assert_int_equal(check(BYTES(0xa0, 0x02, 0x05, 0x00)), JZ_OK);
    assert_int_equal(check(BYTES(0x31, 0x04, 0x30, 0x00, 0x30, 0x00)), JZ_OK);
}

static void test_depth_has_a_limit(void **state)
{
    (void)state;
    uint8_t b[2 * (JZ_DER_DEPTH_MAX + 2)];
    for (size_t n = JZ_DER_DEPTH_MAX; n <= JZ_DER_DEPTH_MAX + 1; n++) {
        const size_t len = 2 * (n + 1); /* n lists around an empty one */
        for (size_t i = 0; i <= n; i++) {
            b[2 * i] = 0x30;
            b[2 * i + 1] = (uint8_t)(len - 2 * (i + 1));
        }
        assert_int_equal(check((jz_bytes){ b, len }), n <= JZ_DER_DEPTH_MAX ? JZ_OK : JZ_E_LIMIT);
    }
}

static jz_status read_u32(jz_bytes b, uint32_t *v)
{
    jz_der d = jz_der_of(b, "test");
    return jz_der_u32(&d, JZ_DER_INTEGER, v, NULL);
}

static void test_numbers_have_one_form(void **state)
{
    (void)state;
    uint32_t v = 0;
    assert_int_equal(read_u32(BYTES(0x02, 0x01, 0x00), &v), JZ_OK);
    assert_int_equal(v, 0);
    assert_int_equal(read_u32(BYTES(0x02, 0x02, 0x00, 0x80), &v), JZ_OK);
    assert_int_equal(v, 128);
    assert_int_equal(read_u32(BYTES(0x02, 0x05, 0x00, 0xff, 0xff, 0xff, 0xff), &v), JZ_OK);
    assert_int_equal(v, 0xffffffff);
    assert_int_equal(read_u32(BYTES(0x02, 0x05, 0x01, 0, 0, 0, 0), &v), JZ_E_LIMIT);
    assert_int_equal(read_u32(BYTES(0x02, 0x02, 0x00, 0x7f), &v), JZ_E_CORRUPT);
    assert_int_equal(read_u32(BYTES(0x02, 0x01, 0xff), &v), JZ_E_CORRUPT); /* -1 */
    assert_int_equal(read_u32(BYTES(0x02, 0x00), &v), JZ_E_CORRUPT);
    assert_int_equal(read_u32(BYTES(0x04, 0x01, 0x00), &v), JZ_E_CORRUPT);
}

static jz_status read_time(const char *text, int64_t *us)
{
    uint8_t b[64] = { JZ_DER_GENERALIZED_TIME, (uint8_t)strlen(text) };
    memcpy(b + 2, text, strlen(text));
    jz_der d = jz_der_of((jz_bytes){ b, 2 + strlen(text) }, "test");
    return jz_der_time(&d, us, NULL);
}

static void test_times_have_one_form(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "20261128120000",     "20261128120000+0100", "202611281200Z",     "20261128120000.Z",
        "20261128120000.50Z", "20261128120000,5Z",   "20261328120000Z",   "20260230120000Z",
        "20261128240000Z",    "20261128126000Z",     "20261128120060Z",   "19691231235959Z",
        "2026112812000aZ",    "20261128120000Z ",    " 0261128120000Z",   "",
        "20260028120000Z",    "20261100120000Z",     "20261128120000.5z", "-0261128120000Z"
    };
    int64_t us = 0;
    assert_int_equal(read_time("20261128120001Z", &us), JZ_OK);
    assert_int_equal(us, 1795867201LL * 1000000);
    assert_int_equal(read_time("20261128120001.25Z", &us), JZ_OK);
    assert_int_equal(us, 1795867201LL * 1000000 + 250000);
    assert_int_equal(read_time("20240229000000.0000001Z", &us), JZ_OK); /* a leap day */
    assert_int_equal(us, 1709164800LL * 1000000);
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        if (read_time(bad[i], &us) != JZ_E_CORRUPT)
            fail_msg("'%s' was read as a time", bad[i]);
}

static void test_oids_are_written_as_numbers(void **state)
{
    (void)state;
    char text[64];
    assert_int_equal(
        jz_der_oid_text(BYTES(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d), text, sizeof text, NULL), JZ_OK);
    assert_string_equal(text, "1.2.840.113549");
    assert_int_equal(jz_der_oid_text(BYTES(0x88, 0x37, 0x03), text, sizeof text, NULL), JZ_OK);
    assert_string_equal(text, "2.999.3"); /* X.690, 8.19.5 */
    assert_int_equal(jz_der_oid_text(BYTES(0x2a, 0x86), text, sizeof text, NULL), JZ_E_TRUNCATED);
    assert_int_equal(jz_der_oid_text(BYTES(0x2a, 0x80, 0x01), text, sizeof text, NULL),
                     JZ_E_CORRUPT);
    assert_int_equal(jz_der_oid_text((jz_bytes){ NULL, 0 }, text, sizeof text, NULL),
                     JZ_E_TRUNCATED);
    assert_int_equal(jz_der_oid_text(BYTES(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d), text, 8, NULL),
                     JZ_E_LIMIT);
    assert_int_equal(
        jz_der_oid_text(BYTES(0x2a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
                        text, sizeof text, NULL),
        JZ_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_have_one_form),
        cmocka_unit_test(test_elements_stay_within_their_bounds),
        cmocka_unit_test(test_tags_are_those_of_der),
        cmocka_unit_test(test_depth_has_a_limit),
        cmocka_unit_test(test_numbers_have_one_form),
        cmocka_unit_test(test_times_have_one_form),
        cmocka_unit_test(test_oids_are_written_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
