/* SPDX-License-Identifier: Apache-2.0 */
/* Filings that were imported, and what they say of a provider. */
#include "govern/governs.h"
#include "label/provider_code.h"

#include <jz/hash.h>

#include <string.h>

#define CODE_LEN 18  /* of a unified social credit code (GB 32100-2015) */
#define SUBJECT_AT 4 /* where it begins in a producer code */

const char *jz_producer_state_name(jz_producer_state s)
{
    static const char *const names[] = {
        [JZ_PRODUCER_FILED] = "filed",         [JZ_PRODUCER_ENDED] = "ended",
        [JZ_PRODUCER_NOT_FILED] = "not_filed", [JZ_PRODUCER_MALFORMED] = "malformed",
        [JZ_PRODUCER_PERSON] = "person",
    };
    return (size_t)s < JZ_ARRAY_LEN(names) ? names[s] : NULL;
}

/* ---- importing ---- */

typedef struct importer {
    jz_govern *g;
    jz_stmt *insert, *update, *find; /* borrowed */
    const char *by;
    jz_filing_count count;
} importer;

static void bind_filing(jz_stmt *st, const jz_filing *f)
{
    jz_stmt_bind_text(st, 1, f->number);
    jz_stmt_bind_text(st, 2, f->algorithm);
    jz_stmt_bind_text(st, 3, f->role);
    jz_stmt_bind_text(st, 4, f->subject);
    jz_stmt_bind_text(st, 5, f->product);
    jz_stmt_bind_text(st, 6, f->purpose);
    jz_stmt_bind_text(st, 7, f->note);
    jz_stmt_bind_i64(st, 8, f->ended);
}

static const char *code_fault(const char *code)
{
    char producer[28] = "0011"; /* the code of an organisation, without service */
    if (strlen(code) != CODE_LEN)
        return "a credit code has 18 characters";
    memcpy(producer + SUBJECT_AT, code, CODE_LEN);
    memcpy(producer + SUBJECT_AT + CODE_LEN, "00000", 6);
    const char *fault = jz_provider_form_fault(producer);
    return fault != NULL ? fault : jz_provider_check_fault(producer);
}

static jz_status bind_code(jz_govern *g, const char *subject, const char *code, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    const char *fault = code_fault(code);
    if (fault != NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s': %s", code, fault);
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO filing_code (subject, code) VALUES (?1, ?2)"
                       " ON CONFLICT (subject) DO UPDATE SET code = excluded.code",
                       &st, err));
    jz_stmt_bind_text(st, 1, subject);
    jz_stmt_bind_text(st, 2, code);
    const jz_status done = jz_stmt_run(st, err);
    return done == JZ_E_EXISTS
               ? JZ_FAIL(err, done, "the credit code %s is bound to another subject", code)
               : done;
}

/* As it is in the table: 0 not there, 1 the same, 2 otherwise. */
static jz_status compare_row(importer *im, const jz_filing *f, int *out, jz_err *err)
{
    bool found = false;
    jz_stmt_reset(im->find);
    bind_filing(im->find, f);
    JZ_TRY(jz_stmt_step(im->find, &found, err));
    *out = !found ? 0 : jz_stmt_i64(im->find, 0) != 0 ? 1 : 2;
    jz_stmt_reset(im->find);
    return JZ_OK;
}

static jz_status import_row(void *user, const jz_filing *f, uint64_t line, jz_err *err)
{
    importer *im = user;
    int there = 0;
    (void)line;
    JZ_TRY(compare_row(im, f, &there, err));
    im->count.added += there == 0;
    im->count.same += there == 1;
    im->count.changed += there == 2;
    if (there != 1) {
        jz_stmt *st = there == 0 ? im->insert : im->update;
        bind_filing(st, f);
        JZ_TRY(jz_stmt_run(st, err));
    }
    return f->code[0] != '\0' ? bind_code(im->g, f->subject, f->code, err) : JZ_OK;
}

static jz_status record_import(const importer *im, jz_bytes csv, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    uint8_t sha256[JZ_SHA256_SIZE];
    jz_sha256(csv.ptr, csv.len, sha256);
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "added", (int64_t)im->count.added);
    jz_json_put_i64(&j, "changed", (int64_t)im->count.changed);
    jz_json_put_i64(&j, "same", (int64_t)im->count.same);
    jz_json_put_hex(&j, "sha256", sha256, sizeof sha256);
    jz_json_end_object(&j);
    return jz_govern_record(im->g, "filings", im->by, "filings-imported", &detail, err);
}

static jz_status import_in(importer *im, jz_bytes csv, jz_err *err)
{
    jz_auto(jz_stmt) *insert = NULL;
    jz_auto(jz_stmt) *update = NULL;
    jz_auto(jz_stmt) *find = NULL;
    JZ_TRY(jz_stmt_new(im->g->store,
                       "INSERT INTO filing (number, algorithm, role, subject, product, purpose,"
                       " note, ended) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                       &insert, err));
    JZ_TRY(jz_stmt_new(im->g->store,
                       "UPDATE filing SET algorithm = ?2, role = ?3, subject = ?4, product = ?5,"
                       " purpose = ?6, note = ?7,"
                       " ended = CASE WHEN ended = 1 THEN 1 ELSE ?8 END WHERE number = ?1",
                       &update, err));
    JZ_TRY(jz_stmt_new(im->g->store,
                       "SELECT algorithm = ?2 AND role = ?3 AND subject = ?4 AND product = ?5 AND"
                       " purpose = ?6 AND note = ?7 AND ended >= ?8 FROM filing WHERE number = ?1",
                       &find, err));
    im->insert = insert;
    im->update = update;
    im->find = find;
    JZ_TRY(jz_filing_read(csv, import_row, im, err));
    return record_import(im, csv, err);
}

jz_status jz_filing_import(jz_govern *g, jz_bytes csv, const char *by, jz_filing_count *out,
                           jz_err *err)
{
    importer im = { .g = g, .by = by };
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, import_in(&im, csv, err), err));
    *out = im.count;
    return JZ_OK;
}

/* ---- ending, binding ---- */

static jz_status record_of(jz_govern *g, const char *object, const char *by, const char *kind,
                           const char *key, const char *value, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, key, value);
    jz_json_end_object(&j);
    return jz_govern_record(g, object, by, kind, &detail, err);
}

static jz_status end_in(jz_govern *g, const char *number, const char *reason, const char *by,
                        jz_err *err)
{
    jz_auto(jz_stmt) *find = NULL;
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT ended FROM filing WHERE number = ?1", &find, err));
    jz_stmt_bind_text(find, 1, number);
    JZ_TRY(jz_stmt_step(find, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no filing '%s'", number);
    if (jz_stmt_i64(find, 0) != 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "filing '%s' has ended already", number);
    jz_stmt_reset(find);
    JZ_TRY(jz_stmt_new(g->store, "UPDATE filing SET ended = 1 WHERE number = ?1", &st, err));
    jz_stmt_bind_text(st, 1, number);
    JZ_TRY(jz_stmt_run(st, err));
    return record_of(g, number, by, "filing-ended", "reason", reason, err);
}

jz_status jz_filing_end(jz_govern *g, const char *number, const char *reason, const char *by,
                        jz_err *err)
{
    JZ_TRY(jz_govern_text("reason", reason, JZ_GOVERN_TEXT_MAX, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, end_in(g, number, reason, by, err), err);
}

static jz_status bind_in(jz_govern *g, const char *subject, const char *code, const char *by,
                         jz_err *err)
{
    JZ_TRY(bind_code(g, subject, code, err));
    return record_of(g, subject, by, "filing-bound", "code", code, err);
}

jz_status jz_filing_bind(jz_govern *g, const char *subject, const char *code, const char *by,
                         jz_err *err)
{
    JZ_TRY(jz_govern_text("subject", subject, JZ_GOVERN_TEXT_MAX, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, bind_in(g, subject, code, by, err), err);
}

/* ---- looking up ---- */

typedef struct finder {
    jz_filing_fn fn;
    void *user;
    uint64_t n;
} finder;

static jz_status tell_filing(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    finder *f = user;
    const char *code = jz_stmt_text(st, 8);
    const jz_filing filing = { .number = jz_stmt_text(st, 0),
                               .algorithm = jz_stmt_text(st, 1),
                               .role = jz_stmt_text(st, 2),
                               .subject = jz_stmt_text(st, 3),
                               .product = jz_stmt_text(st, 4),
                               .purpose = jz_stmt_text(st, 5),
                               .note = jz_stmt_text(st, 6),
                               .ended = jz_stmt_i64(st, 7) != 0,
                               .code = code != NULL ? code : "" };
    (void)g;
    f->n++;
    return f->fn(f->user, &filing, err);
}

jz_status jz_filing_find(jz_govern *g, const char *text, jz_filing_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    finder f = { .fn = fn, .user = user };
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT f.number, f.algorithm, f.role, f.subject, f.product, f.purpose,"
                       " f.note, f.ended, k.code FROM filing f"
                       " LEFT JOIN filing_code k ON k.subject = f.subject WHERE ?1 IS NULL"
                       " OR f.number = ?1 OR f.subject = ?1 OR k.code = ?1 ORDER BY f.id",
                       &st, err));
    jz_stmt_bind_text(st, 1, text);
    JZ_TRY(jz_govern_each(g, st, tell_filing, &f, err));
    return f.n > 0 || text == NULL ? JZ_OK
                                   : JZ_FAIL(err, JZ_E_NOTFOUND, "there is no filing '%s'", text);
}

jz_status jz_filing_of_producer(jz_govern *g, const char *producer, jz_producer_state *out,
                                jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    char code[CODE_LEN + 1] = "";
    bool found = false;
    if (jz_provider_form_fault(producer) != NULL || jz_provider_check_fault(producer) != NULL) {
        *out = JZ_PRODUCER_MALFORMED;
        return JZ_OK;
    }
    if (!jz_provider_has_credit_code(producer)) {
        *out = JZ_PRODUCER_PERSON;
        return JZ_OK;
    }
    memcpy(code, producer + SUBJECT_AT, CODE_LEN);
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT MIN(f.ended) FROM filing_code k JOIN filing f"
                       " ON f.subject = k.subject WHERE k.code = ?1",
                       &st, err));
    jz_stmt_bind_text(st, 1, code);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found || jz_stmt_is_null(st, 0))
        *out = JZ_PRODUCER_NOT_FILED;
    else
        *out = jz_stmt_i64(st, 0) == 0 ? JZ_PRODUCER_FILED : JZ_PRODUCER_ENDED;
    return JZ_OK;
}
