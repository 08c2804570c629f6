/* SPDX-License-Identifier: Apache-2.0 */
/* The record of what was done, and from there to the ledger. A leaf holds nothing but the hash of
 * an event's text; leaves of one object are chained. */
#include "govern/governs.h"

#include "ledger/ed25519.h"

#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

#define BATCH 256

jz_status jz_govern_record(jz_govern *g, const char *object, const char *by, const char *kind,
                           const jz_buf *detail, jz_err *err)
{
    jz_stmt *st = NULL;
    uint8_t salt[JZ_GOVERN_SALT];
    JZ_TRY(jz_buf_check(detail, err));
    JZ_TRY(jz_govern_text("name of who does this", by, JZ_GOVERN_NAME_MAX, true, err));
    JZ_TRY(jz_random(salt, sizeof salt, err));
    JZ_TRY(jz_govern_stmt(g, JZ_SQL_EVENT, &st, err));
    jz_stmt_bind_text(st, 1, object);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    jz_stmt_bind_text(st, 3, by);
    jz_stmt_bind_text(st, 4, kind);
    jz_stmt_bind_text(st, 5, detail->ptr);
    jz_stmt_bind_blob(st, 6, salt, sizeof salt);
    return jz_stmt_run(st, err);
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
    jz_put_i64(&j, "at_us", e->at_us);
    jz_put_text(&j, "by", e->by);
    jz_json_key(&j, "detail");
    jz_json_raw(&j, e->detail, strlen(e->detail));
    jz_put_text(&j, "kind", e->kind);
    jz_put_text(&j, "object", e->object);
    jz_put_hex(&j, "salt", e->salt, sizeof e->salt);
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

typedef struct anchorer {
    int64_t row[BATCH];
    jz_leaf leaf[BATCH];
    size_t n;
} anchorer;

/* Providers and subjects of filings have names that a leaf cannot hold, and should not: their
 * object is the hash of the event, which says nothing. */
static void name_object(const char *object, const uint8_t sha256[32], jz_leaf *leaf)
{
    static const char plain[] = "0123456789abcdef";
    const size_t len = strlen(object);
    if (len >= 32 && len <= 64 && strspn(object, plain) == len) {
        (void)snprintf(leaf->object, sizeof leaf->object, "%s", object);
        return;
    }
    for (size_t i = 0; i < 32; i++) {
        leaf->object[2 * i] = plain[sha256[i] >> 4];
        leaf->object[2 * i + 1] = plain[sha256[i] & 15];
    }
    leaf->object[64] = '\0';
}

static jz_status take_event(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    anchorer *a = user;
    JZ_BUF_AUTO text = { 0 };
    jz_govern_event e;
    (void)g;
    JZ_TRY(jz_govern_event_row(st, &e, err));
    jz_leaf *leaf = &a->leaf[a->n];
    *leaf = (jz_leaf){ .kind = JZ_LEAF_GOVERNED,
                       .time = (uint64_t)(e.at_us / 1000000),
                       .prev = JZ_LEAF_NO_PREV };
    jz_govern_event_text(&e, &text);
    JZ_TRY(jz_buf_check(&text, err));
    jz_sha256(text.ptr, text.len, leaf->sha256);
    name_object(e.object, leaf->sha256, leaf);
    a->row[a->n++] = jz_stmt_i64(st, 7);
    return JZ_OK;
}

static jz_status read_batch(jz_govern *g, anchorer *a, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    a->n = 0;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT " JZ_GOVERN_EVENT_COLUMNS ", id FROM govern_event"
                       " WHERE leaf IS NULL ORDER BY id LIMIT ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, BATCH);
    return jz_govern_each(g, st, take_event, a, err);
}

/* The leaf of the same object before: in this batch, or the last one that was kept. */
static jz_status find_prev(anchorer *a, size_t i, uint64_t first, jz_stmt *last, jz_err *err)
{
    bool row = false;
    for (size_t k = i; k > 0; k--) {
        if (strcmp(a->leaf[k - 1].object, a->leaf[i].object) == 0) {
            a->leaf[i].prev = first + k - 1;
            return JZ_OK;
        }
    }
    jz_stmt_reset(last);
    jz_stmt_bind_text(last, 1, a->leaf[i].object);
    JZ_TRY(jz_stmt_step(last, &row, err));
    if (row && !jz_stmt_is_null(last, 0))
        a->leaf[i].prev = (uint64_t)jz_stmt_i64(last, 0);
    jz_stmt_reset(last);
    return JZ_OK;
}

static jz_status find_prevs(jz_govern *g, anchorer *a, uint64_t first, jz_err *err)
{
    jz_auto(jz_stmt) *last = NULL;
    JZ_TRY(
        jz_stmt_new(g->store, "SELECT MAX(leaf) FROM govern_event WHERE object = ?1", &last, err));
    for (size_t i = 0; i < a->n; i++)
        JZ_TRY(find_prev(a, i, first, last, err));
    return JZ_OK;
}

static jz_status append(const anchorer *a, jz_log *log, uint64_t *first, jz_err *err)
{
    char text[BATCH][JZ_LEAF_TEXT];
    jz_bytes leaves[BATCH];
    for (size_t i = 0; i < a->n; i++) {
        leaves[i].ptr = (const uint8_t *)text[i];
        JZ_TRY(jz_leaf_write(&a->leaf[i], text[i], &leaves[i].len, err));
    }
    return jz_log_append(log, leaves, a->n, first, err);
}

static jz_status keep_indexes(jz_govern *g, const anchorer *a, uint64_t first, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "UPDATE govern_event SET leaf = ?2 WHERE id = ?1", &st, err));
    for (size_t i = 0; i < a->n; i++) {
        jz_stmt_bind_i64(st, 1, a->row[i]);
        jz_stmt_bind_i64(st, 2, (int64_t)(first + i));
        JZ_TRY(jz_stmt_run(st, err));
    }
    return JZ_OK;
}

jz_status jz_govern_anchor(jz_govern *g, jz_log *log, uint64_t *n, jz_err *err)
{
    anchorer a = { .n = BATCH };
    *n = 0;
    while (a.n == BATCH) {
        jz_checkpoint head;
        uint64_t first;
        JZ_TRY(read_batch(g, &a, err));
        if (a.n == 0)
            return JZ_OK;
        jz_log_head(log, &head);
        JZ_TRY(find_prevs(g, &a, head.size, err));
        JZ_TRY(append(&a, log, &first, err));
        JZ_TRY(jz_store_begin(g->store, err));
        JZ_TRY(jz_govern_end(g, keep_indexes(g, &a, first, err), err));
        *n += a.n;
    }
    return JZ_OK;
}
