/* SPDX-License-Identifier: Apache-2.0 */
/* The invisible mark (docs/watermark.md) as one examiner among others: what is kept of it, and the
 * finding that follows. That none is found says nothing, and is no finding. */
#ifndef JZ_MARK_FINDINGS_H
#define JZ_MARK_FINDINGS_H

#include <jz/examine.h>

#include "base/json.h"

/* Of pixels that are there already. keys: NULL = no mark is looked for, *out stays. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_marks_read_plane(const jz_plane *p, uint32_t orientation,
                                         const jz_watermark_keys *keys, jz_watermark_brief *out,
                                         jz_err *err);
/* Of a file, which is decoded for it, unless *out is read already. What cannot be decoded stays
 * unread; JZ_E_NOMEM, JZ_E_IO, JZ_E_CHANGED. */
JZ_CHECKED jz_status jz_marks_read(jz_decoder *d, int fd, const jz_watermark_keys *keys,
                                   jz_watermark_brief *out, jz_err *err);
/* Appends watermark.found. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_marks_findings(const jz_watermark_brief *b, jz_findings *out, jz_err *err);
/* {"state":..., "payload":..., "key":...} */
void jz_marks_brief_json(jz_json *j, const jz_watermark_brief *b);

#endif
