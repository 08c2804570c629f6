/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "label/security.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The label is a published one, so that its own security data, a seed, verifies. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char label[] = "1";
    char producer[] = "001191310104MACE0YX63918020";
    char id[] = "142569260085903360";
    JZ_BUF_AUTO text = { 0 };
    jz_signature one;
    jz_signature two;
    jz_buf_put(&text, data, size);
    const jz_aigc a = { .field = { label, producer, id, text.ptr, NULL, NULL, text.ptr } };
    if (jz_security_verify(&a, JZ_AIGC_RESERVED1, NULL, &one, NULL) != JZ_OK ||
        jz_security_verify(&a, JZ_AIGC_RESERVED2, NULL, &two, NULL) != JZ_OK)
        abort();
    const bool valid = one.state == JZ_SIGNATURE_INTEGRITY;
    if (one.state == JZ_SIGNATURE_KNOWN || two.state == JZ_SIGNATURE_INVALID ||
        valid != (two.state == JZ_SIGNATURE_INTEGRITY) || strlen(one.message) >= sizeof one.message)
        abort();
    return 0;
}
