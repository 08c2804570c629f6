/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of what waits, and claims. */
#include "govern/reviews.h"

#include "govern/measures.h"

#include <stdio.h>
#include <string.h>

#define LIMIT 100

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

/* ---- the queue ---- */

/* All that waits: ?1 the time, ?2 bits of kinds, ?3 a category (0: any). Numbers are those of
 * JZ_COMPLAINT_OPEN and _APPEALED, JZ_APPEAL_OPEN, JZ_MEASURE_PROPOSED; a decision's harm goes by
 * its severity (1 is critical). not_for is who has decided it before. */
#define WAITS                                                                                      \
    "SELECT 'complaint:' || c.handle AS object, 1 AS kind, c.id AS row, c.state AS state,"         \
    " c.category AS category, c.role AS role, c.jurisdiction AS jurisdiction, c.score AS score,"   \
    " c.filed_us AS since_us, c.due_us AS due_us, c.hot_us AS hot_us,"                             \
    " CASE WHEN c.state = 6 THEN c.decided_by ELSE '' END AS not_for"                              \
    " FROM complaint c WHERE (?2 & 1) <> 0 AND c.state IN (2, 6) AND c.folded_into IS NULL"        \
    " UNION ALL SELECT 'decision:' || d.handle, 2, d.id, d.appeal, d.category, 0, '',"             \
    " CASE WHEN d.severity = 0 THEN 3 ELSE 11 - 2 * d.severity END, d.appealed_us, " NEVER         \
    ", " NEVER ", d.done_by FROM decision d WHERE (?2 & 2) <> 0 AND d.appeal = 2"                  \
    " UNION ALL SELECT 'measure:' || m.id, 4, m.id, m.state, d.category, 0, '', 4, "               \
    "m.ordered_us, " NEVER ", " NEVER                                                              \
    ", '' FROM measure m JOIN decision d ON d.id = m.decision_id"                                  \
    " WHERE (?2 & 4) <> 0 AND m.state = 1"
#define NEVER "9223372036854775807"
#define ORDER                                                                                      \
    " ORDER BY CASE WHEN w.hot_us <= ?1 THEN 0 ELSE 1 END,"                                        \
    " CASE WHEN w.hot_us <= ?1 THEN w.due_us ELSE 0 END, w.score DESC, w.due_us, w.since_us, "     \
    "w.row"

static int category_of(const char *word)
{
    for (int i = 0; word != NULL && jz_words_complaint_category[i] != NULL; i++)
        if (strcmp(jz_words_complaint_category[i], word) == 0)
            return i + 1;
    return word == NULL || word[0] == '\0' ? 0 : -1;
}

static void bind_filter(jz_stmt *st, jz_govern *g, const jz_review_filter *f, const char *by)
{
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 2, f->kinds != 0 ? f->kinds : 7);
    jz_stmt_bind_i64(st, 3, category_of(f->category));
    jz_stmt_bind_text(st, 4, by);
}

static const char *text_at(jz_stmt *st, int at)
{
    const char *text = jz_stmt_text(st, at);
    return text != NULL ? text : "";
}

static const char *state_name(jz_review_kind kind, int64_t state)
{
    const char *name = kind == JZ_REVIEW_COMPLAINT
                           ? jz_complaint_state_name((jz_complaint_state)state)
                       : kind == JZ_REVIEW_APPEAL ? jz_appeal_state_name((jz_appeal_state)state)
                                                  : jz_measure_state_name((jz_measure_state)state);
    return name != NULL ? name : "";
}

typedef struct lister {
    jz_review_fn fn;
    void *user;
} lister;

static jz_status tell(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    const int64_t category = jz_stmt_i64(st, 3), role = jz_stmt_i64(st, 4);
    const int64_t due = jz_stmt_i64(st, 8);
    jz_review_row r = { .object = text_at(st, 0),
                        .kind = (jz_review_kind)jz_stmt_i64(st, 1),
                        .category = category > 0 ? jz_words_complaint_category[category - 1] : "",
                        .role = role > 0 ? jz_words_complaint_role[role - 1] : "",
                        .jurisdiction = text_at(st, 5),
                        .score = jz_stmt_i64(st, 6),
                        .since_us = jz_stmt_i64(st, 7),
                        .due_us = due != INT64_MAX ? due : 0,
                        .hot = jz_stmt_i64(st, 9) <= jz_govern_now_us(g),
                        .holder = text_at(st, 10),
                        .until_us = jz_stmt_i64(st, 11),
                        .second = jz_stmt_i64(st, 12) != 0,
                        .passed = jz_stmt_i64(st, 13) != 0,
                        .pending = jz_stmt_i64(st, 14) != 0,
                        .items = jz_stmt_i64(st, 15),
                        .folded = jz_stmt_i64(st, 16) };
    r.state = state_name(r.kind, jz_stmt_i64(st, 2));
    return l->fn(l->user, &r, err);
}

jz_status jz_review_list(jz_govern *g, const jz_review_filter *f, const char *by, jz_review_fn fn,
                         void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    JZ_TRY(jz_stmt_new(
        g->store,
        "SELECT q.object, q.kind, q.state, q.category, q.role, q.jurisdiction, q.score, q.since_us,"
        " q.due_us, q.hot_us, k.holder, k.until_us,"
        " (SELECT MAX(p.second) FROM review_pass p WHERE p.object = q.object),"
        " EXISTS (SELECT 1 FROM review_pass p WHERE p.object = q.object AND p.passed_by = ?4),"
        " EXISTS (SELECT 1 FROM review_pending p WHERE p.object = q.object AND p.error = ''),"
        " (SELECT COUNT(*) FROM complaint_item i WHERE q.kind = 1 AND i.complaint_id = q.row),"
        " (SELECT COUNT(*) FROM complaint c WHERE q.kind = 1 AND c.folded_into = q.row)"
        " FROM (SELECT * FROM (" WAITS ") w WHERE (?3 = 0 OR w.category = ?3)"
        " AND (?5 IS NULL OR w.object IN (SELECT c.object FROM review_claim c"
        " WHERE c.holder = ?5 AND c.until_us > ?1))" ORDER " LIMIT ?6 OFFSET ?7) q"
        " LEFT JOIN review_claim k ON k.object = q.object AND k.until_us > ?1",
        &st, err));
    bind_filter(st, g, f, by);
    jz_stmt_bind_text(st, 5, f->holder);
    jz_stmt_bind_i64(st, 6, f->limit > 0 ? f->limit : LIMIT);
    jz_stmt_bind_i64(st, 7, f->from);
    return jz_govern_each(g, st, tell, &l, err);
}

jz_status jz_review_count(jz_govern *g, unsigned kind, int64_t *n, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT COUNT(*) FROM (" WAITS ") WHERE ?1 > 0", &st, err));
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 2, kind);
    JZ_TRY(jz_stmt_step(st, &row, err));
    *n = row ? jz_stmt_i64(st, 0) : 0;
    return JZ_OK;
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

static jz_status next_in(jz_govern *g, const jz_review_filter *f, const char *by,
                         char object[JZ_REVIEW_OBJECT], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT w.object FROM (" WAITS
                       ") w WHERE (?3 = 0 OR w.category = ?3) AND w.not_for <> ?4"
                       " AND NOT EXISTS (SELECT 1 FROM review_claim k WHERE k.object = w.object"
                       " AND k.until_us > ?1)"
                       " AND NOT EXISTS (SELECT 1 FROM review_pass p WHERE p.object = w.object"
                       " AND p.passed_by = ?4)" ORDER " LIMIT 1",
                       &st, err));
    bind_filter(st, g, f, by);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "nothing waits for you");
    (void)snprintf(object, JZ_REVIEW_OBJECT, "%s", jz_stmt_text(st, 0));
    jz_stmt_reset(st);
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

/* Whether the object waits, and not for somebody else than by. */
static jz_status check_waits(jz_govern *g, const char *object, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(
        g->store, "SELECT w.not_for FROM (" WAITS ") w WHERE w.object = ?4 AND ?1 > 0", &st, err));
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 2, 7);
    jz_stmt_bind_text(st, 4, object);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "it waits no longer");
    if (strcmp(text_at(st, 0), by) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "whoever decided before does not decide again");
    return JZ_OK;
}

static jz_status claim_in(jz_govern *g, const char *object, const char *by, jz_err *err)
{
    claim c;
    JZ_TRY(check_waits(g, object, by, err));
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
        JZ_TRY(check_waits(g, object, to, err));
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
        const jz_status st = check_waits(g, object, by, err);
        if (st == JZ_OK)
            return JZ_FAIL(err, JZ_E_EXISTS, "you have no claim on it, or it has ended");
        return st == JZ_E_NOTFOUND ? JZ_OK : st;
    }
    if (c.holder[0] == '\0')
        return JZ_OK;
    return strcmp(c.holder, by) == 0 ? JZ_OK : others(&c, err);
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
    if (*confirmed && strcmp(text_at(find, 0), by) == 0)
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
