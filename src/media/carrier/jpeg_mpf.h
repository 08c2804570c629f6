/* SPDX-License-Identifier: Apache-2.0 */
/* The multi-picture index of a JPEG (CIPA DC-007-2009, 5.2): sizes of the pictures that stand one
 * behind the other in the file, and their offsets from the index itself. */
#ifndef JZ_JPEG_MPF_H
#define JZ_JPEG_MPF_H

#include "media/splice.h"

typedef struct jz_jpeg_mpf {
    uint64_t at;   /* of the byte order that begins the index, in the file */
    uint64_t size; /* bytes up to the end of its segment; 0 = the file has none */
    uint64_t end;  /* of the first picture, in the file */
} jz_jpeg_mpf;

/* Adds to the planned changes those of the index: the first picture's size, where it was right
 * before, and the offsets of pictures to which the distance has changed. JZ_E_UNSUPPORTED for a
 * damaged index behind which something changes. */
JZ_CHECKED jz_status jz_jpeg_mpf_fit(jz_source *src, const jz_jpeg_mpf *mpf, jz_splices *out,
                                     jz_err *err);

#endif
