/* SPDX-License-Identifier: Apache-2.0 */
/* Photographs for benchmarks and tests: whole JPEGs by libjpeg, resized and written in memory. */
#ifndef JZ_PHOTO_H
#define JZ_PHOTO_H

#include <jz/hash.h>

/* channels 1: the Y plane, 3: R, G, B, both at full size. *mem is freed with jz_free(). */
bool jz_photo_read(const char *path, uint32_t channels, jz_plane *out, uint8_t **mem);
/* The same of a file in memory. For good files only: libjpeg ends the program on damage. */
bool jz_photo_decode(const uint8_t *file, size_t size, uint32_t channels, jz_plane *out,
                     uint8_t **mem);
/* Box means where both sides shrink, else between the four nearest pixels; out holds width * height
 * * p->channels bytes without padding. */
void jz_photo_resize(const jz_plane *p, uint32_t width, uint32_t height, uint8_t *out);
/* Baseline 4:2:0 of R, G, B; *file is freed with jz_free(). */
bool jz_photo_encode(const jz_plane *p, int quality, uint8_t **file, size_t *size);

#endif
