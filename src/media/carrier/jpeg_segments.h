/* SPDX-License-Identifier: Apache-2.0 */
/* The segments of a JPEG file (ISO/IEC 10918-1 annex B), read one after the other, and what begins
 * those that hold metadata. */
#ifndef JZ_JPEG_SEGMENTS_H
#define JZ_JPEG_SEGMENTS_H

#include "media/source.h"

/* Markers. */
enum {
    JZ_JPEG_SOI = 0xd8,
    JZ_JPEG_EOI = 0xd9,
    JZ_JPEG_SOS = 0xda,
    JZ_JPEG_APP0 = 0xe0,
    JZ_JPEG_APP1 = 0xe1,
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

/* JZ_E_CORRUPT where the file does not begin as a JPEG. */
JZ_CHECKED jz_status jz_jpeg_open(jz_source *src, bool strict, jz_jpeg *out, jz_err *err);
/* The next one, with coded bytes before it passed over. JZ_E_TRUNCATED past the last; not strict,
 * whatever stands between segments is passed over too. */
JZ_CHECKED jz_status jz_jpeg_next(jz_jpeg *j, jz_jpeg_segment *out, jz_err *err);
/* Whether nothing but EOI may follow the scans that were read. */
bool jz_jpeg_is_over(const jz_jpeg *j);

typedef enum jz_jpeg_content {
    JZ_JPEG_TEXT, /* nothing that is known here */
    JZ_JPEG_XMP,
    JZ_JPEG_EXIF,
    JZ_JPEG_EXTENDED, /* XMP past the first 64 KB (XMP part 3, 1.1.3.1): GUID, full length, offset,
                         bytes */
    JZ_JPEG_MPF,
    JZ_JPEG_OTHER, /* what a decoder, or another standard, needs */
} jz_jpeg_content;

/* What begins a segment that is more than a text. */
typedef struct jz_jpeg_kind {
    uint8_t code;
    jz_jpeg_content content;
    uint8_t len;
    const char *head;
} jz_jpeg_kind;

extern const jz_jpeg_kind jz_jpeg_xmp, jz_jpeg_exif, jz_jpeg_plain;

/* Whether it is an APPn or COM segment. */
bool jz_jpeg_is_metadata(const jz_jpeg_segment *seg);
/* Its kind, static; jz_jpeg_plain where nothing is known. */
JZ_CHECKED jz_status jz_jpeg_identify(const jz_jpeg_segment *seg, const jz_jpeg_kind **out,
                                      jz_err *err);

#endif
