/* SPDX-License-Identifier: Apache-2.0 */
/* As much XML 1.0 as the small parts of office packages need: elements found in a text, values
 * escaped and unescaped. No document types and no entities but the five and numeric ones; the text
 * is never changed as a whole, callers splice it. Threads: any. */
#ifndef JZ_XML_H
#define JZ_XML_H

#include "base/buf.h"

typedef struct jz_xml_element { /* slices of the text in which it was found */
    size_t at;                  /* of its "<" in that text */
    size_t end;                 /* behind its last ">" */
    jz_bytes name;              /* with its prefix */
    jz_bytes attributes;        /* between the name and ">" or "/>" */
    jz_bytes inner;             /* between its tags; empty and where "/>" stands for <a/> */
    bool empty;                 /* <a/> */
} jz_xml_element;

typedef struct jz_xml_tag { /* slices of the text */
    size_t at;              /* of its "<" */
    size_t end;             /* behind its ">" */
    jz_bytes name;          /* with its prefix */
    jz_bytes attributes;    /* between the name and ">" or "/>" */
    bool closes;            /* </a> */
    bool empty;             /* <a/> */
} jz_xml_tag;

/* The next tag at or behind *at, which is moved behind it; *found tells whether there is one.
 * Comments, CDATA sections and instructions are passed over. JZ_E_CORRUPT for what does not end,
 * and for a document type. */
JZ_CHECKED jz_status jz_xml_next_tag(jz_bytes text, size_t *at, jz_xml_tag *out, bool *found,
                                     jz_err *err);

typedef struct jz_xml_attr {
    jz_bytes name;
    jz_bytes value; /* as it is written, between its quotes */
} jz_xml_attr;
/* The next attribute at or behind *at of a tag's attributes, false where there is none. */
bool jz_xml_next_attribute(jz_bytes attributes, size_t *at, jz_xml_attr *out);

/* The first element at or behind an offset, with all that is in it; *found tells whether there is
 * one. JZ_E_CORRUPT for a tag or an element without end and for a document type. */
JZ_CHECKED jz_status jz_xml_find(jz_bytes text, size_t from, jz_xml_element *out, bool *found,
                                 jz_err *err);
/* The only element of a whole document. JZ_E_CORRUPT also where there is none or it has another
 * local name, JZ_E_UNSUPPORTED for UTF-16. */
JZ_CHECKED jz_status jz_xml_root(jz_bytes text, const char *local, jz_xml_element *out,
                                 jz_err *err);

typedef struct jz_xml_children { /* the elements within another one, from front to back */
    jz_bytes text;               /* in which the parent was found */
    size_t at;
    size_t end;
} jz_xml_children;
jz_xml_children jz_xml_children_of(jz_bytes text, const jz_xml_element *parent);
/* The next one; its offsets are those of the text. */
JZ_CHECKED jz_status jz_xml_next(jz_xml_children *c, jz_xml_element *out, bool *found, jz_err *err);

/* Whether the element's name, its prefix aside, is local. */
bool jz_xml_is(const jz_xml_element *e, const char *local);
/* "op:" of op:Properties, empty where the name has none. */
jz_bytes jz_xml_prefix_of(jz_bytes name);
/* "op:" of <op:Properties>, empty where the name has none. */
jz_bytes jz_xml_prefix(const jz_xml_element *e);
/* The attribute's value as it is written, ptr NULL where there is none. */
jz_bytes jz_xml_attribute(const jz_xml_element *e, const char *name);
/* Appends what characters, references and CDATA sections say; tags and comments are passed over, a
 * reference that is not known stays as it is written. */
void jz_xml_unescape(jz_bytes text, jz_buf *out);
/* The same of an attribute's value, in which only references are markup. */
void jz_xml_unescape_attribute(jz_bytes text, jz_buf *out);
/* Appends text as content or attribute value. JZ_E_INVAL where it is not UTF-8 or holds a character
 * that XML does not have. */
JZ_CHECKED jz_status jz_xml_escape(jz_bytes text, jz_buf *out, jz_err *err);

#endif
