/* SPDX-License-Identifier: Apache-2.0 */
/* Calibrations: what is read is written so that it is read back the same, and gives a bounded
 * ratio. */
#include "inspect/calibration.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static jz_calibration c, back;
    JZ_BUF_AUTO first = { 0 };
    JZ_BUF_AUTO second = { 0 };
    jz_measured m[JZ_MEASURES];
    if (jz_calibration_parse((const char *)data, size, &c, NULL) != JZ_OK)
        return 0;
    jz_calibration_write(&c, &first);
    assert(jz_calibration_parse(first.ptr, first.len, &back, NULL) == JZ_OK);
    jz_calibration_write(&back, &second);
    assert(strcmp(first.ptr, second.ptr) == 0);
    for (size_t i = 0; i < JZ_MEASURES; i++)
        m[i] = (jz_measured){ .valid = true, .value = size > i ? data[i] : 0 };
    for (size_t i = 0; i < c.n; i++) {
        const double llr = jz_calibrated_llr(&c.cls[i], m);
        assert(llr >= -JZ_LLR_WIDE && llr <= JZ_LLR_WIDE);
        for (size_t k = 0; k < JZ_MEASURES; k++) {
            const double p = jz_percentile_of(&c.cls[i].measure[k], m[k].value);
            assert(p >= 0 && p <= 100);
        }
    }
    return 0;
}
