/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/import.h"

#include "base/alloc.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define WINDOW ((size_t)JZ_IMPORT_LINE_MAX + 2) /* a line and its end */
#define BUFFER ((size_t)1048576)

jz_status jz_lines_init(jz_lines *l, int fd, jz_err *err)
{
    char *buf = jz_alloc(BUFFER);
    if (buf == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *l = (jz_lines){ .fd = fd, .buf = buf, .owns_buf = true };
    return JZ_OK;
}

void jz_lines_init_slice(jz_lines *l, jz_bytes text)
{
    *l = (jz_lines){ .fd = -1, .buf = (char *)(uintptr_t)text.ptr, .to = text.len, .eof = true };
}

void jz_lines_done(jz_lines *l)
{
    if (l->owns_buf)
        jz_free(l->buf);
    *l = (jz_lines){ .fd = -1, .eof = true };
}

static jz_status read_once(jz_lines *l, jz_err *err)
{
    const ssize_t n = read(l->fd, l->buf + l->to, BUFFER - l->to);
    if (n < 0 && errno != EINTR)
        return JZ_FAIL(err, JZ_E_IO, "reading: %s", strerror(errno));
    if (n == 0)
        l->eof = true;
    if (n > 0)
        l->to += (size_t)n;
    return JZ_OK;
}

static jz_status fill(jz_lines *l, jz_err *err)
{
    memmove(l->buf, l->buf + l->from, l->to - l->from);
    l->to -= l->from;
    l->from = 0;
    if (l->before_read != NULL)
        JZ_TRY(l->before_read(l->user, err));
    while (!l->eof && l->to < BUFFER)
        JZ_TRY(read_once(l, err));
    return JZ_OK;
}

static void skip_mark(jz_lines *l)
{
    if (l->to - l->from >= 3 && memcmp(l->buf + l->from, "\xef\xbb\xbf", 3) == 0)
        l->from += 3;
}

jz_status jz_lines_peek(jz_lines *l, jz_bytes *next, jz_err *err)
{
    if (!l->eof && l->to - l->from < WINDOW)
        JZ_TRY(fill(l, err));
    if (!l->began)
        skip_mark(l);
    l->began = true;
    const size_t left = l->to - l->from;
    static const uint8_t nothing[1];
    *next = (jz_bytes){ left > 0 ? (const uint8_t *)l->buf + l->from : nothing,
                        left < WINDOW ? left : WINDOW };
    return JZ_OK;
}

void jz_lines_take(jz_lines *l, size_t n)
{
    const char *p = l->buf + l->from, *end = p + n;
    for (; p < end; l->number++) {
        const char *lf = memchr(p, '\n', (size_t)(end - p));
        p = lf != NULL ? lf + 1 : end;
    }
    l->from += n;
}

/* Takes bytes up to and with the next line end, however far that is. */
static jz_status take_long(jz_lines *l, jz_err *err)
{
    l->number++;
    for (;;) {
        jz_bytes w = { 0 };
        JZ_TRY(jz_lines_peek(l, &w, err));
        const uint8_t *lf = memchr(w.ptr, '\n', w.len);
        l->from += lf != NULL ? (size_t)(lf - w.ptr) + 1 : w.len;
        if (lf != NULL || w.len == 0)
            return JZ_FAIL(err, JZ_E_LIMIT, "longer than %d bytes", JZ_IMPORT_LINE_MAX);
    }
}

jz_status jz_lines_next(jz_lines *l, jz_bytes *line, bool *more, jz_err *err)
{
    jz_bytes w = { 0 };
    JZ_TRY(jz_lines_peek(l, &w, err));
    *more = w.len > 0;
    if (w.len == 0)
        return JZ_OK;
    const uint8_t *lf = memchr(w.ptr, '\n', w.len);
    size_t len = lf != NULL ? (size_t)(lf - w.ptr) : w.len;
    const size_t with_end = lf != NULL ? len + 1 : len;
    if (len > 0 && w.ptr[len - 1] == '\r')
        len--;
    if (len > JZ_IMPORT_LINE_MAX || (lf == NULL && w.len == WINDOW))
        return take_long(l, err);
    l->from += with_end;
    l->number++;
    *line = (jz_bytes){ w.ptr, len };
    return JZ_OK;
}
