/* SPDX-License-Identifier: Apache-2.0 */
/* A digest that is fed with parts of a file, a piece of which is held at a time. For bind_*.c. */
#ifndef JZ_HASHER_H
#define JZ_HASHER_H

#include "provenance/asset.h"

typedef struct jz_hasher { /* = { 0 }; freed with jz_hasher_done() */
    void *ctx;             /* EVP_MD_CTX */
    uint8_t *part;
    jz_digest_alg alg;
} jz_hasher;

void jz_hasher_done(jz_hasher *h);
/* Begins a digest, the first or a further one. JZ_E_NOMEM, JZ_E_UNSUPPORTED. */
JZ_CHECKED jz_status jz_hasher_begin(jz_hasher *h, jz_digest_alg alg, jz_err *err);
JZ_CHECKED jz_status jz_hasher_add(jz_hasher *h, const void *data, size_t n, jz_err *err);
/* Bytes from at up to end of a file. JZ_E_TRUNCATED where there are fewer. */
JZ_CHECKED jz_status jz_hasher_file(jz_hasher *h, jz_source *src, uint64_t at, uint64_t end,
                                    jz_err *err);
JZ_CHECKED jz_status jz_hasher_end(jz_hasher *h, uint8_t out[JZ_DIGEST_BYTES], jz_err *err);

/* The verdict, with its reason. */
void jz_bound_set(jz_bound *b, jz_verdict verdict, const char *fmt, ...) JZ_PRINTF(3, 4);
/* Whether the digest is the one that an assertion holds. */
bool jz_digest_is(jz_digest_alg alg, const uint8_t digest[JZ_DIGEST_BYTES], jz_bytes stated);

static inline void jz_hasher_donep(jz_hasher *h)
{
    jz_hasher_done(h);
}
#define JZ_HASHER_AUTO __attribute__((cleanup(jz_hasher_donep))) jz_hasher

#endif
