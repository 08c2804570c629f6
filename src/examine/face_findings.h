/* SPDX-License-Identifier: Apache-2.0 */
/* The examination of faces (docs/inspect.md) as the last examiner: how far it looks, what is kept
 * of it, and the finding that follows. It speaks in words, never in a percentage. */
#ifndef JZ_FACE_FINDINGS_H
#define JZ_FACE_FINDINGS_H

#include <jz/examine.h>

#include "base/json.h"

/* exact: of the file. What cannot be examined stays unread; JZ_E_NOMEM, JZ_E_IO, JZ_E_CHANGED. */
JZ_CHECKED jz_status jz_faces_read(jz_decoder *d, int fd, const jz_measure_opts *opts,
                                   const jz_exact_hashes *exact, jz_face_brief *out, jz_err *err);
/* Appends inspect.replacement where a face supports it. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_faces_findings(const jz_face_brief *b, jz_findings *out, jz_err *err);
/* {"frames":..., "faces":..., ...} */
void jz_faces_brief_json(jz_json *j, const jz_face_brief *b);

#endif
