/* SPDX-License-Identifier: Apache-2.0 */
/* Seeing complaints, and erasing what is personal in them. */
#include "govern/complaints.h"

#include "base/alloc.h"
#include "govern/reports.h"

#include <string.h>

typedef struct lister {
    jz_complaint_info_fn fn;
    void *user;
    bool missing; /* clocks that wait for elements are shown too */
} lister;

/* ---- clocks ---- */

static void show_clock(const jz_clock_row *r, int64_t paused_us, int64_t now_us,
                       jz_complaint_clock *out)
{
    const jz_clock *c = &r->clock;
    const bool paused = c->stopped_us == 0 && paused_us != 0 && c->pausable;
    const int64_t held = paused ? now_us - (paused_us > c->from_us ? paused_us : c->from_us) : 0;
    *out = (jz_complaint_clock){ .law = r->law,
                                 .from_us = c->from_us,
                                 .due_us = c->from_us + c->held_us + held + c->span_us,
                                 .stopped_us = c->stopped_us,
                                 .paused = paused,
                                 .percent = jz_clock_percent(c, paused_us, now_us) };
    out->broken = jz_clock_elapsed(c, paused_us, now_us) > c->span_us;
}

static jz_status show_clocks(jz_govern *g, int64_t row, jz_complaint_info *info, jz_err *err)
{
    jz_clock_row clock[JZ_COMPLAINT_CLOCKS];
    JZ_TRY(jz_complaint_clocks(g, row, clock, &info->clocks, err));
    for (size_t i = 0; i < info->clocks; i++)
        show_clock(&clock[i], info->paused_us, jz_govern_now_us(g), &info->clock[i]);
    return JZ_OK;
}

static bool has_law(const jz_complaint_info *info, const jz_complaint_law *law)
{
    for (size_t i = 0; i < info->clocks; i++)
        if (info->clock[i].law == law)
            return true;
    return false;
}

/* Laws that apply and whose clock has not begun. */
static jz_status show_missing(jz_complaint_info *info, int category, int role, jz_err *err)
{
    const jz_complaint_law *law;
    JZ_FORM_AUTO *f = jz_alloc_zero(1, sizeof *f);
    if (f == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_complaint_text_read(info->body, f, err));
    const unsigned elements = jz_complaint_elements(f);
    for (size_t i = 0; (law = jz_complaint_law_at(i)) != NULL; i++)
        if (info->clocks < JZ_COMPLAINT_CLOCKS && !has_law(info, law) &&
            (law->elements & ~elements) != 0 &&
            jz_law_applies(law, info->jurisdiction, jz_complaint_is_intimate(category),
                           role == JZ_ROLE_AUTHORITY))
            info->clock[info->clocks++] =
                (jz_complaint_clock){ .law = law, .missing = law->elements & ~elements };
    return JZ_OK;
}

/* ---- complaints ---- */

#define INFO                                                                                       \
    "SELECT c.id, c.handle, c.state, c.role, c.category, c.jurisdiction, c.score, c.filed_us,"     \
    " c.decided_us, c.paused_us, c.due_us, c.erased, l.handle,"                                    \
    " (SELECT COUNT(*) FROM complaint f WHERE f.folded_into = c.id),"                              \
    " (SELECT COUNT(*) FROM complaint_item i WHERE i.complaint_id = c.id), b.body"                 \
    " FROM complaint c LEFT JOIN complaint l ON l.id = c.folded_into"                              \
    " LEFT JOIN complaint_body b ON b.complaint_id = c.id"

static jz_status tell_complaint(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const lister *l = user;
    const int role = (int)jz_stmt_i64(st, 3);
    const int category = (int)jz_stmt_i64(st, 4);
    jz_complaint_info info = { .id = jz_stmt_text(st, 1),
                               .state = (jz_complaint_state)jz_stmt_i64(st, 2),
                               .role = jz_words_complaint_role[role - 1],
                               .category = jz_words_complaint_category[category - 1],
                               .jurisdiction = jz_stmt_text(st, 5),
                               .score = (unsigned)jz_stmt_i64(st, 6),
                               .filed_us = jz_stmt_i64(st, 7),
                               .decided_us = jz_stmt_i64(st, 8),
                               .paused_us = jz_stmt_i64(st, 9),
                               .due_us = jz_stmt_i64(st, 10),
                               .erased = jz_stmt_i64(st, 11) != 0,
                               .folded_into = jz_stmt_text(st, 12),
                               .folded = jz_stmt_i64(st, 13),
                               .items = jz_stmt_i64(st, 14),
                               .body = jz_stmt_text(st, 15) };
    if (info.due_us == INT64_MAX)
        info.due_us = 0;
    JZ_TRY(show_clocks(g, jz_stmt_i64(st, 0), &info, err));
    if (l->missing && info.body != NULL && !jz_complaint_is_over(info.state))
        JZ_TRY(show_missing(&info, category, role, err));
    return l->fn(l->user, &info, err);
}

jz_status jz_complaint_show(jz_govern *g, const char *id, jz_complaint_info_fn fn, void *user,
                            jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user, true };
    bool found = false;
    JZ_TRY(jz_stmt_new(g->store, INFO " WHERE c.handle = ?1", &st, err));
    jz_stmt_bind_text(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &found, err));
    if (!found)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no complaint '%s'", id);
    return tell_complaint(g, st, &l, err);
}

jz_status jz_complaint_list(jz_govern *g, bool all, jz_complaint_info_fn fn, void *user,
                            jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    lister l = { fn, user, false };
    if (all) {
        JZ_TRY(jz_stmt_new(g->store, INFO " ORDER BY c.id", &st, err));
        return jz_govern_each(g, st, tell_complaint, &l, err);
    }
    JZ_TRY(jz_stmt_new(g->store,
                       INFO " WHERE c.state IN (?1, ?2, ?3) AND c.folded_into IS NULL"
                            " ORDER BY CASE WHEN c.hot_us <= ?4 THEN 0 ELSE 1 END,"
                            " CASE WHEN c.hot_us <= ?4 THEN c.due_us ELSE 0 END,"
                            " c.score DESC, c.due_us, c.id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, JZ_COMPLAINT_OPEN);
    jz_stmt_bind_i64(st, 2, JZ_COMPLAINT_UPHELD);
    jz_stmt_bind_i64(st, 3, JZ_COMPLAINT_APPEALED);
    jz_stmt_bind_i64(st, 4, jz_govern_now_us(g));
    return jz_govern_each(g, st, tell_complaint, &l, err);
}

/* ---- items, notices ---- */

typedef struct item_lister {
    jz_complaint_item_fn fn;
    void *user;
} item_lister;

static const uint8_t *hash_of(jz_stmt *st, int at)
{
    const jz_bytes b = jz_stmt_blob(st, at);
    return b.len == 32 ? b.ptr : NULL;
}

static jz_status tell_item(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const item_lister *l = user;
    const jz_complaint_item item = { .number = jz_stmt_i64(st, 0),
                                     .url = jz_stmt_text(st, 1),
                                     .note = jz_stmt_text(st, 2),
                                     .sha256 = hash_of(st, 3),
                                     .pdq = hash_of(st, 4) };
    (void)g;
    return l->fn(l->user, &item, err);
}

jz_status jz_complaint_items(jz_govern *g, const char *id, jz_complaint_item_fn fn, void *user,
                             jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    item_lister l = { fn, user };
    jz_complaint_row c;
    JZ_TRY(jz_complaint_load(g, id, &c, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT number, url, note, sha256, pdq FROM complaint_item"
                       " WHERE complaint_id = ?1 ORDER BY number",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c.row);
    return jz_govern_each(g, st, tell_item, &l, err);
}

typedef struct notice_lister {
    jz_complaint_notice_fn fn;
    void *user;
} notice_lister;

static jz_status tell_notice(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    const notice_lister *l = user;
    const jz_complaint_notice n = { jz_stmt_i64(st, 0), jz_stmt_text(st, 1), jz_stmt_text(st, 2) };
    (void)g;
    return l->fn(l->user, &n, err);
}

jz_status jz_complaint_notices(jz_govern *g, const char *id, jz_complaint_notice_fn fn, void *user,
                               jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    notice_lister l = { fn, user };
    jz_complaint_row c;
    JZ_TRY(jz_complaint_load(g, id, &c, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT at_us, kind, body FROM complaint_notice WHERE complaint_id = ?1"
                       " ORDER BY id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c.row);
    return jz_govern_each(g, st, tell_notice, &l, err);
}

/* ---- erasing ---- */

jz_status jz_complaint_erase_in(jz_govern *g, const char *id, const char *by, jz_err *err)
{
    static const char *const tables[] = {
        "DELETE FROM complaint_body WHERE complaint_id = ?1",
        "DELETE FROM complaint_item WHERE complaint_id = ?1",
        "DELETE FROM complaint_pin WHERE complaint_id = ?1",
        "UPDATE complaint SET reporter = '', erased = 1 WHERE id = ?1",
    };
    JZ_BUF_AUTO detail = { 0 };
    jz_complaint_row c;
    JZ_TRY(jz_complaint_load(g, id, &c, err));
    if (c.life.erased || !jz_complaint_is_over(c.life.state))
        return JZ_FAIL(err, JZ_E_INVAL, "a complaint that is %s is not erased",
                       c.life.erased ? "erased" : jz_complaint_state_name(c.life.state));
    JZ_TRY(jz_retention_free(g, c.id, err));
    for (size_t i = 0; i < JZ_ARRAY_LEN(tables); i++) {
        jz_auto(jz_stmt) *st = NULL;
        JZ_TRY(jz_stmt_new(g->store, tables[i], &st, err));
        jz_stmt_bind_i64(st, 1, c.row);
        JZ_TRY(jz_stmt_run(st, err));
    }
    jz_buf_puts(&detail, "{}");
    return jz_govern_record(g, c.id, by, "erased", &detail, err);
}

jz_status jz_complaint_erase(jz_govern *g, const char *id, const char *by, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, jz_complaint_erase_in(g, id, by, err), err);
}
