/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a bag: into a folder beside its place, which gets its name when all is there. */
#include "evidence/bagit.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/json.h"
#include "evidence/tag_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define NONCE_BYTES 16
#define INFO_VALUE_MAX 1000
#define INFO_LABEL_MAX 100
#define INFO_MAX ((size_t)1 << 20) /* bytes of bag-info.txt */

const jz_bag_manifest jz_bag_manifests[JZ_BAG_MANIFESTS] = {
    { "manifest-sha256.txt", JZ_DIGEST_SHA256 },
    { "manifest-sha512.txt", JZ_DIGEST_SHA512 },
    { "manifest-md5.txt", JZ_DIGEST_MD5 },
    { "sm3sums.txt", JZ_DIGEST_SM3 },
};

typedef struct entry {
    jz_fixity fixity;
    char name[]; /* below data/ */
} entry;

JZ_DEFINE_AUTO(entry, jz_free);

typedef enum stage { FILLING, TAGGING, TAGGED, COMMITTED } stage;

struct jz_bag {
    char *path; /* what it will be */
    char *temp; /* what it is */
    int dir;    /* temp; open from the beginning, so that syncfs() tells every write that failed */
    stage at;
    jz_digester *digester;
    entry **entries; /* in the order of their names without regard to case */
    size_t n;
    size_t size;
    uint64_t bytes;
    jz_buf info;   /* the caller's lines of bag-info.txt */
    jz_buf guides; /* lines of the tag manifest for what is in seal/ */
    bool dated;
};

static jz_status io(const char *what, const char *name, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_IO, "%s %s: %s", what, name, strerrordesc_np(errno));
}

static bool name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool jz_bag_name_ok(const char *name)
{
    bool first = true; /* of a part */
    for (const char *p = name; *p != '\0'; p++) {
        if (first && (*p == '.' || *p == '-'))
            return false;
        if (*p == '/' ? first : !name_char(*p))
            return false;
        first = *p == '/';
    }
    return !first && strlen(name) <= JZ_BAG_NAME_MAX;
}

const char *jz_bag_item_name(unsigned number, const char *real_name, char out[JZ_BAG_ITEM_NAME])
{
    char ext[10] = "";
    const char *dot = strrchr(real_name, '.');
    const size_t len = dot != NULL ? strlen(dot) : 0;
    if (len >= 2 && len < sizeof ext && dot != real_name && dot[-1] != '/') {
        for (size_t i = 0; i <= len; i++) {
            ext[i] = dot[i];
            if (dot[i] >= 'A' && dot[i] <= 'Z')
                ext[i] = (char)(dot[i] - 'A' + 'a');
        }
        if (strspn(ext + 1, "abcdefghijklmnopqrstuvwxyz0123456789") != len - 1)
            ext[0] = '\0';
    }
    (void)snprintf(out, JZ_BAG_ITEM_NAME, "original/item-%04u%s", number, ext);
    return out;
}

void jz_bag_free(jz_bag *b)
{
    if (b == NULL)
        return;
    if (b->dir >= 0)
        (void)close(b->dir); /* what counts was synced */
    if (b->temp != NULL && b->at != COMMITTED)
        jz_remove_tree(b->temp);
    jz_digester_free(b->digester);
    for (size_t i = 0; i < b->n; i++)
        jz_free(b->entries[i]);
    jz_free(b->entries);
    jz_buf_done(&b->info);
    jz_buf_done(&b->guides);
    jz_free(b->path);
    jz_free(b->temp);
    jz_free(b);
}
JZ_DEFINE_AUTO(jz_bag, jz_bag_free);

/* Without the slashes that may end it: the folder beside must not lie inside. */
static jz_status take_path(jz_bag *b, const char *path, jz_err *err)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    const char *last = path + len;
    while (last > path && last[-1] != '/')
        last--;
    const size_t part = len - (size_t)(last - path);
    if (part == 0 || strncmp(path, "/", len) == 0 || (part <= 2 && strspn(last, ".") >= part))
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no name for a new folder", path);
    b->path = jz_strndup(path, len);
    if (b->path == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    struct stat sb;
    if (lstat(b->path, &sb) == 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "%s is there already", b->path);
    return JZ_OK;
}

static jz_status make_folder(jz_bag *b, jz_err *err)
{
    JZ_BUF_AUTO name = { 0 };
    jz_buf_printf(&name, "%s.jz-XXXXXX", b->path);
    JZ_TRY(jz_buf_check(&name, err));
    if (mkdtemp(name.ptr) == NULL)
        return io("making", b->path, err);
    b->temp = JZ_TAKE(name.ptr);
    b->dir = open(b->temp, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (b->dir < 0 || mkdirat(b->dir, "data", 0700) != 0 || mkdirat(b->dir, "seal", 0700) != 0)
        return io("making", b->path, err);
    return JZ_OK;
}

jz_status jz_bag_new(const char *path, const jz_bag_opts *opts, jz_bag **out, jz_err *err)
{
    const jz_bag_opts o = opts != NULL ? *opts : (jz_bag_opts){ 0 };
    jz_auto(jz_bag) *b = jz_alloc_zero(1, sizeof *b);
    if (b == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    b->dir = -1;
    b->info.cap = INFO_MAX;
    JZ_TRY(take_path(b, path, err));
    JZ_TRY(jz_digester_new(JZ_BAG_ALGS, o.progress, o.user, &b->digester, err));
    JZ_TRY(make_folder(b, err));
    *out = JZ_TAKE(b);
    return JZ_OK;
}

const char *jz_bag_folder(const jz_bag *b)
{
    return b->at == COMMITTED ? b->path : b->temp;
}

/* Where a name is, or where it would go. */
static size_t find(const jz_bag *b, const char *name, bool *there)
{
    size_t lo = 0;
    size_t hi = b->n;
    *there = false;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        const int cmp = strcasecmp(b->entries[mid]->name, name);
        if (cmp == 0)
            *there = true;
        if (cmp < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Makes room first: after the file is copied nothing may fail any more. */
static jz_status reserve(jz_bag *b, const char *name, size_t *at, entry **out, jz_err *err)
{
    bool there = false;
    if (b->at != FILLING)
        return JZ_FAIL(err, JZ_E_INVAL, "%s: the bag's tag files are written already", name);
    if (!jz_bag_name_ok(name))
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no name for a file in a bag", name);
    if (b->n >= JZ_BAG_FILES_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d files in a bag", JZ_BAG_FILES_MAX);
    *at = find(b, name, &there);
    if (there)
        return JZ_FAIL(err, JZ_E_EXISTS, "the bag has a file %s already", b->entries[*at]->name);
    entry **grown = jz_grow(b->entries, b->n, &b->size, sizeof(void *));
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    b->entries = grown;
    const size_t len = strlen(name) + 1;
    entry *e = jz_alloc(sizeof *e + len);
    if (e == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    memcpy(e->name, name, len);
    *out = e;
    return JZ_OK;
}

static void insert(jz_bag *b, size_t at, entry *e)
{
    memmove(&b->entries[at + 1], &b->entries[at], (b->n - at) * sizeof(void *));
    b->entries[at] = e;
    b->n++;
    b->bytes += e->fixity.bytes;
}

/* A new file at data/NAME and the folders that it needs. path: room for it. */
static jz_status make_file(const jz_bag *b, const char *name, char *path, size_t size, int *fd,
                           jz_err *err)
{
    (void)snprintf(path, size, "data/%s", name);
    for (char *p = strchr(path + sizeof "data", '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        if (mkdirat(b->dir, path, 0700) != 0 && errno != EEXIST)
            return io("making", path, err);
        *p = '/';
    }
    *fd = openat(b->dir, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    return *fd >= 0 ? JZ_OK : io("making", path, err);
}

static void fixity_of(const jz_digest_set *d, jz_fixity *out)
{
    out->bytes = d->bytes;
    memcpy(out->md5, d->d[JZ_DIGEST_MD5], sizeof out->md5);
    memcpy(out->sha256, d->d[JZ_DIGEST_SHA256], sizeof out->sha256);
    memcpy(out->sha512, d->d[JZ_DIGEST_SHA512], sizeof out->sha512);
    memcpy(out->sm3, d->d[JZ_DIGEST_SM3], sizeof out->sm3);
}

/* What is hashed while it is written; from: an open file, or -1 for bytes from memory. */
static jz_status put_payload(const jz_bag *b, int from, jz_bytes bytes, const char *path, int fd,
                             jz_digest_set *out, jz_err *err)
{
    if (from >= 0) {
        JZ_TRY(jz_digester_file(b->digester, from, fd, path, JZ_BAG_ALGS, out, err));
        /* Begins writing to the disk now, so that little is left for the end; only advice. */
        (void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
        return JZ_OK;
    }
    JZ_TRY(jz_write_all(fd, bytes.ptr, bytes.len, path, err));
    if (lseek(fd, 0, SEEK_SET) != 0)
        return io("reading", path, err);
    JZ_TRY(jz_digester_file(b->digester, fd, -1, path, JZ_BAG_ALGS, out, err));
    return out->bytes == bytes.len
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_CHANGED, "%s changed while it was written", path);
}

static jz_status add(jz_bag *b, int from, jz_bytes bytes, const char *name, jz_fixity *out,
                     jz_err *err)
{
    char path[sizeof "data/" + JZ_BAG_NAME_MAX];
    jz_auto(entry) *e = NULL;
    jz_digest_set set;
    size_t at = 0;
    JZ_FD_AUTO fd = -1;
    JZ_TRY(reserve(b, name, &at, &e, err));
    JZ_TRY(make_file(b, name, path, sizeof path, &fd, err));
    const jz_status st = put_payload(b, from, bytes, path, fd, &set, err);
    if (st != JZ_OK) {
        (void)unlinkat(b->dir, path, 0); /* the first error is the one to tell */
        return st;
    }
    fixity_of(&set, &e->fixity);
    if (out != NULL)
        *out = e->fixity;
    insert(b, at, JZ_TAKE(e));
    return JZ_OK;
}

jz_status jz_bag_add_file(jz_bag *b, const char *source, const char *name, jz_fixity *out,
                          jz_err *err)
{
    /* Not blocking: opening a pipe would wait for its writer. */
    JZ_FD_AUTO from = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (from < 0)
        return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s: %s", source,
                       strerrordesc_np(errno));
    JZ_TRY_CTX(add(b, from, (jz_bytes){ NULL, 0 }, name, out, err), err, "%s", source);
    return JZ_OK;
}

jz_status jz_bag_add_bytes(jz_bag *b, const void *data, size_t len, const char *name,
                           jz_fixity *out, jz_err *err)
{
    return add(b, -1, (jz_bytes){ data, len }, name, out, err);
}

static jz_status check_label(const char *label, jz_err *err)
{
    static const char *const ours[] = { "Bag-Size", "Payload-Oxum", "Jianzhen-Profile",
                                        "Jianzhen-Nonce" };
    const size_t len = strlen(label);
    for (size_t i = 0; i < len; i++)
        if (!name_char(label[i]) || label[i] == '.' || label[i] == '_')
            return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no label for bag-info.txt", label);
    if (len == 0 || len > INFO_LABEL_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "a label of %zu bytes for bag-info.txt", len);
    for (size_t i = 0; i < JZ_ARRAY_LEN(ours); i++)
        if (strcasecmp(label, ours[i]) == 0)
            return JZ_FAIL(err, JZ_E_INVAL, "%s is written by the program itself", label);
    return JZ_OK;
}

static jz_status check_value(const char *label, const char *value, jz_err *err)
{
    const size_t len = strlen(value);
    if (len == 0 || len > INFO_VALUE_MAX || value[0] == ' ' || value[len - 1] == ' ')
        return JZ_FAIL(err, JZ_E_INVAL,
                       "%s: empty, longer than %d bytes, or with a blank at an end", label,
                       INFO_VALUE_MAX);
    for (size_t i = 0; i < len;) {
        const unsigned n = jz_utf8_len(value + i, len - i);
        if (n == 0 || jz_utf8_is_control(value + i, n))
            return JZ_FAIL(err, JZ_E_INVAL, "%s: byte %zu is a control character or no UTF-8",
                           label, i);
        i += n;
    }
    return JZ_OK;
}

jz_status jz_bag_info(jz_bag *b, const char *label, const char *value, jz_err *err)
{
    if (b->at != FILLING)
        return JZ_FAIL(err, JZ_E_INVAL, "%s: the bag's tag files are written already", label);
    JZ_TRY(check_label(label, err));
    JZ_TRY(check_value(label, value, err));
    jz_buf_printf(&b->info, "%s: %s\n", label, value);
    if (strcasecmp(label, "Bagging-Date") == 0)
        b->dated = true;
    return jz_buf_check(&b->info, err);
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const entry *const *)a)->name, (*(const entry *const *)b)->name);
}

static const uint8_t *digest_of(const jz_fixity *f, jz_digest_id alg)
{
    const uint8_t *const d[JZ_DIGESTS] = { [JZ_DIGEST_MD5] = f->md5,
                                           [JZ_DIGEST_SHA256] = f->sha256,
                                           [JZ_DIGEST_SHA512] = f->sha512,
                                           [JZ_DIGEST_SM3] = f->sm3 };
    return d[alg];
}

static jz_status write_manifest(const jz_bag *b, const jz_bag_manifest *m, jz_buf *tags,
                                jz_err *err)
{
    JZ_TAG_FILE_AUTO t = { .fd = -1 };
    JZ_TRY(jz_tag_file_open(b->dir, m->file, &t, err));
    for (size_t i = 0; i < b->n; i++) {
        const entry *e = b->entries[i];
        jz_hex_put(&t.text, digest_of(&e->fixity, m->alg), jz_digest_algs[m->alg].size);
        jz_buf_printf(&t.text, "  data/%s\n", e->name);
        JZ_TRY(jz_tag_file_flush(&t, false, err));
    }
    return jz_tag_file_close(&t, tags, err);
}

static jz_status write_text(const jz_bag *b, const char *file, const jz_buf *text, jz_buf *tags,
                            jz_err *err)
{
    JZ_TAG_FILE_AUTO t = { .fd = -1 };
    JZ_TRY(jz_buf_check(text, err));
    JZ_TRY(jz_tag_file_open(b->dir, file, &t, err));
    jz_buf_put(&t.text, text->ptr, text->len);
    return jz_tag_file_close(&t, tags, err);
}

static void put_size(jz_buf *out, uint64_t bytes)
{
    static const char *const unit[] = { "bytes", "KB", "MB", "GB", "TB", "PB", "EB" };
    size_t u = 0;
    uint64_t tenths = bytes > UINT64_MAX / 10 ? UINT64_MAX : bytes * 10;
    for (; tenths >= 10000 && u + 1 < JZ_ARRAY_LEN(unit); u++)
        tenths /= 1000;
    if (u == 0)
        jz_buf_printf(out, "Bag-Size: %llu bytes\n", (unsigned long long)bytes);
    else
        jz_buf_printf(out, "Bag-Size: %llu.%llu %s\n", (unsigned long long)(tenths / 10),
                      (unsigned long long)(tenths % 10), unit[u]);
}

/* The nonce makes the tag manifest's hash impossible to guess: a public log of such hashes does not
 * tell whether a known file was sealed. */
static jz_status finish_info(jz_bag *b, jz_err *err)
{
    uint8_t nonce[NONCE_BYTES];
    char day[32];
    if (getrandom(nonce, sizeof nonce, 0) != (ssize_t)sizeof nonce)
        return io("asking for", "random bytes", err);
    if (!b->dated)
        jz_buf_printf(&b->info, "Bagging-Date: %.10s\n",
                      jz_time_text(jz_now_us(), day, sizeof day));
    put_size(&b->info, b->bytes);
    jz_buf_printf(&b->info, "Payload-Oxum: %llu.%zu\n", (unsigned long long)b->bytes, b->n);
    jz_buf_puts(&b->info, "Jianzhen-Profile: " JZ_BAG_PROFILE "\nJianzhen-Nonce: ");
    jz_hex_put(&b->info, nonce, sizeof nonce);
    jz_buf_putc(&b->info, '\n');
    return jz_buf_check(&b->info, err);
}

jz_status jz_bag_add_guide(jz_bag *b, const void *data, size_t len, const char *name, jz_err *err)
{
    char path[sizeof "seal/" + JZ_BAG_NAME_MAX];
    JZ_TAG_FILE_AUTO t = { .fd = -1 };
    if (b->at != FILLING)
        return JZ_FAIL(err, JZ_E_INVAL, "%s: the bag's tag files are written already", name);
    if (!jz_bag_name_ok(name) || strchr(name, '/') != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no name for a file in seal/", name);
    (void)snprintf(path, sizeof path, "seal/%s", name);
    if (faccessat(b->dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "the bag has a file %s already", path);
    b->at = TAGGING; /* for good where it does not work */
    JZ_TRY(jz_tag_file_open(b->dir, path, &t, err));
    jz_buf_put(&t.text, data, len);
    JZ_TRY(jz_tag_file_close(&t, &b->guides, err));
    b->at = FILLING;
    return jz_buf_check(&b->guides, err);
}

jz_status jz_bag_tags(jz_bag *b, uint8_t sha256[JZ_SHA256_SIZE], jz_err *err)
{
    JZ_BUF_AUTO tags = { 0 };
    JZ_BUF_AUTO bagit = { 0 };
    JZ_TAG_FILE_AUTO t = { .fd = -1 };
    if (b->at != FILLING)
        return JZ_FAIL(err, JZ_E_INVAL, "the bag's tag files are written already");
    b->at = TAGGING; /* for good where it does not work: half a bag is never committed */
    if (b->n > 0)
        qsort(b->entries, b->n, sizeof(void *), by_name);
    JZ_TRY(finish_info(b, err));
    jz_buf_puts(&bagit, JZ_BAGIT_TXT);
    JZ_TRY(write_text(b, "bag-info.txt", &b->info, &tags, err));
    JZ_TRY(write_text(b, "bagit.txt", &bagit, &tags, err));
    for (size_t i = 0; i < JZ_BAG_MANIFESTS; i++)
        JZ_TRY(write_manifest(b, &jz_bag_manifests[i], &tags, err));
    if (b->guides.len > 0)
        jz_buf_put(&tags, b->guides.ptr, b->guides.len);
    JZ_TRY(jz_tag_file_open(b->dir, JZ_BAG_TAGMANIFEST, &t, err));
    JZ_TRY(jz_buf_check(&tags, err));
    jz_buf_put(&t.text, tags.ptr, tags.len);
    JZ_TRY(jz_tag_file_close(&t, NULL, err));
    jz_sha256(tags.ptr, tags.len, sha256);
    b->at = TAGGED;
    return JZ_OK;
}

static jz_status place(const jz_bag *b, jz_err *err)
{
    struct stat sb;
    if (renameat2(AT_FDCWD, b->temp, AT_FDCWD, b->path, RENAME_NOREPLACE) == 0)
        return JZ_OK;
    /* Some file systems have no such rename; a folder never replaces a folder with files in it. */
    if ((errno == EINVAL || errno == ENOSYS) && lstat(b->path, &sb) != 0 &&
        rename(b->temp, b->path) == 0)
        return JZ_OK;
    if (errno == EEXIST || errno == ENOTEMPTY)
        return JZ_FAIL(err, JZ_E_EXISTS, "%s is there already", b->path);
    return io("naming", b->path, err);
}

jz_status jz_bag_commit(jz_bag *b, jz_err *err)
{
    if (b->at != TAGGED)
        return JZ_FAIL(err, JZ_E_INVAL, "a bag is committed once, after its tag files");
    /* One call for thousands of files, where each fsync() would wait for the disk. */
    if (syncfs(b->dir) != 0)
        return io("syncing", b->path, err);
    jz_auto(char) *folder = jz_path_folder(b->path);
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_FD_AUTO parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return io("opening", folder, err);
    JZ_TRY(place(b, err));
    if (fsync(parent) != 0) {
        const jz_status st = io("syncing", folder, err);
        /* Else a bag would be there that was answered for with an error. */
        (void)renameat2(AT_FDCWD, b->path, AT_FDCWD, b->temp, RENAME_NOREPLACE);
        return st;
    }
    b->at = COMMITTED;
    return JZ_OK;
}
