/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/work_queue.h"

#include "base/alloc.h"

#include <pthread.h>
#include <stdatomic.h>

typedef struct worker {
    jz_work_queue *queue;
    pthread_t thread;
    unsigned number;
} worker;

struct jz_work_queue {
    jz_job_fn fn;
    void *user;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    jz_job *first, **last;
    size_t waiting;
    bool ends;
    worker *worker;
    unsigned n; /* threads that run */
};

/* NULL: the queue has ended. */
static jz_job *take(jz_work_queue *q)
{
    (void)pthread_mutex_lock(&q->lock); /* an ordinary lock cannot fail, here and below */
    while (q->first == NULL && !q->ends)
        (void)pthread_cond_wait(&q->filled, &q->lock);
    jz_job *job = q->first;
    if (job != NULL) {
        q->first = job->next;
        if (q->first == NULL)
            q->last = &q->first;
        job->next = NULL;
        q->waiting--;
    }
    (void)pthread_mutex_unlock(&q->lock);
    return job;
}

static void *work(void *user)
{
    const worker *w = user;
    for (jz_job *job = take(w->queue); job != NULL; job = take(w->queue))
        w->queue->fn(w->queue->user, job, w->number);
    return NULL;
}

jz_status jz_work_queue_new(unsigned threads, jz_job_fn fn, void *user, jz_work_queue **out,
                            jz_err *err)
{
    jz_work_queue *q = jz_alloc_zero(1, sizeof *q);
    worker *workers = jz_alloc_zero(threads, sizeof *workers);
    if (q == NULL || workers == NULL) {
        jz_free(q);
        jz_free(workers);
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    *q = (jz_work_queue){ .fn = fn, .user = user, .last = &q->first, .worker = workers };
    (void)pthread_mutex_init(&q->lock, NULL);
    (void)pthread_cond_init(&q->filled, NULL);
    for (; q->n < threads; q->n++) {
        workers[q->n] = (worker){ .queue = q, .number = q->n + 1 };
        if (pthread_create(&workers[q->n].thread, NULL, work, &workers[q->n]) != 0) {
            jz_work_queue_free(q);
            return JZ_FAIL(err, JZ_E_IO, "no thread can be started");
        }
    }
    *out = q;
    return JZ_OK;
}

bool jz_work_queue_put(jz_work_queue *q, jz_job *job)
{
    job->next = NULL;
    (void)pthread_mutex_lock(&q->lock);
    const bool taken = !q->ends;
    if (taken) {
        *q->last = job;
        q->last = &job->next;
        q->waiting++;
        (void)pthread_cond_signal(&q->filled);
    }
    (void)pthread_mutex_unlock(&q->lock);
    return taken;
}

size_t jz_work_queue_waiting(jz_work_queue *q)
{
    (void)pthread_mutex_lock(&q->lock);
    const size_t n = q->waiting;
    (void)pthread_mutex_unlock(&q->lock);
    return n;
}

void jz_work_queue_end(jz_work_queue *q)
{
    if (q == NULL)
        return;
    (void)pthread_mutex_lock(&q->lock);
    q->ends = true;
    (void)pthread_cond_broadcast(&q->filled);
    (void)pthread_mutex_unlock(&q->lock);
    for (; q->n > 0; q->n--)
        (void)pthread_join(q->worker[q->n - 1].thread, NULL); /* ours, and nobody else joins it */
}

void jz_work_queue_free(jz_work_queue *q)
{
    if (q == NULL)
        return;
    jz_work_queue_end(q);
    (void)pthread_cond_destroy(&q->filled);
    (void)pthread_mutex_destroy(&q->lock);
    jz_free(q->worker);
    jz_free(q);
}
