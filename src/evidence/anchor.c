/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/anchor.h"

#include <string.h>

#define BATCH 256

typedef struct batch {
    int64_t row[BATCH];
    jz_leaf leaf[BATCH];
    size_t n;
} batch;

static jz_status read_batch(const jz_anchor *a, jz_stmt *next, batch *b, jz_err *err)
{
    bool row = false;
    b->n = 0;
    jz_stmt_bind_i64(next, 1, BATCH);
    JZ_TRY(jz_stmt_step(next, &row, err));
    while (row && b->n < BATCH) {
        JZ_TRY(a->read(next, &b->row[b->n], &b->leaf[b->n], err));
        b->n++;
        JZ_TRY(jz_stmt_step(next, &row, err));
    }
    jz_stmt_reset(next);
    return JZ_OK;
}

/* The leaf of the same object before: in this batch, whose first one gets the index first, or the
 * last one that was kept. */
static jz_status find_prev(batch *b, size_t i, uint64_t first, jz_stmt *last, jz_err *err)
{
    bool row = false;
    b->leaf[i].prev = JZ_LEAF_NO_PREV;
    for (size_t k = i; k > 0; k--) {
        if (strcmp(b->leaf[k - 1].object, b->leaf[i].object) == 0) {
            b->leaf[i].prev = first + k - 1;
            return JZ_OK;
        }
    }
    jz_stmt_bind_text(last, 1, b->leaf[i].object);
    JZ_TRY(jz_stmt_step(last, &row, err));
    if (row && !jz_stmt_is_null(last, 0))
        b->leaf[i].prev = (uint64_t)jz_stmt_i64(last, 0);
    jz_stmt_reset(last);
    return JZ_OK;
}

static jz_status append(batch *b, jz_log *log, jz_stmt *last, uint64_t *first, jz_err *err)
{
    char text[BATCH][JZ_LEAF_TEXT];
    jz_bytes leaves[BATCH];
    jz_checkpoint head;
    jz_log_head(log, &head);
    for (size_t i = 0; i < b->n; i++) {
        JZ_TRY(find_prev(b, i, head.size, last, err));
        leaves[i].ptr = (const uint8_t *)text[i];
        JZ_TRY(jz_leaf_write(&b->leaf[i], text[i], &leaves[i].len, err));
    }
    return jz_log_append(log, leaves, b->n, first, err);
}

static jz_status keep_indexes(const batch *b, uint64_t first, jz_stmt *keep, jz_err *err)
{
    for (size_t i = 0; i < b->n; i++) {
        jz_stmt_bind_i64(keep, 1, b->row[i]);
        jz_stmt_bind_i64(keep, 2, (int64_t)(first + i));
        JZ_TRY(jz_stmt_run(keep, err));
    }
    return JZ_OK;
}

static jz_status commit_indexes(jz_store *store, const batch *b, uint64_t first, jz_stmt *keep,
                                jz_err *err)
{
    JZ_TRY(jz_store_begin(store, err));
    jz_status st = keep_indexes(b, first, keep, err);
    if (st == JZ_OK)
        st = jz_store_commit(store, err);
    if (st != JZ_OK)
        jz_store_rollback(store);
    return st;
}

jz_status jz_anchor_run(jz_store *store, const jz_anchor *a, jz_log *log, uint64_t *n, jz_err *err)
{
    jz_auto(jz_stmt) *next = NULL;
    jz_auto(jz_stmt) *last = NULL;
    jz_auto(jz_stmt) *keep = NULL;
    batch b = { .n = BATCH };
    *n = 0;
    JZ_TRY(jz_stmt_new(store, a->next, &next, err));
    JZ_TRY(jz_stmt_new(store, a->last, &last, err));
    JZ_TRY(jz_stmt_new(store, a->keep, &keep, err));
    while (b.n == BATCH) {
        uint64_t first;
        JZ_TRY(read_batch(a, next, &b, err));
        if (b.n == 0)
            return JZ_OK;
        JZ_TRY(append(&b, log, last, &first, err));
        JZ_TRY(commit_indexes(store, &b, first, keep, err));
        *n += b.n;
    }
    return JZ_OK;
}
