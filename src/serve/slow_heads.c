/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/slow_heads.h"

#include "base/alloc.h"

#include <pthread.h>
#include <sys/socket.h>
#include <time.h>

struct jz_slow_head {
    jz_slow_head *prev, *next;
    int socket;
    bool waits;
    int64_t since_s;
};

struct jz_slow_heads {
    pthread_mutex_t lock;
    pthread_cond_t end;
    pthread_t thread;
    bool ends;
    unsigned limit_s;
    jz_slow_head all; /* a ring */
};

static struct timespec now(void)
{
    struct timespec t = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* which there is on every Linux */
    return t;
}

static void *watch(void *user)
{
    jz_slow_heads *s = user;
    (void)pthread_mutex_lock(&s->lock); /* an ordinary lock cannot fail, here and below */
    while (!s->ends) {
        struct timespec next = now();
        for (const jz_slow_head *c = s->all.next; c != &s->all; c = c->next)
            if (c->waits && next.tv_sec - c->since_s >= (int64_t)s->limit_s)
                (void)shutdown(c->socket, SHUT_RDWR); /* the server sees its end, and closes it */
        next.tv_sec++;
        (void)pthread_cond_timedwait(&s->end, &s->lock, &next);
    }
    (void)pthread_mutex_unlock(&s->lock);
    return NULL;
}

jz_status jz_slow_heads_new(unsigned limit_s, jz_slow_heads **out, jz_err *err)
{
    pthread_condattr_t monotonic;
    jz_slow_heads *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    s->limit_s = limit_s;
    s->all.prev = s->all.next = &s->all;
    (void)pthread_mutex_init(&s->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&s->end, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
    if (pthread_create(&s->thread, NULL, watch, s) != 0) {
        jz_free(s);
        return JZ_FAIL(err, JZ_E_IO, "no thread can be started");
    }
    *out = s;
    return JZ_OK;
}

void jz_slow_heads_free(jz_slow_heads *s)
{
    if (s == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    s->ends = true;
    (void)pthread_cond_signal(&s->end);
    (void)pthread_mutex_unlock(&s->lock);
    (void)pthread_join(s->thread, NULL); /* a thread of ours that nobody else joins */
    for (jz_slow_head *c = s->all.next; c != &s->all;) {
        jz_slow_head *next = c->next;
        jz_free(c);
        c = next;
    }
    (void)pthread_cond_destroy(&s->end);
    (void)pthread_mutex_destroy(&s->lock);
    jz_free(s);
}

jz_slow_head *jz_slow_heads_add(jz_slow_heads *s, int socket)
{
    jz_slow_head *c = jz_alloc_zero(1, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (jz_slow_head){ .socket = socket, .waits = true, .since_s = now().tv_sec };
    (void)pthread_mutex_lock(&s->lock);
    c->prev = &s->all;
    c->next = s->all.next;
    c->next->prev = c;
    s->all.next = c;
    (void)pthread_mutex_unlock(&s->lock);
    return c;
}

void jz_slow_heads_wait(jz_slow_heads *s, jz_slow_head *c, bool waits)
{
    if (c == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    c->waits = waits;
    c->since_s = now().tv_sec;
    (void)pthread_mutex_unlock(&s->lock);
}

void jz_slow_heads_remove(jz_slow_heads *s, jz_slow_head *c)
{
    if (c == NULL)
        return;
    (void)pthread_mutex_lock(&s->lock);
    c->prev->next = c->next;
    c->next->prev = c->prev;
    (void)pthread_mutex_unlock(&s->lock);
    jz_free(c);
}
