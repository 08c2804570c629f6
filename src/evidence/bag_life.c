/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a sealed bag: handed over, sealed again, destroyed. Its own bag-info.txt says
 * which case it is of. */
#include <jz/sealing.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/newfile.h"
#include "evidence/cases.h"
#include "evidence/ossl.h"
#include "evidence/seal.h"
#include "evidence/zip_write.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/cms.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INFO_MAX 65536 /* bytes of bag-info.txt */
#define SUMS_MAX ((size_t)1 << 20)

JZ_DEFINE_AUTO(CMS_ContentInfo, CMS_ContentInfo_free);

typedef struct bag {
    char id[JZ_BAG_ID_SIZE];
    char handle[JZ_CASE_ID_SIZE];             /* of the case */
    char tagmanifest[2 * JZ_SHA256_SIZE + 1]; /* its SHA-256; "": there is none */
} bag;

/* The value of a label that stands once, in so many bytes. */
static bool take_label(const char *text, const char *label, char *out, size_t size)
{
    const size_t len = strlen(label);
    for (const char *line = text; line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n');
        const char *value = line + len;
        if (end != NULL && strncmp(line, label, len) == 0 && (size_t)(end - value) == size - 1) {
            memcpy(out, value, size - 1);
            out[size - 1] = '\0';
            return true;
        }
        line = end != NULL ? end + 1 : NULL;
    }
    return false;
}

/* A bag without a tag manifest is damaged, or was being destroyed: it may still be destroyed. */
static jz_status read_bag(const char *dir, bag *out, jz_err *err)
{
    jz_auto(char) *path = NULL;
    JZ_BUF_AUTO info = { 0 };
    JZ_BUF_AUTO manifest = { 0 };
    uint8_t sha256[JZ_SHA256_SIZE];
    struct stat sb;
    jz_err why = { 0 };
    if (lstat(dir, &sb) == 0 && !S_ISDIR(sb.st_mode)) /* what a link stands for stays */
        return JZ_FAIL(err, JZ_E_SPECIAL, "%s is no folder", dir);
    JZ_TRY(jz_path_join(dir, "bag-info.txt", &path, err));
    JZ_TRY(jz_file_read_regular(path, INFO_MAX, &info, err));
    const jz_status st = jz_seal_manifest(dir, &manifest, &why);
    if (st != JZ_OK && st != JZ_E_NOTFOUND)
        return JZ_FAIL(err, st, "%s", why.frame[0]);
    if (info.len == 0 || !take_label(info.ptr, "External-Identifier: ", out->id, sizeof out->id) ||
        !take_label(info.ptr, "Bag-Group-Identifier: ", out->handle, sizeof out->handle))
        return JZ_FAIL(err, JZ_E_INVAL, "%s is no evidence bag of ours", dir);
    out->tagmanifest[0] = '\0';
    if (st == JZ_E_NOTFOUND)
        return JZ_OK;
    jz_sha256(manifest.ptr != NULL ? manifest.ptr : "", manifest.len, sha256);
    jz_hex_encode(sha256, sizeof sha256, out->tagmanifest);
    return JZ_OK;
}

static jz_status check_contents(const char *dir, jz_err *err)
{
    jz_bag_report r = { 0 };
    JZ_TRY(jz_bag_verify(dir, NULL, &r, err));
    const bool holds = r.holds && r.own;
    jz_bag_report_done(&r);
    return holds ? JZ_OK : JZ_FAIL(err, JZ_E_MISMATCH, "%s: the contents do not hold", dir);
}

typedef struct fact {
    const char *key, *value;
} fact;

/* Within a transaction. */
static jz_status record(jz_cases *c, const bag *b, const char *kind, const fact *facts, size_t n,
                        const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "bag", b->id);
    jz_json_put_text(&j, "tagmanifest", b->tagmanifest);
    for (size_t i = 0; i < n; i++)
        jz_json_put_text(&j, facts[i].key, facts[i].value);
    jz_json_end_object(&j);
    JZ_TRY(jz_case_row(c, b->handle, false, &row, err));
    return jz_case_record(c, row, by, kind, &detail, err);
}

static jz_status note(jz_cases *c, const bag *b, const char *kind, const fact *facts, size_t n,
                      const char *by, jz_err *err)
{
    JZ_TRY(jz_store_begin(c->store, err));
    return jz_case_end(c, record(c, b, kind, facts, n, by, err), err);
}

/* ---- export ---- */

/* The zip goes through a file without a name: what lies on the disk under one is encrypted. */
static jz_status encrypt(int zip, const char *recipient, int out, jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    STACK_OF(X509) *certs = NULL;
    jz_auto(CMS_ContentInfo) *cms = NULL;
    JZ_TRY(jz_ossl_certs(recipient, &certs, err));
    jz_auto(BIO) *from = BIO_new_fd(zip, BIO_NOCLOSE);
    jz_auto(BIO) *to = BIO_new_fd(out, BIO_NOCLOSE);
    const int flags = CMS_BINARY | CMS_STREAM;
    if (from != NULL && to != NULL && lseek(zip, 0, SEEK_SET) == 0)
        cms = CMS_encrypt(certs, from, EVP_aes_256_cbc(), flags);
    jz_ossl_certs_free(certs);
    if (cms == NULL || i2d_CMS_bio_stream(to, cms, from, flags) != 1)
        return JZ_FAIL(err, JZ_E_IO, "encrypting for %s: %s", recipient, jz_ossl_reason(text));
    return JZ_OK;
}

/* Some file systems know no files without a name: there it is taken away at once. */
static jz_status open_nameless(const char *path, int *out, jz_err *err)
{
    JZ_BUF_AUTO name = { 0 };
    jz_auto(char) *folder = jz_path_folder(path);
    if (folder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *out = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*out >= 0)
        return JZ_OK;
    jz_buf_printf(&name, "%s.jz-XXXXXX", path);
    JZ_TRY(jz_buf_check(&name, err));
    *out = mkostemp(name.ptr, O_CLOEXEC);
    if (*out >= 0 && unlink(name.ptr) == 0)
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_IO, "a file without a name in %s: %s", folder, strerror(errno));
}

static jz_status write_export(const bag *b, const char *dir, const char *path,
                              const char *recipient, int out, jz_err *err)
{
    int opened = -1;
    if (recipient == NULL)
        return jz_zip_folder(dir, b->id, out, err);
    const jz_status st = open_nameless(path, &opened, err);
    JZ_FD_AUTO zip = opened;
    JZ_TRY(st);
    JZ_TRY(jz_zip_folder(dir, b->id, zip, err));
    return encrypt(zip, recipient, out, err);
}

jz_status jz_bag_export(jz_cases *c, const char *dir, const char *path, const char *recipient,
                        const char *to, const char *by, jz_err *err)
{
    bag b;
    int64_t row;
    struct stat sb;
    JZ_NEWFILE_AUTO file = { .fd = -1 };
    const fact facts[] = { { "to", to }, { "encrypted", recipient != NULL ? "yes" : "no" } };
    JZ_TRY(jz_case_text("receiver", to, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(read_bag(dir, &b, err));
    JZ_TRY(jz_case_row(c, b.handle, false, &row, err));
    if (lstat(path, &sb) == 0) /* before gigabytes are copied */
        return JZ_FAIL(err, JZ_E_EXISTS, "%s is there already", path);
    JZ_TRY(check_contents(dir, err));
    JZ_TRY(jz_newfile_open(path, 0600, &file, err));
    JZ_TRY(write_export(&b, dir, path, recipient, file.fd, err));
    /* Nothing is handed over, that is, has a name, without a record of it. */
    JZ_TRY(note(c, &b, "exported", facts, JZ_ARRAY_LEN(facts), by, err));
    return jz_newfile_commit(&file, false, err);
}

/* ---- reseal ---- */

static jz_status sum_seal(const char *folder, const char *name, jz_buf *out, jz_err *err)
{
    jz_auto(char) *path = NULL;
    jz_exact_hashes exact;
    JZ_TRY(jz_path_join(folder, name, &path, err));
    JZ_FD_AUTO fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    JZ_TRY(jz_exact_hash_fd(fd, &exact, err));
    jz_hex_put(out, exact.sha256, sizeof exact.sha256);
    jz_buf_printf(out, "  seal/%s\n", name);
    return jz_buf_check(out, err);
}

/* "HASH  seal/NAME", as sha256sum writes and checks it, in order of names. */
static jz_status sum_seals(const char *dir, jz_buf *out, jz_err *err)
{
    jz_auto(char) *folder = NULL;
    JZ_NAMES_AUTO list = { 0 };
    JZ_TRY(jz_path_join(dir, "seal", &folder, err));
    JZ_TRY(jz_folder_names(folder, &list, err));
    for (size_t i = 0; i < list.n; i++) {
        if (list.name[i][0] != '.')
            JZ_TRY(sum_seal(folder, list.name[i], out, err));
    }
    return JZ_OK;
}

/* It counts once its sums are there, which are written last: a stamp alone is left over from a
 * crash. */
static jz_status drop_leftover(const char *dir, unsigned n, jz_err *err)
{
    jz_auto(char) *path = NULL;
    char name[32];
    (void)snprintf(name, sizeof name, "reseal-%u.tsr", n);
    JZ_TRY(jz_seal_path(dir, name, &path, err));
    if (unlink(path) != 0 && errno != ENOENT)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", path, strerror(errno));
    return JZ_OK;
}

static jz_status next_reseal(const char *dir, unsigned *n, jz_err *err)
{
    for (*n = 1; *n < 1000; ++*n) {
        jz_auto(char) *path = NULL;
        char name[32];
        struct stat sb;
        (void)snprintf(name, sizeof name, "reseal-%u.sums", *n);
        JZ_TRY(jz_seal_path(dir, name, &path, err));
        if (lstat(path, &sb) != 0)
            return drop_leftover(dir, *n, err);
    }
    return JZ_FAIL(err, JZ_E_LIMIT, "%s was sealed again too often", dir);
}

static jz_status stamp(const jz_buf *sums, jz_tsa_transport send, void *user, jz_buf *out,
                       jz_err *err)
{
    jz_tsa_request q;
    jz_tsa_reply r;
    uint8_t digest[JZ_SHA256_SIZE];
    uint8_t *reply = NULL;
    size_t len = 0;
    const int64_t before = jz_now_us();
    jz_sha256(sums->ptr, sums->len, digest);
    JZ_TRY(jz_tsa_request_make(JZ_TSA_SHA256, digest, &q, err));
    JZ_TRY(send(user, (jz_bytes){ q.der, q.len }, &reply, &len, err));
    jz_status st = jz_tsa_reply_read((jz_bytes){ reply, len }, &r, err);
    if (st == JZ_OK)
        st = jz_tsa_reply_check(&r, &q, before, jz_now_us(), err);
    if (st == JZ_OK)
        jz_buf_put(out, reply, len);
    jz_evidence_free(reply);
    JZ_TRY(st);
    return jz_buf_check(out, err);
}

static jz_status put_reseal(const char *dir, unsigned n, const jz_buf *sums, const jz_buf *reply,
                            jz_err *err)
{
    char name[32];
    (void)snprintf(name, sizeof name, "reseal-%u.tsr", n);
    JZ_TRY(jz_seal_put(dir, name, reply->ptr, reply->len, err));
    (void)snprintf(name, sizeof name, "reseal-%u.sums", n);
    return jz_seal_put(dir, name, sums->ptr, sums->len, err);
}

jz_status jz_bag_reseal(jz_cases *c, const char *dir, jz_tsa_transport send, void *send_user,
                        const char *by, unsigned *n, jz_err *err)
{
    bag b;
    int64_t row;
    JZ_BUF_AUTO sums = { .cap = SUMS_MAX };
    JZ_BUF_AUTO reply = { 0 };
    uint8_t digest[JZ_SHA256_SIZE];
    char hex[2 * JZ_SHA256_SIZE + 1];
    JZ_TRY(read_bag(dir, &b, err));
    JZ_TRY(jz_case_row(c, b.handle, false, &row, err));
    JZ_TRY(check_contents(dir, err));
    JZ_TRY(next_reseal(dir, n, err));
    JZ_TRY(sum_seals(dir, &sums, err));
    JZ_TRY(stamp(&sums, send, send_user, &reply, err));
    JZ_TRY(put_reseal(dir, *n, &sums, &reply, err));
    jz_sha256(sums.ptr, sums.len, digest);
    jz_hex_encode(digest, sizeof digest, hex);
    const fact facts[] = { { "seals", hex } };
    return note(c, &b, "resealed", facts, JZ_ARRAY_LEN(facts), by, err);
}

/* ---- destroy ---- */

/* In one transaction: nobody sets a hold in between. */
static jz_status note_unless_held(jz_cases *c, const bag *b, const fact *facts, size_t n,
                                  const char *by, jz_err *err)
{
    bool held = false;
    JZ_TRY(jz_case_is_held(c, b->handle, jz_now_us(), &held, err));
    if (held)
        return JZ_FAIL(err, JZ_E_BUSY, "a hold is in force for case %s: nothing is destroyed",
                       b->handle);
    return record(c, b, "destroyed", facts, n, by, err);
}

/* What tells whose bag it is goes last: where this is cut short, it can be done again. */
static void remove_bag(const char *dir)
{
    static const char *const first[] = { "data", "seal" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(first); i++) {
        jz_auto(char) *path = NULL;
        if (jz_path_join(dir, first[i], &path, NULL) == JZ_OK)
            jz_remove_tree(path);
    }
    jz_remove_tree(dir);
}

jz_status jz_bag_destroy(jz_cases *c, jz_log *log, const char *dir, const char *authority,
                         const char *reason, const char *by, jz_err *err)
{
    bag b;
    uint64_t anchored = 0;
    const fact facts[] = { { "authority", authority }, { "reason", reason } };
    JZ_TRY(jz_case_text("authority", authority, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(jz_case_text("reason", reason, JZ_CASE_TEXT_MAX, true, err));
    JZ_TRY(read_bag(dir, &b, err));
    JZ_TRY(jz_store_begin(c->store, err));
    JZ_TRY(jz_case_end(c, note_unless_held(c, &b, facts, JZ_ARRAY_LEN(facts), by, err), err));
    JZ_TRY(jz_case_anchor(c, log, &anchored, err));
    remove_bag(dir);
    struct stat sb;
    if (lstat(dir, &sb) == 0)
        return JZ_FAIL(err, JZ_E_IO, "%s is recorded as destroyed, but not all of it is gone", dir);
    return JZ_OK;
}
