/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded queue of pointers between threads: who is faster waits. */
#ifndef JZ_QUEUE_H
#define JZ_QUEUE_H

#include <jz/base.h>

typedef struct jz_queue jz_queue;

JZ_CHECKED jz_status jz_queue_new(size_t capacity, jz_queue **out, jz_err *err);
/* Nothing may be left in it, and nobody waiting. NULL is allowed. */
void jz_queue_free(jz_queue *q);
/* Waits for room. */
void jz_queue_put(jz_queue *q, void *item);
/* Waits for an item; NULL once the queue is closed and empty. */
void *jz_queue_take(jz_queue *q);
/* No more items will come. */
void jz_queue_close(jz_queue *q);

#endif
