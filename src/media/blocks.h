/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks of a container, as the lengths in the file tell them: whether the file ends too early,
 * and how deep they nest. */
#ifndef JZ_BLOCKS_H
#define JZ_BLOCKS_H

#include <jz/media.h>

/* Fills buf with the size bytes at offset; false where there are not so many. */
typedef bool (*jz_read_at_fn)(void *user, uint64_t offset, uint8_t *buf, size_t size);

/* Whether a block of the file's container goes on past its file_size bytes, or the mark that ends
 * such a container is missing. False where the format states no lengths, and where the structure
 * is damaged instead: what is no block is not followed. Threads: any. */
bool jz_blocks_end_early(const jz_format *format, uint64_t file_size, jz_read_at_fn read,
                         void *user);

/* How deep blocks of the file nest, 1 = none holds another; 0 where the format has none that can.
 * Stops looking at most + 1, so that more than most means "too deep"; most <= JZ_NESTING_MAX.
 * Elements of media data (clusters, movi) are not entered. Threads: any. */
unsigned jz_blocks_depth(const jz_format *format, uint64_t file_size, jz_read_at_fn read,
                         void *user, unsigned most);

#endif
