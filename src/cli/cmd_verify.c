/* SPDX-License-Identifier: Apache-2.0 */
/* jz verify: Content Credentials. */
#include "base/file.h"
#include "cli/batch.h"
#include "cli/cmd.h"
#include "cli/out.h"
#include "cli/text.h"
#include "examine/item_json.h"

#include <jz/provenance.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

JZ_DEFINE_AUTO(jz_trust, jz_trust_free);
JZ_DEFINE_AUTO(jz_credentials, jz_credentials_free);

static const char *arg_trust, *arg_tsa_trust, *arg_at;
static bool arg_json, arg_crjson, arg_all, arg_quiet;

/* ---- JSON ---- */

static void key_str(jz_json *j, const char *key, const char *s)
{
    jz_json_key(j, key);
    jz_json_str(j, s != NULL && s[0] != '\0' ? s : NULL);
}

static void key_time(jz_json *j, const char *key, int64_t at_us)
{
    char at[32];
    key_str(j, key, at_us != 0 ? jz_time_text(at_us, at, sizeof at) : NULL);
}

static const char *kind_word(jz_code_kind k)
{
    static const char *const word[] = { "success", "informational", "failure" };
    return word[k];
}

static void put_findings(jz_json *j, const jz_credentials *c)
{
    const jz_credential_finding *f = NULL;
    jz_json_key(j, "findings");
    jz_json_begin_array(j);
    for (size_t i = 0; (f = jz_credential_finding_at(c, i)) != NULL; i++) {
        jz_json_begin_object(j);
        key_str(j, "code", f->code->name);
        key_str(j, "kind", kind_word(f->code->kind));
        key_str(j, "reason", f->code->reason);
        key_str(j, "detail", f->detail);
        key_str(j, "url", f->url);
        jz_json_key(j, "manifest");
        jz_json_u64(j, f->manifest);
        key_str(j, "ingredient", f->ingredient);
        jz_json_key(j, "recorded");
        jz_json_bool(j, f->recorded);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void put_manifests(jz_json *j, const jz_credentials *c)
{
    const jz_credential_manifest *m = NULL;
    jz_json_key(j, "manifests");
    jz_json_begin_array(j);
    for (size_t i = 0; (m = jz_credential_manifest_at(c, i)) != NULL; i++) {
        jz_json_begin_object(j);
        key_str(j, "label", m->label);
        jz_json_key(j, "claim_version");
        jz_json_u64(j, m->version);
        jz_json_key(j, "update");
        jz_json_bool(j, m->update);
        key_str(j, "title", m->title);
        key_str(j, "generator", m->generator);
        key_str(j, "digital_source_type", m->source_type);
        key_str(j, "signer", m->signer);
        key_str(j, "issuer", m->issuer);
        key_str(j, "serial", m->serial);
        key_str(j, "algorithm", m->algorithm);
        key_time(j, "not_before", m->not_before_us);
        key_time(j, "not_after", m->not_after_us);
        key_time(j, "signed", m->signed_us);
        key_str(j, "time_by", m->time_by);
        jz_json_end_object(j);
    }
    jz_json_end_array(j);
}

static void answer_json(const jz_batch_file *f, const jz_credentials *c, const jz_err *err)
{
    JZ_BUF_AUTO line = { 0 };
    jz_json j = { .out = &line };
    jz_json_begin_object(&j);
    jz_item_json_path(&j, f->path, f->len);
    if (c != NULL) {
        key_str(&j, "state", jz_credential_state_name(jz_credentials_state(c)));
        jz_json_key(&j, "well_formed");
        jz_json_bool(&j, jz_credentials_well_formed(c));
        key_str(&j, "remote", jz_credentials_remote(c));
        put_manifests(&j, c);
        put_findings(&j, c);
    }
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

/* ---- text ---- */

static void put_row(jz_buf *out, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    jz_buf_printf(out, "\n  %-14s ", name);
    jz_text_path(out, value, strlen(value));
}

static const char *const state_words[] = {
    [JZ_CREDENTIALS_NONE] = "none",
    [JZ_CREDENTIALS_INVALID] = "invalid: something does not hold",
    [JZ_CREDENTIALS_VALID] = "valid, by someone who is not on the list",
    [JZ_CREDENTIALS_TRUSTED] = "trusted",
};

static void put_manifest(jz_buf *out, const jz_credential_manifest *m)
{
    char at[32];
    put_row(out, "signer", m->signer);
    put_row(out, "issuer", m->issuer);
    put_row(out, "signed", m->signed_us != 0 ? jz_time_text(m->signed_us, at, sizeof at) : NULL);
    put_row(out, "time by", m->signed_us != 0 ? m->time_by : NULL);
    put_row(out, "generator", m->generator);
    put_row(out, "title", m->title);
    put_row(out, "source type", m->source_type);
}

static void put_finding(jz_buf *out, const jz_credential_finding *f)
{
    jz_buf_printf(out, "\n  %s%s%s: %s", f->ingredient != NULL ? "of an ingredient, " : "",
                  f->recorded ? "known when it was added, " : "", f->code->name, f->code->reason);
    if (f->detail[0] != '\0') {
        jz_buf_puts(out, " (");
        jz_text_path(out, f->detail, strlen(f->detail));
        jz_buf_putc(out, ')');
    }
}

/* Failures; with --all what went well, too. */
static void answer_text(const jz_batch_file *f, const jz_credentials *c)
{
    JZ_BUF_AUTO out = { 0 };
    const jz_credential_finding *one = NULL;
    const jz_credential_manifest *m = jz_credential_manifest_at(c, 0);
    jz_text_path(&out, f->path, f->len);
    put_row(&out, "credentials", state_words[jz_credentials_state(c)]);
    put_row(&out, "kept at", jz_credentials_remote(c));
    if (m != NULL)
        put_manifest(&out, m);
    for (size_t i = 0; (one = jz_credential_finding_at(c, i)) != NULL; i++) {
        if (arg_all || (one->code->kind == JZ_CODE_FAILURE && !one->recorded))
            put_finding(&out, one);
    }
    jz_batch_line(&out);
}

/* ---- the command ---- */

static jz_batch_answer verify_one(void *user, const jz_batch_file *f)
{
    const jz_verify_opts *opts = user;
    jz_auto(jz_credentials) *c = NULL;
    jz_err err = *f->err;
    if (f->fd >= 0 && jz_credentials_verify(f->fd, opts, &c, &err) == JZ_OK) {
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

static jz_status load_lists(jz_trust *t, jz_err *err)
{
    if (arg_trust != NULL)
        JZ_TRY_CTX(jz_trust_add_file(t, JZ_TRUST_SIGNERS, arg_trust, err), err, "--trust");
    if (arg_tsa_trust != NULL)
        JZ_TRY_CTX(jz_trust_add_file(t, JZ_TRUST_TIME, arg_tsa_trust, err), err, "--tsa-trust");
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
    if (jz_trust_new(&trust, &err) != JZ_OK || load_lists(trust, &err) != JZ_OK)
        return jz_out_error(&err);
    opts.trust = trust;
    return jz_batch_run(argv, argc, &batch, verify_one, &opts);
}

static const jz_opt options[] = {
    { 0, "trust", JZ_OPT_STR, &arg_trust, "PEM", "signers who are trusted" },
    { 0, "tsa-trust", JZ_OPT_STR, &arg_tsa_trust, "PEM",
      "time stamping authorities that are trusted" },
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
        "address of a manifest that is kept elsewhere is printed. Without --trust nobody is on\n"
        "the list; a file can then be valid, not trusted (docs/credentials.md).\n"
        "Exit status: 0 every file has credentials that hold, 1 some file has none or some that\n"
        "do not, 3 of some file it cannot be told.\n",
    .opts = options,
    .run = run,
};
