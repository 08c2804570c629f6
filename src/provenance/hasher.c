/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/hasher.h"

#include "base/alloc.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define PART ((size_t)32 << 10)

size_t jz_digest_size(jz_digest_alg alg)
{
    return alg == JZ_DIGEST_SHA512 ? 64 : alg == JZ_DIGEST_SHA384 ? 48 : 32;
}

static const EVP_MD *md_of(jz_digest_alg alg)
{
    return alg == JZ_DIGEST_SHA512   ? EVP_sha512()
           : alg == JZ_DIGEST_SHA384 ? EVP_sha384()
                                     : EVP_sha256();
}

void jz_hasher_done(jz_hasher *h)
{
    EVP_MD_CTX_free(h->ctx);
    jz_free(h->part);
    *h = (jz_hasher){ 0 };
}

jz_status jz_hasher_begin(jz_hasher *h, jz_digest_alg alg, jz_err *err)
{
    if (h->ctx == NULL)
        h->ctx = EVP_MD_CTX_new();
    if (h->part == NULL)
        h->part = jz_alloc(PART);
    if (h->ctx == NULL || h->part == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory to hash a file");
    h->alg = alg;
    if (EVP_DigestInit_ex(h->ctx, md_of(alg), NULL) != 1)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "libcrypto has no SHA-%zu", jz_digest_size(alg) * 8);
    return JZ_OK;
}

jz_status jz_hasher_add(jz_hasher *h, const void *data, size_t n, jz_err *err)
{
    if (EVP_DigestUpdate(h->ctx, data, n) != 1)
        return JZ_FAIL(err, JZ_E_NOMEM, "hashing %zu bytes", n);
    return JZ_OK;
}

jz_status jz_hasher_file(jz_hasher *h, jz_source *src, uint64_t at, uint64_t end, jz_err *err)
{
    while (at < end) {
        const size_t n = end - at < PART ? (size_t)(end - at) : PART;
        JZ_TRY(jz_source_get(src, at, h->part, n, err));
        JZ_TRY(jz_hasher_add(h, h->part, n, err));
        at += n;
    }
    return JZ_OK;
}

jz_status jz_hasher_end(jz_hasher *h, uint8_t out[JZ_DIGEST_BYTES], jz_err *err)
{
    if (EVP_DigestFinal_ex(h->ctx, out, NULL) != 1)
        return JZ_FAIL(err, JZ_E_NOMEM, "the result of a digest");
    return JZ_OK;
}

void jz_bound_set(jz_bound *b, jz_verdict verdict, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    b->verdict = verdict;
    const int n = vsnprintf(b->why, sizeof b->why, fmt, args);
    assert(n >= 0); /* of formats that are all in this module */
    va_end(args);
}

bool jz_digest_is(jz_digest_alg alg, const uint8_t digest[JZ_DIGEST_BYTES], jz_bytes stated)
{
    return stated.len == jz_digest_size(alg) && memcmp(digest, stated.ptr, stated.len) == 0;
}
