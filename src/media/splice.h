/* SPDX-License-Identifier: Apache-2.0 */
/* A change of a file as a list of places: so many bytes there make way for these. A carrier plans
 * its edit this way, nothing is written meanwhile, and all that is in no place is copied by the
 * kernel: coded media cannot change, whatever the carrier gets wrong elsewhere. */
#ifndef JZ_SPLICE_H
#define JZ_SPLICE_H

#include "media/source.h"

typedef struct jz_splice {
    uint64_t at;     /* of the old file */
    uint64_t remove; /* bytes of the old file */
    size_t text;     /* where its new bytes begin in jz_splices.bytes */
    size_t insert;   /* bytes */
} jz_splice;

typedef struct jz_splices { /* = { 0 }; freed with jz_splices_done() */
    jz_splice *splice;      /* by rising offset */
    size_t n, size;
    jz_buf bytes;
} jz_splices;

void jz_splices_done(jz_splices *s);
/* insert is copied. Places may come in any order; several insertions at one offset keep the order
 * in which they came. Two that overlap, or one past file_size when written, are JZ_E_CORRUPT: the
 * file has two structures in one place. JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_splices_add(jz_splices *s, uint64_t at, uint64_t remove, jz_bytes insert,
                                    jz_err *err);
/* Where in the new file the byte is that was at an offset of the old one: bytes inserted at that
 * very offset stand before it. For a byte that was removed: where its replacement begins. */
uint64_t jz_splices_moved(const jz_splices *s, uint64_t at);
uint64_t jz_splices_new_size(const jz_splices *s, uint64_t file_size);
/* Writes the new file to fd from its present offset, through copy_file_range() where the file
 * system has it. JZ_E_IO, JZ_E_CHANGED, JZ_E_CORRUPT. */
JZ_CHECKED jz_status jz_splices_write(const jz_splices *s, jz_source *src, int fd, jz_err *err);
/* The same into memory, for tests and fuzzing. */
JZ_CHECKED jz_status jz_splices_build(const jz_splices *s, jz_source *src, jz_buf *out,
                                      jz_err *err);

static inline void jz_splices_donep(jz_splices *s)
{
    jz_splices_done(s);
}
#define JZ_SPLICES_AUTO __attribute__((cleanup(jz_splices_donep))) jz_splices

#endif
