/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of jz_bank_import(): lines of a stream -> rows (one reader a format) -> entries. */
#ifndef JZ_IMPORT_H
#define JZ_IMPORT_H

#include <jz/bank.h>

#include "base/buf.h"

/* The lines of a descriptor, or of a slice. */
typedef struct jz_lines {
    int fd;
    /* Called before each wait for input; NULL = nothing to do. */
    jz_status (*before_read)(void *user, jz_err *err);
    void *user;
    char *buf;
    bool owns_buf; /* else it is the slice, borrowed and at its end already */
    size_t from, to;
    bool eof;
    bool began;
    uint64_t number; /* of the line read last, from 1 */
} jz_lines;

JZ_CHECKED jz_status jz_lines_init(jz_lines *l, int fd, jz_err *err);
void jz_lines_init_slice(jz_lines *l, jz_bytes text);
void jz_lines_done(jz_lines *l);
/* What comes next, without a byte order mark and without taking it: JZ_IMPORT_LINE_MAX + 2 bytes,
 * fewer at the end of the stream only. Borrowed until the next call. */
JZ_CHECKED jz_status jz_lines_peek(jz_lines *l, jz_bytes *next, jz_err *err);
/* Takes n bytes of what was peeked at, which make up whole lines. */
void jz_lines_take(jz_lines *l, size_t n);
/* Takes one line, without its end (LF or CR LF); *more is false at the end of the stream. A line
 * that is too long is taken whole and gives JZ_E_LIMIT, and *more is true. */
JZ_CHECKED jz_status jz_lines_next(jz_lines *l, jz_bytes *line, bool *more, jz_err *err);

/* What one line says. Text is borrowed, {0} where it says nothing. */
typedef struct jz_row {
    jz_bytes entry; /* consecutive rows with the same one form one entry */
    jz_bytes source, category, note;
    jz_entry_status status;
    bool has_status;
    jz_signal *signal; /* owned, used again for each row */
    size_t n, size;
    uint64_t weak; /* signals left out for their quality ... */
    int quality;   /* ... the last of which had this one */
} jz_row;

void jz_row_reset(jz_row *row);
void jz_row_done(jz_row *row);
/* Sets status from its name, of any case. */
JZ_CHECKED jz_status jz_row_status(jz_row *row, jz_bytes name, jz_err *err);
/* Adds a signal to row: hash are its hex digits, type a name that exchanges use, empty = cls, NULL
 * = by length. meta gives quality, frame, seconds. JZ_E_CORRUPT for what is no hash of the type. */
JZ_CHECKED jz_status jz_row_signal(jz_row *row, const jz_hash_class *cls, jz_bytes type,
                                   jz_bytes hash, const jz_signal *meta, jz_err *err);
/* Appends a signal, or counts it as weak. JZ_E_LIMIT, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_row_append(jz_row *row, const jz_signal *s, jz_err *err);

/* One import. */
typedef struct jz_import {
    const jz_import_opts *opts;
    /* Takes a finished entry. JZ_E_INVAL and JZ_E_LIMIT are told as bad lines, all else ends the
     * import. */
    jz_status (*put)(void *user, const jz_entry_meta *meta, const jz_signal *signals, size_t n,
                     bool *added, jz_err *err);
    void *user;
    jz_import_result result;
    /* The entry that is being put together. */
    bool open;
    uint64_t line; /* where it began */
    jz_row draft;  /* only its signals and numbers */
    jz_buf entry, source, category, note;
} jz_import;

/* Reads all of l. Fails as jz_bank_import(). */
JZ_CHECKED jz_status jz_import_run(jz_import *im, jz_lines *l, jz_err *err);
void jz_import_done(jz_import *im);

/* For the readers of formats. */
/* The next line that is not blank and no bad one; those are told and passed over. *more is false at
 * the end of the stream. */
JZ_CHECKED jz_status jz_import_line(jz_import *im, jz_lines *l, jz_bytes *line, bool *more,
                                    jz_err *err);
/* A row that came from the line given; st and bad: how reading it went. Only a lack of memory, and
 * what put() fails with, is a failure of the import. */
JZ_CHECKED jz_status jz_import_take(jz_import *im, uint64_t line, const jz_row *row, jz_status st,
                                    const jz_err *bad, jz_err *err);
/* For formats where a line is a row: gives each line to read, which fills a row from it. */
typedef jz_status (*jz_row_fn)(void *user, jz_bytes line, jz_row *row, jz_err *err);
JZ_CHECKED jz_status jz_import_rows(jz_import *im, jz_lines *l, jz_row_fn read, void *user,
                                    jz_err *err);
void jz_import_bad(jz_import *im, uint64_t line, const jz_err *err);
/* A line or a CSV record must be UTF-8 without NUL. */
JZ_CHECKED jz_status jz_import_check_text(jz_bytes text, jz_err *err);
jz_bytes jz_import_trim(jz_bytes text);
/* 0 to max in digits. */
JZ_CHECKED bool jz_import_number(jz_bytes text, int64_t max, int64_t *out);

/* Readers. */
JZ_CHECKED jz_status jz_import_hex(jz_import *im, jz_lines *l, jz_err *err);
JZ_CHECKED jz_status jz_import_vpdq(jz_import *im, jz_lines *l, jz_err *err);
JZ_CHECKED jz_status jz_import_csv(jz_import *im, jz_lines *l, jz_err *err);
JZ_CHECKED jz_status jz_import_ndjson(jz_import *im, jz_lines *l, jz_err *err);

#endif
