/* SPDX-License-Identifier: Apache-2.0 */
/* A published list of filings. */
#include "fuzz_govern.h"

#include "base/json.h"

#include <jz/filing.h>

static jz_status take(void *user, const jz_filing *row, uint64_t line, jz_err *err)
{
    uint64_t *last = user;
    const char *const texts[] = { row->number,  row->algorithm, row->role, row->subject,
                                  row->product, row->purpose,   row->note, row->code };
    (void)err;
    assert(line > *last);
    *last = line;
    for (size_t i = 0; i < JZ_ARRAY_LEN(texts); i++)
        assert(jz_utf8_valid(texts[i], strlen(texts[i])));
    assert(row->number[0] != '\0' && row->subject[0] != '\0');
    return JZ_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_bytes csv;
    uint8_t *copy = fuzz_exact(data, size, &csv);
    uint64_t last = 0;
    jz_err err = { 0 };
    if (jz_filing_read(csv, take, &last, &err) != JZ_OK)
        assert(err.depth > 0);
    free(copy);
    return 0;
}
