/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/zip_write.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#define DEPTH_MAX 16
#define COPY_BYTES ((size_t)256 << 10)
#define SMALL 0xffffffffu /* what does not fit says this, and stands in the 64-bit field */
#define FILES_SMALL 0xffffu
#define NAME_UTF8 0x0800
#define UNIX 3
#define VERSION_64 45
#define VERSION 20
#define CRC_AT 14 /* in a local header */

typedef struct writer {
    int fd;
    uint64_t at;
    const char *prefix;
    jz_buf directory; /* the central one, for the end */
    uint64_t files;
    uint8_t *part;
} writer;

static void le(jz_buf *out, uint64_t v, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        jz_buf_putc(out, (char)(uint8_t)(v >> 8 * i));
}

static jz_status put(writer *w, const jz_buf *bytes, jz_err *err)
{
    JZ_TRY(jz_buf_check(bytes, err));
    JZ_TRY(jz_write_all(w->fd, bytes->ptr, bytes->len, "the zip file", err));
    w->at += bytes->len;
    return JZ_OK;
}

/* Date and time as MS-DOS counts them: 1980-01-01, since a bag has its times in its records. */
static void put_common(jz_buf *out, bool wide, uint32_t crc, uint64_t size)
{
    le(out, wide ? VERSION_64 : VERSION, 2);
    le(out, NAME_UTF8, 2);
    le(out, 0, 2);      /* stored */
    le(out, 0, 2);      /* time */
    le(out, 0x0021, 2); /* date */
    le(out, crc, 4);
    le(out, wide ? SMALL : size, 4);
    le(out, wide ? SMALL : size, 4);
}

static void put_local(jz_buf *out, const char *name, uint64_t size, bool wide)
{
    le(out, 0x04034b50, 4);
    put_common(out, wide, 0, size);
    le(out, strlen(name), 2);
    le(out, wide ? 20 : 0, 2);
    jz_buf_puts(out, name);
    if (wide) {
        le(out, 1, 2);
        le(out, 16, 2);
        le(out, size, 8);
        le(out, size, 8);
    }
}

static void put_central(jz_buf *out, const char *name, uint64_t size, uint64_t at, uint32_t crc)
{
    const bool wide = size >= SMALL || at >= SMALL;
    le(out, 0x02014b50, 4);
    le(out, UNIX << 8 | (wide ? VERSION_64 : VERSION), 2);
    put_common(out, wide, crc, size);
    le(out, strlen(name), 2);
    le(out, wide ? 28 : 0, 2);
    le(out, 0, 2); /* comment */
    le(out, 0, 2); /* disk */
    le(out, 0, 2); /* binary */
    le(out, (uint64_t)(S_IFREG | 0444) << 16, 4);
    le(out, wide ? SMALL : at, 4);
    jz_buf_puts(out, name);
    if (wide) {
        le(out, 1, 2);
        le(out, 24, 2);
        le(out, size, 8);
        le(out, size, 8);
        le(out, at, 8);
    }
}

static jz_status copy(writer *w, int fd, const char *path, uint64_t size, uint32_t *crc,
                      jz_err *err)
{
    uint64_t got = 0;
    uLong sum = crc32(0, NULL, 0);
    for (;;) {
        const ssize_t n = read(fd, w->part, COPY_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
        got += (uint64_t)n;
        if (got > size || (n == 0 && got < size))
            return JZ_FAIL(err, JZ_E_CHANGED, "%s: changed while it was copied", path);
        if (n == 0)
            break;
        sum = crc32(sum, w->part, (uInt)n);
        JZ_TRY(jz_write_all(w->fd, w->part, (size_t)n, "the zip file", err));
    }
    w->at += size;
    *crc = (uint32_t)sum;
    return JZ_OK;
}

static jz_status add_file(writer *w, const char *path, const char *name, jz_err *err)
{
    JZ_BUF_AUTO head = { 0 };
    JZ_BUF_AUTO full = { 0 };
    struct stat sb;
    uint32_t crc = 0;
    uint8_t le_crc[4];
    const uint64_t at = w->at;
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(sb.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "%s is no regular file", path);
    jz_buf_printf(&full, "%s/%s", w->prefix, name);
    JZ_TRY(jz_buf_check(&full, err));
    if (full.len > UINT16_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: a name of %zu bytes", path, full.len);
    put_local(&head, full.ptr, (uint64_t)sb.st_size, (uint64_t)sb.st_size >= SMALL);
    JZ_TRY(put(w, &head, err));
    JZ_TRY(copy(w, fd, path, (uint64_t)sb.st_size, &crc, err));
    for (unsigned i = 0; i < 4; i++)
        le_crc[i] = (uint8_t)(crc >> 8 * i);
    if (pwrite(w->fd, le_crc, sizeof le_crc, (off_t)(at + CRC_AT)) != (ssize_t)sizeof le_crc)
        return JZ_FAIL(err, JZ_E_IO, "writing the zip file: %s", strerror(errno));
    put_central(&w->directory, full.ptr, (uint64_t)sb.st_size, at, crc);
    w->files++;
    return jz_buf_check(&w->directory, err);
}

static jz_status add_folder(writer *w, const char *dir, const char *below, unsigned depth,
                            jz_err *err);

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX deep */
static jz_status add_entry(writer *w, const char *dir, const char *below, const char *entry,
                           unsigned depth, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_BUF_AUTO name = { 0 };
    struct stat sb;
    jz_buf_printf(&name, "%s%s%s", below, below[0] != '\0' ? "/" : "", entry);
    JZ_TRY(jz_buf_check(&name, err));
    JZ_TRY(jz_path_join(dir, entry, &path, err));
    if (lstat(path, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    return S_ISDIR(sb.st_mode) ? add_folder(w, path, name.ptr, depth + 1, err)
                               : add_file(w, path, name.ptr, err);
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX deep */
static jz_status add_folder(writer *w, const char *dir, const char *below, unsigned depth,
                            jz_err *err)
{
    JZ_NAMES_AUTO list = { 0 };
    if (depth > DEPTH_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: too many folders in each other", dir);
    JZ_TRY(jz_folder_names(dir, &list, err));
    for (size_t i = 0; i < list.n; i++)
        JZ_TRY(add_entry(w, dir, below, list.name[i], depth, err));
    return JZ_OK;
}

static void put_end_64(jz_buf *out, const writer *w)
{
    le(out, 0x06064b50, 4);
    le(out, 44, 8);
    le(out, UNIX << 8 | VERSION_64, 2);
    le(out, VERSION_64, 2);
    le(out, 0, 4);
    le(out, 0, 4);
    le(out, w->files, 8);
    le(out, w->files, 8);
    le(out, w->directory.len, 8);
    le(out, w->at, 8);
    le(out, 0x07064b50, 4); /* the locator of what stands before */
    le(out, 0, 4);
    le(out, w->at + w->directory.len, 8);
    le(out, 1, 4);
}

static jz_status put_end(writer *w, jz_err *err)
{
    JZ_BUF_AUTO end = { 0 };
    const uint64_t start = w->at;
    const bool wide = w->files >= FILES_SMALL || start >= SMALL || w->directory.len >= SMALL;
    const uint64_t files = wide ? FILES_SMALL : w->files;
    if (wide)
        put_end_64(&end, w);
    le(&end, 0x06054b50, 4);
    le(&end, 0, 4); /* disks */
    le(&end, files, 2);
    le(&end, files, 2);
    le(&end, wide ? SMALL : w->directory.len, 4);
    le(&end, wide ? SMALL : start, 4);
    le(&end, 0, 2);
    JZ_TRY(put(w, &w->directory, err));
    return put(w, &end, err);
}

jz_status jz_zip_folder(const char *dir, const char *prefix, int fd, jz_err *err)
{
    writer w = { .fd = fd, .prefix = prefix, .part = jz_alloc(COPY_BYTES) };
    if (w.part == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status st = add_folder(&w, dir, "", 1, err);
    if (st == JZ_OK)
        st = put_end(&w, err);
    jz_buf_done(&w.directory);
    jz_free(w.part);
    return st;
}
