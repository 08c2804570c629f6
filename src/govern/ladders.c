/* SPDX-License-Identifier: Apache-2.0 */
/* Ladders that were taken: all are kept, for strikes are judged by the one that weighed them. */
#include "govern/measures.h"

#include "base/alloc.h"
#include "base/hex.h"
#include "base/rd.h"

#include <jz/hash.h>

#include <string.h>

static jz_status insert_ladder(jz_govern *g, const char *text, const char *by, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_BUF_AUTO detail = { 0 };
    uint8_t sha256[32];
    char hex[65];
    jz_sha256(text, strlen(text), sha256);
    jz_hex_encode(sha256, sizeof sha256, hex);
    JZ_TRY(jz_stmt_new(g->store, "INSERT INTO ladder (sha256, body) VALUES (?1, ?2)", &st, err));
    jz_stmt_bind_text(st, 1, hex);
    jz_stmt_bind_text(st, 2, text);
    JZ_TRY(jz_stmt_run(st, err));
    jz_json j = { .out = &detail };
    jz_json_begin_object(&j);
    jz_json_put_text(&j, "sha256", hex);
    jz_json_end_object(&j);
    return jz_govern_record(g, "ladder", by, "ladder-set", &detail, err);
}

jz_status jz_ladder_load(jz_govern *g, int64_t id, jz_ladder *out, int64_t *found, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store,
                       "SELECT id, body FROM ladder WHERE ?1 = 0 OR id = ?1 ORDER BY id DESC"
                       " LIMIT 1",
                       &st, err));
    jz_stmt_bind_i64(st, 1, id);
    JZ_TRY(jz_stmt_step(st, &there, err));
    if (!there) {
        jz_stmt_reset(st);
        JZ_TRY(insert_ladder(g, jz_ladder_usual, "program", err));
        jz_stmt_bind_i64(st, 1, 0);
        JZ_TRY(jz_stmt_step(st, &there, err));
    }
    *found = jz_stmt_i64(st, 0);
    const char *body = jz_stmt_text(st, 1);
    return jz_ladder_read(jz_bytes_of_text(body), out, err);
}

jz_status jz_ladder_set(jz_govern *g, jz_bytes json, const char *by, jz_err *err)
{
    jz_ladder l;
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(jz_ladder_read(json, &l, err));
    jz_buf_put(&text, json.ptr, json.len);
    JZ_TRY(jz_buf_check(&text, err));
    JZ_TRY(jz_store_begin(g->store, err));
    return jz_govern_end(g, insert_ladder(g, text.ptr, by, err), err);
}

jz_status jz_ladder_get(jz_govern *g, char **out, char sha256[65], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    bool there = false;
    JZ_TRY(jz_stmt_new(g->store, "SELECT body FROM ladder ORDER BY id DESC LIMIT 1", &st, err));
    JZ_TRY(jz_stmt_step(st, &there, err));
    const char *text = there ? jz_stmt_text(st, 0) : jz_ladder_usual;
    uint8_t hash[32];
    jz_sha256(text, strlen(text), hash);
    jz_hex_encode(hash, sizeof hash, sha256);
    *out = jz_strdup(text);
    return *out != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}
