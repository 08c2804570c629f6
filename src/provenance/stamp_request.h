/* SPDX-License-Identifier: Apache-2.0 */
/* Asking an authority for a time stamp (RFC 3161). */
#ifndef JZ_STAMP_REQUEST_H
#define JZ_STAMP_REQUEST_H

#include "base/buf.h"

/* A token over the SHA-256 of what is stamped, appended to *out: the authority's signature over
 * these bytes and our nonce holds, with the certificates that it sends; whether it is trusted is
 * not asked. JZ_E_UNSUPPORTED where it refuses, JZ_E_MISMATCH, JZ_E_CORRUPT, and as jz_curl_send().
 */
JZ_CHECKED jz_status jz_stamp_fetch(const char *url, jz_bytes stamped, jz_buf *out, jz_err *err);

/* The two halves, for tests: the request, and the token of a reply to it. */
JZ_CHECKED jz_status jz_stamp_ask(jz_bytes stamped, jz_buf *out, jz_err *err);
JZ_CHECKED jz_status jz_stamp_answer(jz_bytes reply, jz_bytes request, jz_bytes stamped,
                                     jz_buf *out, jz_err *err);

#endif
