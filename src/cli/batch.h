/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that do one thing to every file of their operands: files, folders and all below them,
 * "-" for standard input. One thread; progress on stderr where a folder is among them. */
#ifndef JZ_BATCH_H
#define JZ_BATCH_H

#include "base/buf.h"
#include "cli/opt.h"

typedef enum jz_batch_answer {
    JZ_ANSWER_YES,
    JZ_ANSWER_NO,
    JZ_ANSWER_FAILED,
} jz_batch_answer;

typedef struct jz_batch_file { /* borrowed for the call */
    const char *path;          /* as the user would write it */
    size_t len;
    const char *below; /* what follows the operand in it: "/a/b"; "" for an operand itself */
    int fd;            /* open for reading; -1 where that failed */
    const jz_err *err; /* why */
} jz_batch_file;

/* Prints its own answer; prints what went wrong with jz_batch_failure(). */
typedef jz_batch_answer (*jz_batch_fn)(void *user, const jz_batch_file *f);

typedef struct jz_batch_opts {
    const char *word; /* what yes is called in the progress line: "labelled" */
    const char *skip; /* a folder that is passed over; NULL = none */
    bool quiet;
} jz_batch_opts;

/* The exit status: JZ_EXIT_INPUT where one failed, else JZ_EXIT_NO where one answered no. */
int jz_batch_run(char **operands, int n, const jz_batch_opts *opts, jz_batch_fn fn, void *user);
/* One line on stderr for a file. */
void jz_batch_failure(const jz_batch_file *f, const jz_err *err);
/* Writes a line to stdout, the progress line out of the way. */
void jz_batch_line(jz_buf *line);

#endif
