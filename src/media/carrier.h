/* SPDX-License-Identifier: Apache-2.0 */
/* The metadata blocks of a container: listed with their places in the file, and changed without
 * touching coded media. What the blocks say is not this module's business: it knows XMP packets,
 * Exif blocks and texts under a key. One file per container family in carrier/, one row per format
 * in carrier.c.
 *
 * Reading is tolerant and tells all it saw before the damage; writing is strict, and refuses a
 * file that it does not wholly understand. Both read the file through jz_span, never whole: memory
 * is bounded by JZ_META_MAX, not by the file. */
#ifndef JZ_CARRIER_H
#define JZ_CARRIER_H

#include <jz/media.h>

#include "media/splice.h"

#define JZ_META_MAX ((size_t)4 << 20) /* bytes of one block; more is named and passed over */
#define JZ_META_NEW UINT64_MAX        /* the offset of a block that is not there yet */

typedef enum jz_meta_kind {
    JZ_META_XMP,  /* an XMP packet, UTF-8 as a rule, not checked */
    JZ_META_EXIF, /* a TIFF structure, from its byte order on (no "Exif\0\0") */
    JZ_META_TEXT, /* a text under a key; its encoding turned into UTF-8 where the container states
                     another */
    JZ_META_RAW,  /* a segment that no standard describes, if it contains the key */
} jz_meta_kind;

typedef struct jz_meta { /* one block; borrowed for the length of the callback */
    jz_meta_kind kind;
    const char *where; /* static, for people: "APP1 XMP", "tEXt", "moov/udta/meta" */
    jz_bytes key;      /* of TEXT; else empty */
    uint64_t at;       /* of the stored value, in the file: what jz_meta_edit.at names */
    uint64_t size;     /* stored bytes */
    jz_bytes value;    /* unpacked; ptr NULL where passed is not JZ_OK */
    bool packed;       /* stored compressed */
    jz_status passed;  /* why there is no value: JZ_E_LIMIT, JZ_E_CORRUPT, ... */
} jz_meta;

/* A failure ends the listing with it. */
typedef jz_status (*jz_meta_fn)(void *user, const jz_meta *meta, jz_err *err);

/* One block of the new file. */
typedef struct jz_meta_edit {
    jz_meta_kind kind; /* XMP, EXIF or TEXT; RAW only to be taken out */
    uint64_t at;       /* of the block whose place it takes; JZ_META_NEW */
    jz_bytes value;    /* as in jz_meta; ptr NULL: the block is one too many and is taken out */
} jz_meta_edit;

/* How the value of the TEXT block is written. */
typedef enum jz_meta_form {
    JZ_FORM_JSON,         /* {"Label":...} */
    JZ_FORM_YAML_MAPPING, /* the lines of a block mapping, each indented by two spaces, LF */
} jz_meta_form;

typedef struct jz_carrier {
    const char *format; /* a jz_format's name; "text" for what is plain text */
    const char *name;   /* of the place where a new block goes: "jpeg-xmp"; stable, printed */
    jz_meta_kind home;  /* what kind of block that is: XMP or TEXT */
    jz_meta_form form;  /* of TEXT */
    /* Every XMP and EXIF block, every TEXT whose key contains key (ASCII, without regard to case)
     * and every RAW segment whose bytes contain key, in the file's order. A block that is too
     * large or damaged is reported with passed set. A damaged container is JZ_E_CORRUPT or
     * JZ_E_TRUNCATED after what stood before the damage. */
    jz_status (*list)(jz_source *src, const char *key, jz_meta_fn fn, void *user, jz_err *err);
    /* Plans n edits (few) into out, with all that hangs on them: sizes, checksums, offsets, flags,
     * counts. key names a new TEXT. JZ_E_CORRUPT or JZ_E_TRUNCATED for a file that is not whole,
     * JZ_E_UNSUPPORTED (says what), JZ_E_LIMIT where the container has no room (says how much),
     * JZ_E_INVAL for an offset where no such block is. */
    jz_status (*edit)(jz_source *src, const char *key, const jz_meta_edit *edits, size_t n,
                      jz_splices *out, jz_err *err);
} jz_carrier;

/* NULL where the format has none. head as for jz_format_find(): where format is NULL, UTF-8 text
 * without control characters is "text". Threads: any. */
const jz_carrier *jz_carrier_find(const jz_format *format, jz_bytes head);
/* The i-th row, NULL past the end. */
const jz_carrier *jz_carrier_at(size_t i);

/* For carriers: whether a key, or a segment, contains key, without regard to case. */
bool jz_meta_has_key(jz_bytes text, const char *key);
/* For carriers of texts alone: JZ_E_UNSUPPORTED where a new block is to be anything else. */
JZ_CHECKED jz_status jz_meta_only_text(const jz_meta_edit *edits, size_t n, const char *container,
                                       jz_err *err);
/* For carriers: hands a block on whose n bytes stand at the span's cursor, which is moved past
 * them; one past JZ_META_MAX with passed = JZ_E_LIMIT. meta holds all but at, size and value. */
JZ_CHECKED jz_status jz_meta_send(jz_span *s, uint64_t n, jz_meta *meta, jz_meta_fn fn, void *user,
                                  jz_err *err);

#endif
