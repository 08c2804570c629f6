/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/timestamp.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>
#include <stdio.h>
#include <string.h>

JZ_DEFINE_AUTO(PKCS7, PKCS7_free);
JZ_DEFINE_AUTO(TS_RESP, TS_RESP_free);
JZ_DEFINE_AUTO(TS_TST_INFO, TS_TST_INFO_free);
JZ_DEFINE_AUTO(TS_VERIFY_CTX, TS_VERIFY_CTX_free);
JZ_DEFINE_AUTO(X509_STORE, X509_STORE_free);

static void say(jz_stamp *out, jz_stamp_verdict verdict, const char *why)
{
    out->verdict = verdict;
    (void)snprintf(out->why, sizeof out->why, "%s", why); /* short literals */
}

/* A TimeStampToken, or the one of a TimeStampResp, which sigTst holds. */
static PKCS7 *read_token(jz_bytes der)
{
    const uint8_t *at = der.ptr;
    if (der.len > INT32_MAX)
        return NULL;
    PKCS7 *token = d2i_PKCS7(NULL, &at, (long)der.len);
    if (token != NULL)
        return token;
    at = der.ptr;
    jz_auto(TS_RESP) *resp = d2i_TS_RESP(NULL, &at, (long)der.len);
    if (resp == NULL)
        return NULL;
    const TS_STATUS_INFO *status = TS_RESP_get_status_info(resp);
    const int64_t granted = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(status));
    PKCS7 *in = TS_RESP_get_token(resp);
    if (in == NULL || (granted != TS_STATUS_GRANTED && granted != TS_STATUS_GRANTED_WITH_MODS))
        return NULL;
    return PKCS7_dup(in);
}

static bool imprint_fits(TS_TST_INFO *info, jz_bytes stamped, bool *known)
{
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *oid = NULL;
    const ASN1_OCTET_STRING *msg = TS_MSG_IMPRINT_get_msg(imprint);
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    X509_ALGOR_get0(&oid, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    const int nid = OBJ_obj2nid(oid);
    *known = nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
    if (!*known ||
        EVP_Digest(stamped.ptr, stamped.len, digest, &n, EVP_get_digestbynid(nid), NULL) != 1)
        return false;
    return ASN1_STRING_length(msg) == (int)n && memcmp(ASN1_STRING_get0_data(msg), digest, n) == 0;
}

/* GeneralizedTime with a fraction, to microseconds. */
static int64_t time_of(const ASN1_GENERALIZEDTIME *t)
{
    const int64_t whole = jz_asn1_time_us(t);
    const char *s = (const char *)ASN1_STRING_get0_data(t);
    const char *dot = memchr(s, '.', (size_t)ASN1_STRING_length(t));
    int64_t part = 0;
    int64_t unit = 100000;
    for (const char *d = dot != NULL ? dot + 1 : ""; *d >= '0' && *d <= '9' && unit > 0; d++) {
        part += unit * (*d - '0');
        unit /= 10;
    }
    return whole > 0 ? whole + part : 0;
}

/* Trusts those certificates of the token that none other of it has issued: the token may say which
 * chain it wants (RFC 5035), and that one must be there to the end. */
static bool trust_own_tops(PKCS7 *token, X509 *signer, X509_STORE *store)
{
    STACK_OF(X509) *certs = token->d.sign->cert;
    bool any = false;
    for (int i = 0; i < sk_X509_num(certs); i++) {
        X509 *one = sk_X509_value(certs, i);
        bool top = true;
        for (int k = 0; k < sk_X509_num(certs) && top; k++)
            top = k == i || X509_check_issued(sk_X509_value(certs, k), one) != X509_V_OK;
        if (top && X509_STORE_add_cert(store, one) != 1)
            return false;
        any = any || top;
    }
    return any || X509_STORE_add_cert(store, signer) == 1;
}

#define CERTS_MAX 32 /* of a token */

/* The signature, with the authority's certificates taken as given: whether they are trusted is
 * another question. Also checks that the certificate is one for time stamps only (RFC 3161, 2.3).
 */
static bool signature_holds(PKCS7 *token, X509 *signer, int64_t at_us)
{
    jz_auto(X509_STORE) *store = X509_STORE_new();
    jz_auto(TS_VERIFY_CTX) *ctx = TS_VERIFY_CTX_new();
    if (store == NULL || ctx == NULL || sk_X509_num(token->d.sign->cert) > CERTS_MAX ||
        !trust_own_tops(token, signer, store))
        return false;
    X509_VERIFY_PARAM *p = X509_STORE_get0_param(store);
    X509_VERIFY_PARAM_set_time(p, (time_t)(at_us / 1000000));
    (void)X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
    (void)TS_VERIFY_CTX_set_store(ctx, JZ_TAKE(store));
    (void)TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_SIGNATURE);
    return TS_RESP_verify_token(ctx, token) == 1;
}

static void judge_token(PKCS7 *token, jz_bytes stamped, const jz_trust *trust, jz_stamp *out)
{
    bool known = false;
    jz_auto(TS_TST_INFO) *info = PKCS7_to_TS_TST_INFO(token);
    STACK_OF(X509) *signers = info != NULL ? PKCS7_get0_signers(token, NULL, 0) : NULL;
    X509 *signer = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;
    if (signer == NULL) {
        say(out, JZ_STAMP_MALFORMED, "it is no time stamp with the certificate of its signer");
    } else {
        jz_cert_describe(signer, &out->cert);
        out->at_us = time_of(TS_TST_INFO_get_time(info));
        if (!imprint_fits(info, stamped, &known))
            say(out, known ? JZ_STAMP_MISMATCH : JZ_STAMP_MALFORMED,
                known ? "it is of other bytes" : "its digest is none of SHA-2");
        else if (!jz_cert_valid_at(signer, out->at_us))
            say(out, JZ_STAMP_OUTSIDE, "its certificate was not valid then");
        else if (!signature_holds(token, signer, out->at_us))
            say(out, JZ_STAMP_UNTRUSTED,
                "its signature is wrong, or its certificate is not one for time stamps alone");
        else
            out->sound = true;
        if (out->sound &&
            !jz_trust_leads(trust, JZ_TRUST_TIME, signer, token->d.sign->cert, out->at_us))
            say(out, JZ_STAMP_UNTRUSTED, "its authority is not on the list");
        else if (out->sound)
            say(out, JZ_STAMP_OK, "");
    }
    sk_X509_free(signers);
}

void jz_stamp_check(jz_bytes der, jz_bytes stamped, const jz_trust *trust, jz_stamp *out)
{
    *out = (jz_stamp){ .verdict = JZ_STAMP_MALFORMED };
    (void)ERR_set_mark();
    jz_auto(PKCS7) *token = der.ptr != NULL ? read_token(der) : NULL;
    if (token == NULL || !PKCS7_type_is_signed(token))
        say(out, JZ_STAMP_MALFORMED, "it cannot be read");
    else
        judge_token(token, stamped, trust, out);
    (void)ERR_pop_to_mark();
}

X509 *jz_stamp_signer(jz_bytes der)
{
    X509 *signer = NULL;
    (void)ERR_set_mark();
    jz_auto(PKCS7) *token = der.ptr != NULL ? read_token(der) : NULL;
    if (token != NULL && PKCS7_type_is_signed(token)) {
        STACK_OF(X509) *signers = PKCS7_get0_signers(token, NULL, 0);
        X509 *one = sk_X509_num(signers) == 1 ? sk_X509_value(signers, 0) : NULL;
        if (one != NULL && X509_up_ref(one) == 1)
            signer = one;
        sk_X509_free(signers);
    }
    (void)ERR_pop_to_mark();
    return signer;
}
