/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/check.h"

#include <openssl/evp.h>
#include <string.h>

static const struct {
    const char *name;
    jz_digest_alg alg;
} algs[] = {
    { "sha256", JZ_DIGEST_SHA256 },
    { "sha384", JZ_DIGEST_SHA384 },
    { "sha512", JZ_DIGEST_SHA512 },
};

bool jz_digest_alg_of(jz_bytes name, jz_digest_alg *out)
{
    for (size_t i = 0; i < JZ_ARRAY_LEN(algs); i++) {
        if (jz_bytes_are(name, algs[i].name)) {
            *out = algs[i].alg;
            return true;
        }
    }
    return false;
}

bool jz_digest(jz_digest_alg alg, jz_bytes b, uint8_t out[JZ_DIGEST_BYTES])
{
    const EVP_MD *md = alg == JZ_DIGEST_SHA256   ? EVP_sha256()
                       : alg == JZ_DIGEST_SHA384 ? EVP_sha384()
                                                 : EVP_sha512();
    return EVP_Digest(b.ptr, b.len, out, NULL, md, NULL) == 1;
}

bool jz_hashed_uri_read(const jz_cbor *map, jz_hashed_uri *out)
{
    jz_cbor hash;
    const jz_bytes url = jz_cbor_get_text(map, "url");
    if (url.ptr == NULL || !jz_cbor_get_kind(map, "hash", JZ_CBOR_BYTES, &hash))
        return false;
    *out = (jz_hashed_uri){ url, jz_cbor_get_text(map, "alg"), hash.body };
    return true;
}

static bool spend(jz_check *v, size_t bytes)
{
    if (v->c->hash_left >= bytes) {
        v->c->hash_left -= bytes;
        return true;
    }
    if (v->c->hash_left > 0)
        jz_found(v, JZ_C_GENERAL_ERROR, JZ_JUMBF_NONE, "the same bytes are referred to too often");
    v->c->hash_left = 0;
    return false;
}

jz_uri_verdict jz_hashed_uri_check(jz_check *v, const jz_hashed_uri *u, uint32_t *box)
{
    uint8_t digest[JZ_DIGEST_BYTES];
    jz_digest_alg alg;
    const uint32_t at = jz_jumbf_resolve(v->c->tree, v->m->box, u->url);
    *box = at;
    if (at == JZ_JUMBF_NONE)
        return JZ_URI_MISSING;
    if (!jz_digest_alg_of(u->alg.ptr != NULL ? u->alg : v->m->alg, &alg))
        return JZ_URI_ALG;
    const jz_bytes payload = jz_box(v, at)->payload;
    if (!spend(v, payload.len) || !jz_digest(alg, payload, digest) ||
        !jz_bytes_same(u->hash, (jz_bytes){ digest, jz_digest_size(alg) }))
        return JZ_URI_MISMATCH;
    return JZ_URI_HOLDS;
}
