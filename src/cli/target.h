/* SPDX-License-Identifier: Apache-2.0 */
/* Where a command that writes a copy of each of its files puts them. */
#ifndef JZ_TARGET_H
#define JZ_TARGET_H

#include "cli/batch.h"

typedef struct jz_target { /* = { 0 } */
    const char *out;       /* a file, or the folder below which the results go; borrowed */
    bool below;
} jz_target;

bool jz_is_folder(const char *path);
/* Several files, or a folder, go below a folder. JZ_E_INVAL where there is no path or no out. */
JZ_CHECKED jz_status jz_target_choose(int argc, char **argv, const char *out, jz_target *t,
                                      jz_err *err);
/* The path for one file, its folder made. On failure *out may be set too; the caller frees it with
 * jz_free(). */
JZ_CHECKED jz_status jz_target_of(const jz_target *t, const jz_batch_file *f, char **out,
                                  jz_err *err);

#endif
