/* SPDX-License-Identifier: Apache-2.0 */
/* Every file below some paths, each reported once, whatever it is. Folders are read in the order
 * of the file system, at any depth, with a bounded number of descriptors; links to files are
 * files, links to folders are reported and not followed. */
#ifndef JZ_WALK_H
#define JZ_WALK_H

#include <jz/base.h>

#include <sys/stat.h>

typedef struct jz_walk_entry {
    const char *path; /* as the user would write it: the root, then the names; terminated */
    size_t len;
    size_t root; /* index of the root it is below */
    size_t tail; /* path + tail is what follows the root: "" or "/a/b" */
    int dir_fd;  /* with name, for openat(); AT_FDCWD for a root itself */
    const char *name;
    bool link;        /* a symbolic link to a regular file */
    jz_status status; /* JZ_OK: a regular file; else why it cannot be examined (err says more) */
    const jz_err *err;
} jz_walk_entry;

/* A failure ends the walk with it. Everything in e is borrowed for the call. */
typedef jz_status (*jz_walk_fn)(void *user, const jz_walk_entry *e, jz_err *err);

typedef struct jz_walk_id {
    dev_t dev;
    ino_t ino;
} jz_walk_id;

typedef struct jz_walk_opts { /* zero-initialise */
    const jz_walk_id *skip;   /* folders passed over in silence; borrowed */
    size_t n_skip;
} jz_walk_opts;

/* Fails with JZ_E_NOMEM or with what fn returned; whatever goes wrong with a single file or folder
 * is an entry. Roots that are links to folders are followed. Threads: any. */
JZ_CHECKED jz_status jz_walk(const char *const *roots, size_t n, const jz_walk_opts *opts,
                             jz_walk_fn fn, void *user, jz_err *err);
/* Opens an entry of status JZ_OK for reading, whatever took its place since: a FIFO does not block.
 * The caller closes *fd. JZ_E_NOTFOUND, JZ_E_SPECIAL, JZ_E_IO. */
JZ_CHECKED jz_status jz_walk_open(const jz_walk_entry *e, int *fd, struct stat *sb, jz_err *err);
/* "a FIFO", "a socket", ... for a mode that is neither a regular file nor a folder. */
const char *jz_walk_special_name(mode_t mode);

#endif
