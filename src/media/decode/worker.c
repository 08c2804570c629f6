/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/pdq_still.h"
#include "media/decode/confine.h"
#include "media/decode/job.h"
#include "media/input.h"
#include "media/limits.h"
#include "media/pixels.h"
#include "media/proto.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define ALIVE_EVERY_S 1

_Static_assert(sizeof(jz_pdq_still) == JZ_MSG_PDQ_BYTES, "they go through a message as they are");

typedef struct worker {
    uint8_t *pixels;
    size_t pixels_size;
    const uint8_t *input;
    time_t spoke_at;   /* last message, by the monotonic clock */
    jz_msg_frame last; /* the item's last frame, told with its end */
    bool has_last;
    jz_pdq_still pdq; /* of the last frame */
    bool has_pdq;
} worker;

static time_t now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec;
}

/* A socket that is gone, or garbage from jz: there is nobody left to tell. */
static void send_or_die(jz_msg_type type, jz_msg *m)
{
    if (jz_msg_send(JZ_WORKER_SOCK_FD, type, m, NULL, 0, NULL) != JZ_OK)
        _exit(0);
}

static void recv_or_die(jz_msg_type type, jz_msg *m, int *fd)
{
    if (jz_msg_recv(JZ_WORKER_SOCK_FD, m, fd, fd != NULL ? 1 : 0, NULL) != JZ_OK ||
        m->type != (uint32_t)type)
        _exit(0);
}

/* A picture that is turned for being shown is hashed by jz, both ways; so is one that could not be
 * hashed here. */
static void hash_last(worker *w, const jz_job *job)
{
    const jz_frame *f = &job->frame;
    w->has_pdq = job->opts.pdq && job->info.orientation == 1 && f->plane.width == f->full_width &&
                 f->plane.height == f->full_height &&
                 jz_pdq_still_make(&f->plane, &w->pdq, NULL) == JZ_OK;
}

/* jz_job.send: the frame lies in the shared buffer already. The last one is told together with the
 * decoder's end: one message less, and jz, woken earlier, would move to another processor, away
 * from the pixels in this one's cache. */
static jz_status send_frame(jz_job *job, jz_err *err)
{
    worker *w = job->send_user;
    jz_msg m = { 0 };
    w->has_last = job->last;
    jz_msg_frame_write(&job->frame, &job->info, job->last ? &w->last : &m.u.frame);
    if (job->last) {
        hash_last(w, job);
        return JZ_OK;
    }
    send_or_die(JZ_MSG_FRAME, &m);
    recv_or_die(JZ_MSG_ANSWER, &m, NULL);
    w->spoke_at = now_s();
    return m.u.answer.go_on ? JZ_OK : JZ_FAIL(err, JZ_E_INTERRUPTED, "stopped");
}

/* jz_job.alive */
static void send_alive(jz_job *job)
{
    worker *w = job->send_user;
    const time_t now = now_s();
    if (now - w->spoke_at < ALIVE_EVERY_S)
        return;
    jz_msg m = { .u.alive = { .frames = job->info.frames } };
    send_or_die(JZ_MSG_ALIVE, &m);
    w->spoke_at = now;
}

static jz_job job_of(worker *w, const jz_msg_decode *in, int fd)
{
    return (jz_job){
        .format = jz_format_by_name(in->format),
        .fd = fd,
        .input = (in->flags & JZ_MSG_IN_INPUT) != 0 ? w->input : NULL,
        .file_size = in->file_size,
        .limits = { .max_pixels = in->max_pixels,
                    .max_frames = in->max_frames,
                    .max_still_bytes = in->max_still_bytes,
                    .max_memory_bytes = in->max_memory_bytes,
                    .max_duration_s = in->max_duration_s,
                    .max_nesting = in->max_nesting },
        .opts = { .grey_scaled = (in->flags & JZ_MSG_GREY_SCALED) != 0,
                  .first_frame_only = (in->flags & JZ_MSG_FIRST_FRAME) != 0,
                  .every_frame = (in->flags & JZ_MSG_EVERY_FRAME) != 0,
                  .key_frames = (in->flags & JZ_MSG_KEY_FRAMES) != 0,
                  .pdq = (in->flags & JZ_MSG_PDQ) != 0,
                  .quantiser = (in->flags & JZ_MSG_QUANTISER) != 0,
                  .interval_s = in->interval_s },
        .info = { .format = jz_format_by_name(in->format), .orientation = 1 },
        .pixels = w->pixels,
        .pixels_size = w->pixels_size,
        .send = send_frame,
        .alive = send_alive,
        .send_user = w,
    };
}

static jz_status run(jz_job *job, jz_err *err)
{
    const jz_decoder_row *row = job->format != NULL ? jz_decoder_find(job->format) : NULL;
    if (job->fd < 0 && job->input == NULL)
        return JZ_FAIL(err, JZ_E_IO, "no file came with the request");
    if (row == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no decoder for this format");
    JZ_TRY(jz_job_check_nesting(job, err));
    const jz_status st = row->decode(job, err);
    jz_job_done(job);
    if (st == JZ_E_NOMEM)
        return JZ_FAIL(err, JZ_E_LIMIT, "decoder memory limit of %" PRIu64 " bytes",
                       job->limits.max_memory_bytes);
    /* The decoder was told to stop, by jz or because it had given the one frame that was wanted. */
    return st == JZ_E_INTERRUPTED ? JZ_OK : st;
}

static void serve(worker *w)
{
    jz_msg m;
    int fd = -1;
    recv_or_die(JZ_MSG_DECODE, &m, &fd);
    jz_job job = job_of(w, &m.u.decode, fd);
    jz_err err = { 0 };
    w->spoke_at = now_s();
    const jz_status st = run(&job, &err);
    m = (jz_msg){ 0 };
    jz_msg_done_write(st, &err, &job.info, w->has_last ? &m.u.last.done : &m.u.done);
    if (fd >= 0)
        (void)close(fd); /* was only read */
    if (w->has_last)
        m.u.last.frame = w->last;
    if (w->has_last && w->has_pdq) {
        m.u.last.pdq_size = sizeof w->pdq;
        memcpy(m.u.last.pdq, &w->pdq, sizeof w->pdq);
    }
    send_or_die(w->has_last ? JZ_MSG_LAST : JZ_MSG_DONE, &m);
    w->has_last = false;
}

static jz_status set_up(worker *w, int pixels_fd, int input_fd, const jz_confinement *c,
                        uint32_t *landlock_abi, jz_err *err)
{
    JZ_TRY(jz_pixels_map(pixels_fd, w->pixels_size, true, &w->pixels, err));
    JZ_TRY(jz_input_map(input_fd, &w->input, err));
    if (close_range(JZ_WORKER_SOCK_FD + 1, ~0u, 0) != 0)
        return JZ_FAIL(err, JZ_E_IO, "close_range: %s", strerror(errno));
    return jz_confine(c, landlock_abi, err);
}

void jz_worker_run(int pixels_fd, size_t pixels_size, int input_fd, uint64_t max_memory_bytes,
                   bool threads)
{
    const jz_confinement c = { .memory_bytes = max_memory_bytes, .threads = threads };
    worker w = { .pixels_size = pixels_size };
    jz_msg m = { 0 };
    jz_err err = { 0 };
    const jz_status st = set_up(&w, pixels_fd, input_fd, &c, &m.u.ready.landlock_abi, &err);
    m.u.ready.status = (uint32_t)st;
    (void)snprintf(m.u.ready.text, sizeof m.u.ready.text, "%s", err.frame[0]);
    send_or_die(JZ_MSG_READY, &m);
    if (st != JZ_OK)
        _exit(1); /* never decode outside the sandbox */
    for (;;)
        serve(&w);
}
