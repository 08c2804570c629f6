/* SPDX-License-Identifier: Apache-2.0 */
/* Complaints of one matter are decided once. The one that came first leads; each keeps its own case
 * number, clocks and status. */
#include "govern/complaints.h"

#include <string.h>

/* Items of ?1 that ?2 has not: neither the same bytes nor the same address. */
#define NOT_IN                                                                                     \
    "SELECT COUNT(*) FROM complaint_item m WHERE m.complaint_id = ?1 AND NOT EXISTS"               \
    " (SELECT 1 FROM complaint_item l WHERE l.complaint_id = ?2"                                   \
    " AND (l.sha256 = m.sha256 OR l.url = m.url))"

static jz_status covers(jz_govern *g, int64_t row, int64_t lead, bool *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store, NOT_IN, &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, lead);
    JZ_TRY(jz_stmt_step(st, &there, err));
    *out = there && jz_stmt_i64(st, 0) == 0;
    return JZ_OK;
}

#define CANDIDATES 16

/* Those that lead, are open, and share an item; *n of them. The plus signs keep the planner from
 * reading all open ones instead of those few. */
static jz_status find_candidates(jz_govern *g, const jz_complaint_row *c, int64_t out[CANDIDATES],
                                 size_t *n, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id FROM complaint WHERE id IN (SELECT i.complaint_id"
                       " FROM complaint_item m JOIN complaint_item i ON i.sha256 = m.sha256"
                       " WHERE m.complaint_id = ?1 UNION SELECT i.complaint_id"
                       " FROM complaint_item m JOIN complaint_item i ON i.url = m.url"
                       " WHERE m.complaint_id = ?1) AND id < ?1 AND +state = ?2"
                       " AND category = ?3 AND +folded_into IS NULL ORDER BY id LIMIT ?4",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c->row);
    jz_stmt_bind_i64(st, 2, JZ_COMPLAINT_OPEN);
    jz_stmt_bind_i64(st, 3, c->category);
    jz_stmt_bind_i64(st, 4, CANDIDATES);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (*n = 0; there && *n < CANDIDATES; ++*n) {
        out[*n] = jz_stmt_i64(st, 0);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    return JZ_OK;
}

static jz_status find_lead(jz_govern *g, const jz_complaint_row *c, int64_t *lead, jz_err *err)
{
    int64_t row[CANDIDATES];
    size_t n = 0;
    *lead = 0;
    JZ_TRY(find_candidates(g, c, row, &n, err));
    for (size_t i = 0; i < n && *lead == 0; i++) {
        bool all = false;
        JZ_TRY(covers(g, c->row, row[i], &all, err));
        *lead = all ? row[i] : 0;
    }
    return JZ_OK;
}

static jz_status record_fold(jz_govern *g, const jz_complaint_row *c, int64_t lead, const char *by,
                             jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_complaint_row l = { 0 };
    if (lead != 0)
        JZ_TRY(jz_complaint_load_row(g, lead, &l, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "into", l.id);
    jz_json_end_object(&j);
    return jz_govern_record(g, c->id, by, lead != 0 ? "folded" : "unfolded", &detail, err);
}

/* How many are folded into it. */
static jz_status count_folded(jz_govern *g, int64_t row, size_t *n, jz_err *err)
{
    int64_t folded[JZ_FOLDED_BATCH];
    return jz_complaint_folded(g, row, 0, folded, n, err);
}

jz_status jz_complaint_fold(jz_govern *g, jz_complaint_row *c, const char *by, jz_err *err)
{
    const int64_t before = c->folded_into;
    int64_t lead = 0;
    size_t followers = 0;
    JZ_TRY(count_folded(g, c->row, &followers, err));
    if (followers > 0) /* it leads: what was added only makes it larger */
        return JZ_OK;
    JZ_TRY(find_lead(g, c, &lead, err));
    if (lead == before)
        return JZ_OK;
    c->folded_into = lead;
    JZ_TRY(jz_complaint_save(g, c, err));
    JZ_TRY(record_fold(g, c, lead, by, err));
    if (before != 0)
        JZ_TRY(jz_complaint_refresh(g, before, err));
    return lead != 0 ? jz_complaint_join(g, lead, c->row, err)
                     : jz_complaint_refresh(g, c->row, err);
}

jz_status jz_complaint_folded(jz_govern *g, int64_t row, int64_t after,
                              int64_t out[JZ_FOLDED_BATCH], size_t *n, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    size_t k = 0;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id FROM complaint WHERE folded_into = ?1 AND id > ?2"
                       " ORDER BY id LIMIT ?3",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, after);
    jz_stmt_bind_i64(st, 3, JZ_FOLDED_BATCH);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (; there && k < JZ_FOLDED_BATCH; k++) {
        out[k] = jz_stmt_i64(st, 0);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    *n = k;
    return JZ_OK;
}

/* Each anew: what led before had all of their items, but the first of them need not. */
static jz_status refold(jz_govern *g, const int64_t *row, size_t n, const char *by, jz_err *err)
{
    for (size_t i = 0; i < n; i++) {
        jz_complaint_row c;
        JZ_TRY(jz_complaint_load_row(g, row[i], &c, err));
        JZ_TRY(jz_complaint_fold(g, &c, by, err));
        if (c.folded_into == 0)
            JZ_TRY(jz_complaint_refresh(g, c.row, err));
    }
    return JZ_OK;
}

jz_status jz_complaint_leave(jz_govern *g, int64_t row, const char *by, jz_err *err)
{
    int64_t folded[JZ_FOLDED_BATCH];
    size_t n = JZ_FOLDED_BATCH;
    while (n == JZ_FOLDED_BATCH) {
        JZ_TRY(jz_complaint_folded(g, row, 0, folded, &n, err));
        for (size_t i = 0; i < n; i++) {
            jz_complaint_row c;
            JZ_TRY(jz_complaint_load_row(g, folded[i], &c, err));
            c.folded_into = 0;
            JZ_TRY(jz_complaint_save(g, &c, err));
        }
        JZ_TRY(refold(g, folded, n, by, err));
    }
    return JZ_OK;
}
