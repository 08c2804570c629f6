/* SPDX-License-Identifier: Apache-2.0 */
/* Signing: every format, parents, and what may not leave a file behind. What another program says
 * of such files: peer. */
#include "sign_fixture.h"

#include "base/alloc.h"
#include "base/file.h"
#include "provenance/check.h"
#include "provenance/sign_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#define GENERATED "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
#define COMPOSITE                                                                                  \
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"

static const char *const files[] = {
    "media/baseline.jpg",     "media/progressive.jpg",
    "media/rgb.png",          "media/anim.apng",
    "media/lossy.webp",       "media/lossless.webp",
    "media/anim.webp",        "media/tone.wav",
    "media/mpeg4.avi",        "media/anim.gif",
    "media/still.gif",        "media/rgb.tif",
    "media/grey-lzw.tif",     "media/tone.mp3",
    "media/h264.mp4",         "media/h264-fragmented.mp4",
    "media/h264.mov",         "media/audio.mp4",
    "media/still.heic",       "media/still.avif",
    "provenance/signed.jpg",  "provenance/signed.png",
    "provenance/signed.webp", "provenance/signed.wav",
    "provenance/signed.avi",  "provenance/signed.gif",
    "provenance/signed.tif",  "provenance/signed.mp3",
    "provenance/signed.flac", "provenance/signed.svg",
    "provenance/signed.jxl",  "provenance/signed.mp4",
    "provenance/signed.mov",  "provenance/signed.m4a",
    "provenance/signed.heic", "provenance/signed.avif",
    "provenance/merkle.mp4",
};

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

/* Signs one of tests/data, which must work. */
static jz_credentials *sign_data(const char *from, const char *to, jz_sign_opts opts)
{
    char path[1024];
    jz_err err = { 0 };
    jz_credentials *c = NULL;
    opts.trust = fixture.trust;
    opts.overwrite = true;
    if (sx_sign(&fixture, sx_data(from, path), to, &opts, &c, &err) != JZ_OK)
        fail_msg("%s: %s", from, err.frame[0]);
    return c;
}

static jz_credentials *sign_again(const char *from, const char *to, jz_sign_opts opts)
{
    char path[256];
    jz_err err = { 0 };
    jz_credentials *c = NULL;
    opts.trust = fixture.trust;
    if (sx_sign(&fixture, sx_path(&fixture, from, path), to, &opts, &c, &err) != JZ_OK)
        fail_msg("%s: %s", from, err.frame[0]);
    return c;
}

static size_t count(const jz_credentials *c)
{
    size_t n = 0;
    while (jz_credential_manifest_at(c, n) != NULL)
        n++;
    return n;
}

/* ---- files ---- */

static void test_sign_in_every_format_is_trusted(void **state)
{
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        const bool opened = strncmp(files[i], "provenance/", 11) == 0;
        jz_auto(jz_credentials) *c =
            sign_data(files[i], "out", (jz_sign_opts){ .source_type = GENERATED });
        jz_auto(jz_credentials) *again = sx_verify(&fixture, "out");
        const jz_credential_state want = opened ? JZ_CREDENTIALS_VALID : JZ_CREDENTIALS_TRUSTED;
        if (jz_credentials_state(c) < want || jz_credentials_state(again) < want)
            fail_msg("%s: %s", files[i], jz_credential_state_name(jz_credentials_state(c)));
        const jz_credential_manifest *m = jz_credential_manifest_at(again, 0);
        assert_int_equal(m->version, 2);
        assert_string_equal(m->algorithm, "es256");
        assert_string_equal(m->signer, "Test");
        assert_string_equal(m->generator, "Jianzhen");
        assert_string_equal(m->source_type, GENERATED);
        assert_int_equal(count(again) > 1, opened);
    }
}

/* All of the old file is in the new one, before and behind the store. */
static void test_sign_leaves_the_media_as_they_are(void **state)
{
    static const char *const simple[] = { "media/baseline.jpg", "media/rgb.png", "media/anim.gif" };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(simple); i++) {
        char path[1024];
        JZ_BUF_AUTO old = { 0 };
        JZ_BUF_AUTO made = { 0 };
        assert_int_equal(jz_file_read(sx_data(simple[i], path), (size_t)1 << 20, &old, NULL),
                         JZ_OK);
        jz_credentials_free(sign_data(simple[i], "out", (jz_sign_opts){ 0 }));
        sx_read(&fixture, "out", &made);
        size_t front = 0;
        size_t back = 0;
        while (front < old.len && old.ptr[front] == made.ptr[front])
            front++;
        while (back < old.len && old.ptr[old.len - 1 - back] == made.ptr[made.len - 1 - back])
            back++;
        assert_true(front + back >= old.len);
    }
}

static void test_sign_with_every_option_holds(void **state)
{
    static const uint8_t value[32] = { 1, 2, 3 };
    static const char json[] = "{\"Label\":\"1\",\"ContentProducer\":\"\xe9\x89\xb4\"}";
    static const jz_sign_region regions[] = { { 10, 20.5, 30, 40, "face" },
                                              { 0, 0, 100, 1, NULL } };
    static const jz_sign_action actions[] = {
        { .name = "c2pa.edited",
          .source_type = COMPOSITE,
          .description = "a face",
          .region = regions,
          .n_regions = 2 },
        { .name = "cn.example.swap" },
    };
    static const jz_sign_soft_binding soft[] = {
        { "cn.jianzhen.pdq", { value, sizeof value } },
        { "io.iscc.v0", { value, 8 } },
    };
    const jz_sign_assertion own[] = {
        { "cn.jianzhen.aigc", { (const uint8_t *)json, sizeof json - 1 } },
        { "cn.jianzhen.aigc", { (const uint8_t *)json, sizeof json - 1 } },
    };
    char *text = NULL;
    (void)state;
    jz_auto(jz_credentials) *c = sign_data("media/baseline.jpg", "out",
                                           (jz_sign_opts){ .title = "\xe6\xa0\x87\xe9\xa2\x98",
                                                           .source_type = GENERATED,
                                                           .action = actions,
                                                           .n_actions = 2,
                                                           .soft_binding = soft,
                                                           .n_soft_bindings = 2,
                                                           .assertion = own,
                                                           .n_assertions = 2 });
    assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_TRUSTED);
    assert_string_equal(jz_credential_manifest_at(c, 0)->title, "\xe6\xa0\x87\xe9\xa2\x98");
    assert_int_equal(jz_credentials_crjson(c, &text, NULL), JZ_OK);
    static const char *const wanted[] = { "\"cn.jianzhen.aigc__1\"",
                                          "\"c2pa.soft-binding__1\"",
                                          "cn.example.swap",
                                          "\"percent\"",
                                          "20.5",
                                          COMPOSITE,
                                          "c2pa.created" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(wanted); i++) {
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("no %s in %s", wanted[i], text);
    }
    jz_credentials_text_free(text);
}

/* ---- parents ---- */

static void test_sign_keeps_the_manifests_of_the_opened_file(void **state)
{
    static const jz_sign_action edited = { .name = "c2pa.edited" };
    (void)state;
    jz_credentials_free(
        sign_data("media/baseline.jpg", "one", (jz_sign_opts){ .source_type = GENERATED }));
    jz_credentials_free(
        sign_again("one", "two", (jz_sign_opts){ .action = &edited, .n_actions = 1 }));
    jz_auto(jz_credentials) *c = sign_again("two", "three", (jz_sign_opts){ 0 });
    assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_TRUSTED);
    assert_int_equal(count(c), 3);
    assert_string_equal(jz_credential_manifest_at(c, 2)->source_type, GENERATED);
    assert_true(sx_found(c, "ingredient.manifest.validated", false));
}

/* What was wrong with the opened file is recorded: it stays to be seen, and does not count again.
 */
static void test_sign_records_what_is_wrong_with_the_parent(void **state)
{
    char *text = NULL;
    JZ_BUF_AUTO file = { 0 };
    (void)state;
    jz_credentials_free(
        sign_data("media/baseline.jpg", "good", (jz_sign_opts){ .source_type = GENERATED }));
    sx_read(&fixture, "good", &file);
    file.ptr[file.len - 3] ^= 1; /* a pixel */
    sx_write(&fixture, "bad", file.ptr, file.len);
    jz_auto(jz_credentials) *bad = sx_verify(&fixture, "bad");
    assert_int_equal(jz_credentials_state(bad), JZ_CREDENTIALS_INVALID);
    jz_auto(jz_credentials) *c = sign_again("bad", "next", (jz_sign_opts){ 0 });
    assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_TRUSTED);
    assert_int_equal(jz_credentials_crjson(c, &text, NULL), JZ_OK);
    assert_non_null(strstr(text, "assertion.dataHash.mismatch"));
    jz_credentials_text_free(text);
    /* A signature that was broken before. */
    char *at = memmem(file.ptr, file.len, "c2pa.created", 12);
    assert_non_null(at);
    at[5] ^= 1;
    sx_write(&fixture, "worse", file.ptr, file.len);
    jz_auto(jz_credentials) *d = sign_again("worse", "after", (jz_sign_opts){ 0 });
    assert_int_equal(jz_credentials_state(d), JZ_CREDENTIALS_TRUSTED);
    assert_true(sx_found(d, "assertion.hashedURI.mismatch", true));
    assert_false(sx_found(d, "assertion.hashedURI.mismatch", false));
}

/* The parent's credentials survive an edit that has lost them. */
static void test_sign_takes_the_parent_from_another_file(void **state)
{
    char path[256];
    (void)state;
    jz_credentials_free(
        sign_data("media/baseline.jpg", "parent", (jz_sign_opts){ .source_type = GENERATED }));
    const int fd = open(sx_path(&fixture, "parent", path), O_RDONLY | O_CLOEXEC);
    assert_true(fd > 0);
    jz_auto(jz_credentials) *c = sign_data(
        "media/rgb.png", "child", (jz_sign_opts){ .parent_fd = fd, .source_type = COMPOSITE });
    (void)close(fd);
    assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_TRUSTED);
    assert_int_equal(count(c), 2);
    assert_string_equal(jz_credential_manifest_at(c, 0)->source_type, COMPOSITE);
    assert_string_equal(jz_credential_manifest_at(c, 1)->source_type, GENERATED);
}

static void expect_failure(const char *from, const char *to, const jz_sign_opts *o, jz_status want,
                           const char *says)
{
    char path[1024];
    jz_err err = { 0 };
    jz_credentials *c = NULL;
    const jz_status st =
        sx_sign(&fixture, from[0] == '/' ? from : sx_data(from, path), to, o, &c, &err);
    if (st != want || strstr(err.frame[0], says) == NULL)
        fail_msg("%s: %s: %s", from, jz_status_name(st), err.frame[0]);
    assert_null(c);
}

/* A manifest beside the file, which stays as it is. */
static void test_sign_beside_a_file_holds(void **state)
{
    static const char *const names[] = { "media/baseline.jpg", "media/rgb.png", "media/h264.mp4",
                                         "media/still.heic", "media/tone.mp3" };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        char path[1024];
        char side_path[256];
        jz_credentials *c = NULL;
        jz_auto(jz_credentials) *made =
            sign_data(names[i], "beside.c2pa", (jz_sign_opts){ .source_type = GENERATED });
        assert_int_equal(jz_credentials_state(made), JZ_CREDENTIALS_TRUSTED);
        const int side = open(sx_path(&fixture, "beside.c2pa", side_path), O_RDONLY | O_CLOEXEC);
        const int fd = open(sx_data(names[i], path), O_RDONLY | O_CLOEXEC);
        const int other = open(sx_data("media/still.gif", path), O_RDONLY | O_CLOEXEC);
        assert_true(side > 0 && fd > 0 && other > 0);
        const jz_verify_opts o = { .trust = fixture.trust, .sidecar_fd = side };
        assert_int_equal(jz_credentials_verify(fd, &o, &c, NULL), JZ_OK);
        assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_TRUSTED);
        jz_credentials_free(c);
        assert_int_equal(jz_credentials_verify(other, &o, &c, NULL), JZ_OK);
        assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_INVALID);
        jz_credentials_free(c);
        (void)close(side);
        (void)close(fd);
        (void)close(other);
    }
    expect_failure("provenance/signed.jpg", "none.c2pa", NULL, JZ_E_UNSUPPORTED, "of its own");
}

/* ---- in few words ---- */

static void test_sign_brief_tells_ai_and_faces(void **state)
{
    static const jz_sign_action face = { .name = "cn.example.swap", .description = "a FACE" };
    static const jz_sign_action surface = { .name = "c2pa.edited", .description = "the surface" };
    jz_credential_brief b;
    (void)state;
    jz_auto(jz_credentials) *made =
        sign_data("media/baseline.jpg", "made", (jz_sign_opts){ .source_type = GENERATED });
    jz_credential_brief_of(made, &b);
    assert_true(b.read && b.state == JZ_CREDENTIALS_TRUSTED && b.ai == JZ_AI_GENERATED && !b.face);
    assert_string_equal(b.source_type, "trainedAlgorithmicMedia");
    assert_string_equal(b.signer, "Test");
    /* What the parent says stays true of what was made from it. */
    jz_auto(jz_credentials) *child =
        sign_again("made", "swapped", (jz_sign_opts){ .action = &face, .n_actions = 1 });
    jz_credential_brief_of(child, &b);
    assert_true(b.ai == JZ_AI_GENERATED && b.face);
    jz_auto(jz_credentials) *plain =
        sign_data("media/rgb.png", "plain",
                  (jz_sign_opts){ .source_type = COMPOSITE, .action = &surface, .n_actions = 1 });
    jz_credential_brief_of(plain, &b);
    assert_true(b.ai == JZ_AI_COMPOSITE && !b.face);
    /* What does not hold says nothing. */
    JZ_BUF_AUTO file = { 0 };
    sx_read(&fixture, "made", &file);
    char *at = memmem(file.ptr, file.len, "c2pa.created", 12);
    assert_non_null(at);
    at[5] ^= 1;
    sx_write(&fixture, "liar", file.ptr, file.len);
    jz_auto(jz_credentials) *liar = sx_verify(&fixture, "liar");
    jz_credential_brief_of(liar, &b);
    assert_true(b.state == JZ_CREDENTIALS_INVALID && b.ai == JZ_AI_NONE);
    assert_string_equal(b.failure, "assertion.hashedURI.mismatch");
}

/* ---- what leaves nothing behind ---- */

static void test_sign_failures_leave_no_file(void **state)
{
    static const jz_sign_action opened = { .name = "c2pa.opened" };
    static const jz_sign_assertion foreign = { "c2pa.hash.data", { (const uint8_t *)"{}", 2 } };
    static const jz_sign_assertion broken = { "cn.x", { (const uint8_t *)"{", 1 } };
    static const jz_sign_assertion slash = { "cn/x", { (const uint8_t *)"{}", 2 } };
    (void)state;
    expect_failure("media/baseline.jpg", "none",
                   &(jz_sign_opts){ .action = &opened, .n_actions = 1 }, JZ_E_INVAL,
                   "first action");
    expect_failure("media/baseline.jpg", "none",
                   &(jz_sign_opts){ .assertion = &foreign, .n_assertions = 1 }, JZ_E_INVAL,
                   "not one's own");
    expect_failure("media/baseline.jpg", "none",
                   &(jz_sign_opts){ .assertion = &broken, .n_assertions = 1 }, JZ_E_INVAL,
                   "no JSON");
    expect_failure("media/baseline.jpg", "none",
                   &(jz_sign_opts){ .assertion = &slash, .n_assertions = 1 }, JZ_E_INVAL,
                   "no label");
    expect_failure("media/h264.mkv", "none", NULL, JZ_E_UNSUPPORTED, "");
    expect_failure("README.md", "none", NULL, JZ_E_NOT_MEDIA, "");
    expect_failure("media/baseline.jpg", "none", &(jz_sign_opts){ .tsa = "http://127.0.0.1:1/" },
                   JZ_E_IO, "127.0.0.1");
    assert_false(sx_has(&fixture, "none"));
}

static void test_sign_replaces_nothing_unasked(void **state)
{
    char path[256];
    JZ_BUF_AUTO file = { 0 };
    (void)state;
    sx_write(&fixture, "there", "old", 3);
    expect_failure("media/baseline.jpg", "there", NULL, JZ_E_EXISTS, "");
    sx_read(&fixture, "there", &file);
    assert_int_equal(file.len, 3);
    jz_credentials_free(sign_data("media/rgb.png", "source", (jz_sign_opts){ 0 }));
    JZ_BUF_AUTO before = { 0 };
    sx_read(&fixture, "source", &before);
    expect_failure(sx_path(&fixture, "source", path), "source",
                   &(jz_sign_opts){ .overwrite = true }, JZ_E_INVAL, "source itself");
    JZ_BUF_AUTO after = { 0 };
    sx_read(&fixture, "source", &after);
    assert_int_equal(before.len, after.len);
    assert_memory_equal(before.ptr, after.ptr, after.len);
}

static void test_sign_out_of_memory_is_told_and_leaves_nothing_half(void **state)
{
    char path[1024];
    (void)state;
    (void)sx_data("media/rgb.png", path);
    jz_credentials_free(sign_data("media/baseline.jpg", "parent", (jz_sign_opts){ 0 }));
    for (unsigned n = 0;; n++) {
        jz_credentials *c = NULL;
        const jz_sign_opts o = { .source_type = GENERATED, .trust = fixture.trust };
        jz_fault_arm(n);
        const jz_status st = sx_sign(&fixture, path, "scarce", &o, &c, NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            jz_credentials_free(c);
            return;
        }
        if (st != JZ_OK && st != JZ_E_NOMEM)
            fail_msg("allocation %u: %s", n, jz_status_name(st));
        jz_credentials_free(c);
        if (sx_has(&fixture, "scarce")) { /* only its folder was not synced: it is whole */
            jz_auto(jz_credentials) *whole = sx_verify(&fixture, "scarce");
            assert_int_equal(jz_credentials_state(whole), JZ_CREDENTIALS_TRUSTED);
        }
        (void)unlink(sx_path(&fixture, "scarce", path));
        (void)sx_data("media/rgb.png", path);
    }
}

/* Only the very binding whose hash was just taken is believed, and only where the store is. */
static void test_sign_reading_back_believes_one_hash_alone(void **state)
{
    char path[256];
    JZ_BUF_AUTO bytes = { 0 };
    (void)state;
    jz_auto(jz_credentials) *c =
        sign_data("media/baseline.jpg", "out", (jz_sign_opts){ .source_type = GENERATED });
    jz_bytes binding = { 0 };
    for (size_t i = 0; i < c->manifest[0]->n_assertions; i++) {
        if (jz_bytes_are(c->manifest[0]->assertion[i].label, "c2pa.hash.data"))
            binding = c->manifest[0]->assertion[i].root.raw;
    }
    assert_true(binding.len > 1);
    sx_read(&fixture, "out", &bytes);
    bytes.ptr[bytes.len - 3] ^= 1; /* the picture */
    sx_write(&fixture, "changed", bytes.ptr, bytes.len);
    jz_buf_putc(&bytes, '\0');
    memmove(bytes.ptr + 3, bytes.ptr + 2, bytes.len - 3); /* the store is not where it was */
    sx_write(&fixture, "moved", bytes.ptr, bytes.len);
    for (unsigned i = 0; i < 3; i++) {
        jz_credentials *seen = NULL;
        const int fd =
            open(sx_path(&fixture, i < 2 ? "changed" : "moved", path), O_RDONLY | O_CLOEXEC);
        const jz_bytes known = { binding.ptr, binding.len - (i == 1) };
        assert_int_equal(jz_credentials_read_back(fd, NULL, known, &seen, NULL), JZ_OK);
        assert_int_equal(sx_found(seen, "assertion.dataHash.mismatch", false), i > 0);
        jz_credentials_free(seen);
        (void)close(fd);
    }
}

/* ---- the parts ---- */

static void test_sign_draft_numbers_equal_labels(void **state)
{
    jz_draft_part *p = NULL;
    JZ_DRAFT_AUTO d = { 0 };
    (void)state;
    assert_int_equal(jz_draft_begin(&d, NULL), JZ_OK);
    assert_int_equal(strlen(d.label), strlen("urn:c2pa:") + 36);
    for (unsigned i = 0; i < JZ_DRAFT_PARTS; i++) {
        char want[32] = "cn.x";
        if (i > 0)
            (void)snprintf(want, sizeof want, "cn.x__%u", i);
        assert_int_equal(jz_draft_add(&d, "cn.x", JZ_JUMBF_JSON, &p, NULL), JZ_OK);
        assert_string_equal(p->label, want);
    }
    assert_int_equal(jz_draft_add(&d, "cn.x", JZ_JUMBF_JSON, &p, NULL), JZ_E_LIMIT);
    JZ_DRAFT_AUTO e = { 0 };
    static const char *const bad[] = { "", "a b", "a/b", "a;b", "a#", "\xe9\x89\xb4" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(bad); i++)
        assert_int_equal(jz_draft_add(&e, bad[i], JZ_JUMBF_JSON, &p, NULL), JZ_E_INVAL);
}

static void test_sign_data_binding_keeps_its_size(void **state)
{
    static const uint8_t digest[JZ_DIGEST_BYTES] = { 9 };
    static const uint64_t sizes[] = {
        0, 23, 24, 255, 256, 65535, 65536, UINT32_MAX, UINT64_MAX / 8
    };
    static const size_t mosts[] = { 1, 2, 4, 5, 40, JZ_SIGN_RANGES_MAX };
    static jz_range range[JZ_SIGN_RANGES_MAX];
    (void)state;
    for (size_t m = 0; m < JZ_ARRAY_LEN(mosts); m++) {
        size_t size = 0;
        for (size_t n = 0; n <= mosts[m]; n = n < 4 ? n + 1 : n * 2) {
            for (size_t k = 0; k < JZ_ARRAY_LEN(sizes); k++) {
                jz_cbor root;
                JZ_BUF_AUTO b = { 0 };
                for (size_t i = 0; i < n; i++)
                    range[i] = (jz_range){ sizes[k], sizes[JZ_ARRAY_LEN(sizes) - 1 - k] };
                assert_int_equal(jz_put_hash_data(&b, range, n, mosts[m], digest, NULL), JZ_OK);
                assert_true(size == 0 || b.len == size);
                size = b.len;
                assert_int_equal(jz_cbor_parse((jz_bytes){ (const uint8_t *)b.ptr, b.len }, "x",
                                               &(jz_cbor_limits){ .deterministic = true }, &root,
                                               NULL),
                                 JZ_OK);
            }
        }
    }
    JZ_BUF_AUTO b = { 0 };
    assert_int_equal(jz_put_hash_data(&b, range, 2, 1, digest, NULL), JZ_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_in_every_format_is_trusted),
        cmocka_unit_test(test_sign_leaves_the_media_as_they_are),
        cmocka_unit_test(test_sign_with_every_option_holds),
        cmocka_unit_test(test_sign_keeps_the_manifests_of_the_opened_file),
        cmocka_unit_test(test_sign_records_what_is_wrong_with_the_parent),
        cmocka_unit_test(test_sign_takes_the_parent_from_another_file),
        cmocka_unit_test(test_sign_beside_a_file_holds),
        cmocka_unit_test(test_sign_brief_tells_ai_and_faces),
        cmocka_unit_test(test_sign_failures_leave_no_file),
        cmocka_unit_test(test_sign_replaces_nothing_unasked),
        cmocka_unit_test(test_sign_out_of_memory_is_told_and_leaves_nothing_half),
        cmocka_unit_test(test_sign_reading_back_believes_one_hash_alone),
        cmocka_unit_test(test_sign_draft_numbers_equal_labels),
        cmocka_unit_test(test_sign_data_binding_keeps_its_size),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
