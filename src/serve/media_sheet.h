/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of what is reviewed, small, in memory: a file is decoded once, in the sandbox, and a few
 * frames of it are kept until others are wanted. Nothing of it is written to a disk, and it is
 * wiped when it goes. Threads: any. */
#ifndef JZ_MEDIA_SHEET_H
#define JZ_MEDIA_SHEET_H

#include <jz/hash.h>

#include "base/buf.h"

#define JZ_SHEET_FRAMES 16 /* at most; of a video about 12, spread over all of it */
#define JZ_SHEET_SIDE 480  /* pixels of the longer side, at most */
#define JZ_SHEET_BLURS 4   /* 0 = none, 3 = strong */

typedef struct jz_sheet {
    uint8_t sha256[JZ_SHA256_SIZE];
    size_t n;
    jz_plane frame[JZ_SHEET_FRAMES]; /* RGB, as shown */
    uint8_t *mem[JZ_SHEET_FRAMES];
    double at_s[JZ_SHEET_FRAMES];
    bool partial; /* the file is damaged further on, or would take too long */
} jz_sheet;

typedef struct jz_sheets jz_sheets;
JZ_CHECKED jz_status jz_sheets_new(jz_sheets **out, jz_err *err);
void jz_sheets_free(jz_sheets *s); /* NULL is fine */

/* Opens the file of a sheet that is not there; the caller closes. */
typedef jz_status (*jz_sheet_open_fn)(void *user, bool *moves, int *fd, jz_err *err);
/* Uses a sheet, which is borrowed for the call. */
typedef jz_status (*jz_sheet_use_fn)(void *user, const jz_sheet *sheet, jz_err *err);
/* Makes the sheet where it is not there, and uses it. JZ_E_BUSY: another one is being made, try
 * again; what jz_decode() fails with where it has no frame. */
JZ_CHECKED jz_status jz_sheets_use(jz_sheets *s, const uint8_t sha256[JZ_SHA256_SIZE],
                                   jz_decoder *d, jz_sheet_open_fn open, jz_sheet_use_fn use,
                                   void *user, jz_err *err);

/* PNG of all frames as a report's previews (examine/preview.h): grey, blurred, side by side. */
JZ_CHECKED jz_status jz_sheet_put_preview(const jz_sheet *s, jz_buf *out, jz_err *err);
/* PNG of one frame. JZ_E_NOTFOUND: there is none of that number, from 0. */
JZ_CHECKED jz_status jz_sheet_put_frame(const jz_sheet *s, size_t frame, unsigned blur, bool colour,
                                        jz_buf *out, jz_err *err);

#endif
