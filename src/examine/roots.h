/* SPDX-License-Identifier: Apache-2.0 */
/* The paths of a scan, each file below them once. */
#ifndef JZ_ROOTS_H
#define JZ_ROOTS_H

#include "base/buf.h"

typedef struct jz_roots { /* = { 0 }; freed with jz_roots_done() */
    const char **path;    /* as given, less those that are the same as another or below it */
    char **real;          /* absolute, without links; as given where there is no such file */
    size_t n;
} jz_roots;

/* paths is borrowed for the life of *out. Fails with JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_roots_init(const char *const *paths, size_t n, jz_roots *out, jz_err *err);
void jz_roots_done(jz_roots *r);
/* Appends the absolute paths, sorted, each with its NUL. */
void jz_roots_key(const jz_roots *r, jz_buf *out);

#endif
