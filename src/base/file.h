/* SPDX-License-Identifier: Apache-2.0 */
/* Files: whole reads with a cap, writes that survive a crash, folders. */
#ifndef JZ_FILE_H
#define JZ_FILE_H

#include "base/buf.h"

#include <unistd.h>

/* Appends a whole file; a larger one than max is JZ_E_LIMIT, a missing one JZ_E_NOTFOUND, all else
 * JZ_E_IO or JZ_E_NOMEM. On failure *out holds what it held before. */
JZ_CHECKED jz_status jz_file_read(const char *path, size_t max, jz_buf *out, jz_err *err);
/* Likewise a file that a stranger may have put there: a link, a pipe or a folder is JZ_E_SPECIAL,
 * and nothing is waited for. */
JZ_CHECKED jz_status jz_file_read_regular(const char *path, size_t max, jz_buf *out, jz_err *err);
/* Writes all of it to a descriptor, however many calls that takes. what names the target in the
 * message. JZ_E_IO. */
JZ_CHECKED jz_status jz_write_all(int fd, const void *data, size_t len, const char *what,
                                  jz_err *err);
/* Puts the finished file temp in the place of path, in the same folder, and syncs the folder. On
 * failure temp is removed. */
JZ_CHECKED jz_status jz_file_replace(const char *temp, const char *path, jz_err *err);
/* A new file in the place of path (newfile.h): after JZ_OK the new content is there, before it the
 * old one is whole. Mode 0600. Threads: any. */
JZ_CHECKED jz_status jz_file_write(const char *path, const void *data, size_t len, jz_err *err);
/* Syncs the folder that path is in: only then do new names in it survive a crash. */
JZ_CHECKED jz_status jz_folder_sync(const char *path, jz_err *err);
/* The folder that path is in, "." where it names none; the caller frees with jz_free(). NULL when
 * out of memory. */
JZ_CHECKED char *jz_path_folder(const char *path);
/* Makes a folder and its parents, mode 0700 for new ones, whose names are durable then. */
JZ_CHECKED jz_status jz_mkdir_all(const char *path, jz_err *err);
typedef struct jz_names { /* = { 0 }; freed with jz_names_done() */
    char **name;
    size_t n, size;
} jz_names;
void jz_names_done(jz_names *names);
/* What is in a folder, in the order of bytes, without "." and "..". JZ_E_NOTFOUND, JZ_E_IO,
 * JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_folder_names(const char *path, jz_names *out, jz_err *err);
/* Removes a folder with all that is in it, links as links, as far as that is possible. */
void jz_remove_tree(const char *path);
/* "dir/name"; the caller frees with jz_free(). */
JZ_CHECKED jz_status jz_path_join(const char *dir, const char *name, char **out, jz_err *err);
/* Microseconds since 1970 UTC. */
int64_t jz_now_us(void);
/* "2026-11-24T16:43:00Z"; buf holds at least 21 bytes. Returns buf. */
const char *jz_time_text(int64_t at_us, char *buf, size_t size);

static inline void jz_fd_closep(const int *fd)
{
    if (*fd >= 0)
        (void)close(*fd); /* nothing was written, or fsync has been checked */
}
#define JZ_FD_AUTO __attribute__((cleanup(jz_fd_closep))) int
#define JZ_NAMES_AUTO __attribute__((cleanup(jz_names_done))) jz_names

#endif
