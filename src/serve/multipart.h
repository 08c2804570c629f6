/* SPDX-License-Identifier: Apache-2.0 */
/* multipart/form-data (RFC 7578, RFC 2046): the one file of an upload, as curl -F and browsers send
 * it. */
#ifndef JZ_MULTIPART_H
#define JZ_MULTIPART_H

#include <jz/base.h>

/* Whether a Content-Type says so. NULL is no. */
bool jz_is_multipart(const char *content_type);
/* The bytes of the first part that has a file's name, borrowed from body. JZ_E_CORRUPT (no
 * boundary, no such part), JZ_E_TRUNCATED (it does not end). Threads: any. */
JZ_CHECKED jz_status jz_multipart_file(jz_bytes body, const char *content_type, jz_bytes *file,
                                       jz_err *err);

#endif
