/* SPDX-License-Identifier: Apache-2.0 */
/* A line that is accepted has values in range, and survives being written and read again. */
#include <jz/hash.h>

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size > 0 ? size : 1); /* of the exact size: reading past it shows */
    assert(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    jz_vpdq_line line, again;
    if (jz_vpdq_parse(text, size, &line, NULL) == JZ_OK) {
        char out[JZ_VPDQ_TEXT];
        assert(line.quality >= 0 && line.quality <= 100 && line.seconds >= 0);
        (void)jz_vpdq_format(&line, out);
        assert(jz_vpdq_parse(out, strlen(out), &again, NULL) == JZ_OK);
        assert(again.frame == line.frame && again.quality == line.quality);
        assert(memcmp(again.digest, line.digest, sizeof line.digest) == 0);
    }
    free(text);
    return 0;
}
