/* SPDX-License-Identifier: Apache-2.0 */
#include "media/sandbox.h"

#include "base/alloc.h"
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
#define ANSWER_MS 20000 /* the zygote only forks and waits: longer means that it hangs */

struct jz_sandbox {
    pthread_mutex_t lock; /* guards everything below but program and limits */
    char *program;
    jz_limits limits;
    int control; /* -1 while there is no zygote */
    pid_t pid;
    uint64_t generation; /* counts the zygotes */
    bool greeted;
    jz_msg_hello hello;
};

/* ---- the zygote's life; all with the lock held ---- */

static jz_status start(jz_sandbox *sb, jz_err *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return JZ_FAIL(err, JZ_E_IO, "socketpair: %s", strerror(errno));
    JZ_FD_AUTO ours = pair[0];
    JZ_FD_AUTO theirs = pair[1];
    JZ_TRY(jz_program_start(sb->program, PROGRAM, "--zygote", &theirs, 1, &sb->pid, err));
    sb->control = ours;
    ours = -1;
    sb->generation++;
    sb->greeted = false;
    return JZ_OK;
}

/* The zygote keeps nothing, and its workers die with it: killing it is the whole good-bye. */
static void stop(jz_sandbox *sb)
{
    if (sb->control < 0)
        return;
    (void)close(sb->control); /* a socket */
    sb->control = -1;
    (void)kill(sb->pid, SIGKILL); /* gone already is as good */
    while (waitpid(sb->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    sb->pid = 0;
}

static jz_status receive(jz_sandbox *sb, jz_msg_type type, jz_msg *out, int *fd, jz_err *err)
{
    struct pollfd p = { .fd = sb->control, .events = POLLIN };
    int n = -1;
    do {
        n = poll(&p, 1, ANSWER_MS);
    } while (n < 0 && errno == EINTR);
    if (n == 0)
        return JZ_FAIL(err, JZ_E_TIMEOUT, "%s did not answer in %d ms", sb->program, ANSWER_MS);
    JZ_TRY_CTX(jz_msg_recv(sb->control, out, fd, fd != NULL ? 1 : 0, err), err, "%s", sb->program);
    if (out->type == (uint32_t)type)
        return JZ_OK;
    if (fd != NULL && *fd >= 0)
        (void)close(*fd); /* of no use */
    return JZ_FAIL(err, JZ_E_CORRUPT, "%s sent message %u instead of %d", sb->program, out->type,
                   (int)type);
}

/* A running zygote that has said which formats it reads. */
static jz_status ensure_greeted(jz_sandbox *sb, jz_err *err)
{
    if (sb->control < 0)
        JZ_TRY(start(sb, err));
    if (sb->greeted)
        return JZ_OK;
    jz_msg m;
    JZ_TRY(receive(sb, JZ_MSG_HELLO, &m, NULL, err));
    if (m.u.hello.count > JZ_MSG_FORMATS)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s reads %u formats", sb->program, m.u.hello.count);
    sb->hello = m.u.hello;
    sb->greeted = true;
    return JZ_OK;
}

/* The zygote itself has failed, rather than what it was asked for. */
static bool is_lost(jz_status st)
{
    return st == JZ_E_CRASH || st == JZ_E_TIMEOUT || st == JZ_E_CORRUPT;
}

/* Asks twice, since a dead zygote is noticed only now. */
static jz_status with_zygote(jz_sandbox *sb,
                             jz_status (*ask)(jz_sandbox *sb, void *arg, jz_err *err), void *arg,
                             jz_err *err)
{
    jz_status st = JZ_OK;
    (void)pthread_mutex_lock(&sb->lock); /* a plain mutex: cannot fail */
    for (int attempt = 0; attempt < 2; attempt++) {
        st = ensure_greeted(sb, err);
        if (st == JZ_OK)
            st = ask(sb, arg, err);
        if (!is_lost(st))
            break;
        stop(sb);
    }
    (void)pthread_mutex_unlock(&sb->lock);
    return st;
}

/* ---- what decoders ask for ---- */

typedef struct lookup {
    const jz_format *format;
    bool threads;
} lookup;

static jz_status ask_format(jz_sandbox *sb, void *arg, jz_err *err)
{
    lookup *q = arg;
    for (uint32_t i = 0; i < sb->hello.count; i++) {
        if (strcmp(sb->hello.formats[i].name, q->format->name) != 0)
            continue;
        q->threads = (sb->hello.formats[i].flags & JZ_MSG_THREADS) != 0;
        return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no decoder for %s", q->format->name);
}

jz_status jz_sandbox_find(jz_sandbox *sb, const jz_format *format, bool *threads, jz_err *err)
{
    lookup q = { .format = format };
    JZ_TRY(with_zygote(sb, ask_format, &q, err));
    *threads = q.threads;
    return JZ_OK;
}

typedef struct birth {
    bool threads;
    int pixels_fd;
    size_t pixels_size;
    jz_worker *worker;
} birth;

/* The worker's end of the socket is closed here as soon as it is sent: end of file must come when
 * the worker dies. */
static jz_status ask_spawn(jz_sandbox *sb, void *arg, jz_err *err)
{
    const birth *b = arg;
    int pair[2];
    JZ_TRY(jz_msg_pair(pair, err));
    JZ_FD_AUTO ours = pair[0];
    JZ_FD_AUTO theirs = pair[1];
    jz_msg m = { .u.spawn = { .max_memory_bytes = sb->limits.max_memory_bytes,
                              .pixels_size = b->pixels_size,
                              .threads = b->threads } };
    JZ_TRY(
        jz_msg_send(sb->control, JZ_MSG_SPAWN, &m, (const int[]){ theirs, b->pixels_fd }, 2, err));
    int pidfd = -1;
    JZ_TRY(receive(sb, JZ_MSG_SPAWNED, &m, &pidfd, err));
    if (pidfd < 0)
        return JZ_FAIL(err, JZ_E_IO, "forking a decoder: %s", strerror(m.u.spawned.error));
    *b->worker = (jz_worker){
        .pid = m.u.spawned.pid, .pidfd = pidfd, .sock = ours, .generation = sb->generation
    };
    ours = -1;
    return JZ_OK;
}

jz_status jz_sandbox_spawn(jz_sandbox *sb, bool threads, int pixels_fd, size_t pixels_size,
                           jz_worker *out, jz_err *err)
{
    birth b = {
        .threads = threads, .pixels_fd = pixels_fd, .pixels_size = pixels_size, .worker = out
    };
    return with_zygote(sb, ask_spawn, &b, err);
}

/* Only the zygote is the worker's parent; where it is gone, the worker died with it. */
static int ask_reap(jz_sandbox *sb, const jz_worker *w)
{
    jz_msg m = { .u.reap = { .pid = w->pid } };
    if (sb->control < 0 || sb->generation != w->generation)
        return -1;
    if (jz_msg_send(sb->control, JZ_MSG_REAP, &m, NULL, 0, NULL) != JZ_OK ||
        receive(sb, JZ_MSG_REAPED, &m, NULL, NULL) != JZ_OK) {
        stop(sb);
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
    const int status = ask_reap(sb, w);
    (void)pthread_mutex_unlock(&sb->lock);
    (void)close(w->sock);  /* a socket */
    (void)close(w->pidfd); /* a process */
    *w = JZ_WORKER_NONE;
    return status;
}

bool jz_sandbox_orphaned(jz_sandbox *sb, const jz_worker *w)
{
    (void)pthread_mutex_lock(&sb->lock); /* a plain mutex: cannot fail */
    bool gone = sb->control < 0 || sb->generation != w->generation;
    if (!gone) {
        struct pollfd p = { .fd = sb->control };
        gone = poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)) != 0;
    }
    (void)pthread_mutex_unlock(&sb->lock);
    return gone;
}

pid_t jz_sandbox_pid(jz_sandbox *sb)
{
    (void)pthread_mutex_lock(&sb->lock); /* a plain mutex: cannot fail */
    const pid_t pid = sb->pid;
    (void)pthread_mutex_unlock(&sb->lock);
    return pid;
}

const jz_limits *jz_sandbox_limits(const jz_sandbox *sb)
{
    return &sb->limits;
}

jz_status jz_sandbox_open(const char *program, const jz_limits *limits, jz_sandbox **out,
                          jz_err *err)
{
    jz_auto(jz_sandbox) *sb = jz_alloc_zero(1, sizeof *sb);
    if (sb == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    sb->control = -1;
    sb->limits = jz_limits_filled(limits);
    (void)pthread_mutex_init(&sb->lock, NULL); /* a plain mutex: cannot fail */
    JZ_TRY(jz_program_find(PROGRAM, "JZ_DECODE", program, &sb->program, err));
    JZ_TRY(start(sb, err));
    *out = JZ_TAKE(sb);
    return JZ_OK;
}

void jz_sandbox_close(jz_sandbox *sb)
{
    if (sb == NULL)
        return;
    stop(sb);
    (void)pthread_mutex_destroy(&sb->lock);
    jz_free(sb->program);
    jz_free(sb);
}
