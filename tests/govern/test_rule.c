/* SPDX-License-Identifier: Apache-2.0 */
/* The language: what it refuses and where, Kleene's logic, what functions give, decisions. */
#include <jz/rules.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "govern/rule_set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static jz_bytes bytes_of(const char *text)
{
    return (jz_bytes){ (const uint8_t *)text, strlen(text) };
}

static const char words_text[] = "# words\nAlpha\n换脸\n\r\n";

static jz_status compile(const char *text, jz_rules **out, jz_err *err)
{
    const jz_rules_file file = { "w", bytes_of(words_text) };
    return jz_rules_compile("t", bytes_of(text), &file, 1, out, err);
}

#define TAIL "then warn(account); policy \"1\"; severity low; mode live; } }"
#define RULE(when) "ruleset \"s\" {\nlist w = @w;\nrule r { when " when "; " TAIL

/* ---- what is refused, and where ---- */

static const struct {
    const char *text, *message;
} refused[] = {
    { "", "t:1:1: expected 'ruleset', found the end" },
    { "ruleset s {", "t:1:9: expected the set's name as a text, found 's'" },
    { "ruleset \"s\" {", "t:1:14: expected let, list, rule or '}', found the end" },
    { "ruleset \"s\" { }", "t:1:16: expected at least one rule before, found the end" },
    { RULE("op == \"upload\"") " x", "t:3:92: expected the end, found 'x'" },
    { RULE("op = \"upload\""), "t:3:18: expected '==' to compare, found '='" },
    { RULE("op == \"uplaod\""),
      "t:3:21: expected one of upload, share, message, profile, face_swap, face_reenact, "
      "talking_head, avatar, voice_clone, attribute_edit" },
    { RULE("item.label in [\"none\", \"no\"]"),
      "t:3:29: expected one of confirmed, possible, suspected, none" },
    { RULE("bank_verdict(\"b\") != \"good\""), "t:3:36: expected one of seed, confirmed" },
    { RULE("item.qualty >= 1"), "t:3:15: expected a name that is known here, found 'item.qualty'" },
    { RULE("item.quality"), "t:3:15: expected bool, found int" },
    { RULE("item.quality >= \"5\""), "t:3:31: expected int, found str" },
    { RULE("text < \"a\""), "t:3:15: str cannot be compared this way" },
    { RULE("w == w"), "t:3:15: list<str> cannot be compared this way" },
    { RULE("at + at == at"), "t:3:15: there is no time + time" },
    { RULE("!item.quality"), "t:3:16: expected bool, found int" },
    { RULE("-text == text"), "t:3:16: expected int or span behind '-', found str" },
    { RULE("has(x)"), "t:3:19: expected the name of an input, found 'x'" },
    { RULE("bank_hit(\"b\")"), "t:3:27: expected ',', found ')'" },
    { RULE("bank_hit(\"b\", 257)"), "t:3:29: expected a distance from 0 to 256 bits" },
    { RULE("bank_hit(\"b\", item.quality)"),
      "t:3:29: expected argument 2 of bank_hit() to be written out" },
    { RULE("any_of(text, text)"),
      "t:3:28: expected list<str> as argument 2 of any_of(), found str" },
    { RULE("nothing(1)"), "t:3:15: expected a function, found 'nothing'" },
    { RULE("glob(text, \"\")"), "t:3:26: expected a pattern of 1 to 256 bytes with at most 8 '*'" },
    { RULE("1234567890123456 == 1"), "t:3:15: expected a whole number of at most 15 digits" },
    { RULE("text == \"\\n\""), "t:3:24: expected UTF-8 without control characters and '\\' in a "
                               "text" },
    { RULE("text == \"换脸\n\""), "t:3:23: expected '\"' at the end of this text" },
    { RULE("text == \"换脸\" ? true"), "t:3:28: expected a name, a number, a text or a sign" },
    { "ruleset \"s\" { list w = @../w; }",
      "t:1:24: expected a path below this file's folder, without '.' at the beginning of a name" },
    { "ruleset \"s\" { list w = @none; }", "t:1:24: there is no list 'none'" },
    { "ruleset \"s\" { let a: bool = true; let a: bool = true; }",
      "t:1:39: expected a name that is not taken, found 'a'" },
    { "ruleset \"s\" { let a: bool = b; let b: bool = true; }",
      "t:1:29: expected a name that is known here, found 'b'" },
    { "ruleset \"s\" { let a: bool = a; }",
      "t:1:29: expected a name that is known here, found 'a'" },
    { "ruleset \"s\" { let text: bool = true; }",
      "t:1:19: expected a name that is not taken, found 'text'" },
    { "ruleset \"s\" { let a: float = 1; }",
      "t:1:22: expected a type (bool, int, str, time, span, list<str>), found 'float'" },
    { "ruleset \"s\" { rule r { when true; then terminate(account); ",
      "t:1:40: terminate() is never automatic: a person decides that; use queue()" },
    { "ruleset \"s\" { rule r { when true; then report_authority(item); ",
      "t:1:40: report_authority() is never automatic: a person decides that; use queue()" },
    { "ruleset \"s\" { rule r { when true; then remove(item), seal(item); ",
      "t:1:40: expected seal(item) before remove(item)" },
    { "ruleset \"s\" { rule r { when true; then seal(group), remove(item); ",
      "t:1:53: expected seal(item) before remove(item)" },
    { "ruleset \"s\" { rule r { when true; then explode(item); ",
      "t:1:40: expected an effect, found 'explode'" },
    { "ruleset \"s\" { rule r { when true; then queue(\"q\", 10); ",
      "t:1:51: expected a priority from 0 to 9, found '10'" },
    { "ruleset \"s\" { rule r { when true; then suspend(account, 90); ",
      "t:1:57: expected a span (P90D, PT48H), found '90'" },
    { "ruleset \"s\" { rule r { when true; then warn(me); ",
      "t:1:45: expected a target (item, account, group, request, model), found 'me'" },
    { "ruleset \"s\" { rule r { when true; then warn(item); severity low; ",
      "t:1:52: expected 'policy', found 'severity'" },
    { "ruleset \"s\" { rule r { when true; then warn(item); policy \"1\"; severity bad; ",
      "t:1:73: expected a severity (critical, high, medium, low), found 'bad'" },
};

static void test_rules_refuse_what_is_wrong_with_its_place(void **state)
{
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(refused); i++) {
        jz_rules *r = NULL;
        jz_err err = { 0 };
        char text[512];
        assert_int_not_equal(compile(refused[i].text, &r, &err), JZ_OK);
        assert_null(r);
        (void)jz_err_text(&err, text, sizeof text);
        if (strcmp(text, refused[i].message) != 0) {
            print_message("%s\n", text);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void repeat(jz_buf *out, const char *text, size_t n)
{
    while (n-- > 0)
        jz_buf_puts(out, text);
}

static void test_rules_refuse_what_is_too_much(void **state)
{
    (void)state;
    static const struct {
        const char *head, *each, *tail;
        size_t n;
        const char *message;
    } rows[] = {
        { "ruleset \"s\" { rule r { when ", "(", "", 33, "less than 32 levels of nesting" },
        { "ruleset \"s\" { rule r { when ", "!", "", 33, "less than 32 levels of nesting" },
        { "ruleset \"s\" { list w = @w; rule r { when ", "any_of(text, w) || ", "true; ", 1100,
          "more than 200000 steps" },
        { "ruleset \"s\" { rule r { when ", "true || ", "true; ", 4200,
          "more than 8192 operations" },
        { "ruleset \"s\" { rule r { when true; then ", "warn(item), ", "", 17,
          "at most 16 effects" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        jz_rules *r = NULL;
        jz_err err = { 0 };
        char text[512];
        JZ_BUF_AUTO source = { 0 };
        jz_buf_puts(&source, rows[i].head);
        repeat(&source, rows[i].each, rows[i].n);
        jz_buf_puts(&source, rows[i].tail);
        assert_int_not_equal(compile(source.ptr, &r, &err), JZ_OK);
        assert_non_null(strstr(jz_err_text(&err, text, sizeof text), rows[i].message));
    }
}

static void test_rules_warn_of_what_is_not_used(void **state)
{
    jz_rules *r = NULL;
    (void)state;
    assert_int_equal(compile("ruleset \"s\" { list w = @w; let a: bool = true;\nlet b: bool = a;\n"
                             "rule r { when true; " TAIL,
                             &r, NULL),
                     JZ_OK);
    assert_string_equal(jz_rules_warning(r, 0), "t:2:5: 'b' is not used");
    assert_string_equal(jz_rules_warning(r, 1), "t:1:20: 'w' is not used");
    assert_null(jz_rules_warning(r, 2));
    jz_rules_free(r);
}

/* ---- values ---- */

/* What an expression is: 't', 'f', 'u'. */
static char truth_of(const char *when, const char *inputs)
{
    JZ_BUF_AUTO source = { 0 };
    jz_rules *r = NULL;
    char *decision = NULL;
    jz_err err = { 0 };
    char text[512];
    jz_buf_puts(&source, "ruleset \"s\" { list w = @w; rule r { when ");
    jz_buf_puts(&source, when);
    jz_buf_puts(&source, "; " TAIL);
    if (compile(source.ptr, &r, &err) != JZ_OK ||
        jz_rules_eval(r, bytes_of(inputs), NULL, NULL, &decision, &err) != JZ_OK)
        fail_msg("%s: %s", when, jz_err_text(&err, text, sizeof text));
    assert_non_null(decision);
    const char *found = strstr(decision, "\"when\":\"");
    assert_non_null(found);
    const char c = found[strlen("\"when\":\"")];
    const char *fired = "\"fired\":[{\"policy\":\"1\",\"rule\":\"r\",\"severity\":\"low\"}]";
    assert_int_equal(strstr(decision, fired) != NULL, c == 't');
    assert_int_equal(strstr(decision, "\"unknown\":[\"r\"]") != NULL, c == 'u');
    jz_govern_free(decision);
    jz_rules_free(r);
    return c;
}

static void test_logic_is_kleenes(void **state)
{
    static const char *const names[] = { "true", "false", "(price == 0)" };
    static const char kinds[] = "tfu", and_row[] = "tfufffufu", or_row[] = "ttttfutuu";
    (void)state;
    for (size_t a = 0; a < 3; a++) {
        char text[64];
        (void)snprintf(text, sizeof text, "!%s", names[a]);
        assert_int_equal(truth_of(text, "{\"at\":1}"), "ftu"[a]);
        (void)snprintf(text, sizeof text, "known(%s)", names[a]);
        assert_int_equal(truth_of(text, "{\"at\":1}"), kinds[a] == 'u' ? 'f' : 't');
        for (size_t b = 0; b < 3; b++) {
            (void)snprintf(text, sizeof text, "%s && %s", names[a], names[b]);
            assert_int_equal(truth_of(text, "{\"at\":1}"), and_row[3 * a + b]);
            (void)snprintf(text, sizeof text, "%s || %s", names[a], names[b]);
            assert_int_equal(truth_of(text, "{\"at\":1}"), or_row[3 * a + b]);
        }
    }
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONE "0000000000000000000000000000000000000000000000000000000000000001"

static const struct {
    const char *when, *inputs;
    char wanted;
} values[] = {
    /* precedence, arithmetic, overflow */
    { "1 + 2 * 3 == 7 && 7 - 2 - 1 == 4 && -2 * 3 == -6", "{\"at\":1}", 't' },
    { "true || false && false", "{\"at\":1}", 't' },
    { "!(1 == 2) && !(2 < 2) && 2 <= 2 && 3 > 2 && 3 >= 3 && 1 != 2", "{\"at\":1}", 't' },
    { "999999999999999 * 999999999999999 > 0", "{\"at\":1}", 'u' },
    { "item.quality >= 50", "{\"at\":1,\"item\":{\"quality\":0}}", 'f' },
    { "item.quality >= 50", "{\"at\":1,\"item\":{\"quality\":null}}", 'u' },
    { "item.quality >= 50", "{\"at\":1}", 'u' },
    /* time */
    { "at - account.created < P7D", "{\"at\":700000,\"account\":{\"created\":100000}}", 't' },
    { "at - account.created < P1W - PT1S", "{\"at\":704799,\"account\":{\"created\":100000}}",
      'f' },
    { "account.created + PT48H <= at", "{\"at\":172801,\"account\":{\"created\":1}}", 't' },
    { "P1DT12H == PT36H && PT2H * 12 == P1D && PT60M == PT1H", "{\"at\":1}", 't' },
    /* presence */
    { "has(text)", "{\"at\":1,\"text\":\"\"}", 'f' },
    { "has(text)", "{\"at\":1,\"text\":\"x\"}", 't' },
    { "has(text) || has(account.labels)", "{\"at\":1,\"account\":{\"labels\":[]}}", 'f' },
    { "known(item.consent) && item.consent", "{\"at\":1,\"item\":{\"consent\":false}}", 'f' },
    { "known(item.consent) && item.consent", "{\"at\":1}", 'f' },
    /* lists and words */
    { "\"seller\" in account.labels", "{\"at\":1,\"account\":{\"labels\":[\"a\",\"seller\"]}}",
      't' },
    { "\"seller\" in account.labels", "{\"at\":1}", 'u' },
    { "op in [\"upload\", \"share\"]", "{\"at\":1,\"op\":\"share\"}", 't' },
    { "len(account.labels) == 2", "{\"at\":1,\"account\":{\"labels\":[\"a\",\"b\"]}}", 't' },
    { "any_of(text, w)", "{\"at\":1,\"text\":\"an ALPHA thing\"}", 't' },
    { "any_of(text, w)", "{\"at\":1,\"text\":\"教程：换脸\"}", 't' },
    { "any_of(text, w)", "{\"at\":1,\"text\":\"# words\"}", 'f' },
    { "any_of(text, w)", "{\"at\":1}", 'u' },
    { "count_of(text, w) == 2", "{\"at\":1,\"text\":\"alpha 换脸 alpha\"}", 't' },
    { "glob(text, \"a*c\")", "{\"at\":1,\"text\":\"abbc\"}", 't' },
    { "glob(text, \"a*c\")", "{\"at\":1,\"text\":\"abcb\"}", 'f' },
    { "glob(text, \"*b*c\")", "{\"at\":1,\"text\":\"abcbc\"}", 't' },
    { "glob(text, \"abc\")", "{\"at\":1,\"text\":\"abcd\"}", 'f' },
    { "glob(text, \"*\")", "{\"at\":1,\"text\":\"\"}", 't' },
    { "glob(text, \"a*a\")", "{\"at\":1,\"text\":\"a\"}", 'f' },
    /* banks: the nearest match decides */
    { "bank_hit(\"b\", 10)",
      "{\"at\":1,\"item\":{\"matches\":[{\"bank\":\"b\",\"distance\":11,\"exact\":false,"
      "\"status\":\"seed\"},{\"bank\":\"b\",\"distance\":10,\"exact\":false,\"status\":"
      "\"confirmed\"}]}}",
      't' },
    { "bank_verdict(\"b\") == \"confirmed\" && !bank_exact(\"b\")",
      "{\"at\":1,\"item\":{\"matches\":[{\"bank\":\"b\",\"distance\":11,\"exact\":false,"
      "\"status\":\"seed\"},{\"bank\":\"b\",\"distance\":10,\"exact\":false,\"status\":"
      "\"confirmed\"}]}}",
      't' },
    { "bank_hit(\"b\", 256)", "{\"at\":1,\"item\":{\"matches\":[]}}", 'f' },
    { "bank_verdict(\"b\") == \"seed\"", "{\"at\":1,\"item\":{\"matches\":[]}}", 'u' },
    { "bank_hit(\"b\", 256)", "{\"at\":1,\"item\":{}}", 'u' },
    { "pdq_dist(item.pdq, \"" ONE "\") == 1", "{\"at\":1,\"item\":{\"pdq\":\"" ZEROS "\"}}", 't' },
    { "pdq_dist(item.pdq, \"" ONE "\") == 1", "{\"at\":1,\"item\":{\"pdq\":\"00\"}}", 'u' },
    { "count(\"x\", 7) == 3",
      "{\"at\":1,\"counters\":[{\"name\":\"x\",\"days\":30,\"count\":9},{\"name\":\"x\",\"days\":7,"
      "\"count\":3}]}",
      't' },
    { "count(\"x\", 7) == 3", "{\"at\":1,\"counters\":[]}", 'u' },
};

static void test_expressions_give_what_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(values); i++) {
        const char is = truth_of(values[i].when, values[i].inputs);
        if (is != values[i].wanted)
            fail_msg("%s with %s is %c", values[i].when, values[i].inputs, is);
    }
}

static void test_inputs_refuse_what_is_none(void **state)
{
    static const char *const rows[] = {
        "",
        "{}",
        "{\"at\":1,\"at\":2}",
        "{\"at\":1,\"nothing\":2}",
        "{\"at\":-1}",
        "{\"at\":1.5}",
        "{\"at\":\"1\"}",
        "{\"at\":1,\"op\":\"fly\"}",
        "{\"at\":1,\"item\":{\"quality\":101}}",
        "{\"at\":1,\"text\":\"\\u0000\"}",
        "{\"at\":1} x",
        "{\"at\":1,\"item\":{\"matches\":[{\"bank\":\"b\"}]}}",
    };
    jz_rules *r = NULL;
    (void)state;
    assert_int_equal(compile(RULE("any_of(text, w)"), &r, NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(rows); i++) {
        char *decision = NULL;
        assert_int_not_equal(jz_rules_eval(r, bytes_of(rows[i]), NULL, NULL, &decision, NULL),
                             JZ_OK);
        assert_null(decision);
    }
    jz_rules_free(r);
}

/* ---- decisions ---- */

/* printf '{"at":1,"text":"alpha"}' | sha256sum */
#define INPUTS_SHA256 "a75d253fd1173484d87dc4a156183e149541756635e372a23653abe175a2cb36"

static const char two_rules[] =
    "ruleset \"s\" { list w = @w; let hit: bool = any_of(text, w); let q: int = item.quality;\n"
    "rule one { when hit unless known(item.consent) && item.consent;\n"
    "  then seal(item), remove(item), label(account, \"seller\", P90D); policy \"3.2\"; "
    "severity high; mode live; }\n"
    "rule two \"title\" { when hit; then queue(\"q\", 9); policy \"4\"; severity low; mode shadow; "
    "}\n"
    "rule three { when q > 1; then deny(\"E_X\"); policy \"4\"; severity low; mode live; }\n"
    "rule four { when true; then warn(item); policy \"4\"; severity low; mode draft; } }";

static jz_status collect(void *user, const jz_rules_effect *e, jz_err *err)
{
    jz_buf *out = user;
    (void)err;
    jz_buf_printf(out, "%s %s %s", e->rule, e->severity, e->verb);
    for (size_t i = 0; i < e->args; i++)
        jz_buf_printf(out, " %s", e->arg[i]);
    jz_buf_puts(out, "\n");
    return JZ_OK;
}

static void test_decision_is_the_canonical_text(void **state)
{
    jz_rules *r = NULL;
    char *decision = NULL, *again = NULL;
    JZ_BUF_AUTO effects = { 0 };
    jz_rules_info info;
    JZ_BUF_AUTO wanted = { 0 };
    (void)state;
    assert_int_equal(compile(two_rules, &r, NULL), JZ_OK);
    jz_rules_info_of(r, &info);
    assert_int_equal(jz_rules_eval(r, bytes_of("{\"text\":\"alpha\",\"at\":1}"), collect, &effects,
                                   &decision, NULL),
                     JZ_OK);
    assert_string_equal(effects.ptr, "one high seal item\none high remove item\n"
                                     "one high label account seller P90D\n");
    jz_buf_printf(
        &wanted,
        "{\"effects\":[{\"args\":[\"item\"],\"do\":\"seal\",\"rule\":\"one\"},{\"args\":[\"item\"],"
        "\"do\":\"remove\",\"rule\":\"one\"},{\"args\":[\"account\",\"seller\",\"P90D\"],\"do\":"
        "\"label\",\"rule\":\"one\"}],\"fired\":[{\"policy\":\"3.2\",\"rule\":\"one\",\"severity\":"
        "\"high\"}],\"inputs_sha256\":\"" INPUTS_SHA256 "\",\"ruleset\":\"s\",\"ruleset_sha256\":"
        "\"%s\",\"shadow\":[\"two\"],\"trace\":["
        "{\"mode\":\"live\",\"rule\":\"one\",\"unless\":\"false\",\"when\":\"true\"},{\"mode\":"
        "\"shadow\",\"rule\":\"two\",\"when\":\"true\"},{\"mode\":\"live\",\"rule\":\"three\","
        "\"when\":\"unknown\"}],\"unknown\":[\"three\"],\"values\":{\"hit\":true,\"q\":null}}",
        info.sha256);
    assert_string_equal(decision, wanted.ptr);
    /* Blanks, order and nulls of the inputs are not in it. */
    assert_int_equal(jz_rules_eval(r,
                                   bytes_of(" { \"at\" : 1 , \"text\" : \"al\\u0070ha\", \"op\" : "
                                            "null } "),
                                   NULL, NULL, &again, NULL),
                     JZ_OK);
    assert_string_equal(again, decision);
    jz_govern_free(decision);
    jz_govern_free(again);
    jz_rules_free(r);
}

static void test_hash_of_a_set_is_over_its_lists(void **state)
{
    const jz_rules_file other = { "w", bytes_of("Alpha\n") };
    jz_rules *a = NULL, *b = NULL;
    jz_rules_info x, y;
    (void)state;
    assert_int_equal(compile(two_rules, &a, NULL), JZ_OK);
    assert_int_equal(jz_rules_compile("other name", bytes_of(two_rules), &other, 1, &b, NULL),
                     JZ_OK);
    jz_rules_info_of(a, &x);
    jz_rules_info_of(b, &y);
    assert_string_not_equal(x.sha256, y.sha256);
    jz_rules_free(b);
    assert_int_equal(compile(two_rules, &b, NULL), JZ_OK);
    jz_rules_info_of(b, &y);
    assert_string_equal(x.sha256, y.sha256);
    assert_int_equal(x.rules, 4);
    jz_rules_free(a);
    jz_rules_free(b);
}

static void test_rules_survive_every_lack_of_memory(void **state)
{
    (void)state;
    for (unsigned n = 0;; n++) {
        jz_rules *r = NULL;
        char *decision = NULL;
        jz_fault_arm(n);
        jz_status st = compile(two_rules, &r, NULL);
        if (st == JZ_OK)
            st = jz_rules_eval(r, bytes_of("{\"text\":\"alpha\",\"at\":1}"), NULL, NULL, &decision,
                               NULL);
        const bool fired = jz_fault_fired();
        jz_govern_free(decision);
        jz_rules_free(r);
        if (!fired) {
            assert_int_equal(st, JZ_OK);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

/* ---- the sets that are installed ---- */

static void tell(void *user, uint64_t line, const char *name, const char *what)
{
    (void)user;
    print_message("%u: %s: %s\n", (unsigned)line, name, what);
}

static void test_shipped_rules_pass_their_cases(void **state)
{
    char path[512], cases[512];
    jz_rules *r = NULL;
    jz_rules_tests n;
    JZ_BUF_AUTO text = { 0 };
    const char *source = getenv("JZ_SOURCE");
    (void)state;
    assert_non_null(source);
    (void)snprintf(path, sizeof path, "%s/rules/china-face-swap.jzr", source);
    (void)snprintf(cases, sizeof cases, "%s/rules/china-face-swap.cases", source);
    assert_int_equal(jz_rules_load(path, &r, NULL), JZ_OK);
    assert_null(jz_rules_warning(r, 0));
    FILE *f = fopen(cases, "re");
    assert_non_null(f);
    for (int c = fgetc(f); c != EOF; c = fgetc(f))
        jz_buf_putc(&text, (char)c);
    (void)fclose(f);
    assert_int_equal(
        jz_rules_test(r, (jz_bytes){ (const uint8_t *)text.ptr, text.len }, tell, NULL, &n, NULL),
        JZ_OK);
    assert_int_equal(n.failed, 0);
    assert_true(n.cases >= 20);
    jz_rules_free(r);
}

static void test_cases_tell_what_is_wrong(void **state)
{
    static const char cases[] =
        "{\"name\":\"right\",\"inputs\":{\"at\":1,\"text\":\"alpha\"},\"fired\":[\"r\"]}\n# no\n\n"
        "{\"name\":\"missing\",\"inputs\":{\"at\":1,\"text\":\"b\"},\"fired\":[\"r\"]}\n"
        "{\"name\":\"extra\",\"inputs\":{\"at\":1,\"text\":\"alpha\"}}\n"
        "{\"name\":\"no rule\",\"inputs\":{\"at\":1,\"text\":\"b\"},\"fired\":[\"q\"]}\n"
        "{\"name\":\"unknown\",\"inputs\":{\"at\":1}}\n";
    jz_rules *r = NULL;
    jz_rules_tests n;
    jz_err err = { 0 };
    (void)state;
    assert_int_equal(compile(RULE("any_of(text, w)"), &r, NULL), JZ_OK);
    assert_int_equal(jz_rules_test(r, bytes_of(cases), NULL, NULL, &n, NULL), JZ_OK);
    assert_int_equal(n.cases, 5);
    assert_int_equal(n.failed, 4);
    assert_int_equal(jz_rules_test(r, bytes_of("{\"name\":\"x\"}\n"), NULL, NULL, &n, &err),
                     JZ_E_CORRUPT);
    assert_string_equal(err.frame[err.depth - 1], "line 1");
    jz_rules_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_refuse_what_is_wrong_with_its_place),
        cmocka_unit_test(test_rules_refuse_what_is_too_much),
        cmocka_unit_test(test_rules_warn_of_what_is_not_used),
        cmocka_unit_test(test_logic_is_kleenes),
        cmocka_unit_test(test_expressions_give_what_they_say),
        cmocka_unit_test(test_inputs_refuse_what_is_none),
        cmocka_unit_test(test_decision_is_the_canonical_text),
        cmocka_unit_test(test_hash_of_a_set_is_over_its_lists),
        cmocka_unit_test(test_rules_survive_every_lack_of_memory),
        cmocka_unit_test(test_shipped_rules_pass_their_cases),
        cmocka_unit_test(test_cases_tell_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
