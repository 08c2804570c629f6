/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence_fixture.h"

#include "base/alloc.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/pem.h>

static const char text[] = "the sealed text\n";
static const jz_bytes content = { (const uint8_t *)text, sizeof text - 1 };

static jz_cms_key key_of(const char *name)
{
    char cert[64];
    char key[64];
    (void)snprintf(cert, sizeof cert, "%s.pem", name);
    (void)snprintf(key, sizeof key, "%s.key", name);
    return (jz_cms_key){ .cert_file = fx_path(cert), .key_file = fx_path(key) };
}

static void sign(const char *first, const char *second, uint8_t **der, size_t *len)
{
    jz_cms_key keys[2] = { key_of(first) };
    if (second != NULL)
        keys[1] = key_of(second);
    assert_int_equal(jz_cms_sign(content, keys, second != NULL ? 2 : 1, der, len, NULL), JZ_OK);
}

static jz_cms_report verify(const uint8_t *der, size_t len, jz_bytes what, const char *ca,
                            int64_t at_us)
{
    jz_cms_report r;
    assert_int_equal(jz_cms_verify(what, (jz_bytes){ der, len }, ca != NULL ? fx_path(ca) : NULL,
                                   at_us, &r, NULL),
                     JZ_OK);
    return r;
}

static void test_signature_says_who_and_when(void **state)
{
    (void)state;
    uint8_t *der = NULL;
    size_t len = 0;
    fx_pki();
    const int64_t before = jz_now_us();
    sign("signer", NULL, &der, &len);
    const jz_cms_report r = verify(der, len, content, "ca.pem", 0);
    assert_true(r.ok);
    assert_int_equal(r.n, 1);
    assert_string_equal(r.signer[0].subject, "CN = signer");
    assert_string_equal(r.signer[0].issuer, "CN = Test CA");
    assert_in_range(r.signer[0].claimed_us, before - 1000000, jz_now_us());
    assert_true(r.signer[0].signed_ok && r.signer[0].chain_ok);
    assert_int_equal(r.signer[0].why.code, JZ_OK);
    jz_evidence_free(der);
}

static void test_two_people_sign_at_once(void **state)
{
    (void)state;
    uint8_t *der = NULL;
    size_t len = 0;
    fx_pki();
    sign("signer", "second", &der, &len);
    const jz_cms_report r = verify(der, len, content, "ca.pem", 0);
    assert_true(r.ok);
    assert_int_equal(r.n, 2);
    assert_true(strcmp(r.signer[0].subject, r.signer[1].subject) != 0);
    jz_evidence_free(der);
    sign("signer", "stranger", &der, &len); /* one of the two is not known here */
    const jz_cms_report half = verify(der, len, content, "ca.pem", 0);
    assert_false(half.ok);
    for (size_t i = 0; i < half.n; i++) {
        const bool stranger = strcmp(half.signer[i].subject, "CN = stranger") == 0;
        assert_true(half.signer[i].signed_ok);
        assert_int_equal(half.signer[i].chain_ok, !stranger);
    }
    jz_evidence_free(der);
}

static void test_why_not_is_told(void **state)
{
    (void)state;
    uint8_t *der = NULL;
    size_t len = 0;
    fx_pki();
    sign("signer", NULL, &der, &len);
    jz_cms_report r = verify(der, len, (jz_bytes){ content.ptr, content.len - 1 }, "ca.pem", 0);
    assert_false(r.ok);
    assert_false(r.signer[0].signed_ok);
    assert_true(r.signer[0].chain_ok);
    assert_non_null(strstr(r.signer[0].why.frame[0], "other content"));
    r = verify(der, len, content, "other-ca.pem", 0);
    assert_false(r.ok);
    assert_true(r.signer[0].signed_ok);
    assert_false(r.signer[0].chain_ok);
    assert_non_null(strstr(r.signer[0].why.frame[0], "unable to get local issuer certificate"));
    r = verify(der, len, content, NULL, 0);
    assert_false(r.ok);
    assert_non_null(strstr(r.signer[0].why.frame[0], "no CA file"));
    r = verify(der, len, content, "ca.pem", jz_now_us() + 366LL * 86400 * 1000000);
    assert_false(r.ok);
    assert_non_null(strstr(r.signer[0].why.frame[0], "expired"));
    jz_evidence_free(der);
}

static jz_status try_sign(jz_cms_key key, jz_err *err)
{
    uint8_t *der = NULL;
    size_t len = 0;
    return jz_cms_sign(content, &key, 1, &der, &len, err);
}

static void test_keys_that_cannot_sign_are_refused(void **state)
{
    (void)state;
    jz_err err = { 0 };
    fx_pki();
    jz_cms_key mixed = key_of("signer");
    mixed.key_file = fx_path("second.key");
    assert_int_equal(try_sign(mixed, NULL), JZ_E_MISMATCH);
    assert_int_equal(try_sign(key_of("expired"), &err), JZ_E_MISMATCH);
    assert_non_null(strstr(err.frame[0], "expired"));
    assert_int_equal(try_sign(key_of("encipher"), &err), JZ_E_MISMATCH);
    assert_non_null(strstr(err.frame[0], "not for signing"));
    assert_int_equal(try_sign(key_of("weak"), NULL), JZ_E_UNSUPPORTED);
    assert_int_equal(try_sign(key_of("ed"), &err), JZ_E_UNSUPPORTED);
    assert_non_null(strstr(err.frame[0], "ED25519"));
    assert_int_equal(try_sign(key_of("nobody"), NULL), JZ_E_NOTFOUND);
    mixed.key_file = fx_path("signer.pem");
    assert_int_equal(try_sign(mixed, NULL), JZ_E_CORRUPT);
    mixed = key_of("signer");
    mixed.cert_file = fx_path("signer.key");
    assert_int_equal(try_sign(mixed, NULL), JZ_E_CORRUPT);
    assert_int_equal(jz_cms_sign(content, NULL, 0, NULL, NULL, NULL), JZ_E_INVAL);
    assert_int_equal(jz_cms_sign(content, NULL, 9, NULL, NULL, NULL), JZ_E_INVAL);
}

static void test_locked_key_needs_its_password(void **state)
{
    (void)state;
    uint8_t *der = NULL;
    size_t len = 0;
    fx_pki();
    jz_cms_key k = key_of("signer");
    k.key_file = fx_path("signer-locked.key");
    assert_int_equal(try_sign(k, NULL), JZ_E_CORRUPT); /* nobody is asked */
    k.password = "wrong";
    assert_int_equal(try_sign(k, NULL), JZ_E_CORRUPT);
    k.password = "secret";
    assert_int_equal(jz_cms_sign(content, &k, 1, &der, &len, NULL), JZ_OK);
    assert_true(verify(der, len, content, "ca.pem", 0).ok);
    jz_evidence_free(der);
}

/* Each bit in turn, or one bit of each byte. */
static void flip_all(uint8_t *der, size_t len, bool all_bits)
{
    const char *ca = fx_path("ca.pem");
    assert_true(verify(der, len, content, "ca.pem", 0).ok);
    for (size_t i = 0; i < len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            if (!fx_flips(i, bit) || (!all_bits && i % 8 != bit))
                continue;
            jz_cms_report r = { 0 };
            der[i] = (uint8_t)(der[i] ^ 1U << bit);
            if (jz_cms_verify(content, (jz_bytes){ der, len }, ca, 0, &r, NULL) == JZ_OK && r.ok)
                fail_msg("byte %zu bit %u was not caught", i, bit);
            der[i] = (uint8_t)(der[i] ^ 1U << bit);
        }
}

/* With those above the signer in it. */
static void test_every_flipped_bit_of_a_signature_is_caught(void **state)
{
    (void)state;
    JZ_BUF_AUTO chain = { 0 };
    JZ_BUF_AUTO above = { 0 };
    uint8_t *der = NULL;
    size_t len = 0;
    fx_pki();
    fx_read("signer.pem", &chain);
    fx_read("ca.pem", &above);
    jz_buf_put(&chain, above.ptr, above.len);
    fx_write("signer.pem", chain.ptr, chain.len);
    sign("signer", NULL, &der, &len);
    flip_all(der, len, true);
    jz_evidence_free(der);
}

static void test_every_flipped_byte_of_two_signatures_is_caught(void **state)
{
    (void)state;
    uint8_t *der = NULL;
    size_t len = 0;
    fx_pki();
    sign("signer", "second", &der, &len);
    flip_all(der, len, false);
    jz_evidence_free(der);
}

/* A plain CMS signature, as OpenSSL makes it with these flags. */
static void other_signature(unsigned flags, uint8_t **der, size_t *len)
{
    FILE *f = fopen(fx_path("signer.pem"), "r");
    X509 *cert = PEM_read_X509(f, NULL, NULL, NULL);
    (void)fclose(f);
    f = fopen(fx_path("signer.key"), "r");
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f);
    BIO *data = BIO_new_mem_buf(text, (int)content.len);
    CMS_ContentInfo *cms = CMS_sign(cert, key, NULL, data, flags | CMS_BINARY);
    assert_non_null(cms);
    *len = (size_t)i2d_CMS_ContentInfo(cms, der);
    CMS_ContentInfo_free(cms);
    BIO_free(data);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void test_signatures_of_other_kinds_are_not_accepted(void **state)
{
    (void)state;
    uint8_t *der = NULL;
    size_t len = 0;
    jz_cms_report r;
    fx_pki();
    other_signature(CMS_DETACHED, &der, &len); /* names no certificate */
    r = verify(der, len, content, "ca.pem", 0);
    assert_false(r.ok);
    assert_non_null(strstr(r.signer[0].why.frame[0], "no CAdES"));
    OPENSSL_free(der);
    der = NULL;
    static const unsigned refused[] = { CMS_DETACHED | CMS_NOATTR,
                                        CMS_DETACHED | CMS_CADES | CMS_NOCERTS };
    for (size_t i = 0; i < JZ_ARRAY_LEN(refused); i++) {
        other_signature(refused[i], &der, &len);
        assert_int_equal(
            jz_cms_verify(content, (jz_bytes){ der, len }, fx_path("ca.pem"), 0, &r, NULL),
            JZ_E_CORRUPT);
        OPENSSL_free(der);
        der = NULL;
    }
    other_signature(CMS_CADES, &der, &len); /* with the content in it */
    assert_int_equal(jz_cms_verify(content, (jz_bytes){ der, len }, fx_path("ca.pem"), 0, &r, NULL),
                     JZ_E_CORRUPT);
    OPENSSL_free(der);
}

static void test_what_is_no_signature_is_refused(void **state)
{
    (void)state;
    static const uint8_t data[] = { 0x30, 0x0f, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7,
                                    0x0d, 0x01, 0x07, 0x01, 0xa0, 0x02, 0x04, 0x00 };
    jz_cms_report r;
    uint8_t *der = NULL;
    size_t len = 0;
    fx_pki();
    const char *ca = fx_path("ca.pem");
    assert_int_equal(jz_cms_verify(content, content, ca, 0, &r, NULL), JZ_E_TRUNCATED);
    assert_int_equal(jz_cms_verify(content, (jz_bytes){ NULL, 0 }, ca, 0, &r, NULL),
                     JZ_E_TRUNCATED);
    assert_int_equal(jz_cms_verify(content, (jz_bytes){ data, sizeof data }, ca, 0, &r, NULL),
                     JZ_E_CORRUPT);
    sign("signer", NULL, &der, &len);
    assert_int_equal(jz_cms_verify(content, (jz_bytes){ der, len }, fx_path("none"), 0, &r, NULL),
                     JZ_E_NOTFOUND);
    assert_int_equal(
        jz_cms_verify(content, (jz_bytes){ der, len }, fx_path("signer.key"), 0, &r, NULL),
        JZ_E_CORRUPT);
    jz_evidence_free(der);
}

static void test_bag_is_signed_once(void **state)
{
    (void)state;
    jz_cms_report r;
    jz_bag_report bag = { 0 };
    JZ_BUF_AUTO b = { 0 };
    fx_pki();
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    assert_int_equal(jz_seal_verify(fx_path("bag"), fx_path("ca.pem"), 0, &r, NULL), JZ_E_NOTFOUND);
    const jz_cms_key keys[2] = { key_of("signer"), key_of("second") };
    assert_int_equal(jz_seal_sign(fx_path("bag"), keys, 2, NULL), JZ_OK);
    assert_int_equal(jz_seal_sign(fx_path("bag"), keys, 2, NULL), JZ_E_EXISTS);
    assert_int_equal(jz_seal_verify(fx_path("bag"), fx_path("ca.pem"), 0, &r, NULL), JZ_OK);
    assert_true(r.ok);
    assert_int_equal(jz_bag_verify(fx_path("bag"), NULL, &bag, NULL), JZ_OK);
    assert_true(bag.holds);
    jz_bag_report_done(&bag);
    fx_read("bag/" JZ_BAG_TAGMANIFEST, &b);
    b.ptr[0] ^= 1;
    fx_write("bag/" JZ_BAG_TAGMANIFEST, b.ptr, b.len);
    assert_int_equal(jz_seal_verify(fx_path("bag"), fx_path("ca.pem"), 0, &r, NULL), JZ_OK);
    assert_false(r.ok);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_set_up, fx_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_signature_says_who_and_when),
        TEST(test_two_people_sign_at_once),
        TEST(test_why_not_is_told),
        TEST(test_keys_that_cannot_sign_are_refused),
        TEST(test_locked_key_needs_its_password),
        TEST(test_every_flipped_bit_of_a_signature_is_caught),
        TEST(test_every_flipped_byte_of_two_signatures_is_caught),
        TEST(test_signatures_of_other_kinds_are_not_accepted),
        TEST(test_what_is_no_signature_is_refused),
        TEST(test_bag_is_signed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
