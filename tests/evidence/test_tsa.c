/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence_fixture.h"

#include "base/alloc.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <unistd.h>

static const uint8_t imprint[32] = { 1, 2, 3 };

static void test_request_is_the_template(void **state)
{
    (void)state;
    static const uint8_t head[] = { 0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30,
                                    0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65,
                                    0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 };
    jz_tsa_request q;
    jz_tsa_request other;
    assert_int_equal(jz_tsa_request_make(JZ_TSA_SHA256, imprint, &q, NULL), JZ_OK);
    assert_int_equal(q.len, 69);
    assert_memory_equal(q.der, head, sizeof head);
    assert_memory_equal(q.der + 24, imprint, 32);
    assert_memory_equal(q.der + 56, "\x02\x08", 2);
    assert_memory_equal(q.der + 58, q.nonce, 8);
    assert_memory_equal(q.der + 66, "\x01\x01\xff", 3);
    assert_int_equal(jz_tsa_request_make(JZ_TSA_SM3, imprint, &other, NULL), JZ_OK);
    assert_int_equal(other.len, 68);
    assert_memory_not_equal(q.nonce, other.nonce, 8);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(jz_tsa_request_make(JZ_TSA_SM3, imprint, &q, NULL), JZ_OK);
        assert_in_range(q.nonce[0], 0x01, 0x7f);
    }
    assert_int_equal(jz_tsa_request_make((jz_tsa_hash)2, imprint, &q, NULL), JZ_E_INVAL);
}

static void test_request_is_read_back_or_refused(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 2; h++) {
        jz_tsa_request q;
        jz_tsa_request back;
        assert_int_equal(jz_tsa_request_make((jz_tsa_hash)h, imprint, &q, NULL), JZ_OK);
        assert_int_equal(jz_tsa_request_read((jz_bytes){ q.der, q.len }, &back, NULL), JZ_OK);
        assert_memory_equal(&q, &back, sizeof q);
        assert_int_equal(jz_tsa_request_read((jz_bytes){ q.der, q.len - 1 }, &back, NULL),
                         JZ_E_CORRUPT);
        q.der[0] ^= 1;
        assert_int_equal(jz_tsa_request_read((jz_bytes){ q.der, q.len }, &back, NULL),
                         JZ_E_CORRUPT);
    }
}

/* A reply from the authority of the fixture to a new request. */
static jz_bytes ask(jz_tsa_hash hash, jz_tsa_request *q, long *at)
{
    static uint8_t *reply;
    size_t len = 0;
    jz_free(reply);
    assert_int_equal(jz_tsa_request_make(hash, imprint, q, NULL), JZ_OK);
    assert_int_equal(fx_tsa(at, (jz_bytes){ q->der, q->len }, &reply, &len, NULL), JZ_OK);
    return (jz_bytes){ reply, len };
}

static void test_reply_is_read(void **state)
{
    (void)state;
    fx_pki();
    for (unsigned h = 0; h < 2; h++) {
        long at = 1795867201;
        jz_tsa_request q;
        jz_tsa_reply r;
        const jz_bytes der = ask((jz_tsa_hash)h, &q, &at);
        assert_int_equal(jz_tsa_reply_read(der, &r, NULL), JZ_OK);
        assert_int_equal(r.status, 0);
        assert_true(r.has_token);
        assert_int_equal(r.hash, h);
        assert_memory_equal(r.imprint, imprint, sizeof imprint);
        assert_true(r.has_nonce);
        assert_memory_equal(r.nonce, q.nonce, sizeof q.nonce);
        assert_int_equal(r.at_us, 1795867201LL * 1000000 + 250000);
        assert_int_equal(r.accuracy_us, 1500000);
        assert_string_equal(r.policy, "1.2.3.4.5");
        assert_string_equal(r.serial, "1267");
        assert_int_equal(jz_tsa_reply_check(&r, &q, r.at_us, r.at_us, NULL), JZ_OK);
    }
}

static void test_reply_to_something_else_is_refused(void **state)
{
    (void)state;
    jz_tsa_request q;
    jz_tsa_reply r;
    jz_err err = { 0 };
    fx_pki();
    const jz_bytes der = ask(JZ_TSA_SHA256, &q, NULL);
    assert_int_equal(jz_tsa_reply_read(der, &r, NULL), JZ_OK);
    jz_tsa_request other = q;
    other.nonce[7] ^= 1;
    assert_int_equal(jz_tsa_reply_check(&r, &other, 0, 0, &err), JZ_E_MISMATCH);
    assert_non_null(strstr(err.frame[0], "nonce"));
    other = q;
    other.imprint[0] ^= 1;
    assert_int_equal(jz_tsa_reply_check(&r, &other, 0, 0, &err), JZ_E_MISMATCH);
    assert_non_null(strstr(err.frame[0], "hash"));
    other = q;
    other.hash = JZ_TSA_SM3;
    assert_int_equal(jz_tsa_reply_check(&r, &other, 0, 0, &err), JZ_E_MISMATCH);
    const int64_t late = r.at_us + JZ_TSA_SKEW_US + 1;
    const int64_t early = r.at_us - JZ_TSA_SKEW_US - 1;
    assert_int_equal(jz_tsa_reply_check(&r, &q, late, late, &err), JZ_E_MISMATCH);
    assert_non_null(strstr(err.frame[0], "before"));
    assert_int_equal(jz_tsa_reply_check(&r, &q, early, early, &err), JZ_E_MISMATCH);
    assert_non_null(strstr(err.frame[0], "after"));
    assert_int_equal(jz_tsa_reply_check(&r, &q, late - 1, late - 1, NULL), JZ_OK);
    assert_int_equal(jz_tsa_reply_check(&r, &q, 0, 0, NULL), JZ_OK);
    r.has_nonce = false;
    assert_int_equal(jz_tsa_reply_check(&r, &q, 0, 0, NULL), JZ_E_MISMATCH);
}

static void test_refusal_is_told_with_its_reason(void **state)
{
    (void)state;
    static const uint8_t refusal[] = { 0x30, 0x14, 0x30, 0x12, 0x02, 0x01, 0x02, 0x30,
                                       0x09, 0x0c, 0x07, 'n',  'o',  0x01, 'w',  'a',
                                       'y',  0xff, 0x03, 0x02, 0x05, 0x20 };
    static const uint8_t granted[] = { 0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x00 };
    jz_tsa_request q;
    jz_tsa_reply r;
    jz_err err = { 0 };
    assert_int_equal(jz_tsa_request_make(JZ_TSA_SHA256, imprint, &q, NULL), JZ_OK);
    assert_int_equal(jz_tsa_reply_read((jz_bytes){ refusal, sizeof refusal }, &r, NULL), JZ_OK);
    assert_int_equal(r.status, 2);
    assert_false(r.has_token);
    assert_int_equal(jz_tsa_reply_check(&r, &q, 0, 0, &err), JZ_E_UNSUPPORTED);
    assert_string_equal(err.frame[0], "the authority refused: status 2, badRequest: no?way?");
    /* A promise without a token is none. */
    assert_int_equal(jz_tsa_reply_read((jz_bytes){ granted, sizeof granted }, &r, NULL),
                     JZ_E_CORRUPT);
}

/* Every bit of a reply but one: "granted" and "granted with changes" are both good, and the status
 * stands outside of what is signed. */
static void test_every_flipped_bit_of_a_reply_is_caught(void **state)
{
    (void)state;
    static const char text[] = "the sealed text";
    jz_tsa_request q;
    uint8_t *der = NULL;
    uint8_t digest[32];
    size_t len = 0;
    unsigned harmless = 0;
    fx_pki();
    jz_sha256(text, sizeof text, digest);
    const jz_bytes data = { (const uint8_t *)text, sizeof text };
    assert_int_equal(jz_tsa_request_make(JZ_TSA_SHA256, digest, &q, NULL), JZ_OK);
    assert_int_equal(fx_tsa(NULL, (jz_bytes){ q.der, q.len }, &der, &len, NULL), JZ_OK);
    const char *ca = fx_path("ca.pem");
    assert_int_equal(jz_tsa_reply_verify((jz_bytes){ der, len }, data, ca, 0, NULL), JZ_OK);
    for (size_t i = 0; i < len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            if (!fx_flips(i, bit))
                continue;
            jz_tsa_reply r;
            der[i] = (uint8_t)(der[i] ^ 1U << bit);
            if (jz_tsa_reply_read((jz_bytes){ der, len }, &r, NULL) == JZ_OK &&
                jz_tsa_reply_check(&r, &q, 0, 0, NULL) == JZ_OK &&
                jz_tsa_reply_verify((jz_bytes){ der, len }, data, ca, 0, NULL) == JZ_OK) {
                if (i != 8 || bit != 0)
                    fail_msg("byte %zu bit %u was not caught", i, bit);
                assert_int_equal(r.status, 1);
                harmless++;
            }
            der[i] = (uint8_t)(der[i] ^ 1U << bit);
        }
    jz_evidence_free(der);
    assert_int_equal(harmless, fx_flips(8, 0) ? 1 : 0);
}

static void test_signature_of_a_reply_is_checked(void **state)
{
    (void)state;
    static const char text[] = "the sealed text";
    const jz_bytes data = { (const uint8_t *)text, sizeof text };
    const jz_bytes other = { (const uint8_t *)text, sizeof text - 1 };
    jz_tsa_request q;
    uint8_t *der = NULL;
    uint8_t digest[32];
    size_t len = 0;
    long long_ago = 1000000000;
    fx_pki();
    assert_int_equal(EVP_Digest(text, sizeof text, digest, NULL, EVP_sm3(), NULL), 1);
    assert_int_equal(jz_tsa_request_make(JZ_TSA_SM3, digest, &q, NULL), JZ_OK);
    assert_int_equal(fx_tsa(NULL, (jz_bytes){ q.der, q.len }, &der, &len, NULL), JZ_OK);
    const jz_bytes reply = { der, len };
    const char *ca = fx_path("ca.pem");
    assert_int_equal(jz_tsa_reply_verify(reply, data, ca, 0, NULL), JZ_OK);
    assert_int_equal(jz_tsa_reply_verify(reply, other, ca, 0, NULL), JZ_E_MISMATCH);
    assert_int_equal(jz_tsa_reply_verify(reply, data, fx_path("other-ca.pem"), 0, NULL),
                     JZ_E_MISMATCH);
    /* After the authority's certificate has expired: what re-sealing is for. */
    assert_int_equal(
        jz_tsa_reply_verify(reply, data, ca, jz_now_us() + 366LL * 86400 * 1000000, NULL),
        JZ_E_MISMATCH);
    assert_int_equal(jz_tsa_reply_verify(reply, data, fx_path("none.pem"), 0, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_tsa_reply_verify(reply, data, fx_path("tsa.key"), 0, NULL), JZ_E_CORRUPT);
    jz_evidence_free(der);
    /* A stamp of a time when the certificate was not valid. */
    assert_int_equal(fx_tsa(&long_ago, (jz_bytes){ q.der, q.len }, &der, &len, NULL), JZ_OK);
    assert_int_equal(jz_tsa_reply_verify((jz_bytes){ der, len }, data, ca, 0, NULL), JZ_E_MISMATCH);
    jz_evidence_free(der);
}

/* ---- Of a bag ---- */

static jz_stamp_state look(const char *bag, jz_tsa_hash hash)
{
    jz_stamp_state s = JZ_STAMP_WRONG;
    assert_int_equal(jz_stamp_look(fx_path(bag), hash, &s, NULL, NULL, NULL), JZ_OK);
    return s;
}

static void exchange(const char *bag, jz_tsa_hash hash, const char *tsq)
{
    JZ_BUF_AUTO request = { 0 };
    uint8_t *reply = NULL;
    size_t len = 0;
    assert_int_equal(look(bag, hash), JZ_STAMP_NONE);
    assert_int_equal(jz_stamp_request(fx_path(bag), hash, NULL), JZ_OK);
    assert_int_equal(look(bag, hash), JZ_STAMP_REQUESTED);
    assert_int_equal(jz_stamp_request(fx_path(bag), hash, NULL), JZ_OK); /* the same one */
    fx_read(tsq, &request);
    assert_int_equal(fx_tsa(NULL, fx_bytes(&request), &reply, &len, NULL), JZ_OK);
    assert_int_equal(jz_stamp_accept(fx_path(bag), hash, (jz_bytes){ reply, len }, NULL), JZ_OK);
    assert_int_equal(look(bag, hash), JZ_STAMP_STAMPED);
    assert_int_equal(jz_stamp_accept(fx_path(bag), hash, (jz_bytes){ reply, len }, NULL),
                     JZ_E_EXISTS);
    assert_int_equal(jz_stamp_request(fx_path(bag), hash, NULL), JZ_E_EXISTS);
    jz_evidence_free(reply);
}

static void test_stamp_is_got_by_files(void **state)
{
    (void)state;
    jz_bag_report r = { 0 };
    jz_tsa_reply reply;
    jz_stamp_state s;
    fx_pki();
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    exchange("bag", JZ_TSA_SHA256, "bag/seal/tagmanifest.tsq");
    exchange("bag", JZ_TSA_SM3, "bag/seal/tagmanifest.sm.tsq");
    assert_int_equal(jz_stamp_look(fx_path("bag"), JZ_TSA_SHA256, &s, &reply, NULL, NULL), JZ_OK);
    assert_string_equal(reply.policy, "1.2.3.4.5");
    assert_int_equal(unlink(fx_path("bag/seal/tagmanifest.tsq")), 0); /* has served */
    assert_int_equal(look("bag", JZ_TSA_SHA256), JZ_STAMP_STAMPED);
    assert_int_equal(jz_bag_verify(fx_path("bag"), NULL, &r, NULL), JZ_OK);
    assert_true(r.holds);
    jz_bag_report_done(&r);
}

static void test_stamp_of_another_bag_is_wrong(void **state)
{
    (void)state;
    JZ_BUF_AUTO der = { 0 };
    jz_stamp_state s;
    jz_err why = { 0 };
    fx_pki();
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    assert_int_equal(fx_bag("other", NULL), JZ_OK);
    assert_int_equal(jz_stamp(fx_path("other"), JZ_TSA_SHA256, fx_tsa, NULL, NULL), JZ_OK);
    fx_read("other/seal/tagmanifest.tsr", &der);
    assert_int_equal(jz_stamp_accept(fx_path("bag"), JZ_TSA_SHA256, fx_bytes(&der), NULL),
                     JZ_E_NOTFOUND); /* nothing was asked for */
    assert_int_equal(jz_stamp_request(fx_path("bag"), JZ_TSA_SHA256, NULL), JZ_OK);
    assert_int_equal(jz_stamp_accept(fx_path("bag"), JZ_TSA_SHA256, fx_bytes(&der), NULL),
                     JZ_E_MISMATCH);
    assert_int_equal(look("bag", JZ_TSA_SHA256), JZ_STAMP_REQUESTED);
    fx_write("bag/seal/tagmanifest.tsr", der.ptr, der.len);
    assert_int_equal(jz_stamp_look(fx_path("bag"), JZ_TSA_SHA256, &s, NULL, &why, NULL), JZ_OK);
    assert_int_equal(s, JZ_STAMP_WRONG);
    assert_int_equal(why.code, JZ_E_MISMATCH);
    fx_puts("bag/seal/tagmanifest.tsr", "no reply");
    assert_int_equal(look("bag", JZ_TSA_SHA256), JZ_STAMP_WRONG);
    static const char large[JZ_TSA_REPLY_MAX + 1];
    fx_write("bag/seal/tagmanifest.tsr", large, sizeof large);
    assert_int_equal(look("bag", JZ_TSA_SHA256), JZ_STAMP_WRONG);
}

static jz_status silent(void *user, jz_bytes request, uint8_t **out, size_t *len, jz_err *err)
{
    (void)user;
    (void)request;
    (void)out;
    (void)len;
    return JZ_FAIL(err, JZ_E_TIMEOUT, "no answer in 10 s");
}

static void test_bag_without_an_answer_is_unstamped_aloud_and_stamped_later(void **state)
{
    (void)state;
    jz_err err = { 0 };
    fx_pki();
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    assert_int_equal(jz_stamp(fx_path("bag"), JZ_TSA_SHA256, silent, NULL, &err), JZ_E_TIMEOUT);
    assert_non_null(strstr(err.frame[err.depth - 1], "stays unstamped"));
    assert_string_equal(jz_stamp_state_name(look("bag", JZ_TSA_SHA256)), "unstamped");
    assert_int_equal(jz_stamp(fx_path("bag"), JZ_TSA_SHA256, fx_tsa, NULL, NULL), JZ_OK);
    assert_string_equal(jz_stamp_state_name(look("bag", JZ_TSA_SHA256)), "stamped");
}

static void test_stamp_from_a_wrong_clock_is_refused(void **state)
{
    (void)state;
    long past = (long)(jz_now_us() / 1000000) - 3600;
    long future = (long)(jz_now_us() / 1000000) + 3600;
    fx_pki();
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    assert_int_equal(jz_stamp(fx_path("bag"), JZ_TSA_SHA256, fx_tsa, &past, NULL), JZ_E_MISMATCH);
    assert_int_equal(jz_stamp(fx_path("bag"), JZ_TSA_SHA256, fx_tsa, &future, NULL), JZ_E_MISMATCH);
    assert_int_equal(look("bag", JZ_TSA_SHA256), JZ_STAMP_REQUESTED);
}

static void test_request_of_another_bag_is_refused(void **state)
{
    (void)state;
    JZ_BUF_AUTO der = { 0 };
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    assert_int_equal(fx_bag("other", NULL), JZ_OK);
    assert_int_equal(jz_stamp_request(fx_path("other"), JZ_TSA_SHA256, NULL), JZ_OK);
    fx_read("other/seal/tagmanifest.tsq", &der);
    fx_write("bag/seal/tagmanifest.tsq", der.ptr, der.len);
    assert_int_equal(jz_stamp_request(fx_path("bag"), JZ_TSA_SHA256, NULL), JZ_E_MISMATCH);
    assert_int_equal(rename(fx_path("bag/seal"), fx_path("elsewhere")), 0);
    assert_int_equal(symlink("../elsewhere", fx_path("bag/seal")), 0);
    assert_int_equal(jz_seal_put(fx_path("bag"), "x", "x", 1, NULL), JZ_E_SPECIAL);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_set_up, fx_tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_is_the_template),
        cmocka_unit_test(test_request_is_read_back_or_refused),
        TEST(test_reply_is_read),
        TEST(test_reply_to_something_else_is_refused),
        cmocka_unit_test(test_refusal_is_told_with_its_reason),
        TEST(test_every_flipped_bit_of_a_reply_is_caught),
        TEST(test_signature_of_a_reply_is_checked),
        TEST(test_stamp_is_got_by_files),
        TEST(test_stamp_of_another_bag_is_wrong),
        TEST(test_bag_without_an_answer_is_unstamped_aloud_and_stamped_later),
        TEST(test_stamp_from_a_wrong_clock_is_refused),
        TEST(test_request_of_another_bag_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
