/* SPDX-License-Identifier: Apache-2.0 */
/* Exif blocks in memory: a TIFF structure (TIFF 6.0, section 2; Exif 2.32, 4.5), with or without
 * the "Exif\0\0" prefix; offsets count from the first byte that is handed in. Every offset and
 * count is checked against the block, nothing is recursive. Threads: any. */
#ifndef JZ_EXIF_H
#define JZ_EXIF_H

#include "base/buf.h"

/* The orientation (1..8; tag 0x0112 of IFD0). 1 where the block has none, or is damaged: a wrong
 * Exif block never makes a picture unreadable. */
uint32_t jz_exif_orientation(jz_bytes exif);

typedef struct jz_tiff_field {
    uint16_t type;  /* 1..12, TIFF 6.0 section 2 */
    uint32_t count; /* of values of that type */
    size_t at;      /* of the first value in the block */
    size_t size;    /* bytes of all values; at + size is within the block */
    bool big_endian;
} jz_tiff_field;

/* A field of the first directory. JZ_E_NOTFOUND; JZ_E_CORRUPT where the block is no TIFF structure;
 * JZ_E_TRUNCATED where the directory or the values do not fit in. */
JZ_CHECKED jz_status jz_tiff_find(jz_bytes tiff, uint16_t tag, jz_tiff_field *out, jz_err *err);

/* The texts in which labels are found. */
typedef enum jz_exif_tag {
    JZ_EXIF_IMAGE_DESCRIPTION = 0x010e, /* in IFD0, ASCII */
    JZ_EXIF_USER_COMMENT = 0x9286,      /* in the Exif IFD, behind an 8-byte code of its charset */
} jz_exif_tag;

typedef struct jz_exif_place { /* of the stored text in the block, without that code */
    size_t at;
    size_t size; /* bytes, up to the end of the field */
} jz_exif_place;

/* Appends a text as UTF-8, up to its first NUL, and tells where it stands. ASCII and texts of no
 * stated charset that are not valid UTF-8 are taken as Latin-1. UNICODE is UTF-16 in the block's
 * byte order or, where its zero bytes say so, in the other one. Fails as jz_tiff_find(), and with
 * JZ_E_UNSUPPORTED (JIS) or JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_exif_text(jz_bytes exif, jz_exif_tag tag, jz_exif_place *place,
                                  jz_buf *text, jz_err *err);
/* Appends the whole block, of the same size, in which that text's characters are spaces; its
 * charset code and its NULs stay. For a label that was merged into another block: one that is
 * current is left in the file. Fails as jz_exif_text(), and with JZ_E_CORRUPT where the text shares
 * its bytes with what leads to it. On failure out is as it was. */
JZ_CHECKED jz_status jz_exif_blank_text(jz_bytes exif, jz_exif_tag tag, jz_buf *out, jz_err *err);

#endif
