/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/der.h"

#include <jz/evidence.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const jz_bytes der = { data, size };
    jz_tsa_reply r;
    jz_tsa_request q;
    const jz_status form = jz_der_check(der, "fuzz", NULL);
    if (jz_tsa_reply_read(der, &r, NULL) == JZ_OK) {
        if (form != JZ_OK || r.has_token != (r.status <= 1) ||
            memchr(r.text, '\0', sizeof r.text) == NULL ||
            memchr(r.policy, '\0', sizeof r.policy) == NULL ||
            memchr(r.serial, '\0', sizeof r.serial) == NULL || r.at_us < 0)
            abort();
        if (jz_tsa_request_make(r.hash, r.imprint, &q, NULL) != JZ_OK)
            abort();
        memcpy(q.nonce, r.nonce, sizeof q.nonce);
        const jz_status st = jz_tsa_reply_check(&r, &q, 0, 0, NULL);
        if ((st == JZ_OK) != (r.status <= 1 && r.has_nonce))
            abort();
    }
    if (jz_tsa_request_read(der, &q, NULL) == JZ_OK &&
        (q.len != size || memcmp(q.der, data, size) != 0))
        abort();
    return 0;
}
