/* SPDX-License-Identifier: Apache-2.0 */
/* What a log does to its folder, as a table of functions, so that a test can put a disk in its
 * place that loses what was not synced. Paths are relative to the folder. Threads: one at a time.
 */
#ifndef JZ_DISK_H
#define JZ_DISK_H

#include "base/buf.h"

typedef struct jz_disk jz_disk;

/* Each fails with JZ_E_IO or JZ_E_NOMEM, naming the path, besides what is said. Nothing is durable
 * before a sync. */
typedef struct jz_disk_ops {
    /* Appends a whole file; JZ_E_NOTFOUND, JZ_E_LIMIT. */
    jz_status (*read)(jz_disk *d, const char *path, size_t max, jz_buf *out, jz_err *err);
    /* Makes a file, and its folders, with this content; or gives it this content. */
    jz_status (*write)(jz_disk *d, const char *path, jz_bytes content, jz_err *err);
    /* Puts bytes into a file in place; makes the file. */
    jz_status (*write_at)(jz_disk *d, const char *path, uint64_t at, jz_bytes bytes, jz_err *err);
    /* Makes a file's content durable, not its name. */
    jz_status (*sync)(jz_disk *d, const char *path, jz_err *err);
    /* Makes the names of the files that are in the folder itself durable. */
    jz_status (*sync_names)(jz_disk *d, jz_err *err);
    /* Makes everything below the folder durable. */
    jz_status (*sync_all)(jz_disk *d, jz_err *err);
    jz_status (*rename)(jz_disk *d, const char *from, const char *to, jz_err *err);
    /* Removes a folder and the files in it; nothing where there is none. */
    jz_status (*remove_folder)(jz_disk *d, const char *path, jz_err *err);
    /* Until close; JZ_E_BUSY where another has it. */
    jz_status (*lock)(jz_disk *d, jz_err *err);
    /* Milliseconds on a clock that never goes back. */
    int64_t (*now_ms)(jz_disk *d);
    void (*close)(jz_disk *d);
} jz_disk_ops;

struct jz_disk { /* an implementation's own struct begins with it */
    const jz_disk_ops *ops;
};

/* The folder dir; create makes it (mode 0700, for the operator to open). JZ_E_NOTFOUND, JZ_E_IO,
 * JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_disk_open(const char *dir, bool create, jz_disk **out, jz_err *err);
/* NULL is fine. */
void jz_disk_close(jz_disk *d);
JZ_DEFINE_AUTO(jz_disk, jz_disk_close);

#endif
