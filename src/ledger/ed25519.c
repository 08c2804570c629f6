/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/ed25519.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

JZ_DEFINE_AUTO(EVP_MD_CTX, EVP_MD_CTX_free);
JZ_DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free);

static jz_status refused(const char *what, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_BUG, "OpenSSL does not give %s", what);
}

static jz_status make_public(const uint8_t *seed, uint8_t *key, jz_err *err)
{
    size_t len = JZ_ED25519_PUBLIC;
    jz_auto(EVP_PKEY) *pkey =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, JZ_ED25519_SEED);
    if (pkey == NULL || EVP_PKEY_get_raw_public_key(pkey, key, &len) != 1 ||
        len != JZ_ED25519_PUBLIC)
        return refused("an Ed25519 key", err);
    return JZ_OK;
}

jz_status jz_ed25519_public(const uint8_t seed[JZ_ED25519_SEED], uint8_t key[JZ_ED25519_PUBLIC],
                            jz_err *err)
{
    (void)ERR_set_mark();
    const jz_status st = make_public(seed, key, err);
    (void)ERR_pop_to_mark();
    return st;
}

static jz_status sign(const uint8_t *seed, jz_bytes message, uint8_t *sig, jz_err *err)
{
    size_t len = JZ_ED25519_SIG;
    jz_auto(EVP_PKEY) *pkey =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, JZ_ED25519_SEED);
    jz_auto(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    if (pkey == NULL || ctx == NULL || EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) != 1 ||
        EVP_DigestSign(ctx, sig, &len, message.ptr, message.len) != 1 || len != JZ_ED25519_SIG)
        return refused("an Ed25519 signature", err);
    return JZ_OK;
}

jz_status jz_ed25519_sign(const uint8_t seed[JZ_ED25519_SEED], jz_bytes message,
                          uint8_t sig[JZ_ED25519_SIG], jz_err *err)
{
    (void)ERR_set_mark();
    const jz_status st = sign(seed, message, sig, err);
    (void)ERR_pop_to_mark();
    return st;
}

static jz_status verify(const uint8_t *key, jz_bytes message, const uint8_t *sig, bool *ok,
                        jz_err *err)
{
    jz_auto(EVP_PKEY) *pkey =
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, JZ_ED25519_PUBLIC);
    jz_auto(EVP_MD_CTX) *ctx = EVP_MD_CTX_new();
    if (pkey == NULL || ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) != 1)
        return refused("an Ed25519 verification", err);
    /* Anything but 1: no signature of this message by this key. */
    *ok = EVP_DigestVerify(ctx, sig, JZ_ED25519_SIG, message.ptr, message.len) == 1;
    return JZ_OK;
}

jz_status jz_ed25519_verify(const uint8_t key[JZ_ED25519_PUBLIC], jz_bytes message,
                            const uint8_t sig[JZ_ED25519_SIG], bool *ok, jz_err *err)
{
    (void)ERR_set_mark();
    const jz_status st = verify(key, message, sig, ok, err);
    (void)ERR_pop_to_mark();
    return st;
}

jz_status jz_hmac_sha256(const uint8_t key[32], jz_bytes message, uint8_t mac[32], jz_err *err)
{
    unsigned len = 32;
    (void)ERR_set_mark();
    const bool ok = HMAC(EVP_sha256(), key, 32, message.ptr, message.len, mac, &len) != NULL;
    (void)ERR_pop_to_mark();
    return ok && len == 32 ? JZ_OK : refused("an HMAC", err);
}

jz_status jz_random(void *to, size_t len, jz_err *err)
{
    (void)ERR_set_mark();
    const bool ok = len <= INT32_MAX && RAND_bytes(to, (int)len) == 1;
    (void)ERR_pop_to_mark();
    return ok ? JZ_OK : refused("random bytes", err);
}

void jz_wipe(void *p, size_t len)
{
    OPENSSL_cleanse(p, len);
}
