/* SPDX-License-Identifier: Apache-2.0 */
/* Office Open XML (ECMA-376): a ZIP file of parts (part 2, OPC). Texts under a key are the custom
 * properties of docProps/custom.xml (part 1, 22.3). What carrier_ooxml.c, which reads them, and
 * carrier_ooxml_edit.c share. */
#ifndef JZ_CARRIER_OOXML_H
#define JZ_CARRIER_OOXML_H

#include "media/carrier/xml.h"

#define JZ_OOXML_CUSTOM "docProps/custom.xml"

/* The next custom property whose name contains key, and that name. All properties lie in one
 * compressed member: a property's place in the file (jz_meta.at) is that of the member's data plus
 * the number of those that come before it here. */
JZ_CHECKED jz_status jz_ooxml_next_property(jz_xml_children *c, const char *key,
                                            jz_xml_element *out, jz_buf *name, bool *found,
                                            jz_err *err);

#endif
