/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"
#include "ledger/lines.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A policy that is read judges: a checkpoint that nobody has signed by no policy, whatever else. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char note[] =
        "log.example/fuzz\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n"
        "\xe2\x80\x94 log.example/fuzz 2lg5LAkSvqCHUE6v55i4mZJSJGeoBk5Wj1MzB2DB0y2RwPe7m4YcWQCa/iab"
        "Y8JxdZEkFzJIMRXAkZqXtmfEGcJLEgw=\n";
    static const char forged[] =
        "log.example/fuzz\n4\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n"
        "\xe2\x80\x94 log.example/fuzz 2lg5LAkSvqCHUE6v55i4mZJSJGeoBk5Wj1MzB2DB0y2RwPe7m4YcWQCa/iab"
        "Y8JxdZEkFzJIMRXAkZqXtmfEGcJLEgw=\n";
    jz_auto(jz_policy) *policy = NULL;
    jz_trust trust;
    if (jz_policy_parse((jz_bytes){ data, size }, &policy, NULL) != JZ_OK)
        return 0;
    const jz_status st = jz_policy_check(policy, jz_bytes_of(note, strlen(note)), &trust, NULL);
    if (st == JZ_OK && trust.witnesses != 0)
        abort(); /* no witness has signed it */
    if (jz_policy_check(policy, jz_bytes_of(forged, strlen(forged)), &trust, NULL) == JZ_OK)
        abort();
    return 0;
}
