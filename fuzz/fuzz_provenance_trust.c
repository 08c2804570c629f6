/* SPDX-License-Identifier: Apache-2.0 */
/* A list of certificates in PEM form, as somebody may have sent it. */
#include <jz/provenance.h>

#include "provenance/cert.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_trust *t = NULL;
    X509 *one = X509_new();
    if (one == NULL || jz_trust_new(&t, NULL) != JZ_OK)
        abort();
    const jz_status st = jz_trust_add_pem(t, JZ_TRUST_SIGNERS, (jz_bytes){ data, size }, NULL);
    /* Nobody in it has issued an empty certificate. */
    if (st == JZ_E_BUG || jz_trust_leads(t, JZ_TRUST_SIGNERS, one, NULL, 1700000000000000) ||
        jz_trust_leads(t, JZ_TRUST_TIME, one, NULL, 1700000000000000))
        abort();
    X509_free(one);
    jz_trust_free(t);
    return 0;
}
