/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/signed_data.h"

#include "evidence/der.h"

#include <string.h>

#define CERTS_MAX 32

typedef enum params { NULL_OR_NONE, NONE, SOME } params;

typedef struct algorithm {
    uint8_t oid[10];
    uint8_t len;
    params params;
    const char *digest; /* that it is, or signs over; NULL: any */
} algorithm;

static const algorithm digests[] = {
    { { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 }, 9, NULL_OR_NONE, "SHA-256" },
    { { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02 }, 9, NULL_OR_NONE, "SHA-384" },
    { { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03 }, 9, NULL_OR_NONE, "SHA-512" },
    { { 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11 }, 8, NULL_OR_NONE, "SM3" },
};

/* RFC 3370, 4056, 5754, 8419; GB/T 33560-2017 for SM2. */
static const algorithm signatures[] = {
    { { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 }, 9, NULL_OR_NONE, NULL },
    { { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a }, 9, SOME, NULL },
    { { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b }, 9, NULL_OR_NONE, "SHA-256" },
    { { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c }, 9, NULL_OR_NONE, "SHA-384" },
    { { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d }, 9, NULL_OR_NONE, "SHA-512" },
    { { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02 }, 8, NONE, "SHA-256" },
    { { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03 }, 8, NONE, "SHA-384" },
    { { 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04 }, 8, NONE, "SHA-512" },
    { { 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75 }, 8, NULL_OR_NONE, "SM3" },
    { { 0x2b, 0x65, 0x70 }, 3, NONE, "SHA-512" },
};

static const uint8_t oid_signed_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02 };
static const uint8_t oid_data[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01 };
static const uint8_t oid_tst_info[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,
                                        0x01, 0x09, 0x10, 0x01, 0x04 };

/* Issuer and serial number of a certificate, as their bytes: what a signature refers to it by. */
typedef struct cert_ref {
    jz_bytes issuer;
    jz_bytes serial;
} cert_ref;

typedef struct cert_refs {
    cert_ref ref[CERTS_MAX];
    size_t n;
} cert_refs;

static bool same(jz_bytes a, jz_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool is(jz_bytes b, const uint8_t *data, size_t len)
{
    return same(b, (jz_bytes){ data, len });
}

static jz_status unknown(const jz_der *d, jz_bytes oid, jz_err *err)
{
    char text[100];
    JZ_TRY(jz_der_oid_text(oid, text, sizeof text, err));
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "%s: the algorithm %s is not accepted", d->what, text);
}

/* An AlgorithmIdentifier of a table. */
static jz_status take_algorithm(jz_der *d, const char *what, const algorithm *table, size_t n,
                                const algorithm **out, jz_err *err)
{
    jz_der alg;
    jz_bytes oid;
    jz_bytes null;
    size_t i = 0;
    JZ_TRY(jz_der_enter(d, JZ_DER_SEQUENCE, what, &alg, err));
    JZ_TRY(jz_der_take(&alg, JZ_DER_OID, &oid, err));
    while (i < n && !is(oid, table[i].oid, table[i].len))
        i++;
    if (i == n)
        return unknown(&alg, oid, err);
    *out = &table[i];
    if (table[i].params == SOME) /* OpenSSL signs and verifies by them */
        return jz_der_take(&alg, JZ_DER_SEQUENCE, &null, err);
    if (table[i].params == NULL_OR_NONE && jz_der_more(&alg)) {
        JZ_TRY(jz_der_take(&alg, JZ_DER_NULL, &null, err));
        if (null.len != 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s: a NULL of %zu bytes", what, null.len);
    }
    return jz_der_end(&alg, err);
}

static jz_status take_digest(jz_der *d, const algorithm **out, jz_err *err)
{
    return take_algorithm(d, "digestAlgorithm", digests, JZ_ARRAY_LEN(digests), out, err);
}

static jz_status take_version(jz_der *d, uint32_t want, jz_err *err)
{
    uint32_t version = 0;
    JZ_TRY(jz_der_u32(d, JZ_DER_INTEGER, &version, err));
    if (version != want)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: version %u where %u belongs", d->what, version,
                       want);
    return JZ_OK;
}

/* RFC 5280, 4.1: of the certificate the serial number and the issuer. */
static jz_status read_cert(jz_der *certs, cert_refs *refs, jz_err *err)
{
    jz_der cert;
    jz_der tbs;
    jz_bytes b;
    if (refs->n == CERTS_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d certificates", CERTS_MAX);
    cert_ref *ref = &refs->ref[refs->n++];
    JZ_TRY(jz_der_enter(certs, JZ_DER_SEQUENCE, "certificate", &cert, err));
    JZ_TRY(jz_der_enter(&cert, JZ_DER_SEQUENCE, "certificate", &tbs, err));
    if (jz_der_is(&tbs, JZ_DER_CONSTRUCTED_CONTEXT(0)))
        JZ_TRY(jz_der_take(&tbs, JZ_DER_CONSTRUCTED_CONTEXT(0), &b, err));
    JZ_TRY(jz_der_take(&tbs, JZ_DER_INTEGER, &ref->serial, err));
    JZ_TRY(jz_der_take(&tbs, JZ_DER_SEQUENCE, &b, err));
    return jz_der_take(&tbs, JZ_DER_SEQUENCE, &ref->issuer, err);
}

static jz_status read_certs(jz_der *sd, cert_refs *refs, jz_err *err)
{
    jz_der certs;
    if (!jz_der_is(sd, JZ_DER_CONSTRUCTED_CONTEXT(0)))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the signer's certificate is not in it");
    JZ_TRY(jz_der_enter(sd, JZ_DER_CONSTRUCTED_CONTEXT(0), "certificates", &certs, err));
    while (jz_der_more(&certs))
        JZ_TRY(read_cert(&certs, refs, err));
    return JZ_OK;
}

/* The certificate must be there, and be named by its very bytes: OpenSSL compares names without
 * regard to case and kind of string. */
static jz_status read_sid(jz_der *info, const cert_refs *refs, jz_err *err)
{
    jz_der sid;
    cert_ref ref;
    JZ_TRY(jz_der_enter(info, JZ_DER_SEQUENCE, "issuerAndSerialNumber", &sid, err));
    JZ_TRY(jz_der_take(&sid, JZ_DER_SEQUENCE, &ref.issuer, err));
    JZ_TRY(jz_der_take(&sid, JZ_DER_INTEGER, &ref.serial, err));
    JZ_TRY(jz_der_end(&sid, err));
    for (size_t i = 0; i < refs->n; i++)
        if (same(ref.issuer, refs->ref[i].issuer) && same(ref.serial, refs->ref[i].serial))
            return JZ_OK;
    return JZ_FAIL(err, JZ_E_CORRUPT, "the signer's certificate is not in it");
}

static jz_status read_signer(jz_der *signers, const cert_refs *refs, jz_err *err)
{
    jz_der info;
    jz_bytes b;
    const algorithm *digest = NULL;
    const algorithm *signature = NULL;
    JZ_TRY(jz_der_enter(signers, JZ_DER_SEQUENCE, "signerInfo", &info, err));
    JZ_TRY(take_version(&info, 1, err));
    JZ_TRY(read_sid(&info, refs, err));
    JZ_TRY(take_digest(&info, &digest, err));
    if (!jz_der_is(&info, JZ_DER_CONSTRUCTED_CONTEXT(0)))
        return JZ_FAIL(err, JZ_E_CORRUPT, "signerInfo: no signed attributes: no CAdES signature");
    JZ_TRY(jz_der_take(&info, JZ_DER_CONSTRUCTED_CONTEXT(0), &b, err));
    JZ_TRY(take_algorithm(&info, "signatureAlgorithm", signatures, JZ_ARRAY_LEN(signatures),
                          &signature, err));
    if (signature->digest != NULL && strcmp(signature->digest, digest->digest) != 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "signerInfo: a signature over %s of a digest by %s",
                       signature->digest, digest->digest);
    JZ_TRY(jz_der_take(&info, JZ_DER_OCTET_STRING, &b, err));
    if (jz_der_is(&info, JZ_DER_CONSTRUCTED_CONTEXT(1))) /* unsigned attributes */
        JZ_TRY(jz_der_take(&info, JZ_DER_CONSTRUCTED_CONTEXT(1), &b, err));
    return jz_der_end(&info, err);
}

static jz_status read_signers(jz_der *sd, jz_signed_kind kind, const cert_refs *refs, jz_err *err)
{
    jz_der signers;
    size_t n = 0;
    JZ_TRY(jz_der_enter(sd, JZ_DER_SET, "signerInfos", &signers, err));
    for (; jz_der_more(&signers); n++)
        JZ_TRY(read_signer(&signers, refs, err));
    if (n == 0 || (n > 1 && kind == JZ_SIGNED_STAMP))
        return JZ_FAIL(err, JZ_E_CORRUPT, "signerInfos: %zu signatures", n);
    return JZ_OK;
}

static jz_status read_content(jz_der *sd, jz_signed_kind kind, jz_bytes *content, jz_err *err)
{
    jz_der encap;
    jz_der explicit0;
    jz_bytes type;
    JZ_TRY(jz_der_enter(sd, JZ_DER_SEQUENCE, "encapContentInfo", &encap, err));
    JZ_TRY(jz_der_take(&encap, JZ_DER_OID, &type, err));
    if (kind == JZ_SIGNED_STAMP ? !is(type, oid_tst_info, sizeof oid_tst_info)
                                : !is(type, oid_data, sizeof oid_data))
        return JZ_FAIL(err, JZ_E_CORRUPT, "encapContentInfo: another type than %s",
                       kind == JZ_SIGNED_STAMP ? "a time stamp" : "data");
    if (kind == JZ_SIGNED_DETACHED) {
        *content = (jz_bytes){ NULL, 0 };
        if (jz_der_more(&encap))
            return JZ_FAIL(err, JZ_E_CORRUPT, "a signature with content of its own, not detached");
        return JZ_OK;
    }
    JZ_TRY(jz_der_enter(&encap, JZ_DER_CONSTRUCTED_CONTEXT(0), "eContent", &explicit0, err));
    JZ_TRY(jz_der_take(&explicit0, JZ_DER_OCTET_STRING, content, err));
    JZ_TRY(jz_der_end(&explicit0, err));
    return jz_der_end(&encap, err);
}

static jz_status read_signed_data(jz_der *sd, jz_signed_kind kind, jz_bytes *content, jz_err *err)
{
    jz_der list;
    jz_bytes b;
    const algorithm *digest = NULL;
    cert_refs refs = { .n = 0 };
    JZ_TRY(take_version(sd, kind == JZ_SIGNED_STAMP ? 3 : 1, err));
    JZ_TRY(jz_der_enter(sd, JZ_DER_SET, "digestAlgorithms", &list, err));
    while (jz_der_more(&list))
        JZ_TRY(take_digest(&list, &digest, err));
    JZ_TRY(read_content(sd, kind, content, err));
    JZ_TRY(read_certs(sd, &refs, err));
    if (jz_der_is(sd, JZ_DER_CONSTRUCTED_CONTEXT(1))) /* revocation lists */
        JZ_TRY(jz_der_take(sd, JZ_DER_CONSTRUCTED_CONTEXT(1), &b, err));
    JZ_TRY(read_signers(sd, kind, &refs, err));
    return jz_der_end(sd, err);
}

jz_status jz_signed_data_check(jz_bytes der, jz_signed_kind kind, jz_bytes *content, jz_err *err)
{
    jz_der d = jz_der_of(der, "ContentInfo");
    jz_der info;
    jz_der explicit0;
    jz_der sd;
    jz_bytes type;
    jz_bytes got = { NULL, 0 };
    JZ_TRY(jz_der_check(der, "ContentInfo", err));
    JZ_TRY(jz_der_enter(&d, JZ_DER_SEQUENCE, "ContentInfo", &info, err));
    JZ_TRY(jz_der_take(&info, JZ_DER_OID, &type, err));
    if (!is(type, oid_signed_data, sizeof oid_signed_data))
        return JZ_FAIL(err, JZ_E_CORRUPT, "ContentInfo: not signed data of CMS");
    JZ_TRY(jz_der_enter(&info, JZ_DER_CONSTRUCTED_CONTEXT(0), "content", &explicit0, err));
    JZ_TRY(jz_der_enter(&explicit0, JZ_DER_SEQUENCE, "SignedData", &sd, err));
    JZ_TRY(read_signed_data(&sd, kind, &got, err));
    JZ_TRY(jz_der_end(&explicit0, err));
    JZ_TRY(jz_der_end(&info, err));
    if (content != NULL)
        *content = got;
    return JZ_OK;
}
