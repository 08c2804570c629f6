/* SPDX-License-Identifier: Apache-2.0 */
#include "media/sandbox.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "media/limits.h"
#include "media/program.h"
#include "media/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM "jz-decode"
#define LIGHT_END "-light" /* of the path of the other */
#define ANSWER_MS 20000    /* the zygote only forks and waits: longer means that it hangs */

enum { LIGHT, ALL, PROGRAMS };

typedef struct zygote {
    char *program; /* its path; NULL: there is none */
    int control;   /* -1 while it does not run */
    pid_t pid;
    uint64_t generation; /* counts those that ran */
    bool greeted;
    jz_msg_hello hello;
} zygote;

struct jz_sandbox {
    pthread_mutex_t lock; /* guards what runs of the zygotes */
    jz_limits limits;
    zygote zygotes[PROGRAMS];
};

static zygote *zygote_of(jz_sandbox *sb, jz_worker_kind kind)
{
    return &sb->zygotes[kind == JZ_WORKER_LIGHT ? LIGHT : ALL];
}

/* ---- a zygote's life; all with the lock held ---- */

static jz_status start(zygote *z, jz_err *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return JZ_FAIL(err, JZ_E_IO, "socketpair: %s", strerror(errno));
    JZ_FD_AUTO ours = pair[0];
    JZ_FD_AUTO theirs = pair[1];
    JZ_TRY(jz_program_start(z->program, "--zygote", &theirs, 1, &z->pid, err));
    z->control = ours;
    ours = -1;
    z->generation++;
    z->greeted = false;
    return JZ_OK;
}

/* The zygote keeps nothing, and its workers die with it: killing it is the whole good-bye. */
static void stop(zygote *z)
{
    if (z->control < 0)
        return;
    (void)close(z->control); /* a socket */
    z->control = -1;
    (void)kill(z->pid, SIGKILL); /* gone already is as good */
    while (waitpid(z->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    z->pid = 0;
}

static jz_status receive(zygote *z, jz_msg_type type, jz_msg *out, int *fd, jz_err *err)
{
    struct pollfd p = { .fd = z->control, .events = POLLIN };
    int n = -1;
    do {
        n = poll(&p, 1, ANSWER_MS);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        return JZ_FAIL(err, JZ_E_TIMEOUT, "%s did not answer in %d ms", z->program, ANSWER_MS);
    JZ_TRY_CTX(jz_msg_recv(z->control, out, fd, fd != NULL ? 1 : 0, err), err, "%s", z->program);
    if (out->type == (uint32_t)type)
        return JZ_OK;
    if (fd != NULL && *fd >= 0)
        (void)close(*fd); /* of no use */
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s sent message %u instead of %d", z->program, out->type,
                   (int)type);
}

/* A running zygote that has said which formats it reads. */
static jz_status ensure_greeted(zygote *z, jz_err *err)
{
    if (z->control < 0)
        JZ_TRY(start(z, err));
    if (z->greeted)
        return JZ_OK;
    jz_msg m;
    JZ_TRY(receive(z, JZ_MSG_HELLO, &m, NULL, err));
    if (m.u.hello.count > JZ_MSG_FORMATS)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s reads %u formats", z->program, m.u.hello.count);
    z->hello = m.u.hello;
    z->greeted = true;
    return JZ_OK;
}

/* The zygote itself has failed, rather than what it was asked for. */
static bool is_lost(jz_status st)
{
    return st == JZ_E_CRASH || st == JZ_E_TIMEOUT || st == JZ_E_CORRUPT;
}

/* Asks twice, since a dead zygote is noticed only now. */
static jz_status with_zygote(jz_sandbox *sb, zygote *z,
                             jz_status (*ask)(zygote *z, void *arg, jz_err *err), void *arg,
                             jz_err *err)
{
    jz_status st = JZ_OK;
    (void)pthread_mutex_lock(&sb->lock); /* a plain mutex: cannot fail */
    for (int attempt = 0; attempt < 2; attempt++) {
        st = ensure_greeted(z, err);
        if (st == JZ_OK)
            st = ask(z, arg, err);
        if (!is_lost(st))
            break;
        stop(z);
    }
    (void)pthread_mutex_unlock(&sb->lock);
    return st;
}

/* ---- what decoders ask for ---- */

typedef struct lookup {
    const jz_format *format;
    bool found, threads;
} lookup;

static jz_status ask_format(zygote *z, void *arg, jz_err *err)
{
    lookup *q = arg;
    (void)err;
    for (uint32_t i = 0; i < z->hello.count && !q->found; i++) {
        q->found = strcmp(z->hello.formats[i].name, q->format->name) == 0;
        q->threads = (z->hello.formats[i].flags & JZ_MSG_THREADS) != 0;
    }
    return JZ_OK;
}

jz_status jz_sandbox_find(jz_sandbox *sb, const jz_format *format, jz_worker_kind *kind,
                          jz_err *err)
{
    lookup q = { .format = format };
    if (sb->zygotes[LIGHT].program != NULL)
        JZ_TRY(with_zygote(sb, &sb->zygotes[LIGHT], ask_format, &q, err));
    *kind = JZ_WORKER_LIGHT;
    if (q.found)
        return JZ_OK;
    JZ_TRY(with_zygote(sb, &sb->zygotes[ALL], ask_format, &q, err));
    *kind = q.threads ? JZ_WORKER_THREADS : JZ_WORKER_PLAIN;
    return q.found ? JZ_OK : JZ_FAIL(err, JZ_E_UNSUPPORTED, "no decoder for %s", format->name);
}

typedef struct birth {
    jz_worker_kind kind;
    uint64_t max_memory_bytes;
    const jz_shared *shared;
    jz_worker *worker;
} birth;

/* The worker's end of the socket is closed here as soon as it is sent: end of file must come when
 * the worker dies. */
static jz_status ask_spawn(zygote *z, void *arg, jz_err *err)
{
    const birth *b = arg;
    int pair[2];
    JZ_TRY(jz_msg_pair(pair, err));
    JZ_FD_AUTO ours = pair[0];
    JZ_FD_AUTO theirs = pair[1];
    jz_msg m = { .u.spawn = { .max_memory_bytes = b->max_memory_bytes,
                              .pixels_size = b->shared->pixels_size,
                              .threads = b->kind == JZ_WORKER_THREADS } };
    const int fds[] = { theirs, b->shared->pixels_fd, b->shared->input_fd };
    JZ_TRY(jz_msg_send(z->control, JZ_MSG_SPAWN, &m, fds, JZ_ARRAY_LEN(fds), err));
    int pidfd = -1;
    JZ_TRY(receive(z, JZ_MSG_SPAWNED, &m, &pidfd, err));
    if (pidfd < 0)
        return JZ_FAIL(err, JZ_E_IO, "forking a decoder: %s", strerror(m.u.spawned.error));
    *b->worker = (jz_worker){ .pid = m.u.spawned.pid,
                              .pidfd = pidfd,
                              .sock = ours,
                              .kind = b->kind,
                              .generation = z->generation };
    ours = -1;
    return JZ_OK;
}

jz_status jz_sandbox_spawn(jz_sandbox *sb, jz_worker_kind kind, const jz_shared *shared,
                           jz_worker *out, jz_err *err)
{
    birth b = { .kind = kind,
                .max_memory_bytes = sb->limits.max_memory_bytes,
                .shared = shared,
                .worker = out };
    return with_zygote(sb, zygote_of(sb, kind), ask_spawn, &b, err);
}

/* The zygote that forked it does not run any more. */
static bool is_left(const zygote *z, const jz_worker *w)
{
    return z->control < 0 || z->generation != w->generation;
}

/* Only the zygote is the worker's parent; where it is gone, the worker died with it. */
static int ask_reap(zygote *z, const jz_worker *w)
{
    jz_msg m = { .u.reap = { .pid = w->pid } };
    if (is_left(z, w))
        return -1;
    if (jz_msg_send(z->control, JZ_MSG_REAP, &m, NULL, 0, NULL) != JZ_OK ||
        receive(z, JZ_MSG_REAPED, &m, NULL, NULL) != JZ_OK) {
        stop(z);
        return -1;
    }
    return m.u.reaped.error == 0 ? m.u.reaped.wait_status : -1;
}

int jz_sandbox_reap(jz_sandbox *sb, jz_worker *w)
{
    if (w->pidfd < 0)
        return -1;
    /* A worker that died of its own keeps that status: the kernel ignores this one then. */
    (void)pidfd_send_signal(w->pidfd, SIGKILL, NULL, 0);
    (void)pthread_mutex_lock(&sb->lock); /* a plain mutex: cannot fail */
    const int status = ask_reap(zygote_of(sb, w->kind), w);
    (void)pthread_mutex_unlock(&sb->lock);
    (void)close(w->sock);  /* a socket */
    (void)close(w->pidfd); /* a process */
    *w = JZ_WORKER_NONE;
    return status;
}

bool jz_sandbox_orphaned(jz_sandbox *sb, const jz_worker *w)
{
    (void)pthread_mutex_lock(&sb->lock); /* a plain mutex: cannot fail */
    const zygote *z = zygote_of(sb, w->kind);
    bool gone = is_left(z, w);
    if (!gone) {
        struct pollfd p = { .fd = z->control };
        gone = poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
    }
    (void)pthread_mutex_unlock(&sb->lock);
    return gone;
}

pid_t jz_sandbox_pid(jz_sandbox *sb, jz_worker_kind kind)
{
    (void)pthread_mutex_lock(&sb->lock); /* a plain mutex: cannot fail */
    const pid_t pid = zygote_of(sb, kind)->pid;
    (void)pthread_mutex_unlock(&sb->lock);
    return pid;
}

const jz_limits *jz_sandbox_limits(const jz_sandbox *sb)
{
    return &sb->limits;
}

/* The paths of both programs. */
static jz_status find_programs(jz_sandbox *sb, const char *program, jz_err *err)
{
    JZ_BUF_AUTO light = { 0 };
    JZ_TRY(jz_program_find(PROGRAM, "JZ_DECODE", program, &sb->zygotes[ALL].program, err));
    jz_buf_printf(&light, "%s" LIGHT_END, sb->zygotes[ALL].program);
    JZ_TRY(jz_buf_check(&light, err));
    if (access(light.ptr, X_OK) != 0)
        return JZ_OK; /* the other reads its formats too */
    sb->zygotes[LIGHT].program = jz_strdup(light.ptr);
    return sb->zygotes[LIGHT].program != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

jz_status jz_sandbox_open(const char *program, const jz_limits *limits, jz_sandbox **out,
                          jz_err *err)
{
    jz_auto(jz_sandbox) *sb = jz_alloc_zero(1, sizeof *sb);
    if (sb == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    sb->limits = jz_limits_filled(limits);
    for (size_t i = 0; i < PROGRAMS; i++)
        sb->zygotes[i].control = -1;
    (void)pthread_mutex_init(&sb->lock, NULL); /* a plain mutex: cannot fail */
    JZ_TRY(find_programs(sb, program, err));
    /* At once: it loads its libraries while the caller goes on. */
    JZ_TRY(start(&sb->zygotes[sb->zygotes[LIGHT].program != NULL ? LIGHT : ALL], err));
    *out = JZ_TAKE(sb);
    return JZ_OK;
}

void jz_sandbox_close(jz_sandbox *sb)
{
    if (sb == NULL)
        return;
    for (size_t i = 0; i < PROGRAMS; i++) {
        stop(&sb->zygotes[i]);
        jz_free(sb->zygotes[i].program);
    }
    (void)pthread_mutex_destroy(&sb->lock);
    jz_free(sb);
}
