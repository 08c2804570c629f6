/* SPDX-License-Identifier: Apache-2.0 */
/* What JPEG does to pixels, without the file: colours, the transform of blocks of 8 and the
 * rounding of coefficients (ITU-T T.81, JFIF's colours, no subsampling). So that self-blends and
 * the pictures that they are compared with have the same history. Equal to the bit everywhere. */
#ifndef JZ_RECODE_H
#define JZ_RECODE_H

#include <jz/base.h>

/* channels 1 or 3, rows without gaps; quality 1..100. In place. */
void jz_recode(uint8_t *px, uint32_t width, uint32_t height, uint32_t channels, int quality);

#endif
