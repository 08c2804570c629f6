/* SPDX-License-Identifier: Apache-2.0 */
/* One property of an XMP packet, read and written without disturbing the rest of it. Our own
 * scanner: it takes packets that are not well-formed XML, as generators in the wild write them, and
 * knows no document types and no entities but the five and numeric ones. Source: ISO 16684-1:2019
 * clause 7, XMP part 3 for the packet. Threads: any. */
#ifndef JZ_XMP_H
#define JZ_XMP_H

#include "base/buf.h"

typedef struct jz_xmp_name {
    const char *ns;     /* namespace URI, compared whole */
    const char *prefix; /* used where the packet binds none to ns */
    const char *local;
} jz_xmp_name;

/* http://www.tc260.org.cn/ns/AIGC/1.0/ TC260:AIGC */
extern const jz_xmp_name jz_xmp_aigc;
/* http://iptc.org/std/Iptc4xmpExt/2008-02-29/ Iptc4xmpExt:DigitalSourceType */
extern const jz_xmp_name jz_xmp_source_type;

/* Appends the property's value, unescaped, wherever it stands: an element, an attribute of
 * rdf:Description, the first item of an array. *count is how many times the packet has it; value
 * is that of the first. JZ_E_NOTFOUND, JZ_E_CORRUPT (a document type, a value that does not end),
 * JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_xmp_get(jz_bytes packet, const jz_xmp_name *name, jz_buf *value,
                                unsigned *count, jz_err *err);
/* Appends the packet with the property set to value (escaped here), all other bytes as they were:
 * the first occurrence is replaced, further ones go, a missing one is put into a new
 * rdf:Description. An empty packet gives a new one, with xpacket wrapper and 2 KiB of padding. A
 * value of NULL takes all occurrences out. JZ_E_CORRUPT where the packet has no rdf:RDF to put it
 * in, JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_xmp_set(jz_bytes packet, const jz_xmp_name *name, const char *value,
                                jz_buf *out, jz_err *err);

#endif
