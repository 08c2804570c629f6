/* SPDX-License-Identifier: Apache-2.0 */
/* Brotli (RFC 7932): unpacking, with a cap on what comes out. */
#ifndef JZ_BROTLI_H
#define JZ_BROTLI_H

#include "base/buf.h"

/* Appends what a stream holds, which must end with in. *left: bytes that may come out, here and of
 * other streams; it is lowered by those that did, on failure, too, so that many streams that fail
 * take no more time than one. More is JZ_E_LIMIT, before they are written; a stream that is
 * damaged, does not end or has something behind its end is JZ_E_CORRUPT; JZ_E_NOMEM,
 * JZ_E_UNSUPPORTED where the library is not installed. On failure out is as it was. Takes memory
 * for the stream's window (16 MiB at most) besides. Threads: any. */
JZ_CHECKED jz_status jz_unbrotli(jz_bytes in, size_t *left, jz_buf *out, jz_err *err);

#endif
