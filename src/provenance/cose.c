/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/cose.h"

#include "provenance/cbor.h"

#include <string.h>

#define TAG_SIGN1 18
#define HEADER_ALG 1
#define HEADER_X5CHAIN 33

static const struct {
    int64_t number;
    const char *name;
} algs[] = {
    [JZ_COSE_ES256] = { -7, "es256" },   [JZ_COSE_ES384] = { -35, "es384" },
    [JZ_COSE_ES512] = { -36, "es512" },  [JZ_COSE_PS256] = { -37, "ps256" },
    [JZ_COSE_PS384] = { -38, "ps384" },  [JZ_COSE_PS512] = { -39, "ps512" },
    [JZ_COSE_EDDSA] = { -8, "ed25519" },
};

const char *jz_cose_alg_name(jz_cose_alg a)
{
    return a < JZ_COSE_OTHER ? algs[a].name : "";
}

int64_t jz_cose_alg_number(jz_cose_alg a)
{
    return a < JZ_COSE_OTHER ? algs[a].number : 0;
}

static void read_alg(const jz_cbor *headers, jz_cose *c)
{
    jz_cbor v;
    c->alg = JZ_COSE_OTHER;
    c->alg_number = 0;
    if (!jz_cbor_get_int(headers, HEADER_ALG, &v) || !jz_cbor_int(&v, &c->alg_number))
        return;
    for (size_t i = 0; i < JZ_ARRAY_LEN(algs); i++) {
        if (algs[i].number == c->alg_number)
            c->alg = (jz_cose_alg)i;
    }
}

/* RFC 9360: one certificate is a byte string, more are a list of them. */
static jz_status read_certs(const jz_cbor *chain, jz_cose *c, jz_err *err)
{
    jz_cbor_iter it = jz_cbor_in(chain);
    jz_cbor one;
    c->n_certs = 0;
    if (chain->kind == JZ_CBOR_BYTES) {
        c->cert[c->n_certs++] = chain->body;
        return JZ_OK;
    }
    if (chain->kind != JZ_CBOR_ARRAY)
        return JZ_FAIL(err, JZ_E_CORRUPT, "x5chain is neither a certificate nor a list of them");
    while (jz_cbor_next(&it, &one)) {
        if (one.kind != JZ_CBOR_BYTES)
            return JZ_FAIL(err, JZ_E_CORRUPT, "x5chain holds something that is no byte string");
        if (c->n_certs == JZ_COSE_CERTS_MAX)
            return JZ_FAIL(err, JZ_E_LIMIT, "x5chain: more than %d certificates",
                           JZ_COSE_CERTS_MAX);
        c->cert[c->n_certs++] = one.body;
    }
    if (c->n_certs == 0)
        return JZ_FAIL(err, JZ_E_CORRUPT, "x5chain is empty");
    return JZ_OK;
}

/* The label is 33; before 1.3 it was the text. */
static unsigned find_chain(const jz_cbor *headers, jz_cbor *out)
{
    unsigned n = 0;
    jz_cbor v;
    if (jz_cbor_get_int(headers, HEADER_X5CHAIN, &v)) {
        *out = v;
        n++;
    }
    if (jz_cbor_get(headers, "x5chain", &v)) {
        *out = v;
        n++;
    }
    return n;
}

static jz_status read_credential(const jz_cbor *protect, const jz_cbor *open, jz_cose *c,
                                 jz_err *err)
{
    jz_cbor chain;
    const unsigned n = find_chain(protect, &chain) + find_chain(open, &chain);
    if (n != 1)
        return JZ_FAIL(err, JZ_E_CORRUPT,
                       n == 0 ? "no certificate (x5chain)" : "more than one x5chain");
    return read_certs(&chain, c, err);
}

/* {"tstTokens": [{"val": bytes}]} */
static void read_stamps(const jz_cbor *open, jz_cose *c)
{
    jz_cbor v;
    jz_cbor tokens;
    jz_cbor one;
    const bool second = jz_cbor_get(open, "sigTst2", &v);
    jz_cbor old;
    if (jz_cbor_get(open, "sigTst", &old)) {
        if (second)
            c->n_stamps++; /* two: neither counts */
        else
            v = old;
        c->stamp_of_claim = true;
    } else if (!second) {
        return;
    }
    c->n_stamps++;
    if (!jz_cbor_get_kind(&v, "tstTokens", JZ_CBOR_ARRAY, &tokens))
        return; /* a time stamp that cannot be read: stamp stays empty */
    jz_cbor_iter it = jz_cbor_in(&tokens);
    for (size_t i = 0; jz_cbor_next(&it, &one); i++) {
        jz_cbor val;
        if (i > 0)
            c->n_stamps++;
        else if (jz_cbor_get_kind(&one, "val", JZ_CBOR_BYTES, &val))
            c->stamp = val.body;
    }
}

/* {"ocspVals": [bytes]} */
static void read_ocsp(const jz_cbor *open, jz_cose *c)
{
    jz_cbor v;
    jz_cbor one;
    if (!jz_cbor_get(open, "rVals", &v) || !jz_cbor_get_kind(&v, "ocspVals", JZ_CBOR_ARRAY, &v))
        return;
    jz_cbor_iter it = jz_cbor_in(&v);
    while (c->n_ocsp < JZ_COSE_OCSP_MAX && jz_cbor_next(&it, &one)) {
        if (one.kind == JZ_CBOR_BYTES)
            c->ocsp[c->n_ocsp++] = one.body;
    }
}

/* 13.2.2: only zeros, since nothing signs them. */
static jz_status check_padding(const jz_cbor *open, jz_err *err)
{
    static const char *const names[] = { "pad", "pad2" };
    for (size_t i = 0; i < JZ_ARRAY_LEN(names); i++) {
        jz_cbor v;
        if (!jz_cbor_get(open, names[i], &v))
            continue;
        if (v.kind != JZ_CBOR_BYTES)
            return JZ_FAIL(err, JZ_E_CORRUPT, "%s is no byte string", names[i]);
        for (size_t at = 0; at < v.body.len; at++) {
            if (v.body.ptr[at] != 0)
                return JZ_FAIL(err, JZ_E_CORRUPT, "%s is not all zeros", names[i]);
        }
    }
    return JZ_OK;
}

static jz_status read_headers(const jz_cbor *open, jz_cose *c, jz_err *err)
{
    jz_cbor protect = { .kind = JZ_CBOR_MAP };
    jz_cbor iat;
    if (c->protect.len > 0)
        JZ_TRY(jz_cbor_parse(c->protect, "protected headers", NULL, &protect, err));
    if (protect.kind != JZ_CBOR_MAP || open->kind != JZ_CBOR_MAP)
        return JZ_FAIL(err, JZ_E_CORRUPT, "headers that are no map");
    read_alg(&protect, c);
    if (jz_cbor_get(&protect, "iat", &iat)) {
        iat = jz_cbor_untag(&iat);
        if (iat.kind == JZ_CBOR_TEXT)
            c->iat = iat.body;
    }
    JZ_TRY(read_credential(&protect, open, c, err));
    read_stamps(open, c);
    read_ocsp(open, c);
    return check_padding(open, err);
}

jz_status jz_cose_parse(jz_bytes bytes, jz_cose *out, jz_err *err)
{
    jz_cbor root;
    jz_cbor part[4];
    jz_cose c = { 0 };
    JZ_TRY(jz_cbor_parse(bytes, "COSE_Sign1", NULL, &root, err));
    if (root.kind == JZ_CBOR_TAG && root.value != TAG_SIGN1)
        return JZ_FAIL(err, JZ_E_CORRUPT, "COSE_Sign1: the tag %llu instead of 18",
                       (unsigned long long)root.value);
    root = jz_cbor_untag(&root);
    jz_cbor_iter it = jz_cbor_in(&root);
    if (root.kind != JZ_CBOR_ARRAY || jz_cbor_count(&root) != 4)
        return JZ_FAIL(err, JZ_E_CORRUPT, "COSE_Sign1: not a list of four");
    for (size_t i = 0; i < 4; i++) {
        if (!jz_cbor_next(&it, &part[i]))
            return JZ_FAIL(err, JZ_E_CORRUPT, "COSE_Sign1: not a list of four");
    }
    if (part[0].kind != JZ_CBOR_BYTES || part[3].kind != JZ_CBOR_BYTES)
        return JZ_FAIL(err, JZ_E_CORRUPT, "COSE_Sign1: headers or signature are no byte string");
    if (!jz_cbor_is_null(&part[2]))
        return JZ_FAIL(err, JZ_E_CORRUPT, "COSE_Sign1: the payload is not detached");
    c.protect = part[0].body;
    c.signature = part[3].body;
    JZ_TRY(read_headers(&part[1], &c, err));
    *out = c;
    return JZ_OK;
}

static void put_structure(jz_buf *out, const char *context, jz_bytes protect, jz_bytes payload)
{
    jz_cbor_put_head(out, JZ_CBOR_ARRAY, 4);
    jz_cbor_put_text(out, context);
    jz_cbor_put_bytes(out, protect);
    jz_cbor_put_bytes(out, (jz_bytes){ (const uint8_t *)"", 0 });
    jz_cbor_put_bytes(out, payload);
}

void jz_cose_put_signed(jz_buf *out, const jz_cose *c, jz_bytes payload)
{
    put_structure(out, "Signature1", c->protect, payload);
}

void jz_cose_put_stamped(jz_buf *out, const jz_cose *c, jz_bytes claim)
{
    if (claim.ptr != NULL) {
        put_structure(out, "CounterSignature", c->protect, claim);
        return;
    }
    JZ_BUF_AUTO wrapped = { 0 };
    jz_cbor_put_bytes(&wrapped, c->signature); /* 10.3.2.5.3: with its head */
    put_structure(out, "CounterSignature", c->protect,
                  (jz_bytes){ (const uint8_t *)wrapped.ptr, wrapped.len });
    if (wrapped.fail != JZ_OK && out->fail == JZ_OK)
        out->fail = wrapped.fail;
}
