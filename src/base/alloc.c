/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define GROW_FIRST 8 /* elements of an array that jz_grow() begins */

#define LARGE_BYTES (8 << 20) /* blocks of their own, given back at once */
#define KEPT_BYTES (32 << 20)

void jz_alloc_keep(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
}

/* Counts down to the failing allocation; negative = disarmed. */
static atomic_llong countdown = -1;
static atomic_bool fired;

static bool refuse(void)
{
    if (atomic_load_explicit(&countdown, memory_order_relaxed) < 0)
        return false;
    if (atomic_fetch_sub(&countdown, 1) != 0)
        return false;
    atomic_store(&fired, true);
    return true;
}

void jz_fault_arm(unsigned n)
{
    atomic_store(&fired, false);
    atomic_store(&countdown, (long long)n);
}

bool jz_fault_fired(void)
{
    atomic_store(&countdown, -1);
    return atomic_exchange(&fired, false);
}

void *jz_alloc(size_t size)
{
    return refuse() ? NULL : malloc(size > 0 ? size : 1);
}

void *jz_alloc_zero(size_t n, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(n, size, &bytes) || refuse())
        return NULL;
    return calloc(bytes > 0 ? bytes : 1, 1);
}

void *jz_realloc_array(void *p, size_t n, size_t size)
{
    size_t bytes = 0;
    if (__builtin_mul_overflow(n, size, &bytes) || refuse())
        return NULL;
    return realloc(p, bytes > 0 ? bytes : 1);
}

void *jz_grow(void *p, size_t n, size_t *size, size_t elem)
{
    if (n < *size)
        return p;
    const size_t larger = *size > 0 ? *size * 2 : GROW_FIRST;
    void *block = jz_realloc_array(p, larger, elem);
    if (block != NULL)
        *size = larger;
    return block;
}

char *jz_strndup(const char *s, size_t len)
{
    char *copy = jz_alloc(len + 1);
    if (copy != NULL) {
        memcpy(copy, s, len);
        copy[len] = '\0';
    }
    return copy;
}

char *jz_strdup(const char *s)
{
    return jz_strndup(s, strlen(s));
}

void jz_free(void *p)
{
    free(p);
}
