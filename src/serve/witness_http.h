/* SPDX-License-Identifier: Apache-2.0 */
/* A witness over HTTP: POST /add-checkpoint of c2sp.org/tlog-witness, and GET /HEX/checkpoint, HEX
 * being the SHA-256 of a log's origin: the last checkpoint of it that was signed. */
#ifndef JZ_WITNESS_HTTP_H
#define JZ_WITNESS_HTTP_H

#include "serve/httpd.h"

#include <jz/ledger.h>

#define JZ_WITNESS_BODY_MAX ((size_t)128 << 10) /* bytes of a request */

/* A jz_http_fn; user is a const jz_witness. */
JZ_CHECKED jz_status jz_witness_http_answer(void *user, const jz_http_request *request,
                                            jz_http_reply *reply, jz_err *err);

#endif
