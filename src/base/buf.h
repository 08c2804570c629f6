/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer with a cap. A failed append is remembered, later ones do nothing, and the
 * user checks once at the end: text is built without an error path on every line. */
#ifndef JZ_BUF_H
#define JZ_BUF_H

#include <jz/base.h>

typedef struct jz_buf { /* = { 0 } is an empty buffer with the default cap */
    char *ptr;          /* always terminated once something was appended; owned */
    size_t len;         /* bytes, without the terminator */
    size_t size;
    size_t cap;     /* largest len; 0 = 1 GiB */
    jz_status fail; /* JZ_OK, JZ_E_NOMEM or JZ_E_LIMIT */
} jz_buf;

void jz_buf_done(jz_buf *b);
/* Empties it and forgets a failure; keeps the memory. */
void jz_buf_reset(jz_buf *b);
void jz_buf_put(jz_buf *b, const void *data, size_t len);
void jz_buf_puts(jz_buf *b, const char *s);
void jz_buf_putc(jz_buf *b, char c);
/* Four bytes, the highest first. */
void jz_buf_put_u32be(jz_buf *b, uint32_t v);
void jz_buf_printf(jz_buf *b, const char *fmt, ...) JZ_PRINTF(2, 3);
/* JZ_OK, or what a past append ran into. */
JZ_CHECKED jz_status jz_buf_check(const jz_buf *b, jz_err *err);

/* Its bytes, borrowed until the next append; ptr is NULL before the first. */
static inline jz_bytes jz_buf_bytes(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static inline void jz_buf_donep(jz_buf *b)
{
    jz_buf_done(b);
}
#define JZ_BUF_AUTO __attribute__((cleanup(jz_buf_donep))) jz_buf

#endif
