/* SPDX-License-Identifier: Apache-2.0 */
#ifndef JZ_EXIF_H
#define JZ_EXIF_H

#include <jz/base.h>

/* The orientation (1..8) in a TIFF/Exif block (Exif 2.32, tag 0x0112 of IFD0), without or with the
 * "Exif\0\0" prefix. 1 where the block has none, or is damaged: a wrong Exif block never makes a
 * picture unreadable. Threads: any. */
uint32_t jz_exif_orientation(jz_bytes exif);

#endif
