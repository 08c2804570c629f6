/* SPDX-License-Identifier: Apache-2.0 */
/* What became of repeats: whoever decided a golden item is told, differences are settled, agreement
 * is counted. */
#include "govern/quality.h"

#include "base/alloc.h"
#include "govern/complaints.h"
#include "govern/measures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LIMIT "100"

/* ---- telling ---- */

typedef struct lister {
    jz_answer_fn fn;
    void *user;
} lister;

#define ANSWER                                                                                     \
    "SELECT p.id, p.handle, c.handle, p.not_for, p.done_by, p.known_violation, p.known_policy,"    \
    " p.said_violation, p.said_policy, p.settled_violation, p.settled_policy, p.done_us,"          \
    " p.settled_us FROM quality_repeat p JOIN complaint c ON c.id = p.complaint_id WHERE "

static jz_status tell(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    jz_answer a = { .number = jz_stmt_i64(st, 0),
                    .repeat = jz_stmt_text(st, 1),
                    .complaint = jz_stmt_text(st, 2),
                    .first_by = jz_stmt_text(st, 3),
                    .by = jz_stmt_text(st, 4),
                    .at_us = jz_stmt_i64(st, 11),
                    .settled_us = jz_stmt_i64(st, 12) };
    (void)g;
    jz_ruling_take(st, 5, &a.known);
    jz_ruling_take(st, 7, &a.said);
    jz_ruling_take(st, 9, &a.settled);
    return l->fn(l->user, &a, err);
}

jz_status jz_quality_told(jz_govern *g, const char *by, jz_answer_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store,
                       ANSWER "p.kind = 1 AND p.done_us > 0 AND p.done_by = ?1"
                              " ORDER BY p.done_us DESC, p.id DESC LIMIT " LIMIT,
                       &st, err));
    jz_stmt_bind_text(st, 1, by);
    return jz_govern_each(g, st, tell, &l, err);
}

#define DISPUTED "p.kind = 2 AND p.done_us > 0 AND p.same = 0 AND p.settled_us = 0"

jz_status jz_quality_disputes(jz_govern *g, jz_answer_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    JZ_TRY(
        jz_stmt_new(g->store, ANSWER DISPUTED " ORDER BY p.done_us, p.id LIMIT " LIMIT, &st, err));
    return jz_govern_each(g, st, tell, &l, err);
}

/* ---- settling ---- */

typedef struct dispute {
    char repeat[JZ_COMPLAINT_ID_SIZE], complaint[JZ_COMPLAINT_ID_SIZE];
    int64_t complaint_row;
    jz_ruling first;
} dispute;

static jz_status load_dispute(jz_govern *g, int64_t number, const char *by, dispute *out,
                              jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT p.handle, c.handle, c.id, p.known_violation, p.known_policy,"
                       " p.not_for, p.done_by FROM quality_repeat p JOIN complaint c"
                       " ON c.id = p.complaint_id WHERE p.id = ?1 AND " DISPUTED,
                       &st, err));
    jz_stmt_bind_i64(st, 1, number);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such dispute");
    if (strcmp(jz_stmt_text(st, 5), by) == 0 || strcmp(jz_stmt_text(st, 6), by) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "neither of the two settles it");
    (void)snprintf(out->repeat, sizeof out->repeat, "%s", jz_stmt_text(st, 0));
    (void)snprintf(out->complaint, sizeof out->complaint, "%s", jz_stmt_text(st, 1));
    out->complaint_row = jz_stmt_i64(st, 2);
    jz_ruling_take(st, 3, &out->first);
    return JZ_OK;
}

/* The decisions that were taken for the complaint and were not appealed are as if they were. */
static jz_status appeal_decisions(jz_govern *g, int64_t complaint, const char *reason,
                                  const char *by, bool *again, jz_err *err)
{
    char id[JZ_DECISION_MEASURES][JZ_DECISION_ID_SIZE];
    jz_auto(jz_stmt) *st = NULL;
    size_t n = 0;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT handle FROM decision WHERE complaint_id = ?1 AND appeal = ?2"
                       " ORDER BY id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, complaint);
    jz_stmt_bind_i64(st, 2, JZ_APPEAL_NONE);
    JZ_TRY(jz_stmt_step(st, &row, err));
    for (; row && n < JZ_ARRAY_LEN(id); n++) {
        (void)snprintf(id[n], sizeof id[n], "%s", jz_stmt_text(st, 0));
        JZ_TRY(jz_stmt_step(st, &row, err));
    }
    jz_stmt_reset(st);
    for (size_t i = 0; i < n; i++)
        JZ_TRY(jz_decision_appeal_in(g, id[i], reason, by, err));
    *again = n > 0;
    return JZ_OK;
}

static jz_status reopen(jz_govern *g, const dispute *d, const char *reason, const char *by,
                        bool *again, jz_err *err)
{
    const jz_complaint_deed deed = {
        .act = JZ_COMPLAINT_APPEAL, .by = by, .reason = reason, .ours = true
    };
    jz_complaint_row c;
    if (d->first.violation)
        return appeal_decisions(g, d->complaint_row, reason, by, again, err);
    JZ_TRY(jz_complaint_load(g, d->complaint, &c, err));
    if (c.life.state != JZ_COMPLAINT_REJECTED)
        return JZ_OK; /* it has been appealed, or withdrawn, meanwhile */
    *again = true;
    return jz_complaint_do_in(g, d->complaint, &deed, err);
}

static jz_status keep_settled(jz_govern *g, int64_t number, const jz_ruling *v, const char *by,
                              jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE quality_repeat SET settled_us = ?2, settled_by = ?3,"
                       " settled_violation = ?4, settled_policy = ?5 WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, number);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    jz_stmt_bind_text(st, 3, by);
    jz_stmt_bind_i64(st, 4, v->violation);
    jz_stmt_bind_text(st, 5, v->policy);
    return jz_stmt_run(st, err);
}

static jz_status settle_in(jz_govern *g, int64_t number, const jz_ruling *v, const char *reason,
                           const char *by, bool *again, jz_err *err)
{
    dispute d;
    JZ_TRY(load_dispute(g, number, by, &d, err));
    JZ_TRY(keep_settled(g, number, v, by, err));
    if (v->violation != d.first.violation)
        JZ_TRY(reopen(g, &d, reason, by, again, err));
    return jz_quality_record(g, d.repeat, "second-settled", d.complaint, v, reason, by, err);
}

jz_status jz_quality_settle(jz_govern *g, int64_t number, const jz_ruling *v, const char *reason,
                            const char *by, bool *again, jz_err *err)
{
    bool reopened = false;
    JZ_TRY(jz_govern_text("reason", reason, JZ_GOVERN_TEXT_MAX - 1, true, err));
    JZ_TRY(jz_govern_text("policy's clause", v->policy, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, settle_in(g, number, v, reason, by, &reopened, err), err));
    *again = reopened;
    return JZ_OK;
}

/* ---- agreement ---- */

#define CHI2_95 3.841458820694124 /* of one degree of freedom */

/* How badly kappa fits what was counted, n units of which a share of readings is yes. */
static double misfit(const jz_agreement *a, double share, double kappa)
{
    const double n = (double)(a->both + a->split + a->neither);
    const double spread = share * (1 - share);
    const double want[] = { share * share + kappa * spread, 2 * spread * (1 - kappa),
                            (1 - share) * (1 - share) + kappa * spread };
    const double seen[] = { (double)a->both, (double)a->split, (double)a->neither };
    double sum = 0;
    for (size_t i = 0; i < JZ_ARRAY_LEN(want); i++) {
        const double expected = n * want[i], off = seen[i] - expected;
        if (expected > 0)
            sum += off * off / expected;
        else if (seen[i] > 0)
            return (double)INFINITY;
    }
    return sum;
}

/* Where the fit ends, between kappa, which fits, and end. */
static double limit(const jz_agreement *a, double share, double kappa, double end)
{
    if (misfit(a, share, end) <= CHI2_95)
        return end;
    for (int i = 0; i < 60; i++) {
        const double middle = (kappa + end) / 2;
        if (misfit(a, share, middle) <= CHI2_95)
            kappa = middle;
        else
            end = middle;
    }
    return kappa;
}

void jz_agreement_of(uint64_t both, uint64_t split, uint64_t neither, jz_agreement *out)
{
    const double n = (double)(both + split + neither);
    *out = (jz_agreement){ .both = both, .split = split, .neither = neither };
    out->alpha = out->low = out->high = (double)NAN;
    if (both + split == 0 || split + neither == 0)
        return;
    const double share = (2 * (double)both + (double)split) / (2 * n);
    const double spread = share * (1 - share);
    const double kappa = 1 - (double)split / (2 * n * spread);
    /* No share below zero: what kappa can be at least. */
    const double least = -fmin(share / (1 - share), (1 - share) / share);
    /* Alpha corrects for readings being drawn without putting back. */
    const double rest = (2 * n - 1) / (2 * n);
    out->alpha = 1 - (1 - kappa) * rest;
    out->low = 1 - (1 - limit(out, share, kappa, least)) * rest;
    out->high = 1 - (1 - limit(out, share, kappa, 1)) * rest;
}

typedef struct tally {
    char policy[JZ_GOVERN_NAME_MAX];
    uint64_t both, split;
    int64_t golden, right;
} tally;

typedef struct counter {
    tally *row; /* JZ_CLAUSES of them */
    size_t rows;
    uint64_t pairs, both, split; /* a violation */
} counter;

/* The clause's row, in the order of names; NULL where there is no room, and for no violation. */
static tally *row_of(counter *c, const jz_ruling *v)
{
    size_t at = 0;
    if (!v->violation)
        return NULL;
    for (size_t end = c->rows; at < end;) {
        const size_t middle = at + (end - at) / 2;
        if (strcmp(c->row[middle].policy, v->policy) < 0)
            at = middle + 1;
        else
            end = middle;
    }
    if (at < c->rows && strcmp(c->row[at].policy, v->policy) == 0)
        return &c->row[at];
    if (c->rows == JZ_CLAUSES)
        return NULL;
    memmove(&c->row[at + 1], &c->row[at], (c->rows - at) * sizeof *c->row);
    c->rows++;
    c->row[at] = (tally){ 0 };
    (void)snprintf(c->row[at].policy, sizeof c->row[at].policy, "%s", v->policy);
    return &c->row[at];
}

static jz_status count(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    counter *c = user;
    jz_ruling known, said;
    (void)g;
    (void)err;
    jz_ruling_take(st, 1, &known);
    jz_ruling_take(st, 3, &said);
    const uint64_t n = (uint64_t)jz_stmt_i64(st, 5);
    const bool same = jz_ruling_same(&known, &said);
    tally *t = row_of(c, &known);
    if (jz_stmt_i64(st, 0) == JZ_REPEAT_GOLDEN) {
        if (t != NULL) {
            t->golden += (int64_t)n;
            t->right += same ? (int64_t)n : 0;
        }
        return JZ_OK;
    }
    c->pairs += n;
    c->both += known.violation && said.violation ? n : 0;
    c->split += known.violation != said.violation ? n : 0;
    if (t != NULL && same)
        t->both += n;
    else if (t != NULL)
        t->split += n;
    if (!same && (t = row_of(c, &said)) != NULL)
        t->split += n;
    return JZ_OK;
}

static jz_status tell_clauses(const counter *c, jz_clause_fn fn, void *user, jz_err *err)
{
    jz_clause all = { 0 };
    jz_agreement_of(c->both, c->split, c->pairs - c->both - c->split, &all.second);
    for (size_t i = 0; i < c->rows; i++) {
        all.golden += c->row[i].golden;
        all.right += c->row[i].right;
    }
    JZ_TRY(fn(user, &all, err));
    for (size_t i = 0; i < c->rows; i++) {
        const tally *t = &c->row[i];
        jz_clause one = { .policy = t->policy, .golden = t->golden, .right = t->right };
        jz_agreement_of(t->both, t->split, c->pairs - t->both - t->split, &one.second);
        JZ_TRY(fn(user, &one, err));
    }
    return JZ_OK;
}

jz_status jz_quality_agreement(jz_govern *g, int64_t since_us, jz_clause_fn fn, void *user,
                               jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    counter c = { .row = jz_alloc_zero(JZ_CLAUSES, sizeof *c.row) };
    if (c.row == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_status told = jz_stmt_new(g->store,
                                 "SELECT kind, known_violation, known_policy, said_violation,"
                                 " said_policy, COUNT(*) FROM quality_repeat WHERE done_us > 0"
                                 " AND done_us >= ?1 GROUP BY kind, known_violation, known_policy,"
                                 " said_violation, said_policy",
                                 &st, err);
    if (told == JZ_OK) {
        jz_stmt_bind_i64(st, 1, since_us);
        told = jz_govern_each(g, st, count, &c, err);
    }
    if (told == JZ_OK)
        told = tell_clauses(&c, fn, user, err);
    jz_free(c.row);
    return told;
}
