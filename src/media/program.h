/* SPDX-License-Identifier: Apache-2.0 */
/* Our own helper programs (jz-decode, jz-encode) as processes: where they are, how they are
 * started, what they died of. Threads: any. */
#ifndef JZ_PROGRAM_H
#define JZ_PROGRAM_H

#include <jz/base.h>

#include <sys/types.h>

/* The path of a program: given, else the environment's variable, else beside this program, else
 * among the installed ones; the caller frees it with jz_free(). JZ_E_NOTFOUND with the paths that
 * were tried, JZ_E_IO, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_program_find(const char *name, const char *variable, const char *given,
                                     char **out, jz_err *err);
/* Starts it in a session of its own, so that an interrupt from the terminal reaches jz alone, which
 * then ends it in good order; no signal blocked or ignored. fds[i] becomes its descriptor 3 + i;
 * they are borrowed. JZ_E_IO, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_program_start(const char *path, const char *mode, const int *fds,
                                      size_t n_fds, pid_t *pid, jz_err *err);
/* Why a process is gone, for people: "the decoder crashed (SIGSEGV)". status is what waitpid()
 * gave, -1 where nobody knows. Returns buf. */
const char *jz_program_death(const char *what, int status, char *buf, size_t size);
bool jz_fd_is_read_only(int fd);
/* A second descriptor of an open file through which nothing can be written; the caller closes it.
 * JZ_E_IO. */
JZ_CHECKED jz_status jz_fd_read_only(int fd, int *out, jz_err *err);

#endif
