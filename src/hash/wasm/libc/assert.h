/* SPDX-License-Identifier: Apache-2.0 */
/* Of <assert.h>, what the hashes in a browser use; defined in hash_wasm.c. */
#ifndef JZ_ASSERT_H
#define JZ_ASSERT_H

#define assert(what) ((what) ? (void)0 : __builtin_trap())

#endif
