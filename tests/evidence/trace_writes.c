/* SPDX-License-Identifier: Apache-2.0 */
/* trace_writes: preloaded into a program, writes down every call that changes a disk, in order and
 * with its bytes, and what the program answered on standard output in between. The script `cuts`
 * makes of that the disks that a power cut could leave. Nothing is really synced: what a sync
 * promises is for the script to hold against the program.
 *
 * $JZ_TRACE names the file; without it nothing is written down. $JZ_TRACE_CLOCK is added to the
 * clock, in seconds. The program's children are left alone. A record is a line, and bytes behind it
 * where it says how many (INODE: device:number): C INODE PATH     a file was made         T INODE
 * one without a name was made D INODE PATH     a folder was made       L INODE PATH      a file got
 * a name R OLD<tab>NEW    a name was changed      U PATH            a name was removed W INODE AT N
 * N bytes were written    Z INODE SIZE      a file got another size S INODE          a file or
 * folder was synced               Y  all was A N              N bytes were answered */
#undef _FILE_OFFSET_BITS /* else open() would be open64(), and both could not be here */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
/* The C library's function of that name, behind ours. */
#define NEXT(type, name) type name##_next = __extension__(type) dlsym(RTLD_NEXT, #name)

typedef int (*open_fn)(const char *, int, ...);
typedef int (*openat_fn)(int, const char *, int, ...);
typedef ssize_t (*write_fn)(int, const void *, size_t);
typedef ssize_t (*pwrite_fn)(int, const void *, size_t, off_t);
typedef int (*path_fn)(const char *);
typedef int (*pathat_fn)(int, const char *, int);
typedef int (*mkdirat_fn)(int, const char *, mode_t);
typedef int (*truncate_fn)(int, off_t);
typedef int (*renameat2_fn)(int, const char *, int, const char *, unsigned);
typedef int (*linkat_fn)(int, const char *, int, const char *, int);

static int trace = -1;
static time_t shift; /* of the clock, in seconds */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void put_all(const void *data, size_t len)
{
    NEXT(write_fn, write);
    for (const char *p = data; len > 0;) {
        const ssize_t n = write_next(trace, p, len);
        if (n <= 0)
            abort(); /* a trace with a hole in it proves nothing */
        p += n;
        len -= (size_t)n;
    }
}

/* A record, with the bytes behind it. */
__attribute__((format(printf, 3, 4))) static void put(const void *data, size_t len,
                                                      const char *format, ...)
{
    char line[2 * PATH_MAX + 100];
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= sizeof line)
        abort();
    put_all(line, (size_t)n);
    if (len > 0)
        put_all(data, len);
}

/* From the root; path may be relative to an open folder. */
static const char *whole(int dir, const char *path, char out[PATH_MAX])
{
    char self[32];
    char base[PATH_MAX] = "";
    if (path[0] == '/')
        return path;
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", dir);
    const ssize_t n = dir == AT_FDCWD ? -1 : readlink(self, base, sizeof base - 1);
    if (n < 0 && getcwd(base, sizeof base) == NULL)
        abort();
    if (snprintf(out, PATH_MAX, "%s/%s", base, path) >= PATH_MAX)
        abort();
    return out;
}

/* "device:number" of a regular file or a folder; NULL for others. */
static const char *inode(int fd, bool folders, char out[64], off_t *size)
{
    struct stat sb;
    const int saved = errno;
    const bool ok = trace >= 0 && fstat(fd, &sb) == 0 &&
                    (S_ISREG(sb.st_mode) || (folders && S_ISDIR(sb.st_mode)));
    errno = saved;
    if (!ok)
        return NULL;
    (void)snprintf(out, 64, "%ju:%ju", (uintmax_t)sb.st_dev, (uintmax_t)sb.st_ino);
    *size = sb.st_size;
    return out;
}

static ssize_t answer(void *user, const char *data, size_t len)
{
    NEXT(write_fn, write);
    (void)user;
    (void)pthread_mutex_lock(&lock);
    put(data, len, "A %zu\n", len);
    const ssize_t n = write_next(STDOUT_FILENO, data, len);
    (void)pthread_mutex_unlock(&lock);
    return n;
}

__attribute__((constructor)) static void begin(void)
{
    NEXT(open_fn, open);
    const char *path = getenv("JZ_TRACE");
    if (path != NULL) {
        trace = open_next(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        /* printf() reaches write() inside of the C library, where nothing can stand between. */
        FILE *f = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = answer });
        if (trace < 0 || f == NULL)
            abort();
        stdout = f;
    }
    const char *clock = getenv("JZ_TRACE_CLOCK");
    shift = clock != NULL ? strtol(clock, NULL, 10) : 0;
    (void)unsetenv("JZ_TRACE");
    (void)unsetenv("LD_PRELOAD");
}

/* ---- making ---- */

static int open_traced(int dir, const char *path, int flags, mode_t mode)
{
    NEXT(openat_fn, openat);
    char full[PATH_MAX];
    char id[64];
    struct stat sb;
    off_t size = 0;
    (void)pthread_mutex_lock(&lock);
    const bool made = (flags & O_CREAT) != 0 && fstatat(dir, path, &sb, AT_SYMLINK_NOFOLLOW) != 0;
    const int fd = openat_next(dir, path, flags, mode);
    if (fd >= 0 && inode(fd, false, id, &size) != NULL) {
        if ((flags & O_TMPFILE) == O_TMPFILE)
            put(NULL, 0, "T %s\n", id);
        else if (made)
            put(NULL, 0, "C %s %s\n", id, whole(dir, path, full));
        else if ((flags & O_TRUNC) != 0)
            put(NULL, 0, "Z %s 0\n", id);
    }
    (void)pthread_mutex_unlock(&lock);
    return fd;
}

#define MODE_OF(flags)                                                                             \
    mode_t mode = 0;                                                                               \
    if (((flags)&O_CREAT) != 0 || ((flags)&O_TMPFILE) == O_TMPFILE) {                              \
        va_list args;                                                                              \
        va_start(args, flags);                                                                     \
        mode = va_arg(args, mode_t);                                                               \
        va_end(args);                                                                              \
    }

EXPORT int open(const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open_traced(AT_FDCWD, path, flags, mode);
}

EXPORT int open64(const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open_traced(AT_FDCWD, path, flags, mode);
}

EXPORT int openat(int dir, const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open_traced(dir, path, flags, mode);
}

/* What <fcntl.h> makes of the others where it checks its callers. */
EXPORT int __open64_2(const char *path, int flags);
EXPORT int __openat64_2(int dir, const char *path, int flags);

EXPORT int __open64_2(const char *path, int flags)
{
    return open_traced(AT_FDCWD, path, flags, 0);
}

EXPORT int __openat64_2(int dir, const char *path, int flags)
{
    return open_traced(dir, path, flags, 0);
}

EXPORT int openat64(int dir, const char *path, int flags, ...)
{
    MODE_OF(flags)
    return open_traced(dir, path, flags, mode);
}

EXPORT int mkdirat(int dir, const char *path, mode_t mode)
{
    NEXT(mkdirat_fn, mkdirat);
    char full[PATH_MAX];
    struct stat sb;
    (void)pthread_mutex_lock(&lock);
    const int rc = mkdirat_next(dir, path, mode);
    if (rc == 0 && trace >= 0 && fstatat(dir, path, &sb, AT_SYMLINK_NOFOLLOW) == 0)
        put(NULL, 0, "D %ju:%ju %s\n", (uintmax_t)sb.st_dev, (uintmax_t)sb.st_ino,
            whole(dir, path, full));
    (void)pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}

/* The six X at the end of a template. */
static void name_temp(char *template)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
    uint8_t random[6];
    char *at = template + strlen(template) - sizeof random;
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    for (size_t i = 0; i < sizeof random; i++)
        at[i] = letters[random[i] % 32];
}

EXPORT char *mkdtemp(char *template)
{
    name_temp(template);
    return mkdir(template, 0700) == 0 ? template : NULL;
}

EXPORT int mkostemp64(char *template, int flags)
{
    name_temp(template);
    return open_traced(AT_FDCWD, template, flags | O_RDWR | O_CREAT | O_EXCL, 0600);
}

/* ---- changing ---- */

EXPORT ssize_t write(int fd, const void *data, size_t len)
{
    NEXT(write_fn, write);
    char id[64];
    off_t size = 0;
    (void)pthread_mutex_lock(&lock);
    const bool traced = inode(fd, false, id, &size) != NULL;
    const off_t at = !traced                                ? 0
                     : (fcntl(fd, F_GETFL) & O_APPEND) != 0 ? size
                                                            : lseek(fd, 0, SEEK_CUR);
    const ssize_t n = write_next(fd, data, len);
    if (n > 0 && traced)
        put(data, (size_t)n, "W %s %jd %zd\n", id, (intmax_t)at, n);
    (void)pthread_mutex_unlock(&lock);
    return n;
}

EXPORT ssize_t pwrite64(int fd, const void *data, size_t len, off_t at)
{
    NEXT(pwrite_fn, pwrite64);
    char id[64];
    off_t size = 0;
    (void)pthread_mutex_lock(&lock);
    const ssize_t n = pwrite64_next(fd, data, len, at);
    if (n > 0 && inode(fd, false, id, &size) != NULL)
        put(data, (size_t)n, "W %s %jd %zd\n", id, (intmax_t)at, n);
    (void)pthread_mutex_unlock(&lock);
    return n;
}

EXPORT int ftruncate64(int fd, off_t size)
{
    NEXT(truncate_fn, ftruncate64);
    char id[64];
    off_t now = 0;
    (void)pthread_mutex_lock(&lock);
    const int rc = ftruncate64_next(fd, size);
    if (rc == 0 && inode(fd, false, id, &now) != NULL)
        put(NULL, 0, "Z %s %jd\n", id, (intmax_t)size);
    (void)pthread_mutex_unlock(&lock);
    return rc;
}

/* Not told apart from what cannot be done: callers fall back to what is traced. */
EXPORT ssize_t copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t len,
                               unsigned flags)
{
    (void)from, (void)from_at, (void)to, (void)to_at, (void)len, (void)flags;
    errno = EOPNOTSUPP;
    return -1;
}

EXPORT int fallocate64(int fd, int mode, off_t at, off_t len)
{
    (void)fd, (void)mode, (void)at, (void)len;
    errno = EOPNOTSUPP;
    return -1;
}

/* ---- naming ---- */

EXPORT int renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
    NEXT(renameat2_fn, renameat2);
    char a[PATH_MAX];
    char b[PATH_MAX];
    (void)pthread_mutex_lock(&lock);
    const int rc = renameat2_next(from, old, to, new, flags);
    if (rc == 0 && trace >= 0)
        put(NULL, 0, "R %s\t%s\n", whole(from, old, a), whole(to, new, b));
    (void)pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int renameat(int from, const char *old, int to, const char *new)
{
    return renameat2(from, old, to, new, 0);
}

EXPORT int rename(const char *old, const char *new)
{
    return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0);
}

EXPORT int unlinkat(int dir, const char *path, int flags)
{
    NEXT(pathat_fn, unlinkat);
    char full[PATH_MAX];
    (void)pthread_mutex_lock(&lock);
    const int rc = unlinkat_next(dir, path, flags);
    if (rc == 0 && trace >= 0)
        put(NULL, 0, "U %s\n", whole(dir, path, full));
    (void)pthread_mutex_unlock(&lock);
    return rc;
}

EXPORT int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

EXPORT int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

EXPORT int remove(const char *path)
{
    const int rc = unlink(path);
    return rc != 0 && errno == EISDIR ? rmdir(path) : rc;
}

EXPORT int linkat(int from, const char *old, int to, const char *new, int flags)
{
    NEXT(linkat_fn, linkat);
    char full[PATH_MAX];
    struct stat sb;
    (void)pthread_mutex_lock(&lock);
    const int rc = linkat_next(from, old, to, new, flags);
    if (rc == 0 && trace >= 0 && fstatat(to, new, &sb, AT_SYMLINK_NOFOLLOW) == 0)
        put(NULL, 0, "L %ju:%ju %s\n", (uintmax_t)sb.st_dev, (uintmax_t)sb.st_ino,
            whole(to, new, full));
    (void)pthread_mutex_unlock(&lock);
    return rc;
}

/* ---- syncing ---- */

EXPORT int fsync(int fd)
{
    char id[64];
    off_t size = 0;
    (void)pthread_mutex_lock(&lock);
    if (inode(fd, true, id, &size) != NULL)
        put(NULL, 0, "S %s\n", id);
    (void)pthread_mutex_unlock(&lock);
    return 0;
}

EXPORT int fdatasync(int fd)
{
    return fsync(fd);
}

EXPORT int syncfs(int fd)
{
    (void)fd;
    (void)pthread_mutex_lock(&lock);
    if (trace >= 0)
        put(NULL, 0, "Y\n");
    (void)pthread_mutex_unlock(&lock);
    return 0;
}

/* ---- the clock ---- */

typedef int (*clock_fn)(clockid_t, struct timespec *);

EXPORT int clock_gettime(clockid_t clock, struct timespec *out)
{
    NEXT(clock_fn, clock_gettime);
    const int rc = clock_gettime_next(clock, out);
    if (rc == 0 && clock == CLOCK_REALTIME)
        out->tv_sec += shift;
    return rc;
}

EXPORT time_t time(time_t *out)
{
    struct timespec now = { 0 };
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (out != NULL)
        *out = now.tv_sec;
    return now.tv_sec;
}
