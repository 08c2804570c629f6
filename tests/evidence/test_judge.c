/* SPDX-License-Identifier: Apache-2.0 */
/* Bags whose seals were made to mislead: each gets a verdict, and none makes the judge wait, read
 * elsewhere or hash for hours. */
#include "evidence_fixture.h"

#include <jz/sealing.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sys/stat.h>
#include <unistd.h>

static jz_bag_judgement v;

static const jz_bag_judgement *judge(bool trusting)
{
    const jz_judge_opts o = { .ca_file = trusting ? fx_path("ca.pem") : NULL };
    jz_err err = { 0 };
    jz_bag_report_done(&v.contents);
    v = (jz_bag_judgement){ 0 };
    alarm(60); /* a judge that waits for a pipe's writer is ended */
    const jz_status st = jz_bag_judge(fx_path("bag"), &o, &v, &err);
    alarm(0);
    if (st != JZ_OK)
        print_error("%s\n", err.frame[0]);
    assert_int_equal(st, JZ_OK);
    return &v;
}

/* A bag with a signature and a stamp. */
static int make_bag(void **state)
{
    if (fx_set_up(state) != 0)
        return -1;
    fx_pki();
    const jz_cms_key key = { .key_file = fx_path("signer.key"),
                             .cert_file = fx_path("signer.pem") };
    return fx_bag("bag", NULL) == JZ_OK && jz_seal_sign(fx_path("bag"), &key, 1, NULL) == JZ_OK &&
                   jz_stamp(fx_path("bag"), JZ_TSA_SHA256, fx_tsa, NULL, NULL) == JZ_OK
               ? 0
               : -1;
}

static int clean_up(void **state)
{
    jz_bag_report_done(&v.contents);
    return fx_tear_down(state);
}

static void test_whole_bag_is_vouched_for_by_whom_one_trusts(void **state)
{
    (void)state;
    const jz_bag_judgement *j = judge(true);
    assert_true(j->holds && j->vouched);
    assert_int_equal(j->signature.verdict, JZ_SEAL_HOLDS);
    assert_int_equal(j->stamp.verdict, JZ_SEAL_HOLDS);
    assert_true(j->stamp.at_us > 0);
    assert_int_equal(j->stamp_sm3.verdict, JZ_SEAL_ABSENT);
    assert_int_equal(j->proof.verdict, JZ_SEAL_ABSENT);
    j = judge(false);
    assert_true(j->holds);
    assert_false(j->vouched);
    assert_int_equal(j->signature.verdict, JZ_SEAL_UNTRUSTED);
    assert_int_equal(j->stamp.verdict, JZ_SEAL_UNTRUSTED);
}

static const char *const seals[] = { "bag/seal/tagmanifest.p7s", "bag/seal/tagmanifest.tsr",
                                     "bag/seal/tagmanifest.sm.tsr",
                                     "bag/seal/tagmanifest.tlog-proof", "bag/seal/reseal-1.sums" };

static const jz_seal_judgement *seal_of(size_t i)
{
    const jz_seal_judgement *const all[] = { &v.signature, &v.stamp, &v.stamp_sm3, &v.proof,
                                             &v.reseal };
    return all[i];
}

static void expect_broken(size_t i)
{
    judge(true);
    if (seal_of(i)->verdict != JZ_SEAL_BROKEN || v.holds)
        fail_msg("%s: %s: %s", seals[i], jz_seal_verdict_name(seal_of(i)->verdict),
                 seal_of(i)->proves);
    assert_true(seal_of(i)->proves[0] != '\0');
}

static void test_seal_that_is_no_regular_file_is_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(seals); i++) {
        char path[512]; /* fx_path()'s does not live as long */
        (void)snprintf(path, sizeof path, "%s", fx_path(seals[i]));
        (void)rename(path, fx_path("saved"));
        assert_int_equal(mkfifo(path, 0600), 0);
        expect_broken(i);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(mkdir(path, 0700), 0);
        expect_broken(i);
        assert_int_equal(rmdir(path), 0);
        assert_int_equal(symlink("/dev/zero", path), 0);
        expect_broken(i);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(symlink(fx_path("saved"), path), 0); /* even where it is the real one */
        expect_broken(i);
        assert_int_equal(unlink(path), 0);
        (void)rename(fx_path("saved"), path);
    }
    assert_true(judge(true)->holds);
}

static void test_seal_too_large_or_empty_is_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(seals); i++) {
        char path[512]; /* fx_path()'s does not live as long */
        (void)snprintf(path, sizeof path, "%s", fx_path(seals[i]));
        (void)rename(path, fx_path("saved"));
        fx_puts(seals[i], "");
        expect_broken(i);
        assert_int_equal(truncate(path, (off_t)20 << 30), 0);
        expect_broken(i);
        assert_int_equal(unlink(path), 0);
        (void)rename(fx_path("saved"), path);
    }
    assert_true(judge(true)->holds);
}

static void test_seals_of_no_tag_manifest_are_broken(void **state)
{
    (void)state;
    assert_int_equal(unlink(fx_path("bag/tagmanifest-sha256.txt")), 0);
    expect_broken(0);
    expect_broken(1);
    assert_int_equal(mkfifo(fx_path("bag/tagmanifest-sha256.txt"), 0600), 0);
    expect_broken(0);
    assert_int_equal(judge(false)->signature.verdict, JZ_SEAL_BROKEN);
    assert_false(v.holds);
}

static void test_seal_folder_that_is_a_link_does_not_hold(void **state)
{
    (void)state;
    assert_int_equal(rename(fx_path("bag/seal"), fx_path("elsewhere")), 0);
    assert_int_equal(symlink(fx_path("elsewhere"), fx_path("bag/seal")), 0);
    assert_false(judge(true)->holds);
    assert_false(v.contents.holds);
    assert_false(v.vouched);
}

static void test_another_bags_seals_are_broken(void **state)
{
    (void)state;
    JZ_BUF_AUTO seal = { 0 };
    for (size_t i = 0; i < 2; i++) {
        fx_read(seals[i], &seal);
        fx_write(i == 0 ? "p7s" : "tsr", seal.ptr, seal.len);
    }
    assert_int_equal(rename(fx_path("bag"), fx_path("first")), 0);
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    for (size_t i = 0; i < 2; i++) {
        fx_read(i == 0 ? "p7s" : "tsr", &seal);
        fx_write(seals[i], seal.ptr, seal.len);
    }
    expect_broken(0);
    expect_broken(1);
}

/* ---- sealed again ---- */

static void put_sums(const char *text, size_t len)
{
    jz_tsa_request q;
    uint8_t digest[JZ_SHA256_SIZE];
    uint8_t *reply = NULL;
    size_t n = 0;
    jz_sha256(text, len, digest);
    assert_int_equal(jz_tsa_request_make(JZ_TSA_SHA256, digest, &q, NULL), JZ_OK);
    assert_int_equal(fx_tsa(NULL, (jz_bytes){ q.der, q.len }, &reply, &n, NULL), JZ_OK);
    fx_write("bag/seal/reseal-1.sums", text, len);
    fx_write("bag/seal/reseal-1.tsr", reply, n);
    jz_evidence_free(reply);
}

static void put_line(jz_buf *out, const char *name)
{
    JZ_BUF_AUTO file = { 0 };
    uint8_t digest[JZ_SHA256_SIZE];
    JZ_BUF_AUTO path = { 0 };
    jz_buf_printf(&path, "bag/seal/%s", name);
    fx_read(path.ptr, &file);
    jz_sha256(file.ptr != NULL ? file.ptr : "", file.len, digest);
    jz_hex_put(out, digest, sizeof digest);
    jz_buf_printf(out, "  seal/%s\n", name);
}

static void test_reseal_holds_until_a_seal_changes(void **state)
{
    (void)state;
    JZ_BUF_AUTO sums = { 0 };
    put_line(&sums, "tagmanifest.p7s");
    put_line(&sums, "tagmanifest.tsr");
    put_sums(sums.ptr, sums.len);
    assert_true(judge(true)->holds);
    assert_int_equal(v.reseal.verdict, JZ_SEAL_HOLDS);
    assert_int_equal(v.reseals, 1);
    fx_puts("bag/seal/tagmanifest.tsr", "");
    judge(true);
    assert_int_equal(v.reseal.verdict, JZ_SEAL_BROKEN);
    assert_non_null(strstr(v.reseal.proves, "tagmanifest.tsr changed"));
}

static void test_sums_with_odd_lines_are_broken(void **state)
{
    (void)state;
    static const char *const names[] = { "../bag-info.txt", "/etc/passwd",      "", ".", "..",
                                         "a\x1b[2J",        "tagmanifest.p7s\\" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO sums = { 0 };
        for (unsigned k = 0; k < 2 * JZ_SHA256_SIZE; k++)
            jz_buf_putc(&sums, '0');
        jz_buf_printf(&sums, "  seal/%s\n", names[i]);
        put_sums(sums.ptr, sums.len);
        judge(true);
        assert_int_equal(v.reseal.verdict, JZ_SEAL_BROKEN);
        assert_null(strchr(v.reseal.proves, '\x1b')); /* goes to a terminal */
        put_sums(sums.ptr, sums.len - 1);             /* without an end */
        assert_int_equal(judge(true)->reseal.verdict, JZ_SEAL_BROKEN);
    }
    put_sums("", 0); /* a stamp of nothing proves nothing and breaks nothing */
    assert_true(judge(true)->contents.holds);
}

/* Fifty thousand lines that all name one file of four megabytes would be 200 GB. */
static void test_sums_cannot_ask_for_endless_hashing(void **state)
{
    (void)state;
    JZ_BUF_AUTO line = { 0 };
    JZ_BUF_AUTO sums = { 0 };
    fx_puts("bag/seal/big", "");
    assert_int_equal(truncate(fx_path("bag/seal/big"), (off_t)4 << 20), 0);
    put_line(&line, "big");
    while (sums.len + line.len < (size_t)4 << 20)
        jz_buf_put(&sums, line.ptr, line.len);
    put_sums(sums.ptr, sums.len);
    judge(true);
    assert_int_equal(v.reseal.verdict, JZ_SEAL_BROKEN);
    assert_non_null(strstr(v.reseal.proves, "sums of more than"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_bag_is_vouched_for_by_whom_one_trusts, make_bag,
                                        clean_up),
        cmocka_unit_test_setup_teardown(test_seal_that_is_no_regular_file_is_broken, make_bag,
                                        clean_up),
        cmocka_unit_test_setup_teardown(test_seal_too_large_or_empty_is_broken, make_bag, clean_up),
        cmocka_unit_test_setup_teardown(test_seals_of_no_tag_manifest_are_broken, make_bag,
                                        clean_up),
        cmocka_unit_test_setup_teardown(test_seal_folder_that_is_a_link_does_not_hold, make_bag,
                                        clean_up),
        cmocka_unit_test_setup_teardown(test_another_bags_seals_are_broken, make_bag, clean_up),
        cmocka_unit_test_setup_teardown(test_reseal_holds_until_a_seal_changes, make_bag, clean_up),
        cmocka_unit_test_setup_teardown(test_sums_with_odd_lines_are_broken, make_bag, clean_up),
        cmocka_unit_test_setup_teardown(test_sums_cannot_ask_for_endless_hashing, make_bag,
                                        clean_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
