/* SPDX-License-Identifier: Apache-2.0 */
/* Leases, and what they add up to. A lease is a row with the time from which and until which it
 * lasts: it is renewed by moving its end, so rows of one thing do not overlap, and what was looked
 * at is their length. A clock that is set back gives nothing back: rows count by how far from now
 * they are, before or after; rows further off than a day are forgotten. */
#include "govern/exposure.h"

#include <stdio.h>
#include <string.h>

#define S INT64_C(1000000)
#define HOUR_US (3600 * S)
#define DAY_US (24 * HOUR_US)
#define LEAST_US S /* what is shorter cannot be seen: neither given nor counted */

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE exposure_lease ("
    " id $id,"
    " staff TEXT NOT NULL,"
    " object TEXT NOT NULL,"
    " sha256 $blob NOT NULL,"
    " from_us $int NOT NULL,"
    " until_us $int NOT NULL,"
    " severity $int NOT NULL) $strict;"
    "CREATE INDEX exposure_lease_of ON exposure_lease (staff, until_us);"
    "CREATE INDEX exposure_lease_end ON exposure_lease (until_us);"
    "CREATE TABLE exposure_without ("
    " staff TEXT NOT NULL,"
    " category $int NOT NULL,"
    " PRIMARY KEY (staff, category)) $clustered;"
    "CREATE TABLE exposure_row ("
    " staff TEXT NOT NULL PRIMARY KEY,"
    " severe $int NOT NULL) $clustered;",
};

jz_status jz_exposure_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "exposure", steps, JZ_ARRAY_LEN(steps), err);
}

const char *jz_exposure_end_name(jz_exposure_end e)
{
    return e == JZ_EXPOSURE_HOUR    ? "hour"
           : e == JZ_EXPOSURE_DAY   ? "day"
           : e == JZ_EXPOSURE_PAUSE ? "pause"
                                    : NULL;
}

/* ---- what it adds up to ---- */

typedef struct adder {
    jz_exposure *out;
    int64_t now_us, pause_us;
    int64_t last_us; /* end of what came before */
    /* In the second round: when enough of a window is over. */
    int64_t window_us, over_us, free_us;
} adder;

static bool within(const adder *a, int64_t from_us, int64_t until_us, int64_t window_us)
{
    return until_us > a->now_us - window_us && from_us < a->now_us + window_us;
}

static jz_status add_row(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    adder *a = user;
    const int64_t from = jz_stmt_i64(st, 0), until = jz_stmt_i64(st, 1);
    const int64_t cost = (until - from) * jz_stmt_i64(st, 2);
    (void)g;
    (void)err;
    if (!within(a, from, until, DAY_US))
        return JZ_OK;
    a->out->day_us += cost;
    if (within(a, from, until, HOUR_US))
        a->out->hour_us += cost;
    if (from - a->last_us >= a->pause_us)
        a->out->run_us = 0;
    a->out->run_us += cost;
    if (until > a->last_us)
        a->last_us = until;
    return JZ_OK;
}

/* When the rows that are over by then make up what is too much. */
static jz_status find_free(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    adder *a = user;
    const int64_t from = jz_stmt_i64(st, 0), until = jz_stmt_i64(st, 1);
    (void)g;
    (void)err;
    if (a->over_us <= 0 || !within(a, from, until, a->window_us))
        return JZ_OK;
    a->over_us -= (until - from) * jz_stmt_i64(st, 2);
    a->free_us = until + a->window_us;
    return JZ_OK;
}

static jz_status each_row(jz_govern *g, const char *by, jz_govern_row_fn fn, adder *a, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT from_us, until_us, severity FROM exposure_lease"
                       " WHERE staff = ?1 AND until_us > ?2 ORDER BY until_us, id",
                       &st, err));
    jz_stmt_bind_text(st, 1, by);
    jz_stmt_bind_i64(st, 2, a->now_us - DAY_US);
    return jz_govern_each(g, st, fn, a, err);
}

/* When the least that can be seen is free again in a window of which used_us is used. */
static jz_status free_at(jz_govern *g, const char *by, adder *a, int64_t window_us, int64_t over_us,
                         jz_err *err)
{
    a->window_us = window_us;
    a->over_us = over_us;
    return each_row(g, by, find_free, a, err);
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What is over, the longest wait first. */
static jz_status judge(jz_govern *g, const jz_wellbeing *w, const char *by, int64_t need_us,
                       adder *a, jz_err *err)
{
    jz_exposure *x = a->out;
    if (x->day_us + need_us > w->day_s * S) {
        JZ_TRY(free_at(g, by, a, DAY_US, x->day_us + need_us - w->day_s * S, err));
        x->end = JZ_EXPOSURE_DAY;
    } else if (x->hour_us + need_us > w->hour_s * S) {
        JZ_TRY(free_at(g, by, a, HOUR_US, x->hour_us + need_us - w->hour_s * S, err));
        x->end = JZ_EXPOSURE_HOUR;
    } else if (x->run_us + need_us > w->pause_after_s * S) {
        a->free_us = a->last_us + a->pause_us;
        x->end = JZ_EXPOSURE_PAUSE;
    }
    x->until_us = a->free_us;
    return JZ_OK;
}

jz_status jz_exposure_read(jz_govern *g, const jz_wellbeing *w, const char *by, int64_t severity,
                           jz_exposure *out, jz_err *err)
{
    jz_exposure x = { 0 };
    adder a = { .out = &x, .now_us = jz_govern_now_us(g), .pause_us = w->pause_s * S };
    JZ_TRY(each_row(g, by, add_row, &a, err));
    if (a.now_us - a.last_us >= a.pause_us)
        x.run_us = 0;
    JZ_TRY(judge(g, w, by, LEAST_US * severity, &a, err));
    if (x.end == JZ_EXPOSURE_NONE)
        x.left_us = least(w->day_s * S - x.day_us,
                          least(w->hour_s * S - x.hour_us, w->pause_after_s * S - x.run_us)) /
                    severity;
    *out = x;
    return JZ_OK;
}

/* ---- leases ---- */

typedef struct current { /* what is revealed of one item now */
    int64_t number;      /* 0: nothing */
    int64_t until_us;
} current;

static jz_status find_current(jz_govern *g, const char *object, const uint8_t sha256[32],
                              const char *by, current *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id, until_us FROM exposure_lease WHERE staff = ?1 AND object = ?2"
                       " AND sha256 = ?3 AND from_us <= ?4 AND until_us > ?4"
                       " ORDER BY until_us DESC LIMIT 1",
                       &st, err));
    jz_stmt_bind_text(st, 1, by);
    jz_stmt_bind_text(st, 2, object);
    jz_stmt_bind_blob(st, 3, sha256, 32);
    jz_stmt_bind_i64(st, 4, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_step(st, &row, err));
    *out = row ? (current){ jz_stmt_i64(st, 0), jz_stmt_i64(st, 1) } : (current){ 0 };
    return JZ_OK;
}

static jz_status move_end(jz_govern *g, int64_t number, int64_t until_us, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(
        jz_stmt_new(g->store, "UPDATE exposure_lease SET until_us = ?2 WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, number);
    jz_stmt_bind_i64(st, 2, until_us);
    return jz_stmt_run(st, err);
}

static jz_status insert(jz_govern *g, const char *object, const uint8_t sha256[32],
                        int64_t severity, int64_t until_us, const char *by, int64_t *number,
                        jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO exposure_lease (staff, object, sha256, from_us, until_us,"
                       " severity) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       &st, err));
    jz_stmt_bind_text(st, 1, by);
    jz_stmt_bind_text(st, 2, object);
    jz_stmt_bind_blob(st, 3, sha256, 32);
    jz_stmt_bind_i64(st, 4, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 5, until_us);
    jz_stmt_bind_i64(st, 6, severity);
    JZ_TRY(jz_stmt_run(st, err));
    *number = jz_store_last_id(g->store);
    return JZ_OK;
}

/* Everybody's that no longer counts. */
static jz_status forget(jz_govern *g, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(
        g->store, "DELETE FROM exposure_lease WHERE until_us <= ?1 OR until_us >= ?2", &st, err));
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g) - DAY_US);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g) + DAY_US + HOUR_US);
    return jz_stmt_run(st, err);
}

/* Under a name of its own, so that it is not among what is shown of the object. */
static jz_status record(jz_govern *g, const char *object, const uint8_t sha256[32],
                        int64_t until_us, const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    char own[JZ_GOVERN_NAME_MAX + 16];
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "of", object);
    jz_json_put_hex(&j, "sha256", sha256, 32);
    jz_json_put_i64(&j, "until_us", until_us);
    jz_json_end_object(&j);
    (void)snprintf(own, sizeof own, JZ_EXPOSURE_OBJECT "%s", by); /* it fits */
    return jz_govern_record(g, own, by, "revealed", &detail, err);
}

static jz_status reveal_in(jz_govern *g, const jz_wellbeing *w, const char *object,
                           const uint8_t sha256[32], const char *category, const char *by,
                           jz_lease *out, jz_err *err)
{
    int number = 0;
    current now;
    jz_exposure *x = &out->exposure;
    JZ_TRY(jz_review_claimed(g, object, by, &number, err));
    const char *word = jz_review_category_name(number);
    if (word == NULL || strcmp(word, category) != 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "its category is %s: that has to be known before",
                       word != NULL ? word : "none");
    const int64_t severity = jz_wellbeing_severity(w, number);
    JZ_TRY(forget(g, err));
    JZ_TRY(find_current(g, object, sha256, by, &now, err));
    JZ_TRY(jz_exposure_read(g, w, by, severity, x, err));
    const int64_t at = jz_govern_now_us(g);
    const int64_t wanted = at + w->lease_s * S;
    if (now.number != 0 && (wanted <= now.until_us || x->end != JZ_EXPOSURE_NONE)) {
        out->number = now.number; /* what it has, it keeps */
        out->until_us = now.until_us;
        return JZ_OK;
    }
    if (x->end != JZ_EXPOSURE_NONE)
        return JZ_OK;
    out->until_us = least(wanted, (now.number != 0 ? now.until_us : at) + x->left_us);
    out->number = now.number;
    JZ_TRY(now.number != 0
               ? move_end(g, now.number, out->until_us, err)
               : insert(g, object, sha256, severity, out->until_us, by, &out->number, err));
    JZ_TRY(jz_exposure_read(g, w, by, severity, x, err));
    return record(g, object, sha256, out->until_us, by, err);
}

jz_status jz_exposure_reveal(jz_govern *g, const jz_wellbeing *w, const char *object,
                             const uint8_t sha256[32], const char *category, const char *by,
                             jz_lease *out, jz_err *err)
{
    jz_lease l = { 0 };
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, reveal_in(g, w, object, sha256, category, by, &l, err), err));
    *out = l;
    return JZ_OK;
}

static jz_status find_lease(jz_govern *g, int64_t number, const char *by, int64_t *from_us,
                            uint8_t sha256[32], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT from_us, sha256 FROM exposure_lease WHERE id = ?1 AND staff = ?2"
                       " AND from_us <= ?3 AND until_us > ?3",
                       &st, err));
    jz_stmt_bind_i64(st, 1, number);
    jz_stmt_bind_text(st, 2, by);
    jz_stmt_bind_i64(st, 3, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_step(st, &row, err));
    const jz_bytes digest = row ? jz_stmt_blob(st, 1) : (jz_bytes){ 0 };
    if (digest.len != 32)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "nothing is revealed to you by that, or no longer");
    *from_us = jz_stmt_i64(st, 0);
    memcpy(sha256, digest.ptr, 32);
    return JZ_OK;
}

jz_status jz_exposure_lease(jz_govern *g, int64_t number, const char *by, uint8_t sha256[32],
                            jz_err *err)
{
    int64_t from = 0;
    return find_lease(g, number, by, &from, sha256, err);
}

jz_status jz_exposure_end_lease(jz_govern *g, int64_t number, const char *by, jz_err *err)
{
    uint8_t sha256[32];
    int64_t from = 0;
    const int64_t now = jz_govern_now_us(g);
    const jz_status st = find_lease(g, number, by, &from, sha256, NULL);
    if (st != JZ_OK)
        return st == JZ_E_NOTFOUND ? JZ_OK : JZ_FAIL(err, st, "the lease cannot be read");
    return move_end(g, number, now < from + LEAST_US ? from + LEAST_US : now, err);
}
