/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/cose_write.h"

#include "provenance/cbor.h"

#include <string.h>

#define TAG_SIGN1 18
#define HEADER_ALG 1
#define HEADER_X5CHAIN 33

static void put_cert(jz_buf *out, const X509 *cert)
{
    uint8_t *der = NULL;
    const int n = i2d_X509(cert, &der);
    if (n > 0)
        jz_cbor_put_bytes(out, (jz_bytes){ der, (size_t)n });
    else if (out->fail == JZ_OK)
        out->fail = JZ_E_NOMEM;
    OPENSSL_free(der);
}

/* RFC 9360: one certificate is a byte string, more are a list of them. */
void jz_cose_put_protected(jz_buf *out, jz_cose_alg alg, STACK_OF(X509) * certs)
{
    JZ_CBOR_MAP_AUTO m = { 0 };
    const int n = sk_X509_num(certs);
    jz_cbor_put_int(jz_cbor_map_int_key(&m, HEADER_ALG), jz_cose_alg_number(alg));
    jz_buf *chain = jz_cbor_map_int_key(&m, HEADER_X5CHAIN);
    if (n > 1)
        jz_cbor_put_head(chain, JZ_CBOR_ARRAY, (uint64_t)n);
    for (int i = 0; i < n; i++)
        put_cert(chain, sk_X509_value(certs, i));
    jz_cbor_map_end(&m, out);
}

/* pad2: bytes of a second padding; negative: none. */
static void put_open(jz_buf *out, const jz_cose_parts *p, bool padded, size_t pad, bool twice)
{
    static const uint8_t zeros[256];
    JZ_CBOR_MAP_AUTO m = { 0 };
    if (p->stamp.ptr != NULL) { /* {"tstTokens": [{"val": token}]} */
        jz_buf *v = jz_cbor_map_key(&m, "sigTst2");
        jz_cbor_put_head(v, JZ_CBOR_MAP, 1);
        jz_cbor_put_text(v, "tstTokens");
        jz_cbor_put_head(v, JZ_CBOR_ARRAY, 1);
        jz_cbor_put_head(v, JZ_CBOR_MAP, 1);
        jz_cbor_put_text(v, "val");
        jz_cbor_put_bytes(v, p->stamp);
    }
    if (padded) {
        jz_buf *v = jz_cbor_map_key(&m, "pad");
        jz_cbor_put_head(v, JZ_CBOR_BYTES, pad);
        for (; pad > 0 && v->fail == JZ_OK; pad -= pad < sizeof zeros ? pad : sizeof zeros)
            jz_buf_put(v, zeros, pad < sizeof zeros ? pad : sizeof zeros);
    }
    if (twice)
        jz_cbor_put_head(jz_cbor_map_key(&m, "pad2"), JZ_CBOR_BYTES, 0);
    jz_cbor_map_end(&m, out);
}

static void put(jz_buf *out, const jz_cose_parts *p, bool padded, size_t pad, bool twice)
{
    jz_cbor_put_head(out, JZ_CBOR_TAG, TAG_SIGN1);
    jz_cbor_put_head(out, JZ_CBOR_ARRAY, 4);
    jz_cbor_put_bytes(out, p->protect);
    put_open(out, p, padded, pad, twice);
    jz_cbor_put_null(out); /* the payload is the claim's box */
    jz_cbor_put_bytes(out, p->signature);
}

static size_t head_size(size_t n)
{
    return n < 24 ? 1 : n <= UINT8_MAX ? 2 : n <= UINT16_MAX ? 3 : 5;
}

/* What surrounds a token in the headers, and a padding that reaches every size. */
#define STAMP_ROOM 64

size_t jz_cose_room(size_t protect, size_t signature, size_t reserve)
{
    return 2 + head_size(protect) + protect + 1 + (reserve > 0 ? STAMP_ROOM + reserve : 0) + 1 +
           head_size(signature) + signature;
}

/* The bytes of a string that takes n with its head; false where none does. */
static bool body_of(size_t n, size_t *body)
{
    for (size_t head = 1; head <= 5 && head <= n; head++) {
        if (head_size(n - head) == head) {
            *body = n - head;
            return true;
        }
    }
    return false;
}

jz_status jz_cose_put(jz_buf *out, const jz_cose_parts *p, size_t size, jz_err *err)
{
    const size_t key = 4;    /* "pad" */
    const size_t second = 6; /* "pad2" and an empty string */
    size_t pad = 0;
    JZ_BUF_AUTO plain = { 0 };
    put(&plain, p, false, 0, false);
    JZ_TRY(jz_buf_check(&plain, err));
    if (plain.len == size) {
        jz_buf_put(out, plain.ptr, plain.len);
        return jz_buf_check(out, err);
    }
    if (plain.len > size)
        return JZ_FAIL(err, JZ_E_LIMIT, "a signature of %zu bytes in a place of %zu", plain.len,
                       size);
    const size_t gap = size - plain.len;
    if (gap > key && body_of(gap - key, &pad))
        put(out, p, true, pad, false);
    else if (gap > key + second && body_of(gap - key - second, &pad))
        put(out, p, true, pad, true);
    else
        return JZ_FAIL(err, JZ_E_LIMIT, "no padding of %zu bytes", gap);
    return jz_buf_check(out, err);
}
