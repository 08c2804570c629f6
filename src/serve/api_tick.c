/* SPDX-License-Identifier: Apache-2.0 */
/* What a server does every second without being asked: decisions whose time to be undone is over,
 * banks that another process changed. */
#include "serve/api.h"

#include <time.h>

static void refresh_banks(jz_api *a)
{
    jz_err err = { 0 };
    (void)pthread_mutex_lock(&a->banks_lock);
    const jz_status st = jz_banks_refresh(a->banks, &err);
    (void)pthread_mutex_unlock(&a->banks_lock);
    if (st != JZ_OK && a->opts.failed != NULL)
        a->opts.failed(a->opts.user, "refresh", "banks", &err);
}

static void *tick(void *user)
{
    jz_api *a = user;
    (void)pthread_mutex_lock(&a->tick.lock); /* an ordinary lock cannot fail, here and below */
    while (!a->tick.ending) {
        struct timespec next;
        (void)pthread_mutex_unlock(&a->tick.lock);
        jz_api_undo_due(a);
        refresh_banks(a);
        (void)clock_gettime(CLOCK_MONOTONIC, &next); /* which there is on every Linux */
        next.tv_sec++;
        (void)pthread_mutex_lock(&a->tick.lock);
        if (!a->tick.ending)
            (void)pthread_cond_timedwait(&a->tick.wake, &a->tick.lock, &next); /* or it is over */
    }
    (void)pthread_mutex_unlock(&a->tick.lock);
    return NULL;
}

jz_status jz_api_tick_start(jz_api *a, jz_err *err)
{
    pthread_condattr_t attr;
    (void)pthread_mutex_init(&a->tick.lock, NULL); /* ordinary locks cannot fail */
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&a->tick.wake, &attr);
    (void)pthread_condattr_destroy(&attr);
    if (pthread_create(&a->tick.thread, NULL, tick, a) != 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "no thread can be started");
    a->tick.runs = true;
    return JZ_OK;
}

void jz_api_tick_stop(jz_api *a)
{
    if (!a->tick.runs)
        return;
    (void)pthread_mutex_lock(&a->tick.lock);
    a->tick.ending = true;
    (void)pthread_cond_signal(&a->tick.wake);
    (void)pthread_mutex_unlock(&a->tick.lock);
    (void)pthread_join(a->tick.thread, NULL);
    a->tick.runs = false;
    (void)pthread_cond_destroy(&a->tick.wake);
    (void)pthread_mutex_destroy(&a->tick.lock);
}
