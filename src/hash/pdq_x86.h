/* SPDX-License-Identifier: Apache-2.0 */
/* PDQ kernels on bytes for x86 with AVX2, which the AVX-512 table uses too: what they do is bound
 * by memory, not by the width of a vector. */
#ifndef JZ_PDQ_X86_H
#define JZ_PDQ_X86_H

#include "hash/pdq.h"

void jz_pdq_luma_avx2(const uint8_t *rgb, size_t n, float *out);
void jz_pdq_row_u8_avx2(const jz_pdq_axis *x, const uint8_t *in, float *out, float *scratch);
void jz_pdq_tent_rows_avx2(const uint8_t *px, size_t stride, const int16_t *weights, size_t used,
                           size_t n, int16_t *out);
void jz_pdq_tent_dots_avx2(const jz_pdq_tent *tent, const int16_t *row, float out[JZ_PDQ_SIDE]);

#endif
