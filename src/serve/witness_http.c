/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/witness_http.h"

#include "base/alloc.h"
#include "base/file.h"

#include <stdio.h>
#include <string.h>

#define ADD "/add-checkpoint"
#define HEX 64
#define NOTE_MAX ((size_t)1 << 20)

static bool is_one_of(const char *method, const char *a, const char *b)
{
    return strcmp(method, a) == 0 || strcmp(method, b) == 0;
}

static void refuse(jz_http_reply *reply, unsigned status, const char *text)
{
    reply->status = status;
    jz_buf_puts(&reply->body, text);
}

/* In words, where the protocol leaves the body to us. */
static const char *reason(int status)
{
    switch (status) {
    case 400:
        return "no request of tlog-witness, or an old size above the checkpoint's\n";
    case 403:
        return "no trusted key of this log has signed the checkpoint\n";
    case 404:
        return "no log of this origin is known here\n";
    default:
        return "the hashes do not lead from the old size to the checkpoint\n";
    }
}

static jz_status add(const jz_witness *w, const jz_http_request *request, jz_http_reply *reply,
                     jz_err *err)
{
    jz_witness_reply said = { 0 };
    JZ_TRY(jz_witness_add(w, (uint64_t)(jz_now_us() / 1000000), request->body, &said, err));
    reply->status = (unsigned)said.status;
    if (said.status == 409)
        reply->type = "text/x.tlog.size";
    jz_buf_puts(&reply->body, said.body[0] != '\0' ? said.body : reason(said.status));
    jz_ledger_free(said.body);
    return JZ_OK;
}

/* "/HEX/checkpoint": 64 lower-case digits. */
static bool is_memory(const char *path)
{
    return path[0] == '/' && strspn(path + 1, "0123456789abcdef") == HEX &&
           strcmp(path + 1 + HEX, "/checkpoint") == 0;
}

static jz_status give_memory(const jz_witness *w, const char *path, jz_http_reply *reply,
                             jz_err *err)
{
    jz_auto(char) *file = NULL;
    JZ_TRY(jz_path_join(w->dir, path + 1, &file, err));
    const jz_status st = jz_file_read_regular(file, NOTE_MAX, &reply->body, err);
    if (st == JZ_E_NOTFOUND) {
        refuse(reply, 404, reason(404));
        return JZ_OK;
    }
    JZ_TRY(st);
    reply->status = 200;
    reply->cache = "no-cache";
    return JZ_OK;
}

jz_status jz_witness_http_answer(void *user, const jz_http_request *request, jz_http_reply *reply,
                                 jz_err *err)
{
    const jz_witness *w = user;
    const bool adding = strcmp(request->path, ADD) == 0;
    if (!adding && !is_memory(request->path)) {
        refuse(reply, 404, "a witness has " ADD " and /HEX/checkpoint\n");
        return JZ_OK;
    }
    if (adding ? !is_one_of(request->method, "POST", "POST")
               : !is_one_of(request->method, "GET", "HEAD")) {
        reply->allow = adding ? "POST" : "GET, HEAD";
        refuse(reply, 405, "not this method\n");
        return JZ_OK;
    }
    return adding ? add(w, request, reply, err) : give_memory(w, request->path, reply, err);
}
