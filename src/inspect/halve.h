/* SPDX-License-Identifier: Apache-2.0 */
/* Two rows of pixels to one of half the width: each the rounded mean of four. */
#ifndef JZ_HALVE_H
#define JZ_HALVE_H

#include <stddef.h>
#include <stdint.h>

/* a, b: rows of 2 x width pixels of 1 or 3 channels or more; to: width pixels. Nothing beyond is
 * read or written. */
typedef void (*jz_halve_fn)(const uint8_t *a, const uint8_t *b, size_t width, uint32_t channels,
                            uint8_t *to);

/* Those of this program, plain C first, which the others equal; NULL past the last one that the
 * processor has. Threads: any. */
jz_halve_fn jz_halve_at(size_t i);

void jz_halve_c(const uint8_t *a, const uint8_t *b, size_t width, uint32_t channels, uint8_t *to);

#endif
