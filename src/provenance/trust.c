/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "base/file.h"
#include "provenance/cert.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#define PEM_MAX ((size_t)4 << 20) /* bytes of a list */
#define ANCHORS_MAX 4096

JZ_DEFINE_AUTO(BIO, BIO_free_all);
JZ_DEFINE_AUTO(X509_STORE_CTX, X509_STORE_CTX_free);

struct jz_trust {
    X509_STORE *store[2]; /* by jz_trust_use */
    unsigned n[2];
};

void jz_trust_free(jz_trust *t)
{
    if (t == NULL)
        return;
    X509_STORE_free(t->store[0]);
    X509_STORE_free(t->store[1]);
    jz_free(t);
}
JZ_DEFINE_AUTO(jz_trust, jz_trust_free);

jz_status jz_trust_new(jz_trust **out, jz_err *err)
{
    jz_auto(jz_trust) *t = jz_alloc_zero(1, sizeof *t);
    if (t == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (unsigned i = 0; i < 2; i++) {
        t->store[i] = X509_STORE_new();
        if (t->store[i] == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    *out = JZ_TAKE(t);
    return JZ_OK;
}

/* OpenSSL accepts a certificate that it has already. */
static jz_status add_all(jz_trust *t, jz_trust_use use, BIO *bio, jz_err *err)
{
    unsigned n = 0;
    for (;; n++) {
        X509 *c = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (c == NULL)
            break;
        const bool ok = t->n[use] < ANCHORS_MAX && X509_STORE_add_cert(t->store[use], c) == 1;
        X509_free(c);
        if (!ok)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %d certificates", ANCHORS_MAX);
        t->n[use]++;
    }
    /* At the end there is no more "BEGIN"; anything else is a certificate that cannot be read. */
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "certificate %u cannot be read", n + 1);
    if (n == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "no certificate in PEM form");
    return JZ_OK;
}

jz_status jz_trust_add_pem(jz_trust *t, jz_trust_use use, jz_bytes pem, jz_err *err)
{
    if (pem.len > PEM_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "%zu bytes of certificates", pem.len);
    jz_auto(BIO) *bio = BIO_new_mem_buf(pem.len > 0 ? (const void *)pem.ptr : "", (int)pem.len);
    if (bio == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    (void)ERR_set_mark();
    const jz_status st = add_all(t, use, bio, err);
    (void)ERR_pop_to_mark();
    return st;
}

jz_status jz_trust_add_file(jz_trust *t, jz_trust_use use, const char *path, jz_err *err)
{
    JZ_BUF_AUTO text = { 0 };
    JZ_TRY(jz_file_read(path, PEM_MAX, &text, err));
    JZ_TRY_CTX(jz_trust_add_pem(t, use, (jz_bytes){ (const uint8_t *)text.ptr, text.len }, err),
               err, "%s", path);
    return JZ_OK;
}

/* A list may name intermediate authorities: each certificate on it is an end of the chain. Purposes
 * are the profile's business, which C2PA defines otherwise than TLS. */
bool jz_trust_leads(const jz_trust *t, jz_trust_use use, X509 *cert, STACK_OF(X509) * chain,
                    int64_t at_us)
{
    if (t == NULL || t->n[use] == 0)
        return false;
    (void)ERR_set_mark();
    jz_auto(X509_STORE_CTX) *ctx = X509_STORE_CTX_new();
    bool ok = ctx != NULL && X509_STORE_CTX_init(ctx, t->store[use], cert, chain) == 1;
    if (ok) {
        X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
        X509_VERIFY_PARAM_set_time(p, (time_t)(at_us / 1000000));
        (void)X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
        ok = X509_verify_cert(ctx) == 1;
    }
    (void)ERR_pop_to_mark();
    return ok;
}
