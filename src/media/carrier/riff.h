/* SPDX-License-Identifier: Apache-2.0 */
/* RIFF as WebP, WAV and AVI share it (Multimedia Programming Interface and Data Specifications 1.0,
 * IBM and Microsoft, 1991): chunks of an identifier, a little-endian size and as many bytes, padded
 * to an even offset; RIFF and LIST chunks begin with a form type and hold chunks. RF64 and BW64
 * (EBU Tech 3306, ITU-R BS.2088) keep 64-bit sizes in their first chunk, ds64. */
#ifndef JZ_RIFF_H
#define JZ_RIFF_H

#include "media/carrier.h"

typedef struct jz_riff {
    jz_span body;       /* what the RIFF chunk holds, behind its form type */
    uint64_t size_at;   /* where its size is stored, */
    unsigned size_bits; /* in 32 bits or 64 */
    uint64_t size;      /* and what is stored there */
    bool cut;           /* the file ends before the RIFF chunk: body is what there is of it */
    uint64_t data_size; /* of a chunk "data" whose own 32 bits say UINT32_MAX: RF64 */
    bool avi;           /* a list hdrl holds chunks */
} jz_riff;

typedef struct jz_riff_chunk {
    char id[5];
    char form[5]; /* of LIST; else empty */
    uint64_t at;  /* of its identifier */
    uint64_t end; /* behind its padding, where it has that */
    bool bare;    /* its size is odd and no padding follows: the last one of careless writers */
    jz_span data; /* of LIST behind the form type */
} jz_riff_chunk;

/* JZ_E_CORRUPT where the file is no RIFF of that form. What stands behind the RIFF chunk is in no
 * span. */
JZ_CHECKED jz_status jz_riff_open(jz_source *src, const char *form, jz_riff *out, jz_err *err);
/* JZ_E_TRUNCATED where riff is cut. */
JZ_CHECKED jz_status jz_riff_check_whole(const jz_riff *riff, jz_err *err);
/* The chunk at the cursor, which is moved behind it. JZ_E_TRUNCATED where it is longer than s. */
JZ_CHECKED jz_status jz_riff_next(const jz_riff *riff, jz_span *s, jz_riff_chunk *out, jz_err *err);
bool jz_riff_is(const jz_riff_chunk *c, const char *id);
/* Whether it is a LIST of that form. */
bool jz_riff_is_list(const jz_riff_chunk *c, const char *form);

/* A chunk with its padding, at the end of out. JZ_E_LIMIT, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_riff_put(jz_buf *out, const char *id, jz_bytes data, jz_err *err);
/* A LIST chunk: begun in an empty out, filled with jz_riff_put(), ended once. */
void jz_riff_begin_list(jz_buf *out, const char *form);
JZ_CHECKED jz_status jz_riff_end_list(jz_buf *list, jz_err *err);
/* A number of n bytes, little-endian. */
void jz_riff_put_number(jz_buf *out, uint64_t v, size_t n);
/* Changes the size of the RIFF chunk by what the splices change, all of which are in it.
 * JZ_E_LIMIT past 32 bits. */
JZ_CHECKED jz_status jz_riff_resize(const jz_riff *riff, jz_splices *out, jz_err *err);

/* What an edit is about: the arguments of jz_carrier.edit, and how many of them are planned. */
typedef struct jz_riff_edits {
    const char *key;
    const jz_meta_edit *edits;
    size_t n;
    size_t done;
} jz_riff_edits;

/* The edit of a text or XMP packet ("_PMX") in whose chunk c is; NULL. */
const jz_meta_edit *jz_riff_edit_of(const jz_riff_edits *e, const jz_riff_chunk *c);
/* The chunks of all new blocks of a kind, at the end of out. A text is named by its key, which must
 * have four letters. */
JZ_CHECKED jz_status jz_riff_put_new(jz_riff_edits *e, jz_meta_kind kind, jz_buf *out, jz_err *err);
/* Every chunk at that level, and every entry of an INFO list there or in hdrl (AVI), that is an XMP
 * packet or a text under key, as jz_carrier.list wants them; NULs at the end of a text are not
 * part of it. */
JZ_CHECKED jz_status jz_riff_list_texts(const jz_riff *riff, const char *key, jz_meta_fn fn,
                                        void *user, jz_err *err);
/* The LIST chunk of INFO with the edits in it done, from an empty out. *changed counts them. Where
 * moved is not NULL, an entry that gets a new value goes there instead. JZ_E_LIMIT for a list past
 * JZ_META_MAX. */
JZ_CHECKED jz_status jz_riff_edit_info(const jz_riff *riff, const jz_riff_chunk *info,
                                       const jz_riff_edits *e, jz_buf *moved, jz_buf *out,
                                       size_t *changed, jz_err *err);

#endif
