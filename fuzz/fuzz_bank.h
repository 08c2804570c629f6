/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets of the exchange formats share: an import without a database, which checks what
 * every entry and every count must be. */
#ifndef JZ_FUZZ_BANK_H
#define JZ_FUZZ_BANK_H

#include "bank/import.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline jz_status fuzz_put(void *user, const jz_entry_meta *meta, const jz_signal *signals,
                                 size_t n, bool *added, jz_err *err)
{
    uint64_t *entries = user;
    (void)err;
    assert(n > 0 && (unsigned)meta->status <= JZ_ENTRY_WITHDRAWN);
    for (size_t i = 0; i < n; i++) {
        assert(signals[i].cls != NULL);
        assert(signals[i].quality >= -1 && signals[i].quality <= 100);
        assert(signals[i].frame >= -1);
    }
    ++*entries;
    *added = *entries % 2 == 1;
    return JZ_OK;
}

static inline void fuzz_bad_line(void *user, uint64_t line, const jz_err *err)
{
    uint64_t *bad = user;
    assert(line > 0 && err->depth > 0 && err->frame[0][0] != '\0');
    ++*bad;
}

static inline void fuzz_import(jz_bank_format format, const uint8_t *data, size_t size)
{
    uint8_t *text = malloc(size > 0 ? size : 1); /* of the exact size: reading past it shows */
    uint64_t entries = 0, bad = 0;
    jz_err err = { 0 };
    assert(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    const jz_import_opts opts = { .format = format, .bad_line = fuzz_bad_line, .user = &bad };
    jz_import im = { .opts = &opts, .put = fuzz_put, .user = &entries };
    jz_lines lines;
    jz_lines_init_slice(&lines, (jz_bytes){ text, size });
    const jz_status st = jz_import_run(&im, &lines, &err);
    if (st == JZ_OK) {
        assert(im.result.added + im.result.known == entries);
        assert(im.result.bad == bad);
    } else {
        assert(err.depth > 0);
    }
    jz_lines_done(&lines);
    jz_import_done(&im);
    free(text);
}

#endif
