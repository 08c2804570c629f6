/* SPDX-License-Identifier: Apache-2.0 */
/* Webhooks: what waits, and telling it. The message is made when it is queued and never changes. */
#include "govern/hooks.h"

#include "base/curl.h"
#include "base/hex.h"
#include "base/url.h"
#include "govern/measures.h"
#include "ledger/ed25519.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define EVENT_SIZE 33
#define MINUTE_US ((int64_t)60 * 1000000)
#define RECHECK_US JZ_DAY_US

enum { WAITING = 1, DELIVERED, DEAD };

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE hook_target ("
    " id $id,"
    " url TEXT NOT NULL,"
    " inside $int NOT NULL) $strict;"
    "CREATE TABLE hook ("
    " id $id,"
    " event TEXT NOT NULL UNIQUE,"
    " measure_id $int NOT NULL REFERENCES measure (id),"
    " kind $int NOT NULL,"
    " state $int NOT NULL,"
    " made_us $int NOT NULL,"
    " next_us $int NOT NULL,"
    " attempts $int NOT NULL,"
    " error TEXT NOT NULL,"
    " body TEXT NOT NULL) $strict;"
    "CREATE INDEX hook_next ON hook (state, next_us);"
    "CREATE INDEX hook_measure ON hook (measure_id);",
};

jz_status jz_hook_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "hook", steps, JZ_ARRAY_LEN(steps), err);
}

static const char *kind_name(int64_t k)
{
    static const char *const names[] = { "order", "reverse", "end", "shorten", "recheck" };
    return k >= JZ_HOOK_ORDER && k <= JZ_HOOK_RECHECK ? names[k - 1] : "";
}

/* ---- the message ---- */

static const char *type_of(jz_measure_kind kind)
{
    static const char *const names[] = { [JZ_OF_CONTENT] = "content",
                                         [JZ_OF_MODEL] = "model",
                                         [JZ_OF_USER] = "account",
                                         [JZ_OF_GROUP] = "group",
                                         [JZ_OF_OUTWARD] = "outward" };
    return names[jz_measure_row_of(kind)->field];
}

/* As Coop's: action, item, policies; the actor's pseudonym is not in it. */
static void put_body(jz_json *j, const jz_measure_rec *m, const jz_decision_row *d,
                     const jz_decision_form *f, jz_hook_kind kind, const char *event)
{
    static const char *const penalty[] = { "NONE", "LOW", "MEDIUM", "HIGH", "SEVERE" };
    jz_json_begin_object(j);
    jz_json_key(j, "action");
    jz_json_begin_object(j);
    jz_json_put_text(j, "feature", m->feature);
    jz_json_put_text(j, "id", jz_measure_kind_name(m->life.kind));
    jz_json_put_text(j, "name", jz_measure_kind_chinese(m->life.kind));
    jz_json_end_object(j);
    jz_json_put_bool(j, "automated", m->automated);
    jz_json_put_text(j, "basis", f->basis);
    jz_json_put_text(j, "decision", d->id);
    jz_json_put_text(j, "event", kind_name(kind));
    jz_json_put_text(j, "event_id", event);
    jz_json_put_text(j, "group", d->group);
    jz_json_key(j, "item");
    jz_json_begin_object(j);
    jz_json_put_text(j, "id", m->target);
    jz_json_put_text(j, "typeId", type_of(m->life.kind));
    jz_json_end_object(j);
    jz_json_put_i64(j, "measure", m->row);
    jz_json_key(j, "policies");
    jz_json_begin_array(j);
    jz_json_begin_object(j);
    jz_json_put_text(j, "id", f->policy);
    jz_json_put_text(j, "penalty", penalty[f->severity]);
    jz_json_end_object(j);
    jz_json_end_array(j);
    if (m->life.until_us > 0)
        jz_json_put_i64(j, "until", m->life.until_us / 1000000);
    jz_json_end_object(j);
}

static jz_status make_body(jz_govern *g, int64_t measure, jz_hook_kind kind, const char *event,
                           jz_buf *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_measure_rec m;
    jz_decision_row d;
    bool there = false;
    JZ_TRY(jz_measure_load(g, measure, &m, err));
    JZ_TRY(jz_decision_load_row(g, m.decision, &d, err));
    JZ_TRY(jz_stmt_new(g->store, "SELECT body FROM decision WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, m.decision);
    JZ_TRY(jz_stmt_step(st, &there, err));
    JZ_DECISION_AUTO *f = jz_decision_form_new(err);
    if (f == NULL)
        return JZ_E_NOMEM;
    JZ_TRY(jz_decision_text_read(jz_stmt_text(st, 0), f, err));
    jz_json j = { .out = out };
    put_body(&j, &m, &d, f, kind, event);
    return jz_buf_check(out, err);
}

jz_status jz_hook_queue(jz_govern *g, int64_t measure, jz_hook_kind kind, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO body = { 0 };
    uint8_t random[(EVENT_SIZE - 1) / 2];
    char event[EVENT_SIZE];
    const int64_t now = jz_govern_now_us(g);
    JZ_TRY(jz_random(random, sizeof random, err));
    jz_hex_encode(random, sizeof random, event);
    JZ_TRY(make_body(g, measure, kind, event, &body, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO hook (event, measure_id, kind, state, made_us, next_us,"
                       " attempts, error, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, '', ?7)",
                       &st, err));
    jz_stmt_bind_text(st, 1, event);
    jz_stmt_bind_i64(st, 2, measure);
    jz_stmt_bind_i64(st, 3, kind);
    jz_stmt_bind_i64(st, 4, WAITING);
    jz_stmt_bind_i64(st, 5, now);
    jz_stmt_bind_i64(st, 6, kind == JZ_HOOK_RECHECK ? now + RECHECK_US : now);
    jz_stmt_bind_text(st, 7, body.ptr);
    return jz_stmt_run(st, err);
}

jz_status jz_hook_retry(jz_govern *g, int64_t measure, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE hook SET state = ?2, attempts = 0, next_us = ?3"
                       " WHERE measure_id = ?1 AND state = ?4",
                       &st, err));
    jz_stmt_bind_i64(st, 1, measure);
    jz_stmt_bind_i64(st, 2, WAITING);
    jz_stmt_bind_i64(st, 3, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 4, DEAD);
    return jz_stmt_run(st, err);
}

/* ---- the address ---- */

static jz_status set_in(jz_govern *g, const char *url, bool inside, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(
        jz_stmt_new(g->store, "INSERT INTO hook_target (url, inside) VALUES (?1, ?2)", &st, err));
    jz_stmt_bind_text(st, 1, url);
    jz_stmt_bind_i64(st, 2, inside);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_bool(&j, "inside", inside);
    jz_json_put_text(&j, "url", url);
    jz_json_end_object(&j);
    return jz_govern_record(g, "webhook", by, "webhook-set", &detail, err);
}

jz_status jz_hook_set(jz_govern *g, const char *url, bool inside, const char *by, jz_err *err)
{
    char pin[JZ_URL_PIN_MAX];
    JZ_TRY(jz_url_pin(url, inside, pin, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, set_in(g, url, inside, by, err), err);
}

typedef struct target {
    char url[JZ_URL_MAX];
    bool inside;
} target;

static jz_status read_target(jz_govern *g, target *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT url, inside FROM hook_target ORDER BY id DESC LIMIT 1",
                       &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    if (!there)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no address for webhooks is set");
    (void)snprintf(out->url, sizeof out->url, "%s", jz_stmt_text(st, 0));
    out->inside = jz_stmt_i64(st, 1) != 0;
    return JZ_OK;
}

/* ---- telling ---- */

typedef struct message {
    int64_t row, measure, attempts;
    jz_hook_kind kind;
    char event[EVENT_SIZE];
    jz_buf body;
} message;

typedef struct answer { /* what the platform says */
    bool done, refused; /* it has carried it out; a recheck: the item is still refused */
} answer;
static const jz_field answer_fields[] = {
    { "done", JZ_FIELD_BOOL, true, .at = offsetof(answer, done) },
    { "refused", JZ_FIELD_BOOL, true, .at = offsetof(answer, refused) },
    { 0 },
};

/* "Jz-Signature: ed25519=HEX", over what jz/measure.h says. */
static jz_status sign(const message *m, const jz_skey *key, int64_t now_s, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    uint8_t signature[64];
    jz_buf_printf(&text, "jianzhen-webhook/v1\n%s\n%" PRId64 "\n%s", m->event, now_s, m->body.ptr);
    JZ_TRY(jz_buf_check(&text, err));
    JZ_TRY(jz_ed25519_sign(key->seed, (jz_bytes){ (const uint8_t *)text.ptr, text.len }, signature,
                           err));
    jz_buf_puts(out, "Jz-Signature: ed25519=");
    jz_hex_put(out, signature, sizeof signature);
    return jz_buf_check(out, err);
}

static jz_status post(const target *t, const message *m, const jz_skey *key, int64_t now_s,
                      answer *out, jz_err *err)
{
    char pin[JZ_URL_PIN_MAX];
    char event[64];
    char time[64];
    JZ_BUF_AUTO signature = { 0 };
    JZ_BUF_AUTO reply = { 0 };
    unsigned status = 0;
    JZ_TRY(jz_url_pin(t->url, t->inside, pin, err));
    JZ_TRY(sign(m, key, now_s, &signature, err));
    (void)snprintf(event, sizeof event, "Jz-Event: %s", m->event);
    (void)snprintf(time, sizeof time, "Jz-Time: %" PRId64, now_s);
    const char *const header[] = { event, time, signature.ptr };
    const jz_curl_post p = { .url = t->url,
                             .type = "application/json",
                             .accept = "application/json",
                             .header = header,
                             .n_headers = JZ_ARRAY_LEN(header),
                             .pin = pin,
                             .body = { (const uint8_t *)m->body.ptr, m->body.len } };
    JZ_TRY(jz_curl_send(&p, &status, &reply, err));
    if (status < 200 || status > 299)
        return JZ_FAIL(err, JZ_E_IO, "HTTP status %u", status);
    /* An answer that says nothing is one all the same: acknowledged later, by API. */
    if (jz_fields_read(answer_fields, (jz_bytes){ (const uint8_t *)reply.ptr, reply.len }, "answer",
                       out, sizeof *out, NULL) != JZ_OK)
        *out = (answer){ false, m->kind == JZ_HOOK_RECHECK };
    return JZ_OK;
}

static jz_status keep(jz_govern *g, const message *m, int state, int64_t next_us, const char *error,
                      jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE hook SET state = ?2, attempts = ?3, next_us = ?4, error = ?5"
                       " WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, m->row);
    jz_stmt_bind_i64(st, 2, state);
    jz_stmt_bind_i64(st, 3, m->attempts + 1);
    jz_stmt_bind_i64(st, 4, next_us);
    jz_stmt_bind_text(st, 5, error);
    return jz_stmt_run(st, err);
}

/* The measure's part, where its state still wants it. */
static jz_status act(jz_govern *g, const message *m, jz_measure_act what, const char *reason,
                     const char *by, jz_err *err)
{
    const jz_measure_deed deed = { .act = what, .by = by, .reason = reason };
    jz_measure_rec r;
    jz_decision_row d;
    JZ_TRY(jz_measure_load(g, m->measure, &r, err));
    JZ_TRY(jz_decision_load_row(g, r.decision, &d, err));
    jz_measure_life life = r.life;
    if (jz_measure_step(&life, what, jz_govern_now_us(g), NULL) != JZ_OK)
        return JZ_OK;
    return jz_measure_apply(g, &d, &r, &deed, err);
}

static jz_status delivered(jz_govern *g, const message *m, const answer *a, const char *by,
                           jz_err *err)
{
    JZ_TRY(keep(g, m, DELIVERED, 0, "", err));
    if (m->kind == JZ_HOOK_ORDER && a->done)
        return act(g, m, JZ_MEASURE_ACKNOWLEDGE, NULL, by, err);
    if (m->kind == JZ_HOOK_RECHECK && !a->refused)
        return act(g, m, JZ_MEASURE_FAIL, "offered again, the item was not refused", by, err);
    return JZ_OK;
}

/* After 1, 5, 30, 120 and 720 minutes; then it is dead. */
static jz_status failed(jz_govern *g, const message *m, const char *error, const char *by,
                        bool *dead, jz_err *err)
{
    static const int minutes[] = { 1, 5, 30, 120, 720 };
    *dead = m->attempts >= (int64_t)JZ_ARRAY_LEN(minutes);
    const int64_t now = jz_govern_now_us(g);
    if (!*dead)
        return keep(g, m, WAITING, now + minutes[m->attempts] * MINUTE_US, error, err);
    JZ_TRY(keep(g, m, DEAD, 0, error, err));
    return m->kind == JZ_HOOK_ORDER ? act(g, m, JZ_MEASURE_FAIL, error, by, err) : JZ_OK;
}

static jz_status tell_one(jz_govern *g, const target *t, const message *m, const jz_skey *key,
                          const char *by, jz_hook_count *count, jz_err *err)
{
    answer a = { 0 };
    jz_err why = { 0 };
    char text[JZ_ERR_TEXT];
    bool dead = false;
    const jz_status st = post(t, m, key, jz_govern_now_s(g), &a, &why);
    JZ_TRY(jz_store_begin(g->store, err));
    if (st == JZ_OK) {
        JZ_TRY(jz_govern_end(g, delivered(g, m, &a, by, err), err));
        count->delivered++;
        return JZ_OK;
    }
    (void)snprintf(text, sizeof text, "%s", why.frame[0]);
    JZ_TRY(jz_govern_end(g, failed(g, m, text, by, &dead, err), err));
    count->failed += !dead;
    count->dead += dead;
    return JZ_OK;
}

/* One at a time, the oldest first: an order is told before what reverses it. Of a measure of which
 * an earlier message still waits, later ones wait too. */
static jz_status read_next(jz_govern *g, int64_t after, message *out, bool *there, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT h.id, h.measure_id, h.attempts, h.kind, h.event, h.body FROM hook h"
                       " WHERE h.state = ?1 AND h.next_us <= ?2 AND h.id > ?3 AND NOT EXISTS"
                       " (SELECT 1 FROM hook e WHERE e.measure_id = h.measure_id AND e.id < h.id"
                       " AND e.state = ?1 AND e.kind <> ?4) ORDER BY h.id LIMIT 1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, WAITING);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 3, after);
    jz_stmt_bind_i64(st, 4, JZ_HOOK_RECHECK);
    JZ_TRY(jz_stmt_step(st, there, err));
    if (!*there)
        return JZ_OK;
    out->row = jz_stmt_i64(st, 0);
    out->measure = jz_stmt_i64(st, 1);
    out->attempts = jz_stmt_i64(st, 2);
    out->kind = (jz_hook_kind)jz_stmt_i64(st, 3);
    (void)snprintf(out->event, sizeof out->event, "%s", jz_stmt_text(st, 4));
    jz_buf_reset(&out->body);
    jz_buf_puts(&out->body, jz_stmt_text(st, 5));
    return jz_buf_check(&out->body, err);
}

jz_status jz_hook_deliver(jz_govern *g, const jz_skey *key, const char *by, jz_hook_count *out,
                          jz_err *err)
{
    target t;
    message m = { 0 };
    jz_hook_count count = { 0 };
    bool there = true;
    JZ_TRY(read_target(g, &t, err));
    jz_status st = JZ_OK;
    while (st == JZ_OK && there) {
        st = read_next(g, m.row, &m, &there, err);
        if (st == JZ_OK && there)
            st = tell_one(g, &t, &m, key, by, &count, err);
    }
    jz_buf_done(&m.body);
    JZ_TRY(st);
    *out = count;
    return JZ_OK;
}

/* ---- seeing ---- */

typedef struct lister {
    jz_hook_fn fn;
    void *user;
} lister;

static jz_status tell(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    static const char *const states[] = { "", "waiting", "delivered", "dead" };
    const lister *l = user;
    const int64_t state = jz_stmt_i64(st, 3);
    const jz_hook_info h = { .id = jz_stmt_text(st, 0),
                             .measure = jz_stmt_i64(st, 1),
                             .kind = kind_name(jz_stmt_i64(st, 2)),
                             .state = state >= WAITING && state <= DEAD ? states[state] : "",
                             .made_us = jz_stmt_i64(st, 4),
                             .next_us = jz_stmt_i64(st, 5),
                             .attempts = jz_stmt_i64(st, 6),
                             .error = jz_stmt_text(st, 7),
                             .body = jz_stmt_text(st, 8) };
    (void)g;
    return l->fn(l->user, &h, err);
}

jz_status jz_hooks(jz_govern *g, bool all, jz_hook_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT event, measure_id, kind, state, made_us, next_us, attempts, error,"
                       " body FROM hook WHERE ?1 = 1 OR state <> ?2 ORDER BY id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, all);
    jz_stmt_bind_i64(st, 2, DELIVERED);
    return jz_govern_each(g, st, tell, &l, err);
}
