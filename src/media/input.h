/* SPDX-License-Identifier: Apache-2.0 */
/* The memory file through which jz hands the bytes of a small file to decoder processes: written
 * here, only read there. A file is then read once for all that want its bytes, and its worker gets
 * no descriptor. */
#ifndef JZ_INPUT_H
#define JZ_INPUT_H

#include <jz/base.h>

#define JZ_INPUT_BYTES ((size_t)256 << 10) /* of the memory file, all of which is mapped */

/* A new one, mapped for writing; nobody can map it for that any more, nor change its size. The
 * caller closes *fd and ends *map with munmap(). JZ_E_IO, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_input_new(int *fd, uint8_t **map, jz_err *err);
/* Maps it for reading. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_input_map(int fd, const uint8_t **map, jz_err *err);

#endif
