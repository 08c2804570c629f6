/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence_fixture.h"

#include "base/alloc.h"
#include "base/hex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

static jz_bag_report report;

static const jz_bag_report *verify(const char *name)
{
    jz_bag_report_done(&report);
    assert_int_equal(jz_bag_verify(fx_path(name), NULL, &report, NULL), JZ_OK);
    return &report;
}

static const jz_bag_finding *find(const char *file, const char *what)
{
    for (size_t i = 0; i < report.n; i++)
        if ((file == NULL || strcmp(report.finding[i].file, file) == 0) &&
            (what == NULL || strcmp(report.finding[i].what, what) == 0))
            return &report.finding[i];
    return NULL;
}

static void expect_fault(const char *bag, const char *file, const char *what)
{
    const jz_bag_report *r = verify(bag);
    const jz_bag_finding *f = find(file, what);
    if (f == NULL || f->level != JZ_BAG_FAULT) {
        for (size_t i = 0; i < r->n; i++)
            print_error("%s: %s: %s\n", r->finding[i].file, r->finding[i].what, r->finding[i].why);
        fail_msg("no fault '%s' of '%s'", what, file);
    }
    assert_false(r->holds);
    assert_true(r->faults > 0);
}

static int clean_up(void **state)
{
    jz_bag_report_done(&report);
    return fx_tear_down(state);
}

static void test_own_bag_holds_without_a_word(void **state)
{
    (void)state;
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    const jz_bag_report *r = verify("bag");
    assert_true(r->holds);
    assert_true(r->own);
    assert_int_equal(r->n, 0);
    assert_int_equal(r->files, 3);
    assert_int_equal(r->bytes, 21);
}

/* ---- One byte ---- */

static const char *const covered[] = { "bag-info.txt",
                                       "bagit.txt",
                                       "manifest-md5.txt",
                                       "manifest-sha256.txt",
                                       "manifest-sha512.txt",
                                       "sm3sums.txt",
                                       "data/original/item-0001.mp4",
                                       "data/original/item-0002.jpg",
                                       "data/record/extraction.json" };

static void expect_caught(const char *file, const char *named)
{
    const jz_bag_report *r = verify("bag");
    if (r->holds || r->faults == 0 || find(named, NULL) == NULL)
        fail_msg("%s: a change was not caught or not named", file);
}

/* Every bit of a file of the bag. named: the file that a finding must name, or NULL. In place: to
 * write the file anew would wait for the disk each time. */
static void flip_all(const char *file, const char *named)
{
    JZ_BUF_AUTO b = { 0 };
    char path[128];
    (void)snprintf(path, sizeof path, "bag/%s", file);
    fx_read(path, &b);
    const int fd = open(fx_path(path), O_WRONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    for (size_t i = 0; i < b.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            if (!fx_flips(i, bit))
                continue;
            const char flipped = (char)((unsigned char)b.ptr[i] ^ 1U << bit);
            assert_int_equal(pwrite(fd, &flipped, 1, (off_t)i), 1);
            expect_caught(file, named);
        }
        assert_int_equal(pwrite(fd, &b.ptr[i], 1, (off_t)i), 1);
    }
    (void)close(fd);
    assert_true(verify("bag")->holds);
}

static void test_every_flipped_bit_is_caught_and_named(void **state)
{
    (void)state;
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    for (size_t i = 0; i < JZ_ARRAY_LEN(covered); i++)
        flip_all(covered[i], covered[i]);
}

/* The sealed file is in no manifest: a change in it breaks what it says. */
static void test_every_flipped_bit_of_the_tag_manifest_is_caught(void **state)
{
    (void)state;
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    flip_all(JZ_BAG_TAGMANIFEST, NULL);
}

static void test_every_cut_and_a_longer_file_are_caught_and_named(void **state)
{
    (void)state;
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    for (size_t f = 0; f < JZ_ARRAY_LEN(covered); f++) {
        JZ_BUF_AUTO b = { 0 };
        char path[128];
        (void)snprintf(path, sizeof path, "bag/%s", covered[f]);
        fx_read(path, &b);
        jz_buf_putc(&b, '\n');
        fx_write(path, b.ptr, b.len);
        expect_caught(covered[f], covered[f]);
        for (size_t len = b.len - 1; len-- > 0;) {
            assert_int_equal(truncate(fx_path(path), (off_t)len), 0);
            expect_caught(covered[f], covered[f]);
        }
        fx_write(path, b.ptr, b.len - 1);
    }
    assert_true(verify("bag")->holds);
}

static void test_a_wrong_manifest_is_told_from_a_wrong_file(void **state)
{
    (void)state;
    JZ_BUF_AUTO b = { 0 };
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    fx_read("bag/manifest-md5.txt", &b);
    b.ptr[0] = b.ptr[0] == '0' ? '1' : '0';
    fx_write("bag/manifest-md5.txt", b.ptr, b.len);
    expect_fault("bag", "data/original/item-0001.mp4", "changed");
    assert_string_equal(find("data/original/item-0001.mp4", "changed")->why,
                        "its md5 is not what the manifest says, though its sha256, sha512, sm3 is");
    assert_non_null(find("manifest-md5.txt", "changed"));
}

/* ---- Files ---- */

static void test_missing_extra_and_renamed_files_are_named(void **state)
{
    (void)state;
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    assert_int_equal(rename(fx_path("bag/data/original/item-0001.mp4"),
                            fx_path("bag/data/original/item-0009.mp4")),
                     0);
    expect_fault("bag", "data/original/item-0001.mp4", "missing");
    expect_fault("bag", "data/original/item-0009.mp4", "extra");
    assert_int_equal(unlink(fx_path("bag/data/original/item-0009.mp4")), 0);
    expect_fault("bag", "bag-info.txt", "oxum");
    fx_puts("bag/README", "see also");
    expect_fault("bag", "README", "extra"); /* of our own profile */
    assert_int_equal(unlink(fx_path("bag/sm3sums.txt")), 0);
    expect_fault("bag", "sm3sums.txt", "missing");
}

static void test_files_in_seal_do_not_break_a_bag(void **state)
{
    (void)state;
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    assert_int_equal(jz_seal_put(fx_path("bag"), "deposit-1.json", "{}", 2, NULL), JZ_OK);
    assert_true(verify("bag")->holds);
    assert_int_equal(jz_seal_put(fx_path("bag"), "deposit-1.json", "{}", 2, NULL), JZ_E_EXISTS);
    assert_int_equal(jz_seal_put(fx_path("bag"), "../x", "{}", 2, NULL), JZ_E_INVAL);
    assert_int_equal(jz_seal_put(fx_path("bag"), "a/x", "{}", 2, NULL), JZ_E_INVAL);
}

static void test_links_and_special_files_are_refused(void **state)
{
    (void)state;
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    fx_puts("outside", "moving pictures\n");
    assert_int_equal(unlink(fx_path("bag/data/original/item-0001.mp4")), 0);
    assert_int_equal(symlink(fx_path("outside"), fx_path("bag/data/original/item-0001.mp4")), 0);
    expect_fault("bag", "data/original/item-0001.mp4", "link");
    assert_int_equal(mkfifo(fx_path("bag/data/pipe"), 0600), 0);
    expect_fault("bag", "data/pipe", "special");
    assert_int_equal(symlink(".", fx_path("bag/data/loop")), 0);
    expect_fault("bag", "data/loop", "link");
    assert_int_equal(rename(fx_path("bag/bagit.txt"), fx_path("bagit")), 0);
    assert_int_equal(symlink("../bagit", fx_path("bag/bagit.txt")), 0);
    expect_fault("bag", "bagit.txt", "link");
}

static void test_folders_without_end_are_not_followed(void **state)
{
    (void)state;
    char path[512] = "bag/data";
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    for (unsigned i = 0; i < 70; i++) {
        (void)snprintf(path + strlen(path), sizeof path - strlen(path), "/d");
        fx_mkdir(path);
    }
    expect_fault("bag", NULL, "depth");
}

/* ---- Bags of others ---- */

/* Adds "<hash>  NAME" of a file's bytes to a manifest; ending: the end of the line. */
static void list(jz_buf *manifest, const EVP_MD *md, const char *data, const char *name,
                 const char *ending)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    assert_int_equal(EVP_Digest(data, strlen(data), digest, &len, md, NULL), 1);
    jz_hex_put(manifest, digest, len);
    jz_buf_printf(manifest, "  %s%s", name, ending);
}

/* A bag as other tools write it: SHA-1 and nothing else, of data/a ("A"). */
static void foreign(void)
{
    JZ_BUF_AUTO m = { 0 };
    fx_mkdir("f");
    fx_mkdir("f/data");
    fx_puts("f/bagit.txt", "BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n");
    fx_puts("f/data/a", "A");
    list(&m, EVP_sha1(), "A", "data/a", "\n");
    fx_write("f/manifest-sha1.txt", m.ptr, m.len);
}

static void test_foreign_bag_holds_and_says_what_is_not_covered(void **state)
{
    (void)state;
    foreign();
    const jz_bag_report *r = verify("f");
    assert_true(r->holds);
    assert_false(r->own);
    assert_int_equal(find("", "uncovered")->level, JZ_BAG_NOTE);
    assert_int_equal(find("", "profile")->level, JZ_BAG_NOTE);
    fx_puts("f/data/a", "B");
    expect_fault("f", "data/a", "changed");
}

/* A manifest's text for the file data/a of the foreign bag: the finding that it must give. */
static void manifest_gives(const char *text, size_t len, const char *file, const char *what,
                           jz_bag_level level)
{
    fx_write("f/manifest-sha1.txt", text, len);
    const jz_bag_report *r = verify("f");
    const jz_bag_finding *f = find(file, what);
    if (f == NULL || f->level != level)
        fail_msg("%.60s: no '%s' of %s (%s)", text, what, file, r->n > 0 ? r->finding[0].why : "");
    assert_int_equal(r->holds, level != JZ_BAG_FAULT);
}

#define A_SHA1 "6dcd4ce23d88e2ee9568ba546c007c63d9131c1b" /* of "A" */

static void test_lines_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *what;
        jz_bag_level level;
    } cases[] = {
        { A_SHA1 "  data/a\n", NULL, JZ_BAG_NOTE },
        { A_SHA1 " \t data/a\n", NULL, JZ_BAG_NOTE },
        { "6DCD4CE23D88E2EE9568BA546C007C63D9131C1B  data/a\n", NULL, JZ_BAG_NOTE },
        { A_SHA1 "  data/a\r\n", "line-end", JZ_BAG_NOTE },
        { A_SHA1 "  data/a", "line-end", JZ_BAG_NOTE },
        { A_SHA1 "  data/a\n\n", "syntax", JZ_BAG_FAULT },
        { A_SHA1 "data/a\n", "syntax", JZ_BAG_FAULT },
        { A_SHA1 "\n", "syntax", JZ_BAG_FAULT },
        { A_SHA1 "  \n", "syntax", JZ_BAG_FAULT },
        { "6dcd  data/a\n", "syntax", JZ_BAG_FAULT },
        { A_SHA1 "00  data/a\n", "syntax", JZ_BAG_FAULT },
        { "g" A_SHA1 "  data/a\n", "syntax", JZ_BAG_FAULT },
        { A_SHA1 " *data/a\n", "syntax", JZ_BAG_FAULT },
        { "\\" A_SHA1 "  data/a\n", "syntax", JZ_BAG_FAULT },
        { "\xef\xbb\xbf" A_SHA1 "  data/a\n", "bom", JZ_BAG_FAULT },
        { A_SHA1 "  data/a\n" A_SHA1 "  ../a\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/a\n" A_SHA1 "  data/../../a\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/../data/a\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  ./data/a\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data//a\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/a/\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  /data/a\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  ~/data/a\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/a\x01\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/a\x7f\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/a\xc2\x85\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/a\rb\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/a\xff\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data\\a\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  bagit.txt\n", "name", JZ_BAG_FAULT },
        { A_SHA1 "  data/%61\n", "escape", JZ_BAG_FAULT },
        { A_SHA1 "  data/a%\n", "escape", JZ_BAG_FAULT },
        { A_SHA1 "  data/a%2\n", "escape", JZ_BAG_FAULT },
    };
    foreign();
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++)
        if (cases[i].what != NULL) {
            manifest_gives(cases[i].text, strlen(cases[i].text), "manifest-sha1.txt", cases[i].what,
                           cases[i].level);
        } else {
            fx_puts("f/manifest-sha1.txt", cases[i].text);
            assert_true(verify("f")->holds);
        }
    manifest_gives(A_SHA1 "  data/a\0b\n", sizeof A_SHA1 + 11, "manifest-sha1.txt", "name",
                   JZ_BAG_FAULT);
    manifest_gives("", 0, "data/a", "extra", JZ_BAG_FAULT);
    manifest_gives(A_SHA1 "  data/a\n" A_SHA1 "  data/a\n", 2 * (sizeof A_SHA1 + 8), "data/a",
                   "duplicate", JZ_BAG_FAULT);
}

static void test_finding_names_the_line(void **state)
{
    (void)state;
    foreign();
    fx_puts("f/manifest-sha1.txt", A_SHA1 "  data/a\n" A_SHA1 "  ../b\nx\n");
    (void)verify("f");
    assert_int_equal(find("manifest-sha1.txt", "name")->line, 2);
    assert_int_equal(find("manifest-sha1.txt", "syntax")->line, 3);
}

static void test_escaped_names_are_found(void **state)
{
    (void)state;
    JZ_BUF_AUTO m = { 0 };
    foreign();
    assert_int_equal(rename(fx_path("f/data/a"), fx_path("f/data/a\nb%")), 0);
    list(&m, EVP_sha1(), "A", "data/a%0Ab%25", "\n");
    fx_write("f/manifest-sha1.txt", m.ptr, m.len);
    const jz_bag_report *r = verify("f");
    assert_true(r->holds);
    assert_int_equal(find("manifest-sha1.txt", "name")->level, JZ_BAG_NOTE);
}

static void test_twins_are_found(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        { "data/Photo.jpg", "data/photo.JPG" },
        { "data/\xc3\xa9", "data/e\xcc\x81" }, /* NFC, NFD */
        { "data/\xc3\x89", "data/e\xcc\x81" }, /* and case */
        { "data/stra\xc3\x9f"
          "e",
          "data/STRASSE" }, /* full case folding */
        { "data/\xea\xb0\x81", "data/\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8" }, /* Hangul */
        { "data/a\xcc\xa3\xcc\x81", "data/a\xcc\x81\xcc\xa3" },               /* order of marks */
        { "data/D/x", "data/d/x" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(pairs); i++) {
        JZ_BUF_AUTO m = { 0 };
        if (i == 0)
            foreign();
        list(&m, EVP_sha1(), "A", pairs[i][0], "\n");
        list(&m, EVP_sha1(), "A", pairs[i][1], "\n");
        fx_write("f/manifest-sha1.txt", m.ptr, m.len);
        (void)verify("f");
        if (find(pairs[i][0], "twin") == NULL && find(pairs[i][1], "twin") == NULL)
            fail_msg("%s and %s are no twins", pairs[i][0], pairs[i][1]);
    }
    fx_puts("f/manifest-sha1.txt", A_SHA1 "  data/a\n" A_SHA1 "  data/b\n");
    (void)verify("f");
    assert_null(find(NULL, "twin"));
}

static void test_unknown_algorithm_alone_is_never_valid(void **state)
{
    (void)state;
    foreign();
    assert_int_equal(rename(fx_path("f/manifest-sha1.txt"), fx_path("f/manifest-blake3.txt")), 0);
    expect_fault("f", "", "missing");
    assert_int_equal(find("manifest-blake3.txt", "algorithm")->level, JZ_BAG_UNCHECKED);
    fx_puts("f/manifest-sha1.txt", A_SHA1 "  data/a\n");
    assert_true(verify("f")->holds);
    assert_non_null(find("manifest-blake3.txt", "algorithm"));
}

static void test_what_makes_no_bag_is_never_valid(void **state)
{
    (void)state;
    static const char *const bagit[][2] = {
        { "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n", "version" },
        { "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n", "encoding" },
        { "\xef\xbb\xbf"
          "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
          "bom" },
        { "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nX: y\n", "syntax" },
        { "", "version" },
    };
    jz_bag_report r = { 0 };
    foreign();
    for (size_t i = 0; i < JZ_ARRAY_LEN(bagit); i++) {
        fx_puts("f/bagit.txt", bagit[i][0]);
        expect_fault("f", "bagit.txt", bagit[i][1]);
    }
    assert_int_equal(unlink(fx_path("f/bagit.txt")), 0);
    expect_fault("f", "bagit.txt", "missing");
    fx_mkdir("empty");
    expect_fault("empty", "", "missing");
    expect_fault("empty", "data", "missing");
    assert_int_equal(jz_bag_verify(fx_path("none"), NULL, &r, NULL), JZ_E_NOTFOUND);
    assert_int_equal(jz_bag_verify(fx_path("f/data/a"), NULL, &r, NULL), JZ_E_IO);
}

static void test_info_of_others_is_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *what;
    } bad[] = {
        { "Payload-Oxum: 2.1\n", "oxum" },
        { "Payload-Oxum: 1.2\n", "oxum" },
        { "Payload-Oxum: 1\n", "oxum" },
        { "Payload-Oxum: 01.1\n", "oxum" },
        { "Payload-Oxum: 18446744073709551617.1\n", "oxum" },
        { "Payload-Oxum: 1.1\nPayload-Oxum: 1.1\n", "duplicate" },
        { "no colon\nPayload-Oxum: 1.1\n", "syntax" },
        { "X: a\x01\nPayload-Oxum: 1.1\n", "encoding" },
        { "X: \xff\nPayload-Oxum: 1.1\n", "encoding" },
        { "Payload-Oxum: 1.1\nJianzhen-Profile: evidence-bag/v9\n", "profile" },
        { "\xef\xbb\xbfPayload-Oxum: 1.1\n", "bom" },
    };
    foreign();
    fx_puts("f/bag-info.txt", "Contact: a\n  goes on\npayload-oxum:1.1\r\n");
    assert_true(verify("f")->holds);
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++) {
        fx_puts("f/bag-info.txt", bad[i].text);
        expect_fault("f", "bag-info.txt", bad[i].what);
    }
}

/* As somebody would who wants the weaker rules: bag-info.txt without the lines that have this in
 * them, and a tag manifest that agrees. */
static void cut_lines(const char *with)
{
    JZ_BUF_AUTO info = { 0 };
    JZ_BUF_AUTO kept = { 0 };
    JZ_BUF_AUTO tags = { 0 };
    uint8_t digest[JZ_SHA256_SIZE];
    fx_read("bag/bag-info.txt", &info);
    for (const char *at = info.ptr; *at != '\0'; at = strchr(at, '\n') + 1) {
        const size_t len = (size_t)(strchr(at, '\n') + 1 - at);
        if (memmem(at, len, with, strlen(with)) == NULL)
            jz_buf_put(&kept, at, len);
    }
    assert_true(kept.len < info.len);
    fx_write("bag/bag-info.txt", kept.ptr, kept.len);
    fx_read("bag/" JZ_BAG_TAGMANIFEST, &tags);
    jz_sha256(kept.ptr, kept.len, digest);
    jz_hex_encode(digest, sizeof digest, info.ptr);
    memcpy(strstr(tags.ptr, "  bag-info.txt") - 2 * sizeof digest, info.ptr, 2 * sizeof digest);
    fx_write("bag/" JZ_BAG_TAGMANIFEST, tags.ptr, tags.len);
}

static void test_own_bag_without_its_profile_is_told(void **state)
{
    (void)state;
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    cut_lines("Jianzhen-Profile");
    expect_fault("bag", "bag-info.txt", "profile"); /* its nonce is there */
    assert_int_equal(report.faults, 1);
    cut_lines("Jianzhen-Nonce");
    assert_true(verify("bag")->holds); /* nothing is left by which it is ours */
    assert_false(report.own);
    assert_int_equal(find("", "profile")->level, JZ_BAG_NOTE);
    static const char *const seals[] = { "tagmanifest.p7s", "tagmanifest.tsr", "reseal-1.sums",
                                         "tagmanifest.tlog-proof", "leaf.bin" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(seals); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "bag/seal/%s", seals[i]);
        fx_puts(path, "x");
        expect_fault("bag", "bag-info.txt", "profile");
        assert_int_equal(unlink(fx_path(path)), 0);
    }
}

static void test_manifest_that_leaves_a_file_out_is_told(void **state)
{
    (void)state;
    foreign();
    fx_puts("f/manifest-md5.txt", "");
    assert_true(verify("f")->holds); /* allowed before 1.0 */
    assert_int_equal(find("data/a", "incomplete")->level, JZ_BAG_NOTE);
    fx_puts("f/bagit.txt", "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n");
    expect_fault("f", "data/a", "incomplete");
}

static void test_fetch_file_is_named_as_unchecked(void **state)
{
    (void)state;
    foreign();
    fx_puts("f/fetch.txt", "http://example.com/b 1 data/b\n");
    assert_true(verify("f")->holds);
    assert_int_equal(find("fetch.txt", "fetch")->level, JZ_BAG_UNCHECKED);
    fx_puts("f/manifest-sha1.txt", A_SHA1 "  data/a\n" A_SHA1 "  data/b\n");
    expect_fault("f", "data/b", "missing");
}

static void test_flood_of_findings_is_counted_not_kept(void **state)
{
    (void)state;
    JZ_BUF_AUTO m = { 0 };
    foreign();
    for (unsigned i = 0; i < 12000; i++)
        jz_buf_puts(&m, "x\n");
    fx_write("f/manifest-sha1.txt", m.ptr, m.len);
    const jz_bag_report *r = verify("f");
    assert_false(r->holds);
    assert_int_equal(r->n, 10000);
    assert_int_equal(r->n + r->more, 12000 + 5); /* and what is extra, uncovered, no profile */
    assert_int_equal(r->faults, 12001);
}

static bool stop(void *user, uint64_t bytes)
{
    (void)user;
    (void)bytes;
    return false;
}

static void test_verification_stops_on_request(void **state)
{
    (void)state;
    const jz_bag_opts opts = { .progress = stop };
    jz_bag_report r = { 0 };
    assert_int_equal(fx_bag("bag", NULL), JZ_OK);
    assert_int_equal(jz_bag_verify(fx_path("bag"), &opts, &r, NULL), JZ_E_INTERRUPTED);
    assert_int_equal(r.n, 0);
}

static void test_every_allocation_that_fails_is_told(void **state)
{
    (void)state;
    jz_bag_report r = { 0 };
    foreign();
    fx_puts("f/data/b", "extra");
    for (unsigned n = 0;; n++) {
        jz_fault_arm(n);
        const jz_status st = jz_bag_verify(fx_path("f"), NULL, &r, NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            break;
        }
        assert_int_equal(st, JZ_E_NOMEM);
    }
    assert_false(r.holds);
    jz_bag_report_done(&r);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, fx_set_up, clean_up)
    const struct CMUnitTest tests[] = {
        TEST(test_own_bag_holds_without_a_word),
        TEST(test_every_flipped_bit_is_caught_and_named),
        TEST(test_every_flipped_bit_of_the_tag_manifest_is_caught),
        TEST(test_every_cut_and_a_longer_file_are_caught_and_named),
        TEST(test_a_wrong_manifest_is_told_from_a_wrong_file),
        TEST(test_missing_extra_and_renamed_files_are_named),
        TEST(test_files_in_seal_do_not_break_a_bag),
        TEST(test_links_and_special_files_are_refused),
        TEST(test_folders_without_end_are_not_followed),
        TEST(test_foreign_bag_holds_and_says_what_is_not_covered),
        TEST(test_lines_are_read_strictly),
        TEST(test_finding_names_the_line),
        TEST(test_escaped_names_are_found),
        TEST(test_twins_are_found),
        TEST(test_unknown_algorithm_alone_is_never_valid),
        TEST(test_what_makes_no_bag_is_never_valid),
        TEST(test_info_of_others_is_read),
        TEST(test_own_bag_without_its_profile_is_told),
        TEST(test_manifest_that_leaves_a_file_out_is_told),
        TEST(test_fetch_file_is_named_as_unchecked),
        TEST(test_flood_of_findings_is_counted_not_kept),
        TEST(test_verification_stops_on_request),
        TEST(test_every_allocation_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
