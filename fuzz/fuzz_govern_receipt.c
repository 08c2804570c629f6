/* SPDX-License-Identifier: Apache-2.0 */
/* A policy, NUL, and a consent's receipt. */
#include "fuzz_govern.h"

#include <jz/consent.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_bytes all;
    jz_bytes receipt;
    uint8_t *copy = fuzz_exact(data, size, &all);
    const jz_bytes text = fuzz_first(all, &receipt);
    jz_auto(jz_policy) *policy = NULL;
    jz_consent_verdict v;
    jz_err err = { 0 };
    if (jz_policy_parse(text, &policy, NULL) == JZ_OK) {
        if (jz_consent_verify(receipt, policy, &v, &err) == JZ_OK)
            assert(v.events > 0 && strlen(v.id) == JZ_CONSENT_ID_SIZE - 1);
        else
            assert(err.depth > 0);
    }
    free(copy);
    return 0;
}
