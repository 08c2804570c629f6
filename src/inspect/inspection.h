/* SPDX-License-Identifier: Apache-2.0 */
/* The examination of pixels that are in memory already: self-blends of a file's picture. */
#ifndef JZ_INSPECTION_H
#define JZ_INSPECTION_H

#include <jz/inspect.h>

/* As jz_inspect() of a still whose pixels these are, as shown; format and size are those of `like`.
 * JZ_E_NOMEM, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_inspect_picture(jz_face_finder *finder, const jz_plane *plane,
                                        const jz_inspection *like, const jz_inspect_opts *opts,
                                        jz_inspection *out, jz_err *err);

#endif
