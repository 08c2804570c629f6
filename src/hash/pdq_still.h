/* SPDX-License-Identifier: Apache-2.0 */
/* All PDQ hashes of a still picture at once, as who decodes it has its pixels in the cache. */
#ifndef JZ_PDQ_STILL_H
#define JZ_PDQ_STILL_H

#include <jz/hash.h>

void jz_pdq_variants_of(const jz_pdq *pdq, jz_pdq_variants *out);
/* JZ_E_NOMEM. Threads: any. */
JZ_CHECKED jz_status jz_pdq_still_make(const jz_plane *p, jz_pdq_still *out, jz_err *err);

#endif
