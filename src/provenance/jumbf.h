/* SPDX-License-Identifier: Apache-2.0 */
/* JUMBF boxes (ISO 19566-5) as C2PA uses them: the tree of a manifest store, its labels, and what
 * a URI in it names. Nothing is copied: a tree borrows the store's bytes. Threads: a tree may be
 * read from any. */
#ifndef JZ_JUMBF_H
#define JZ_JUMBF_H

#include "base/buf.h"
#include "base/rd.h"
#include <jz/base.h>

#define JZ_JUMBF_DEPTH_MAX 32
#define JZ_JUMBF_BOXES_MAX 65536
#define JZ_JUMBF_NONE UINT32_MAX

#define JZ_4CC(a, b, c, d)                                                                         \
    ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* What kind of content a superbox says that it has: the first four bytes of its UUID, where the
 * rest is that of ISO (0011-0010-8000-00AA00389B71). */
#define JZ_JUMBF_STORE JZ_4CC('c', '2', 'p', 'a')
#define JZ_JUMBF_MANIFEST JZ_4CC('c', '2', 'm', 'a')
#define JZ_JUMBF_MANIFEST_OLD JZ_4CC('c', '2', 'm', 'd')
#define JZ_JUMBF_UPDATE JZ_4CC('c', '2', 'u', 'm')
#define JZ_JUMBF_COMPRESSED JZ_4CC('c', '2', 'c', 'm')
#define JZ_JUMBF_ASSERTIONS JZ_4CC('c', '2', 'a', 's')
#define JZ_JUMBF_CLAIM JZ_4CC('c', '2', 'c', 'l')
#define JZ_JUMBF_SIGNATURE JZ_4CC('c', '2', 'c', 's')
#define JZ_JUMBF_CBOR JZ_4CC('c', 'b', 'o', 'r')
#define JZ_JUMBF_JSON JZ_4CC('j', 's', 'o', 'n')
#define JZ_JUMBF_UUID JZ_4CC('u', 'u', 'i', 'd')
#define JZ_JUMBF_BROTLI JZ_4CC('b', 'r', 'o', 'b')
/* An embedded file (B.3), for writing: its UUID is none of those. */
#define JZ_JUMBF_FILE JZ_4CC('b', 'i', 'd', 'b')

typedef struct jz_jumbf_box {
    uint32_t type;       /* as JZ_4CC(); superboxes: 'jumb' */
    jz_bytes payload;    /* what follows the header: for a superbox what a hashed URI covers */
    uint64_t at;         /* of the header, in the bytes from which it was read */
    uint32_t parent;     /* index; JZ_JUMBF_NONE for the root */
    uint32_t next;       /* the box after it in the same superbox, or JZ_JUMBF_NONE */
    uint32_t first;      /* a superbox's first box behind its description, or JZ_JUMBF_NONE */
    uint32_t kind;       /* a superbox's; 0 for a UUID that is not ISO's */
    const uint8_t *uuid; /* a superbox's 16 bytes */
    jz_bytes label;      /* a superbox's, without its terminator; ptr NULL: none */
    uint8_t toggles;
    bool packed; /* jz_jumbf_unpack() has put in what it stands for */
} jz_jumbf_box;

typedef struct jz_jumbf jz_jumbf;

/* Reads one superbox, at the front of bytes; zeros or other bytes behind it are left alone. On
 * success *out is new; its box 0 is the root. JZ_E_TRUNCATED, JZ_E_CORRUPT, JZ_E_LIMIT, JZ_E_NOMEM.
 */
JZ_CHECKED jz_status jz_jumbf_parse(jz_bytes bytes, jz_jumbf **out, jz_err *err);
void jz_jumbf_free(jz_jumbf *j);
JZ_DEFINE_AUTO(jz_jumbf, jz_jumbf_free);

/* A superbox right inside the root stands for a manifest of the same label (11.2.4): from now on it
 * has the contents and the kind of that one, while its payload, by which it is hashed, stays. bytes
 * is that manifest and nothing else; it is taken on success. After the last of them
 * jz_jumbf_index(): until then labels are found as they were. Fails as jz_jumbf_parse() does, and
 * then the tree is as it was. */
JZ_CHECKED jz_status jz_jumbf_unpack(jz_jumbf *j, uint32_t box, jz_buf *bytes, jz_err *err);
/* JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_jumbf_index(jz_jumbf *j, jz_err *err);

/* The box of an index, which must be one of the tree. */
const jz_jumbf_box *jz_jumbf_at(const jz_jumbf *j, uint32_t i);
size_t jz_jumbf_count(const jz_jumbf *j);
/* The superbox of that label right inside another; JZ_JUMBF_NONE where there is none, or more than
 * one, so that the label names nothing. */
uint32_t jz_jumbf_child(const jz_jumbf *j, uint32_t parent, jz_bytes label);
/* The first box of that type right inside a superbox. */
uint32_t jz_jumbf_content(const jz_jumbf *j, uint32_t parent, uint32_t type);
/* What "self#jumbf=/c2pa/..." names, or "self#jumbf=c2pa.assertions/..." seen from the manifest
 * base. JZ_JUMBF_NONE where that is nothing, or not one thing, or uri is of another form. */
uint32_t jz_jumbf_resolve(const jz_jumbf *j, uint32_t base, jz_bytes uri);
/* Whether a box is another or somewhere inside it. */
bool jz_jumbf_inside(const jz_jumbf *j, uint32_t box, uint32_t outer);

#endif
