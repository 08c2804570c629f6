/* SPDX-License-Identifier: Apache-2.0 */
/* The process from which workers are forked: its libraries are loaded and relocated once, it is
 * small and has one thread, so that a fork is cheap and safe. It reads messages of jz only. */
#include "media/decode/confine.h"
#include "media/decode/job.h"
#include "media/proto.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Kept by a worker between two items, so that it need not ask again. */
#define HEAP_KEPT_BYTES (8 << 20)

static jz_status greet(int control)
{
    jz_msg m = { 0 };
    jz_msg_hello *hello = &m.u.hello;
    for (uint32_t i = 0; i < JZ_MSG_FORMATS && jz_decoder_rows[i].format != NULL; i++) {
        const jz_decoder_row *row = &jz_decoder_rows[i];
        (void)snprintf(hello->formats[i].name, sizeof hello->formats[i].name, "%s", row->format);
        hello->formats[i].flags = row->threads ? JZ_MSG_THREADS : 0;
        hello->count++;
    }
    return jz_msg_send(control, JZ_MSG_HELLO, &m, NULL, 0, NULL);
}

/* The child's side of the fork. */
static _Noreturn void become_worker(pid_t zygote, const jz_msg_spawn *in, const int fds[JZ_MSG_FDS])
{
    /* Asked first, checked second: the zygote may have died in between. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != zygote)
        _exit(1);
    if (dup2(fds[0], JZ_WORKER_SOCK_FD) < 0) /* the zygote's own socket is closed by this */
        _exit(1);
    (void)close(fds[0]); /* a socket */
    jz_worker_run(fds[1], (size_t)in->pixels_size, fds[2], in->max_memory_bytes, in->threads != 0);
}

static jz_status on_spawn(int control, const jz_msg_spawn *in, const int fds[JZ_MSG_FDS])
{
    jz_msg m = { 0 };
    const pid_t self = getpid();
    const pid_t pid = fork();
    if (pid == 0)
        become_worker(self, in, fds);
    const int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
    if (pidfd < 0) {
        m.u.spawned.error = errno;
        if (pid > 0) { /* nobody could ever end it */
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, NULL, 0);
        }
        return jz_msg_send(control, JZ_MSG_SPAWNED, &m, NULL, 0, NULL);
    }
    m.u.spawned.pid = pid;
    const jz_status st = jz_msg_send(control, JZ_MSG_SPAWNED, &m, &pidfd, 1, NULL);
    (void)close(pidfd); /* jz has it */
    return st;
}

static jz_status on_reap(int control, const jz_msg_reap *in)
{
    jz_msg m = { 0 };
    int status = 0;
    pid_t pid = -1;
    /* jz has killed it already, unless its kernel (or valgrind) knows no pidfd_send_signal(). The
     * number is this child's until it is waited for. */
    if (in->pid > 0)
        (void)kill(in->pid, SIGKILL);
    do {
        pid = waitpid(in->pid, &status, 0);
    } while (pid < 0 && errno == EINTR);
    m.u.reaped.wait_status = status;
    m.u.reaped.error = pid < 0 ? errno : 0;
    return jz_msg_send(control, JZ_MSG_REAPED, &m, NULL, 0, NULL);
}

static jz_status serve(int control)
{
    jz_msg m;
    int fds[JZ_MSG_FDS];
    jz_status st = JZ_E_CORRUPT;
    JZ_TRY(jz_msg_recv(control, &m, fds, JZ_MSG_FDS, NULL));
    if (m.type == JZ_MSG_SPAWN && fds[JZ_MSG_FDS - 1] >= 0)
        st = on_spawn(control, &m.u.spawn, fds);
    else if (m.type == JZ_MSG_REAP && m.u.reap.pid > 0)
        st = on_reap(control, &m.u.reap);
    for (size_t i = 0; i < JZ_ARRAY_LEN(fds); i++)
        if (fds[i] >= 0)
            (void)close(fds[i]); /* the worker has them, jz sees their end */
    return st;
}

void jz_zygote_run(int control)
{
    /* Inherited by the workers. One arena: others would reserve 64 MiB of address space each. */
    (void)mallopt(M_ARENA_MAX, 1); /* a wish */
    (void)mallopt(M_MMAP_THRESHOLD, HEAP_KEPT_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, HEAP_KEPT_BYTES);
    if (greet(control) != JZ_OK)
        return;
    while (serve(control) == JZ_OK)
        continue;
}
