/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept for how long, and holds, which win. Events and their leaves stay: they name nobody.
 */
#include "govern/measures.h"

#include "govern/reports.h"

#include <jz/report.h>

#include <inttypes.h>
#include <string.h>

#define BATCH 256

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE retention_hold ("
    " id $id,"
    " object TEXT NOT NULL,"
    " authority TEXT NOT NULL, document TEXT NOT NULL,"
    " set_by TEXT NOT NULL, set_with TEXT NOT NULL,"
    " from_us $int NOT NULL,"
    " released_us $int NOT NULL) $strict;"
    "CREATE INDEX retention_hold_of ON retention_hold (object, released_us);",
};

jz_status jz_retention_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "retention", steps, JZ_ARRAY_LEN(steps), err);
}

enum { COMPLAINT, DECISION, CONSENT, GATE };
static const jz_retention_class classes[] = {
    [COMPLAINT] = { "complaint", 213, "the time to appeal (DSA 20: six months [R]) and 30 days" },
    [DECISION] = { "decision", 1096, "three years (PIPL 56)" },
    [CONSENT] = { "consent", 1096, "three years (PIPL 56) after its end" },
    [GATE] = { "gate", 183, "logs, six months (Network Security Law 21 [R])" },
};

const jz_retention_class *jz_retention_at(size_t i)
{
    return i < JZ_ARRAY_LEN(classes) ? &classes[i] : NULL;
}

/* ---- holds ---- */

static jz_status check_hold(const char *object, const char *document, const char *by,
                            const char *with, jz_err *err)
{
    JZ_TRY(jz_govern_text("object", object, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_govern_text("document's number", document, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_govern_text("name of the first person", by, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_govern_text("name of the second person", with, JZ_GOVERN_NAME_MAX - 1, true, err));
    if (strcmp(by, with) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "two persons are wanted, not '%s' twice", by);
    return JZ_OK;
}

static jz_status record(jz_govern *g, const char *object, const char *kind, const char *authority,
                        const char *document, const char *by, const char *with, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "authority", authority);
    jz_json_put_text(&j, "document", document);
    jz_json_put_text(&j, "with", with);
    jz_json_end_object(&j);
    return jz_govern_record(g, object, by, kind, &detail, err);
}

static jz_status hold_in(jz_govern *g, const char *object, const char *authority,
                         const char *document, const char *by, const char *with, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO retention_hold (object, authority, document, set_by, set_with,"
                       " from_us, released_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
                       &st, err));
    jz_stmt_bind_text(st, 1, object);
    jz_stmt_bind_text(st, 2, authority);
    jz_stmt_bind_text(st, 3, document);
    jz_stmt_bind_text(st, 4, by);
    jz_stmt_bind_text(st, 5, with);
    jz_stmt_bind_i64(st, 6, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_run(st, err));
    return record(g, object, "held", authority, document, by, with, err);
}

jz_status jz_retention_hold(jz_govern *g, const char *object, const char *authority,
                            const char *document, const char *by, const char *with, jz_err *err)
{
    JZ_TRY(check_hold(object, document, by, with, err));
    JZ_TRY(jz_govern_text("authority", authority, JZ_GOVERN_NAME_MAX - 1, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, hold_in(g, object, authority, document, by, with, err), err);
}

static jz_status release_in(jz_govern *g, const char *object, const char *document, const char *by,
                            const char *with, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE retention_hold SET released_us = ?2 WHERE object = ?1"
                       " AND released_us = 0",
                       &st, err));
    jz_stmt_bind_text(st, 1, object);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_run(st, err));
    if (jz_store_changes(g->store) == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no hold of '%s' is in force", object);
    return record(g, object, "released", NULL, document, by, with, err);
}

jz_status jz_retention_release(jz_govern *g, const char *object, const char *document,
                               const char *by, const char *with, jz_err *err)
{
    JZ_TRY(check_hold(object, document, by, with, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, release_in(g, object, document, by, with, err), err);
}

jz_status jz_retention_free(jz_govern *g, const char *object, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool held = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT 1 FROM retention_hold WHERE released_us = 0"
                       " AND (object = '*' OR object = ?1)",
                       &st, err));
    jz_stmt_bind_text(st, 1, object);
    JZ_TRY(jz_stmt_step(st, &held, err));
    return held ? JZ_FAIL(err, JZ_E_BUSY, "a hold is in force: nothing is erased") : JZ_OK;
}

/* ---- the sweep ---- */

#define NOT_HELD(handle)                                                                           \
    " AND NOT EXISTS (SELECT 1 FROM retention_hold h WHERE h.released_us = 0"                      \
    " AND (h.object = '*' OR h.object = " handle "))"

/* What has expired of each class, BATCH at most, with its id; and what erases one. */
typedef struct sweep {
    const char *sql; /* id, row; before ?1 (microseconds), ?2 of them */
    jz_status (*erase)(jz_govern *g, const char *id, int64_t row, const char *by, jz_err *err);
} sweep;

static jz_status run_on(jz_govern *g, const char *sql, int64_t row, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, sql, &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return jz_stmt_run(st, err);
}

static jz_status expired(jz_govern *g, const char *id, const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_buf_puts(&detail, "{}");
    return jz_govern_record(g, id, by, "kept-long-enough", &detail, err);
}

static jz_status erase_complaint(jz_govern *g, const char *id, int64_t row, const char *by,
                                 jz_err *err)
{
    (void)row;
    return jz_complaint_erase_in(g, id, by, err);
}

static jz_status erase_decision(jz_govern *g, const char *id, int64_t row, const char *by,
                                jz_err *err)
{
    static const char *const sql[] = {
        "UPDATE decision SET body = '', account = '', chat_group = '' WHERE id = ?1",
        "UPDATE measure SET target = '', account = '' WHERE decision_id = ?1",
        "DELETE FROM strike WHERE decision_id = ?1",
        ("UPDATE hook SET body = '' WHERE measure_id IN"
         " (SELECT id FROM measure WHERE decision_id = ?1)"),
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(sql); i++)
        JZ_TRY(run_on(g, sql[i], row, err));
    return expired(g, id, by, err);
}

static jz_status erase_consent(jz_govern *g, const char *id, int64_t row, const char *by,
                               jz_err *err)
{
    JZ_TRY(jz_consent_forget(g, row, err));
    JZ_TRY(run_on(g, "UPDATE consent SET erased = 1 WHERE id = ?1", row, err));
    return expired(g, id, by, err);
}

static jz_status erase_gate(jz_govern *g, const char *id, int64_t row, const char *by, jz_err *err)
{
    (void)id;
    (void)by;
    return run_on(g, "UPDATE gate_decision SET answer = '' WHERE id = ?1", row, err);
}

static const sweep sweeps[] = {
    [COMPLAINT] = { "SELECT c.handle, c.id FROM complaint c WHERE c.erased = 0"
                    " AND c.state IN (4, 5, 7, 8) AND"
                    " CASE WHEN c.decided_us > 0 THEN c.decided_us ELSE c.filed_us END"
                    " < ?1" NOT_HELD("c.handle") " ORDER BY c.id LIMIT ?2",
                    erase_complaint },
    /* Not while a measure of it stands, without an end or before it. */
    [DECISION] = { "SELECT d.handle, d.id FROM decision d WHERE d.body <> '' AND d.at_us < ?1"
                   " AND d.appeal <> 2 AND NOT EXISTS (SELECT 1 FROM measure m"
                   " WHERE m.decision_id = d.id AND m.state IN (1, 2, 3, 4))" NOT_HELD(
                       "d.handle") " ORDER BY d.id LIMIT ?2",
                   erase_decision },
    [CONSENT] = { "SELECT c.handle, c.id FROM consent c WHERE c.erased = 0"
                  " AND c.state IN (3, 6, 7, 8, 9) AND c.until_s * 1000000 < ?1" NOT_HELD(
                      "c.handle") " ORDER BY c.id LIMIT ?2",
                  erase_consent },
    [GATE] = { "SELECT g.handle, g.id FROM gate_decision g WHERE g.answer <> ''"
               " AND g.expires_s > 0 AND g.expires_s * 1000000 < ?1" NOT_HELD(
                   "g.handle") " ORDER BY g.id LIMIT ?2",
               erase_gate },
};

typedef struct batch {
    char id[BATCH][JZ_CONSENT_ID_SIZE];
    int64_t row[BATCH];
    size_t n;
} batch;

static jz_status take(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    batch *b = user;
    (void)g;
    (void)err;
    const char *id = jz_stmt_text(st, 0);
    const size_t len = strnlen(id, JZ_CONSENT_ID_SIZE - 1);
    memcpy(b->id[b->n], id, len);
    b->id[b->n][len] = '\0';
    b->row[b->n++] = jz_stmt_i64(st, 1);
    return JZ_OK;
}

static jz_status sweep_batch(jz_govern *g, size_t class, const char *by, batch *b, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    b->n = 0;
    JZ_TRY(jz_stmt_new(g->store, sweeps[class].sql, &st, err));
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g) - classes[class].days * JZ_DAY_US);
    jz_stmt_bind_i64(st, 2, BATCH);
    JZ_TRY(jz_govern_each(g, st, take, b, err));
    jz_stmt_reset(st);
    for (size_t i = 0; i < b->n; i++)
        JZ_TRY(sweeps[class].erase(g, b->id[i], b->row[i], by, err));
    return JZ_OK;
}

jz_status jz_retention_sweep(jz_govern *g, const char *by, uint64_t *n, jz_err *err)
{
    JZ_TRY(jz_govern_text("name of who does this", by, JZ_GOVERN_NAME_MAX - 1, true, err));
    *n = 0;
    for (size_t class = 0; class < JZ_ARRAY_LEN(sweeps); class ++) {
        batch b = { .n = BATCH };
        while (b.n == BATCH) {
            JZ_TRY(jz_store_begin(g->store, err));
            JZ_TRY(jz_govern_end(g, sweep_batch(g, class, by, &b, err), err));
            *n += b.n;
        }
    }
    return JZ_OK;
}
