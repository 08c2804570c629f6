/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder program as jz sees it: a zygote that is started once and forks confined workers on
 * request. A zygote that dies is started again. Threads: any may share a sandbox. */
#ifndef JZ_SANDBOX_H
#define JZ_SANDBOX_H

#include <jz/media.h>

#include <sys/types.h>

typedef struct jz_worker { /* = JZ_WORKER_NONE where there is none */
    pid_t pid;
    int pidfd;
    int sock;            /* JZ_MSG_READY, then DECODE and its answers */
    uint64_t generation; /* of the zygote that forked it */
} jz_worker;
#define JZ_WORKER_NONE ((jz_worker){ .pidfd = -1, .sock = -1 })

const jz_limits *jz_sandbox_limits(const jz_sandbox *sb);
/* Whether a format has a decoder, and one that starts threads. JZ_E_UNSUPPORTED, or what the
 * start of the program ran into. */
JZ_CHECKED jz_status jz_sandbox_find(jz_sandbox *sb, const jz_format *format, bool *threads,
                                     jz_err *err);
/* A new worker, whose pixel buffer is the memory file pixels_fd of pixels_size bytes. It is ended
 * with jz_sandbox_reap(). JZ_E_CRASH, TIMEOUT, IO. */
JZ_CHECKED jz_status jz_sandbox_spawn(jz_sandbox *sb, bool threads, int pixels_fd,
                                      size_t pixels_size, jz_worker *out, jz_err *err);
/* Kills the worker where it still runs, waits for its end and closes its descriptors; *w is none
 * afterwards. Gives its wait status, -1 where nobody knows it (the zygote is gone too). */
int jz_sandbox_reap(jz_sandbox *sb, jz_worker *w);
/* Whether the zygote that forked the worker has died since. */
bool jz_sandbox_orphaned(jz_sandbox *sb, const jz_worker *w);
/* The running zygote, 0 where there is none; for tests. */
pid_t jz_sandbox_pid(jz_sandbox *sb);

/* The workers of a decoder, at most two; returns how many. For tests and benchmarks. */
size_t jz_decoder_pids(const jz_decoder *d, pid_t pids[2]);

#endif
