/* SPDX-License-Identifier: Apache-2.0 */
/* A Content-Type, then a NUL, then a body. */
#include "fuzz_govern.h"

#include "serve/multipart.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_bytes rest, body, file = { 0 };
    const jz_bytes first = fuzz_first((jz_bytes){ data, size }, &rest);
    char *type = calloc(first.len + 1, 1);
    assert(type != NULL);
    if (first.len > 0)
        memcpy(type, first.ptr, first.len);
    uint8_t *copy = fuzz_exact(rest.ptr, rest.len, &body);
    jz_err err = { 0 };
    (void)jz_is_multipart(type);
    if (jz_multipart_file(body, type, &file, &err) == JZ_OK)
        assert(file.ptr >= body.ptr && file.len <= body.len &&
               (size_t)(file.ptr - body.ptr) <= body.len - file.len);
    else
        assert(err.depth > 0 && file.ptr == NULL);
    free(copy);
    free(type);
    return 0;
}
