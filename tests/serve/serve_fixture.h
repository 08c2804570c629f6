/* SPDX-License-Identifier: Apache-2.0 */
/* A home, a server on it, and requests without a connection. */
#ifndef JZ_SERVE_FIXTURE_H
#define JZ_SERVE_FIXTURE_H

#include "base/alloc.h"
#include "base/file.h"
#include "govern/governs.h"
#include "serve/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define S INT64_C(1000000)

typedef struct fixture {
    char home[256];
    jz_govern *g; /* not the server's own */
    jz_serve *serve;
    jz_api *a;
    jz_buf body;                       /* of the last answer */
    const char *type, *cache, *policy; /* of the last answer */
    unsigned retry_s;
    jz_sandbox *sandbox; /* set before the server starts; then worker 1 answers */
    /* Of the tests: */
    char token[JZ_ROLES][JZ_KEY_TEXT];
    char secret[JZ_STAFF_SECRET];
    char session[3][JZ_SESSION_TEXT];
    int64_t now_us;
} fixture;

/* A home with the tables of keys; without a server. NULL where that fails. */
fixture *home_made(void **state);
/* 0 where it runs. What it does every second is left to the tests. */
int server_started(fixture *f);
int drop_fixture(void **state);

typedef struct sent { /* NULL: is not sent */
    const char *authorization, *content_type, *idempotency, *cookie, *csrf;
    const char *undo;  /* behind '?' */
    const char *query; /* "a=b&c=d", likewise */
    const char *peer;  /* NULL = 192.0.2.1 */
} sent;
/* What is said of the head of a request; 0: it may go on. */
unsigned planned(fixture *f, const char *method, const char *path, const sent *s);
/* The whole request; its status. */
unsigned asked(fixture *f, const char *method, const char *path, const sent *s, const char *body);
/* A path that fits a route. */
void path_of(const jz_api_route *r, char out[160]);
bool says(const fixture *f, const char *text);

#endif
