/* SPDX-License-Identifier: Apache-2.0 */
/* A table of a fixed size: whoever has not come for longest makes room, and begins anew. */
#include "serve/api_rate.h"

#include "base/alloc.h"

#include <pthread.h>
#include <string.h>

#define SLOTS 8192
#define WAYS 8
#define MINUTE_US INT64_C(60000000)

typedef struct slot {
    uint64_t who; /* a hash of it; 0 = free */
    int64_t left; /* in parts: a request is MINUTE_US of them */
    int64_t at_us;
} slot;

struct jz_rates {
    pthread_mutex_t lock;
    slot slot[SLOTS];
};

jz_rates *jz_rates_new(void)
{
    jz_rates *r = jz_alloc_zero(1, sizeof *r);
    if (r != NULL)
        (void)pthread_mutex_init(&r->lock, NULL); /* an ordinary lock cannot fail */
    return r;
}

void jz_rates_free(jz_rates *r)
{
    if (r == NULL)
        return;
    (void)pthread_mutex_destroy(&r->lock);
    jz_free(r);
}

static uint64_t hash(const char *who)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (; *who != '\0'; who++)
        h = (h ^ (uint8_t)*who) * UINT64_C(0x100000001b3);
    return h != 0 ? h : 1;
}

static slot *find(jz_rates *r, uint64_t who, int64_t per_minute, int64_t now_us)
{
    slot *oldest = NULL;
    for (size_t i = 0; i < WAYS; i++) {
        slot *s = &r->slot[(who + i) % SLOTS];
        if (s->who == who)
            return s;
        if (oldest == NULL || s->at_us < oldest->at_us)
            oldest = s;
    }
    *oldest = (slot){ .who = who, .left = per_minute * MINUTE_US, .at_us = now_us };
    return oldest;
}

bool jz_rates_take(jz_rates *r, const char *who, int64_t per_minute, int64_t now_us,
                   unsigned *wait_s)
{
    (void)pthread_mutex_lock(&r->lock);
    slot *s = find(r, hash(who), per_minute, now_us);
    int64_t passed = now_us - s->at_us;
    passed = passed < 0 ? 0 : passed > MINUTE_US ? MINUTE_US : passed;
    s->left += passed * per_minute;
    if (s->left > per_minute * MINUTE_US)
        s->left = per_minute * MINUTE_US;
    s->at_us = now_us;
    const bool yes = s->left >= MINUTE_US;
    if (yes)
        s->left -= MINUTE_US;
    else
        *wait_s = 1 + (unsigned)((MINUTE_US - s->left) / per_minute / 1000000);
    (void)pthread_mutex_unlock(&r->lock);
    return yes;
}
