/* SPDX-License-Identifier: Apache-2.0 */
/* What was done to a signed file since: told where it can be proven, and only then. */
#include "sign_fixture.h"

#include "base/alloc.h"
#include "base/file.h"
#include "media/deflate.h"
#include "provenance/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GENERATED "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"

static sx fixture;

static int begin(void **state)
{
    (void)state;
    sx_begin(&fixture, "es256");
    return 0;
}

static int end(void **state)
{
    (void)state;
    sx_end(&fixture);
    return 0;
}

static void make_signed(const char *name, jz_buf *out)
{
    char path[1024];
    const jz_sign_opts o = { .source_type = GENERATED, .overwrite = true, .trust = fixture.trust };
    assert_int_equal(sx_sign(&fixture, sx_data(name, path), "signed", &o, NULL, NULL), JZ_OK);
    sx_read(&fixture, "signed", out);
}

static jz_credentials *explain(jz_bytes file)
{
    jz_credentials *c = NULL;
    jz_err err = { 0 };
    const jz_verify_opts opts = { .trust = fixture.trust };
    assert_int_equal(jz_credentials_verify_bytes(file, &opts, &c, NULL), JZ_OK);
    if (jz_credentials_explain(c, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    return c;
}

/* The file with some bytes put into it. */
static void put_in(const jz_buf *file, size_t at, const void *data, size_t len, jz_buf *out)
{
    jz_buf_put(out, file->ptr, at);
    jz_buf_put(out, data, len);
    jz_buf_put(out, file->ptr + at, file->len - at);
}

/* Where in the signed JPEG the store ends: behind it is what was behind SOI and APP0. */
static size_t behind_store(const jz_buf *file)
{
    char path[1024];
    JZ_BUF_AUTO old = { 0 };
    assert_int_equal(jz_file_read(sx_data("media/baseline.jpg", path), 65536, &old, NULL), JZ_OK);
    return file->len - (old.len - 20);
}

static bool is_proven(const jz_credentials *c, const char *words)
{
    const char *one = NULL;
    for (size_t i = 0; (one = jz_credentials_proven_at(c, i)) != NULL; i++) {
        if (strstr(one, words) != NULL)
            return true;
    }
    return false;
}

static void expect(const jz_buf *file, jz_change_kind kind, const char *words)
{
    const char *text = NULL;
    jz_auto(jz_credentials) *c = explain((jz_bytes){ (const uint8_t *)file->ptr, file->len });
    const jz_change_kind got = jz_credentials_change(c, &text);
    if (got != kind || strstr(text, words) == NULL)
        fail_msg("%s, not %s: %s", jz_change_kind_name(got), jz_change_kind_name(kind), text);
    if (kind != JZ_CHANGE_MANIFEST) {
        assert_true(is_proven(c, "Test, who is on the list, has signed this manifest"));
        assert_true(is_proven(c, "trainedAlgorithmicMedia"));
    }
    assert_int_equal(is_proven(c, "the file is the one"), kind == JZ_CHANGE_NONE);
}

static void test_explain_finds_segments_added_to_a_jpeg(void **state)
{
    static const uint8_t exif[] = "\xff\xe1\x00\x10"
                                  "Exif\0\0"
                                  "12345678";
    static const uint8_t note[] = "\xff\xfe\x00\x07"
                                  "hello";
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO one = { 0 };
    JZ_BUF_AUTO two = { 0 };
    make_signed("media/baseline.jpg", &file);
    expect(&file, JZ_CHANGE_NONE, "");
    put_in(&file, 2, exif, sizeof exif - 1, &one); /* before everything, the store too */
    expect(&one, JZ_CHANGE_METADATA, "APP1 at byte 2; 18 bytes");
    put_in(&one, behind_store(&file) + sizeof exif - 1, note, sizeof note - 1, &two);
    expect(&two, JZ_CHANGE_METADATA, "APP1 at byte 2, COM at byte");
    /* And with a pixel that was changed it is not only metadata. */
    two.ptr[two.len - 3] ^= 1;
    expect(&two, JZ_CHANGE_CONTENT, "the picture");
}

static void test_explain_finds_chunks_added_to_a_png(void **state)
{
    uint8_t chunk[] = "\0\0\0\x08"
                      "tEXtA\0hello!"
                      "\0\0\0\0";
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    const uint32_t crc = jz_crc32(0, chunk + 4, 12);
    for (unsigned i = 0; i < 4; i++)
        chunk[16 + i] = (uint8_t)(crc >> (24 - 8 * i));
    make_signed("media/rgb.png", &file);
    put_in(&file, file.len - 12, chunk, sizeof chunk - 1, &made);
    expect(&made, JZ_CHANGE_METADATA, "tEXt at byte");
}

static void test_explain_finds_chunks_added_to_riff(void **state)
{
    static const char chunk[] = "bext\x06\0\0\0hello!";
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    make_signed("media/tone.wav", &file);
    put_in(&file, file.len, chunk, sizeof chunk - 1, &made);
    const uint32_t size = (uint32_t)made.len - 8;
    for (unsigned i = 0; i < 4; i++)
        made.ptr[4 + i] = (char)(uint8_t)(size >> (8 * i));
    expect(&made, JZ_CHANGE_METADATA, "bext at byte");
}

static void test_explain_finds_what_was_put_behind_the_end(void **state)
{
    static const char *const names[] = {
        "media/baseline.jpg", "media/rgb.png",    "media/anim.gif",
        "media/tone.wav",     "media/lossy.webp", "media/h264.mp4"
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO file = { 0 };
        JZ_BUF_AUTO made = { 0 };
        make_signed(names[i], &file);
        put_in(&file, file.len,
               "\0\0\0\x0c"
               "freemore",
               12, &made);
        expect(&made, JZ_CHANGE_APPENDED, "12 bytes were put behind the end");
    }
}

static void test_explain_tells_cuts_and_changed_manifests(void **state)
{
    static const char *const names[] = { "media/baseline.jpg", "media/rgb.png", "media/anim.gif" };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        JZ_BUF_AUTO file = { 0 };
        make_signed(names[i], &file);
        file.len -= 20;
        expect(&file, JZ_CHANGE_CUT, "end of the file is missing");
        file.len += 20;
        char *at = memmem(file.ptr, file.len, "c2pa.created", 12);
        assert_non_null(at);
        at[7] ^= 1;
        expect(&file, JZ_CHANGE_MANIFEST, "what was signed about the file");
    }
}

/* A file of many pieces costs no more than some passes. */
static void test_explain_of_many_pieces_ends(void **state)
{
    static const uint8_t note[] = "\xff\xfe\x00\x03x";
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO notes = { 0 };
    JZ_BUF_AUTO made = { 0 };
    make_signed("media/baseline.jpg", &file);
    file.ptr[file.len - 3] ^= 1;
    for (unsigned i = 0; i < 5000; i++)
        jz_buf_put(&notes, note, sizeof note - 1);
    put_in(&file, behind_store(&file), notes.ptr, notes.len, &made);
    expect(&made, JZ_CHANGE_CONTENT, "");
}

static void test_explain_out_of_memory_is_told(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    JZ_BUF_AUTO made = { 0 };
    make_signed("media/baseline.jpg", &file);
    put_in(&file, file.len, "more", 4, &made);
    for (unsigned n = 0;; n++) {
        jz_credentials *c = NULL;
        const jz_bytes bytes = { (const uint8_t *)made.ptr, made.len };
        const jz_verify_opts opts = { .trust = fixture.trust };
        assert_int_equal(jz_credentials_verify_bytes(bytes, &opts, &c, NULL), JZ_OK);
        jz_fault_arm(n);
        const jz_status st = jz_credentials_explain(c, NULL);
        const bool fired = jz_fault_fired();
        jz_credentials_free(c);
        if (!fired) {
            assert_int_equal(st, JZ_OK);
            return;
        }
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_explain_finds_segments_added_to_a_jpeg),
        cmocka_unit_test(test_explain_finds_chunks_added_to_a_png),
        cmocka_unit_test(test_explain_finds_chunks_added_to_riff),
        cmocka_unit_test(test_explain_finds_what_was_put_behind_the_end),
        cmocka_unit_test(test_explain_tells_cuts_and_changed_manifests),
        cmocka_unit_test(test_explain_of_many_pieces_ends),
        cmocka_unit_test(test_explain_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
