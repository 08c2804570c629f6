/* SPDX-License-Identifier: Apache-2.0 */
/* What waits, in its order. A queue may be long: what is first is read from indexes in that order
 * (complaints.c), and one thing is found by its id. */
#include "govern/reviews.h"

#include "govern/measures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT 100
#define NEVER "9223372036854775807"

/* Columns of all that waits: object, kind, row, state, category, role, jurisdiction, score,
 * since_us, due_us, hot_us, not_for. Numbers are those of JZ_COMPLAINT_OPEN and _APPEALED,
 * JZ_APPEAL_OPEN, JZ_MEASURE_PROPOSED; a decision's harm goes by its severity (1 is critical).
 * not_for is who has decided it before. ?2: bits of kinds. */
#define NOT_OF(by) /* a repeat of what somebody decided, declared, or had already */               \
    " AND q.not_for <> " by " AND (q.kind <> 1 OR NOT EXISTS (SELECT 1 FROM quality_golden y"      \
    " WHERE y.complaint_id = q.complaint_id AND y.set_by = " by ") AND NOT EXISTS"                 \
    " (SELECT 1 FROM quality_repeat z WHERE z.complaint_id = q.complaint_id AND z.kind = 1"        \
    " AND z.done_us > 0 AND z.done_by = " by "))"
#define COMPLAINTS                                                                                 \
    "SELECT 'complaint:' || c.handle AS object, 1 AS kind, c.id AS row, c.state AS state,"         \
    " c.category AS category, c.role AS role, c.jurisdiction AS jurisdiction, c.score AS score,"   \
    " c.filed_us AS since_us, c.due_us AS due_us, c.hot_us AS hot_us,"                             \
    " CASE WHEN c.state = 6 THEN c.decided_by ELSE '' END AS not_for FROM complaint c"             \
    " WHERE +c.state IN (2, 6) AND +c.folded_into IS NULL AND (?2 & 1) <> 0"
#define REPEATS /* of quality.h: they look like complaints; not for ?4 */                          \
    "SELECT 'complaint:' || q.handle, 1, c.id, 2, c.category, c.role, c.jurisdiction, c.score,"    \
    " q.made_us, q.due_us, q.hot_us, q.not_for FROM quality_repeat q"                              \
    " JOIN complaint c ON c.id = q.complaint_id"                                                   \
    " WHERE q.done_us = 0 AND c.erased = 0 AND (?2 & 1) <> 0" NOT_OF("?4")
#define APPEALS                                                                                    \
    "SELECT 'decision:' || d.handle, 2, d.id, d.appeal, d.category, 0, '',"                        \
    " CASE WHEN d.severity = 0 THEN 3 ELSE 11 - 2 * d.severity END, d.appealed_us, " NEVER         \
    ", " NEVER ", d.done_by FROM decision d WHERE d.appeal = 2 AND (?2 & 2) <> 0"
#define MEASURES                                                                                   \
    "SELECT 'measure:' || m.id, 4, m.id, m.state, d.category, 0, '', 4, m.ordered_us, " NEVER      \
    ", " NEVER ", '' FROM measure m JOIN decision d ON d.id = m.decision_id"                       \
    " WHERE m.state = 1 AND (?2 & 4) <> 0"

#define PART(where, order, n) "SELECT * FROM (" COMPLAINTS where order " LIMIT " n ")"
#define BY_DUE " AND c.hot_us <= ?1 ORDER BY c.due_us, c.score DESC, c.filed_us, c.id"
#define BY_HARM " AND c.hot_us > ?1 ORDER BY c.score DESC, c.due_us, c.filed_us, c.id"
#define OTHERS(q_, d_, m_)                                                                         \
    " UNION ALL " REPEATS q_ " UNION ALL " APPEALS d_ " UNION ALL " MEASURES m_

/* The first n of all that waits, and others; ORDER sorts them. ?1: the time. The first argument
 * stands behind each of the conditions on c, and so on. */
#define FIRST(c_, q_, d_, m_, n)                                                                   \
    PART(c_, BY_DUE, n) " UNION ALL " PART(c_, BY_HARM, n) OTHERS(q_, d_, m_)
/* The same behind a place: ?6 is whether it is cold, ?8 what it is due where it is hot, ?9 its
 * score with a minus, ?10 to ?13 due, since, kind, row; ?14 its score where it is cold, else a
 * larger one; ?15 its score. Each part begins at the place in its index. The others are filtered by
 * AFTER. */
#define BEHIND_HOT(c_)                                                                             \
    PART(c_ " AND ?6 = 0 AND c.due_us = ?8 AND c.score = ?15 AND c.filed_us >= ?11"                \
            " AND (c.filed_us, 1, c.id) > (?11, ?12, ?13)",                                        \
         BY_DUE, "?5")                                                                             \
    " UNION ALL " PART(c_ " AND ?6 = 0 AND c.due_us = ?8 AND c.score < ?15", BY_DUE,               \
                       "?5") " UNION ALL " PART(c_ " AND ?6 = 0 AND c.due_us > ?8", BY_DUE,        \
                                                "?5") " UNION ALL "
#define BEHIND_COLD(c_)                                                                            \
    PART(c_ " AND c.score = ?14 AND (c.due_us, c.filed_us) >= (?10, ?11)"                          \
            " AND (c.due_us, c.filed_us, 1, c.id) > (?10, ?11, ?12, ?13)",                         \
         BY_HARM, "?5")                                                                            \
    " UNION ALL " PART(c_ " AND c.score < ?14", BY_HARM, "?5")
#define COLD "CASE WHEN w.hot_us <= ?1 THEN 0 ELSE 1 END"
#define HOT_DUE "CASE WHEN w.hot_us <= ?1 THEN w.due_us ELSE 0 END"
#define AFTER                                                                                      \
    " WHERE (" COLD ", " HOT_DUE ", -w.score, w.due_us, w.since_us, w.kind, w.row)"                \
    " > (?6, ?8, ?9, ?10, ?11, ?12, ?13)"
#define ORDER " ORDER BY " COLD ", " HOT_DUE ", w.score DESC, w.due_us, w.since_us, w.kind, w.row"

int jz_review_category(const char *word)
{
    for (int i = 0; word != NULL && jz_words_complaint_category[i] != NULL; i++)
        if (strcmp(jz_words_complaint_category[i], word) == 0)
            return i + 1;
    return word == NULL || word[0] == '\0' ? 0 : -1;
}

static void bind_filter(jz_stmt *st, int64_t at_us, const jz_review_filter *f, const char *by)
{
    jz_stmt_bind_i64(st, 1, at_us);
    jz_stmt_bind_i64(st, 2, f->kinds != 0 ? f->kinds : 7);
    jz_stmt_bind_i64(st, 3, jz_review_category(f->category));
    jz_stmt_bind_text(st, 4, by);
}

/* ---- listing ---- */

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
    int64_t at_us;
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
    r.place = (jz_review_place){ .at_us = l->at_us,
                                 .cold = jz_stmt_i64(st, 9) > l->at_us,
                                 .due_us = due,
                                 .score = r.score,
                                 .since_us = r.since_us,
                                 .kind = r.kind,
                                 .row = jz_stmt_i64(st, 17) };
    return l->fn(l->user, &r, err);
}

#define LIST                                                                                       \
    "SELECT q.object, q.kind, q.state, q.category, q.role, q.jurisdiction, q.score, q.since_us,"   \
    " q.due_us, q.hot_us, k.holder, k.until_us,"                                                   \
    " (SELECT MAX(p.second) FROM review_pass p WHERE p.object = q.object),"                        \
    " EXISTS (SELECT 1 FROM review_pass p WHERE p.object = q.object AND p.passed_by = ?4),"        \
    " EXISTS (SELECT 1 FROM review_pending p WHERE p.object = q.object AND p.error = ''),"         \
    " (SELECT COUNT(*) FROM complaint_item i WHERE q.kind = 1 AND i.complaint_id = q.row),"        \
    " (SELECT COUNT(*) FROM complaint c WHERE q.kind = 1 AND c.folded_into = q.row), q.row"        \
    " FROM (SELECT * FROM ("
#define LIST_END                                                                                   \
    ") w" AFTER ORDER " LIMIT ?5) q"                                                               \
    " LEFT JOIN review_claim k ON k.object = q.object AND k.until_us > ?16"                        \
    " ORDER BY CASE WHEN q.hot_us <= ?1 THEN 0 ELSE 1 END,"                                        \
    " CASE WHEN q.hot_us <= ?1 THEN q.due_us ELSE 0 END, q.score DESC, q.due_us, q.since_us,"      \
    " q.kind, q.row"
#define OF(category) " AND (?3 = 0 OR " category " = ?3)"
/* Ids of what ?7 has claimed, of objects with a prefix of so many characters. */
#define CLAIMED(id, skip)                                                                          \
    " AND " id " IN (SELECT SUBSTR(object, " skip ") FROM review_claim"                            \
    " WHERE holder = ?7 AND until_us > ?16)"

#define ALL_C OF("c.category")
#define OWN_C OF("c.category") CLAIMED("c.handle", "11")
static void put_list(jz_buf *sql, bool own)
{
    jz_buf_puts(sql, LIST);
    jz_buf_puts(sql, own ? BEHIND_HOT(OWN_C) : BEHIND_HOT(ALL_C));
    jz_buf_puts(sql, own ? BEHIND_COLD(OWN_C) : BEHIND_COLD(ALL_C));
    jz_buf_puts(sql, own ? OTHERS(OF("c.category") CLAIMED("q.handle", "11"),
                                  OF("d.category") CLAIMED("d.handle", "10"),
                                  OF("d.category") CLAIMED("CAST(m.id AS TEXT)", "9"))
                         : OTHERS(OF("c.category"), OF("d.category"), OF("d.category")));
    jz_buf_puts(sql, LIST_END);
}

/* A place before all where there is none. */
static void bind_place(jz_stmt *st, const jz_review_place *p)
{
    static const jz_review_place first = { .due_us = INT64_MIN };
    if (p == NULL)
        p = &first;
    jz_stmt_bind_i64(st, 6, p->cold);
    jz_stmt_bind_i64(st, 8, p->cold != 0 ? 0 : p->due_us);
    jz_stmt_bind_i64(st, 9, -p->score);
    jz_stmt_bind_i64(st, 10, p->due_us);
    jz_stmt_bind_i64(st, 11, p->since_us);
    jz_stmt_bind_i64(st, 12, p->kind);
    jz_stmt_bind_i64(st, 13, p->row);
    jz_stmt_bind_i64(st, 14, p->cold != 0 ? p->score : INT32_MAX);
    jz_stmt_bind_i64(st, 15, p->score);
}

jz_status jz_review_list(jz_govern *g, const jz_review_filter *f, const char *by, jz_review_fn fn,
                         void *user, jz_err *err)
{
    JZ_BUF_AUTO sql = { 0 };
    jz_auto(jz_stmt) *st = NULL;
    const int64_t now = jz_govern_now_us(g);
    lister l = { fn, user, f->after != NULL ? f->after->at_us : now };
    put_list(&sql, f->holder != NULL);
    JZ_TRY(jz_buf_check(&sql, err));
    JZ_TRY(jz_stmt_new(g->store, sql.ptr, &st, err));
    bind_filter(st, l.at_us, f, by);
    bind_place(st, f->after);
    jz_stmt_bind_i64(st, 5, f->limit > 0 ? f->limit : LIMIT);
    jz_stmt_bind_i64(st, 16, now);
    if (f->holder != NULL)
        jz_stmt_bind_text(st, 7, f->holder);
    return jz_govern_each(g, st, tell, &l, err);
}

jz_status jz_review_count(jz_govern *g, unsigned kind, const char *by, int64_t *n, jz_err *err)
{
    static const char complaints[] =
        "SELECT (SELECT COUNT(*) FROM complaint c WHERE +c.state IN (2, 6)"
        " AND +c.folded_into IS NULL) + (SELECT COUNT(*) FROM quality_repeat q"
        " WHERE q.done_us = 0" NOT_OF("?1") ")";
    static const char *const sql[] = {
        [JZ_REVIEW_COMPLAINT] = complaints,
        [JZ_REVIEW_APPEAL] = "SELECT COUNT(*) FROM decision WHERE appeal = 2",
        [JZ_REVIEW_MEASURE] = "SELECT COUNT(*) FROM measure WHERE state = 1",
    };
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, sql[kind], &st, err));
    if (kind == JZ_REVIEW_COMPLAINT)
        jz_stmt_bind_text(st, 1, by);
    JZ_TRY(jz_stmt_step(st, &row, err));
    *n = row ? jz_stmt_i64(st, 0) : 0;
    return JZ_OK;
}

/* ---- the first ---- */

/* What by may have: nobody's, not passed on or decided by them, of no category ?5 ... ?12. */
#define FREE(category, object, not_for)                                                            \
    OF(category)                                                                                   \
    " AND " not_for " <> ?4 AND " category " NOT IN (?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"           \
    " AND NOT EXISTS (SELECT 1 FROM review_claim k WHERE k.object = " object                       \
    " AND k.until_us > ?1) AND NOT EXISTS (SELECT 1 FROM review_pass p WHERE p.object = " object   \
    " AND p.passed_by = ?4)"

jz_status jz_review_first(jz_govern *g, const jz_review_filter *f, const char *by,
                          char object[JZ_REVIEW_OBJECT], jz_err *err)
{
    static const char sql[] = "SELECT w.object FROM (" FIRST(
        FREE("c.category", "'complaint:' || c.handle",
             "CASE WHEN c.state = 6 THEN c.decided_by ELSE '' END"),
        FREE("c.category", "'complaint:' || q.handle", "''"),
        FREE("d.category", "'decision:' || d.handle", "d.done_by"),
        FREE("d.category", "'measure:' || m.id", "''"), "1") ") w" ORDER " LIMIT 1";
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, sql, &st, err));
    bind_filter(st, jz_govern_now_us(g), f, by);
    for (int i = 1; i <= 8; i++) /* as many as there are categories */
        jz_stmt_bind_i64(st, 4 + i, (f->without >> i & 1) != 0 ? i : -1);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "nothing waits for you");
    (void)snprintf(object, JZ_REVIEW_OBJECT, "%s", jz_stmt_text(st, 0));
    return JZ_OK;
}

/* ---- one ---- */

jz_status jz_review_waits(jz_govern *g, const char *object, const char *by, int *category,
                          jz_err *err)
{
    static const char *const sql[] = {
        "SELECT w.not_for, w.category FROM (" COMPLAINTS " AND c.handle = ?1 UNION ALL " REPEATS
        " AND q.handle = ?1) w",
        "SELECT d.done_by, d.category FROM decision d WHERE d.appeal = 2 AND d.handle = ?1"
        " AND ?2 > 0",
        "SELECT '', d.category FROM measure m JOIN decision d ON d.id = m.decision_id"
        " WHERE m.state = 1 AND m.id = ?1 AND ?2 > 0",
    };
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    size_t kind = 0;
    const char *id = strchr(object, ':');
    for (; kind < JZ_ARRAY_LEN(sql); kind++) {
        const char *name = jz_review_kind_name((jz_review_kind)(1U << kind));
        if (id != NULL && strncmp(object, name, strlen(name)) == 0 && object[strlen(name)] == ':')
            break;
    }
    if (kind == JZ_ARRAY_LEN(sql))
        return JZ_FAIL(err, JZ_E_NOTFOUND, "it waits no longer");
    JZ_TRY(jz_stmt_new(g->store, sql[kind], &st, err));
    if (kind == 2)
        jz_stmt_bind_i64(st, 1, strtoll(id + 1, NULL, 10));
    else
        jz_stmt_bind_text(st, 1, id + 1);
    jz_stmt_bind_i64(st, 2, 7);
    if (kind == 0)
        jz_stmt_bind_text(st, 4, by);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "it waits no longer");
    if (strcmp(text_at(st, 0), by) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "whoever decided before does not decide again");
    if (category != NULL)
        *category = (int)jz_stmt_i64(st, 1);
    return JZ_OK;
}
