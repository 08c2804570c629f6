/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata blocks of one file that have to do with labels, kept in memory for reading and for
 * planning an edit. */
#ifndef JZ_LABEL_BLOCKS_H
#define JZ_LABEL_BLOCKS_H

#include <jz/label.h>

#include "media/carrier.h"
#include "media/exif.h"

/* What the name of a label's field or keyword contains (GB 45438-2025 appendix E a)). */
#define JZ_AIGC_KEY "AIGC"

/* The texts of an Exif block in which labels stand: image guide annex B, and one vendor. */
#define JZ_LABEL_EXIF_TAGS 2
extern const jz_exif_tag jz_label_exif_tags[JZ_LABEL_EXIF_TAGS];

typedef struct jz_label_block {
    jz_meta_kind kind;
    const char *where;
    uint64_t at;
    uint64_t size;
    jz_status passed; /* why there is no value; JZ_OK = there is */
    bool own_key;     /* a TEXT whose key is AIGC, no more and no less */
    char *value;      /* len bytes, terminated; NULL where there is none. Owned */
    size_t len;
} jz_label_block;

typedef struct jz_label_blocks { /* freed with jz_label_blocks_done() */
    jz_source src;
    const char *format;        /* NULL where it is not known */
    const jz_carrier *carrier; /* NULL where there is none for it */
    jz_label_block *block;
    size_t n, size;
    size_t bytes;  /* of all values */
    jz_err damage; /* of the container, or blocks left out; code JZ_OK = none */
} jz_label_blocks;
void jz_label_blocks_done(jz_label_blocks *b);

/* Lists what the file open on fd (borrowed for as long as *out lives) has. Damage of the file is
 * in out->damage. Fails with JZ_E_IO, JZ_E_SPECIAL, JZ_E_CHANGED, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_label_blocks_read(int fd, jz_label_blocks *out, jz_err *err);
/* The same of a whole file in memory, borrowed likewise. */
JZ_CHECKED jz_status jz_label_blocks_read_bytes(jz_bytes file, jz_label_blocks *out, jz_err *err);

static inline void jz_label_blocks_donep(jz_label_blocks *b)
{
    jz_label_blocks_done(b);
}
#define JZ_LABEL_BLOCKS_AUTO __attribute__((cleanup(jz_label_blocks_donep))) jz_label_blocks

#endif
