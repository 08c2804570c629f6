/* SPDX-License-Identifier: Apache-2.0 */
/* A small signed file in which one bit is another: it is trusted nowhere but where the
 * specification leaves bytes out of what is signed (18.5, 18.6), and those are none of the
 * manifest's. */
#include "sign_fixture.h"

#include "provenance/asset.h"
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
    static const jz_sign_assertion own = { "cn.example.label",
                                           { (const uint8_t *)"{\"Label\":\"1\"}", 13 } };
    const jz_sign_opts o = { .source_type = GENERATED,
                             .title = "title",
                             .assertion = &own,
                             .n_assertions = 1,
                             .overwrite = true,
                             .trust = fixture.trust };
    assert_int_equal(sx_sign(&fixture, sx_data(name, path), "signed", &o, NULL, NULL), JZ_OK);
    sx_read(&fixture, "signed", out);
}

static bool is_trusted(const jz_buf *file)
{
    jz_credentials *c = NULL;
    const jz_verify_opts opts = { .trust = fixture.trust };
    const jz_bytes bytes = { (const uint8_t *)file->ptr, file->len };
    const bool ok = jz_credentials_verify_bytes(bytes, &opts, &c, NULL) == JZ_OK &&
                    jz_credentials_state(c) == JZ_CREDENTIALS_TRUSTED;
    jz_credentials_free(c);
    return ok;
}

/* Where the store's first and last bytes are, in formats in which it is in one piece. */
static void find_store(const jz_buf *file, size_t *from, size_t *to)
{
    jz_source src;
    jz_asset *a = NULL;
    jz_bytes store;
    jz_source_of_bytes((jz_bytes){ (const uint8_t *)file->ptr, file->len }, &src);
    assert_int_equal(jz_asset_open(&src, &a, NULL), JZ_OK);
    assert_int_equal(jz_asset_store(a, &store, NULL), JZ_OK);
    const char *at = memmem(file->ptr, file->len, store.ptr, store.len);
    assert_non_null(at);
    *from = (size_t)(at - file->ptr);
    *to = *from + store.len;
    jz_asset_close(a);
}

/* Bytes whose change leaves the file trusted, one bit of each; none of them in the manifest. */
static void expect_at_most(const char *name, size_t most)
{
    JZ_BUF_AUTO file = { 0 };
    size_t from = 0;
    size_t to = 0;
    size_t kept = 0;
    make_signed(name, &file);
    assert_true(is_trusted(&file));
    find_store(&file, &from, &to);
    for (size_t i = 0; i < file.len; i++) {
        const char bit = (char)(1 << (i % 8));
        file.ptr[i] ^= bit;
        const bool trusted = is_trusted(&file);
        file.ptr[i] ^= bit;
        if (trusted && i >= from && i < to)
            fail_msg("%s: byte %zu, %zu of the manifest store", name, i, i - from);
        kept += trusted;
    }
    if (kept > most)
        fail_msg("%s: %zu bytes may change", name, kept);
}

static void test_flip_of_a_jpeg_is_noticed(void **state)
{
    (void)state;
    expect_at_most("media/baseline.jpg",
                   8); /* numbers of the segment (18.5 leaves all of it out) */
}

static void test_flip_of_a_png_is_noticed(void **state)
{
    (void)state;
    expect_at_most("media/rgb.png", 4); /* the checksum of the store's chunk */
}

static void test_flip_of_riff_is_noticed(void **state)
{
    (void)state;
    expect_at_most("media/lossy.webp", 0);
}

static void test_flip_of_a_gif_is_noticed(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    make_signed("media/still.gif", &file);
    size_t kept = 0;
    for (size_t i = 0; i < file.len; i++) {
        file.ptr[i] ^= 4;
        kept += is_trusted(&file);
        file.ptr[i] ^= 4;
    }
    assert_true(kept <= 3); /* the code behind the name of the extension */
}

static void test_flip_of_a_movie_is_noticed(void **state)
{
    (void)state;
    expect_at_most("media/audio.mp4", 40); /* ftyp, the place of Merkle boxes, flags */
}

/* Three bits of each byte of the manifest, by turns all. */
static void test_flip_of_bits_of_the_manifest_is_noticed(void **state)
{
    JZ_BUF_AUTO file = { 0 };
    size_t from = 0;
    size_t to = 0;
    (void)state;
    make_signed("media/rgb.png", &file);
    find_store(&file, &from, &to);
    for (size_t i = from; i < to; i++) {
        for (unsigned k = 0; k < 3; k++) {
            const unsigned bit = (unsigned)(i + 3 * k) % 8;
            file.ptr[i] ^= (char)(1 << bit);
            if (is_trusted(&file))
                fail_msg("bit %u of byte %zu of %zu", bit, i - from, to - from);
            file.ptr[i] ^= (char)(1 << bit);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flip_of_a_jpeg_is_noticed),
        cmocka_unit_test(test_flip_of_a_png_is_noticed),
        cmocka_unit_test(test_flip_of_riff_is_noticed),
        cmocka_unit_test(test_flip_of_a_gif_is_noticed),
        cmocka_unit_test(test_flip_of_a_movie_is_noticed),
        cmocka_unit_test(test_flip_of_bits_of_the_manifest_is_noticed),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
