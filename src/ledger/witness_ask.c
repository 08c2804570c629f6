/* SPDX-License-Identifier: Apache-2.0 */
/* A log asks a witness: c2sp.org/tlog-witness from the other side. */
#include "ledger/witness.h"

#include "base/alloc.h"
#include "ledger/lines.h"
#include "ledger/note.h"

#include <inttypes.h>
#include <string.h>

jz_status jz_log_witness_request(jz_log *log, uint64_t old_size, char **out, jz_err *err)
{
    jz_witness_request r = { .old = old_size };
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(jz_log_consistency(log, old_size, r.path.hash, &r.path.n, err));
    r.checkpoint = jz_bytes_of(jz_log_checkpoint(log), strlen(jz_log_checkpoint(log)));
    jz_witness_request_put(&r, &text);
    JZ_TRY(jz_buf_check(&text, err));
    *out = JZ_TAKE(text.ptr);
    return JZ_OK;
}

/* The lines of the reply that are this witness's, once they were verified. */
static jz_status take_lines(const jz_log *log, const jz_vkey *witness, const char *reply,
                            char **lines, jz_err *err)
{
    jz_note note;
    jz_note seen;
    jz_note_seal seal;
    JZ_BUF_AUTO own = { 0 };
    const char *signed_text = jz_log_checkpoint(log);
    JZ_TRY(jz_note_parse_lines(jz_bytes_of(reply, strlen(reply)), &note, err));
    JZ_TRY(jz_note_parse(jz_bytes_of(signed_text, strlen(signed_text)), &seen, err));
    note.text = seen.text;
    JZ_TRY(jz_note_verify(&note, witness, 1, &seal, err));
    for (size_t i = 0; i < note.n; i++)
        if (jz_line_is(note.sig[i].name, witness->name) &&
            memcmp(note.sig[i].id, witness->id, sizeof witness->id) == 0)
            jz_note_put_line(&note.sig[i], &own);
    JZ_TRY(jz_buf_check(&own, err));
    *lines = JZ_TAKE(own.ptr);
    return JZ_OK;
}

/* What a conflict means: *old is the size to go on from, or the log is not what it was. */
static jz_status learn(const jz_log *log, const char *reply, bool asked_before, uint64_t *old,
                       jz_err *err)
{
    jz_bytes rest = jz_bytes_of(reply, strlen(reply));
    jz_bytes line;
    jz_checkpoint head;
    uint64_t size = 0;
    jz_log_head(log, &head);
    if (!jz_line_take(&rest, &line) || !jz_decimal_read(line, &size))
        return JZ_FAIL(err, JZ_E_IO, "a conflict, without the size that it knows");
    if (size > head.size)
        return JZ_FAIL(err, JZ_E_MISMATCH,
                       "it has signed a tree of %" PRIu64 " leaves, and the log has %" PRIu64, size,
                       head.size);
    if (asked_before && size == *old)
        return JZ_FAIL(err, JZ_E_MISMATCH, "it has signed another tree of %" PRIu64 " leaves",
                       size);
    *old = size;
    return JZ_OK;
}

static jz_status judge_reply(const jz_witness_reply *reply, jz_err *err)
{
    switch (reply->status) {
    case 403:
        return JZ_FAIL(err, JZ_E_IO, "403: it does not know the key that has signed");
    case 404:
        return JZ_FAIL(err, JZ_E_NOTFOUND, "404: it does not know the log");
    case 422:
        return JZ_FAIL(err, JZ_E_MISMATCH, "422: the log does not contain what it has signed");
    default:
        return JZ_FAIL(err, JZ_E_IO, "status %d", reply->status);
    }
}

static jz_status ask(jz_log *log, const jz_vkey *witness, jz_witness_send_fn send, void *user,
                     char **lines, jz_err *err)
{
    uint64_t old = 0;
    for (unsigned turn = 0; turn < 4; turn++) { /* others may ask it in between */
        jz_auto(char) *request = NULL;
        jz_auto(char) *body = NULL;
        jz_witness_reply reply = { 0 };
        JZ_TRY(jz_log_witness_request(log, old, &request, err));
        JZ_TRY(send(user, jz_bytes_of(request, strlen(request)), &reply, err));
        body = reply.body;
        if (reply.status == 200)
            return take_lines(log, witness, body, lines, err);
        if (reply.status != 409)
            return judge_reply(&reply, err);
        JZ_TRY(learn(log, body, turn > 0, &old, err));
    }
    return JZ_FAIL(err, JZ_E_BUSY, "others ask it about this log all the time");
}

jz_status jz_log_ask_witness(jz_log *log, const jz_vkey *witness, jz_witness_send_fn send,
                             void *user, char **lines, jz_err *err)
{
    JZ_TRY_CTX(ask(log, witness, send, user, lines, err), err, "witness %s", witness->name);
    return JZ_OK;
}
