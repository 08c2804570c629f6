/* SPDX-License-Identifier: Apache-2.0 */
/* A record of a consent: what is read is lawful, and its two texts are read back as they are. */
#include "fuzz_govern.h"

#include "govern/consent_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static jz_consent_record r, again;
    static jz_consent_personal p;
    jz_bytes json;
    uint8_t *copy = fuzz_exact(data, size, &json);
    JZ_BUF_AUTO personal = { 0 };
    JZ_BUF_AUTO record = { 0 };
    char id[JZ_CONSENT_ID_SIZE];
    jz_err err = { 0 };
    if (jz_consent_record_input(json, &r, &err) == JZ_OK) {
        assert(r.grant.revocable && !r.grant.sublicensable && r.n_controllers == 1);
        assert(r.until_s > r.from_s && r.until_s - r.from_s <= JZ_CONSENT_MAX_S);
        memcpy(r.record_id, "00000000-0000-4000-8000-000000000000", sizeof r.record_id);
        assert(jz_consent_record_text(&r, &personal, &record, id, NULL) == JZ_OK);
        const jz_bytes text = { (const uint8_t *)record.ptr, record.len };
        assert(jz_consent_record_read(text, &again, NULL) == JZ_OK);
        const jz_bytes own = { (const uint8_t *)personal.ptr, personal.len };
        assert(jz_consent_personal_read(own, &p, NULL) == JZ_OK);
    } else {
        assert(err.depth > 0);
    }
    free(copy);
    return 0;
}
