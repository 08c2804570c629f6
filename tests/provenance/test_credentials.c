/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: those of tests/data/credentials, signed by another program, and the larger set of
 * JZ_TEST_DATA with the verdicts of one. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "provenance/check.h"

#include <fcntl.h>
#include <jansson.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

JZ_DEFINE_AUTO(jz_trust, jz_trust_free);
JZ_DEFINE_AUTO(jz_credentials, jz_credentials_free);

#define AT_US ((int64_t)1796000000 * 1000000) /* 2026-11-29 */
#define YEAR_US ((int64_t)31557600 * 1000000)

static void path_of(char path[1024], const char *folder, const char *name)
{
    const char *root = getenv("JZ_SOURCE");
    (void)snprintf(path, 1024, "%s/%s/%s", root != NULL ? root : ".", folder, name);
}

static jz_trust *trust_of(const char *signers, const char *time)
{
    jz_trust *t = NULL;
    char path[1024];
    assert_int_equal(jz_trust_new(&t, NULL), JZ_OK);
    if (signers != NULL) {
        path_of(path, "tests/data/credentials", signers);
        assert_int_equal(jz_trust_add_file(t, JZ_TRUST_SIGNERS, path, NULL), JZ_OK);
    }
    if (time != NULL) {
        path_of(path, "tests/data/credentials", time);
        assert_int_equal(jz_trust_add_file(t, JZ_TRUST_TIME, path, NULL), JZ_OK);
    }
    return t;
}

static void load(const char *name, jz_buf *out)
{
    char path[1024];
    path_of(path, "tests/data/credentials", name);
    assert_int_equal(jz_file_read(path, (size_t)1 << 20, out, NULL), JZ_OK);
}

static jz_credentials *verify(const jz_buf *file, const jz_trust *t, int64_t at_us)
{
    jz_credentials *c = NULL;
    jz_err err = { 0 };
    const jz_verify_opts opts = { .trust = t, .at_us = at_us };
    const jz_bytes bytes = { (const uint8_t *)file->ptr, file->len };
    if (jz_credentials_verify_bytes(bytes, &opts, &c, &err) != JZ_OK)
        fail_msg("%s", err.frame[0]);
    return c;
}

static bool found(const jz_credentials *c, const char *code)
{
    const jz_credential_finding *f = NULL;
    assert_non_null(jz_code_find(code));
    for (size_t i = 0; (f = jz_credential_finding_at(c, i)) != NULL; i++) {
        if (strcmp(f->code->name, code) == 0)
            return true;
    }
    return false;
}

/* ---- own files ---- */

static void test_credentials_of_each_algorithm_are_trusted(void **state)
{
    (void)state;
    static const char *const algs[] = { "es256", "es384", "es512",  "ps256",
                                        "ps384", "ps512", "ed25519" };
    jz_auto(jz_trust) *t = trust_of("root.pem", NULL);
    for (size_t i = 0; i < JZ_ARRAY_LEN(algs); i++) {
        JZ_BUF_AUTO file = { 0 };
        char name[32];
        (void)snprintf(name, sizeof name, "%s.png", algs[i]);
        load(name, &file);
        jz_auto(jz_credentials) *c = verify(&file, t, AT_US);
        assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_TRUSTED);
        assert_true(jz_credentials_well_formed(c));
        const jz_credential_manifest *m = jz_credential_manifest_at(c, 0);
        assert_string_equal(m->algorithm, algs[i]);
        assert_string_equal(m->signer, "Jianzhen Test Signer");
        assert_int_equal(m->version, 2);
        assert_string_equal(m->source_type, "http://cv.iptc.org/newscodes/digitalsourcetype/"
                                            "trainedAlgorithmicMedia");
        assert_null(jz_credential_manifest_at(c, 1));
    }
}

static void test_credentials_without_a_list_are_valid_not_trusted(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    load("es256.png", &file);
    jz_auto(jz_credentials) *c = verify(&file, NULL, AT_US);
    assert_int_equal(jz_credentials_state(c), JZ_CREDENTIALS_VALID);
    assert_true(found(c, "signingCredential.untrusted"));
    /* Whom one trusts for the time, one does not trust as a signer. */
    jz_auto(jz_trust) *t = trust_of(NULL, "root.pem");
    jz_auto(jz_credentials) *d = verify(&file, t, AT_US);
    assert_int_equal(jz_credentials_state(d), JZ_CREDENTIALS_VALID);
}

static void test_credentials_past_the_certificate_need_a_time_stamp(void **state)
{
    (void)state;
    JZ_BUF_AUTO plain = { 0 };
    JZ_BUF_AUTO stamped = { 0 };
    load("es256.png", &plain);
    load("stamped.png", &stamped);
    jz_auto(jz_trust) *both = trust_of("root.pem", "tsa-root.pem");
    jz_auto(jz_trust) *one = trust_of("root.pem", NULL);
    const int64_t later = AT_US + 120 * YEAR_US;
    jz_auto(jz_credentials) *a = verify(&plain, both, later);
    assert_int_equal(jz_credentials_state(a), JZ_CREDENTIALS_INVALID);
    assert_true(found(a, "signingCredential.expired"));
    assert_false(found(a, "claimSignature.insideValidity"));
    assert_true(jz_credentials_well_formed(a));
    jz_auto(jz_credentials) *b = verify(&stamped, both, later);
    assert_int_equal(jz_credentials_state(b), JZ_CREDENTIALS_TRUSTED);
    assert_true(found(b, "timeStamp.trusted"));
    assert_true(jz_credential_manifest_at(b, 0)->signed_us > 0);
    jz_auto(jz_credentials) *c = verify(&stamped, one, later);
    assert_true(found(c, "timeStamp.untrusted"));
    assert_true(found(c, "signingCredential.expired"));
    assert_int_equal(jz_credential_manifest_at(c, 0)->signed_us, 0);
}

static void test_credentials_stapled_answers_on_revocation_count(void **state)
{
    (void)state;
    JZ_BUF_AUTO good = { 0 };
    JZ_BUF_AUTO revoked = { 0 };
    jz_auto(jz_trust) *t = trust_of("root.pem", NULL);
    load("ocsp-good.png", &good);
    load("ocsp-revoked.png", &revoked);
    jz_auto(jz_credentials) *a = verify(&good, t, AT_US);
    assert_int_equal(jz_credentials_state(a), JZ_CREDENTIALS_TRUSTED);
    assert_true(found(a, "signingCredential.ocsp.notRevoked"));
    jz_auto(jz_credentials) *b = verify(&revoked, t, AT_US);
    assert_int_equal(jz_credentials_state(b), JZ_CREDENTIALS_INVALID);
    assert_true(found(b, "signingCredential.ocsp.revoked"));
    /* An answer that was out of date when the manifest was signed says nothing. */
    jz_auto(jz_credentials) *c = verify(&good, t, AT_US + 99 * YEAR_US);
    assert_true(found(c, "signingCredential.ocsp.skipped"));
}

/* One bit of every byte. Unprotected headers of the signature, a chunk's checksum and the like are
 * not signed; nothing else may change unnoticed. */
static void test_credentials_no_byte_may_change_unnoticed(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    jz_auto(jz_trust) *t = trust_of("root.pem", NULL);
    size_t unnoticed = 0;
    load("es256.png", &file);
    const size_t chunk = (size_t)((const char *)memmem(file.ptr, file.len, "caBX", 4) - file.ptr);
    const size_t size = (size_t)(uint8_t)file.ptr[chunk - 2] << 8 | (uint8_t)file.ptr[chunk - 1];
    const size_t crc = chunk + 4 + size;
    const size_t pad =
        (size_t)((const char *)memmem(file.ptr, file.len, "\x63pad\x59", 5) - file.ptr);
    for (size_t i = 0; i < file.len; i++) {
        jz_credentials *c = NULL;
        const jz_verify_opts opts = { .trust = t, .at_us = AT_US };
        file.ptr[i] ^= 1;
        const jz_status st = jz_credentials_verify_bytes(
            (jz_bytes){ (const uint8_t *)file.ptr, file.len }, &opts, &c, NULL);
        file.ptr[i] ^= 1;
        const bool excluded = (i >= crc && i < crc + 4) || (i > pad && i <= pad + 3);
        if (st == JZ_OK && jz_credentials_state(c) == JZ_CREDENTIALS_TRUSTED) {
            if (!excluded)
                fail_msg("byte %zu of %zu", i, file.len);
            unnoticed++;
        }
        jz_credentials_free(c);
    }
    assert_true(unnoticed <= 7);
}

static void test_credentials_cut_short_never_hold(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    jz_auto(jz_trust) *t = trust_of("root.pem", NULL);
    load("ed25519.png", &file);
    for (size_t n = 1; n < file.len; n += 7) {
        jz_credentials *c = NULL;
        uint8_t *part = jz_alloc(n);
        assert_non_null(part);
        memcpy(part, file.ptr, n);
        const jz_verify_opts opts = { .trust = t, .at_us = AT_US };
        if (jz_credentials_verify_bytes((jz_bytes){ part, n }, &opts, &c, NULL) == JZ_OK)
            assert_int_not_equal(jz_credentials_state(c), JZ_CREDENTIALS_TRUSTED);
        jz_credentials_free(c);
        jz_free(part);
    }
}

static void test_credentials_crjson_is_json_with_what_was_found(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    char *text = NULL;
    jz_auto(jz_trust) *t = trust_of("root.pem", "tsa-root.pem");
    load("stamped.png", &file);
    jz_auto(jz_credentials) *c = verify(&file, t, AT_US);
    assert_int_equal(jz_credentials_crjson(c, &text, NULL), JZ_OK);
    json_t *root = json_loads(text, 0, NULL);
    jz_credentials_text_free(text);
    assert_non_null(root);
    const json_t *m = json_array_get(json_object_get(root, "manifests"), 0);
    assert_non_null(json_object_get(json_object_get(m, "assertions"), "c2pa.hash.data"));
    assert_non_null(json_object_get(json_object_get(m, "claim.v2"), "instanceID"));
    const json_t *s = json_object_get(m, "signature");
    assert_string_equal(json_string_value(json_object_get(s, "algorithm")), "es256");
    assert_non_null(json_object_get(json_object_get(s, "timeStampInfo"), "timestamp"));
    const json_t *r = json_object_get(m, "validationResults");
    assert_int_equal(json_array_size(json_object_get(r, "failure")), 0);
    assert_int_equal(json_array_size(json_object_get(r, "success")), 8);
    json_decref(root);
}

static void test_credentials_out_of_memory_is_told(void **state)
{
    (void)state;
    JZ_BUF_AUTO file = { 0 };
    jz_auto(jz_trust) *t = trust_of("root.pem", NULL);
    load("es256.png", &file);
    const jz_verify_opts opts = { .trust = t, .at_us = AT_US };
    for (unsigned n = 0;; n++) {
        jz_credentials *c = NULL;
        jz_fault_arm(n);
        const jz_status st = jz_credentials_verify_bytes(
            (jz_bytes){ (const uint8_t *)file.ptr, file.len }, &opts, &c, NULL);
        if (!jz_fault_fired()) {
            assert_int_equal(st, JZ_OK);
            jz_credentials_free(c);
            return;
        }
        if (st != JZ_E_NOMEM)
            fail_msg("allocation %u: %s", n, jz_status_name(st));
        assert_null(c);
    }
}

static void test_credentials_every_code_has_a_reason(void **state)
{
    (void)state;
    const jz_code *c = NULL;
    for (size_t i = 0; (c = jz_code_at(i)) != NULL; i++) {
        assert_non_null(c->name);
        assert_true(strlen(c->reason) > 20);
        assert_ptr_equal(jz_code_find(c->name), c);
    }
    assert_null(jz_code_find("assertion.unknown"));
}

/* Tables 2 to 4 of 15.2.2, in their order. */
static void test_credentials_codes_of_the_specification_are_all_known(void **state)
{
    static const char success[] =
        "assertion.accessible assertion.bmffHash.match assertion.boxesHash.match "
        "assertion.collectionHash.match assertion.dataHash.match assertion.hashedURI.match "
        "assertion.multiAssetHash.match claimSignature.insideValidity claimSignature.validated "
        "ingredient.claimSignature.validated ingredient.manifest.validated "
        "signingCredential.ocsp.notRevoked signingCredential.trusted timeStamp.trusted "
        "timeStamp.validated";
    static const char informational[] =
        "algorithm.deprecated ingredient.unknownProvenance signingCredential.ocsp.inaccessible "
        "signingCredential.ocsp.skipped timeOfSigning.insideValidity timeOfSigning.outsideValidity "
        "timeStamp.malformed timeStamp.mismatch timeStamp.outsideValidity timeStamp.untrusted";
    static const char failure[] =
        "algorithm.unsupported assertion.action.ingredientMismatch assertion.action.malformed "
        "assertion.action.redacted assertion.action.redactionMismatch assertion.bmffHash.malformed "
        "assertion.bmffHash.mismatch assertion.boxesHash.malformed assertion.boxesHash.mismatch "
        "assertion.boxesHash.unknownBox assertion.cloud-data.actions "
        "assertion.cloud-data.hardBinding assertion.cloud-data.malformed assertion.cbor.invalid "
        "assertion.collectionHash.incorrectFileCount assertion.collectionHash.invalidURI "
        "assertion.collectionHash.malformed assertion.collectionHash.mismatch "
        "assertion.dataHash.malformed assertion.dataHash.mismatch assertion.dataHash.redacted "
        "assertion.hashedURI.mismatch assertion.inaccessible assertion.ingredient.malformed "
        "assertion.json.invalid assertion.missing assertion.multiAssetHash.malformed "
        "assertion.multiAssetHash.missingPart assertion.multiAssetHash.mismatch "
        "assertion.multipleHardBindings assertion.notRedacted assertion.outsideManifest "
        "assertion.selfRedacted assertion.timestamp.malformed assertion.undeclared "
        "claim.cbor.invalid claim.hardBindings.missing claim.malformed claim.missing "
        "claim.multiple claimSignature.missing claimSignature.mismatch "
        "claimSignature.outsideValidity general.error hashedURI.missing hashedURI.mismatch "
        "ingredient.claimSignature.missing ingredient.claimSignature.mismatch "
        "ingredient.manifest.missing ingredient.manifest.mismatch manifest.compressed.invalid "
        "manifest.inaccessible manifest.multipleParents manifest.timestamp.invalid "
        "manifest.timestamp.wrongParents manifest.update.invalid manifest.update.wrongParents "
        "signingCredential.invalid signingCredential.ocsp.revoked signingCredential.ocsp.unknown "
        "signingCredential.untrusted";
    static const char *const lists[] = { success, informational, failure };
    (void)state;
    for (size_t k = 0; k < JZ_ARRAY_LEN(lists); k++) {
        for (const char *at = lists[k]; *at != '\0'; at += strspn(at, " ")) {
            char name[64];
            const size_t n = strcspn(at, " ");
            assert_true(n < sizeof name);
            (void)snprintf(name, sizeof name, "%.*s", (int)n, at);
            const jz_code *c = jz_code_find(name);
            if (c == NULL || c->kind != (jz_code_kind)k)
                fail_msg("%s: %s", name, c == NULL ? "unknown" : "of another kind");
            at += n;
        }
    }
}

/* ---- bad input ---- */

/* Failure codes that count, each once, in the order of the table: "a,b". */
static void failures_of(const jz_credentials *c, char *out, size_t size)
{
    const jz_code *code = NULL;
    out[0] = '\0';
    for (size_t k = 0; (code = jz_code_at(k)) != NULL; k++) {
        const jz_credential_finding *f = NULL;
        bool has = false;
        for (size_t i = 0;
             code->kind == JZ_CODE_FAILURE && (f = jz_credential_finding_at(c, i)) != NULL; i++)
            has = has || (f->code == code && !f->recorded);
        const size_t n = strlen(out);
        if (has)
            (void)snprintf(out + n, size - n, "%s%s", n > 0 ? "," : "", code->name);
    }
}

/* The chunk with the store of a PNG: the offset of its length, and all its bytes. */
static size_t store_chunk(const jz_buf *png, size_t *len)
{
    const char *at = memmem(png->ptr, png->len, "caBX", 4);
    assert_non_null(at);
    const size_t from = (size_t)(at - png->ptr) - 4;
    const uint8_t *n = (const uint8_t *)png->ptr + from;
    *len = 12 + ((size_t)n[0] << 24 | (size_t)n[1] << 16 | (size_t)n[2] << 8 | n[3]);
    return from;
}

/* Changes a copy of es256.png. */
typedef void (*damage)(jz_buf *out, const jz_buf *png);

static void two_stores(jz_buf *out, const jz_buf *png)
{
    size_t len = 0;
    const size_t at = store_chunk(png, &len);
    jz_buf_put(out, png->ptr, at + len);
    jz_buf_put(out, png->ptr + at, png->len - at);
}

static void wrong_crc(jz_buf *out, const jz_buf *png)
{
    size_t len = 0;
    const size_t at = store_chunk(png, &len);
    jz_buf_put(out, png->ptr, png->len);
    out->ptr[at + len - 1] ^= 1;
}

/* The length of the outermost box. */
static void short_box(jz_buf *out, const jz_buf *png)
{
    size_t len = 0;
    const size_t at = store_chunk(png, &len);
    jz_buf_put(out, png->ptr, png->len);
    out->ptr[at + 8 + 2] = 0;
}

static void long_box(jz_buf *out, const jz_buf *png)
{
    size_t len = 0;
    const size_t at = store_chunk(png, &len);
    jz_buf_put(out, png->ptr, png->len);
    out->ptr[at + 8] = 1;
}

/* A claim that promises more elements than there is memory. */
static void endless_claim(jz_buf *out, const jz_buf *png)
{
    static const char head[] = { (char)0x9b, 0x7f, -1, -1, -1, -1, -1, -1, -1 };
    jz_buf_put(out, png->ptr, png->len);
    char *claim = memmem(out->ptr, out->len, "c2pa.claim.v2", 14);
    assert_non_null(claim);
    memcpy(claim + 14 + 8, head, sizeof head); /* behind the label and the box's header */
}

/* A thousand superboxes in one another in the store's place. */
static void deep_store(jz_buf *out, const jz_buf *png)
{
    const size_t depth = 1000;
    const size_t each = 8 + 8 + 16 + 1 + 5; /* jumb, jumd, UUID, toggles, label */
    size_t len = 0;
    const size_t at = store_chunk(png, &len);
    const size_t all = depth * each;
    jz_buf_put(out, png->ptr, at);
    for (unsigned i = 0; i < 4; i++)
        jz_buf_putc(out, (char)(all >> 8 * (3 - i)));
    jz_buf_puts(out, "caBX");
    for (size_t left = all; left > 0; left -= each) {
        for (unsigned i = 0; i < 4; i++)
            jz_buf_putc(out, (char)(left >> 8 * (3 - i)));
        jz_buf_put(out,
                   "jumb\0\0\0\x1ejumd\x63\x32\x70\x61\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71"
                   "\x03"
                   "c2pa",
                   each - 4);
    }
    jz_buf_puts(out, "crc!");
    jz_buf_put(out, png->ptr + at + len, png->len - at - len);
}

static void test_credentials_bad_input_has_its_code(void **state)
{
    static const struct {
        const char *what;
        damage damage; /* NULL: none */
        int64_t at_us;
        const char *failures; /* all, by their names */
    } cases[] = {
        { "two stores", two_stores, AT_US, "general.error" },
        { "a wrong CRC", wrong_crc, AT_US, "" }, /* of no concern to C2PA */
        { "a box that is too short", short_box, AT_US, "general.error" },
        { "a box that is too long", long_box, AT_US, "general.error" },
        { "a claim without end", endless_claim, AT_US, "claim.cbor.invalid" },
        { "boxes without end", deep_store, AT_US, "general.error" },
        /* nor was its issuer valid then */
        { "a clock before its time", NULL, 1,
          "signingCredential.expired,signingCredential.untrusted" },
        { "a clock behind its time", NULL, AT_US + 120 * YEAR_US,
          "signingCredential.expired,signingCredential.untrusted" },
    };
    (void)state;
    jz_auto(jz_trust) *t = trust_of("root.pem", NULL);
    JZ_BUF_AUTO png = { 0 };
    load("es256.png", &png);
    for (size_t i = 0; i < JZ_ARRAY_LEN(cases); i++) {
        char have[256];
        JZ_BUF_AUTO file = { 0 };
        if (cases[i].damage != NULL)
            cases[i].damage(&file, &png);
        else
            jz_buf_put(&file, png.ptr, png.len);
        jz_auto(jz_credentials) *c = verify(&file, t, cases[i].at_us);
        failures_of(c, have, sizeof have);
        if (strcmp(have, cases[i].failures) != 0)
            fail_msg("%s: '%s'", cases[i].what, have);
        assert_int_equal(jz_credentials_state(c) == JZ_CREDENTIALS_TRUSTED, have[0] == '\0');
    }
}

/* RFC 9053, 2.1: the same signature in DER, as OpenSSL makes it, is none. */
static void test_credentials_signature_in_der_is_none(void **state)
{
    char why[JZ_CERT_WHY] = "";
    STACK_OF(X509) *certs = NULL;
    uint8_t *der = NULL;
    JZ_BUF_AUTO png = { 0 };
    JZ_BUF_AUTO message = { 0 };
    (void)state;
    load("es256.png", &png);
    jz_auto(jz_credentials) *c = verify(&png, NULL, AT_US);
    const jz_cose *cose = &c->manifest[0]->cose;
    jz_cose_put_signed(&message, cose, c->manifest[0]->cbor);
    assert_int_equal(jz_certs_parse(cose->cert, cose->n_certs, &certs, NULL), JZ_OK);
    X509 *leaf = sk_X509_value(certs, 0);
    assert_true(jz_cert_verify(leaf, cose->alg, jz_buf_bytes(&message), cose->signature, why));
    ECDSA_SIG *sig = ECDSA_SIG_new();
    assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(cose->signature.ptr, 32, NULL),
                                    BN_bin2bn(cose->signature.ptr + 32, 32, NULL)),
                     1);
    const int n = i2d_ECDSA_SIG(sig, &der);
    assert_true(n > 64);
    assert_false(
        jz_cert_verify(leaf, cose->alg, jz_buf_bytes(&message), (jz_bytes){ der, (size_t)n }, why));
    assert_non_null(strstr(why, "instead of 64"));
    OPENSSL_free(der);
    ECDSA_SIG_free(sig);
    jz_certs_free(certs);
}

/* ---- the larger set ---- */

static const char *data_folder(void)
{
    static char folder[1024];
    const char *data = getenv("JZ_TEST_DATA");
    if (data == NULL)
        return NULL;
    (void)snprintf(folder, sizeof folder, "%s/c2pa", data);
    return access(folder, R_OK) == 0 ? folder : NULL;
}

/* Whoever made this time stamp is trusted, for a test. */
static void trust_stamp(jz_bytes token, jz_trust *t)
{
    X509 *signer = jz_stamp_signer(token);
    char *text = NULL;
    if (signer == NULL)
        return;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_X509(bio, signer), 1);
    const long n = BIO_get_mem_data(bio, &text);
    const jz_bytes pem = { (const uint8_t *)text, (size_t)n };
    assert_int_equal(jz_trust_add_pem(t, JZ_TRUST_TIME, pem, NULL), JZ_OK);
    BIO_free(bio);
    X509_free(signer);
}

static void trust_own_stamps(const jz_credentials *c, jz_trust *t)
{
    for (size_t i = 0; i < c->n_manifests; i++)
        trust_stamp(c->manifest[i]->cose.stamp, t);
}

/* The same of a cell of the table, where an ingredient's have "ing:" before them. */
static void failures_in(const char *cell, char *out, size_t size)
{
    const jz_code *code = NULL;
    out[0] = '\0';
    for (size_t k = 0; (code = jz_code_at(k)) != NULL; k++) {
        const size_t n = strlen(out);
        const size_t len = strlen(code->name);
        bool has = false;
        for (const char *at = strstr(cell, code->name); at != NULL && !has;
             at = strstr(at + 1, code->name))
            has = (at == cell || at[-1] == ',' || at[-1] == ':') &&
                  (at[len] == '\0' || at[len] == ',');
        if (has)
            (void)snprintf(out + n, size - n, "%s%s", n > 0 ? "," : "", code->name);
    }
}

typedef struct row {
    char name[128], state[32], failures[512];
} row;

static bool read_row(FILE *f, row *r)
{
    char line[1024];
    if (fgets(line, sizeof line, f) == NULL)
        return false;
    r->failures[0] = '\0';
    (void)sscanf(line, "%127[^\t]\t%31[^\t]\t%511[^\t]", r->name, r->state, r->failures);
    return true;
}

/* c2pa-rs believes the time stamps of claims of version 1 by whomever; the specification (2.2,
 * 15.8.2) ignores those whose authority is not on the list, and then the certificate has expired.
 * Truepic's authority is not one on any list: its key usage has keyEncipherment (RFC 5280,
 * 4.2.1.12, has only digitalSignature and nonRepudiation for time stamps). */
static const struct deviation {
    const char *name, *state, *failures;
    bool listed; /* also where the authority is on the list */
} deviations[] = {
    { "truepic-20230212-camera.jpg", "invalid",
      "assertion.dataHash.mismatch,signingCredential.expired,signingCredential.untrusted", true },
    { "legacy.mp4", "invalid", "signingCredential.expired,signingCredential.untrusted", false },
    { "video1.mp4", "invalid", "signingCredential.expired,signingCredential.untrusted", false },
};

static void check_row(const row *r, const jz_credentials *c, bool listed)
{
    char want[512];
    char have[512];
    const char *state = strcmp(r->state, "ERR") == 0 ? "none" : r->state;
    failures_in(r->failures, want, sizeof want);
    failures_of(c, have, sizeof have);
    for (size_t i = 0; i < JZ_ARRAY_LEN(deviations); i++) {
        const struct deviation *d = &deviations[i];
        if (strcmp(d->name, r->name) == 0 && (d->listed || !listed)) {
            state = d->state;
            (void)snprintf(want, sizeof want, "%s", d->failures);
        }
    }
    const char *is = jz_credential_state_name(jz_credentials_state(c));
    if (strcasecmp(state, is) != 0 || strcmp(want, have) != 0)
        fail_msg("%s: %s (%s), expected %s (%s)", r->name, is, have, state, want);
}

static void check_file(const char *folder, const row *r)
{
    char path[1280];
    jz_auto(jz_trust) *t = NULL;
    jz_auto(jz_credentials) *first = NULL;
    jz_auto(jz_credentials) *second = NULL;
    assert_int_equal(jz_trust_new(&t, NULL), JZ_OK);
    (void)snprintf(path, sizeof path, "%s/test-roots.pem", folder);
    assert_int_equal(jz_trust_add_file(t, JZ_TRUST_SIGNERS, path, NULL), JZ_OK);
    (void)snprintf(path, sizeof path, "%s/%s", folder, r->name);
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    const jz_verify_opts opts = { .trust = t, .at_us = AT_US };
    assert_int_equal(jz_credentials_verify(fd, &opts, &first, NULL), JZ_OK);
    check_row(r, first, false);
    trust_own_stamps(first, t);
    assert_int_equal(jz_credentials_verify(fd, &opts, &second, NULL), JZ_OK);
    check_row(r, second, true);
    (void)close(fd);
}

/* State and failures are those of c2pa-rs 0.91.3, but for the deviations. */
static void test_credentials_of_the_larger_set_are_as_expected(void **state)
{
    (void)state;
    const char *folder = data_folder();
    char path[1280];
    row r;
    size_t rows = 0;
    if (folder == NULL) {
        skip();
        return;
    }
    (void)snprintf(path, sizeof path, "%s/expected.tsv", folder);
    FILE *table = fopen(path, "r");
    assert_non_null(table);
    assert_true(read_row(table, &r)); /* the heading */
    for (; read_row(table, &r); rows++)
        check_file(folder, &r);
    (void)fclose(table);
    assert_int_equal(rows, 18);
}

/* An update manifest that brings the time stamp of the one before it. */
static void test_credentials_time_stamp_of_a_later_manifest_counts(void **state)
{
    (void)state;
    const char *folder = data_folder();
    char path[1280];
    JZ_BUF_AUTO file = { 0 };
    jz_auto(jz_trust) *t = NULL;
    jz_cbor label;
    jz_cbor token;
    if (folder == NULL) {
        skip();
        return;
    }
    (void)snprintf(path, sizeof path, "%s/update_manifest.jpg", folder);
    assert_int_equal(jz_file_read(path, (size_t)1 << 20, &file, NULL), JZ_OK);
    assert_int_equal(jz_trust_new(&t, NULL), JZ_OK);
    jz_auto(jz_credentials) *first = verify(&file, t, AT_US);
    assert_true(found(first, "timeStamp.untrusted"));
    assert_int_equal(jz_credential_manifest_at(first, 1)->signed_us, 0);
    jz_cbor_iter it = jz_cbor_in(&first->manifest[0]->time_stamps);
    assert_true(jz_cbor_pair(&it, &label, &token));
    trust_stamp(token.body, t);
    jz_auto(jz_credentials) *second = verify(&file, t, AT_US);
    assert_true(found(second, "timeStamp.trusted"));
    assert_int_equal(jz_credential_manifest_at(second, 1)->signed_us, /* 2025-05-28 13:50:03 */
                     (int64_t)1748440203 * 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credentials_of_each_algorithm_are_trusted),
        cmocka_unit_test(test_credentials_without_a_list_are_valid_not_trusted),
        cmocka_unit_test(test_credentials_past_the_certificate_need_a_time_stamp),
        cmocka_unit_test(test_credentials_stapled_answers_on_revocation_count),
        cmocka_unit_test(test_credentials_no_byte_may_change_unnoticed),
        cmocka_unit_test(test_credentials_cut_short_never_hold),
        cmocka_unit_test(test_credentials_crjson_is_json_with_what_was_found),
        cmocka_unit_test(test_credentials_out_of_memory_is_told),
        cmocka_unit_test(test_credentials_every_code_has_a_reason),
        cmocka_unit_test(test_credentials_codes_of_the_specification_are_all_known),
        cmocka_unit_test(test_credentials_bad_input_has_its_code),
        cmocka_unit_test(test_credentials_signature_in_der_is_none),
        cmocka_unit_test(test_credentials_of_the_larger_set_are_as_expected),
        cmocka_unit_test(test_credentials_time_stamp_of_a_later_manifest_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
