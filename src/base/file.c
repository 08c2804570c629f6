/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include "base/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static jz_status read_rest(int fd, const char *path, size_t max, jz_buf *out, jz_err *err)
{
    char chunk[16384];
    size_t total = 0;
    for (;;) {
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

static jz_status read_all(int fd, const char *path, size_t max, jz_buf *out, jz_err *err)
{
    const size_t before = out->len;
    const jz_status st = read_rest(fd, path, max, out, err);
    if (st != JZ_OK && out->ptr != NULL) {
        out->len = before;
        out->ptr[before] = '\0';
    }
    return st;
}

jz_status jz_file_read(const char *path, size_t max, jz_buf *out, jz_err *err)
{
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s: %s", path,
                       strerror(errno));
    return read_all(fd, path, max, out, err);
}

jz_status jz_file_read_regular(const char *path, size_t max, jz_buf *out, jz_err *err)
{
    struct stat sb;
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && errno == ELOOP)
        return JZ_FAIL(err, JZ_E_SPECIAL, "%s is a link", path);
    if (fd < 0)
        return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s: %s", path,
                       strerror(errno));
    if (fstat(fd, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(sb.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "%s is no regular file", path);
    return read_all(fd, path, max, out, err);
}

jz_status jz_write_all(int fd, const void *data, size_t len, const char *what, jz_err *err)
{
    for (const char *p = data; len > 0;) {
        const ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "%s: %s", what, strerror(errno));
        p += n;
        len -= (size_t)n;
    }
    return JZ_OK;
}

char *jz_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return jz_strdup(".");
    return jz_strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

jz_status jz_folder_sync(const char *path, jz_err *err)
{
    jz_auto(char) *dir = jz_path_folder(path);
    if (dir == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_FD_AUTO fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", dir, strerror(errno));
    return JZ_OK;
}

jz_status jz_file_replace(const char *temp, const char *path, jz_err *err)
{
    if (rename(temp, path) == 0)
        return jz_folder_sync(path, err);
    const int saved = errno;
    (void)unlink(temp); /* the first error is the one to tell */
    return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(saved));
}

jz_status jz_mkdir_all(const char *path, jz_err *err)
{
    jz_auto(char) *work = jz_strdup(path);
    if (work == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (char *p = work + 1; work[0] != '\0'; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        const char end = *p;
        *p = '\0';
        if (mkdir(work, 0700) == 0)
            JZ_TRY(jz_folder_sync(work, err)); /* else what is synced in it could be lost with it */
        else if (errno != EEXIST)
            return JZ_FAIL(err, JZ_E_IO, "%s: %s", work, strerror(errno));
        *p = end;
        if (end == '\0')
            break;
    }
    struct stat sb;
    if (stat(path, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    if (!S_ISDIR(sb.st_mode))
        return JZ_FAIL(err, JZ_E_IO, "%s: not a folder", path);
    return JZ_OK;
}

jz_status jz_path_join(const char *dir, const char *name, char **out, jz_err *err)
{
    const size_t n = strlen(dir);
    jz_buf b = { 0 };
    jz_buf_printf(&b, "%s%s%s", dir, n > 0 && dir[n - 1] == '/' ? "" : "/", name);
    const jz_status st = jz_buf_check(&b, err);
    if (st != JZ_OK)
        jz_buf_done(&b);
    else
        *out = b.ptr;
    return st;
}

int64_t jz_now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail for this clock */
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

const char *jz_time_text(int64_t at_us, char *buf, size_t size)
{
    const time_t s = (time_t)(at_us / 1000000);
    struct tm tm;
    if (gmtime_r(&s, &tm) == NULL || strftime(buf, size, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        (void)snprintf(buf, size, "?");
    return buf;
}

void jz_names_done(jz_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        jz_free(names->name[i]);
    jz_free(names->name);
    *names = (jz_names){ 0 };
}

static int by_bytes(const void *a, const void *b)
{
    const char *const *x = a;
    const char *const *y = b;
    return strcmp(*x, *y);
}

static jz_status add_name(jz_names *names, const char *name, jz_err *err)
{
    char *copy = jz_strdup(name);
    char **grown =
        copy != NULL ? jz_grow(names->name, names->n, &names->size, sizeof *grown) : NULL;
    if (grown == NULL) {
        jz_free(copy);
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for names of files");
    }
    names->name = grown;
    grown[names->n++] = copy;
    return JZ_OK;
}

jz_status jz_folder_names(const char *path, jz_names *out, jz_err *err)
{
    DIR *d = opendir(path);
    if (d == NULL)
        return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s: %s", path,
                       strerror(errno));
    jz_status st = JZ_OK;
    const struct dirent *e = NULL;
    while (st == JZ_OK && (errno = 0, e = readdir(d)) != NULL) {
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            st = add_name(out, e->d_name, err);
    }
    if (st == JZ_OK && errno != 0)
        st = JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    (void)closedir(d); /* was only read */
    if (st != JZ_OK)
        jz_names_done(out);
    else if (out->n > 0)
        qsort(out->name, out->n, sizeof *out->name, by_bytes);
    return st;
}

#define TREE_FDS 16 /* open at once */

static int remove_one(const char *path, const struct stat *sb, int type, struct FTW *where)
{
    (void)sb;
    (void)type;
    (void)where;
    (void)remove(path); /* its folder then stays too */
    return 0;
}

void jz_remove_tree(const char *path)
{
    (void)nftw(path, remove_one, TREE_FDS, FTW_DEPTH | FTW_PHYS);
}
