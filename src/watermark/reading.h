/* SPDX-License-Identifier: Apache-2.0 */
/* A mark looked for in a field of differences, blind. */
#ifndef JZ_READING_H
#define JZ_READING_H

#include "watermark/attempt.h"

/* Takes z. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_wm_reader_new(const jz_wm_dsp *dsp, jz_wm_field *z, jz_wm_reader **out,
                                      jz_err *err);
void jz_wm_reader_free(jz_wm_reader *r);
JZ_DEFINE_AUTO(jz_wm_reader, jz_wm_reader_free);

/* One key: the picture as it is, then every stage until one gives a payload. */
JZ_CHECKED jz_status jz_wm_read(jz_wm_reader *r, const struct jz_watermark_key *k,
                                jz_wm_result *out, jz_err *err);
/* The picture as it is alone: what was marked here and has not been moved since. */
JZ_CHECKED jz_status jz_wm_read_unmoved(jz_wm_reader *r, const struct jz_watermark_key *k,
                                        jz_wm_result *out, jz_err *err);

#endif
