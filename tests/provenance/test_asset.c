/* SPDX-License-Identifier: Apache-2.0 */
/* Where a store is in each container, against an independent reading of the same files. */
#include "asset_fixture.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void check_store(const ax_expected *e)
{
    JZ_BUF_AUTO file = { 0 };
    jz_source src;
    jz_bytes store;
    uint8_t sha256[JZ_SHA256_SIZE];
    assert_true(ax_load(e->path, &file));
    jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
    const jz_status st = jz_asset_store(a, &store, NULL);
    if (e->size == 0) {
        assert_int_equal(st, JZ_E_NOTFOUND);
        return;
    }
    if (st != JZ_OK || store.len != e->size)
        fail_msg("%s: status %d, %zu bytes, expected %zu", e->path, st, store.len, e->size);
    jz_sha256(store.ptr, store.len, sha256);
    assert_memory_equal(sha256, e->sha256, sizeof sha256);
}

static void test_stores_of_every_format_are_read(void **state)
{
    ax_all all;
    (void)state;
    if (!ax_expect(AX_SIGNED, false, &all))
        skip();
    assert_int_equal(all.n, 17);
    for (size_t i = 0; i < all.n; i++) {
        assert_true(all.file[i].size > 0);
        check_store(&all.file[i]);
    }
    ax_all_done(&all);
}

static void test_stores_of_public_samples_are_read(void **state)
{
    ax_all all;
    (void)state;
    if (!ax_expect("c2pa/*.jp* c2pa/*.mp4", true, &all))
        skip();
    for (size_t i = 0; i < all.n; i++)
        check_store(&all.file[i]);
    ax_all_done(&all);
}

static void test_unsigned_files_have_no_store(void **state)
{
    static const char *const names[] = { "baseline.jpg", "rgb.png",  "lossy.webp", "tone.wav",
                                         "mpeg4.avi",    "anim.gif", "rgb.tif",    "tone.mp3",
                                         "h264.mp4",     "h264.mov", "still.heic", "lossy.jxl",
                                         "still.avif" };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        char name[64];
        JZ_BUF_AUTO file = { 0 };
        jz_source src;
        jz_bytes store;
        size_t n;
        (void)snprintf(name, sizeof name, "media/%s", names[i]);
        if (!ax_load_ours(name, &file))
            skip();
        jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
        assert_int_equal(jz_asset_store(a, &store, NULL), JZ_E_NOTFOUND);
        (void)jz_asset_ranges(a, &n);
        assert_int_equal(n, 0);
    }
}

/* A file with the store's structure once more behind the first one. */
static void double_part(const char *name, uint64_t at, uint64_t size, jz_buf *out)
{
    JZ_BUF_AUTO file = { 0 };
    assert_true(ax_load_ours(name, &file));
    jz_buf_put(out, file.ptr, (size_t)(at + size));
    jz_buf_put(out, file.ptr + at, (size_t)size);
    jz_buf_put(out, file.ptr + at + size, file.len - (size_t)(at + size));
}

static void test_two_stores_count_for_none(void **state)
{
    static const char *const names[] = { "signed.jpg", "signed.png", "signed.gif", "signed.mp4",
                                         "signed.jxl" };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        char name[64];
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO twice = { 0 };
        jz_source src;
        jz_bytes store;
        size_t n;
        jz_err err = { 0 };
        (void)snprintf(name, sizeof name, "provenance/%s", names[i]);
        if (!ax_load_ours(name, &file))
            skip();
        jz_asset *one = ax_open(ax_bytes(&file), &src);
        const jz_range *r = jz_asset_ranges(one, &n);
        assert_int_equal(n, 1);
        double_part(name, r[0].at, r[0].size, &twice);
        jz_asset_close(one);
        jz_auto(jz_asset) *a = ax_open(ax_bytes(&twice), &src);
        assert_int_equal(jz_asset_store(a, &store, &err), JZ_E_EXISTS);
        assert_non_null(strstr(err.frame[0], "2 manifest stores"));
    }
}

static void test_a_sidecar_is_its_store(void **state)
{
    JZ_BUF_AUTO file = { 0 };
    jz_source src;
    jz_source src2;
    jz_bytes store;
    jz_bytes again;
    (void)state;
    if (!ax_load_ours("provenance/signed.png", &file))
        skip();
    jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
    assert_int_equal(jz_asset_store(a, &store, NULL), JZ_OK);
    jz_auto(jz_asset) *b = ax_open(store, &src2);
    assert_string_equal(jz_asset_format(b), "c2pa");
    assert_int_equal(jz_asset_store(b, &again, NULL), JZ_OK);
    assert_int_equal(again.len, store.len);
}

static void test_a_store_past_the_limit_is_named(void **state)
{
    JZ_BUF_AUTO file = { 0 };
    const size_t size = JZ_STORE_MAX + 1;
    jz_source src;
    jz_bytes store;
    (void)state;
    jz_buf_put(&file, "\x89PNG\r\n\x1a\n", 8);
    jz_buf_put(&file, "\0\0\0\0caBX", 8);
    for (unsigned i = 0; i < 4; i++)
        file.ptr[8 + i] = (char)(uint8_t)(size >> (24 - 8 * i));
    for (size_t i = 0; i < size + 4; i += 4)
        jz_buf_put(&file, "\0\0\0\0", 4);
    file.len = 8 + 8 + size + 4;
    jz_buf_put(&file, "\0\0\0\0IEND\0\0\0\0", 12);
    jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
    assert_int_equal(jz_asset_store(a, &store, NULL), JZ_E_LIMIT);
}

static void test_a_cut_file_says_so(void **state)
{
    JZ_BUF_AUTO file = { 0 };
    jz_source src;
    jz_bytes store;
    (void)state;
    if (!ax_load_ours("provenance/signed.png", &file))
        skip();
    jz_auto(jz_asset) *a = ax_open((jz_bytes){ (uint8_t *)file.ptr, 200 }, &src);
    assert_int_equal(jz_asset_store(a, &store, NULL), JZ_E_TRUNCATED);
    jz_auto(jz_asset) *b = ax_open((jz_bytes){ (uint8_t *)file.ptr, file.len - 20 }, &src);
    assert_int_equal(jz_asset_store(b, &store, NULL), JZ_OK); /* the store was whole */
}

static void test_files_that_are_none_are_refused(void **state)
{
    jz_asset *a;
    jz_source src;
    (void)state;
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)"", 0 }, &src);
    assert_int_equal(jz_asset_open(&src, &a, NULL), JZ_E_EMPTY);
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)"hello, world", 12 }, &src);
    assert_int_equal(jz_asset_open(&src, &a, NULL), JZ_E_NOT_MEDIA);
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)"PK\3\4aaaaaaaaaaaaaaaaaaaaaaaaaaaa", 32 },
                       &src);
    assert_int_equal(jz_asset_open(&src, &a, NULL), JZ_E_UNSUPPORTED);
}

/* A JPEG whose XMP packet is that text. */
static void jpeg_with_xmp(const char *packet, jz_buf *out)
{
    static const char id[] = "http://ns.adobe.com/xap/1.0/";
    JZ_BUF_AUTO plain = { 0 };
    const size_t len = 2 + sizeof id + strlen(packet);
    const uint8_t head[] = { 0xff, 0xe1, (uint8_t)(len >> 8), (uint8_t)len };
    assert_true(ax_load_ours("media/baseline.jpg", &plain));
    jz_buf_put(out, plain.ptr, 2);
    jz_buf_put(out, head, sizeof head);
    jz_buf_put(out, id, sizeof id);
    jz_buf_puts(out, packet);
    jz_buf_put(out, plain.ptr + 2, plain.len - 2);
}

static void check_remote(const char *packet, const char *expected)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO url = { 0 };
    jz_source src;
    jpeg_with_xmp(packet, &file);
    jz_auto(jz_asset) *a = ax_open(ax_bytes(&file), &src);
    assert_int_equal(jz_asset_remote(a, &url, NULL), expected == NULL ? JZ_E_NOTFOUND : JZ_OK);
    if (expected != NULL)
        assert_string_equal(url.ptr, expected);
}

static void test_a_remote_manifest_is_told(void **state)
{
    JZ_BUF_AUTO probe = { 0 };
    (void)state;
    if (!ax_load_ours("media/baseline.jpg", &probe))
        skip();
    check_remote("<x><rdf:Description xmlns:dcterms=\"http://purl.org/dc/terms/\" "
                 "dcterms:provenance=\"https://a.example/m?x=1&amp;y=2\"/></x>",
                 "https://a.example/m?x=1&y=2");
    check_remote("<x xmlns:d=\"http://purl.org/dc/terms/\"><d:provenance>https://b.example/m"
                 "</d:provenance></x>",
                 "https://b.example/m");
    check_remote("<x xmlns:dcterms=\"http://other.example/\" dcterms:provenance=\"no\"/>", NULL);
    check_remote("<x><!-- <y xmlns:d=\"http://purl.org/dc/terms/\" d:provenance=\"no\"/> --></x>",
                 NULL);
}

/* Each cut and each inverted byte: for AddressSanitizer to watch. */
static void hurt(const char *name)
{
    JZ_BUF_AUTO file = { 0 };
    jz_source src;
    jz_asset *a;
    jz_bytes store;
    assert_true(ax_load_ours(name, &file));
    for (size_t i = 0; i < file.len; i += 7) {
        uint8_t *exact = malloc(i + 1);
        assert_non_null(exact);
        memcpy(exact, file.ptr, i);
        jz_source_of_bytes((jz_bytes){ exact, i }, &src);
        if (jz_asset_open(&src, &a, NULL) == JZ_OK) {
            if (jz_asset_store(a, &store, NULL) == JZ_OK)
                assert_true(store.len <= file.len);
            jz_asset_close(a);
        }
        free(exact);
        file.ptr[i] = (char)~file.ptr[i];
        jz_source_of_bytes(ax_bytes(&file), &src);
        if (jz_asset_open(&src, &a, NULL) == JZ_OK)
            jz_asset_close(a);
        file.ptr[i] = (char)~file.ptr[i];
    }
}

static void test_damage_is_survived(void **state)
{
    static const char *const suffixes[] = { "jpg", "png", "webp", "wav", "avi", "gif",
                                            "tif", "mp3", "flac", "svg", "jxl", "mp4" };
    JZ_BUF_AUTO probe = { 0 };
    (void)state;
    if (!ax_load_ours("provenance/signed.jpg", &probe))
        skip();
    for (size_t i = 0; i < JZ_ARRAY_LEN(suffixes); i++) {
        char name[64];
        (void)snprintf(name, sizeof name, "provenance/signed.%s", suffixes[i]);
        hurt(name);
    }
}

static void test_every_allocation_may_fail(void **state)
{
    JZ_BUF_AUTO file = { 0 };
    (void)state;
    if (!ax_load_ours("provenance/signed.gif", &file))
        skip();
    for (unsigned n = 0;; n++) {
        jz_source src;
        jz_asset *a = NULL;
        jz_source_of_bytes(ax_bytes(&file), &src);
        jz_fault_arm(n);
        const jz_status st = jz_asset_open(&src, &a, NULL);
        const bool fired = jz_fault_fired();
        jz_asset_close(st == JZ_OK ? a : NULL);
        if (!fired)
            break;
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stores_of_every_format_are_read),
        cmocka_unit_test(test_stores_of_public_samples_are_read),
        cmocka_unit_test(test_unsigned_files_have_no_store),
        cmocka_unit_test(test_two_stores_count_for_none),
        cmocka_unit_test(test_a_sidecar_is_its_store),
        cmocka_unit_test(test_a_store_past_the_limit_is_named),
        cmocka_unit_test(test_a_cut_file_says_so),
        cmocka_unit_test(test_files_that_are_none_are_refused),
        cmocka_unit_test(test_a_remote_manifest_is_told),
        cmocka_unit_test(test_damage_is_survived),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
