/* SPDX-License-Identifier: Apache-2.0 */
/* A complaint, and what is added to one: what is read is written, and read back the same. */
#include "fuzz_govern.h"

#include "govern/complaints.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static jz_complaint_form f, again;
    jz_bytes json;
    uint8_t *copy = fuzz_exact(data, size, &json);
    jz_err err = { 0 };
    if (jz_complaint_form_read(json, &f, &err) == JZ_OK) {
        JZ_BUF_AUTO text = { 0 };
        memset(f.salt, 7, sizeof f.salt);
        jz_complaint_form_text(&f, &text);
        assert(jz_complaint_text_read(text.ptr, &again, NULL) == JZ_OK);
        assert(again.items == f.items && again.role == f.role && again.category == f.category);
        assert(strcmp(again.description, f.description) == 0);
        assert(jz_complaint_score(f.role, f.category) <= 10);
    } else {
        assert(err.depth > 0);
    }
    if (jz_complaint_more_read(json, &f, NULL) == JZ_OK)
        assert(jz_complaint_elements(&f) != 0);
    free(copy);
    return 0;
}
