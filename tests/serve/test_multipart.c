/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/multipart.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TYPE "multipart/form-data; boundary=B"
#define FILE_HEAD "Content-Disposition: form-data; name=\"photo\"; filename=\"a.jpg\"\r\n\r\n"
#define FIELD_HEAD "Content-Disposition: form-data; name=\"x\"\r\n\r\n"

static jz_status take(const char *type, const char *text, jz_bytes *out)
{
    const jz_bytes body = { (const uint8_t *)text, strlen(text) };
    return jz_multipart_file(body, type, out, NULL);
}

static void test_multipart_gives_the_file(void **state)
{
    static const struct {
        const char *type, *body, *file;
    } rows[] = {
        { TYPE, "--B\r\n" FILE_HEAD "data\r\n--B--\r\n", "data" },
        { TYPE, "--B\r\n" FILE_HEAD "\r\n--B--\r\n", "" },
        { TYPE, "--B\r\n" FILE_HEAD "a\r\n--Xb\r\n\r\n--B--", "a\r\n--Xb\r\n" },
        { TYPE, "--B\r\n" FIELD_HEAD "v\r\n--B\r\n" FILE_HEAD "data\r\n--B--\r\n", "data" },
        { "Multipart/Form-Data; Boundary=\"B c\"; x=y", "--B c\r\n" FILE_HEAD "d\r\n--B c--", "d" },
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        jz_bytes file = { 0 };
        assert_true(jz_is_multipart(rows[i].type));
        assert_int_equal(take(rows[i].type, rows[i].body, &file), JZ_OK);
        assert_int_equal(file.len, strlen(rows[i].file));
        assert_memory_equal(file.ptr, rows[i].file, file.len);
    }
}

static void test_multipart_refuses_what_is_none(void **state)
{
    static const struct {
        const char *type, *body;
        jz_status status;
    } rows[] = {
        { "multipart/form-data", "--B\r\n", JZ_E_CORRUPT },
        { "multipart/form-data; boundary=", "--B\r\n", JZ_E_CORRUPT },
        { "multipart/form-data; boundary=\"\"", "--B\r\n", JZ_E_CORRUPT },
        { "multipart/form-data; boundary="
          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
          "--a", JZ_E_CORRUPT },
        { TYPE, "", JZ_E_TRUNCATED },
        { TYPE, "--A\r\n", JZ_E_CORRUPT },
        { TYPE, "--B", JZ_E_TRUNCATED },
        { TYPE, "--B--", JZ_E_CORRUPT },
        { TYPE, "--B\r\nno blank line", JZ_E_CORRUPT },
        { TYPE, "--B\r\n" FILE_HEAD "no end", JZ_E_TRUNCATED },
        { TYPE, "--B\r\n" FIELD_HEAD "v\r\n--B--\r\n", JZ_E_CORRUPT },
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        jz_bytes file = { 0 };
        assert_int_equal(take(rows[i].type, rows[i].body, &file), rows[i].status);
        assert_null(file.ptr);
    }
    assert_false(jz_is_multipart(NULL));
    assert_false(jz_is_multipart("text/plain"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multipart_gives_the_file),
        cmocka_unit_test(test_multipart_refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
