/* SPDX-License-Identifier: Apache-2.0 */
/* jz verify: Content Credentials. */
#include "base/file.h"
#include "cli/batch.h"
#include "cli/cmd.h"
#include "cli/credentials_out.h"
#include "cli/out.h"
#include "cli/soft_binding.h"
#include "cli/text.h"
#include "cli/trust_args.h"
#include "examine/item_json.h"
#include "examine/provenance_findings.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *arg_at, *arg_mark_keys;
static bool arg_json, arg_crjson, arg_all, arg_remote, arg_inside, arg_soft, arg_quiet;

#define SOFT_MAX 8 /* soft bindings of a file that are compared */

typedef struct compared {
    jz_credential_soft_binding of;
    jz_soft_verdict verdict;
    uint32_t bits; /* of a PDQ hash, that differ */
} compared;

typedef struct verifier {
    jz_verify_opts opts;
    jz_soft_tools tools; /* open with --soft */
} verifier;

typedef struct answers { /* of one file */
    jz_credentials *c;   /* NULL: it could not be examined */
    compared soft[SOFT_MAX];
    size_t n_soft;
} answers;

/* ---- answers ---- */

static void put_soft(jz_json *j, const answers *a)
{
    jz_json_key(j, "soft_bindings");
    jz_json_begin_array(j);
    for (size_t i = 0; i < a->n_soft; i++) {
        const compared *s = &a->soft[i];
        jz_json_begin_object(j);
        jz_json_put_str(j, "alg", s->of.alg);
        jz_json_put_hex(j, "value", s->of.value.ptr, s->of.value.len);
        jz_json_put_str(j, "verdict", jz_soft_verdict_name(s->verdict));
        if (s->verdict != JZ_SOFT_NOT_COMPARED && strcmp(s->of.alg, JZ_SOFT_PDQ) == 0)
            jz_json_put_u64(j, "bits_differ", s->bits);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void answer_json(const jz_batch_file *f, const answers *a, const jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, f->path, f->len);
    if (a->c != NULL)
        jz_credentials_put_json(&j, a->c);
    if (a->c != NULL && arg_soft)
        put_soft(&j, a);
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

static void put_soft_row(jz_buf *out, const compared *s)
{
    JZ_BUF_AUTO row = { 0 };
    const bool pdq = strcmp(s->of.alg, JZ_SOFT_PDQ) == 0;
    const char *word = s->verdict == JZ_SOFT_FITS      ? "looks like what was signed"
                       : s->verdict == JZ_SOFT_DIFFERS ? "does not look like what was signed"
                                                       : "not compared";
    jz_buf_printf(&row, "%s: %s", s->of.alg, word);
    if (pdq && s->verdict != JZ_SOFT_NOT_COMPARED)
        jz_buf_printf(&row, " (%u of 256 bits differ)", s->bits);
    if (row.fail == JZ_OK)
        jz_credentials_put_row(out, "soft binding", row.ptr);
}

static void answer_text(const jz_batch_file *f, const answers *a)
{
    JZ_BUF_AUTO out = { 0 };
    jz_text_path(&out, f->path, f->len);
    jz_credentials_put_text(&out, a->c, arg_all);
    for (size_t i = 0; i < a->n_soft; i++)
        put_soft_row(&out, &a->soft[i]);
    jz_batch_line(&out);
}

/* ---- the command ---- */

static jz_status verify_file(const jz_verify_opts *opts, const jz_batch_file *f,
                             jz_credentials **out, jz_err *err)
{
    jz_verify_opts o = *opts;
    JZ_FD_AUTO beside = jz_credentials_beside(f->path, f->len);
    o.sidecar_fd = beside > 0 ? beside : 0;
    return jz_credentials_verify(f->fd, &o, out, err);
}

static jz_status compare_softly(const verifier *v, const jz_batch_file *f, answers *a, jz_err *err)
{
    compared s = { .bits = 0 };
    while (a->n_soft < SOFT_MAX && jz_credential_soft_binding_at(a->c, a->n_soft, &s.of)) {
        JZ_TRY_CTX(jz_soft_compare(&v->tools, f->fd, &s.of, &s.verdict, &s.bits, err), err,
                   "--soft");
        a->soft[a->n_soft++] = s;
    }
    return JZ_OK;
}

static jz_status examine(const verifier *v, const jz_batch_file *f, answers *a, jz_err *err)
{
    JZ_TRY(verify_file(&v->opts, f, &a->c, err));
    if (!arg_crjson)
        JZ_TRY(jz_credentials_explain(a->c, err));
    return arg_soft ? compare_softly(v, f, a, err) : JZ_OK;
}

/* In a folder, a manifest that is kept beside a file is read with that one. */
static bool is_beside(const jz_batch_file *f)
{
    return f->below[0] != '\0' && f->len > 5 && memcmp(f->path + f->len - 5, ".c2pa", 5) == 0;
}

static jz_batch_answer verify_one(void *user, const jz_batch_file *f)
{
    answers a = { .n_soft = 0 };
    jz_err err = *f->err;
    if (is_beside(f))
        return JZ_ANSWER_YES;
    if (f->fd >= 0)
        err.code = examine(user, f, &a, &err);
    jz_auto(jz_credentials) *c = a.c;
    if (c != NULL && err.code == JZ_OK) {
        if (arg_crjson && jz_credentials_state(c) != JZ_CREDENTIALS_NONE)
            (void)answer_crjson(c, &err); /* err says it */
        else if (!arg_json)
            answer_text(f, &a);
    }
    if (arg_json)
        answer_json(f, &a, &err);
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
    verifier v = { .opts = { 0 } };
    jz_auto(jz_trust) *trust = NULL;
    const jz_batch_opts batch = { .word = "with credentials that hold", .quiet = arg_quiet };
    if (argc == 0)
        jz_err_set(&err, JZ_E_INVAL, "a path is missing");
    else if (arg_json && arg_crjson)
        jz_err_set(&err, JZ_E_INVAL, "--json and --crjson exclude each other");
    else if (arg_mark_keys != NULL && !arg_soft)
        jz_err_set(&err, JZ_E_INVAL, "--mark-keys goes with --soft");
    else if (arg_at != NULL)
        (void)parse_time(arg_at, &v.opts.at_us, &err); /* err says it */
    if (err.code != JZ_OK)
        return jz_out_usage("jz verify", &err);
    jz_credentials_start_quickly(false);
    if (jz_trust_args_open(&trust, &err) != JZ_OK)
        return jz_out_error(&err);
    v.opts.trust = trust;
    v.opts.remote = arg_inside ? JZ_REMOTE_INSIDE : arg_remote ? JZ_REMOTE_PUBLIC : JZ_REMOTE_TOLD;
    const int code = arg_soft && jz_soft_open(arg_mark_keys, &v.tools, &err) != JZ_OK
                         ? jz_out_error(&err)
                         : jz_batch_run(argv, argc, &batch, verify_one, &v);
    jz_soft_done(&v.tools);
    return code;
}

static const jz_opt options[] = {
    JZ_TRUST_OPTS,
    { 0, "at", JZ_OPT_STR, &arg_at, "TIME", "judge certificates as of a time, 2026-11-29 [now]" },
    { 'a', "all", JZ_OPT_FLAG, &arg_all, NULL, "print what holds, too" },
    { 0, "soft", JZ_OPT_FLAG, &arg_soft, NULL,
      "decode, and compare soft bindings: does it still look the same" },
    { 0, "mark-keys", JZ_OPT_STR, &arg_mark_keys, "DIR",
      "the keys of invisible marks, for --soft" },
    { 0, "remote", JZ_OPT_FLAG, &arg_remote, NULL,
      "fetch manifests that are kept elsewhere, from the Internet" },
    { 0, "remote-inside", JZ_OPT_FLAG, &arg_inside, NULL,
      "the same, and from one's own network, also by http" },
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
        "Folders are read with all below them; - is standard input. The address of a manifest\n"
        "that is kept elsewhere is printed; only --remote fetches it, whereby its owner learns\n"
        "who looks at the file. Who is trusted, jz trust and --trust say; others' files can be\n"
        "valid, not trusted (docs/credentials.md).\n"
        "Exit status: 0 every file has credentials that hold, 1 some file has none or some that\n"
        "do not, 3 of some file it cannot be told.\n",
    .opts = options,
    .run = run,
};
