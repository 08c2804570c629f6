/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests that are not of the usual form: compressed ones (11.2.4), made with another library's
 * compressor, and update manifests (11.2.3), written and read. */
#include "sign_fixture.h"
#include "store_fixture.h"

#include "base/alloc.h"
#include "base/file.h"
#include "provenance/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <brotli/encode.h>
#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#define ID "urn:c2pa:00000000-0000-4000-8000-000000000000"
#define ID2 "urn:c2pa:00000000-0000-4000-8000-000000000002"
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

/* ---- compressed manifests ---- */

static void put_brotli(jz_buf *out, const void *data, size_t len)
{
    size_t n = BrotliEncoderMaxCompressedSize(len);
    uint8_t *packed = jz_alloc(n);
    assert_non_null(packed);
    assert_true(BrotliEncoderCompress(5, BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, len, data, &n,
                                      packed));
    jz_buf_put(out, packed, n);
    jz_free(packed);
}

/* A compressed manifest of that label around the bytes of a brob box. */
static void put_packed(jz_buf *out, const char *label, const void *brotli, size_t len)
{
    const size_t at = fixture_begin_super(out, "c2cm", label);
    const size_t in = fixture_begin(out, "brob");
    jz_buf_put(out, brotli, len);
    fixture_end(out, in);
    fixture_end(out, at);
}

static void pack(jz_buf *out, const char *label, const void *manifest, size_t len)
{
    JZ_BUF_AUTO packed = { 0 };
    put_brotli(&packed, manifest, len);
    put_packed(out, label, packed.ptr, packed.len);
}

static jz_credentials *verified(const jz_buf *manifests)
{
    jz_credentials *c = NULL;
    JZ_BUF_AUTO store = { 0 };
    fixture_store(&store, manifests);
    assert_int_equal(jz_credentials_verify_bytes(jz_buf_bytes(&store), NULL, &c, NULL), JZ_OK);
    return c;
}

/* What is found of the same manifest in both forms is the same. */
static void test_forms_compressed_is_as_good_as_plain(void **state)
{
    char side[256];
    char photo[1024];
    char *text = NULL;
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO packed = { 0 };
    JZ_BUF_AUTO store = { 0 };
    (void)state;
    const jz_sign_opts o = { .source_type = GENERATED, .overwrite = true };
    assert_int_equal(sx_sign(&fixture, sx_data("media/rgb.png", photo), "rgb.c2pa", &o, NULL, NULL),
                     JZ_OK);
    sx_read(&fixture, "rgb.c2pa", &plain);
    jz_auto(jz_jumbf) *j = NULL;
    assert_int_equal(jz_jumbf_parse(jz_buf_bytes(&plain), &j, NULL), JZ_OK);
    const jz_jumbf_box *m = jz_jumbf_at(j, jz_jumbf_at(j, 0)->first);
    pack(&packed, (const char *)m->label.ptr, plain.ptr + m->at, m->payload.len + 8);
    fixture_store(&store, &packed);
    assert_true(store.len < plain.len);
    sx_write(&fixture, "packed.c2pa", store.ptr, store.len);
    JZ_FD_AUTO fd = open(photo, O_RDONLY | O_CLOEXEC);
    JZ_FD_AUTO beside = open(sx_path(&fixture, "packed.c2pa", side), O_RDONLY | O_CLOEXEC);
    const jz_verify_opts opts = { .trust = fixture.trust, .sidecar_fd = beside };
    jz_auto(jz_credentials) *c = NULL;
    assert_int_equal(jz_credentials_verify(fd, &opts, &c, NULL), JZ_OK);
    assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_TRUSTED);
    assert_string_equal(jz_credential_manifest_at(c, 0)->source_type, GENERATED);
    assert_int_equal(jz_credentials_crjson(c, &text, NULL), JZ_OK);
    assert_non_null(strstr(text, "\"isCompressedManifest\":true"));
    jz_credentials_text_free(text);
}

static void put_usual(jz_buf *out, const char *label, const char *kind)
{
    fixture_manifest m = { .label = label, .kind = kind };
    fixture_usual(&m);
    fixture_put(out, &m);
    fixture_done(&m);
}

/* Its hash is that of the compressed bytes (11.1.3.2); what is in it is found by URIs. */
static void test_forms_compressed_ingredient_is_followed(void **state)
{
    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO all = { 0 };
    (void)state;
    put_usual(&first, ID, NULL);
    pack(&all, ID, first.ptr, first.len);
    fixture_manifest second = { .label = ID2 };
    fixture_usual(&second);
    fixture_ingredient(&second, "componentOf", ID, &all, NULL, NULL);
    fixture_put(&all, &second);
    fixture_done(&second);
    jz_auto(jz_credentials) *c = verified(&all);
    assert_true(sx_found(c, "ingredient.manifest.validated", false));
    assert_non_null(jz_credential_manifest_at(c, 1));
    assert_string_equal(jz_credential_manifest_at(c, 1)->label, ID);
    assert_int_equal(jz_credential_manifest_at(c, 1)->version, 2);
    assert_true(sx_found(c, "assertion.hashedURI.match", false));
    assert_false(sx_found(c, "manifest.compressed.invalid", false));
}

static void test_forms_compressed_update_is_one(void **state)
{
    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO update = { 0 };
    (void)state;
    put_usual(&first, ID, NULL);
    fixture_manifest m = { .label = ID2, .kind = "c2um" };
    fixture_ingredient(&m, "parentOf", ID, &first, NULL, NULL);
    fixture_put(&update, &m);
    fixture_done(&m);
    pack(&first, ID2, update.ptr, update.len);
    jz_auto(jz_credentials) *c = verified(&first);
    assert_true(jz_credential_manifest_at(c, 0)->update);
    assert_true(sx_found(c, "assertion.dataHash.mismatch", false)); /* of the first one */
    assert_false(sx_found(c, "manifest.update.invalid", false));
}

static void expect_no_unpacking(const jz_buf *manifests)
{
    jz_auto(jz_credentials) *c = verified(manifests);
    assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_INVALID);
    if (!sx_found(c, "manifest.compressed.invalid", false))
        fail_msg("%s", jz_credential_finding_at(c, 0)->code->name);
}

/* 15.5.4 */
static void test_forms_compressed_that_is_none_has_its_code(void **state)
{
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO packed = { 0 };
    (void)state;
    put_usual(&plain, ID, NULL);
    put_brotli(&packed, plain.ptr, plain.len);
    for (size_t n = 0; n < packed.len; n++) { /* cut anywhere */
        JZ_BUF_AUTO one = { 0 };
        put_packed(&one, ID, packed.ptr, n);
        expect_no_unpacking(&one);
    }
    JZ_BUF_AUTO behind = { 0 };
    jz_buf_putc(&packed, 'x');
    put_packed(&behind, ID, packed.ptr, packed.len);
    expect_no_unpacking(&behind);
    JZ_BUF_AUTO label = { 0 };
    pack(&label, ID2, plain.ptr, plain.len);
    expect_no_unpacking(&label);
    JZ_BUF_AUTO twice = { 0 };
    JZ_BUF_AUTO inner = { 0 };
    pack(&inner, ID, plain.ptr, plain.len);
    pack(&twice, ID, inner.ptr, inner.len);
    expect_no_unpacking(&twice);
    JZ_BUF_AUTO more = { 0 };
    jz_buf_putc(&plain, '\0');
    pack(&more, ID, plain.ptr, plain.len);
    expect_no_unpacking(&more);
    JZ_BUF_AUTO empty = { 0 };
    fixture_end(&empty, fixture_begin_super(&empty, "c2cm", ID));
    expect_no_unpacking(&empty);
}

/* Two hundred streams of 64 MiB each, 12.5 GiB in all: no more is unpacked than a store may have,
 * once. */
static void test_forms_compressed_bombs_end(void **state)
{
    const size_t size = (size_t)64 << 20;
    JZ_BUF_AUTO packed = { 0 };
    JZ_BUF_AUTO all = { 0 };
    (void)state;
    void *zeros = jz_alloc_zero(1, size);
    assert_non_null(zeros);
    put_brotli(&packed, zeros, size);
    jz_free(zeros);
    assert_true(packed.len < 1000);
    for (int i = 0; i < 200; i++) {
        char label[64];
        (void)snprintf(label, sizeof label, "urn:c2pa:%08d-0000-4000-8000-000000000000", i);
        put_packed(&all, label, packed.ptr, packed.len);
    }
    expect_no_unpacking(&all);
}

static void test_forms_out_of_memory_is_told(void **state)
{
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO all = { 0 };
    JZ_BUF_AUTO store = { 0 };
    (void)state;
    put_usual(&plain, ID, NULL);
    pack(&all, ID, plain.ptr, plain.len);
    fixture_store(&store, &all);
    for (unsigned n = 0;; n++) {
        jz_auto(jz_credentials) *c = NULL;
        jz_fault_arm(n);
        const jz_status st = jz_credentials_verify_bytes(jz_buf_bytes(&store), NULL, &c, NULL);
        if (!jz_fault_fired())
            break;
        assert_int_equal(st, JZ_E_NOMEM);
    }
}

/* ---- identity assertions ---- */

/* Nobody here evaluates them, which is said and does not count. */
static void test_forms_identity_is_told_not_judged(void **state)
{
    JZ_BUF_AUTO all = { 0 };
    fixture_manifest m = { .label = ID };
    (void)state;
    fixture_usual(&m);
    jz_buf *b = fixture_add(&m, "cawg.identity", "cbor");
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "signer_payload");
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "sig_type");
    jz_cbor_put_text(b, "cawg.x509.cose");
    fixture_add(&m, "cawg.identity__1", "cbor"); /* not even CBOR */
    fixture_put(&all, &m);
    fixture_done(&m);
    jz_auto(jz_credentials) *c = verified(&all);
    const jz_credential_finding *f = NULL;
    size_t n = 0;
    for (size_t i = 0; (f = jz_credential_finding_at(c, i)) != NULL; i++) {
        if (strcmp(f->code->name, "cawg.identity.sig_type.unknown") != 0)
            continue;
        assert_int_equal(f->code->kind, JZ_CODE_INFORMATIONAL);
        assert_string_equal(f->detail, n == 0 ? "cawg.x509.cose" : "");
        n++;
    }
    assert_int_equal(n, 2);
}

/* ---- update manifests ---- */

static const jz_sign_action published = { .name = "c2pa.published" };

static jz_status update(const char *from, const char *to, jz_credentials **out)
{
    char path[256];
    static const char json[] = "{\"note\":\"seen\"}";
    static const jz_sign_assertion own = { "cn.example.note",
                                           { (const uint8_t *)json, sizeof json - 1 } };
    const jz_sign_opts o = { .update = true,
                             .action = &published,
                             .n_actions = 1,
                             .assertion = &own,
                             .n_assertions = 1,
                             .trust = fixture.trust,
                             .overwrite = true };
    return sx_sign(&fixture, sx_path(&fixture, from, path), to, &o, out, NULL);
}

/* Two updates of a file in each format; the media are still those of the first manifest. */
static void test_forms_updates_hold_in_every_format(void **state)
{
    static const char *const files[] = {
        "media/baseline.jpg",    "media/rgb.png",         "media/anim.gif",   "media/h264.mp4",
        "media/h264.mov",        "media/still.heic",      "media/still.avif", "media/audio.mp4",
        "provenance/signed.svg", "provenance/signed.jxl",
    };
    (void)state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(files); i++) {
        char path[1024];
        jz_auto(jz_credentials) *two = NULL;
        jz_auto(jz_credentials) *three = NULL;
        const jz_sign_opts o = { .source_type = GENERATED, .overwrite = true };
        assert_int_equal(sx_sign(&fixture, sx_data(files[i], path), "one", &o, NULL, NULL), JZ_OK);
        if (update("one", "two", &two) != JZ_OK || update("two", "three", &three) != JZ_OK)
            fail_msg("%s", files[i]);
        jz_auto(jz_credentials) *c = sx_verify(&fixture, "three");
        assert_true(jz_credentials_state(c) >= JZ_CREDENTIALS_VALID);
        assert_true(jz_credential_manifest_at(c, 0)->update);
        assert_true(jz_credential_manifest_at(c, 1)->update);
        assert_false(jz_credential_manifest_at(c, 2)->update);
        assert_string_equal(jz_credential_manifest_at(c, 2)->source_type, GENERATED);
    }
}

/* A file that was changed has nothing that could be added to. */
static void test_forms_update_of_what_does_not_hold_is_refused(void **state)
{
    char path[1024];
    JZ_BUF_AUTO file = { 0 };
    (void)state;
    const jz_sign_opts plain = { .source_type = GENERATED, .overwrite = true };
    assert_int_equal(
        sx_sign(&fixture, sx_data("media/baseline.jpg", path), "good", &plain, NULL, NULL), JZ_OK);
    sx_read(&fixture, "good", &file);
    file.ptr[file.len - 3] ^= 1;
    sx_write(&fixture, "bad", file.ptr, file.len);
    assert_int_equal(update("bad", "none", NULL), JZ_E_MISMATCH);
    const jz_sign_opts alone = { .update = true };
    assert_int_equal(sx_sign(&fixture, path, "none", &alone, NULL, NULL), JZ_E_NOTFOUND);
    const jz_sign_action edited = { .name = "c2pa.edited" };
    const jz_sign_opts edit = { .update = true, .action = &edited, .n_actions = 1 };
    char good[256];
    assert_int_equal(sx_sign(&fixture, sx_path(&fixture, "good", good), "none", &edit, NULL, NULL),
                     JZ_E_INVAL);
    assert_int_equal(
        sx_sign(&fixture, sx_data("media/lossy.webp", path), "riff", &plain, NULL, NULL), JZ_OK);
    assert_int_equal(update("riff", "none", NULL), JZ_E_UNSUPPORTED);
    const jz_sign_opts typed = { .update = true, .source_type = GENERATED };
    assert_int_equal(sx_sign(&fixture, good, "none", &typed, NULL, NULL), JZ_E_INVAL);
    assert_false(sx_has(&fixture, "none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_compressed_is_as_good_as_plain),
        cmocka_unit_test(test_forms_compressed_ingredient_is_followed),
        cmocka_unit_test(test_forms_compressed_update_is_one),
        cmocka_unit_test(test_forms_compressed_that_is_none_has_its_code),
        cmocka_unit_test(test_forms_compressed_bombs_end),
        cmocka_unit_test(test_forms_out_of_memory_is_told),
        cmocka_unit_test(test_forms_identity_is_told_not_judged),
        cmocka_unit_test(test_forms_updates_hold_in_every_format),
        cmocka_unit_test(test_forms_update_of_what_does_not_hold_is_refused),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
