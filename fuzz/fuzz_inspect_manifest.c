/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests of material whose truth is known. */
#include "inspect/evaluate.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_eval_manifest m = { 0 };
    if (jz_eval_manifest_parse((const char *)data, size, &m, NULL) != JZ_OK) {
        assert(m.n == 0);
        return 0;
    }
    for (size_t i = 0; i < m.n; i++)
        assert(m.row[i].path[0] != '\0' && m.row[i].source < m.n_words &&
               m.row[i].identity < m.n_words);
    jz_eval_manifest_done(&m);
    return 0;
}
