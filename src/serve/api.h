/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP API: one table of routes, from which requests are dispatched, rights are checked, and
 * the OpenAPI document is made. A handler writes its reply, or fails with an error that is told as
 * problem+json (RFC 9457). */
#ifndef JZ_API_H
#define JZ_API_H

#include <jz/bank.h>
#include <jz/gate.h>
#include <jz/ledger.h>
#include <jz/media.h>
#include <jz/serve.h>

#include "base/json.h"
#include "govern/fields.h"
#include "govern/reviews.h"
#include "serve/api_keys.h"
#include "serve/api_rate.h"
#include "serve/httpd.h"
#include "serve/staff.h"

#include <pthread.h>
#include <stdatomic.h>

#define JZ_API_PARAMS 2
#define JZ_API_PARAM 128 /* bytes of a parameter of a path */
#define JZ_API_JSON_MAX ((size_t)64 << 10)
#define JZ_ANYBODY 0U /* as roles of a route: no key is needed */
#define JZ_EVERY_ROLE ((1U << JZ_ROLES) - 1)

typedef struct jz_api jz_api;
typedef struct jz_api_call jz_api_call;

typedef enum jz_api_body {
    JZ_BODY_NONE,
    JZ_BODY_JSON, /* application/json */
    JZ_BODY_FILE, /* any bytes, or multipart/form-data with one file */
    JZ_BODY_TEXT, /* any text in memory */
} jz_api_body;

typedef enum jz_api_flag {                     /* bits */
                           JZ_API_SLOW = 1,    /* answered by a worker */
                           JZ_API_GOVERN = 2,  /* with api->g locked */
                           JZ_API_BANKS = 4,   /* changes banks, or lists them, with them locked */
                           JZ_API_CHANGES = 8, /* takes an Idempotency-Key; the ledger follows */
                           JZ_API_SECRET = 16, /* its answer is not kept */
                           JZ_API_PROBE = 32,  /* no limit of rate */
                           JZ_API_PAGE = 64,   /* for people: not in the OpenAPI document */
                           JZ_API_UNDO =
                               128, /* decides: takes ?undo=1 and ?preview=1, ends a claim */
                           JZ_API_SEARCH = 256, /* staff's leave a trace: api_trace.c */
                           JZ_API_EXPORT = 512, /* likewise */
} jz_api_flag;

typedef struct jz_api_argument { /* behind '?' */
    const char *name, *summary;
    bool needed;
} jz_api_argument;

typedef struct jz_api_route {
    const char *method, *path; /* "/v1/consents/{id}" */
    unsigned roles;            /* or JZ_ANYBODY */
    unsigned flags;
    jz_api_body body;
    size_t body_max;                 /* 0 = JZ_API_JSON_MAX, or the options' for files */
    const jz_api_argument *argument; /* ends with a row of zeros; NULL = none */
    const jz_field *request;         /* of a JSON body; NULL = what the summary says */
    const char *summary;
    const char *reply; /* a JSON schema; NULL = any object */
    jz_status (*run)(jz_api_call *c, jz_err *err);
} jz_api_route;
extern const jz_api_route jz_api_routes[];
extern const size_t jz_api_route_count;

typedef struct jz_api_count {  /* of one route */
    atomic_ullong by_class[6]; /* statuses 1xx ... 5xx at 1 ... 5 */
    atomic_ullong us;          /* in all */
} jz_api_count;

typedef struct jz_cached_key {
    char token[JZ_KEY_TEXT];
    jz_api_key key;
    int64_t until_us;
} jz_cached_key;
#define JZ_KEY_CACHE 64

typedef struct jz_traced { /* a search that was recorded: api_trace.c */
    uint8_t digest[32];
    int64_t at_us;
} jz_traced;

struct jz_api {
    jz_serve_opts opts;
    jz_govern *g; /* under govern_lock */
    pthread_mutex_t govern_lock;
    jz_govern *keys; /* under keys_lock */
    pthread_mutex_t keys_lock;
    jz_cached_key cached[JZ_KEY_CACHE];
    jz_banks *banks; /* searches at any time, all else under banks_lock */
    pthread_mutex_t banks_lock;
    jz_skey gate;
    jz_decoder **decoder;     /* of each worker */
    struct jz_sheets *sheets; /* media_sheet.h */
    jz_traced traced[256];    /* under govern_lock, with the next one's place */
    size_t next_traced;
    jz_rates *rates;
    jz_buf openapi;
    jz_buf *allow;       /* of each route's path: "GET, HEAD, POST" */
    jz_api_count *count; /* of each route, then of what was none */
    atomic_ullong unauthorised, limited;
    _Atomic(jz_httpd *) httpd; /* NULL at the first requests, which may come before it is set */
    struct {                   /* api_tick.c */
        pthread_t thread;
        pthread_mutex_t lock;
        pthread_cond_t wake;
        bool runs, ending;
    } tick;
    int64_t began_us;
};

/* A preview of what is told: what is decided is rolled back. told.h */
typedef struct jz_told {
    jz_buf text; /* the reply */
    int64_t from_us;
    const char *kind, *reason; /* the notice where a repeat is decided; kind NULL = none is */
} jz_told;

struct jz_api_call {
    jz_api *api;
    const jz_api_route *route;
    const jz_http_request *request;
    jz_http_reply *reply;
    jz_api_key key;     /* id 0: without */
    jz_session session; /* id 0: not by signing in */
    char csrf[JZ_SESSION_TEXT];
    char param[JZ_API_PARAMS][JZ_API_PARAM];
    char idempotency[JZ_API_PARAM]; /* "" = none */
    char object[JZ_REVIEW_OBJECT];  /* of govern/reviews.h: what is decided; "" = none */
    const jz_pending *pending;      /* what was held back, and is done now; NULL = none */
    jz_told *told;                  /* NULL = no preview */
    bool undo, held;                /* wants to be held back; was */
    unsigned worker;
    int64_t began_us;
};

/* ---- dispatching; what an jz_httpd is opened with ---- */

JZ_CHECKED jz_status jz_api_plan(void *user, const jz_http_request *request, jz_http_plan *plan,
                                 jz_http_reply *reply, jz_err *err);
JZ_CHECKED jz_status jz_api_answer(void *user, void *context, unsigned worker,
                                   const jz_http_request *request, jz_http_reply *reply,
                                   jz_err *err);
void jz_api_refuse(void *user, const jz_http_request *request, unsigned status,
                   jz_http_reply *reply);
void jz_api_forget(void *user, void *context, unsigned status);

/* The route of a path, with its parameters; *other: a route of the same path with another method.
 * NULL where there is none. */
const jz_api_route *jz_api_find(const char *method, const char *path,
                                char param[JZ_API_PARAMS][JZ_API_PARAM],
                                const jz_api_route **other);
/* Whose token it is, from the database or what was read within a second. JZ_E_NOTFOUND. */
JZ_CHECKED jz_status jz_api_who(jz_api *a, const char *token, jz_api_key *out, jz_err *err);

/* What is done every second; stop waits for its end. */
JZ_CHECKED jz_status jz_api_tick_start(jz_api *a, jz_err *err);
void jz_api_tick_stop(jz_api *a);

/* ---- for handlers ---- */

/* An argument, decoded; *out is "" where there is none. JZ_E_INVAL for what is no text or too long.
 */
JZ_CHECKED jz_status jz_api_argument_text(const jz_api_call *c, const char *name, char *out,
                                          size_t size, jz_err *err);
/* A whole number; unset where there is none. */
JZ_CHECKED jz_status jz_api_argument_u64(const jz_api_call *c, const char *name, uint64_t unset,
                                         uint64_t *out, jz_err *err);
/* Seconds since 1970 UTC, until 2100, as microseconds. */
#define JZ_API_TIME_MAX_S UINT64_C(4102444800)
JZ_CHECKED jz_status jz_api_argument_time(const jz_api_call *c, const char *name, uint64_t unset_s,
                                          int64_t *us, jz_err *err);
/* Changes banks in the name of who calls, with them and govern locked, and tells the ledger: for a
 * handler that has neither locked, since it has worked on a file before. */
JZ_CHECKED jz_status jz_api_change_banks(jz_api_call *c,
                                         jz_status (*fn)(jz_api_call *c, void *user, jz_err *err),
                                         void *user, jz_err *err);
/* The JSON body into a struct by the route's table. */
JZ_CHECKED jz_status jz_api_body_read(const jz_api_call *c, void *out, size_t size, jz_err *err);
/* {"done":what} as the reply. */
void jz_api_say_done(const jz_api_call *c, const char *what);
/* A problem as the reply. kind: a name of jz_status, or another one. */
void jz_api_problem(jz_http_reply *reply, unsigned status, const char *kind, const char *detail);
/* The one of an error. */
void jz_api_problem_of(jz_http_reply *reply, const jz_err *err);
unsigned jz_api_status_of(jz_status st);
/* What was done goes into the ledger, where this server writes it; govern_lock is held. */
JZ_CHECKED jz_status jz_api_to_ledger(jz_api *a, jz_err *err);
/* Name of who calls, for events: "key:NAME", "staff:NAME" or "anybody". */
const char *jz_api_actor(const jz_api_call *c, char *buf, size_t size);

/* A receipt as the reply. */
JZ_CHECKED jz_status jz_api_receipt(jz_api_call *c, jz_receipt_fn make, const char *id,
                                    jz_err *err);

/* Of a server that runs: for tests, which call handlers without a connection. */
jz_api *jz_serve_api(jz_serve *s);

/* Whether who calls may decide the object ("complaint", id), which is theirs by a claim where they
 * have signed in, and is no one else's; of routes with JZ_API_UNDO, before they do it. JZ_E_EXISTS.
 */
JZ_CHECKED jz_status jz_api_review(jz_api_call *c, const char *kind, const char *id, jz_err *err);

/* ---- parts ---- */

/* The handler; what fails by the caller's fault is its reply. */
JZ_CHECKED jz_status jz_api_run(jz_api_call *c, jz_err *err);
/* The same for a route with JZ_API_UNDO: with ?undo=1 it is tried, and held back; with ?preview=1
 * it is tried, and what would be told is the reply. govern_lock is held. */
JZ_CHECKED jz_status jz_api_run_undoable(jz_api_call *c, jz_err *err);
/* Records what a search or an export of staff was, before it is answered; no lock is held. */
JZ_CHECKED jz_status jz_api_trace(jz_api_call *c, jz_err *err);
/* Does all that is due; govern_lock is not held. */
void jz_api_undo_due(jz_api *a);

/* Whether this request was done before: then the kept reply is in c->reply and *done. govern_lock
 * is held, here and below. */
JZ_CHECKED jz_status jz_api_done_begin(jz_api_call *c, bool *done, jz_err *err);
/* Keeps the reply, or forgets that it was begun where nothing was done. */
JZ_CHECKED jz_status jz_api_done_end(jz_api_call *c, bool keep, jz_err *err);
void jz_api_metrics_put(jz_api *a, jz_buf *out);
void jz_api_openapi_put(jz_buf *out);

#endif
