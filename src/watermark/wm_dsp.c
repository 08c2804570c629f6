/* SPDX-License-Identifier: Apache-2.0 */
#include "watermark/wm_dsp.h"

#include "base/cpu.h"

extern const jz_wm_dsp jz_wm_dsp_c;
#ifdef JZ_X86
extern const jz_wm_dsp jz_wm_dsp_avx2, jz_wm_dsp_avx512;
#endif

static const struct {
    uint32_t needs; /* features of the processor */
    const jz_wm_dsp *dsp;
} tables[] = {
    { 0, &jz_wm_dsp_c },
#ifdef JZ_X86
    { JZ_CPU_AVX2, &jz_wm_dsp_avx2 },
    { JZ_CPU_AVX512, &jz_wm_dsp_avx512 },
#endif
};

const jz_wm_dsp *jz_wm_dsp_at(size_t i)
{
    const uint32_t has = jz_cpu_features();
    for (size_t t = 0; t < JZ_ARRAY_LEN(tables); t++)
        if ((tables[t].needs & ~has) == 0 && i-- == 0)
            return tables[t].dsp;
    return NULL;
}

const jz_wm_dsp *jz_wm_dsp_best(void)
{
    const jz_wm_dsp *best = &jz_wm_dsp_c;
    for (size_t i = 0; jz_wm_dsp_at(i) != NULL; i++)
        best = jz_wm_dsp_at(i);
    return best;
}
