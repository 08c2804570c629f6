/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker does to itself before it looks at a hostile byte, and the zygote around it. */
#ifndef JZ_CONFINE_H
#define JZ_CONFINE_H

#include <jz/base.h>

/* The one descriptor that a worker keeps, besides /dev/null at 0..2. */
#define JZ_WORKER_SOCK_FD 3
/* The one through which jz-encode (src/media/encode) may write; decoders have none. */
#define JZ_WORKER_OUT_FD 4

typedef struct jz_confinement {
    uint64_t memory_bytes; /* that may be mapped beyond what is mapped now */
    uint64_t output_bytes; /* how long the file at JZ_WORKER_OUT_FD may become; 0 = no writing */
    bool threads;          /* may be started */
} jz_confinement;

/* For good, and for this process alone: no new privileges, no capabilities, resource limits,
 * Landlock without a single rule (where the kernel has it; *landlock_abi = 0 where not), then a
 * seccomp list of the system calls that decoding needs; any other ends the process. Afterwards no
 * file can be opened, no socket made, nothing executed, no process forked. JZ_E_UNSUPPORTED or
 * JZ_E_IO where a part that is not optional is refused: the process must not decode then. */
JZ_CHECKED jz_status jz_confine(const jz_confinement *c, uint32_t *landlock_abi, jz_err *err);
/* Its last step. */
JZ_CHECKED jz_status jz_seccomp_apply(const jz_confinement *c, jz_err *err);

/* Serves requests for workers on the socket until its other end is closed. */
void jz_zygote_run(int control);
/* Confines this process and decodes what comes on JZ_WORKER_SOCK_FD. The memory files are mapped,
 * and closed. */
_Noreturn void jz_worker_run(int pixels_fd, size_t pixels_size, int input_fd,
                             uint64_t max_memory_bytes, bool threads);
/* Confines forked children and lets each try what it must not be able to do; prints a line for
 * each and returns 0 where all were refused. output: as jz-encode's are. */
int jz_self_test(bool output);

#endif
