/* SPDX-License-Identifier: Apache-2.0 */
/* ZIP files (PKWARE APPNOTE 6.3.10) read by their central directory, and single members replaced or
 * added by splices. Stored and deflated members; no encryption, no ZIP64, no parts on several
 * disks. Threads: those of the source. */
#ifndef JZ_ZIP_H
#define JZ_ZIP_H

#include "media/splice.h"

typedef struct jz_zip {
    jz_source *src;
    uint64_t directory;      /* offset of the central directory */
    uint64_t directory_size; /* bytes */
    uint64_t end_record;     /* offset of the end of central directory record */
    uint16_t members;
    bool whole; /* directory, end record and comment follow each other to the file's end */
} jz_zip;

#define JZ_ZIP_NAME 32

typedef struct jz_zip_member { /* as the central directory has it */
    uint64_t record;           /* offset of its record there */
    uint64_t record_end;
    char name[JZ_ZIP_NAME]; /* terminated; of a longer name only the beginning */
    bool long_name;
    uint16_t flags;
    uint16_t method;
    uint32_t crc;
    uint32_t packed; /* bytes */
    uint32_t size;   /* bytes */
    uint32_t local;  /* offset of its local header */
} jz_zip_member;

/* Finds the directory from the end of the file. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_UNSUPPORTED. */
JZ_CHECKED jz_status jz_zip_open(jz_source *src, jz_zip *out, jz_err *err);
/* A cursor for jz_zip_next(). */
JZ_CHECKED jz_status jz_zip_directory(const jz_zip *zip, jz_span *out, jz_err *err);
/* The next record of the directory; there are zip->members of them. */
JZ_CHECKED jz_status jz_zip_next(jz_span *directory, jz_zip_member *out, jz_err *err);
/* The stored bytes of a member. */
JZ_CHECKED jz_status jz_zip_data(const jz_zip *zip, const jz_zip_member *m, jz_span *out,
                                 jz_err *err);
/* The same and, in *end, the offset behind all that belongs to it, its data descriptor included. */
JZ_CHECKED jz_status jz_zip_extent(const jz_zip *zip, const jz_zip_member *m, jz_span *data,
                                   uint64_t *end, jz_err *err);
/* Appends what a member holds, checked against its CRC. JZ_E_LIMIT for more than max bytes, packed
 * or not; JZ_E_UNSUPPORTED for another method or encryption. */
JZ_CHECKED jz_status jz_zip_read(const jz_zip *zip, const jz_zip_member *m, size_t max, jz_buf *out,
                                 jz_err *err);

/* One member of the new file. */
typedef struct jz_zip_change {
    const jz_zip_member *old; /* whose place it takes; NULL: it goes behind the last one */
    const char *name;
    jz_bytes text; /* is deflated */
} jz_zip_change;

/* Plans n changes (few), with the offsets in the directory and its end that hang on them; all other
 * members stay as they are. Refuses a file that is not whole, in which members overlap or one lies
 * behind the directory. JZ_E_CORRUPT, JZ_E_UNSUPPORTED, JZ_E_LIMIT. out must be empty. */
JZ_CHECKED jz_status jz_zip_plan(const jz_zip *zip, const jz_zip_change *changes, size_t n,
                                 jz_splices *out, jz_err *err);

#endif
