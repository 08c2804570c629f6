/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials that do not hold, in plain words: what was done to the file since, and what is proven
 * in spite of it. */
#include "base/alloc.h"
#include "base/file.h"
#include "provenance/check.h"

#include <string.h>

const char *jz_change_kind_name(jz_change_kind k)
{
    static const char *const name[] = { "none",      "metadata-added", "bytes-appended",
                                        "cut-short", "manifest",       "content" };
    return (size_t)k < JZ_ARRAY_LEN(name) ? name[k] : "unknown";
}

jz_change_kind jz_credentials_change(const jz_credentials *c, const char **text)
{
    *text = c->change_text != NULL ? c->change_text : "";
    return c->change;
}

const char *jz_credentials_proven_at(const jz_credentials *c, size_t i)
{
    return i < c->n_proven ? c->proven[i] : NULL;
}

static const char *keep(jz_credentials *c, const jz_buf *text)
{
    if (text->fail != JZ_OK) {
        jz_keep_failure(c, text->fail, NULL);
        return "";
    }
    return jz_keep_text(c, (jz_bytes){ (const uint8_t *)text->ptr, text->len });
}

static bool has(const jz_credentials *c, size_t manifest, jz_code_id id)
{
    for (size_t i = 0; i < c->n_findings; i++) {
        if (c->finding[i].manifest == manifest && c->finding[i].code == jz_code_of(id))
            return true;
    }
    return false;
}

/* ---- what has changed ---- */

static bool binding_fails(const jz_credentials *c, size_t manifest)
{
    return has(c, manifest, JZ_C_ASSERTION_DATA_HASH_MISMATCH) ||
           has(c, manifest, JZ_C_ASSERTION_BMFF_HASH_MISMATCH) ||
           has(c, manifest, JZ_C_ASSERTION_BOXES_HASH_MISMATCH) ||
           has(c, manifest, JZ_C_ASSERTION_BOXES_HASH_UNKNOWN_BOX);
}

static bool manifest_fails(const jz_credentials *c)
{
    for (size_t i = 0; i < c->n_findings; i++) {
        const jz_credential_finding *f = &c->finding[i];
        if (f->code->kind == JZ_CODE_FAILURE && !f->recorded &&
            f->code != jz_code_of(JZ_C_SIGNING_CREDENTIAL_UNTRUSTED) &&
            f->code != jz_code_of(JZ_C_SIGNING_CREDENTIAL_EXPIRED) &&
            f->code != jz_code_of(JZ_C_SIGNING_CREDENTIAL_INVALID))
            return true;
    }
    return false;
}

static jz_status find_change(jz_credentials *c, jz_err *err)
{
    size_t index = 0;
    JZ_BUF_AUTO text = { .cap = 1024 };
    jz_change_kind kind = JZ_CHANGE_NONE;
    const jz_manifest *m = jz_binding_manifest(c, &index);
    if (m != NULL && binding_fails(c, index)) {
        JZ_TRY(jz_undo_find(c, m, &kind, &text, err));
    } else if (c->state == JZ_CREDENTIALS_INVALID && manifest_fails(c)) {
        kind = JZ_CHANGE_MANIFEST;
        jz_buf_puts(&text, "what was signed about the file was changed after signing, or cannot be "
                           "read");
    }
    c->change_text = keep(c, &text);
    c->change = kind;
    return JZ_OK;
}

/* ---- what is proven ---- */

static void add(jz_credentials *c, const jz_buf *text)
{
    /* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is what is wanted */
    const char **grown = jz_grow(c->proven, c->n_proven, &c->size_proven, sizeof *grown);
    if (grown == NULL) {
        jz_keep_failure(c, JZ_E_NOMEM, NULL);
        return;
    }
    c->proven = grown;
    c->proven[c->n_proven++] = keep(c, text);
}

/* Nothing of the manifest's statements fails. */
static bool statements_hold(const jz_credentials *c, size_t manifest)
{
    return !has(c, manifest, JZ_C_ASSERTION_HASHED_URI_MISMATCH) &&
           !has(c, manifest, JZ_C_ASSERTION_MISSING) && !has(c, manifest, JZ_C_CLAIM_MALFORMED);
}

static void put_signer(jz_buf *out, const jz_credentials *c, size_t i)
{
    char at[32];
    const jz_credential_manifest *m = &c->manifest[i]->shown;
    const bool known = has(c, i, JZ_C_SIGNING_CREDENTIAL_TRUSTED);
    jz_buf_printf(out, "%s, who is %s, has signed", m->signer[0] != '\0' ? m->signer : "Somebody",
                  known ? "on the list" : "not on the list");
    if (m->signed_us != 0)
        jz_buf_printf(out, " before %s (time stamp of %s)",
                      jz_time_text(m->signed_us, at, sizeof at), m->time_by);
    jz_buf_puts(out, i == 0 ? " this manifest" : " the manifest of an ingredient");
}

static void tell_manifest(jz_credentials *c, size_t i)
{
    JZ_BUF_AUTO text = { .cap = 1024 };
    const jz_credential_manifest *m = &c->manifest[i]->shown;
    if (!has(c, i, JZ_C_CLAIM_SIGNATURE_VALIDATED))
        return;
    put_signer(&text, c, i);
    if (statements_hold(c, i))
        jz_buf_puts(&text, ", and it is as it was then");
    add(c, &text);
    if (!statements_hold(c, i) || m->source_type[0] == '\0')
        return;
    jz_buf_reset(&text);
    const char *slash = strrchr(m->source_type, '/');
    jz_buf_printf(&text, "it says of %s: %s", i == 0 ? "the signed file" : "the ingredient",
                  slash != NULL ? slash + 1 : m->source_type);
    add(c, &text);
}

#define PROVEN_MANIFESTS 16 /* that are told of */

jz_status jz_credentials_explain(jz_credentials *c, jz_err *err)
{
    static const char *const whole = "the file is the one that was signed";
    size_t index = 0;
    if (c->change_text != NULL || c->state == JZ_CREDENTIALS_NONE || c->tree == NULL)
        return JZ_OK;
    JZ_TRY(find_change(c, err));
    for (size_t i = 0; i < c->n_manifests && i < PROVEN_MANIFESTS; i++)
        tell_manifest(c, i);
    if (jz_binding_manifest(c, &index) != NULL && has(c, index, JZ_C_CLAIM_SIGNATURE_VALIDATED) &&
        statements_hold(c, index) &&
        (has(c, index, JZ_C_ASSERTION_DATA_HASH_MATCH) ||
         has(c, index, JZ_C_ASSERTION_BMFF_HASH_MATCH) ||
         has(c, index, JZ_C_ASSERTION_BOXES_HASH_MATCH))) {
        JZ_BUF_AUTO text = { 0 };
        jz_buf_puts(&text, whole);
        add(c, &text);
    }
    if (c->fail == JZ_OK)
        return JZ_OK;
    if (err != NULL)
        *err = c->why;
    return c->fail;
}
