/* SPDX-License-Identifier: Apache-2.0 */
/* A store that is put into a file: it is read back, the file is bound by what was foreseen, the
 * next one takes its place, and the media are what they were. */
#include "asset_fixture.h"

#include "../media/carrier_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

static const struct {
    const char *name;
    bool with_store;
} files[] = {
    { "media/baseline.jpg", false },
    { "media/progressive.jpg", false },
    { "media/rgb.png", false },
    { "media/anim.apng", false },
    { "media/lossy.webp", false },
    { "media/lossless.webp", false },
    { "media/anim.webp", false },
    { "media/tone.wav", false },
    { "media/rf64.wav", false },
    { "media/mpeg4.avi", false },
    { "media/anim.gif", false },
    { "media/still.gif", false },
    { "media/rgb.tif", false },
    { "media/grey-lzw.tif", false },
    { "media/tone.mp3", false },
    { "media/h264.mp4", false },
    { "media/h264-fragmented.mp4", false },
    { "media/h264.mov", false },
    { "media/audio.mp4", false },
    { "media/still.heic", false },
    { "media/still.avif", false },
    { "provenance/signed.jpg", true },
    { "provenance/signed.png", true },
    { "provenance/signed.webp", true },
    { "provenance/signed.wav", true },
    { "provenance/signed.avi", true },
    { "provenance/signed.gif", true },
    { "provenance/signed.tif", true },
    { "provenance/signed.mp3", true },
    { "provenance/signed.flac", true },
    { "provenance/signed.svg", true },
    { "provenance/signed.jxl", true },
    { "provenance/signed.mp4", true },
    { "provenance/signed.mov", true },
    { "provenance/signed.m4a", true },
    { "provenance/signed.heic", true },
    { "provenance/signed.avif", true },
    { "provenance/merkle.mp4", true },
};

/* Bytes that begin like a manifest store. */
static void make_store(size_t size, uint8_t seed, jz_buf *out)
{
    const uint8_t head[] = { (uint8_t)(size >> 24),
                             (uint8_t)(size >> 16),
                             (uint8_t)(size >> 8),
                             (uint8_t)size,
                             'j',
                             'u',
                             'm',
                             'b',
                             0,
                             0,
                             0,
                             30,
                             'j',
                             'u',
                             'm',
                             'd',
                             'c',
                             '2',
                             'p',
                             'a' };
    jz_buf_put(out, head, sizeof head);
    while (out->len < size)
        jz_buf_putc(out, (char)(uint8_t)(seed + out->len * 7));
}

/* The new file with the store in it. */
static void place(const char *name, jz_bytes file, jz_bytes store, jz_place *p, jz_buf *out)
{
    jz_source src;
    jz_err err = { 0 };
    jz_auto(jz_asset) *a = ax_open(file, &src);
    if (jz_place_plan(a, store.len, p, &err) != JZ_OK ||
        jz_splices_build(&p->plan, &src, out, &err) != JZ_OK)
        fail_msg("%s: %s", name, err.frame[0]);
    assert_int_equal(out->len, p->new_size);
    assert_int_equal(jz_place_store_in(p, store, out, NULL), JZ_OK);
}

/* The place is what the reader finds, and the hash of the file does not depend on the store. */
static void check(const char *name, jz_buf *file, jz_bytes store, const jz_place *p)
{
    jz_source src;
    jz_bytes found = { 0 };
    jz_err err = { 0 };
    uint8_t before[JZ_DIGEST_BYTES];
    uint8_t after[JZ_DIGEST_BYTES];
    size_t n;
    jz_asset *a = ax_open(ax_bytes(file), &src);
    if (jz_asset_store(a, &found, &err) != JZ_OK || found.len != store.len)
        fail_msg("%s: %zu bytes of a store of %zu: %s", name, found.len, store.len, err.frame[0]);
    assert_memory_equal(found.ptr, store.ptr, store.len);
    const jz_range *r = jz_asset_ranges(a, &n);
    assert_int_equal(n, p->n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(r[i].at, p->exclusion[i].at);
        assert_int_equal(r[i].size, p->exclusion[i].size);
    }
    const bool bmff = jz_asset_is_bmff(a);
    size_t n_usual;
    const jz_bmff_exclusion *usual = jz_bmff_usual(&n_usual);
    JZ_BUF_AUTO other = { 0 };
    make_store(store.len, 99, &other);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *out = i == 0 ? before : after;
        assert_int_equal(bmff ? jz_hash_bmff(&src, JZ_DIGEST_SHA256, usual, n_usual, out, NULL)
                              : jz_hash_data(&src, JZ_DIGEST_SHA256, p->exclusion, p->n, out, NULL),
                         JZ_OK);
        assert_int_equal(jz_place_store_in(p, i == 0 ? ax_bytes(&other) : store, file, NULL),
                         JZ_OK);
        jz_source_of_bytes(ax_bytes(file), &src);
    }
    assert_memory_equal(before, after, JZ_SHA256_SIZE);
    jz_asset_close(a);
}

static void test_a_store_is_placed_in_every_format(void **state)
{
    static const size_t sizes[] = { 64, 3131, 64000, 130001 };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        JZ_BUF_AUTO file = { 0 };
        if (!ax_load_ours(files[i].name, &file))
            skip();
        for (size_t k = 0; k < JZ_ARRAY_LEN(sizes); k++) {
            JZ_BUF_AUTO store = { 0 };
            JZ_BUF_AUTO made = { 0 };
            JZ_PLACE_AUTO p = { 0 };
            make_store(sizes[k], 1, &store);
            place(files[i].name, ax_bytes(&file), ax_bytes(&store), &p, &made);
            check(files[i].name, &made, ax_bytes(&store), &p);
        }
    }
}

/* Two stores put in one after the other leave the same file as the second alone, where the first
 * one left nothing behind: only in TIFF does an old directory stay. */
static void test_a_second_store_takes_the_place_of_the_first(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO first = { 0 };
        JZ_BUF_AUTO second = { 0 };
        JZ_BUF_AUTO once = { 0 };
        JZ_BUF_AUTO twice = { 0 };
        JZ_BUF_AUTO again = { 0 };
        JZ_PLACE_AUTO p1 = { 0 };
        JZ_PLACE_AUTO p2 = { 0 };
        JZ_PLACE_AUTO p3 = { 0 };
        if (!ax_load_ours(files[i].name, &file))
            skip();
        make_store(5000, 1, &first);
        make_store(901, 2, &second);
        place(files[i].name, ax_bytes(&file), ax_bytes(&first), &p1, &once);
        place(files[i].name, ax_bytes(&once), ax_bytes(&second), &p2, &twice);
        check(files[i].name, &twice, ax_bytes(&second), &p2);
        place(files[i].name, ax_bytes(&file), ax_bytes(&second), &p3, &again);
        const bool tiff = strstr(files[i].name, ".tif") != NULL;
        if (!tiff && (again.len != twice.len || memcmp(again.ptr, twice.ptr, again.len) != 0))
            fail_msg("%s: %zu bytes, %zu at once", files[i].name, twice.len, again.len);
    }
}

/* What a decoder makes of a file; empty where there is none. */
static void decode(jz_bytes file, const char *suffix, jz_buf *out)
{
    static const char *const argv[] = { "ffmpeg", "-v", "error", "-i", "@", "-map",
                                        "0",      "-f", "md5",   "-",  NULL };
    if (fx_peer(file, suffix, argv, out) != 0)
        jz_buf_reset(out);
}

static void test_media_are_what_they_were(void **state)
{
    static const char *const names[] = { "media/baseline.jpg", "media/rgb.png",
                                         "media/lossy.webp",   "media/tone.wav",
                                         "media/mpeg4.avi",    "media/anim.gif",
                                         "media/rgb.tif",      "media/tone.mp3",
                                         "media/h264.mp4",     "media/h264-fragmented.mp4",
                                         "media/h264.mov",     "media/audio.mp4",
                                         "media/still.avif" };
    size_t decoded = 0;
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO store = { 0 };
        JZ_BUF_AUTO made = { 0 };
        JZ_BUF_AUTO before = { 0 };
        JZ_BUF_AUTO after = { 0 };
        JZ_PLACE_AUTO p = { 0 };
        if (!ax_load_ours(names[i], &file))
            skip();
        make_store(3000, 1, &store);
        place(names[i], ax_bytes(&file), ax_bytes(&store), &p, &made);
        decode(ax_bytes(&file), strrchr(names[i], '.'), &before);
        decode(ax_bytes(&made), strrchr(names[i], '.'), &after);
        if (before.len == 0)
            continue;
        if (after.len != before.len || memcmp(before.ptr, after.ptr, before.len) != 0)
            fail_msg("%s is decoded otherwise: %s", names[i], after.len > 0 ? after.ptr : "");
        decoded++;
    }
    if (decoded == 0)
        skip();
}

static void test_a_store_is_written_to_a_file(void **state)
{
    char path[] = "/tmp/jz-place-XXXXXX";
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO store = { 0 };
    JZ_BUF_AUTO made = { 0 };
    JZ_BUF_AUTO written = { 0 };
    JZ_PLACE_AUTO p = { 0 };
    jz_source src;
    (void)state;
    if (!ax_load_ours("provenance/signed.svg", &file))
        skip();
    make_store(10000, 1, &store);
    place("svg", ax_bytes(&file), ax_bytes(&store), &p, &made);
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    jz_source_of_bytes(ax_bytes(&file), &src);
    assert_int_equal(jz_splices_write(&p.plan, &src, fd, NULL), JZ_OK);
    assert_int_equal(jz_place_store(&p, ax_bytes(&store), fd, NULL), JZ_OK);
    assert_true(ax_load(path, &written));
    assert_int_equal(written.len, made.len);
    assert_memory_equal(written.ptr, made.ptr, made.len);
    assert_int_equal(jz_place_store(&p, (jz_bytes){ (uint8_t *)store.ptr, 9999 }, fd, NULL),
                     JZ_E_INVAL);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(path), 0);
}

static jz_status plan(const char *name, size_t cut, size_t size)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_PLACE_AUTO p = { 0 };
    jz_source src;
    assert_true(ax_load_ours(name, &file));
    jz_auto(jz_asset) *a = ax_open((jz_bytes){ (uint8_t *)file.ptr, file.len - cut }, &src);
    return jz_place_plan(a, size, &p, NULL);
}

static void test_what_has_no_place_is_refused(void **state)
{
    JZ_BUF_AUTO probe = { 0 };
    (void)state;
    if (!ax_load_ours("media/rgb.png", &probe))
        skip();
    assert_int_equal(plan("media/rgb.png", 0, 0), JZ_E_INVAL);
    assert_int_equal(plan("media/rgb.png", 0, JZ_STORE_MAX + 1), JZ_E_INVAL);
    assert_int_equal(plan("media/lossy.jxl", 0, 100), JZ_E_UNSUPPORTED);
    assert_int_equal(plan("media/rgb.png", 5, 100), JZ_E_TRUNCATED);
    assert_int_equal(plan("media/baseline.jpg", 2, 100), JZ_E_TRUNCATED);
    assert_int_equal(plan("media/tone.wav", 9, 100), JZ_E_TRUNCATED);
    assert_int_equal(plan("media/h264.mp4", 5, 100), JZ_E_TRUNCATED);
}

static void check_svg(const char *text, const char *expected)
{
    JZ_PLACE_AUTO p = { 0 };
    JZ_BUF_AUTO made = { 0 };
    jz_source src;
    jz_auto(jz_asset) *a = ax_open((jz_bytes){ (const uint8_t *)text, strlen(text) }, &src);
    const jz_status st = jz_place_plan(a, 3, &p, NULL);
    assert_int_equal(st == JZ_OK, expected != NULL);
    if (expected == NULL)
        return;
    assert_int_equal(jz_splices_build(&p.plan, &src, &made, NULL), JZ_OK);
    assert_int_equal(jz_place_store_in(&p, (jz_bytes){ (const uint8_t *)"abc", 3 }, &made, NULL),
                     JZ_OK);
    assert_string_equal(made.ptr, expected);
}

#define ELEMENT "<c2pa:manifest xmlns:c2pa=\"http://c2pa.org/manifest\">YWJj</c2pa:manifest>"

static void test_metadata_of_an_svg_is_found(void **state)
{
    (void)state;
    check_svg("<svg a='>'><g/></svg>", "<svg a='>'><metadata>" ELEMENT "</metadata><g/></svg>");
    check_svg("<svg><g><metadata/></g><metadata id='1'>x</metadata></svg>",
              "<svg><g><metadata/></g><metadata id='1'>" ELEMENT "x</metadata></svg>");
    check_svg("<svg:svg><svg:g/></svg:svg>",
              "<svg:svg><svg:metadata>" ELEMENT "</svg:metadata><svg:g/></svg:svg>");
    check_svg("<!DOCTYPE svg [ <!ENTITY a \">x\"> ]><svg ><!-- <svg> --><![CDATA[<a>]]></svg>",
              "<!DOCTYPE svg [ <!ENTITY a \">x\"> ]><svg ><metadata>" ELEMENT
              "</metadata><!-- <svg> --><![CDATA[<a>]]></svg>");
    check_svg("<svg />", NULL);
    check_svg("<svg><g></svg>", NULL);
    check_svg("<svg></svg></svg>", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_store_is_placed_in_every_format),
        cmocka_unit_test(test_a_second_store_takes_the_place_of_the_first),
        cmocka_unit_test(test_media_are_what_they_were),
        cmocka_unit_test(test_a_store_is_written_to_a_file),
        cmocka_unit_test(test_what_has_no_place_is_refused),
        cmocka_unit_test(test_metadata_of_an_svg_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
