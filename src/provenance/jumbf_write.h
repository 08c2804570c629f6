/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JUMBF boxes (ISO 19566-5) as C2PA has them (11.1): what begins is ended with the offset
 * that its beginning gave. A failure stays in the buffer. */
#ifndef JZ_JUMBF_WRITE_H
#define JZ_JUMBF_WRITE_H

#include "base/buf.h"
#include "provenance/jumbf.h"

#define JZ_JUMBF_HEADER ((size_t)8) /* bytes before a box's payload */

/* type: as JZ_4CC() gives it. */
size_t jz_jumbf_begin(jz_buf *b, uint32_t type);
/* A superbox with its description: requestable, with a label, its UUID ISO's of that kind,
 * or that of embedded files. */
size_t jz_jumbf_begin_super(jz_buf *b, uint32_t kind, const char *label);
void jz_jumbf_end(jz_buf *b, size_t at);

#endif
