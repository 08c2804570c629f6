/* SPDX-License-Identifier: Apache-2.0 */
/* A new revision of a PDF file (ISO 32000-2, 7.5.6): changed objects, a cross-reference of the same
 * form as the last one and a trailer, behind all that was there.
 *
 * The revision says of itself that it was made here. The last one in a file, if it is such a one,
 * makes way for the new one, which takes its other objects over: a file that is labelled over and
 * over again does not grow. */
#ifndef JZ_PDF_UPDATE_H
#define JZ_PDF_UPDATE_H

#include "media/carrier/pdf_xref.h"
#include "media/splice.h"

#define JZ_PDF_UPDATE_OBJECTS 4

typedef struct jz_pdf_new_object {
    jz_pdf_ref ref;
    uint64_t at; /* in the new file */
    jz_buf text; /* between "obj" and "endobj" */
} jz_pdf_new_object;

typedef struct jz_pdf_update { /* freed with jz_pdf_update_done() */
    jz_pdf *file;
    int64_t size;    /* of the new trailer's /Size */
    jz_pdf_ref info; /* of the new trailer's /Info */
    jz_pdf_new_object object[JZ_PDF_UPDATE_OBJECTS];
    size_t n;
} jz_pdf_update;

/* file is borrowed. JZ_E_CORRUPT for a trailer without a /Size that makes sense. */
JZ_CHECKED jz_status jz_pdf_update_init(jz_pdf *file, jz_pdf_update *out, jz_err *err);
void jz_pdf_update_done(jz_pdf_update *u);
/* A number that no object has. JZ_E_CORRUPT where /Size is wrong, JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_pdf_update_number(jz_pdf_update *u, jz_pdf_ref *out, jz_err *err);
/* Takes the text of a new or changed object. JZ_E_CORRUPT where it was added before: two structures
 * are in one object. */
JZ_CHECKED jz_status jz_pdf_update_add(jz_pdf_update *u, jz_pdf_ref ref, jz_buf *text, jz_err *err);
/* Appends the entries of the dictionary that begins at the cursor, each on a line, but for those
 * under the keys of a list that ends with NULL. JZ_E_LIMIT for more than max bytes. */
JZ_CHECKED jz_status jz_pdf_copy_entries(jz_span dict, const char *const *without, size_t max,
                                         jz_buf *out, jz_err *err);
/* Plans the revision into out, which is empty. */
JZ_CHECKED jz_status jz_pdf_update_plan(jz_pdf_update *u, jz_splices *out, jz_err *err);

#endif
