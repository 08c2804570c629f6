/* SPDX-License-Identifier: Apache-2.0 */
#include "media/decode/job.h"

#include "base/alloc.h"
#include "media/blocks.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A mapping costs faults and, when it goes, an interrupt of every processor that this process ran
 * on: more than copying a small file. */
#define COPY_BYTES ((uint64_t)1 << 20)

static jz_status copy_file(jz_job *job, jz_err *err)
{
    jz_auto(uint8_t) *copy = jz_alloc((size_t)job->file_size);
    if (copy == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no room for %" PRIu64 " bytes", job->file_size);
    for (size_t at = 0, got = 0; at < job->file_size; at += got) {
        JZ_TRY(jz_job_read(job, at, copy + at, (size_t)job->file_size - at, &got, err));
        if (got == 0)
            return JZ_FAIL(err, JZ_E_CHANGED, "shrank from %" PRIu64 " to %zu bytes",
                           job->file_size, at);
    }
    job->whole = JZ_TAKE(copy);
    return JZ_OK;
}

static jz_status map_file(jz_job *job, jz_err *err)
{
    void *p = mmap(NULL, (size_t)job->file_size, PROT_READ, MAP_PRIVATE, job->fd, 0);
    if (p == MAP_FAILED && errno == ENOMEM)
        return JZ_FAIL(err, JZ_E_NOMEM, "no room to map %" PRIu64 " bytes", job->file_size);
    if (p == MAP_FAILED)
        return JZ_FAIL(err, JZ_E_IO, "mapping %" PRIu64 " bytes: errno %d", job->file_size, errno);
    job->whole = p;
    return JZ_OK;
}

jz_status jz_job_whole(jz_job *job, jz_bytes *out, jz_err *err)
{
    if (job->file_size > job->limits.max_still_bytes)
        return JZ_FAIL(err, JZ_E_LIMIT, "file of %" PRIu64 " bytes, limit for stills %" PRIu64,
                       job->file_size, job->limits.max_still_bytes);
    if (job->input != NULL) {
        *out = (jz_bytes){ job->input, (size_t)job->file_size };
        return JZ_OK;
    }
    if (job->whole == NULL && job->file_size <= COPY_BYTES)
        JZ_TRY(copy_file(job, err));
    else if (job->whole == NULL)
        JZ_TRY(map_file(job, err));
    *out = (jz_bytes){ job->whole, (size_t)job->file_size };
    return JZ_OK;
}

jz_status jz_job_read(jz_job *job, uint64_t offset, void *buf, size_t size, size_t *got,
                      jz_err *err)
{
    *got = 0;
    if (offset > INT64_MAX)
        return JZ_OK;
    if (job->input != NULL) {
        const uint64_t left = offset < job->file_size ? job->file_size - offset : 0;
        *got = size < left ? size : (size_t)left;
        memcpy(buf, job->input + (job->file_size - left), *got);
        return JZ_OK;
    }
    for (;;) {
        const ssize_t n = pread(job->fd, buf, size, (off_t)offset);
        if (n >= 0) {
            *got = (size_t)n;
            return JZ_OK;
        }
        if (errno != EINTR)
            return JZ_FAIL(err, JZ_E_IO, "reading %zu bytes at offset %" PRIu64 ": errno %d", size,
                           offset, errno);
    }
}

jz_status jz_job_check_size(const jz_job *job, uint64_t width, uint64_t height, jz_err *err)
{
    if (width == 0 || height == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a picture of %" PRIu64 " x %" PRIu64 " pixels", width,
                       height);
    if (width > UINT32_MAX || height > UINT32_MAX || width > job->limits.max_pixels / height)
        return JZ_FAIL(err, JZ_E_LIMIT,
                       "a picture of %" PRIu64 " x %" PRIu64 " pixels, limit %" PRIu64, width,
                       height, job->limits.max_pixels);
    return JZ_OK;
}

jz_status jz_job_frame(jz_job *job, uint32_t width, uint32_t height, uint32_t channels,
                       uint8_t **px, jz_err *err)
{
    JZ_TRY(jz_job_check_size(job, width, height, err));
    const size_t stride = (size_t)width * channels;
    if (stride > job->pixels_size / height)
        return JZ_FAIL(err, JZ_E_LIMIT, "%u x %u pixels of %u bytes do not fit in %zu bytes", width,
                       height, channels, job->pixels_size);
    job->frame = (jz_frame){
        .plane = { .px = job->pixels,
                   .width = width,
                   .height = height,
                   .stride = stride,
                   .channels = channels },
        .full_width = width,
        .full_height = height,
    };
    *px = job->pixels;
    return JZ_OK;
}

bool jz_job_wants_frame(const jz_job *job)
{
    if (job->opts.first_frame_only)
        return job->info.frames == 0;
    const double step = floor(job->opts.interval_s * job->info.fps);
    if (job->opts.every_frame || job->opts.key_frames || !(step > 1))
        return true;
    if (step >= (double)job->limits.max_frames)
        return job->info.frames == 0;
    return job->info.frames % (uint64_t)step == 0;
}

static jz_status check_count(const jz_job *job, jz_err *err)
{
    if (job->info.frames >= job->limits.max_frames)
        return JZ_FAIL(err, JZ_E_LIMIT, "more frames than %" PRIu64, job->limits.max_frames);
    return JZ_OK;
}

jz_status jz_job_emit(jz_job *job, jz_err *err)
{
    JZ_TRY(check_count(job, err));
    job->frame.index = job->info.frames;
    job->frame.at_seconds = job->info.fps > 0 ? (double)job->info.frames / job->info.fps : 0;
    job->frame.shown_seconds = job->shown_seconds;
    JZ_TRY(job->send(job, err));
    job->info.frames++;
    if (job->opts.first_frame_only && (job->info.animated || job->format->kind == JZ_KIND_VIDEO))
        return JZ_FAIL(err, JZ_E_INTERRUPTED, "only the first frame was asked for");
    return JZ_OK;
}

jz_status jz_job_emit_only(jz_job *job, jz_err *err)
{
    job->last = true;
    return jz_job_emit(job, err);
}

jz_status jz_job_skip(jz_job *job, jz_err *err)
{
    JZ_TRY(check_count(job, err));
    job->info.frames++;
    if (job->alive != NULL)
        job->alive(job);
    return JZ_OK;
}

static bool read_at(void *user, uint64_t offset, uint8_t *buf, size_t size)
{
    size_t got = 0;
    return jz_job_read(user, offset, buf, size, &got, NULL) == JZ_OK && got == size;
}

jz_status jz_job_end(jz_job *job, jz_status st, jz_err *err)
{
    if ((st != JZ_OK && st != JZ_E_CORRUPT) ||
        !jz_blocks_end_early(job->format, job->file_size, read_at, job))
        return st;
    return JZ_FAIL(err, JZ_E_TRUNCATED,
                   "%s: a file of %" PRIu64 " bytes that goes on, %" PRIu64 " frames read",
                   job->format->name, job->file_size, job->info.frames);
}

jz_status jz_job_check_nesting(jz_job *job, jz_err *err)
{
    const unsigned most = job->limits.max_nesting;
    if (jz_blocks_depth(job->format, job->file_size, read_at, job, most) > most)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: blocks nested more than %u deep", job->format->name,
                       most);
    return JZ_OK;
}

void jz_job_done(jz_job *job)
{
    if (job->file_size <= COPY_BYTES)
        jz_free(job->whole);
    else if (job->whole != NULL)
        (void)munmap(job->whole, (size_t)job->file_size);
    job->whole = NULL;
}
