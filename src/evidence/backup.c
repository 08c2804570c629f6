/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/backup.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/newfile.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 8      /* folders in folders: ledger/tile/entries/x001/x234/067.p/2 has six */
#define TRIES 20         /* for a file that changes while it is copied */
#define COPY_BYTES 65536 /* at once */
#define PURPOSE "Jianzhen backup"

typedef struct saver {
    const char *home;
    const jz_bag_opts *opts;
    jz_bag *bag;
    jz_backup_info info;
} saver;

/* ---- saving ---- */

/* name: below home, and below data/ in the bag. */
static jz_status save_file(saver *s, const char *name, jz_err *err)
{
    jz_auto(char) *path = NULL;
    jz_fixity fixity;
    JZ_TRY(jz_path_join(s->home, name, &path, err));
    jz_status st = JZ_E_CHANGED;
    for (unsigned i = 0; st == JZ_E_CHANGED && i < TRIES; i++)
        st = jz_bag_add_file(s->bag, path, name, &fixity, err);
    JZ_TRY(st);
    s->info.files++;
    s->info.bytes += fixity.bytes;
    return JZ_OK;
}

static bool is_there(const char *home, const char *name)
{
    jz_auto(char) *path = NULL;
    struct stat sb;
    return jz_path_join(home, name, &path, NULL) == JZ_OK && lstat(path, &sb) == 0;
}

static jz_status save_if_there(saver *s, const char *name, jz_err *err)
{
    return is_there(s->home, name) ? save_file(s, name, err) : JZ_OK;
}

static jz_status save_folder(saver *s, const char *name, unsigned depth, jz_err *err);

/* Locks and files that are still being written (which have no name yet, or one with a dot first or
 * .jz- in it) are no part of the installation. */
static bool is_passing(const char *name)
{
    return name[0] == '.' || strcmp(name, "lock") == 0 || strstr(name, ".jz-") != NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX deep */
static jz_status save_entry(saver *s, const char *folder, const char *entry, unsigned depth,
                            jz_err *err)
{
    jz_auto(char) *name = NULL;
    jz_auto(char) *path = NULL;
    struct stat sb;
    JZ_TRY(jz_path_join(folder, entry, &name, err));
    JZ_TRY(jz_path_join(s->home, name, &path, err));
    if (lstat(path, &sb) != 0)
        return errno == ENOENT ? JZ_OK : JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    if (S_ISDIR(sb.st_mode))
        return save_folder(s, name, depth + 1, err);
    return save_file(s, name, err);
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX deep */
static jz_status save_folder(saver *s, const char *name, unsigned depth, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_NAMES_AUTO list = { 0 };
    if (depth > DEPTH_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: too many folders in each other", name);
    JZ_TRY(jz_path_join(s->home, name, &path, err));
    const jz_status listed = jz_folder_names(path, &list, err);
    if (listed == JZ_E_NOTFOUND)
        return JZ_OK;
    JZ_TRY(listed);
    for (size_t i = 0; i < list.n; i++) {
        const char *entry = list.name[i];
        const bool saved_before =
            strcmp(name, "ledger") == 0 &&
            (strcmp(entry, "checkpoint") == 0 || strcmp(entry, "journal") == 0);
        if (!is_passing(entry) && !saved_before)
            JZ_TRY(save_entry(s, name, entry, depth, err));
    }
    return JZ_OK;
}

static jz_status save_database(saver *s, jz_err *err)
{
    jz_auto(char) *path = NULL;
    jz_auto(char) *copy = NULL;
    jz_auto(jz_store) *store = NULL;
    jz_auto(jz_store) *copied = NULL;
    jz_fixity fixity;
    JZ_TRY(jz_path_join(s->home, "jz.db", &path, err));
    if (access(path, F_OK) != 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s: there is no database", path);
    JZ_TRY(jz_path_join(jz_bag_folder(s->bag), ".jz.db", &copy, err));
    JZ_TRY(jz_store_open(path, NULL, &store, err));
    JZ_TRY(jz_store_copy(store, copy, err));
    jz_status st = jz_store_open(copy, NULL, &copied, err);
    if (st == JZ_OK)
        st = jz_store_check(copied, err);
    jz_store_close(JZ_TAKE(copied));
    if (st == JZ_OK)
        st = jz_bag_add_file(s->bag, copy, "jz.db", &fixity, err);
    (void)unlink(copy); /* the bag's folder holds nothing else of that name */
    JZ_TRY(st);
    s->info.files++;
    s->info.bytes += fixity.bytes;
    return JZ_OK;
}

/* In this order whatever is spoken of in one is in those behind it, however much is added
 * meanwhile. */
static jz_status save_all(saver *s, jz_err *err)
{
    JZ_TRY(save_database(s, err));
    JZ_TRY(save_folder(s, "keys", 1, err));
    JZ_TRY(save_if_there(s, "ledger/checkpoint", err));
    JZ_TRY(save_if_there(s, "ledger/journal", err));
    JZ_TRY(save_folder(s, "ledger", 1, err));
    JZ_TRY(save_folder(s, "cases", 1, err));
    JZ_TRY(save_if_there(s, "config.toml", err));
    JZ_TRY(jz_bag_info(s->bag, "External-Description", PURPOSE, err));
    JZ_TRY(jz_bag_info(s->bag, "Bag-Software-Agent", "jz " JZ_VERSION, err));
    uint8_t sha256[JZ_SHA256_SIZE];
    JZ_TRY(jz_bag_tags(s->bag, sha256, err));
    return jz_bag_commit(s->bag, err);
}

jz_status jz_backup(const char *home, const char *path, const jz_bag_opts *opts,
                    jz_backup_info *out, jz_err *err)
{
    saver s = { .home = home, .opts = opts };
    JZ_TRY(jz_bag_new(path, opts, &s.bag, err));
    const jz_status st = save_all(&s, err);
    jz_bag_free(s.bag);
    *out = s.info;
    return st;
}

/* ---- restoring ---- */

typedef struct restorer {
    const char *bag;
    char *temp; /* what becomes home */
    jz_backup_info info;
} restorer;

static jz_status verify(const char *path, const jz_bag_opts *opts, jz_err *err)
{
    jz_bag_report r = { 0 };
    JZ_BUF_AUTO info = { 0 };
    jz_auto(char) *name = NULL;
    JZ_TRY(jz_path_join(path, "bag-info.txt", &name, err));
    JZ_TRY(jz_file_read_regular(name, 65536, &info, err));
    if (info.len == 0 || strstr(info.ptr, "External-Description: " PURPOSE "\n") == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%s is no backup", path);
    jz_status st = jz_bag_verify(path, opts, &r, err);
    for (size_t i = 0; st == JZ_OK && !r.holds && i < r.n; i++) {
        const jz_bag_finding *f = &r.finding[i];
        if (f->level == JZ_BAG_FAULT)
            st = JZ_FAIL(err, JZ_E_CORRUPT, "%s: %s: %s", path, f->file, f->why);
    }
    if (st == JZ_OK && !r.holds)
        st = JZ_FAIL(err, JZ_E_CORRUPT, "%s: the backup does not hold", path);
    jz_bag_report_done(&r);
    return st;
}

static jz_status copy_file(const char *from, const char *to, mode_t mode, uint64_t *bytes,
                           jz_err *err)
{
    jz_auto(uint8_t) *part = jz_alloc(COPY_BYTES);
    JZ_NEWFILE_AUTO file = { .fd = -1 };
    JZ_FD_AUTO fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (part == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (fd < 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", from, strerror(errno));
    JZ_TRY(jz_newfile_open(to, mode, &file, err));
    for (;;) {
        const ssize_t n = read(fd, part, COPY_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "%s: %s", from, strerror(errno));
        if (n == 0)
            return jz_newfile_commit(&file, false, err);
        JZ_TRY(jz_write_all(file.fd, part, (size_t)n, to, err));
        *bytes += (uint64_t)n;
    }
}

static jz_status restore_folder(restorer *r, const char *name, unsigned depth, jz_err *err);

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX deep */
static jz_status restore_entry(restorer *r, const char *folder, const char *entry, unsigned depth,
                               jz_err *err)
{
    jz_auto(char) *name = NULL;
    jz_auto(char) *data = NULL;
    jz_auto(char) *from = NULL;
    jz_auto(char) *to = NULL;
    struct stat sb;
    JZ_TRY(jz_path_join(folder, entry, &name, err));
    JZ_TRY(jz_path_join(r->bag, "data", &data, err));
    JZ_TRY(jz_path_join(data, name, &from, err));
    JZ_TRY(jz_path_join(r->temp, name, &to, err));
    if (lstat(from, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", from, strerror(errno));
    if (S_ISDIR(sb.st_mode)) {
        JZ_TRY(jz_mkdir_all(to, err));
        return restore_folder(r, name, depth + 1, err);
    }
    r->info.files++;
    const bool original = strncmp(name, "./cases/", 8) == 0;
    return copy_file(from, to, original ? 0400 : 0600, &r->info.bytes, err);
}

/* NOLINTNEXTLINE(misc-no-recursion): DEPTH_MAX deep */
static jz_status restore_folder(restorer *r, const char *name, unsigned depth, jz_err *err)
{
    jz_auto(char) *data = NULL;
    jz_auto(char) *path = NULL;
    JZ_NAMES_AUTO list = { 0 };
    if (depth > DEPTH_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: too many folders in each other", name);
    JZ_TRY(jz_path_join(r->bag, "data", &data, err));
    JZ_TRY(jz_path_join(data, name, &path, err));
    JZ_TRY(jz_folder_names(path, &list, err));
    for (size_t i = 0; i < list.n; i++)
        JZ_TRY(restore_entry(r, name, list.name[i], depth, err));
    return JZ_OK;
}

static jz_status check_database(const char *home, jz_err *err)
{
    jz_auto(char) *path = NULL;
    jz_auto(jz_store) *store = NULL;
    JZ_TRY(jz_path_join(home, "jz.db", &path, err));
    JZ_TRY(jz_store_open(path, NULL, &store, err));
    return jz_store_check(store, err);
}

static jz_status make_temp(const char *home, restorer *r, jz_err *err)
{
    JZ_BUF_AUTO name = { 0 };
    size_t len = strlen(home);
    while (len > 1 && home[len - 1] == '/')
        len--;
    jz_buf_printf(&name, "%.*s.jz-XXXXXX", (int)len, home);
    JZ_TRY(jz_buf_check(&name, err));
    r->temp = jz_strdup(name.ptr);
    if (r->temp == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (mkdtemp(r->temp) == NULL)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", r->temp, strerror(errno));
    return JZ_OK;
}

/* rename() replaces an empty folder and no other. Folders that were made are durable only now. */
static jz_status take_name(const char *temp, const char *home, jz_err *err)
{
    JZ_FD_AUTO fd = open(temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || syncfs(fd) != 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", temp, strerror(errno));
    if (rename(temp, home) == 0)
        return jz_folder_sync(home, err);
    return JZ_FAIL(err, errno == ENOTEMPTY || errno == EEXIST ? JZ_E_EXISTS : JZ_E_IO, "%s: %s",
                   home, strerror(errno));
}

static jz_status restore(restorer *r, const char *home, jz_err *err)
{
    JZ_TRY(restore_folder(r, ".", 1, err));
    JZ_TRY(check_database(r->temp, err));
    return take_name(r->temp, home, err);
}

jz_status jz_restore(const char *path, const char *home, const jz_bag_opts *opts,
                     jz_backup_info *out, jz_err *err)
{
    restorer r = { .bag = path };
    JZ_TRY(verify(path, opts, err));
    jz_status st = make_temp(home, &r, err);
    if (st == JZ_OK)
        st = restore(&r, home, err);
    if (st != JZ_OK && r.temp != NULL)
        jz_remove_tree(r.temp);
    jz_free(r.temp);
    *out = r.info;
    return st;
}
