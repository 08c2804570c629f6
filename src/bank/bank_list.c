/* SPDX-License-Identifier: Apache-2.0 */
#include "bank/banks.h"

#include "base/alloc.h"

#include <string.h>

static jz_status tell_bank(jz_stmt *st, jz_bank_info_fn fn, void *user, jz_err *err)
{
    jz_bank_info info = {
        .name = jz_stmt_text(st, 0),
        .note = jz_stmt_text(st, 1),
        .created_us = jz_stmt_i64(st, 2),
        .updated_us = jz_stmt_i64(st, 3),
        .entries = jz_stmt_i64(st, 4),
        .active = jz_stmt_i64(st, 5),
        .signals = jz_stmt_i64(st, 6),
    };
    const int64_t last = jz_stmt_i64(st, 7); /* of its entries */
    if (last > info.updated_us)
        info.updated_us = last;
    return fn(user, &info, err);
}

jz_status jz_bank_list(jz_banks *b, jz_bank_info_fn fn, void *user, jz_err *err)
{
    jz_stmt *st = NULL;
    bool row = false;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_BANK_LIST, &st, err));
    jz_status status = jz_stmt_step(st, &row, err);
    while (status == JZ_OK && row) {
        status = tell_bank(st, fn, user, err);
        if (status == JZ_OK)
            status = jz_stmt_step(st, &row, err);
    }
    jz_stmt_reset(st);
    return status;
}

/* The signals of one entry after the other, in memory that is used again. */
struct signals {
    jz_signal *at;
    size_t n, size;
};

static jz_status read_signal(struct signals *s, jz_stmt *st, jz_err *err)
{
    jz_bytes digest = { 0 };
    jz_signal one = {
        .quality = jz_stmt_is_null(st, 2) ? -1 : (int)jz_stmt_i64(st, 2),
        .frame = jz_stmt_is_null(st, 3) ? -1 : jz_stmt_i64(st, 3),
        .seconds = jz_stmt_f64(st, 4),
    };
    JZ_TRY(jz_banks_digest(st, 0, &one.cls, &digest, err));
    memcpy(one.digest, digest.ptr, digest.len);
    jz_signal *at = jz_grow(s->at, s->n, &s->size, sizeof *at);
    if (at == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory for %zu signals", s->n + 1);
    s->at = at;
    s->at[s->n++] = one;
    return JZ_OK;
}

static jz_status read_signals(jz_banks *b, struct signals *s, int64_t entry, jz_err *err)
{
    jz_stmt *st = NULL;
    bool row = false;
    s->n = 0;
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_SIGNALS, &st, err));
    jz_stmt_bind_i64(st, 1, entry);
    jz_status status = jz_stmt_step(st, &row, err);
    while (status == JZ_OK && row) {
        status = read_signal(s, st, err);
        if (status == JZ_OK)
            status = jz_stmt_step(st, &row, err);
    }
    jz_stmt_reset(st);
    return status;
}

static jz_status tell_entry(jz_stmt *st, const char *bank, const struct signals *s, jz_entry_fn fn,
                            void *user, jz_err *err)
{
    const jz_entry_info info = {
        .id = jz_stmt_i64(st, 0),
        .bank = bank,
        .meta = { .status = (jz_entry_status)jz_stmt_i64(st, 1),
                  .source = jz_stmt_text(st, 2),
                  .category = jz_stmt_text(st, 3),
                  .note = jz_stmt_text(st, 4) },
        .created_us = jz_stmt_i64(st, 5),
        .updated_us = jz_stmt_i64(st, 6),
        .signals = s->at,
        .n = s->n,
    };
    return fn(user, &info, err);
}

jz_status jz_bank_each(jz_banks *b, const char *bank, jz_entry_fn fn, void *user, jz_err *err)
{
    jz_stmt *st = NULL;
    int64_t id = 0;
    bool row = false;
    struct signals signals = { 0 };
    JZ_TRY(jz_banks_find(b, bank, &id, err));
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_ENTRY_EACH, &st, err));
    jz_stmt_bind_i64(st, 1, id);
    jz_status status = jz_stmt_step(st, &row, err);
    while (status == JZ_OK && row) {
        status = read_signals(b, &signals, jz_stmt_i64(st, 0), err);
        if (status == JZ_OK)
            status = tell_entry(st, bank, &signals, fn, user, err);
        if (status == JZ_OK)
            status = jz_stmt_step(st, &row, err);
    }
    jz_stmt_reset(st);
    jz_free(signals.at);
    return status;
}

jz_status jz_bank_entry(jz_banks *b, int64_t entry, jz_entry_fn fn, void *user, jz_err *err)
{
    jz_stmt *st = NULL;
    bool row = false;
    struct signals signals = { 0 };
    JZ_TRY(jz_banks_stmt(b, JZ_SQL_ENTRY_ONE, &st, err));
    jz_stmt_bind_i64(st, 1, entry);
    jz_status status = jz_stmt_step(st, &row, err);
    if (status == JZ_OK && !row)
        status = JZ_FAIL(err, JZ_E_NOTFOUND, "there is no entry %lld", (long long)entry);
    if (status == JZ_OK)
        status = read_signals(b, &signals, entry, err);
    if (status == JZ_OK)
        status = tell_entry(st, jz_stmt_text(st, 7), &signals, fn, user, err);
    jz_stmt_reset(st);
    jz_free(signals.at);
    return status;
}
