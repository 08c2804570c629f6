/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, certificates, signatures of each algorithm, time stamps, lists. */
#include "sign_fixture.h"

#include "base/file.h"
#include "provenance/cbor.h"
#include "provenance/cose_write.h"
#include "provenance/signer.h"
#include "provenance/stamp_request.h"
#include "provenance/timestamp.h"

#include <openssl/pem.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static jz_bytes bytes_of(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

/* ---- identities ---- */

static void test_identity_of_each_algorithm_signs(void **state)
{
    static const char *const algs[] = { "es256", "es384", "es512", "ps384", "ed25519" };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(algs); i++) {
        sx x;
        char path[1024];
        jz_credentials *made = NULL;
        sx_begin(&x, algs[i]);
        const jz_sign_opts o = { .trust = x.trust };
        assert_int_equal(sx_sign(&x, sx_data("media/rgb.png", path), "out", &o, &made, NULL),
                         JZ_OK);
        assert_int_equal(jz_credentials_state(made), JZ_CREDENTIALS_TRUSTED);
        assert_string_equal(jz_credential_manifest_at(made, 0)->algorithm, algs[i]);
        jz_credentials_free(made);
        sx_end(&x);
    }
}

static void test_identity_refuses_what_makes_no_sense(void **state)
{
    static const jz_identity_opts bad[] = {
        { .organisation = "x" },
        { .name = "", .organisation = "x" },
        { .name = "x" },
        { .name = "x", .organisation = "x", .country = "de" },
        { .name = "x", .organisation = "x", .country = "DEU" },
        { .name = "x", .organisation = "x", .alg = "rs256" },
        { .name = "x", .organisation = "x", .days = 100000 },
        { .name = "\xff", .organisation = "x" },
        { .name = "0123456789012345678901234567890123456789012345678901234567890123456789",
          .organisation = "x" },
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        jz_identity id = { 0 };
        assert_int_equal(jz_identity_make(&bad[i], &id, NULL), JZ_E_INVAL);
        assert_null(id.key);
    }
}

static void test_identity_request_asks_for_what_is_needed(void **state)
{
    jz_identity id = { 0 };
    const jz_identity_opts o = { .name = "x",
                                 .organisation = "\xe9\x89\xb4",
                                 .country = "CN",
                                 .request = true,
                                 .password = "secret" };
    (void)state;
    assert_int_equal(jz_identity_make(&o, &id, NULL), JZ_OK);
    assert_null(id.chain);
    assert_null(id.root);
    assert_non_null(strstr(id.key, "ENCRYPTED"));
    BIO *bio = BIO_new_mem_buf(id.request, -1);
    X509_REQ *req = PEM_read_bio_X509_REQ(bio, NULL, NULL, NULL);
    assert_non_null(req);
    assert_int_equal(X509_REQ_verify(req, X509_REQ_get0_pubkey(req)), 1);
    STACK_OF(X509_EXTENSION) *list = X509_REQ_get_extensions(req);
    assert_int_equal(sk_X509_EXTENSION_num(list), 3);
    sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
    X509_REQ_free(req);
    BIO_free(bio);
    jz_identity_done(&id);
}

/* ---- signers ---- */

static void expect_refusal(const char *cert, const char *key, const char *password, const char *alg,
                           jz_status want, const char *says)
{
    jz_err err = { 0 };
    jz_signer *s = NULL;
    const jz_signer_opts o = { .cert_path = cert, .key = key, .password = password, .alg = alg };
    const jz_status st = jz_signer_open(&o, &s, &err);
    if (st != want || strstr(err.frame[0], says) == NULL)
        fail_msg("%s, not %s: %s", jz_status_name(st), jz_status_name(want), err.frame[0]);
    assert_null(s);
}

static void test_signer_says_what_is_wrong(void **state)
{
    sx x;
    sx y;
    char cert[256];
    char key[256];
    char other[256];
    char root[256];
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    (void)state;
    sx_begin(&x, "es256");
    sx_begin(&y, "es384");
    (void)sx_path(&x, "chain.pem", cert);
    (void)sx_path(&x, "key.pem", key);
    (void)sx_path(&x, "root.pem", root);
    (void)sx_path(&y, "key.pem", other);
    expect_refusal(cert, other, NULL, NULL, JZ_E_MISMATCH, "another certificate");
    expect_refusal(cert, key, NULL, "ps256", JZ_E_INVAL, "ps256");
    expect_refusal(cert, key, NULL, "es384", JZ_E_INVAL, "another curve (es256 is");
    expect_refusal(cert, key, NULL, "rs256", JZ_E_INVAL, "none of");
    expect_refusal(root, key, NULL, NULL, JZ_E_INVAL, "(CA)");
    expect_refusal("/none", key, NULL, NULL, JZ_E_NOTFOUND, "");
    expect_refusal(key, key, NULL, NULL, JZ_E_CORRUPT, "no certificate");
    expect_refusal(cert, cert, NULL, NULL, JZ_E_CORRUPT, "no private key");
    /* A chain in which one did not issue the other; with its root it is fine. */
    sx_read(&x, "chain.pem", &one);
    sx_read(&y, "root.pem", &two);
    jz_buf_put(&one, two.ptr, two.len);
    sx_write(&x, "mixed.pem", one.ptr, one.len);
    expect_refusal(sx_path(&x, "mixed.pem", other), key, NULL, NULL, JZ_E_INVAL, "not issued by");
    JZ_BUF_AUTO whole = { 0 };
    sx_read(&x, "chain.pem", &whole);
    sx_read(&x, "root.pem", &whole);
    sx_write(&x, "whole.pem", whole.ptr, whole.len);
    jz_auto(jz_signer) *s = NULL;
    const jz_signer_opts o = { .cert_path = sx_path(&x, "whole.pem", other), .key = key };
    assert_int_equal(jz_signer_open(&o, &s, NULL), JZ_OK);
    assert_int_equal(sk_X509_num(s->certs), 1);
    sx_end(&x);
    sx_end(&y);
}

static void test_signer_reads_encrypted_keys(void **state)
{
    sx x;
    char cert[256];
    char key[256];
    jz_identity id = { 0 };
    const jz_identity_opts o = { .name = "x", .organisation = "x", .password = "secret" };
    (void)state;
    sx_begin(&x, "ed25519");
    assert_int_equal(jz_identity_make(&o, &id, NULL), JZ_OK);
    sx_write(&x, "locked.pem", id.key, strlen(id.key));
    sx_write(&x, "its.pem", id.chain, strlen(id.chain));
    jz_identity_done(&id);
    (void)sx_path(&x, "locked.pem", key);
    (void)sx_path(&x, "its.pem", cert);
    expect_refusal(cert, key, NULL, NULL, JZ_E_CORRUPT, "no private key");
    expect_refusal(cert, key, "wrong", NULL, JZ_E_CORRUPT, "no private key");
    jz_auto(jz_signer) *s = NULL;
    const jz_signer_opts right = { .cert_path = cert, .key = key, .password = "secret" };
    assert_int_equal(jz_signer_open(&right, &s, NULL), JZ_OK);
    sx_end(&x);
}

/* ---- COSE ---- */

/* Any size from what is needed on, but for the few bytes that no padding gives. */
static void test_cose_padding_reaches_every_size(void **state)
{
    static uint8_t protect[] = { 0xa2, 0x01, 0x26, 0x18, 0x21, 0x41, 0x00 };
    static uint8_t signature[64];
    static uint8_t stamp[300];
    const size_t steps[] = { 1, 1, 997 };
    const size_t spans[] = { 400, 400, 70000 };
    (void)state;
    for (size_t k = 0; k < JZ_ARRAY_LEN(steps); k++) {
        const jz_cose_parts p = { { protect, sizeof protect },
                                  { signature, sizeof signature },
                                  { k == 1 ? stamp : NULL, k == 1 ? sizeof stamp : 0 } };
        const size_t least = jz_cose_room(sizeof protect, sizeof signature, 0);
        for (size_t n = least; n < least + spans[k]; n += steps[k]) {
            jz_cose c;
            JZ_BUF_AUTO b = { 0 };
            const jz_status st = jz_cose_put(&b, &p, n, NULL);
            if (st == JZ_E_LIMIT) { /* too short; or between no padding and the least one */
                assert_true(n < least + (k == 1 ? sizeof stamp + 40 : 5));
                continue;
            }
            assert_int_equal(st, JZ_OK);
            assert_int_equal(b.len, n);
            assert_int_equal(jz_cose_parse(bytes_of(&b), &c, NULL), JZ_OK);
            assert_int_equal(c.signature.len, sizeof signature);
            assert_int_equal(c.n_stamps, k == 1);
        }
        /* What was reserved for a stamp is enough for it. */
        JZ_BUF_AUTO b = { 0 };
        assert_int_equal(
            jz_cose_put(&b, &p, jz_cose_room(sizeof protect, sizeof signature, sizeof stamp), NULL),
            JZ_OK);
    }
}

/* ---- time stamps: an authority of our own ---- */

static ASN1_INTEGER *serial_of(TS_RESP_CTX *ctx, void *user)
{
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    (void)ctx;
    (void)user;
    assert_int_equal(ASN1_INTEGER_set(n, 7), 1);
    return n;
}

static X509 *tsa_cert(EVP_PKEY *key)
{
    static const struct {
        int nid;
        const char *value;
    } list[] = { { NID_basic_constraints, "critical,CA:FALSE" },
                 { NID_key_usage, "critical,digitalSignature" },
                 { NID_ext_key_usage, "critical,timeStamping" },
                 { NID_subject_key_identifier, "hash" } };
    X509 *c = X509_new();
    X509_NAME *name = X509_NAME_new();
    X509V3_CTX ctx;
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)"TSA", -1, -1, 0), 1);
    (void)X509_set_version(c, X509_VERSION_3);
    (void)ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
    (void)X509_set_subject_name(c, name);
    (void)X509_set_issuer_name(c, name);
    (void)X509_set_pubkey(c, key);
    (void)X509_gmtime_adj(X509_getm_notBefore(c), -60);
    (void)X509_gmtime_adj(X509_getm_notAfter(c), 86400);
    X509V3_set_ctx(&ctx, c, c, NULL, NULL, 0);
    for (size_t i = 0; i < JZ_ARRAY_LEN(list); i++) {
        X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, list[i].nid, list[i].value);
        assert_int_equal(X509_add_ext(c, e, -1), 1);
        X509_EXTENSION_free(e);
    }
    assert_true(X509_sign(c, key, EVP_sha256()) > 0);
    X509_NAME_free(name);
    return c;
}

/* Answers a request with a stamp, or refuses. */
static void answer(jz_bytes request, bool refuse, jz_buf *out)
{
    uint8_t *der = NULL;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = tsa_cert(key);
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.1", 1);
    BIO *bio = BIO_new_mem_buf(request.ptr, (int)request.len);
    assert_int_equal(TS_RESP_CTX_set_signer_cert(ctx, cert), 1);
    assert_int_equal(TS_RESP_CTX_set_signer_key(ctx, key), 1);
    assert_int_equal(TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()), 1);
    assert_int_equal(TS_RESP_CTX_set_ess_cert_id_digest(ctx, EVP_sha256()), 1);
    assert_int_equal(TS_RESP_CTX_set_def_policy(ctx, policy), 1);
    if (!refuse)
        assert_int_equal(TS_RESP_CTX_add_md(ctx, EVP_sha256()), 1);
    TS_RESP_CTX_set_serial_cb(ctx, serial_of, NULL);
    TS_RESP *resp = TS_RESP_create_response(ctx, bio);
    assert_non_null(resp);
    const int n = i2d_TS_RESP(resp, &der);
    jz_buf_put(out, der, (size_t)n);
    OPENSSL_free(der);
    TS_RESP_free(resp);
    BIO_free(bio);
    ASN1_OBJECT_free(policy);
    TS_RESP_CTX_free(ctx);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void test_stamp_of_an_authority_is_taken(void **state)
{
    const jz_bytes stamped = { (const uint8_t *)"what is stamped", 15 };
    const jz_bytes other = { (const uint8_t *)"something else", 14 };
    jz_err err = { 0 };
    jz_stamp stamp;
    JZ_BUF_AUTO request = { 0 };
    JZ_BUF_AUTO second = { 0 };
    JZ_BUF_AUTO reply = { 0 };
    JZ_BUF_AUTO token = { 0 };
    JZ_BUF_AUTO none = { 0 };
    (void)state;
    assert_int_equal(jz_stamp_ask(stamped, &request, NULL), JZ_OK);
    assert_int_equal(jz_stamp_ask(stamped, &second, NULL), JZ_OK);
    answer(bytes_of(&request), false, &reply);
    assert_int_equal(jz_stamp_answer(bytes_of(&reply), bytes_of(&request), stamped, &token, &err),
                     JZ_OK);
    jz_stamp_check(bytes_of(&token), stamped, NULL, &stamp);
    assert_true(stamp.sound);
    /* Of other bytes; to another request, by its nonce; cut short. */
    assert_int_equal(jz_stamp_answer(bytes_of(&reply), bytes_of(&request), other, &none, &err),
                     JZ_E_MISMATCH);
    assert_int_equal(jz_stamp_answer(bytes_of(&reply), bytes_of(&second), stamped, &none, &err),
                     JZ_E_MISMATCH);
    for (size_t n = 0; n < reply.len; n += 13) {
        const jz_bytes part = { (const uint8_t *)reply.ptr, n };
        assert_int_equal(jz_stamp_answer(part, bytes_of(&request), stamped, &none, &err),
                         JZ_E_CORRUPT);
    }
    assert_int_equal(none.len, 0);
}

static void test_stamp_that_is_refused_says_why(void **state)
{
    const jz_bytes stamped = { (const uint8_t *)"x", 1 };
    jz_err err = { 0 };
    JZ_BUF_AUTO request = { 0 };
    JZ_BUF_AUTO reply = { 0 };
    JZ_BUF_AUTO none = { 0 };
    (void)state;
    assert_int_equal(jz_stamp_ask(stamped, &request, NULL), JZ_OK);
    answer(bytes_of(&request), true, &reply);
    assert_int_equal(jz_stamp_answer(bytes_of(&reply), bytes_of(&request), stamped, &none, &err),
                     JZ_E_UNSUPPORTED);
    assert_non_null(strstr(err.frame[0], "refused: status 2"));
}

/* ---- lists ---- */

static void test_trust_list_takes_and_removes(void **state)
{
    sx x;
    sx y;
    char list[256];
    char one[256];
    char two[256];
    jz_trust_change c;
    jz_trust_entry e;
    (void)state;
    sx_begin(&x, "es256");
    sx_begin(&y, "es256");
    (void)sx_path(&x, "list.pem", list);
    (void)sx_path(&x, "root.pem", one);
    (void)sx_path(&y, "root.pem", two);
    assert_int_equal(jz_trust_list_at(list, 0, &e, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_trust_list_take(list, one, false, &c, NULL), JZ_OK);
    assert_int_equal(c.added, 1);
    assert_int_equal(jz_trust_list_take(list, one, false, &c, NULL), JZ_OK);
    assert_int_equal(c.added, 0);
    assert_int_equal(c.kept, 1);
    assert_int_equal(jz_trust_list_take(list, two, false, &c, NULL), JZ_OK);
    assert_int_equal(c.added, 1);
    assert_int_equal(c.kept, 1);
    assert_int_equal(jz_trust_list_at(list, 1, &e, NULL), JZ_OK);
    assert_non_null(strstr(e.name, "Test Root"));
    assert_int_equal(jz_trust_list_at(list, 2, &e, NULL), JZ_E_NOTFOUND);
    /* It is read by what validates. */
    assert_int_equal(jz_trust_add_file(x.trust, JZ_TRUST_TIME, list, NULL), JZ_OK);
    assert_int_equal(jz_trust_list_at(list, 0, &e, NULL), JZ_OK);
    e.fingerprint[7] = '\0';
    assert_int_equal(jz_trust_list_remove(list, e.fingerprint, &c, NULL), JZ_E_INVAL);
    assert_int_equal(jz_trust_list_remove(list, "0000000000", &c, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_trust_list_at(list, 0, &e, NULL), JZ_OK);
    assert_int_equal(jz_trust_list_remove(list, e.fingerprint, &c, NULL), JZ_OK);
    assert_int_equal(c.removed, 1);
    assert_int_equal(c.kept, 1);
    assert_int_equal(jz_trust_list_take(list, one, true, &c, NULL), JZ_OK);
    assert_int_equal(c.removed, 1);
    assert_int_equal(c.added, 1);
    /* What cannot be read changes nothing. */
    sx_write(&x, "broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
             60);
    assert_int_equal(jz_trust_list_take(list, sx_path(&x, "broken.pem", two), true, &c, NULL),
                     JZ_E_CORRUPT);
    assert_int_equal(jz_trust_list_take(list, sx_path(&x, "key.pem", two), true, &c, NULL),
                     JZ_E_CORRUPT);
    assert_int_equal(jz_trust_list_at(list, 0, &e, NULL), JZ_OK);
    sx_end(&x);
    sx_end(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_identity_of_each_algorithm_signs),
        cmocka_unit_test(test_identity_refuses_what_makes_no_sense),
        cmocka_unit_test(test_identity_request_asks_for_what_is_needed),
        cmocka_unit_test(test_signer_says_what_is_wrong),
        cmocka_unit_test(test_signer_reads_encrypted_keys),
        cmocka_unit_test(test_cose_padding_reaches_every_size),
        cmocka_unit_test(test_stamp_of_an_authority_is_taken),
        cmocka_unit_test(test_stamp_that_is_refused_says_why),
        cmocka_unit_test(test_trust_list_takes_and_removes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
