/* SPDX-License-Identifier: Apache-2.0 */
/* PDQ written down as its specification says it, pass after pass over the whole picture: what the
 * benchmark compares with and the tests compare against. Source: facebook/ThreatExchange pdq/
 * @baefb4e (hashing.pdf, C++ core). */
#ifndef JZ_PDQ_PLAIN_H
#define JZ_PDQ_PLAIN_H

#include <jz/hash.h>

/* luma: width * height floats, overwritten; other: as many. Sides of 5 at least. */
void jz_pdq_plain(float *luma, float *other, size_t width, size_t height, jz_pdq *out);
/* The hash without variants: median by Torben's method. */
void jz_pdq_plain_digest(const float dct[256], uint8_t digest[JZ_PDQ_SIZE]);
/* Luma of a plane into width * height floats. */
void jz_pdq_plain_luma(const jz_plane *p, float *luma);

#endif
