/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to pictures on their way, for mark_accuracy.c. One thread. */
#ifndef JZ_MARK_ATTACKS_H
#define JZ_MARK_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct picture { /* R, G, B, rows without padding */
    uint8_t *px;         /* freed with free() */
    uint32_t width, height;
} picture;

typedef struct attack {
    const char *name;
    /* A new picture; the seed is the picture's own. */
    picture (*run)(const picture *p, uint64_t seed, const double *v);
    double v[3];
} attack;

/* NULL past the last. */
const attack *attack_at(size_t i);
/* NULL where none is called so. */
const attack *attack_named(const char *name);

/* Scaled with tents as wide as what becomes one pixel. */
picture picture_resize(const picture *p, uint32_t width, uint32_t height);

#endif
