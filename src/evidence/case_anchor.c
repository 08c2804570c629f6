/* SPDX-License-Identifier: Apache-2.0 */
/* From the record of cases to the ledger. A leaf holds nothing but the hash of an event's text,
 * which has a random salt in it: the log can be shown to everyone, and the event can be erased
 * while the log stays whole. Leaves of one case are chained by its random id. */
#include <jz/sealing.h>

#include "evidence/cases.h"

#include <stdio.h>
#include <string.h>

#define BATCH 256

static const struct {
    const char *event;
    jz_leaf_kind leaf;
} kinds[] = {
    { "accessed", JZ_LEAF_ACCESSED },   { "held", JZ_LEAF_HELD },
    { "released", JZ_LEAF_RELEASED },   { "transferred", JZ_LEAF_TRANSFERRED },
    { "scanned", JZ_LEAF_AUDIT_BATCH }, { "exported", JZ_LEAF_EXPORTED },
    { "resealed", JZ_LEAF_RESEAL },     { "destroyed", JZ_LEAF_DESTROYED },
};

typedef struct anchorer {
    int64_t event[BATCH]; /* rows */
    jz_leaf leaf[BATCH];
    int64_t case_row[BATCH];
    size_t n;
} anchorer;

static jz_status take_event(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    anchorer *a = user;
    JZ_BUF_AUTO text = { 0 };
    jz_case_event e;
    (void)c;
    JZ_TRY(jz_case_event_row(st, &e, err));
    const char *id = jz_stmt_text(st, 7);
    jz_leaf *leaf = &a->leaf[a->n];
    *leaf = (jz_leaf){ .time = (uint64_t)(e.at_us / 1000000), .prev = JZ_LEAF_NO_PREV };
    for (size_t i = 0; i < JZ_ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].event, e.kind) == 0)
            leaf->kind = kinds[i].leaf;
    (void)snprintf(leaf->object, sizeof leaf->object, "%s", id);
    jz_case_event_text(id, &e, &text);
    JZ_TRY(jz_buf_check(&text, err));
    jz_sha256(text.ptr, text.len, leaf->sha256);
    a->event[a->n] = jz_stmt_i64(st, 6);
    a->case_row[a->n++] = jz_stmt_i64(st, 8);
    return JZ_OK;
}

static jz_status read_batch(jz_cases *c, anchorer *a, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    a->n = 0;
    JZ_TRY(
        jz_stmt_new(c->store,
                    "SELECT e.at_us, e.done_by, e.kind, e.detail, e.salt, e.leaf, e.id, f.handle,"
                    " e.case_id FROM case_event e JOIN case_file f ON f.id = e.case_id"
                    " WHERE e.leaf IS NULL AND e.kind IN"
                    " ('accessed', 'held', 'released', 'transferred', 'scanned',"
                    " 'exported', 'resealed', 'destroyed')"
                    " ORDER BY e.id LIMIT ?1",
                    &st, err));
    jz_stmt_bind_i64(st, 1, BATCH);
    return jz_case_each(c, st, take_event, a, err);
}

/* The leaf of the same case before: in this batch, or the last one that was kept. */
static jz_status find_prev(jz_cases *c, anchorer *a, size_t i, uint64_t first, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    for (size_t k = i; k > 0; k--) {
        if (a->case_row[k - 1] == a->case_row[i]) {
            a->leaf[i].prev = first + k - 1;
            return JZ_OK;
        }
    }
    JZ_TRY(jz_stmt_new(c->store, "SELECT MAX(leaf) FROM case_event WHERE case_id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, a->case_row[i]);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (row && !jz_stmt_is_null(st, 0))
        a->leaf[i].prev = (uint64_t)jz_stmt_i64(st, 0);
    return JZ_OK;
}

static jz_status append(anchorer *a, jz_log *log, uint64_t *first, jz_err *err)
{
    char text[BATCH][JZ_LEAF_TEXT];
    jz_bytes leaves[BATCH];
    for (size_t i = 0; i < a->n; i++) {
        leaves[i].ptr = (const uint8_t *)text[i];
        JZ_TRY(jz_leaf_write(&a->leaf[i], text[i], &leaves[i].len, err));
    }
    return jz_log_append(log, leaves, a->n, first, err);
}

static jz_status keep_indexes(jz_cases *c, const anchorer *a, uint64_t first, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(c->store, "UPDATE case_event SET leaf = ?2 WHERE id = ?1", &st, err));
    for (size_t i = 0; i < a->n; i++) {
        jz_stmt_bind_i64(st, 1, a->event[i]);
        jz_stmt_bind_i64(st, 2, (int64_t)(first + i));
        JZ_TRY(jz_stmt_run(st, err));
    }
    return JZ_OK;
}

jz_status jz_case_anchor(jz_cases *c, jz_log *log, uint64_t *n, jz_err *err)
{
    anchorer a = { .n = BATCH };
    *n = 0;
    while (a.n == BATCH) {
        jz_checkpoint head;
        uint64_t first;
        JZ_TRY(read_batch(c, &a, err));
        if (a.n == 0)
            return JZ_OK;
        jz_log_head(log, &head);
        for (size_t i = 0; i < a.n; i++)
            JZ_TRY(find_prev(c, &a, i, head.size, err));
        JZ_TRY(append(&a, log, &first, err));
        JZ_TRY(jz_store_begin(c->store, err));
        JZ_TRY(jz_case_end(c, keep_indexes(c, &a, first, err), err));
        *n += a.n;
    }
    return JZ_OK;
}
