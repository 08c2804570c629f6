/* SPDX-License-Identifier: Apache-2.0 */
/* The memory file through which one decoder process hands pixels to jz: written there, only read
 * here. Its first JZ_PIXELS_HUGE bytes are one huge page where the kernel has one to give: two
 * processes that take turns on a processor begin without translations of addresses each time, and
 * a small picture in pages of 4096 bytes needs hundreds. */
#ifndef JZ_PIXELS_H
#define JZ_PIXELS_H

#include <jz/base.h>

#define JZ_PIXELS_HUGE ((size_t)2 << 20) /* bytes; also the alignment of the mapping */

/* A new one, which can neither shrink nor grow any more; the caller closes *fd. size is a multiple
 * of JZ_PIXELS_HUGE, not 0. JZ_E_IO. */
JZ_CHECKED jz_status jz_pixels_new(size_t size, int *fd, jz_err *err);
/* Maps it, for writing too where that is said; undone with munmap(). JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_pixels_map(int fd, size_t size, bool writable, uint8_t **out, jz_err *err);

#endif
