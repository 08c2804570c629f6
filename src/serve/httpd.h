/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP/1.1 server on one thread of its own: requests in, replies out of one function. The
 * only place that knows libmicrohttpd. Speaks plain HTTP: what others reach stands behind a reverse
 * proxy with TLS. Paths arrive as they were sent: nothing is decoded, so that "%2e" is never a dot.
 */
#ifndef JZ_HTTPD_H
#define JZ_HTTPD_H

#include "base/buf.h"

typedef struct jz_http_request { /* all borrowed */
    const char *method;          /* "GET", ...; HEAD is answered like GET, its body is left out */
    const char *path;            /* "/..."; what follows a '?' is not in it */
    jz_bytes body;
} jz_http_request;

typedef struct jz_http_reply { /* starts as { .fd = -1 } */
    unsigned status;           /* 200, ...; 0 = 500 */
    const char *type;          /* Content-Type; static; NULL = text/plain */
    const char *cache;         /* Cache-Control; static; NULL = "no-store" */
    const char *allow;         /* Allow, of 405; static; NULL = none */
    jz_buf body;               /* owned */
    int fd;                    /* owned; where it is not -1, its first size bytes are the body */
    uint64_t size;
} jz_http_reply;

/* Answers a request. A failure is answered by 500 (503 for JZ_E_BUSY) without its text, which
 * jz_httpd_opts.failed hears. Runs on the server's thread, one call at a time. */
typedef jz_status (*jz_http_fn)(void *user, const jz_http_request *request, jz_http_reply *reply,
                                jz_err *err);

typedef struct jz_httpd_opts { /* borrowed while the server runs */
    const char *address;       /* IPv4 or IPv6, in digits; NULL = 127.0.0.1 */
    uint16_t port;             /* 0 = any that is free */
    size_t body_max;           /* bytes of a request's body; more is answered by 413; 0 = 4096 */
    jz_http_fn answer;
    void (*failed)(void *user, const jz_http_request *request, const jz_err *err); /* or NULL */
    void *user;
} jz_httpd_opts;

typedef struct jz_httpd jz_httpd;

/* Listens and answers. JZ_E_UNSUPPORTED (libmicrohttpd is not installed), JZ_E_INVAL (no such
 * address), JZ_E_IO (in use, not permitted), JZ_E_NOMEM; *out is new, ended with jz_httpd_close().
 */
JZ_CHECKED jz_status jz_httpd_open(const jz_httpd_opts *opts, jz_httpd **out, jz_err *err);
uint16_t jz_httpd_port(const jz_httpd *h);
/* Takes no new connections, lets the requests that have begun end, within 5 seconds. NULL is fine.
 */
void jz_httpd_close(jz_httpd *h);
JZ_DEFINE_AUTO(jz_httpd, jz_httpd_close);

#endif
