/* SPDX-License-Identifier: Apache-2.0 */
#define LANES 4
#define TARGET
#define TABLE jz_wm_dsp_c
#define FROM_BYTES(p) ((vec){ (p)[0], (p)[1], (p)[2], (p)[3] })
#define NAME "c"
#include "watermark/wm_simd.h"
