/* SPDX-License-Identifier: Apache-2.0 */
/* Codes of an authenticator (RFC 6238): HMAC-SHA-1, steps of 30 seconds. Threads: any. */
#ifndef JZ_TOTP_H
#define JZ_TOTP_H

#include <jz/base.h>

#define JZ_TOTP_SECRET 20
#define JZ_TOTP_BASE32 33 /* with the terminator */
#define JZ_TOTP_STEP_S 30

/* The code of a step, below 10^digits (6 to 8). */
uint32_t jz_totp_code(const uint8_t secret[JZ_TOTP_SECRET], uint64_t step, unsigned digits);
/* The step, at most one away from that of now_s and after last, whose 6-digit code text is; 0:
 * none. In a time that does not depend on the code. */
uint64_t jz_totp_find(const uint8_t secret[JZ_TOTP_SECRET], const char *text, int64_t now_s,
                      uint64_t last);
/* RFC 4648, without padding: what people type into an authenticator. */
void jz_totp_base32(const uint8_t secret[JZ_TOTP_SECRET], char out[JZ_TOTP_BASE32]);

#endif
