/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/html.h"
#include "examine/preview.h"
#include "examine/report.h"

#include <string.h>

static void test_html_text_cannot_leave_its_place(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "plain.jpg", "plain.jpg" },
        { "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
        { "a\"b'c&d", "a&quot;b&#39;c&amp;d" },
        { "\xe9\x89\xb4\xe7\x9c\x9f", "\xe9\x89\xb4\xe7\x9c\x9f" },
        { "a\xff"
          "b",
          "a\xef\xbf\xbd"
          "b" },
        { "tab\there\nline", "tab\xef\xbf\xbdhere\xef\xbf\xbdline" },
        { "\xe2\x80\xaegpj.exe", "\xef\xbf\xbdgpj.exe" }, /* U+202E */
        { "\xe2\x81\xa6x", "\xef\xbf\xbdx" },             /* U+2066 */
        { "\xc2\x9b"
          "31m",
          "\xef\xbf\xbd"
          "31m" },                          /* a C1 control */
        { "\xe2\x80\x93", "\xe2\x80\x93" }, /* a dash stays */
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        JZ_BUF_AUTO b = { 0 };
        jz_html_text(&b, cases[i].in, strlen(cases[i].in));
        assert_string_equal(b.ptr, cases[i].out);
    }
}

static uint8_t px[3 * 600 * 400];

static void test_preview_is_small_grey_and_keeps_its_shape(void **state)
{
    static const struct {
        uint32_t width, height;
        uint8_t out_width, out_height;
    } cases[] = {
        { 600, 400, 32, 21 }, { 400, 600, 21, 32 }, { 5, 3, 5, 3 },
        { 600, 1, 32, 1 },    { 1, 1, 1, 1 },
    };
    (void)state;
    memset(px, 200, sizeof px);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        const jz_plane p = { px, cases[i].width, cases[i].height, (size_t)cases[i].width * 3, 3 };
        jz_preview pv = { 0 };
        jz_preview_make(&p, &pv);
        assert_int_equal(pv.width, cases[i].out_width);
        assert_int_equal(pv.height, cases[i].out_height);
        for (int k = 0; k < pv.width * pv.height; k++)
            assert_int_equal(pv.px[k], 200);
    }
}

static void test_preview_shows_light_and_dark_where_they_are(void **state)
{
    jz_preview pv = { 0 };
    (void)state;
    for (size_t y = 0; y < 400; y++)
        memset(px + y * 600, y < 200 ? 20 : 220, 600);
    const jz_plane p = { px, 600, 400, 600, 1 };
    jz_preview_make(&p, &pv);
    assert_true(pv.px[0] < 40);
    assert_true(pv.px[pv.width * (pv.height - 1)] > 200);
    const int step = pv.px[pv.width * 11] - pv.px[pv.width * 10];
    assert_true(step < 80); /* an edge of 200 is blurred */
}

static void test_preview_uri_is_a_bitmap_of_its_size(void **state)
{
    JZ_BUF_AUTO b = { 0 };
    const jz_preview pv = { .width = 5, .height = 2 };
    (void)state;
    jz_preview_data_uri(&b, &pv);
    /* 14 + 40 + 64 * 4 + 2 rows of 8 bytes = 326 bytes, in base64 */
    const char *data = strstr(b.ptr, "base64,");
    assert_non_null(data);
    assert_int_equal(strlen(data + 7), (326 + 2) / 3 * 4);
    assert_memory_equal(b.ptr, "data:image/bmp;base64,Qk1GAQAA", 30); /* "BM", 326 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_text_cannot_leave_its_place),
        cmocka_unit_test(test_preview_is_small_grey_and_keeps_its_shape),
        cmocka_unit_test(test_preview_shows_light_and_dark_where_they_are),
        cmocka_unit_test(test_preview_uri_is_a_bitmap_of_its_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
