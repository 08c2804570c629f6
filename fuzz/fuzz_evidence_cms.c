/* SPDX-License-Identifier: Apache-2.0 */
#include <jz/evidence.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without a CA file nothing is ever ok; with the content of the seeds some of it is well signed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char content[] = "the sealed text\n";
    jz_cms_report r;
    if (jz_cms_verify((jz_bytes){ (const uint8_t *)content, sizeof content - 1 },
                      (jz_bytes){ data, size }, NULL, 0, &r, NULL) != JZ_OK)
        return 0;
    if (r.ok || r.n > JZ_CMS_SIGNERS_MAX)
        abort();
    for (size_t i = 0; i < r.n; i++)
        if (r.signer[i].chain_ok || r.signer[i].why.code == JZ_OK ||
            memchr(r.signer[i].subject, '\0', sizeof r.signer[i].subject) == NULL)
            abort();
    return 0;
}
