/* SPDX-License-Identifier: Apache-2.0 */
/* Findings, and what they come to. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/rd.h"
#include "provenance/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void jz_keep_failure(jz_credentials *c, jz_status st, const jz_err *err)
{
    if (c->fail != JZ_OK)
        return;
    c->fail = st;
    if (err != NULL)
        c->why = *err;
    else
        jz_err_set(&c->why, st, "out of memory");
}

static const char *keep(jz_credentials *c, char *text)
{
    char **grown =
        text != NULL ? jz_grow(c->text, c->n_texts, &c->size_texts, sizeof *grown) : NULL;
    if (grown == NULL) {
        jz_free(text);
        jz_keep_failure(c, JZ_E_NOMEM, NULL);
        return "";
    }
    c->text = grown;
    c->text[c->n_texts++] = text;
    return text;
}

/* Text of a file that will stand on a terminal and in JSON. */
static void make_plain(char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        const unsigned n = jz_utf8_len(text + i, len - i);
        if (n == 0 || jz_utf8_is_control(text + i, n))
            memset(text + i, '?', n > 0 ? n : 1);
        i += n > 0 ? n : 1;
    }
}

const char *jz_keep_text(jz_credentials *c, jz_bytes b)
{
    if (b.len == 0)
        return "";
    char *text = jz_strndup((const char *)b.ptr, b.len);
    if (text != NULL)
        make_plain(text, b.len);
    return keep(c, text);
}

void jz_put_url(jz_buf *out, const jz_jumbf *j, uint32_t box)
{
    uint32_t path[JZ_JUMBF_DEPTH_MAX + 1];
    size_t n = 0;
    for (; box != JZ_JUMBF_NONE && n < JZ_ARRAY_LEN(path); box = jz_jumbf_at(j, box)->parent)
        path[n++] = box;
    jz_buf_puts(out, "self#jumbf=");
    while (n > 0) {
        const jz_bytes label = jz_jumbf_at(j, path[--n])->label;
        jz_buf_putc(out, '/');
        jz_buf_put(out, label.ptr, label.len);
    }
}

/* ---- findings ---- */

__attribute__((format(printf, 4, 0))) static void add(jz_check *v, jz_code_id id, jz_bytes url,
                                                      const char *fmt, va_list args)
{
    jz_credentials *c = v->c;
    char detail[JZ_ERR_TEXT] = "";
    const jz_code *code = jz_code_of(id);
    if (c->fail != JZ_OK)
        return;
    if (c->n_findings == JZ_FINDINGS_MAX) {
        jz_err_set(&c->why, JZ_E_LIMIT, "more than %d findings", JZ_FINDINGS_MAX);
        c->fail = JZ_E_LIMIT;
        return;
    }
    if (fmt != NULL)
        (void)vsnprintf(detail, sizeof detail, fmt, args); /* a longer one is cut */
    jz_credential_finding *grown =
        jz_grow(c->finding, c->n_findings, &c->size_findings, sizeof *grown);
    if (grown == NULL) {
        jz_keep_failure(c, JZ_E_NOMEM, NULL);
        return;
    }
    c->finding = grown;
    c->finding[c->n_findings++] = (jz_credential_finding){
        .code = code,
        .url = jz_keep_text(c, url),
        .detail = jz_keep_text(c, jz_bytes_of_text(detail)),
        .manifest = v->index,
        .ingredient = v->ingredient,
        .recorded = code->kind != JZ_CODE_SUCCESS && jz_recorded_has(v->step, code->name, url),
    };
}

void jz_found_at(jz_check *v, jz_code_id code, jz_bytes url, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    add(v, code, url, fmt, args);
    va_end(args);
}

void jz_found(jz_check *v, jz_code_id code, uint32_t box, const char *fmt, ...)
{
    JZ_BUF_AUTO url = { 0 };
    va_list args;
    if (v->c->tree != NULL)
        jz_put_url(&url, v->c->tree, box != JZ_JUMBF_NONE ? box : v->m != NULL ? v->m->box : 0);
    if (url.fail != JZ_OK)
        jz_keep_failure(v->c, url.fail, NULL);
    va_start(args, fmt);
    add(v, code, (jz_bytes){ (const uint8_t *)url.ptr, url.len }, fmt, args);
    va_end(args);
}

/* ---- the sum ---- */

/* Failures that leave a manifest well-formed (14.3.4 against 14.3.5). */
static bool is_about_form(const jz_code *code)
{
    static const jz_code_id not_form[] = {
        JZ_C_ASSERTION_DATA_HASH_MISMATCH,        JZ_C_ASSERTION_BMFF_HASH_MISMATCH,
        JZ_C_ASSERTION_BOXES_HASH_MISMATCH,       JZ_C_ASSERTION_BOXES_HASH_UNKNOWN_BOX,
        JZ_C_ASSERTION_HASHED_URI_MISMATCH,       JZ_C_CLAIM_SIGNATURE_MISMATCH,
        JZ_C_CLAIM_SIGNATURE_OUTSIDE_VALIDITY,    JZ_C_HASHED_URI_MISMATCH,
        JZ_C_INGREDIENT_CLAIM_SIGNATURE_MISMATCH, JZ_C_INGREDIENT_MANIFEST_MISMATCH,
        JZ_C_INGREDIENT_MANIFEST_MISSING,         JZ_C_SIGNING_CREDENTIAL_EXPIRED,
        JZ_C_SIGNING_CREDENTIAL_INVALID,          JZ_C_SIGNING_CREDENTIAL_OCSP_REVOKED,
        JZ_C_SIGNING_CREDENTIAL_OCSP_UNKNOWN,     JZ_C_SIGNING_CREDENTIAL_UNTRUSTED,
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(not_form); i++) {
        if (code == jz_code_of(not_form[i]))
            return false;
    }
    return true;
}

void jz_conclude(jz_credentials *c)
{
    const jz_code *untrusted = jz_code_of(JZ_C_SIGNING_CREDENTIAL_UNTRUSTED);
    const jz_code *trusted = jz_code_of(JZ_C_SIGNING_CREDENTIAL_TRUSTED);
    bool signer = false;
    bool stranger = false;
    bool fails = false;
    c->well_formed = true;
    for (size_t i = 0; i < c->n_findings; i++) {
        const jz_credential_finding *f = &c->finding[i];
        signer = signer || (f->code == trusted && f->ingredient == NULL);
        if (f->code->kind != JZ_CODE_FAILURE || f->recorded)
            continue;
        stranger = stranger || f->code == untrusted;
        fails = fails || f->code != untrusted;
        c->well_formed = c->well_formed && !is_about_form(f->code);
    }
    c->state = fails                 ? JZ_CREDENTIALS_INVALID
               : signer && !stranger ? JZ_CREDENTIALS_TRUSTED
                                     : JZ_CREDENTIALS_VALID;
}
