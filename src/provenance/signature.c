/* SPDX-License-Identifier: Apache-2.0 */
/* The signature (15.7), its time stamp (15.8), its certificate and that one's revocation (15.9). */
#include "base/alloc.h"
#include "provenance/check.h"

#include <string.h>

/* 15.8: what is wrong with a time stamp is told, and takes its time away from the signature. */
static void tell_stamp(jz_check *v, const jz_stamp *s)
{
    static const jz_code_id code[] = {
        [JZ_STAMP_OK] = JZ_C_TIME_STAMP_TRUSTED,
        [JZ_STAMP_MALFORMED] = JZ_C_TIME_STAMP_MALFORMED,
        [JZ_STAMP_MISMATCH] = JZ_C_TIME_STAMP_MISMATCH,
        [JZ_STAMP_OUTSIDE] = JZ_C_TIME_STAMP_OUTSIDE_VALIDITY,
        [JZ_STAMP_UNTRUSTED] = JZ_C_TIME_STAMP_UNTRUSTED,
    };
    jz_manifest *m = v->m;
    m->stamper = s->cert;
    if (s->sound) {
        m->stamped_us = s->at_us;
        jz_found(v, JZ_C_TIME_STAMP_VALIDATED, m->signature, "%s", s->cert.name);
    }
    if (s->verdict == JZ_STAMP_OK)
        m->signed_us = s->at_us;
    jz_found(v, code[s->verdict], m->signature, "%s%s%s", s->cert.name,
             s->cert.name[0] != '\0' && s->why[0] != '\0' ? ": " : "", s->why);
}

/* claim: as for jz_cose_put_stamped(). */
static void judge_stamp(jz_check *v, jz_bytes token, jz_bytes claim, jz_stamp *out)
{
    JZ_BUF_AUTO stamped = { 0 };
    jz_cose_put_stamped(&stamped, &v->m->cose, claim);
    if (stamped.fail != JZ_OK)
        jz_keep_failure(v->c, stamped.fail, NULL);
    jz_stamp_check(token, (jz_bytes){ (const uint8_t *)stamped.ptr, stamped.len }, v->c->trust,
                   out);
}

/* A later manifest may hold the time stamp of this one: {label: token} in c2pa.time-stamp. It is of
 * the signature, or, as the first writers had it, of the whole COSE_Sign1. */
static void check_later_stamp(jz_check *v, jz_bytes cose)
{
    for (const jz_step *s = v->step; s != NULL && v->m->signed_us == 0; s = s->up) {
        jz_cbor_iter it = jz_cbor_in(&s->by->time_stamps);
        jz_cbor key;
        jz_cbor token;
        while (v->m->signed_us == 0 && jz_cbor_pair(&it, &key, &token)) {
            jz_stamp stamp;
            if (key.kind != JZ_CBOR_TEXT || token.kind != JZ_CBOR_BYTES ||
                !jz_bytes_same(key.body, v->m->label))
                continue;
            judge_stamp(v, token.body, (jz_bytes){ 0 }, &stamp);
            if (stamp.verdict == JZ_STAMP_MISMATCH)
                jz_stamp_check(token.body, cose, v->c->trust, &stamp);
            tell_stamp(v, &stamp);
        }
    }
}

static void check_stamp(jz_check *v, jz_bytes cose)
{
    const jz_cose *c = &v->m->cose;
    jz_stamp stamp;
    if (c->n_stamps > 1) {
        jz_found(v, JZ_C_TIME_STAMP_MALFORMED, v->m->signature, "%zu time stamps", c->n_stamps);
    } else if (c->n_stamps == 1) {
        judge_stamp(v, c->stamp, c->stamp_of_claim ? v->m->cbor : (jz_bytes){ 0 }, &stamp);
        tell_stamp(v, &stamp);
    }
    check_later_stamp(v, cose);
}

static void check_revocation(jz_check *v, STACK_OF(X509) * certs, int64_t at_us)
{
    char why[JZ_CERT_WHY] = "";
    switch (jz_ocsp_check(v->m->cose.ocsp, v->m->cose.n_ocsp, certs, at_us, why)) {
    case JZ_OCSP_GOOD:
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_OCSP_NOT_REVOKED, v->m->signature, NULL);
        break;
    case JZ_OCSP_REVOKED:
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_OCSP_REVOKED, v->m->signature, "%s", why);
        break;
    case JZ_OCSP_UNKNOWN:
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_OCSP_UNKNOWN, v->m->signature, NULL);
        break;
    case JZ_OCSP_NONE:
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_OCSP_SKIPPED, v->m->signature, NULL);
        break;
    }
}

/* The time that counts is a trusted time stamp's, else now. */
static void check_credential(jz_check *v, STACK_OF(X509) * certs)
{
    jz_manifest *m = v->m;
    char why[JZ_CERT_WHY] = "";
    X509 *leaf = sk_X509_value(certs, 0);
    const int64_t at_us = m->signed_us != 0 ? m->signed_us : v->c->at_us;
    if (!jz_cert_may_sign(certs, why)) {
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_INVALID, m->signature, "the certificate of %s: %s",
                 m->cert.name, why);
        return;
    }
    if (jz_trust_leads(v->c->trust, JZ_TRUST_SIGNERS, leaf, certs, at_us))
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_TRUSTED, m->signature, "%s", m->cert.name);
    else
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_UNTRUSTED, m->signature, "%s, by %s", m->cert.name,
                 m->cert.issuer);
    if (!jz_cert_valid_at(leaf, at_us))
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_EXPIRED, m->signature, "%s", m->cert.name);
    check_revocation(v, certs, at_us);
}

static void check_signature(jz_check *v, STACK_OF(X509) * certs)
{
    jz_manifest *m = v->m;
    char why[JZ_CERT_WHY] = "";
    JZ_BUF_AUTO message = { 0 };
    X509 *leaf = sk_X509_value(certs, 0);
    const int64_t at_us = m->signed_us != 0 ? m->signed_us : v->c->at_us;
    jz_cose_put_signed(&message, &m->cose, m->cbor);
    if (message.fail != JZ_OK) {
        jz_keep_failure(v->c, message.fail, NULL);
        return;
    }
    if (!jz_cert_verify(leaf, m->cose.alg, (jz_bytes){ (const uint8_t *)message.ptr, message.len },
                        m->cose.signature, why)) {
        jz_found(v, JZ_C_CLAIM_SIGNATURE_MISMATCH, m->signature, "%s", why);
        return;
    }
    if (jz_cert_valid_at(leaf, at_us))
        jz_found(v, JZ_C_CLAIM_SIGNATURE_INSIDE_VALIDITY, m->signature, NULL);
    jz_found(v, JZ_C_CLAIM_SIGNATURE_VALIDATED, m->signature, NULL);
}

void jz_signature_check(jz_check *v)
{
    jz_err err = { 0 };
    jz_manifest *m = v->m;
    STACK_OF(X509) *certs = NULL;
    const uint32_t at = jz_jumbf_content(v->c->tree, m->signature, JZ_JUMBF_CBOR);
    if (at == JZ_JUMBF_NONE) {
        jz_found(v, JZ_C_CLAIM_SIGNATURE_MISSING, m->signature, "no CBOR box");
        return;
    }
    jz_status st = jz_cose_parse(jz_box(v, at)->payload, &m->cose, &err);
    if (st == JZ_E_NOMEM)
        jz_keep_failure(v->c, st, &err);
    if (st != JZ_OK) {
        jz_found(v, JZ_C_CLAIM_SIGNATURE_MISMATCH, m->signature, "%s", err.frame[0]);
        return;
    }
    m->has_cose = true;
    if (m->cose.alg == JZ_COSE_OTHER) {
        jz_found(v, JZ_C_ALGORITHM_UNSUPPORTED, m->signature, "algorithm %lld of COSE",
                 (long long)m->cose.alg_number);
        return;
    }
    st = jz_certs_parse(m->cose.cert, m->cose.n_certs, &certs, &err);
    if (st != JZ_OK) {
        jz_found(v, JZ_C_SIGNING_CREDENTIAL_INVALID, m->signature, "%s", err.frame[0]);
        return;
    }
    jz_cert_describe(sk_X509_value(certs, 0), &m->cert);
    check_stamp(v, jz_box(v, at)->payload);
    check_credential(v, certs);
    check_signature(v, certs);
    jz_certs_free(certs);
}
