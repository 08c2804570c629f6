/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder programs as jz sees them: jz-decode, and beside it, where it is there,
 * jz-decode-light for the formats of most pictures. Of each a zygote is started once, of the larger
 * one when a file needs it, and forks confined workers on request. A zygote that dies is started
 * again. Threads: any may share a sandbox. */
#ifndef JZ_SANDBOX_H
#define JZ_SANDBOX_H

#include <jz/media.h>

#include <sys/types.h>

typedef enum jz_worker_kind {
    JZ_WORKER_LIGHT,   /* of jz-decode-light */
    JZ_WORKER_PLAIN,   /* of jz-decode */
    JZ_WORKER_THREADS, /* the same, allowed to start threads */
    JZ_WORKER_KINDS,
} jz_worker_kind;

typedef struct jz_worker { /* = JZ_WORKER_NONE where there is none */
    pid_t pid;
    int pidfd;
    int sock; /* JZ_MSG_READY, then DECODE and its answers */
    jz_worker_kind kind;
    uint64_t generation; /* of the zygote that forked it */
} jz_worker;
#define JZ_WORKER_NONE ((jz_worker){ .pidfd = -1, .sock = -1 })

const jz_limits *jz_sandbox_limits(const jz_sandbox *sb);
/* Which workers decode a format. JZ_E_UNSUPPORTED, or what the start of a program ran into. */
JZ_CHECKED jz_status jz_sandbox_find(jz_sandbox *sb, const jz_format *format, jz_worker_kind *kind,
                                     jz_err *err);
/* What a worker and jz see both: the memory files of pixels.h and input.h; borrowed. */
typedef struct jz_shared {
    int pixels_fd;
    size_t pixels_size; /* bytes */
    int input_fd;
} jz_shared;
/* A new worker. It is ended with jz_sandbox_reap(). JZ_E_CRASH, TIMEOUT, IO. */
JZ_CHECKED jz_status jz_sandbox_spawn(jz_sandbox *sb, jz_worker_kind kind, const jz_shared *shared,
                                      jz_worker *out, jz_err *err);
/* Kills the worker where it still runs, waits for its end and closes its descriptors; *w is none
 * afterwards. Gives its wait status, -1 where nobody knows it (the zygote is gone too). */
int jz_sandbox_reap(jz_sandbox *sb, jz_worker *w);
/* Whether the zygote that forked the worker has died since. */
bool jz_sandbox_orphaned(jz_sandbox *sb, const jz_worker *w);
/* The running zygote of such workers, 0 where there is none. For tests and benchmarks. */
pid_t jz_sandbox_pid(jz_sandbox *sb, jz_worker_kind kind);

/* The workers of a decoder; returns how many. For tests and benchmarks. */
size_t jz_decoder_pids(const jz_decoder *d, pid_t pids[JZ_WORKER_KINDS]);

#endif
