/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include "base/file.h"
#include "base/hex.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

unsigned jz_utf8_len(const char *s, size_t len)
{
    const uint8_t *p = (const uint8_t *)s;
    if (len == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    const unsigned n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || len < n)
        return 0;
    for (unsigned i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    const bool overlong = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xf0 && p[1] < 0x90);
    const bool outside = (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf4 && p[1] > 0x8f);
    return overlong || outside ? 0 : n;
}

bool jz_utf8_is_control(const char *s, unsigned n)
{
    const uint8_t *u = (const uint8_t *)s;
    return n == 1 ? u[0] < 0x20 || u[0] == 0x7f : n == 2 && u[0] == 0xc2 && u[1] < 0xa0;
}

bool jz_utf8_valid(const char *s, size_t len)
{
    while (len > 0) {
        const unsigned n = jz_utf8_len(s, len);
        if (n == 0)
            return false;
        s += n;
        len -= n;
    }
    return true;
}

static void before_value(jz_json *j)
{
    if (j->after_key)
        j->after_key = false;
    else if (j->depth > 0 && j->comma[j->depth]) /* whole values stand on lines of their own */
        jz_buf_putc(j->out, ',');
    j->comma[j->depth] = true;
}

static void open_level(jz_json *j, char c)
{
    before_value(j);
    jz_buf_putc(j->out, c);
    assert(j->depth < JZ_JSON_DEPTH);
    j->comma[++j->depth] = false;
}

static void close_level(jz_json *j, char c)
{
    assert(j->depth > 0 && !j->after_key);
    j->depth--;
    jz_buf_putc(j->out, c);
}

void jz_json_begin_object(jz_json *j)
{
    open_level(j, '{');
}

void jz_json_end_object(jz_json *j)
{
    close_level(j, '}');
}

void jz_json_begin_array(jz_json *j)
{
    open_level(j, '[');
}

void jz_json_end_array(jz_json *j)
{
    close_level(j, ']');
}

static void put_escaped(jz_buf *out, uint8_t c)
{
    static const char names[] = "btn\0fr"; /* \b \t \n - \f \r, from 0x08 on */
    if (c == '"' || c == '\\')
        jz_buf_printf(out, "\\%c", c);
    else if (c >= 0x08 && c <= 0x0d && names[c - 0x08] != '\0')
        jz_buf_printf(out, "\\%c", names[c - 0x08]);
    else
        jz_buf_printf(out, "\\u%04x", c);
}

static bool is_plain(uint8_t c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

static void put_string(jz_buf *out, const char *s, size_t len)
{
    jz_buf_putc(out, '"');
    for (size_t i = 0; i < len;) {
        size_t run = i;
        while (run < len && is_plain((uint8_t)s[run]))
            run++;
        jz_buf_put(out, s + i, run - i);
        i = run;
        if (i == len)
            break;
        const unsigned n = jz_utf8_len(s + i, len - i);
        if (n == 0)
            jz_buf_puts(out, "\xef\xbf\xbd");
        else if (n > 1)
            jz_buf_put(out, s + i, n);
        else
            put_escaped(out, (uint8_t)s[i]);
        i += n > 0 ? n : 1;
    }
    jz_buf_putc(out, '"');
}

void jz_json_key(jz_json *j, const char *key)
{
    assert(!j->after_key && j->depth > 0);
    if (j->comma[j->depth])
        jz_buf_putc(j->out, ',');
    j->comma[j->depth] = true;
    put_string(j->out, key, strlen(key));
    jz_buf_putc(j->out, ':');
    j->after_key = true;
}

void jz_json_strn(jz_json *j, const char *s, size_t len)
{
    before_value(j);
    put_string(j->out, s, len);
}

void jz_json_str(jz_json *j, const char *s)
{
    if (s == NULL)
        jz_json_null(j);
    else
        jz_json_strn(j, s, strlen(s));
}

void jz_json_hex(jz_json *j, const uint8_t *data, size_t len)
{
    before_value(j);
    jz_buf_putc(j->out, '"');
    jz_hex_put(j->out, data, len);
    jz_buf_putc(j->out, '"');
}

void jz_json_u64(jz_json *j, uint64_t v)
{
    before_value(j);
    jz_buf_printf(j->out, "%" PRIu64, v);
}

void jz_json_i64(jz_json *j, int64_t v)
{
    before_value(j);
    jz_buf_printf(j->out, "%" PRId64, v);
}

void jz_json_f64(jz_json *j, double v, int decimals)
{
    if (!isfinite(v)) {
        jz_json_null(j);
        return;
    }
    before_value(j);
    jz_buf_printf(j->out, "%.*f", decimals, v);
}

void jz_json_bool(jz_json *j, bool v)
{
    before_value(j);
    jz_buf_puts(j->out, v ? "true" : "false");
}

void jz_json_null(jz_json *j)
{
    before_value(j);
    jz_buf_puts(j->out, "null");
}

void jz_json_put_str(jz_json *j, const char *key, const char *s)
{
    jz_json_key(j, key);
    jz_json_str(j, s);
}

void jz_json_put_hex(jz_json *j, const char *key, const uint8_t *data, size_t len)
{
    jz_json_key(j, key);
    jz_json_hex(j, data, len);
}

void jz_json_put_u64(jz_json *j, const char *key, uint64_t v)
{
    jz_json_key(j, key);
    jz_json_u64(j, v);
}

void jz_json_put_i64(jz_json *j, const char *key, int64_t v)
{
    jz_json_key(j, key);
    jz_json_i64(j, v);
}

void jz_json_put_f64(jz_json *j, const char *key, double v, int decimals)
{
    jz_json_key(j, key);
    jz_json_f64(j, v, decimals);
}

void jz_json_put_bool(jz_json *j, const char *key, bool v)
{
    jz_json_key(j, key);
    jz_json_bool(j, v);
}

void jz_json_put_time(jz_json *j, const char *key, int64_t at_us)
{
    char text[32];
    const bool is_one = at_us != 0 && at_us != INT64_MAX;
    jz_json_put_str(j, key, is_one ? jz_time_text(at_us, text, sizeof text) : NULL);
}

void jz_json_put_text(jz_json *j, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0')
        jz_json_put_str(j, key, text);
}

void jz_json_raw(jz_json *j, const char *json, size_t len)
{
    before_value(j);
    jz_buf_put(j->out, json, len);
}

void jz_json_err(jz_json *j, const jz_err *err)
{
    char text[JZ_ERR_FRAMES * (JZ_ERR_TEXT + 2)];
    jz_json_begin_object(j);
    jz_json_key(j, "kind");
    jz_json_str(j, jz_status_name(err->code));
    jz_json_key(j, "message");
    jz_json_str(j, jz_err_text(err, text, sizeof text));
    jz_json_key(j, "chain");
    jz_json_begin_array(j);
    for (unsigned i = err->depth; i-- > 0;)
        jz_json_str(j, err->frame[i]);
    jz_json_end_array(j);
    jz_json_end_object(j);
}
