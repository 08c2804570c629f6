/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#ifdef JZ_X86
#include <immintrin.h>

#define LANES 16
#define TILE 12
#define TARGET JZ_TARGET_AVX512
#define FMA(a, b, c) _mm512_fmadd_ps((a), (b), (c))
#include "inspect/nn_simd.h"

extern const jz_nn_dsp jz_nn_dsp_avx512;
const jz_nn_dsp jz_nn_dsp_avx512 = {
    .name = "avx512",
    .conv = simd_conv,
    .depthwise = simd_depthwise,
    .add = simd_add,
    .max = simd_max,
    .lerp = simd_lerp,
};
#endif
