/* SPDX-License-Identifier: Apache-2.0 */
#include "govern/marks.h"

#include <jz/consent.h>

#include "base/file.h"
#include "base/hex.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL_MAX ((size_t)64 << 10) /* bytes */

/* Never changed once released, only added to. The event has the time and the leaf. */
static const char *const steps[] = {
    "CREATE TABLE invisible_mark ("
    " id $id,"
    " payload $int NOT NULL," /* its 64 bits, read as a signed number */
    " mark_key $blob NOT NULL,"
    " produce_id TEXT NOT NULL,"
    " source $blob NOT NULL,"
    " output $blob NOT NULL,"
    " event_id $int NOT NULL REFERENCES govern_event (id),"
    " UNIQUE (payload, mark_key, output)) $strict;",
    ("ALTER TABLE invisible_mark ADD COLUMN label TEXT NOT NULL DEFAULT '';"
     "ALTER TABLE invisible_mark ADD COLUMN source_type TEXT NOT NULL DEFAULT '';"),
    "ALTER TABLE invisible_mark ADD COLUMN signer TEXT NOT NULL DEFAULT '';",
};

jz_status jz_mark_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "invisible_mark", steps, JZ_ARRAY_LEN(steps), err);
}

/* ---- keeping ---- */

static jz_status is_kept(jz_govern *g, const jz_mark_record *r, bool *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT 1 FROM invisible_mark WHERE payload = ?1 AND mark_key = ?2"
                       " AND output = ?3",
                       &st, err));
    jz_stmt_bind_i64(st, 1, (int64_t)r->payload);
    jz_stmt_bind_blob(st, 2, r->key, sizeof r->key);
    jz_stmt_bind_blob(st, 3, r->output, sizeof r->output);
    return jz_stmt_step(st, out, err);
}

static const char *payload_text(uint64_t payload, char text[17])
{
    (void)snprintf(text, 17, "%016" PRIx64, payload);
    return text;
}

/* The event's object is the payload, which in a leaf of the ledger is not to be read. */
static jz_status record_mark(jz_govern *g, const jz_mark_record *r, const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    char payload[17];
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_hex(&j, "key", r->key, sizeof r->key);
    jz_json_put_text(&j, "label", r->label);
    jz_json_put_hex(&j, "output_sha256", r->output, sizeof r->output);
    jz_json_put_text(&j, "produce_id", r->produce_id);
    jz_json_put_text(&j, "signer", r->signer);
    jz_json_put_hex(&j, "source_sha256", r->source, sizeof r->source);
    jz_json_put_text(&j, "source_type", r->source_type);
    jz_json_end_object(&j);
    return jz_govern_record(g, payload_text(r->payload, payload), by, "marked", &detail, err);
}

static jz_status keep_in(jz_govern *g, const jz_mark_record *r, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool kept = false;
    JZ_TRY(is_kept(g, r, &kept, err));
    if (kept)
        return JZ_OK;
    JZ_TRY(record_mark(g, r, by, err));
    const int64_t event = jz_store_last_id(g->store);
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO invisible_mark (payload, mark_key, produce_id, source, output,"
                       " event_id, label, source_type, signer)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, (int64_t)r->payload);
    jz_stmt_bind_blob(st, 2, r->key, sizeof r->key);
    jz_stmt_bind_text(st, 3, r->produce_id);
    jz_stmt_bind_blob(st, 4, r->source, sizeof r->source);
    jz_stmt_bind_blob(st, 5, r->output, sizeof r->output);
    jz_stmt_bind_i64(st, 6, event);
    jz_stmt_bind_text(st, 7, r->label);
    jz_stmt_bind_text(st, 8, r->source_type);
    jz_stmt_bind_text(st, 9, r->signer);
    return jz_stmt_run(st, err);
}

jz_status jz_mark_keep(jz_govern *g, const jz_mark_record *r, const char *by, jz_err *err)
{
    JZ_TRY(jz_govern_text("content's number", r->produce_id, JZ_GOVERN_TEXT_MAX, false, err));
    JZ_TRY(jz_govern_text("label", r->label, LABEL_MAX, false, err));
    JZ_TRY(jz_govern_text("source type", r->source_type, JZ_GOVERN_TEXT_MAX, false, err));
    JZ_TRY(jz_govern_text("signer", r->signer, JZ_GOVERN_TEXT_MAX, false, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, keep_in(g, r, by, err), err);
}

/* ---- finding ---- */

typedef struct finder {
    jz_mark_fn fn;
    void *user;
    uint64_t n;
} finder;

static jz_status take_blob(jz_stmt *st, int at, uint8_t *out, size_t size, jz_err *err)
{
    const jz_bytes blob = jz_stmt_blob(st, at);
    if (blob.len != size)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a mark's record holds %zu bytes, not %zu", blob.len,
                       size);
    memcpy(out, blob.ptr, size);
    return JZ_OK;
}

static jz_status put_consent(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    jz_json *j = user;
    (void)g;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_text(j, "consent_id", jz_stmt_text(st, 0));
    jz_json_put_text(j, "state", jz_consent_state_name((jz_consent_state)jz_stmt_i64(st, 1)));
    jz_json_end_object(j);
    return JZ_OK;
}

static jz_status list_consents(jz_govern *g, const char *decision, jz_buf *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_json j = { .out = out };
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT c.handle, c.state FROM gate_decision d"
                       " JOIN gate_use u ON u.decision_id = d.id"
                       " JOIN consent c ON c.id = u.consent_id WHERE d.handle = ?1 ORDER BY c.id",
                       &st, err));
    jz_stmt_bind_text(st, 1, decision);
    jz_json_begin_array(&j);
    JZ_TRY(jz_govern_each(g, st, put_consent, &j, err));
    jz_json_end_array(&j);
    return jz_buf_check(out, err);
}

static jz_status tell_mark(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    finder *f = user;
    JZ_BUF_AUTO consents = { 0 };
    jz_mark_record r = { .payload = (uint64_t)jz_stmt_i64(st, 0),
                         .produce_id = jz_stmt_text(st, 2),
                         .at_us = jz_stmt_i64(st, 5),
                         .leaf = jz_stmt_is_null(st, 6) ? -1 : jz_stmt_i64(st, 6),
                         .label = jz_stmt_text(st, 7),
                         .source_type = jz_stmt_text(st, 8),
                         .decision = jz_stmt_text(st, 9),
                         .signer = jz_stmt_text(st, 10) };
    JZ_TRY(list_consents(g, r.decision, &consents, err));
    r.consents = consents.ptr;
    JZ_TRY(take_blob(st, 1, r.key, sizeof r.key, err));
    JZ_TRY(take_blob(st, 3, r.source, sizeof r.source, err));
    JZ_TRY(take_blob(st, 4, r.output, sizeof r.output, err));
    f->n++;
    return f->fn(f->user, &r, err);
}

static jz_status find_all(jz_govern *g, uint64_t payload, jz_mark_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    finder f = { .fn = fn, .user = user };
    char text[17];
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT m.payload, m.mark_key, m.produce_id, m.source, m.output, e.at_us,"
                       " e.leaf, m.label, m.source_type, COALESCE((SELECT MIN(d.handle)"
                       " FROM gate_output o JOIN gate_decision d ON d.id = o.decision_id"
                       " WHERE o.sha256 = m.output), ''), m.signer"
                       " FROM invisible_mark m JOIN govern_event e ON e.id = m.event_id"
                       " WHERE m.payload = ?1 ORDER BY m.id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, (int64_t)payload);
    JZ_TRY(jz_govern_each(g, st, tell_mark, &f, err));
    return f.n > 0 ? JZ_OK
                   : JZ_FAIL(err, JZ_E_NOTFOUND, "no mark with the payload %s is recorded",
                             payload_text(payload, text));
}

static jz_status read_payload(const char *text, uint64_t *out, jz_err *err)
{
    uint8_t bytes[8];
    uint64_t v = 0;
    if (!jz_hex_decode(text, strlen(text), bytes, sizeof bytes))
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is not 16 hex digits", text);
    for (size_t i = 0; i < sizeof bytes; i++)
        v = v << 8 | bytes[i];
    *out = v;
    return JZ_OK;
}

jz_status jz_mark_find(jz_govern *g, const char *payload, jz_mark_fn fn, void *user, jz_err *err)
{
    uint64_t v = 0;
    JZ_TRY(read_payload(payload, &v, err));
    return find_all(g, v, fn, user, err);
}

static jz_status put_mark(void *user, const jz_mark_record *r, jz_err *err)
{
    jz_json *j = user;
    (void)err;
    jz_json_begin_object(j);
    jz_json_put_hex(j, "key", r->key, sizeof r->key);
    jz_json_put_text(j, "produce_id", r->produce_id);
    jz_json_put_text(j, "label", r->label);
    jz_json_put_text(j, "source_type", r->source_type);
    jz_json_put_hex(j, "source_sha256", r->source, sizeof r->source);
    jz_json_put_hex(j, "output_sha256", r->output, sizeof r->output);
    jz_json_put_time(j, "at", r->at_us);
    jz_json_put_i64(j, "leaf", r->leaf);
    jz_json_put_text(j, "gate_decision", r->decision);
    if (r->decision[0] != '\0') {
        jz_json_key(j, "consents");
        jz_json_raw(j, r->consents, strlen(r->consents));
    }
    jz_json_put_text(j, "signer", r->signer);
    jz_json_end_object(j);
    return JZ_OK;
}

jz_status jz_mark_json(jz_govern *g, const char *payload, jz_buf *out, jz_err *err)
{
    jz_json j = { .out = out };
    uint64_t v = 0;
    char text[17];
    JZ_TRY(read_payload(payload, &v, err));
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "payload", payload_text(v, text));
    jz_json_key(&j, "marks");
    jz_json_begin_array(&j);
    JZ_TRY(find_all(g, v, put_mark, &j, err));
    jz_json_end_array(&j);
    jz_json_end_object(&j);
    return JZ_OK;
}
