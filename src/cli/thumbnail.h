/* SPDX-License-Identifier: Apache-2.0 */
/* A small PNG of a picture, or of the first frame of a video, for a manifest. The file is decoded
 * in the sandbox; what comes of it is coded here. */
#ifndef JZ_THUMBNAIL_H
#define JZ_THUMBNAIL_H

#include <jz/media.h>

#include "base/buf.h"

#define JZ_THUMBNAIL_SIDE 160 /* pixels of the longer side, at most */

/* Appends it, as the picture is shown. Fails as jz_decode(). */
JZ_CHECKED jz_status jz_thumbnail_make(jz_decoder *d, int fd, jz_buf *out, jz_err *err);

#endif
