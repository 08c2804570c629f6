/* SPDX-License-Identifier: Apache-2.0 */
/* Verifying a detached CMS signature, signer by signer. */
#include <jz/evidence.h>

#include "base/file.h"
#include "evidence/ossl.h"
#include "evidence/signed_data.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#define CERTS_MAX 32 /* in a signature file; signed_data.h takes no more */

JZ_DEFINE_AUTO(CMS_ContentInfo, CMS_ContentInfo_free);
JZ_DEFINE_AUTO(ESS_SIGNING_CERT, ESS_SIGNING_CERT_free);
JZ_DEFINE_AUTO(ESS_SIGNING_CERT_V2, ESS_SIGNING_CERT_V2_free);
JZ_DEFINE_AUTO(X509_STORE_CTX, X509_STORE_CTX_free);

typedef struct verifier {
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certs; /* of the signature file; may be NULL */
    X509_STORE *store;      /* NULL where there is no CA file */
    bool used[CERTS_MAX];   /* of certs: in the chain of a signer */
    BIO *digests;           /* that the content went through; owns what stands below it */
} verifier;

static void name_text(const X509_NAME *name, char out[JZ_TSA_TEXT])
{
    jz_auto(BIO) *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    if (bio == NULL ||
        X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) <
            0)
        return;
    const long len = BIO_get_mem_data(bio, &text);
    if (len > 0)
        (void)snprintf(out, JZ_TSA_TEXT, "%.*s", (int)len, text); /* a longer one is cut */
}

static void claimed_time(CMS_SignerInfo *si, jz_cms_signer *out)
{
    struct tm tm;
    const int at = CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1);
    X509_ATTRIBUTE *attr = at >= 0 ? CMS_signed_get_attr(si, at) : NULL;
    const ASN1_TYPE *type = attr != NULL ? X509_ATTRIBUTE_get0_type(attr, 0) : NULL;
    if (type == NULL || (type->type != V_ASN1_UTCTIME && type->type != V_ASN1_GENERALIZEDTIME) ||
        ASN1_TIME_to_tm(type->value.asn1_string, &tm) != 1)
        return;
    out->claimed_us = (int64_t)timegm(&tm) * 1000000;
}

/* The signed attribute that names the certificate: without it another certificate for the same key
 * could be put in its place. chain: the certificate first. */
static jz_status check_ess(CMS_SignerInfo *si, const STACK_OF(X509) * chain, jz_err *why)
{
    const ASN1_OBJECT *v1 = OBJ_nid2obj(NID_id_smime_aa_signingCertificate);
    const ASN1_OBJECT *v2 = OBJ_nid2obj(NID_id_smime_aa_signingCertificateV2);
    const ASN1_STRING *s1 = CMS_signed_get0_data_by_OBJ(si, v1, -3, V_ASN1_SEQUENCE);
    const ASN1_STRING *s2 = CMS_signed_get0_data_by_OBJ(si, v2, -3, V_ASN1_SEQUENCE);
    const uint8_t *at = NULL;
    jz_auto(ESS_SIGNING_CERT) *ess1 = NULL;
    jz_auto(ESS_SIGNING_CERT_V2) *ess2 = NULL;
    if (s1 != NULL) {
        at = ASN1_STRING_get0_data(s1);
        ess1 = d2i_ESS_SIGNING_CERT(NULL, &at, ASN1_STRING_length(s1));
    }
    if (s2 != NULL) {
        at = ASN1_STRING_get0_data(s2);
        ess2 = d2i_ESS_SIGNING_CERT_V2(NULL, &at, ASN1_STRING_length(s2));
    }
    if (ess1 == NULL && ess2 == NULL)
        return JZ_FAIL(why, JZ_E_MISMATCH, "does not name its certificate: no CAdES signature");
    if (OSSL_ESS_check_signing_certs(ess1, ess2, chain, 1) != 1)
        return JZ_FAIL(why, JZ_E_MISMATCH, "names another certificate than the one that is there");
    return JZ_OK;
}

static jz_status check_signature(const verifier *v, CMS_SignerInfo *si, jz_err *why)
{
    char text[JZ_OSSL_TEXT];
    if (CMS_SignerInfo_verify(si) != 1)
        return JZ_FAIL(why, JZ_E_MISMATCH, "the signature does not hold: %s", jz_ossl_reason(text));
    if (CMS_SignerInfo_verify_content(si, v->digests) != 1)
        return JZ_FAIL(why, JZ_E_MISMATCH, "signed over other content: %s", jz_ossl_reason(text));
    return JZ_OK;
}

/* chain: filled where it could be built; freed by the caller. */
static jz_status check_chain(const verifier *v, X509 *cert, STACK_OF(X509) * *chain, jz_err *why)
{
    jz_auto(X509_STORE_CTX) *ctx = X509_STORE_CTX_new();
    if (v->store == NULL)
        return JZ_FAIL(why, JZ_E_MISMATCH, "no CA file was given to check the certificate by");
    if (ctx == NULL || X509_STORE_CTX_init(ctx, v->store, cert, v->certs) != 1)
        return JZ_FAIL(why, JZ_E_NOMEM, "out of memory");
    (void)X509_STORE_CTX_set_purpose(ctx, X509_PURPOSE_ANY); /* which OpenSSL always knows */
    if (X509_verify_cert(ctx) != 1)
        return JZ_FAIL(why, JZ_E_MISMATCH, "the certificate (level %d) does not hold: %s",
                       X509_STORE_CTX_get_error_depth(ctx),
                       X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
    *chain = X509_STORE_CTX_get1_chain(ctx);
    if ((X509_get_key_usage(cert) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
        return JZ_FAIL(why, JZ_E_MISMATCH, "the certificate is not for signing");
    return JZ_OK;
}

/* What certificate the signature names, in a stack: as much of the chain as is known. */
static jz_status check_named(CMS_SignerInfo *si, X509 *cert, const STACK_OF(X509) * chain,
                             jz_err *why)
{
    if (chain != NULL)
        return check_ess(si, chain, why);
    STACK_OF(X509) *alone = sk_X509_new_null();
    if (alone == NULL || sk_X509_push(alone, cert) <= 0) {
        sk_X509_free(alone);
        return JZ_FAIL(why, JZ_E_NOMEM, "out of memory");
    }
    const jz_status st = check_ess(si, alone, why);
    sk_X509_free(alone);
    return st;
}

static void mark_used(verifier *v, const STACK_OF(X509) * chain)
{
    for (int c = 0; c < sk_X509_num(v->certs) && c < CERTS_MAX; c++)
        for (int i = 0; i < sk_X509_num(chain); i++)
            if (X509_cmp(sk_X509_value(v->certs, c), sk_X509_value(chain, i)) == 0)
                v->used[c] = true;
}

/* A certificate that no chain needs proves nothing, and nothing proves it: a changed copy of one
 * that is known from elsewhere would pass. */
static jz_status check_used(const verifier *v, jz_err *why)
{
    char name[JZ_TSA_TEXT] = "";
    for (int c = 0; c < sk_X509_num(v->certs); c++)
        if (c >= CERTS_MAX || !v->used[c]) {
            name_text(X509_get_subject_name(sk_X509_value(v->certs, c)), name);
            return JZ_FAIL(why, JZ_E_MISMATCH, "holds a certificate that no signer leads to: %s",
                           name);
        }
    return JZ_OK;
}

static void judge(verifier *v, CMS_SignerInfo *si, jz_cms_signer *out)
{
    X509 *cert = NULL;
    STACK_OF(X509) *chain = NULL;
    jz_err chain_why = { 0 };
    claimed_time(si, out);
    CMS_SignerInfo_get0_algs(si, NULL, &cert, NULL, NULL);
    if (cert == NULL) {
        jz_err_set(&out->why, JZ_E_NOTFOUND, "its certificate is not in the file");
        return;
    }
    name_text(X509_get_subject_name(cert), out->subject);
    name_text(X509_get_issuer_name(cert), out->issuer);
    (void)X509_digest(cert, EVP_sha256(), out->cert_sha256, NULL); /* zeros where it fails */
    jz_status st = check_signature(v, si, &out->why);
    out->chain_ok = check_chain(v, cert, &chain, &chain_why) == JZ_OK;
    if (st == JZ_OK)
        st = check_named(si, cert, chain, &out->why);
    out->signed_ok = st == JZ_OK;
    if (out->signed_ok && !out->chain_ok)
        out->why = chain_why;
    mark_used(v, chain);
    jz_ossl_certs_free(chain);
}

/* Runs the content through the digests of the signers. */
static jz_status digest_content(verifier *v, jz_bytes content, jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    char chunk[4096];
    BIO *data = NULL;
    JZ_TRY(jz_ossl_bio(content, &data, err));
    v->digests = CMS_dataInit(v->cms, data);
    if (v->digests == NULL) {
        (void)BIO_free(data);
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the signature's digests: %s", jz_ossl_reason(text));
    }
    if (v->digests == data) /* no digest named: there is nothing to check with */
        return JZ_OK;
    while (BIO_read(v->digests, chunk, sizeof chunk) > 0)
        ;
    return JZ_OK;
}

static jz_status judge_all(verifier *v, jz_bytes content, jz_cms_report *out, jz_err *err)
{
    STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(v->cms);
    const int n = infos != NULL ? sk_CMS_SignerInfo_num(infos) : 0;
    if (n > JZ_CMS_SIGNERS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%d signers, more than %d", n, JZ_CMS_SIGNERS_MAX);
    v->certs = CMS_get1_certs(v->cms);
    (void)CMS_set1_signers_certs(v->cms, NULL, 0); /* those that are missing are told later */
    JZ_TRY(digest_content(v, content, err));
    out->ok = n > 0;
    for (int i = 0; i < n; i++) {
        jz_cms_signer *s = &out->signer[out->n++];
        judge(v, sk_CMS_SignerInfo_value(infos, i), s);
        out->ok = out->ok && s->signed_ok && s->chain_ok;
    }
    if (out->ok)
        out->ok = check_used(v, &out->why) == JZ_OK;
    return JZ_OK;
}

static jz_status parse(jz_bytes der, CMS_ContentInfo **out, jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    const uint8_t *at = der.ptr;
    if (der.len > JZ_CMS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a signature of %zu bytes", der.len);
    JZ_TRY_CTX(jz_signed_data_check(der, JZ_SIGNED_DETACHED, NULL, err), err, "CMS signature");
    *out = d2i_CMS_ContentInfo(NULL, &at, (long)der.len);
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "CMS signature: %s", jz_ossl_reason(text));
    return JZ_OK;
}

static jz_status verify(jz_bytes content, jz_bytes der, const char *ca_file, int64_t at_us,
                        jz_cms_report *out, jz_err *err)
{
    jz_auto(CMS_ContentInfo) *cms = NULL;
    jz_auto(X509_STORE) *store = NULL;
    verifier v = { 0 };
    JZ_TRY(parse(der, &cms, err));
    if (ca_file != NULL)
        JZ_TRY(jz_ossl_store(ca_file, at_us != 0 ? at_us : jz_now_us(), &store, err));
    v.cms = cms;
    v.store = store;
    const jz_status st = judge_all(&v, content, out, err);
    BIO_free_all(v.digests);
    jz_ossl_certs_free(v.certs);
    return st;
}

jz_status jz_cms_verify(jz_bytes content, jz_bytes der, const char *ca_file, int64_t at_us,
                        jz_cms_report *out, jz_err *err)
{
    jz_cms_report r = { 0 };
    (void)ERR_set_mark();
    const jz_status st = verify(content, der, ca_file, at_us, &r, err);
    (void)ERR_pop_to_mark();
    if (st == JZ_OK)
        *out = r;
    return st;
}
