/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and certificates for signing, by OpenSSL: PEM files, and what a PKCS #11 URI names. Whatever
 * a validator would refuse in the certificates is refused here, with its reason, before anything is
 * written. */
#include "provenance/signer.h"

#include "base/alloc.h"
#include "base/file.h"
#include "provenance/cose_write.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/store.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define PEM_MAX ((size_t)256 << 10) /* bytes of a key or a chain */

JZ_DEFINE_AUTO(BIO, BIO_free_all);
JZ_DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free);
JZ_DEFINE_AUTO(ECDSA_SIG, ECDSA_SIG_free);

const char *jz_openssl_reason(char text[JZ_SIGNER_REASON])
{
    const unsigned long code = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(code);
    if (reason != NULL)
        (void)snprintf(text, JZ_SIGNER_REASON, "%s", reason);
    else
        (void)snprintf(text, JZ_SIGNER_REASON, "openssl errstr %lX tells why", code);
    return text;
}

void jz_signer_free(jz_signer *s)
{
    if (s == NULL)
        return;
    EVP_PKEY_free(s->key);
    jz_certs_free(s->certs);
    jz_buf_done(&s->protect);
    jz_free(s);
}
JZ_DEFINE_AUTO(jz_signer, jz_signer_free);

/* ---- the key ---- */

static int give_password(char *buf, int size, int writing, void *user)
{
    const char *password = user;
    (void)writing;
    if (password == NULL || size <= 0 || strlen(password) >= (size_t)size)
        return -1; /* instead of asking on the terminal */
    return snprintf(buf, (size_t)size, "%s", password);
}

static jz_status key_of_file(const char *path, char *password, EVP_PKEY **out, jz_err *err)
{
    char text[JZ_SIGNER_REASON];
    JZ_BUF_AUTO pem = { 0 };
    JZ_TRY(jz_file_read(path, PEM_MAX, &pem, err));
    jz_auto(BIO) *bio = BIO_new_mem_buf(pem.ptr != NULL ? pem.ptr : "", (int)pem.len);
    if (bio != NULL)
        *out = PEM_read_bio_PrivateKey(bio, NULL, give_password, password);
    if (pem.ptr != NULL)
        OPENSSL_cleanse(pem.ptr, pem.len);
    if (bio == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no private key that can be read: %s", path,
                       jz_openssl_reason(text));
    return JZ_OK;
}

/* The first private key of a URI, which whoever serves its scheme in OpenSSL's configuration finds:
 * the provider of PKCS #11. */
static EVP_PKEY *key_of_store(const char *uri)
{
    EVP_PKEY *key = NULL;
    OSSL_STORE_CTX *ctx = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
    while (ctx != NULL && key == NULL && OSSL_STORE_eof(ctx) == 0) {
        OSSL_STORE_INFO *info = OSSL_STORE_load(ctx);
        if (info != NULL && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
            key = OSSL_STORE_INFO_get1_PKEY(info);
        if (info == NULL && OSSL_STORE_error(ctx) == 1)
            break;
        OSSL_STORE_INFO_free(info);
    }
    (void)OSSL_STORE_close(ctx);
    return key;
}

/* RFC 7512. Where no provider serves the scheme, the engine may. */
static jz_status key_of_token(const char *uri, EVP_PKEY **out, jz_err *err)
{
    char text[JZ_SIGNER_REASON];
    *out = key_of_store(uri);
    if (*out == NULL)
        *out = jz_engine_key(uri);
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_NOTFOUND,
                       "no private key at that PKCS #11 URI, or OpenSSL has neither provider nor "
                       "engine for PKCS #11: %s",
                       jz_openssl_reason(text));
    return JZ_OK;
}

static jz_status read_key(const jz_signer_opts *o, EVP_PKEY **out, jz_err *err)
{
    if (strncmp(o->key, "pkcs11:", 7) == 0)
        return key_of_token(o->key, out, err);
    jz_auto(char) *password = o->password != NULL ? jz_strdup(o->password) : NULL;
    if (o->password != NULL && password == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = key_of_file(o->key, password, out, err);
    if (password != NULL)
        OPENSSL_cleanse(password, strlen(password));
    return st;
}

/* ---- the algorithm ---- */

static jz_cose_alg usual_alg(const EVP_PKEY *key)
{
    const int bits = EVP_PKEY_get_bits(key);
    if (EVP_PKEY_is_a(key, "EC"))
        return bits <= 256 ? JZ_COSE_ES256 : bits <= 384 ? JZ_COSE_ES384 : JZ_COSE_ES512;
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS"))
        return JZ_COSE_PS256;
    return EVP_PKEY_is_a(key, "ED25519") ? JZ_COSE_EDDSA : JZ_COSE_OTHER;
}

static jz_status choose_alg(jz_signer *s, const char *name, jz_err *err)
{
    s->alg = usual_alg(s->key);
    for (int i = 0; name != NULL && i <= JZ_COSE_OTHER; i++) {
        s->alg = (jz_cose_alg)i;
        if (i == JZ_COSE_OTHER)
            return JZ_FAIL(err, JZ_E_INVAL,
                           "'%s' is none of es256, es384, es512, ps256, ps384, ps512, ed25519",
                           name);
        if (strcmp(jz_cose_alg_name(s->alg), name) == 0)
            break;
    }
    if (!jz_cose_alg_fits(s->key, s->alg))
        return JZ_FAIL(err, JZ_E_INVAL, "the key is not one for %s",
                       name != NULL ? name : "any algorithm of C2PA");
    if (s->alg <= JZ_COSE_ES512 && s->alg != usual_alg(s->key))
        return JZ_FAIL(err, JZ_E_INVAL,
                       "%s wants a key on another curve (%s is this key's): validators refuse it",
                       name, jz_cose_alg_name(usual_alg(s->key)));
    const size_t width = ((size_t)EVP_PKEY_get_bits(s->key) + 7) / 8;
    s->size = s->alg <= JZ_COSE_ES512 ? 2 * width : s->alg == JZ_COSE_EDDSA ? 64 : width;
    return s->size <= JZ_SIGNATURE_MAX
               ? JZ_OK
               : JZ_FAIL(err, JZ_E_LIMIT, "a key of %d bits", EVP_PKEY_get_bits(s->key));
}

/* ---- the certificates ---- */

static jz_status read_certs(const char *path, STACK_OF(X509) * certs, jz_err *err)
{
    JZ_BUF_AUTO pem = { 0 };
    X509 *one = NULL;
    JZ_TRY(jz_file_read(path, PEM_MAX, &pem, err));
    jz_auto(BIO) *bio = BIO_new_mem_buf(pem.ptr != NULL ? pem.ptr : "", (int)pem.len);
    if (bio == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    while ((one = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (sk_X509_push(certs, one) <= 0) {
            X509_free(one);
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        }
    }
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: certificate %d cannot be read", path,
                       sk_X509_num(certs) + 1);
    if (sk_X509_num(certs) == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no certificate in PEM form", path);
    return JZ_OK;
}

static bool is_own_issuer(X509 *cert)
{
    return X509_check_issued(cert, cert) == X509_V_OK;
}

/* Each is issued by the next one; a root at the end is left out (14.5.2). */
static jz_status check_chain(STACK_OF(X509) * certs, jz_err *err)
{
    const int n = sk_X509_num(certs);
    for (int i = 0; i + 1 < n; i++) {
        if (X509_check_issued(sk_X509_value(certs, i + 1), sk_X509_value(certs, i)) != X509_V_OK)
            return JZ_FAIL(err, JZ_E_INVAL,
                           "certificate %d of the chain is not issued by the one behind it", i + 1);
    }
    if (n > 1 && is_own_issuer(sk_X509_value(certs, n - 1)))
        X509_free(sk_X509_pop(certs));
    if (sk_X509_num(certs) > JZ_COSE_CERTS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%d certificates, limit %d", sk_X509_num(certs),
                       JZ_COSE_CERTS_MAX);
    return JZ_OK;
}

static jz_status check_leaf(const jz_signer *s, jz_err *err)
{
    char why[JZ_CERT_WHY] = "";
    X509 *leaf = sk_X509_value(s->certs, 0);
    const int64_t now = jz_now_us();
    if (!jz_cert_may_sign(s->certs, why))
        return JZ_FAIL(err, JZ_E_INVAL, "the certificate may not sign: %s", why);
    if (X509_check_private_key(leaf, s->key) != 1)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the key is another certificate's");
    if (!jz_cert_valid_at(leaf, now)) {
        char from[32];
        char to[32];
        return JZ_FAIL(err, JZ_E_INVAL, "the certificate is valid from %s to %s, not now",
                       jz_time_text(jz_asn1_time_us(X509_get0_notBefore(leaf)), from, sizeof from),
                       jz_time_text(jz_asn1_time_us(X509_get0_notAfter(leaf)), to, sizeof to));
    }
    return JZ_OK;
}

static jz_status open_signer(const jz_signer_opts *o, jz_signer *s, jz_err *err)
{
    JZ_TRY_CTX(read_certs(o->cert_path, s->certs, err), err, "the certificate");
    JZ_TRY_CTX(read_key(o, &s->key, err), err, "the key");
    JZ_TRY(choose_alg(s, o->alg, err));
    JZ_TRY_CTX(check_chain(s->certs, err), err, "%s", o->cert_path);
    JZ_TRY_CTX(check_leaf(s, err), err, "%s", o->cert_path);
    jz_cose_put_protected(&s->protect, s->alg, s->certs);
    return jz_buf_check(&s->protect, err);
}

jz_status jz_signer_open(const jz_signer_opts *opts, jz_signer **out, jz_err *err)
{
    jz_auto(jz_signer) *s = jz_alloc_zero(1, sizeof *s);
    if (s != NULL)
        s->certs = sk_X509_new_null();
    if (s == NULL || s->certs == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    (void)ERR_set_mark();
    const jz_status st = open_signer(opts, s, err);
    (void)ERR_pop_to_mark();
    if (st == JZ_OK)
        *out = JZ_TAKE(s);
    return st;
}

/* ---- signing ---- */

/* RFC 9053, 2.1: r and s of the curve's width each. Tokens give DER as OpenSSL does. */
static bool ecdsa_from_der(const uint8_t *der, size_t len, size_t width, uint8_t *out)
{
    const uint8_t *at = der;
    jz_auto(ECDSA_SIG) *sig = d2i_ECDSA_SIG(NULL, &at, (long)len);
    return sig != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, (int)width) == (int)width &&
           BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + width, (int)width) == (int)width;
}

static bool sign(const jz_signer *s, jz_bytes message, uint8_t *raw, size_t *len)
{
    EVP_PKEY_CTX *pc = NULL;
    const EVP_MD *md = jz_cose_digest(s->alg);
    jz_auto(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestSignInit(ctx, &pc, md, NULL, s->key) != 1)
        return false;
    if (s->alg >= JZ_COSE_PS256 && s->alg <= JZ_COSE_PS512 &&
        (EVP_PKEY_CTX_set_rsa_padding(pc, RSA_PKCS1_PSS_PADDING) != 1 ||
         EVP_PKEY_CTX_set_rsa_mgf1_md(pc, md) != 1 ||
         EVP_PKEY_CTX_set_rsa_pss_saltlen(pc, RSA_PSS_SALTLEN_DIGEST) != 1))
        return false;
    return EVP_DigestSign(ctx, raw, len, message.ptr, message.len) == 1;
}

jz_status jz_signer_sign(const jz_signer *s, jz_bytes message, uint8_t out[JZ_SIGNATURE_MAX],
                         jz_err *err)
{
    uint8_t raw[JZ_SIGNATURE_MAX];
    char text[JZ_SIGNER_REASON];
    size_t len = sizeof raw;
    (void)ERR_set_mark();
    bool ok = sign(s, message, raw, &len);
    if (ok && s->alg <= JZ_COSE_ES512) {
        ok = ecdsa_from_der(raw, len, s->size / 2, out);
    } else if (ok) {
        ok = len == s->size;
        memcpy(out, raw, ok ? len : 0);
    }
    if (!ok)
        jz_err_set(err, JZ_E_IO, "the key does not sign: %s", jz_openssl_reason(text));
    (void)ERR_pop_to_mark();
    return ok ? JZ_OK : JZ_E_IO;
}
