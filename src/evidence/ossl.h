/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that call OpenSSL share. Threads: any. */
#ifndef JZ_OSSL_H
#define JZ_OSSL_H

#include <jz/base.h>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

JZ_DEFINE_AUTO(BIO, BIO_free_all);
JZ_DEFINE_AUTO(EVP_PKEY, EVP_PKEY_free);
JZ_DEFINE_AUTO(X509_STORE, X509_STORE_free);

static inline void jz_ossl_certs_free(STACK_OF(X509) * certs)
{
    sk_X509_pop_free(certs, X509_free);
}

#define JZ_OSSL_TEXT 140
/* OpenSSL's reason for the thread's last error, in one line; "unknown reason" where it has none.
 * Returns buf. */
const char *jz_ossl_reason(char buf[JZ_OSSL_TEXT]);
/* A BIO over borrowed bytes. JZ_E_NOMEM, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_ossl_bio(jz_bytes b, BIO **out, jz_err *err);
/* The certificates of a PEM file, one at least; freed with jz_ossl_certs_free(). JZ_E_NOTFOUND,
 * JZ_E_IO, JZ_E_LIMIT, JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_ossl_certs(const char *path, STACK_OF(X509) * *out, jz_err *err);
/* A store that trusts those of a PEM file, as of at_us. */
JZ_CHECKED jz_status jz_ossl_store(const char *path, int64_t at_us, X509_STORE **out, jz_err *err);

#endif
