/* SPDX-License-Identifier: Apache-2.0 */
/* What the processor can do, less what JZ_CPU_MASK in the environment takes away (a number, e.g.
 * JZ_CPU_MASK=0 for plain C). Kernel tables are filled from it, once. */
#ifndef JZ_CPU_H
#define JZ_CPU_H

#include <stdint.h>

#define JZ_CPU_POPCNT 1u /* popcnt */
#define JZ_CPU_AVX2 2u   /* avx2, bmi2, fma and popcnt */
#define JZ_CPU_AVX512 4u /* avx512 f, bw, dq, vl and vpopcntdq */

/* Detected features, masked. Threads: any. */
uint32_t jz_cpu_features(void);

#if defined(__x86_64__)
#define JZ_X86 1
#define JZ_TARGET_POPCNT __attribute__((target("popcnt")))
#define JZ_TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#define JZ_TARGET_AVX512                                                                           \
    __attribute__((                                                                                \
        target("avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq,avx2,bmi,bmi2,popcnt")))
#endif

#endif
