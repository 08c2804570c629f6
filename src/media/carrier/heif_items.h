/* SPDX-License-Identifier: Apache-2.0 */
/* The items of a HEIF file (ISO/IEC 23008-12; the meta box of ISO/IEC 14496-12:2022 8.11) that hold
 * an XMP packet or an Exif block, and what a change of them must know of the boxes around. */
#ifndef JZ_HEIF_ITEMS_H
#define JZ_HEIF_ITEMS_H

#include "media/carrier.h"
#include "media/carrier/iloc.h"

#define JZ_HEIF_ITEMS 64 /* with metadata */
#define JZ_HEIF_PARTS 8  /* of one item */

typedef struct jz_heif_part { /* bytes of the file */
    uint64_t at;
    uint64_t len; /* > 0 */
} jz_heif_part;

typedef struct jz_heif_item {
    jz_meta_kind kind; /* XMP or EXIF */
    uint32_t id;
    jz_box infe;
    jz_status passed; /* why its bytes cannot be had */
    bool located;     /* iloc has an entry */
    bool in_idat;     /* its parts stand there */
    jz_heif_part part[JZ_HEIF_PARTS];
    size_t parts;
    uint64_t size;      /* of all parts; 0: there is nothing, and no block */
    uint64_t length_at; /* where iloc has the last part's */
    uint64_t at;        /* of the value, once it is read; of infe where it cannot be */
    size_t prefix;      /* bytes before the value, once it is read */
    bool gone;          /* an edit takes it out */
} jz_heif_item;

typedef struct jz_heif {
    jz_source *src;
    jz_box meta, iinf, iloc, iref, idat, pitm, grpl; /* end 0: there is none; meta is at the top */
    uint8_t iinf_version;
    uint32_t infes; /* stated */
    uint64_t infe_end;
    bool open_infe; /* the last one has no size */
    jz_iloc places; /* as opened */
    uint64_t places_end;
    uint8_t used[8192]; /* one bit for each number below 65536 that an item or a group has */
    uint32_t highest;   /* of those */
    uint32_t primary;   /* by jz_heif_prepare(), like what follows; 0: none */
    bool wide_references;
    uint64_t references_end;
    jz_heif_item item[JZ_HEIF_ITEMS];
    size_t n;
} jz_heif;

/* Whatever could be read is in *out, whatever the status: the first damage of the meta box,
 * JZ_E_LIMIT, JZ_E_UNSUPPORTED for a version unknown here, JZ_E_IO. A file without a meta box at
 * the top is JZ_OK. */
JZ_CHECKED jz_status jz_heif_open(jz_source *src, jz_heif *out, jz_err *err);
/* Appends all bytes of an item that is not empty to out, and sets its at and prefix; JZ_OK with
 * passed set where they cannot be had. JZ_E_NOMEM, JZ_E_IO. */
JZ_CHECKED jz_status jz_heif_read(const jz_heif *h, jz_heif_item *i, jz_buf *out, jz_err *err);
/* Reads what only an edit needs. JZ_E_CORRUPT, JZ_E_TRUNCATED, JZ_E_UNSUPPORTED, JZ_E_IO. */
JZ_CHECKED jz_status jz_heif_prepare(jz_heif *h, jz_err *err);
/* The references from items that are gone (8.11.12), one at a time: *more is false at the end. s
 * begins as iref's body. JZ_E_UNSUPPORTED for one to such an item. */
JZ_CHECKED jz_status jz_heif_reference(jz_heif *h, jz_span *s, jz_box *out, bool *more,
                                       jz_err *err);
/* A number that no item has, of 16 bits; it then counts as used. JZ_E_LIMIT. */
JZ_CHECKED jz_status jz_heif_new_id(jz_heif *h, uint32_t *out, jz_err *err);
/* JZ_E_UNSUPPORTED where an item other than the n given ones has bytes of theirs too. */
JZ_CHECKED jz_status jz_heif_check_alone(const jz_heif *h, jz_heif_item *const *items, size_t n,
                                         jz_err *err);

#endif
