/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence_fixture.h"

#include "base/alloc.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#define DAY 86400L

static char folder[64];

int fx_set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/jz-evidence-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *sb, int type, struct FTW *where)
{
    (void)sb;
    (void)type;
    (void)where;
    return remove(path);
}

int fx_tear_down(void **state)
{
    (void)state;
    return nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *fx_path(const char *name)
{
    static char paths[8][512];
    static unsigned next;
    char *p = paths[next++ % 8];
    (void)snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

void fx_write(const char *name, const void *data, size_t len)
{
    const int fd = open(fx_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(jz_write_all(fd, data, len, name, NULL), JZ_OK);
    assert_int_equal(close(fd), 0);
}

void fx_puts(const char *name, const char *text)
{
    fx_write(name, text, strlen(text));
}

void fx_read(const char *name, jz_buf *out)
{
    jz_buf_reset(out);
    assert_int_equal(jz_file_read(fx_path(name), (size_t)64 << 20, out, NULL), JZ_OK);
}

void fx_mkdir(const char *name)
{
    assert_int_equal(mkdir(fx_path(name), 0700), 0);
}

size_t fx_entries(const char *name)
{
    size_t n = 0;
    DIR *d = opendir(fx_path(name));
    assert_non_null(d);
    for (const struct dirent *e; (e = readdir(d)) != NULL;)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    (void)closedir(d);
    return n;
}

jz_bytes fx_bytes(const jz_buf *b)
{
    return (jz_bytes){ (const uint8_t *)b->ptr, b->len };
}

static jz_status fill(jz_bag *b, jz_err *err)
{
    uint8_t sha256[JZ_SHA256_SIZE];
    JZ_TRY(jz_bag_add_bytes(b, "moving pictures\n", 16, "original/item-0001.mp4", NULL, err));
    JZ_TRY(jz_bag_add_bytes(b, "\0\xff", 2, "original/item-0002.jpg", NULL, err));
    JZ_TRY(jz_bag_add_bytes(b, "{}\n", 3, "record/extraction.json", NULL, err));
    JZ_TRY(jz_bag_info(b, "Source-Organization", "\xe9\x89\xb4\xe7\x9c\x9f", err));
    JZ_TRY(jz_bag_tags(b, sha256, err));
    return jz_bag_commit(b, err);
}

jz_status fx_bag(const char *name, jz_err *err)
{
    jz_bag *b = NULL;
    JZ_TRY(jz_bag_new(fx_path(name), NULL, &b, err));
    const jz_status st = fill(b, err);
    jz_bag_free(b);
    return st;
}

/* ---- Keys and certificates ---- */

typedef struct identity {
    EVP_PKEY *key;
    X509 *cert;
} identity;

static void extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(ext);
    assert_int_equal(X509_add_ext(cert, ext, -1), 1);
    X509_EXTENSION_free(ext);
}

static X509 *begin(const char *name, EVP_PKEY *key, long from, long to)
{
    static long serial = 1;
    X509 *c = X509_new();
    assert_non_null(c);
    assert_int_equal(X509_set_version(c, 2), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(c), serial++), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(c), from));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(c), to));
    assert_int_equal(X509_set_pubkey(c, key), 1);
    assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_UTF8,
                                                (const unsigned char *)name, -1, -1, 0),
                     1);
    return c;
}

static void finish(X509 *c, const identity *issuer)
{
    assert_int_equal(X509_set_issuer_name(c, X509_get_subject_name(issuer->cert)), 1);
    assert_true(X509_sign(c, issuer->key, EVP_sha256()) > 0);
}

static identity make_ca(const char *name)
{
    identity ca = { .key = EVP_EC_gen("P-256") };
    assert_non_null(ca.key);
    ca.cert = begin(name, ca.key, -10 * DAY, 3650 * DAY);
    extension(ca.cert, ca.cert, NID_basic_constraints, "critical,CA:TRUE");
    extension(ca.cert, ca.cert, NID_key_usage, "critical,keyCertSign,cRLSign");
    finish(ca.cert, &ca);
    return ca;
}

static void put_key(const char *file, EVP_PKEY *key, const char *password)
{
    FILE *f = fopen(fx_path(file), "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_PrivateKey(f, key, password != NULL ? EVP_aes_128_cbc() : NULL,
                                          (const unsigned char *)password,
                                          password != NULL ? (int)strlen(password) : 0, NULL, NULL),
                     1);
    assert_int_equal(fclose(f), 0);
}

static void put_cert(const char *file, X509 *cert)
{
    FILE *f = fopen(fx_path(file), "w");
    assert_non_null(f);
    assert_int_equal(PEM_write_X509(f, cert), 1);
    assert_int_equal(fclose(f), 0);
}

static identity make_leaf(const char *name, EVP_PKEY *key, const identity *ca, const char *usage,
                          long expires)
{
    assert_non_null(key);
    const identity id = { key, begin(name, key, -5 * DAY, expires) };
    extension(id.cert, ca->cert, NID_key_usage, usage);
    if (strcmp(name, "tsa") == 0)
        extension(id.cert, ca->cert, NID_ext_key_usage, "critical,timeStamping");
    finish(id.cert, ca);
    return id;
}

/* Made once for all tests of a program: RSA keys take their time. */
static struct {
    identity ca, other;
    struct {
        const char *name;
        identity id;
    } leaf[8];
} pki;

static void make_pki(void)
{
    const char *sign = "critical,digitalSignature";
    pki.ca = make_ca("Test CA");
    pki.other = make_ca("Other CA");
    const struct {
        const char *name;
        EVP_PKEY *key;
        const identity *ca;
        const char *usage;
        long expires;
    } leaves[] = {
        { "signer", EVP_EC_gen("P-256"), &pki.ca, sign, 365 * DAY },
        { "second", EVP_RSA_gen(2048), &pki.ca, "critical,nonRepudiation", 365 * DAY },
        { "weak", EVP_RSA_gen(1024), &pki.ca, sign, 365 * DAY },
        { "expired", EVP_EC_gen("P-256"), &pki.ca, sign, -DAY },
        { "encipher", EVP_RSA_gen(2048), &pki.ca, "critical,keyEncipherment", 365 * DAY },
        { "stranger", EVP_EC_gen("P-384"), &pki.other, sign, 365 * DAY },
        { "ed", EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), &pki.ca, sign, 365 * DAY },
        { "tsa", EVP_EC_gen("P-256"), &pki.ca, sign, 365 * DAY },
    };
    for (size_t i = 0; i < JZ_ARRAY_LEN(leaves); i++) {
        pki.leaf[i].name = leaves[i].name;
        pki.leaf[i].id = make_leaf(leaves[i].name, leaves[i].key, leaves[i].ca, leaves[i].usage,
                                   leaves[i].expires);
    }
}

void fx_pki(void)
{
    char file[64];
    if (pki.ca.key == NULL)
        make_pki();
    put_cert("ca.pem", pki.ca.cert);
    put_cert("other-ca.pem", pki.other.cert);
    for (size_t i = 0; i < JZ_ARRAY_LEN(pki.leaf); i++) {
        (void)snprintf(file, sizeof file, "%s.pem", pki.leaf[i].name);
        put_cert(file, pki.leaf[i].id.cert);
        (void)snprintf(file, sizeof file, "%s.key", pki.leaf[i].name);
        put_key(file, pki.leaf[i].id.key, NULL);
    }
    put_key("signer-locked.key", pki.leaf[0].id.key, "secret");
}

/* ---- A time stamp authority ---- */

static ASN1_INTEGER *next_serial(TS_RESP_CTX *ctx, void *user)
{
    ASN1_INTEGER *n = ASN1_INTEGER_new();
    (void)ctx;
    (void)user;
    assert_int_equal(ASN1_INTEGER_set(n, 4711), 1);
    return n;
}

static int the_time(TS_RESP_CTX *ctx, void *user, long *seconds, long *micros)
{
    (void)ctx;
    *seconds = *(const long *)user;
    *micros = 250000;
    return 1;
}

static TS_RESP_CTX *authority(long *at)
{
    FILE *f = fopen(fx_path("tsa.pem"), "r");
    X509 *cert = PEM_read_X509(f, NULL, NULL, NULL);
    (void)fclose(f);
    f = fopen(fx_path("tsa.key"), "r");
    EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
    (void)fclose(f);
    TS_RESP_CTX *ctx = TS_RESP_CTX_new();
    ASN1_OBJECT *policy = OBJ_txt2obj("1.2.3.4.5", 1);
    assert_int_equal(TS_RESP_CTX_set_signer_cert(ctx, cert), 1);
    assert_int_equal(TS_RESP_CTX_set_signer_key(ctx, key), 1);
    assert_int_equal(TS_RESP_CTX_set_signer_digest(ctx, EVP_sha256()), 1);
    assert_int_equal(TS_RESP_CTX_set_def_policy(ctx, policy), 1);
    assert_int_equal(TS_RESP_CTX_add_md(ctx, EVP_sha256()), 1);
    assert_int_equal(TS_RESP_CTX_add_md(ctx, EVP_sm3()), 1);
    assert_int_equal(TS_RESP_CTX_set_accuracy(ctx, 1, 500, 0), 1);
    assert_int_equal(TS_RESP_CTX_set_clock_precision_digits(ctx, 3), 1);
    TS_RESP_CTX_set_serial_cb(ctx, next_serial, NULL);
    TS_RESP_CTX_set_time_cb(ctx, the_time, at);
    ASN1_OBJECT_free(policy);
    X509_free(cert);
    EVP_PKEY_free(key);
    return ctx;
}

jz_status fx_tsa(void *user, jz_bytes request, uint8_t **out, size_t *len, jz_err *err)
{
    long at = user != NULL ? *(const long *)user : (long)(jz_now_us() / 1000000);
    (void)err;
    TS_RESP_CTX *ctx = authority(&at);
    BIO *bio = BIO_new_mem_buf(request.ptr, (int)request.len);
    TS_RESP *resp = TS_RESP_create_response(ctx, bio);
    assert_non_null(resp);
    const int size = i2d_TS_RESP(resp, NULL);
    assert_true(size > 0);
    *out = jz_alloc((size_t)size);
    uint8_t *to = *out;
    *len = (size_t)i2d_TS_RESP(resp, &to);
    TS_RESP_free(resp);
    BIO_free(bio);
    TS_RESP_CTX_free(ctx);
    return JZ_OK;
}
