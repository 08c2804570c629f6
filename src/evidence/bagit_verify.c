/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying a bag: the tag files in its root say what must be there, then every file that is there
 * is hashed as it is met. Nothing that a manifest names is ever opened by that name. */
#include "evidence/bagit.h"

#include "base/alloc.h"
#include "base/file.h"
#include "evidence/bag_report.h"
#include "evidence/bag_rows.h"
#include "evidence/bag_tags.h"
#include "evidence/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define TAG_FILE_MAX ((size_t)64 << 20) /* bytes of a tag file */
#define DEPTH_MAX 64                    /* folders in one another */

typedef struct verifier {
    jz_bag_report *report;
    jz_digester *digester;
    jz_bag_rows rows;
    jz_bag_tag_facts facts;
    unsigned payload_algs; /* of the manifests that were read */
    bool tag_manifest;     /* one was read */
    bool sealed;           /* there is a file of the kinds that seal our bags */
    uint64_t agreed;       /* payload files that were hashed and agreed */
    int root;
    const char *file; /* that is being parsed */
    jz_digest_id alg;
} verifier;

static jz_status fault(verifier *v, const char *file, const char *what, const char *why,
                       jz_err *err)
{
    return jz_bag_tell(v->report, JZ_BAG_FAULT, file, 0, what, why, err);
}

static bool is_payload(const char *path)
{
    return strncmp(path, "data/", 5) == 0;
}

/* Opens without following a link or waiting for a pipe's writer. */
static int open_file(int dir, const char *name)
{
    return openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static jz_status read_fd(int fd, jz_buf *out, jz_err *err)
{
    struct stat sb;
    char self[32];
    if (fstat(fd, &sb) != 0)
        return JZ_FAIL(err, JZ_E_IO, "fstat: %s", strerrordesc_np(errno));
    if (!S_ISREG(sb.st_mode))
        return JZ_FAIL(err, JZ_E_SPECIAL, "not a regular file");
    (void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    return jz_file_read(self, TAG_FILE_MAX, out, err);
}

/* A tag file in the root. there: false where there is none that can be read; what stands in the way
 * is told, unless it is only absent. */
static jz_status read_tag(verifier *v, const char *name, jz_buf *out, bool *there, jz_err *err)
{
    jz_err why = { 0 };
    char text[JZ_ERR_TEXT];
    *there = false;
    JZ_FD_AUTO fd = open_file(v->root, name);
    if (fd < 0 && errno == ENOENT)
        return JZ_OK;
    if (fd < 0)
        return fault(v, name, errno == ELOOP ? "link" : "unreadable", strerrordesc_np(errno), err);
    const jz_status st = read_fd(fd, out, &why);
    if (st == JZ_E_NOMEM)
        return JZ_FAIL(err, st, "out of memory");
    if (st != JZ_OK)
        return fault(v, name, st == JZ_E_LIMIT ? "limit" : "unreadable",
                     jz_err_text(&why, text, sizeof text), err);
    *there = true;
    return JZ_OK;
}

static jz_status on_line(void *user, const jz_manifest_line *line, jz_err *err)
{
    verifier *v = user;
    return jz_bag_rows_add(&v->rows, v->alg, line->number, line->digest, line->name, err);
}

static jz_status on_tell(void *user, jz_bag_level level, size_t line, const char *what,
                         const char *why, jz_err *err)
{
    verifier *v = user;
    return jz_bag_tell(v->report, level, v->file, line, what, why, err);
}

static jz_status read_manifest(verifier *v, const char *file, jz_digest_id alg, bool tags,
                               jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    bool there = false;
    const jz_manifest_rules rules = { .digest_size = jz_digest_algs[alg].size,
                                      .tags = tags,
                                      .own = v->facts.own };
    const jz_manifest_sink sink = { .user = v, .line = on_line, .tell = on_tell };
    JZ_TRY(read_tag(v, file, &text, &there, err));
    if (!there)
        return JZ_OK;
    v->file = file;
    v->alg = alg;
    const jz_status st = jz_manifest_parse(jz_buf_bytes(&text), &rules, &sink, err);
    if (st == JZ_E_LIMIT)
        return fault(v, file, "limit", "more lines in all manifests than are read", err);
    JZ_TRY(st);
    if (tags)
        v->tag_manifest = true;
    else
        v->payload_algs |= JZ_DIGEST_BIT(alg);
    return JZ_OK;
}

/* The algorithm in "<prefix>NAME.txt", JZ_DIGESTS where it is none that is known; false where the
 * file is no such manifest. */
static bool manifest_name(const char *file, const char *prefix, jz_digest_id *alg)
{
    const size_t skip = strlen(prefix);
    const size_t len = strlen(file);
    if (len <= skip + 4 || memcmp(file, prefix, skip) != 0 ||
        memcmp(file + len - 4, ".txt", 4) != 0)
        return false;
    unsigned a = 0;
    while (a < JZ_DIGESTS && (strlen(jz_digest_algs[a].name) != len - skip - 4 ||
                              memcmp(jz_digest_algs[a].name, file + skip, len - skip - 4) != 0))
        a++;
    *alg = (jz_digest_id)a;
    return true;
}

static jz_status consider(verifier *v, const char *file, jz_err *err)
{
    jz_digest_id alg = JZ_DIGESTS;
    const bool payload = manifest_name(file, "manifest-", &alg);
    if (!payload && !manifest_name(file, "tagmanifest-", &alg))
        return JZ_OK;
    if (alg == JZ_DIGESTS)
        return jz_bag_tell(v->report, JZ_BAG_UNCHECKED, file, 0, "algorithm",
                           "an algorithm that is not checked here", err);
    return read_manifest(v, file, alg, !payload, err);
}

static jz_status read_manifests(verifier *v, jz_err *err)
{
    const int fd = dup(v->root);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (d == NULL) {
        if (fd >= 0)
            (void)close(fd); /* was not read */
        return JZ_FAIL(err, JZ_E_IO, "reading the folder: %s", strerrordesc_np(errno));
    }
    jz_status st = JZ_OK;
    rewinddir(d); /* the position is shared with root */
    for (const struct dirent *e; st == JZ_OK && (e = readdir(d)) != NULL;)
        st = consider(v, e->d_name, err);
    (void)closedir(d); /* was only read */
    JZ_TRY(st);
    if (v->facts.own) /* an ordinary tag file to others */
        return read_manifest(v, "sm3sums.txt", JZ_DIGEST_SM3, false, err);
    return JZ_OK;
}

/* What must be in the root, beside the manifests. */
static jz_status read_tags(verifier *v, jz_err *err)
{
    JZ_BUF_AUTO info = { 0 };
    JZ_BUF_AUTO bagit = { 0 };
    JZ_BUF_AUTO fetch = { 0 };
    bool there = false;
    JZ_TRY(read_tag(v, "bag-info.txt", &info, &there, err));
    if (there)
        JZ_TRY(jz_bag_read_info(jz_buf_bytes(&info), &v->facts, v->report, err));
    v->report->own = v->facts.own;
    JZ_TRY(read_tag(v, "bagit.txt", &bagit, &there, err));
    if (there)
        JZ_TRY(jz_bag_read_bagit(jz_buf_bytes(&bagit), &v->facts, v->report, err));
    else
        JZ_TRY(fault(v, "bagit.txt", "missing", "without it a folder is no bag", err));
    JZ_TRY(read_tag(v, "fetch.txt", &fetch, &there, err));
    if (there)
        JZ_TRY(jz_bag_tell(v->report, JZ_BAG_UNCHECKED, "fetch.txt", 0, "fetch",
                           "lists files that lie elsewhere: nothing is fetched", err));
    return read_manifests(v, err);
}

static jz_status check_manifests(verifier *v, jz_err *err)
{
    if (v->payload_algs == 0)
        JZ_TRY(fault(v, "", "missing", "no payload manifest that can be checked", err));
    if (!v->tag_manifest)
        JZ_TRY(jz_bag_tell(v->report, v->facts.own ? JZ_BAG_FAULT : JZ_BAG_NOTE, "", 0,
                           v->facts.own ? "missing" : "uncovered",
                           "no tag manifest: the manifests themselves are protected by nothing",
                           err));
    for (size_t i = 0; v->facts.own && i < JZ_BAG_MANIFESTS; i++)
        if ((v->payload_algs & JZ_DIGEST_BIT(jz_bag_manifests[i].alg)) == 0)
            JZ_TRY(fault(v, jz_bag_manifests[i].file, "missing",
                         "our profile has this manifest in every bag", err));
    return JZ_OK;
}

/* Within the rows of one file: the same algorithm twice, and manifests that do not have it. */
static jz_status check_group(verifier *v, size_t first, size_t n, jz_err *err)
{
    const char *name = v->rows.row[first]->name;
    unsigned have = 0;
    for (size_t i = first; i < first + n; i++) {
        const jz_bag_row *r = v->rows.row[i];
        if ((have & JZ_DIGEST_BIT(r->alg)) != 0)
            JZ_TRY(jz_bag_tellf(v->report, JZ_BAG_FAULT, name, "duplicate", err,
                                "listed again on line %u of the %s manifest", r->line,
                                jz_digest_algs[r->alg].name));
        have |= JZ_DIGEST_BIT(r->alg);
    }
    for (unsigned a = 0; is_payload(name) && a < JZ_DIGESTS; a++)
        if ((v->payload_algs & ~have & JZ_DIGEST_BIT(a)) != 0)
            JZ_TRY(jz_bag_tellf(v->report, v->facts.before_1_0 ? JZ_BAG_NOTE : JZ_BAG_FAULT, name,
                                "incomplete", err, "not listed in the %s manifest",
                                jz_digest_algs[a].name));
    return JZ_OK;
}

static jz_status check_rows(verifier *v, jz_err *err)
{
    jz_bag_rows_sort(&v->rows);
    for (size_t i = 0; i < v->rows.n; i += jz_bag_rows_same(&v->rows, i))
        JZ_TRY(check_group(v, i, jz_bag_rows_same(&v->rows, i), err));
    return jz_bag_rows_twins(&v->rows, v->report, err);
}

/* All that differ in one finding: what agrees tells where the change is. */
static jz_status compare(verifier *v, size_t first, size_t n, const jz_digest_set *got, jz_err *err)
{
    JZ_BUF_AUTO differs = { 0 };
    JZ_BUF_AUTO agrees = { 0 };
    for (size_t i = first; i < first + n; i++) {
        const jz_bag_row *r = v->rows.row[i];
        const jz_digest_alg *alg = &jz_digest_algs[r->alg];
        jz_buf *to = memcmp(r->digest, got->d[r->alg], alg->size) != 0 ? &differs : &agrees;
        jz_buf_printf(to, "%s%s", to->len > 0 ? ", " : "", alg->name);
    }
    JZ_TRY(jz_buf_check(&differs, err));
    JZ_TRY(jz_buf_check(&agrees, err));
    const char *name = v->rows.row[first]->name;
    if (differs.len > 0 && agrees.len > 0)
        return jz_bag_tellf(v->report, JZ_BAG_FAULT, name, "changed", err,
                            "its %s is not what the manifest says, though its %s is", differs.ptr,
                            agrees.ptr);
    if (differs.len > 0)
        return jz_bag_tellf(v->report, JZ_BAG_FAULT, name, "changed", err,
                            "its %s is not what the manifest says", differs.ptr);
    v->agreed += is_payload(name);
    return JZ_OK;
}

static jz_status hash_file(verifier *v, int dir, const char *name, size_t first, size_t n,
                           jz_err *err)
{
    jz_err why = { 0 };
    char text[JZ_ERR_TEXT];
    jz_digest_set got;
    unsigned algs = 0;
    const char *path = v->rows.row[first]->name;
    for (size_t i = first; i < first + n; i++)
        algs |= JZ_DIGEST_BIT(v->rows.row[i]->alg);
    JZ_FD_AUTO fd = open_file(dir, name);
    if (fd < 0)
        return fault(v, path, "unreadable", strerrordesc_np(errno), err);
    const jz_status st = jz_digester_file(v->digester, fd, -1, path, algs, &got, &why);
    if (st == JZ_OK)
        return compare(v, first, n, &got, err);
    if (st == JZ_E_INTERRUPTED || st == JZ_E_NOMEM)
        return JZ_FAIL(err, st, "%s", jz_err_text(&why, text, sizeof text));
    return fault(v, path, st == JZ_E_CHANGED ? "moving" : "unreadable",
                 jz_err_text(&why, text, sizeof text), err);
}

static bool is_seal(const char *path)
{
    static const char *const begins[] = { "seal/tagmanifest.", "seal/reseal-", "seal/leaf.bin",
                                          "seal/log.vkey" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(begins); i++)
        if (strncmp(path, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

/* A tag file that no manifest lists: a tag manifest and a seal never are. */
static jz_status uncovered(verifier *v, const char *path, jz_err *err)
{
    jz_digest_id alg = JZ_DIGESTS;
    if (manifest_name(path, "tagmanifest-", &alg))
        return JZ_OK;
    if (v->facts.own && strncmp(path, "seal/", 5) == 0)
        return JZ_OK;
    if (v->facts.own)
        return fault(v, path, "extra", "in no manifest", err);
    return jz_bag_tell(v->report, JZ_BAG_NOTE, path, 0, "uncovered",
                       "a tag file in no manifest: nothing says that it was not changed", err);
}

static jz_status visit_file(verifier *v, int dir, const char *name, const char *path,
                            const struct stat *sb, jz_err *err)
{
    size_t first = 0;
    size_t n = 0;
    v->sealed = v->sealed || is_seal(path);
    if (is_payload(path)) {
        v->report->files++;
        v->report->bytes += (uint64_t)sb->st_size;
    }
    if (jz_bag_rows_find(&v->rows, path, &first, &n)) {
        v->rows.row[first]->seen = true;
        return hash_file(v, dir, name, first, n, err);
    }
    if (is_payload(path))
        return fault(v, path, "extra", "in no manifest", err);
    return uncovered(v, path, err);
}

/* The folders from the root down to the one that is being read. */
typedef struct walk {
    DIR *dir[DEPTH_MAX];
    size_t path_len[DEPTH_MAX]; /* of the path up to and with its slash */
    size_t depth;
    jz_buf path;
} walk;

static void walk_done(walk *w)
{
    while (w->depth > 0)
        (void)closedir(w->dir[--w->depth]); /* was only read */
    jz_buf_done(&w->path);
}

static jz_status enter(verifier *v, walk *w, int parent, const char *name, jz_err *err)
{
    if (w->depth == DEPTH_MAX)
        return fault(v, w->path.ptr, "depth", "more than 64 folders in one another: not read", err);
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    if (d == NULL) {
        const int saved = errno;
        if (fd >= 0)
            (void)close(fd); /* was not read */
        return fault(v, w->path.ptr != NULL ? w->path.ptr : "", "unreadable",
                     strerrordesc_np(saved), err);
    }
    if (w->path.len > 0)
        jz_buf_putc(&w->path, '/');
    w->path_len[w->depth] = w->path.len;
    w->dir[w->depth++] = d;
    return jz_buf_check(&w->path, err);
}

static jz_status visit(verifier *v, walk *w, const char *name, jz_err *err)
{
    struct stat sb;
    const int dir = dirfd(w->dir[w->depth - 1]);
    const size_t len = w->path_len[w->depth - 1];
    if (w->path.ptr != NULL) {
        w->path.len = len;
        w->path.ptr[len] = '\0';
    }
    jz_buf_puts(&w->path, name);
    JZ_TRY(jz_buf_check(&w->path, err));
    const char *path = w->path.ptr;
    if (fstatat(dir, name, &sb, AT_SYMLINK_NOFOLLOW) != 0)
        return fault(v, path, "moving", strerrordesc_np(errno), err);
    if (S_ISDIR(sb.st_mode))
        return enter(v, w, dir, name, err);
    if (S_ISLNK(sb.st_mode))
        return fault(v, path, "link", "a symbolic link: its target is not in the bag", err);
    if (!S_ISREG(sb.st_mode))
        return fault(v, path, "special", "neither a file nor a folder", err);
    return visit_file(v, dir, name, path, &sb, err);
}

static jz_status walk_all(verifier *v, walk *w, jz_err *err)
{
    JZ_TRY(enter(v, w, v->root, ".", err));
    while (w->depth > 0) {
        errno = 0;
        const struct dirent *e = readdir(w->dir[w->depth - 1]);
        if (e == NULL && errno != 0)
            return JZ_FAIL(err, JZ_E_IO, "reading a folder: %s", strerrordesc_np(errno));
        if (e == NULL)
            (void)closedir(w->dir[--w->depth]); /* was only read */
        else if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            JZ_TRY(visit(v, w, e->d_name, err));
    }
    return JZ_OK;
}

static jz_status check_missing(verifier *v, jz_err *err)
{
    for (size_t i = 0; i < v->rows.n; i += jz_bag_rows_same(&v->rows, i))
        if (!v->rows.row[i]->seen)
            JZ_TRY(fault(v, v->rows.row[i]->name, "missing", "in a manifest, but not in the bag",
                         err));
    const jz_bag_report *r = v->report;
    if (v->facts.has_oxum && (v->facts.oxum_bytes != r->bytes || v->facts.oxum_files != r->files))
        return jz_bag_tellf(v->report, JZ_BAG_FAULT, "bag-info.txt", "oxum", err,
                            "Payload-Oxum says %llu bytes in %llu files, there are %llu in %llu",
                            (unsigned long long)v->facts.oxum_bytes,
                            (unsigned long long)v->facts.oxum_files, (unsigned long long)r->bytes,
                            (unsigned long long)r->files);
    return JZ_OK;
}

static jz_status check_data_folder(verifier *v, jz_err *err)
{
    struct stat sb;
    if (fstatat(v->root, "data", &sb, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(sb.st_mode))
        return JZ_OK;
    return fault(v, "data", "missing", "the folder of the payload is not there", err);
}

/* Our rules are stricter than RFC 8493's: who takes the profile's name out of a bag must not get it
 * judged by the weaker ones unsaid. */
static jz_status check_profile(verifier *v, jz_err *err)
{
    if (v->facts.own)
        return JZ_OK;
    if (!v->facts.alike && !v->sealed)
        return jz_bag_tell(v->report, JZ_BAG_NOTE, "", 0, "profile",
                           "no evidence bag: judged by RFC 8493 alone", err);
    return fault(v, "bag-info.txt", "profile",
                 v->sealed ? "does not name the profile of a bag that has our kinds of seals"
                           : "does not name the profile whose other labels it has",
                 err);
}

static jz_status verify(verifier *v, jz_err *err)
{
    walk w = { .depth = 0 };
    JZ_TRY(read_tags(v, err));
    JZ_TRY(check_manifests(v, err));
    JZ_TRY(check_data_folder(v, err));
    JZ_TRY(check_rows(v, err));
    const jz_status st = walk_all(v, &w, err);
    walk_done(&w);
    JZ_TRY(st);
    JZ_TRY(check_missing(v, err));
    JZ_TRY(check_profile(v, err));
    jz_bag_report *r = v->report;
    jz_bag_report_sort(r);
    r->holds = r->faults == 0 && v->payload_algs != 0 && v->agreed == r->files;
    return JZ_OK;
}

jz_status jz_bag_verify(const char *dir, const jz_bag_opts *opts, jz_bag_report *out, jz_err *err)
{
    const jz_bag_opts o = opts != NULL ? *opts : (jz_bag_opts){ 0 };
    jz_bag_report report = { 0 };
    verifier v = { .report = &report };
    jz_auto(jz_digester) *digester = NULL;
    JZ_FD_AUTO root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0)
        return JZ_FAIL(err, errno == ENOENT ? JZ_E_NOTFOUND : JZ_E_IO, "%s: %s", dir,
                       strerrordesc_np(errno));
    JZ_TRY(jz_digester_new(JZ_BAG_ALGS | JZ_DIGEST_BIT(JZ_DIGEST_SHA1), o.progress, o.user,
                           &digester, err));
    v.root = root;
    v.digester = digester;
    const jz_status st = verify(&v, err);
    jz_bag_rows_done(&v.rows);
    if (st != JZ_OK) {
        jz_bag_report_done(&report);
        jz_err_wrap(err, "%s", dir);
        return st;
    }
    *out = report;
    return JZ_OK;
}
