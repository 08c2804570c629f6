/* SPDX-License-Identifier: Apache-2.0 */
#include "inspect/nn_dsp.h"

#include "base/cpu.h"

#include <math.h>
#include <string.h>

#ifdef JZ_X86
extern const jz_nn_dsp jz_nn_dsp_avx2, jz_nn_dsp_avx512;
#endif

static const struct {
    uint32_t needs; /* features of the processor */
    const jz_nn_dsp *dsp;
} tables[] = {
    { 0, &jz_nn_dsp_c },
#ifdef JZ_X86
    { JZ_CPU_AVX2, &jz_nn_dsp_avx2 },
    { JZ_CPU_AVX512, &jz_nn_dsp_avx512 },
#endif
};

const jz_nn_dsp *jz_nn_dsp_at(size_t i)
{
    const uint32_t has = jz_cpu_features();
    for (size_t t = 0; t < JZ_ARRAY_LEN(tables); t++)
        if ((tables[t].needs & ~has) == 0 && i-- == 0)
            return tables[t].dsp;
    return NULL;
}

/* e^x for x <= 0, in double, whose error is far below a float's last place: e^x = 2^k e^r with
 * |r| <= ln 2 / 2, and the series of e^r to its 13th term (the rest is below 1e-15). */
static double exp_of(double x)
{
    const double ln2 = 0x1.62e42fefa39efp-1;
    const int k = (int)(x / ln2 - 0.5);
    const double r = x - k * ln2;
    double sum = 1;
    for (int n = 13; n > 0; n--)
        sum = 1 + sum * r / n;
    const uint64_t bits = (uint64_t)(1023 + k) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return sum * power;
}

float jz_nn_sigmoid(float x)
{
    if (isnan(x))
        return x;
    const double a = fabs((double)x), e = exp_of(a < 700 ? -a : -700);
    return (float)((x < 0 ? e : 1) / (1 + e));
}
