/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/bank_change.h"

#include "bank/banks.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define ABANDONED_US INT64_C(3600000000)

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE bank_change ("
    " id $id,"
    " at_us $int NOT NULL,"
    " done_by TEXT NOT NULL,"
    " object TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " is_open $int NOT NULL) $strict;",
};

jz_status jz_bank_change_table(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "bank_change", steps, JZ_ARRAY_LEN(steps), err);
}

/* ---- taking ---- */

#define ENDED "(is_open = 0 OR at_us < ?1)"

static jz_status tell(jz_store *s, int64_t abandoned_us, jz_bank_change_fn fn, void *user,
                      jz_err *err)
{
    jz_auto(jz_stmt) *find = NULL;
    jz_auto(jz_stmt) *drop = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(s,
                       "SELECT at_us, done_by, object, kind, detail FROM bank_change WHERE " ENDED
                       " ORDER BY id",
                       &find, err));
    jz_stmt_bind_i64(find, 1, abandoned_us);
    JZ_TRY(jz_stmt_step(find, &row, err));
    while (row) {
        const jz_bank_change c = { .at_us = jz_stmt_i64(find, 0),
                                   .by = jz_stmt_text(find, 1),
                                   .object = jz_stmt_text(find, 2),
                                   .kind = jz_stmt_text(find, 3),
                                   .detail = jz_stmt_text(find, 4) };
        JZ_TRY(fn(user, &c, err));
        JZ_TRY(jz_stmt_step(find, &row, err));
    }
    jz_stmt_reset(find);
    JZ_TRY(jz_stmt_new(s, "DELETE FROM bank_change WHERE " ENDED, &drop, err));
    jz_stmt_bind_i64(drop, 1, abandoned_us);
    return jz_stmt_run(drop, err);
}

jz_status jz_bank_changes_take(jz_store *s, int64_t now_us, jz_bank_change_fn fn, void *user,
                               jz_err *err)
{
    jz_auto(jz_stmt) *any = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(s, "SELECT 1 FROM bank_change WHERE " ENDED " LIMIT 1", &any, err));
    jz_stmt_bind_i64(any, 1, now_us - ABANDONED_US);
    JZ_TRY(jz_stmt_step(any, &row, err));
    jz_stmt_reset(any);
    if (!row)
        return JZ_OK;
    JZ_TRY(jz_store_begin(s, err));
    jz_status st = tell(s, now_us - ABANDONED_US, fn, user, err);
    if (st == JZ_OK)
        st = jz_store_commit(s, err);
    if (st != JZ_OK)
        jz_store_rollback(s);
    return st;
}

/* ---- writing down ---- */

static jz_status insert(jz_store *s, const jz_bank_change *c, bool open, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(s,
                       "INSERT INTO bank_change (at_us, done_by, object, kind, detail, is_open)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, jz_now_us());
    jz_stmt_bind_text(st, 2, c->by);
    jz_stmt_bind_text(st, 3, c->object);
    jz_stmt_bind_text(st, 4, c->kind);
    jz_stmt_bind_text(st, 5, c->detail);
    jz_stmt_bind_i64(st, 6, open);
    return jz_stmt_run(st, err);
}

/* The digest of signals in order: 32 zeros at first, then SHA-256 of it, the name of the class and
 * the hash. Takes a damaged row, too, which can be deleted like any other. */
static void digest_add(uint8_t digest[JZ_SHA256_SIZE], const char *cls, jz_bytes hash)
{
    uint8_t text[JZ_SHA256_SIZE + 16 + JZ_DIGEST_MAX];
    const size_t name = strnlen(cls, 16);
    const size_t size = hash.len < JZ_DIGEST_MAX ? hash.len : JZ_DIGEST_MAX;
    memcpy(text, digest, JZ_SHA256_SIZE);
    memcpy(text + JZ_SHA256_SIZE, cls, name);
    if (size > 0)
        memcpy(text + JZ_SHA256_SIZE + name, hash.ptr, size);
    jz_sha256(text, JZ_SHA256_SIZE + name + size, digest);
}

void jz_bank_adding_add(jz_bank_adding *a, int64_t entry, jz_entry_status status,
                        const jz_signal *signals, size_t n)
{
    a->first = a->entries == 0 ? entry : a->first;
    a->last = entry;
    a->entries++;
    a->confirmed += status == JZ_ENTRY_CONFIRMED;
    a->signals += (int64_t)n;
    for (size_t i = 0; i < n; i++)
        digest_add(a->digest, signals[i].cls->name,
                   (jz_bytes){ signals[i].digest, signals[i].cls->digest_size });
}

static jz_status update(jz_store *s, const jz_bank_adding *a, const char *detail, bool open,
                        jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(
        s, "UPDATE bank_change SET at_us = ?2, detail = ?3, is_open = ?4 WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, a->row);
    jz_stmt_bind_i64(st, 2, jz_now_us());
    jz_stmt_bind_text(st, 3, detail);
    jz_stmt_bind_i64(st, 4, open);
    return jz_stmt_run(st, err);
}

/* Where its row was taken, since it had paused for an hour, it is written again as a whole. */
jz_status jz_bank_adding_put(jz_store *s, const char *by, bool open, jz_bank_adding *a, jz_err *err)
{
    char object[JZ_BANK_NAME_MAX + 8];
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "confirmed", a->confirmed);
    jz_json_put_hex(&j, "digest", a->digest, sizeof a->digest);
    jz_json_put_i64(&j, "entries", a->entries);
    jz_json_put_i64(&j, "first", a->first);
    jz_json_put_i64(&j, "last", a->last);
    jz_json_put_i64(&j, "signals", a->signals);
    jz_json_end_object(&j);
    JZ_TRY(jz_buf_check(&detail, err));
    if (a->row != 0)
        JZ_TRY(update(s, a, detail.ptr, open, err));
    if (a->row != 0 && jz_store_changes(s) == 1)
        return JZ_OK;
    (void)snprintf(object, sizeof object, "bank:%s", a->bank);
    const jz_bank_change c = {
        .by = by, .object = object, .kind = "bank-added", .detail = detail.ptr
    };
    JZ_TRY(insert(s, &c, open, err));
    a->row = jz_store_last_id(s);
    return JZ_OK;
}

jz_status jz_bank_adding_close(jz_store *s, int64_t row, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(s, "UPDATE bank_change SET is_open = 0 WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return jz_stmt_run(st, err);
}

/* ---- of an open handle ---- */

jz_status jz_banks_set_by(jz_banks *b, const char *by, jz_err *err)
{
    const size_t len = strlen(by);
    if (len > JZ_BANK_BY_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a name of who does this of %zu bytes, the limit is %d",
                       len, JZ_BANK_BY_MAX);
    if (!jz_utf8_valid(by, len))
        return JZ_FAIL(err, JZ_E_INVAL, "the name of who does this is not UTF-8");
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)by[i] < 0x20)
            return JZ_FAIL(err, JZ_E_INVAL, "the name of who does this has a control character");
    if (len == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "the name of who does this is missing");
    memcpy(b->by, by, len + 1);
    return JZ_OK;
}

void jz_bank_adding_begin(jz_banks *b)
{
    b->adds_many = true;
}

jz_status jz_bank_adding_end(jz_banks *b, jz_err *err)
{
    const int64_t row = b->adding.row;
    b->adds_many = false;
    b->adding = (jz_bank_adding){ 0 };
    return row != 0 ? jz_bank_adding_close(b->store, row, err) : JZ_OK;
}

jz_status jz_banks_record(jz_banks *b, const char *object, const char *kind, jz_buf *detail,
                          jz_err *err)
{
    JZ_TRY(jz_buf_check(detail, err));
    const jz_bank_change c = { .by = b->by, .object = object, .kind = kind, .detail = detail->ptr };
    return insert(b->store, &c, false, err);
}

/* All signals of a statement's (class, digest) rows. */
static jz_status sum_signals(jz_stmt *st, int64_t *signals, uint8_t digest[JZ_SHA256_SIZE],
                             jz_err *err)
{
    bool row = false;
    jz_status status = jz_stmt_step(st, &row, err);
    while (status == JZ_OK && row) {
        digest_add(digest, jz_stmt_text(st, 0), jz_stmt_blob(st, 1));
        ++*signals;
        status = jz_stmt_step(st, &row, err);
    }
    jz_stmt_reset(st);
    return status;
}

jz_status jz_banks_put_deleted(jz_banks *b, enum jz_bank_sql which, int64_t id, jz_json *j,
                               jz_err *err)
{
    jz_stmt *st = NULL;
    int64_t signals = 0;
    uint8_t digest[JZ_SHA256_SIZE] = { 0 };
    JZ_TRY(jz_banks_stmt(b, which, &st, err));
    jz_stmt_bind_i64(st, 1, id);
    JZ_TRY(sum_signals(st, &signals, digest, err));
    jz_json_put_hex(j, "digest", digest, sizeof digest);
    jz_json_put_i64(j, "signals", signals);
    return JZ_OK;
}
