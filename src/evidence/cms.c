/* SPDX-License-Identifier: Apache-2.0 */
/* Making a detached CMS signature with the CAdES attribute (ETSI EN 319 122-1, 5.2.2: the signer's
 * certificate is named by its hash in what is signed). */
#include <jz/evidence.h>

#include "base/alloc.h"
#include "base/file.h"
#include "evidence/ossl.h"

#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define KEY_MAX ((size_t)64 << 10) /* bytes of a key file */
#define RSA_BITS_MIN 2048
#define SIGN_FLAGS (CMS_DETACHED | CMS_BINARY | CMS_CADES | CMS_NOSMIMECAP)

JZ_DEFINE_AUTO(CMS_ContentInfo, CMS_ContentInfo_free);

static int give_password(char *buf, int size, int writing, void *user)
{
    const char *password = user;
    (void)writing;
    if (password == NULL || size <= 0 || strlen(password) >= (size_t)size)
        return -1; /* instead of asking on the terminal */
    return snprintf(buf, (size_t)size, "%s", password);
}

static jz_status read_key(const jz_cms_key *k, EVP_PKEY **out, jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    JZ_BUF_AUTO pem = { 0 };
    jz_auto(BIO) *bio = NULL;
    JZ_TRY(jz_file_read(k->key_file, KEY_MAX, &pem, err));
    JZ_TRY(jz_ossl_bio((jz_bytes){ (const uint8_t *)pem.ptr, pem.len }, &bio, err));
    char *password = NULL;
    jz_auto(char) *copy = NULL; /* OpenSSL's callback takes what is not const */
    if (k->password != NULL) {
        copy = jz_strdup(k->password);
        if (copy == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        password = copy;
    }
    *out = PEM_read_bio_PrivateKey(bio, NULL, give_password, password);
    if (copy != NULL)
        OPENSSL_cleanse(copy, strlen(copy));
    if (pem.ptr != NULL)
        OPENSSL_cleanse(pem.ptr, pem.len);
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no key that can be read: %s", k->key_file,
                       jz_ossl_reason(text));
    return JZ_OK;
}

/* What OpenSSL's CMS signs with and every verifier knows. */
static jz_status check_kind(const char *file, const EVP_PKEY *key, jz_err *err)
{
    static const char *const curves[] = { "prime256v1", "secp384r1", "secp521r1" };
    char group[64] = "";
    if (EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) >= RSA_BITS_MIN)
        return JZ_OK;
    if (EVP_PKEY_is_a(key, "RSA"))
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: RSA of %d bits, fewer than %d", file,
                       EVP_PKEY_get_bits(key), RSA_BITS_MIN);
    if (EVP_PKEY_is_a(key, "EC"))
        (void)EVP_PKEY_get_group_name(key, group, sizeof group, NULL); /* stays empty */
    for (size_t i = 0; i < JZ_ARRAY_LEN(curves); i++)
        if (strcmp(group, curves[i]) == 0)
            return JZ_OK;
    const char *type = EVP_PKEY_get0_type_name(key);
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: a key of kind %s %s, not RSA or EC on a NIST curve",
                   file, type != NULL ? type : "unknown", group);
}

static jz_status check_cert(const jz_cms_key *k, X509 *cert, const EVP_PKEY *key, jz_err *err)
{
    if (X509_check_private_key(cert, key) != 1)
        return JZ_FAIL(err, JZ_E_MISMATCH, "%s is not the key of the certificate in %s",
                       k->key_file, k->cert_file);
    if (X509_cmp_current_time(X509_get0_notBefore(cert)) >= 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "%s: the certificate is not valid yet by this clock",
                       k->cert_file);
    if (X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "%s: the certificate has expired by this clock",
                       k->cert_file);
    if ((X509_get_key_usage(cert) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
        return JZ_FAIL(err, JZ_E_MISMATCH, "%s: the certificate is not for signing", k->cert_file);
    return JZ_OK;
}

/* Two signers may share those above them: one that is there already is no error. */
static jz_status add_above(CMS_ContentInfo *cms, STACK_OF(X509) * certs, jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    for (int i = 1; i < sk_X509_num(certs); i++)
        if (CMS_add1_cert(cms, sk_X509_value(certs, i)) != 1 &&
            ERR_GET_REASON(ERR_peek_last_error()) != CMS_R_CERTIFICATE_ALREADY_PRESENT)
            return JZ_FAIL(err, JZ_E_NOMEM, "adding a certificate: %s", jz_ossl_reason(text));
    return JZ_OK;
}

static jz_status add_certified(CMS_ContentInfo *cms, const jz_cms_key *k, STACK_OF(X509) * certs,
                               jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    jz_auto(EVP_PKEY) *key = NULL;
    X509 *cert = sk_X509_value(certs, 0);
    JZ_TRY(read_key(k, &key, err));
    JZ_TRY(check_cert(k, cert, key, err));
    JZ_TRY(check_kind(k->key_file, key, err));
    if (CMS_add1_signer(cms, cert, key, EVP_sha256(), SIGN_FLAGS) == NULL)
        return JZ_FAIL(err, JZ_E_INVAL, "%s: OpenSSL does not take this signer: %s", k->cert_file,
                       jz_ossl_reason(text));
    return add_above(cms, certs, err);
}

static jz_status add_signer(CMS_ContentInfo *cms, const jz_cms_key *k, jz_err *err)
{
    STACK_OF(X509) *certs = NULL;
    JZ_TRY(jz_ossl_certs(k->cert_file, &certs, err));
    const jz_status st = add_certified(cms, k, certs, err);
    jz_ossl_certs_free(certs);
    return st;
}

static jz_status encode(CMS_ContentInfo *cms, uint8_t **out, size_t *len, jz_err *err)
{
    const int size = i2d_CMS_ContentInfo(cms, NULL);
    uint8_t *der = size > 0 ? jz_alloc((size_t)size) : NULL;
    if (der == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    uint8_t *at = der;
    *len = (size_t)i2d_CMS_ContentInfo(cms, &at);
    *out = der;
    return JZ_OK;
}

static jz_status sign(jz_bytes content, const jz_cms_key *keys, size_t n, uint8_t **out,
                      size_t *len, jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    jz_auto(BIO) *data = NULL;
    jz_auto(CMS_ContentInfo) *cms = CMS_sign(NULL, NULL, NULL, NULL, SIGN_FLAGS | CMS_PARTIAL);
    if (cms == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "beginning a signature: %s", jz_ossl_reason(text));
    for (size_t i = 0; i < n; i++)
        JZ_TRY(add_signer(cms, &keys[i], err));
    JZ_TRY(jz_ossl_bio(content, &data, err));
    if (CMS_final(cms, data, NULL, SIGN_FLAGS) != 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "signing: %s", jz_ossl_reason(text));
    return encode(cms, out, len, err);
}

jz_status jz_cms_sign(jz_bytes content, const jz_cms_key *keys, size_t n, uint8_t **out,
                      size_t *len, jz_err *err)
{
    if (n == 0 || n > JZ_CMS_SIGNERS_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "%zu signers: 1 to %d are possible", n, JZ_CMS_SIGNERS_MAX);
    (void)ERR_set_mark();
    const jz_status st = sign(content, keys, n, out, len, err);
    (void)ERR_pop_to_mark();
    return st;
}
