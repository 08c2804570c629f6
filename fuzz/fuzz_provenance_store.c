/* SPDX-License-Identifier: Apache-2.0 */
#include "provenance/check.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A manifest store as a file of its own: validated to the end, told in crJSON, and never trusted,
 * since nobody is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const jz_verify_opts opts = { .at_us = 1700000000000000 };
    jz_credentials *c = NULL;
    char *text = NULL;
    const jz_status st = jz_credentials_verify_bytes((jz_bytes){ data, size }, &opts, &c, NULL);
    if (st != JZ_OK)
        return 0;
    if (jz_credentials_state(c) == JZ_CREDENTIALS_TRUSTED)
        abort();
    if (jz_credentials_crjson(c, &text, NULL) == JZ_OK) {
        if (text[0] != '{' || text[strlen(text) - 1] != '}')
            abort();
        jz_credentials_text_free(text);
    }
    jz_credentials_free(c);
    return 0;
}
