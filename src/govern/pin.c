/* SPDX-License-Identifier: Apache-2.0 */
/* How a person without a key or an account withdraws. A PIN has 8 digits; what keeps it from
 * being guessed is the slow hash and the lock, which never closes for good: whoever locks a case
 * out by guessing must not take away the person's right to withdraw. */
#include "govern/pin.h"

#include "ledger/ed25519.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define FREE_FAILURES 5
#define LOCK_US ((int64_t)15 * 60 * 1000000) /* after the fifth; doubled by each further one, */
#define LOCK_DOUBLINGS 6                     /* up to 16 hours */
#define PINS 100000000U

static jz_status make_case_no(const char *prefix, char out[JZ_PIN_CASE_SIZE], jz_err *err)
{
    static const char symbols[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* none alike another */
    uint8_t random[JZ_PIN_CASE_SIZE - 4];
    JZ_TRY(jz_random(random, sizeof random, err));
    memcpy(out, prefix, 3);
    for (size_t i = 0; i < sizeof random; i++)
        out[3 + i] = symbols[random[i] % 32];
    out[JZ_PIN_CASE_SIZE - 1] = '\0';
    return JZ_OK;
}

static jz_status make_pin(char out[JZ_PIN_SIZE], jz_err *err)
{
    uint32_t v;
    do /* each PIN as likely as any other */
        JZ_TRY(jz_random(&v, sizeof v, err));
    while (v >= UINT32_MAX / PINS * PINS);
    (void)snprintf(out, JZ_PIN_SIZE, "%08" PRIu32, v % PINS);
    return JZ_OK;
}

jz_status jz_pin_new(const jz_pin_of *of, char case_no[JZ_PIN_CASE_SIZE], char pin[JZ_PIN_SIZE],
                     jz_pin_secret *secret, jz_err *err)
{
    JZ_TRY(make_case_no(of->prefix, case_no, err));
    JZ_TRY(make_pin(pin, err));
    JZ_TRY(jz_random(secret->salt, sizeof secret->salt, err));
    return jz_pin_hash(pin, secret->salt, secret->hash, err);
}

jz_status jz_pin_keep(jz_govern *g, const jz_pin_of *of, int64_t row, const char *case_no,
                      const jz_pin_secret *secret, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, of->insert, &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_text(st, 2, case_no);
    jz_stmt_bind_blob(st, 3, secret->salt, sizeof secret->salt);
    jz_stmt_bind_blob(st, 4, secret->hash, sizeof secret->hash);
    return jz_stmt_run(st, err);
}

typedef struct stored_pin {
    bool found;
    int64_t row, failures, locked_until_us;
    uint8_t salt[JZ_PIN_SALT], hash[JZ_PIN_HASH];
} stored_pin;

static jz_status read_pin(jz_govern *g, const jz_pin_of *of, const char *case_no, stored_pin *out,
                          jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, of->find, &st, err));
    jz_stmt_bind_text(st, 1, case_no);
    JZ_TRY(jz_stmt_step(st, &out->found, err));
    if (!out->found)
        return JZ_OK;
    out->row = jz_stmt_i64(st, 0);
    out->failures = jz_stmt_i64(st, 1);
    out->locked_until_us = jz_stmt_i64(st, 2);
    const jz_bytes salt = jz_stmt_blob(st, 3);
    const jz_bytes hash = jz_stmt_blob(st, 4);
    if (salt.len != sizeof out->salt || hash.len != sizeof out->hash)
        return JZ_FAIL(err, JZ_E_CORRUPT, "case %s: no PIN is stored", case_no);
    memcpy(out->salt, salt.ptr, sizeof out->salt);
    memcpy(out->hash, hash.ptr, sizeof out->hash);
    return JZ_OK;
}

static jz_status set_failures(jz_govern *g, const jz_pin_of *of, int64_t row, int64_t failures,
                              int64_t locked_until_us, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, of->count, &st, err));
    jz_stmt_bind_i64(st, 1, row);
    jz_stmt_bind_i64(st, 2, failures);
    jz_stmt_bind_i64(st, 3, locked_until_us);
    return jz_stmt_run(st, err);
}

/* Counted before it is checked, so that attempts at the same time count too. */
static jz_status count_attempt(jz_govern *g, const jz_pin_of *of, const char *case_no,
                               stored_pin *out, jz_err *err)
{
    const int64_t now = jz_govern_now_us(g);
    JZ_TRY(read_pin(g, of, case_no, out, err));
    if (!out->found)
        return JZ_OK;
    if (now < out->locked_until_us)
        return JZ_FAIL(err, JZ_E_BUSY, "too many wrong PINs: again in %" PRId64 " minutes",
                       (out->locked_until_us - now) / 60000000 + 1);
    const int64_t failures = out->failures + 1;
    int64_t over = failures - FREE_FAILURES;
    over = over > LOCK_DOUBLINGS ? LOCK_DOUBLINGS : over;
    return set_failures(g, of, out->row, failures, over < 0 ? 0 : now + (LOCK_US << over), err);
}

static jz_status forgive(jz_govern *g, const jz_pin_of *of, int64_t row, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, set_failures(g, of, row, 0, 0, err), err);
}

jz_status jz_pin_check(jz_govern *g, const jz_pin_of *of, const char *case_no, const char *pin,
                       int64_t *row, jz_err *err)
{
    stored_pin p = { 0 };
    uint8_t hash[JZ_PIN_HASH];
    JZ_TRY(jz_store_begin(g->store, err));
    JZ_TRY(jz_govern_end(g, count_attempt(g, of, case_no, &p, err), err));
    /* Also where there is no such case: how long it takes must not tell. */
    JZ_TRY(jz_pin_hash(pin, p.salt, hash, err));
    if (!p.found || !jz_pin_same(hash, p.hash))
        return JZ_FAIL(err, JZ_E_MISMATCH, "the case number or the PIN is wrong");
    *row = p.row;
    return forgive(g, of, p.row, err);
}
