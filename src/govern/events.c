/* SPDX-License-Identifier: Apache-2.0 */
/* The record of what was done, and from there to the ledger. */
#include "govern/governs.h"

#include "bank/bank_change.h"
#include "base/hex.h"
#include "evidence/anchor.h"
#include "ledger/ed25519.h"

#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

static jz_status insert(jz_govern *g, const jz_bank_change *c, jz_err *err)
{
    jz_stmt *st = NULL;
    uint8_t salt[JZ_GOVERN_SALT];
    JZ_TRY(jz_random(salt, sizeof salt, err));
    JZ_TRY(jz_govern_stmt(g, JZ_SQL_EVENT, &st, err));
    jz_stmt_bind_text(st, 1, c->object);
    jz_stmt_bind_i64(st, 2, c->at_us);
    jz_stmt_bind_text(st, 3, c->by);
    jz_stmt_bind_text(st, 4, c->kind);
    jz_stmt_bind_text(st, 5, c->detail);
    jz_stmt_bind_blob(st, 6, salt, sizeof salt);
    return jz_stmt_run(st, err);
}

jz_status jz_govern_record(jz_govern *g, const char *object, const char *by, const char *kind,
                           const jz_buf *detail, jz_err *err)
{
    JZ_TRY(jz_buf_check(detail, err));
    JZ_TRY(jz_govern_text("name of who does this", by, JZ_GOVERN_NAME_MAX, true, err));
    const jz_bank_change c = { .at_us = jz_govern_now_us(g),
                               .by = by,
                               .object = object,
                               .kind = kind,
                               .detail = detail->ptr };
    return insert(g, &c, err);
}

static jz_status take_change(void *user, const jz_bank_change *c, jz_err *err)
{
    return insert(user, c, err);
}

jz_status jz_govern_event_row(jz_stmt *st, jz_govern_event *out, jz_err *err)
{
    const jz_bytes salt = jz_stmt_blob(st, 5);
    *out = (jz_govern_event){ .at_us = jz_stmt_i64(st, 0),
                              .by = jz_stmt_text(st, 1),
                              .object = jz_stmt_text(st, 2),
                              .kind = jz_stmt_text(st, 3),
                              .detail = jz_stmt_text(st, 4),
                              .leaf = jz_stmt_is_null(st, 6) ? -1 : jz_stmt_i64(st, 6) };
    if (salt.len != sizeof out->salt)
        return JZ_FAIL(err, JZ_E_CORRUPT, "an event holds a salt of %zu bytes", salt.len);
    memcpy(out->salt, salt.ptr, sizeof out->salt);
    return JZ_OK;
}

void jz_govern_event_text(const jz_govern_event *e, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "at_us", e->at_us);
    jz_json_put_text(&j, "by", e->by);
    jz_json_key(&j, "detail");
    jz_json_raw(&j, e->detail, strlen(e->detail));
    jz_json_put_text(&j, "kind", e->kind);
    jz_json_put_text(&j, "object", e->object);
    jz_json_put_hex(&j, "salt", e->salt, sizeof e->salt);
    jz_json_end_object(&j);
}

typedef struct event_lister {
    jz_govern_event_fn fn;
    void *user;
} event_lister;

static jz_status tell_event(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const event_lister *l = user;
    jz_govern_event e;
    (void)g;
    JZ_TRY(jz_govern_event_row(st, &e, err));
    return l->fn(l->user, &e, err);
}

jz_status jz_govern_events(jz_govern *g, const char *object, jz_govern_event_fn fn, void *user,
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    event_lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT " JZ_GOVERN_EVENT_COLUMNS " FROM govern_event WHERE object = ?1"
                       " ORDER BY id",
                       &st, err));
    jz_stmt_bind_text(st, 1, object);
    return jz_govern_each(g, st, tell_event, &l, err);
}

/* ---- to the ledger ---- */

/* Providers and subjects of filings have names that a leaf cannot hold, and should not: their
 * object is the hash of the event, which says nothing. */
static void name_object(const char *object, const uint8_t sha256[32], jz_leaf *leaf)
{
    static const char plain[] = "0123456789abcdef";
    const size_t len = strlen(object);
    if (len >= 32 && len <= 64 && strspn(object, plain) == len)
        (void)snprintf(leaf->object, sizeof leaf->object, "%s", object);
    else
        jz_hex_encode(sha256, 32, leaf->object);
}

static jz_status read_event(jz_stmt *st, int64_t *row, jz_leaf *out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_govern_event e;
    JZ_TRY(jz_govern_event_row(st, &e, err));
    *row = jz_stmt_i64(st, 7);
    *out = (jz_leaf){ .kind = JZ_LEAF_GOVERNED, .time = (uint64_t)(e.at_us / 1000000) };
    jz_govern_event_text(&e, &text);
    JZ_TRY(jz_buf_check(&text, err));
    jz_sha256(text.ptr, text.len, out->sha256);
    name_object(e.object, out->sha256, out);
    return JZ_OK;
}

jz_status jz_govern_anchor(jz_govern *g, jz_log *log, uint64_t *n, jz_err *err)
{
    static const jz_anchor events = {
        .next = "SELECT " JZ_GOVERN_EVENT_COLUMNS ", id FROM govern_event"
                " WHERE leaf IS NULL ORDER BY id LIMIT ?1",
        .last = "SELECT MAX(leaf) FROM govern_event WHERE object = ?1",
        .keep = "UPDATE govern_event SET leaf = ?2 WHERE id = ?1",
        .read = read_event,
    };
    JZ_TRY(jz_bank_changes_take(g->store, jz_govern_now_us(g), take_change, g, err));
    return jz_anchor_run(g->store, &events, log, n, err);
}
