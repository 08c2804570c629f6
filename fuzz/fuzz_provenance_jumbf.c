/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/check.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every superbox with a label of its own is what its URL names, if that is one thing. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_auto(jz_jumbf) *j = NULL;
    if (jz_jumbf_parse((jz_bytes){ data, size }, &j, NULL) != JZ_OK)
        return 0;
    const size_t n = jz_jumbf_count(j);
    for (uint32_t i = 0; i < n && i < 1000; i++) {
        JZ_BUF_AUTO url = { 0 };
        const jz_jumbf_box *b = jz_jumbf_at(j, i);
        if (b->payload.ptr < data || b->payload.ptr + b->payload.len > data + size)
            abort();
        if (i > 0 && (b->parent >= i || (b->next != JZ_JUMBF_NONE && b->next <= i)))
            abort();
        jz_put_url(&url, j, i);
        const uint32_t to = jz_jumbf_resolve(j, 0, (jz_bytes){ (const uint8_t *)url.ptr, url.len });
        if (to != JZ_JUMBF_NONE && b->label.ptr != NULL && b->label.len > 0 && to != i)
            abort();
    }
    return 0;
}
