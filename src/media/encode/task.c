/* SPDX-License-Identifier: Apache-2.0 */
#include "media/encode/task.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define PIECE 65536

jz_status jz_task_write(jz_task *task, uint64_t at, const void *data, size_t len, jz_err *err)
{
    const uint8_t *p = data;
    const uint64_t max = task->request->max_output;
    if (at > max || len > max - at)
        return JZ_FAIL(err, JZ_E_LIMIT, "an output of more than %" PRIu64 " bytes", max);
    while (len > 0) {
        const ssize_t n = pwrite(task->out_fd, p, len, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return JZ_FAIL(err, JZ_E_IO, "writing %zu bytes: errno %d", len, errno);
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return JZ_OK;
}

jz_status jz_task_append(jz_task *task, const void *data, size_t len, jz_err *err)
{
    JZ_TRY(jz_task_write(task, task->out_at, data, len, err));
    task->out_at += len;
    return JZ_OK;
}

jz_status jz_task_copy(jz_task *task, uint64_t from, uint64_t to, jz_err *err)
{
    uint8_t piece[PIECE];
    while (from < to) {
        size_t got = 0;
        const size_t want = to - from < sizeof piece ? (size_t)(to - from) : sizeof piece;
        JZ_TRY(jz_job_read(&task->in, from, piece, want, &got, err));
        if (got == 0)
            return JZ_FAIL(err, JZ_E_CHANGED, "the file became shorter while it was read");
        JZ_TRY(jz_task_append(task, piece, got, err));
        jz_task_alive(task);
        from += got;
    }
    return JZ_OK;
}

void jz_task_source(int fd, uint64_t size, jz_source *out)
{
    jz_source_of_bytes((jz_bytes){ NULL, 0 }, out);
    out->fd = fd;
    out->size = size;
    out->ptr = out->window;
}

void jz_task_alive(jz_task *task)
{
    if (task->alive != NULL)
        task->alive(task);
}

jz_status jz_task_check_overlays(jz_task *task, uint32_t width, uint32_t height, jz_err *err)
{
    for (uint32_t i = 0; i < task->request->overlays; i++) {
        jz_overlay *o = &task->overlay[i];
        if (o->delta != NULL) {
            o->width = width;
            o->height = height;
        }
        if (o->width > width || o->height > height || o->x > width - o->width ||
            o->y > height - o->height)
            return JZ_FAIL(err, JZ_E_INVAL,
                           "an overlay of %u x %u pixels at %u, %u in a picture of %u x %u",
                           o->width, o->height, o->x, o->y, width, height);
    }
    return JZ_OK;
}

bool jz_task_wants(jz_task *task, double seconds)
{
    const jz_encode_span *s = &task->request->span;
    const bool wanted = seconds >= s->from_s && (!(s->until_s > 0) || seconds < s->until_s);
    task->info.covered += wanted;
    if (!wanted && task->info.covered > 0 && !(task->info.covered_until_s > 0))
        task->info.covered_until_s = seconds;
    return wanted;
}

void jz_task_name_codec(jz_task *task, const char *name)
{
    (void)snprintf(task->info.codec, sizeof task->info.codec, "%s", name);
}
