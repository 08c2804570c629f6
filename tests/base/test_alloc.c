/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void test_only_the_nth_allocation_fails(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 4; n++) {
        jz_fault_arm(n);
        for (unsigned i = 0; i < 4; i++) {
            void *p = jz_alloc(1);
            assert_int_equal(p == NULL, i == n);
            jz_free(p);
        }
        assert_true(jz_fault_fired());
    }
    jz_fault_arm(9);
    assert_false(jz_fault_fired());
    jz_free(jz_strdup("disarmed"));
}

static void test_products_that_overflow_give_null(void **state)
{
    (void)state;
    const size_t half = SIZE_MAX / 2 + 1;
    volatile size_t two = 2; /* keeps the compiler from seeing the overflow */
    assert_null(jz_alloc_zero(half, two));
    char *kept = jz_strdup("kept");
    assert_null(jz_realloc_array(kept, half, two));
    assert_string_equal(kept, "kept");
    jz_free(kept);
}

static void test_a_growing_array_keeps_its_elements(void **state)
{
    (void)state;
    size_t size = 0;
    uint32_t *a = NULL;
    for (uint32_t n = 0; n < 1000; n++) {
        uint32_t *more = jz_grow(a, n, &size, sizeof *a);
        assert_non_null(more);
        assert_true(size > n);
        a = more;
        a[n] = n;
    }
    const size_t full = size;
    assert_ptr_equal(jz_grow(a, full - 1, &size, sizeof *a), a);
    jz_fault_arm(0);
    assert_null(jz_grow(a, full, &size, sizeof *a));
    assert_true(jz_fault_fired());
    assert_int_equal(size, full);
    for (uint32_t n = 0; n < 1000; n++)
        assert_int_equal(a[n], n);
    jz_free(a);
}

static void test_zero_sizes_give_a_block(void **state)
{
    (void)state;
    void *blocks[] = { jz_alloc(0), jz_alloc_zero(0, 8), jz_realloc_array(NULL, 0, 8) };
    for (size_t i = 0; i < JZ_ARRAY_LEN(blocks); i++) {
        assert_non_null(blocks[i]);
        jz_free(blocks[i]);
    }
    jz_free(NULL);
}

static void test_copies_are_terminated(void **state)
{
    (void)state;
    jz_auto(char) *part = jz_strndup("abcdef", 3);
    jz_auto(char) *all = jz_strdup("abc");
    assert_string_equal(part, "abc");
    assert_string_equal(all, "abc");
}

/* Every allocation of a call fails once; the call says so, keeps its output, loses no memory. */
static void test_calls_survive_every_failed_allocation(void **state)
{
    (void)state;
    unsigned n = 0;
    for (;; n++) {
        char *path = NULL;
        jz_err err = { 0 };
        jz_fault_arm(n);
        const jz_status st = jz_path_join("/a", "b", &path, &err);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            assert_string_equal(path, "/a/b");
            jz_free(path);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
        assert_null(path);
    }
    assert_true(n > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_the_nth_allocation_fails),
        cmocka_unit_test(test_products_that_overflow_give_null),
        cmocka_unit_test(test_a_growing_array_keeps_its_elements),
        cmocka_unit_test(test_zero_sizes_give_a_block),
        cmocka_unit_test(test_copies_are_terminated),
        cmocka_unit_test(test_calls_survive_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
