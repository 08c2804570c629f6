/* SPDX-License-Identifier: Apache-2.0 */
#include "media/splice.h"

#include "base/alloc.h"
#include "base/file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

void jz_splices_done(jz_splices *s)
{
    jz_free(s->splice);
    jz_buf_done(&s->bytes);
    *s = (jz_splices){ 0 };
}

static jz_status overlap(uint64_t at, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_CORRUPT, "two structures claim the bytes at offset %" PRIu64, at);
}

/* Whether a new place goes before p: what is inserted where something is removed goes before it. */
static bool goes_before(const jz_splice *p, uint64_t at, uint64_t remove)
{
    return p->at > at || (p->at == at && p->remove > 0 && remove == 0);
}

jz_status jz_splices_add(jz_splices *s, uint64_t at, uint64_t remove, jz_bytes insert, jz_err *err)
{
    size_t i = s->n;
    while (i > 0 && goes_before(&s->splice[i - 1], at, remove))
        i--;
    uint64_t end;
    if (__builtin_add_overflow(at, remove, &end) || (i < s->n && end > s->splice[i].at) ||
        (i > 0 && s->splice[i - 1].at + s->splice[i - 1].remove > at))
        return overlap(at, err);
    jz_splice *grown = jz_grow(s->splice, s->n, &s->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for %zu changes of a file", s->n + 1);
    s->splice = grown;
    const size_t text = s->bytes.len;
    jz_buf_put(&s->bytes, insert.ptr, insert.len);
    JZ_TRY(jz_buf_check(&s->bytes, err));
    memmove(grown + i + 1, grown + i, (s->n - i) * sizeof *grown);
    grown[i] = (jz_splice){ at, remove, text, insert.len };
    s->n++;
    return JZ_OK;
}

uint64_t jz_splices_moved(const jz_splices *s, uint64_t at)
{
    uint64_t moved = at;
    for (size_t i = 0; i < s->n && s->splice[i].at <= at; i++) {
        const jz_splice *p = &s->splice[i];
        if (p->remove > 0 && at - p->at < p->remove)
            return moved - (at - p->at);
        moved = moved - p->remove + p->insert;
    }
    return moved;
}

uint64_t jz_splices_new_size(const jz_splices *s, uint64_t file_size)
{
    for (size_t i = 0; i < s->n; i++)
        file_size = file_size - s->splice[i].remove + s->splice[i].insert;
    return file_size;
}

/* Where the new file goes. */
typedef struct sink { /* a descriptor or, where it is not NULL, memory */
    int fd;
    jz_buf *buf;
} sink;

static jz_status put_bytes(sink *to, const void *p, size_t n, jz_err *err)
{
    if (to->buf == NULL)
        return jz_write_all(to->fd, p, n, "the new file", err);
    jz_buf_put(to->buf, p, n);
    return jz_buf_check(to->buf, err);
}

static jz_status copy_range(sink *to, jz_source *src, uint64_t at, uint64_t n, jz_err *err)
{
    uint8_t part[JZ_SOURCE_WINDOW * 4];
    for (uint64_t done = 0; done < n;) {
        const size_t step = n - done < sizeof part ? (size_t)(n - done) : sizeof part;
        JZ_TRY(jz_source_get(src, at + done, part, step, err));
        JZ_TRY(put_bytes(to, part, step, err));
        done += step;
    }
    return JZ_OK;
}

/* As much as the kernel copies by itself; the rest is read and written. */
static jz_status put_range(sink *to, jz_source *src, uint64_t at, uint64_t n, jz_err *err)
{
    off_t from = (off_t)at;
    while (to->buf == NULL && src->fd >= 0 && n > 0) {
        const size_t step = n < ((size_t)1 << 30) ? (size_t)n : (size_t)1 << 30;
        const ssize_t got = copy_file_range(src->fd, &from, to->fd, NULL, step, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
            return JZ_FAIL(err, JZ_E_IO, "writing the new file: %s", strerrordesc_np(errno));
        if (got <= 0)
            break; /* across file systems, or one that cannot */
        n -= (uint64_t)got;
    }
    return copy_range(to, src, (uint64_t)from, n, err);
}

static jz_status run(const jz_splices *s, jz_source *src, sink *to, jz_err *err)
{
    uint64_t at = 0;
    for (size_t i = 0; i < s->n; i++) {
        const jz_splice *p = &s->splice[i];
        if (p->at > src->size || p->remove > src->size - p->at)
            return JZ_FAIL(err, JZ_E_CORRUPT,
                           "a structure at offset %" PRIu64 " of a file of %" PRIu64 " bytes",
                           p->at, src->size);
        JZ_TRY(put_range(to, src, at, p->at - at, err));
        JZ_TRY(put_bytes(to, s->bytes.ptr + p->text, p->insert, err));
        at = p->at + p->remove;
    }
    return put_range(to, src, at, src->size - at, err);
}

jz_status jz_splices_write(const jz_splices *s, jz_source *src, int fd, jz_err *err)
{
    sink to = { .fd = fd };
    return run(s, src, &to, err);
}

jz_status jz_splices_build(const jz_splices *s, jz_source *src, jz_buf *out, jz_err *err)
{
    sink to = { .fd = -1, .buf = out };
    return run(s, src, &to, err);
}
