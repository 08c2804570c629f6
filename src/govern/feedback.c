/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/feedback.h>

#include "govern/consents.h"
#include "govern/measures.h"
#include "govern/reports.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/rd.h"

#include <jz/hash.h>

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define NAME 128

/* Never changed once released, only added to. A decision is told again where an appeal has changed
 * it since: seen is its appeal state when it was told. */
static const char *const steps[] = {
    "CREATE TABLE feedback_list ("
    " id $id,"
    " at_us $int NOT NULL,"
    " sha256 TEXT NOT NULL,"
    " body TEXT NOT NULL) $strict;"
    "CREATE TABLE feedback_seen ("
    " decision_id $int PRIMARY KEY REFERENCES decision (id),"
    " appeal $int NOT NULL) $strict;"
    "CREATE TABLE model_release ("
    " id $id,"
    " model TEXT NOT NULL,"
    " release TEXT NOT NULL,"
    " sha256 $blob NOT NULL,"
    " frozen_set $blob NOT NULL,"
    " at_us $int NOT NULL,"
    " missed_ppm $int NOT NULL, false_ppm $int NOT NULL,"
    " before_missed $int NOT NULL, before_false $int NOT NULL,"
    " accepted $int NOT NULL) $strict;"
    "CREATE INDEX model_release_of ON model_release (model, accepted, id);",
};

jz_status jz_feedback_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "feedback", steps, JZ_ARRAY_LEN(steps), err);
}

/* ---- lists ---- */

/* What may be trained with an item: whether it is an output that was made under a consent which is
 * in force, and whether that one allows it. NULL: nobody has consented to anything. */
static jz_status put_consent(jz_govern *g, const char *target, jz_json *j, jz_err *err)
{
    static const char prefix[] = "sha256:";
    jz_auto(jz_stmt) *st = NULL;
    uint8_t sha256[JZ_SHA256_SIZE];
    bool there = false;
    if (strncmp(target, prefix, sizeof prefix - 1) != 0 ||
        !jz_hex_decode(target + sizeof prefix - 1, strlen(target) - (sizeof prefix - 1), sha256,
                       sizeof sha256))
        return JZ_OK;
    JZ_TRY(
        jz_stmt_new(g->store,
                    "SELECT c.handle, c.record FROM gate_output o"
                    " JOIN gate_use u ON u.decision_id = o.decision_id"
                    " JOIN consent c ON c.id = u.consent_id WHERE o.sha256 = ?1"
                    " AND c.state IN (?2, ?4) AND c.from_s <= ?3 AND c.until_s > ?3 ORDER BY c.id",
                    &st, err));
    jz_stmt_bind_blob(st, 1, sha256, sizeof sha256);
    jz_stmt_bind_i64(st, 2, JZ_CONSENT_GIVEN);
    jz_stmt_bind_i64(st, 3, jz_govern_now_s(g));
    jz_stmt_bind_i64(st, 4, JZ_CONSENT_RENEWED);
    JZ_TRY(jz_stmt_step(st, &there, err));
    if (!there)
        return JZ_OK;
    jz_consent_record *r = jz_alloc_zero(1, sizeof *r);
    if (r == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const char *text = jz_stmt_text(st, 1);
    const jz_status read = jz_consent_record_read(jz_bytes_of_text(text), r, err);
    if (read == JZ_OK) {
        jz_json_begin_object(j);
        jz_json_put_text(j, "consent_id", jz_stmt_text(st, 0));
        jz_json_put_bool(j, "model_training", r->grant.model_training);
        jz_json_end_object(j);
    }
    jz_free(r);
    return read;
}

static void put_regions(const jz_decision_form *f, const char *target, jz_json *j)
{
    jz_json_begin_array(j);
    for (size_t i = 0; i < f->measures; i++)
        for (size_t k = 0; strcmp(f->measure[i].target, target) == 0 && k < f->measure[i].regions;
             k++)
            jz_fields_put(jz_region_fields, &f->measure[i].region[k], j);
    jz_json_end_array(j);
}

static jz_status put_item(jz_govern *g, const char *target, const char *id, bool cleared,
                          const jz_decision_form *f, jz_json *j, jz_err *err)
{
    JZ_BUF_AUTO consent = { 0 };
    jz_json c = { .out = &consent };
    JZ_TRY(put_consent(g, target, &c, err));
    JZ_TRY(jz_buf_check(&consent, err));
    jz_json_begin_object(j);
    jz_json_put_text(j, "basis", f->basis);
    jz_json_put_text(j, "category", jz_words_complaint_category[f->category - 1]);
    jz_json_key(j, "consent");
    if (consent.len > 0)
        jz_json_raw(j, consent.ptr, consent.len);
    else
        jz_json_null(j);
    jz_json_put_text(j, "decision", id);
    jz_json_key(j, "regions");
    put_regions(f, target, j);
    jz_json_put_text(j, "target", target);
    jz_json_put_text(j, "verdict", cleared ? "cleared" : "violating");
    jz_json_end_object(j);
    return JZ_OK;
}

/* Of one decision, the items that its measures on content name, each once. */
static jz_status put_items(jz_govern *g, int64_t decision, const char *id, bool cleared,
                           const jz_decision_form *f, jz_json *j, uint64_t *n, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT DISTINCT target FROM measure WHERE decision_id = ?1 AND kind <= ?2"
                       " AND state <> ?3 ORDER BY target",
                       &st, err));
    jz_stmt_bind_i64(st, 1, decision);
    jz_stmt_bind_i64(st, 2, JZ_MEASURE_DESTROY); /* the last one of content */
    jz_stmt_bind_i64(st, 3, JZ_MEASURE_DISMISSED);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (; there; ++*n) {
        JZ_TRY(put_item(g, jz_stmt_text(st, 0), id, cleared, f, j, err));
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    return JZ_OK;
}

static jz_status mark_seen(jz_govern *g, int64_t decision, int64_t appeal, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO feedback_seen (decision_id, appeal) VALUES (?1, ?2)"
                       " ON CONFLICT (decision_id) DO UPDATE SET appeal = excluded.appeal",
                       &st, err));
    jz_stmt_bind_i64(st, 1, decision);
    jz_stmt_bind_i64(st, 2, appeal);
    return jz_stmt_run(st, err);
}

typedef struct gatherer {
    jz_json *j;
    jz_decision_form *f;
    uint64_t items;
} gatherer;

static jz_status take_decision(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    gatherer *r = user;
    const int64_t appeal = jz_stmt_i64(st, 2);
    JZ_TRY(jz_decision_text_read(jz_stmt_text(st, 3), r->f, err));
    JZ_TRY(put_items(g, jz_stmt_i64(st, 0), jz_stmt_text(st, 1), appeal == JZ_APPEAL_OVERTURNED,
                     r->f, r->j, &r->items, err));
    return mark_seen(g, jz_stmt_i64(st, 0), appeal, err);
}

/* New ones, and those that an appeal has overturned since they were told. While an appeal is open
 * nothing is told of them. */
static jz_status gather(jz_govern *g, gatherer *r, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT d.id, d.handle, d.appeal, d.body FROM decision d"
                       " LEFT JOIN feedback_seen s ON s.decision_id = d.id"
                       " WHERE d.body <> '' AND d.appeal <> ?1 AND (s.appeal IS NULL"
                       " OR (d.appeal = ?2 AND s.appeal <> ?2)) ORDER BY d.id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, JZ_APPEAL_OPEN);
    jz_stmt_bind_i64(st, 2, JZ_APPEAL_OVERTURNED);
    return jz_govern_each(g, st, take_decision, r, err);
}

static jz_status last_version(jz_govern *g, int64_t *version, char sha256[65], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT id, sha256 FROM feedback_list ORDER BY id DESC LIMIT 1",
                       &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    *version = there ? jz_stmt_i64(st, 0) : 0;
    (void)snprintf(sha256, 65, "%s", there ? jz_stmt_text(st, 1) : "");
    return JZ_OK;
}

static jz_status keep_list(jz_govern *g, const jz_buf *text, const char *by, int64_t *version,
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    uint8_t hash[32];
    char hex[65];
    jz_sha256(text->ptr, text->len, hash);
    jz_hex_encode(hash, sizeof hash, hex);
    JZ_TRY(jz_stmt_new(
        g->store, "INSERT INTO feedback_list (at_us, sha256, body) VALUES (?1, ?2, ?3)", &st, err));
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g));
    jz_stmt_bind_text(st, 2, hex);
    jz_stmt_bind_text(st, 3, text->ptr);
    JZ_TRY(jz_stmt_run(st, err));
    *version = jz_store_last_id(g->store);
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "sha256", hex);
    jz_json_put_i64(&j, "version", *version);
    jz_json_end_object(&j);
    return jz_govern_record(g, "feedback", by, "listed", &detail, err);
}

static jz_status list_in(jz_govern *g, jz_decision_form *f, const char *by, int64_t *version,
                         jz_buf *text, jz_err *err)
{
    char before[65];
    int64_t last = 0;
    jz_json j = { .out = text };
    gatherer r = { &j, f, 0 };
    JZ_TRY(last_version(g, &last, before, err));
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "format", "jianzhen-training/2");
    jz_json_key(&j, "items");
    jz_json_begin_array(&j);
    JZ_TRY(gather(g, &r, err));
    jz_json_end_array(&j);
    jz_json_put_text(&j, "previous_sha256", before);
    jz_json_put_i64(&j, "version", last + 1);
    jz_json_end_object(&j);
    JZ_TRY(jz_buf_check(text, err));
    if (r.items == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "nothing was decided since the last list");
    return keep_list(g, text, by, version, err);
}

jz_status jz_feedback_list(jz_govern *g, const char *by, int64_t *version, char **out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    int64_t made = 0;
    JZ_DECISION_AUTO *f = jz_decision_form_new(err);
    if (f == NULL)
        return JZ_E_NOMEM;
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, list_in(g, f, by, &made, &text, err), err));
    *version = made;
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}

jz_status jz_feedback_get(jz_govern *g, int64_t version, char **out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT body FROM feedback_list WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, version);
    JZ_TRY(jz_stmt_step(st, &there, err));
    if (!there)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no list %" PRId64, version);
    char *text = jz_strdup(jz_stmt_text(st, 0));
    if (text == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *out = text;
    return JZ_OK;
}

/* ---- releases ---- */

typedef struct release {
    char model[NAME], name[NAME];
    uint8_t sha256[32], frozen[32];
    int64_t missed, wrong; /* in a million */
    int64_t ticket, list;
} release;

#define R(member) offsetof(release, member)
static const jz_field release_fields[] = {
    { "false_ppm", JZ_FIELD_INT, false, .at = R(wrong), .min = 0, .max = 1000000 },
    { "frozen_set", JZ_FIELD_HEX, false, .at = R(frozen), .size = 32 },
    { "list", JZ_FIELD_INT, true, .at = R(list), .min = 1, .max = INT64_MAX },
    { "missed_ppm", JZ_FIELD_INT, false, .at = R(missed), .min = 0, .max = 1000000 },
    { "model", JZ_FIELD_TEXT, false, .at = R(model), .size = NAME },
    { "release", JZ_FIELD_TEXT, false, .at = R(name), .size = NAME },
    { "sha256", JZ_FIELD_HEX, false, .at = R(sha256), .size = 32 },
    { "ticket", JZ_FIELD_INT, true, .at = R(ticket), .min = 1, .max = INT64_MAX },
    { 0 },
};

typedef struct before { /* the release that was accepted last */
    bool there;
    uint8_t frozen[32];
    int64_t missed, wrong;
} before;

static jz_status read_before(jz_govern *g, const char *model, before *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT frozen_set, missed_ppm, false_ppm FROM model_release"
                       " WHERE model = ?1 AND accepted = 1 ORDER BY id DESC LIMIT 1",
                       &st, err));
    jz_stmt_bind_text(st, 1, model);
    *out = (before){ .missed = -1, .wrong = -1 };
    JZ_TRY(jz_stmt_step(st, &out->there, err));
    if (!out->there)
        return JZ_OK;
    const jz_bytes frozen = jz_stmt_blob(st, 0);
    if (frozen.len != sizeof out->frozen)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a release without a set");
    memcpy(out->frozen, frozen.ptr, sizeof out->frozen);
    out->missed = jz_stmt_i64(st, 1);
    out->wrong = jz_stmt_i64(st, 2);
    return JZ_OK;
}

static jz_status check_new(jz_govern *g, const release *r, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT 1 FROM model_release WHERE model = ?1 AND release = ?2"
                       " AND accepted = 1",
                       &st, err));
    jz_stmt_bind_text(st, 1, r->model);
    jz_stmt_bind_text(st, 2, r->name);
    JZ_TRY(jz_stmt_step(st, &there, err));
    return there ? JZ_FAIL(err, JZ_E_EXISTS, "%s %s is registered already", r->model, r->name)
                 : JZ_OK;
}

static jz_status judge(const release *r, const before *b, jz_err *err)
{
    if (!b->there)
        return JZ_OK;
    if (memcmp(r->frozen, b->frozen, sizeof r->frozen) != 0)
        return JZ_FAIL(err, JZ_E_INVAL, "it was measured on another set than the release before");
    if (r->missed > b->missed || r->wrong > b->wrong)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "it is worse: %" PRId64 " missed and %" PRId64
                       " false in a million, %" PRId64 " and %" PRId64 " before",
                       r->missed, r->wrong, b->missed, b->wrong);
    return JZ_OK;
}

static jz_status keep_release(jz_govern *g, const release *r, const before *b, bool accepted,
                              const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO model_release (model, release, sha256, frozen_set, at_us,"
                       " missed_ppm, false_ppm, before_missed, before_false, accepted)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                       &st, err));
    jz_stmt_bind_text(st, 1, r->model);
    jz_stmt_bind_text(st, 2, r->name);
    jz_stmt_bind_blob(st, 3, r->sha256, sizeof r->sha256);
    jz_stmt_bind_blob(st, 4, r->frozen, sizeof r->frozen);
    jz_stmt_bind_i64(st, 5, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 6, r->missed);
    jz_stmt_bind_i64(st, 7, r->wrong);
    jz_stmt_bind_i64(st, 8, b->missed);
    jz_stmt_bind_i64(st, 9, b->wrong);
    jz_stmt_bind_i64(st, 10, accepted);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_fields_put(release_fields, r, &j);
    return jz_govern_record(g, "model", by, accepted ? "registered" : "refused", &detail, err);
}

static jz_status close_ticket(jz_govern *g, int64_t ticket, const char *by, jz_err *err)
{
    const jz_measure_deed deed = { .act = JZ_MEASURE_ACKNOWLEDGE, .by = by };
    jz_measure_rec m;
    jz_decision_row d;
    if (ticket == 0)
        return JZ_OK;
    JZ_TRY(jz_measure_load(g, ticket, &m, err));
    if (m.life.kind != JZ_MEASURE_RETRAIN_TICKET)
        return JZ_FAIL(err, JZ_E_INVAL, "measure %" PRId64 " is no retrain_ticket", ticket);
    JZ_TRY(jz_decision_load_row(g, m.decision, &d, err));
    return jz_measure_apply(g, &d, &m, &deed, err);
}

/* A refusal is kept too: *refused and why say so, and the transaction goes through. */
static jz_status register_in(jz_govern *g, const release *r, const char *by, jz_status *refused,
                             jz_err *why, jz_err *err)
{
    before b;
    JZ_TRY(check_new(g, r, err));
    JZ_TRY(read_before(g, r->model, &b, err));
    *refused = judge(r, &b, why);
    JZ_TRY(keep_release(g, r, &b, *refused == JZ_OK, by, err));
    return *refused == JZ_OK ? close_ticket(g, r->ticket, by, err) : JZ_OK;
}

jz_status jz_model_register(jz_govern *g, jz_bytes json, const char *by, jz_err *err)
{
    release r;
    jz_status refused = JZ_OK;
    jz_err why = { 0 };
    JZ_TRY(jz_fields_read(release_fields, json, "release", &r, sizeof r, err));
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, register_in(g, &r, by, &refused, &why, err), err));
    return refused == JZ_OK ? JZ_OK : JZ_FAIL(err, refused, "%s", why.frame[0]);
}

typedef struct lister {
    jz_model_fn fn;
    void *user;
} lister;

static jz_status tell_release(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    const jz_model_release r = { .model = jz_stmt_text(st, 0),
                                 .release = jz_stmt_text(st, 1),
                                 .at_us = jz_stmt_i64(st, 2),
                                 .missed_ppm = jz_stmt_i64(st, 3),
                                 .false_ppm = jz_stmt_i64(st, 4),
                                 .before_missed = jz_stmt_i64(st, 5),
                                 .before_false = jz_stmt_i64(st, 6),
                                 .accepted = jz_stmt_i64(st, 7) != 0 };
    (void)g;
    return l->fn(l->user, &r, err);
}

jz_status jz_models_registered(jz_govern *g, jz_model_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT model, release, at_us, missed_ppm, false_ppm, before_missed,"
                       " before_false, accepted FROM model_release ORDER BY id",
                       &st, err));
    return jz_govern_each(g, st, tell_release, &l, err);
}
