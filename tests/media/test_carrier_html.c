/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LABEL "{\"Label\":\"1\",\"ProduceID\":\"a&b<c>'\xe7\x94\x9f\"}"
#define WRITTEN                                                                                    \
    "{&quot;Label&quot;:&quot;1&quot;,&quot;ProduceID&quot;:&quot;a&#38;b&#60;c&#62;&#39;&#29983;" \
    "&quot;}"

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static const char *const pages[] = {
    "<!DOCTYPE html>\n<html lang=zh>\n<head>\n<title>A</title></head><body>x</body></html>\n",
    "<!doctype html><p>No head at all",
    "<html><meta charset=utf-8><p>x",
    "\xef\xbb\xbf<!-- <head> --><HTML><HEAD profile='>'><script>'<meta name=AIGC content=1>'"
    "</script ><style></style></HEAD><body><meta name=AIGC content=late>",
    "<!doctype html><head><noscript><meta name=\"keywords\" content='a'></noscript><!-->"
    "<title><meta name=AIGC content=no></title><meta name=AIGC>",
};

static void test_html_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(pages); i++) {
        JZ_BUF_AUTO made = { 0 };
        assert_string_equal(fx_carrier(text_of(pages[i]))->name, "html-meta");
        fx_round_trip(text_of(pages[i]), LABEL, &made);
        assert_non_null(strstr(made.ptr, "<meta name=\"AIGC\" content=\"" WRITTEN "\">"));
    }
}

static jz_status put(const char *file, uint64_t at, const char *value, jz_buf *out)
{
    jz_meta_edit e = { JZ_META_TEXT, at, { 0 } };
    if (value != NULL)
        e.value = text_of(value);
    return fx_edit(fx_carrier(text_of(file)), text_of(file), &e, 1, out, NULL);
}

static void test_html_new_label_stands_where_it_should(void **state)
{
    (void)state;
#define META "<meta name=\"AIGC\" content=\"{}\">"
    static const char *const rows[][2] = {
        { "<!doctype html>x", "<!doctype html>" META "x" },
        { "<!doctype html><html>x", "<!doctype html><html>" META "x" },
        { "<html><head a='>'>x</head>", "<html><head a='>'>" META "x</head>" },
        { "<html><head><meta charset=gbk></head>",
          "<html><head><meta charset=gbk>" META "</head>" },
        { "<html><head><meta HTTP-EQUIV=Content-Type content='text/html'></head>",
          "<html><head><meta HTTP-EQUIV=Content-Type content='text/html'>" META "</head>" },
        { "<html><head></head><body><meta charset=gbk>",
          "<html><head>" META "</head><body><meta charset=gbk>" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        JZ_BUF_AUTO made = { 0 };
        assert_int_equal(put(rows[i][0], JZ_META_NEW, "{}", &made), JZ_OK);
        assert_string_equal(made.ptr, rows[i][1]);
    }
}

/* A label as others may write it: its value, and the page after a new one and after none. */
static const struct {
    const char *file, *value, *replaced, *taken;
} shapes[] = {
    { "<html><head><meta name=\"AIGC\" content=\"{&quot;L&quot;:&quot;1&quot;}\"/>z",
      "{\"L\":\"1\"}", "<html><head><meta name=\"AIGC\" content=\"&quot;\"/>z", "<html><head>z" },
    { "<html>\n<META CONTENT='{\"L\":\"&#x751f;&#38;&amp\"}' NAME = x-aigc >\nz",
      "{\"L\":\"\xe7\x94\x9f&&amp\"}", "<html>\n<META CONTENT='&quot;' NAME = x-aigc >\nz",
      "<html>\n\nz" },
    { "<html><meta content={\"L\":1} name=AIGC>z", "{\"L\":1}",
      "<html><meta content=\"&quot;\" name=AIGC>z", "<html>z" },
    { "<html><meta name=AIGC content=>z", "", "<html><meta name=AIGC content=\"&quot;\">z",
      "<html>z" },
    { "<html><meta content name=AIGC>z", "", "<html><meta content=\"&quot;\" name=AIGC>z",
      "<html>z" },
    { "<html><meta name=AIGC content='&#0;&#xd800;&#x110000;&#;&x'>",
      "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd&#;&x", "<html><meta name=AIGC content='&quot;'>",
      "<html>" },
};

static void test_html_all_shapes_are_read_and_replaced(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        JZ_BUF_AUTO replaced = { 0 };
        JZ_BUF_AUTO taken = { 0 };
        fx_metas all;
        const jz_bytes file = text_of(shapes[i].file);
        assert_int_equal(fx_list(fx_carrier(file), file, &all, NULL), JZ_OK);
        assert_int_equal(all.n, 1);
        assert_int_equal(all.m[0].meta.kind, JZ_META_TEXT);
        assert_string_equal(all.m[0].value.ptr, shapes[i].value);
        assert_int_equal(put(shapes[i].file, all.m[0].meta.at, "\"", &replaced), JZ_OK);
        assert_string_equal(replaced.ptr, shapes[i].replaced);
        assert_int_equal(put(shapes[i].file, all.m[0].meta.at, NULL, &taken), JZ_OK);
        assert_string_equal(taken.ptr, shapes[i].taken);
        fx_metas_done(&all);
    }
}

static void test_html_refuses_what_it_cannot_place(void **state)
{
    (void)state;
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO long_head = { 0 };
    const jz_meta_edit xmp = { JZ_META_XMP, JZ_META_NEW, text_of("<x/>") };
    const jz_carrier *c = fx_carrier(text_of(pages[0]));
    assert_int_equal(put(pages[0], 7, "{}", &made), JZ_E_INVAL);
    assert_int_equal(put(pages[0], JZ_META_NEW, "\xff", &made), JZ_E_INVAL);
    assert_int_equal(fx_edit(c, text_of(pages[0]), &xmp, 1, &made, NULL), JZ_E_UNSUPPORTED);
    jz_buf_puts(&long_head, "<html><head><style>");
    while (long_head.len < (size_t)1 << 20)
        jz_buf_puts(&long_head, "p { color: red }\n");
    jz_buf_puts(&long_head, "</style></head><body>");
    assert_int_equal(put(long_head.ptr, JZ_META_NEW, "{}", &made), JZ_E_LIMIT);
}

static void test_html_hurt_files_are_survived(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(shapes); i++) {
        const jz_bytes file = text_of(shapes[i].file);
        const jz_carrier *c = fx_carrier(file);
        for (size_t len = 1; len <= file.len; len++) {
            JZ_BUF_AUTO copy = { 0 };
            JZ_BUF_AUTO made = { 0 };
            fx_metas all;
            const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, text_of("<x/>") };
            jz_buf_put(&copy, file.ptr, len);
            assert_int_equal(fx_list(c, bytes_of(&copy), &all, NULL), JZ_OK);
            const size_t before = all.n;
            fx_metas_done(&all);
            if (fx_edit(c, bytes_of(&copy), &e, 1, &made, NULL) != JZ_OK)
                continue;
            assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
            assert_int_equal(all.n, before + 1);
            fx_metas_done(&all);
        }
    }
}

static void test_html_other_reader_finds_the_label(void **state)
{
    (void)state;
    static const char *const exif[] = { "exiftool", "-b", "-HTML:Aigc", "@", NULL };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO said = { 0 };
    assert_int_equal(put(pages[0], JZ_META_NEW, "{\"Label\":\"1\"}", &made), JZ_OK);
    const int rc = fx_peer(bytes_of(&made), ".html", exif, &said);
    if (rc == -1) {
        print_message("SKIP: no exiftool\n");
        skip();
    }
    assert_int_equal(rc, 0);
    assert_string_equal(said.ptr, "{\"Label\":\"1\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_round_trip),
        cmocka_unit_test(test_html_new_label_stands_where_it_should),
        cmocka_unit_test(test_html_all_shapes_are_read_and_replaced),
        cmocka_unit_test(test_html_refuses_what_it_cannot_place),
        cmocka_unit_test(test_html_hurt_files_are_survived),
        cmocka_unit_test(test_html_other_reader_finds_the_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
