/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a bag that its seals are made of. Threads: any. */
#ifndef JZ_SEAL_H
#define JZ_SEAL_H

#include <jz/evidence.h>

#include "base/buf.h"

/* dir/seal/name; the caller frees with jz_free(). */
JZ_CHECKED jz_status jz_seal_path(const char *dir, const char *name, char **out, jz_err *err);
/* What the seals of the bag in dir are made over. JZ_E_NOTFOUND, JZ_E_LIMIT, JZ_E_IO. */
JZ_CHECKED jz_status jz_seal_manifest(const char *dir, jz_buf *out, jz_err *err);
/* A file of seal/; there: false where there is none. */
JZ_CHECKED jz_status jz_seal_read(const char *dir, const char *name, size_t max, jz_buf *out,
                                  bool *there, jz_err *err);

#endif
