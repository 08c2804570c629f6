/* SPDX-License-Identifier: Apache-2.0 */
/* Time stamps: the bytes of a request, and what a reply says (RFC 3161; RFC 5652 for the token). */
#include <jz/evidence.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/json.h"
#include "evidence/der.h"
#include "evidence/signed_data.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define SERIAL_MAX 32
#define POLICY_MAX 64 /* bytes of the OID */

/* Everything of a request before the imprint (RFC 3161, 2.4.1): version 1, the AlgorithmIdentifier,
 * and the head of an OCTET STRING of 32 bytes. Behind it: nonce, certReq TRUE. */
static const struct {
    const char *name;
    uint8_t head[32];
    size_t head_len;
    uint8_t oid[9];
    size_t oid_len;
} hashes[] = {
    [JZ_TSA_SHA256] = { "SHA-256",
                        { 0x30, 0x43, 0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                          0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20 },
                        24,
                        { 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01 },
                        9 },
    [JZ_TSA_SM3] = { "SM3",
                     { 0x30, 0x42, 0x02, 0x01, 0x01, 0x30, 0x30, 0x30, 0x0c, 0x06, 0x08, 0x2a,
                       0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11, 0x05, 0x00, 0x04, 0x20 },
                     23,
                     { 0x2a, 0x81, 0x1c, 0xcf, 0x55, 0x01, 0x83, 0x11 },
                     8 },
};
static const uint8_t nonce_head[] = { 0x02, JZ_TSA_NONCE };
static const uint8_t cert_req[] = { 0x01, 0x01, 0xff };

static void put(jz_tsa_request *q, const void *data, size_t len)
{
    memcpy(q->der + q->len, data, len);
    q->len += len;
}

static void encode(jz_tsa_request *q)
{
    q->len = 0;
    put(q, hashes[q->hash].head, hashes[q->hash].head_len);
    put(q, q->imprint, sizeof q->imprint);
    put(q, nonce_head, sizeof nonce_head);
    put(q, q->nonce, sizeof q->nonce);
    put(q, cert_req, sizeof cert_req);
}

jz_status jz_tsa_request_make(jz_tsa_hash hash, const uint8_t imprint[JZ_SHA256_SIZE],
                              jz_tsa_request *out, jz_err *err)
{
    jz_tsa_request q = { .hash = hash };
    if (hash != JZ_TSA_SHA256 && hash != JZ_TSA_SM3)
        return JZ_FAIL(err, JZ_E_INVAL, "no such hash for a time stamp: %d", (int)hash);
    memcpy(q.imprint, imprint, sizeof q.imprint);
    if (getrandom(q.nonce, sizeof q.nonce, 0) != (ssize_t)sizeof q.nonce)
        return JZ_FAIL(err, JZ_E_IO, "asking for random bytes: %s", strerrordesc_np(errno));
    /* From 0x01 to 0x7f: a positive INTEGER of always as many bytes. */
    q.nonce[0] = (uint8_t)(q.nonce[0] % 0x7f + 1);
    encode(&q);
    *out = q;
    return JZ_OK;
}

jz_status jz_tsa_request_read(jz_bytes der, jz_tsa_request *out, jz_err *err)
{
    for (unsigned h = 0; h < JZ_ARRAY_LEN(hashes); h++) {
        jz_tsa_request q = { .hash = (jz_tsa_hash)h };
        const size_t nonce_at = hashes[h].head_len + sizeof q.imprint + sizeof nonce_head;
        if (der.len != nonce_at + sizeof q.nonce + sizeof cert_req)
            continue;
        memcpy(q.imprint, der.ptr + hashes[h].head_len, sizeof q.imprint);
        memcpy(q.nonce, der.ptr + nonce_at, sizeof q.nonce);
        encode(&q);
        if (memcmp(q.der, der.ptr, der.len) != 0 || q.nonce[0] == 0 || q.nonce[0] > 0x7f)
            continue;
        *out = q;
        return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_CORRUPT, "%zu bytes that are no request of this program", der.len);
}

/* ---- The reply ---- */

static bool same(jz_bytes b, const uint8_t *data, size_t len)
{
    return b.len == len && memcmp(b.ptr, data, len) == 0;
}

/* The authority's words, as one line of text. */
static void add_text(jz_tsa_reply *r, jz_bytes b)
{
    const char *s = (const char *)b.ptr;
    size_t at = strlen(r->text);
    if (at > 0 && at + 2 < sizeof r->text) {
        r->text[at++] = ';';
        r->text[at++] = ' ';
    }
    for (size_t i = 0; i < b.len;) {
        const unsigned n = jz_utf8_len(s + i, b.len - i);
        const bool shown = n > 0 && !jz_utf8_is_control(s + i, n);
        const size_t len = shown ? n : 1;
        if (at + len >= sizeof r->text)
            break;
        memcpy(r->text + at, shown ? s + i : "?", len);
        at += len;
        i += n > 0 ? n : 1;
    }
    r->text[at] = '\0';
}

/* PKIStatusInfo (RFC 3161, 2.4.2). */
static jz_status read_status(jz_der *d, jz_tsa_reply *r, jz_err *err)
{
    jz_der info;
    jz_der texts;
    jz_bytes b;
    JZ_TRY(jz_der_enter(d, JZ_DER_SEQUENCE, "PKIStatusInfo", &info, err));
    JZ_TRY(jz_der_u32(&info, JZ_DER_INTEGER, &r->status, err));
    if (jz_der_is(&info, JZ_DER_SEQUENCE)) {
        JZ_TRY(jz_der_enter(&info, JZ_DER_SEQUENCE, "statusString", &texts, err));
        while (jz_der_more(&texts)) {
            JZ_TRY(jz_der_take(&texts, JZ_DER_UTF8_STRING, &b, err));
            add_text(r, b);
        }
    }
    if (jz_der_is(&info, JZ_DER_BIT_STRING)) {
        JZ_TRY(jz_der_take(&info, JZ_DER_BIT_STRING, &b, err));
        if (b.len < 1 || b.len > 5 || b.ptr[0] > 7 || (b.len == 1 && b.ptr[0] != 0))
            return JZ_FAIL(err, JZ_E_CORRUPT, "failInfo: %zu bytes that are no bits", b.len);
        for (size_t bit = 0; bit < 8 * (b.len - 1); bit++)
            if ((b.ptr[1 + bit / 8] >> (7 - bit % 8) & 1) != 0)
                r->fail_info |= 1U << bit;
    }
    return jz_der_end(&info, err);
}

static jz_status read_imprint(jz_der *d, jz_tsa_reply *r, jz_err *err)
{
    jz_der imprint;
    jz_der alg;
    jz_bytes oid;
    jz_bytes b;
    JZ_TRY(jz_der_enter(d, JZ_DER_SEQUENCE, "messageImprint", &imprint, err));
    JZ_TRY(jz_der_enter(&imprint, JZ_DER_SEQUENCE, "hashAlgorithm", &alg, err));
    JZ_TRY(jz_der_take(&alg, JZ_DER_OID, &oid, err));
    if (jz_der_is(&alg, JZ_DER_NULL)) {
        JZ_TRY(jz_der_take(&alg, JZ_DER_NULL, &b, err));
        if (b.len != 0)
            return JZ_FAIL(err, JZ_E_CORRUPT, "hashAlgorithm: a NULL of %zu bytes", b.len);
    }
    JZ_TRY(jz_der_end(&alg, err));
    if (same(oid, hashes[JZ_TSA_SHA256].oid, hashes[JZ_TSA_SHA256].oid_len))
        r->hash = JZ_TSA_SHA256;
    else if (same(oid, hashes[JZ_TSA_SM3].oid, hashes[JZ_TSA_SM3].oid_len))
        r->hash = JZ_TSA_SM3;
    else
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "stamps a hash that is neither SHA-256 nor SM3");
    JZ_TRY(jz_der_take(&imprint, JZ_DER_OCTET_STRING, &b, err));
    if (b.len != sizeof r->imprint)
        return JZ_FAIL(err, JZ_E_CORRUPT, "messageImprint: a hash of %zu bytes", b.len);
    memcpy(r->imprint, b.ptr, b.len);
    return jz_der_end(&imprint, err);
}

static jz_status read_accuracy(jz_der *d, jz_tsa_reply *r, jz_err *err)
{
    jz_der acc;
    uint32_t s = 0;
    uint32_t ms = 0;
    uint32_t us = 0;
    JZ_TRY(jz_der_enter(d, JZ_DER_SEQUENCE, "accuracy", &acc, err));
    if (jz_der_is(&acc, JZ_DER_INTEGER))
        JZ_TRY(jz_der_u32(&acc, JZ_DER_INTEGER, &s, err));
    if (jz_der_is(&acc, JZ_DER_CONTEXT(0)))
        JZ_TRY(jz_der_u32(&acc, JZ_DER_CONTEXT(0), &ms, err));
    if (jz_der_is(&acc, JZ_DER_CONTEXT(1)))
        JZ_TRY(jz_der_u32(&acc, JZ_DER_CONTEXT(1), &us, err));
    if (ms > 999 || us > 999)
        return JZ_FAIL(err, JZ_E_CORRUPT, "accuracy: %u ms and %u us", ms, us);
    r->accuracy_us = (int64_t)s * 1000000 + (int64_t)ms * 1000 + us;
    return jz_der_end(&acc, err);
}

static jz_status read_serial_and_policy(jz_bytes policy, jz_bytes serial, jz_tsa_reply *r,
                                        jz_err *err)
{
    if (policy.len > POLICY_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "TSTInfo: a policy of %zu bytes", policy.len);
    if (serial.len > SERIAL_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "TSTInfo: a serial number of %zu bytes", serial.len);
    jz_hex_encode(serial.ptr, serial.len, r->serial);
    return jz_der_oid_text(policy, r->policy, sizeof r->policy, err);
}

/* What may follow the time. */
static jz_status read_options(jz_der *tst, jz_tsa_reply *r, jz_err *err)
{
    jz_bytes b;
    bool ordering = false;
    if (jz_der_is(tst, JZ_DER_SEQUENCE))
        JZ_TRY(read_accuracy(tst, r, err));
    if (jz_der_is(tst, JZ_DER_BOOLEAN))
        JZ_TRY(jz_der_bool(tst, &ordering, err));
    if (jz_der_is(tst, JZ_DER_INTEGER)) {
        JZ_TRY(jz_der_unsigned(tst, JZ_DER_INTEGER, &b, err));
        r->has_nonce = true;
        if (b.len == sizeof r->nonce)
            memcpy(r->nonce, b.ptr, b.len);
    }
    if (jz_der_is(tst, JZ_DER_CONSTRUCTED_CONTEXT(0))) /* the authority's name */
        JZ_TRY(jz_der_take(tst, JZ_DER_CONSTRUCTED_CONTEXT(0), &b, err));
    if (jz_der_is(tst, JZ_DER_CONSTRUCTED_CONTEXT(1))) /* extensions */
        JZ_TRY(jz_der_take(tst, JZ_DER_CONSTRUCTED_CONTEXT(1), &b, err));
    return jz_der_end(tst, err);
}

/* TSTInfo (RFC 3161, 2.4.2). */
static jz_status read_tst(jz_bytes der, jz_tsa_reply *r, jz_err *err)
{
    jz_der d = jz_der_of(der, "TSTInfo");
    jz_der tst;
    uint32_t version = 0;
    jz_bytes policy;
    jz_bytes serial;
    JZ_TRY(jz_der_check(der, "TSTInfo", err));
    JZ_TRY(jz_der_enter(&d, JZ_DER_SEQUENCE, "TSTInfo", &tst, err));
    JZ_TRY(jz_der_u32(&tst, JZ_DER_INTEGER, &version, err));
    if (version != 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "TSTInfo: version %u", version);
    JZ_TRY(jz_der_take(&tst, JZ_DER_OID, &policy, err));
    JZ_TRY(read_imprint(&tst, r, err));
    JZ_TRY(jz_der_unsigned(&tst, JZ_DER_INTEGER, &serial, err));
    JZ_TRY(read_serial_and_policy(policy, serial, r, err));
    JZ_TRY(jz_der_time(&tst, &r->at_us, err));
    return read_options(&tst, r, err);
}

static jz_status read_reply(jz_bytes der, jz_tsa_reply *r, jz_err *err)
{
    jz_der d = jz_der_of(der, "TimeStampResp");
    jz_der resp;
    jz_bytes content;
    if (der.len > JZ_TSA_REPLY_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a reply of %zu bytes", der.len);
    JZ_TRY(jz_der_check(der, "TimeStampResp", err));
    JZ_TRY(jz_der_enter(&d, JZ_DER_SEQUENCE, "TimeStampResp", &resp, err));
    JZ_TRY(read_status(&resp, r, err));
    if (jz_der_more(&resp)) {
        const jz_bytes token = { resp.ptr + resp.at, jz_rd_left(&resp) };
        JZ_TRY(jz_signed_data_check(token, JZ_SIGNED_STAMP, &content, err));
        JZ_TRY(read_tst(content, r, err));
        r->has_token = true;
    }
    if (r->has_token != (r->status <= 1))
        return JZ_FAIL(err, JZ_E_CORRUPT, "TimeStampResp: status %u %s a token", r->status,
                       r->has_token ? "with" : "without");
    return JZ_OK;
}

jz_status jz_tsa_reply_read(jz_bytes der, jz_tsa_reply *out, jz_err *err)
{
    jz_tsa_reply r = { 0 };
    JZ_TRY_CTX(read_reply(der, &r, err), err, "time stamp reply");
    *out = r;
    return JZ_OK;
}

static jz_status refused(const jz_tsa_reply *r, jz_err *err)
{
    static const struct {
        unsigned bit;
        const char *name;
    } reasons[] = { { 0, "badAlg" },
                    { 2, "badRequest" },
                    { 5, "badDataFormat" },
                    { 14, "timeNotAvailable" },
                    { 15, "unacceptedPolicy" },
                    { 16, "unacceptedExtension" },
                    { 17, "addInfoNotAvailable" },
                    { 25, "systemFailure" } };
    const char *name = "no reason";
    for (size_t i = 0; i < JZ_ARRAY_LEN(reasons); i++)
        if ((r->fail_info >> reasons[i].bit & 1) != 0)
            name = reasons[i].name;
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the authority refused: status %u, %s%s%s", r->status,
                   name, r->text[0] != '\0' ? ": " : "", r->text);
}

static jz_status differs(const char *what, const uint8_t *theirs, const uint8_t *ours, size_t len,
                         jz_err *err)
{
    char a[2 * JZ_SHA256_SIZE + 1];
    char b[2 * JZ_SHA256_SIZE + 1];
    jz_hex_encode(theirs, len, a);
    jz_hex_encode(ours, len, b);
    return JZ_FAIL(err, JZ_E_MISMATCH, "the reply's %s is %.16s..., ours %.16s...", what, a, b);
}

jz_status jz_tsa_reply_check(const jz_tsa_reply *r, const jz_tsa_request *q, int64_t from_us,
                             int64_t to_us, jz_err *err)
{
    char at[32];
    if (r->status > 1)
        return refused(r, err);
    if (!r->has_token)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the reply holds no token");
    if (r->hash != q->hash)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the reply stamps a hash by %s, ours is by %s",
                       hashes[r->hash].name, hashes[q->hash].name);
    if (memcmp(r->imprint, q->imprint, sizeof r->imprint) != 0)
        return differs("hash", r->imprint, q->imprint, sizeof r->imprint, err);
    if (!r->has_nonce)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the reply repeats no nonce");
    if (memcmp(r->nonce, q->nonce, sizeof r->nonce) != 0)
        return differs("nonce", r->nonce, q->nonce, sizeof r->nonce, err);
    (void)jz_time_text(r->at_us, at, sizeof at);
    if (from_us != 0 && r->at_us < from_us - JZ_TSA_SKEW_US)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the stamp's time %s is before the request", at);
    if (to_us != 0 && r->at_us > to_us + JZ_TSA_SKEW_US)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the stamp's time %s is after now by this clock", at);
    return JZ_OK;
}
