/* SPDX-License-Identifier: Apache-2.0 */
/* The code of the mark: a tail-biting convolutional code of constraint length 11 and rate 1/4
 * (generators 2327, 2353, 2671, 3175 octal), decoded with soft decisions by Viterbi's algorithm
 * around the circle (R. Y. Shao, S. Lin, M. P. C. Fossorier, Two Decoding Algorithms for Tailbiting
 * Codes, IEEE Trans. Comm. 51, 2003). Threads: any. */
#ifndef JZ_TBCC_H
#define JZ_TBCC_H

#include "watermark/wm_dsp.h"

#define JZ_WM_MESSAGE_BITS 104 /* 64 of the payload, 40 of its tag */
#define JZ_WM_CODE_BITS (4 * JZ_WM_MESSAGE_BITS)

/* Bits are bytes of 0 and 1. */
void jz_wm_encode(const uint8_t message[JZ_WM_MESSAGE_BITS], uint8_t code[JZ_WM_CODE_BITS]);

/* Whether a message is the right one; asked at most JZ_WM_ASKED_MAX times a decoding. */
typedef bool (*jz_wm_right_fn)(void *user, const uint8_t message[JZ_WM_MESSAGE_BITS]);
#define JZ_WM_ASKED_MAX 12

/* llr[i]: how much more likely bit i of the code is 0 than 1. *right is set where a message was
 * found that fn takes. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_decode(const jz_wm_dsp *dsp, const float llr[JZ_WM_CODE_BITS],
                                  jz_wm_right_fn fn, void *user, bool *right, jz_err *err);

#endif
