/* SPDX-License-Identifier: Apache-2.0 */
/* Each thing that may be wrong in a manifest, and the status code that says so. The manifests are
 * made up and not signed: claimSignature.mismatch and the hard binding's verdict are always there.
 */
#include <jz/hash.h>

#include "base/file.h"
#include "provenance/cbor.h"
#include "provenance/check.h"
#include "provenance/draft.h"
#include "store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

JZ_DEFINE_AUTO(jz_credentials, jz_credentials_free);

#define ID "urn:c2pa:00000000-0000-4000-8000-000000000000"
#define ID2 "urn:c2pa:00000000-0000-4000-8000-000000000002"

static jz_credentials *verify_store(const jz_buf *manifests)
{
    jz_credentials *c = NULL;
    jz_err err = { 0 };
    JZ_BUF_AUTO store = { 0 };
    fixture_store(&store, manifests);
    const jz_verify_opts opts = { .at_us = 1 };
    if (jz_credentials_verify_bytes((jz_bytes){ (const uint8_t *)store.ptr, store.len }, &opts, &c,
                                    &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_INVALID);
    return c;
}

static const jz_credential_finding *find(const jz_credentials *c, const char *code)
{
    const jz_credential_finding *f = NULL;
    assert_non_null(jz_code_find(code));
    for (size_t i = 0; (f = jz_credential_finding_at(c, i)) != NULL; i++) {
        if (strcmp(f->code->name, code) == 0)
            return f;
    }
    return NULL;
}

/* Failures other than the two that are always there. */
static size_t count_others(const jz_credentials *c)
{
    const jz_credential_finding *f = NULL;
    size_t n = 0;
    for (size_t i = 0; (f = jz_credential_finding_at(c, i)) != NULL; i++)
        n += f->code->kind == JZ_CODE_FAILURE &&
             strcmp(f->code->name, "claimSignature.mismatch") != 0 &&
             strcmp(f->code->name, "assertion.dataHash.mismatch") != 0;
    return n;
}

/* That code, and no other. NULL: none. */
static void expect_only(fixture_manifest *m, const char *code)
{
    JZ_BUF_AUTO built = { 0 };
    fixture_put(&built, m);
    jz_credentials *c = verify_store(&built);
    const jz_credential_finding *f = code != NULL ? find(c, code) : NULL;
    const size_t n = count_others(c);
    if (n != (code != NULL ? 1 : 0) || (code != NULL && f == NULL)) {
        const jz_credential_finding *one = NULL;
        for (size_t i = 0; (one = jz_credential_finding_at(c, i)) != NULL; i++)
            print_error("%s %s (%s)\n", one->code->name, one->url, one->detail);
        fail_msg("%s is not all", code != NULL ? code : "nothing");
    }
    jz_credentials_free(c);
    fixture_done(m);
}

static fixture_manifest usual(void)
{
    fixture_manifest m = { .label = ID };
    fixture_usual(&m);
    return m;
}

static void test_validate_what_is_right_has_no_failure(void **state)
{
    (void)state;
    fixture_manifest m = usual();
    expect_only(&m, NULL);
    m = (fixture_manifest){ .label = "contentauth:urn:uuid:1", .version = 1 };
    fixture_usual(&m);
    expect_only(&m, NULL);
}

static void test_validate_claims_that_are_wrong(void **state)
{
    (void)state;
    static const char *const fields[] = { "instanceID", "claim_generator_info",
                                          "created_assertions", "signature" };
    fixture_manifest m = usual();
    m.claims = FIXTURE_NONE;
    expect_only(&m, "claim.missing");
    m = usual();
    m.claims = 2;
    expect_only(&m, "claim.multiple");
    m = usual();
    m.bad_cbor = true;
    expect_only(&m, "claim.cbor.invalid");
    m = usual();
    m.claim_label = "C2pa.claim.v2";
    expect_only(&m, "claim.malformed");
    m = usual();
    m.label = "urn:uuid:1";
    expect_only(&m, "claim.malformed");
    for (size_t i = 0; i < JZ_ARRAY_LEN(fields); i++) {
        m = usual();
        m.drop = fields[i];
        expect_only(&m, "claim.malformed");
    }
    m = usual();
    m.unsigned_ = true;
    expect_only(&m, "claimSignature.missing");
}

static void test_validate_assertions_that_are_not_as_signed(void **state)
{
    (void)state;
    fixture_manifest m = usual();
    jz_cbor_put_null(fixture_add(&m, "org.example.a", "cbor"));
    m.part[2].changed = true;
    expect_only(&m, "assertion.hashedURI.mismatch");
    m = usual();
    jz_cbor_put_null(fixture_add(&m, "org.example.a", "cbor"));
    m.part[2].undeclared = true;
    expect_only(&m, "assertion.undeclared");
    m = usual();
    jz_cbor_put_null(fixture_add(&m, "org.example.a", "cbor"));
    m.part[2].absent = true;
    expect_only(&m, "assertion.missing");
    m = usual();
    m.uri = "self#jumbf=/c2pa/" ID "/c2pa.signature";
    expect_only(&m, "assertion.outsideManifest");
    m = usual();
    jz_buf_puts(fixture_add(&m, "org.example.a", "cbor"), "\x82");
    expect_only(&m, "assertion.cbor.invalid");
    m = usual();
    jz_buf_puts(fixture_add(&m, "org.example.a", "json"), "{\"a\":}");
    expect_only(&m, "assertion.json.invalid");
    m = usual();
    jz_cbor_put_null(fixture_add(&m, "c2pa.cloud-data", "cbor"));
    expect_only(&m, "assertion.cloud-data.malformed");
    m = usual();
    jz_cbor_put_null(fixture_add(&m, "c2pa.time-stamp", "cbor"));
    expect_only(&m, "assertion.timestamp.malformed");
}

static void test_validate_algorithms_that_are_not_allowed(void **state)
{
    (void)state;
    fixture_manifest m = usual();
    JZ_BUF_AUTO built = { 0 };
    m.drop = "alg";
    fixture_put(&built, &m);
    jz_auto(jz_credentials) *c = verify_store(&built);
    assert_non_null(find(c, "algorithm.unsupported"));
    fixture_done(&m);
}

static void test_validate_hard_bindings_are_one(void **state)
{
    (void)state;
    fixture_manifest m = usual();
    m.n = 1;
    jz_buf_done(&m.part[1].body);
    expect_only(&m, "claim.hardBindings.missing");
    m = usual();
    jz_cbor_put_head(fixture_add(&m, "c2pa.hash.boxes", "cbor"), JZ_CBOR_MAP, 0);
    expect_only(&m, "assertion.multipleHardBindings");
    m = usual();
    jz_buf_reset(&m.part[1].body);
    jz_cbor_put_head(&m.part[1].body, JZ_CBOR_MAP, 0);
    expect_only(&m, "assertion.dataHash.malformed");
}

static void test_validate_redactions_have_limits(void **state)
{
    (void)state;
    fixture_manifest m = usual();
    m.redacted[0] = "self#jumbf=/c2pa/" ID "/c2pa.assertions/org.example.a";
    expect_only(&m, "assertion.selfRedacted");
    m = usual();
    m.redacted[0] = "self#jumbf=/c2pa/" ID2 "/c2pa.assertions/c2pa.actions.v2";
    expect_only(&m, "assertion.action.redacted");
    m = usual();
    m.redacted[0] = "self#jumbf=/c2pa/" ID2 "/c2pa.assertions/c2pa.hash.data";
    expect_only(&m, "assertion.dataHash.redacted");
}

/* ---- actions ---- */

/* A manifest with one action; source: its digitalSourceType, or NULL. */
static fixture_manifest with_action(const char *action, const char *source)
{
    fixture_manifest m = usual();
    jz_buf *b = &m.part[0].body;
    jz_buf_reset(b);
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "actions");
    jz_cbor_put_head(b, JZ_CBOR_ARRAY, action != NULL ? 1 : 0);
    if (action == NULL)
        return m;
    jz_cbor_put_head(b, JZ_CBOR_MAP, source != NULL ? 2 : 1);
    jz_cbor_put_text(b, "action");
    jz_cbor_put_text(b, action);
    if (source != NULL) {
        jz_cbor_put_text(b, "digitalSourceType");
        jz_cbor_put_text(b, source);
    }
    return m;
}

static void test_validate_actions_that_make_no_history(void **state)
{
    (void)state;
    fixture_manifest m = with_action("c2pa.edited", NULL);
    expect_only(&m, "assertion.action.malformed");
    m = with_action("c2pa.created", NULL);
    expect_only(&m, "assertion.action.malformed");
    m = with_action(NULL, NULL);
    expect_only(&m, "assertion.action.malformed");
    m = with_action("c2pa.opened", NULL);
    expect_only(&m, "assertion.action.ingredientMismatch");
    m = with_action("c2pa.created", "x");
    expect_only(&m, NULL);
}

/* ---- ingredients ---- */

static void test_validate_ingredient_is_followed(void **state)
{
    (void)state;
    JZ_BUF_AUTO all = { 0 };
    fixture_manifest inner = usual();
    fixture_manifest outer = { .label = ID2 };
    inner.part[0].changed = true;
    fixture_put(&all, &inner);
    fixture_usual(&outer);
    fixture_ingredient(&outer, "componentOf", ID, &all, NULL, NULL);
    fixture_put(&all, &outer);
    jz_auto(jz_credentials) *c = verify_store(&all);
    assert_non_null(find(c, "ingredient.manifest.validated"));
    const jz_credential_finding *f = find(c, "assertion.hashedURI.mismatch");
    assert_non_null(f);
    assert_string_equal(f->ingredient,
                        "self#jumbf=/c2pa/" ID2 "/c2pa.assertions/c2pa.ingredient.v3");
    assert_string_equal(f->url, "self#jumbf=/c2pa/" ID "/c2pa.assertions/c2pa.actions.v2");
    assert_false(f->recorded);
    assert_string_equal(jz_credential_manifest_at(c, f->manifest)->label, ID);
    fixture_done(&inner);
    fixture_done(&outer);
}

static void test_validate_recorded_failure_does_not_count_again(void **state)
{
    (void)state;
    JZ_BUF_AUTO all = { 0 };
    fixture_manifest inner = usual();
    fixture_manifest outer = { .label = ID2 };
    fixture_put(&all, &inner);
    fixture_usual(&outer);
    fixture_ingredient(&outer, "componentOf", ID, &all, "claimSignature.mismatch",
                       "c2pa.signature");
    fixture_put(&all, &outer);
    jz_auto(jz_credentials) *c = verify_store(&all);
    const jz_credential_finding *f = NULL;
    size_t own = 0;
    size_t recorded = 0;
    for (size_t i = 0; (f = jz_credential_finding_at(c, i)) != NULL; i++) {
        if (strcmp(f->code->name, "claimSignature.mismatch") != 0)
            continue;
        own += f->ingredient == NULL && !f->recorded;
        recorded += f->ingredient != NULL && f->recorded;
    }
    assert_int_equal(own, 1);
    assert_int_equal(recorded, 1);
    fixture_done(&inner);
    fixture_done(&outer);
}

/* The active manifest's own failure is excused by nobody, whatever an ingredient assertion says. */
static void test_validate_nobody_excuses_the_active_manifest(void **state)
{
    (void)state;
    JZ_BUF_AUTO all = { 0 };
    fixture_manifest m = usual();
    fixture_ingredient(&m, "componentOf", ID, NULL, "claimSignature.mismatch", "c2pa.signature");
    fixture_put(&all, &m);
    jz_auto(jz_credentials) *c = verify_store(&all);
    const jz_credential_finding *f = find(c, "claimSignature.mismatch");
    assert_non_null(f);
    assert_false(f->recorded);
    fixture_done(&m);
}

static void test_validate_ingredients_that_are_not_there(void **state)
{
    (void)state;
    fixture_manifest m = usual();
    fixture_ingredient(&m, "componentOf", ID2, NULL, NULL, NULL);
    expect_only(&m, "ingredient.manifest.missing");
    m = usual();
    fixture_ingredient(&m, "sibling", ID2, NULL, NULL, NULL);
    JZ_BUF_AUTO all = { 0 };
    fixture_put(&all, &m);
    jz_auto(jz_credentials) *c = verify_store(&all);
    assert_non_null(find(c, "assertion.ingredient.malformed"));
    fixture_done(&m);
}

/* A manifest that is its own ingredient, and two that are each other's: no hash can be right, and
 * the walk ends. */
static void test_validate_cycles_end(void **state)
{
    (void)state;
    fixture_manifest m = usual();
    fixture_ingredient(&m, "componentOf", ID, NULL, NULL, NULL);
    expect_only(&m, "ingredient.manifest.mismatch");

    JZ_BUF_AUTO all = { 0 };
    fixture_manifest a = usual();
    fixture_manifest b = { .label = ID2 };
    fixture_ingredient(&a, "componentOf", ID2, NULL, NULL, NULL);
    fixture_put(&all, &a);
    fixture_usual(&b);
    fixture_ingredient(&b, "componentOf", ID, NULL, NULL, NULL);
    fixture_put(&all, &b);
    jz_auto(jz_credentials) *c = verify_store(&all);
    assert_non_null(find(c, "ingredient.manifest.mismatch"));
    assert_null(jz_credential_manifest_at(c, 2));
    fixture_done(&a);
    fixture_done(&b);
}

static void test_validate_depth_of_ingredients_has_an_end(void **state)
{
    (void)state;
    JZ_BUF_AUTO all = { 0 };
    JZ_BUF_AUTO last = { 0 };
    static char label[64][64];
    for (unsigned i = 0; i < 64; i++) {
        (void)snprintf(label[i], sizeof label[i], "urn:c2pa:%u", i);
        fixture_manifest m = { .label = label[i] };
        fixture_usual(&m);
        if (i > 0)
            fixture_ingredient(&m, "componentOf", label[i - 1], &last, NULL, NULL);
        jz_buf_reset(&last);
        fixture_put(&last, &m);
        jz_buf_put(&all, last.ptr, last.len);
        fixture_done(&m);
    }
    jz_auto(jz_credentials) *c = verify_store(&all);
    assert_non_null(find(c, "general.error"));
    assert_non_null(jz_credential_manifest_at(c, JZ_INGREDIENT_DEPTH_MAX));
    assert_null(jz_credential_manifest_at(c, JZ_INGREDIENT_DEPTH_MAX + 2));
}

static void test_validate_update_manifest_adds_to_one_parent(void **state)
{
    (void)state;
    JZ_BUF_AUTO all = { 0 };
    fixture_manifest first = usual();
    fixture_manifest update = { .label = ID2, .kind = "c2um" };
    fixture_put(&all, &first);
    fixture_ingredient(&update, "parentOf", ID, &all, NULL, NULL);
    fixture_put(&all, &update);
    jz_auto(jz_credentials) *c = verify_store(&all);
    assert_int_equal(count_others(c), 0);
    assert_non_null(find(c, "assertion.dataHash.mismatch")); /* the first one's binding */
    assert_true(jz_credential_manifest_at(c, 0)->update);
    fixture_done(&first);
    fixture_done(&update);

    fixture_manifest alone = { .label = ID, .kind = "c2um" };
    fixture_usual(&alone);
    JZ_BUF_AUTO one = { 0 };
    fixture_put(&one, &alone);
    jz_auto(jz_credentials) *d = verify_store(&one);
    assert_non_null(find(d, "manifest.update.wrongParents"));
    assert_non_null(find(d, "manifest.update.invalid"));
    fixture_done(&alone);
}

/* 20,000 references to an assertion of 4 MB: not all are hashed. */
static void test_validate_work_is_bounded_by_the_store(void **state)
{
    (void)state;
    JZ_BUF_AUTO all = { 0 };
    fixture_manifest m = usual();
    jz_buf *b = &m.part[0].body;
    jz_buf_reset(b);
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "actions");
    jz_cbor_put_head(b, JZ_CBOR_ARRAY, 20000);
    for (int i = 0; i < 20000; i++) {
        static const uint8_t zeros[32] = { 0 };
        jz_cbor_put_head(b, JZ_CBOR_MAP, 2);
        jz_cbor_put_text(b, "action");
        jz_cbor_put_text(b, i == 0 ? "c2pa.opened" : "c2pa.placed");
        jz_cbor_put_text(b, "parameters");
        jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
        jz_cbor_put_text(b, "ingredient");
        jz_cbor_put_head(b, JZ_CBOR_MAP, 2);
        jz_cbor_put_text(b, "url");
        jz_cbor_put_text(b, "self#jumbf=c2pa.assertions/org.example.large");
        jz_cbor_put_text(b, "hash");
        jz_cbor_put_bytes(b, (jz_bytes){ zeros, sizeof zeros });
    }
    b = fixture_add(&m, "org.example.large", "cbor");
    jz_cbor_put_head(b, JZ_CBOR_BYTES, 4 << 20);
    for (int i = 0; i < 4 << 20; i += 16)
        jz_buf_put(b, "0123456789abcdef", 16);
    fixture_put(&all, &m);
    jz_auto(jz_credentials) *c = verify_store(&all);
    assert_non_null(find(c, "general.error"));
    fixture_done(&m);
}

/* ---- files of several parts ---- */

/* "c2pa.hash.data.part" of bytes of a file, and the map that refers to it. */
static void put_part(fixture_manifest *m, jz_buf *list, jz_bytes file, uint64_t at, uint64_t size,
                     bool optional)
{
    uint8_t digest[JZ_SHA256_SIZE];
    static const char *const labels[] = { "c2pa.hash.data.part", "c2pa.hash.data.part__1",
                                          "c2pa.hash.data.part__2" };
    const char *label = labels[m->n - 2]; /* behind the usual two */
    char url[128];
    JZ_BUF_AUTO box = { 0 };
    const uint64_t there = at + size <= file.len ? size : 0;
    jz_sha256(file.ptr + (there > 0 ? at : 0), there, digest);
    jz_buf *b = fixture_add(m, label, "cbor");
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "hash");
    jz_cbor_put_bytes(b, (jz_bytes){ digest, sizeof digest });
    const size_t super = fixture_begin_super(&box, "cbor", label);
    const size_t content = fixture_begin(&box, "cbor");
    jz_buf_put(&box, b->ptr, b->len);
    fixture_end(&box, content);
    fixture_end(&box, super);
    (void)snprintf(url, sizeof url, "self#jumbf=c2pa.assertions/%s", label);
    jz_cbor_put_head(list, JZ_CBOR_MAP, 3);
    jz_cbor_put_text(list, "location");
    jz_cbor_put_head(list, JZ_CBOR_MAP, 2);
    jz_cbor_put_text(list, "byteOffset");
    jz_cbor_put_head(list, JZ_CBOR_UINT, at);
    jz_cbor_put_text(list, "length");
    jz_cbor_put_head(list, JZ_CBOR_UINT, size);
    jz_cbor_put_text(list, "hashAssertion");
    jz_put_hashed_uri(list, url, (jz_bytes){ (const uint8_t *)box.ptr + 8, box.len - 8 });
    jz_cbor_put_text(list, "optional");
    jz_cbor_put_bool(list, optional);
}

typedef struct part_case {
    uint64_t at[3], size[3];
    bool optional[3];
    size_t n;
    bool changed; /* the file, in its second part */
    const char *code;
} part_case;

static jz_credentials *verify_parts(const part_case *p, const jz_buf *file)
{
    jz_credentials *c = NULL;
    jz_err err = { 0 };
    JZ_BUF_AUTO list = { 0 };
    JZ_BUF_AUTO built = { 0 };
    JZ_BUF_AUTO store = { 0 };
    JZ_BUF_AUTO now = { 0 };
    fixture_manifest m = usual();
    for (size_t i = 0; i < p->n; i++)
        put_part(&m, &list, jz_buf_bytes(file), p->at[i], p->size[i], p->optional[i]);
    jz_buf *b = fixture_add(&m, "c2pa.hash.multi-asset", "cbor");
    jz_cbor_put_head(b, JZ_CBOR_MAP, 1);
    jz_cbor_put_text(b, "parts");
    jz_cbor_put_head(b, JZ_CBOR_ARRAY, p->n);
    jz_buf_put(b, list.ptr, list.len);
    fixture_put(&built, &m);
    fixture_store(&store, &built);
    jz_buf_put(&now, file->ptr, file->len);
    if (p->changed)
        now.ptr[now.len - 1] ^= 1;
    JZ_FD_AUTO fd = memfd_create("file", MFD_CLOEXEC);
    JZ_FD_AUTO side = memfd_create("store", MFD_CLOEXEC);
    assert_int_equal(jz_write_all(fd, now.ptr, now.len, "file", NULL), JZ_OK);
    assert_int_equal(jz_write_all(side, store.ptr, store.len, "store", NULL), JZ_OK);
    const jz_verify_opts opts = { .at_us = 1, .sidecar_fd = side };
    if (jz_credentials_verify(fd, &opts, &c, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    fixture_done(&m);
    return c;
}

static void test_validate_parts_stand_for_the_whole(void **state)
{
    char path[1024];
    const char *root = getenv("JZ_SOURCE");
    JZ_BUF_AUTO file = { 0 };
    (void)state;
    (void)snprintf(path, sizeof path, "%s/tests/data/media/baseline.jpg",
                   root != NULL ? root : ".");
    assert_int_equal(jz_file_read(path, (size_t)1 << 20, &file, NULL), JZ_OK);
    const uint64_t first = file.len;
    for (unsigned i = 0; i < 1000; i++)
        jz_buf_putc(&file, (char)i); /* a film, say */
    const part_case cases[] = {
        { { 0, first }, { first, 1000 }, { 0 }, 2, false, "assertion.multiAssetHash.match" },
        /* what may be missing is */
        { { 0, first, first + 1000 },
          { first, 1000, 500 },
          { false, false, true },
          3,
          false,
          "assertion.multiAssetHash.match" },
        { { 0, first, first + 1000 },
          { first, 1000, 500 },
          { 0 },
          3,
          false,
          "assertion.multiAssetHash.missingPart" },
        { { 0, first }, { first, 1000 }, { 0 }, 2, true, "assertion.multiAssetHash.mismatch" },
        /* a gap, an overlap, bytes of no part, no parts */
        { { 0, first + 1 }, { first, 999 }, { 0 }, 2, false, "assertion.multiAssetHash.malformed" },
        { { 0, first - 1 },
          { first, 1001 },
          { 0 },
          2,
          false,
          "assertion.multiAssetHash.malformed" },
        { { 0 }, { first }, { 0 }, 1, false, "assertion.multiAssetHash.malformed" },
        { { 0 }, { 0 }, { 0 }, 0, false, "assertion.multiAssetHash.malformed" },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        jz_credentials *c = verify_parts(&cases[i], &file);
        if (find(c, cases[i].code) == NULL || find(c, "assertion.dataHash.mismatch") != NULL)
            fail_msg("case %zu: no %s, or dataHash.mismatch", i, cases[i].code);
        jz_credentials_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validate_what_is_right_has_no_failure),
        cmocka_unit_test(test_validate_claims_that_are_wrong),
        cmocka_unit_test(test_validate_assertions_that_are_not_as_signed),
        cmocka_unit_test(test_validate_algorithms_that_are_not_allowed),
        cmocka_unit_test(test_validate_hard_bindings_are_one),
        cmocka_unit_test(test_validate_redactions_have_limits),
        cmocka_unit_test(test_validate_actions_that_make_no_history),
        cmocka_unit_test(test_validate_ingredient_is_followed),
        cmocka_unit_test(test_validate_recorded_failure_does_not_count_again),
        cmocka_unit_test(test_validate_nobody_excuses_the_active_manifest),
        cmocka_unit_test(test_validate_ingredients_that_are_not_there),
        cmocka_unit_test(test_validate_cycles_end),
        cmocka_unit_test(test_validate_depth_of_ingredients_has_an_end),
        cmocka_unit_test(test_validate_update_manifest_adds_to_one_parent),
        cmocka_unit_test(test_validate_work_is_bounded_by_the_store),
        cmocka_unit_test(test_validate_parts_stand_for_the_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
