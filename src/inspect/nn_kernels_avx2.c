/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#ifdef JZ_X86
#include <immintrin.h>

#define LANES 8
#define TILE 6
#define TARGET __attribute__((target("avx2,fma")))
#define FMA(a, b, c) _mm256_fmadd_ps((a), (b), (c))
#include "inspect/nn_simd.h"

extern const jz_nn_dsp jz_nn_dsp_avx2;
const jz_nn_dsp jz_nn_dsp_avx2 = {
    .name = "avx2",
    .conv = simd_conv,
    .depthwise = simd_depthwise,
    .add = simd_add,
    .max = simd_max,
    .lerp = simd_lerp,
};
#endif
