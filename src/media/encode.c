/* SPDX-License-Identifier: Apache-2.0 */
/* jz's side of jz-encode: it packs the request, starts the program, listens until it is done and
 * sees to it that nothing is left behind, neither a process nor half a file. */
#include "media/encode.h"

#include "base/alloc.h"
#include "base/file.h"
#include "media/encode_request.h"
#include "media/limits.h"
#include "media/program.h"
#include "media/proto.h"
#include "media/source.h"

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define MEMORY_BYTES ((uint64_t)4 << 30)
#define STALL_MS 300000
#define OUTPUT_FACTOR 8                        /* an output is at most so many times the input, */
#define OUTPUT_BYTES_MIN ((uint64_t)256 << 20) /* but this much is always allowed */
#define THREADS_MAX 8
#define SOUND_SAMPLES_MAX ((size_t)1 << 28)
#define SOUND_GAP_MS_MAX 10000
#define HEARD_LEVEL_DB_MAX 1000 /* samples in floating point may lie far outside of full scale */

typedef struct task {
    jz_encode_request request;
    const jz_overlay *overlays;
    const jz_sound *sound;
    const jz_delta *delta;
    jz_heard heard;
    char *program;
    int in_fd;      /* a read-only copy */
    int out_fd;     /* for reading and writing where the caller's allows that */
    int request_fd; /* the sealed memory file */
    pid_t pid;      /* 0 = not running */
    int sock;
} task;

static void close_task(task *t)
{
    if (t->pid > 0) {
        (void)kill(t->pid, SIGKILL); /* gone already is as good */
        while (waitpid(t->pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    jz_fd_closep(&t->in_fd);
    jz_fd_closep(&t->out_fd);
    jz_fd_closep(&t->request_fd);
    jz_fd_closep(&t->sock);
    jz_free(t->program);
}

/* ---- the request ---- */

static jz_status check_files(const jz_encode_file *file, jz_err *err)
{
    struct stat in, out;
    if (fstat(file->in_fd, &in) != 0 || fstat(file->out_fd, &out) != 0)
        return JZ_FAIL(err, JZ_E_IO, "reading a file's size: %s", strerror(errno));
    if (!S_ISREG(in.st_mode) || !S_ISREG(out.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "not a regular file");
    if (in.st_dev == out.st_dev && in.st_ino == out.st_ino)
        return JZ_FAIL(err, JZ_E_INVAL, "input and output are the same file");
    return in.st_size > 0 ? JZ_OK : JZ_FAIL(err, JZ_E_EMPTY, "empty file");
}

static jz_status sniff(const jz_encode_file *file, uint64_t *size, const jz_format **format,
                       jz_err *err)
{
    jz_source src;
    uint8_t head[JZ_SNIFF_BYTES];
    JZ_TRY(jz_source_of_fd(file->in_fd, &src, err));
    const size_t n = src.size < sizeof head ? (size_t)src.size : sizeof head;
    JZ_TRY(jz_source_get(&src, 0, head, n, err));
    *size = src.size;
    *format = file->format != NULL ? file->format : jz_format_find((jz_bytes){ head, n });
    return *format != NULL ? JZ_OK
                           : JZ_FAIL(err, JZ_E_NOT_MEDIA, "no media format that is known here");
}

static jz_status describe(const jz_encode_file *file, jz_encode_request *r, jz_err *err)
{
    const jz_format *format = NULL;
    jz_limits limits = file->limits;
    if (limits.max_memory_bytes == 0)
        limits.max_memory_bytes = MEMORY_BYTES;
    if (limits.stall_ms == 0)
        limits.stall_ms = STALL_MS;
    r->magic = JZ_ENCODE_MAGIC;
    r->parent = getpid();
    r->limits = jz_limits_filled(&limits);
    JZ_TRY(check_files(file, err));
    JZ_TRY(sniff(file, &r->file_size, &format, err));
    (void)snprintf(r->format, sizeof r->format, "%s", format->name);
    const uint64_t most = r->file_size > UINT64_MAX / OUTPUT_FACTOR / 2
                              ? UINT64_MAX / 2
                              : r->file_size * OUTPUT_FACTOR;
    r->max_output = most > OUTPUT_BYTES_MIN ? most : OUTPUT_BYTES_MIN;
    const long n = sysconf(_SC_NPROCESSORS_ONLN);
    r->threads = n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (uint32_t)n;
    return JZ_OK;
}

static jz_status place_overlays(task *t, size_t n, uint64_t max_pixels, jz_err *err)
{
    jz_encode_request *r = &t->request;
    r->total = sizeof *r;
    r->overlays = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        const jz_overlay *o = &t->overlays[i];
        if (o->rgba == NULL || o->width == 0 || o->height == 0 ||
            o->width > max_pixels / o->height || o->stride / 4 < o->width)
            return JZ_FAIL(err, JZ_E_INVAL, "an overlay of %u x %u pixels in rows of %zu bytes",
                           o->width, o->height, o->stride);
        r->overlay[i].at = r->total;
        r->overlay[i].width = o->width;
        r->overlay[i].height = o->height;
        r->overlay[i].x = o->x;
        r->overlay[i].y = o->y;
        r->total += (uint64_t)o->width * o->height * 4;
    }
    return JZ_OK;
}

static jz_status place_sound(task *t, jz_err *err)
{
    const jz_sound *s = t->sound;
    jz_encode_request *r = &t->request;
    if (s->samples == NULL || s->n == 0 || s->n > SOUND_SAMPLES_MAX ||
        s->rate < JZ_SOUND_RATE_MIN || s->rate > JZ_SOUND_RATE_MAX ||
        s->gap_ms > SOUND_GAP_MS_MAX || (!s->at_start && !s->at_end))
        return JZ_FAIL(err, JZ_E_INVAL, "a sound of %zu samples at %u Hz", s->n, s->rate);
    r->sound.at = sizeof *r;
    r->sound.n = s->n;
    r->sound.rate = s->rate;
    r->sound.gap_ms = s->gap_ms;
    r->sound.at_start = s->at_start;
    r->sound.at_end = s->at_end;
    r->total = sizeof *r + s->n * sizeof *s->samples;
    return JZ_OK;
}

static jz_status place_delta(task *t, bool pattern, jz_err *err)
{
    const jz_delta *d = t->delta;
    jz_encode_request *r = &t->request;
    if (d->v == NULL || d->width < 2 || d->height < 2 || d->stride < d->width ||
        d->width > r->limits.max_pixels / d->height || !(d->unit > 0))
        return JZ_FAIL(err, JZ_E_INVAL, "a change of brightness on a raster of %u x %u", d->width,
                       d->height);
    r->delta.at = sizeof *r;
    r->delta.width = d->width;
    r->delta.height = d->height;
    r->delta.unit = pattern ? 0 : d->unit;
    r->total = sizeof *r + (uint64_t)d->width * d->height * sizeof *d->v;
    r->overlays = 1;
    return JZ_OK;
}

static jz_status write_delta(const task *t, jz_err *err)
{
    const jz_delta *d = t->delta;
    for (size_t y = 0; y < d->height; y++)
        JZ_TRY(jz_write_all(t->request_fd, d->v + y * d->stride, d->width * sizeof *d->v,
                            "the request", err));
    return JZ_OK;
}

static jz_status write_overlays(const task *t, jz_err *err)
{
    for (uint32_t i = 0; i < t->request.overlays; i++) {
        const jz_overlay *o = &t->overlays[i];
        for (size_t y = 0; y < o->height; y++)
            JZ_TRY(jz_write_all(t->request_fd, o->rgba + y * o->stride, (size_t)o->width * 4,
                                "the request", err));
    }
    return JZ_OK;
}

/* Sealed: neither side can change it any more, or cut it off under the other's map. */
static jz_status write_request(task *t, jz_err *err)
{
    t->request_fd = memfd_create("jz-encode", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (t->request_fd < 0)
        return JZ_FAIL(err, JZ_E_IO, "a memory file: %s", strerror(errno));
    JZ_TRY(jz_write_all(t->request_fd, &t->request, sizeof t->request, "the request", err));
    JZ_TRY(t->delta != NULL ? write_delta(t, err) : write_overlays(t, err));
    if (t->sound != NULL)
        JZ_TRY(jz_write_all(t->request_fd, t->sound->samples,
                            t->sound->n * sizeof *t->sound->samples, "the request", err));
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
    if (fcntl(t->request_fd, F_ADD_SEALS, seals) != 0)
        return JZ_FAIL(err, JZ_E_IO, "sealing the request: %s", strerror(errno));
    return JZ_OK;
}

/* ---- the program ---- */

/* Some writers read back what they wrote, which a descriptor for writing alone does not allow. */
static jz_status open_output(int fd, int *out, jz_err *err)
{
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    *out = open(path, O_RDWR | O_CLOEXEC);
    if (*out < 0)
        *out = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (*out < 0 || ftruncate(*out, 0) != 0)
        return JZ_FAIL(err, JZ_E_IO, "opening the output: %s", strerror(errno));
    return JZ_OK;
}

static jz_status start(task *t, jz_err *err)
{
    int pair[2];
    JZ_TRY(jz_msg_pair(pair, err));
    t->sock = pair[0];
    JZ_FD_AUTO theirs = pair[1];
    const int fds[JZ_ENCODE_FDS] = {
        [0] = theirs,
        [JZ_ENCODE_OUT_FD - JZ_ENCODE_SOCK_FD] = t->out_fd,
        [JZ_ENCODE_IN_FD - JZ_ENCODE_SOCK_FD] = t->in_fd,
        [JZ_ENCODE_REQUEST_FD - JZ_ENCODE_SOCK_FD] = t->request_fd,
    };
    return jz_program_start(t->program, "--task", fds, JZ_ENCODE_FDS, &t->pid, err);
}

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The next message, before the whole task's time is up: however often the program speaks. */
static jz_status hear(const task *t, int64_t end_ms, jz_msg *m, jz_err *err)
{
    int64_t left = end_ms - now_ms();
    return jz_msg_wait(t->sock, "encoder", t->request.limits.stall_ms, &left, m, err);
}

/* What it claims to have measured. */
static jz_status read_heard(const jz_msg_encoded *m, jz_heard *out, jz_err *err)
{
    if (m->rate == 0 || m->rate > JZ_SOUND_RATE_MAX || m->channels == 0 ||
        m->channels > JZ_SOUND_CHANNELS_MAX || !(m->level_db >= JZ_HEARD_SILENCE_DB) ||
        !(m->level_db <= HEARD_LEVEL_DB_MAX) || !(m->peak >= 0) || m->peak > (double)FLT_MAX)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a sound of %u channels at %u Hz, %g dB, peak %g",
                       m->channels, m->rate, m->level_db, m->peak);
    *out = (jz_heard){ .rate = m->rate,
                       .channels = m->channels,
                       .samples = m->done.info.frames,
                       .level_db = m->level_db,
                       .peak = m->peak };
    return JZ_OK;
}

/* Until it has said how the task ended. A failure is the program's own; *result is the task's. */
static jz_status listen_to(task *t, jz_encode_info *info, jz_status *result, jz_err *err)
{
    jz_msg m;
    jz_err chain;
    uint64_t last = 0;
    const int64_t end_ms = now_ms() + t->request.limits.timeout_ms;
    JZ_TRY(hear(t, end_ms, &m, err));
    if (m.type != JZ_MSG_READY || m.u.ready.status > JZ_E_BUG)
        return JZ_FAIL(err, JZ_E_CORRUPT, "message %u at its start", m.type);
    if (m.u.ready.status != JZ_OK)
        return JZ_FAIL(err, (jz_status)m.u.ready.status, "no sandbox for the encoder: %s",
                       m.u.ready.text);
    for (;;) {
        JZ_TRY(hear(t, end_ms, &m, err));
        if (m.type == JZ_MSG_ENCODED)
            break;
        if (m.type != JZ_MSG_ALIVE || m.u.alive.frames <= last)
            return JZ_FAIL(err, JZ_E_CORRUPT, "message %u, %" PRIu64 " after %" PRIu64, m.type,
                           m.u.alive.frames, last);
        last = m.u.alive.frames;
    }
    JZ_TRY(jz_msg_done_read(&m.u.encoded.done, result, &chain, err));
    if (*result == JZ_OK && t->request.kind == JZ_ENCODE_LISTEN)
        JZ_TRY(read_heard(&m.u.encoded, &t->heard, err));
    if (*result != JZ_OK && err != NULL)
        *err = chain;
    if (*result == JZ_OK &&
        (!(m.u.encoded.covered_until_s >= 0) || m.u.encoded.covered > m.u.encoded.done.info.frames))
        return JZ_FAIL(err, JZ_E_CORRUPT, "%" PRIu64 " frames covered, until %g s",
                       m.u.encoded.covered, m.u.encoded.covered_until_s);
    *info = (jz_encode_info){ .frames = m.u.encoded.done.info.frames,
                              .covered = m.u.encoded.covered,
                              .covered_until_s = m.u.encoded.covered_until_s,
                              .streams_dropped = m.u.encoded.streams_dropped,
                              .untouched = m.u.encoded.untouched != 0 };
    memcpy(info->codec, m.u.encoded.done.info.codec, sizeof info->codec);
    return JZ_OK;
}

static bool input_changed(const task *t)
{
    struct stat st;
    return fstat(t->in_fd, &st) == 0 && (uint64_t)st.st_size != t->request.file_size;
}

/* What the loss of the program means; cause is what was noticed first. */
static jz_status lost(task *t, jz_status cause, jz_err *err)
{
    if (cause == JZ_E_CORRUPT) {
        jz_err_wrap(err, "the encoder sent nonsense");
        if (err != NULL)
            err->code = JZ_E_CRASH;
        return JZ_E_CRASH;
    }
    if (cause != JZ_E_CRASH)
        return cause;
    int status = -1;
    while (waitpid(t->pid, &status, 0) < 0)
        if (errno != EINTR) { /* somebody else has waited for it */
            status = -1;
            break;
        }
    t->pid = 0;
    if (input_changed(t)) /* a mapped file that shrinks is a SIGBUS */
        return JZ_FAIL(err, JZ_E_CHANGED, "the file changed while it was read");
    char why[JZ_ERR_TEXT];
    return JZ_FAIL(err, JZ_E_CRASH, "%s", jz_program_death("encoder", status, why, sizeof why));
}

static jz_status run(task *t, const jz_encode_file *file, jz_encode_info *info, jz_err *err)
{
    JZ_TRY(jz_program_find("jz-encode", "JZ_ENCODE", file->program, &t->program, err));
    JZ_TRY(jz_fd_read_only(file->in_fd, &t->in_fd, err));
    JZ_TRY(open_output(file->out_fd, &t->out_fd, err));
    JZ_TRY(write_request(t, err));
    JZ_TRY(start(t, err));
    jz_status result = JZ_OK;
    const jz_status st = listen_to(t, info, &result, err);
    return st == JZ_OK ? result : lost(t, st, err);
}

static jz_status perform(task *t, const jz_encode_file *file, jz_encode_info *info, jz_err *err)
{
    jz_encode_info heard = { 0 };
    jz_status st = run(t, file, &heard, err);
    close_task(t); /* first, so that nobody writes any more */
    if (st == JZ_OK)
        *info = heard;
    else if (ftruncate(file->out_fd, 0) != 0 && st != JZ_E_INVAL)
        jz_err_wrap(err, "the output could not be emptied after this");
    return st;
}

static jz_status set_span(jz_encode_request *r, const jz_encode_span *span, jz_err *err)
{
    r->span = span != NULL ? *span : (jz_encode_span){ 0 };
    if (!(r->span.from_s >= 0) || !(r->span.until_s >= 0))
        return JZ_FAIL(err, JZ_E_INVAL, "a mark from %g to %g seconds", r->span.from_s,
                       r->span.until_s);
    return JZ_OK;
}

#define TASK_NONE ((task){ .in_fd = -1, .out_fd = -1, .request_fd = -1, .sock = -1 })

jz_status jz_encode_overlay(const jz_encode_file *file, const jz_overlay *overlays, size_t n,
                            const jz_encode_span *span, jz_encode_info *info, jz_err *err)
{
    task t = TASK_NONE;
    t.overlays = overlays;
    if (n == 0 || n > JZ_OVERLAYS_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu overlays, at most %d", n, JZ_OVERLAYS_MAX);
    t.request.kind = JZ_ENCODE_OVERLAYS;
    JZ_TRY(set_span(&t.request, span, err));
    JZ_TRY(describe(file, &t.request, err));
    JZ_TRY(place_overlays(&t, n, t.request.limits.max_pixels, err));
    return perform(&t, file, info, err);
}

jz_status jz_encode_delta(const jz_encode_file *file, const jz_delta *delta, const float *pattern,
                          jz_encode_info *info, jz_err *err)
{
    const jz_delta frames = { pattern, JZ_ENCODE_PATTERN, JZ_ENCODE_PATTERN, JZ_ENCODE_PATTERN, 1 };
    task t = TASK_NONE;
    t.delta = pattern != NULL ? &frames : delta;
    t.request.kind = JZ_ENCODE_DELTA;
    JZ_TRY(describe(file, &t.request, err));
    JZ_TRY(place_delta(&t, pattern != NULL, err));
    return perform(&t, file, info, err);
}

jz_status jz_encode_sound(const jz_encode_file *file, const jz_sound *sound, jz_encode_info *info,
                          jz_err *err)
{
    task t = TASK_NONE;
    t.sound = sound;
    t.request.kind = JZ_ENCODE_SOUND;
    JZ_TRY(describe(file, &t.request, err));
    JZ_TRY(place_sound(&t, err));
    return perform(&t, file, info, err);
}

jz_status jz_encode_listen(const jz_encode_file *file, const jz_encode_span *span, jz_heard *out,
                           jz_err *err)
{
    static const jz_encode_span none = { .from_s = HUGE_VAL };
    task t = TASK_NONE;
    jz_encode_info info;
    t.request.kind = JZ_ENCODE_LISTEN;
    t.request.total = sizeof t.request;
    JZ_TRY(set_span(&t.request, span != NULL ? span : &none, err));
    JZ_TRY(describe(file, &t.request, err));
    JZ_TRY(perform(&t, file, &info, err));
    *out = t.heard;
    return JZ_OK;
}

jz_status jz_encode_frames(const jz_encode_file *file, const jz_encode_clip *clip,
                           jz_encode_info *info, jz_err *err)
{
    jz_encode_file as_mp4 = *file;
    task t = TASK_NONE;
    as_mp4.format = jz_format_by_name("mp4");
    t.request.kind = JZ_ENCODE_CLIP;
    t.request.total = sizeof t.request;
    t.request.clip = *clip;
    if (clip->width == 0 || clip->width > JZ_CLIP_SIDE_MAX || clip->width % 2 != 0 ||
        clip->height == 0 || clip->height > JZ_CLIP_SIDE_MAX || clip->height % 2 != 0 ||
        clip->fps == 0 || clip->fps > 240 || clip->crf > 51)
        return JZ_FAIL(err, JZ_E_INVAL, "a clip of %u x %u pixels, %u a second, CRF %u",
                       clip->width, clip->height, clip->fps, clip->crf);
    JZ_TRY(describe(&as_mp4, &t.request, err));
    const uint64_t frame = (uint64_t)clip->width * clip->height / 2 * 3;
    if (t.request.file_size % frame != 0 ||
        t.request.file_size / frame > t.request.limits.max_frames)
        return JZ_FAIL(err, JZ_E_INVAL, "%" PRIu64 " bytes of frames of %" PRIu64,
                       t.request.file_size, frame);
    return perform(&t, &as_mp4, info, err);
}
