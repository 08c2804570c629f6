/* SPDX-License-Identifier: Apache-2.0 */
/* Strings (ISO 32000-2, 7.3.4) and the texts in them (7.9.2.2). */
#include "base/json.h"
#include "media/carrier/pdf_lex.h"
#include "media/charset.h"

#include <inttypes.h>
#include <string.h>

/* What stands behind a backslash at *i (table 3); moves *i to its last byte. */
static void put_escaped(jz_bytes in, size_t *i, jz_buf *out)
{
    static const char from[] = "nrtbf";
    static const char to[] = "\n\r\t\b\f";
    const uint8_t c = in.ptr[*i];
    const char *known = c != 0 ? strchr(from, c) : NULL;
    if (known != NULL) {
        jz_buf_putc(out, to[known - from]);
    } else if (c >= '0' && c <= '7') {
        unsigned v = c - '0';
        for (unsigned n = 1; n < 3 && *i + 1 < in.len; n++) {
            const uint8_t next = in.ptr[*i + 1];
            if (next < '0' || next > '7')
                break;
            v = v << 3 | (next - (unsigned)'0');
            (*i)++;
        }
        jz_buf_putc(out, (char)(uint8_t)v);
    } else if (c == '\r' || c == '\n') { /* the line goes on */
        if (c == '\r' && *i + 1 < in.len && in.ptr[*i + 1] == '\n')
            (*i)++;
    } else {
        jz_buf_putc(out, (char)c);
    }
}

static void decode_literal(jz_bytes in, jz_buf *out)
{
    for (size_t i = 0; i < in.len; i++) {
        const uint8_t c = in.ptr[i];
        if (c == '\\' && i + 1 < in.len) {
            i++;
            put_escaped(in, &i, out);
        } else if (c == '\r') { /* every end of a line is one LF */
            jz_buf_putc(out, '\n');
            if (i + 1 < in.len && in.ptr[i + 1] == '\n')
                i++;
        } else {
            jz_buf_putc(out, (char)c);
        }
    }
}

static jz_status decode_hex(jz_bytes in, jz_buf *out, jz_err *err)
{
    static const char blanks[] = "\t\n\f\r ";
    static const char digits[] = "0123456789abcdefABCDEF";
    unsigned v = 0;
    unsigned n = 0;
    for (size_t i = 0; i < in.len; i++) {
        const char *d = in.ptr[i] != 0 ? strchr(digits, in.ptr[i]) : NULL;
        if (d == NULL && (in.ptr[i] == 0 || strchr(blanks, in.ptr[i]) != NULL))
            continue;
        if (d == NULL)
            return JZ_FAIL(err, JZ_E_CORRUPT, "a byte 0x%02x in a hexadecimal string", in.ptr[i]);
        const unsigned digit = (unsigned)(d - digits);
        v = v << 4 | (digit > 15 ? digit - 6 : digit);
        if (++n % 2 == 0)
            jz_buf_putc(out, (char)(uint8_t)v);
    }
    if (n % 2 != 0) /* a digit that is not there is 0 */
        jz_buf_putc(out, (char)(uint8_t)(v << 4));
    return JZ_OK;
}

jz_status jz_pdf_string_bytes(jz_source *src, const jz_pdf_item *string, size_t max, jz_buf *out,
                              jz_err *err)
{
    JZ_BUF_AUTO stored = { 0 };
    if (string->kind != JZ_PDF_STRING && string->kind != JZ_PDF_HEX_STRING)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no string at offset %" PRIu64, string->at);
    jz_span s = { src, string->at + 1, string->end - 1, "PDF string" };
    JZ_TRY(jz_span_read(&s, jz_span_left(&s), max, &stored, err));
    const jz_bytes in = { (const uint8_t *)stored.ptr, stored.len };
    jz_buf_puts(out, "");
    if (string->kind == JZ_PDF_STRING)
        decode_literal(in, out);
    else
        JZ_TRY(decode_hex(in, out, err));
    return jz_buf_check(out, err);
}

/* Annex D.2, where it is not Latin-1; 0 is undefined there. */
static const uint16_t low[8] = { 0x02d8, 0x02c7, 0x02c6, 0x02d9, 0x02dd, 0x02db, 0x02da, 0x02dc };
static const uint16_t high[0x21] = {
    0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x0192, 0x2044, 0x2039, 0x203a, 0x2212,
    0x2030, 0x201e, 0x201c, 0x201d, 0x2018, 0x2019, 0x201a, 0x2122, 0xfb01, 0xfb02, 0x0141,
    0x0152, 0x0160, 0x0178, 0x017d, 0x0131, 0x0142, 0x0153, 0x0161, 0x017e, 0,      0x20ac,
};

static uint16_t doc_char(uint8_t c)
{
    if (c >= 0x18 && c < 0x20)
        return low[c - 0x18];
    const uint16_t v = c >= 0x80 && c <= 0xa0 ? high[c - 0x80] : c;
    return v == 0 || c == 0xad || c == 0x7f ? 0xfffd : v;
}

static bool begins(jz_bytes b, const char *mark)
{
    const size_t n = strlen(mark);
    return b.len >= n && memcmp(b.ptr, mark, n) == 0;
}

void jz_pdf_text_to_utf8(jz_bytes string, jz_buf *out)
{
    if (begins(string, "\xfe\xff") || begins(string, "\xff\xfe")) {
        jz_utf16_to_utf8(string, true, out);
        return;
    }
    if (begins(string, "\xef\xbb\xbf")) {
        jz_buf_put(out, string.ptr + 3, string.len - 3);
        return;
    }
    for (size_t i = 0; i < string.len; i++) {
        const uint16_t v = doc_char(string.ptr[i]);
        const uint8_t be[2] = { (uint8_t)(v >> 8), (uint8_t)v };
        jz_utf16_to_utf8((jz_bytes){ be, sizeof be }, true, out);
    }
}

/* Whether PDFDocEncoding has each of these as itself. */
static bool is_plain(jz_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        const uint8_t c = text.ptr[i];
        if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c >= 0x7f)
            return false;
    }
    return true;
}

static void put_literal(jz_bytes text, jz_buf *out)
{
    jz_buf_putc(out, '(');
    for (size_t i = 0; i < text.len; i++) {
        const char c = (char)text.ptr[i];
        if (c == '(' || c == ')' || c == '\\')
            jz_buf_putc(out, '\\');
        if (c == '\n' || c == '\r' || c == '\t')
            jz_buf_puts(out, c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t");
        else
            jz_buf_putc(out, c);
    }
    jz_buf_putc(out, ')');
}

/* The character of n bytes at s, which are UTF-8. */
static uint32_t char_of(const uint8_t *s, unsigned n)
{
    uint32_t c = n == 1 ? s[0] : s[0] & (0x7fU >> n);
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3fU);
    return c;
}

jz_status jz_pdf_put_text(jz_bytes utf8, jz_buf *out, jz_err *err)
{
    if (is_plain(utf8)) {
        put_literal(utf8, out);
        return jz_buf_check(out, err);
    }
    jz_buf_puts(out, "<FEFF");
    for (size_t i = 0; i < utf8.len;) {
        const unsigned n = jz_utf8_len((const char *)utf8.ptr + i, utf8.len - i);
        if (n == 0)
            return JZ_FAIL(err, JZ_E_INVAL, "the text is no UTF-8 at byte %zu", i);
        const uint32_t c = char_of(utf8.ptr + i, n);
        if (c >= 0x10000)
            jz_buf_printf(out, "%04X%04X", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + (c & 0x3ff));
        else
            jz_buf_printf(out, "%04X", c);
        i += n;
    }
    jz_buf_puts(out, ">");
    return jz_buf_check(out, err);
}
