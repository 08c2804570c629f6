/* SPDX-License-Identifier: Apache-2.0 */
/* Asking for consent, finding it, and its rows. */
#include "govern/consents.h"

#include "base/alloc.h"
#include "ledger/ed25519.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_MIN 8 /* digits that can stand for a whole id */

const jz_pin_of jz_pin_of_consent = {
    .prefix = "JC-",
    .insert = JZ_PIN_INSERT("consent_pin", "consent_id"),
    .find = JZ_PIN_FIND("consent_pin", "consent_id"),
    .count = JZ_PIN_COUNT("consent_pin", "consent_id"),
};

typedef jz_consent_record record; /* 20 kB: on the heap */

static void recordp(record **r)
{
    jz_free(*r);
}
#define RECORD_AUTO __attribute__((cleanup(recordp))) record

/* ---- asking ---- */

static jz_status make_uuid(char out[37], jz_err *err)
{
    uint8_t b[16];
    JZ_TRY(jz_random(b, sizeof b, err));
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* RFC 9562: version 4, variant 10 */
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
    (void)snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                   b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12],
                   b[13], b[14], b[15]);
    return JZ_OK;
}

static jz_status insert_consent(jz_govern *g, const char *id, const record *r, const jz_buf *text,
                                jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    char territory[JZ_CONSENT_TERRITORY];
    size_t len = 0;
    for (size_t i = 0; i < r->grant.n_territory; i++)
        len += (size_t)snprintf(territory + len, sizeof territory - len, "%s,",
                                r->grant.territory[i]); /* two letters each */
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO consent (handle, record, state, seq, from_s, until_s, erased,"
                       " provider, operation, purpose, role, visibility, commercial, classes,"
                       " territory, age, max_outputs, used) VALUES (?1, ?2, ?3, 1, ?4, ?5, 0, ?6,"
                       " ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 0)",
                       &st, err));
    jz_stmt_bind_text(st, 1, id);
    jz_stmt_bind_text(st, 2, text->ptr);
    jz_stmt_bind_i64(st, 3, JZ_CONSENT_REQUESTED);
    jz_stmt_bind_i64(st, 4, r->from_s);
    jz_stmt_bind_i64(st, 5, r->until_s);
    jz_stmt_bind_text(st, 6, r->controllers[0].party_id);
    jz_stmt_bind_i64(st, 7, r->grant.operation);
    jz_stmt_bind_i64(st, 8, r->grant.purpose);
    jz_stmt_bind_i64(st, 9, r->grant.face_role);
    jz_stmt_bind_i64(st, 10, r->grant.visibility);
    jz_stmt_bind_i64(st, 11, r->grant.commercial);
    jz_stmt_bind_i64(st, 12, r->grant.content_class);
    jz_stmt_bind_text(st, 13, territory);
    jz_stmt_bind_i64(st, 14, r->age);
    jz_stmt_bind_i64(st, 15, r->grant.max_outputs);
    return jz_stmt_run(st, err);
}

static bool has_key(const jz_consent_personal *p)
{
    static const uint8_t none[JZ_CONSENT_KEY_SIZE];
    return memcmp(p->key, none, sizeof none) != 0;
}

static jz_status insert_personal(jz_govern *g, int64_t row, const jz_consent_personal *p,
                                 const jz_buf *text, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_auto(jz_stmt) *media = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO consent_personal (consent_id, body, principal, guardian,"
                       " public_key) VALUES (?1, ?2, ?3, ?4, ?5)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_text(st, 2, text->ptr);
    jz_stmt_bind_text(st, 3, p->principal_ref);
    jz_stmt_bind_text(st, 4, p->guardian_ref);
    jz_stmt_bind_blob(st, 5, has_key(p) ? p->key : NULL, sizeof p->key);
    JZ_TRY(jz_stmt_run(st, err));
    JZ_TRY(jz_stmt_new(g->store, "INSERT INTO consent_media (consent_id, sha256) VALUES (?1, ?2)",
                       &media, err));
    for (size_t i = 0; i < p->n_media; i++) {
        jz_stmt_bind_i64(media, 1, row);
        jz_stmt_bind_blob(media, 2, p->media[i], sizeof p->media[i]);
        const jz_status done = jz_stmt_run(media, err);
        if (done == JZ_E_EXISTS)
            return JZ_FAIL(err, JZ_E_INVAL, "media_sha256: element %zu stands there twice", i + 1);
        JZ_TRY(done);
    }
    return JZ_OK;
}

typedef struct texts { /* what is kept of a record */
    jz_buf personal, record;
    jz_pin_secret pin;
} texts;

static jz_status insert_all(jz_govern *g, const record *r, const texts *t, const char *by,
                            const jz_consent_ticket *ticket, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(insert_consent(g, ticket->id, r, &t->record, err));
    const int64_t row = jz_store_last_id(g->store);
    JZ_TRY(insert_personal(g, row, &r->personal, &t->personal, err));
    JZ_TRY(jz_pin_keep(g, &jz_pin_of_consent, row, ticket->case_no, &t->pin, err));
    const jz_consent_detail d = { .seq = 0 };
    jz_json j = { .out = &detail };
    jz_fields_put(jz_consent_detail_fields, &d, &j);
    return jz_govern_record(g, ticket->id, by, JZ_CONSENT_ASKED, &detail, err);
}

static jz_status request_with(jz_govern *g, record *r, texts *t, jz_bytes json, const char *by,
                              jz_consent_ticket *ticket, jz_err *err)
{
    JZ_TRY(jz_consent_record_input(json, r, err));
    if (jz_govern_now_s(g) >= r->until_s)
        return JZ_FAIL(err, JZ_E_INVAL, "valid_until has passed");
    JZ_TRY(make_uuid(r->record_id, err));
    JZ_TRY(jz_random(r->salt, sizeof r->salt, err));
    JZ_TRY(jz_random(r->personal.salt, sizeof r->personal.salt, err));
    JZ_TRY(jz_consent_record_text(r, &t->personal, &t->record, ticket->id, err));
    JZ_TRY(jz_pin_new(&jz_pin_of_consent, ticket->case_no, ticket->pin, &t->pin, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, insert_all(g, r, t, by, ticket, err), err);
}

jz_status jz_consent_request(jz_govern *g, jz_bytes json, const char *by, jz_consent_ticket *out,
                             jz_err *err)
{
    RECORD_AUTO *r = jz_alloc(sizeof *r);
    texts t = { 0 };
    jz_consent_ticket ticket = { 0 };
    if (r == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = request_with(g, r, &t, json, by, &ticket, err);
    jz_buf_done(&t.personal);
    jz_buf_done(&t.record);
    if (st == JZ_OK)
        *out = ticket;
    jz_wipe(&ticket, sizeof ticket);
    return st;
}

/* ---- rows ---- */

static jz_status take_text(jz_stmt *st, int at, char *to, size_t size, jz_err *err)
{
    const char *text = jz_stmt_text(st, at);
    if (text != NULL && strlen(text) >= size)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a consent's row holds a text that is too long");
    (void)snprintf(to, size, "%s", text != NULL ? text : "");
    return JZ_OK;
}

static jz_status take_row(jz_stmt *st, jz_consent_row *out, jz_err *err)
{
    out->row = jz_stmt_i64(st, 0);
    out->life = (jz_consent_life){ .state = (jz_consent_state)jz_stmt_i64(st, 1),
                                   .seq = jz_stmt_i64(st, 2),
                                   .from_s = jz_stmt_i64(st, 3),
                                   .until_s = jz_stmt_i64(st, 4),
                                   .erased = jz_stmt_i64(st, 5) != 0 };
    out->operation = (int)jz_stmt_i64(st, 7);
    out->purpose = (int)jz_stmt_i64(st, 8);
    out->role = (int)jz_stmt_i64(st, 9);
    out->visibility = (int)jz_stmt_i64(st, 10);
    out->commercial = jz_stmt_i64(st, 11) != 0;
    out->classes = (uint32_t)jz_stmt_i64(st, 12);
    out->age = (int)jz_stmt_i64(st, 14);
    out->max_outputs = jz_stmt_i64(st, 15);
    out->used = jz_stmt_i64(st, 16);
    if (jz_consent_state_name(out->life.state) == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a consent in state %u", (unsigned)out->life.state);
    JZ_TRY(take_text(st, 6, out->provider, sizeof out->provider, err));
    JZ_TRY(take_text(st, 13, out->territory, sizeof out->territory, err));
    JZ_TRY(take_text(st, 17, out->principal, sizeof out->principal, err));
    return take_text(st, 18, out->guardian, sizeof out->guardian, err);
}

jz_status jz_consent_load(jz_govern *g, const char *id, jz_consent_row *out, jz_err *err)
{
    jz_stmt *st = NULL;
    bool found = false;
    JZ_TRY(jz_govern_stmt(g, JZ_SQL_CONSENT, &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no consent '%s'", id);
    const jz_status done = take_row(st, out, err);
    jz_stmt_reset(st);
    return done;
}

jz_status jz_consent_save(jz_govern *g, int64_t row, const jz_consent_life *life, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE consent SET state = ?2, seq = ?3, until_s = ?4, erased = ?5"
                       " WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, life->state);
    jz_stmt_bind_i64(st, 3, life->seq);
    jz_stmt_bind_i64(st, 4, life->until_s);
    jz_stmt_bind_i64(st, 5, life->erased);
    return jz_stmt_run(st, err);
}

/* ---- finding, showing ---- */

jz_status jz_consent_find(jz_govern *g, const char *text, char id[JZ_CONSENT_ID_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    char found[JZ_CONSENT_ID_SIZE];
    const size_t len = strlen(text);
    if (len < PREFIX_MIN || len >= JZ_CONSENT_ID_SIZE || strspn(text, "0123456789abcdef") != len)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no consent '%s'", text);
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT handle FROM consent WHERE handle >= ?1 AND handle < ?1 || 'g'"
                       " ORDER BY handle LIMIT 2",
                       &st, err));
    jz_stmt_bind_text(st, 1, text);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no consent '%s'", text);
    JZ_TRY(take_text(st, 0, found, sizeof found, err));
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (row)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' means several consents: give the whole id", text);
    memcpy(id, found, sizeof found);
    return JZ_OK;
}

typedef struct lister {
    jz_consent_info_fn fn;
    void *user;
} lister;

static jz_status tell_consent(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    const jz_consent_life life = { .state = (jz_consent_state)jz_stmt_i64(st, 1),
                                   .from_s = jz_stmt_i64(st, 2),
                                   .until_s = jz_stmt_i64(st, 3) };
    const jz_consent_info info = { .id = jz_stmt_text(st, 0),
                                   .state = life.state,
                                   .valid = jz_consent_is_valid(&life, jz_govern_now_s(g)),
                                   .erased = jz_stmt_i64(st, 4) != 0,
                                   .from_s = life.from_s,
                                   .until_s = life.until_s,
                                   .max_outputs = jz_stmt_i64(st, 5),
                                   .used = jz_stmt_i64(st, 6),
                                   .provider = jz_stmt_text(st, 7),
                                   .record = jz_stmt_text(st, 8),
                                   .personal = jz_stmt_text(st, 9) };
    return l->fn(l->user, &info, err);
}

#define INFO_FROM                                                                                  \
    "SELECT c.handle, c.state, c.from_s, c.until_s, c.erased, c.max_outputs, c.used, c.provider,"  \
    " c.record, p.body FROM consent c LEFT JOIN consent_personal p ON p.consent_id = c.id"

jz_status jz_consent_show(jz_govern *g, const char *id, jz_consent_info_fn fn, void *user,
                          jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store, INFO_FROM " WHERE c.handle = ?1", &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no consent '%s'", id);
    return tell_consent(g, st, &l, err);
}

jz_status jz_consent_list(jz_govern *g, jz_consent_info_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store, INFO_FROM " ORDER BY c.id", &st, err));
    return jz_govern_each(g, st, tell_consent, &l, err);
}
