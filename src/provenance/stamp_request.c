/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/stamp_request.h"

#include "base/curl.h"
#include "provenance/signer.h"
#include "provenance/timestamp.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <string.h>

#define NONCE 8 /* bytes */

JZ_DEFINE_AUTO(TS_REQ, TS_REQ_free);
JZ_DEFINE_AUTO(TS_RESP, TS_RESP_free);
JZ_DEFINE_AUTO(TS_MSG_IMPRINT, TS_MSG_IMPRINT_free);
JZ_DEFINE_AUTO(X509_ALGOR, X509_ALGOR_free);
JZ_DEFINE_AUTO(ASN1_INTEGER, ASN1_INTEGER_free);

/* ---- the request ---- */

static bool fill_imprint(TS_REQ *req, jz_bytes stamped)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    jz_auto(X509_ALGOR) *alg = X509_ALGOR_new();
    jz_auto(TS_MSG_IMPRINT) *imprint = TS_MSG_IMPRINT_new();
    return alg != NULL && imprint != NULL &&
           X509_ALGOR_set0(alg, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
           EVP_Digest(stamped.ptr, stamped.len, digest, &n, EVP_sha256(), NULL) == 1 &&
           TS_MSG_IMPRINT_set_algo(imprint, alg) == 1 &&
           TS_MSG_IMPRINT_set_msg(imprint, digest, (int)n) == 1 &&
           TS_REQ_set_msg_imprint(req, imprint) == 1;
}

static bool fill_nonce(TS_REQ *req)
{
    uint8_t bytes[NONCE];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (uint8_t)(bytes[0] % 0x7f + 1); /* positive, and of always as many bytes */
    uint64_t v = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        v = v << 8 | bytes[i];
    jz_auto(ASN1_INTEGER) *nonce = ASN1_INTEGER_new();
    return nonce != NULL && ASN1_INTEGER_set_uint64(nonce, v) == 1 &&
           TS_REQ_set_nonce(req, nonce) == 1;
}

jz_status jz_stamp_ask(jz_bytes stamped, jz_buf *out, jz_err *err)
{
    uint8_t *der = NULL;
    jz_auto(TS_REQ) *req = TS_REQ_new();
    const bool ok = req != NULL && TS_REQ_set_version(req, 1) == 1 && fill_imprint(req, stamped) &&
                    fill_nonce(req) && TS_REQ_set_cert_req(req, 1) == 1;
    const int n = ok ? i2d_TS_REQ(req, &der) : 0;
    if (n > 0)
        jz_buf_put(out, der, (size_t)n);
    OPENSSL_free(der);
    if (n <= 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "no time stamp request");
    return jz_buf_check(out, err);
}

/* ---- the reply ---- */

static jz_status check_status(const TS_RESP *resp, jz_err *err)
{
    TS_STATUS_INFO *info = TS_RESP_get_status_info((TS_RESP *)(uintptr_t)resp);
    const int64_t status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
    const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
    const ASN1_UTF8STRING *text =
        sk_ASN1_UTF8STRING_num(texts) > 0 ? sk_ASN1_UTF8STRING_value(texts, 0) : NULL;
    if (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS)
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "the authority refused: status %lld%s%.*s",
                   (long long)status, text != NULL ? ": " : "",
                   text != NULL ? ASN1_STRING_length(text) : 0,
                   text != NULL ? (const char *)ASN1_STRING_get0_data(text) : "");
}

static bool nonce_is(PKCS7 *token, jz_bytes request)
{
    const uint8_t *at = request.ptr;
    jz_auto(TS_REQ) *req = d2i_TS_REQ(NULL, &at, (long)request.len);
    TS_TST_INFO *info = PKCS7_to_TS_TST_INFO(token);
    const ASN1_INTEGER *have = info != NULL ? TS_TST_INFO_get_nonce(info) : NULL;
    const bool same =
        req != NULL && have != NULL && ASN1_INTEGER_cmp(TS_REQ_get_nonce(req), have) == 0;
    TS_TST_INFO_free(info);
    return same;
}

static jz_status read_reply(jz_bytes reply, jz_bytes request, jz_bytes stamped, jz_buf *out,
                            jz_err *err)
{
    char text[JZ_SIGNER_REASON];
    jz_stamp stamp;
    uint8_t *der = NULL;
    const uint8_t *at = reply.ptr;
    jz_auto(TS_RESP) *resp = d2i_TS_RESP(NULL, &at, (long)reply.len);
    if (resp == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "the reply is no time stamp: %s",
                       jz_openssl_reason(text));
    JZ_TRY(check_status(resp, err));
    PKCS7 *token = TS_RESP_get_token(resp);
    if (token == NULL || !PKCS7_type_is_signed(token))
        return JZ_FAIL(err, JZ_E_CORRUPT, "the reply holds no token");
    if (!nonce_is(token, request))
        return JZ_FAIL(err, JZ_E_MISMATCH, "the reply is one to another request");
    const int n = i2d_PKCS7(token, &der);
    if (n <= 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    jz_stamp_check((jz_bytes){ der, (size_t)n }, stamped, NULL, &stamp);
    if (stamp.sound)
        jz_buf_put(out, der, (size_t)n);
    OPENSSL_free(der);
    if (!stamp.sound)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the time stamp does not hold: %s", stamp.why);
    return jz_buf_check(out, err);
}

jz_status jz_stamp_answer(jz_bytes reply, jz_bytes request, jz_bytes stamped, jz_buf *out,
                          jz_err *err)
{
    (void)ERR_set_mark();
    const jz_status st = read_reply(reply, request, stamped, out, err);
    (void)ERR_pop_to_mark();
    return st;
}

/* ---- both ---- */

static jz_status fetch(const char *url, jz_bytes stamped, jz_buf *out, jz_err *err)
{
    JZ_BUF_AUTO request = { 0 };
    JZ_BUF_AUTO reply = { 0 };
    unsigned status = 0;
    JZ_TRY(jz_stamp_ask(stamped, &request, err));
    const jz_curl_post post = { .url = url,
                                .type = "application/timestamp-query",
                                .accept = "application/timestamp-reply",
                                .body = jz_buf_bytes(&request) };
    JZ_TRY(jz_curl_send(&post, &status, &reply, err));
    if (status / 100 != 2)
        return JZ_FAIL(err, JZ_E_IO, "the server answers %u", status);
    return jz_stamp_answer(jz_buf_bytes(&reply), jz_buf_bytes(&request), stamped, out, err);
}

jz_status jz_stamp_fetch(const char *url, jz_bytes stamped, jz_buf *out, jz_err *err)
{
    JZ_TRY_CTX(fetch(url, stamped, out, err), err, "the time stamp");
    return JZ_OK;
}
