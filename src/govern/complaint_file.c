/* SPDX-License-Identifier: Apache-2.0 */
/* Filing a complaint, and adding to one. */
#include "govern/complaints.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "ledger/ed25519.h"

#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

/* What is missing for a law that applies, as whoever complains reads it: "us-take-it-down:
 * signature, contact". */
static jz_status tell_missing(jz_govern *g, const jz_complaint_row *c, unsigned elements,
                              jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    const jz_complaint_law *law;
    for (size_t i = 0; (law = jz_complaint_law_at(i)) != NULL; i++) {
        const unsigned missing = law->elements & ~elements;
        if (missing == 0 ||
            !jz_law_applies(law, c->jurisdiction, jz_complaint_is_intimate(c->category),
                            c->role == JZ_ROLE_AUTHORITY))
            continue;
        jz_buf_printf(&text, "%s%s:", text.len > 0 ? "; " : "", law->name);
        const char *comma = " ";
        for (unsigned bit = 1; bit <= JZ_ELEMENT_CONTACT; bit <<= 1) {
            if ((missing & bit) == 0)
                continue;
            jz_buf_printf(&text, "%s%s", comma, jz_complaint_element_name(bit));
            comma = ", ";
        }
    }
    JZ_TRY(jz_buf_check(&text, err));
    return text.len > 0 ? jz_complaint_tell(g, c->row, "missing", text.ptr, err) : JZ_OK;
}

static bool has_hash(const uint8_t hash[32])
{
    static const uint8_t none[32];
    return memcmp(hash, none, 32) != 0;
}

static jz_status insert_items(jz_govern *g, int64_t row, const jz_complaint_form *f, size_t from,
                              jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO complaint_item (complaint_id, number, url, sha256, pdq, note)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       &st, err));
    for (size_t i = from; i < f->items; i++) {
        const jz_form_item *t = &f->item[i];
        jz_stmt_bind_i64(st, 1, row);
        jz_stmt_bind_i64(st, 2, (int64_t)i + 1);
        jz_stmt_bind_text(st, 3, t->url[0] != '\0' ? t->url : NULL);
        jz_stmt_bind_blob(st, 4, has_hash(t->sha256) ? t->sha256 : NULL, 32);
        jz_stmt_bind_blob(st, 5, has_hash(t->pdq) ? t->pdq : NULL, 32);
        jz_stmt_bind_text(st, 6, t->note[0] != '\0' ? t->note : NULL);
        JZ_TRY(jz_stmt_run(st, err));
    }
    return JZ_OK;
}

/* The text is kept, and its hash is what the event commits to. */
static jz_status keep_body(jz_govern *g, const jz_complaint_row *c, jz_complaint_form *f,
                           const char *by, const char *kind, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO body = { 0 };
    JZ_BUF_AUTO detail = { 0 };
    uint8_t sha256[32];
    JZ_TRY(jz_random(f->salt, sizeof f->salt, err));
    jz_complaint_form_text(f, &body);
    JZ_TRY(jz_buf_check(&body, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO complaint_body (complaint_id, body) VALUES (?1, ?2)"
                       " ON CONFLICT (complaint_id) DO UPDATE SET body = excluded.body",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c->row);
    jz_stmt_bind_text(st, 2, body.ptr);
    JZ_TRY(jz_stmt_run(st, err));
    jz_sha256(body.ptr, body.len, sha256);
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_hex(&j, "body_sha256", sha256, sizeof sha256);
    jz_json_put_text(&j, "category", jz_words_complaint_category[c->category - 1]);
    jz_json_put_i64(&j, "items", (int64_t)f->items);
    jz_json_put_text(&j, "jurisdiction", c->jurisdiction);
    jz_json_put_text(&j, "role", jz_words_complaint_role[c->role - 1]);
    jz_json_end_object(&j);
    return jz_govern_record(g, c->id, by, kind, &detail, err);
}

/* ---- filing ---- */

static jz_status insert_row(jz_govern *g, jz_complaint_row *c, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO complaint (handle, state, role, category, jurisdiction,"
                       " reporter, score, filed_us, decided_us, decided_by, unfounded, paused_us,"
                       " erased, due_us, hot_us, next_us)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, '', 0, 0, 0, ?9, ?9, ?9)",
                       &st, err));
    jz_stmt_bind_text(st, 1, c->id);
    jz_stmt_bind_i64(st, 2, c->life.state);
    jz_stmt_bind_i64(st, 3, c->role);
    jz_stmt_bind_i64(st, 4, c->category);
    jz_stmt_bind_text(st, 5, c->jurisdiction);
    jz_stmt_bind_text(st, 6, c->reporter);
    jz_stmt_bind_i64(st, 7, jz_complaint_score(c->role, c->category));
    jz_stmt_bind_i64(st, 8, jz_govern_now_us(g));
    jz_stmt_bind_i64(st, 9, INT64_MAX);
    JZ_TRY(jz_stmt_run(st, err));
    c->row = jz_store_last_id(g->store);
    return JZ_OK;
}

static jz_status file_in(jz_govern *g, jz_complaint_form *f, jz_complaint_row *c,
                         const jz_complaint_ticket *ticket, const jz_pin_secret *secret,
                         const char *by, jz_err *err)
{
    const unsigned elements = jz_complaint_elements(f);
    JZ_TRY(jz_reporter_check(g, f, err));
    JZ_TRY(insert_row(g, c, err));
    JZ_TRY(insert_items(g, c->row, f, 0, err));
    JZ_TRY(keep_body(g, c, f, by, "filed", err));
    if (ticket != NULL)
        JZ_TRY(jz_pin_keep(g, &jz_pin_of_complaint, c->row, ticket->case_no, secret, err));
    JZ_TRY(jz_complaint_tell(g, c->row, "received", NULL, err));
    JZ_TRY(tell_missing(g, c, elements, err));
    if (c->life.state != JZ_COMPLAINT_OPEN)
        return JZ_OK;
    JZ_TRY(jz_complaint_start(g, c, elements, false, by, err));
    JZ_TRY(jz_complaint_refresh(g, c->row, err));
    return jz_complaint_fold(g, c, by, err);
}

static jz_status make_id(char out[JZ_COMPLAINT_ID_SIZE], jz_err *err)
{
    uint8_t random[(JZ_COMPLAINT_ID_SIZE - 1) / 2];
    JZ_TRY(jz_random(random, sizeof random, err));
    jz_hex_encode(random, sizeof random, out);
    return JZ_OK;
}

static jz_complaint_form *new_form(jz_err *err)
{
    jz_complaint_form *f = jz_alloc_zero(1, sizeof *f);
    if (f == NULL)
        jz_err_set(err, JZ_E_NOMEM, "out of memory");
    return f;
}

jz_status jz_complaint_file(jz_govern *g, jz_bytes json, const char *by,
                            char id[JZ_COMPLAINT_ID_SIZE], jz_complaint_ticket *ticket, jz_err *err)
{
    jz_complaint_row c = { .life = { .state = JZ_COMPLAINT_INCOMPLETE } };
    jz_complaint_ticket t = { 0 };
    jz_pin_secret secret = { 0 };
    JZ_FORM_AUTO *f = new_form(err);
    if (f == NULL)
        return JZ_E_NOMEM;
    JZ_TRY(jz_complaint_form_read(json, f, err));
    JZ_TRY(make_id(c.id, err));
    JZ_TRY(jz_reporter_check(g, f, err)); /* before the slow part: a flood must cost little */
    if (ticket != NULL)
        JZ_TRY(jz_pin_new(&jz_pin_of_complaint, t.case_no, t.pin, &secret, err));
    c.role = f->role;
    c.category = f->category;
    (void)snprintf(c.jurisdiction, sizeof c.jurisdiction, "%s", f->jurisdiction);
    (void)snprintf(c.reporter, sizeof c.reporter, "%s", f->reporter);
    if (f->items > 0)
        jz_complaint_complete(&c.life);
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, file_in(g, f, &c, ticket != NULL ? &t : NULL, &secret, by, err), err));
    memcpy(id, c.id, sizeof c.id);
    if (ticket != NULL)
        *ticket = t;
    return JZ_OK;
}

/* ---- adding ---- */

static void copy_if(char *to, size_t size, const char *from)
{
    if (from[0] != '\0')
        (void)snprintf(to, size, "%s", from);
}

static jz_status merge(jz_complaint_form *all, const jz_complaint_form *more, jz_err *err)
{
    if (all->items + more->items > JZ_COMPLAINT_ITEMS)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d items: file another complaint",
                       JZ_COMPLAINT_ITEMS);
    memcpy(&all->item[all->items], more->item, more->items * sizeof more->item[0]);
    all->items += more->items;
    copy_if(all->statement, sizeof all->statement, more->statement);
    copy_if(all->signature, sizeof all->signature, more->signature);
    copy_if(all->contact, sizeof all->contact, more->contact);
    return JZ_OK;
}

static jz_status add_in(jz_govern *g, const char *id, const jz_complaint_form *more,
                        jz_complaint_form *all, const char *by, jz_err *err)
{
    jz_complaint_row c;
    JZ_TRY(jz_complaint_load(g, id, &c, err));
    if (!jz_complaint_takes_more(c.life.state))
        return JZ_FAIL(err, JZ_E_INVAL, "a complaint that is %s takes nothing more: file another",
                       jz_complaint_state_name(c.life.state));
    JZ_TRY(jz_complaint_body(g, c.row, all, err));
    const size_t before = all->items;
    JZ_TRY(merge(all, more, err));
    JZ_TRY(insert_items(g, c.row, all, before, err));
    JZ_TRY(keep_body(g, &c, all, by, "added", err));
    if (all->items > 0)
        jz_complaint_complete(&c.life);
    JZ_TRY(jz_complaint_save(g, &c, err));
    JZ_TRY(tell_missing(g, &c, jz_complaint_elements(all), err));
    if (c.life.state == JZ_COMPLAINT_INCOMPLETE)
        return JZ_OK;
    JZ_TRY(jz_complaint_start(g, &c, jz_complaint_elements(all), false, by, err));
    JZ_TRY(jz_complaint_refresh(g, c.row, err));
    return c.life.state == JZ_COMPLAINT_OPEN ? jz_complaint_fold(g, &c, by, err) : JZ_OK;
}

jz_status jz_complaint_add(jz_govern *g, const char *id, jz_bytes json, const char *by, jz_err *err)
{
    JZ_FORM_AUTO *more = new_form(err);
    JZ_FORM_AUTO *all = new_form(err);
    if (more == NULL || all == NULL)
        return JZ_E_NOMEM;
    JZ_TRY(jz_complaint_more_read(json, more, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, add_in(g, id, more, all, by, err), err);
}
