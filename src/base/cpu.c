/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#include <pthread.h>
#include <stdlib.h>

static uint32_t features;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static uint32_t detect(void)
{
    uint32_t f = 0;
#ifdef JZ_X86
    __builtin_cpu_init();
    if (__builtin_cpu_supports("popcnt"))
        f |= JZ_CPU_POPCNT;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") &&
        __builtin_cpu_supports("fma"))
        f |= JZ_CPU_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512vpopcntdq"))
        f |= JZ_CPU_AVX512;
#endif
    return f;
}

static void init(void)
{
    features = detect();
    const char *mask = getenv("JZ_CPU_MASK");
    if (mask != NULL && mask[0] != '\0')
        features &= (uint32_t)strtoul(mask, NULL, 0);
}

uint32_t jz_cpu_features(void)
{
    (void)pthread_once(&once, init); /* cannot fail with a static once */
    return features;
}
