/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/ossl.h"

#include "base/file.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>

#define PEM_MAX ((size_t)4 << 20) /* bytes of a file of certificates */
#define CERTS_MAX 1000

const char *jz_ossl_reason(char buf[JZ_OSSL_TEXT])
{
    const char *data = NULL;
    int flags = 0;
    const unsigned long code = ERR_peek_last_error_data(&data, &flags);
    const char *reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    const bool has_data = (flags & ERR_TXT_STRING) != 0 && data != NULL && data[0] != '\0';
    (void)snprintf(buf, JZ_OSSL_TEXT, "%s%s%s", reason != NULL ? reason : "unknown reason",
                   has_data ? ": " : "", has_data ? data : ""); /* a longer one is cut */
    return buf;
}

jz_status jz_ossl_bio(jz_bytes b, BIO **out, jz_err *err)
{
    if (b.len > INT_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu bytes at once", b.len);
    *out = BIO_new_mem_buf(b.len > 0 ? (const void *)b.ptr : "", (int)b.len);
    return *out != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

static jz_status read_certs(BIO *bio, const char *path, STACK_OF(X509) * certs, jz_err *err)
{
    char text[JZ_OSSL_TEXT];
    for (;;) {
        X509 *c = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (c == NULL)
            break;
        if (sk_X509_num(certs) >= CERTS_MAX || sk_X509_push(certs, c) <= 0) {
            X509_free(c);
            return JZ_FAIL(err, JZ_E_LIMIT, "%s: more than %d certificates", path, CERTS_MAX);
        }
    }
    /* At the end there is no more "BEGIN"; anything else is a certificate that cannot be read. */
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: certificate %d: %s", path, sk_X509_num(certs) + 1,
                       jz_ossl_reason(text));
    if (sk_X509_num(certs) == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no certificate in PEM form", path);
    return JZ_OK;
}

jz_status jz_ossl_certs(const char *path, STACK_OF(X509) * *out, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    jz_auto(BIO) *bio = NULL;
    JZ_TRY(jz_file_read(path, PEM_MAX, &text, err));
    JZ_TRY(jz_ossl_bio((jz_bytes){ (const uint8_t *)text.ptr, text.len }, &bio, err));
    STACK_OF(X509) *certs = sk_X509_new_null();
    if (certs == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    (void)ERR_set_mark();
    const jz_status st = read_certs(bio, path, certs, err);
    (void)ERR_pop_to_mark();
    if (st == JZ_OK)
        *out = certs;
    else
        jz_ossl_certs_free(certs);
    return st;
}

jz_status jz_ossl_store(const char *path, int64_t at_us, X509_STORE **out, jz_err *err)
{
    jz_auto(X509_STORE) *store = X509_STORE_new();
    STACK_OF(X509) *certs = NULL;
    if (store == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(jz_ossl_certs(path, &certs, err));
    bool ok = true;
    for (int i = 0; ok && i < sk_X509_num(certs); i++)
        ok = X509_STORE_add_cert(store, sk_X509_value(certs, i)) == 1; /* a double is no error */
    jz_ossl_certs_free(certs);
    if (!ok)
        return JZ_FAIL(err, JZ_E_NOMEM, "%s: OpenSSL does not take a certificate", path);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(at_us / 1000000));
    *out = JZ_TAKE(store);
    return JZ_OK;
}
