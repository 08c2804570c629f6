/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/rule_lex.h"

#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DIGITS 15 /* of a number: below 10^15, so that no sum of a few of them overflows */
#define SHOWN 40  /* bytes of a token in a message */

/* ---- messages ---- */

static jz_status fail_at(const jz_rule_lexer *l, unsigned line, unsigned column, jz_err *err,
                         const char *what)
{
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s:%u:%u: %s", l->file, line, column, what);
}

jz_status jz_rule_wrong(const jz_rule_lexer *l, const jz_rule_token *at, jz_err *err,
                        const char *fmt, ...)
{
    char text[JZ_ERR_TEXT];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap); /* cut where it is too long for a message */
    va_end(ap);
    return fail_at(l, at->line, at->column, err, text);
}

jz_status jz_rule_expected(const jz_rule_lexer *l, const char *what, jz_err *err)
{
    const jz_rule_token *t = &l->token;
    if (t->kind == JZ_TOKEN_END)
        return jz_rule_wrong(l, t, err, "expected %s, found the end", what);
    const int shown = t->text.len < SHOWN ? (int)t->text.len : SHOWN;
    return jz_rule_wrong(l, t, err, "expected %s, found '%.*s'", what, shown,
                         (const char *)t->text.ptr);
}

/* ---- characters ---- */

static int peek(const jz_rule_lexer *l)
{
    return l->rd.at < l->rd.len ? l->rd.ptr[l->rd.at] : -1;
}

/* Takes a byte; a column is a character, so the later bytes of one do not count. */
static void take(jz_rule_lexer *l)
{
    const int c = peek(l);
    l->rd.at++;
    if (c == '\n') {
        l->line++;
        l->column = 1;
    } else if ((c & 0xc0) != 0x80) {
        l->column++;
    }
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static bool is_name(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '.';
}

static bool is_path(int c)
{
    return is_name(c) || c == '/' || c == '-';
}

static void skip_blanks(jz_rule_lexer *l)
{
    for (int c = peek(l); c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '#';
         c = peek(l)) {
        if (c == '#')
            while (peek(l) >= 0 && peek(l) != '\n')
                take(l);
        else
            take(l);
    }
}

/* ---- tokens ---- */

static void take_while(jz_rule_lexer *l, bool (*fits)(int c))
{
    const size_t from = l->rd.at;
    while (fits(peek(l)))
        take(l);
    l->token.text = (jz_bytes){ l->rd.ptr + from, l->rd.at - from };
}

static jz_status read_number(jz_rule_lexer *l, jz_err *err)
{
    take_while(l, is_name);
    const jz_bytes t = l->token.text;
    int64_t v = 0;
    for (size_t i = 0; i < t.len; i++) {
        if (!is_digit(t.ptr[i]) || i == DIGITS)
            return jz_rule_wrong(l, &l->token, err, "expected a whole number of at most %d digits",
                                 DIGITS);
        v = v * 10 + (t.ptr[i] - '0');
    }
    l->token.kind = JZ_TOKEN_INT;
    l->token.value = v;
    return JZ_OK;
}

static jz_status read_text(jz_rule_lexer *l, jz_err *err)
{
    take(l);
    const size_t from = l->rd.at;
    while (peek(l) != '"') {
        const int c = peek(l);
        const unsigned n = jz_utf8_len((const char *)l->rd.ptr + l->rd.at, jz_rd_left(&l->rd));
        if (c < 0 || c == '\n')
            return jz_rule_wrong(l, &l->token, err, "expected '\"' at the end of this text");
        if (c < 0x20 || c == '\\' || n == 0)
            return fail_at(l, l->line, l->column, err,
                           "expected UTF-8 without control characters and '\\' in a text");
        for (unsigned i = 0; i < n; i++)
            take(l);
    }
    l->token.kind = JZ_TOKEN_TEXT;
    l->token.text = (jz_bytes){ l->rd.ptr + from, l->rd.at - from };
    take(l);
    return JZ_OK;
}

static jz_status read_path(jz_rule_lexer *l, jz_err *err)
{
    take(l);
    take_while(l, is_path);
    const jz_bytes t = l->token.text;
    bool first = true;
    for (size_t i = 0; i < t.len; i++) {
        if (first && (t.ptr[i] == '.' || t.ptr[i] == '/'))
            return jz_rule_wrong(l, &l->token, err,
                                 "expected a path below this file's folder, without '.' at the "
                                 "beginning of a name");
        first = t.ptr[i] == '/';
    }
    if (t.len == 0 || first)
        return jz_rule_expected(l, "a path behind '@'", err);
    l->token.kind = JZ_TOKEN_PATH;
    return JZ_OK;
}

/* Seconds of a unit; 0: no such one there. ISO 8601 without years and months, which have no length.
 */
static int64_t unit_seconds(int c, bool time)
{
    switch (c) {
    case 'W':
        return time ? 0 : INT64_C(7) * 86400;
    case 'D':
        return time ? 0 : 86400;
    case 'H':
        return time ? 3600 : 0;
    case 'M':
        return time ? 60 : 0;
    case 'S':
        return time ? 1 : 0;
    default:
        return 0;
    }
}

/* Whether a name is a span. */
static bool span_of(jz_bytes t, int64_t *seconds)
{
    int64_t v = 0;
    int digits = 0;
    bool time = false;
    *seconds = 0;
    if (t.len < 3 || t.ptr[0] != 'P')
        return false;
    for (size_t i = 1; i < t.len; i++) {
        const int c = t.ptr[i];
        if (is_digit(c) && digits < 6) {
            v = v * 10 + (c - '0');
            digits++;
        } else if (c == 'T' && !time && digits == 0) {
            time = true;
        } else if (digits > 0 && unit_seconds(c, time) > 0) {
            *seconds += v * unit_seconds(c, time);
            v = digits = 0;
        } else {
            return false;
        }
    }
    return digits == 0 && *seconds > 0;
}

static jz_status read_sign(jz_rule_lexer *l, jz_err *err)
{
    static const char *const two[] = { "==", "!=", "<=", ">=", "&&", "||" };
    const char *here = (const char *)l->rd.ptr + l->rd.at;
    size_t n = 0;
    for (size_t i = 0; jz_rd_left(&l->rd) >= 2 && i < JZ_ARRAY_LEN(two); i++)
        n = memcmp(here, two[i], 2) == 0 ? 2 : n;
    if (n == 0 && here[0] != '\0' && strchr(";{}()[],:!<>+-*=", here[0]) != NULL)
        n = 1;
    if (n == 0)
        return jz_rule_wrong(l, &l->token, err, "expected a name, a number, a text or a sign");
    l->token.kind = JZ_TOKEN_SIGN;
    l->token.text = (jz_bytes){ l->rd.ptr + l->rd.at, n };
    while (n-- > 0)
        take(l);
    return JZ_OK;
}

jz_status jz_rule_next(jz_rule_lexer *l, jz_err *err)
{
    skip_blanks(l);
    l->token = (jz_rule_token){ .line = l->line, .column = l->column };
    const int c = peek(l);
    if (c < 0)
        return JZ_OK;
    if (is_digit(c))
        return read_number(l, err);
    if (c == '"')
        return read_text(l, err);
    if (c == '@')
        return read_path(l, err);
    if (!is_name(c) || c == '.')
        return read_sign(l, err);
    take_while(l, is_name);
    l->token.kind = span_of(l->token.text, &l->token.value) ? JZ_TOKEN_SPAN : JZ_TOKEN_NAME;
    return JZ_OK;
}

jz_status jz_rule_lex(jz_rule_lexer *l, const char *file, jz_bytes text, jz_err *err)
{
    *l = (jz_rule_lexer){ .rd = jz_rd_of(text, file), .file = file, .line = 1, .column = 1 };
    return jz_rule_next(l, err);
}

bool jz_rule_is(const jz_rule_lexer *l, jz_rule_token_kind kind, const char *text)
{
    const size_t len = strlen(text);
    return l->token.kind == kind && l->token.text.len == len &&
           memcmp(l->token.text.ptr, text, len) == 0;
}

jz_status jz_rule_want(jz_rule_lexer *l, jz_rule_token_kind kind, const char *text, jz_err *err)
{
    char wanted[32];
    if (jz_rule_is(l, kind, text))
        return jz_rule_next(l, err);
    (void)snprintf(wanted, sizeof wanted, "'%s'", text);
    return jz_rule_expected(l, wanted, err);
}
