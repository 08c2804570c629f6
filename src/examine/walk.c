/* SPDX-License-Identifier: Apache-2.0 */
/* A stack of folders, deepest last. A folder is read to its end at once: its files are reported,
 * the names of its folders kept; then those are entered one by one. Only the last MAX_OPEN folders
 * of the stack stay open; one above them is opened again as ".." of its child, and must then be
 * the same folder as before. */
#include "examine/walk.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define MAX_OPEN 64
#define MAX_PATH ((size_t)1 << 20) /* bytes; the system's limit does not hold for *at() calls */
#define OPEN_FOLDER (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK)

struct level {
    int fd; /* -1 = closed for now */
    jz_walk_id id;
    jz_buf folders; /* names, each with its NUL */
    size_t next;    /* offset in folders of the next one to enter */
    size_t path_len;
};

struct walk {
    const jz_walk_opts *opts;
    jz_walk_fn fn;
    void *user;
    jz_buf path;
    size_t root, root_len;
    struct level *level;
    size_t depth, size;
};

static const struct {
    mode_t mode;
    const char *name;
} specials[] = {
    { S_IFIFO, "a FIFO" },
    { S_IFSOCK, "a socket" },
    { S_IFCHR, "a character device" },
    { S_IFBLK, "a block device" },
};

const char *jz_walk_special_name(mode_t mode)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(specials); i++)
        if ((mode & S_IFMT) == specials[i].mode)
            return specials[i].name;
    return "not a regular file";
}

static jz_status report(struct walk *w, int dir_fd, const char *name, bool link, jz_err *err)
{
    const jz_walk_entry e = { .path = w->path.ptr,
                              .len = w->path.len,
                              .root = w->root,
                              .tail = w->root_len,
                              .dir_fd = dir_fd,
                              .name = name,
                              .link = link };
    return w->fn(w->user, &e, err);
}

static jz_status report_failed(struct walk *w, const jz_err *why, jz_err *err)
{
    const jz_walk_entry e = { .path = w->path.ptr,
                              .len = w->path.len,
                              .root = w->root,
                              .tail = w->root_len,
                              .dir_fd = -1,
                              .name = "",
                              .status = why->code,
                              .err = why };
    return w->fn(w->user, &e, err);
}

/* For a failed system call on the current path. */
static jz_status report_errno(struct walk *w, int number, jz_err *err)
{
    jz_err why = { 0 };
    const jz_status kind = number == ENOENT  ? JZ_E_NOTFOUND
                           : number == ELOOP ? JZ_E_SPECIAL
                                             : JZ_E_IO;
    jz_err_set(&why, kind, "%s", strerror(number));
    return report_failed(w, &why, err);
}

static bool skipped(const struct walk *w, const struct stat *sb)
{
    for (size_t i = 0; i < w->opts->n_skip; i++)
        if (w->opts->skip[i].dev == sb->st_dev && w->opts->skip[i].ino == sb->st_ino)
            return true;
    return false;
}

static void cut_path(struct walk *w, size_t len)
{
    w->path.len = len;
    w->path.ptr[len] = '\0';
}

static jz_status extend_path(struct walk *w, const char *name, jz_err *err)
{
    if (w->path.len > 0 && w->path.ptr[w->path.len - 1] != '/')
        jz_buf_putc(&w->path, '/');
    jz_buf_puts(&w->path, name);
    return jz_buf_check(&w->path, err);
}

/* The current path is a link: to a file, or to something that is not examined. */
static jz_status visit_link(struct walk *w, int dir_fd, const char *name, jz_err *err)
{
    struct stat sb;
    jz_err why = { 0 };
    if (fstatat(dir_fd, name, &sb, 0) != 0) {
        jz_err_set(&why, errno == ENOENT || errno == ELOOP ? JZ_E_SPECIAL : JZ_E_IO,
                   "a link that leads nowhere: %s", strerror(errno));
        return report_failed(w, &why, err);
    }
    if (S_ISREG(sb.st_mode))
        return report(w, dir_fd, name, true, err);
    jz_err_set(&why, JZ_E_SPECIAL, "a link to %s, not followed",
               S_ISDIR(sb.st_mode) ? "a folder" : jz_walk_special_name(sb.st_mode));
    return report_failed(w, &why, err);
}

/* The current path is name in the folder on top of the stack. */
static jz_status visit(struct walk *w, const char *name, unsigned char type, jz_err *err)
{
    struct level *top = &w->level[w->depth - 1];
    struct stat sb;
    if (type == DT_REG) /* what it has become is seen when it is opened */
        return report(w, top->fd, name, false, err);
    if (fstatat(top->fd, name, &sb, AT_SYMLINK_NOFOLLOW) != 0)
        return report_errno(w, errno, err);
    if (S_ISREG(sb.st_mode))
        return report(w, top->fd, name, false, err);
    if (S_ISLNK(sb.st_mode))
        return visit_link(w, top->fd, name, err);
    if (S_ISDIR(sb.st_mode)) {
        if (!skipped(w, &sb))
            jz_buf_put(&top->folders, name, strlen(name) + 1);
        return jz_buf_check(&top->folders, err);
    }
    jz_err why = { 0 };
    jz_err_set(&why, JZ_E_SPECIAL, "%s", jz_walk_special_name(sb.st_mode));
    return report_failed(w, &why, err);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static jz_status read_entries(struct walk *w, DIR *dir, jz_err *err)
{
    const size_t len = w->path.len;
    for (;;) {
        errno = 0;
        const struct dirent *e = readdir(dir);
        if (e == NULL)
            return errno == 0 ? JZ_OK : report_errno(w, errno, err);
        if (is_dots(e->d_name))
            continue;
        JZ_TRY(extend_path(w, e->d_name, err));
        JZ_TRY(visit(w, e->d_name, e->d_type, err));
        cut_path(w, len);
    }
}

/* Reads the folder on top of the stack; the stream has a descriptor of its own. */
static jz_status read_folder(struct walk *w, jz_err *err)
{
    const int fd = fcntl(w->level[w->depth - 1].fd, F_DUPFD_CLOEXEC, 0);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (dir == NULL) {
        const int number = errno;
        if (fd >= 0)
            (void)close(fd); /* only read */
        return report_errno(w, number, err);
    }
    const jz_status st = read_entries(w, dir, err);
    (void)closedir(dir); /* only read */
    return st;
}

static jz_status push(struct walk *w, int fd, const struct stat *sb, jz_err *err)
{
    struct level *p = jz_grow(w->level, w->depth, &w->size, sizeof *p);
    if (p == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    w->level = p;
    w->level[w->depth++] =
        (struct level){ .fd = fd, .id = { sb->st_dev, sb->st_ino }, .path_len = w->path.len };
    if (w->depth > MAX_OPEN) {
        struct level *far = &w->level[w->depth - 1 - MAX_OPEN];
        if (far->fd >= 0)
            (void)close(far->fd); /* only read */
        far->fd = -1;
    }
    return JZ_OK;
}

/* Enters the folder at the current path; where that cannot be, it is an entry that failed. */
static jz_status enter(struct walk *w, int dir_fd, const char *name, bool follow, jz_err *err)
{
    struct stat sb;
    if (w->path.len > MAX_PATH) {
        jz_err why = { 0 };
        jz_err_set(&why, JZ_E_LIMIT, "a path of more than %zu bytes", MAX_PATH);
        return report_failed(w, &why, err);
    }
    const int fd = openat(dir_fd, name, OPEN_FOLDER | (follow ? 0 : O_NOFOLLOW));
    if (fd < 0)
        return report_errno(w, errno, err);
    if (fstat(fd, &sb) != 0) {
        const int number = errno;
        (void)close(fd); /* only read */
        return report_errno(w, number, err);
    }
    const jz_status st = push(w, fd, &sb, err);
    if (st != JZ_OK) {
        (void)close(fd); /* only read */
        return st;
    }
    return read_folder(w, err);
}

/* Opens a level again that was closed when the stack grew: through its child, else by its path. */
static void reopen(const struct walk *w, struct level *l, int child_fd)
{
    struct stat sb;
    const int fd =
        child_fd >= 0 ? openat(child_fd, "..", OPEN_FOLDER) : open(w->path.ptr, OPEN_FOLDER);
    if (fd < 0)
        return;
    if (fstat(fd, &sb) == 0 && sb.st_dev == l->id.dev && sb.st_ino == l->id.ino)
        l->fd = fd;
    else
        (void)close(fd); /* only read */
}

static void pop(struct walk *w)
{
    assert(w->depth > 0 && w->level != NULL);
    struct level *l = &w->level[--w->depth];
    struct level *above = w->depth > 0 ? l - 1 : NULL;
    if (above != NULL) {
        cut_path(w, above->path_len);
        if (above->fd < 0) /* even if it is done: the one above it may have to be found from it */
            reopen(w, above, l->fd);
    }
    if (l->fd >= 0)
        (void)close(l->fd); /* only read */
    jz_buf_done(&l->folders);
}

/* Enters the next folder of the top level, or leaves the level. */
static jz_status step(struct walk *w, jz_err *err)
{
    struct level *top = &w->level[w->depth - 1];
    if (top->next >= top->folders.len) {
        pop(w);
        return JZ_OK;
    }
    cut_path(w, top->path_len);
    const size_t at = top->next;
    top->next += strlen(top->folders.ptr + at) + 1;
    JZ_TRY(extend_path(w, top->folders.ptr + at, err));
    if (top->fd >= 0)
        return enter(w, top->fd, top->folders.ptr + at, false, err);
    jz_err why = { 0 };
    jz_err_set(&why, JZ_E_CHANGED, "the folder above was moved during the walk");
    return report_failed(w, &why, err);
}

static jz_status walk_root(struct walk *w, const char *root, jz_err *err)
{
    struct stat sb;
    w->path.len = 0;
    jz_buf_puts(&w->path, root);
    JZ_TRY(jz_buf_check(&w->path, err));
    w->root_len = w->path.len;
    if (stat(root, &sb) != 0)
        return report_errno(w, errno, err);
    if (S_ISREG(sb.st_mode))
        return report(w, AT_FDCWD, root, true, err);
    if (!S_ISDIR(sb.st_mode)) {
        jz_err why = { 0 };
        jz_err_set(&why, JZ_E_SPECIAL, "%s", jz_walk_special_name(sb.st_mode));
        return report_failed(w, &why, err);
    }
    if (skipped(w, &sb))
        return JZ_OK;
    JZ_TRY(enter(w, AT_FDCWD, root, true, err));
    while (w->depth > 0)
        JZ_TRY(step(w, err));
    return JZ_OK;
}

jz_status jz_walk_open(const jz_walk_entry *e, int *fd, struct stat *sb, jz_err *err)
{
    const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (e->link ? 0 : O_NOFOLLOW);
    JZ_FD_AUTO opened = openat(e->dir_fd, e->name, flags);
    if (opened < 0 || fstat(opened, sb) != 0)
        return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s", strerror(errno));
    if (!S_ISREG(sb->st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "%s", jz_walk_special_name(sb->st_mode));
    *fd = opened;
    opened = -1;
    return JZ_OK;
}

jz_status jz_walk(const char *const *roots, size_t n, const jz_walk_opts *opts, jz_walk_fn fn,
                  void *user, jz_err *err)
{
    struct walk w = { .opts = opts, .fn = fn, .user = user };
    jz_status st = JZ_OK;
    for (w.root = 0; st == JZ_OK && w.root < n; w.root++)
        st = walk_root(&w, roots[w.root], err);
    while (w.depth > 0)
        pop(&w);
    jz_free(w.level);
    jz_buf_done(&w.path);
    return st;
}
