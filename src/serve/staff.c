/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/staff.h"

#include "base/hex.h"
#include "govern/governs.h"
#include "govern/pin.h"
#include "ledger/ed25519.h"

#include <jz/hash.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define SETUP_US (3 * 86400 * SECOND_US)
#define FREE_OF_ACCOUNT 5 /* wrong attempts before the first wait */
#define FREE_OF_ADDRESS 20
#define WAIT_US (30 * SECOND_US) /* then; doubled by each further one, */
#define DOUBLINGS 5              /* up to 16 minutes */
#define FORGET_US (86400 * SECOND_US)

/* Never changed once released, only added to. */
static const char *const steps[] = {
    "CREATE TABLE staff ("
    " key_id $int PRIMARY KEY REFERENCES api_key (id),"
    " password TEXT NOT NULL,"
    " totp $blob NOT NULL,"
    " totp_step $int NOT NULL,"
    " setup $blob,"
    " setup_until_us $int NOT NULL,"
    " failures $int NOT NULL,"
    " locked_until_us $int NOT NULL) $strict;"
    "CREATE TABLE staff_session ("
    " id $id,"
    " key_id $int NOT NULL REFERENCES staff (key_id),"
    " hash $blob NOT NULL UNIQUE,"
    " made_us $int NOT NULL,"
    " seen_us $int NOT NULL) $strict;"
    "CREATE TABLE staff_address ("
    " address TEXT NOT NULL PRIMARY KEY,"
    " failures $int NOT NULL,"
    " at_us $int NOT NULL,"
    " locked_until_us $int NOT NULL) $clustered;",
};

jz_status jz_staff_tables(jz_store *s, jz_err *err)
{
    return jz_store_migrate(s, "staff", steps, JZ_ARRAY_LEN(steps), err);
}

static jz_status record(jz_govern *g, const char *name, const char *by, const char *kind,
                        jz_err *err)
{
    char object[JZ_KEY_NAME_MAX + 8];
    JZ_BUF_AUTO detail = { 0 };
    jz_buf_puts(&detail, "{}");
    (void)snprintf(object, sizeof object, "staff:%s", name);
    return jz_govern_record(g, object, by, kind, &detail, err);
}

static jz_status record_own(jz_govern *g, const jz_api_key *k, const char *kind, jz_err *err)
{
    char by[JZ_KEY_NAME_MAX + 8];
    (void)snprintf(by, sizeof by, "staff:%s", k->name);
    return record(g, k->name, by, kind, err);
}

/* One statement with a key's id at ?1 and at most two numbers. */
static jz_status run_with(jz_govern *g, const char *sql, int64_t id, int64_t a, int64_t b,
                          jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, sql, &st, err));
    jz_stmt_bind_i64(st, 1, id);
    if (strstr(sql, "?2") != NULL)
        jz_stmt_bind_i64(st, 2, a);
    if (strstr(sql, "?3") != NULL)
        jz_stmt_bind_i64(st, 3, b);
    return jz_stmt_run(st, err);
}

/* ---- accounts ---- */

static jz_status new_secret(char secret[JZ_STAFF_SECRET], uint8_t hash[32], jz_err *err)
{
    uint8_t random[(JZ_STAFF_SECRET - 1) / 2];
    JZ_TRY(jz_random(random, sizeof random, err));
    jz_hex_encode(random, sizeof random, secret);
    jz_sha256(secret, JZ_STAFF_SECRET - 1, hash);
    return JZ_OK;
}

static jz_status put_secret(jz_govern *g, const char *sql, int64_t id, const uint8_t hash[32],
                            jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    uint8_t totp[JZ_TOTP_SECRET];
    JZ_TRY(jz_random(totp, sizeof totp, err));
    JZ_TRY(jz_stmt_new(g->store, sql, &st, err));
    jz_stmt_bind_i64(st, 1, id);
    jz_stmt_bind_blob(st, 2, totp, sizeof totp);
    jz_stmt_bind_blob(st, 3, hash, 32);
    jz_stmt_bind_i64(st, 4, jz_govern_now_us(g) + SETUP_US);
    return jz_stmt_run(st, err);
}

static jz_status add_in(jz_govern *g, const jz_api_key *k, const char *by, const uint8_t hash[32],
                        jz_err *err)
{
    uint8_t random[32]; /* the hash of a token that there is not */
    JZ_TRY(jz_random(random, sizeof random, err));
    JZ_TRY(jz_keys_insert(g, k, random, err));
    JZ_TRY(put_secret(g,
                      "INSERT INTO staff (key_id, password, totp, totp_step, setup,"
                      " setup_until_us, failures, locked_until_us)"
                      " VALUES (?1, '', ?2, 0, ?3, ?4, 0, 0)",
                      jz_store_last_id(g->store), hash, err));
    JZ_BUF_AUTO detail = { 0 };
    char object[JZ_KEY_NAME_MAX + 8];
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "role", jz_role_name(k->role));
    jz_json_end_object(&j);
    (void)snprintf(object, sizeof object, "staff:%s", k->name);
    return jz_govern_record(g, object, by, "staff-added", &detail, err);
}

jz_status jz_staff_add(jz_govern *g, const char *name, jz_role role, const char *by,
                       char secret[JZ_STAFF_SECRET], jz_err *err)
{
    uint8_t hash[32];
    jz_api_key k = { .role = role, .per_minute = JZ_KEY_PER_MINUTE };
    if (role == JZ_ROLE_PARTNER)
        return JZ_FAIL(err, JZ_E_INVAL, "a partner is a program: give it a key");
    (void)snprintf(k.name, sizeof k.name, "%s", strlen(name) < sizeof k.name ? name : "");
    JZ_TRY(jz_key_check(&k, err));
    JZ_TRY(new_secret(secret, hash, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, add_in(g, &k, by, hash, err), err);
}

static jz_status find_account(jz_govern *g, const char *name, int64_t *id, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT k.id FROM api_key k JOIN staff s ON s.key_id = k.id"
                       " WHERE k.name = ?1 AND k.revoked_us = 0",
                       &st, err));
    jz_stmt_bind_text(st, 1, name);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no account '%s'", name);
    *id = jz_stmt_i64(st, 0);
    return JZ_OK;
}

static jz_status reset_in(jz_govern *g, const char *name, const char *by, const uint8_t hash[32],
                          jz_err *err)
{
    int64_t id = 0;
    JZ_TRY(find_account(g, name, &id, err));
    JZ_TRY(put_secret(g,
                      "UPDATE staff SET password = '', totp = ?2, totp_step = 0, setup = ?3,"
                      " setup_until_us = ?4, failures = 0, locked_until_us = 0 WHERE key_id = ?1",
                      id, hash, err));
    JZ_TRY(run_with(g, "DELETE FROM staff_session WHERE key_id = ?1", id, 0, 0, err));
    return record(g, name, by, "staff-reset", err);
}

jz_status jz_staff_reset(jz_govern *g, const char *name, const char *by,
                         char secret[JZ_STAFF_SECRET], jz_err *err)
{
    uint8_t hash[32];
    JZ_TRY(new_secret(secret, hash, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, reset_in(g, name, by, hash, err), err);
}

/* ---- attempts ---- */

static int64_t wait_after(int64_t failures, int64_t free)
{
    const int64_t over = failures - free;
    return over < 0 ? 0 : WAIT_US << (over > DOUBLINGS ? DOUBLINGS : over);
}

static jz_status refuse_until(jz_govern *g, int64_t until_us, jz_err *err)
{
    const int64_t left = until_us - jz_govern_now_us(g);
    return left <= 0 ? JZ_OK
                     : JZ_FAIL(err, JZ_E_BUSY, "too many wrong attempts: again in %" PRId64 " s",
                               left / SECOND_US + 1);
}

static jz_status count_address(jz_govern *g, const char *address, jz_err *err)
{
    jz_auto(jz_stmt) *find = NULL;
    jz_auto(jz_stmt) *put = NULL;
    bool row = false;
    int64_t failures = 0;
    const int64_t now = jz_govern_now_us(g);
    JZ_TRY(run_with(g, "DELETE FROM staff_address WHERE at_us < ?1", now - FORGET_US, 0, 0, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT failures, locked_until_us FROM staff_address WHERE address = ?1",
                       &find, err));
    jz_stmt_bind_text(find, 1, address);
    JZ_TRY(jz_stmt_step(find, &row, err));
    if (row) {
        failures = jz_stmt_i64(find, 0);
        JZ_TRY(refuse_until(g, jz_stmt_i64(find, 1), err));
    }
    jz_stmt_reset(find);
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO staff_address (address, failures, at_us, locked_until_us)"
                       " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (address) DO UPDATE SET"
                       " failures = ?2, at_us = ?3, locked_until_us = ?4",
                       &put, err));
    jz_stmt_bind_text(put, 1, address);
    jz_stmt_bind_i64(put, 2, failures + 1);
    jz_stmt_bind_i64(put, 3, now);
    jz_stmt_bind_i64(put, 4, now + wait_after(failures + 1, FREE_OF_ADDRESS));
    return jz_stmt_run(put, err);
}

static jz_status take_account(jz_govern *g, jz_stmt *st, jz_staff_try *out, jz_err *err)
{
    const jz_bytes totp = jz_stmt_blob(st, 4);
    const jz_bytes setup = jz_stmt_blob(st, 6);
    out->key = (jz_api_key){ .id = jz_stmt_i64(st, 0),
                             .role = (jz_role)jz_stmt_i64(st, 2),
                             .staff = true };
    (void)snprintf(out->key.name, sizeof out->key.name, "%s", jz_stmt_text(st, 1));
    (void)snprintf(out->password, sizeof out->password, "%s", jz_stmt_text(st, 3));
    out->step = (uint64_t)jz_stmt_i64(st, 5);
    if (totp.len != sizeof out->totp)
        return JZ_FAIL(err, JZ_E_CORRUPT, "account %s has no secret", out->key.name);
    memcpy(out->totp, totp.ptr, sizeof out->totp);
    if (setup.len == sizeof out->setup && jz_stmt_i64(st, 7) > jz_govern_now_us(g))
        memcpy(out->setup, setup.ptr, sizeof out->setup);
    return JZ_OK;
}

static jz_status begin_in(jz_govern *g, const char *name, jz_staff_try *out, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool row = false;
    JZ_TRY(count_address(g, out->address, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT k.id, k.name, k.role, s.password, s.totp, s.totp_step, s.setup,"
                       " s.setup_until_us, s.failures, s.locked_until_us"
                       " FROM api_key k JOIN staff s ON s.key_id = k.id"
                       " WHERE k.name = ?1 AND k.revoked_us = 0",
                       &st, err));
    jz_stmt_bind_text(st, 1, name);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_OK;
    JZ_TRY(refuse_until(g, jz_stmt_i64(st, 9), err));
    JZ_TRY(take_account(g, st, out, err));
    const int64_t failures = jz_stmt_i64(st, 8) + 1;
    jz_stmt_reset(st);
    return run_with(g, "UPDATE staff SET failures = ?2, locked_until_us = ?3 WHERE key_id = ?1",
                    out->key.id, failures,
                    jz_govern_now_us(g) + wait_after(failures, FREE_OF_ACCOUNT), err);
}

jz_status jz_staff_begin(jz_govern *g, const char *name, const char *address, jz_staff_try *out,
                         jz_err *err)
{
    jz_staff_try t = { 0 };
    (void)snprintf(t.address, sizeof t.address, "%s", address);
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, begin_in(g, name, &t, err), err));
    *out = t;
    return JZ_OK;
}

/* What was right is no failure. */
static jz_status forgive(jz_govern *g, const jz_staff_try *t, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(run_with(g, "UPDATE staff SET failures = 0, locked_until_us = 0 WHERE key_id = ?1",
                    t->key.id, 0, 0, err));
    JZ_TRY(jz_stmt_new(g->store, "DELETE FROM staff_address WHERE address = ?1", &st, err));
    jz_stmt_bind_text(st, 1, t->address);
    return jz_stmt_run(st, err);
}

/* A code opens once: its step is the last one, also where two come at the same time. */
static jz_status use_code(jz_govern *g, const jz_staff_try *t, const char *code, jz_err *err)
{
    const uint64_t step = jz_totp_find(t->totp, code, jz_govern_now_s(g), t->step);
    if (step == 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "name, password or code is wrong");
    JZ_TRY(run_with(g, "UPDATE staff SET totp_step = ?2 WHERE key_id = ?1 AND totp_step < ?2",
                    t->key.id, (int64_t)step, 0, err));
    return jz_store_changes(g->store) == 1
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_MISMATCH, "this code was used: wait for the next one");
}

/* ---- setting up ---- */

bool jz_staff_is_secret(const jz_staff_try *t, const char *secret)
{
    static const uint8_t none[32];
    uint8_t hash[32];
    jz_sha256(secret, strlen(secret), hash);
    return jz_pin_same(hash, t->setup) && !jz_pin_same(t->setup, none);
}

static jz_status set_in(jz_govern *g, const jz_staff_try *t, const char *password, const char *code,
                        jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(use_code(g, t, code, err));
    JZ_TRY(jz_stmt_new(g->store,
                       "UPDATE staff SET password = ?2, setup = NULL, setup_until_us = 0"
                       " WHERE key_id = ?1 AND setup = ?3",
                       &st, err));
    jz_stmt_bind_i64(st, 1, t->key.id);
    jz_stmt_bind_text(st, 2, password);
    jz_stmt_bind_blob(st, 3, t->setup, sizeof t->setup);
    JZ_TRY(jz_stmt_run(st, err));
    if (jz_store_changes(g->store) != 1)
        return JZ_FAIL(err, JZ_E_MISMATCH, "this secret was used");
    JZ_TRY(forgive(g, t, err));
    return record_own(g, &t->key, "staff-set-up", err);
}

jz_status jz_staff_set(jz_govern *g, const jz_staff_try *t, const char *password, const char *code,
                       jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, set_in(g, t, password, code, err), err);
}

/* ---- sessions ---- */

static jz_status enter_in(jz_govern *g, const jz_staff_try *t, const char *code,
                          const char token[JZ_SESSION_TEXT], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    uint8_t hash[32];
    const int64_t now = jz_govern_now_us(g);
    if (code != NULL)
        JZ_TRY(use_code(g, t, code, err));
    JZ_TRY(forgive(g, t, err));
    JZ_TRY(run_with(g, "DELETE FROM staff_session WHERE made_us < ?1", now - JZ_SESSION_LIFE_US, 0,
                    0, err));
    jz_sha256(token, JZ_SESSION_TEXT - 1, hash);
    JZ_TRY(jz_stmt_new(g->store,
                       "INSERT INTO staff_session (key_id, hash, made_us, seen_us)"
                       " VALUES (?1, ?2, ?3, ?3)",
                       &st, err));
    jz_stmt_bind_i64(st, 1, t->key.id);
    jz_stmt_bind_blob(st, 2, hash, sizeof hash);
    jz_stmt_bind_i64(st, 3, now);
    JZ_TRY(jz_stmt_run(st, err));
    return record_own(g, &t->key, "signed-in", err);
}

jz_status jz_staff_enter(jz_govern *g, const jz_staff_try *t, const char *code,
                         char token[JZ_SESSION_TEXT], jz_err *err)
{
    uint8_t random[(JZ_SESSION_TEXT - 1) / 2];
    char text[JZ_SESSION_TEXT];
    JZ_TRY(jz_random(random, sizeof random, err));
    jz_hex_encode(random, sizeof random, text);
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, enter_in(g, t, code, text, err), err));
    memcpy(token, text, sizeof text);
    return JZ_OK;
}
