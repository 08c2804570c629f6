/* SPDX-License-Identifier: Apache-2.0 */
/* OCSP answers stapled to a signature. Nobody is asked. */
#include "provenance/timestamp.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <stdio.h>

JZ_DEFINE_AUTO(OCSP_RESPONSE, OCSP_RESPONSE_free);
JZ_DEFINE_AUTO(OCSP_BASICRESP, OCSP_BASICRESP_free);
JZ_DEFINE_AUTO(OCSP_CERTID, OCSP_CERTID_free);
JZ_DEFINE_AUTO(X509_STORE, X509_STORE_free);

typedef struct asked {
    X509 *cert;
    X509 *issuer;
    STACK_OF(X509) * certs;
    int64_t at_us;
} asked;

/* Signed by the issuer, or by one to whom the issuer gave that task (RFC 6960, 4.2.2.2). */
static bool answer_is_signed(OCSP_BASICRESP *basic, const asked *a)
{
    jz_auto(X509_STORE) *store = X509_STORE_new();
    if (store == NULL || X509_STORE_add_cert(store, a->issuer) != 1)
        return false;
    X509_VERIFY_PARAM *p = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(p, (time_t)(a->at_us / 1000000));
    (void)X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
    return OCSP_basic_verify(basic, a->certs, store, 0) == 1;
}

/* The answer on the certificate that is asked about, whatever digest names it. */
static OCSP_SINGLERESP *find_answer(OCSP_BASICRESP *basic, const asked *a)
{
    for (int i = 0; i < OCSP_resp_count(basic); i++) {
        OCSP_SINGLERESP *one = OCSP_resp_get0(basic, i);
        ASN1_OBJECT *oid = NULL;
        const OCSP_CERTID *have = OCSP_SINGLERESP_get0_id(one);
        (void)OCSP_id_get0_info(NULL, &oid, NULL, NULL, (OCSP_CERTID *)(uintptr_t)have);
        const EVP_MD *md = EVP_get_digestbynid(OBJ_obj2nid(oid));
        jz_auto(OCSP_CERTID) *want = md != NULL ? OCSP_cert_to_id(md, a->cert, a->issuer) : NULL;
        if (want != NULL && OCSP_id_cmp(want, have) == 0)
            return one;
    }
    return NULL;
}

/* 15.9: the answer must have been current when the manifest was signed; one made later that says
 * "good" says it of then too. Where only time has passed since then, a revocation does not matter;
 * a key that was stolen signs for whenever the thief likes. */
static jz_ocsp_verdict read_answer(OCSP_SINGLERESP *one, int64_t at_us, char why[JZ_CERT_WHY])
{
    int reason = 0;
    ASN1_GENERALIZEDTIME *revoked = NULL;
    ASN1_GENERALIZEDTIME *from = NULL;
    ASN1_GENERALIZEDTIME *to = NULL;
    const int status = OCSP_single_get0_status(one, &reason, &revoked, &from, &to);
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        const bool later =
            reason != OCSP_REVOKED_STATUS_KEYCOMPROMISE && jz_asn1_time_us(revoked) > at_us;
        (void)snprintf(why, JZ_CERT_WHY, "%s", OCSP_crl_reason_str(reason)); /* short */
        return later ? JZ_OCSP_GOOD : JZ_OCSP_REVOKED;
    }
    const bool current = to == NULL || jz_asn1_time_us(to) >= at_us;
    if (status == V_OCSP_CERTSTATUS_GOOD && from != NULL && current)
        return JZ_OCSP_GOOD;
    return status == V_OCSP_CERTSTATUS_UNKNOWN ? JZ_OCSP_UNKNOWN : JZ_OCSP_NONE;
}

static jz_ocsp_verdict check_one(jz_bytes der, const asked *a, char why[JZ_CERT_WHY])
{
    const uint8_t *at = der.ptr;
    jz_auto(OCSP_RESPONSE) *resp = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
    if (resp == NULL || OCSP_response_status(resp) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        return JZ_OCSP_NONE;
    jz_auto(OCSP_BASICRESP) *basic = OCSP_response_get1_basic(resp);
    OCSP_SINGLERESP *one = basic != NULL ? find_answer(basic, a) : NULL;
    if (one == NULL || !answer_is_signed(basic, a))
        return JZ_OCSP_NONE;
    return read_answer(one, a->at_us, why);
}

jz_ocsp_verdict jz_ocsp_check(const jz_bytes *der, size_t n, STACK_OF(X509) * certs, int64_t at_us,
                              char why[JZ_CERT_WHY])
{
    jz_ocsp_verdict worst = JZ_OCSP_NONE;
    asked a = { .cert = sk_X509_value(certs, 0), .certs = certs, .at_us = at_us };
    for (int i = 1; i < sk_X509_num(certs); i++) {
        if (a.issuer == NULL && X509_check_issued(sk_X509_value(certs, i), a.cert) == X509_V_OK)
            a.issuer = sk_X509_value(certs, i);
    }
    if (a.issuer == NULL)
        return JZ_OCSP_NONE;
    (void)ERR_set_mark();
    for (size_t i = 0; i < n; i++) {
        const jz_ocsp_verdict v = check_one(der[i], &a, why);
        if (v == JZ_OCSP_REVOKED || worst != JZ_OCSP_REVOKED)
            worst = v != JZ_OCSP_NONE ? v : worst;
    }
    (void)ERR_pop_to_mark();
    return worst;
}
