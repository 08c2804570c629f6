/* SPDX-License-Identifier: Apache-2.0 */
/* The segments of a JPEG (ISO/IEC 10918-1 annex B), one after the other: markers, most of them with
 * a segment of up to 65533 bytes; behind SOS stand coded bytes up to the next marker. */
#ifndef JZ_JPEG_SEGMENTS_H
#define JZ_JPEG_SEGMENTS_H

#include "media/source.h"

enum {
    JZ_JPEG_SOI = 0xd8,
    JZ_JPEG_EOI = 0xd9,
    JZ_JPEG_SOS = 0xda,
    JZ_JPEG_APP0 = 0xe0,
    JZ_JPEG_APP1 = 0xe1,
    JZ_JPEG_APP11 = 0xeb,
    JZ_JPEG_COM = 0xfe,
};

#define JZ_JPEG_SEGMENT_MAX 65533 /* bytes of data */

typedef struct jz_jpeg_segment {
    uint8_t code;
    uint64_t at; /* of its marker */
    uint64_t end;
    jz_span data; /* behind the length; none for EOI and SOI */
} jz_jpeg_segment;

typedef struct jz_jpeg {
    jz_span s;
    bool strict;         /* no byte between segments, no marker out of place */
    bool coded;          /* the cursor is in coded data */
    unsigned components; /* of a sequential picture; 0 = there may be any number of scans */
    unsigned scanned;    /* components that have had their scan */
    unsigned scans;
} jz_jpeg;

/* Behind SOI. JZ_E_CORRUPT where there is none. */
JZ_CHECKED jz_status jz_jpeg_open(jz_source *src, bool strict, jz_jpeg *out, jz_err *err);
/* The next segment; over coded bytes, or whatever else stands before it where j is not strict.
 * Restart markers are coded bytes. JZ_E_CORRUPT, JZ_E_TRUNCATED for a file without EOI. */
JZ_CHECKED jz_status jz_jpeg_next(jz_jpeg *j, jz_jpeg_segment *out, jz_err *err);
/* Whether nothing but EOI may follow the segment's coded bytes: it was the only scan of a
 * sequential picture, or the last of its scans (B.2.1, figure B.2). */
bool jz_jpeg_last_scan(const jz_jpeg *j, const jz_jpeg_segment *seg);

#endif
