/* SPDX-License-Identifier: Apache-2.0 */
#include "label/security_sm2.h"

#include "base/file.h"
#include "base/hex.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#define DIGEST 32
#define COORDINATE 32
#define PEM_MAX ((size_t)64 << 10) /* bytes of a key file */

JZ_DEFINE_AUTO(BIO, BIO_free_all);
JZ_DEFINE_AUTO(EC_GROUP, EC_GROUP_free);
JZ_DEFINE_AUTO(EC_POINT, EC_POINT_free);
JZ_DEFINE_AUTO(ECDSA_SIG, ECDSA_SIG_free);
JZ_DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free);
JZ_DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free);
JZ_DEFINE_AUTO(EVP_PKEY_CTX, EVP_PKEY_CTX_free);

/* What all of Z but the key is made of (GB/T 32918.2-2016, 5.5): the id's length in bits, the id,
 * then a, b, xG and yG of the curve (GB/T 32918.5-2017). */
static const char z_head[] = "0080"
                             "31323334353637383132333435363738"
                             "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"
                             "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
                             "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
                             "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0";
#define Z_HEAD_BYTES ((sizeof z_head - 1) / 2)

static jz_status refused(const char *what, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_BUG, "OpenSSL does not give %s", what);
}

static jz_status sm3(jz_bytes a, jz_bytes b, jz_bytes c, uint8_t out[DIGEST], jz_err *err)
{
    jz_auto(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    if (ctx == NULL || EVP_DigestInit_ex(ctx, EVP_sm3(), NULL) != 1 ||
        EVP_DigestUpdate(ctx, a.ptr, a.len) != 1 || EVP_DigestUpdate(ctx, b.ptr, b.len) != 1 ||
        EVP_DigestUpdate(ctx, c.ptr, c.len) != 1 || EVP_DigestFinal_ex(ctx, out, NULL) != 1)
        return refused("an SM3 digest", err);
    return JZ_OK;
}

/* What is signed: e of GB/T 32918.2-2016, 6.1. */
static jz_status make_e(const uint8_t point[JZ_SM2_POINT], jz_bytes message, bool twice,
                        uint8_t e[DIGEST], jz_err *err)
{
    const jz_bytes none = { 0 };
    uint8_t head[Z_HEAD_BYTES];
    uint8_t z[DIGEST];
    uint8_t once[DIGEST];
    if (!jz_hex_decode(z_head, sizeof z_head - 1, head, sizeof head))
        return JZ_FAIL(err, JZ_E_BUG, "the constants of SM2 are not hex");
    JZ_TRY(sm3((jz_bytes){ head, sizeof head }, (jz_bytes){ point + 1, JZ_SM2_POINT - 1 }, none, z,
               err));
    if (twice) {
        JZ_TRY(sm3(message, none, none, once, err));
        message = (jz_bytes){ once, sizeof once };
    }
    return sm3((jz_bytes){ z, sizeof z }, message, none, e, err);
}

/* SEC 1, 2.3.4: a point in its compressed or its full form; OpenSSL checks that it is one. */
static jz_status decode_point(const uint8_t *bytes, size_t len, uint8_t out[JZ_SM2_POINT],
                              jz_err *err)
{
    jz_auto(EC_GROUP) *group = EC_GROUP_new_by_curve_name(NID_sm2);
    jz_auto(EC_POINT) *point = group != NULL ? EC_POINT_new(group) : NULL;
    if (point == NULL)
        return refused("the curve SM2", err);
    if (EC_POINT_oct2point(group, point, bytes, len, NULL) != 1 ||
        EC_POINT_is_at_infinity(group, point) == 1)
        return JZ_FAIL(err, JZ_E_CORRUPT, "the public key is no point of the curve SM2");
    if (EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, out, JZ_SM2_POINT, NULL) !=
        JZ_SM2_POINT)
        return refused("the point of a key", err);
    return JZ_OK;
}

/* What stands before a point: SubjectPublicKeyInfo, AlgorithmIdentifier of id-ecPublicKey and the
 * curve 1.2.156.10197.1.301, BIT STRING. */
static const uint8_t spki_full[] = { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x81, 0x1c,
                                     0xcf, 0x55, 0x01, 0x82, 0x2d, 0x03, 0x42, 0x00 };

/* The encodings that are told apart by their length and their first bytes. */
typedef struct key_form {
    size_t bytes;
    size_t skip; /* bytes before what is left of the point */
    bool even;   /* only x is left, and y is even */
    uint8_t first[2];
    size_t firsts; /* bytes of first that must agree */
} key_form;

static const key_form key_forms[] = {
    { JZ_SM2_SPKI, sizeof spki_full, false, { 0x30, 0x59 }, 2 },
    { JZ_SM2_POINT, 0, false, { 0x04 }, 1 },
    { 1 + COORDINATE, 0, false, { 0x02 }, 1 },
    { 1 + COORDINATE, 0, false, { 0x03 }, 1 },
    { 1 + COORDINATE, 1, true, { 0x00 }, 1 },
    { COORDINATE, 0, true, { 0x00 }, 0 },
};

static jz_status read_point(const char *hex, size_t len, uint8_t point[JZ_SM2_POINT], jz_err *err)
{
    uint8_t key[1 + JZ_SM2_SPKI]; /* room for the missing first byte of a bare x */
    const size_t bytes = len / 2;
    if (bytes > JZ_SM2_SPKI || !jz_hex_decode(hex, len, key + 1, bytes))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the public key is not hex of %d bytes or fewer",
                       JZ_SM2_SPKI);
    for (size_t i = 0; i < JZ_ARRAY_LEN(key_forms); i++) {
        const key_form *f = &key_forms[i];
        if (bytes != f->bytes || memcmp(key + 1, f->first, f->firsts) != 0)
            continue;
        if (f->skip == sizeof spki_full && memcmp(key + 1, spki_full, sizeof spki_full) != 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "the public key is not one of SM2");
        uint8_t *at = key + 1 + f->skip;
        if (f->even)
            *--at = 0x02;
        return decode_point(at, (size_t)(key + 1 + bytes - at), point, err);
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "a public key of %zu bytes is in no known form", bytes);
}

/* Every function below leaves the thread's queue of OpenSSL errors as it was. */
jz_status jz_sm2_read_point(const char *hex, size_t len, uint8_t point[JZ_SM2_POINT], jz_err *err)
{
    uint8_t got[JZ_SM2_POINT];
    (void)ERR_set_mark();
    const jz_status st = read_point(hex, len, got, err);
    (void)ERR_pop_to_mark();
    if (st == JZ_OK)
        memcpy(point, got, sizeof got);
    return st;
}

void jz_sm2_spki(const uint8_t point[JZ_SM2_POINT], uint8_t out[JZ_SM2_SPKI])
{
    memcpy(out, spki_full, sizeof spki_full);
    memcpy(out + sizeof spki_full, point, JZ_SM2_POINT);
}

/* r || s of 32 bytes each. */
static ECDSA_SIG *of_raw(const uint8_t *raw)
{
    ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw, COORDINATE, NULL);
    BIGNUM *s = BN_bin2bn(raw + COORDINATE, COORDINATE, NULL);
    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1)
        return sig; /* owns r and s */
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return NULL;
}

static jz_status read_signature(const char *hex, size_t len, jz_sm2_signature *out, jz_err *err)
{
    uint8_t bytes[JZ_SM2_DER];
    const size_t n = len / 2;
    if (n > sizeof bytes || !jz_hex_decode(hex, len, bytes, n))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the signature is not hex of %d bytes or fewer",
                       JZ_SM2_DER);
    const uint8_t *at = bytes;
    jz_auto(ECDSA_SIG) *sig =
        n == 2 * COORDINATE ? of_raw(bytes) : d2i_ECDSA_SIG(NULL, &at, (long)n);
    if (sig == NULL || (n != 2 * COORDINATE && at != bytes + n))
        return JZ_FAIL(err, JZ_E_CORRUPT, "a signature of %zu bytes is neither DER nor r || s", n);
    const int size = i2d_ECDSA_SIG(sig, NULL);
    uint8_t *to = out->der;
    if (size <= 0 || (size_t)size > sizeof out->der || i2d_ECDSA_SIG(sig, &to) != size)
        return refused("a signature in DER", err);
    out->len = (size_t)size;
    return JZ_OK;
}

jz_status jz_sm2_read_signature(const char *hex, size_t len, jz_sm2_signature *out, jz_err *err)
{
    jz_sm2_signature got;
    (void)ERR_set_mark();
    const jz_status st = read_signature(hex, len, &got, err);
    (void)ERR_pop_to_mark();
    if (st == JZ_OK)
        *out = got;
    return st;
}

static jz_status public_key(const uint8_t point[JZ_SM2_POINT], EVP_PKEY **out, jz_err *err)
{
    char curve[] = "SM2";
    uint8_t key[JZ_SM2_POINT];
    memcpy(key, point, sizeof key);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, key, sizeof key),
        OSSL_PARAM_construct_end(),
    };
    jz_auto(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, out, EVP_PKEY_PUBLIC_KEY, params) != 1)
        return refused("an SM2 key", err);
    return JZ_OK;
}

static jz_status verify(const uint8_t point[JZ_SM2_POINT], const uint8_t e[DIGEST],
                        const jz_sm2_signature *sig, bool *ok, jz_err *err)
{
    jz_auto(EVP_PKEY) *key = NULL;
    JZ_TRY(public_key(point, &key, err));
    jz_auto(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    if (ctx == NULL || EVP_PKEY_verify_init(ctx) != 1)
        return refused("a verification", err);
    /* 0: no; below 0: r or s that no signature has. */
    *ok = EVP_PKEY_verify(ctx, sig->der, sig->len, e, DIGEST) == 1;
    return JZ_OK;
}

jz_status jz_sm2_verify(const uint8_t point[JZ_SM2_POINT], jz_bytes message, bool twice,
                        const jz_sm2_signature *sig, bool *ok, jz_err *err)
{
    uint8_t e[DIGEST];
    JZ_TRY(make_e(point, message, twice, e, err));
    (void)ERR_set_mark();
    const jz_status st = verify(point, e, sig, ok, err);
    (void)ERR_pop_to_mark();
    return st;
}

/* Never asks at the terminal. */
static int no_password(char *buf, int size, int for_writing, void *user)
{
    (void)buf;
    (void)size;
    (void)for_writing;
    *(bool *)user = true;
    return -1;
}

static jz_status parse_private(const jz_buf *pem, EVP_PKEY **out, jz_err *err)
{
    bool encrypted = false;
    jz_auto(BIO) *bio = BIO_new_mem_buf(pem->ptr, (int)pem->len);
    if (bio == NULL)
        return refused("a reader of PEM", err);
    jz_auto(EVP_PKEY) *key = PEM_read_bio_PrivateKey(bio, NULL, no_password, &encrypted);
    if (key == NULL && encrypted)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the private key is encrypted");
    if (key == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no private key in PEM");
    if (EVP_PKEY_is_a(key, "SM2") != 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the private key is of the kind %s, not SM2",
                       EVP_PKEY_get0_type_name(key));
    *out = JZ_TAKE(key);
    return JZ_OK;
}

static jz_status load_private(const char *path, EVP_PKEY **out, jz_err *err)
{
    JZ_BUF_AUTO pem = { 0 };
    jz_status st = jz_file_read(path, PEM_MAX, &pem, err);
    if (st == JZ_OK)
        st = parse_private(&pem, out, err);
    if (pem.ptr != NULL)
        OPENSSL_cleanse(pem.ptr, pem.size);
    if (st != JZ_OK)
        jz_err_wrap(err, "key %s", path);
    return st;
}

static jz_status point_of(const EVP_PKEY *key, uint8_t point[JZ_SM2_POINT], jz_err *err)
{
    uint8_t stored[JZ_SM2_POINT];
    size_t len;
    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, stored, sizeof stored,
                                        &len) != 1)
        return refused("the public half of a key", err);
    return decode_point(stored, len, point, err);
}

static jz_status sign(const char *key_path, jz_bytes message, uint8_t point[JZ_SM2_POINT],
                      jz_sm2_signature *out, jz_err *err)
{
    uint8_t e[DIGEST];
    jz_auto(EVP_PKEY) *key = NULL;
    JZ_TRY(load_private(key_path, &key, err));
    JZ_TRY(point_of(key, point, err));
    JZ_TRY(make_e(point, message, false, e, err));
    jz_auto(EVP_PKEY_CTX) *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    out->len = sizeof out->der;
    if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 ||
        EVP_PKEY_sign(ctx, out->der, &out->len, e, sizeof e) != 1)
        return refused("a signature", err);
    return JZ_OK;
}

jz_status jz_sm2_sign(const char *key_path, jz_bytes message, uint8_t point[JZ_SM2_POINT],
                      jz_sm2_signature *out, jz_err *err)
{
    uint8_t key[JZ_SM2_POINT];
    jz_sm2_signature sig;
    (void)ERR_set_mark();
    const jz_status st = sign(key_path, message, key, &sig, err);
    (void)ERR_pop_to_mark();
    if (st != JZ_OK)
        return st;
    memcpy(point, key, sizeof key);
    *out = sig;
    return JZ_OK;
}
