/* SPDX-License-Identifier: Apache-2.0 */
/* Directories of a classic TIFF file (TIFF 6.0, section 2), read at offsets. For carrier_tiff.c;
 * Exif blocks in memory are media/exif.h. Threads: a source belongs to one. */
#ifndef JZ_TIFF_FILE_H
#define JZ_TIFF_FILE_H

#include "media/source.h"

typedef struct jz_tiff {
    jz_source *src;
    bool big_endian;
    uint32_t ifd0; /* offset of the first directory */
} jz_tiff;

typedef struct jz_tiff_entry {
    uint64_t at; /* of the entry in the file; 0: it is new */
    uint16_t tag;
    uint16_t type;
    uint32_t count;
    uint8_t inlined[4]; /* the value, where it has no more bytes */
    uint32_t offset;    /* of the value, where it has more */
    uint64_t value_at;  /* of the value in the file, whichever it is */
    uint64_t size;      /* bytes of the value */
    bool changed;       /* for the user */
} jz_tiff_entry;

typedef struct jz_tiff_dir { /* = { 0 }; freed with jz_tiff_dir_done() */
    jz_tiff_entry *entry;    /* in the file's order */
    size_t n, room;
    uint64_t at;   /* of the directory in the file */
    uint32_t next; /* offset of the next directory, 0 = none */
} jz_tiff_dir;
void jz_tiff_dir_done(jz_tiff_dir *dir);

typedef struct jz_tiff_text { /* where a text is stored */
    uint64_t at;
    uint64_t size; /* bytes, without NULs at its end */
    bool wide;     /* UTF-16 */
} jz_tiff_text;

/* JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_UNSUPPORTED for BigTIFF. */
JZ_CHECKED jz_status jz_tiff_open(jz_source *src, jz_tiff *out, jz_err *err);
/* The directory at an offset; whether the values are in the file is not looked at. JZ_E_CORRUPT for
 * an offset in the header or a directory without entries, JZ_E_TRUNCATED, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_tiff_read_dir(const jz_tiff *t, uint64_t at, jz_tiff_dir *out, jz_err *err);
/* JZ_E_TRUNCATED where the value is not in the file. */
JZ_CHECKED jz_status jz_tiff_value(const jz_tiff *t, const jz_tiff_entry *e, jz_span *out,
                                   jz_err *err);
/* Appends a text as UTF-8: ASCII (read as Latin-1 where it is not UTF-8), or UserComment with its
 * code of 8 bytes before. JZ_E_UNSUPPORTED for another code or one that is too long. */
JZ_CHECKED jz_status jz_tiff_read_text(const jz_tiff *t, const jz_tiff_entry *e, bool comment,
                                       jz_tiff_text *place, jz_buf *out, jz_err *err);
/* Whether strips and tiles, where their sizes are told, are all in the file: JZ_E_TRUNCATED. */
JZ_CHECKED jz_status jz_tiff_check_pixels(const jz_tiff *t, const jz_tiff_dir *dir, jz_err *err);
/* Whether an entry's value has its bytes for itself: not in the header, the directory, a value of
 * another entry, a strip or a tile. False, too, where that cannot be told. */
bool jz_tiff_owns(const jz_tiff *t, const jz_tiff_dir *dir, const jz_tiff_entry *e);

void jz_tiff_put_u32(const jz_tiff *t, uint32_t v, jz_buf *out);
void jz_tiff_put_entry(const jz_tiff *t, const jz_tiff_entry *e, jz_buf *out);
void jz_tiff_put_dir(const jz_tiff *t, const jz_tiff_dir *dir, jz_buf *out);

#endif
