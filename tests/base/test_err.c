/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/base.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static void test_chain_reads_outermost_first(void **state)
{
    (void)state;
    jz_err err = { 0 };
    char text[400];
    assert_int_equal(JZ_FAIL(&err, JZ_E_MISMATCH, "got %d bytes", 7), JZ_E_MISMATCH);
    jz_err_wrap(&err, "adding to bank %s", "b");
    jz_err_wrap(&err, "importing");
    assert_int_equal(err.code, JZ_E_MISMATCH);
    assert_int_equal(err.depth, 3);
    assert_string_equal(jz_err_text(&err, text, sizeof text),
                        "importing: adding to bank b: got 7 bytes");
}

static void test_chain_that_is_full_keeps_the_cause(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_err_set(&err, JZ_E_IO, "cause");
    for (unsigned i = 1; i < 20; i++)
        jz_err_wrap(&err, "frame %u", i);
    assert_int_equal(err.depth, JZ_ERR_FRAMES);
    assert_string_equal(err.frame[0], "cause");
    assert_string_equal(err.frame[1], "frame 1");
    assert_string_equal(err.frame[JZ_ERR_FRAMES - 1], "frame 19");
}

static void test_set_starts_anew(void **state)
{
    (void)state;
    jz_err err = { 0 };
    char text[400];
    jz_err_set(&err, JZ_E_IO, "first");
    jz_err_wrap(&err, "context");
    jz_err_set(&err, JZ_E_LIMIT, "second");
    assert_int_equal(err.code, JZ_E_LIMIT);
    assert_string_equal(jz_err_text(&err, text, sizeof text), "second");
}

static void test_null_is_allowed(void **state)
{
    (void)state;
    jz_err_wrap(NULL, "context");
    assert_int_equal(JZ_FAIL(NULL, JZ_E_NOMEM, "out of memory"), JZ_E_NOMEM);
}

static void test_long_text_keeps_both_ends(void **state)
{
    (void)state;
    char path[3000];
    memset(path, 'a', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    jz_err err = { 0 };
    jz_err_set(&err, JZ_E_IO, "/start%s: No such file", path);
    assert_int_equal(strlen(err.frame[0]), JZ_ERR_TEXT - 1);
    assert_memory_equal(err.frame[0], "/starta", 7);
    assert_non_null(strstr(err.frame[0], "a...a"));
    const char *end = "a: No such file";
    assert_string_equal(err.frame[0] + strlen(err.frame[0]) - strlen(end), end);
}

static void test_cut_spares_whole_characters(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 3; shift++) {
        char text[1000] = "xx";
        text[shift] = '\0';
        for (size_t i = 0; i < 200; i++)
            memcpy(text + shift + 3 * i, "\xe9\x89\xb4", 4);
        jz_err err = { 0 };
        jz_err_set(&err, JZ_E_IO, "%s", text);
        const char *cut = strstr(err.frame[0], "...");
        assert_non_null(cut);
        assert_int_equal((size_t)(cut - err.frame[0]) % 3, shift);
        assert_int_equal(strlen(cut + 3) % 3, 0);
        assert_memory_equal(cut + 3, "\xe9\x89\xb4", 3);
    }
}

static void test_control_characters_cannot_break_the_line(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_err_set(&err, JZ_E_IO, "%s",
               "a\nb\x1b[2Jc\x7f d\xc2\x9b"
               "e \xc2\xa9");
    assert_string_equal(err.frame[0], "a?b?[2Jc? d??e \xc2\xa9");
}

static void test_text_stays_in_its_buffer(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_err_set(&err, JZ_E_IO, "cause");
    jz_err_wrap(&err, "context");
    for (size_t size = 1; size < 20; size++) {
        char text[24];
        memset(text, '#', sizeof text);
        (void)jz_err_text(&err, text, size);
        assert_true(strlen(text) < size);
        assert_int_equal(text[size], '#');
    }
}

static void test_every_status_has_its_own_name(void **state)
{
    (void)state;
    for (int a = JZ_OK; a <= JZ_E_BUG; a++) {
        assert_string_not_equal(jz_status_name((jz_status)a), "unknown");
        for (int b = JZ_OK; b < a; b++)
            assert_string_not_equal(jz_status_name((jz_status)a), jz_status_name((jz_status)b));
    }
    assert_string_equal(jz_status_name((jz_status)(JZ_E_BUG + 1)), "unknown");
    assert_string_equal(jz_status_name((jz_status)-1), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain_reads_outermost_first),
        cmocka_unit_test(test_chain_that_is_full_keeps_the_cause),
        cmocka_unit_test(test_set_starts_anew),
        cmocka_unit_test(test_null_is_allowed),
        cmocka_unit_test(test_long_text_keeps_both_ends),
        cmocka_unit_test(test_cut_spares_whole_characters),
        cmocka_unit_test(test_control_characters_cannot_break_the_line),
        cmocka_unit_test(test_text_stays_in_its_buffer),
        cmocka_unit_test(test_every_status_has_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
