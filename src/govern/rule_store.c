/* SPDX-License-Identifier: Apache-2.0 */
/* Rule sets in the database: drafts, one in shadow, one live, and those that were. */
#include "govern/rule_store.h"

#include "base/alloc.h"
#include "base/rd.h"

#include <stdio.h>
#include <string.h>

#define SHORTEST 8 /* digits that name a set */

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE rules_set ("
    " id $id,"
    " sha256 TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " state $int NOT NULL,"
    " added_by TEXT NOT NULL,"
    " approved_by TEXT NOT NULL) $strict;"
    "CREATE TABLE rules_list ("
    " set_id $int NOT NULL REFERENCES rules_set (id),"
    " path TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " PRIMARY KEY (set_id, path)) $clustered;"
    "CREATE TABLE rules_decision ("
    " id $id,"
    " handle TEXT NOT NULL UNIQUE,"
    " set_id $int NOT NULL REFERENCES rules_set (id),"
    " at_us $int NOT NULL,"
    " inputs TEXT NOT NULL,"
    " decision TEXT NOT NULL,"
    " shadow TEXT) $strict;"
    "CREATE INDEX rules_decision_at ON rules_decision (at_us);"
    "CREATE INDEX rules_decision_of ON rules_decision (set_id);",
};

const char *jz_rules_state_name(jz_rules_state s)
{
    static const char *const names[] = { [JZ_RULES_DRAFT] = "draft",
                                         [JZ_RULES_SHADOW] = "shadow",
                                         [JZ_RULES_LIVE] = "live",
                                         [JZ_RULES_RETIRED] = "retired" };
    return (size_t)s < JZ_ARRAY_LEN(names) ? names[s] : NULL;
}

jz_status jz_rules_migrate(jz_store *store, jz_err *err)
{
    return jz_store_migrate(store, "rules", steps, JZ_ARRAY_LEN(steps), err);
}

/* ---- adding ---- */

static jz_status insert_lists(jz_govern *g, const jz_rules *r, int64_t set, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO rules_list (set_id, path, body) VALUES (?1, ?2, ?3)"
                       " ON CONFLICT (set_id, path) DO NOTHING",
                       &st, err));
    for (size_t i = 0; i < r->lists; i++) {
        jz_stmt_bind_i64(st, 1, set);
        jz_stmt_bind_text(st, 2, r->list[i].path);
        jz_stmt_bind_text(st, 3, r->list[i].body);
        JZ_TRY(jz_stmt_run(st, err));
    }
    return JZ_OK;
}

static jz_status record(jz_govern *g, const char *sha256, const char *by, const char *kind,
                        const char *name, jz_err *err)
{
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "ruleset", name);
    jz_json_end_object(&j);
    return jz_govern_record(g, sha256, by, kind, &detail, err);
}

static jz_status add(jz_govern *g, const jz_rules *r, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    jz_rules_info info;
    jz_rules_info_of(r, &info);
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO rules_set (sha256, name, source, state, added_by, approved_by)"
                       " VALUES (?1, ?2, ?3, ?4, ?5, '')",
                       &st, err));
    jz_stmt_bind_text(st, 1, info.sha256);
    jz_stmt_bind_text(st, 2, r->name);
    jz_stmt_bind_text(st, 3, r->source);
    jz_stmt_bind_i64(st, 4, JZ_RULES_DRAFT);
    jz_stmt_bind_text(st, 5, by);
    const jz_status done = jz_stmt_run(st, err);
    if (done == JZ_E_EXISTS)
        return JZ_FAIL(err, done, "the set %s is there already", info.sha256);
    JZ_TRY(done);
    JZ_TRY(insert_lists(g, r, jz_store_last_id(g->store), err));
    return record(g, info.sha256, by, "rules-draft", r->name, err);
}

jz_status jz_rules_add(jz_govern *g, const jz_rules *r, const char *by, jz_err *err)
{
    JZ_TRY(jz_govern_text("name of who does this", by, JZ_GOVERN_NAME_MAX, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, add(g, r, by, err), err);
}

/* ---- finding ---- */

typedef struct found_set { /* plain values */
    int64_t row;
    char sha256[JZ_RULES_SHA256_SIZE], name[JZ_GOVERN_NAME_MAX + 1];
    char approved_by[JZ_GOVERN_NAME_MAX + 1];
    jz_rules_state state;
} found_set;

static void take_set(jz_stmt *st, found_set *out)
{
    out->row = jz_stmt_i64(st, 0);
    (void)snprintf(out->sha256, sizeof out->sha256, "%s", jz_stmt_text(st, 1));
    (void)snprintf(out->name, sizeof out->name, "%s", jz_stmt_text(st, 2));
    (void)snprintf(out->approved_by, sizeof out->approved_by, "%s", jz_stmt_text(st, 3));
    out->state = (jz_rules_state)jz_stmt_i64(st, 4);
}

#define SET_COLUMNS "id, sha256, name, approved_by, state"

static jz_status find_by_hash(jz_govern *g, const char *sha256, found_set *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    const size_t len = strlen(sha256);
    if (len < SHORTEST || len >= JZ_RULES_SHA256_SIZE || strspn(sha256, "0123456789abcdef") != len)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s': %d or more hex digits of a set are wanted", sha256,
                       SHORTEST);
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT " SET_COLUMNS " FROM rules_set"
                       " WHERE sha256 >= ?1 AND sha256 <= ?1 || 'g' ORDER BY sha256",
                       &st, err));
    jz_stmt_bind_text(st, 1, sha256);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no rule set '%s'", sha256);
    take_set(st, out);
    JZ_TRY(jz_stmt_step(st, &row, err));
    return row ? JZ_FAIL(err, JZ_E_INVAL, "'%s' is the beginning of several sets", sha256) : JZ_OK;
}

static jz_status find_by_state(jz_govern *g, jz_rules_state state, found_set *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT " SET_COLUMNS " FROM rules_set WHERE state = ?1 ORDER BY id DESC",
                       &st, err));
    jz_stmt_bind_i64(st, 1, state);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no rule set is %s", jz_rules_state_name(state));
    take_set(st, out);
    return JZ_OK;
}

/* ---- draft, shadow, live ---- */

/* Those in one state go to another one. */
static jz_status move_all(jz_govern *g, jz_rules_state from, jz_rules_state to, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "UPDATE rules_set SET state = ?2 WHERE state = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, from);
    jz_stmt_bind_i64(st, 2, to);
    return jz_stmt_run(st, err);
}

static jz_status set_state(jz_govern *g, int64_t row, jz_rules_state state, const char *approved_by,
                           jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "UPDATE rules_set SET state = ?2, approved_by = ?3 WHERE id = ?1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, state);
    jz_stmt_bind_text(st, 3, approved_by);
    return jz_stmt_run(st, err);
}

static jz_status shadow(jz_govern *g, const char *sha256, const char *by, jz_err *err)
{
    found_set s;
    JZ_TRY(find_by_hash(g, sha256, &s, err));
    if (s.state != JZ_RULES_DRAFT && s.state != JZ_RULES_RETIRED)
        return JZ_FAIL(err, JZ_E_INVAL, "the set is %s", jz_rules_state_name(s.state));
    JZ_TRY(move_all(g, JZ_RULES_SHADOW, JZ_RULES_DRAFT, err));
    JZ_TRY(set_state(g, s.row, JZ_RULES_SHADOW, "", err));
    return record(g, s.sha256, by, "rules-shadow", s.name, err);
}

jz_status jz_rules_shadow(jz_govern *g, const char *sha256, const char *by, jz_err *err)
{
    JZ_TRY(jz_govern_text("name of who does this", by, JZ_GOVERN_NAME_MAX, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, shadow(g, sha256, by, err), err);
}

static jz_status approve(jz_govern *g, const char *sha256, const char *by, bool *live, jz_err *err)
{
    found_set s;
    JZ_TRY(find_by_hash(g, sha256, &s, err));
    if (s.state == JZ_RULES_LIVE)
        return JZ_FAIL(err, JZ_E_EXISTS, "the set is live already");
    if (strcmp(s.approved_by, by) == 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "'%s' has approved it; another person is wanted", by);
    *live = s.approved_by[0] != '\0';
    if (!*live) {
        JZ_TRY(set_state(g, s.row, s.state, by, err));
        return record(g, s.sha256, by, "rules-approved", s.name, err);
    }
    JZ_TRY(move_all(g, JZ_RULES_LIVE, JZ_RULES_RETIRED, err));
    JZ_TRY(set_state(g, s.row, JZ_RULES_LIVE, "", err));
    return record(g, s.sha256, by, "rules-live", s.name, err);
}

jz_status jz_rules_approve(jz_govern *g, const char *sha256, const char *by, bool *live,
                           jz_err *err)
{
    bool is_live = false;
    JZ_TRY(jz_govern_text("name of who does this", by, JZ_GOVERN_NAME_MAX, true, err));
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, approve(g, sha256, by, &is_live, err), err));
    *live = is_live;
    return JZ_OK;
}

/* ---- listing, opening ---- */

jz_status jz_rules_list(jz_govern *g, jz_rules_row_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT sha256, name, state, added_by, approved_by, (SELECT COUNT(*) FROM"
                       " rules_decision d WHERE d.set_id = s.id) FROM rules_set s ORDER BY id",
                       &st, err));
    JZ_TRY(jz_stmt_step(st, &row, err));
    while (row) {
        const jz_rules_row r = { .sha256 = jz_stmt_text(st, 0),
                                 .name = jz_stmt_text(st, 1),
                                 .state = (jz_rules_state)jz_stmt_i64(st, 2),
                                 .added_by = jz_stmt_text(st, 3),
                                 .approved_by = jz_stmt_text(st, 4),
                                 .decisions = (uint64_t)jz_stmt_i64(st, 5) };
        JZ_TRY(fn(user, &r, err));
        JZ_TRY(jz_stmt_step(st, &row, err));
    }
    return JZ_OK;
}

typedef struct parts { /* of a set, as it is kept */
    char *source;
    char *path[JZ_RULES_LISTS], *body[JZ_RULES_LISTS];
    jz_rules_file file[JZ_RULES_LISTS];
    size_t n;
} parts;

static void parts_done(parts *p)
{
    jz_free(p->source);
    for (size_t i = 0; i < p->n; i++) {
        jz_free(p->path[i]);
        jz_free(p->body[i]);
    }
}

static jz_status read_list(jz_govern *g, jz_stmt *st, void *user, jz_err *err)
{
    parts *p = user;
    (void)g;
    if (p->n == JZ_RULES_LISTS)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a set of more than %d lists", JZ_RULES_LISTS);
    p->path[p->n] = jz_strdup(jz_stmt_text(st, 0));
    p->body[p->n] = jz_strdup(jz_stmt_text(st, 1));
    p->n++;
    const size_t i = p->n - 1;
    if (p->path[i] == NULL || p->body[i] == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    p->file[i] = (jz_rules_file){ p->path[i], { (const uint8_t *)p->body[i], strlen(p->body[i]) } };
    return JZ_OK;
}

static jz_status read_parts(jz_govern *g, int64_t set, parts *p, jz_err *err)
{
    jz_auto(jz_stmt) *source = NULL;
    jz_auto(jz_stmt) *lists = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT source FROM rules_set WHERE id = ?1", &source, err));
    jz_stmt_bind_i64(source, 1, set);
    JZ_TRY(jz_stmt_step(source, &row, err));
    p->source = row ? jz_strdup(jz_stmt_text(source, 0)) : NULL;
    if (p->source == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(
        jz_stmt_new(g->store, "SELECT path, body FROM rules_list WHERE set_id = ?1", &lists, err));
    jz_stmt_bind_i64(lists, 1, set);
    return jz_govern_each(g, lists, read_list, p, err);
}

jz_status jz_rules_open_row(jz_govern *g, int64_t set, const char *sha256, jz_rules **out,
                            jz_err *err)
{
    parts p = { 0 };
    jz_rules_info info;
    jz_auto(jz_rules) *r = NULL;
    jz_status st = read_parts(g, set, &p, err);
    if (st == JZ_OK)
        st = jz_rules_compile(sha256, jz_bytes_of_text(p.source), p.file, p.n, &r, err);
    parts_done(&p);
    JZ_TRY(st);
    jz_rules_info_of(r, &info);
    if (strcmp(info.sha256, sha256) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "the set %s has the hash %s", sha256, info.sha256);
    r->row = set;
    *out = JZ_TAKE(r);
    return JZ_OK;
}

static void put_parts(const char *sha256, const parts *p, jz_buf *out)
{
    jz_json j = { .out = out };
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "sha256", sha256);
    jz_json_put_str(&j, "text", p->source);
    jz_json_key(&j, "lists");
    jz_json_begin_array(&j);
    for (size_t i = 0; i < p->n; i++) {
        jz_json_begin_object(&j);
        jz_json_put_str(&j, "path", p->path[i]);
        jz_json_put_str(&j, "text", p->body[i]);
        jz_json_end_object(&j);
    }
    jz_json_end_array(&j);
    jz_json_end_object(&j);
}

jz_status jz_rules_source(jz_govern *g, const char *sha256, char **json, jz_err *err)
{
    parts p = { 0 };
    found_set s;
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(find_by_hash(g, sha256, &s, err));
    const jz_status st = read_parts(g, s.row, &p, err);
    if (st == JZ_OK)
        put_parts(s.sha256, &p, &text);
    parts_done(&p);
    JZ_TRY(st);
    JZ_TRY(jz_buf_check(&text, err));
    *json = JZ_TAKE(text.ptr);
    return JZ_OK;
}

jz_status jz_rules_current(jz_govern *g, jz_rules_state state, const jz_rules **out, jz_err *err)
{
    jz_rules **kept = state == JZ_RULES_LIVE ? &g->live_rules : &g->shadow_rules;
    found_set s;
    const jz_status st = find_by_state(g, state, &s, err);
    *out = NULL;
    if (st == JZ_E_NOTFOUND)
        return JZ_OK;
    JZ_TRY(st);
    if (*kept == NULL || (*kept)->row != s.row) {
        jz_rules *r = NULL;
        JZ_TRY(jz_rules_open_row(g, s.row, s.sha256, &r, err));
        jz_rules_free(*kept);
        *kept = r;
    }
    *out = *kept;
    return JZ_OK;
}
