/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that take jobs in the order in which they came. */
#ifndef JZ_WORK_QUEUE_H
#define JZ_WORK_QUEUE_H

#include <jz/base.h>

typedef struct jz_work_queue jz_work_queue;
/* Whoever puts a job in has one of these in it; NULL before. */
typedef struct jz_job {
    struct jz_job *next;
} jz_job;
/* Does a job, on a thread of number 1, 2, ...; must not be NULL. */
typedef void (*jz_job_fn)(void *user, jz_job *job, unsigned worker);

/* JZ_E_NOMEM, JZ_E_IO. */
JZ_CHECKED jz_status jz_work_queue_new(unsigned threads, jz_job_fn fn, void *user,
                                       jz_work_queue **out, jz_err *err);
/* false: the queue has ended. Any thread. */
JZ_CHECKED bool jz_work_queue_put(jz_work_queue *q, jz_job *job);
/* Jobs that wait. Any thread. */
size_t jz_work_queue_waiting(jz_work_queue *q);
/* Does what was put in, and takes nothing more. NULL is fine, here and below. */
void jz_work_queue_end(jz_work_queue *q);
/* The same, and it is gone. */
void jz_work_queue_free(jz_work_queue *q);
JZ_DEFINE_AUTO(jz_work_queue, jz_work_queue_free);

#endif
