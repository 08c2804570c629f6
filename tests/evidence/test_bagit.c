/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence_fixture.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static jz_bag *new_bag(const char *name, const jz_bag_opts *opts)
{
    jz_bag *b = NULL;
    assert_int_equal(jz_bag_new(fx_path(name), opts, &b, NULL), JZ_OK);
    return b;
}

static void finish(jz_bag *b)
{
    uint8_t sha256[JZ_SHA256_SIZE];
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_OK);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_OK);
    jz_bag_free(b);
}

static bool holds(const char *name)
{
    jz_bag_report r = { 0 };
    assert_int_equal(jz_bag_verify(fx_path(name), NULL, &r, NULL), JZ_OK);
    const bool h = r.holds && r.own && r.n == 0;
    jz_bag_report_done(&r);
    return h;
}

static void test_bag_appears_whole_under_its_name(void **state)
{
    (void)state;
    struct stat sb;
    uint8_t sha256[JZ_SHA256_SIZE];
    jz_bag *b = new_bag("bag", NULL);
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, "a.txt", NULL, NULL), JZ_OK);
    assert_int_equal(stat(fx_path("bag"), &sb), -1);
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_OK);
    assert_int_equal(stat(fx_path("bag"), &sb), -1);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_OK);
    assert_string_equal(jz_bag_folder(b), fx_path("bag"));
    jz_bag_free(b);
    assert_int_equal(stat(fx_path("bag"), &sb), 0);
    assert_int_equal(fx_entries("."), 1);
    assert_int_equal(fx_entries("bag"), 9); /* data, seal, 4 lists of hashes, 3 other tag files */
    assert_true(holds("bag"));
}

static void test_tag_files_are_as_the_profile_says(void **state)
{
    (void)state;
    JZ_BUF_AUTO text = { 0 };
    uint8_t sha256[JZ_SHA256_SIZE];
    uint8_t again[JZ_SHA256_SIZE];
    jz_bag *b = new_bag("bag", NULL);
    assert_int_equal(jz_bag_add_bytes(b, "abc", 3, "b/two.txt", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bag_add_bytes(b, "", 0, "a/one.txt", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bag_info(b, "Bagging-Date", "2026-11-28", NULL), JZ_OK);
    assert_int_equal(jz_bag_info(b, "Bag-Count", "1 of 2", NULL), JZ_OK);
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_OK);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_OK);
    jz_bag_free(b);
    fx_read("bag/bagit.txt", &text);
    assert_string_equal(text.ptr, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    fx_read("bag/manifest-md5.txt", &text);
    assert_string_equal(text.ptr, "d41d8cd98f00b204e9800998ecf8427e  data/a/one.txt\n"
                                  "900150983cd24fb0d6963f7d28e17f72  data/b/two.txt\n");
    fx_read("bag/sm3sums.txt", &text); /* GB/T 32905-2016, A.1, for "abc" */
    assert_non_null(strstr(text.ptr, "\n66c7f0f462eeedd9d1f2d46bdc10e4e2"
                                     "4167c4875cf2f7a2297da02b8f4ba8e0  data/b/two.txt\n"));
    fx_read("bag/manifest-sha512.txt", &text); /* FIPS 180-4, for "abc" */
    assert_non_null(strstr(text.ptr, "\nddaf35a193617abacc417349ae204131"
                                     "12e6fa4e89a97ea20a9eeee64b55d39a"
                                     "2192992a274fc1a836ba3c23a3feebbd"
                                     "454d4423643ce80e2a9ac94fa54ca49f  data/b/two.txt\n"));
    fx_read("bag/bag-info.txt", &text);
    static const char info[] = "Bagging-Date: 2026-11-28\nBag-Count: 1 of 2\nBag-Size: 3 bytes\n"
                               "Payload-Oxum: 3.2\nJianzhen-Profile: evidence-bag/v1\n"
                               "Jianzhen-Nonce: ";
    assert_int_equal(strncmp(text.ptr, info, sizeof info - 1), 0);
    assert_int_equal(text.len, sizeof info - 1 + 32 + 1);
    fx_read("bag/" JZ_BAG_TAGMANIFEST, &text);
    jz_sha256(text.ptr, text.len, again);
    assert_memory_equal(sha256, again, sizeof again);
}

static void test_two_bags_of_the_same_files_have_different_tag_manifests(void **state)
{
    (void)state;
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    assert_int_equal(fx_bag("one", NULL), JZ_OK);
    assert_int_equal(fx_bag("two", NULL), JZ_OK);
    fx_read("one/" JZ_BAG_TAGMANIFEST, &one);
    fx_read("two/" JZ_BAG_TAGMANIFEST, &two);
    assert_string_not_equal(one.ptr, two.ptr);
}

static void test_item_names_tell_nothing_but_a_short_extension(void **state)
{
    (void)state;
    static const struct {
        const char *real;
        const char *want;
    } cases[] = {
        { "holiday.MP4", "original/item-0007.mp4" }, { "/a.b/c", "original/item-0007" },
        { "x.tar.gz", "original/item-0007.gz" },     { ".hidden", "original/item-0007" },
        { "dir/.hidden", "original/item-0007" },     { "a.", "original/item-0007" },
        { "a.\xe7\x9c\x9f", "original/item-0007" },  { "a.j/g", "original/item-0007" },
        { "a.toolongext", "original/item-0007" },    { "", "original/item-0007" },
    };
    char name[JZ_BAG_ITEM_NAME];
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++)
        assert_string_equal(jz_bag_item_name(7, cases[i].real, name), cases[i].want);
    assert_string_equal(jz_bag_item_name(4294967295U, "a.mp4", name),
                        "original/item-4294967295.mp4");
}

static void test_names_that_do_not_belong_in_a_bag_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",    "..",   "../x",    "a/../b", "/etc/passwd", "~/x",  "a//b",
        "a/",  ".",    ".hidden", "-rf",    "a b",         "a\nb", "\xe7\x9c\x9f",
        "a%b", "a\\b", "a/./b",   "con:x",  "a*"
    };
    char longest[JZ_BAG_NAME_MAX + 2];
    jz_bag *b = new_bag("bag", NULL);
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(jz_bag_add_bytes(b, "x", 1, bad[i], NULL, NULL), JZ_E_INVAL);
    memset(longest, 'a', sizeof longest);
    longest[JZ_BAG_NAME_MAX + 1] = '\0';
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, longest, NULL, NULL), JZ_E_INVAL);
    longest[JZ_BAG_NAME_MAX] = '\0';
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, longest, NULL, NULL), JZ_OK);
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, "Item.mp4", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, "item.MP4", NULL, NULL), JZ_E_EXISTS);
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, "item.mp4/x", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, "Item.mp4/x", NULL, NULL), JZ_E_EXISTS);
    finish(b);
    assert_true(holds("bag"));
}

static void test_sources_that_are_no_files_leave_the_bag_as_it_was(void **state)
{
    (void)state;
    jz_err err = { 0 };
    jz_bag *b = new_bag("bag", NULL);
    assert_int_equal(mkfifo(fx_path("pipe"), 0600), 0);
    assert_int_equal(jz_bag_add_file(b, fx_path("absent"), "a", NULL, &err), JZ_E_NOTFOUND);
    assert_non_null(strstr(err.frame[0], "absent"));
    assert_int_equal(jz_bag_add_file(b, fx_path("pipe"), "a", NULL, NULL), JZ_E_SPECIAL);
    assert_int_equal(jz_bag_add_file(b, fx_path("."), "a", NULL, NULL), JZ_E_SPECIAL);
    fx_puts("real", "here");
    assert_int_equal(jz_bag_add_file(b, fx_path("real"), "a", NULL, NULL), JZ_OK);
    finish(b);
    assert_int_equal(fx_entries("bag/data"), 1);
    assert_true(holds("bag"));
}

/* What happens to the source while it is copied. */
typedef enum trouble { GROW, SHRINK, TOUCH, UNLINK, STOP } trouble;

static bool make_trouble(void *user, uint64_t bytes)
{
    const trouble *t = user;
    assert_true(bytes > 0);
    const char *path = fx_path("source");
    if (*t == GROW) {
        const int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
        assert_int_equal(write(fd, "+", 1), 1);
        (void)close(fd);
    } else if (*t == SHRINK) {
        assert_int_equal(truncate(path, 10), 0);
    } else if (*t == TOUCH) {
        assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
    } else if (*t == UNLINK) {
        (void)unlink(path);
    }
    return *t != STOP;
}

static void with_trouble(trouble t, jz_status want)
{
    jz_bag_opts opts = { .progress = make_trouble, .user = &t };
    const size_t len = (size_t)9 << 20; /* several calls */
    char *data = calloc(1, len);
    assert_non_null(data);
    fx_write("source", data, len);
    free(data);
    jz_bag *b = new_bag("bag", &opts);
    jz_err err = { 0 };
    assert_int_equal(jz_bag_add_file(b, fx_path("source"), "a", NULL, &err), want);
    assert_non_null(strstr(err.frame[err.depth - 1], "source"));
    assert_int_equal(jz_bag_add_bytes(b, "", 0, "b", NULL, NULL), JZ_OK);
    finish(b);
    assert_int_equal(fx_entries("bag/data"), 1);
    assert_true(holds("bag"));
}

static void test_file_that_grows_is_noticed(void **state)
{
    (void)state;
    with_trouble(GROW, JZ_E_CHANGED);
}

static void test_file_that_shrinks_is_noticed(void **state)
{
    (void)state;
    with_trouble(SHRINK, JZ_E_CHANGED);
}

static void test_file_that_is_touched_is_noticed(void **state)
{
    (void)state;
    with_trouble(TOUCH, JZ_E_CHANGED);
}

static void test_file_that_disappears_is_noticed(void **state)
{
    (void)state;
    with_trouble(UNLINK, JZ_E_CHANGED);
}

static void test_work_stops_on_request(void **state)
{
    (void)state;
    with_trouble(STOP, JZ_E_INTERRUPTED);
}

/* A write that the system refuses, as on a full disk. */
static void test_refused_write_leaves_nothing_under_the_name(void **state)
{
    (void)state;
    static char data[4096];
    struct rlimit before;
    jz_err err = { 0 };
    fx_write("source", data, sizeof data);
    jz_bag *b = new_bag("bag", NULL);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit small = { .rlim_cur = 1000, .rlim_max = before.rlim_max };
    void (*const was)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    const jz_status st = jz_bag_add_file(b, fx_path("source"), "a", NULL, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, was);
    assert_int_equal(st, JZ_E_IO);
    assert_non_null(strstr(err.frame[0], strerror(EFBIG)));
    jz_bag_free(b);
    assert_int_equal(fx_entries("."), 1); /* the source */
}

static void test_taken_name_is_not_touched(void **state)
{
    (void)state;
    uint8_t sha256[JZ_SHA256_SIZE];
    jz_bag *b = new_bag("bag", NULL);
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_OK);
    fx_mkdir("bag");
    fx_puts("bag/mine", "mine");
    assert_int_equal(jz_bag_commit(b, NULL), JZ_E_EXISTS);
    jz_bag_free(b);
    b = NULL;
    assert_int_equal(jz_bag_new(fx_path("bag"), NULL, &b, NULL), JZ_E_EXISTS);
    assert_null(b);
    assert_int_equal(fx_entries("."), 1);
    assert_int_equal(fx_entries("bag"), 1);
    assert_int_equal(jz_bag_new(fx_path("none/bag"), NULL, &b, NULL), JZ_E_IO);
    assert_int_equal(jz_bag_new("..", NULL, &b, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_new("", NULL, &b, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_new("/", NULL, &b, NULL), JZ_E_INVAL);
}

static void test_slash_at_the_end_of_the_path_is_no_part_of_the_name(void **state)
{
    (void)state;
    uint8_t sha256[JZ_SHA256_SIZE];
    jz_bag *b = new_bag("bag//", NULL);
    assert_int_equal(fx_entries("."), 1); /* beside, not inside */
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_OK);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_OK);
    jz_bag_free(b);
    assert_true(holds("bag"));
}

static void test_info_lines_are_checked(void **state)
{
    (void)state;
    char longest[1002];
    jz_bag *b = new_bag("bag", NULL);
    memset(longest, 'a', sizeof longest);
    longest[1001] = '\0';
    assert_int_equal(jz_bag_info(b, "Contact-Name", "two\nlines", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "Contact-Name", "\xff", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "Contact-Name", "", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "Contact-Name", " blank", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "Contact-Name", longest, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "Contact: x", "x", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "", "x", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "payload-oxum", "1.1", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "Jianzhen-Nonce", "00", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "Contact-Name", "\xe9\x89\xb4", NULL), JZ_OK);
    finish(b);
    assert_true(holds("bag"));
}

static void test_guides_are_in_the_tag_manifest(void **state)
{
    (void)state;
    uint8_t sha256[JZ_SHA256_SIZE];
    JZ_BUF_AUTO tags = { 0 };
    jz_bag_report r = { 0 };
    static const char *const bad[] = { "", "..", ".x", "a/b", "-x", "a b" };
    jz_bag *b = new_bag("bag", NULL);
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(jz_bag_add_guide(b, "x", 1, bad[i], NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_add_guide(b, "echo\n", 5, "verify.sh", NULL), JZ_OK);
    assert_int_equal(jz_bag_add_guide(b, "echo\n", 5, "verify.sh", NULL), JZ_E_EXISTS);
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, "a", NULL, NULL), JZ_OK);
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_OK);
    assert_int_equal(jz_bag_add_guide(b, "x", 1, "late", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_OK);
    jz_bag_free(b);
    fx_read("bag/" JZ_BAG_TAGMANIFEST, &tags);
    assert_non_null(strstr(tags.ptr, "  seal/verify.sh\n"));
    fx_puts("bag/seal/verify.sh", "ecHo\n");
    assert_int_equal(jz_bag_verify(fx_path("bag"), NULL, &r, NULL), JZ_OK);
    assert_false(r.holds);
    assert_int_equal(r.n, 1);
    assert_string_equal(r.finding[0].file, "seal/verify.sh");
    jz_bag_report_done(&r);
}

static void test_calls_out_of_order_are_refused(void **state)
{
    (void)state;
    uint8_t sha256[JZ_SHA256_SIZE];
    jz_bag *b = new_bag("bag", NULL);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_OK);
    assert_int_equal(jz_bag_tags(b, sha256, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_add_bytes(b, "x", 1, "a", NULL, NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_info(b, "Contact-Name", "x", NULL), JZ_E_INVAL);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_OK);
    assert_int_equal(jz_bag_commit(b, NULL), JZ_E_INVAL);
    jz_bag_free(b);
    jz_bag_free(NULL);
}

static void test_bag_without_its_tag_files_is_never_committed(void **state)
{
    (void)state;
    uint8_t sha256[JZ_SHA256_SIZE];
    for (unsigned n = 0;; n++) {
        jz_bag *b = new_bag("bag", NULL);
        assert_int_equal(jz_bag_add_bytes(b, "x", 1, "a", NULL, NULL), JZ_OK);
        jz_fault_arm(n);
        const jz_status st = jz_bag_tags(b, sha256, NULL);
        if (!jz_fault_fired()) {
            jz_bag_free(b);
            assert_true(n > 0);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
        assert_int_equal(jz_bag_commit(b, NULL), JZ_E_INVAL);
        jz_bag_free(b);
        assert_int_equal(fx_entries("."), 0);
    }
}

/* Sizes around those of the buffers, each against one call of libcrypto. */
static void test_hashes_are_those_of_the_whole_file(void **state)
{
    (void)state;
    static const size_t sizes[] = { 0, 1, 524287, 524288, 524289, 9 * 524288 + 17 };
    jz_bag *b = new_bag("bag", NULL);
    for (size_t i = 0; i < JZ_ARRAY_LEN(sizes); i++) {
        char name[32];
        uint8_t want[EVP_MAX_MD_SIZE];
        jz_fixity f = { 0 };
        uint8_t *data = malloc(sizes[i] + 1);
        assert_non_null(data);
        for (size_t k = 0; k < sizes[i]; k++)
            data[k] = (uint8_t)(k * 31 + k / 251);
        (void)snprintf(name, sizeof name, "f%zu", i);
        fx_write("source", data, sizes[i]);
        assert_int_equal(jz_bag_add_file(b, fx_path("source"), name, &f, NULL), JZ_OK);
        assert_int_equal(f.bytes, sizes[i]);
        assert_int_equal(EVP_Digest(data, sizes[i], want, NULL, EVP_md5(), NULL), 1);
        assert_memory_equal(f.md5, want, sizeof f.md5);
        assert_int_equal(EVP_Digest(data, sizes[i], want, NULL, EVP_sha256(), NULL), 1);
        assert_memory_equal(f.sha256, want, sizeof f.sha256);
        assert_int_equal(EVP_Digest(data, sizes[i], want, NULL, EVP_sha512(), NULL), 1);
        assert_memory_equal(f.sha512, want, sizeof f.sha512);
        assert_int_equal(EVP_Digest(data, sizes[i], want, NULL, EVP_sm3(), NULL), 1);
        assert_memory_equal(f.sm3, want, sizeof f.sm3);
        JZ_BUF_AUTO copy = { 0 };
        char path[64];
        (void)snprintf(path, sizeof path, "%s/data/%s", jz_bag_folder(b), name);
        assert_int_equal(jz_file_read(path, (size_t)64 << 20, &copy, NULL), JZ_OK);
        assert_int_equal(copy.len, sizes[i]);
        if (sizes[i] > 0)
            assert_memory_equal(copy.ptr, data, sizes[i]);
        free(data);
    }
    finish(b);
    assert_true(holds("bag"));
}

static void test_every_allocation_that_fails_leaves_nothing(void **state)
{
    (void)state;
    for (unsigned n = 0;; n++) {
        jz_fault_arm(n);
        const jz_status st = fx_bag("bag", NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
        assert_int_equal(fx_entries("."), 0);
    }
    assert_true(holds("bag"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_set_up, fx_tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_bag_appears_whole_under_its_name),
        TEST(test_tag_files_are_as_the_profile_says),
        TEST(test_two_bags_of_the_same_files_have_different_tag_manifests),
        TEST(test_item_names_tell_nothing_but_a_short_extension),
        TEST(test_names_that_do_not_belong_in_a_bag_are_refused),
        TEST(test_sources_that_are_no_files_leave_the_bag_as_it_was),
        TEST(test_file_that_grows_is_noticed),
        TEST(test_file_that_shrinks_is_noticed),
        TEST(test_file_that_is_touched_is_noticed),
        TEST(test_file_that_disappears_is_noticed),
        TEST(test_work_stops_on_request),
        TEST(test_refused_write_leaves_nothing_under_the_name),
        TEST(test_taken_name_is_not_touched),
        TEST(test_slash_at_the_end_of_the_path_is_no_part_of_the_name),
        TEST(test_info_lines_are_checked),
        TEST(test_guides_are_in_the_tag_manifest),
        TEST(test_calls_out_of_order_are_refused),
        TEST(test_bag_without_its_tag_files_is_never_committed),
        TEST(test_hashes_are_those_of_the_whole_file),
        TEST(test_every_allocation_that_fails_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
