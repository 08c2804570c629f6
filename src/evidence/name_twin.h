/* SPDX-License-Identifier: Apache-2.0 */
/* Names that are one and the same name to a file system that ignores case (Windows, macOS) or the
 * Unicode form (macOS): unpacked there, one file takes the other's place. Threads: any. */
#ifndef JZ_NAME_TWIN_H
#define JZ_NAME_TWIN_H

#include "base/buf.h"

/* Appends the key of a name: two names are twins where their keys are equal. NFD(casefold(NFD(x))),
 * the canonical caseless match of the Unicode Standard (3.13, D145). Bytes that are not UTF-8 stand
 * for themselves. What went wrong is in *out (jz_buf_check). */
void jz_name_key(const char *name, size_t len, jz_buf *out);

/* The tables of name_table.c, each ascending by code point. */
typedef struct jz_fold_run { /* first, first + step, ... last: replaced by itself + delta */
    uint32_t first;
    uint32_t last;
    uint32_t step;
    int32_t delta;
} jz_fold_run;
#define JZ_FOLD_MAX 4
typedef struct jz_fold_many { /* replaced by two or more characters; 0 ends them */
    uint32_t cp;
    uint32_t to[JZ_FOLD_MAX];
} jz_fold_many;
typedef struct jz_mark_class { /* combining classes that are not 0 */
    uint32_t first;
    uint32_t last;
    uint32_t cls;
} jz_mark_class;

extern const jz_fold_run jz_fold_runs[];
extern const size_t jz_fold_runs_count;
extern const jz_fold_many jz_fold_manys[];
extern const size_t jz_fold_manys_count;
extern const jz_mark_class jz_mark_classes[];
extern const size_t jz_mark_classes_count;

#endif
