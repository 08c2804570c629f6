/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is read at offsets through a small window, so that one of any size costs little
 * memory; and a span of it with a cursor, the only way in which container parsers read. The same
 * over bytes in memory, for tests and fuzzing. Threads: a source belongs to one. */
#ifndef JZ_SOURCE_H
#define JZ_SOURCE_H

#include "base/buf.h"

#define JZ_SOURCE_WINDOW 4096 /* bytes */

typedef struct jz_source { /* made by jz_source_of_fd() or jz_source_of_bytes() */
    int fd;                /* -1: all of it is in memory */
    uint64_t size;         /* bytes */
    const uint8_t *ptr;    /* what is at hand: the bytes from at */
    uint64_t at;
    size_t len;
    uint8_t window[JZ_SOURCE_WINDOW];
} jz_source;

/* fd is borrowed and read with pread(); its offset is not touched. JZ_E_IO, JZ_E_SPECIAL for what
 * is not a regular file. */
JZ_CHECKED jz_status jz_source_of_fd(int fd, jz_source *out, jz_err *err);
/* The same where the size is known, and so what kind of file it is. */
void jz_source_of_sized_fd(int fd, uint64_t size, jz_source *out);
/* bytes are borrowed. */
void jz_source_of_bytes(jz_bytes bytes, jz_source *out);
/* Exactly n bytes at an offset into buf. JZ_E_TRUNCATED past the end, JZ_E_IO, JZ_E_CHANGED where
 * the file has become shorter. */
JZ_CHECKED jz_status jz_source_get(jz_source *src, uint64_t at, void *buf, size_t n, jz_err *err);

/* A part of a source, read from front to back. Nothing past end is ever read; each read that does
 * not fit is JZ_E_TRUNCATED with the span's name and the file's offset, and leaves the cursor. */
typedef struct jz_span {
    jz_source *src;
    uint64_t at;  /* of the file */
    uint64_t end; /* of the file; <= src->size */
    const char *what;
} jz_span;

/* The whole source. */
jz_span jz_span_all(jz_source *src, const char *what);
uint64_t jz_span_left(const jz_span *s);
JZ_CHECKED jz_status jz_span_skip(jz_span *s, uint64_t n, jz_err *err);
/* The next n bytes as a span of their own; s moves past them. */
JZ_CHECKED jz_status jz_span_sub(jz_span *s, uint64_t n, const char *what, jz_span *out,
                                 jz_err *err);
JZ_CHECKED jz_status jz_span_get(jz_span *s, void *buf, size_t n, jz_err *err);
/* Appends the next n bytes to out, at most max of them: more are JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_span_read(jz_span *s, uint64_t n, size_t max, jz_buf *out, jz_err *err);
JZ_CHECKED jz_status jz_span_u8(jz_span *s, uint8_t *out, jz_err *err);
JZ_CHECKED jz_status jz_span_u16be(jz_span *s, uint16_t *out, jz_err *err);
JZ_CHECKED jz_status jz_span_u16le(jz_span *s, uint16_t *out, jz_err *err);
JZ_CHECKED jz_status jz_span_u32be(jz_span *s, uint32_t *out, jz_err *err);
JZ_CHECKED jz_status jz_span_u32le(jz_span *s, uint32_t *out, jz_err *err);
JZ_CHECKED jz_status jz_span_u64be(jz_span *s, uint64_t *out, jz_err *err);

#endif
