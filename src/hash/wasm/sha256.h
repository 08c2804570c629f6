/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) in pieces, without libcrypto: for the browser, where a file of any size is
 * hashed as it is read. On a server jz/hash.h is faster. */
#ifndef JZ_SHA256_H
#define JZ_SHA256_H

#include <stddef.h>
#include <stdint.h>

typedef struct jz_sha256_state {
    uint32_t h[8];
    uint64_t bytes;
    uint8_t block[64]; /* what has come of the next one */
} jz_sha256_state;

void jz_sha256_init(jz_sha256_state *s);
void jz_sha256_add(jz_sha256_state *s, const uint8_t *data, size_t len);
/* s can only be initialised again afterwards. */
void jz_sha256_end(jz_sha256_state *s, uint8_t out[32]);

#endif
