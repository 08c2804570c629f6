/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/input.h"

#include "base/file.h"
#include "examine/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define STDIN_MAX ((uint64_t)4 << 30) /* bytes kept in memory of a file that comes in a pipe */

static jz_status copy_in(int from, int to, jz_err *err)
{
    uint8_t chunk[65536];
    uint64_t total = 0;
    for (;;) {
        const ssize_t n = read(from, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "%s", strerror(errno));
        if (n == 0)
            return JZ_OK;
        total += (uint64_t)n;
        if (total > STDIN_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %" PRIu64 " bytes in a pipe", STDIN_MAX);
        JZ_TRY(jz_write_all(to, chunk, (size_t)n, "memory file", err));
    }
}

/* Standard input as a file that can be read anywhere and no longer changes. */
static jz_status open_stdin(int *out, jz_err *err)
{
    const int fd = memfd_create("stdin", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return JZ_FAIL(err, JZ_E_IO, "memory file: %s", strerror(errno));
    jz_status st = copy_in(STDIN_FILENO, fd, err);
    if (st == JZ_OK &&
        fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        st = JZ_FAIL(err, JZ_E_IO, "memory file: %s", strerror(errno));
    if (st == JZ_OK)
        *out = fd;
    else
        (void)close(fd); /* the first error is the one to tell */
    return st;
}

/* O_NONBLOCK: a FIFO that takes the file's place after the stat() must not block. */
static jz_status open_file(const char *path, int *out, jz_err *err)
{
    struct stat sb;
    if (stat(path, &sb) != 0)
        return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s", strerror(errno));
    if (S_ISDIR(sb.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "a folder (jz scan examines folders)");
    if (!S_ISREG(sb.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "%s", jz_walk_special_name(sb.st_mode));
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return JZ_FAIL(err, JZ_E_IO, "%s", strerror(errno));
    *out = fd;
    return JZ_OK;
}

jz_status jz_input_open(const char *path, int *fd, jz_err *err)
{
    return strcmp(path, "-") == 0 ? open_stdin(fd, err) : open_file(path, fd, err);
}
