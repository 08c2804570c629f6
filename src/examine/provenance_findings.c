/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/provenance_findings.h"

#include "base/alloc.h"
#include "base/buf.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

JZ_DEFINE_AUTO(jz_credentials, jz_credentials_free);

int jz_credentials_beside(const char *file, size_t len)
{
    JZ_BUF_AUTO path = { .cap = PATH_MAX };
    const char *slash = memrchr(file, '/', len);
    const char *dot = memrchr(file, '.', len);
    if (dot == NULL || (slash != NULL && dot < slash))
        return -1;
    jz_buf_put(&path, file, (size_t)(dot - file));
    jz_buf_puts(&path, ".c2pa");
    if (path.fail != JZ_OK || (path.len == len && memcmp(path.ptr, file, len) == 0))
        return -1;
    return open(path.ptr, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
}

jz_status jz_credentials_read(int fd, jz_bytes whole, int sidecar_fd, const jz_trust *trust,
                              jz_credential_brief *out, jz_err *err)
{
    jz_auto(jz_credentials) *c = NULL;
    jz_err why = { 0 };
    const jz_verify_opts opts = { .trust = trust, .sidecar_fd = sidecar_fd };
    const jz_status st = whole.ptr != NULL ? jz_credentials_verify_bytes(whole, &opts, &c, &why)
                                           : jz_credentials_verify(fd, &opts, &c, &why);
    if (st == JZ_OK) {
        jz_credential_brief_of(c, out);
        return JZ_OK;
    }
    if (st == JZ_E_IO || st == JZ_E_CHANGED || st == JZ_E_NOMEM) {
        if (err != NULL)
            *err = why;
        return st;
    }
    *out = (jz_credential_brief){ .read = true };
    return JZ_OK;
}

/* ---- findings ---- */

static jz_status add(jz_findings *out, const char *code, jz_verdict verdict, const char *what,
                     const jz_credential_brief *b, jz_err *err)
{
    jz_finding *grown = jz_grow(out->finding, out->n, &out->size, sizeof *grown);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    out->finding = grown;
    jz_finding *f = &grown[out->n++];
    *f = (jz_finding){ .examiner = "provenance", .code = code, .verdict = verdict };
    (void)snprintf(f->message, sizeof f->message, "%s; signed by %.60s%s", what,
                   b->signer[0] != '\0' ? b->signer : "somebody",
                   b->state == JZ_CREDENTIALS_VALID ? ", who is not on the list" : ""); /* fits */
    return JZ_OK;
}

/* What a signer says is as good as the signer: one on the list affirms, another raises suspicion,
 * and what no longer fits the file cannot be told of it. */
static jz_verdict verdict_of(jz_credential_state s)
{
    return s == JZ_CREDENTIALS_TRUSTED ? JZ_AFFIRMED
           : s == JZ_CREDENTIALS_VALID ? JZ_SUSPECTED
                                       : JZ_CANNOT_TELL;
}

jz_status jz_credentials_findings(const jz_credential_brief *b, jz_findings *out, jz_err *err)
{
    char what[128];
    const jz_verdict v = verdict_of(b->state);
    if (b->ai == JZ_AI_GENERATED)
        JZ_TRY(
            add(out, "provenance.generated", v, "its manifest says that it was generated", b, err));
    if (b->ai == JZ_AI_COMPOSITE)
        JZ_TRY(add(out, "provenance.composite", v,
                   "its manifest says that parts of it were generated", b, err));
    if (b->face)
        JZ_TRY(add(out, "provenance.face", v, "its manifest tells of a change to a face", b, err));
    if (b->state == JZ_CREDENTIALS_INVALID) {
        (void)snprintf(what, sizeof what, "its manifest does not hold: %s", b->failure); /* fits */
        JZ_TRY(add(out, "provenance.broken", JZ_SUSPECTED, what, b, err));
    }
    return JZ_OK;
}

/* ---- what follows for the notice of article 6 ---- */

jz_label_state jz_measurement_notice(const jz_measurement *m)
{
    const jz_credential_brief *b = &m->credentials;
    jz_label_state s = JZ_STATE_NONE;
    if (b->ai != JZ_AI_NONE && b->state == JZ_CREDENTIALS_TRUSTED)
        s = JZ_STATE_CONFIRMED;
    else if (b->ai != JZ_AI_NONE)
        s = JZ_STATE_SUSPECTED; /* a trace */
    return m->label.state > s ? m->label.state : s;
}

static void key_str(jz_json *j, const char *key, const char *s)
{
    jz_json_key(j, key);
    jz_json_str(j, s[0] != '\0' ? s : NULL);
}

void jz_credentials_brief_json(jz_json *j, const jz_credential_brief *b)
{
    jz_json_begin_object(j);
    key_str(j, "state", jz_credential_state_name(b->state));
    key_str(j, "ai", jz_ai_kind_name(b->ai));
    jz_json_put_bool(j, "face", b->face);
    key_str(j, "source_type", b->source_type);
    key_str(j, "signer", b->signer);
    key_str(j, "generator", b->generator);
    key_str(j, "failure", b->failure);
    jz_json_end_object(j);
}
