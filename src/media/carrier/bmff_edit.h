/* SPDX-License-Identifier: Apache-2.0 */
/* A change of a file of boxes: what is put in and taken out, then all that follows from it, which
 * is the sizes of the boxes around it and every offset, anywhere in the file, of what moves. */
#ifndef JZ_BMFF_EDIT_H
#define JZ_BMFF_EDIT_H

#include "media/carrier/bmff.h"
#include "media/splice.h"

typedef struct jz_bmff_grown { /* a box whose size changes */
    jz_box box;
    int64_t delta;
    bool top; /* in no other box */
} jz_bmff_grown;

typedef struct jz_bmff_edit { /* = { .src, .out }; freed with jz_bmff_edit_done() */
    jz_source *src;
    jz_splices *out;
    jz_bmff_grown *grown;
    size_t n, size;
} jz_bmff_edit;

void jz_bmff_edit_done(jz_bmff_edit *e);
/* A splice within the boxes of path, outermost first; depth 0 is between boxes. */
JZ_CHECKED jz_status jz_bmff_put(jz_bmff_edit *e, const jz_box *path, size_t depth,
                                 const jz_splice *place, const void *insert, jz_err *err);
/* A box whose size field is 0 gets its size, so that something can stand behind it.
 * JZ_E_UNSUPPORTED where 32 bits do not hold it. */
JZ_CHECKED jz_status jz_bmff_close(jz_bmff_edit *e, const jz_box *box, jz_err *err);
/* Once all is put: lets free space behind a grown box give way, so that nothing else moves, and
 * corrects sizes and offsets. JZ_E_LIMIT where a 32-bit field does not hold the new number, or a
 * file has more tables than 8 MiB of changes; JZ_E_UNSUPPORTED where an offset leads into what
 * changes, media stand in another file or fragments would be torn; JZ_E_CORRUPT, JZ_E_TRUNCATED. */
JZ_CHECKED jz_status jz_bmff_finish(jz_bmff_edit *e, jz_err *err);

/* For the parts of jz_bmff_finish(). What moves where: the splices before any correction, which
 * keeps its size. */
typedef struct jz_bmff_moves {
    jz_bmff_edit *edit;
    jz_splices before; /* its places only */
    uint8_t *part;     /* of a table at hand */
    size_t cost;       /* bytes of corrections */
    uint64_t moof;     /* offset of the last fragment's, UINT64_MAX = none yet */
} jz_bmff_moves;

/* Corrects every offset. */
JZ_CHECKED jz_status jz_bmff_offsets(jz_bmff_moves *m, jz_err *err);
/* Where a byte of media goes. JZ_E_UNSUPPORTED. */
JZ_CHECKED jz_status jz_bmff_moved(const jz_bmff_moves *m, uint64_t at, uint64_t *out, jz_err *err);
/* A correction: n bytes at an offset become others. */
JZ_CHECKED jz_status jz_bmff_correct(jz_bmff_moves *m, uint64_t at, const void *with, size_t n,
                                     jz_err *err);
/* The same for a big-endian number of 4 or 8 bytes; what names it in messages. */
JZ_CHECKED jz_status jz_bmff_renumber(jz_bmff_moves *m, uint64_t at, unsigned width, uint64_t value,
                                      const char *what, jz_err *err);
void jz_put_be(uint8_t *p, unsigned width, uint64_t value);

static inline void jz_bmff_edit_donep(jz_bmff_edit *e)
{
    jz_bmff_edit_done(e);
}
#define JZ_BMFF_EDIT_AUTO __attribute__((cleanup(jz_bmff_edit_donep))) jz_bmff_edit

#endif
