/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "ledger/lines.h"
#include "ledger/proof.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One text for one proof; and no leaf but "b", at index 1, can be proved to this log and witness.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char trusted[] =
        "log log.example/fuzz+da58392c+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs\n"
        "witness W witness.example/fuzz+c521b2f3+BP0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY\n"
        "quorum W\n";
    const jz_bytes text = { data, size };
    JZ_BUF_AUTO again = { 0 };
    jz_auto(jz_policy) *policy = NULL;
    jz_tlog_proof proof;
    jz_trust trust;
    uint64_t index = 0;
    if (jz_tlog_proof_parse(text, &proof, NULL) != JZ_OK)
        return 0;
    jz_tlog_proof_put(&proof, &again);
    if (again.len != size || memcmp(again.ptr, data, size) != 0)
        abort();
    if (jz_policy_parse(jz_bytes_of(trusted, strlen(trusted)), &policy, NULL) != JZ_OK)
        abort();
    if (jz_proof_verify(text, jz_bytes_of("b", 1), policy, &trust, &index, NULL) == JZ_OK &&
        (index != 1 || trust.checkpoint.size != 3 || trust.witnesses != 1))
        abort();
    if (jz_proof_verify(text, jz_bytes_of("d", 1), policy, &trust, &index, NULL) == JZ_OK)
        abort();
    return 0;
}
