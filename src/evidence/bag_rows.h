/* SPDX-License-Identifier: Apache-2.0 */
/* What all manifests of a bag say, by file. Names are only ever compared with what is on disk,
 * never opened. */
#ifndef JZ_BAG_ROWS_H
#define JZ_BAG_ROWS_H

#include <jz/evidence.h>

#include "evidence/digests.h"

typedef struct jz_bag_row { /* one line of one manifest */
    const char *name;       /* behind the digest, in the same block */
    uint32_t line;
    uint8_t alg; /* jz_digest_id */
    bool seen;   /* of a file's first row: it is on disk */
    uint8_t digest[];
} jz_bag_row;

typedef struct jz_bag_rows { /* = { 0 }; ended with jz_bag_rows_done() */
    jz_bag_row **row;        /* after jz_bag_rows_sort() by name, then algorithm, then line */
    size_t n;
    size_t size;
} jz_bag_rows;

/* JZ_E_LIMIT where there are too many. */
JZ_CHECKED jz_status jz_bag_rows_add(jz_bag_rows *rows, jz_digest_id alg, size_t line,
                                     const uint8_t *digest, const char *name, jz_err *err);
void jz_bag_rows_sort(jz_bag_rows *rows);
/* The first row of a file and how many there are; false where there is none. */
JZ_CHECKED bool jz_bag_rows_find(const jz_bag_rows *rows, const char *name, size_t *first,
                                 size_t *n);
/* How many rows from first on are of the same file. */
size_t jz_bag_rows_same(const jz_bag_rows *rows, size_t first);
void jz_bag_rows_done(jz_bag_rows *rows);

/* Tells of names that are twins (name_twin.h). */
JZ_CHECKED jz_status jz_bag_rows_twins(const jz_bag_rows *rows, jz_bag_report *report, jz_err *err);

#endif
