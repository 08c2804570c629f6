/* SPDX-License-Identifier: Apache-2.0 */
/* Seeing decisions and measures. */
#include "govern/measures.h"

#include <string.h>

typedef struct measure_lister {
    jz_measure_fn fn;
    void *user;
} measure_lister;

static jz_status tell_measure(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const measure_lister *l = user;
    const int64_t until = jz_stmt_i64(st, 7);
    const jz_measure_info m = { .number = jz_stmt_i64(st, 0),
                                .decision = jz_stmt_text(st, 1),
                                .kind = (jz_measure_kind)jz_stmt_i64(st, 2),
                                .state = (jz_measure_state)jz_stmt_i64(st, 3),
                                .target = jz_stmt_text(st, 4),
                                .feature = jz_stmt_text(st, 5),
                                .ordered_us = jz_stmt_i64(st, 6),
                                .until_us = until > 0 ? until : 0,
                                .automated = jz_stmt_i64(st, 8) != 0,
                                .by_ladder = jz_stmt_i64(st, 9) != 0 };
    (void)g;
    return l->fn(l->user, &m, err);
}

#define MEASURES                                                                                   \
    "SELECT m.id, d.handle, m.kind, m.state, m.target, m.feature, m.ordered_us,"                   \
    " m.until_us, m.automated, m.step_at"                                                          \
    " FROM measure m JOIN decision d ON d.id = m.decision_id"

jz_status jz_measures(jz_govern *g, const char *id, jz_measure_state state, jz_measure_fn fn,
                      void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    measure_lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store,
                       MEASURES " WHERE (?1 IS NULL OR d.handle = ?1) AND (?2 = 0 OR m.state = ?2)"
                                " ORDER BY m.id",
                       &st, err));
    jz_stmt_bind_text(st, 1, id);
    jz_stmt_bind_i64(st, 2, state);
    return jz_govern_each(g, st, tell_measure, &l, err);
}

/* Into a complaint that is folded, what another one has told must not leak: of the decision on that
 * one, only what this one has told, too. */
jz_status jz_complaint_measures(jz_govern *g, const char *complaint, jz_measure_fn fn, void *user,
                                jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    measure_lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store,
                       MEASURES " JOIN complaint c ON c.handle = ?1"
                                " WHERE m.kind <= ?2 AND m.state <> ?3 AND (d.complaint_id = c.id"
                                " OR (d.complaint_id = c.folded_into"
                                " AND (m.target LIKE 'sha256:%' OR m.target IN"
                                " (SELECT url FROM complaint_item i"
                                " WHERE i.complaint_id = c.id))))"
                                " ORDER BY m.id",
                       &st, err));
    jz_stmt_bind_text(st, 1, complaint);
    jz_stmt_bind_i64(st, 2, JZ_MEASURE_DESTROY);
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_PROPOSED);
    return jz_govern_each(g, st, tell_measure, &l, err);
}

typedef struct decision_lister {
    jz_decision_fn fn;
    void *user;
} decision_lister;

static const char *absent_if_empty(const char *text)
{
    return text != NULL && text[0] != '\0' ? text : NULL;
}

static jz_status tell_decision(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const decision_lister *l = user;
    const int64_t severity = jz_stmt_i64(st, 6);
    const jz_decision_info d = { .id = jz_stmt_text(st, 0),
                                 .at_us = jz_stmt_i64(st, 1),
                                 .by = jz_stmt_text(st, 2),
                                 .complaint = jz_stmt_text(st, 3),
                                 .account = absent_if_empty(jz_stmt_text(st, 4)),
                                 .group = absent_if_empty(jz_stmt_text(st, 5)),
                                 .severity = severity > 0 ? jz_words_severity[severity - 1] : NULL,
                                 .points = jz_stmt_i64(st, 7),
                                 .revoked = jz_stmt_i64(st, 8) != 0,
                                 .appeal = (jz_appeal_state)jz_stmt_i64(st, 9),
                                 .body = jz_stmt_text(st, 10) };
    (void)g;
    return l->fn(l->user, &d, err);
}

/* Of several strikes (an appeal that changed the severity), the last one. */
#define DECISIONS                                                                                  \
    "SELECT d.handle, d.at_us, d.done_by, c.handle, d.account, d.chat_group, d.severity,"          \
    " COALESCE(s.points, 0), COALESCE(s.revoked_us, 0), d.appeal, d.body FROM decision d"          \
    " LEFT JOIN complaint c ON c.id = d.complaint_id LEFT JOIN strike s ON s.id ="                 \
    " (SELECT MAX(k.id) FROM strike k WHERE k.decision_id = d.id)"

jz_status jz_decision_show(jz_govern *g, const char *id, jz_decision_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    decision_lister l = { fn, user };
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store, DECISIONS " WHERE d.handle = ?1", &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no decision '%s'", id);
    return tell_decision(g, st, &l, err);
}

jz_status jz_decisions(jz_govern *g, int64_t since_us, jz_decision_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    decision_lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store, DECISIONS " WHERE d.at_us >= ?1 ORDER BY d.id", &st, err));
    jz_stmt_bind_i64(st, 1, since_us);
    return jz_govern_each(g, st, tell_decision, &l, err);
}

jz_status jz_measure_refuses(jz_govern *g, const char *target, int64_t *measure, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT MIN(id) FROM measure WHERE target = ?1"
                       " AND kind IN (?2, ?3, ?4, ?5, ?6) AND state IN (?7, ?8, ?9)"
                       " AND (until_us = 0 OR until_us > ?10)",
                       &st, err));
    jz_stmt_bind_text(st, 1, target);
    jz_stmt_bind_i64(st, 2, JZ_MEASURE_STOP_TRANSMIT);
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_REMOVE);
    jz_stmt_bind_i64(st, 4, JZ_MEASURE_DISABLE);
    jz_stmt_bind_i64(st, 5, JZ_MEASURE_QUARANTINE);
    jz_stmt_bind_i64(st, 6, JZ_MEASURE_DESTROY);
    jz_stmt_bind_i64(st, 7, JZ_MEASURE_ORDERED);
    jz_stmt_bind_i64(st, 8, JZ_MEASURE_DONE);
    jz_stmt_bind_i64(st, 9, JZ_MEASURE_FAILED);
    jz_stmt_bind_i64(st, 10, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_step(st, &there, err));
    *measure = there && !jz_stmt_is_null(st, 0) ? jz_stmt_i64(st, 0) : 0;
    return JZ_OK;
}
