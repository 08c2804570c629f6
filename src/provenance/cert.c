/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/cert.h"

#include "provenance/cose_write.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define RSA_BITS_MIN 2048

JZ_DEFINE_AUTO(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free);
JZ_DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free);
JZ_DEFINE_AUTO(ECDSA_SIG, ECDSA_SIG_free);

void jz_credentials_start_quickly(bool configured)
{
    const uint64_t config = configured ? OPENSSL_INIT_LOAD_CONFIG : OPENSSL_INIT_NO_LOAD_CONFIG;
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | config,
                              NULL); /* else it starts as it always does */
}

jz_status jz_certs_parse(const jz_bytes *der, size_t n, STACK_OF(X509) * *out, jz_err *err)
{
    STACK_OF(X509) *certs = sk_X509_new_null();
    if (certs == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = der[i].ptr;
        (void)ERR_set_mark();
        X509 *c = d2i_X509(NULL, &at, (long)der[i].len);
        (void)ERR_pop_to_mark();
        if (c == NULL || at != der[i].ptr + der[i].len || sk_X509_push(certs, c) <= 0) {
            X509_free(c);
            jz_certs_free(certs);
            return JZ_FAIL(err, JZ_E_CORRUPT, "certificate %zu of %zu cannot be read", i + 1, n);
        }
    }
    *out = certs;
    return JZ_OK;
}

/* ---- what a certificate says ---- */

void jz_cert_name_field(const X509_NAME *name, int nid, char *text, size_t size)
{
    unsigned char *utf8 = NULL;
    text[0] = '\0';
    const int at = X509_NAME_get_index_by_NID(name, nid, -1);
    if (at < 0)
        return;
    (void)ERR_set_mark();
    const int n =
        ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    (void)ERR_pop_to_mark();
    if (n >= 0)
        (void)snprintf(text, size, "%.*s", n, (const char *)utf8); /* a longer one is cut */
    OPENSSL_free(utf8);
}

static void best_name(const X509_NAME *name, char text[JZ_CERT_NAME])
{
    jz_cert_name_field(name, NID_organizationName, text, JZ_CERT_NAME);
    if (text[0] == '\0')
        jz_cert_name_field(name, NID_commonName, text, JZ_CERT_NAME);
}

int64_t jz_asn1_time_us(const ASN1_TIME *t)
{
    struct tm tm = { 0 };
    if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
        return 0;
    return (int64_t)timegm(&tm) * 1000000;
}

void jz_cert_describe(const X509 *cert, jz_cert_info *out)
{
    *out = (jz_cert_info){
        .not_before_us = jz_asn1_time_us(X509_get0_notBefore(cert)),
        .not_after_us = jz_asn1_time_us(X509_get0_notAfter(cert)),
    };
    best_name(X509_get_subject_name(cert), out->name);
    best_name(X509_get_issuer_name(cert), out->issuer);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(cert);
    const int n = ASN1_STRING_length(serial);
    const uint8_t *b = ASN1_STRING_get0_data(serial);
    for (int i = 0; i < n && 2 * i + 3 <= JZ_CERT_SERIAL; i++)
        (void)snprintf(out->serial + 2 * (size_t)i, 3, "%02x", b[i]);
}

bool jz_cert_valid_at(const X509 *cert, int64_t at_us)
{
    const int64_t from = jz_asn1_time_us(X509_get0_notBefore(cert));
    const int64_t to = jz_asn1_time_us(X509_get0_notAfter(cert));
    return from <= at_us && at_us < to + 1000000;
}

/* ---- the profile: 14.5.1 ---- */

static bool no(char why[JZ_CERT_WHY], const char *reason)
{
    (void)snprintf(why, JZ_CERT_WHY, "%s", reason); /* short literals */
    return false;
}

static bool is_sha2(int nid)
{
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

/* The hash and the one of MGF1 are the same, and SHA-2. What is absent is SHA-1. */
static bool pss_is_allowed(const X509 *cert)
{
    const X509_ALGOR *alg = NULL;
    const ASN1_OBJECT *hash = NULL;
    const ASN1_OBJECT *mask = NULL;
    X509_get0_signature(NULL, &alg, cert);
    RSA_PSS_PARAMS *p = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), alg->parameter);
    X509_ALGOR *inner =
        p != NULL && p->maskGenAlgorithm != NULL
            ? ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), p->maskGenAlgorithm->parameter)
            : NULL;
    bool ok = inner != NULL && p->hashAlgorithm != NULL;
    if (ok) {
        X509_ALGOR_get0(&hash, NULL, NULL, p->hashAlgorithm);
        X509_ALGOR_get0(&mask, NULL, NULL, inner);
        ok = OBJ_cmp(hash, mask) == 0 && is_sha2(OBJ_obj2nid(hash));
    }
    X509_ALGOR_free(inner);
    RSA_PSS_PARAMS_free(p);
    return ok;
}

static bool signature_is_allowed(const X509 *cert)
{
    switch (X509_get_signature_nid(cert)) {
    case NID_ecdsa_with_SHA256:
    case NID_ecdsa_with_SHA384:
    case NID_ecdsa_with_SHA512:
    case NID_sha256WithRSAEncryption:
    case NID_sha384WithRSAEncryption:
    case NID_sha512WithRSAEncryption:
    case NID_ED25519:
        return true;
    case NID_rsassaPss:
        return pss_is_allowed(cert);
    default:
        return false;
    }
}

static int curve_of(const EVP_PKEY *key)
{
    char name[64];
    size_t n = 0;
    if (EVP_PKEY_get_group_name(key, name, sizeof name, &n) != 1)
        return NID_undef;
    const int nid = OBJ_sn2nid(name);
    return nid != NID_undef ? nid : EC_curve_nist2nid(name);
}

static bool key_is_allowed(const X509 *cert, char why[JZ_CERT_WHY])
{
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    if (key == NULL)
        return no(why, "its key cannot be read");
    if (EVP_PKEY_is_a(key, "EC")) {
        const int curve = curve_of(key);
        return curve == NID_X9_62_prime256v1 || curve == NID_secp384r1 || curve == NID_secp521r1
                   ? true
                   : no(why, "its key is on another curve than P-256, P-384 and P-521");
    }
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
        return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN
                   ? true
                   : no(why, "its RSA key has fewer than 2048 bits");
    return EVP_PKEY_is_a(key, "ED25519") ? true : no(why, "its key is of a kind not allowed");
}

/* Purposes with which manifests are signed: C2PA's own, and those of earlier versions. */
static bool purpose_is_for_signing(const ASN1_OBJECT *oid)
{
    char text[64];
    static const char *const allowed[] = {
        "1.3.6.1.4.1.62558.2.1", /* c2pa-kp-claimSigning */
        "1.3.6.1.5.5.7.3.4",     /* emailProtection */
        "1.3.6.1.5.5.7.3.36",    /* documentSigning */
    };
    (void)OBJ_obj2txt(text, sizeof text, oid, 1); /* a longer one is none of these */
    for (size_t i = 0; i < JZ_ARRAY_LEN(allowed); i++) {
        if (strcmp(text, allowed[i]) == 0)
            return true;
    }
    return false;
}

static bool purposes_are_allowed(const X509 *cert, char why[JZ_CERT_WHY])
{
    bool signs = false;
    bool other = false;
    jz_auto(EXTENDED_KEY_USAGE) *list = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
    if (list == NULL)
        return no(why, "it has no extended key usage");
    for (int i = 0; i < sk_ASN1_OBJECT_num(list); i++) {
        const ASN1_OBJECT *oid = sk_ASN1_OBJECT_value(list, i);
        const int nid = OBJ_obj2nid(oid);
        if (nid == NID_anyExtendedKeyUsage)
            return no(why, "its extended key usage is any");
        other = other || nid == NID_time_stamp || nid == NID_OCSP_sign;
        signs = signs || purpose_is_for_signing(oid);
    }
    if (!signs)
        return no(why, "its extended key usage is not claim signing, e-mail protection or "
                       "document signing");
    return other ? no(why, "its extended key usage is time stamping or OCSP besides signing")
                 : true;
}

static bool form_is_allowed(X509 *cert, char why[JZ_CERT_WHY])
{
    const uint32_t flags = X509_get_extension_flags(cert);
    const uint32_t usage = X509_get_key_usage(cert);
    const ASN1_BIT_STRING *issuer_id = NULL;
    const ASN1_BIT_STRING *subject_id = NULL;
    if (X509_get_version(cert) != X509_VERSION_3)
        return no(why, "it is not of version 3");
    if ((flags & EXFLAG_INVALID) != 0)
        return no(why, "its extensions cannot be read");
    X509_get0_uids(cert, &issuer_id, &subject_id);
    if (issuer_id != NULL || subject_id != NULL)
        return no(why, "it has a unique identifier of its issuer or subject");
    if ((flags & EXFLAG_CA) != 0)
        return no(why, "it is one of an authority (CA)");
    if ((flags & EXFLAG_KUSAGE) == 0)
        return no(why, "it has no key usage");
    if ((usage & KU_DIGITAL_SIGNATURE) == 0)
        return no(why, "its key usage does not have digitalSignature");
    if ((usage & KU_KEY_CERT_SIGN) != 0)
        return no(why, "its key usage has keyCertSign");
    if ((flags & EXFLAG_SS) == 0 && X509_get_ext_by_NID(cert, NID_authority_key_identifier, -1) < 0)
        return no(why, "it has no authority key identifier");
    return true;
}

bool jz_cert_may_sign(STACK_OF(X509) * certs, char why[JZ_CERT_WHY])
{
    X509 *cert = sk_X509_value(certs, 0);
    (void)ERR_set_mark();
    bool ok =
        form_is_allowed(cert, why) && key_is_allowed(cert, why) && purposes_are_allowed(cert, why);
    for (int i = 0; ok && i < sk_X509_num(certs); i++) {
        if (!signature_is_allowed(sk_X509_value(certs, i)))
            ok = no(why, "it, or one of its chain, is signed by an algorithm not allowed");
    }
    (void)ERR_pop_to_mark();
    return ok;
}

/* ---- signatures ---- */

/* RFC 9053, 2.1: r and s of the curve's width; OpenSSL wants DER. */
static int ecdsa_to_der(const EVP_PKEY *key, jz_bytes raw, uint8_t **der, char why[JZ_CERT_WHY])
{
    const size_t width = ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
    if (raw.len != 2 * width) {
        (void)snprintf(why, JZ_CERT_WHY, "the signature has %zu bytes instead of %zu", raw.len,
                       2 * width);
        return -1;
    }
    jz_auto(ECDSA_SIG) *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.ptr, (int)width, NULL);
    BIGNUM *s = BN_bin2bn(raw.ptr + width, (int)width, NULL);
    if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        (void)no(why, "out of memory");
        return -1;
    }
    return i2d_ECDSA_SIG(sig, der);
}

const EVP_MD *jz_cose_digest(jz_cose_alg alg)
{
    switch (alg) {
    case JZ_COSE_ES256:
    case JZ_COSE_PS256:
        return EVP_sha256();
    case JZ_COSE_ES384:
    case JZ_COSE_PS384:
        return EVP_sha384();
    case JZ_COSE_ES512:
    case JZ_COSE_PS512:
        return EVP_sha512();
    default:
        return NULL; /* Ed25519 has its own */
    }
}

bool jz_cose_alg_fits(const EVP_PKEY *key, jz_cose_alg alg)
{
    if (alg <= JZ_COSE_ES512)
        return EVP_PKEY_is_a(key, "EC");
    if (alg <= JZ_COSE_PS512)
        return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
    return alg == JZ_COSE_EDDSA && EVP_PKEY_is_a(key, "ED25519");
}

static bool check(EVP_PKEY *key, jz_cose_alg alg, jz_bytes message, jz_bytes signature,
                  char why[JZ_CERT_WHY])
{
    EVP_PKEY_CTX *pc = NULL;
    const EVP_MD *md = jz_cose_digest(alg);
    jz_auto(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestVerifyInit(ctx, &pc, md, NULL, key) != 1)
        return no(why, "the key cannot be used with that algorithm");
    if (alg >= JZ_COSE_PS256 && alg <= JZ_COSE_PS512 &&
        (EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_mgf1_md(pc, md) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, RSA_PSS_SALTLEN_DIGEST) != 1))
        return no(why, "the key cannot be used with that algorithm");
    if (EVP_DigestVerify(ctx, signature.ptr, signature.len, message.ptr, message.len) != 1)
        return no(why, "the signature does not fit the claim and the key");
    return true;
}

bool jz_cert_verify(X509 *cert, jz_cose_alg alg, jz_bytes message, jz_bytes signature,
                    char why[JZ_CERT_WHY])
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    uint8_t *der = NULL;
    if (key == NULL || !jz_cose_alg_fits(key, alg))
        return no(why, "the key is of another kind than the algorithm");
    (void)ERR_set_mark();
    bool ok = true;
    if (alg <= JZ_COSE_ES512) {
        const int n = ecdsa_to_der(key, signature, &der, why);
        ok = n > 0;
        signature = (jz_bytes){ der, ok ? (size_t)n : 0 };
    }
    ok = ok && check(key, alg, message, signature, why);
    OPENSSL_free(der);
    (void)ERR_pop_to_mark();
    return ok;
}
