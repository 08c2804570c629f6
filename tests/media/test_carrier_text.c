/* SPDX-License-Identifier: Apache-2.0 */
#include "carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LABEL "  Label: \"1\"\n  ContentProducer: \"001191310104MACE0YX63918020\"\n"

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

#define FLOW_AND_BLOCKS                                                                            \
    "--- \nflow: {a: [1, '}'],\n b: \"\\\"}\"}\n"                                                  \
    "text: |\n  AIGC: in a text\n\n  more\nurl: http://x\n---"

static const char *const ordinary[] = {
    "# A title\n\nWords.\n",
    "---\ntitle: A\n---\n\nWords.\n",
    "---\r\ntitle: A\r\ntags:\r\n- x\r\n- y\r\n...\r\nWords.\r\n",
    "\xef\xbb\xbf---\ntitle: \"a: b\" # c\n\n# note\nnested:\n  AIGC: no label\n---\n",
    "---\n---\n",
    "---\n---",
    "---\nnot front matter: it does not end\n",
    FLOW_AND_BLOCKS,
    "no line end",
};

static void test_text_round_trip(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(ordinary); i++) {
        JZ_BUF_AUTO made = { 0 };
        assert_string_equal(fx_carrier(text_of(ordinary[i]))->name, "text-yaml");
        fx_round_trip(text_of(ordinary[i]), LABEL, &made);
    }
}

/* Puts a value, or NULL, at an offset. */
static jz_status put(const char *file, uint64_t at, const char *value, jz_buf *out)
{
    jz_meta_edit e = { JZ_META_TEXT, at, { 0 } };
    if (value != NULL)
        e.value = text_of(value);
    return fx_edit(fx_carrier(text_of(file)), text_of(file), &e, 1, out, NULL);
}

static void test_text_new_label_stands_where_it_should(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        { "Words.\n", "---\nAIGC:\n  Label: \"1\"\n---\nWords.\n" },
        { "\xef\xbb\xbfWords.\r\n",
          "\xef\xbb\xbf---\r\nAIGC:\r\n  Label: \"1\"\r\n---\r\nWords.\r\n" },
        { "---\na: b\n---\nx", "---\na: b\nAIGC:\n  Label: \"1\"\n---\nx" },
        { "---\r\na: b\r\n...\r\nx", "---\r\na: b\r\nAIGC:\r\n  Label: \"1\"\r\n...\r\nx" },
        { "---\na break", "---\nAIGC:\n  Label: \"1\"\n---\n---\na break" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        JZ_BUF_AUTO made = { 0 };
        assert_int_equal(put(rows[i][0], JZ_META_NEW, "  Label: \"1\"\n", &made), JZ_OK);
        assert_string_equal(made.ptr, rows[i][1]);
    }
}

/* How a label may stand in front matter: the value that is read, and what the file is after a new
 * value and after the label was taken out. */
static const struct {
    const char *file, *value, *replaced, *taken;
} shapes[] = {
    { "---\nAIGC:\n  Label: \"1\"\n  ProduceID: x\n\n# c\nz: 1\n---\n",
      "  Label: \"1\"\n  ProduceID: x\n", "---\nAIGC:\n  L: 2\n\n# c\nz: 1\n---\n",
      "---\n\n# c\nz: 1\n---\n" },
    { "---\na: 1\nAIGC: {\"Label\":\"1\",\n\"x\":\"}\"} # c\nz: 1\n---\n",
      "{\"Label\":\"1\",\n\"x\":\"}\"}", "---\na: 1\nAIGC:\n  L: 2\nz: 1\n---\n",
      "---\na: 1\nz: 1\n---\n" },
    { "---\n\"x-aigc\": '{\"Label\":\"1\"}'\n---\n", "'{\"Label\":\"1\"}'",
      "---\n\"x-aigc\":\n  L: 2\n---\n", "---\n---\n" },
    { "---\r\nAIGC: \"{\\\"Label\\\":\\\"1\\\"}\"\r\n---\r\n", "\"{\\\"Label\\\":\\\"1\\\"}\"",
      "---\r\nAIGC:\r\n  L: 2\r\n---\r\n", "---\r\n---\r\n" },
    { "---\nAIGC: |\n  {\"Label\":\"1\"}\n---\n", "  {\"Label\":\"1\"}\n",
      "---\nAIGC:\n  L: 2\n---\n", "---\n---\n" },
    { "---\r\nAIGC:   # here\r\n  Label: 1\r\n  ProduceID: x\r\n...\r\nx",
      "  Label: 1\n  ProduceID: x\n", "---\r\nAIGC:\r\n  L: 2\r\n...\r\nx", "---\r\n...\r\nx" },
    { "---\nAIGC:{\"Label\":\"1\"}\n---\n", "{\"Label\":\"1\"}", "---\nAIGC:\n  L: 2\n---\n",
      "---\n---\n" },
    { "---\nAIGC: a plain\n  text\nb: 1\n---\n", "a plain\n  text",
      "---\nAIGC:\n  L: 2\nb: 1\n---\n", "---\nb: 1\n---\n" },
};

static void test_text_all_shapes_are_read_and_replaced(void **state)
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
        assert_int_equal(put(shapes[i].file, all.m[0].meta.at, "  L: 2\n", &replaced), JZ_OK);
        assert_string_equal(replaced.ptr, shapes[i].replaced);
        assert_int_equal(put(shapes[i].file, all.m[0].meta.at, NULL, &taken), JZ_OK);
        assert_string_equal(taken.ptr, shapes[i].taken);
        fx_metas_done(&all);
    }
}

static void test_text_two_labels_become_one(void **state)
{
    (void)state;
    static const char file[] = "---\nAIGC: {\"Label\":\"1\"}\nb: 1\nAIGC:\n  Label: 2\n---\n";
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    const jz_carrier *c = fx_carrier(text_of(file));
    assert_int_equal(fx_list(c, text_of(file), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 2);
    const jz_meta_edit e[] = { { JZ_META_TEXT, all.m[1].meta.at, { 0 } },
                               { JZ_META_TEXT, all.m[0].meta.at, text_of("  L: 3\n") } };
    assert_int_equal(fx_edit(c, text_of(file), e, 2, &made, NULL), JZ_OK);
    assert_string_equal(made.ptr, "---\nAIGC:\n  L: 3\nb: 1\n---\n");
    fx_metas_done(&all);
}

static void test_text_what_is_not_understood_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        jz_status st;
    } rows[] = {
        { "+++\ntitle = 'x'\n+++\n", JZ_E_UNSUPPORTED },
        { "{\"a\": 1}\n", JZ_E_UNSUPPORTED },
        { "#!/bin/sh\n", JZ_E_UNSUPPORTED },
        { "<?xml version='1.0'?><a/>", JZ_E_UNSUPPORTED },
        { "---\n- a\n- b\n---\n", JZ_E_UNSUPPORTED },
        { "---\n{a: b}\n---\n", JZ_E_UNSUPPORTED },
        { "---\n  a: b\n---\n", JZ_E_UNSUPPORTED },
        { "---\na: b\nwords\n---\n", JZ_E_UNSUPPORTED },
        { "---\na: {b\nc: d\n---\n", JZ_E_CORRUPT },
        { "---\na: \"b\n---\n", JZ_E_CORRUPT },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        JZ_BUF_AUTO made = { 0 };
        assert_int_equal(put(rows[i].file, JZ_META_NEW, LABEL, &made), rows[i].st);
    }
    JZ_BUF_AUTO made = { 0 };
    assert_int_equal(put("---\nAIGC: &a {}\n---\n", 10, LABEL, &made), JZ_E_UNSUPPORTED);
    assert_int_equal(put("---\nAIGC: {}\n---\n", 9, LABEL, &made), JZ_E_INVAL);
    assert_int_equal(put("---\na: 1\n---\n", 7, LABEL, &made), JZ_E_INVAL);
    const jz_meta_edit xmp = { JZ_META_XMP, JZ_META_NEW, text_of("<x/>") };
    assert_int_equal(fx_edit(fx_carrier(text_of("x")), text_of("x"), &xmp, 1, &made, NULL),
                     JZ_E_UNSUPPORTED);
}

static void test_text_only_the_beginning_is_searched(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    fx_metas all;
    jz_buf_puts(&file, "---\nAIGC: {}\n");
    while (file.len < ((size_t)1 << 20) - 1)
        jz_buf_puts(&file, "# 0123456789abcdef\n");
    jz_buf_puts(&file, "---\nWords.\n");
    const jz_carrier *c = fx_carrier(bytes_of(&file));
    const jz_meta_edit e = { JZ_META_TEXT, JZ_META_NEW, text_of(LABEL) };
    assert_int_equal(fx_list(c, bytes_of(&file), &all, NULL), JZ_OK);
    assert_int_equal(all.n, 0);
    assert_int_equal(fx_edit(c, bytes_of(&file), &e, 1, &made, NULL), JZ_E_LIMIT);
    fx_metas_done(&all);
}

static void test_text_hurt_files_are_survived(void **state)
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
            copy.ptr[len - 1] = '\'';
            assert_int_equal(fx_list(c, bytes_of(&copy), &all, NULL), JZ_OK);
            fx_metas_done(&all);
            if (fx_edit(c, bytes_of(&copy), &e, 1, &made, NULL) != JZ_OK)
                continue;
            assert_int_equal(fx_list(c, bytes_of(&made), &all, NULL), JZ_OK);
            assert_true(all.n >= 1);
            fx_metas_done(&all);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_round_trip),
        cmocka_unit_test(test_text_new_label_stands_where_it_should),
        cmocka_unit_test(test_text_all_shapes_are_read_and_replaced),
        cmocka_unit_test(test_text_two_labels_become_one),
        cmocka_unit_test(test_text_what_is_not_understood_is_refused),
        cmocka_unit_test(test_text_only_the_beginning_is_searched),
        cmocka_unit_test(test_text_hurt_files_are_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
