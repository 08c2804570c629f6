/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets of govern share: an input of the exact size, or of two parts that a NUL parts.
 */
#ifndef JZ_FUZZ_GOVERN_H
#define JZ_FUZZ_GOVERN_H

#include <jz/base.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes of their own: reading past them shows. Freed by the caller, as ptr. */
static inline uint8_t *fuzz_exact(const uint8_t *data, size_t size, jz_bytes *out)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    assert(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    *out = (jz_bytes){ copy, size };
    return copy;
}

/* What stands before the first NUL; *rest is what stands behind it. */
static inline jz_bytes fuzz_first(jz_bytes all, jz_bytes *rest)
{
    const uint8_t *nul = all.len > 0 ? memchr(all.ptr, '\0', all.len) : NULL;
    const size_t len = nul != NULL ? (size_t)(nul - all.ptr) : all.len;
    const size_t skipped = nul != NULL ? len + 1 : len;
    *rest = (jz_bytes){ all.ptr + skipped, all.len - skipped };
    return (jz_bytes){ all.ptr, len };
}

#endif
