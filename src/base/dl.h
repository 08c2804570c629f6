/* SPDX-License-Identifier: Apache-2.0 */
/* Libraries that few commands need are loaded when one does, so that the others do not wait for
 * them: each takes time and memory before main() begins. */
#ifndef JZ_DL_H
#define JZ_DL_H

#include <jz/base.h>

typedef struct jz_dl_function {
    const char *name;
    void *to; /* the address of a pointer to such a function */
} jz_dl_function;

/* Loads a library for as long as the process lives, and finds all these functions in it.
 * JZ_E_UNSUPPORTED where it or one of them is not there. Once for each library: pthread_once(). */
JZ_CHECKED jz_status jz_dl_load(const char *soname, const jz_dl_function *f, size_t n, jz_err *err);

#endif
