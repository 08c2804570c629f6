/* SPDX-License-Identifier: Apache-2.0 */
/* Changes. What is added goes into the index before the commit and out of it again where that
 * fails; what is taken away leaves the index after the commit. Searches in between find signals
 * whose entry is not active on disk, and pass over them. */
#include "bank/banks.h"

#include "base/file.h"
#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static jz_status begin(jz_banks *b, jz_err *err)
{
    if (b->in_batch)
        return JZ_FAIL(err, JZ_E_INVAL, "a batch is open");
    JZ_TRY(jz_store_begin(b->store, err));
    const jz_status st = jz_banks_catch_up(b, err);
    if (st != JZ_OK)
        jz_store_rollback(b->store);
    b->made = b->seen;
    b->adding_made = b->adding;
    return st;
}

/* Ends a transaction; a failure of it before (st) undoes it, too. */
static jz_status finish(jz_banks *b, jz_status st, jz_err *err)
{
    if (st == JZ_OK && b->adding_made.last != b->adding.last)
        st = jz_bank_adding_put(b->store, b->by, b->adds_many, &b->adding_made, err);
    if (st == JZ_OK)
        st = jz_banks_publish(b, &b->stage, err);
    if (st == JZ_OK) {
        st = jz_store_commit(b->store, err);
        if (st != JZ_OK)
            jz_banks_withdraw(b, &b->stage);
    }
    if (st == JZ_OK) {
        b->seen = b->made;
        b->adding = b->adds_many ? b->adding_made : (jz_bank_adding){ 0 };
    } else {
        jz_store_rollback(b->store);
    }
    jz_stage_reset(&b->stage);
    return st;
}

/* The same for one that takes the staged signals out of the index. */
static jz_status finish_removal(jz_banks *b, jz_status st, jz_err *err)
{
    if (st == JZ_OK)
        st = jz_store_commit(b->store, err);
    if (st == JZ_OK)
        jz_banks_withdraw(b, &b->stage);
    else
        jz_store_rollback(b->store);
    jz_stage_reset(&b->stage);
    return st;
}

static jz_status check_text(const char *what, const char *text, size_t max, jz_err *err)
{
    const size_t len = text != NULL ? strlen(text) : 0;
    if (len > max)
        return JZ_FAIL(err, JZ_E_LIMIT, "a %s of %zu bytes, the limit is %zu", what, len, max);
    if (len > 0 && !jz_utf8_valid(text, len))
        return JZ_FAIL(err, JZ_E_INVAL, "the %s is not UTF-8", what);
    return JZ_OK;
}

static jz_status check_name(const char *name, jz_err *err)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    const size_t len = strlen(name);
    if (len == 0 || len > JZ_BANK_NAME_MAX || strspn(name, allowed) != len)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "'%s' cannot name a bank: 1 to %d of A-Z a-z 0-9 _ - . are wanted", name,
                       JZ_BANK_NAME_MAX);
    return JZ_OK;
}

/* An object of the record, as "bank:NAME". */
#define OBJECT (JZ_BANK_NAME_MAX + 8)

static jz_status create_bank(jz_banks *b, const char *name, const char *note, jz_err *err)
{
    jz_stmt *st = NULL;
    char object[OBJECT];
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_BANK_ADD, &st, err));
    jz_stmt_bind_text(st, 1, name);
    jz_stmt_bind_text(st, 2, note);
    jz_stmt_bind_i64(st, 3, jz_now_us());
    const jz_status status = jz_stmt_run(st, err);
    if (status == JZ_E_EXISTS)
        return JZ_FAIL(err, status, "there is a bank '%s' already", name);
    JZ_TRY(status);
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "note", note);
    jz_json_end_object(&j);
    (void)snprintf(object, sizeof object, "bank:%s", name);
    return jz_banks_record(b, object, "bank-created", &detail, err);
}

jz_status jz_bank_create(jz_banks *b, const char *name, const char *note, jz_err *err)
{
    JZ_TRY(check_name(name, err));
    JZ_TRY(check_text("note", note, JZ_BANK_NOTE_MAX, err));
    JZ_TRY(begin(b, err));
    return finish(b, create_bank(b, name, note, err), err);
}

static jz_status run_on(jz_banks *b, enum jz_bank_sql which, int64_t id, jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_banks_stmt(b, which, &st, err));
    jz_stmt_bind_i64(st, 1, id);
    return jz_stmt_run(st, err);
}

static jz_status stage(jz_banks *b, enum jz_bank_sql which, int64_t id, jz_err *err)
{
    jz_stmt *st = NULL;
    if (b->index == NULL)
        return JZ_OK;
    JZ_TRY(jz_banks_stmt(b, which, &st, err));
    jz_stmt_bind_i64(st, 1, id);
    return jz_stage_rows(&b->stage, st, err);
}

static jz_status delete_bank(jz_banks *b, const char *name, jz_err *err)
{
    int64_t id = 0;
    char object[OBJECT];
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    JZ_TRY(jz_banks_find(b, name, &id, err));
    JZ_TRY(stage(b, JZ_SQL_LOAD_BANK, id, err));
    jz_json_begin_object(&j);
    JZ_TRY(jz_banks_put_deleted(b, JZ_SQL_BANK_SIGNALS, id, &j, err));
    jz_json_end_object(&j);
    JZ_TRY(run_on(b, JZ_SQL_BANK_DELETE, id, err));
    (void)snprintf(object, sizeof object, "bank:%s", name);
    return jz_banks_record(b, object, "bank-deleted", &detail, err);
}

jz_status jz_bank_delete(jz_banks *b, const char *name, jz_err *err)
{
    JZ_TRY(begin(b, err));
    return finish_removal(b, delete_bank(b, name, err), err);
}

static jz_status check_signal(const jz_signal *s, jz_err *err)
{
    if (s->cls == NULL || s->quality < -1 || s->quality > 100 || s->frame < -1)
        return JZ_FAIL(err, JZ_E_INVAL, "a signal without a type, or with numbers out of range");
    if (jz_signal_is_weak(s))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "a %s hash of quality %d would match every flat picture; %d is wanted",
                       s->cls->name, s->quality, JZ_BANK_MIN_QUALITY);
    return JZ_OK;
}

static jz_status check_entry(const jz_entry_meta *meta, const jz_signal *signals, size_t n,
                             jz_err *err)
{
    if ((unsigned)meta->status > JZ_ENTRY_WITHDRAWN)
        return JZ_FAIL(err, JZ_E_INVAL, "no status of an entry: %d", (int)meta->status);
    JZ_TRY(check_text("source", meta->source, JZ_BANK_SOURCE_MAX, err));
    JZ_TRY(check_text("category", meta->category, JZ_BANK_CATEGORY_MAX, err));
    JZ_TRY(check_text("note", meta->note, JZ_BANK_NOTE_MAX, err));
    if (n == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "an entry without a hash");
    if (n > JZ_BANK_MAX_SIGNALS)
        return JZ_FAIL(err, JZ_E_LIMIT, "an entry of %zu hashes, the limit is %d", n,
                       JZ_BANK_MAX_SIGNALS);
    for (size_t i = 0; i < n; i++)
        JZ_TRY(check_signal(&signals[i], err));
    return JZ_OK;
}

/* The entry of a bank that begins with this signal; 0 = none. */
static jz_status find_same(jz_banks *b, int64_t bank, const jz_signal *first, int64_t *entry,
                           jz_err *err)
{
    jz_stmt *st = NULL;
    bool row = false;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_ENTRY_SAME, &st, err));
    jz_stmt_bind_blob(st, 1, first->digest, first->cls->digest_size);
    jz_stmt_bind_text(st, 2, first->cls->name);
    jz_stmt_bind_i64(st, 3, bank);
    const jz_status status = jz_stmt_step(st, &row, err);
    if (status == JZ_OK)
        *entry = row ? jz_stmt_i64(st, 0) : 0;
    jz_stmt_reset(st);
    return status;
}

static const char *text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static jz_status insert_entry(jz_banks *b, int64_t bank, const jz_entry_meta *meta, size_t n,
                              int64_t *entry, jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_ENTRY_ADD, &st, err));
    jz_stmt_bind_i64(st, 1, bank);
    jz_stmt_bind_i64(st, 2, (int64_t)meta->status);
    jz_stmt_bind_text(st, 3, text_or_null(meta->source));
    jz_stmt_bind_text(st, 4, text_or_null(meta->category));
    jz_stmt_bind_text(st, 5, text_or_null(meta->note));
    jz_stmt_bind_i64(st, 6, (int64_t)n);
    jz_stmt_bind_i64(st, 7, jz_now_us());
    JZ_TRY(jz_stmt_run(st, err));
    *entry = jz_store_last_id(b->store);
    b->made.entry = *entry;
    return JZ_OK;
}

static jz_status insert_signal(jz_banks *b, int64_t entry, size_t seq, const jz_signal *s,
                               jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_SIGNAL_ADD, &st, err));
    jz_stmt_bind_i64(st, 1, entry);
    jz_stmt_bind_i64(st, 2, (int64_t)seq);
    jz_stmt_bind_text(st, 3, s->cls->name);
    jz_stmt_bind_blob(st, 4, s->digest, s->cls->digest_size);
    if (s->quality >= 0)
        jz_stmt_bind_i64(st, 5, s->quality);
    if (s->frame >= 0) {
        jz_stmt_bind_i64(st, 6, s->frame);
        jz_stmt_bind_f64(st, 7, s->seconds);
    }
    return jz_stmt_run(st, err);
}

static jz_status insert_all(jz_banks *b, int64_t bank, const jz_entry_meta *meta,
                            const jz_signal *signals, size_t n, int64_t *entry, jz_err *err)
{
    int64_t id = 0;
    JZ_TRY(insert_entry(b, bank, meta, n, &id, err));
    for (size_t i = 0; i < n; i++) {
        JZ_TRY(insert_signal(b, id, i, &signals[i], err));
        if (b->index != NULL && jz_entry_is_active(meta->status))
            JZ_TRY(jz_stage_add(&b->stage, signals[i].cls, signals[i].digest,
                                jz_signal_id(id, (int64_t)i), err));
    }
    jz_bank_adding_add(&b->adding_made, id, meta->status, signals, n);
    *entry = id;
    return JZ_OK;
}

/* One change is of one bank. */
static jz_status add_to(jz_banks *b, const char *bank, jz_err *err)
{
    jz_bank_adding *a = &b->adding_made;
    if (strcmp(a->bank, bank) == 0)
        return JZ_OK;
    if (a->entries > 0)
        JZ_TRY(jz_bank_adding_put(b->store, b->by, false, a, err));
    *a = (jz_bank_adding){ 0 };
    memcpy(a->bank, bank, strlen(bank) + 1); /* a name that was found */
    return JZ_OK;
}

static jz_status add(jz_banks *b, const char *bank, const jz_entry_meta *meta,
                     const jz_signal *signals, size_t n, int64_t *entry, jz_err *err)
{
    int64_t bank_id = 0;
    JZ_TRY(jz_banks_find(b, bank, &bank_id, err));
    JZ_TRY(find_same(b, bank_id, &signals[0], entry, err));
    if (*entry != 0)
        return JZ_E_EXISTS;
    jz_status st = add_to(b, bank, err);
    if (st == JZ_OK)
        st = insert_all(b, bank_id, meta, signals, n, entry, err);
    if (st != JZ_OK)
        b->broken = true;
    return st;
}

/* NOLINTNEXTLINE(readability-function-size): an entry is all of these */
jz_status jz_bank_add(jz_banks *b, const char *bank, const jz_entry_meta *meta,
                      const jz_signal *signals, size_t n, int64_t *entry, bool *added, jz_err *err)
{
    int64_t id = 0;
    JZ_TRY(check_entry(meta, signals, n, err));
    if (!b->in_batch)
        JZ_TRY(begin(b, err));
    jz_status st = add(b, bank, meta, signals, n, &id, err);
    const bool known = st == JZ_E_EXISTS && id != 0;
    if (known)
        st = JZ_OK;
    if (!b->in_batch)
        st = finish(b, st, err);
    if (st != JZ_OK)
        return st;
    *entry = id;
    *added = !known;
    return JZ_OK;
}

jz_status jz_bank_batch_begin(jz_banks *b, jz_err *err)
{
    JZ_TRY(begin(b, err));
    b->in_batch = true;
    b->broken = false;
    return JZ_OK;
}

void jz_banks_undo(jz_banks *b)
{
    if (b->in_batch)
        jz_store_rollback(b->store);
    b->in_batch = false;
    jz_stage_reset(&b->stage);
}

jz_status jz_bank_batch_end(jz_banks *b, bool ok, jz_err *err)
{
    if (!b->in_batch)
        return JZ_FAIL(err, JZ_E_INVAL, "no batch is open");
    if (!ok || b->broken) {
        jz_banks_undo(b);
        return ok ? JZ_FAIL(err, JZ_E_INVAL, "an entry of this batch was not added") : JZ_OK;
    }
    b->in_batch = false;
    return finish(b, JZ_OK, err);
}

/* An entry's status, and the name of its bank. */
static jz_status entry_status(jz_banks *b, int64_t entry, jz_entry_status *out,
                              char bank[JZ_BANK_NAME_MAX + 1], jz_err *err)
{
    jz_stmt *st = NULL;
    bool row = false;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_ENTRY_STATUS, &st, err));
    jz_stmt_bind_i64(st, 1, entry);
    jz_status status = jz_stmt_step(st, &row, err);
    if (status == JZ_OK && !row)
        status = JZ_FAIL(err, JZ_E_NOTFOUND, "there is no entry %" PRId64, entry);
    if (status == JZ_OK)
        *out = (jz_entry_status)jz_stmt_i64(st, 0);
    if (status == JZ_OK)
        (void)snprintf(bank, JZ_BANK_NAME_MAX + 1, "%s", jz_stmt_text(st, 1));
    jz_stmt_reset(st);
    return status;
}

jz_status jz_bank_of_entry(jz_banks *b, int64_t entry, char bank[JZ_BANK_NAME_MAX + 1], jz_err *err)
{
    jz_entry_status status = JZ_ENTRY_SEED;
    return entry_status(b, entry, &status, bank, err);
}

static jz_status update_entry(jz_banks *b, int64_t entry, jz_entry_status status, const char *note,
                              jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_ENTRY_UPDATE, &st, err));
    jz_stmt_bind_i64(st, 1, entry);
    jz_stmt_bind_i64(st, 2, (int64_t)status);
    jz_stmt_bind_text(st, 3, note);
    jz_stmt_bind_i64(st, 4, jz_now_us());
    return jz_stmt_run(st, err);
}

static jz_status record_status(jz_banks *b, int64_t entry, const char *bank,
                               const jz_entry_status status[2], const char *note, jz_err *err)
{
    char object[OBJECT];
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "bank", bank);
    jz_json_put_str(&j, "from", jz_entry_status_name(status[0]));
    jz_json_put_text(&j, "note", note);
    jz_json_put_str(&j, "to", jz_entry_status_name(status[1]));
    jz_json_end_object(&j);
    (void)snprintf(object, sizeof object, "entry:%" PRId64, entry);
    return jz_banks_record(b, object, "entry-status", &detail, err);
}

jz_status jz_bank_set_status(jz_banks *b, int64_t entry, jz_entry_status status, const char *note,
                             jz_err *err)
{
    jz_entry_status turn[2] = { status, status };
    char bank[JZ_BANK_NAME_MAX + 1];
    if ((unsigned)status > JZ_ENTRY_WITHDRAWN)
        return JZ_FAIL(err, JZ_E_INVAL, "no status of an entry: %d", (int)status);
    JZ_TRY(check_text("note", note, JZ_BANK_NOTE_MAX, err));
    JZ_TRY(begin(b, err));
    jz_status st = entry_status(b, entry, &turn[0], bank, err);
    if (st == JZ_OK)
        st = update_entry(b, entry, status, note, err);
    if (st == JZ_OK)
        st = record_status(b, entry, bank, turn, note, err);
    const bool turns = jz_entry_is_active(turn[0]) != jz_entry_is_active(status);
    if (st == JZ_OK && turns)
        st = stage(b, JZ_SQL_LOAD_ENTRY, entry, err);
    if (st == JZ_OK && turns && jz_entry_is_active(status)) {
        st = run_on(b, JZ_SQL_ENTRY_ENABLED, entry, err);
        b->made.enabled = jz_store_last_id(b->store);
    }
    return jz_entry_is_active(status) ? finish(b, st, err) : finish_removal(b, st, err);
}

static jz_status touch_bank(jz_banks *b, int64_t entry, jz_err *err)
{
    jz_stmt *st = NULL;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_BANK_TOUCH, &st, err));
    jz_stmt_bind_i64(st, 1, entry);
    jz_stmt_bind_i64(st, 2, jz_now_us());
    return jz_stmt_run(st, err);
}

static jz_status delete_entry(jz_banks *b, int64_t entry, jz_err *err)
{
    jz_entry_status status = JZ_ENTRY_SEED;
    char bank[JZ_BANK_NAME_MAX + 1], object[OBJECT];
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    JZ_TRY(entry_status(b, entry, &status, bank, err));
    if (jz_entry_is_active(status))
        JZ_TRY(stage(b, JZ_SQL_LOAD_ENTRY, entry, err));
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "bank", bank);
    JZ_TRY(jz_banks_put_deleted(b, JZ_SQL_SIGNALS, entry, &j, err));
    jz_json_put_str(&j, "status", jz_entry_status_name(status));
    jz_json_end_object(&j);
    JZ_TRY(touch_bank(b, entry, err));
    JZ_TRY(run_on(b, JZ_SQL_ENTRY_DELETE, entry, err));
    (void)snprintf(object, sizeof object, "entry:%" PRId64, entry);
    return jz_banks_record(b, object, "entry-removed", &detail, err);
}

jz_status jz_bank_delete_entry(jz_banks *b, int64_t entry, jz_err *err)
{
    JZ_TRY(begin(b, err));
    return finish_removal(b, delete_entry(b, entry, err), err);
}
