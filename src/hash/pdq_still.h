/* SPDX-License-Identifier: Apache-2.0 */
/* All PDQ hashes of a still picture as bytes, which one process can send to another: who decodes
 * has the pixels in its processor's cache. */
#ifndef JZ_PDQ_STILL_H
#define JZ_PDQ_STILL_H

#include <jz/hash.h>

typedef struct jz_pdq_variants { /* no padding, as below */
    uint8_t quality;             /* 0..100 */
    uint8_t digest[JZ_DIHEDRALS][JZ_PDQ_SIZE];
} jz_pdq_variants;

typedef struct jz_pdq_still {
    jz_pdq_variants nn512, full;
} jz_pdq_still;

void jz_pdq_variants_of(const jz_pdq *pdq, jz_pdq_variants *out);
/* jz_pdq_nn512() and jz_pdq_full(). JZ_E_NOMEM. Threads: any. */
JZ_CHECKED jz_status jz_pdq_still_make(const jz_plane *p, jz_pdq_still *out, jz_err *err);
/* Takes what another process sent; JZ_E_CORRUPT where that cannot be one. */
JZ_CHECKED jz_status jz_pdq_still_read(jz_bytes sent, jz_pdq_still *out, jz_err *err);

#endif
