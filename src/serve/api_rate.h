/* SPDX-License-Identifier: Apache-2.0 */
/* How many requests somebody may still send: a bucket for each, that holds a minute's worth and is
 * filled steadily. Threads: any. */
#ifndef JZ_API_RATE_H
#define JZ_API_RATE_H

#include <jz/base.h>

typedef struct jz_rates jz_rates;
/* NULL when out of memory. */
jz_rates *jz_rates_new(void);
void jz_rates_free(jz_rates *r);
/* Takes one of per_minute at now_us; false: there is none, and *wait_s says for how long. who is
 * anything that tells one from another. */
bool jz_rates_take(jz_rates *r, const char *who, int64_t per_minute, int64_t now_us,
                   unsigned *wait_s);

#endif
