/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says: answers on stdout, everything else on stderr. */
#ifndef JZ_OUT_H
#define JZ_OUT_H

#include "base/buf.h"

/* Prints "jz: context: cause" and gives the exit status that fits the error's kind. */
int jz_out_error(const jz_err *err);
/* The same for a command line that makes no sense, with a pointer to --help. */
int jz_out_usage(const char *command, const jz_err *err);
/* The same with the text of what is wanted. */
int jz_out_wanted(const char *command, const char *wanted);
/* Flushes stdout: JZ_EXIT_ENV with a message where that did not work, else code. */
int jz_out_close(int code);
/* Writes a JSON line (a newline is added) and empties the buffer. A line that could not be built
 * (jz_buf_check) is not written; jz_out_close() says so. One thread. */
void jz_out_line(jz_buf *b);
/* The folder of the installation: home (--home), else $JZ_HOME, else $XDG_DATA_HOME/jianzhen, else
 * ~/.local/share/jianzhen. The caller frees with jz_free(). */
JZ_CHECKED jz_status jz_home_find(const char *home, char **out, jz_err *err);
/* The folder of the models in it, likewise. */
JZ_CHECKED jz_status jz_home_models(const char *home, char **out, jz_err *err);

#endif
