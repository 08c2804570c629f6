/* SPDX-License-Identifier: Apache-2.0 */
#include "base/newfile.h"

#include "base/alloc.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static jz_status io(const jz_newfile *f, const char *what, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_IO, "%s %s: %s", what, f->path, strerrordesc_np(errno));
}

static jz_status open_named(jz_newfile *f, jz_err *err)
{
    JZ_BUF_AUTO name = { 0 };
    jz_buf_printf(&name, "%s.jz-XXXXXX", f->path);
    JZ_TRY(jz_buf_check(&name, err));
    f->fd = mkostemp(name.ptr, O_CLOEXEC);
    if (f->fd < 0)
        return io(f, "making", err);
    f->temp = jz_strdup(name.ptr);
    if (f->temp != NULL)
        return JZ_OK;
    (void)unlink(name.ptr); /* nothing better can be done */
    return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

static jz_status open_file(jz_newfile *f, unsigned mode, jz_err *err)
{
    jz_auto(char) *folder = jz_path_folder(f->path);
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    f->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (f->fd < 0 && errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
        return io(f, "making", err);
    if (f->fd < 0)
        JZ_TRY(open_named(f, err));
    if (fchmod(f->fd, (mode_t)mode & 07777) != 0)
        return io(f, "setting the mode of", err);
    return JZ_OK;
}

jz_status jz_newfile_open(const char *path, unsigned mode, jz_newfile *out, jz_err *err)
{
    jz_newfile f = { .fd = -1, .path = jz_strdup(path) };
    if (f.path == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = open_file(&f, mode, err);
    if (st != JZ_OK) {
        jz_newfile_discard(&f);
        return st;
    }
    *out = f;
    return JZ_OK;
}

/* Gives a file without a name one. */
static int link_as(const jz_newfile *f, const char *path)
{
    char self[32];
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", f->fd);
    return linkat(AT_FDCWD, self, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

static jz_status name_temp(jz_newfile *f, jz_err *err)
{
    for (unsigned i = 0; i < 100; i++) {
        JZ_BUF_AUTO name = { 0 };
        jz_buf_printf(&name, "%s.jz-%d-%u", f->path, (int)getpid(), i);
        JZ_TRY(jz_buf_check(&name, err));
        if (link_as(f, name.ptr) == 0) {
            f->temp = jz_strdup(name.ptr);
            if (f->temp == NULL)
                (void)unlink(name.ptr); /* nothing better can be done */
            return f->temp != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        }
        if (errno != EEXIST)
            break;
    }
    return io(f, "naming", err);
}

static jz_status place_new(jz_newfile *f, jz_err *err)
{
    const int rc = f->temp == NULL
                       ? link_as(f, f->path)
                       : renameat2(AT_FDCWD, f->temp, AT_FDCWD, f->path, RENAME_NOREPLACE);
    if (rc != 0 && errno == EEXIST)
        return JZ_FAIL(err, JZ_E_EXISTS, "%s is there already", f->path);
    if (rc != 0)
        return io(f, "naming", err);
    jz_free(JZ_TAKE(f->temp));
    return jz_folder_sync(f->path, err);
}

jz_status jz_newfile_commit(jz_newfile *f, bool overwrite, jz_err *err)
{
    if (fsync(f->fd) != 0)
        return io(f, "syncing", err);
    if (!overwrite)
        return place_new(f, err);
    if (f->temp == NULL)
        JZ_TRY(name_temp(f, err));
    jz_auto(char) *temp = JZ_TAKE(f->temp);
    return jz_file_replace(temp, f->path, err);
}

void jz_newfile_discard(jz_newfile *f)
{
    if (f->temp != NULL)
        (void)unlink(f->temp); /* nothing better can be done */
    if (f->fd >= 0)
        (void)close(f->fd); /* what counts was synced */
    jz_free(f->temp);
    jz_free(f->path);
    *f = (jz_newfile){ .fd = -1 };
}

jz_status jz_file_write(const char *path, const void *data, size_t len, jz_err *err)
{
    JZ_NEWFILE_AUTO f = { .fd = -1 };
    JZ_TRY(jz_newfile_open(path, 0600, &f, err));
    JZ_TRY(jz_write_all(f.fd, data, len, path, err));
    return jz_newfile_commit(&f, true, err);
}
