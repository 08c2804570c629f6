/* SPDX-License-Identifier: Apache-2.0 */
/* Claims on what waits. */
#include "govern/reviews.h"

#include "govern/measures.h"
#include "govern/quality.h"

#include <stdio.h>
#include <string.h>

/* Never changed once released, only added to. A claim whose time is over is as none. */
static const char *const steps[] = {
    "CREATE TABLE review_claim ("
    " object TEXT NOT NULL PRIMARY KEY,"
    " holder TEXT NOT NULL,"
    " from_us $int NOT NULL,"
    " until_us $int NOT NULL) $clustered;"
    "CREATE INDEX review_claim_of ON review_claim (holder);"
    "CREATE TABLE review_pass ("
    " object TEXT NOT NULL,"
    " passed_by TEXT NOT NULL,"
    " second $int NOT NULL,"
    " PRIMARY KEY (object, passed_by)) $clustered;"
    "CREATE TABLE review_pending ("
    " id $id,"
    " object TEXT NOT NULL UNIQUE,"
    " done_by TEXT NOT NULL,"
    " key_id $int NOT NULL,"
    " method TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " made_us $int NOT NULL,"
    " due_us $int NOT NULL,"
    " error TEXT NOT NULL) $strict;"
    "CREATE INDEX review_pending_due ON review_pending (due_us);"
    "CREATE TABLE review_entry ("
    " entry $int PRIMARY KEY,"
    " asked_by TEXT NOT NULL) $clustered;",
};

jz_status jz_review_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "review", steps, JZ_ARRAY_LEN(steps), err);
}

const char *jz_review_kind_name(jz_review_kind k)
{
    return k == JZ_REVIEW_COMPLAINT ? "complaint"
           : k == JZ_REVIEW_APPEAL  ? "decision"
           : k == JZ_REVIEW_MEASURE ? "measure"
                                    : NULL;
}

const char *jz_review_category_name(int category)
{
    for (int i = 1; jz_words_complaint_category[i - 1] != NULL; i++)
        if (i == category)
            return jz_words_complaint_category[i - 1];
    return NULL;
}

/* ---- claims ---- */

typedef struct claim {
    char holder[JZ_GOVERN_NAME_MAX]; /* "" = nobody's */
    int64_t until_us;
} claim;

static jz_status read_claim(jz_govern *g, const char *object, claim *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    *out = (claim){ 0 };
    JZ_TRY(jz_stmt_new(
        g->store, "SELECT holder, until_us FROM review_claim WHERE object = ?1 AND until_us > ?2",
        &st, err));
    jz_stmt_bind_text(st, 1, object);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (row)
        (void)snprintf(out->holder, sizeof out->holder, "%s", jz_stmt_text(st, 0));
    if (row)
        out->until_us = jz_stmt_i64(st, 1);
    return JZ_OK;
}

static jz_status put_claim(jz_govern *g, const char *object, const char *holder, int64_t until_us,
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO review_claim (object, holder, from_us, until_us)"
                       " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (object) DO UPDATE SET"
                       " holder = ?2, from_us = ?3, until_us = ?4",
                       &st, err));
    jz_stmt_bind_text(st, 1, object);
    jz_stmt_bind_text(st, 2, holder);
    jz_stmt_bind_i64(st, 3, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 4, until_us);
    return jz_stmt_run(st, err);
}

static jz_status drop(jz_govern *g, const char *sql, const char *object, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, sql, &st, err));
    jz_stmt_bind_text(st, 1, object);
    return jz_stmt_run(st, err);
}

static jz_status record(jz_govern *g, const char *object, const char *kind, const char *to,
                        const char *reason, const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "reason", reason);
    jz_json_put_text(&j, "to", to);
    jz_json_end_object(&j);
    return jz_govern_record(g, strchr(object, ':') + 1, by, kind, &detail, err);
}

static jz_status others(const claim *c, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_EXISTS, "%s works on it", c->holder);
}

/* Perhaps a golden item instead of what waits: both look the same. */
static jz_status next_in(jz_govern *g, const jz_review_filter *f, const char *by,
                         char object[JZ_REVIEW_OBJECT], jz_err *err)
{
    char golden[JZ_COMPLAINT_ID_SIZE] = "";
    if (f->kinds == 0 || (f->kinds & JZ_REVIEW_COMPLAINT) != 0)
        JZ_TRY(jz_quality_golden(g, jz_review_category(f->category), f->without, by, golden, err));
    if (golden[0] != '\0')
        (void)snprintf(object, JZ_REVIEW_OBJECT, "complaint:%s", golden);
    else
        JZ_TRY(jz_review_first(g, f, by, object, err));
    return put_claim(g, object, by, jz_govern_now_us(g) + JZ_REVIEW_LEASE_US, err);
}

jz_status jz_review_next(jz_govern *g, const jz_review_filter *f, const char *by,
                         char object[JZ_REVIEW_OBJECT], jz_err *err)
{
    char found[JZ_REVIEW_OBJECT];
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, next_in(g, f, by, found, err), err));
    memcpy(object, found, sizeof found);
    return JZ_OK;
}

static jz_status claim_in(jz_govern *g, const char *object, const char *by, jz_err *err)
{
    claim c;
    JZ_TRY(jz_review_waits(g, object, by, NULL, err));
    JZ_TRY(read_claim(g, object, &c, err));
    if (c.holder[0] != '\0' && strcmp(c.holder, by) != 0)
        return others(&c, err);
    const int64_t until = jz_govern_now_us(g) + JZ_REVIEW_LEASE_US;
    return put_claim(g, object, by, until > c.until_us ? until : c.until_us, err);
}

jz_status jz_review_claim(jz_govern *g, const char *object, const char *by, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, claim_in(g, object, by, err), err);
}

static jz_status pass(jz_govern *g, const char *object, const char *by, bool second, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO review_pass (object, passed_by, second) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (object, passed_by) DO UPDATE SET second = ?3",
                       &st, err));
    jz_stmt_bind_text(st, 1, object);
    jz_stmt_bind_text(st, 2, by);
    jz_stmt_bind_i64(st, 3, second);
    JZ_TRY(jz_stmt_run(st, err));
    return drop(g, "DELETE FROM review_claim WHERE object = ?1", object, err);
}

static jz_status do_in(jz_govern *g, const char *object, jz_review_act act, const char *to,
                       const char *reason, const char *by, jz_err *err)
{
    const int64_t keep = jz_govern_now_us(g) + JZ_REVIEW_KEEP_US;
    JZ_TRY(jz_review_may(g, object, true, by, err));
    switch (act) {
    case JZ_REVIEW_EXTEND:
        return put_claim(g, object, by, keep, err);
    case JZ_REVIEW_RELEASE:
        return drop(g, "DELETE FROM review_claim WHERE object = ?1", object, err);
    case JZ_REVIEW_SKIP:
        return pass(g, object, by, false, err);
    case JZ_REVIEW_HAND:
        if (jz_review_waits(g, object, to, NULL, NULL) != JZ_OK) /* why says too much of a repeat */
            return JZ_FAIL(err, JZ_E_INVAL, "it is not for %s to decide", to);
        JZ_TRY(record(g, object, "handed-over", to, reason, by, err));
        return put_claim(g, object, to, keep, err);
    default:
        JZ_TRY(jz_govern_text("reason", reason, JZ_GOVERN_TEXT_MAX - 1, true, err));
        JZ_TRY(record(g, object, "second-opinion", NULL, reason, by, err));
        return pass(g, object, by, true, err);
    }
}

jz_status jz_review_do(jz_govern *g, const char *object, jz_review_act act, const char *to,
                       const char *reason, const char *by, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, do_in(g, object, act, to, reason, by, err), err);
}

jz_status jz_review_may(jz_govern *g, const char *object, bool own, const char *by, jz_err *err)
{
    claim c;
    JZ_TRY(read_claim(g, object, &c, err));
    if (c.holder[0] == '\0' && own) {
        /* What does not wait is for the deed itself to refuse. */
        const jz_status st = jz_review_waits(g, object, by, NULL, err);
        if (st == JZ_OK)
            return JZ_FAIL(err, JZ_E_EXISTS, "you have no claim on it, or it has ended");
        return st == JZ_E_NOTFOUND ? JZ_OK : st;
    }
    if (c.holder[0] == '\0')
        return JZ_OK;
    return strcmp(c.holder, by) == 0 ? JZ_OK : others(&c, err);
}

jz_status jz_review_claimed(jz_govern *g, const char *object, const char *by, int *category,
                            jz_err *err)
{
    claim c;
    JZ_TRY(read_claim(g, object, &c, err));
    if (strcmp(c.holder, by) != 0 || jz_review_waits(g, object, by, category, NULL) != JZ_OK)
        return JZ_FAIL(err, JZ_E_EXISTS, "you have no claim on it, or it has ended");
    return JZ_OK;
}

jz_status jz_review_done(jz_govern *g, const char *object, jz_err *err)
{
    JZ_TRY(drop(g, "DELETE FROM review_claim WHERE object = ?1", object, err));
    return drop(g, "DELETE FROM review_pass WHERE object = ?1", object, err);
}

/* ---- entries of banks ---- */

static jz_status confirm_in(jz_govern *g, int64_t entry, const char *by, bool *confirmed,
                            jz_err *err)
{
    jz_auto(jz_stmt) *find = NULL;
    jz_auto(jz_stmt) *set = NULL;
    JZ_BUF_AUTO detail = { 0 };
    char object[32];
    JZ_TRY(jz_stmt_new(g->store, "SELECT asked_by FROM review_entry WHERE entry = ?1", &find, err));
    jz_stmt_bind_i64(find, 1, entry);
    JZ_TRY(jz_stmt_step(find, confirmed, err));
    if (*confirmed && strcmp(jz_stmt_text(find, 0), by) == 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "another person has to confirm it, too");
    jz_stmt_reset(find);
    JZ_TRY(jz_stmt_new(g->store,
                       *confirmed ? "DELETE FROM review_entry WHERE entry = ?1"
                                  : "INSERT INTO review_entry (entry, asked_by) VALUES (?1, ?2)",
                       &set, err));
    jz_stmt_bind_i64(set, 1, entry);
    if (!*confirmed)
        jz_stmt_bind_text(set, 2, by);
    JZ_TRY(jz_stmt_run(set, err));
    (void)snprintf(object, sizeof object, "entry:%lld", (long long)entry);
    jz_buf_puts(&detail, "{}");
    return jz_govern_record(g, object, by, *confirmed ? "entry-confirmed" : "entry-proposed",
                            &detail, err);
}

jz_status jz_review_confirm(jz_govern *g, int64_t entry, const char *by, bool *confirmed,
                            jz_err *err)
{
    bool second = false;
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, confirm_in(g, entry, by, &second, err), err));
    *confirmed = second;
    return JZ_OK;
}
