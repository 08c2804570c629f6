/* SPDX-License-Identifier: Apache-2.0 */
/* Of <stdlib.h>, what the hashes in a browser use; defined in hash_wasm.c. */
#ifndef JZ_STDLIB_H
#define JZ_STDLIB_H

int abs(int v);

#endif
