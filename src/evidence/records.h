/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a bag's data/record/: what the case says, for clerks, programs and judges. All are
 * made from the same source at the same moment. */
#ifndef JZ_RECORDS_H
#define JZ_RECORDS_H

#include <jz/sealing.h>

#include "base/buf.h"

typedef struct jz_bag_file_name {
    char text[JZ_BAG_ITEM_NAME]; /* "original/item-0001.mp4" */
} jz_bag_file_name;

typedef struct jz_records { /* what they are made from */
    jz_cases *cases;
    const char *id;   /* of the case */
    const char *name; /* its name */
    const char *bag;  /* its id */
    const jz_seal_facts *facts;
    const jz_seal_defect *defects;
    size_t n_defects;
    int64_t at_us;
    char tool_sha256[2 * JZ_SHA256_SIZE + 1]; /* of this program's file; "" where unreadable */
    jz_bag_file_name *file;                   /* of each item, by its number less 1 */
    size_t n_files;
} jz_records;

/* One row of the table of records. make appends to out. */
typedef struct jz_record {
    const char *name; /* below data/: "record/extraction.json" */
    jz_status (*make)(const jz_records *r, jz_buf *out, jz_err *err);
} jz_record;
/* The i-th row, NULL past the end. */
const jz_record *jz_record_at(size_t i);

/* The functions of the table, by the file that they are in. */
jz_status jz_record_extraction(const jz_records *r, jz_buf *out, jz_err *err); /* _json.c */
jz_status jz_record_screening(const jz_records *r, jz_buf *out, jz_err *err);
jz_status jz_record_decision(const jz_records *r, jz_buf *out, jz_err *err);
jz_status jz_record_events(const jz_records *r, jz_buf *out, jz_err *err);
jz_status jz_record_case(const jz_records *r, jz_buf *out, jz_err *err); /* _jsonld.c */
jz_status jz_record_list(const jz_records *r, jz_buf *out, jz_err *err); /* _csv.c */
jz_status jz_record_links(const jz_records *r, jz_buf *out, jz_err *err);
jz_status jz_record_glossary(const jz_records *r, jz_buf *out, jz_err *err);
jz_status jz_record_report(const jz_records *r, jz_buf *out, jz_err *err); /* _html.c */

#endif
