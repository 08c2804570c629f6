/* SPDX-License-Identifier: Apache-2.0 */
#include "examine/queue.h"

#include "base/alloc.h"

#include <assert.h>
#include <pthread.h>

struct jz_queue {
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    size_t capacity, first, n;
    bool closed;
    void *item[];
};

jz_status jz_queue_new(size_t capacity, jz_queue **out, jz_err *err)
{
    assert(capacity > 0 && capacity < 1u << 20);
    jz_queue *q = jz_alloc_zero(1, sizeof *q + capacity * sizeof q->item[0]);
    if (q == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    q->capacity = capacity;
    (void)pthread_mutex_init(&q->lock, NULL); /* with default attributes these cannot fail */
    (void)pthread_cond_init(&q->filled, NULL);
    (void)pthread_cond_init(&q->emptied, NULL);
    *out = q;
    return JZ_OK;
}

void jz_queue_free(jz_queue *q)
{
    if (q == NULL)
        return;
    assert(q->n == 0);
    (void)pthread_cond_destroy(&q->emptied);
    (void)pthread_cond_destroy(&q->filled);
    (void)pthread_mutex_destroy(&q->lock);
    jz_free(q);
}

void jz_queue_put(jz_queue *q, void *item)
{
    (void)pthread_mutex_lock(&q->lock);
    assert(!q->closed);
    while (q->n == q->capacity)
        (void)pthread_cond_wait(&q->emptied, &q->lock);
    q->item[(q->first + q->n++) % q->capacity] = item;
    (void)pthread_cond_signal(&q->filled);
    (void)pthread_mutex_unlock(&q->lock);
}

void *jz_queue_take(jz_queue *q)
{
    void *item = NULL;
    (void)pthread_mutex_lock(&q->lock);
    while (q->n == 0 && !q->closed)
        (void)pthread_cond_wait(&q->filled, &q->lock);
    if (q->n > 0) {
        item = q->item[q->first];
        q->first = (q->first + 1) % q->capacity;
        q->n--;
        /* Not for each place that becomes free: waking is dear. Whoever waits, waits until then. */
        if (q->n == q->capacity / 2)
            (void)pthread_cond_broadcast(&q->emptied);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return item;
}

void jz_queue_close(jz_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    q->closed = true;
    (void)pthread_cond_broadcast(&q->filled);
    (void)pthread_mutex_unlock(&q->lock);
}
