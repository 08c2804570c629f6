/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/hex.h"
#include "provenance/cbor.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct bytes {
    uint8_t *ptr;
    size_t len;
} bytes;

/* A block of exactly that size, so that AddressSanitizer sees a byte too many. */
static bytes of_hex(const char *hex)
{
    bytes b = { .len = strlen(hex) / 2 };
    b.ptr = jz_alloc(b.len);
    assert_non_null(b.ptr);
    assert_true(jz_hex_decode(hex, strlen(hex), b.ptr, b.len));
    return b;
}

static jz_status parse(bytes b, const jz_cbor_limits *limits, jz_cbor *out, jz_err *err)
{
    return jz_cbor_parse((jz_bytes){ b.ptr, b.len }, "test", limits, out, err);
}

static jz_status parse_hex(const char *hex, const jz_cbor_limits *limits)
{
    jz_cbor item;
    const bytes b = of_hex(hex);
    const jz_status st = parse(b, limits, &item, NULL);
    jz_free(b.ptr);
    return st;
}

/* Writes an item again, from what walking it gives. */
static void rewrite(jz_buf *out, const jz_cbor *item)
{
    jz_cbor one;
    jz_cbor_iter it = jz_cbor_in(item);
    switch (item->kind) {
    case JZ_CBOR_BYTES:
        jz_cbor_put_bytes(out, item->body);
        break;
    case JZ_CBOR_TEXT:
        jz_cbor_put_textn(out, (const char *)item->body.ptr, item->body.len);
        break;
    case JZ_CBOR_FLOAT:
        jz_cbor_put_float(out, item->number);
        break;
    case JZ_CBOR_ARRAY:
    case JZ_CBOR_MAP:
        jz_cbor_put_head(out, item->kind, jz_cbor_count(item));
        break;
    default:
        jz_cbor_put_head(out, item->kind, item->value);
    }
    while (jz_cbor_next(&it, &one))
        rewrite(out, &one);
}

/* RFC 8949, Appendix A: what is in the core deterministic encoding. */
static const char *const appendix_a[] = {
    "00",
    "01",
    "0a",
    "17",
    "1818",
    "1819",
    "1864",
    "1903e8",
    "1a000f4240",
    "1b000000e8d4a51000",
    "1bffffffffffffffff",
    "c249010000000000000000",
    "3bffffffffffffffff",
    "c349010000000000000000",
    "20",
    "29",
    "3863",
    "3903e7",
    "f90000",
    "f98000",
    "f93c00",
    "fb3ff199999999999a",
    "f93e00",
    "f97bff",
    "fa47c35000",
    "fa7f7fffff",
    "fb7e37e43c8800759c",
    "f90001",
    "f90400",
    "f9c400",
    "fbc010666666666666",
    "f97c00",
    "f97e00",
    "f9fc00",
    "f4",
    "f5",
    "f6",
    "f7",
    "f0",
    "c074323031332d30332d32315432303a30343a30305a",
    "c11a514b67b0",
    "c1fb41d452d9ec200000",
    "d74401020304",
    "d818456449455446",
    "d82076687474703a2f2f7777772e6578616d706c652e636f6d",
    "40",
    "4401020304",
    "60",
    "6161",
    "6449455446",
    "62225c",
    "62c3bc",
    "63e6b0b4",
    "64f0908591",
    "80",
    "83010203",
    "8301820203820405",
    "98190102030405060708090a0b0c0d0e0f101112131415161718181819",
    "a0",
    "a201020304",
    "a26161016162820203",
    "826161a161626163",
    "a56161614161626142616361436164614461656145",
};

static void test_cbor_appendix_a_is_read_and_written_again(void **state)
{
    (void)state;
    const jz_cbor_limits strict = { .deterministic = true };
    for (size_t i = 0; i < JZ_ARRAY_LEN(appendix_a); i++) {
        JZ_BUF_AUTO out = { 0 };
        jz_cbor item;
        jz_err err = { 0 };
        const bytes b = of_hex(appendix_a[i]);
        if (parse(b, &strict, &item, &err) != JZ_OK)
            fail_msg("%s: %s", appendix_a[i], err.frame[0]);
        assert_int_equal(item.raw.len, b.len);
        rewrite(&out, &item);
        if (out.len != b.len || memcmp(out.ptr, b.ptr, b.len) != 0)
            fail_msg("%s is written otherwise", appendix_a[i]);
        jz_free(b.ptr);
    }
}

/* The rest of Appendix A that is read: without lengths, in longer forms than need be. */
static void test_cbor_open_and_long_forms_are_read_unless_determinism_is_asked(void **state)
{
    (void)state;
    static const char *const forms[] = {
        "fa7f800000",
        "fb7ff8000000000000",
        "9fff",
        "9f018202039f0405ffff",
        "9f01820203820405ff",
        "83018202039f0405ff",
        "83019f0203ff820405",
        "bf61610161629f0203ffff",
        "826161bf61626163ff",
        "bf6346756ef563416d7421ff",
        "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff",
        "1817",
        "190001",
        "5801aa",
        "a2616201616102",
    };
    const jz_cbor_limits strict = { .deterministic = true };
    for (size_t i = 0; i < JZ_ARRAY_LEN(forms); i++) {
        if (parse_hex(forms[i], NULL) != JZ_OK || parse_hex(forms[i], &strict) != JZ_E_CORRUPT)
            fail_msg("%s", forms[i]);
    }
}

static void test_cbor_what_is_no_item_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *hex;
        jz_status st;
    } bad[] = {
        { "", JZ_E_TRUNCATED },
        { "18", JZ_E_TRUNCATED },
        { "1b00", JZ_E_TRUNCATED },
        { "62c3", JZ_E_TRUNCATED },
        { "8201", JZ_E_TRUNCATED },
        { "9f01", JZ_E_TRUNCATED },
        { "a161", JZ_E_TRUNCATED },
        { "c0", JZ_E_TRUNCATED },
        { "5bffffffffffffffff00", JZ_E_TRUNCATED },
        { "9bffffffffffffffff00", JZ_E_TRUNCATED },
        { "bbffffffffffffffff00", JZ_E_TRUNCATED },
        { "0000", JZ_E_CORRUPT },   /* two items */
        { "1c", JZ_E_CORRUPT },     /* a reserved head */
        { "1f", JZ_E_CORRUPT },     /* an integer without an end */
        { "df00ff", JZ_E_CORRUPT }, /* a tag without an end */
        { "ff", JZ_E_CORRUPT },     /* an end of nothing */
        { "81ff", JZ_E_CORRUPT },
        { "bf6161ff", JZ_E_CORRUPT },       /* half a pair */
        { "61ff", JZ_E_CORRUPT },           /* not UTF-8 */
        { "63eda080", JZ_E_CORRUPT },       /* a surrogate */
        { "f818", JZ_E_CORRUPT },           /* a simple value in two bytes */
        { "a2616101616102", JZ_E_CORRUPT }, /* a key twice */
        { "a3616101616203616102", JZ_E_CORRUPT },
        { "a2010118010a", JZ_E_CORRUPT }, /* twice, once in a longer form */
        { "a2416101416102", JZ_E_CORRUPT },
        { "bf616101616102ff", JZ_E_CORRUPT },
        { "5f42010243030405ff", JZ_E_UNSUPPORTED }, /* a string in pieces */
        { "7f657374726561646d696e67ff", JZ_E_UNSUPPORTED },
        { "a1f500", JZ_E_UNSUPPORTED }, /* keys of other kinds */
        { "a1810100", JZ_E_UNSUPPORTED },
        { "a1f93c0000", JZ_E_UNSUPPORTED },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        const jz_status st = parse_hex(bad[i].hex, NULL);
        if (st != bad[i].st)
            fail_msg("%s: %s", bad[i].hex, jz_status_name(st));
    }
}

static void test_cbor_limits_end_what_is_nested_or_long(void **state)
{
    (void)state;
    char deep[2 * JZ_CBOR_DEPTH_MAX + 5];
    const jz_cbor_limits few = { .items = 4 };
    const jz_cbor_limits flat = { .depth = 1 };
    memset(deep, 0, sizeof deep);
    for (size_t i = 0; i < JZ_CBOR_DEPTH_MAX; i++)
        memcpy(deep + 2 * i, "81", 2);
    memcpy(deep + 2 * (size_t)JZ_CBOR_DEPTH_MAX, "00", 2);
    assert_int_equal(parse_hex(deep, NULL), JZ_OK);
    memcpy(deep + 2 * (size_t)JZ_CBOR_DEPTH_MAX, "8100", 4);
    assert_int_equal(parse_hex(deep, NULL), JZ_E_LIMIT);
    assert_int_equal(parse_hex("83010203", &few), JZ_OK);
    assert_int_equal(parse_hex("8401020304", &few), JZ_E_LIMIT);
    assert_int_equal(parse_hex("8101", &flat), JZ_OK);
    assert_int_equal(parse_hex("818101", &flat), JZ_E_LIMIT);
}

/* 200,000 keys in falling order, so that none is found in order; and one of them twice. */
static void test_cbor_many_keys_take_little_time(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_cbor item;
    jz_cbor_put_head(&b, JZ_CBOR_MAP, 200000);
    for (int64_t i = 200000; i > 0; i--) {
        jz_cbor_put_int(&b, i);
        jz_cbor_put_null(&b);
    }
    const jz_bytes all = { (const uint8_t *)b.ptr, b.len };
    assert_int_equal(jz_cbor_parse(all, "test", NULL, &item, NULL), JZ_OK);
    assert_int_equal(jz_cbor_count(&item), 200000);
    b.ptr[b.len - 2] = 2; /* the last key is 2 too */
    assert_int_equal(jz_cbor_parse(all, "test", NULL, &item, NULL), JZ_E_CORRUPT);
}

static void test_cbor_values_are_found_by_key(void **state)
{
    (void)state;
    /* {1: -7, 33: h'aa', "a": [1, 2], "b": true, "c": 18("x")} */
    const bytes b = of_hex("a50126182141aa61618201026162f56163d26178");
    jz_cbor map;
    jz_cbor v;
    int64_t number = 0;
    assert_int_equal(parse(b, NULL, &map, NULL), JZ_OK);
    assert_true(jz_cbor_get_int(&map, 1, &v));
    assert_true(jz_cbor_int(&v, &number));
    assert_int_equal(number, -7);
    assert_true(jz_cbor_get_int(&map, 33, &v));
    assert_int_equal(v.kind, JZ_CBOR_BYTES);
    assert_int_equal(v.body.len, 1);
    assert_false(jz_cbor_get_int(&map, 2, &v));
    assert_true(jz_cbor_get_kind(&map, "a", JZ_CBOR_ARRAY, &v));
    assert_int_equal(jz_cbor_count(&v), 2);
    assert_false(jz_cbor_get_kind(&map, "a", JZ_CBOR_MAP, &v));
    assert_true(jz_cbor_get(&map, "b", &v));
    assert_true(jz_cbor_is_true(&v));
    assert_false(jz_cbor_is_null(&v));
    assert_true(jz_cbor_get(&map, "c", &v));
    assert_int_equal(v.kind, JZ_CBOR_TAG);
    v = jz_cbor_untag(&v);
    assert_true(jz_cbor_is_text(&v, "x"));
    assert_null(jz_cbor_get_text(&map, "a").ptr);
    jz_free(b.ptr);
}

static void test_cbor_map_is_written_in_the_order_of_its_keys(void **state)
{
    (void)state;
    JZ_BUF_AUTO out = { 0 };
    JZ_CBOR_MAP_AUTO m = { 0 };
    jz_cbor_put_text(jz_cbor_map_key(&m, "aa"), "x");
    jz_cbor_put_int(jz_cbor_map_key(&m, "b"), -1);
    jz_cbor_put_bool(jz_cbor_map_int_key(&m, 33), true);
    jz_cbor_put_int(jz_cbor_map_int_key(&m, 1), 1000);
    jz_cbor_map_end(&m, &out);
    const bytes want = of_hex("a4011903e81821f561622062616161"
                              "78");
    assert_int_equal(out.len, want.len);
    assert_memory_equal(out.ptr, want.ptr, want.len);
    jz_free(want.ptr);
}

/* Every binary16 is written as it was, in three bytes. */
static void test_cbor_all_halves_stay_halves(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= 0xffff; i++) {
        const uint8_t b[3] = { 0xf9, (uint8_t)(i >> 8), (uint8_t)i };
        JZ_BUF_AUTO out = { 0 };
        jz_cbor item;
        assert_int_equal(jz_cbor_parse((jz_bytes){ b, 3 }, "half", NULL, &item, NULL), JZ_OK);
        jz_cbor_put_float(&out, item.number);
        assert_int_equal(out.len, 3);
        if (!isnan(item.number))
            assert_memory_equal(out.ptr, b, 3);
    }
}

static void test_cbor_out_of_memory_is_told(void **state)
{
    (void)state;
    const bytes b = of_hex("a2616201616102");
    jz_cbor item;
    jz_fault_arm(0);
    assert_int_equal(parse(b, NULL, &item, NULL), JZ_E_NOMEM);
    assert_true(jz_fault_fired());
    jz_free(b.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cbor_appendix_a_is_read_and_written_again),
        cmocka_unit_test(test_cbor_open_and_long_forms_are_read_unless_determinism_is_asked),
        cmocka_unit_test(test_cbor_what_is_no_item_is_refused),
        cmocka_unit_test(test_cbor_limits_end_what_is_nested_or_long),
        cmocka_unit_test(test_cbor_many_keys_take_little_time),
        cmocka_unit_test(test_cbor_values_are_found_by_key),
        cmocka_unit_test(test_cbor_map_is_written_in_the_order_of_its_keys),
        cmocka_unit_test(test_cbor_all_halves_stay_halves),
        cmocka_unit_test(test_cbor_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
