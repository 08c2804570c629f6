/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_CAP ((size_t)1 << 30)

void jz_buf_done(jz_buf *b)
{
    jz_free(b->ptr);
    *b = (jz_buf){ .cap = b->cap };
}

void jz_buf_reset(jz_buf *b)
{
    b->len = 0;
    b->fail = JZ_OK;
    if (b->ptr != NULL)
        b->ptr[0] = '\0';
}

/* Room for n more bytes and the terminator. */
static bool reserve(jz_buf *b, size_t n)
{
    const size_t cap = b->cap > 0 ? b->cap : DEFAULT_CAP;
    if (b->fail != JZ_OK)
        return false;
    if (n > cap - b->len) {
        b->fail = JZ_E_LIMIT;
        return false;
    }
    if (b->len + n < b->size)
        return true;
    size_t size = b->size > 0 ? b->size * 2 : 256;
    if (size < b->len + n + 1)
        size = b->len + n + 1;
    char *p = jz_realloc_array(b->ptr, size, 1);
    if (p == NULL) {
        b->fail = JZ_E_NOMEM;
        return false;
    }
    b->ptr = p;
    b->size = size;
    return true;
}

void jz_buf_put(jz_buf *b, const void *data, size_t len)
{
    if (!reserve(b, len))
        return;
    if (len > 0)
        memcpy(b->ptr + b->len, data, len);
    b->len += len;
    b->ptr[b->len] = '\0';
}

void jz_buf_puts(jz_buf *b, const char *s)
{
    jz_buf_put(b, s, strlen(s));
}

void jz_buf_putc(jz_buf *b, char c)
{
    jz_buf_put(b, &c, 1);
}

void jz_buf_put_u32be(jz_buf *b, uint32_t v)
{
    const uint8_t be[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v };
    jz_buf_put(b, be, sizeof be);
}

void jz_buf_printf(jz_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    va_list again;
    va_copy(again, ap);
    const int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0 && b->fail == JZ_OK)
        b->fail = JZ_E_LIMIT; /* more than INT_MAX bytes */
    if (n >= 0 && reserve(b, (size_t)n)) {
        (void)vsnprintf(b->ptr + b->len, (size_t)n + 1, fmt, again); /* measured just above */
        b->len += (size_t)n;
    }
    va_end(again);
}

jz_status jz_buf_check(const jz_buf *b, jz_err *err)
{
    if (b->fail == JZ_E_LIMIT)
        return JZ_FAIL(err, JZ_E_LIMIT, "text grew past %zu bytes",
                       b->cap > 0 ? b->cap : DEFAULT_CAP);
    if (b->fail != JZ_OK)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory after %zu bytes of text", b->len);
    return JZ_OK;
}
