/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of old containers, turned into UTF-8. Threads: any. */
#ifndef JZ_CHARSET_H
#define JZ_CHARSET_H

#include "base/buf.h"

/* Appends ISO 8859-1. */
void jz_latin1_to_utf8(jz_bytes text, jz_buf *out);
/* Appends UTF-16 of the byte order given, which a byte order mark at the front overrules (and is
 * left out). A surrogate without its other half and an odd last byte become U+FFFD. */
void jz_utf16_to_utf8(jz_bytes text, bool big_endian, jz_buf *out);

#endif
