/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#ifdef JZ_X86
#define LANES 8
#define CHAINS 2
#define TARGET JZ_TARGET_AVX2
#include "hash/pdq_simd.h"
#include "hash/pdq_x86.h"

extern const jz_pdq_dsp jz_pdq_dsp_avx2;
const jz_pdq_dsp jz_pdq_dsp_avx2 = {
    .name = "avx2",
    .block = BLOCK,
    .scratch = simd_scratch,
    .luma = jz_pdq_luma_avx2,
    .row_u8 = jz_pdq_row_u8_avx2,
    .rows = simd_rows,
    .cols = simd_cols,
    .cols64 = simd_cols64,
    .quality = simd_quality,
    .dct = simd_dct,
    .tent_rows = jz_pdq_tent_rows_avx2,
    .tent_dots = jz_pdq_tent_dots_avx2,
};
#endif
