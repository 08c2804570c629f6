/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "label/aigc.h"
#include "label/provider_code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#define CODE "001191110102MACQD9K64010000" /* a published one, its check character right */
#define TAIL                                                                                       \
    "\"ReservedCode1\":\"\",\"ContentPropagator\":\"\",\"PropagateID\":\"\",\"ReservedCode2\":"    \
    "\"\""
#define SEVEN "\"Label\":\"1\",\"ContentProducer\":\"" CODE "\",\"ProduceID\":\"cc75\"," TAIL

static jz_bytes text_of(const char *s)
{
    return (jz_bytes){ (const uint8_t *)s, strlen(s) };
}

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

/* ---- reading ---- */

/* Texts as files have them, or nearly so (docs/labels.md), and what they say. */
static const struct variant {
    const char *what;
    const char *text;
    unsigned traits;
    const char *field[JZ_AIGC_FIELDS];
} variants[] = {
    { "bare", "{" SEVEN "}", 0, { "1", CODE, "cc75", "", "", "", "" } },
    { "wrapped",
      "{\"AIGC\": {" SEVEN "}}",
      JZ_AIGC_WRAPPED,
      { "1", CODE, "cc75", "", "", "", "" } },
    { "wrapped under a longer key",
      "{\"x\":1,\"my_aigc_label\":{\"Label\":\"2\",\"ProduceID\":\"i\"}}",
      JZ_AIGC_WRAPPED,
      { "2", NULL, "i" } },
    { "blanks and line ends",
      "\r\n { \"Label\" :\t\"1\" ,\n \"ProduceID\":\"i\" }\n",
      0,
      { "1", NULL, "i" } },
    { "byte order mark", "\xef\xbb\xbf{\"Label\":\"1\"}", 0, { "1" } },
    { "two fields only", "{\"Label\":\"1\",\"ContentProducer\":\"p\"}", 0, { "1", "p" } },
    { "another order",
      "{\"ProduceID\":\"i\",\"ContentProducer\":\"p\",\"Label\":\"3\"}",
      0,
      { "3", "p", "i" } },
    { "a name for a Label",
      "{\"Label\":\"AIGC\",\"ContentProducer\":\"Minimax Agent AI\"}",
      0,
      { "AIGC", "Minimax Agent AI" } },
    { "a path for a ProduceID",
      "{\"Label\":\"1\",\"ProduceID\":\"/a b/c.png\"}",
      0,
      { "1", NULL, "/a b/c.png" } },
    { "Label as a number",
      "{\"Label\":1,\"ContentProducer\":\"p\"}",
      JZ_AIGC_NUMBER,
      { "1", "p" } },
    { "null is no value", "{\"Label\":\"1\",\"ReservedCode2\":null}", JZ_AIGC_NUMBER, { "1" } },
    { "an object for a value",
      "{\"Label\":\"1\",\"ReservedCode1\":{\"a\":[\"}\",'x']}}",
      JZ_AIGC_NUMBER,
      { "1", NULL, NULL, "{\"a\":[\"}\",'x']}" } },
    { "ReserveCode1, Propagator, PropatorID",
      "{\"Label\":\"1\",\"ReserveCode1\":\"r\",\"Propagator\":\"g\",\"PropatorID\":\"h\","
      "\"ReserveCode2\":\"s\"}",
      JZ_AIGC_RENAMED,
      { "1", NULL, NULL, "r", "g", "h", "s" } },
    { "other case and separators",
      "{\"label\":\"1\",\"content_producer\":\"p\",\"Produce-Id\":\"i\",\"Propagator ID\":\"h\"}",
      JZ_AIGC_RENAMED,
      { "1", "p", "i", NULL, NULL, "h" } },
    { "ServiceProvider and ContentId",
      "{\"AIGC\":{\"ServiceProvider\":\"T\",\"ServiceUser\":\"u\",\"Time\":\"2025\","
      "\"ContentId\":\"9\"}}",
      JZ_AIGC_WRAPPED | JZ_AIGC_FOREIGN | JZ_AIGC_EXTRA,
      { NULL, "T", "9" } },
    { "a key twice",
      "{\"Label\":\"1\",\"Label\":\"2\",\"ProduceID\":\"i\"}",
      JZ_AIGC_REPEATED,
      { "1", NULL, "i" } },
    { "other keys", "{\"Label\":\"1\",\"Time\":\"now\"}", JZ_AIGC_EXTRA, { "1" } },
    { "escapes",
      "{\"Label\":\"1\",\"ContentProducer\":\"\\u4eba\\ud83d\\ude00\\\"\\\\\\/\\n\"}",
      0,
      { "1", "\xe4\xba\xba\xf0\x9f\x98\x80\"\\/\n" } },
    { "NUL, half a surrogate pair and bytes that are not UTF-8",
      "{\"Label\":\"1\",\"ContentProducer\":\"a\\u0000b\\ud800c\xff\"}",
      0,
      { "1", "a\xef\xbf\xbd"
             "b\xef\xbf\xbd"
             "c\xef\xbf\xbd" } },
    { "JSON in a JSON string",
      "\"{\\\"Label\\\":\\\"1\\\",\\\"ContentProducer\\\":\\\"x\\\"}\"",
      JZ_AIGC_TWICE,
      { "1", "x" } },
    { "escaped, without the string around it",
      "{\\\"Label\\\":\\\"1\\\",\\\"ContentProducer\\\":\\\"x\\\"}",
      JZ_AIGC_TWICE,
      { "1", "x" } },
    { "a JSON string under AIGC",
      "{\"AIGC\":\"{\\\"Label\\\":\\\"1\\\",\\\"ProduceID\\\":\\\"x\\\"}\"}",
      JZ_AIGC_WRAPPED | JZ_AIGC_TWICE,
      { "1", NULL, "x" } },
    { "glued into a segment",
      "\xff\xe1\x01\x20"
      "AIGC{" SEVEN "}\xff\xd9",
      JZ_AIGC_LOOSE,
      { "1", CODE, "cc75", "", "", "", "" } },
    { "text behind it", "{\"Label\":\"1\"} and so on", JZ_AIGC_LOOSE, { "1" } },
    { "a YAML mapping, with its styles and a comment",
      "AIGC:\n  Label: '1'\n  ContentProducer: abc # who\n  ProduceID: \"q\\\"r\"\n"
      "  ReservedCode1: '{\"a\":\"b''c\"}'\ntitle: x\nLabel: '9'\n",
      JZ_AIGC_YAML | JZ_AIGC_WRAPPED,
      { "1", "abc", "q\"r", "{\"a\":\"b'c\"}" } },
    { "inline JSON in YAML",
      "---\ntitle: \"x: y\"\nAIGC: {\"Label\":\"1\",\"ContentProducer\":\"p\",\n "
      "\"ProduceID\":\"i\"}"
      "\ndate: 1\n---\nLabel: 9\n",
      JZ_AIGC_YAML | JZ_AIGC_WRAPPED,
      { "1", "p", "i" } },
    { "JSON in a YAML string",
      "AIGC: '{\"Label\":\"1\",\"ProduceID\":\"x\"}'",
      JZ_AIGC_YAML | JZ_AIGC_WRAPPED | JZ_AIGC_TWICE,
      { "1", NULL, "x" } },
    { "JSON in a YAML block scalar",
      "AIGC: |\n  {\"Label\":\"1\",\n  \"ProduceID\":\"x\"}\n",
      JZ_AIGC_YAML | JZ_AIGC_WRAPPED | JZ_AIGC_TWICE,
      { "1", NULL, "x" } },
    { "deeper in YAML, with CR LF",
      "meta:\r\n  AIGC:\r\n    Label: \"2\"\r\n    ProduceID: \"i\"\r\n  b: c\r\n",
      JZ_AIGC_YAML | JZ_AIGC_WRAPPED,
      { "2", NULL, "i" } },
    { "the lines of the mapping alone",
      "  Label: 1\n  ContentProducer: p\n",
      JZ_AIGC_YAML | JZ_AIGC_NUMBER,
      { "1", "p" } },
    { "quotes of Python", "{'Label': '1', 'ProduceID': 'x'}", JZ_AIGC_YAML, { "1", NULL, "x" } },
};

static void expect_fields(const char *what, const jz_aigc *a, const char *const *field)
{
    for (unsigned f = 0; f < JZ_AIGC_FIELDS; f++) {
        const char *got = a->field[f] != NULL ? a->field[f] : "(none)";
        const char *want = field[f] != NULL ? field[f] : "(none)";
        if (strcmp(got, want) != 0)
            fail_msg("%s: %s is '%s', not '%s'", what, jz_aigc_field_name((jz_aigc_field)f), got,
                     want);
    }
}

static void parse(jz_bytes text, jz_aigc *out)
{
    jz_err err = { 0 };
    if (jz_aigc_parse(text, out, &err) != JZ_OK)
        fail_msg("%.*s: %s", (int)text.len, (const char *)text.ptr, err.frame[0]);
}

static void test_aigc_variants_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        const struct variant *v = &variants[i];
        JZ_AIGC_AUTO a = { 0 };
        parse(text_of(v->text), &a);
        expect_fields(v->what, &a, v->field);
        if (a.traits != v->traits)
            fail_msg("%s: traits 0x%x, not 0x%x", v->what, a.traits, v->traits);
    }
}

static void test_aigc_nul_bytes_behind_a_label_do_not_count(void **state)
{
    (void)state;
    static const char text[] = "{\"Label\":\"1\"}\0\0";
    JZ_AIGC_AUTO a = { 0 };
    parse((jz_bytes){ (const uint8_t *)text, sizeof text }, &a);
    assert_int_equal(a.traits, 0);
}

static void test_aigc_what_is_no_label_is_not_one(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "hello",
        "{}",
        "[]",
        "1",
        "\"Label\"",
        "{\"foo\":1}",
        "{\"Label\":\"cat\"}", /* a label of some other kind */
        "title: x\nLabel: cat\n",
        "{\"ContentId\":\"9\"}",
        "AIGC",
        "title: about AIGC\n",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++) {
        jz_aigc a = { 0 };
        if (jz_aigc_parse(text_of(texts[i]), &a, NULL) != JZ_E_NOTFOUND)
            fail_msg("a label was found in: %s", texts[i]);
        assert_int_equal(a.traits, 0);
    }
}

static void test_aigc_what_begins_as_a_label_and_cannot_be_read_is_corrupt(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"Label\":\"1\",\"Conte",
        "{\"Label\": \"1\",\n\"ContentProducer\": \"x\"",
        "{\"Label\":\"1\" \"ProduceID\":\"x\"}",
        "{\"AIGC\":{\"Label\":\"1\"}",
        "{\"AIGC\":\"{nothing of a label}\"}",
        "AIGC{\"Label\":\"1\"",
        "{\"AIGC\":{\"AIGC\":{\"AIGC\":{\"AIGC\":{\"AIGC\":{\"AIGC\":{\"Label\":\"1\"}}}}}}}",
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++) {
        jz_aigc a = { 0 };
        jz_err err = { 0 };
        if (jz_aigc_parse(text_of(texts[i]), &a, &err) != JZ_E_CORRUPT)
            fail_msg("not corrupt: %s", texts[i]);
        assert_true(strlen(err.frame[0]) > 0);
        for (unsigned f = 0; f < JZ_AIGC_FIELDS; f++)
            assert_null(a.field[f]);
    }
}

/* The label, encoded as a JSON string n times. */
static void encode(unsigned n, jz_buf *out)
{
    jz_buf_puts(out, "{\"Label\":\"1\"}");
    for (; n > 0; n--) {
        JZ_BUF_AUTO inner = *out;
        *out = (jz_buf){ 0 };
        jz_buf_putc(out, '"');
        for (size_t i = 0; i < inner.len; i++) {
            if (inner.ptr[i] == '"' || inner.ptr[i] == '\\')
                jz_buf_putc(out, '\\');
            jz_buf_putc(out, inner.ptr[i]);
        }
        jz_buf_putc(out, '"');
    }
}

static void test_aigc_strings_in_strings_have_a_limit(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 7; n++) {
        JZ_BUF_AUTO text = { 0 };
        JZ_AIGC_AUTO a = { 0 };
        encode(n, &text);
        assert_int_equal(jz_aigc_parse(bytes_of(&text), &a, NULL), n < 4 ? JZ_OK : JZ_E_CORRUPT);
        if (n < 4)
            assert_string_equal(a.field[JZ_AIGC_LABEL], "1");
    }
}

static void test_aigc_size_has_a_limit(void **state)
{
    (void)state;
    JZ_BUF_AUTO text = { 0 };
    JZ_AIGC_AUTO a = { 0 };
    JZ_AIGC_AUTO more = { 0 };
    jz_buf_puts(&text, "{\"Label\":\"1\",\"ReservedCode1\":\"");
    while (text.len < JZ_AIGC_TEXT_MAX - 2)
        jz_buf_putc(&text, 'x');
    jz_buf_puts(&text, "\"}");
    parse(bytes_of(&text), &a);
    jz_buf_putc(&text, ' ');
    assert_int_equal(jz_aigc_parse(bytes_of(&text), &more, NULL), JZ_E_LIMIT);
}

/* Texts of a megabyte that are the same few bytes over and over: what is read more than a few times
 * takes minutes then, not a fraction of a second. */
static void test_aigc_hostile_texts_take_little_time(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "{",
        "}",
        "\"",
        "'",
        "[",
        "AIGC{",
        "{\"Label\":\"1\",",
        "a: \"\n",
        "\"\n",
        "'''\n",
        "\\\"\n",
        "AIGC:\n",
        "{\"AIGC\":",
        "{\\\"Label",
        "a: |\n",
        "a: {\n",
        "- - -\n",
        "{\"a\":[",
        "AIGC: [\n",
        "AIGC\"{\"Label\":",
        " ",
        "\n",
        "---\n",
        "#\n",
        "{'Label'",
        "\\",
        "AIGC: '{\n",
        "a:\n b:\n",
    };
    char *big = jz_alloc(JZ_AIGC_TEXT_MAX);
    const clock_t start = clock();
    assert_non_null(big);
    for (size_t p = 0; p < JZ_ARRAY_LEN(parts); p++) {
        JZ_AIGC_AUTO a = { 0 };
        const size_t len = strlen(parts[p]);
        for (size_t i = 0; i < JZ_AIGC_TEXT_MAX; i++)
            big[i] = parts[p][i % len];
        const jz_status st =
            jz_aigc_parse((jz_bytes){ (const uint8_t *)big, JZ_AIGC_TEXT_MAX }, &a, NULL);
        assert_true(st == JZ_E_NOTFOUND || st == JZ_E_CORRUPT);
    }
    jz_free(big);
    assert_true(clock() - start < 30 * CLOCKS_PER_SEC);
}

/* ---- writing ---- */

static jz_aigc whole_label(void)
{
    static char label[] = "1", code[] = CODE, id[] = "cc75", data[] = "{\"a\":\"b\"}", none[] = "";
    return (jz_aigc){ .field = { label, code, id, data, code, id, none } };
}

static void test_aigc_is_written_in_one_way(void **state)
{
    (void)state;
    const jz_aigc a = whole_label();
    JZ_BUF_AUTO json = { 0 };
    JZ_BUF_AUTO yaml = { 0 };
    assert_int_equal(jz_aigc_write(&a, &json, NULL), JZ_OK);
    assert_string_equal(json.ptr, "{\"Label\":\"1\",\"ContentProducer\":\"" CODE
                                  "\",\"ProduceID\":\"cc75\",\"ReservedCode1\":\"{\\\"a\\\":\\\"b"
                                  "\\\"}\",\"ContentPropagator\":\"" CODE
                                  "\",\"PropagateID\":\"cc75\",\"ReservedCode2\":\"\"}");
    assert_int_equal(jz_aigc_write_yaml(&a, &yaml, NULL), JZ_OK);
    assert_string_equal(yaml.ptr, "  Label: \"1\"\n  ContentProducer: \"" CODE
                                  "\"\n  ProduceID: \"cc75\"\n  ReservedCode1: \"{\\\"a\\\":\\\"b"
                                  "\\\"}\"\n  ContentPropagator: \"" CODE
                                  "\"\n  PropagateID: \"cc75\"\n  ReservedCode2: \"\"\n");
}

static void test_aigc_what_was_written_reads_back_equal(void **state)
{
    (void)state;
    const jz_aigc a = whole_label();
    JZ_BUF_AUTO json = { 0 };
    JZ_BUF_AUTO yaml = { 0 };
    JZ_AIGC_AUTO one = { 0 };
    JZ_AIGC_AUTO two = { 0 };
    assert_int_equal(jz_aigc_write(&a, &json, NULL), JZ_OK);
    jz_buf_puts(&yaml, "---\nAIGC:\n");
    assert_int_equal(jz_aigc_write_yaml(&a, &yaml, NULL), JZ_OK);
    parse(bytes_of(&json), &one);
    parse(bytes_of(&yaml), &two);
    assert_true(jz_aigc_equal(&a, &one) && jz_aigc_equal(&a, &two));
    assert_int_equal(one.traits, 0);
    assert_int_equal(two.traits, JZ_AIGC_YAML | JZ_AIGC_WRAPPED);
}

static void test_aigc_what_was_read_is_passed_on_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        JZ_BUF_AUTO json = { 0 };
        JZ_BUF_AUTO yaml = { 0 };
        JZ_AIGC_AUTO a = { 0 };
        JZ_AIGC_AUTO one = { 0 };
        JZ_AIGC_AUTO two = { 0 };
        parse(text_of(variants[i].text), &a);
        assert_int_equal(jz_aigc_write_as_is(&a, &json, NULL), JZ_OK);
        jz_buf_puts(&yaml, "AIGC:\n");
        assert_int_equal(jz_aigc_write_yaml_as_is(&a, &yaml, NULL), JZ_OK);
        parse(bytes_of(&json), &one);
        parse(bytes_of(&yaml), &two);
        if (!jz_aigc_equal(&a, &one) || !jz_aigc_equal(&a, &two))
            fail_msg("%s: changed on its way: %s", variants[i].what, json.ptr);
    }
}

static void test_aigc_strict_writing_refuses_what_the_rules_forbid(void **state)
{
    (void)state;
    static const struct {
        jz_aigc_field field;
        const char *value;
        const char *says;
    } bad[] = {
        { JZ_AIGC_LABEL, "", "Label: a label must have it" },
        { JZ_AIGC_LABEL, NULL, "Label: a label must have it" },
        { JZ_AIGC_LABEL, "4", "Label: '4' is none of 1, 2, 3" },
        { JZ_AIGC_LABEL, "11", "Label: '11' is none of 1, 2, 3" },
        { JZ_AIGC_CONTENT_PRODUCER, "", "ContentProducer: a label must have it" },
        { JZ_AIGC_CONTENT_PRODUCER, "a b", "ContentProducer: the byte 0x20 at 1 may not stand" },
        { JZ_AIGC_CONTENT_PRODUCER, "\xe4\xba\xba", "ContentProducer: the byte 0xe4 at 0" },
        { JZ_AIGC_PRODUCE_ID, NULL, "ProduceID: a label must have it" },
        { JZ_AIGC_PRODUCE_ID, "a\\b", "ProduceID: the byte 0x5c at 1" },
        { JZ_AIGC_RESERVED1, "a\x7f", "ReservedCode1: the byte 0x7f at 1" },
        { JZ_AIGC_PROPAGATOR, "\n", "ContentPropagator: the byte 0x0a at 0" },
        { JZ_AIGC_PROPAGATE_ID, "\t", "PropagateID: the byte 0x09 at 0" },
        { JZ_AIGC_RESERVED2, "\x01", "ReservedCode2: the byte 0x01 at 0" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        jz_aigc a = whole_label();
        JZ_BUF_AUTO out = { 0 };
        jz_err err = { 0 };
        a.field[bad[i].field] = (char *)(uintptr_t)bad[i].value;
        assert_int_equal(jz_aigc_write(&a, &out, &err), JZ_E_INVAL);
        if (strstr(err.frame[0], bad[i].says) == NULL)
            fail_msg("it says '%s', not '%s'", err.frame[0], bad[i].says);
        assert_int_equal(jz_aigc_write_yaml(&a, &out, NULL), JZ_E_INVAL);
        assert_int_equal(out.len, 0);
        assert_int_equal(jz_aigc_write_as_is(&a, &out, NULL), JZ_OK);
    }
}

static void test_aigc_every_allowed_character_is_written(void **state)
{
    (void)state;
    char all[0x7f - 0x21];
    size_t n = 0;
    for (char c = 0x21; c < 0x7f; c++) {
        if (c != '\\')
            all[n++] = c;
    }
    all[n] = '\0';
    jz_aigc a = whole_label();
    JZ_BUF_AUTO out = { 0 };
    JZ_AIGC_AUTO back = { 0 };
    a.field[JZ_AIGC_PRODUCE_ID] = all;
    assert_int_equal(jz_aigc_write(&a, &out, NULL), JZ_OK);
    parse(bytes_of(&out), &back);
    assert_string_equal(back.field[JZ_AIGC_PRODUCE_ID], all);
}

static void test_aigc_a_missing_value_equals_an_empty_one(void **state)
{
    (void)state;
    jz_aigc a = whole_label();
    jz_aigc b = whole_label();
    b.field[JZ_AIGC_RESERVED2] = NULL;
    assert_true(jz_aigc_equal(&a, &b));
    b.field[JZ_AIGC_RESERVED1] = NULL;
    assert_false(jz_aigc_equal(&a, &b));
}

/* ---- rules ---- */

static const jz_check *check_of(const jz_check *all, const char *id)
{
    for (size_t i = 0; i < jz_aigc_check_count(); i++) {
        if (strcmp(all[i].id, id) == 0)
            return &all[i];
    }
    fail_msg("no check %s", id);
    return NULL;
}

/* Every check, with a text that keeps it and one that does not; what the message says of each. */
static const struct rule_case {
    const char *id;
    const char *text;
    bool ok;
    const char *says;
} rule_cases[] = {
    { "gb45438.required.label", "{" SEVEN "}", true, "is there" },
    { "gb45438.required.label", "{\"ContentProducer\":\"p\"}", false, "is missing" },
    { "gb45438.required.label", "{\"Label\":\"\",\"ContentProducer\":\"p\"}", false, "is empty" },
    { "gb45438.required.producer", "{" SEVEN "}", true, "is there" },
    { "gb45438.required.producer", "{\"Label\":\"1\"}", false, "is missing" },
    { "gb45438.required.producer",
      "{\"Label\":\"3\",\"ContentPropagator\":\"p\",\"PropagateID\":\"i\"}", true, "a platform's" },
    { "gb45438.required.producer",
      "{\"Label\":\"1\",\"ContentPropagator\":\"p\",\"PropagateID\":\"i\"}", false, "is missing" },
    { "gb45438.required.produce-id", "{" SEVEN "}", true, "is there" },
    { "gb45438.required.produce-id", "{\"Label\":\"1\",\"ProduceID\":\"\"}", false, "is empty" },
    { "gb45438.required.produce-id",
      "{\"Label\":\"2\",\"ContentProducer\":\"p\",\"ContentPropagator\":\"p\",\"PropagateID\":"
      "\"i\"}",
      false, "is missing" },
    { "gb45438.label-value", "{\"Label\":\"1\"}", true, "属于" },
    { "gb45438.label-value", "{\"Label\":\"2\"}", true, "可能" },
    { "gb45438.label-value", "{\"Label\":\"3\"}", true, "疑似" },
    { "gb45438.label-value", "{\"ProduceID\":\"i\"}", true, "no Label" },
    { "gb45438.label-value", "{\"Label\":\"AIGC\"}", false, "'AIGC'" },
    { "gb45438.charset", "{" SEVEN "}", true, "all values" },
    { "gb45438.charset", "{\"Label\":\"1\",\"ReservedCode1\":\"\\\"\"}", true, "all values" },
    { "gb45438.charset", "{\"Label\":\"1\",\"ProduceID\":\"a b\"}", false, "0x20" },
    { "gb45438.charset", "{\"Label\":\"1\",\"ReservedCode2\":\"\\\\\"}", false, "0x5c" },
    { "gb45438.charset", "{\"Label\":\"1\",\"ContentProducer\":\"人\"}", false, "0xe4" },
    { "gb45438.key-names", "{" SEVEN "}", true, "its own name" },
    { "gb45438.key-names", "{\"Label\":\"1\",\"more\":\"x\"}", true, "other keys" },
    { "gb45438.key-names", "{\"Label\":\"1\",\"ReserveCode1\":\"\"}", false, "another name" },
    { "gb45438.key-names", "{\"AIGC\":{\"ContentId\":\"9\"}}", false, "older form" },
    { "gb45438.key-once", "{" SEVEN "}", true, "once" },
    { "gb45438.key-once", "{\"Label\":\"1\",\"Label\":\"1\"}", false, "more than once" },
    { "gb45438.strings", "{" SEVEN "}", true, "strings" },
    { "gb45438.strings", "AIGC:\n  Label: 1\n", false, "not a string" },
    { "gb45438.text", "{" SEVEN "}", true, "nothing else" },
    { "gb45438.text", "{\"AIGC\":{" SEVEN "}}", true, "nothing else" },
    { "gb45438.text", "{\"Label\":\"1\"}x", false, "around" },
    { "gb45438.text", "\"{\\\"Label\\\":\\\"1\\\"}\"", false, "string in a string" },
    { "gb45438.propagation", "{" SEVEN "}", true, "no propagation provider" },
    { "gb45438.propagation",
      "{\"Label\":\"1\",\"ContentProducer\":\"p\",\"ProduceID\":\"i\",\"ContentPropagator\":\"p\","
      "\"PropagateID\":\"i\"}",
      true, "is the producer" },
    { "gb45438.propagation", "{\"Label\":\"1\",\"ContentPropagator\":\"p\",\"PropagateID\":\"i\"}",
      true, "another than" },
    { "gb45438.propagation", "{\"Label\":\"1\",\"ContentPropagator\":\"p\"}", false, "without" },
    { "gb45438.propagation", "{\"Label\":\"1\",\"PropagateID\":\"i\"}", false, "without" },
    { "tc260.producer-code.format", "{" SEVEN "}", true, "27 characters" },
    { "tc260.producer-code.format", "{\"Label\":\"1\",\"ContentProducer\":\"doubao\"}", true,
      "a name" },
    { "tc260.producer-code.format",
      "{\"Label\":\"1\",\"ContentProducer\":\"001191330101MA27WPYJ18xliu\"}", false, "27" },
    { "tc260.producer-code.check-digit", "{" SEVEN "}", true, "is right" },
    { "tc260.producer-code.check-digit",
      "{\"Label\":\"1\",\"ContentProducer\":\"001191110102MACQD9K65010000\"}", false, "wrong" },
    { "tc260.producer-code.check-digit",
      "{\"Label\":\"1\",\"ContentProducer\":\"001191330101MA27WPYJ18xliu\"}", true,
      "cannot be judged" },
    { "tc260.producer-code.service",
      "{\"Label\":\"1\",\"ContentProducer\":\"001191110102MACQD9K64010000\"}", true, "generation" },
    { "tc260.producer-code.service",
      "{\"Label\":\"1\",\"ContentProducer\":\"001191110102MACQD9K64020000\"}", false,
      "propagation" },
    { "tc260.propagator-code.format", "{" SEVEN "}", true, "not there" },
    { "tc260.propagator-code.format",
      "{\"Label\":\"1\",\"ContentPropagator\":\"1565201000000016BDWXYY0400000000\"}", false, "27" },
    { "tc260.propagator-code.check-digit", "{\"Label\":\"1\",\"ContentPropagator\":\"" CODE "\"}",
      true, "is right" },
    { "tc260.propagator-code.check-digit",
      "{\"Label\":\"1\",\"ContentPropagator\":\"001191110102MACQD9K60010000\"}", false, "wrong" },
    { "tc260.propagator-code.service",
      "{\"Label\":\"1\",\"ContentPropagator\":\"001191110102MACQD9K64010000\"}", true,
      "generation" },
};

static void test_aigc_rules_are_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(rule_cases); i++) {
        const struct rule_case *r = &rule_cases[i];
        JZ_AIGC_AUTO a = { 0 };
        jz_check all[JZ_LABEL_CHECKS];
        parse(text_of(r->text), &a);
        jz_aigc_check(&a, all);
        const jz_check *c = check_of(all, r->id);
        if (c->ok != r->ok || strstr(c->message, r->says) == NULL)
            fail_msg("%s of %s: %s: %s", r->id, r->text, c->ok ? "kept" : "not kept", c->message);
    }
}

/* Platforms may use codes of either service, so this rule only tells. */
static bool is_never_broken(const char *id)
{
    return strcmp(id, "tc260.propagator-code.service") == 0;
}

static void test_aigc_every_rule_has_a_case_of_either_kind(void **state)
{
    (void)state;
    const jz_aigc a = whole_label();
    jz_check all[JZ_LABEL_CHECKS];
    assert_true(jz_aigc_check_count() + 2 <= JZ_LABEL_CHECKS);
    jz_aigc_check(&a, all);
    for (size_t i = 0; i < jz_aigc_check_count(); i++) {
        bool kept = false, broken = is_never_broken(all[i].id);
        for (size_t k = 0; k < JZ_ARRAY_LEN(rule_cases); k++) {
            if (strcmp(rule_cases[k].id, all[i].id) != 0)
                continue;
            kept = kept || rule_cases[k].ok;
            broken = broken || !rule_cases[k].ok;
        }
        if (!kept || !broken)
            fail_msg("%s is not tested %s", all[i].id, kept ? "broken" : "kept");
    }
}

static void test_aigc_messages_take_no_control_characters_from_a_label(void **state)
{
    (void)state;
    JZ_AIGC_AUTO a = { 0 };
    jz_check all[JZ_LABEL_CHECKS];
    parse(text_of("{\"Label\":\"\\u001b[31m\\n\",\"ContentProducer\":\"p\"}"), &a);
    jz_aigc_check(&a, all);
    const char *message = check_of(all, "gb45438.label-value")->message;
    assert_null(strchr(message, '\x1b'));
    assert_null(strchr(message, '\n'));
}

/* ---- provider codes ---- */

static void test_provider_codes_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        const char *fault; /* the beginning; NULL = none */
    } codes[] = {
        { CODE, NULL },
        { "001191310104MACE0YX63918020", NULL },
        { "001191110102MACQD9K64000000", NULL }, /* no service told */
        { "001191110102MACQD9K64000001", "a code's 23rd" },
        { "001191330101MA27WPYJ18xliu", "a code has 27" },
        { "", "a code has 27" },
        { CODE "0", "a code has 27" },
        { "001191110102MACQD9K6401000a", "a code consists" },
        { "001191110102MACQD9K64 10000", "a code consists" },
        { "011191110102MACQD9K64010000", "a code begins" },
        { "001191110102MACQD9K65010000", "the credit code's" },
        { "001191110102MACQD9K64030000", "a code's 23rd" },
        { "001191110102MACQD9I64010000", "a credit code has none" },
        { "002X91110102MACQD9I64010000", NULL }, /* no organisation: no credit code to judge */
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(codes); i++) {
        const char *fault = jz_provider_code_fault(codes[i].code);
        const char *want = codes[i].fault;
        if ((fault == NULL) != (want == NULL) ||
            (want != NULL && strncmp(fault, want, strlen(want)) != 0))
            fail_msg("%s: %s", codes[i].code, fault != NULL ? fault : "no fault");
    }
}

/* The check character catches every single wrong character. */
static void test_provider_check_character_catches_each_change(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    for (size_t at = 4; at < 22; at++) {
        for (const char *c = alphabet; *c != '\0'; c++) {
            char code[] = CODE;
            const bool same = code[at] == *c;
            code[at] = *c;
            assert_true((jz_provider_check_fault(code) == NULL) == same);
        }
    }
}

static void test_provider_names_are_no_codes(void **state)
{
    (void)state;
    static const char *const names[] = { "doubao", "picwish", "Minimax Agent AI", "", "123456789" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++)
        assert_false(jz_provider_is_code(names[i]));
    assert_true(jz_provider_is_code(CODE));
    assert_true(jz_provider_is_code("1565201000000016BDWXYY0400000000"));
    assert_true(jz_provider_is_code("001191330101MA27WPYJ18xliu"));
}

/* ---- memory ---- */

static jz_status read_copy_and_write(const char *text)
{
    JZ_AIGC_AUTO a = { 0 };
    JZ_AIGC_AUTO copy = { 0 };
    JZ_BUF_AUTO json = { 0 };
    JZ_BUF_AUTO yaml = { 0 };
    JZ_TRY(jz_aigc_parse(text_of(text), &a, NULL));
    JZ_TRY(jz_aigc_copy(&a, &copy, NULL));
    JZ_TRY(jz_aigc_write_as_is(&copy, &json, NULL));
    return jz_aigc_write_yaml_as_is(&copy, &yaml, NULL);
}

static void test_aigc_each_allocation_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(variants); i++) {
        for (unsigned n = 0;; n++) {
            jz_fault_arm(n);
            const jz_status st = read_copy_and_write(variants[i].text);
            if (!jz_fault_fired()) {
                assert_int_equal(st, JZ_OK);
                assert_true(n > 0);
                break;
            }
            if (st != JZ_E_NOMEM)
                fail_msg("%s: allocation %u: %s", variants[i].what, n, jz_status_name(st));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aigc_variants_are_read),
        cmocka_unit_test(test_aigc_nul_bytes_behind_a_label_do_not_count),
        cmocka_unit_test(test_aigc_what_is_no_label_is_not_one),
        cmocka_unit_test(test_aigc_what_begins_as_a_label_and_cannot_be_read_is_corrupt),
        cmocka_unit_test(test_aigc_strings_in_strings_have_a_limit),
        cmocka_unit_test(test_aigc_size_has_a_limit),
        cmocka_unit_test(test_aigc_hostile_texts_take_little_time),
        cmocka_unit_test(test_aigc_is_written_in_one_way),
        cmocka_unit_test(test_aigc_what_was_written_reads_back_equal),
        cmocka_unit_test(test_aigc_what_was_read_is_passed_on_as_it_is),
        cmocka_unit_test(test_aigc_strict_writing_refuses_what_the_rules_forbid),
        cmocka_unit_test(test_aigc_every_allowed_character_is_written),
        cmocka_unit_test(test_aigc_a_missing_value_equals_an_empty_one),
        cmocka_unit_test(test_aigc_rules_are_judged),
        cmocka_unit_test(test_aigc_every_rule_has_a_case_of_either_kind),
        cmocka_unit_test(test_aigc_messages_take_no_control_characters_from_a_label),
        cmocka_unit_test(test_provider_codes_are_judged),
        cmocka_unit_test(test_provider_check_character_catches_each_change),
        cmocka_unit_test(test_provider_names_are_no_codes),
        cmocka_unit_test(test_aigc_each_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
