/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request by the program curl, so that no process of ours parses what a server's HTTP
 * says. It must be installed. Threads: any. */
#ifndef JZ_CURL_H
#define JZ_CURL_H

#include "base/buf.h"

#define JZ_CURL_BODY_MAX 60000 /* bytes of a request: they fit into a pipe */
#define JZ_CURL_HEADERS 4
#define JZ_CURL_REPLY_MAX 65536 /* bytes of a reply */

typedef struct jz_curl_post {  /* all borrowed */
    const char *url;           /* http and https alone */
    const char *type;          /* Content-Type of the request; NULL = application/octet-stream */
    const char *accept;        /* NULL = anything */
    const char *const *header; /* more of them, "Name: value" each; n_headers */
    size_t n_headers;          /* JZ_CURL_HEADERS at most */
    const char
        *pin; /* "HOST:PORT:ADDRESS": connect there, by no proxy; NULL = as the system says */
    jz_bytes body;
    bool get;         /* asks for the URL instead, without a body */
    size_t reply_max; /* bytes; 0 = JZ_CURL_REPLY_MAX */
} jz_curl_post;

/* Posts, for 30 seconds at most and without following redirects; *status is HTTP's and the reply's
 * body is appended to *reply. An answer of any status is JZ_OK. JZ_E_NOTFOUND: there is no curl;
 * JZ_E_LIMIT; JZ_E_TIMEOUT and JZ_E_IO with curl's own words; JZ_E_NOMEM. */
JZ_CHECKED jz_status jz_curl_send(const jz_curl_post *post, unsigned *status, jz_buf *reply,
                                  jz_err *err);

#endif
