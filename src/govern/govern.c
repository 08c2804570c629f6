/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of govern, opening them, and the statements that are prepared once. */
#include "govern/governs.h"
#include "govern/rule_store.h"

#include "bank/bank_change.h"
#include "base/alloc.h"
#include "base/file.h"
#include "govern/exposure.h"
#include "govern/hooks.h"
#include "govern/marks.h"
#include "govern/measures.h"
#include "govern/quality.h"
#include "govern/reports.h"
#include "govern/reviews.h"

#include <string.h>
#include <unistd.h>

#define DELETION_DAYS 7
#define TOKEN_S 900

/* Never changed once released, only added to. Numbers of states, words and decisions are those of
 * the headers. consent_personal and consent_media are what erasing takes away. */
static const char *const steps[] = {
    "CREATE TABLE govern_event ("
    " id $id,"
    " object TEXT NOT NULL,"
    " at_us $int NOT NULL,"
    " done_by TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " detail TEXT NOT NULL,"
    " salt $blob NOT NULL,"
    " leaf $int) $strict;"
    "CREATE INDEX govern_event_of ON govern_event (object);"
    "CREATE INDEX govern_event_new ON govern_event (id) WHERE leaf IS NULL;"
    "CREATE TABLE consent ("
    " id $id,"
    " handle TEXT NOT NULL UNIQUE,"
    " record TEXT NOT NULL,"
    " state $int NOT NULL,"
    " seq $int NOT NULL,"
    " from_s $int NOT NULL,"
    " until_s $int NOT NULL,"
    " erased $int NOT NULL,"
    " provider TEXT NOT NULL,"
    " operation $int NOT NULL,"
    " purpose $int NOT NULL,"
    " role $int NOT NULL,"
    " visibility $int NOT NULL,"
    " commercial $int NOT NULL,"
    " classes $int NOT NULL,"
    " territory TEXT NOT NULL,"
    " age $int NOT NULL,"
    " max_outputs $int NOT NULL,"
    " used $int NOT NULL) $strict;"
    "CREATE INDEX consent_end ON consent (state, until_s);"
    "CREATE TABLE consent_personal ("
    " consent_id $int PRIMARY KEY REFERENCES consent (id),"
    " body TEXT NOT NULL,"
    " principal TEXT NOT NULL,"
    " guardian TEXT NOT NULL,"
    " public_key $blob) $strict;"
    "CREATE TABLE consent_media ("
    " consent_id $int NOT NULL REFERENCES consent (id),"
    " sha256 $blob NOT NULL,"
    " PRIMARY KEY (consent_id, sha256)) $clustered;"
    "CREATE TABLE consent_pin ("
    " consent_id $int PRIMARY KEY REFERENCES consent (id),"
    " case_no TEXT NOT NULL UNIQUE,"
    " salt $blob NOT NULL,"
    " hash $blob NOT NULL,"
    " failures $int NOT NULL,"
    " locked_until_us $int NOT NULL) $strict;"
    "CREATE TABLE consent_task ("
    " id $id,"
    " consent_id $int NOT NULL UNIQUE REFERENCES consent (id),"
    " made_us $int NOT NULL,"
    " due_us $int NOT NULL,"
    " done_us $int NOT NULL,"
    " proof $blob,"
    " found $int NOT NULL) $strict;"
    "CREATE INDEX consent_task_due ON consent_task (done_us, due_us);"
    "CREATE TABLE filing ("
    " id $id,"
    " number TEXT NOT NULL UNIQUE,"
    " algorithm TEXT NOT NULL,"
    " role TEXT NOT NULL,"
    " subject TEXT NOT NULL,"
    " product TEXT NOT NULL,"
    " purpose TEXT NOT NULL,"
    " note TEXT NOT NULL,"
    " ended $int NOT NULL) $strict;"
    "CREATE INDEX filing_subject ON filing (subject);"
    "CREATE TABLE filing_code ("
    " subject TEXT NOT NULL PRIMARY KEY,"
    " code TEXT NOT NULL UNIQUE) $clustered;"
    "CREATE TABLE gate_provider ("
    " party TEXT NOT NULL PRIMARY KEY,"
    " filing TEXT NOT NULL) $clustered;"
    "CREATE TABLE gate_block ("
    " subject TEXT NOT NULL,"
    " by_order $int NOT NULL,"
    " document TEXT,"
    " PRIMARY KEY (subject, by_order)) $clustered;"
    "CREATE TABLE gate_decision ("
    " id $id,"
    " handle TEXT NOT NULL UNIQUE,"
    " provider TEXT NOT NULL,"
    " request TEXT NOT NULL,"
    " request_sha256 $blob NOT NULL,"
    " decision $int NOT NULL,"
    " answer TEXT NOT NULL,"
    " expires_s $int NOT NULL,"
    " redeemed_us $int NOT NULL,"
    " UNIQUE (provider, request)) $strict;"
    "CREATE TABLE gate_use ("
    " consent_id $int NOT NULL REFERENCES consent (id),"
    " decision_id $int NOT NULL REFERENCES gate_decision (id),"
    " expires_s $int NOT NULL,"
    " redeemed $int NOT NULL,"
    " PRIMARY KEY (decision_id, consent_id)) $clustered;"
    "CREATE INDEX gate_use_pending ON gate_use (consent_id, expires_s) WHERE redeemed = 0;"
    "CREATE TABLE gate_output ("
    " decision_id $int PRIMARY KEY REFERENCES gate_decision (id),"
    " sha256 $blob NOT NULL,"
    " pdq $blob,"
    " detail TEXT NOT NULL) $strict;"
    "CREATE INDEX gate_output_bytes ON gate_output (sha256);",
};

static const char *const statements[JZ_SQL_COUNT] = {
    [JZ_SQL_EVENT] = "INSERT INTO govern_event (object, at_us, done_by, kind, detail, salt)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    [JZ_SQL_CONSENT] = "SELECT c.id, c.state, c.seq, c.from_s, c.until_s, c.erased, c.provider,"
                       " c.operation, c.purpose, c.role, c.visibility, c.commercial, c.classes,"
                       " c.territory, c.age, c.max_outputs, c.used, p.principal, p.guardian"
                       " FROM consent c LEFT JOIN consent_personal p ON p.consent_id = c.id"
                       " WHERE c.handle = ?1",
    [JZ_SQL_MEDIA] = "SELECT 1 FROM consent_media WHERE consent_id = ?1 AND sha256 = ?2",
    [JZ_SQL_PENDING] = "SELECT COUNT(*) FROM gate_use WHERE consent_id = ?1 AND expires_s > ?2"
                       " AND redeemed = 0",
    [JZ_SQL_PROVIDER] = "SELECT p.filing, f.ended, k.code FROM gate_provider p"
                        " LEFT JOIN filing f ON f.number = p.filing"
                        " LEFT JOIN filing_code k ON k.subject = f.subject WHERE p.party = ?1",
    [JZ_SQL_BLOCK] = "SELECT MAX(by_order) FROM gate_block WHERE subject = ?1",
    [JZ_SQL_ANSWERED] = "SELECT request_sha256, decision, answer FROM gate_decision"
                        " WHERE provider = ?1 AND request = ?2",
    [JZ_SQL_DECIDE] = "INSERT INTO gate_decision (handle, provider, request, request_sha256,"
                      " decision, answer, expires_s, redeemed_us)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
    [JZ_SQL_USE] = "INSERT INTO gate_use (consent_id, decision_id, expires_s, redeemed)"
                   " VALUES (?1, ?2, ?3, 0)",
};

static jz_status open_store(jz_govern *g, const char *path, bool relaxed, jz_err *err)
{
    const jz_store_opts opts = { .relaxed = relaxed };
    JZ_TRY(jz_store_open(path, &opts, &g->store, err));
    JZ_TRY(jz_store_migrate(g->store, "govern", steps, JZ_ARRAY_LEN(steps), err));
    JZ_TRY(jz_bank_change_table(g->store, err));
    JZ_TRY(jz_rules_migrate(g->store, err));
    JZ_TRY(jz_complaint_tables(g->store, err));
    JZ_TRY(jz_measure_tables(g->store, err));
    JZ_TRY(jz_hook_tables(g->store, err));
    JZ_TRY(jz_assessment_tables(g->store, err));
    JZ_TRY(jz_feedback_tables(g->store, err));
    JZ_TRY(jz_review_tables(g->store, err));
    JZ_TRY(jz_quality_tables(g->store, err));
    JZ_TRY(jz_exposure_tables(g->store, err));
    JZ_TRY(jz_mark_tables(g->store, err));
    return jz_retention_tables(g->store, err);
}

jz_status jz_govern_open(const char *home, bool create, const jz_govern_opts *opts, jz_govern **out,
                         jz_err *err)
{
    static const jz_govern_opts usual;
    const jz_govern_opts *o = opts != NULL ? opts : &usual;
    jz_auto(char) *path = NULL;
    if (create)
        JZ_TRY(jz_mkdir_all(home, err));
    JZ_TRY(jz_path_join(home, "jz.db", &path, err));
    if (!create && access(path, F_OK) != 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s: there is no database", path);
    jz_auto(jz_govern) *g = jz_alloc_zero(1, sizeof *g);
    if (g == NULL || (g->home = jz_strdup(home)) == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    g->deletion_days = o->deletion_days != 0 ? o->deletion_days : DELETION_DAYS;
    g->token_s = o->token_s != 0 ? o->token_s : TOKEN_S;
    JZ_TRY(open_store(g, path, o->relaxed, err));
    *out = JZ_TAKE(g);
    return JZ_OK;
}

void jz_govern_close(jz_govern *g)
{
    if (g == NULL)
        return;
    for (size_t i = 0; i < JZ_SQL_COUNT; i++)
        jz_stmt_free(g->sql[i]);
    jz_rules_free(g->live_rules);
    jz_rules_free(g->shadow_rules);
    jz_store_close(g->store);
    jz_free(g->home);
    jz_free(g);
}

void jz_govern_free(char *text)
{
    jz_free(text);
}

void jz_govern_set_time(jz_govern *g, int64_t at_us)
{
    g->fixed_us = at_us;
}

int64_t jz_govern_now_us(const jz_govern *g)
{
    return g->fixed_us != 0 ? g->fixed_us : jz_now_us();
}

jz_status jz_govern_stmt(jz_govern *g, jz_govern_sql which, jz_stmt **out, jz_err *err)
{
    if (g->sql[which] == NULL)
        JZ_TRY(jz_stmt_new(g->store, statements[which], &g->sql[which], err));
    jz_stmt_reset(g->sql[which]);
    *out = g->sql[which];
    return JZ_OK;
}

jz_status jz_govern_text(const char *what, const char *text, size_t max, bool needed, jz_err *err)
{
    const size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0 && needed)
        return JZ_FAIL(err, JZ_E_INVAL, "the %s is missing", what);
    if (len > max)
        return JZ_FAIL(err, JZ_E_LIMIT, "a %s of %zu bytes, the limit is %zu", what, len, max);
    if (len > 0 && !jz_utf8_valid(text, len))
        return JZ_FAIL(err, JZ_E_INVAL, "the %s is not UTF-8", what);
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] < 0x20 && text[i] != '\n' && text[i] != '\t')
            return JZ_FAIL(err, JZ_E_INVAL, "the %s has a control character in it", what);
    return JZ_OK;
}

jz_status jz_govern_end(jz_govern *g, jz_status st, jz_err *err)
{
    for (size_t i = 0; i < JZ_SQL_COUNT; i++)
        if (g->sql[i] != NULL)
            jz_stmt_reset(g->sql[i]);
    if (st == JZ_OK && g->before_commit != NULL)
        st = g->before_commit(g, g->before_commit_user, err);
    if (st == JZ_OK)
        st = jz_store_commit(g->store, err);
    if (st != JZ_OK)
        jz_store_rollback(g->store);
    return st;
}

jz_status jz_govern_each(jz_govern *g, jz_stmt *st, jz_govern_row_fn fn, void *user, jz_err *err)
{
    bool row = false;
    JZ_TRY(jz_stmt_step(st, &row, err));
    while (row) {
        JZ_TRY(fn(g, st, user, err));
        JZ_TRY(jz_stmt_step(st, &row, err));
    }
    return JZ_OK;
}
