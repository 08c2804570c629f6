/* SPDX-License-Identifier: Apache-2.0 */
/* Holds and custody. */
#include "evidence/cases.h"

#include "base/file.h"

#include <inttypes.h>
#include <string.h>

static jz_status check_persons(const char *by, const char *with, jz_err *err)
{
    JZ_TRY(jz_case_text("name of the first person", by, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(jz_case_text("name of the second person", with, JZ_CASE_NAME_MAX, true, err));
    if (strcmp(by, with) == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "two persons are wanted, not '%s' twice", by);
    return JZ_OK;
}

static jz_status insert_hold(jz_cases *c, int64_t row, const jz_case_hold *h, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(c->store,
                       "INSERT INTO case_hold (case_id, number, authority, document, set_by,"
                       " set_with, from_us, until_us, released_us)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, h->number);
    jz_stmt_bind_text(st, 3, h->authority);
    jz_stmt_bind_text(st, 4, h->document);
    jz_stmt_bind_text(st, 5, h->by);
    jz_stmt_bind_text(st, 6, h->with);
    jz_stmt_bind_i64(st, 7, h->from_us);
    jz_stmt_bind_i64(st, 8, h->until_us);
    return jz_stmt_run(st, err);
}

static void put_time(jz_json *j, const char *key, int64_t at_us)
{
    char text[32];
    if (at_us == 0)
        return;
    jz_json_key(j, key);
    jz_json_str(j, jz_time_text(at_us, text, sizeof text));
}

static jz_status set_hold(jz_cases *c, const char *id, jz_case_hold *h, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_case_next(c, "case_hold", row, &h->number, err));
    JZ_TRY(insert_hold(c, row, h, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "hold", h->number);
    jz_json_put_text(&j, "authority", h->authority);
    jz_json_put_text(&j, "document", h->document);
    jz_json_put_text(&j, "with", h->with);
    put_time(&j, "from", h->from_us);
    put_time(&j, "until", h->until_us);
    jz_json_end_object(&j);
    return jz_case_record(c, row, h->by, "held", &detail, err);
}

jz_status jz_case_set_hold(jz_cases *c, const char *id, jz_case_hold *hold, jz_err *err)
{
    JZ_TRY(jz_case_text("authority", hold->authority, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(jz_case_text("document's number", hold->document, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(check_persons(hold->by, hold->with, err));
    if (hold->from_us == 0)
        hold->from_us = jz_now_us();
    if (hold->until_us != 0 && hold->until_us <= hold->from_us)
        return JZ_FAIL(err, JZ_E_INVAL, "a hold that ends before it begins");
    hold->released_us = 0;
    JZ_TRY(jz_store_begin(c->store, err));
    return jz_case_end(c, set_hold(c, id, hold, err), err);
}

static jz_status release(jz_cases *c, const char *id, int64_t hold, const char *document,
                         const char *by, const char *with, jz_err *err)
{
    jz_auto(jz_stmt) *look = NULL;
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    bool found = false;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT released_us FROM case_hold WHERE case_id = ?1 AND number = ?2",
                       &look, err));
    jz_stmt_bind_i64(look, 1, row);
    jz_stmt_bind_i64(look, 2, hold);
    JZ_TRY(jz_stmt_step(look, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "the case has no hold %" PRId64, hold);
    if (jz_stmt_i64(look, 0) != 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "hold %" PRId64 " is released already", hold);
    jz_stmt_reset(look);
    JZ_TRY(jz_stmt_new(c->store,
                       "UPDATE case_hold SET released_us = ?3 WHERE case_id = ?1 AND number = ?2",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, hold);
    jz_stmt_bind_i64(st, 3, jz_now_us());
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "hold", hold);
    jz_json_put_text(&j, "document", document);
    jz_json_put_text(&j, "with", with);
    jz_json_end_object(&j);
    return jz_case_record(c, row, by, "released", &detail, err);
}

jz_status jz_case_release(jz_cases *c, const char *id, int64_t hold, const char *document,
                          const char *by, const char *with, jz_err *err)
{
    JZ_TRY(jz_case_text("document's number", document, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(check_persons(by, with, err));
    JZ_TRY(jz_store_begin(c->store, err));
    return jz_case_end(c, release(c, id, hold, document, by, with, err), err);
}

typedef struct lister {
    jz_case_hold_fn fn;
    void *user;
} lister;

static jz_status tell_hold(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    const jz_case_hold h = { .number = jz_stmt_i64(st, 0),
                             .authority = jz_stmt_text(st, 1),
                             .document = jz_stmt_text(st, 2),
                             .by = jz_stmt_text(st, 3),
                             .with = jz_stmt_text(st, 4),
                             .from_us = jz_stmt_i64(st, 5),
                             .until_us = jz_stmt_i64(st, 6),
                             .released_us = jz_stmt_i64(st, 7) };
    (void)c;
    return l->fn(l->user, &h, err);
}

jz_status jz_case_holds(jz_cases *c, const char *id, jz_case_hold_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user };
    int64_t row;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT number, authority, document, set_by, set_with, from_us, until_us,"
                       " released_us FROM case_hold WHERE case_id = ?1 ORDER BY number",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return jz_case_each(c, st, tell_hold, &l, err);
}

typedef struct asked {
    int64_t at_us;
    bool held;
} asked;

/* A hold counts from the moment it is set, even where it is to begin later: what is to be held then
 * must not be destroyed before. */
static jz_status note_hold(void *user, const jz_case_hold *h, jz_err *err)
{
    asked *a = user;
    (void)err;
    const bool over = h->until_us != 0 && a->at_us >= h->until_us;
    a->held = a->held || (h->released_us == 0 && !over);
    return JZ_OK;
}

jz_status jz_case_is_held(jz_cases *c, const char *id, int64_t at_us, bool *held, jz_err *err)
{
    asked a = { .at_us = at_us };
    JZ_TRY(jz_case_holds(c, id, note_hold, &a, err));
    *held = a.held;
    return JZ_OK;
}

jz_status jz_case_transfer(jz_cases *c, const char *id, const char *from, const char *to,
                           const char *reason, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    JZ_TRY(check_persons(from, to, err));
    JZ_TRY(jz_case_text("reason", reason, JZ_CASE_TEXT_MAX, true, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "to", to);
    jz_json_put_text(&j, "reason", reason);
    jz_json_end_object(&j);
    JZ_TRY(jz_store_begin(c->store, err));
    jz_status st = jz_case_row(c, id, false, &row, err);
    if (st == JZ_OK)
        st = jz_case_record(c, row, from, "transferred", &detail, err);
    return jz_case_end(c, st, err);
}
