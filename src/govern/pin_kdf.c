/* SPDX-License-Identifier: Apache-2.0 */
/* The slow hash of PINs, where govern/ meets OpenSSL. */
#include "govern/pin.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <string.h>

#define WORK_N (1U << 15) /* 128 * N * r = 32 MiB, about a tenth of a second */
#define WORK_R 8
#define WORK_P 1
#define MEMORY_MAX ((uint64_t)40 << 20)

jz_status jz_pin_hash(const char *pin, const uint8_t salt[JZ_PIN_SALT], uint8_t hash[JZ_PIN_HASH],
                      jz_err *err)
{
    (void)ERR_set_mark();
    const int ok = EVP_PBE_scrypt(pin, strlen(pin), salt, JZ_PIN_SALT, WORK_N, WORK_R, WORK_P,
                                  MEMORY_MAX, hash, JZ_PIN_HASH);
    (void)ERR_pop_to_mark();
    return ok == 1 ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "no memory to check a PIN");
}

bool jz_pin_same(const uint8_t a[JZ_PIN_HASH], const uint8_t b[JZ_PIN_HASH])
{
    return CRYPTO_memcmp(a, b, JZ_PIN_HASH) == 0;
}
