/* SPDX-License-Identifier: Apache-2.0 */
/* The signature of a time stamp, by OpenSSL. */
#include <jz/evidence.h>

#include "evidence/ossl.h"

#include <openssl/err.h>
#include <openssl/ts.h>

JZ_DEFINE_AUTO(TS_RESP, TS_RESP_free);
JZ_DEFINE_AUTO(TS_VERIFY_CTX, TS_VERIFY_CTX_free);

static jz_status verify(jz_bytes der, jz_bytes data, X509_STORE **store, jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    const uint8_t *at = der.ptr;
    BIO *bio = NULL;
    jz_auto(TS_VERIFY_CTX) *ctx = TS_VERIFY_CTX_new();
    jz_auto(TS_RESP) *resp = d2i_TS_RESP(NULL, &at, (long)der.len);
    if (ctx == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (resp == NULL)
        return JZ_FAIL(err, JZ_E_CORRUPT, "time stamp reply: %s", jz_ossl_reason(text));
    JZ_TRY(jz_ossl_bio(data, &bio, err));
    (void)TS_VERIFY_CTX_set_data(ctx, bio); /* takes both; they are set one after the other */
    (void)TS_VERIFY_CTX_set_store(ctx, JZ_TAKE(*store));
    (void)TS_VERIFY_CTX_set_flags(ctx, TS_VFY_VERSION | TS_VFY_DATA | TS_VFY_SIGNATURE);
    if (TS_RESP_verify_response(ctx, resp) != 1)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the time stamp does not hold: %s",
                       jz_ossl_reason(text));
    return JZ_OK;
}

jz_status jz_tsa_reply_verify(jz_bytes der, jz_bytes data, const char *ca_file, int64_t at_us,
                              jz_err *err)
{
    jz_tsa_reply r;
    jz_auto(X509_STORE) *store = NULL;
    JZ_TRY(jz_tsa_reply_read(der, &r, err)); /* OpenSSL is laxer about the form */
    if (!r.has_token)
        return JZ_FAIL(err, JZ_E_MISMATCH, "the reply holds no token");
    JZ_TRY(jz_ossl_store(ca_file, at_us != 0 ? at_us : r.at_us, &store, err));
    (void)ERR_set_mark();
    const jz_status st = verify(der, data, &store, err);
    (void)ERR_pop_to_mark();
    return st;
}
