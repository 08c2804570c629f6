/* SPDX-License-Identifier: Apache-2.0 */
/* Of <string.h>, what the hashes in a browser use; defined in hash_wasm.c. */
#ifndef JZ_STRING_H
#define JZ_STRING_H

#include <stddef.h>

void *memset(void *to, int value, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);

#endif
