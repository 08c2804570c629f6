/* SPDX-License-Identifier: Apache-2.0 */
/* A request to the gate. */
#include "fuzz_govern.h"

#include "govern/gates.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static jz_gate_request q;
    jz_bytes json;
    uint8_t *copy = fuzz_exact(data, size, &json);
    jz_err err = { 0 };
    if (jz_gate_request_read(json, &q, &err) == JZ_OK) {
        assert(q.subjects >= 1 && q.subjects <= JZ_GATE_SUBJECTS);
        assert(q.operation > 0 && q.purpose > 0 && q.content_class > 0 && q.id[0] != '\0');
        assert(memchr(q.id, '\0', sizeof q.id) != NULL);
    } else {
        assert(err.depth > 0);
    }
    free(copy);
    return 0;
}
