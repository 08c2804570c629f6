/* SPDX-License-Identifier: Apache-2.0 */
/* Every heap allocation of the library goes through here, so that tests can make the n-th one
 * fail. Threads: all functions may be called from any thread; jz_fault_* only from one. */
#ifndef JZ_ALLOC_H
#define JZ_ALLOC_H

#include <jz/base.h>

/* NULL when out of memory. A size of 0 gives a pointer that can be freed. */
JZ_CHECKED void *jz_alloc(size_t size);
/* n * size zeroed bytes; NULL also where the product overflows. */
JZ_CHECKED void *jz_alloc_zero(size_t n, size_t size);
/* Resizes to n * size bytes; on NULL the old block is still there. */
JZ_CHECKED void *jz_realloc_array(void *p, size_t n, size_t size);
/* An array of n elements of elem bytes with room for one more: p itself while n is below *size,
 * else a larger block, whose number of elements goes to *size. NULL when out of memory; p is then
 * still there and *size as it was. */
JZ_CHECKED void *jz_grow(void *p, size_t n, size_t *size, size_t elem);
JZ_CHECKED char *jz_strdup(const char *s);
JZ_CHECKED char *jz_strndup(const char *s, size_t len);
void jz_free(void *p);

/* Said once by a program that works on pictures: rasters of some megabytes that come and go are
 * taken out of up to 32 MiB that stay with the process. Else the system gives each of them anew,
 * page by page, which takes longer than what is done with them. A wish. */
void jz_alloc_keep(void);

static inline void char_autop(char **p)
{
    jz_free(*p);
}
static inline void uint8_t_autop(uint8_t **p)
{
    jz_free(*p);
}

/* Tests: makes the n-th allocation from now (0 = the next) fail, once. */
void jz_fault_arm(unsigned n);
/* Whether the armed failure has happened; disarms. */
bool jz_fault_fired(void);

#endif
