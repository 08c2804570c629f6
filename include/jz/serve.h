/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP API of an installation: docs/api.md. */
#ifndef JZ_SERVE_H
#define JZ_SERVE_H

#include <jz/govern.h>
#include <jz/media.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef jz_status (*jz_receipt_fn)(jz_govern *g, jz_log *log, const char *id, char **out,
                                   jz_err *err);

typedef struct jz_serve_opts {      /* zero-initialise; all borrowed while the server runs */
    const char *home;               /* not NULL */
    const char *address;            /* IPv4 or IPv6, in digits; NULL = 127.0.0.1 */
    uint16_t port;                  /* 0 = any that is free */
    const char *tls_cert, *tls_key; /* PEM, both or none */
    unsigned threads;     /* that answer at once; 0 = one for each processor, at most 16 */
    unsigned workers;     /* that decode and write; 0 = 2 */
    uint64_t upload_max;  /* bytes of a file; 0 = 256 MiB */
    unsigned per_address; /* connections of one address; 0 = 64 */
    unsigned per_minute;  /* requests without a key of one address; 0 = 300 */
    unsigned undo_s;      /* in which a decision can be undone; 0 = 30 */
    unsigned end_ms;      /* to let requests end; 0 = 30000 */
    /* A header in which a proxy names who has signed in there (single sign-on), and the proxy's
     * address, from which alone it is believed; NULL: none, 127.0.0.1. The proxy must take it off
     * what clients send. */
    const char *staff_header, *staff_proxy;
    jz_sandbox *sandbox; /* NULL: uploads are answered by 503 */
    /* Takes what was done into the ledger, one call at a time; NULL: another process does. */
    jz_status (*to_ledger)(void *user, jz_govern *g, jz_err *err);
    /* The signed checkpoint, and the proof of a leaf; freed with jz_ledger_free(). NULL: 404. */
    jz_status (*checkpoint)(void *user, char **out, jz_err *err);
    jz_status (*prove)(void *user, uint64_t index, char **out, jz_err *err);
    /* {"key","leaf"}: the log's public key, and a leaf's bytes in hex digits; the same. */
    jz_status (*leaf)(void *user, uint64_t index, char **out, jz_err *err);
    /* A receipt by make: jz_consent_receipt(), jz_complaint_receipt(); freed with
     * jz_govern_free(). NULL: 404. */
    jz_status (*receipt)(void *user, jz_govern *g, jz_receipt_fn make, const char *id, char **out,
                         jz_err *err);
    /* Hears what failed, for whoever runs it; from any thread. May be NULL. */
    void (*failed)(void *user, const char *method, const char *path, const jz_err *err);
    void *user;
} jz_serve_opts;

typedef struct jz_serve jz_serve;

/* Opens the installation, loads its banks and listens. JZ_E_NOTFOUND (no installation), JZ_E_INVAL
 * (address), JZ_E_UNSUPPORTED (no libmicrohttpd), JZ_E_IO, JZ_E_NOMEM and what a database fails
 * with. The sandbox must be open before: its process should not inherit the banks. *out is new,
 * ended with jz_serve_close(). */
JZ_API JZ_CHECKED jz_status jz_serve_open(const jz_serve_opts *opts, jz_serve **out, jz_err *err);
JZ_API uint16_t jz_serve_port(const jz_serve *s);
/* Takes no new connections and lets requests that have begun end, within end_ms: what was accepted
 * is answered. NULL is fine. */
JZ_API void jz_serve_close(jz_serve *s);
JZ_DEFINE_AUTO(jz_serve, jz_serve_close);

#ifdef __cplusplus
}
#endif
#endif
