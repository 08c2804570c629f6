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

typedef struct jz_dl { /* static; the first three are given, the others begin as 0 */
    const char *soname;
    const jz_dl_function *function;
    size_t n;
    bool tried;
    jz_status state;
    char why[JZ_ERR_TEXT];
} jz_dl;

/* Loads a library for as long as the process lives, and finds all its functions, once.
 * JZ_E_UNSUPPORTED where it or one of them is not there. Threads: any. */
JZ_CHECKED jz_status jz_dl_need(jz_dl *library, jz_err *err);

#endif
