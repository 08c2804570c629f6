/* SPDX-License-Identifier: Apache-2.0 */
/* jz ledger cosign: has the log's head signed by the witnesses of a policy. */
#include "base/alloc.h"
#include "base/curl.h"
#include "base/file.h"
#include "cli/cmd_ledger.h"
#include "cli/home_ledger.h"
#include "cli/out.h"

#include <stdio.h>
#include <string.h>

#define POLICY_MAX ((size_t)1 << 20)
#define WITNESSES 128

static const char *arg_home, *arg_policy, *arg_output;

/* What the witnesses of one round have said. */
typedef struct round {
    jz_buf lines;
    jz_vkey keys[WITNESSES]; /* of those who have signed */
    size_t n;
    bool alarm; /* one of them has seen another log than this */
} round;

/* ---- asking ---- */

static jz_status send(void *user, jz_bytes request, jz_witness_reply *reply, jz_err *err)
{
    const char *prefix = user;
    JZ_BUF_AUTO url = { 0 };
    JZ_BUF_AUTO body = { 0 };
    unsigned status = 0;
    size_t len = strlen(prefix);
    while (len > 0 && prefix[len - 1] == '/')
        len--;
    jz_buf_printf(&url, "%.*s/add-checkpoint", (int)len, prefix);
    JZ_TRY(jz_buf_check(&url, err));
    JZ_TRY(jz_curl_send(&(jz_curl_post){ .url = url.ptr, .body = request }, &status, &body, err));
    jz_buf_puts(&body, ""); /* so that there is text */
    char *text = jz_strndup(body.len > 0 ? body.ptr : "", body.len);
    if (text == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *reply = (jz_witness_reply){ .status = (int)status, .body = text };
    return JZ_OK;
}

/* One that does not sign is told of, and does not keep the others from it. */
static jz_status ask_one(jz_log *log, const jz_vkey *key, const char *url, round *r)
{
    jz_auto(char) *lines = NULL;
    jz_auto(char) *prefix = jz_strdup(url);
    jz_err err = { 0 };
    if (prefix == NULL)
        return JZ_E_NOMEM;
    const jz_status st = jz_log_ask_witness(log, key, send, prefix, &lines, &err);
    if (st == JZ_E_NOMEM)
        return st;
    r->alarm = r->alarm || st == JZ_E_MISMATCH;
    if (st != JZ_OK) {
        (void)jz_out_error(&err); /* the quorum decides */
        return JZ_OK;
    }
    jz_buf_puts(&r->lines, lines);
    r->keys[r->n++] = *key;
    return JZ_OK;
}

static jz_status ask_all(jz_log *log, const jz_policy *policy, round *r, jz_err *err)
{
    const jz_vkey *key = NULL;
    const char *url = NULL;
    jz_buf_reset(&r->lines);
    r->n = 0;
    for (size_t i = 0; i < WITNESSES && jz_policy_witness(policy, i, &key, &url); i++)
        if (url[0] != '\0' && ask_one(log, key, url, r) != JZ_OK)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    return jz_buf_check(&r->lines, err);
}

/* ---- the log ---- */

static bool has_grown(const jz_log *log, const jz_checkpoint *since)
{
    jz_checkpoint now;
    jz_log_head(log, &now);
    return now.size != since->size;
}

/* The witnesses are asked while others may append; only where somebody did, once more without them.
 */
static jz_status cosign(const char *home, const jz_policy *policy, round *r, jz_buf *note,
                        jz_err *err)
{
    jz_auto(jz_log) *reader = NULL;
    jz_auto(jz_log) *log = NULL;
    jz_checkpoint asked;
    jz_vkey vkey;
    JZ_TRY(jz_home_ledger_open(home, false, &reader, &vkey, err));
    jz_log_head(reader, &asked);
    JZ_TRY(ask_all(reader, policy, r, err));
    JZ_TRY(jz_home_ledger_open(home, true, &log, &vkey, err));
    if (has_grown(log, &asked))
        JZ_TRY(ask_all(log, policy, r, err));
    if (r->n > 0)
        JZ_TRY(jz_log_cosign(log, (jz_bytes){ (const uint8_t *)r->lines.ptr, r->lines.len },
                             r->keys, r->n, err));
    jz_buf_puts(note, jz_log_checkpoint(log));
    return jz_buf_check(note, err);
}

static jz_status read_policy(jz_policy **out, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_TRY(jz_file_read(arg_policy, POLICY_MAX, &file, err));
    JZ_TRY_CTX(jz_policy_parse((jz_bytes){ (const uint8_t *)file.ptr, file.len }, out, err), err,
               "%s", arg_policy);
    return JZ_OK;
}

static jz_status give(const jz_buf *note, jz_err *err)
{
    if (arg_output != NULL)
        return jz_file_write(arg_output, note->ptr, note->len, err);
    (void)fwrite(note->ptr, 1, note->len, stdout); /* jz_out_close() checks */
    return JZ_OK;
}

/* *yes: the quorum is reached, and nobody has seen another log. */
static jz_status cosign_and_judge(round *r, bool *yes, jz_err *err)
{
    jz_auto(char) *home = NULL;
    jz_auto(jz_policy) *policy = NULL;
    JZ_BUF_AUTO note = { 0 };
    jz_trust trust;
    JZ_TRY(jz_home_find(arg_home, &home, err));
    JZ_TRY(read_policy(&policy, err));
    JZ_TRY(cosign(home, policy, r, &note, err));
    JZ_TRY(give(&note, err));
    const jz_bytes text = { (const uint8_t *)note.ptr, note.len };
    const jz_status st = jz_policy_check(policy, text, &trust, err);
    *yes = st == JZ_OK && !r->alarm;
    if (st == JZ_E_MISMATCH)
        (void)jz_out_error(err);
    return st == JZ_E_MISMATCH ? JZ_OK : st;
}

static int run_cosign(int argc, char **argv)
{
    static round r;
    jz_err err = { 0 };
    bool yes = false;
    (void)argv;
    if (argc != 0 || arg_policy == NULL) {
        jz_err_set(&err, JZ_E_INVAL, "--policy FILE is wanted: it names the witnesses");
        return jz_out_usage("jz ledger cosign", &err);
    }
    const jz_status st = cosign_and_judge(&r, &yes, &err);
    jz_buf_done(&r.lines);
    if (st != JZ_OK)
        return jz_out_error(&err);
    return jz_out_close(yes ? JZ_EXIT_YES : JZ_EXIT_NO);
}

/* ---- row ---- */

static const jz_opt options[] = {
    { 0, "policy", JZ_OPT_STR, &arg_policy, "FILE",
      "whom to ask and to trust, as 'verify' takes it" },
    { 'o', "output", JZ_OPT_STR, &arg_output, "FILE", "where it goes [standard output]" },
    { 0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]" },
    { 0 },
};

const jz_cmd jz_cmd_ledger_cosign = {
    .name = "cosign",
    .usage = "[options] --policy FILE",
    .summary = "have the log's head signed by witnesses",
    .details =
        "Asks each witness of the policy that has a URL (c2sp.org/tlog-witness), keeps what\n"
        "they sign with the log's head and prints that. Exit 0: the policy's quorum is\n"
        "reached; 1: it is not, or a witness has seen more leaves, or other ones, than the\n"
        "log has. Needs the program curl.\n",
    .opts = options,
    .run = run_cosign,
};
