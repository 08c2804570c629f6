/* SPDX-License-Identifier: Apache-2.0 */
/* One changed byte in a sealed bag, wherever it is, is caught by the judge, which names the file or
 * the seal. Of every byte of a small bag one bit is flipped, or all of them where $JZ_FLIP_ALL is
 * set; of a larger bag, a thousand bits at random places. */
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
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define ORIGIN "log.example/jianzhen"
#define LARGE_FILES 60
#ifdef JZ_SANITIZED
#define SAMPLES 100
#else
#define SAMPLES 1000
#endif

/* The bits that a format leaves free, by name. The status stands in front of the signed token:
 * "granted" and "granted with changes" are both good. docs/evidence.md lists them too. */
static const struct {
    const char *file;
    size_t byte;
    unsigned bit;
} free_bits[] = {
    { "seal/tagmanifest.tsr", 8, 0 },
    { "seal/tagmanifest.sm.tsr", 8, 0 },
    { "seal/reseal-1.tsr", 8, 0 },
};

static jz_policy *policy;
static jz_bag_judgement v;

static jz_bytes text_bytes(const char *text)
{
    return (jz_bytes){ (const uint8_t *)text, strlen(text) };
}

/* ---- a bag with every kind of seal ---- */

static void put_seal(const char *name, const char *text)
{
    assert_int_equal(jz_seal_put(fx_path("bag"), name, text, strlen(text), NULL), JZ_OK);
}

static void witness(jz_log *log, const jz_skey *key, const jz_vkey *log_key)
{
    jz_witness_reply reply;
    char *request = NULL;
    const jz_witness w = { .dir = fx_path("witness"), .logs = log_key, .n = 1, .key = key };
    assert_int_equal(jz_log_witness_request(log, 0, &request, NULL), JZ_OK);
    assert_int_equal(jz_witness_add(&w, 1700000000, text_bytes(request), &reply, NULL), JZ_OK);
    assert_int_equal(reply.status, 200);
    assert_int_equal(jz_log_cosign(log, text_bytes(reply.body), &key->pub, 1, NULL), JZ_OK);
    jz_ledger_free(request);
    jz_ledger_free(reply.body);
}

static void put_log_files(const char *leaf, const char *proof, const jz_vkey *log_key,
                          const jz_vkey *witness_key)
{
    char log_text[JZ_VKEY_TEXT];
    char witness_text[JZ_VKEY_TEXT];
    JZ_BUF_AUTO text = { 0 };
    jz_vkey_text(log_key, log_text);
    jz_vkey_text(witness_key, witness_text);
    jz_buf_printf(&text, "%s\n", log_text);
    put_seal("log.vkey", text.ptr);
    jz_buf_reset(&text);
    jz_buf_printf(&text, "log %s\nwitness w %s\nquorum w\n", log_text, witness_text);
    put_seal("policy", text.ptr);
    put_seal("leaf.bin", leaf);
    put_seal("tagmanifest.tlog-proof", proof);
    assert_int_equal(jz_policy_parse(fx_bytes(&text), &policy, NULL), JZ_OK);
}

/* As leaf 2 of 4, under a checkpoint that a witness has signed too. */
static void log_bag(const uint8_t sha256[JZ_SHA256_SIZE])
{
    jz_skey key;
    jz_skey other;
    jz_log *log = NULL;
    char text[JZ_LEAF_TEXT];
    size_t len = 0;
    uint64_t first = 0;
    char *proof = NULL;
    jz_leaf leaf = {
        .kind = JZ_LEAF_SEALED, .object = "EB-1", .time = 1700000000, .prev = JZ_LEAF_NO_PREV
    };
    memcpy(leaf.sha256, sha256, JZ_SHA256_SIZE);
    assert_int_equal(jz_leaf_write(&leaf, text, &len, NULL), JZ_OK);
    assert_int_equal(jz_skey_new(ORIGIN, JZ_KEY_ED25519, &key, NULL), JZ_OK);
    assert_int_equal(jz_skey_new("w.example/w", JZ_KEY_COSIGNATURE, &other, NULL), JZ_OK);
    assert_int_equal(jz_log_create(fx_path("log"), &key, NULL), JZ_OK);
    assert_int_equal(jz_log_open(fx_path("log"), &key.pub, &key, NULL, &log, NULL), JZ_OK);
    const jz_bytes leaves[] = { text_bytes("a"), text_bytes("b"), text_bytes(text),
                                text_bytes("c") };
    assert_int_equal(jz_log_append(log, leaves, 4, &first, NULL), JZ_OK);
    witness(log, &other, &key.pub);
    assert_int_equal(jz_log_prove(log, 2, &proof, NULL), JZ_OK);
    put_log_files(text, proof, &key.pub, &other.pub);
    jz_ledger_free(proof);
    jz_log_close(log);
}

/* n payload files of some bytes each; no seal. sha256: of the tag manifest. */
static void make_bag(unsigned n, size_t bytes, uint8_t sha256[JZ_SHA256_SIZE])
{
    jz_bag *b = NULL;
    jz_auto(uint8_t) *data = jz_alloc_zero(bytes, 1);
    assert_int_equal(jz_bag_new(fx_path("bag"), NULL, &b, NULL), JZ_OK);
    for (unsigned i = 1; i <= n; i++) {
        char name[JZ_BAG_ITEM_NAME];
        data[0] = (uint8_t)i;
        assert_int_equal(
            jz_bag_add_bytes(b, data, bytes, jz_bag_item_name(i, "x.jpg", name), NULL, NULL),
            JZ_OK);
    }
    assert_int_equal(jz_bag_add_guide(b, "true\n", 5, "verify.sh", NULL), JZ_OK);
    assert_int_equal(jz_bag_info(b, "Source-Organization", "\xe9\x89\xb4\xe7\x9c\x9f", NULL),
                     JZ_OK);
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_OK);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_OK);
    jz_bag_free(b);
}

static void sign(void)
{
    const jz_cms_key key = { .key_file = fx_path("signer.key"),
                             .cert_file = fx_path("signer.pem") };
    assert_int_equal(jz_seal_sign(fx_path("bag"), &key, 1, NULL), JZ_OK);
}

static void stamp(jz_tsa_hash hash)
{
    assert_int_equal(jz_stamp(fx_path("bag"), hash, fx_tsa, NULL, NULL), JZ_OK);
}

/* The seals of two bags: all of them on one would take twice the time. */
static const char *const first_seals[] = { "leaf.bin",        "log.vkey",
                                           "policy",          "tagmanifest.p7s",
                                           "tagmanifest.tsq", "tagmanifest.tlog-proof",
                                           "tagmanifest.tsr" };
static const char *const second_seals[] = { "tagmanifest.sm.tsq", "tagmanifest.sm.tsr" };

static void reseal(void)
{
    jz_tsa_request q;
    uint8_t digest[JZ_SHA256_SIZE];
    uint8_t *reply = NULL;
    size_t len = 0;
    JZ_BUF_AUTO sums = { 0 };
    JZ_BUF_AUTO file = { 0 };
    for (size_t i = 0; i < JZ_ARRAY_LEN(second_seals); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "bag/seal/%s", second_seals[i]);
        fx_read(path, &file);
        jz_sha256(file.ptr, file.len, digest);
        jz_hex_put(&sums, digest, sizeof digest);
        jz_buf_printf(&sums, "  seal/%s\n", second_seals[i]);
    }
    jz_sha256(sums.ptr, sums.len, digest);
    assert_int_equal(jz_tsa_request_make(JZ_TSA_SHA256, digest, &q, NULL), JZ_OK);
    assert_int_equal(fx_tsa(NULL, (jz_bytes){ q.der, q.len }, &reply, &len, NULL), JZ_OK);
    fx_write("bag/seal/reseal-1.sums", sums.ptr, sums.len);
    fx_write("bag/seal/reseal-1.tsr", reply, len);
    jz_evidence_free(reply);
}

/* ---- judging ---- */

static void judge(void)
{
    const jz_judge_opts o = { .ca_file = fx_path("ca.pem"), .policy = policy };
    jz_bag_report_done(&v.contents);
    v = (jz_bag_judgement){ 0 };
    assert_int_equal(jz_bag_judge(fx_path("bag"), &o, &v, NULL), JZ_OK);
}

/* The contents alone, which know nothing of seals: ten times as fast. */
static void judge_contents(void)
{
    jz_bag_report_done(&v.contents);
    v = (jz_bag_judgement){ 0 };
    assert_int_equal(jz_bag_verify(fx_path("bag"), NULL, &v.contents, NULL), JZ_OK);
    v.holds = v.contents.holds;
}

/* Whether a file is hashed with the contents: then of 16 bytes one is judged with all seals. */
static bool is_content(const char *file)
{
    return strcmp(file, JZ_BAG_TAGMANIFEST) != 0 &&
           (strncmp(file, "seal/", 5) != 0 || strcmp(file, "seal/verify.sh") == 0);
}

static bool is_named(const char *file)
{
    static const struct {
        const char *file;
        const jz_seal_judgement *seal;
    } seals[] = { { "seal/tagmanifest.p7s", &v.signature },
                  { "seal/tagmanifest.ts", &v.stamp },
                  { "seal/tagmanifest.sm.ts", &v.stamp_sm3 },
                  { "seal/tagmanifest.tlog-proof", &v.proof },
                  { "seal/leaf.bin", &v.proof },
                  { "seal/log.vkey", &v.proof },
                  { "seal/policy", &v.proof },
                  { "seal/reseal-1.", &v.reseal } };
    for (size_t i = 0; i < JZ_ARRAY_LEN(seals); i++)
        if (strncmp(file, seals[i].file, strlen(seals[i].file)) == 0)
            return seals[i].seal->verdict == JZ_SEAL_BROKEN && seals[i].seal->proves[0] != '\0';
    if (strcmp(file, JZ_BAG_TAGMANIFEST) == 0) /* what all three are made over */
        return v.signature.verdict == JZ_SEAL_BROKEN && v.stamp.verdict == JZ_SEAL_BROKEN &&
               v.proof.verdict == JZ_SEAL_BROKEN;
    for (size_t i = 0; i < v.contents.n; i++)
        if (v.contents.finding[i].level == JZ_BAG_FAULT &&
            strcmp(v.contents.finding[i].file, file) == 0)
            return true;
    return false;
}

static bool is_free(const char *file, size_t byte, unsigned bit)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(free_bits); i++)
        if (strcmp(file, free_bits[i].file) == 0 && byte == free_bits[i].byte &&
            bit == free_bits[i].bit)
            return true;
    return false;
}

/* In place: to write the file anew would wait for the disk each time. */
static void flip(int fd, const char *file, const jz_buf *content, size_t byte, unsigned bit)
{
    const char flipped = (char)((unsigned char)content->ptr[byte] ^ 1U << bit);
    assert_int_equal(pwrite(fd, &flipped, 1, (off_t)byte), 1);
    if (is_content(file) && byte % 16 != 0 && getenv("JZ_FLIP_ALL") == NULL)
        judge_contents();
    else
        judge();
    const bool harmless = is_free(file, byte, bit);
    if (v.holds != harmless || (!harmless && !is_named(file)))
        fail_msg("%s: byte %zu, bit %u: %s", file, byte, bit, v.holds ? "not caught" : "not named");
    assert_int_equal(pwrite(fd, &content->ptr[byte], 1, (off_t)byte), 1);
}

static int open_file(const char *file, jz_buf *content)
{
    char path[128];
    (void)snprintf(path, sizeof path, "bag/%s", file);
    fx_read(path, content);
    const int fd = open(fx_path(path), O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* Under a sanitizer, which takes ten times as long, one byte of eight. */
static bool is_tried(size_t byte, unsigned bit)
{
#ifdef JZ_SANITIZED
    return byte % 8 == 0 && byte / 8 % 8 == bit;
#else
    return byte % 8 == bit || getenv("JZ_FLIP_ALL") != NULL;
#endif
}

static void flip_all(const char *file)
{
    JZ_BUF_AUTO content = { 0 };
    const int fd = open_file(file, &content);
    for (size_t i = 0; i < content.len; i++)
        for (unsigned bit = 0; bit < 8; bit++)
            if (is_tried(i, bit))
                flip(fd, file, &content, i, bit);
    (void)close(fd);
}

static int set_up(void **state)
{
    if (fx_set_up(state) != 0)
        return -1;
    fx_pki();
    return 0;
}

static int clean_up(void **state)
{
    jz_bag_report_done(&v.contents);
    v = (jz_bag_judgement){ 0 };
    jz_policy_free(policy);
    policy = NULL;
    return fx_tear_down(state);
}

static const char *const covered[] = {
    "bag-info.txt",        "bagit.txt",           "manifest-md5.txt",
    "manifest-sha256.txt", "manifest-sha512.txt", "sm3sums.txt",
    "seal/verify.sh",      JZ_BAG_TAGMANIFEST,    "data/original/item-0001.jpg"
};

static void flip_seals(const char *const *seals, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char file[64];
        (void)snprintf(file, sizeof file, "seal/%s", seals[i]);
        flip_all(file);
    }
    judge();
    assert_true(v.holds);
}

static void test_every_changed_byte_is_caught_and_named(void **state)
{
    (void)state;
    uint8_t sha256[JZ_SHA256_SIZE];
    make_bag(1, 20, sha256);
    sign();
    stamp(JZ_TSA_SHA256);
    log_bag(sha256);
    /* Everything that a bag holds is tried: nothing is left out without a word. */
    assert_int_equal(fx_entries("bag/data/original"), 1);
    assert_int_equal(fx_entries("bag"), 2 + 7); /* data, seal */
    assert_int_equal(fx_entries("bag/seal"), JZ_ARRAY_LEN(first_seals) + 1);
    judge();
    assert_true(v.holds && v.vouched);
    for (size_t i = 0; i < JZ_ARRAY_LEN(covered); i++)
        flip_all(covered[i]);
    flip_seals(first_seals, JZ_ARRAY_LEN(first_seals));
}

static void test_every_changed_byte_of_further_seals_is_caught_and_named(void **state)
{
    (void)state;
    uint8_t sha256[JZ_SHA256_SIZE];
    make_bag(1, 20, sha256);
    stamp(JZ_TSA_SM3);
    flip_seals(second_seals, JZ_ARRAY_LEN(second_seals));
    reseal();
    judge();
    assert_true(v.holds);
    assert_int_equal(v.reseal.verdict, JZ_SEAL_HOLDS);
    flip_all("seal/reseal-1.sums");
    flip_all("seal/reseal-1.tsr");
    /* It also catches what the seal itself leaves free. */
    JZ_BUF_AUTO content = { 0 };
    const int fd = open_file("seal/tagmanifest.sm.tsr", &content);
    const char flipped = (char)(content.ptr[8] ^ 1);
    assert_int_equal(pwrite(fd, &flipped, 1, 8), 1);
    (void)close(fd);
    judge();
    assert_false(v.holds);
    assert_int_equal(v.reseal.verdict, JZ_SEAL_BROKEN);
}

static uint64_t next(uint64_t *state) /* splitmix64 (Steele, Lea, Flood, 2014) */
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static void test_changed_bytes_of_a_larger_bag_are_caught_and_named(void **state)
{
    (void)state;
    uint64_t dice = 1;
    uint8_t sha256[JZ_SHA256_SIZE];
    make_bag(LARGE_FILES, 3000, sha256);
    sign();
    for (unsigned i = 0; i < SAMPLES; i++) {
        char file[64];
        JZ_BUF_AUTO content = { 0 };
        const uint64_t which = next(&dice) % (LARGE_FILES + 6); /* the manifests too */
        if (which < LARGE_FILES)
            (void)snprintf(file, sizeof file, "data/original/item-%04u.jpg", (unsigned)which + 1);
        else
            (void)snprintf(file, sizeof file, "%s", covered[which - LARGE_FILES]);
        const int fd = open_file(file, &content);
        flip(fd, file, &content, next(&dice) % content.len, next(&dice) % 8);
        (void)close(fd);
    }
    judge();
    assert_true(v.holds);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_every_changed_byte_is_caught_and_named),
        TEST(test_every_changed_byte_of_further_seals_is_caught_and_named),
        TEST(test_changed_bytes_of_a_larger_bag_are_caught_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
