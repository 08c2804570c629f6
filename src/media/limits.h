/* SPDX-License-Identifier: Apache-2.0 */
/* What a caller left out of its limits and options. Both processes use it. Threads: any. */
#ifndef JZ_LIMITS_H
#define JZ_LIMITS_H

#include <jz/media.h>

/* The defaults of jz/media.h in place of zeros; NULL = all of them. Numbers past what the pixel
 * buffer can be addressed with are lowered. */
jz_limits jz_limits_filled(const jz_limits *in);
jz_decode_opts jz_decode_opts_filled(const jz_decode_opts *in);
/* Bytes of the shared pixel buffer: 3 for each of limits->max_pixels, and some slack for kernels
 * that write whole vectors; a multiple of JZ_PIXELS_HUGE. */
size_t jz_limits_pixel_bytes(const jz_limits *limits);

#endif
