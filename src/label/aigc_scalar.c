/* SPDX-License-Identifier: Apache-2.0 */
/* Strings in quotes as JSON (RFC 8259, 7) and YAML (1.2.2, 7.3.1 and 7.3.2) have them, read as one
 * language: a label's text is seldom purely either. */
#include "label/aigc_text.h"

#include "base/json.h"

#include <string.h>

#define REPLACEMENT 0xfffdu

int jz_text_blanks(jz_rd *rd)
{
    for (;;) {
        const int c = jz_text_peek(rd, 0);
        if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
            return c;
        rd->at++;
    }
}

static void put_code_point(jz_buf *out, uint32_t c)
{
    if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        c = REPLACEMENT;
    if (c < 0x80) {
        jz_buf_putc(out, (char)c);
        return;
    }
    const unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* bytes behind the first */
    static const uint8_t lead[] = { 0, 0xc0, 0xe0, 0xf0 };
    jz_buf_putc(out, (char)(uint8_t)(lead[more] | c >> (6 * more)));
    for (unsigned i = more; i-- > 0;)
        jz_buf_putc(out, (char)(uint8_t)(0x80 | (c >> (6 * i) & 0x3f)));
}

/* One character at the cursor, or one byte that is none. */
static void put_char(jz_rd *rd, jz_buf *out)
{
    const char *s = (const char *)rd->ptr + rd->at;
    const unsigned n = jz_utf8_len(s, rd->len - rd->at);
    if (n == 0 || *s == '\0')
        put_code_point(out, REPLACEMENT);
    else
        jz_buf_put(out, s, n);
    rd->at += n > 0 ? n : 1;
}

void jz_text_put(jz_buf *out, jz_bytes bytes)
{
    jz_rd rd = jz_rd_of(bytes, "text");
    while (rd.at < rd.len)
        put_char(&rd, out);
}

static int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number in n hex digits at the cursor; false, and none of them read, where there are fewer. */
static bool read_hex(jz_rd *rd, size_t n, uint32_t *out)
{
    uint32_t v = 0;
    for (size_t i = 0; i < n; i++) {
        const int digit = hex_digit(jz_text_peek(rd, i));
        if (digit < 0)
            return false;
        v = v << 4 | (uint32_t)digit;
    }
    rd->at += n;
    *out = v;
    return true;
}

/* Behind \u, \x or \U: n digits, and after the first half of a surrogate pair the second. */
static void put_hex(jz_rd *rd, size_t n, jz_buf *out)
{
    uint32_t c = REPLACEMENT, low = 0;
    (void)read_hex(rd, n, &c); /* what is not hex stays as U+FFFD and plain text */
    if (c >= 0xd800 && c < 0xdc00 && jz_text_peek(rd, 0) == '\\' && jz_text_peek(rd, 1) == 'u') {
        jz_rd second = *rd;
        second.at += 2;
        if (read_hex(&second, 4, &low) && low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10 | (low - 0xdc00));
            rd->at = second.at;
        }
    }
    put_code_point(out, c);
}

/* A line end, with the blanks around it, becomes one blank. */
static void fold(jz_rd *rd, jz_buf *out)
{
    (void)jz_text_blanks(rd); /* what follows is read by the caller */
    jz_buf_putc(out, ' ');
}

/* At the character behind a backslash. */
static void put_escape(jz_rd *rd, jz_buf *out)
{
    static const char from[] = "abtnvfr0e";
    static const uint8_t to[] = { 7, 8, 9, 10, 11, 12, 13, 0, 27 };
    const int c = jz_text_peek(rd, 0);
    if (c < 0) /* the backslash is the last byte */
        return;
    if (c == '\n' || c == '\r') { /* YAML: the line goes on */
        (void)jz_text_blanks(rd);
        return;
    }
    const char *found = c != 0 ? strchr(from, c) : NULL;
    if (found == NULL && c != 'u' && c != 'x' && c != 'U') {
        put_char(rd, out); /* \" \\ \/ and all that needs no escape */
        return;
    }
    rd->at++;
    if (found != NULL)
        put_code_point(out, to[found - from]);
    else
        put_hex(rd, c == 'x' ? 2 : c == 'u' ? 4 : 8, out);
}

/* Up to the quote that ends it, which is read too; false where the text ends first. */
static bool read_body(jz_rd *rd, int quote, jz_buf *out)
{
    for (;;) {
        const int c = jz_text_peek(rd, 0);
        if (c < 0)
            return false;
        if (c == quote && !(quote == '\'' && jz_text_peek(rd, 1) == '\'')) {
            rd->at++;
            return true;
        }
        if (c == '\n' || c == '\r') {
            fold(rd, out);
            continue;
        }
        if (c == quote) { /* '' is one ' */
            rd->at++;
            put_char(rd, out);
        } else if (c == '\\' && quote == '"') {
            rd->at++;
            put_escape(rd, out);
        } else {
            put_char(rd, out);
        }
    }
}

jz_status jz_text_quoted(jz_rd *rd, jz_buf *out, jz_err *err)
{
    const size_t start = rd->at;
    const int quote = jz_text_peek(rd, 0);
    rd->at++;
    if (!read_body(rd, quote, out))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: the string at byte %zu does not end", rd->what,
                       start);
    return jz_buf_check(out, err);
}

jz_status jz_text_unescape(jz_rd *rd, jz_buf *out, jz_err *err)
{
    (void)read_body(rd, '"', out); /* either end will do */
    return jz_buf_check(out, err);
}
