/* SPDX-License-Identifier: Apache-2.0 */
/* A text file in a bag's root that is hashed while it is written, in pieces: a manifest may be
 * longer than the memory that is meant for it. */
#ifndef JZ_TAG_FILE_H
#define JZ_TAG_FILE_H

#include <jz/base.h>

#include "base/buf.h"

#include <openssl/evp.h>

typedef struct jz_tag_file { /* = { .fd = -1 }; ended with jz_tag_file_done() */
    int fd;
    const char *name; /* borrowed */
    EVP_MD_CTX *sha256;
    jz_buf text; /* appended to by the caller; what is not written yet */
} jz_tag_file;

/* A new file of that name in the folder dir. JZ_E_IO, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_tag_file_open(int dir, const char *name, jz_tag_file *out, jz_err *err);
/* Writes text where there is much of it, or in any case (all). */
JZ_CHECKED jz_status jz_tag_file_flush(jz_tag_file *t, bool all, jz_err *err);
/* Writes the rest; appends the file's line of a tag manifest to tags, unless that is NULL. */
JZ_CHECKED jz_status jz_tag_file_close(jz_tag_file *t, jz_buf *tags, jz_err *err);
void jz_tag_file_done(jz_tag_file *t);

static inline void jz_tag_file_donep(jz_tag_file *t)
{
    jz_tag_file_done(t);
}
#define JZ_TAG_FILE_AUTO __attribute__((cleanup(jz_tag_file_donep))) jz_tag_file

#endif
