/* SPDX-License-Identifier: Apache-2.0 */
/* A picture made small, for people to look at: reduced, grey, blurred, as a PNG. Only of what the
 * sandbox has decoded. Threads: any. */
#ifndef JZ_SMALL_H
#define JZ_SMALL_H

#include <jz/media.h>

#include "base/buf.h"

/* A copy of p (1 or 3 channels) whose longer side is at most side pixels, each the mean of what it
 * stands for; RGB, freed with jz_free(). JZ_E_EMPTY where p is. */
JZ_CHECKED jz_status jz_small_make(const jz_plane *p, uint32_t side, jz_plane *out, uint8_t **mem,
                                   jz_err *err);
/* The same pixels in grey (ITU-R BT.601 luma), in place; px: n of 3 bytes. */
void jz_small_grey(uint8_t *px, size_t n);
/* Blurred in place by two means over 2 radius + 1 pixels each way; radius 0: as it is. JZ_E_NOMEM.
 */
JZ_CHECKED jz_status jz_small_blur(uint8_t *px, uint32_t width, uint32_t height, uint32_t radius,
                                   jz_err *err);
/* Appends a PNG (ISO/IEC 15948): 8 bits, grey for 1 channel, RGB for 3. */
JZ_CHECKED jz_status jz_png_put(const jz_plane *p, jz_buf *out, jz_err *err);

#endif
