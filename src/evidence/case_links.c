/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about the items of a case: who, where, when, for how much; what words mean; notes.
 */
#include "evidence/cases.h"

#include <inttypes.h>
#include <string.h>

/* The row of an item, 0 for none. */
static jz_status item_or_none(jz_cases *c, int64_t row, int64_t number, int64_t *item, jz_err *err)
{
    *item = 0;
    return number == 0 ? JZ_OK : jz_case_item_row(c, row, number, item, err);
}

static void bind_item(jz_stmt *st, int at, int64_t item)
{
    if (item != 0)
        jz_stmt_bind_i64(st, at, item);
    else
        jz_stmt_bind_blob(st, at, NULL, 0);
}

static void put_item(jz_json *j, int64_t number)
{
    if (number == 0)
        return;
    jz_json_put_i64(j, "item", number);
}

static void put_number(jz_json *j, const char *key, int64_t v)
{
    if (v == 0)
        return;
    jz_json_key(j, key);
    jz_json_i64(j, v);
}

/* ---- links ---- */

static bool is_currency(const char *s)
{
    return s != NULL && strlen(s) == 3 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

static jz_status check_link(const jz_case_link *l, jz_err *err)
{
    const struct {
        const char *what, *text;
    } names[] = { { "reference of the accused", l->accused },
                  { "reference of the victim", l->victim },
                  { "platform's name", l->platform },
                  { "account", l->account },
                  { "group's name", l->group } };
    bool says = l->proceeds != 0 || l->from_us != 0 || l->note != NULL;
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        says = says || names[i].text != NULL;
        JZ_TRY(jz_case_text(names[i].what, names[i].text, JZ_CASE_NAME_MAX, names[i].text != NULL,
                            err));
    }
    JZ_TRY(jz_case_text("note", l->note, JZ_CASE_TEXT_MAX, false, err));
    if (!says)
        return JZ_FAIL(err, JZ_E_INVAL, "a link that says nothing");
    if (l->members < 0 || (l->members > 0 && l->group == NULL))
        return JZ_FAIL(err, JZ_E_INVAL, "%" PRId64 " members without a group", l->members);
    if (l->to_us != 0 && l->to_us < l->from_us)
        return JZ_FAIL(err, JZ_E_INVAL, "a time that ends before it begins");
    if (l->proceeds < 0 || (l->proceeds > 0 && !is_currency(l->currency)))
        return JZ_FAIL(err, JZ_E_INVAL, "proceeds are a sum and a currency: 12.50 CNY");
    return JZ_OK;
}

static jz_status insert_link(jz_cases *c, int64_t row, int64_t item, const jz_case_link *l,
                             jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(c->store,
                       "INSERT INTO case_link (case_id, item_id, accused, victim, platform,"
                       " account, chat_group, members, from_us, to_us, proceeds, currency, note)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    bind_item(st, 2, item);
    jz_stmt_bind_text(st, 3, l->accused);
    jz_stmt_bind_text(st, 4, l->victim);
    jz_stmt_bind_text(st, 5, l->platform);
    jz_stmt_bind_text(st, 6, l->account);
    jz_stmt_bind_text(st, 7, l->group);
    jz_stmt_bind_i64(st, 8, l->members);
    jz_stmt_bind_i64(st, 9, l->from_us);
    jz_stmt_bind_i64(st, 10, l->to_us);
    jz_stmt_bind_i64(st, 11, l->proceeds);
    jz_stmt_bind_text(st, 12, l->proceeds != 0 ? l->currency : NULL);
    jz_stmt_bind_text(st, 13, l->note);
    return jz_stmt_run(st, err);
}

static jz_status add_link(jz_cases *c, const char *id, const jz_case_link *l, const char *by,
                          jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    int64_t item;
    JZ_TRY(jz_case_row(c, id, true, &row, err));
    JZ_TRY(item_or_none(c, row, l->item, &item, err));
    JZ_TRY(insert_link(c, row, item, l, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    put_item(&j, l->item);
    jz_json_put_text(&j, "accused", l->accused);
    jz_json_put_text(&j, "victim", l->victim);
    jz_json_put_text(&j, "platform", l->platform);
    jz_json_put_text(&j, "account", l->account);
    jz_json_put_text(&j, "group", l->group);
    put_number(&j, "members", l->members);
    put_number(&j, "from_us", l->from_us);
    put_number(&j, "to_us", l->to_us);
    put_number(&j, "proceeds", l->proceeds);
    jz_json_put_text(&j, "currency", l->proceeds != 0 ? l->currency : NULL);
    jz_json_put_text(&j, "note", l->note);
    jz_json_end_object(&j);
    return jz_case_record(c, row, by, "linked", &detail, err);
}

jz_status jz_case_add_link(jz_cases *c, const char *id, const jz_case_link *link, const char *by,
                           jz_err *err)
{
    JZ_TRY(check_link(link, err));
    JZ_TRY(jz_store_begin(c->store, err));
    return jz_case_end(c, add_link(c, id, link, by, err), err);
}

typedef struct link_lister {
    jz_case_link_fn fn;
    void *user;
} link_lister;

static jz_status tell_link(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const link_lister *l = user;
    const jz_case_link link = { .item = jz_stmt_i64(st, 0),
                                .accused = jz_stmt_text(st, 1),
                                .victim = jz_stmt_text(st, 2),
                                .platform = jz_stmt_text(st, 3),
                                .account = jz_stmt_text(st, 4),
                                .group = jz_stmt_text(st, 5),
                                .members = jz_stmt_i64(st, 6),
                                .from_us = jz_stmt_i64(st, 7),
                                .to_us = jz_stmt_i64(st, 8),
                                .proceeds = jz_stmt_i64(st, 9),
                                .currency = jz_stmt_text(st, 10),
                                .note = jz_stmt_text(st, 11) };
    (void)c;
    return l->fn(l->user, &link, err);
}

jz_status jz_case_links(jz_cases *c, const char *id, jz_case_link_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    link_lister l = { fn, user };
    int64_t row;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT COALESCE(i.number, 0), l.accused, l.victim, l.platform, l.account,"
                       " l.chat_group, l.members, l.from_us, l.to_us, l.proceeds, l.currency,"
                       " l.note FROM case_link l LEFT JOIN case_item i ON i.id = l.item_id"
                       " WHERE l.case_id = ?1 ORDER BY l.id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return jz_case_each(c, st, tell_link, &l, err);
}

/* ---- terms ---- */

static jz_status add_term(jz_cases *c, const char *id, const jz_case_term *t, const char *by,
                          jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    int64_t item;
    JZ_TRY(jz_case_row(c, id, true, &row, err));
    JZ_TRY(item_or_none(c, row, t->item, &item, err));
    JZ_TRY(jz_stmt_new(c->store,
                       "INSERT INTO case_term (case_id, item_id, term, meaning, says, place)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    bind_item(st, 2, item);
    jz_stmt_bind_text(st, 3, t->term);
    jz_stmt_bind_text(st, 4, t->meaning);
    jz_stmt_bind_text(st, 5, t->says);
    jz_stmt_bind_text(st, 6, t->place);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "term", t->term);
    jz_json_put_text(&j, "meaning", t->meaning);
    jz_json_put_text(&j, "says", t->says);
    put_item(&j, t->item);
    jz_json_put_text(&j, "place", t->place);
    jz_json_end_object(&j);
    return jz_case_record(c, row, by, "explained", &detail, err);
}

jz_status jz_case_add_term(jz_cases *c, const char *id, const jz_case_term *term, const char *by,
                           jz_err *err)
{
    JZ_TRY(jz_case_text("term", term->term, JZ_CASE_NAME_MAX, true, err));
    JZ_TRY(jz_case_text("meaning", term->meaning, JZ_CASE_TEXT_MAX, true, err));
    JZ_TRY(jz_case_text("name of who says so", term->says, JZ_CASE_NAME_MAX, false, err));
    JZ_TRY(jz_case_text("place", term->place, JZ_CASE_NAME_MAX, false, err));
    JZ_TRY(jz_store_begin(c->store, err));
    return jz_case_end(c, add_term(c, id, term, by, err), err);
}

typedef struct term_lister {
    jz_case_term_fn fn;
    void *user;
} term_lister;

static jz_status tell_term(jz_cases *c, jz_stmt *st, void *user, jz_err *err)
{
    const term_lister *l = user;
    const jz_case_term t = { .item = jz_stmt_i64(st, 0),
                             .term = jz_stmt_text(st, 1),
                             .meaning = jz_stmt_text(st, 2),
                             .says = jz_stmt_text(st, 3),
                             .place = jz_stmt_text(st, 4) };
    (void)c;
    return l->fn(l->user, &t, err);
}

jz_status jz_case_terms(jz_cases *c, const char *id, jz_case_term_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    term_lister l = { fn, user };
    int64_t row;
    JZ_TRY(jz_case_row(c, id, false, &row, err));
    JZ_TRY(jz_stmt_new(c->store,
                       "SELECT COALESCE(i.number, 0), t.term, t.meaning, t.says, t.place"
                       " FROM case_term t LEFT JOIN case_item i ON i.id = t.item_id"
                       " WHERE t.case_id = ?1 ORDER BY t.id",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    return jz_case_each(c, st, tell_term, &l, err);
}

/* ---- notes: they are part of the record and stand nowhere else ---- */

jz_status jz_case_add_note(jz_cases *c, const char *id, const char *text, const char *by,
                           jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    int64_t row;
    JZ_TRY(jz_case_text("note", text, JZ_CASE_TEXT_MAX, true, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "text", text);
    jz_json_end_object(&j);
    JZ_TRY(jz_store_begin(c->store, err));
    jz_status st = jz_case_row(c, id, false, &row, err);
    if (st == JZ_OK)
        st = jz_case_record(c, row, by, "noted", &detail, err);
    return jz_case_end(c, st, err);
}
