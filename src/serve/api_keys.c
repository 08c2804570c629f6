/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/api_keys.h"

#include "base/hex.h"
#include "govern/governs.h"
#include "ledger/ed25519.h"
#include "serve/staff.h"

#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

#define PREFIX "jz_"
#define SECRET 24 /* bytes */

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE api_key ("
    " id $id,"
    " name TEXT NOT NULL UNIQUE,"
    " role $int NOT NULL,"
    " party TEXT NOT NULL,"
    " per_minute $int NOT NULL,"
    " hash $blob NOT NULL UNIQUE,"
    " created_us $int NOT NULL,"
    " revoked_us $int NOT NULL) $strict;"
    "CREATE TABLE api_done ("
    " id $id,"
    " key_id $int NOT NULL REFERENCES api_key (id),"
    " name TEXT NOT NULL,"
    " request_sha256 $blob NOT NULL,"
    " at_us $int NOT NULL,"
    " status $int NOT NULL,"
    " type TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " UNIQUE (key_id, name)) $strict;"
    "CREATE INDEX api_done_at ON api_done (at_us);",
};

static const char *const names[JZ_ROLES] = { "reporter",   "partner", "moderator",
                                             "supervisor", "auditor", "admin" };

jz_role jz_role_at(size_t i)
{
    return (jz_role)(1U << i);
}

const char *jz_role_name(jz_role role)
{
    for (size_t i = 0; i < JZ_ROLES; i++)
        if (jz_role_at(i) == role)
            return names[i];
    return NULL;
}

bool jz_role_find(const char *name, jz_role *out)
{
    for (size_t i = 0; i < JZ_ROLES; i++)
        if (strcmp(names[i], name) == 0) {
            *out = jz_role_at(i);
            return true;
        }
    return false;
}

jz_status jz_keys_migrate(jz_govern *g, jz_err *err)
{
    JZ_TRY(jz_store_migrate(g->store, "serve", steps, JZ_ARRAY_LEN(steps), err));
    return jz_staff_tables(g->store, err);
}

/* ---- making, revoking ---- */

jz_status jz_key_check(const jz_api_key *k, jz_err *err)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    const size_t len = strlen(k->name);
    if (len == 0 || len > JZ_KEY_NAME_MAX || strspn(k->name, plain) != len)
        return JZ_FAIL(err, JZ_E_INVAL, "'%s': a key's name is 1 to %d of A-Z a-z 0-9 _ - .",
                       k->name, JZ_KEY_NAME_MAX);
    if (jz_role_name(k->role) == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "there is no such role");
    if (k->role == JZ_ROLE_PARTNER)
        return jz_govern_text("partner's party", k->party, JZ_GOVERN_NAME_MAX - 1, true, err);
    if (k->party[0] != '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "only a partner has a party");
    return JZ_OK;
}

static jz_status record(jz_govern *g, const jz_api_key *k, const char *by, const char *kind,
                        jz_err *err)
{
    char object[JZ_KEY_NAME_MAX + 8];
    JZ_BUF_AUTO detail = { 0 };
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "party", k->party);
    jz_json_put_text(&j, "role", jz_role_name(k->role));
    jz_json_end_object(&j);
    (void)snprintf(object, sizeof object, "key:%s", k->name);
    return jz_govern_record(g, object, by, kind, &detail, err);
}

jz_status jz_keys_insert(jz_govern *g, const jz_api_key *k, const uint8_t hash[32], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO api_key (name, role, party, per_minute, hash, created_us,"
                       " revoked_us) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0)",
                       &st, err));
    jz_stmt_bind_text(st, 1, k->name);
    jz_stmt_bind_i64(st, 2, k->role);
    jz_stmt_bind_text(st, 3, k->party);
    jz_stmt_bind_i64(st, 4, k->per_minute);
    jz_stmt_bind_blob(st, 5, hash, JZ_SHA256_SIZE);
    jz_stmt_bind_i64(st, 6, jz_govern_now_us(g));
    const jz_status done = jz_stmt_run(st, err);
    if (done == JZ_E_EXISTS)
        return JZ_FAIL(err, done, "there is a key or an account '%s' already", k->name);
    return done;
}

static jz_status add_in(jz_govern *g, const jz_api_key *k, const char *by, const char *token,
                        jz_err *err)
{
    uint8_t hash[JZ_SHA256_SIZE];
    jz_sha256(token, strlen(token), hash);
    JZ_TRY(jz_keys_insert(g, k, hash, err));
    return record(g, k, by, "key-added", err);
}

jz_status jz_keys_add(jz_govern *g, const jz_api_key *wanted, const char *by,
                      char token[JZ_KEY_TEXT], jz_err *err)
{
    uint8_t secret[SECRET];
    char text[JZ_KEY_TEXT] = PREFIX;
    JZ_TRY(jz_key_check(wanted, err));
    JZ_TRY(jz_random(secret, sizeof secret, err));
    jz_hex_encode(secret, sizeof secret, text + strlen(PREFIX));
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, add_in(g, wanted, by, text, err), err));
    memcpy(token, text, sizeof text);
    return JZ_OK;
}

#define COLUMNS                                                                                    \
    "id, name, role, party, per_minute, created_us, revoked_us,"                                   \
    " EXISTS (SELECT 1 FROM staff s WHERE s.key_id = api_key.id)"

static void take_key(jz_stmt *st, jz_api_key *out)
{
    *out = (jz_api_key){ .id = jz_stmt_i64(st, 0),
                         .role = (jz_role)jz_stmt_i64(st, 2),
                         .per_minute = jz_stmt_i64(st, 4),
                         .created_us = jz_stmt_i64(st, 5),
                         .revoked_us = jz_stmt_i64(st, 6),
                         .staff = jz_stmt_i64(st, 7) != 0 };
    (void)snprintf(out->name, sizeof out->name, "%s", jz_stmt_text(st, 1));
    (void)snprintf(out->party, sizeof out->party, "%s", jz_stmt_text(st, 3));
}

static jz_status revoke(jz_govern *g, const char *name, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *find = NULL;
    jz_auto(jz_stmt) *set = NULL;
    jz_api_key k;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT " COLUMNS " FROM api_key WHERE name = ?1", &find, err));
    jz_stmt_bind_text(find, 1, name);
    JZ_TRY(jz_stmt_step(find, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no key '%s'", name);
    take_key(find, &k);
    if (k.revoked_us != 0)
        return JZ_FAIL(err, JZ_E_EXISTS, "the key '%s' is revoked already", name);
    JZ_TRY(jz_stmt_new(g->store, "UPDATE api_key SET revoked_us = ?2 WHERE id = ?1", &set, err));
    jz_stmt_bind_i64(set, 1, k.id);
    jz_stmt_bind_i64(set, 2, jz_govern_now_us(g));
    JZ_TRY(jz_stmt_run(set, err));
    return record(g, &k, by, "key-revoked", err);
}

jz_status jz_keys_revoke(jz_govern *g, const char *name, const char *by, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, revoke(g, name, by, err), err);
}

/* ---- finding ---- */

jz_status jz_keys_each(jz_govern *g, jz_key_fn fn, void *user, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT " COLUMNS " FROM api_key ORDER BY id", &st, err));
    JZ_TRY(jz_stmt_step(st, &row, err));
    while (row) {
        jz_api_key k;
        take_key(st, &k);
        JZ_TRY(fn(user, &k, err));
        JZ_TRY(jz_stmt_step(st, &row, err));
    }
    return JZ_OK;
}

jz_status jz_keys_find(jz_govern *g, const char *token, jz_api_key *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    uint8_t hash[JZ_SHA256_SIZE];
    bool row = false;
    jz_sha256(token, strlen(token), hash);
    JZ_TRY(jz_stmt_new(
        g->store, "SELECT " COLUMNS " FROM api_key WHERE hash = ?1 AND revoked_us = 0", &st, err));
    jz_stmt_bind_blob(st, 1, hash, sizeof hash);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such key");
    take_key(st, out);
    return JZ_OK;
}

jz_status jz_keys_by_id(jz_govern *g, int64_t id, jz_api_key *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT " COLUMNS " FROM api_key WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such key");
    take_key(st, out);
    return JZ_OK;
}
