/* SPDX-License-Identifier: Apache-2.0 */
/* The gate's public key, NUL, and a token. */
#include "fuzz_govern.h"

#include <jz/gate.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t medium[1][32];
    jz_bytes all;
    jz_bytes token;
    uint8_t *copy = fuzz_exact(data, size, &all);
    const jz_bytes text = fuzz_first(all, &token);
    const jz_gate_use use = {
        .operation = "face_swap", .purpose = "film", .media = (const uint8_t(*)[32])medium, .n = 1
    };
    char id[JZ_GATE_ID_SIZE];
    jz_vkey key;
    memset(medium, 0xaa, sizeof medium);
    if (jz_vkey_parse((const char *)text.ptr, text.len, &key, NULL) == JZ_OK &&
        jz_gate_token_check(&key, token, &use, 1790000000, id, NULL) == JZ_OK)
        assert(strlen(id) == JZ_GATE_ID_SIZE - 1);
    free(copy);
    return 0;
}
