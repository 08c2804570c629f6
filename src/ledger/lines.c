/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/lines.h"

#include "base/json.h"

#include <string.h>

/* ---- lines ---- */

bool jz_line_take(jz_bytes *rest, jz_bytes *line)
{
    const uint8_t *lf = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (lf == NULL)
        return false;
    *line = (jz_bytes){ rest->ptr, (size_t)(lf - rest->ptr) };
    *rest = (jz_bytes){ lf + 1, rest->len - line->len - 1 };
    return true;
}

bool jz_line_skip(jz_bytes *rest, const char *text)
{
    const size_t len = strlen(text);
    if (rest->len < len || memcmp(rest->ptr, text, len) != 0)
        return false;
    *rest = (jz_bytes){ rest->ptr + len, rest->len - len };
    return true;
}

bool jz_line_is(jz_bytes line, const char *text)
{
    return line.len == strlen(text) && (line.len == 0 || memcmp(line.ptr, text, line.len) == 0);
}

bool jz_line_copy(jz_bytes line, char *to, size_t size)
{
    if (line.len >= size || (line.len > 0 && memchr(line.ptr, '\0', line.len) != NULL))
        return false;
    memset(to, 0, size);
    if (line.len > 0)
        memcpy(to, line.ptr, line.len);
    return true;
}

bool jz_decimal_read(jz_bytes text, uint64_t *out)
{
    uint64_t v = 0;
    if (text.len == 0 || text.len > 19 || (text.ptr[0] == '0' && text.len > 1))
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(text.ptr[i] - '0'); /* 19 digits fit into 64 bits */
    }
    if (v > (uint64_t)INT64_MAX)
        return false;
    *out = v;
    return true;
}

/* ---- Base 64 ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void four_digits(const uint8_t *p, size_t n, char out[4])
{
    const uint32_t v =
        (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) | (n > 2 ? (uint32_t)p[2] : 0);
    out[0] = digits[v >> 18];
    out[1] = digits[v >> 12 & 63];
    out[2] = (char)(n > 1 ? digits[v >> 6 & 63] : '=');
    out[3] = (char)(n > 2 ? digits[v & 63] : '=');
}

void jz_base64_text(const uint8_t *data, size_t len, char *text)
{
    for (size_t i = 0; i < len; i += 3, text += 4)
        four_digits(data + i, len - i, text);
    *text = '\0';
}

void jz_base64_put(jz_buf *out, const void *data, size_t len)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i += 3) {
        char four[4];
        four_digits(p + i, len - i, four);
        jz_buf_put(out, four, sizeof four);
    }
}

static int digit_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t jz_base64_size(jz_bytes text)
{
    if (text.len % 4 != 0)
        return SIZE_MAX;
    if (text.len == 0)
        return 0;
    const size_t padding = text.ptr[text.len - 1] != '='   ? 0
                           : text.ptr[text.len - 2] != '=' ? 1
                                                           : 2;
    return text.len / 4 * 3 - padding;
}

bool jz_base64_read(jz_bytes text, uint8_t *out, size_t len)
{
    if (jz_base64_size(text) != len)
        return false;
    for (size_t i = 0, at = 0; i < text.len; i += 4) {
        const size_t n = len - at < 3 ? len - at : 3;
        uint32_t v = 0;
        for (size_t k = 0; k < 4; k++) {
            const int d = k <= n ? digit_value(text.ptr[i + k]) : 0;
            if (d < 0)
                return false;
            v = v << 6 | (uint32_t)d;
        }
        if (n < 3 && (v & (n == 1 ? 0xffffu : 0xffu)) != 0)
            return false; /* bits that say nothing */
        for (size_t k = 0; k < n; k++)
            out[at++] = (uint8_t)(v >> (16 - 8 * k));
    }
    return true;
}

bool jz_base64_hash(jz_bytes text, jz_tree_hash *out)
{
    return jz_base64_read(text, out->b, sizeof out->b);
}

/* ---- text ---- */

bool jz_text_valid(jz_bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < 0x20 && text.ptr[i] != '\n')
            return false;
    return text.len == 0 || jz_utf8_valid((const char *)text.ptr, text.len);
}

/* A valid sequence of n bytes, decoded. */
static uint32_t code_point(const uint8_t *p, unsigned n)
{
    uint32_t c = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (p[i] & 0x3fu);
    return c;
}

/* Unicode's property White_Space. */
static bool is_space(uint32_t c)
{
    return c == 0x20 || (c >= 0x09 && c <= 0x0d) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

bool jz_key_name_valid(jz_bytes name)
{
    if (name.len == 0 || name.len > JZ_ORIGIN_MAX)
        return false;
    for (size_t i = 0; i < name.len;) {
        const unsigned n = jz_utf8_len((const char *)name.ptr + i, name.len - i);
        if (n == 0)
            return false;
        const uint32_t c = code_point(name.ptr + i, n);
        if (c < 0x20 || c == 0x7f || c == '+' || is_space(c))
            return false;
        i += n;
    }
    return true;
}
