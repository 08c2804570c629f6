/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/credentials_out.h"

#include "base/file.h"
#include "cli/text.h"

#include <string.h>

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
        jz_json_put_u64(j, "manifest", f->manifest);
        key_str(j, "ingredient", f->ingredient);
        jz_json_put_bool(j, "recorded", f->recorded);
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
        jz_json_put_u64(j, "claim_version", m->version);
        jz_json_put_bool(j, "update", m->update);
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

static void put_change(jz_json *j, const jz_credentials *c)
{
    const char *text = NULL;
    const char *one = NULL;
    const jz_change_kind kind = jz_credentials_change(c, &text);
    key_str(j, "change", jz_change_kind_name(kind));
    key_str(j, "change_text", text);
    jz_json_key(j, "proven");
    jz_json_begin_array(j);
    for (size_t i = 0; (one = jz_credentials_proven_at(c, i)) != NULL; i++)
        jz_json_str(j, one);
    jz_json_end_array(j);
}

void jz_credentials_put_json(jz_json *j, const jz_credentials *c)
{
    key_str(j, "state", jz_credential_state_name(jz_credentials_state(c)));
    jz_json_put_bool(j, "well_formed", jz_credentials_well_formed(c));
    key_str(j, "remote", jz_credentials_remote(c));
    put_manifests(j, c);
    put_findings(j, c);
    put_change(j, c);
}

/* ---- text ---- */

void jz_credentials_put_row(jz_buf *out, const char *name, const char *value)
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
    jz_credentials_put_row(out, "signer", m->signer);
    jz_credentials_put_row(out, "issuer", m->issuer);
    jz_credentials_put_row(out, "signed",
                           m->signed_us != 0 ? jz_time_text(m->signed_us, at, sizeof at) : NULL);
    jz_credentials_put_row(out, "time by", m->signed_us != 0 ? m->time_by : NULL);
    jz_credentials_put_row(out, "generator", m->generator);
    jz_credentials_put_row(out, "title", m->title);
    jz_credentials_put_row(out, "source type", m->source_type);
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

void jz_credentials_put_text(jz_buf *out, const jz_credentials *c, bool all)
{
    const jz_credential_finding *one = NULL;
    const char *text = NULL;
    const char *proven = NULL;
    const jz_credential_manifest *m = jz_credential_manifest_at(c, 0);
    jz_credentials_put_row(out, "credentials", state_words[jz_credentials_state(c)]);
    jz_credentials_put_row(out, "kept at", jz_credentials_remote(c));
    if (m != NULL)
        put_manifest(out, m);
    (void)jz_credentials_change(c, &text);
    jz_credentials_put_row(out, "changed", text);
    for (size_t i = 0; (one = jz_credential_finding_at(c, i)) != NULL; i++) {
        if (all || (one->code->kind == JZ_CODE_FAILURE && !one->recorded))
            put_finding(out, one);
    }
    for (size_t i = 0; (proven = jz_credentials_proven_at(c, i)) != NULL &&
                       (all || jz_credentials_state(c) == JZ_CREDENTIALS_INVALID);
         i++)
        jz_credentials_put_row(out, i == 0 ? "still proven" : "", proven);
}
