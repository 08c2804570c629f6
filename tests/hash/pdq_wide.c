/* SPDX-License-Identifier: Apache-2.0 */
/* The source of the AVX-512 kernels, compiled for vectors of the same 16 lanes but no special
 * instructions: so that it runs on processors without them. */
#define LANES 16
#define CHAINS 2
#define TARGET
#include "hash/pdq_simd.h"

jz_pdq_dsp pdq_dsp_wide(void);

jz_pdq_dsp pdq_dsp_wide(void)
{
    return (jz_pdq_dsp){
        .name = "16 lanes",
        .block = BLOCK,
        .scratch = simd_scratch,
        .luma = jz_pdq_dsp_c.luma,
        .row_u8 = jz_pdq_dsp_c.row_u8,
        .rows = simd_rows,
        .cols = simd_cols,
        .cols64 = simd_cols64,
        .quality = simd_quality,
        .dct = simd_dct,
        .tent_rows = jz_pdq_dsp_c.tent_rows,
        .tent_dots = jz_pdq_dsp_c.tent_dots,
    };
}
