/* SPDX-License-Identifier: Apache-2.0 */
/* Previews for reports: enough to tell two pictures apart, too little to know a person. */
#ifndef JZ_PREVIEW_H
#define JZ_PREVIEW_H

#include <jz/examine.h>

#include "base/buf.h"

/* Reduces a picture to at most JZ_PREVIEW_SIDE on its longer side, keeping its shape, grey and
 * blurred. Cannot fail. */
void jz_preview_make(const jz_plane *p, jz_preview *out);
/* Appends "data:image/bmp;base64,..." (8-bit BMP with a palette of 64 greys). width must not be
 * 0. */
void jz_preview_data_uri(jz_buf *out, const jz_preview *preview);

#endif
