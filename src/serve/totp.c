/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <string.h>

#define DIGITS 6

uint32_t jz_totp_code(const uint8_t secret[JZ_TOTP_SECRET], uint64_t step, unsigned digits)
{
    uint8_t counter[8], mac[EVP_MAX_MD_SIZE] = { 0 };
    unsigned len = 0;
    uint32_t modulus = 1;
    for (size_t i = 0; i < sizeof counter; i++)
        counter[i] = (uint8_t)(step >> (56 - 8 * i));
    /* SHA-1 is built in: without memory the code is one that nobody has. */
    if (HMAC(EVP_sha1(), secret, JZ_TOTP_SECRET, counter, sizeof counter, mac, &len) == NULL)
        return UINT32_MAX;
    const uint8_t *at = mac + (mac[19] & 0x0f); /* RFC 4226, 5.3 */
    const uint32_t v =
        (uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
    for (unsigned i = 0; i < digits; i++)
        modulus *= 10;
    return v % modulus;
}

uint64_t jz_totp_find(const uint8_t secret[JZ_TOTP_SECRET], const char *text, int64_t now_s,
                      uint64_t last)
{
    const uint64_t now = (uint64_t)now_s / JZ_TOTP_STEP_S;
    uint32_t code = 0;
    uint64_t found = 0;
    if (strlen(text) != DIGITS || strspn(text, "0123456789") != DIGITS)
        return 0;
    for (size_t i = 0; i < DIGITS; i++)
        code = code * 10 + (uint32_t)(text[i] - '0');
    for (uint64_t step = now - 1; step <= now + 1; step++)
        if (jz_totp_code(secret, step, DIGITS) == code && step > last && found == 0)
            found = step;
    return found;
}

void jz_totp_base32(const uint8_t secret[JZ_TOTP_SECRET], char out[JZ_TOTP_BASE32])
{
    static const char symbols[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    for (size_t bit = 0; bit < (size_t)JZ_TOTP_SECRET * 8; bit += 5) {
        unsigned v = 0;
        for (size_t i = bit; i < bit + 5; i++)
            v = v << 1 | (secret[i / 8] >> (7 - i % 8) & 1U);
        out[bit / 5] = symbols[v];
    }
    out[JZ_TOTP_BASE32 - 1] = '\0';
}
