/* SPDX-License-Identifier: Apache-2.0 */
/* A rule set from its text: let, list and rule, each name once and before it is used. */
#include "govern/rule_set.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const jz_rule_modes[] = { "draft", "shadow", "live", NULL };
const char *const jz_rule_severities[] = { "critical", "high", "medium", "low", NULL };

const char *jz_rule_keep(jz_rules *r, jz_bytes text)
{
    void *grown = jz_grow(r->text, r->texts, &r->texts_size, sizeof *r->text);
    if (grown == NULL)
        return NULL;
    r->text = grown;
    char *kept = jz_strndup((const char *)text.ptr, text.len);
    if (kept != NULL)
        r->text[r->texts++] = kept;
    return kept;
}

void jz_rule_warn(jz_rule_parser *p, unsigned line, unsigned column, const char *fmt, ...)
{
    va_list ap;
    if (p->r->warnings == JZ_RULE_WARNINGS)
        return;
    char *out = p->r->warning[p->r->warnings++];
    const int n = snprintf(out, JZ_ERR_TEXT, "%s:%u:%u: ", p->lex.file, line, column);
    if (n < 0 || n >= JZ_ERR_TEXT)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(out + n, JZ_ERR_TEXT - (size_t)n, fmt, ap); /* cut where it is too long */
    va_end(ap);
}

/* ---- names ---- */

static bool same(const char *name, jz_bytes text)
{
    return strlen(name) == text.len && memcmp(name, text.ptr, text.len) == 0;
}

static bool is_taken(const jz_rules *r, jz_bytes name)
{
    static const char *const reserved[] = { "true",    "false",  "has",  "known",  "in",
                                            "ruleset", "let",    "list", "rule",   "when",
                                            "unless",  "then",   "mode", "policy", "severity",
                                            "live",    "shadow", "draft" };
    size_t row = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(reserved); i++)
        if (same(reserved[i], name))
            return true;
    for (size_t i = 0; i < r->lets; i++)
        if (same(r->let[i].name, name))
            return true;
    for (size_t i = 0; i < r->lists; i++)
        if (same(r->list[i].name, name))
            return true;
    for (size_t i = 0; i < r->rules; i++)
        if (same(r->rule[i].name, name))
            return true;
    return jz_rule_input_find(name) != JZ_RULE_NO_INPUT || jz_rule_fn_find(name, &row) != NULL;
}

jz_status jz_rule_new_name(jz_rule_parser *p, const char **out, jz_err *err)
{
    const jz_bytes name = p->lex.token.text;
    if (p->lex.token.kind != JZ_TOKEN_NAME || memchr(name.ptr, '.', name.len) != NULL ||
        name.len >= JZ_RULE_NAME)
        return jz_rule_expected(&p->lex, "a name of at most 63 letters, digits and '_'", err);
    if (is_taken(p->r, name))
        return jz_rule_expected(&p->lex, "a name that is not taken", err);
    *out = jz_rule_keep(p->r, name);
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    return jz_rule_next(&p->lex, err);
}

static jz_status parse_text(jz_rule_parser *p, const char *what, const char **out, jz_err *err)
{
    if (p->lex.token.kind != JZ_TOKEN_TEXT || p->lex.token.text.len == 0 ||
        p->lex.token.text.len > JZ_GOVERN_NAME_MAX)
        return jz_rule_expected(&p->lex, what, err);
    *out = jz_rule_keep(p->r, p->lex.token.text);
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    return jz_rule_next(&p->lex, err);
}

/* Takes one of some words; *out is its place. */
static jz_status parse_word(jz_rule_parser *p, const char *const *words, const char *what,
                            size_t *out, jz_err *err)
{
    for (size_t i = 0; words[i] != NULL; i++)
        if (jz_rule_is(&p->lex, JZ_TOKEN_NAME, words[i])) {
            *out = i;
            return jz_rule_next(&p->lex, err);
        }
    return jz_rule_expected(&p->lex, what, err);
}

jz_status jz_rule_parse_type(jz_rule_parser *p, jz_rule_type *out, jz_err *err)
{
    static const char *const words[] = { "bool", "int", "str", "time", "span", "list", NULL };
    size_t i = 0;
    JZ_TRY(parse_word(p, words, "a type (bool, int, str, time, span, list<str>)", &i, err));
    *out = (jz_rule_type)i;
    if (*out != JZ_RULE_LIST)
        return JZ_OK;
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "<", err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_NAME, "str", err));
    return jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ">", err);
}

/* ---- let ---- */

static jz_status parse_let(jz_rule_parser *p, jz_err *err)
{
    jz_rules *r = p->r;
    jz_rule_let made = { .line = p->lex.token.line, .column = p->lex.token.column };
    if (r->lets == JZ_RULE_LETS)
        return jz_rule_wrong(&p->lex, &p->lex.token, err, "expected at most %d lets", JZ_RULE_LETS);
    JZ_TRY(jz_rule_new_name(p, &made.name, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ":", err));
    JZ_TRY(jz_rule_parse_type(p, &made.type, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "=", err));
    JZ_TRY(jz_rule_parse_expr(p, made.type, &made.code, &made.words, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ";", err));
    void *grown = jz_grow(r->let, r->lets, &r->lets_size, sizeof *r->let);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->let = grown;
    r->let[r->lets++] = made;
    return JZ_OK;
}

/* ---- rule ---- */

static jz_status parse_conditions(jz_rule_parser *p, jz_rule *rule, jz_err *err)
{
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_NAME, "when", err));
    JZ_TRY(jz_rule_parse_expr(p, JZ_RULE_BOOL, &rule->when, NULL, err));
    if (jz_rule_is(&p->lex, JZ_TOKEN_NAME, "unless")) {
        JZ_TRY(jz_rule_next(&p->lex, err));
        JZ_TRY(jz_rule_parse_expr(p, JZ_RULE_BOOL, &rule->unless, NULL, err));
    }
    return jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ";", err);
}

static jz_status parse_tail(jz_rule_parser *p, jz_rule *rule, jz_err *err)
{
    size_t i = 0;
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_NAME, "policy", err));
    JZ_TRY(parse_text(p, "the policy's clause as a text", &rule->policy, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ";", err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_NAME, "severity", err));
    JZ_TRY(parse_word(p, jz_rule_severities, "a severity (critical, high, medium, low)", &i, err));
    rule->severity = jz_rule_severities[i];
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ";", err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_NAME, "mode", err));
    JZ_TRY(parse_word(p, jz_rule_modes, "a mode (live, shadow, draft)", &i, err));
    rule->mode = (jz_rule_mode)i;
    return jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ";", err);
}

static jz_status parse_rule(jz_rule_parser *p, jz_err *err)
{
    jz_rules *r = p->r;
    jz_rule made = { .title = "" };
    if (r->rules == JZ_RULES_MAX)
        return jz_rule_wrong(&p->lex, &p->lex.token, err, "expected at most %d rules",
                             JZ_RULES_MAX);
    JZ_TRY(jz_rule_new_name(p, &made.name, err));
    if (p->lex.token.kind == JZ_TOKEN_TEXT)
        JZ_TRY(parse_text(p, "a title", &made.title, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "{", err));
    JZ_TRY(parse_conditions(p, &made, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_NAME, "then", err));
    JZ_TRY(jz_rule_parse_effects(p, &made, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, ";", err));
    JZ_TRY(parse_tail(p, &made, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "}", err));
    void *grown = jz_grow(r->rule, r->rules, &r->rules_size, sizeof *r->rule);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->rule = grown;
    r->rule[r->rules++] = made;
    return JZ_OK;
}

/* ---- the set ---- */

static jz_status parse_body(jz_rule_parser *p, jz_err *err)
{
    static const char *const words[] = { "let", "list", "rule", NULL };
    static jz_status (*const parsers[])(
        jz_rule_parser * p, jz_err * err) = { parse_let, jz_rule_parse_list, parse_rule };
    while (!jz_rule_is(&p->lex, JZ_TOKEN_SIGN, "}")) {
        size_t i = 0;
        JZ_TRY(parse_word(p, words, "let, list, rule or '}'", &i, err));
        JZ_TRY(parsers[i](p, err));
    }
    JZ_TRY(jz_rule_next(&p->lex, err));
    if (p->lex.token.kind != JZ_TOKEN_END)
        return jz_rule_expected(&p->lex, "the end", err);
    if (p->r->rules == 0)
        return jz_rule_expected(&p->lex, "at least one rule before", err);
    return JZ_OK;
}

static void warn_unused(jz_rule_parser *p)
{
    for (size_t i = 0; i < p->r->lets; i++)
        if (!p->r->let[i].used)
            jz_rule_warn(p, p->r->let[i].line, p->r->let[i].column, "'%s' is not used",
                         p->r->let[i].name);
    for (size_t i = 0; i < p->r->lists; i++)
        if (!p->r->list[i].used)
            jz_rule_warn(p, p->r->list[i].line, p->r->list[i].column, "'%s' is not used",
                         p->r->list[i].name);
}

static jz_status parse_set(jz_rule_parser *p, jz_bytes text, const char *name, jz_err *err)
{
    JZ_TRY(jz_rule_lex(&p->lex, name, text, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_NAME, "ruleset", err));
    JZ_TRY(parse_text(p, "the set's name as a text", &p->r->name, err));
    JZ_TRY(jz_rule_want(&p->lex, JZ_TOKEN_SIGN, "{", err));
    JZ_TRY(parse_body(p, err));
    warn_unused(p);
    return JZ_OK;
}

jz_status jz_rules_compile(const char *name, jz_bytes text, const jz_rules_file *files, size_t n,
                           jz_rules **out, jz_err *err)
{
    if (text.len > JZ_RULES_SOURCE_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: %zu bytes, the limit is %zu", name, text.len,
                       JZ_RULES_SOURCE_MAX);
    if (!jz_utf8_valid((const char *)text.ptr, text.len) ||
        (text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: expected UTF-8 text", name);
    jz_auto(jz_rules) *r = jz_alloc_zero(1, sizeof *r);
    if (r == NULL || (r->source = jz_strndup((const char *)text.ptr, text.len)) == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    r->source_len = text.len;
    jz_rule_parser p = { .r = r, .file = files, .files = n };
    JZ_TRY(parse_set(&p, text, name, err));
    jz_rules_hash(r);
    *out = JZ_TAKE(r);
    return JZ_OK;
}
