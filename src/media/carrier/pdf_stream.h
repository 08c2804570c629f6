/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of PDF files (ISO 32000-2, 7.3.8), stored as they are or with FlateDecode and its
 * predictors (7.4.4.4). Threads: those of the source. */
#ifndef JZ_PDF_STREAM_H
#define JZ_PDF_STREAM_H

#include "media/carrier/pdf_lex.h"

typedef struct jz_pdf_stream {
    jz_pdf_kind length_kind; /* INTEGER or REFERENCE */
    int64_t length;          /* bytes, or the number of the object that says it */
    unsigned length_generation;
    bool flate;
    uint32_t predictor; /* 1 = none, 2 = TIFF, 10 and more = PNG */
    uint32_t colors;
    uint32_t bits; /* of a color */
    uint32_t columns;
    uint64_t at;   /* of the stored data, in the file */
    uint64_t size; /* stored bytes */
} jz_pdf_stream;

/* Reads a stream's dictionary and the word "stream", to the first byte of its data, which goes to
 * out->at. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_UNSUPPORTED for other filters. */
JZ_CHECKED jz_status jz_pdf_stream_begin(jz_span *s, jz_pdf_stream *out, jz_err *err);
/* Sets the size of the data at the cursor, behind which "endstream" must stand. */
JZ_CHECKED jz_status jz_pdf_stream_end(jz_span *s, int64_t length, jz_pdf_stream *out, jz_err *err);
/* Appends what a stream holds. More than max_packed stored bytes of a compressed one, or max in the
 * end, are JZ_E_LIMIT. On failure out is as it was. */
JZ_CHECKED jz_status jz_pdf_stream_read(jz_source *src, const jz_pdf_stream *stream,
                                        size_t max_packed, size_t max, jz_buf *out, jz_err *err);

#endif
