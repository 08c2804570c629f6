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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_byte_orders_are_read),
        cmocka_unit_test(test_tag_is_found_behind_others),
        cmocka_unit_test(test_damage_means_upright),
        cmocka_unit_test(test_every_shortening_is_harmless),
    };
    return cmocka_run_group_tests_name("exif", tests, NULL, NULL);
}
