/* SPDX-License-Identifier: Apache-2.0 */
/* A PDF document (ISO 32000-2) as listing and editing its metadata see it. */
#ifndef JZ_CARRIER_PDF_H
#define JZ_CARRIER_PDF_H

#include "media/carrier.h"
#include "media/carrier/pdf_xref.h"

typedef struct jz_pdf_document { /* = { 0 }; freed with jz_pdf_document_done(); not to be moved */
    jz_pdf file;
    jz_pdf_object info; /* missing where there is none */
    jz_pdf_object catalog;
} jz_pdf_document;
void jz_pdf_document_done(jz_pdf_document *d);
/* Fails with JZ_E_CORRUPT or JZ_E_TRUNCATED where the cross-reference does not lead to both. */
JZ_CHECKED jz_status jz_pdf_document_open(jz_source *src, uint64_t fuel, jz_pdf_document *out,
                                          jz_err *err);

/* A cursor over the entries of the document information dictionary (14.3.3). */
typedef struct jz_pdf_info {
    const jz_pdf_object *object;
    jz_span s;
    const char *key;
    uint64_t matches; /* so far */
} jz_pdf_info;

typedef struct jz_pdf_info_entry {
    jz_pdf_item key;
    jz_pdf_item value;
    bool matches; /* its key contains the one that is looked for, and its value is not null */
    uint64_t at;  /* what names it in jz_meta.at, if it does: of its value or, in an object stream,
                     that of the stream's data and its number */
} jz_pdf_info_entry;

JZ_CHECKED jz_status jz_pdf_info_of(const jz_pdf_document *d, const char *key, jz_pdf_info *out,
                                    jz_err *err);
JZ_CHECKED jz_status jz_pdf_info_next(jz_pdf_info *i, jz_pdf_info_entry *out, bool *found,
                                      jz_err *err);
/* The catalog's reference to its metadata stream (14.3.2), number 0 where there is none. */
JZ_CHECKED jz_status jz_pdf_metadata_ref(const jz_pdf_document *d, jz_pdf_ref *out, jz_err *err);

static inline void jz_pdf_document_donep(jz_pdf_document *d)
{
    jz_pdf_document_done(d);
}
#define JZ_PDF_DOCUMENT_AUTO __attribute__((cleanup(jz_pdf_document_donep))) jz_pdf_document

#endif
