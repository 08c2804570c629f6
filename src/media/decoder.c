/* SPDX-License-Identifier: Apache-2.0 */
/* One item after the other through a confined worker: one of each kind at most. */
#include "base/alloc.h"
#include "base/file.h"
#include "media/input.h"
#include "media/limits.h"
#include "media/pixels.h"
#include "media/program.h"
#include "media/proto.h"
#include "media/sandbox.h"
#include "media/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORKER_ITEMS 1000                    /* then it is replaced: a leak stays bounded */
#define PIXELS_KEPT_BYTES ((size_t)16 << 20) /* of a buffer between two items */
#define START_MS 20000                       /* for a worker to confine itself */

typedef struct slot { /* a worker and the buffer that it alone shares with jz */
    jz_worker worker;
    int pixels_fd;   /* -1 until first use */
    uint8_t *pixels; /* for reading only */
    uint32_t items;  /* given to this worker */
    uint64_t used;   /* of the buffer's bytes, at most, since it was trimmed */
} slot;

struct jz_decoder {
    jz_sandbox *sandbox;
    const jz_limits *limits;
    size_t pixels_size;
    slot slots[JZ_WORKER_KINDS];
    int input_fd; /* -1 until first use */
    uint8_t *input;
};

typedef struct item {
    jz_decoder *d;
    slot *s;
    int fd;
    uint64_t size;
    jz_decode_opts opts;
    jz_frame_fn fn;
    void *user;
    jz_media_info *info;
    int64_t left_ms;  /* of the item's time; what fn takes is not counted */
    uint64_t frames;  /* delivered */
    uint64_t next;    /* smallest number that the next frame may have */
    uint64_t skipped; /* as the last ALIVE said */
    bool orphaned;    /* the zygote died under the worker */
    bool stopped;     /* fn has failed with the status below */
    jz_status fn_status;
} item;

/* ---- the pixel buffer ---- */

static jz_status open_pixels(const jz_decoder *d, slot *s, jz_err *err)
{
    if (s->pixels_fd >= 0)
        return JZ_OK;
    JZ_FD_AUTO fd = -1;
    JZ_TRY(jz_pixels_new(d->pixels_size, &fd, err));
    JZ_TRY(jz_pixels_map(fd, d->pixels_size, false, &s->pixels, err));
    s->pixels_fd = fd;
    fd = -1;
    return JZ_OK;
}

/* Gives the pages of a big picture back, so that memory does not grow to the largest ever seen. */
static void trim_pixels(const jz_decoder *d, slot *s)
{
    if (s->used <= PIXELS_KEPT_BYTES)
        return;
    s->used = 0;
    (void)fallocate(s->pixels_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                    (off_t)PIXELS_KEPT_BYTES,
                    (off_t)(d->pixels_size - PIXELS_KEPT_BYTES)); /* an economy only */
}

static void close_slot(jz_decoder *d, slot *s)
{
    (void)jz_sandbox_reap(d->sandbox, &s->worker);
    if (s->pixels_fd < 0)
        return;
    (void)munmap(s->pixels, d->pixels_size);
    (void)close(s->pixels_fd); /* memory */
}

/* ---- the input ---- */

static jz_status open_input(jz_decoder *d, jz_err *err)
{
    return d->input_fd >= 0 ? JZ_OK : jz_input_new(&d->input_fd, &d->input, err);
}

jz_status jz_decoder_read(jz_decoder *d, int fd, uint64_t size, jz_bytes *out, jz_err *err)
{
    jz_source src;
    *out = (jz_bytes){ 0 };
    if (size == 0 || size > JZ_INPUT_BYTES)
        return JZ_OK;
    JZ_TRY(open_input(d, err));
    jz_source_of_sized_fd(fd, size, &src);
    JZ_TRY(jz_source_get(&src, 0, d->input, (size_t)size, err));
    *out = (jz_bytes){ d->input, (size_t)size };
    return JZ_OK;
}

/* ---- the worker's life ---- */

static jz_status worker_ready(const jz_worker *w, jz_err *err)
{
    jz_msg m;
    int64_t left = START_MS;
    JZ_TRY(jz_msg_wait(w->sock, "decoder", START_MS, &left, &m, err));
    if (m.type != JZ_MSG_READY || m.u.ready.status > JZ_E_BUG)
        return JZ_FAIL(err, JZ_E_CRASH, "a new decoder process sent message %u", m.type);
    if (m.u.ready.status != JZ_OK)
        return JZ_FAIL(err, (jz_status)m.u.ready.status, "no sandbox for the decoder: %s",
                       m.u.ready.text);
    return JZ_OK;
}

static bool is_alive(const jz_worker *w)
{
    if (w->pidfd < 0)
        return false;
    /* It has no reason to speak: a message is as bad as its end. That shows by the pidfd first: the
     * zygote may still hold the socket's other end. */
    struct pollfd p[] = { { .fd = w->sock, .events = POLLIN },
                          { .fd = w->pidfd, .events = POLLIN } };
    return poll(p, JZ_ARRAY_LEN(p), 0) == 0;
}

/* A worker that is ready for the next item. */
static jz_status ensure_worker(jz_decoder *d, slot *s, jz_err *err)
{
    JZ_TRY(open_pixels(d, s, err));
    JZ_TRY(open_input(d, err));
    if (s->items < WORKER_ITEMS && is_alive(&s->worker)) {
        s->items++;
        return JZ_OK;
    }
    (void)jz_sandbox_reap(d->sandbox, &s->worker); /* between items: its end is nobody's fault */
    const jz_shared shared = { .pixels_fd = s->pixels_fd,
                               .pixels_size = d->pixels_size,
                               .input_fd = d->input_fd };
    JZ_TRY(jz_sandbox_spawn(d->sandbox, (jz_worker_kind)(s - d->slots), &shared, &s->worker, err));
    const jz_status st = worker_ready(&s->worker, err);
    if (st != JZ_OK)
        (void)jz_sandbox_reap(d->sandbox, &s->worker);
    s->items = 1;
    return st;
}

static bool file_changed(const item *it)
{
    struct stat st;
    return fstat(it->fd, &st) == 0 && (uint64_t)st.st_size != it->size;
}

/* The worker has failed in a way that ends it; cause is what was noticed first. */
static jz_status lose_worker(item *it, jz_status cause, jz_err *err)
{
    it->orphaned = jz_sandbox_orphaned(it->d->sandbox, &it->s->worker);
    const int status = jz_sandbox_reap(it->d->sandbox, &it->s->worker);
    if (cause == JZ_E_CORRUPT) {
        jz_err_wrap(err, "the decoder sent nonsense");
        if (err != NULL)
            err->code = JZ_E_CRASH;
        return JZ_E_CRASH;
    }
    if (cause != JZ_E_CRASH)
        return cause;
    if (file_changed(it)) /* a mapped file that shrinks is a SIGBUS */
        return JZ_FAIL(err, JZ_E_CHANGED, "the file changed while it was decoded");
    char why[JZ_ERR_TEXT];
    return JZ_FAIL(err, JZ_E_CRASH, "%s", jz_program_death("decoder", status, why, sizeof why));
}

/* ---- one item's messages; JZ_E_CORRUPT means that the worker, not the file, makes no sense ----
 */

static jz_status send_request(const item *it, jz_err *err)
{
    const jz_limits *l = it->d->limits;
    const bool in_input = it->opts.whole.ptr != NULL;
    jz_msg m = { .u.decode = {
                     .file_size = it->size,
                     .max_pixels = l->max_pixels,
                     .max_frames = l->max_frames,
                     .max_still_bytes = l->max_still_bytes,
                     .max_memory_bytes = l->max_memory_bytes,
                     .interval_s = it->opts.interval_s,
                     .max_duration_s = l->max_duration_s,
                     .max_nesting = l->max_nesting,
                     .flags = (it->opts.grey_scaled ? JZ_MSG_GREY_SCALED : 0) |
                              (it->opts.first_frame_only ? JZ_MSG_FIRST_FRAME : 0) |
                              (it->opts.every_frame ? JZ_MSG_EVERY_FRAME : 0) |
                              (it->opts.key_frames ? JZ_MSG_KEY_FRAMES : 0) |
                              (it->opts.pdq ? JZ_MSG_PDQ : 0) |
                              (it->opts.quantiser ? JZ_MSG_QUANTISER : 0) |
                              (in_input ? JZ_MSG_IN_INPUT : 0),
                 } };
    (void)snprintf(m.u.decode.format, sizeof m.u.decode.format, "%s", it->info->format->name);
    return jz_msg_send(it->s->worker.sock, JZ_MSG_DECODE, &m, &it->fd, in_input ? 0 : 1, err);
}

/* Checks a frame and hands it on. */
static jz_status take_frame(item *it, const jz_msg_frame *in, jz_bytes pdq, jz_err *err)
{
    jz_media_info info = *it->info;
    jz_frame frame;
    JZ_TRY(jz_msg_info_read(&in->info, &info, err));
    JZ_TRY(jz_msg_frame_read(in, it->d->limits, it->s->pixels, it->d->pixels_size, &frame, err));
    const uint64_t used = (uint64_t)in->stride * in->height;
    it->s->used = used > it->s->used ? used : it->s->used;
    if (it->stopped || frame.index < it->next || (it->opts.first_frame_only && it->frames > 0))
        return JZ_FAIL(err, JZ_E_CORRUPT, "frame %" PRIu64 " instead of %" PRIu64, frame.index,
                       it->next);
    frame.pdq = pdq;
    info.frames = frame.index + 1;
    *it->info = info;
    it->next = frame.index + 1;
    it->frames++;
    it->fn_status = it->fn(it->user, &info, &frame, err);
    it->stopped = it->fn_status != JZ_OK;
    return JZ_OK;
}

static jz_status on_frame(item *it, const jz_msg_frame *in, jz_err *err)
{
    JZ_TRY(take_frame(it, in, (jz_bytes){ 0 }, err));
    jz_msg m = { .u.answer = { .go_on = !it->stopped } };
    return jz_msg_send(it->s->worker.sock, JZ_MSG_ANSWER, &m, NULL, 0, it->stopped ? NULL : err);
}

static jz_status on_alive(item *it, const jz_msg_alive *in, jz_err *err)
{
    if (in->frames > it->skipped && in->frames <= it->d->limits->max_frames) {
        it->skipped = in->frames;
        return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "%" PRIu64 " frames after %" PRIu64, in->frames, it->skipped);
}

static jz_status on_done(item *it, const jz_msg_done *in, jz_status *result, jz_err *err)
{
    jz_media_info info = *it->info;
    jz_err chain;
    JZ_TRY(jz_msg_info_read(&in->info, &info, err));
    JZ_TRY(jz_msg_done_read(in, result, &chain, err));
    if (it->stopped)
        return JZ_OK; /* what it says of the rest is of no interest */
    if (info.frames < it->next || info.frames > it->d->limits->max_frames ||
        *result == JZ_E_INTERRUPTED)
        return JZ_FAIL(err, JZ_E_CORRUPT, "status %d after %" PRIu64 " frames", (int)*result,
                       info.frames);
    *it->info = info;
    if (*result == JZ_OK && it->frames == 0)
        *result = JZ_FAIL(err, JZ_E_CORRUPT, "no picture in it");
    else if (*result != JZ_OK && err != NULL)
        *err = chain;
    return JZ_OK;
}

static jz_status on_last(item *it, const jz_msg_last *in, jz_status *result, jz_err *err)
{
    if (in->pdq_size != 0 && (in->pdq_size != sizeof in->pdq || !it->opts.pdq))
        return JZ_FAIL(err, JZ_E_CORRUPT, "hashes of %u bytes", in->pdq_size);
    JZ_TRY(take_frame(it, &in->frame, (jz_bytes){ in->pdq, in->pdq_size }, err));
    return on_done(it, &in->done, result, it->stopped ? NULL : err);
}

/* Until DONE or LAST. A failure is the worker's; *result is the item's. */
static jz_status converse(item *it, jz_status *result, jz_err *err)
{
    JZ_TRY(send_request(it, err));
    for (;;) {
        jz_msg m;
        jz_err *heard = it->stopped ? NULL : err; /* err holds what fn said by then */
        JZ_TRY(jz_msg_wait(it->s->worker.sock, "decoder", it->d->limits->stall_ms, &it->left_ms, &m,
                           heard));
        if (m.type == JZ_MSG_DONE)
            return on_done(it, &m.u.done, result, heard);
        if (m.type == JZ_MSG_LAST)
            return on_last(it, &m.u.last, result, heard);
        if (m.type == JZ_MSG_FRAME)
            JZ_TRY(on_frame(it, &m.u.frame, heard));
        else if (m.type == JZ_MSG_ALIVE)
            JZ_TRY(on_alive(it, &m.u.alive, heard));
        else
            return JZ_FAIL(heard, JZ_E_CORRUPT, "a message of type %u", m.type);
    }
}

static jz_status decode_once(item *it, jz_err *err)
{
    jz_status result = JZ_OK;
    it->left_ms = it->d->limits->timeout_ms;
    JZ_TRY(ensure_worker(it->d, it->s, err));
    const jz_status st = converse(it, &result, err);
    if (st != JZ_OK || result != JZ_OK)
        it->s->used = it->d->pixels_size; /* how much of it is not known */
    trim_pixels(it->d, it->s);
    if (st != JZ_OK)
        result = lose_worker(it, st, it->stopped ? NULL : err);
    return it->stopped ? it->fn_status : result;
}

/* ---- which file, which worker ---- */

static jz_status format_of(jz_bytes head, const jz_format **format, jz_err *err)
{
    *format = jz_format_find(head);
    return *format != NULL ? JZ_OK
                           : JZ_FAIL(err, JZ_E_NOT_MEDIA, "no media format that is known here");
}

static jz_status sniff_fd(int fd, uint64_t *size, const jz_format **format, jz_err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return JZ_FAIL(err, JZ_E_IO, "reading the file's size: %s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "not a regular file");
    if (st.st_size == 0)
        return JZ_FAIL(err, JZ_E_EMPTY, "empty file");
    uint8_t head[JZ_SNIFF_BYTES];
    ssize_t n = -1;
    do {
        n = pread(fd, head, sizeof head, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return JZ_FAIL(err, JZ_E_IO, "reading: %s", strerror(errno));
    *size = (uint64_t)st.st_size;
    return format_of((jz_bytes){ head, (size_t)n }, format, err);
}

static jz_status sniff(item *it, jz_err *err)
{
    const jz_bytes whole = it->opts.whole;
    if (whole.ptr == NULL)
        return sniff_fd(it->fd, &it->size, &it->info->format, err);
    if (whole.ptr != it->d->input || whole.len == 0 || whole.len > JZ_INPUT_BYTES)
        return JZ_FAIL(err, JZ_E_INVAL, "bytes that are not of jz_decoder_read()");
    it->size = whole.len;
    const size_t n = whole.len < JZ_SNIFF_BYTES ? whole.len : JZ_SNIFF_BYTES;
    return format_of((jz_bytes){ whole.ptr, n }, &it->info->format, err);
}

static jz_status check_kind(const jz_format *format, jz_err *err)
{
    static const struct {
        jz_media_kind kind;
        jz_status status;
        const char *text;
    } refused[] = {
        { JZ_KIND_ARCHIVE, JZ_E_ARCHIVE, "an archive, not opened" },
        { JZ_KIND_AUDIO, JZ_E_UNSUPPORTED, "sound, not examined for pictures" },
        { JZ_KIND_DOCUMENT, JZ_E_UNSUPPORTED, "a document, not rendered" },
        { JZ_KIND_SIDECAR, JZ_E_UNSUPPORTED, "credentials of another file, nothing to look at" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(refused); i++)
        if (refused[i].kind == format->kind)
            return JZ_FAIL(err, refused[i].status, "%s: %s", format->name, refused[i].text);
    return JZ_OK;
}

jz_status jz_decode(jz_decoder *d, int fd, const jz_decode_opts *opts, jz_frame_fn fn, void *user,
                    jz_media_info *info, jz_err *err)
{
    jz_worker_kind kind = JZ_WORKER_PLAIN;
    item it = {
        .d = d, .fd = fd, .opts = jz_decode_opts_filled(opts), .fn = fn, .user = user, .info = info
    };
    *info = (jz_media_info){ .orientation = 1 };
    JZ_TRY(sniff(&it, err));
    JZ_TRY(check_kind(info->format, err));
    JZ_TRY(jz_sandbox_find(d->sandbox, info->format, &kind, err));
    it.s = &d->slots[kind];
    JZ_FD_AUTO copy = -1;
    /* Even a worker that escaped its list of system calls could not write through it. */
    if (it.opts.whole.ptr == NULL && !jz_fd_is_read_only(fd)) {
        JZ_TRY(jz_fd_read_only(fd, &copy, err));
        it.fd = copy;
    }
    const jz_status st = decode_once(&it, err);
    /* Where the whole decoder program was lost, and the worker with it, the file is not to blame.
     */
    const bool again = st == JZ_E_CRASH && it.orphaned && it.frames == 0;
    return again ? decode_once(&it, err) : st;
}

jz_status jz_decoder_new(jz_sandbox *sb, jz_decoder **out, jz_err *err)
{
    jz_decoder *d = jz_alloc_zero(1, sizeof *d);
    if (d == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    d->sandbox = sb;
    d->limits = jz_sandbox_limits(sb);
    d->pixels_size = jz_limits_pixel_bytes(d->limits);
    d->input_fd = -1;
    for (size_t i = 0; i < JZ_ARRAY_LEN(d->slots); i++)
        d->slots[i] = (slot){ .worker = JZ_WORKER_NONE, .pixels_fd = -1 };
    *out = d;
    return JZ_OK;
}

void jz_decoder_free(jz_decoder *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < JZ_ARRAY_LEN(d->slots); i++)
        close_slot(d, &d->slots[i]);
    if (d->input_fd >= 0) {
        (void)munmap(d->input, JZ_INPUT_BYTES);
        (void)close(d->input_fd); /* memory */
    }
    jz_free(d);
}

size_t jz_decoder_pids(const jz_decoder *d, pid_t pids[JZ_WORKER_KINDS])
{
    size_t n = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(d->slots); i++)
        if (d->slots[i].worker.pidfd >= 0)
            pids[n++] = d->slots[i].worker.pid;
    return n;
}
