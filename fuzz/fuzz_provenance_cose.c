/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/timestamp.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at_certificates(const jz_cose *c)
{
    STACK_OF(X509) *certs = NULL;
    char why[JZ_CERT_WHY] = "";
    jz_cert_info info;
    if (jz_certs_parse(c->cert, c->n_certs, &certs, NULL) != JZ_OK)
        return;
    X509 *leaf = sk_X509_value(certs, 0);
    jz_cert_describe(leaf, &info);
    (void)jz_cert_may_sign(certs, why);
    (void)jz_cert_verify(leaf, c->alg, c->protect, c->signature, why);
    (void)jz_ocsp_check(c->ocsp, c->n_ocsp, certs, 1700000000000000, why);
    if (strlen(why) >= sizeof why)
        abort();
    jz_certs_free(certs);
}

/* Nobody is trusted, so that no time stamp may be. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_cose c;
    jz_stamp s;
    if (jz_cose_parse((jz_bytes){ data, size }, &c, NULL) != JZ_OK)
        return 0;
    if (c.n_certs == 0 || c.n_certs > JZ_COSE_CERTS_MAX)
        abort();
    look_at_certificates(&c);
    JZ_BUF_AUTO stamped = { 0 };
    jz_cose_put_stamped(&stamped, &c, (jz_bytes){ 0 });
    jz_stamp_check(c.stamp, (jz_bytes){ (const uint8_t *)stamped.ptr, stamped.len }, NULL, &s);
    if (s.verdict == JZ_STAMP_OK)
        abort();
    X509_free(jz_stamp_signer(c.stamp));
    return 0;
}
