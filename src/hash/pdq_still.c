/* SPDX-License-Identifier: Apache-2.0 */
#include "hash/pdq_still.h"

#include <string.h>

#define MAX_QUALITY 100

void jz_pdq_variants_of(const jz_pdq *pdq, jz_pdq_variants *out)
{
    out->quality = (uint8_t)pdq->quality;
    for (int v = 0; v < JZ_DIHEDRALS; v++)
        jz_pdq_digest(pdq, (jz_dihedral)v, out->digest[v]);
}

jz_status jz_pdq_still_make(const jz_plane *p, jz_pdq_still *out, jz_err *err)
{
    jz_pdq pdq;
    JZ_TRY(jz_pdq_nn512(p, &pdq, err));
    jz_pdq_variants_of(&pdq, &out->nn512);
    JZ_TRY(jz_pdq_full(p, &pdq, err));
    jz_pdq_variants_of(&pdq, &out->full);
    return JZ_OK;
}

jz_status jz_pdq_still_read(jz_bytes sent, jz_pdq_still *out, jz_err *err)
{
    jz_pdq_still still;
    if (sent.len != sizeof still)
        return JZ_FAIL(err, JZ_E_CORRUPT, "hashes of %zu bytes", sent.len);
    memcpy(&still, sent.ptr, sizeof still);
    if (still.nn512.quality > MAX_QUALITY || still.full.quality > MAX_QUALITY)
        return JZ_FAIL(err, JZ_E_CORRUPT, "hashes of quality %u and %u", still.nn512.quality,
                       still.full.quality);
    *out = still;
    return JZ_OK;
}
