/* SPDX-License-Identifier: Apache-2.0 */
/* Where the objects of a PDF file are (ISO 32000-2, 7.5): cross-reference tables, streams and both
 * together, over all revisions, and objects in object streams. Entries are looked up in the file
 * one by one, so that memory does not grow with their number: what is kept is a small record of
 * each section, and what one cross-reference stream and one object stream hold.
 *
 * All work on one file is paid for from a budget of bytes: a file that is made to be read over and
 * over again is JZ_E_LIMIT. Threads: those of the source. */
#ifndef JZ_PDF_XREF_H
#define JZ_PDF_XREF_H

#include "media/carrier/pdf_stream.h"

#define JZ_PDF_SECTIONS_MAX 2048                   /* of the cross-reference */
#define JZ_PDF_TRAILER_MAX ((size_t)1 << 20)       /* bytes of a section's dictionary */
#define JZ_PDF_ROWS_MAX ((size_t)8 << 20)          /* bytes of an unpacked cross-reference stream */
#define JZ_PDF_OBJECT_STREAM_MAX ((size_t)8 << 20) /* unpacked bytes */
#define JZ_PDF_PACKED_MAX ((size_t)4 << 20)        /* of either, as it is stored */
#define JZ_PDF_OBJECTS_MAX 0x7ffffffe              /* the largest number of an object */
#define JZ_PDF_FUEL ((uint64_t)256 << 20)          /* the budget for reading */

typedef struct jz_pdf_ref {
    uint32_t number; /* 0: none */
    uint32_t generation;
} jz_pdf_ref;

typedef struct jz_pdf_section {
    uint64_t at;    /* of "xref", or of a cross-reference stream's object */
    bool is_stream; /* the fields below are of a stream */
    bool hybrid;    /* a table to which the next section in the list belongs */
    uint64_t index; /* offset of the array /Index, 0: one range of size rows */
    uint64_t index_end;
    uint32_t size;
    uint8_t width[3]; /* bytes of a row's fields */
    jz_pdf_ref self;
    jz_pdf_stream stream;
    jz_buf rows; /* unpacked; empty until they are needed */
} jz_pdf_section;

typedef struct jz_pdf_trailer {
    uint64_t at; /* of its dictionary, in the file */
    int64_t size;
    int64_t prev;        /* -1: none */
    int64_t xref_stream; /* -1: none */
    jz_pdf_ref root;
    jz_pdf_ref info;
    bool encrypted;
} jz_pdf_trailer;

/* One object that a search of a damaged file has found. */
typedef struct jz_pdf_found {
    uint64_t at;
    uint32_t number;
    uint32_t generation;
    bool object_stream;
} jz_pdf_found;

typedef struct jz_pdf { /* = { 0 }; freed with jz_pdf_done() */
    jz_source *src;
    uint64_t fuel;           /* bytes of work that are left */
    uint64_t startxref;      /* where that word stands */
    jz_pdf_trailer trailer;  /* the newest one */
    jz_pdf_section *section; /* newest first */
    size_t n, size;
    bool searched; /* the sections are not used, but what was found: */
    jz_pdf_found *found;
    size_t n_found, found_size;
    uint32_t object_stream; /* number of the one that is unpacked; 0: none */
    uint64_t object_stream_at;
    uint64_t n_inside; /* objects in it */
    uint64_t first;    /* where the first of them begins */
    jz_buf inside;
} jz_pdf;

void jz_pdf_done(jz_pdf *p);
/* Reads all sections, from the end of the file; src is borrowed for as long as *out lives.
 * JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_LIMIT, JZ_E_UNSUPPORTED. */
JZ_CHECKED jz_status jz_pdf_open(jz_source *src, uint64_t fuel, jz_pdf *out, jz_err *err);
/* The same for a file whose cross-reference is damaged: searches all of it, once, for objects and
 * trailers, the last of which count. JZ_E_CORRUPT where there is no trailer; JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_pdf_search(jz_source *src, uint64_t fuel, jz_pdf *out, jz_err *err);
/* Takes work from the budget. */
JZ_CHECKED jz_status jz_pdf_spend(jz_pdf *p, uint64_t bytes, jz_err *err);
/* The entries of a trailer's dictionary, which begins at the cursor. */
JZ_CHECKED jz_status jz_pdf_read_trailer(jz_span *s, jz_pdf_trailer *out, jz_err *err);

typedef enum jz_pdf_where {
    JZ_PDF_NOWHERE, /* no entry: null */
    JZ_PDF_FREE,    /* null too */
    JZ_PDF_IN_FILE,
    JZ_PDF_IN_STREAM,
} jz_pdf_where;

typedef struct jz_pdf_place {
    jz_pdf_where where;
    uint64_t at;     /* in the file */
    uint32_t stream; /* the object stream's number */
    uint32_t index;  /* in it */
    uint32_t generation;
} jz_pdf_place;

/* Where the current revision has an object. */
JZ_CHECKED jz_status jz_pdf_find(jz_pdf *p, uint32_t number, jz_pdf_place *out, jz_err *err);
/* The numbers of at most max objects of the newest section, with their places; JZ_E_LIMIT where
 * there are more. */
JZ_CHECKED jz_status jz_pdf_newest(jz_pdf *p, size_t max, uint32_t *numbers, jz_pdf_place *places,
                                   size_t *n, jz_err *err);

typedef struct jz_pdf_object { /* = { 0 }; freed with jz_pdf_object_done(); may not be moved */
    jz_pdf_ref ref;
    bool missing; /* null: the fields below are empty */
    bool in_stream;
    uint64_t at;      /* in the file: of its value, or of the stored data of its object stream */
    jz_span body;     /* from its value on; where not in_stream, to the file's end */
    jz_source source; /* of body, where in_stream */
    jz_buf text;
} jz_pdf_object;
void jz_pdf_object_done(jz_pdf_object *o);

/* JZ_E_CORRUPT where the cross-reference leads to no such object. */
JZ_CHECKED jz_status jz_pdf_load(jz_pdf *p, jz_pdf_ref ref, jz_pdf_object *out, jz_err *err);
/* The stream that an object is. */
JZ_CHECKED jz_status jz_pdf_load_stream(jz_pdf *p, const jz_pdf_object *o, jz_pdf_stream *out,
                                        jz_err *err);
static inline jz_pdf_ref jz_pdf_ref_of(const jz_pdf_item *v)
{
    const bool is = v->kind == JZ_PDF_REFERENCE && v->number <= JZ_PDF_OBJECTS_MAX;
    return is ? (jz_pdf_ref){ (uint32_t)v->number, v->generation } : (jz_pdf_ref){ 0 };
}

static inline void jz_pdf_object_donep(jz_pdf_object *o)
{
    jz_pdf_object_done(o);
}
#define JZ_PDF_OBJECT_AUTO __attribute__((cleanup(jz_pdf_object_donep))) jz_pdf_object

#endif
