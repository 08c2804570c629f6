/* SPDX-License-Identifier: Apache-2.0 */
/* The source of the AVX-512 kernels, compiled for vectors of the same 16 lanes but no special
 * instructions: so that it runs on processors without them. */
#include <math.h>

#define LANES 16
#define TILE 12
#define TARGET
#define FMA(a, b, c) fma_lanes((a), (b), (c))

typedef float wide __attribute__((vector_size(64)));

static inline wide fma_lanes(wide a, wide b, wide c)
{
    for (unsigned i = 0; i < LANES; i++)
        c[i] = fmaf(a[i], b[i], c[i]);
    return c;
}

#include "inspect/nn_simd.h"

#include "nn_fixture.h"

jz_nn_dsp nn_dsp_wide(void)
{
    return (jz_nn_dsp){
        .name = "16 lanes",
        .conv = simd_conv,
        .depthwise = simd_depthwise,
        .add = simd_add,
        .max = simd_max,
        .lerp = simd_lerp,
    };
}
