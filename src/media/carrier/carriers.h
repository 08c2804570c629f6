/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the table in carrier.c: one pair per container family, each in its own file. */
#ifndef JZ_CARRIERS_H
#define JZ_CARRIERS_H

#include "media/carrier.h"

#define JZ_CARRIER_FUNCTIONS(family)                                                               \
    JZ_CHECKED jz_status jz_##family##_list(jz_source *src, const char *key, jz_meta_fn fn,        \
                                            void *user, jz_err *err);                              \
    JZ_CHECKED jz_status jz_##family##_edit(jz_source *src, const char *key,                       \
                                            const jz_meta_edit *edits, size_t n, jz_splices *out,  \
                                            jz_err *err)

JZ_CARRIER_FUNCTIONS(png); /* carrier_png.c */

#endif
