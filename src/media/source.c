/* SPDX-License-Identifier: Apache-2.0 */
#include "media/source.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

jz_status jz_source_of_fd(int fd, jz_source *out, jz_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return JZ_FAIL(err, JZ_E_IO, "asking for the file's size: %s", strerrordesc_np(errno));
    if (!S_ISREG(st.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "not a regular file");
    jz_source_of_sized_fd(fd, (uint64_t)st.st_size, out);
    return JZ_OK;
}

void jz_source_of_sized_fd(int fd, uint64_t size, jz_source *out)
{
    out->fd = fd;
    out->size = size;
    out->ptr = out->window;
    out->at = 0;
    out->len = 0;
}

void jz_source_of_bytes(jz_bytes bytes, jz_source *out)
{
    out->fd = -1;
    out->size = bytes.len;
    out->ptr = bytes.ptr;
    out->at = 0;
    out->len = bytes.len;
}

/* Reads n bytes with pread. */
static jz_status fetch(const jz_source *src, uint64_t at, uint8_t *buf, size_t n, jz_err *err)
{
    for (size_t done = 0; done < n;) {
        const ssize_t got = pread(src->fd, buf + done, n - done, (off_t)(at + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return JZ_FAIL(err, JZ_E_IO, "reading at offset %" PRIu64 ": %s", at,
                           strerrordesc_np(errno));
        if (got == 0)
            return JZ_FAIL(err, JZ_E_CHANGED, "the file has become shorter than %" PRIu64 " bytes",
                           src->size);
        done += (size_t)got;
    }
    return JZ_OK;
}

/* Moves the window so that it begins at an offset; it ends with the file. */
static jz_status slide(jz_source *src, uint64_t at, jz_err *err)
{
    const uint64_t left = src->size - at;
    const size_t n = left < JZ_SOURCE_WINDOW ? (size_t)left : JZ_SOURCE_WINDOW;
    src->len = 0;
    JZ_TRY(fetch(src, at, src->window, n, err));
    src->at = at;
    src->len = n;
    return JZ_OK;
}

jz_status jz_source_get(jz_source *src, uint64_t at, void *buf, size_t n, jz_err *err)
{
    if (n == 0)
        return JZ_OK;
    if (at > src->size || n > src->size - at)
        return JZ_FAIL(err, JZ_E_TRUNCATED,
                       "%zu bytes at offset %" PRIu64 " of a file of %" PRIu64 " bytes", n, at,
                       src->size);
    const bool at_hand =
        at >= src->at && at - src->at <= src->len && n <= src->len - (size_t)(at - src->at);
    if (!at_hand && n > JZ_SOURCE_WINDOW / 2)
        return fetch(src, at, buf, n, err);
    if (!at_hand)
        JZ_TRY(slide(src, at, err));
    memcpy(buf, src->ptr + (at - src->at), n);
    return JZ_OK;
}

jz_span jz_span_all(jz_source *src, const char *what)
{
    return (jz_span){ .src = src, .at = 0, .end = src->size, .what = what };
}

uint64_t jz_span_left(const jz_span *s)
{
    return s->end - s->at;
}

static jz_status need(const jz_span *s, uint64_t n, jz_err *err)
{
    if (n > jz_span_left(s))
        return JZ_FAIL(err, JZ_E_TRUNCATED,
                       "%s: %" PRIu64 " bytes wanted at offset %" PRIu64 ", %" PRIu64 " left",
                       s->what, n, s->at, jz_span_left(s));
    return JZ_OK;
}

jz_status jz_span_skip(jz_span *s, uint64_t n, jz_err *err)
{
    JZ_TRY(need(s, n, err));
    s->at += n;
    return JZ_OK;
}

jz_status jz_span_sub(jz_span *s, uint64_t n, const char *what, jz_span *out, jz_err *err)
{
    JZ_TRY(need(s, n, err));
    const uint64_t at = s->at;
    s->at += n;
    *out = (jz_span){ .src = s->src, .at = at, .end = at + n, .what = what };
    return JZ_OK;
}

jz_status jz_span_get(jz_span *s, void *buf, size_t n, jz_err *err)
{
    JZ_TRY(need(s, n, err));
    JZ_TRY_CTX(jz_source_get(s->src, s->at, buf, n, err), err, "%s", s->what);
    s->at += n;
    return JZ_OK;
}

jz_status jz_span_read(jz_span *s, uint64_t n, size_t max, jz_buf *out, jz_err *err)
{
    JZ_TRY(need(s, n, err));
    if (n > max)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: %" PRIu64 " bytes at offset %" PRIu64 ", limit %zu",
                       s->what, n, s->at, max);
    const size_t before = out->len;
    uint8_t part[JZ_SOURCE_WINDOW];
    for (uint64_t done = 0; done < n;) {
        const size_t step = n - done < sizeof part ? (size_t)(n - done) : sizeof part;
        const jz_status st = jz_source_get(s->src, s->at + done, part, step, err);
        if (st != JZ_OK) {
            out->len = before;
            return st;
        }
        jz_buf_put(out, part, step);
        done += step;
    }
    JZ_TRY(jz_buf_check(out, err));
    s->at += n;
    return JZ_OK;
}

/* The next n <= 8 bytes as a number. */
static jz_status number(jz_span *s, size_t n, bool little, uint64_t *out, jz_err *err)
{
    uint8_t b[8];
    uint64_t v = 0;
    JZ_TRY(jz_span_get(s, b, n, err));
    for (size_t i = 0; i < n; i++)
        v = v << 8 | b[little ? n - 1 - i : i];
    *out = v;
    return JZ_OK;
}

jz_status jz_span_u8(jz_span *s, uint8_t *out, jz_err *err)
{
    return jz_span_get(s, out, 1, err);
}

static jz_status number16(jz_span *s, bool little, uint16_t *out, jz_err *err)
{
    uint64_t v;
    JZ_TRY(number(s, 2, little, &v, err));
    *out = (uint16_t)v;
    return JZ_OK;
}

jz_status jz_span_u16be(jz_span *s, uint16_t *out, jz_err *err)
{
    return number16(s, false, out, err);
}

jz_status jz_span_u16le(jz_span *s, uint16_t *out, jz_err *err)
{
    return number16(s, true, out, err);
}

static jz_status number32(jz_span *s, bool little, uint32_t *out, jz_err *err)
{
    uint64_t v;
    JZ_TRY(number(s, 4, little, &v, err));
    *out = (uint32_t)v;
    return JZ_OK;
}

jz_status jz_span_u32be(jz_span *s, uint32_t *out, jz_err *err)
{
    return number32(s, false, out, err);
}

jz_status jz_span_u32le(jz_span *s, uint32_t *out, jz_err *err)
{
    return number32(s, true, out, err);
}

jz_status jz_span_u64be(jz_span *s, uint64_t *out, jz_err *err)
{
    return number(s, 8, false, out, err);
}
