/* SPDX-License-Identifier: Apache-2.0 */
#include "media/proto.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES offsetof(jz_msg, u)
#define MOMENT_US 50000
#define FDS_RECEIVED 8 /* room for more than is ever expected, so that a surplus is seen */

static const size_t body_bytes[JZ_MSG_TYPES] = {
    [JZ_MSG_HELLO] = sizeof(jz_msg_hello),     [JZ_MSG_SPAWN] = sizeof(jz_msg_spawn),
    [JZ_MSG_SPAWNED] = sizeof(jz_msg_spawned), [JZ_MSG_REAP] = sizeof(jz_msg_reap),
    [JZ_MSG_REAPED] = sizeof(jz_msg_reaped),   [JZ_MSG_READY] = sizeof(jz_msg_ready),
    [JZ_MSG_DECODE] = sizeof(jz_msg_decode),   [JZ_MSG_FRAME] = sizeof(jz_msg_frame),
    [JZ_MSG_ANSWER] = sizeof(jz_msg_answer),   [JZ_MSG_ALIVE] = sizeof(jz_msg_alive),
    [JZ_MSG_DONE] = sizeof(jz_msg_done),       [JZ_MSG_LAST] = sizeof(jz_msg_last),
    [JZ_MSG_ENCODED] = sizeof(jz_msg_encoded),
};

/* Terminated, and nothing in it that a terminal or a log would obey. */
static void clean(char *text, size_t size)
{
    text[size - 1] = '\0';
    for (char *p = text; *p != '\0'; p++)
        if (*p < ' ' || *p > '~')
            *p = '?';
}

static void clean_done(jz_msg_done *m)
{
    clean(m->info.codec, sizeof m->info.codec);
    for (size_t i = 0; i < JZ_ERR_FRAMES; i++)
        clean(m->text[i], sizeof m->text[i]);
}

static void clean_texts(jz_msg *m)
{
    switch ((jz_msg_type)m->type) {
    case JZ_MSG_HELLO:
        for (size_t i = 0; i < JZ_MSG_FORMATS; i++)
            clean(m->u.hello.formats[i].name, sizeof m->u.hello.formats[i].name);
        break;
    case JZ_MSG_READY:
        clean(m->u.ready.text, sizeof m->u.ready.text);
        break;
    case JZ_MSG_DECODE:
        clean(m->u.decode.format, sizeof m->u.decode.format);
        break;
    case JZ_MSG_FRAME:
        clean(m->u.frame.info.codec, sizeof m->u.frame.info.codec);
        break;
    case JZ_MSG_DONE:
        clean_done(&m->u.done);
        break;
    case JZ_MSG_LAST:
        clean(m->u.last.frame.info.codec, sizeof m->u.last.frame.info.codec);
        clean_done(&m->u.last.done);
        break;
    case JZ_MSG_ENCODED:
        clean_done(&m->u.encoded.done);
        break;
    default:
        break;
    }
}

jz_status jz_msg_parse(jz_bytes packet, jz_msg *out, jz_err *err)
{
    jz_msg m = { 0 };
    if (packet.len < HEAD_BYTES || packet.len > sizeof m)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a message of %zu bytes", packet.len);
    memcpy(&m, packet.ptr, packet.len);
    if (m.magic != JZ_MSG_MAGIC)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a message of version %08x, not %08x", m.magic,
                       JZ_MSG_MAGIC);
    if (m.type == 0 || m.type >= JZ_MSG_TYPES || packet.len != HEAD_BYTES + body_bytes[m.type])
        return JZ_FAIL(err, JZ_E_CORRUPT, "a message of type %u and %zu bytes", m.type, packet.len);
    clean_texts(&m);
    *out = m;
    return JZ_OK;
}

static bool sensible(double v)
{
    return isfinite(v) && v >= 0;
}

jz_status jz_msg_info_read(const jz_msg_info *in, jz_media_info *out, jz_err *err)
{
    if (in->orientation < 1 || in->orientation > 8 || !sensible(in->fps) ||
        !sensible(in->duration_s) || !sensible(in->qp))
        return JZ_FAIL(err, JZ_E_CORRUPT, "orientation %u, %g frames a second, %g seconds, QP %g",
                       in->orientation, in->fps, in->duration_s, in->qp);
    out->width = in->width;
    out->height = in->height;
    out->orientation = in->orientation;
    out->frames = in->frames;
    out->fps = in->fps;
    out->duration_s = in->duration_s;
    out->animated = in->animated != 0;
    out->gops = in->gops;
    out->gop_min = in->gop_min;
    out->gop_max = in->gop_max;
    out->qp = in->qp;
    out->qp_frames = in->qp_frames;
    memcpy(out->codec, in->codec, sizeof out->codec);
    out->codec[sizeof out->codec - 1] = '\0';
    return JZ_OK;
}

static bool fits(uint64_t width, uint64_t height, uint64_t max_pixels)
{
    return width > 0 && height > 0 && width <= max_pixels / height;
}

jz_status jz_msg_frame_read(const jz_msg_frame *in, const jz_limits *limits, const uint8_t *pixels,
                            size_t pixels_size, jz_frame *out, jz_err *err)
{
    if (!fits(in->width, in->height, limits->max_pixels) ||
        !fits(in->full_width, in->full_height, limits->max_pixels) || in->full_width < in->width ||
        in->full_height < in->height)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a frame of %u x %u pixels, of %u x %u", in->width,
                       in->height, in->full_width, in->full_height);
    if ((in->channels != 1 && in->channels != 3) ||
        in->stride != (uint64_t)in->width * in->channels || in->stride > pixels_size / in->height)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a frame of %u rows of %" PRIu64 " bytes, %u channels",
                       in->height, in->stride, in->channels);
    if (in->index >= limits->max_frames || !sensible(in->at_seconds) ||
        !sensible(in->shown_seconds))
        return JZ_FAIL(err, JZ_E_CORRUPT, "frame number %" PRIu64 " at %g seconds", in->index,
                       in->at_seconds);
    *out = (jz_frame){
        .plane = { .px = pixels,
                   .width = in->width,
                   .height = in->height,
                   .stride = (size_t)in->stride,
                   .channels = in->channels },
        .full_width = in->full_width,
        .full_height = in->full_height,
        .index = in->index,
        .at_seconds = in->at_seconds,
        .shown_seconds = in->shown_seconds,
    };
    return JZ_OK;
}

jz_status jz_msg_done_read(const jz_msg_done *in, jz_status *status, jz_err *chain, jz_err *err)
{
    if (in->status > JZ_E_BUG || in->depth > JZ_ERR_FRAMES || (in->status != 0 && in->depth == 0))
        return JZ_FAIL(err, JZ_E_CORRUPT, "status %u with %u messages", in->status, in->depth);
    *status = (jz_status)in->status;
    *chain = (jz_err){ .code = (jz_status)in->status, .depth = in->depth };
    memcpy(chain->frame, in->text, sizeof chain->frame);
    return JZ_OK;
}

static void write_info(const jz_media_info *in, jz_msg_info *out)
{
    *out = (jz_msg_info){
        .frames = in->frames,
        .fps = in->fps,
        .duration_s = in->duration_s,
        .width = in->width,
        .height = in->height,
        .orientation = in->orientation,
        .animated = in->animated,
        .gops = in->gops,
        .gop_min = in->gop_min,
        .gop_max = in->gop_max,
        .qp = in->qp,
        .qp_frames = in->qp_frames,
    };
    memcpy(out->codec, in->codec, sizeof out->codec);
}

void jz_msg_frame_write(const jz_frame *in, const jz_media_info *info, jz_msg_frame *out)
{
    *out = (jz_msg_frame){
        .stride = in->plane.stride,
        .index = in->index,
        .at_seconds = in->at_seconds,
        .shown_seconds = in->shown_seconds,
        .width = in->plane.width,
        .height = in->plane.height,
        .channels = in->plane.channels,
        .full_width = in->full_width,
        .full_height = in->full_height,
    };
    write_info(info, &out->info);
}

void jz_msg_done_write(jz_status status, const jz_err *chain, const jz_media_info *info,
                       jz_msg_done *out)
{
    *out = (jz_msg_done){ .status = (uint32_t)status };
    write_info(info, &out->info);
    if (status == JZ_OK)
        return;
    out->depth = chain->depth;
    memcpy(out->text, chain->frame, sizeof out->text);
}

jz_status jz_msg_pair(int pair[2], jz_err *err)
{
    const struct timeval moment = { .tv_usec = MOMENT_US };
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return JZ_FAIL(err, JZ_E_IO, "socketpair: %s", strerror(errno));
    if (setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof moment) == 0 &&
        setsockopt(pair[0], SOL_SOCKET, SO_SNDTIMEO, &moment, sizeof moment) == 0)
        return JZ_OK;
    const int e = errno;
    (void)close(pair[0]); /* sockets */
    (void)close(pair[1]);
    return JZ_FAIL(err, JZ_E_IO, "preparing a socket: %s", strerror(e));
}

/* Room for the descriptors beside a message, aligned as the CMSG macros want it. */
typedef union control {
    char space[CMSG_SPACE(FDS_RECEIVED * sizeof(int))];
    struct cmsghdr align;
} control;

static jz_status io_error(const char *what, jz_err *err)
{
    if (errno == EPIPE || errno == ECONNRESET)
        return JZ_FAIL(err, JZ_E_CRASH, "the decoder process is gone");
    if (errno == EAGAIN)
        return JZ_FAIL(err, JZ_E_CORRUPT, "the decoder process does not read");
    return JZ_FAIL(err, JZ_E_IO, "%s a message of the decoder: errno %d", what, errno);
}

jz_status jz_msg_send(int sock, jz_msg_type type, jz_msg *msg, const int *fds, size_t n_fds,
                      jz_err *err)
{
    msg->magic = JZ_MSG_MAGIC;
    msg->type = (uint32_t)type;
    control ctl = { 0 };
    struct iovec iov = { .iov_base = msg, .iov_len = HEAD_BYTES + body_bytes[type] };
    struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
    if (n_fds > 0) {
        h.msg_control = &ctl;
        h.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = &ctl.align;
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    for (;;) {
        if (sendmsg(sock, &h, MSG_NOSIGNAL) >= 0)
            return JZ_OK;
        if (errno != EINTR)
            return io_error("sending", err);
    }
}

static size_t received_fds(struct msghdr *h, int *fds)
{
    size_t n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c != NULL; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t bytes = c->cmsg_len - CMSG_LEN(0);
        for (size_t i = 0; i < bytes / sizeof(int) && n < FDS_RECEIVED; i++)
            memcpy(&fds[n++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return n;
}

static jz_status take_fds(struct msghdr *h, int *fds, size_t max_fds, jz_err *err)
{
    int got[FDS_RECEIVED];
    const size_t n = received_fds(h, got);
    if (n <= max_fds && (h->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0) {
        for (size_t i = 0; i < max_fds; i++)
            fds[i] = i < n ? got[i] : -1;
        return JZ_OK;
    }
    for (size_t i = 0; i < n; i++)
        (void)close(got[i]); /* never written through */
    return JZ_FAIL(err, JZ_E_CORRUPT, "a message with %zu descriptors, expected %zu", n, max_fds);
}

static void close_fds(int *fds, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (fds[i] >= 0)
            (void)close(fds[i]); /* never written through */
        fds[i] = -1;
    }
}

/* jz_msg_recv(), but JZ_E_TIMEOUT and nothing in *err where the socket's moment is over. */
static jz_status receive(int sock, jz_msg *out, int *fds, size_t max_fds, jz_err *err)
{
    uint8_t packet[sizeof(jz_msg)];
    control ctl = { 0 };
    struct iovec iov = { .iov_base = packet, .iov_len = sizeof packet };
    struct msghdr h = {
        .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &ctl, .msg_controllen = sizeof ctl
    };
    ssize_t n = -1;
    do {
        n = recvmsg(sock, &h, MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return JZ_E_TIMEOUT;
    if (n < 0)
        return io_error("receiving", err);
    if (n == 0)
        return JZ_FAIL(err, JZ_E_CRASH, "the decoder process is gone");
    JZ_TRY(take_fds(&h, fds, max_fds, err));
    const jz_status st = jz_msg_parse((jz_bytes){ packet, (size_t)n }, out, err);
    if (st != JZ_OK)
        close_fds(fds, max_fds);
    return st;
}

jz_status jz_msg_recv(int sock, jz_msg *out, int *fds, size_t max_fds, jz_err *err)
{
    const jz_status st = receive(sock, out, fds, max_fds, err);
    return st != JZ_E_TIMEOUT ? st : JZ_FAIL(err, st, "no message of the decoder process");
}

static int64_t now_ms(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

jz_status jz_msg_wait(int sock, const char *who, uint32_t limit_ms, int64_t *left_ms, jz_msg *out,
                      jz_err *err)
{
    const int64_t begin = now_ms();
    const int64_t limit = *left_ms < limit_ms ? *left_ms : limit_ms;
    jz_status st = JZ_E_TIMEOUT;
    int64_t took = 0;
    while (st == JZ_E_TIMEOUT && took <= limit) { /* without poll(): a call less for each message */
        st = receive(sock, out, NULL, 0, err);
        took = now_ms() - begin;
    }
    *left_ms -= took;
    return st != JZ_E_TIMEOUT
               ? st
               : JZ_FAIL(err, st, "the %s said nothing for %" PRId64 " ms", who, took);
}
