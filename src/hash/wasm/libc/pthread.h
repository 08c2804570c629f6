/* SPDX-License-Identifier: Apache-2.0 */
/* Of <pthread.h>, what the hashes in a browser use; defined in hash_wasm.c. */
#ifndef JZ_PTHREAD_H
#define JZ_PTHREAD_H

typedef int pthread_once_t; /* there is one thread */
#define PTHREAD_ONCE_INIT 0
static inline int pthread_once(pthread_once_t *once, void (*fn)(void))
{
    if ((*once)++ == 0)
        fn();
    return 0;
}

#endif
