/* SPDX-License-Identifier: Apache-2.0 */
/* HEIF files made for tests: the picture of still.avif in every form of boxes around it, with an
 * XMP item or without. */
#ifndef JZ_HEIF_FIXTURE_H
#define JZ_HEIF_FIXTURE_H

#include "base/buf.h"

#define HX_XMP_OF(format)                                                                          \
    "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF "                                                \
    "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description "                    \
    "xmlns:dc='http://purl.org/dc/elements/1.1/' dc:format='" format "'/></rdf:RDF></x:xmpmeta>"
#define HX_XMP HX_XMP_OF("image/old") /* of the files */

enum {
    HX_NO_XMP,
    HX_IN_MDAT,
    HX_IN_IDAT,
    HX_IN_TWO_PARTS,
    HX_SHARED,
    HX_EMPTY,
    HX_OUTSIDE,
    HX_ENCODED,
    HX_PROTECTED
};

typedef struct hx_variant {
    const char *name;
    unsigned iloc;  /* version */
    unsigned sizes; /* of its fields: offset, length, base, index, as it has them */
    unsigned iinf, pitm, infe, iref; /* versions; infe 0: 2 */
    bool no_iref, no_pitm, no_iinf, no_iloc, mdat_open, free_space;
    unsigned xmp;
    uint32_t xmp_id;   /* 0: 2 */
    unsigned more;     /* empty XMP items behind it */
    uint32_t group;    /* number of a group of items; 0: there is none */
    uint32_t past_end; /* added to the packet's offset */
    bool referred;     /* the picture refers to the XMP item */
    bool unread;       /* by libheif 1.15: it needs pitm, and overlooks the index of version 1 */
} hx_variant;

/* The file; fails the test where still.avif is missing. */
void hx_build(const hx_variant *v, jz_buf *out);

/* Parts of boxes: a number of width bytes, big-endian; a box, whose size hx_end() fills in. */
void hx_number(jz_buf *out, unsigned width, uint64_t v);
size_t hx_begin(jz_buf *out, const char *type);
size_t hx_begin_full(jz_buf *out, const char *type, unsigned version, unsigned flags);
void hx_end(jz_buf *out, size_t at);

#endif
