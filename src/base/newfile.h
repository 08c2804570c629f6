/* SPDX-License-Identifier: Apache-2.0 */
/* A file that appears under its name whole or not at all: written without a name where the file
 * system can do that (nothing is left behind whatever happens), else beside its place under a
 * temporary one. Threads: any, each with its own. */
#ifndef JZ_NEWFILE_H
#define JZ_NEWFILE_H

#include <jz/base.h>

typedef struct jz_newfile { /* = { .fd = -1 }; ended with jz_newfile_discard() */
    int fd;                 /* to be written; and read back */
    char *path;
    char *temp; /* NULL while it has no name */
} jz_newfile;

/* mode: of the finished file. JZ_E_IO (no such folder, no permission, ...), JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_newfile_open(const char *path, unsigned mode, jz_newfile *out, jz_err *err);
/* Syncs it and gives it its name, then syncs the folder. JZ_E_EXISTS where there is one of that
 * name and overwrite is false; JZ_E_IO: what was there is still there. */
JZ_CHECKED jz_status jz_newfile_commit(jz_newfile *f, bool overwrite, jz_err *err);
/* Ends it; removes what was not committed. */
void jz_newfile_discard(jz_newfile *f);

static inline void jz_newfile_discardp(jz_newfile *f)
{
    jz_newfile_discard(f);
}
#define JZ_NEWFILE_AUTO __attribute__((cleanup(jz_newfile_discardp))) jz_newfile

#endif
