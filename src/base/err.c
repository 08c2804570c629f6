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

static void put(jz_err *err, unsigned frame, const char *fmt, va_list ap)
{
    (void)vsnprintf(err->frame[frame], JZ_ERR_TEXT, fmt,
                    ap); /* cutting long text is the contract */
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
