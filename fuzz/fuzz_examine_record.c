/* SPDX-License-Identifier: Apache-2.0 */
/* The record of a measurement in the state of a scan: whatever is read must be written back the
 * same. */
#include "base/alloc.h"
#include "examine/record.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    jz_measurement m = { 0 }, again = { 0 };
    jz_err item = { 0 }, item_again = { 0 };
    uint8_t *exact = jz_alloc(size);
    if (exact == NULL)
        return 0;
    if (size > 0)
        memcpy(exact, data, size);
    if (jz_record_read((jz_bytes){ exact, size }, &m, &item, NULL) == JZ_OK) {
        JZ_BUF_AUTO first = { 0 };
        JZ_BUF_AUTO second = { 0 };
        jz_record_write(&first, &m, &item);
        const jz_bytes bytes = { (const uint8_t *)first.ptr, first.len };
        const jz_status st = jz_record_read(bytes, &again, &item_again, NULL);
        assert(st == JZ_OK);
        jz_record_write(&second, &again, &item_again);
        assert(first.len == second.len && memcmp(first.ptr, second.ptr, first.len) == 0);
    }
    jz_measurement_done(&m);
    jz_measurement_done(&again);
    jz_free(exact);
    return 0;
}
