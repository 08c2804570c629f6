/* SPDX-License-Identifier: Apache-2.0 */
#include "media/carrier/pdf_lex.h"

#include <inttypes.h>
#include <string.h>

/* The byte at the cursor, which stays there; -1 at the span's end. */
static jz_status peek(const jz_span *s, int *out, jz_err *err)
{
    const jz_source *src = s->src;
    uint8_t c;
    if (s->at >= s->end) {
        *out = -1;
        return JZ_OK;
    }
    if (s->at >= src->at &&
        s->at - src->at < src->len) { /* almost always: large strings are fast */
        *out = src->ptr[s->at - src->at];
        return JZ_OK;
    }
    JZ_TRY(jz_source_get(s->src, s->at, &c, 1, err));
    *out = c;
    return JZ_OK;
}

static bool is_digit(int c)
{
    return c >= '0' && c <= '9';
}

static int hex_digit(int c)
{
    if (is_digit(c))
        return c - '0';
    const int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static jz_status skip_blanks(jz_span *s, int *next, jz_err *err)
{
    bool comment = false;
    for (;; s->at++) {
        JZ_TRY(peek(s, next, err));
        if (*next == '%')
            comment = true;
        else if (*next == '\n' || *next == '\r')
            comment = false;
        if (*next < 0 || (!comment && !jz_pdf_is_blank(*next)))
            return JZ_OK;
    }
}

static void keep(jz_pdf_item *out, int c)
{
    if (out->len + 1 < sizeof out->text)
        out->text[out->len++] = (char)c;
}

static jz_status read_name(jz_span *s, jz_pdf_item *out, jz_err *err)
{
    int c;
    int digit[2];
    out->kind = JZ_PDF_NAME_OBJECT;
    s->at++;
    for (;; s->at++) {
        JZ_TRY(peek(s, &c, err));
        if (!jz_pdf_is_regular(c))
            return JZ_OK;
        jz_span ahead = *s;
        for (size_t i = 0; c == '#' && i < 2; i++) {
            ahead.at++;
            JZ_TRY(peek(&ahead, &digit[i], err));
        }
        if (c == '#' && hex_digit(digit[0]) >= 0 && hex_digit(digit[1]) >= 0) {
            c = hex_digit(digit[0]) << 4 | hex_digit(digit[1]);
            *s = ahead;
        }
        keep(out, c);
    }
}

/* What a run of regular characters is: a number or a word. */
static void classify(jz_pdf_item *out, bool whole)
{
    const char *digits = out->text + (out->text[0] == '+' || out->text[0] == '-');
    const size_t n = strspn(digits, "0123456789");
    out->kind = JZ_PDF_WORD;
    if (!whole || strspn(out->text, "+-.0123456789") != out->len)
        return;
    out->kind = n > 0 && digits[n] == '\0' ? JZ_PDF_INTEGER : JZ_PDF_REAL;
    for (size_t i = 0; out->kind == JZ_PDF_INTEGER && i < n; i++) {
        const int64_t d = digits[i] - '0';
        if (out->number > (INT64_MAX - d) / 10) {
            out->number = INT64_MAX;
            break;
        }
        out->number = out->number * 10 + d;
    }
    if (out->text[0] == '-')
        out->number = -out->number;
}

static jz_status read_run(jz_span *s, jz_pdf_item *out, jz_err *err)
{
    int c;
    for (;; s->at++) {
        JZ_TRY(peek(s, &c, err));
        if (!jz_pdf_is_regular(c))
            break;
        keep(out, c);
    }
    classify(out, out->len == s->at - out->at);
    return JZ_OK;
}

static jz_status no_end(const jz_span *s, uint64_t at, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_TRUNCATED, "%s: what begins at offset %" PRIu64 " has no end", s->what,
                   at);
}

/* Parentheses within are balanced or escaped (7.3.4.2). */
static jz_status read_string(jz_span *s, jz_pdf_item *out, jz_err *err)
{
    uint64_t depth = 0;
    bool escaped = false;
    int c;
    out->kind = JZ_PDF_STRING;
    do {
        JZ_TRY(peek(s, &c, err));
        if (c < 0)
            return no_end(s, out->at, err);
        if (!escaped && c == '(')
            depth++;
        if (!escaped && c == ')')
            depth--;
        escaped = !escaped && c == '\\';
        s->at++;
    } while (depth > 0);
    return JZ_OK;
}

static jz_status read_hex_string(jz_span *s, jz_pdf_item *out, jz_err *err)
{
    int c;
    out->kind = JZ_PDF_HEX_STRING;
    do {
        JZ_TRY(peek(s, &c, err));
        if (c < 0)
            return no_end(s, out->at, err);
        s->at++;
    } while (c != '>');
    return JZ_OK;
}

/* What begins with '<' or '>'. */
static jz_status read_angle(jz_span *s, int c, jz_pdf_item *out, jz_err *err)
{
    int next;
    s->at++;
    JZ_TRY(peek(s, &next, err));
    if (next != c && c == '<')
        return read_hex_string(s, out, err);
    if (next != c)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a '>' at offset %" PRIu64, s->what, out->at);
    s->at++;
    out->kind = c == '<' ? JZ_PDF_DICT : JZ_PDF_DICT_END;
    return JZ_OK;
}

static jz_status read_token(jz_span *s, int c, jz_pdf_item *out, jz_err *err)
{
    switch (c) {
    case -1:
        return JZ_OK;
    case '/':
        return read_name(s, out, err);
    case '(':
        return read_string(s, out, err);
    case '<':
    case '>':
        return read_angle(s, c, out, err);
    case '[':
    case ']':
    case '{':
    case '}':
        out->kind = c == '[' ? JZ_PDF_ARRAY : c == ']' ? JZ_PDF_ARRAY_END : JZ_PDF_WORD;
        keep(out, c);
        s->at++;
        return JZ_OK;
    case ')':
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a ')' at offset %" PRIu64, s->what, s->at);
    default:
        return read_run(s, out, err);
    }
}

jz_status jz_pdf_token(jz_span *s, jz_pdf_item *out, jz_err *err)
{
    int c;
    JZ_TRY(skip_blanks(s, &c, err));
    *out = (jz_pdf_item){ .kind = JZ_PDF_END, .at = s->at };
    JZ_TRY(read_token(s, c, out, err));
    out->end = s->at;
    return JZ_OK;
}

bool jz_pdf_is(const jz_pdf_item *item, jz_pdf_kind kind, const char *text)
{
    return item->kind == kind && item->len == strlen(text) &&
           memcmp(item->text, text, item->len) == 0;
}

/* Moves behind the last bracket of an array or dictionary. */
static jz_status skip_inner(jz_span *s, jz_pdf_item *out, jz_err *err)
{
    uint8_t open[JZ_PDF_DEPTH] = { (uint8_t)out->kind };
    size_t depth = 1;
    jz_pdf_item t;
    while (depth > 0) {
        JZ_TRY(jz_pdf_token(s, &t, err));
        if (t.kind == JZ_PDF_END)
            return no_end(s, out->at, err);
        if (t.kind == JZ_PDF_ARRAY || t.kind == JZ_PDF_DICT) {
            if (depth == JZ_PDF_DEPTH)
                return JZ_FAIL(err, JZ_E_LIMIT,
                               "%s: more than %d brackets within each other at offset %" PRIu64,
                               s->what, JZ_PDF_DEPTH, t.at);
            open[depth++] = (uint8_t)t.kind;
        } else if (t.kind == JZ_PDF_ARRAY_END || t.kind == JZ_PDF_DICT_END) {
            const bool array = t.kind == JZ_PDF_ARRAY_END;
            if (open[--depth] != (array ? JZ_PDF_ARRAY : JZ_PDF_DICT))
                return JZ_FAIL(err, JZ_E_CORRUPT,
                               "%s: the wrong closing bracket at offset %" PRIu64, s->what, t.at);
        }
    }
    out->end = t.end;
    return JZ_OK;
}

/* Two more tokens make a reference of an integer, "12 0 R". */
static jz_status try_reference(jz_span *s, jz_pdf_item *out, jz_err *err)
{
    jz_span ahead = *s;
    jz_pdf_item generation;
    jz_pdf_item r;
    int c;
    JZ_TRY(skip_blanks(&ahead, &c, err));
    if (!is_digit(c))
        return JZ_OK;
    JZ_TRY(jz_pdf_token(&ahead, &generation, err));
    JZ_TRY(skip_blanks(&ahead, &c, err));
    if (c != 'R' || generation.kind != JZ_PDF_INTEGER || generation.number > UINT16_MAX)
        return JZ_OK;
    JZ_TRY(jz_pdf_token(&ahead, &r, err));
    if (!jz_pdf_is(&r, JZ_PDF_WORD, "R"))
        return JZ_OK;
    out->kind = JZ_PDF_REFERENCE;
    out->generation = (unsigned)generation.number;
    out->end = r.end;
    *s = ahead;
    return JZ_OK;
}

jz_status jz_pdf_value(jz_span *s, jz_pdf_item *out, jz_err *err)
{
    JZ_TRY(jz_pdf_token(s, out, err));
    if (out->kind == JZ_PDF_ARRAY || out->kind == JZ_PDF_DICT)
        return skip_inner(s, out, err);
    if (out->kind == JZ_PDF_INTEGER && out->number >= 0)
        return try_reference(s, out, err);
    return JZ_OK;
}

jz_status jz_pdf_open_bracket(jz_span *s, jz_pdf_kind kind, jz_err *err)
{
    jz_pdf_item t;
    JZ_TRY(jz_pdf_token(s, &t, err));
    if (t.kind != kind)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no %s at offset %" PRIu64, s->what,
                       kind == JZ_PDF_DICT ? "dictionary" : "array", t.at);
    return JZ_OK;
}

jz_status jz_pdf_entry(jz_span *s, jz_pdf_item *key, jz_pdf_item *value, bool *found, jz_err *err)
{
    JZ_TRY(jz_pdf_token(s, key, err));
    *found = key->kind == JZ_PDF_NAME_OBJECT;
    if (key->kind == JZ_PDF_DICT_END)
        return JZ_OK;
    if (key->kind == JZ_PDF_END)
        return no_end(s, key->at, err);
    if (!*found)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no key at offset %" PRIu64, s->what, key->at);
    JZ_TRY(jz_pdf_value(s, value, err));
    const bool word = value->kind == JZ_PDF_WORD && strcmp(value->text, "true") != 0 &&
                      strcmp(value->text, "false") != 0 && strcmp(value->text, "null") != 0;
    if (word || value->kind == JZ_PDF_END || value->kind == JZ_PDF_ARRAY_END ||
        value->kind == JZ_PDF_DICT_END)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: /%s at offset %" PRIu64 " has no value", s->what,
                       key->text, key->at);
    return JZ_OK;
}

jz_status jz_pdf_find_entry(jz_span dict, const char *key, jz_pdf_item *value, bool *found,
                            jz_err *err)
{
    jz_pdf_item name;
    jz_pdf_item v;
    bool more = true;
    bool any = false;
    JZ_TRY(jz_pdf_open_bracket(&dict, JZ_PDF_DICT, err));
    while (more) {
        JZ_TRY(jz_pdf_entry(&dict, &name, &v, &more, err));
        if (!more || !jz_pdf_is(&name, JZ_PDF_NAME_OBJECT, key))
            continue;
        *value = v;
        any = true;
    }
    *found = any;
    return JZ_OK;
}
