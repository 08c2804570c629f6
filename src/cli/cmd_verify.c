/* SPDX-License-Identifier: Apache-2.0 */
/* jz verify: Content Credentials. */
#include "base/file.h"
#include "cli/batch.h"
#include "cli/cmd.h"
#include "cli/credentials_out.h"
#include "cli/out.h"
#include "cli/text.h"
#include "cli/trust_args.h"
#include "examine/item_json.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *arg_at;
static bool arg_json, arg_crjson, arg_all, arg_quiet;

/* ---- answers ---- */

static void answer_json(const jz_batch_file *f, const jz_credentials *c, const jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, f->path, f->len);
    if (c != NULL)
        jz_credentials_put_json(&j, c);
    jz_item_json_error(&j, err);
    jz_json_end_object(&j);
    jz_batch_line(&line);
}

static jz_status answer_crjson(const jz_credentials *c, jz_err *err)
{
    char *text = NULL;
    JZ_BUF_AUTO line = { 0 };
    JZ_TRY(jz_credentials_crjson(c, &text, err));
    jz_buf_puts(&line, text);
    jz_credentials_text_free(text);
    jz_batch_line(&line);
    return JZ_OK;
}

static void answer_text(const jz_batch_file *f, const jz_credentials *c)
{
    JZ_BUF_AUTO out = { 0 };
    jz_text_path(&out, f->path, f->len);
    jz_credentials_put_text(&out, c, arg_all);
    jz_batch_line(&out);
}

/* ---- the command ---- */

/* "photo.c2pa" beside "photo.jpg" (A.8); -1 where there is none. */
static int open_beside(const jz_batch_file *f)
{
    JZ_BUF_AUTO path = { .cap = PATH_MAX };
    const char *slash = memrchr(f->path, '/', f->len);
    const char *dot = memrchr(f->path, '.', f->len);
    if (dot == NULL || (slash != NULL && dot < slash))
        return -1;
    jz_buf_put(&path, f->path, (size_t)(dot - f->path));
    jz_buf_puts(&path, ".c2pa");
    if (path.fail != JZ_OK || (path.len == f->len && memcmp(path.ptr, f->path, f->len) == 0))
        return -1;
    return open(path.ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
}

static jz_status verify_file(const jz_verify_opts *opts, const jz_batch_file *f,
                             jz_credentials **out, jz_err *err)
{
    jz_verify_opts o = *opts;
    JZ_FD_AUTO beside = open_beside(f);
    o.sidecar_fd = beside > 0 ? beside : 0;
    return jz_credentials_verify(f->fd, &o, out, err);
}

static jz_batch_answer verify_one(void *user, const jz_batch_file *f)
{
    const jz_verify_opts *opts = user;
    jz_auto(jz_credentials) *c = NULL;
    jz_err err = *f->err;
    if (f->fd >= 0 && verify_file(opts, f, &c, &err) == JZ_OK && !arg_crjson)
        err.code = jz_credentials_explain(c, &err);
    if (c != NULL && err.code == JZ_OK) {
        if (arg_crjson && jz_credentials_state(c) != JZ_CREDENTIALS_NONE)
            (void)answer_crjson(c, &err); /* err says it */
        else if (!arg_json)
            answer_text(f, c);
    }
    if (arg_json)
        answer_json(f, c, &err);
    if (err.code != JZ_OK) {
        jz_batch_failure(f, &err);
        return JZ_ANSWER_FAILED;
    }
    const jz_credential_state s = jz_credentials_state(c);
    return s == JZ_CREDENTIALS_TRUSTED || s == JZ_CREDENTIALS_VALID ? JZ_ANSWER_YES : JZ_ANSWER_NO;
}

/* "2026-11-29" or "2026-11-29T12:00:00Z" */
static jz_status parse_time(const char *text, int64_t *at_us, jz_err *err)
{
    struct tm tm = { 0 };
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (end != NULL && *end == 'T')
        end = strptime(end, "T%H:%M:%SZ", &tm);
    if (end == NULL || *end != '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "--at: '%s' is no time like 2026-11-29T12:00:00Z", text);
    *at_us = (int64_t)timegm(&tm) * 1000000;
    return JZ_OK;
}

static int run(int argc, char **argv)
{
    jz_err err = { 0 };
    jz_verify_opts opts = { 0 };
    jz_auto(jz_trust) *trust = NULL;
    const jz_batch_opts batch = { .word = "with credentials that hold", .quiet = arg_quiet };
    if (argc == 0)
        jz_err_set(&err, JZ_E_INVAL, "a path is missing");
    else if (arg_json && arg_crjson)
        jz_err_set(&err, JZ_E_INVAL, "--json and --crjson exclude each other");
    else if (arg_at != NULL)
        (void)parse_time(arg_at, &opts.at_us, &err); /* err says it */
    if (err.code != JZ_OK)
        return jz_out_usage("jz verify", &err);
    jz_credentials_start_quickly();
    if (jz_trust_args_open(&trust, &err) != JZ_OK)
        return jz_out_error(&err);
    opts.trust = trust;
    return jz_batch_run(argv, argc, &batch, verify_one, &opts);
}

static const jz_opt options[] = {
    JZ_TRUST_OPTS,
    { 0, "at", JZ_OPT_STR, &arg_at, "TIME", "judge certificates as of a time, 2026-11-29 [now]" },
    { 'a', "all", JZ_OPT_FLAG, &arg_all, NULL, "print what holds, too" },
    { 0, "json", JZ_OPT_FLAG, &arg_json, NULL, "one JSON object per line on stdout" },
    { 0, "crjson", JZ_OPT_FLAG, &arg_crjson, NULL, "crJSON, one report per line" },
    { 'q', "quiet", JZ_OPT_FLAG, &arg_quiet, NULL, "no progress line" },
    { 0 },
};

const jz_cmd jz_cmd_verify = {
    .name = "verify",
    .usage = "[options] PATH...",
    .summary = "check Content Credentials (C2PA): who signed, and what changed since",
    .details =
        "Folders are read with all below them; - is standard input. Nothing is fetched: the\n"
        "address of a manifest that is kept elsewhere is printed. Who is trusted, jz trust and\n"
        "--trust say; others' files can be valid, not trusted (docs/credentials.md).\n"
        "Exit status: 0 every file has credentials that hold, 1 some file has none or some that\n"
        "do not, 3 of some file it cannot be told.\n",
    .opts = options,
    .run = run,
};
