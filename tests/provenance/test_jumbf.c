/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/buf.h"
#include "provenance/jumbf.h"
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void put_leaf(jz_buf *b, const char *label)
{
    const size_t at = fixture_begin_super(b, "cbor", label);
    const size_t in = fixture_begin(b, "cbor");
    jz_buf_put(b, "\xa0", 1);
    fixture_end(b, in);
    fixture_end(b, at);
}

static void put_u32(jz_buf *b, uint32_t v)
{
    const uint8_t d[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    jz_buf_put(b, d, sizeof d);
}

/* A store with one manifest "m" and assertions "a", "b" and two of "twice". */
static void put_store(jz_buf *b)
{
    const size_t store = fixture_begin_super(b, "c2pa", "c2pa");
    const size_t manifest = fixture_begin_super(b, "c2ma", "m");
    const size_t assertions = fixture_begin_super(b, "c2as", "c2pa.assertions");
    put_leaf(b, "a");
    put_leaf(b, "b");
    put_leaf(b, "twice");
    put_leaf(b, "twice");
    fixture_end(b, assertions);
    fixture_end(b, manifest);
    fixture_end(b, store);
}

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

/* ---- tests ---- */

static void test_jumbf_uris_name_what_they_should(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_auto(jz_jumbf) *j = NULL;
    put_store(&b);
    assert_int_equal(jz_jumbf_parse(bytes_of(&b), &j, NULL), JZ_OK);
    const uint32_t m = jz_jumbf_child(j, 0, text("m"));
    assert_int_not_equal(m, JZ_JUMBF_NONE);
    assert_int_equal(jz_jumbf_at(j, m)->kind, JZ_JUMBF_MANIFEST);
    const uint32_t a = jz_jumbf_resolve(j, m, text("self#jumbf=c2pa.assertions/a"));
    assert_int_not_equal(a, JZ_JUMBF_NONE);
    assert_true(jz_bytes_are(jz_jumbf_at(j, a)->label, "a"));
    assert_int_equal(jz_jumbf_resolve(j, m, text("self#jumbf=/c2pa/m/c2pa.assertions/a")), a);
    assert_int_equal(jz_jumbf_resolve(j, 0, text("self#jumbf=/c2pa/m")), m);
    assert_true(jz_jumbf_inside(j, a, m));
    assert_false(jz_jumbf_inside(j, m, a));
    const uint32_t content = jz_jumbf_content(j, a, JZ_JUMBF_CBOR);
    assert_int_equal(jz_jumbf_at(j, content)->payload.len, 1);
}

static void test_jumbf_uris_that_name_nothing_are_not_resolved(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "self#jumbf=c2pa.assertions/twice",
        "self#jumbf=c2pa.assertions/c",
        "self#jumbf=c2pa.assertions/A",
        "self#jumbf=c2pa.assertions/a/",
        "self#jumbf=c2pa.assertions//a",
        "self#jumbf=/m/c2pa.assertions/a",
        "self#jumbf=/c2pa/",
        "self#jumbf=",
        "self#jumbf=/",
        "jumbf=c2pa.assertions/a",
        "c2pa.assertions/a",
        "self#jumbf=../c2pa.assertions/a",
        "self#jumbf=/c2pa/m/../m",
        "",
    };
    JZ_BUF_AUTO b = { 0 };
    jz_auto(jz_jumbf) *j = NULL;
    put_store(&b);
    assert_int_equal(jz_jumbf_parse(bytes_of(&b), &j, NULL), JZ_OK);
    const uint32_t m = jz_jumbf_child(j, 0, text("m"));
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        if (jz_jumbf_resolve(j, m, text(bad[i])) != JZ_JUMBF_NONE)
            fail_msg("%s", bad[i]);
    }
}

/* Cut anywhere, a store is no store. */
static void test_jumbf_cut_short_is_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    put_store(&b);
    for (size_t n = 0; n < b.len; n++) {
        jz_jumbf *j = NULL;
        uint8_t *part = jz_alloc(n);
        assert_non_null(part);
        memcpy(part, b.ptr, n);
        assert_int_not_equal(jz_jumbf_parse((jz_bytes){ part, n }, &j, NULL), JZ_OK);
        assert_null(j);
        jz_free(part);
    }
}

static void test_jumbf_labels_with_parts_of_uris_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = { "a/b",   "a;b",   "a?b",       "a#b",
                                       "a\x01", "a\x7f", "a\xc2\x85", "a\xff" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        JZ_BUF_AUTO b = { 0 };
        jz_jumbf *j = NULL;
        const size_t at = fixture_begin_super(&b, "c2pa", bad[i]);
        fixture_end(&b, at);
        assert_int_equal(jz_jumbf_parse(bytes_of(&b), &j, NULL), JZ_E_CORRUPT);
    }
}

static void test_jumbf_nesting_has_an_end(void **state)
{
    (void)state;
    for (unsigned depth = JZ_JUMBF_DEPTH_MAX; depth <= 1000; depth += 968) {
        JZ_BUF_AUTO b = { 0 };
        jz_jumbf *j = NULL;
        size_t at[1000];
        for (unsigned i = 0; i < depth; i++)
            at[i] = fixture_begin_super(&b, "c2pa", "c2pa");
        for (unsigned i = depth; i > 0; i--)
            fixture_end(&b, at[i - 1]);
        const jz_status want = depth <= JZ_JUMBF_DEPTH_MAX ? JZ_OK : JZ_E_LIMIT;
        assert_int_equal(jz_jumbf_parse(bytes_of(&b), &j, NULL), want);
        jz_jumbf_free(j);
    }
}

static void test_jumbf_number_of_boxes_has_an_end(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    jz_jumbf *j = NULL;
    const size_t at = fixture_begin_super(&b, "c2pa", "c2pa");
    for (int i = 0; i < JZ_JUMBF_BOXES_MAX; i++)
        fixture_end(&b, fixture_begin(&b, "free"));
    fixture_end(&b, at);
    assert_int_equal(jz_jumbf_parse(bytes_of(&b), &j, NULL), JZ_E_LIMIT);
}

/* A salt, an id and a hash in the description; a box of 64-bit size; one that goes to the end. */
static void test_jumbf_rarer_forms_are_read(void **state)
{
    (void)state;
    static const uint8_t iso[12] = { 0x00, 0x11, 0x00, 0x10, 0x80, 0x00,
                                     0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71 };
    static const uint8_t zeros[36] = { 0 };
    JZ_BUF_AUTO b = { 0 };
    jz_auto(jz_jumbf) *j = NULL;
    put_u32(&b, 0);
    jz_buf_put(&b, "jumb", 4);
    const size_t about = fixture_begin(&b, "jumd");
    jz_buf_put(&b, "c2pa", 4);
    jz_buf_put(&b, iso, sizeof iso);
    jz_buf_putc(&b, 0x1f);
    jz_buf_put(&b, "c2pa", 5);
    jz_buf_put(&b, zeros, 4);
    jz_buf_put(&b, zeros, 32);
    const size_t salt = fixture_begin(&b, "c2sh");
    jz_buf_put(&b, zeros, 16);
    fixture_end(&b, salt);
    fixture_end(&b, about);
    put_u32(&b, 1);
    jz_buf_put(&b, "free", 4);
    put_u32(&b, 0);
    put_u32(&b, 20);
    jz_buf_put(&b, zeros, 4);
    assert_int_equal(jz_jumbf_parse(bytes_of(&b), &j, NULL), JZ_OK);
    assert_true(jz_bytes_are(jz_jumbf_at(j, 0)->label, "c2pa"));
    assert_int_equal(jz_jumbf_count(j), 2);
    assert_int_equal(jz_jumbf_at(j, 1)->payload.len, 4);
}

static void test_jumbf_out_of_memory_is_told(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    put_store(&b);
    for (unsigned n = 0;; n++) {
        jz_jumbf *j = NULL;
        jz_fault_arm(n);
        const jz_status st = jz_jumbf_parse(bytes_of(&b), &j, NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            jz_jumbf_free(j);
            return;
        }
        assert_int_equal(st, JZ_E_NOMEM);
        assert_null(j);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jumbf_uris_name_what_they_should),
        cmocka_unit_test(test_jumbf_uris_that_name_nothing_are_not_resolved),
        cmocka_unit_test(test_jumbf_cut_short_is_refused),
        cmocka_unit_test(test_jumbf_labels_with_parts_of_uris_are_refused),
        cmocka_unit_test(test_jumbf_nesting_has_an_end),
        cmocka_unit_test(test_jumbf_number_of_boxes_has_an_end),
        cmocka_unit_test(test_jumbf_rarer_forms_are_read),
        cmocka_unit_test(test_jumbf_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
