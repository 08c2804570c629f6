/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/base.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    [JZ_OK] = "ok",
    [JZ_E_INVAL] = "invalid",
    [JZ_E_NOMEM] = "out_of_memory",
    [JZ_E_IO] = "io",
    [JZ_E_NOTFOUND] = "not_found",
    [JZ_E_EXISTS] = "exists",
    [JZ_E_CORRUPT] = "corrupt",
    [JZ_E_TRUNCATED] = "truncated",
    [JZ_E_UNSUPPORTED] = "unsupported",
    [JZ_E_LIMIT] = "limit",
    [JZ_E_TIMEOUT] = "timeout",
    [JZ_E_CRASH] = "crash",
    [JZ_E_MISMATCH] = "mismatch",
    [JZ_E_CHANGED] = "changed",
    [JZ_E_EMPTY] = "empty",
    [JZ_E_NOT_MEDIA] = "not_media",
    [JZ_E_ARCHIVE] = "archive",
    [JZ_E_SPECIAL] = "special",
    [JZ_E_BUSY] = "busy",
    [JZ_E_INTERRUPTED] = "interrupted",
    [JZ_E_BUG] = "bug",
};

const char *jz_status_name(jz_status st)
{
    const unsigned i = (unsigned)st;
    return i < JZ_ARRAY_LEN(names) ? names[i] : "unknown";
}

/* Longer than a path and what is said of it. */
#define FULL_TEXT 4608
#define CUT_MARK "..."

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Copies text of len bytes into a frame. What does not fit loses its middle, never half a UTF-8
 * character: a path comes first in most messages, the reason last. */
static void fit(char frame[JZ_ERR_TEXT], const char *text, size_t len)
{
    const size_t mark = sizeof CUT_MARK - 1;
    if (len < JZ_ERR_TEXT) {
        memcpy(frame, text, len + 1);
        return;
    }
    size_t head = (JZ_ERR_TEXT - 1 - mark) / 2;
    size_t from = len - (JZ_ERR_TEXT - 1 - mark - head);
    while (head > 0 && is_continuation(text[head]))
        head--;
    while (from < len && is_continuation(text[from]))
        from++;
    memcpy(frame, text, head);
    memcpy(frame + head, CUT_MARK, mark);
    memcpy(frame + head + mark, text + from, len - from + 1);
}

/* Names of hostile files end up in messages: they must not break the line or steer a terminal. */
static void make_one_line(char *text)
{
    for (char *p = text; *p != '\0'; p++) {
        const unsigned char c = (unsigned char)*p;
        const bool is_c1 = c == 0xc2 && ((unsigned char)p[1] & 0xe0) == 0x80; /* U+0080..U+009F */
        if (c < 0x20 || c == 0x7f)
            *p = '?';
        else if (is_c1)
            p[0] = p[1] = '?';
    }
}

static void put(jz_err *err, unsigned frame, const char *fmt, va_list ap) JZ_PRINTF(3, 0);

static void put(jz_err *err, unsigned frame, const char *fmt, va_list ap)
{
    char text[FULL_TEXT];
    if (vsnprintf(text, sizeof text, fmt, ap) < 0)
        text[0] = '\0';
    make_one_line(text);
    fit(err->frame[frame], text, strlen(text));
}

void jz_err_set(jz_err *err, jz_status code, const char *fmt, ...)
{
    if (err == NULL)
        return;
    va_list ap;
    va_start(ap, fmt);
    put(err, 0, fmt, ap);
    va_end(ap);
    err->code = code;
    err->depth = 1;
}

void jz_err_wrap(jz_err *err, const char *fmt, ...)
{
    if (err == NULL)
        return;
    if (err->depth < JZ_ERR_FRAMES)
        err->depth++;
    va_list ap;
    va_start(ap, fmt);
    put(err, err->depth - 1, fmt, ap);
    va_end(ap);
}

const char *jz_err_text(const jz_err *err, char *buf, size_t size)
{
    size_t at = 0;
    if (size > 0)
        buf[0] = '\0';
    for (unsigned i = err->depth; i-- > 0 && at < size;) {
        const int n = snprintf(buf + at, size - at, "%s%s", err->frame[i], i > 0 ? ": " : "");
        at += n > 0 ? (size_t)n : 0;
    }
    return buf;
}
