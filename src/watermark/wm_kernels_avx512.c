/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#ifdef JZ_X86
#include <immintrin.h>

#define LANES 16
#define TARGET JZ_TARGET_AVX512
#define TABLE jz_wm_dsp_avx512
#define FROM_BYTES(p)                                                                              \
    _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)(p))))
#define NAME "avx512"
#include "watermark/wm_simd.h"
#endif
