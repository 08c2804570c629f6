/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions that are open. */
#include "serve/staff.h"

#include "base/hex.h"
#include "govern/governs.h"

#include <jz/hash.h>

#include <stdio.h>
#include <string.h>

#define SEEN_US INT64_C(60000000) /* how often it is written that one is in use */

static jz_status set_seen(jz_govern *g, int64_t id, int64_t now, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "UPDATE staff_session SET seen_us = ?2 WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, id);
    jz_stmt_bind_i64(st, 2, now);
    return jz_stmt_run(st, err);
}

jz_status jz_session_find(jz_govern *g, const char *token, jz_api_key *key, jz_session *out,
                          jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    uint8_t hash[32];
    bool row = false;
    const int64_t now = jz_govern_now_us(g);
    jz_sha256(token, strlen(token), hash);
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT s.id, s.made_us, s.seen_us, k.id, k.name, k.role, k.per_minute"
                       " FROM staff_session s JOIN api_key k ON k.id = s.key_id"
                       " WHERE s.hash = ?1 AND s.made_us > ?2 AND s.seen_us > ?3"
                       " AND k.revoked_us = 0",
                       &st, err));
    jz_stmt_bind_blob(st, 1, hash, sizeof hash);
    jz_stmt_bind_i64(st, 2, now - JZ_SESSION_LIFE_US);
    jz_stmt_bind_i64(st, 3, now - JZ_SESSION_IDLE_US);
    JZ_TRY(jz_stmt_step(st, &row, err));
    if (!row)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "there is no such session");
    const int64_t id = jz_stmt_i64(st, 0);
    const int64_t seen = jz_stmt_i64(st, 2);
    const jz_session session = { id, jz_stmt_i64(st, 1) + JZ_SESSION_LIFE_US };
    jz_api_key k = { .id = jz_stmt_i64(st, 3),
                     .role = (jz_role)jz_stmt_i64(st, 5),
                     .per_minute = jz_stmt_i64(st, 6),
                     .staff = true };
    (void)snprintf(k.name, sizeof k.name, "%s", jz_stmt_text(st, 4));
    jz_stmt_reset(st);
    if (now - seen >= SEEN_US)
        JZ_TRY(set_seen(g, id, now, err));
    *key = k;
    *out = session;
    return JZ_OK;
}

static jz_status end_in(jz_govern *g, int64_t id, const char *name, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    char object[JZ_KEY_NAME_MAX + 8];
    JZ_TRY(jz_stmt_new(g->store, "DELETE FROM staff_session WHERE id = ?1", &st, err));
    jz_stmt_bind_i64(st, 1, id);
    JZ_TRY(jz_stmt_run(st, err));
    jz_buf_puts(&detail, "{}");
    (void)snprintf(object, sizeof object, "staff:%s", name);
    return jz_govern_record(g, object, object, "signed-out", &detail, err);
}

jz_status jz_session_end(jz_govern *g, int64_t id, const jz_api_key *key, jz_err *err)
{
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, end_in(g, id, key->name, err), err);
}

void jz_session_csrf(const char *token, char out[JZ_SESSION_TEXT])
{
    static const char what[] = "jianzhen-csrf/v1\n";
    char text[sizeof what + JZ_SESSION_TEXT];
    uint8_t hash[32];
    const int n = snprintf(text, sizeof text, "%s%s", what, token);
    jz_sha256(text, (size_t)n, hash);
    jz_hex_encode(hash, sizeof hash, out);
}

bool jz_session_cookie(const char *header, char token[JZ_SESSION_TEXT])
{
    static const char name[] = "jz_session=";
    for (const char *at = header; at != NULL && (at = strstr(at, name)) != NULL; at++) {
        const char *value = at + sizeof name - 1;
        const bool whole = at == header || at[-1] == ' ' || at[-1] == ';';
        const size_t len = strspn(value, "0123456789abcdef");
        if (whole && len == JZ_SESSION_TEXT - 1 && (value[len] == '\0' || value[len] == ';')) {
            memcpy(token, value, len);
            token[len] = '\0';
            return true;
        }
    }
    return false;
}
