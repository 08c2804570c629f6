/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a case: byte-exact copies, each under the SHA-256 of its bytes, in
 * cases/ID/SHA-256 below the home. A copy without a row is left over from a crash: the same bytes
 * added again take it over. */
#include "evidence/cases.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"
#include "base/newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define COPY_BYTES ((size_t)256 << 10)
#define DIGEST_TEXT (2 * JZ_SHA256_SIZE + 1)

static jz_status copy_folder(const jz_cases *c, const char *id, char **out, jz_err *err)
{
    jz_auto(char) *cases = NULL;
    JZ_TRY(jz_path_join(c->home, "cases", &cases, err));
    return jz_path_join(cases, id, out, err);
}

jz_status jz_case_copy_path(const jz_cases *c, const char *id, const uint8_t *sha256, char **out,
                            jz_err *err)
{
    jz_auto(char) *folder = NULL;
    char name[DIGEST_TEXT];
    jz_hex_encode(sha256, JZ_SHA256_SIZE, name);
    JZ_TRY(copy_folder(c, id, &folder, err));
    return jz_path_join(folder, name, out, err);
}

static jz_status copy_bytes(int from, int to, uint64_t bytes, jz_err *err)
{
    jz_auto(uint8_t) *buf = jz_alloc(COPY_BYTES);
    if (buf == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (uint64_t at = 0; at < bytes;) {
        const ssize_t n = pread(from, buf, COPY_BYTES, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "reading at %" PRIu64 ": %s", at, strerror(errno));
        if (n == 0)
            return JZ_FAIL(err, JZ_E_CHANGED, "the file became shorter while it was copied");
        JZ_TRY(jz_write_all(to, buf, (size_t)n, "the copy", err));
        at += (uint64_t)n;
    }
    return JZ_OK;
}

/* What is stored must be what was hashed. */
static jz_status check_copy(int fd, const jz_exact_hashes *wanted, jz_err *err)
{
    jz_exact_hashes got;
    JZ_TRY(jz_exact_hash_fd(fd, &got, err));
    if (got.bytes != wanted->bytes || memcmp(got.sha256, wanted->sha256, sizeof got.sha256) != 0 ||
        memcmp(got.sm3, wanted->sm3, sizeof got.sm3) != 0 ||
        memcmp(got.md5, wanted->md5, sizeof got.md5) != 0)
        return JZ_FAIL(err, JZ_E_CHANGED, "the copy is not what was hashed");
    return JZ_OK;
}

static jz_status store_copy(const jz_cases *c, const char *id, int fd, const jz_exact_hashes *exact,
                            jz_err *err)
{
    jz_auto(char) *folder = NULL;
    jz_auto(char) *path = NULL;
    JZ_NEWFILE_AUTO file = { .fd = -1 };
    JZ_TRY(copy_folder(c, id, &folder, err));
    JZ_TRY(jz_mkdir_all(folder, err));
    JZ_TRY(jz_case_copy_path(c, id, exact->sha256, &path, err));
    JZ_FD_AUTO stored = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (stored >= 0 && check_copy(stored, exact, NULL) == JZ_OK)
        return JZ_OK;
    JZ_TRY(jz_newfile_open(path, 0400, &file, err));
    JZ_TRY(copy_bytes(fd, file.fd, exact->bytes, err));
    JZ_TRY(check_copy(file.fd, exact, err));
    return jz_newfile_commit(&file, true, err);
}

static jz_status insert_hashes(jz_cases *c, int64_t item, const jz_case_hash *hashes, size_t n,
                               jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(c->store,
                       "INSERT INTO case_hash (item_id, seq, cls, quality, digests)"
                       " VALUES (?1, ?2, ?3, ?4, ?5)",
                       &st, err));
    for (size_t i = 0; i < n; i++) {
        jz_stmt_bind_i64(st, 1, item);
        jz_stmt_bind_i64(st, 2, (int64_t)i);
        jz_stmt_bind_text(st, 3, hashes[i].cls->name);
        jz_stmt_bind_i64(st, 4, hashes[i].quality);
        jz_stmt_bind_blob(st, 5, hashes[i].digest, sizeof hashes[i].digest);
        JZ_TRY(jz_stmt_run(st, err));
    }
    return JZ_OK;
}

static jz_status insert_row(jz_cases *c, int64_t row, const jz_case_item *i, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(c->store,
                       "INSERT INTO case_item (case_id, number, name, source, method, kind, format,"
                       " captured_us, added_us, bytes, sha256, sm3, md5, label)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, i->number);
    jz_stmt_bind_text(st, 3, i->name);
    jz_stmt_bind_text(st, 4, i->source);
    jz_stmt_bind_text(st, 5, i->method);
    jz_stmt_bind_text(st, 6, i->kind);
    jz_stmt_bind_text(st, 7, i->format);
    jz_stmt_bind_i64(st, 8, i->captured_us);
    jz_stmt_bind_i64(st, 9, i->added_us);
    jz_stmt_bind_i64(st, 10, (int64_t)i->exact.bytes);
    jz_stmt_bind_blob(st, 11, i->exact.sha256, sizeof i->exact.sha256);
    jz_stmt_bind_blob(st, 12, i->exact.sm3, sizeof i->exact.sm3);
    jz_stmt_bind_blob(st, 13, i->exact.md5, sizeof i->exact.md5);
    jz_stmt_bind_text(st, 14, i->label);
    return jz_stmt_run(st, err);
}

static jz_status list_item(jz_cases *c, const char *id, jz_case_item *item,
                           const jz_case_hash *hashes, size_t n, const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    JZ_TRY(jz_case_row(c, id, true, &row, err));
    JZ_TRY(jz_case_next(c, "case_item", row, &item->number, err));
    JZ_TRY(insert_row(c, row, item, err));
    JZ_TRY(insert_hashes(c, jz_store_last_id(c->store), hashes, n, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "item", item->number);
    jz_json_put_text(&j, "name", item->name);
    jz_json_put_hex(&j, "sha256", item->exact.sha256, sizeof item->exact.sha256);
    jz_json_put_text(&j, "source", item->source);
    jz_json_put_text(&j, "method", item->method);
    jz_json_end_object(&j);
    return jz_case_record(c, row, by, "added", &detail, err);
}

jz_status jz_case_add(jz_cases *c, const char *id, int fd, jz_case_item *item,
                      const jz_case_hash *hashes, size_t n, const char *by, jz_err *err)
{
    int64_t row;
    JZ_TRY(jz_case_text("file's name", item->name, JZ_CASE_TEXT_MAX, true, err));
    JZ_TRY(jz_case_text("source", item->source, JZ_CASE_TEXT_MAX, false, err));
    JZ_TRY(jz_case_text("method", item->method, JZ_CASE_TEXT_MAX, false, err));
    JZ_TRY(jz_case_row(c, id, true, &row, err)); /* before gigabytes are copied */
    JZ_TRY(store_copy(c, id, fd, &item->exact, err));
    item->added_us = jz_now_us();
    if (item->captured_us == 0)
        item->captured_us = item->added_us;
    JZ_TRY(jz_store_begin(c->store, err));
    return jz_case_end(c, list_item(c, id, item, hashes, n, by, err), err);
}

typedef struct lister {
    jz_case_item_fn fn;
    void *user;
} lister;

static jz_status copy_digest(jz_stmt *st, int at, uint8_t *out, size_t size, jz_err *err)
{
    const jz_bytes d = jz_stmt_blob(st, at);
    if (d.len != size)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a case holds a hash of %zu bytes instead of %zu", d.len,
                       size);
    memcpy(out, d.ptr, size);
    return JZ_OK;
}

static jz_status tell_item(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    jz_case_item i = { .number = jz_stmt_i64(st, 0),
                       .name = jz_stmt_text(st, 1),
                       .source = jz_stmt_text(st, 2),
                       .method = jz_stmt_text(st, 3),
                       .kind = jz_stmt_text(st, 4),
                       .format = jz_stmt_text(st, 5),
                       .captured_us = jz_stmt_i64(st, 6),
                       .added_us = jz_stmt_i64(st, 7),
                       .exact = { .bytes = (uint64_t)jz_stmt_i64(st, 8) },
                       .label = jz_stmt_text(st, 12),
                       .copy_of = jz_stmt_i64(st, 13) };
    (void)c;
    JZ_TRY(copy_digest(st, 9, i.exact.sha256, sizeof i.exact.sha256, err));
    JZ_TRY(copy_digest(st, 10, i.exact.sm3, sizeof i.exact.sm3, err));
    JZ_TRY(copy_digest(st, 11, i.exact.md5, sizeof i.exact.md5, err));
    return l->fn(l->user, &i, err);
}

jz_status jz_case_items(jz_cases *c, const char *id, jz_case_item_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    int64_t row;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT number, name, source, method, kind, format, captured_us, added_us,"
                       " bytes, sha256, sm3, md5, label, (SELECT MIN(f.number) FROM case_item f"
                       " WHERE f.case_id = i.case_id AND f.sha256 = i.sha256)"
                       " FROM case_item i WHERE case_id = ?1 ORDER BY number",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return jz_case_each(c, st, tell_item, &l, err);
}

jz_status jz_case_holding(jz_cases *c, const uint8_t sha256[JZ_SHA256_SIZE], jz_case_copy *out,
                          jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT f.handle, i.number, i.kind, COALESCE(i.format, '') FROM case_item i"
                       " JOIN case_file f ON f.id = i.case_id WHERE i.sha256 = ?1"
                       " ORDER BY i.id DESC LIMIT 1",
                       &st, err));
    jz_stmt_bind_blob(st, 1, sha256, JZ_SHA256_SIZE);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no case holds these bytes");
    *out = (jz_case_copy){ .item = jz_stmt_i64(st, 1) };
    (void)snprintf(out->id, sizeof out->id, "%s", jz_stmt_text(st, 0)); /* as they were put in */
    (void)snprintf(out->kind, sizeof out->kind, "%s", jz_stmt_text(st, 2));
    (void)snprintf(out->format, sizeof out->format, "%s", jz_stmt_text(st, 3));
    return JZ_OK;
}

static jz_status record_access(jz_cases *c, const char *id, int64_t item, const char *purpose,
                               const char *by, uint8_t sha256[JZ_SHA256_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    bool found = false;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_stmt_new(c->store, "SELECT sha256 FROM case_item WHERE case_id = ?1 AND number = ?2",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, item);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "the case has no item %" PRId64, item);
    JZ_TRY(copy_digest(st, 0, sha256, JZ_SHA256_SIZE, err));
    jz_stmt_reset(st);
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "item", item);
    jz_json_put_text(&j, "purpose", purpose);
    jz_json_end_object(&j);
    return jz_case_record(c, row, by, "accessed", &detail, err);
}

jz_status jz_case_access(jz_cases *c, const char *id, int64_t item, const char *purpose,
                         const char *by, char **path, jz_err *err)
{
    uint8_t sha256[JZ_SHA256_SIZE];
    JZ_TRY(jz_case_text("purpose", purpose, JZ_CASE_TEXT_MAX, true, err));
    JZ_TRY(jz_store_begin(c->store, err));
    JZ_TRY(jz_case_end(c, record_access(c, id, item, purpose, by, sha256, err), err));
    return jz_case_copy_path(c, id, sha256, path, err);
}

void jz_case_path_free(char *path)
{
    jz_free(path);
}
