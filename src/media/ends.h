/* SPDX-License-Identifier: Apache-2.0 */
/* Files that end too early, known by the lengths that their containers state. */
#ifndef JZ_ENDS_H
#define JZ_ENDS_H

#include <jz/media.h>

/* Fills buf with the size bytes at offset; false where there are not so many. */
typedef bool (*jz_read_at_fn)(void *user, uint64_t offset, uint8_t *buf, size_t size);

/* Whether a block of the file's container goes on past its file_size bytes, or the mark that ends
 * such a container is missing. False where the format states no lengths, and where the structure
 * is damaged instead: what is no block is not followed. Threads: any. */
bool jz_ends_early(const jz_format *format, uint64_t file_size, jz_read_at_fn read, void *user);

#endif
