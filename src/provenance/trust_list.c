/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of certificates as PEM files, which other programs read as well: each certificate with its
 * name and fingerprint in a comment above it. */
#include "base/file.h"
#include "base/hex.h"
#include "base/json.h"
#include "provenance/cert.h"

#include <jz/hash.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#define PEM_MAX ((size_t)4 << 20) /* bytes of a list */
#define PREFIX_MIN 8              /* digits of a fingerprint that name a certificate */

JZ_DEFINE_AUTO(BIO, BIO_free_all);

static inline void certs_donep(STACK_OF(X509) * *certs)
{
    jz_certs_free(*certs);
}
#define CERTS_AUTO __attribute__((cleanup(certs_donep))) STACK_OF(X509) *

/* ---- one certificate ---- */

static void fingerprint_of(const X509 *cert, char out[65])
{
    uint8_t digest[JZ_SHA256_SIZE] = { 0 };
    uint8_t *der = NULL;
    const int n = i2d_X509(cert, &der);
    if (n > 0)
        jz_sha256(der, (size_t)n, digest);
    OPENSSL_free(der);
    jz_hex_encode(digest, sizeof digest, out);
}

/* Names come from files of others: what would steer a terminal becomes '?'. */
static void make_plain(char *text)
{
    const size_t len = strlen(text);
    for (size_t i = 0; i < len;) {
        const unsigned n = jz_utf8_len(text + i, len - i);
        if (n == 0 || jz_utf8_is_control(text + i, n))
            memset(text + i, '?', n > 0 ? n : 1);
        i += n > 0 ? n : 1;
    }
}

static void describe(const X509 *cert, jz_trust_entry *out)
{
    char common[63];
    char organisation[62];
    const X509_NAME *name = X509_get_subject_name(cert);
    jz_cert_name_field(name, NID_commonName, common, sizeof common);
    jz_cert_name_field(name, NID_organizationName, organisation, sizeof organisation);
    make_plain(common);
    make_plain(organisation);
    (void)snprintf(out->name, sizeof out->name, "%s%s%s", common,
                   common[0] != '\0' && organisation[0] != '\0' ? ", " : "",
                   organisation); /* fits */
    fingerprint_of(cert, out->fingerprint);
    out->not_before_us = jz_asn1_time_us(X509_get0_notBefore(cert));
    out->not_after_us = jz_asn1_time_us(X509_get0_notAfter(cert));
}

/* ---- files ---- */

static jz_status parse(const jz_buf *pem, STACK_OF(X509) * certs, jz_err *err)
{
    X509 *one = NULL;
    jz_auto(BIO) *bio = BIO_new_mem_buf(pem->ptr != NULL ? pem->ptr : "", (int)pem->len);
    if (bio == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    while ((one = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (sk_X509_push(certs, one) <= 0) {
            X509_free(one);
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        }
    }
    const unsigned long code = ERR_peek_last_error();
    if (ERR_GET_LIB(code) != ERR_LIB_PEM || ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
        return JZ_FAIL(err, JZ_E_CORRUPT, "certificate %d cannot be read", sk_X509_num(certs) + 1);
    return JZ_OK;
}

/* On success *out is new. missing: a file that is not there has none. */
static jz_status load(const char *path, bool missing, STACK_OF(X509) * *out, jz_err *err)
{
    JZ_BUF_AUTO pem = { 0 };
    jz_err why = { 0 };
    CERTS_AUTO certs = sk_X509_new_null();
    if (certs == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = jz_file_read(path, PEM_MAX, &pem, &why);
    if (st != JZ_OK && !(missing && st == JZ_E_NOTFOUND)) {
        if (err != NULL)
            *err = why;
        return st;
    }
    (void)ERR_set_mark();
    const jz_status parsed = st == JZ_OK ? parse(&pem, certs, err) : JZ_OK;
    (void)ERR_pop_to_mark();
    JZ_TRY_CTX(parsed, err, "%s", path);
    *out = JZ_TAKE(certs);
    return JZ_OK;
}

static jz_status put(const X509 *cert, jz_buf *out, jz_err *err)
{
    char *text = NULL;
    char until[32];
    jz_trust_entry e;
    describe(cert, &e);
    jz_auto(BIO) *bio = BIO_new(BIO_s_mem());
    if (bio == NULL || PEM_write_bio_X509(bio, (X509 *)(uintptr_t)cert) != 1)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const long n = BIO_get_mem_data(bio, &text);
    jz_buf_printf(out, "# %s\n# SHA-256 %s, valid to %s\n", e.name, e.fingerprint,
                  jz_time_text(e.not_after_us, until, sizeof until));
    jz_buf_put(out, text, (size_t)n);
    return jz_buf_check(out, err);
}

static jz_status store(const char *path, STACK_OF(X509) * certs, jz_err *err)
{
    JZ_BUF_AUTO text = { .cap = PEM_MAX };
    for (int i = 0; i < sk_X509_num(certs); i++)
        JZ_TRY(put(sk_X509_value(certs, i), &text, err));
    return jz_file_write(path, text.ptr != NULL ? text.ptr : "", text.len, err);
}

/* ---- the list ---- */

static bool has(STACK_OF(X509) * certs, const X509 *cert)
{
    for (int i = 0; i < sk_X509_num(certs); i++) {
        if (X509_cmp(sk_X509_value(certs, i), cert) == 0)
            return true;
    }
    return false;
}

jz_status jz_trust_list_at(const char *path, size_t i, jz_trust_entry *out, jz_err *err)
{
    STACK_OF(X509) *loaded = NULL;
    JZ_TRY(load(path, true, &loaded, err));
    CERTS_AUTO certs = loaded;
    if (i >= (size_t)sk_X509_num(certs))
        return JZ_FAIL(err, JZ_E_NOTFOUND, "%s has %d certificates", path, sk_X509_num(certs));
    describe(sk_X509_value(certs, (int)i), out);
    return JZ_OK;
}

/* Those of more that all has not yet. */
static jz_status add_new(STACK_OF(X509) * all, STACK_OF(X509) * more, size_t *added, jz_err *err)
{
    for (int i = 0; i < sk_X509_num(more); i++) {
        X509 *one = sk_X509_value(more, i);
        if (has(all, one))
            continue;
        if (X509_up_ref(one) != 1 || sk_X509_push(all, one) <= 0)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        ++*added;
    }
    return JZ_OK;
}

static size_t count_missing(STACK_OF(X509) * of, STACK_OF(X509) * in)
{
    size_t n = 0;
    for (int i = 0; i < sk_X509_num(of); i++)
        n += !has(in, sk_X509_value(of, i));
    return n;
}

jz_status jz_trust_list_take(const char *path, const char *from, bool replace, jz_trust_change *out,
                             jz_err *err)
{
    STACK_OF(X509) *loaded = NULL;
    JZ_TRY(load(from, false, &loaded, err));
    CERTS_AUTO more = loaded;
    if (sk_X509_num(more) == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "%s: no certificate in PEM form", from);
    JZ_TRY(load(path, true, &loaded, err));
    CERTS_AUTO old = loaded;
    CERTS_AUTO all = sk_X509_new_null();
    if (all == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    size_t n = 0;
    if (!replace)
        JZ_TRY(add_new(all, old, &n, err));
    JZ_TRY(add_new(all, more, &n, err));
    JZ_TRY(store(path, all, err));
    out->added = count_missing(all, old);
    out->removed = count_missing(old, all);
    out->kept = (size_t)sk_X509_num(all) - out->added;
    return JZ_OK;
}

static bool is_prefix(const char *s)
{
    const size_t n = strlen(s);
    return n >= PREFIX_MIN && n <= 64 && strspn(s, "0123456789abcdef") == n;
}

jz_status jz_trust_list_remove(const char *path, const char *fingerprint, jz_trust_change *out,
                               jz_err *err)
{
    STACK_OF(X509) *loaded = NULL;
    jz_trust_change done = { 0 };
    if (!is_prefix(fingerprint))
        return JZ_FAIL(err, JZ_E_INVAL, "'%s' is not %d to 64 hexadecimal digits of a fingerprint",
                       fingerprint, PREFIX_MIN);
    JZ_TRY(load(path, true, &loaded, err));
    CERTS_AUTO certs = loaded;
    for (int i = sk_X509_num(certs) - 1; i >= 0; i--) {
        char have[65];
        fingerprint_of(sk_X509_value(certs, i), have);
        if (strncmp(have, fingerprint, strlen(fingerprint)) != 0)
            continue;
        X509_free(sk_X509_delete(certs, i));
        done.removed++;
    }
    if (done.removed == 0)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no certificate %s in %s", fingerprint, path);
    JZ_TRY(store(path, certs, err));
    done.kept = (size_t)sk_X509_num(certs);
    *out = done;
    return JZ_OK;
}
