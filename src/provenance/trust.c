/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of trust. A published list has dozens of certificates and OpenSSL takes a tenth of a
 * millisecond to read one, so that what is kept is their DER and subject; a certificate is read
 * when a chain may end in it. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/rd.h"
#include "provenance/cert.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#define PEM_MAX ((size_t)4 << 20) /* bytes of a list */
#define ANCHORS_MAX 4096

JZ_DEFINE_AUTO(BIO, BIO_free_all);
JZ_DEFINE_AUTO(X509_STORE, X509_STORE_free);
JZ_DEFINE_AUTO(X509_STORE_CTX, X509_STORE_CTX_free);

typedef struct anchor {
    uint8_t *der; /* OpenSSL's */
    size_t len;
    uint64_t subject; /* as jz_name_digest() has it */
} anchor;

struct jz_trust {
    struct {
        anchor *anchor;
        size_t n, size;
    } list[2]; /* by jz_trust_use */
};

void jz_trust_free(jz_trust *t)
{
    if (t == NULL)
        return;
    for (unsigned use = 0; use < 2; use++) {
        for (size_t i = 0; i < t->list[use].n; i++)
            OPENSSL_free(t->list[use].anchor[i].der);
        jz_free(t->list[use].anchor);
    }
    jz_free(t);
}

jz_status jz_trust_new(jz_trust **out, jz_err *err)
{
    jz_trust *t = jz_alloc_zero(1, sizeof *t);
    if (t == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    *out = t;
    return JZ_OK;
}

/* ---- names ---- */

static uint8_t fold(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

/* FNV-1a of a name's bytes with capital letters made small, and without those that say of which
 * kind a string is (RFC 5280, 7.1, compares names so): names that are the same have the same
 * digest, and where others do, OpenSSL compares. */
static uint64_t name_digest(jz_bytes name)
{
    uint64_t h = 0xcbf29ce484222325U;
    for (size_t i = 0; i < name.len; i++) {
        const uint8_t c = fold(name.ptr[i]);
        if (c <= 0x20) /* tags, lengths of most parts, spaces */
            continue;
        h = (h ^ c) * 0x100000001b3U;
    }
    return h;
}

/* One element of DER: its whole encoding moves past, its content goes to *body. */
static jz_status element(jz_rd *rd, uint8_t tag, jz_bytes *body, jz_err *err)
{
    uint8_t have = 0;
    uint8_t length = 0;
    size_t n = 0;
    JZ_TRY(jz_rd_u8(rd, &have, err));
    JZ_TRY(jz_rd_u8(rd, &length, err));
    if (have != tag)
        return JZ_FAIL(err, JZ_E_CORRUPT, "a certificate with another structure");
    n = length;
    if (length >= 0x80) {
        if (length == 0x80 || length > 0x83)
            return JZ_FAIL(err, JZ_E_CORRUPT, "a certificate with a length out of range");
        n = 0;
        for (unsigned i = 0; i < (length & 0x7fU); i++) {
            uint8_t b = 0;
            JZ_TRY(jz_rd_u8(rd, &b, err));
            n = n << 8 | b;
        }
    }
    return jz_rd_take(rd, n, body, err);
}

#define SEQUENCE 0x30
#define INTEGER 0x02
#define VERSION 0xa0

/* RFC 5280, 4.1: version, serial number, signature, issuer, validity, subject. */
static jz_status find_subject(jz_bytes der, jz_bytes *subject, jz_err *err)
{
    jz_bytes part;
    jz_rd rd = jz_rd_of(der, "certificate");
    JZ_TRY(element(&rd, SEQUENCE, &part, err));
    rd = jz_rd_of(part, "certificate");
    JZ_TRY(element(&rd, SEQUENCE, &part, err));
    rd = jz_rd_of(part, "certificate");
    if (part.len > 0 && part.ptr[0] == VERSION)
        JZ_TRY(element(&rd, VERSION, &part, err));
    JZ_TRY(element(&rd, INTEGER, &part, err));
    for (unsigned i = 0; i < 3; i++)
        JZ_TRY(element(&rd, SEQUENCE, &part, err));
    return element(&rd, SEQUENCE, subject, err);
}

static uint64_t digest_of(X509_NAME *name)
{
    const uint8_t *der = NULL;
    size_t n = 0;
    jz_bytes body = { 0 };
    if (name == NULL || X509_NAME_get0_der(name, &der, &n) != 1)
        return 0;
    jz_rd rd = jz_rd_of((jz_bytes){ der, n }, "name");
    if (element(&rd, SEQUENCE, &body, NULL) != JZ_OK)
        return 0;
    return name_digest(body);
}

/* ---- filling ---- */

static jz_status add_der(jz_trust *t, jz_trust_use use, uint8_t *der, size_t len, jz_err *err)
{
    jz_bytes subject;
    anchor *grown = NULL;
    JZ_TRY(find_subject((jz_bytes){ der, len }, &subject, err));
    if (t->list[use].n < ANCHORS_MAX)
        grown = jz_grow(t->list[use].anchor, t->list[use].n, &t->list[use].size, sizeof *grown);
    else
        return JZ_FAIL(err, JZ_E_LIMIT, "more than %d certificates", ANCHORS_MAX);
    if (grown == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    t->list[use].anchor = grown;
    grown[t->list[use].n++] = (anchor){ der, len, name_digest(subject) };
    return JZ_OK;
}

static bool is_certificate(const char *name)
{
    return strcmp(name, PEM_STRING_X509) == 0 || strcmp(name, PEM_STRING_X509_OLD) == 0;
}

static jz_status add_all(jz_trust *t, jz_trust_use use, BIO *bio, jz_err *err)
{
    unsigned n = 0;
    for (;;) {
        char *name = NULL;
        char *header = NULL;
        uint8_t *der = NULL;
        long len = 0;
        if (PEM_read_bio(bio, &name, &header, &der, &len) != 1)
            break;
        const bool wanted = is_certificate(name);
        const jz_status st = wanted ? add_der(t, use, der, (size_t)len, err) : JZ_OK;
        n += wanted;
        OPENSSL_free(name);
        OPENSSL_free(header);
        if (!wanted || st != JZ_OK)
            OPENSSL_free(der);
        JZ_TRY_CTX(st, err, "certificate %u", n);
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

/* ---- chains ---- */

/* Those of the list in which a chain with this certificate may end: its issuer, or it itself. */
static void add_ends(const jz_trust *t, jz_trust_use use, const X509 *cert, X509_STORE *store)
{
    const uint64_t issuer = digest_of(X509_get_issuer_name(cert));
    const uint64_t subject = digest_of(X509_get_subject_name(cert));
    for (size_t i = 0; i < t->list[use].n; i++) {
        const anchor *a = &t->list[use].anchor[i];
        const uint8_t *at = a->der;
        if (a->subject != issuer && a->subject != subject)
            continue;
        X509 *one = d2i_X509(NULL, &at, (long)a->len);
        if (one != NULL)
            (void)X509_STORE_add_cert(store, one); /* one that has no room is not trusted */
        X509_free(one);
    }
}

static bool leads(X509_STORE *store, X509 *cert, STACK_OF(X509) * chain, int64_t at_us)
{
    jz_auto(X509_STORE_CTX) *ctx = X509_STORE_CTX_new();
    if (ctx == NULL || X509_STORE_CTX_init(ctx, store, cert, chain) != 1)
        return false;
    X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_time(p, (time_t)(at_us / 1000000));
    (void)X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_PARTIAL_CHAIN);
    return X509_verify_cert(ctx) == 1;
}

/* A list may name intermediate authorities: each certificate on it is an end of the chain. Purposes
 * are the profile's business, which C2PA defines otherwise than TLS. */
bool jz_trust_leads(const jz_trust *t, jz_trust_use use, X509 *cert, STACK_OF(X509) * chain,
                    int64_t at_us)
{
    if (t == NULL || t->list[use].n == 0)
        return false;
    (void)ERR_set_mark();
    jz_auto(X509_STORE) *store = X509_STORE_new();
    bool ok = store != NULL;
    if (ok) {
        add_ends(t, use, cert, store);
        for (int i = 0; i < sk_X509_num(chain); i++)
            add_ends(t, use, sk_X509_value(chain, i), store);
        ok = sk_X509_OBJECT_num(X509_STORE_get0_objects(store)) > 0 &&
             leads(store, cert, chain, at_us);
    }
    (void)ERR_pop_to_mark();
    return ok;
}
