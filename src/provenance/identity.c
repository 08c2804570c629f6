/* SPDX-License-Identifier: Apache-2.0 */
/* Keys with certificates that validators of C2PA accept: the shape is that of 14.5.1, with both
 * purposes that they look for. A test certificate hangs from a root that signs this once. */
#include "provenance/signer.h"

#include "base/alloc.h"
#include "base/json.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <string.h>

#define RSA_BITS 3072U
#define DAYS 365U
#define DAYS_MAX 3650U
#define ROOT_DAYS 3650L
#define TEXT_MAX 64U /* characters of a name: X.520, upper bounds */

JZ_DEFINE_AUTO(BIO, BIO_free_all);
JZ_DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free);
JZ_DEFINE_AUTO(X509_REQ, X509_REQ_free);
JZ_DEFINE_AUTO(X509_NAME, X509_NAME_free);
JZ_DEFINE_AUTO(BIGNUM, BN_free);

void jz_identity_done(jz_identity *i)
{
    if (i->key != NULL)
        OPENSSL_cleanse(i->key, strlen(i->key));
    jz_free(i->key);
    jz_free(i->chain);
    jz_free(i->root);
    jz_free(i->request);
    *i = (jz_identity){ 0 };
}

static jz_status refused(const char *what, jz_err *err)
{
    char text[JZ_SIGNER_REASON];
    return JZ_FAIL(err, JZ_E_NOMEM, "%s: %s", what, jz_openssl_reason(text));
}

/* ---- keys and names ---- */

static EVP_PKEY *make_key(const char *alg)
{
    if (strcmp(alg, "es256") == 0)
        return EVP_EC_gen("P-256");
    if (strcmp(alg, "es384") == 0)
        return EVP_EC_gen("P-384");
    if (strcmp(alg, "es512") == 0)
        return EVP_EC_gen("P-521");
    if (strncmp(alg, "ps", 2) == 0)
        return EVP_RSA_gen(RSA_BITS);
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static const EVP_MD *digest_for(const EVP_PKEY *key)
{
    return EVP_PKEY_is_a(key, "ED25519")   ? NULL
           : EVP_PKEY_get_bits(key) == 384 ? EVP_sha384()
           : EVP_PKEY_get_bits(key) == 521 ? EVP_sha512()
                                           : EVP_sha256();
}

static bool add_entry(X509_NAME *name, const char *field, const char *text)
{
    return text == NULL || X509_NAME_add_entry_by_txt(name, field, MBSTRING_UTF8,
                                                      (const uint8_t *)text, -1, -1, 0) == 1;
}

static X509_NAME *make_name(const jz_identity_opts *o, const char *common)
{
    jz_auto(X509_NAME) *name = X509_NAME_new();
    if (name == NULL || !add_entry(name, "C", o->country) ||
        !add_entry(name, "O", o->organisation) || !add_entry(name, "CN", common))
        return NULL;
    return JZ_TAKE(name);
}

/* ---- extensions ---- */

typedef struct extension {
    int nid;
    const char *value;
} extension;

static const extension leaf_extensions[] = {
    { NID_basic_constraints, "critical,CA:FALSE" },
    { NID_key_usage, "critical,digitalSignature" },
    { NID_ext_key_usage, "1.3.6.1.4.1.62558.2.1,emailProtection" }, /* claim signing */
    { NID_subject_key_identifier, "hash" },
    { NID_authority_key_identifier, "keyid" },
};
#define REQUESTED 3 /* the identifiers are the authority's business */

static const extension root_extensions[] = {
    { NID_basic_constraints, "critical,CA:TRUE,pathlen:0" },
    { NID_key_usage, "critical,keyCertSign,cRLSign" },
    { NID_subject_key_identifier, "hash" },
};

static bool extend(X509 *cert, X509 *issuer, const extension *list, size_t n)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    for (size_t i = 0; i < n; i++) {
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, list[i].nid, list[i].value);
        const bool ok = e != NULL && X509_add_ext(cert, e, -1) == 1;
        X509_EXTENSION_free(e);
        if (!ok)
            return false;
    }
    return true;
}

/* ---- certificates ---- */

static bool set_serial(X509 *cert)
{
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (uint8_t)(bytes[0] % 0x7f + 1); /* positive */
    jz_auto(BIGNUM) *n = BN_bin2bn(bytes, sizeof bytes, NULL);
    return n != NULL && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)) != NULL;
}

/* Valid from an hour ago: clocks differ. */
static X509 *begin_cert(X509_NAME *subject, X509_NAME *issuer, EVP_PKEY *key, long days)
{
    jz_auto(X509) *cert = X509_new();
    if (cert == NULL || X509_set_version(cert, X509_VERSION_3) != 1 || !set_serial(cert) ||
        X509_set_subject_name(cert, subject) != 1 || X509_set_issuer_name(cert, issuer) != 1 ||
        X509_set_pubkey(cert, key) != 1 ||
        X509_gmtime_adj(X509_getm_notBefore(cert), -3600) == NULL ||
        X509_time_adj_ex(X509_getm_notAfter(cert), (int)days, 0, NULL) == NULL)
        return NULL;
    return JZ_TAKE(cert);
}

typedef struct pair {
    X509 *leaf, *root;
} pair;

static bool issue(const jz_identity_opts *o, EVP_PKEY *key, pair *out)
{
    jz_auto(EVP_PKEY) *root_key = EVP_EC_gen("P-256");
    jz_auto(X509_NAME) *root_name = make_name(o, "Test Root, not for publication");
    jz_auto(X509_NAME) *name = make_name(o, o->name);
    if (root_key == NULL || root_name == NULL || name == NULL)
        return false;
    jz_auto(X509) *root = begin_cert(root_name, root_name, root_key, ROOT_DAYS);
    jz_auto(X509) *leaf = begin_cert(name, root_name, key, (long)(o->days != 0 ? o->days : DAYS));
    if (root == NULL || leaf == NULL ||
        !extend(root, root, root_extensions, JZ_ARRAY_LEN(root_extensions)) ||
        X509_sign(root, root_key, EVP_sha256()) == 0 ||
        !extend(leaf, root, leaf_extensions, JZ_ARRAY_LEN(leaf_extensions)) ||
        X509_sign(leaf, root_key, EVP_sha256()) == 0)
        return false;
    *out = (pair){ JZ_TAKE(leaf), JZ_TAKE(root) };
    return true;
}

static X509_REQ *request(const jz_identity_opts *o, EVP_PKEY *key)
{
    jz_auto(X509_REQ) *req = X509_REQ_new();
    jz_auto(X509_NAME) *name = make_name(o, o->name);
    jz_auto(X509) *shape = X509_new(); /* only to hold the extensions */
    if (req == NULL || name == NULL || shape == NULL || X509_REQ_set_subject_name(req, name) != 1 ||
        X509_REQ_set_pubkey(req, key) != 1 || !extend(shape, shape, leaf_extensions, REQUESTED))
        return NULL;
    STACK_OF(X509_EXTENSION) *list = sk_X509_EXTENSION_new_null();
    bool ok = list != NULL;
    for (int i = 0; ok && i < X509_get_ext_count(shape); i++)
        ok = sk_X509_EXTENSION_push(list, X509_get_ext(shape, i)) > 0;
    ok = ok && X509_REQ_add_extensions(req, list) == 1 &&
         X509_REQ_sign(req, key, digest_for(key)) != 0;
    sk_X509_EXTENSION_free(list); /* shape owns what is in it */
    return ok ? JZ_TAKE(req) : NULL;
}

/* ---- as text ---- */

static char *text_of(BIO *bio)
{
    char *data = NULL;
    const long n = BIO_get_mem_data(bio, &data);
    char *text = n > 0 ? jz_strndup(data, (size_t)n) : NULL;
    if (n > 0)
        OPENSSL_cleanse(data, (size_t)n);
    return text;
}

static char *key_text(EVP_PKEY *key, const char *password)
{
    jz_auto(BIO) *bio = BIO_new(BIO_s_secmem());
    const EVP_CIPHER *cipher = password != NULL ? EVP_aes_256_cbc() : NULL;
    const int n = password != NULL ? (int)strlen(password) : 0;
    if (bio == NULL ||
        PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, password, n, NULL, NULL) != 1)
        return NULL;
    return text_of(bio);
}

static char *cert_text(X509 *cert)
{
    jz_auto(BIO) *bio = BIO_new(BIO_s_mem());
    return bio != NULL && PEM_write_bio_X509(bio, cert) == 1 ? text_of(bio) : NULL;
}

static char *request_text(X509_REQ *req)
{
    jz_auto(BIO) *bio = BIO_new(BIO_s_mem());
    return bio != NULL && PEM_write_bio_X509_REQ(bio, req) == 1 ? text_of(bio) : NULL;
}

static jz_status write_certs(const jz_identity_opts *o, EVP_PKEY *key, jz_identity *out,
                             jz_err *err)
{
    pair made = { 0 };
    if (!issue(o, key, &made))
        return refused("a certificate", err);
    out->chain = cert_text(made.leaf);
    out->root = cert_text(made.root);
    X509_free(made.leaf);
    X509_free(made.root);
    return out->chain != NULL && out->root != NULL ? JZ_OK : refused("a certificate", err);
}

static jz_status write_request(const jz_identity_opts *o, EVP_PKEY *key, jz_identity *out,
                               jz_err *err)
{
    jz_auto(X509_REQ) *req = request(o, key);
    out->request = req != NULL ? request_text(req) : NULL;
    return out->request != NULL ? JZ_OK : refused("a request", err);
}

/* ---- all ---- */

static size_t characters(const char *s)
{
    size_t n = 0;
    for (; *s != '\0'; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

static jz_status check_text(const char *what, const char *text, jz_err *err)
{
    if (text == NULL || text[0] == '\0')
        return JZ_FAIL(err, JZ_E_INVAL, "no %s", what);
    if (!jz_utf8_valid(text, strlen(text)) || characters(text) > TEXT_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "the %s is not UTF-8 of up to %u characters", what,
                       TEXT_MAX);
    return JZ_OK;
}

static bool is_country(const char *c)
{
    return c[0] >= 'A' && c[0] <= 'Z' && c[1] >= 'A' && c[1] <= 'Z' && c[2] == '\0';
}

static jz_status check_opts(const jz_identity_opts *o, jz_err *err)
{
    bool known = o->alg == NULL;
    JZ_TRY(check_text("name", o->name, err));
    JZ_TRY(check_text("organisation", o->organisation, err));
    if (o->country != NULL && !is_country(o->country))
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no country of two capital letters", o->country);
    if (o->days > DAYS_MAX)
        return JZ_FAIL(err, JZ_E_INVAL, "%u days, limit %u", o->days, DAYS_MAX);
    for (int i = 0; i < JZ_COSE_OTHER && !known; i++)
        known = strcmp(jz_cose_alg_name((jz_cose_alg)i), o->alg) == 0;
    if (!known)
        return JZ_FAIL(err, JZ_E_INVAL,
                       "'%s' is none of es256, es384, es512, ps256, ps384, ps512, ed25519", o->alg);
    return JZ_OK;
}

static jz_status make(const jz_identity_opts *o, jz_identity *out, jz_err *err)
{
    jz_auto(EVP_PKEY) *key = make_key(o->alg != NULL ? o->alg : "es256");
    if (key == NULL)
        return refused("a key", err);
    out->key = key_text(key, o->password);
    if (out->key == NULL)
        return refused("a key", err);
    return o->request ? write_request(o, key, out, err) : write_certs(o, key, out, err);
}

jz_status jz_identity_make(const jz_identity_opts *opts, jz_identity *out, jz_err *err)
{
    jz_identity made = { 0 };
    JZ_TRY(check_opts(opts, err));
    (void)ERR_set_mark();
    const jz_status st = make(opts, &made, err);
    (void)ERR_pop_to_mark();
    if (st == JZ_OK)
        *out = made;
    else
        jz_identity_done(&made);
    return st;
}
