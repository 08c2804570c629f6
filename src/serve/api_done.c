/* SPDX-License-Identifier: Apache-2.0 */
/* Idempotency keys: a request that is sent again gets the answer that it got, and is not done
 * again. That one has begun is durable before it is done, so that after a crash in between it is
 * refused rather than done twice. */
#include "serve/api.h"

#include "base/file.h"
#include "govern/governs.h"

#include <jz/hash.h>

#include <string.h>

#define KEPT_US INT64_C(86400000000) /* a day */

/* Of all that makes up the request. */
static jz_status digest_of(const jz_api_call *c, uint8_t out[JZ_SHA256_SIZE], jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_buf_puts(&text, c->request->method);
    jz_buf_putc(&text, ' ');
    jz_buf_puts(&text, c->request->path);
    jz_buf_putc(&text, '\n');
    jz_buf_put(&text, c->request->body.ptr, c->request->body.len);
    JZ_TRY(jz_buf_check(&text, err));
    jz_sha256(text.ptr, text.len, out);
    return JZ_OK;
}

static jz_status forget_old(jz_govern *g, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(g->store, "DELETE FROM api_done WHERE at_us < ?1", &st, err));
    jz_stmt_bind_i64(st, 1, jz_govern_now_us(g) - KEPT_US);
    return jz_stmt_run(st, err);
}

/* One row: what was answered, or that it had begun. */
static void replay(jz_api_call *c, jz_stmt *st, const uint8_t digest[JZ_SHA256_SIZE])
{
    const jz_bytes kept = jz_stmt_blob(st, 0);
    const unsigned status = (unsigned)jz_stmt_i64(st, 1);
    if (kept.len != JZ_SHA256_SIZE || memcmp(kept.ptr, digest, kept.len) != 0) {
        jz_api_problem(c->reply, 422, "mismatch", "this Idempotency-Key was another request's");
        return;
    }
    if (status == 0 || jz_stmt_text(st, 3)[0] == '\0') {
        jz_api_problem(c->reply, 409, "exists",
                       status == 0 ? "this request has begun before; see whether it was done"
                                   : "this request was done before; its answer is not kept");
        return;
    }
    c->reply->status = status;
    c->reply->type = "application/json";
    c->reply->extra[0][0] = "Idempotent-Replayed";
    c->reply->extra[0][1] = "true";
    jz_buf_puts(&c->reply->body, jz_stmt_text(st, 3));
}

static jz_status insert(jz_api_call *c, const uint8_t digest[JZ_SHA256_SIZE], jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    JZ_TRY(jz_stmt_new(c->api->g->store,
                       "INSERT INTO api_done (key_id, name, request_sha256, at_us, status, type,"
                       " body) VALUES (?1, ?2, ?3, ?4, 0, '', '')",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c->key.id);
    jz_stmt_bind_text(st, 2, c->idempotency);
    jz_stmt_bind_blob(st, 3, digest, JZ_SHA256_SIZE);
    jz_stmt_bind_i64(st, 4, jz_govern_now_us(c->api->g));
    return jz_stmt_run(st, err);
}

jz_status jz_api_done_begin(jz_api_call *c, bool *done, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    uint8_t digest[JZ_SHA256_SIZE];
    JZ_TRY(digest_of(c, digest, err));
    JZ_TRY(forget_old(c->api->g, err));
    JZ_TRY(jz_stmt_new(c->api->g->store,
                       "SELECT request_sha256, status, type, body FROM api_done"
                       " WHERE key_id = ?1 AND name = ?2",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c->key.id);
    jz_stmt_bind_text(st, 2, c->idempotency);
    JZ_TRY(jz_stmt_step(st, done, err));
    if (*done) {
        replay(c, st, digest);
        return JZ_OK;
    }
    return insert(c, digest, err);
}

jz_status jz_api_done_end(jz_api_call *c, bool keep, jz_err *err)
{
    jz_auto(jz_stmt) *st = NULL;
    const bool secret = (c->route->flags & JZ_API_SECRET) != 0;
    const char *body = c->reply->body.ptr != NULL ? c->reply->body.ptr : "";
    JZ_TRY(jz_stmt_new(c->api->g->store,
                       keep ? "UPDATE api_done SET status = ?3, body = ?4"
                              " WHERE key_id = ?1 AND name = ?2"
                            : "DELETE FROM api_done WHERE key_id = ?1 AND name = ?2",
                       &st, err));
    jz_stmt_bind_i64(st, 1, c->key.id);
    jz_stmt_bind_text(st, 2, c->idempotency);
    if (keep) {
        jz_stmt_bind_i64(st, 3, c->reply->status);
        jz_stmt_bind_text(st, 4, secret ? "" : body);
    }
    return jz_stmt_run(st, err);
}
