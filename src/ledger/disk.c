/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/disk.h"

#include "base/alloc.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK "lock"
#define PUBLIC 0644  /* tiles and the checkpoint are for everyone, once the folder is */
#define PRIVATE 0600 /* the journal and the lock are not */

typedef struct folder {
    jz_disk base;
    int fd;
    int lock;
} folder;

static folder *of(jz_disk *d)
{
    return (folder *)(void *)d; /* d is its first member */
}

static jz_status failed(const char *path, jz_err *err)
{
    return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s: %s", path, strerror(errno));
}

static jz_status read_all(int fd, const char *path, size_t max, jz_buf *out, jz_err *err)
{
    char chunk[16384];
    for (size_t total = 0;;) {
        const ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
        if (n == 0)
            return jz_buf_check(out, err);
        total += (size_t)n;
        if (total > max)
            return JZ_FAIL(err, JZ_E_LIMIT, "%s: larger than %zu bytes", path, max);
        jz_buf_put(out, chunk, (size_t)n);
    }
}

static jz_status disk_read(jz_disk *d, const char *path, size_t max, jz_buf *out, jz_err *err)
{
    JZ_FD_AUTO fd = openat(of(d)->fd, path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? failed(path, err) : read_all(fd, path, max, out, err);
}

/* Makes the folders on the way to a file. */
static jz_status make_folders(const folder *f, const char *path, jz_err *err)
{
    jz_auto(char) *work = jz_strdup(path);
    if (work == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", path);
    for (char *p = strchr(work, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdirat(f->fd, work, 0755) != 0 && errno != EEXIST)
            return failed(work, err);
        *p = '/';
    }
    return JZ_OK;
}

static jz_status open_to_write(const folder *f, const char *path, mode_t mode, int *out,
                               jz_err *err)
{
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
    *out = openat(f->fd, path, flags, mode);
    if (*out < 0 && errno == ENOENT) {
        JZ_TRY(make_folders(f, path, err));
        *out = openat(f->fd, path, flags, mode);
    }
    return *out >= 0 ? JZ_OK : failed(path, err);
}

/* Written over, then cut, so that who reads a file that is written once more with the same content
 * sees that content all the time. */
static jz_status disk_write(jz_disk *d, const char *path, jz_bytes content, jz_err *err)
{
    JZ_FD_AUTO fd = -1;
    JZ_TRY(open_to_write(of(d), path, PUBLIC, &fd, err));
    JZ_TRY(jz_write_all(fd, content.ptr, content.len, path, err));
    return ftruncate(fd, (off_t)content.len) == 0 ? JZ_OK : failed(path, err);
}

static jz_status disk_write_at(jz_disk *d, const char *path, uint64_t at, jz_bytes bytes,
                               jz_err *err)
{
    JZ_FD_AUTO fd = -1;
    JZ_TRY(open_to_write(of(d), path, PRIVATE, &fd, err));
    if (lseek(fd, (off_t)at, SEEK_SET) < 0)
        return failed(path, err);
    return jz_write_all(fd, bytes.ptr, bytes.len, path, err);
}

static jz_status disk_sync(jz_disk *d, const char *path, jz_err *err)
{
    JZ_FD_AUTO fd = openat(of(d)->fd, path, O_RDONLY | O_CLOEXEC);
    return fd >= 0 && fdatasync(fd) == 0 ? JZ_OK : failed(path, err);
}

static jz_status disk_sync_names(jz_disk *d, jz_err *err)
{
    return fsync(of(d)->fd) == 0 ? JZ_OK : failed("the log's folder", err);
}

/* One call for hundreds of small files; since Linux 5.8 it reports what could not be written. */
static jz_status disk_sync_all(jz_disk *d, jz_err *err)
{
    return syncfs(of(d)->fd) == 0 ? JZ_OK : failed("the log's file system", err);
}

static jz_status disk_rename(jz_disk *d, const char *from, const char *to, jz_err *err)
{
    return renameat(of(d)->fd, from, of(d)->fd, to) == 0 ? JZ_OK : failed(to, err);
}

static jz_status remove_files(DIR *dir, const char *path, jz_err *err)
{
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (unlinkat(dirfd(dir), e->d_name, 0) != 0)
            return failed(path, err);
    }
    return JZ_OK;
}

static jz_status disk_remove_folder(jz_disk *d, const char *path, jz_err *err)
{
    const int fd = openat(of(d)->fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? JZ_OK : failed(path, err);
    DIR *dir = fdopendir(fd);
    if (dir == NULL) {
        (void)close(fd); /* was only read */
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", path);
    }
    const jz_status st = remove_files(dir, path, err);
    (void)closedir(dir); /* was only read */
    JZ_TRY(st);
    return unlinkat(of(d)->fd, path, AT_REMOVEDIR) == 0 ? JZ_OK : failed(path, err);
}

static jz_status disk_lock(jz_disk *d, jz_err *err)
{
    folder *f = of(d);
    f->lock = openat(f->fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC, PRIVATE);
    if (f->lock < 0)
        return failed(LOCK, err);
    if (flock(f->lock, LOCK_EX | LOCK_NB) == 0)
        return JZ_OK;
    if (errno == EWOULDBLOCK)
        return JZ_FAIL(err, JZ_E_BUSY, "another process writes to the log");
    return failed(LOCK, err);
}

static int64_t disk_now_ms(jz_disk *d)
{
    struct timespec t = { 0 };
    (void)d;
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* always there */
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void disk_close(jz_disk *d)
{
    folder *f = of(d);
    if (f->lock >= 0)
        (void)close(f->lock); /* the lock ends with it */
    if (f->fd >= 0)
        (void)close(f->fd);
    jz_free(f);
}

static const jz_disk_ops folder_ops = {
    .read = disk_read,
    .write = disk_write,
    .write_at = disk_write_at,
    .sync = disk_sync,
    .sync_names = disk_sync_names,
    .sync_all = disk_sync_all,
    .rename = disk_rename,
    .remove_folder = disk_remove_folder,
    .lock = disk_lock,
    .now_ms = disk_now_ms,
    .close = disk_close,
};

jz_status jz_disk_open(const char *dir, bool create, jz_disk **out, jz_err *err)
{
    if (create) {
        JZ_TRY(jz_mkdir_all(dir, err));
        JZ_TRY(jz_folder_sync(dir, err));
    }
    folder *f = jz_alloc(sizeof *f);
    if (f == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: out of memory", dir);
    *f = (folder){ .base.ops = &folder_ops, .lock = -1 };
    f->fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0) {
        const jz_status st = failed(dir, err);
        disk_close(&f->base);
        return st;
    }
    *out = &f->base;
    return JZ_OK;
}

void jz_disk_close(jz_disk *d)
{
    if (d != NULL)
        d->ops->close(d);
}
