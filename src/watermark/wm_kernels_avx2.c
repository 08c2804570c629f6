/* SPDX-License-Identifier: Apache-2.0 */
#include "base/cpu.h"

#ifdef JZ_X86
#include <immintrin.h>

#define LANES 8
#define TARGET JZ_TARGET_AVX2
#define TABLE jz_wm_dsp_avx2
#define FROM_BYTES(p) _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadu_si64(p)))
#define NAME "avx2"
#include "watermark/wm_simd.h"
#endif
