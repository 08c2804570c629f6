/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP/1.1 server on threads of its own: requests in, replies out of one function. The only
 * place that knows libmicrohttpd. Paths and arguments arrive as they were sent: nothing is decoded,
 * so that "%2e" is never a dot. What takes long is answered by workers, while the connection waits
 * and its thread goes on with others. */
#ifndef JZ_HTTPD_H
#define JZ_HTTPD_H

#include "base/buf.h"

typedef enum jz_http_where {
    JZ_HTTP_HEADER,
    JZ_HTTP_ARGUMENT, /* behind '?' */
} jz_http_where;

typedef struct jz_http_request { /* all borrowed */
    const char *method;          /* "GET", ...; HEAD is answered like GET, its body is left out */
    const char *path;            /* "/..."; what follows a '?' is not in it */
    jz_bytes body;
    int body_fd;        /* where the plan wanted a file: a regular one with the body; else -1 */
    uint64_t body_size; /* of either */
    /* The first value of that name, NULL where there is none; NULL itself: nothing has a value. */
    const char *(*lookup)(const void *from, jz_http_where where, const char *name);
    const void *from;
    char peer[48]; /* the client's address, in digits; "" = not known */
} jz_http_request;
static inline const char *jz_http_header(const jz_http_request *r, const char *name)
{
    return r->lookup != NULL ? r->lookup(r->from, JZ_HTTP_HEADER, name) : NULL;
}
static inline const char *jz_http_argument(const jz_http_request *r, const char *name)
{
    return r->lookup != NULL ? r->lookup(r->from, JZ_HTTP_ARGUMENT, name) : NULL;
}

typedef struct jz_http_reply { /* starts as { .fd = -1 } */
    unsigned status;           /* 200, ...; 0 = 500 */
    const char *type;          /* Content-Type; static; NULL = text/plain */
    const char *cache;         /* Cache-Control; static; NULL = "no-store" */
    const char *allow;         /* Allow, of 405; static; NULL = none */
    const char *extra[8][2];   /* more headers: name and value, both static; NULL = none */
    char cookie[176];          /* Set-Cookie; "" = none */
    unsigned retry_s;          /* Retry-After; 0 = none */
    jz_buf body;               /* owned */
    int fd;                    /* owned; where it is not -1, its first size bytes are the body */
    uint64_t size;
} jz_http_reply;

/* What is to become of a request, told by its head. */
typedef struct jz_http_plan { /* zero = body_max of the options, in memory, at once */
    size_t body_max;          /* 0 = as in the options */
    bool file;                /* the body goes into a file without a name */
    bool slow;                /* answered by a worker */
    void *context;            /* for the answer; freed by jz_httpd_opts.forget */
} jz_http_plan;
/* Called when the head is there; a reply with a status is sent at once, without the body. A failure
 * as below. */
typedef jz_status (*jz_http_plan_fn)(void *user, const jz_http_request *request, jz_http_plan *plan,
                                     jz_http_reply *reply, jz_err *err);

/* Answers a request. A failure is answered by 500 (503 for JZ_E_BUSY) without its text, which
 * jz_httpd_opts.failed hears. Runs on one of the server's threads, or of the workers; with one
 * thread and no workers, one call at a time. */
typedef jz_status (*jz_http_fn)(void *user, const jz_http_request *request, jz_http_reply *reply,
                                jz_err *err);
/* The same with the plan's context, and the number of the worker, from 1; 0 = a server's thread. */
typedef jz_status (*jz_http_planned_fn)(void *user, void *context, unsigned worker,
                                        const jz_http_request *request, jz_http_reply *reply,
                                        jz_err *err);

typedef struct jz_httpd_opts { /* borrowed while the server runs */
    const char *address;       /* IPv4 or IPv6, in digits; NULL = 127.0.0.1 */
    uint16_t port;             /* 0 = any that is free */
    size_t body_max;           /* bytes of a request's body; more is answered by 413; 0 = 4096 */
    jz_http_fn answer;
    void (*failed)(void *user, const jz_http_request *request, const jz_err *err); /* or NULL */
    void *user;
    /* For more than one function that answers: all of these or none. */
    jz_http_plan_fn plan;
    jz_http_planned_fn planned; /* instead of answer */
    /* The reply to a body that is too large, or to what failed (status 500, 503). */
    void (*refuse)(void *user, const jz_http_request *request, unsigned status,
                   jz_http_reply *reply);
    void (*forget)(void *user, void *context, unsigned status);
    unsigned threads;               /* 0 = 1 */
    unsigned workers;               /* 0 = none: slow requests are answered at once, too */
    unsigned connections;           /* 0 = 256 */
    unsigned per_address;           /* connections of one address; 0 = any */
    unsigned idle_s;                /* without a byte; 0 = 15 */
    unsigned end_ms;                /* to let requests end; 0 = 5000 */
    const char *tls_cert, *tls_key; /* PEM; NULL = no TLS */
} jz_httpd_opts;

typedef struct jz_httpd jz_httpd;

/* Listens and answers. JZ_E_UNSUPPORTED (libmicrohttpd is not installed), JZ_E_INVAL (no such
 * address), JZ_E_IO (in use, not permitted), JZ_E_NOMEM; *out is new, ended with jz_httpd_close().
 */
JZ_CHECKED jz_status jz_httpd_open(const jz_httpd_opts *opts, jz_httpd **out, jz_err *err);
uint16_t jz_httpd_port(const jz_httpd *h);
/* Requests that have begun and not ended; those of them that wait for a worker. */
unsigned jz_httpd_running(jz_httpd *h);
size_t jz_httpd_waiting(jz_httpd *h);
/* Takes no new connections, lets the requests that have begun end, within end_ms. NULL is fine. */
void jz_httpd_close(jz_httpd *h);
JZ_DEFINE_AUTO(jz_httpd, jz_httpd_close);

#endif
