/* SPDX-License-Identifier: Apache-2.0 */
/* Any file with credentials: validated, and what was done to it explained. Nobody is trusted, and
 * a file that is said to be whole is not said to be changed. */
#include "provenance/check.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const jz_verify_opts opts = { .at_us = 1700000000000000 };
    const char *text = NULL;
    jz_credentials *c = NULL;
    if (jz_credentials_verify_bytes((jz_bytes){ data, size }, &opts, &c, NULL) != JZ_OK)
        return 0;
    if (jz_credentials_state(c) == JZ_CREDENTIALS_TRUSTED)
        abort();
    if (jz_credentials_explain(c, NULL) == JZ_OK) {
        const jz_change_kind kind = jz_credentials_change(c, &text);
        if (jz_credentials_state(c) == JZ_CREDENTIALS_VALID && kind != JZ_CHANGE_NONE)
            abort();
        if ((kind == JZ_CHANGE_NONE) != (text[0] == '\0'))
            abort();
    }
    jz_credentials_free(c);
    return 0;
}
