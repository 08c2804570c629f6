/* SPDX-License-Identifier: Apache-2.0 */
/* The uuid boxes of C2PA in a file of boxes (C2PA 2.2, A.5.1), for asset_bmff.c and bind_*.c. */
#ifndef JZ_BMFF_C2PA_H
#define JZ_BMFF_C2PA_H

#include "media/carrier/bmff.h"

#define JZ_C2PA_PURPOSE 10 /* bytes of the longest purpose that is known, and a terminator */

extern const uint8_t jz_c2pa_uuid[16];

typedef struct jz_c2pa_box_content {
    char purpose[JZ_C2PA_PURPOSE]; /* "manifest", "original", "update", "merkle", or another */
    jz_span data;                  /* behind it */
} jz_c2pa_box_content;

/* *is tells whether b is one of them. JZ_E_TRUNCATED for one that is too short. */
JZ_CHECKED jz_status jz_c2pa_box(const jz_box *b, jz_c2pa_box_content *out, bool *is, jz_err *err);

#endif
