/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of complaints, their rows and their clocks. */
#include "govern/complaints.h"

#include "base/hex.h"

#include <stdio.h>
#include <string.h>

#define PREFIX_MIN 8 /* digits that can stand for a whole id */
#define PROMISE_HOURS 48
#define HOUR_US ((int64_t)3600 * 1000000)

/* Never changed once released, only added to. What is personal is in complaint_body,
 * complaint_item, complaint_pin and the column reporter. due_us, hot_us and next_us are of the
 * clocks, also of those of complaints that are folded into it: when the first ends, when it has
 * used up four fifths, when something has to be told; the largest number: never. */
static const char *const steps[] = {
    "CREATE TABLE complaint ("
    " id $id,"
    " handle TEXT NOT NULL UNIQUE,"
    " state $int NOT NULL,"
    " role $int NOT NULL,"
    " category $int NOT NULL,"
    " jurisdiction TEXT NOT NULL,"
    " reporter TEXT NOT NULL,"
    " score $int NOT NULL,"
    " folded_into $int REFERENCES complaint (id),"
    " filed_us $int NOT NULL,"
    " decided_us $int NOT NULL,"
    " decided_by TEXT NOT NULL,"
    " unfounded $int NOT NULL,"
    " paused_us $int NOT NULL,"
    " erased $int NOT NULL,"
    " due_us $int NOT NULL,"
    " hot_us $int NOT NULL,"
    " next_us $int NOT NULL) $strict;"
    "CREATE INDEX complaint_open ON complaint (state, due_us);"
    "CREATE INDEX complaint_next ON complaint (next_us);"
    "CREATE INDEX complaint_folded ON complaint (folded_into, id);"
    "CREATE INDEX complaint_reporter_of ON complaint (reporter, filed_us);"
    "CREATE TABLE complaint_body ("
    " complaint_id $int PRIMARY KEY REFERENCES complaint (id),"
    " body TEXT NOT NULL) $strict;"
    "CREATE TABLE complaint_item ("
    " complaint_id $int NOT NULL REFERENCES complaint (id),"
    " number $int NOT NULL,"
    " url TEXT,"
    " sha256 $blob,"
    " pdq $blob,"
    " note TEXT,"
    " PRIMARY KEY (complaint_id, number)) $clustered;"
    "CREATE INDEX complaint_item_url ON complaint_item (url);"
    "CREATE INDEX complaint_item_bytes ON complaint_item (sha256);"
    "CREATE TABLE complaint_clock ("
    " id $id,"
    " complaint_id $int NOT NULL REFERENCES complaint (id),"
    " law TEXT NOT NULL,"
    " from_us $int NOT NULL,"
    " span_us $int NOT NULL,"
    " held_us $int NOT NULL,"
    " stopped_us $int NOT NULL,"
    " told $int NOT NULL) $strict;"
    "CREATE INDEX complaint_clock_of ON complaint_clock (complaint_id);"
    "CREATE TABLE complaint_notice ("
    " id $id,"
    " complaint_id $int NOT NULL REFERENCES complaint (id),"
    " at_us $int NOT NULL,"
    " kind TEXT NOT NULL,"
    " body TEXT NOT NULL) $strict;"
    "CREATE INDEX complaint_notice_of ON complaint_notice (complaint_id);"
    "CREATE TABLE complaint_pin ("
    " complaint_id $int PRIMARY KEY REFERENCES complaint (id),"
    " case_no TEXT NOT NULL UNIQUE,"
    " salt $blob NOT NULL,"
    " hash $blob NOT NULL,"
    " failures $int NOT NULL,"
    " locked_until_us $int NOT NULL) $strict;"
    "CREATE TABLE complaint_reporter ("
    " reporter TEXT NOT NULL PRIMARY KEY,"
    " warned_us $int NOT NULL,"
    " paused_until_us $int NOT NULL) $clustered;"
    "CREATE TABLE complaint_promise ("
    " id $id,"
    " hours $int NOT NULL) $strict;",
    /* The clause of the last decision; what waits, in the two orders of the queue. With its plus
     * signs, there and here, no other index is taken for it. */
    "ALTER TABLE complaint ADD COLUMN policy TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX complaint_waits_due ON complaint (due_us, score DESC, filed_us, id, hot_us,"
    " category) WHERE +state IN (2, 6) AND +folded_into IS NULL;"
    "CREATE INDEX complaint_waits_harm ON complaint (score DESC, due_us, filed_us, id, hot_us,"
    " category) WHERE +state IN (2, 6) AND +folded_into IS NULL;",
    /* Pictures, to be compared with one (review_likes.c). */
    "CREATE INDEX complaint_item_pdq ON complaint_item (pdq) WHERE pdq IS NOT NULL;",
};

const jz_pin_of jz_pin_of_complaint = {
    .prefix = "JZ-",
    .insert = JZ_PIN_INSERT("complaint_pin", "complaint_id"),
    .find = JZ_PIN_FIND("complaint_pin", "complaint_id"),
    .count = JZ_PIN_COUNT("complaint_pin", "complaint_id"),
};

jz_status jz_complaint_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "complaint", steps, JZ_ARRAY_LEN(steps), err);
}

/* ---- rows ---- */

static void copy_column(jz_stmt *st, int at, char *to, size_t size)
{
    const char *text = jz_stmt_text(st, at);
    (void)snprintf(to, size, "%s", text != NULL ? text : "");
}

static jz_status take_row(jz_stmt *st, jz_complaint_row *out, jz_err *err)
{
    bool found = false;
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such complaint");
    *out = (jz_complaint_row){ .row = jz_stmt_i64(st, 0),
                               .life = { .state = (jz_complaint_state)jz_stmt_i64(st, 2),
                                         .paused_us = jz_stmt_i64(st, 3),
                                         .decided_us = jz_stmt_i64(st, 4),
                                         .erased = jz_stmt_i64(st, 5) != 0 },
                               .role = (int)jz_stmt_i64(st, 6),
                               .category = (int)jz_stmt_i64(st, 7),
                               .folded_into = jz_stmt_i64(st, 11),
                               .unfounded = jz_stmt_i64(st, 12) != 0 };
    copy_column(st, 1, out->id, sizeof out->id);
    copy_column(st, 8, out->jurisdiction, sizeof out->jurisdiction);
    copy_column(st, 9, out->reporter, sizeof out->reporter);
    copy_column(st, 10, out->decided_by, sizeof out->decided_by);
    if (jz_complaint_state_name(out->life.state) == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a complaint in state %u", (unsigned)out->life.state);
    return JZ_OK;
}

#define ROW                                                                                        \
    "SELECT id, handle, state, paused_us, decided_us, erased, role, category, jurisdiction,"       \
    " reporter, decided_by, COALESCE(folded_into, 0), unfounded FROM complaint"

jz_status jz_complaint_load(jz_govern *g, const char *id, jz_complaint_row *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, ROW " WHERE handle = ?1", &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY_CTX(take_row(st, out, err), err, "complaint '%s'", id);
    return JZ_OK;
}

jz_status jz_complaint_load_row(jz_govern *g, int64_t row, jz_complaint_row *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, ROW " WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return take_row(st, out, err);
}

jz_status jz_complaint_save(jz_govern *g, const jz_complaint_row *c, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE complaint SET state = ?2, paused_us = ?3, decided_us = ?4,"
                       " decided_by = ?5, folded_into = NULLIF(?6, 0), unfounded = ?7"
                       " WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c->row);
    jz_stmt_bind_i64(st, 2, c->life.state);
    jz_stmt_bind_i64(st, 3, c->life.paused_us);
    jz_stmt_bind_i64(st, 4, c->life.decided_us);
    jz_stmt_bind_text(st, 5, c->decided_by);
    jz_stmt_bind_i64(st, 6, c->folded_into);
    jz_stmt_bind_i64(st, 7, c->unfounded);
    return jz_stmt_run(st, err);
}

jz_status jz_complaint_body(jz_govern *g, int64_t row, jz_complaint_form *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool found = false;
    JZ_TRY(
        jz_stmt_new(g->store, "SELECT body FROM complaint_body WHERE complaint_id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, row);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_INVAL, "that complaint is erased");
    return jz_complaint_text_read(jz_stmt_text(st, 0), out, err);
}

jz_status jz_complaint_tell(jz_govern *g, int64_t row, const char *kind, const char *text,
                            jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO complaint_notice (complaint_id, at_us, kind, body)"
                       " VALUES (?1, ?2, ?3, ?4)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, jz_govern_now_us(g));
    jz_stmt_bind_text(st, 3, kind);
    jz_stmt_bind_text(st, 4, text != NULL ? text : "");
    return jz_stmt_run(st, err);
}

/* ---- finding ---- */

jz_status jz_complaint_find(jz_govern *g, const char *text, char id[JZ_COMPLAINT_ID_SIZE],
                            jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    char found[JZ_COMPLAINT_ID_SIZE];
    const size_t len = strlen(text);
    if (len < PREFIX_MIN || len >= sizeof found || strspn(text, "0123456789abcdef") != len)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no complaint '%s'", text);
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT handle FROM complaint WHERE handle >= ?1 AND handle < ?1 || 'g'"
                       " ORDER BY handle LIMIT 2",
                       &st, err));
    jz_stmt_bind_text(st, 1, text);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no complaint '%s'", text);
    copy_column(st, 0, found, sizeof found);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (row)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' means several complaints: give the whole id", text);
    memcpy(id, found, sizeof found);
    return JZ_OK;
}

jz_status jz_complaint_by_case(jz_govern *g, const char *case_no, const char *pin,
                               char id[JZ_COMPLAINT_ID_SIZE], jz_err *err)
{
    jz_complaint_row c;
    int64_t row = 0;
    JZ_TRY(jz_pin_check(g, &jz_pin_of_complaint, case_no, pin, &row, err));
    JZ_TRY(jz_complaint_load_row(g, row, &c, err));
    memcpy(id, c.id, sizeof c.id);
    return JZ_OK;
}

/* ---- clocks ---- */

static jz_status take_clock(jz_stmt *st, jz_clock_row *out, jz_err *err)
{
    out->law = jz_law_named(jz_stmt_text(st, 1));
    if (out->law == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a clock of a law that is not known");
    out->row = jz_stmt_i64(st, 0);
    out->clock = (jz_clock){ .from_us = jz_stmt_i64(st, 2),
                             .span_us = jz_stmt_i64(st, 3),
                             .held_us = jz_stmt_i64(st, 4),
                             .stopped_us = jz_stmt_i64(st, 5),
                             .told = (int)jz_stmt_i64(st, 6),
                             .pausable = out->law->pausable };
    return JZ_OK;
}

jz_status jz_complaint_clocks(jz_govern *g, int64_t row, jz_clock_row out[JZ_COMPLAINT_CLOCKS],
                              size_t *n, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    size_t k = 0;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id, law, from_us, span_us, held_us, stopped_us, told"
                       " FROM complaint_clock WHERE complaint_id = ?1 ORDER BY id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    JZ_TRY(jz_stmt_step(st, &there, err));
    for (; there && k < JZ_COMPLAINT_CLOCKS; k++) {
        JZ_TRY(take_clock(st, &out[k], err));
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    *n = k;
    return JZ_OK;
}

jz_status jz_complaint_clock_save(jz_govern *g, const jz_clock_row *c, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE complaint_clock SET held_us = ?2, stopped_us = ?3, told = ?4"
                       " WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c->row);
    jz_stmt_bind_i64(st, 2, c->clock.held_us);
    jz_stmt_bind_i64(st, 3, c->clock.stopped_us);
    jz_stmt_bind_i64(st, 4, c->clock.told);
    return jz_stmt_run(st, err);
}

static jz_status read_promise(jz_govern *g, int64_t *hours, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT hours FROM complaint_promise ORDER BY id DESC LIMIT 1",
                       &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    *hours = there ? jz_stmt_i64(st, 0) : PROMISE_HOURS;
    return JZ_OK;
}

static jz_status record_clock(jz_govern *g, const char *id, const char *law, const jz_clock *c,
                              const char *by, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "due_us", c->from_us + c->span_us);
    jz_json_put_text(&j, "law", law);
    jz_json_end_object(&j);
    return jz_govern_record(g, id, by, "clock-started", &detail, err);
}

static jz_status start_one(jz_govern *g, const jz_complaint_row *c, const jz_complaint_law *law,
                           const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    int64_t hours = law->hours;
    if (hours == 0)
        JZ_TRY(read_promise(g, &hours, err));
    const jz_clock clock = { .from_us = jz_govern_now_us(g), .span_us = hours * HOUR_US };
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO complaint_clock (complaint_id, law, from_us, span_us, held_us,"
                       " stopped_us, told) VALUES (?1, ?2, ?3, ?4, 0, 0, 0)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c->row);
    jz_stmt_bind_text(st, 2, law->name);
    jz_stmt_bind_i64(st, 3, clock.from_us);
    jz_stmt_bind_i64(st, 4, clock.span_us);
    JZ_TRY(jz_stmt_run(st, err));
    return record_clock(g, c->id, law->name, &clock, by, err);
}

static bool has_clock(const jz_clock_row *clock, size_t n, const jz_complaint_law *law)
{
    for (size_t i = 0; i < n; i++)
        if (clock[i].law == law)
            return true;
    return false;
}

jz_status jz_complaint_start(jz_govern *g, const jz_complaint_row *c, unsigned elements, bool again,
                             const char *by, jz_err *err)
{
    jz_clock_row clock[JZ_COMPLAINT_CLOCKS];
    const jz_complaint_law *law;
    size_t n = 0;
    JZ_TRY(jz_complaint_clocks(g, c->row, clock, &n, err));
    for (size_t i = 0; (law = jz_complaint_law_at(i)) != NULL; i++) {
        const bool applies =
            jz_law_applies(law, c->jurisdiction, jz_complaint_is_intimate(c->category),
                           c->role == JZ_ROLE_AUTHORITY);
        const bool first = !again && !has_clock(clock, n, law) && (law->elements & ~elements) == 0;
        if (applies && n < JZ_COMPLAINT_CLOCKS && (first || (again && law->hours == 0)))
            JZ_TRY(start_one(g, c, law, by, err));
    }
    return JZ_OK;
}

typedef struct marks {
    int64_t due_us, hot_us, next_us;
} marks;

static void lower(int64_t *to, int64_t at)
{
    if (at < *to)
        *to = at;
}

/* Of one complaint's clocks. */
static jz_status mark(jz_govern *g, int64_t row, marks *m, jz_err *err)
{
    jz_complaint_row c;
    jz_clock_row clock[JZ_COMPLAINT_CLOCKS];
    size_t n = 0;
    JZ_TRY(jz_complaint_load_row(g, row, &c, err));
    JZ_TRY(jz_complaint_clocks(g, row, clock, &n, err));
    for (size_t i = 0; i < n; i++) {
        lower(&m->due_us, jz_clock_at(&clock[i].clock, c.life.paused_us, 100));
        lower(&m->hot_us, jz_clock_at(&clock[i].clock, c.life.paused_us, 80));
        lower(&m->next_us, jz_clock_next(&clock[i].clock, c.life.paused_us));
    }
    return JZ_OK;
}

static jz_status keep_marks(jz_govern *g, int64_t row, const marks *m, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE complaint SET due_us = ?2, hot_us = ?3, next_us = ?4 WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, m->due_us);
    jz_stmt_bind_i64(st, 3, m->hot_us);
    jz_stmt_bind_i64(st, 4, m->next_us);
    return jz_stmt_run(st, err);
}

/* As a refresh, without reading all the others that are folded into it: a flood of them must not
 * cost more with each one. */
jz_status jz_complaint_join(jz_govern *g, int64_t lead, int64_t row, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT due_us, hot_us, next_us FROM complaint WHERE id = ?1", &st,
                       err));
    jz_stmt_bind_i64(st, 1, lead);
    JZ_TRY(jz_stmt_step(st, &there, err));
    if (!there)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such complaint");
    marks m = { jz_stmt_i64(st, 0), jz_stmt_i64(st, 1), jz_stmt_i64(st, 2) };
    jz_stmt_reset(st);
    JZ_TRY(mark(g, row, &m, err));
    JZ_TRY(keep_marks(g, lead, &m, err));
    /* What has to be told of it is found by way of the one that leads. */
    m = (marks){ INT64_MAX, INT64_MAX, INT64_MAX };
    JZ_TRY(mark(g, row, &m, err));
    m.next_us = INT64_MAX;
    return keep_marks(g, row, &m, err);
}

jz_status jz_complaint_refresh(jz_govern *g, int64_t row, jz_err *err)
{
    jz_complaint_row c;
    marks m = { INT64_MAX, INT64_MAX, INT64_MAX };
    int64_t folded[JZ_FOLDED_BATCH];
    size_t n = JZ_FOLDED_BATCH;
    JZ_TRY(jz_complaint_load_row(g, row, &c, err));
    const int64_t lead = c.folded_into != 0 ? c.folded_into : row;
    JZ_TRY(mark(g, lead, &m, err));
    for (int64_t after = 0; n == JZ_FOLDED_BATCH;) {
        JZ_TRY(jz_complaint_folded(g, lead, after, folded, &n, err));
        for (size_t i = 0; i < n; i++)
            JZ_TRY(mark(g, folded[i], &m, err));
        after = n > 0 ? folded[n - 1] : after;
    }
    return keep_marks(g, lead, &m, err);
}

/* ---- the promise ---- */

static jz_status promise(jz_govern *g, uint32_t hours, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    JZ_TRY(jz_stmt_new(g->store, "INSERT INTO complaint_promise (hours) VALUES (?1)", &st, err));
    jz_stmt_bind_i64(st, 1, hours);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_i64(&j, "hours", hours);
    jz_json_end_object(&j);
    return jz_govern_record(g, "complaints", by, "promised", &detail, err);
}

jz_status jz_complaint_promise(jz_govern *g, uint32_t hours, const char *by, jz_err *err)
{
    if (hours < 1 || hours > 8760)
        return JZ_FAIL(err, JZ_E_INVAL, "a promise is of 1 to 8760 hours");
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, promise(g, hours, by, err), err);
}
