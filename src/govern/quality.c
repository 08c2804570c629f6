/* SPDX-License-Identifier: Apache-2.0 */
/* Repeats: what is given, to whom, and what was found. */
#include "govern/quality.h"

#include "base/hex.h"
#include "govern/measures.h"
#include "ledger/ed25519.h"

#include <stdio.h>
#include <string.h>

#define GOLDEN 20 /* of a thousand; */
#define SECOND 50
#define SEVERE (1U << JZ_CATEGORY_MINOR)

/* Never changed once released, only added to. known: of a golden item, or the first verdict. */
static const char *const steps[] = {
    "CREATE TABLE quality_share ("
    " id $int PRIMARY KEY,"
    " golden $int NOT NULL,"
    " second $int NOT NULL,"
    " severe $int NOT NULL) $strict;"
    "CREATE TABLE quality_golden ("
    " complaint_id $int PRIMARY KEY REFERENCES complaint (id),"
    " violation $int NOT NULL,"
    " policy TEXT NOT NULL,"
    " set_by TEXT NOT NULL,"
    " at_us $int NOT NULL,"
    " ended_us $int NOT NULL) $strict;"
    "CREATE TABLE quality_repeat ("
    " id $id,"
    " handle TEXT NOT NULL UNIQUE,"
    " kind $int NOT NULL,"
    " complaint_id $int NOT NULL REFERENCES complaint (id),"
    " not_for TEXT NOT NULL,"
    " known_violation $int NOT NULL,"
    " known_policy TEXT NOT NULL,"
    " made_us $int NOT NULL,"
    " due_us $int NOT NULL,"
    " hot_us $int NOT NULL,"
    " done_us $int NOT NULL,"
    " done_by TEXT NOT NULL,"
    " said_violation $int NOT NULL,"
    " said_policy TEXT NOT NULL,"
    " same $int NOT NULL,"
    " settled_us $int NOT NULL,"
    " settled_by TEXT NOT NULL,"
    " settled_violation $int NOT NULL,"
    " settled_policy TEXT NOT NULL) $strict;"
    "CREATE INDEX quality_repeat_open ON quality_repeat (done_us);"
    "CREATE INDEX quality_repeat_of ON quality_repeat (complaint_id, kind);"
    "CREATE INDEX quality_repeat_by ON quality_repeat (done_by, kind);",
};

jz_status jz_quality_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "quality", steps, JZ_ARRAY_LEN(steps), err);
}

bool jz_ruling_same(const jz_ruling *a, const jz_ruling *b)
{
    return a->violation == b->violation && (!a->violation || strcmp(a->policy, b->policy) == 0);
}

static void copy_text(jz_stmt *st, int at, char *to, size_t size)
{
    const char *text = jz_stmt_text(st, at);
    (void)snprintf(to, size, "%s", text != NULL ? text : "");
}

void jz_ruling_take(jz_stmt *st, int at, jz_ruling *out)
{
    out->violation = jz_stmt_i64(st, at) != 0;
    copy_text(st, at + 1, out->policy, sizeof out->policy);
}

static void bind_verdict(jz_stmt *st, int at, const jz_ruling *v)
{
    jz_stmt_bind_i64(st, at, v->violation);
    jz_stmt_bind_text(st, at + 1, v->policy);
}

jz_status jz_quality_record(jz_govern *g, const char *object, const char *what,
                            const char *complaint, const jz_ruling *v, const char *reason,
                            const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "complaint", complaint);
    if (v != NULL) {
        jz_json_put_text(&j, "outcome", v->violation ? "violation" : "none");
        jz_json_put_text(&j, "policy", v->policy);
    }
    jz_json_put_text(&j, "reason", reason);
    jz_json_end_object(&j);
    return jz_govern_record(g, object, by, what, &detail, err);
}

/* ---- shares ---- */

jz_status jz_quality_shares_get(jz_govern *g, jz_quality_shares *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT golden, second, severe FROM quality_share WHERE id = 1",
                       &st, err));
    JZ_TRY(jz_stmt_step(st, &row, err));
    *out = row ? (jz_quality_shares){ jz_stmt_i64(st, 0), jz_stmt_i64(st, 1),
                                      (unsigned)jz_stmt_i64(st, 2) }
               : (jz_quality_shares){ GOLDEN, SECOND, SEVERE };
    return JZ_OK;
}

static jz_status shares_in(jz_govern *g, const jz_quality_shares *s, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO quality_share (id, golden, second, severe)"
                       " VALUES (1, ?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET golden = ?1,"
                       " second = ?2, severe = ?3",
                       &st, err));
    jz_stmt_bind_i64(st, 1, s->golden);
    jz_stmt_bind_i64(st, 2, s->second);
    jz_stmt_bind_i64(st, 3, s->severe);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "golden", s->golden);
    jz_json_put_i64(&j, "second", s->second);
    jz_json_put_u64(&j, "severe", s->severe);
    jz_json_end_object(&j);
    return jz_govern_record(g, "quality", by, "quality-shares", &detail, err);
}

jz_status jz_quality_shares_set(jz_govern *g, const jz_quality_shares *s, const char *by,
                                jz_err *err)
{
    if (s->golden < 0 || s->golden > 1000 || s->second < 0 || s->second > 1000)
        return JZ_FAIL(err, JZ_E_INVAL, "a share is 0 to 1000, of a thousand");
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, shares_in(g, s, by, err), err);
}

static jz_status by_chance(int64_t of_thousand, bool *out, jz_err *err)
{
    uint32_t random = 0;
    JZ_TRY(jz_random(&random, sizeof random, err));
    *out = random % 1000 < (uint32_t)of_thousand;
    return JZ_OK;
}

/* ---- golden items ---- */

/* What a complaint's last decision found. JZ_E_INVAL where that is not known. */
static jz_status verdict_of(jz_govern *g, const char *complaint, int64_t *row, jz_ruling *out,
                            char decided_by[JZ_GOVERN_NAME_MAX], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id, CASE WHEN state IN (3, 4) THEN 1 ELSE 0 END, policy, decided_by"
                       " FROM complaint WHERE handle = ?1 AND state IN (3, 4, 5, 7)"
                       " AND erased = 0 AND folded_into IS NULL AND policy <> ''",
                       &st, err));
    jz_stmt_bind_text(st, 1, complaint);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_INVAL, "complaint '%s' is not decided, or is erased", complaint);
    *row = jz_stmt_i64(st, 0);
    jz_ruling_take(st, 1, out);
    copy_text(st, 3, decided_by, JZ_GOVERN_NAME_MAX);
    return JZ_OK;
}

static jz_status golden_in(jz_govern *g, const char *complaint, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_ruling v;
    int64_t row = 0;
    char decided_by[JZ_GOVERN_NAME_MAX];
    JZ_TRY(verdict_of(g, complaint, &row, &v, decided_by, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO quality_golden (complaint_id, violation, policy, set_by, at_us,"
                       " ended_us) VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT (complaint_id) DO"
                       " UPDATE SET violation = ?2, policy = ?3, set_by = ?4, at_us = ?5,"
                       " ended_us = 0 WHERE quality_golden.ended_us <> 0",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    bind_verdict(st, 2, &v);
    jz_stmt_bind_text(st, 4, by);
    jz_stmt_bind_i64(st, 5, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_run(st, err));
    if (jz_store_changes(g->store) == 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "it is a golden item already");
    return jz_quality_record(g, complaint, "golden-set", NULL, &v, NULL, by, err);
}

jz_status jz_golden_set(jz_govern *g, const char *complaint, const char *by, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, golden_in(g, complaint, by, err), err);
}

static jz_status golden_end_in(jz_govern *g, const char *complaint, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE quality_golden SET ended_us = ?2 WHERE ended_us = 0"
                       " AND complaint_id = (SELECT id FROM complaint WHERE handle = ?1)",
                       &st, err));
    jz_stmt_bind_text(st, 1, complaint);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_run(st, err));
    if (jz_store_changes(g->store) == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "complaint '%s' is no golden item", complaint);
    return jz_quality_record(g, complaint, "golden-ended", NULL, NULL, NULL, by, err);
}

jz_status jz_golden_end(jz_govern *g, const char *complaint, const char *by, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, golden_end_in(g, complaint, by, err), err);
}

typedef struct golden_lister {
    jz_golden_fn fn;
    void *user;
} golden_lister;

static jz_status tell_golden(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const golden_lister *l = user;
    jz_golden golden = { .complaint = jz_stmt_text(st, 0),
                         .set_by = jz_stmt_text(st, 1),
                         .at_us = jz_stmt_i64(st, 4),
                         .answers = jz_stmt_i64(st, 5),
                         .right = jz_stmt_i64(st, 6) };
    (void)g;
    jz_ruling_take(st, 2, &golden.verdict);
    return l->fn(l->user, &golden, err);
}

jz_status jz_golden_list(jz_govern *g, jz_golden_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    golden_lister l = { fn, user };
    JZ_TRY(jz_stmt_new(
        g->store,
        "SELECT c.handle, q.set_by, q.violation, q.policy, q.at_us,"
        " (SELECT COUNT(*) FROM quality_repeat p WHERE p.complaint_id = c.id AND p.kind = 1"
        " AND p.done_us > 0), (SELECT COUNT(*) FROM quality_repeat p WHERE p.complaint_id = c.id"
        " AND p.kind = 1 AND p.done_us > 0 AND p.same = 1)"
        " FROM quality_golden q JOIN complaint c ON c.id = q.complaint_id WHERE q.ended_us = 0"
        " ORDER BY q.at_us DESC, c.id DESC",
        &st, err));
    return jz_govern_each(g, st, tell_golden, &l, err);
}

/* ---- making repeats ---- */

/* With a time as long as the complaint's shortest clock. */
static jz_status make_repeat(jz_govern *g, jz_repeat_kind kind, int64_t complaint,
                             const jz_ruling *known, const char *not_for,
                             char handle[JZ_COMPLAINT_ID_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    uint8_t random[(JZ_COMPLAINT_ID_SIZE - 1) / 2];
    JZ_TRY(jz_random(random, sizeof random, err));
    jz_hex_encode(random, sizeof random, handle);
    JZ_TRY(jz_stmt_new(
        g->store,
        "INSERT INTO quality_repeat (handle, kind, complaint_id, not_for, known_violation,"
        " known_policy, made_us, due_us, hot_us, done_us, done_by, said_violation, said_policy,"
        " same, settled_us, settled_by, settled_violation, settled_policy)"
        " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, COALESCE(?7 + MIN(span_us), 9223372036854775807),"
        " COALESCE(?7 + MIN(span_us) / 5 * 4, 9223372036854775807), 0, '', 0, '', 0, 0, '', 0, ''"
        " FROM complaint_clock WHERE complaint_id = ?3",
        &st, err));
    jz_stmt_bind_text(st, 1, handle);
    jz_stmt_bind_i64(st, 2, kind);
    jz_stmt_bind_i64(st, 3, complaint);
    jz_stmt_bind_text(st, 4, not_for);
    bind_verdict(st, 5, known);
    jz_stmt_bind_i64(st, 7, jz_govern_now_us(g));
    return jz_stmt_run(st, err);
}

static bool is_staff(const char *by)
{
    return strncmp(by, "staff:", 6) == 0;
}

jz_status jz_quality_golden(jz_govern *g, int category, unsigned without, const char *by,
                            char handle[JZ_COMPLAINT_ID_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_quality_shares shares;
    jz_ruling known;
    char complaint[JZ_COMPLAINT_ID_SIZE];
    bool now = false;
    handle[0] = '\0';
    JZ_TRY(jz_quality_shares_get(g, &shares, err));
    JZ_TRY(by_chance(shares.golden, &now, err));
    if (!now || !is_staff(by))
        return JZ_OK;
    JZ_TRY(jz_stmt_new(
        g->store,
        "SELECT c.id, c.handle, q.violation, q.policy, c.decided_by FROM quality_golden q"
        " JOIN complaint c ON c.id = q.complaint_id WHERE q.ended_us = 0 AND c.erased = 0"
        " AND c.decided_by <> ?1 AND q.set_by <> ?1 AND (?2 = 0 OR c.category = ?2)"
        " AND (?3 >> c.category & 1) = 0 AND NOT EXISTS (SELECT 1 FROM quality_repeat p"
        " WHERE p.complaint_id = c.id AND p.kind = 1 AND (p.done_us = 0 OR p.done_by = ?1))"
        " ORDER BY q.at_us LIMIT 1",
        &st, err));
    jz_stmt_bind_text(st, 1, by);
    jz_stmt_bind_i64(st, 2, category);
    jz_stmt_bind_i64(st, 3, without);
    JZ_TRY(jz_stmt_step(st, &now, err));
    if (!now)
        return JZ_OK;
    copy_text(st, 1, complaint, sizeof complaint);
    jz_ruling_take(st, 2, &known);
    JZ_TRY(make_repeat(g, JZ_REPEAT_GOLDEN, jz_stmt_i64(st, 0), &known, jz_stmt_text(st, 4), handle,
                       err));
    return jz_quality_record(g, handle, "golden-given", complaint, NULL, NULL, by, err);
}

jz_status jz_quality_decided(jz_govern *g, const char *complaint, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_quality_shares shares;
    jz_ruling first;
    int64_t row = 0;
    bool found = false, wanted = false;
    char decided_by[JZ_GOVERN_NAME_MAX], handle[JZ_COMPLAINT_ID_SIZE];
    if (!is_staff(by))
        return JZ_OK;
    const jz_status seen = verdict_of(g, complaint, &row, &first, decided_by, NULL);
    if (seen == JZ_E_INVAL || (seen == JZ_OK && strcmp(decided_by, by) != 0))
        return JZ_OK; /* a repeat, or not this decision */
    if (seen != JZ_OK)
        return JZ_FAIL(err, seen, "reading what was decided");
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT c.category FROM complaint c WHERE c.id = ?1 AND c.state <> 7"
                       " AND NOT EXISTS (SELECT 1 FROM quality_repeat p"
                       " WHERE p.complaint_id = c.id AND p.kind = 2)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_OK;
    JZ_TRY(jz_quality_shares_get(g, &shares, err));
    JZ_TRY(by_chance(shares.second, &wanted, err));
    if (!wanted && (shares.severe >> jz_stmt_i64(st, 0) & 1) == 0)
        return JZ_OK;
    JZ_TRY(make_repeat(g, JZ_REPEAT_SECOND, row, &first, by, handle, err));
    return jz_quality_record(g, handle, "second-wanted", complaint, NULL, NULL, by, err);
}

/* ---- answering ---- */

jz_status jz_repeat_find(jz_govern *g, const char *handle, jz_repeat *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT p.id, p.kind, c.handle, p.made_us, p.done_us, c.filed_us,"
                       " p.known_violation, p.known_policy, (SELECT MIN(e.at_us)"
                       " FROM govern_event e WHERE e.object = c.handle"
                       " AND e.kind IN ('upheld', 'rejected')) FROM quality_repeat p"
                       " JOIN complaint c ON c.id = p.complaint_id WHERE p.handle = ?1",
                       &st, err));
    jz_stmt_bind_text(st, 1, handle);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no complaint '%s'", handle);
    *out = (jz_repeat){ .row = jz_stmt_i64(st, 0),
                        .kind = (jz_repeat_kind)jz_stmt_i64(st, 1),
                        .made_us = jz_stmt_i64(st, 3),
                        .done_us = jz_stmt_i64(st, 4),
                        .decided_us = jz_stmt_is_null(st, 8) ? INT64_MAX : jz_stmt_i64(st, 8) };
    out->shift_us = out->made_us - jz_stmt_i64(st, 5);
    (void)snprintf(out->handle, sizeof out->handle, "%s", handle);
    copy_text(st, 2, out->complaint, sizeof out->complaint);
    jz_ruling_take(st, 6, &out->known);
    return JZ_OK;
}

static jz_status answer_in(jz_govern *g, const jz_repeat *p, const jz_ruling *v, const char *by,
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE quality_repeat SET done_us = ?2, done_by = ?3, said_violation = ?4,"
                       " said_policy = ?5, same = ?6 WHERE id = ?1 AND done_us = 0"
                       " AND not_for <> ?3",
                       &st, err));
    jz_stmt_bind_i64(st, 1, p->row);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    jz_stmt_bind_text(st, 3, by);
    bind_verdict(st, 4, v);
    jz_stmt_bind_i64(st, 6, jz_ruling_same(&p->known, v));
    JZ_TRY(jz_stmt_run(st, err));
    if (jz_store_changes(g->store) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "complaint '%s' is decided", p->handle);
    return jz_quality_record(g, p->handle,
                             p->kind == JZ_REPEAT_GOLDEN ? "golden-answered" : "second-given",
                             p->complaint, v, NULL, by, err);
}

jz_status jz_repeat_answer(jz_govern *g, const jz_repeat *p, const jz_ruling *v, const char *by,
                           jz_err *err)
{
    JZ_TRY(jz_govern_text("policy's clause", v->policy, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, answer_in(g, p, v, by, err), err);
}

bool jz_repeat_shows(const jz_repeat *p, const jz_govern_event *e)
{
    static const char *const first[] = { "second-opinion", "handed-over", "undone", "not-done" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(first); i++)
        if (strcmp(e->kind, first[i]) == 0)
            return false; /* of whoever had it first */
    return e->at_us < p->decided_us;
}
