/* SPDX-License-Identifier: Apache-2.0 */
/* The server as a whole: what it opens, and in which order it ends. */
#include "serve/api.h"
#include "serve/media_sheet.h"

#include <jz/rules.h>

#include "base/alloc.h"
#include "base/file.h"

#include <string.h>
#include <unistd.h>

#define WORKERS 2
#define THREADS_MAX 16
#define UPLOAD_MAX ((uint64_t)256 << 20)
#define PER_ADDRESS 64
#define PER_MINUTE 300
#define END_MS 30000
#define UNDO_S 30
#define CONNECTIONS 1024

struct jz_serve {
    jz_api api;
};

static void fill_opts(jz_serve_opts *o, const jz_serve_opts *given)
{
    *o = *given;
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    if (o->threads == 0)
        o->threads = cpus < 1 ? 1 : cpus > THREADS_MAX ? THREADS_MAX : (unsigned)cpus;
    if (o->workers == 0)
        o->workers = WORKERS;
    if (o->upload_max == 0)
        o->upload_max = UPLOAD_MAX;
    if (o->per_address == 0)
        o->per_address = PER_ADDRESS;
    if (o->per_minute == 0)
        o->per_minute = PER_MINUTE;
    if (o->undo_s == 0)
        o->undo_s = UNDO_S;
    if (o->end_ms == 0)
        o->end_ms = END_MS;
}

/* "GET, HEAD, POST" of a path. */
static void put_allow(size_t route, jz_buf *out)
{
    for (size_t i = 0; i < jz_api_route_count; i++) {
        if (strcmp(jz_api_routes[i].path, jz_api_routes[route].path) != 0)
            continue;
        jz_buf_puts(out, out->len > 0 ? ", " : "");
        jz_buf_puts(out, jz_api_routes[i].method);
        if (strcmp(jz_api_routes[i].method, "GET") == 0)
            jz_buf_puts(out, ", HEAD");
    }
}

static jz_status make_tables(jz_api *a, jz_err *err)
{
    a->allow = jz_alloc_zero(jz_api_route_count, sizeof *a->allow);
    a->count = jz_alloc_zero(jz_api_route_count + 1, sizeof *a->count);
    a->rates = jz_rates_new();
    a->decoder = jz_alloc_zero(a->opts.workers, sizeof *a->decoder);
    if (a->allow == NULL || a->count == NULL || a->rates == NULL || a->decoder == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    for (size_t i = 0; i < jz_api_route_count; i++) {
        put_allow(i, &a->allow[i]);
        JZ_TRY(jz_buf_check(&a->allow[i], err));
    }
    jz_api_openapi_put(&a->openapi);
    return jz_buf_check(&a->openapi, err);
}

static jz_status open_home(jz_api *a, jz_err *err)
{
    const char *home = a->opts.home;
    const jz_status st = jz_govern_open(home, false, NULL, &a->g, err);
    if (st == JZ_E_NOTFOUND) /* not made here: the name may be mistyped */
        return JZ_FAIL(err, st,
                       "%s: there is nothing yet: 'jz staff add' or 'jz bank create' begins it",
                       home);
    JZ_TRY(st);
    jz_rules_attach_gate(a->g);
    JZ_TRY(jz_govern_open(home, false, NULL, &a->keys, err));
    JZ_TRY(jz_keys_migrate(a->g, err));
    JZ_TRY(jz_gate_key(home, true, &a->gate, err));
    JZ_TRY(jz_banks_open(home, false, true, &a->banks, err));
    for (unsigned i = 0; a->opts.sandbox != NULL && i < a->opts.workers; i++)
        JZ_TRY(jz_decoder_new(a->opts.sandbox, &a->decoder[i], err));
    return JZ_OK;
}

static void tell_failure(void *user, const jz_http_request *request, const jz_err *err)
{
    const jz_api *a = user;
    if (a->opts.failed != NULL)
        a->opts.failed(a->opts.user, request->method, request->path, err);
}

static jz_status listen_on(jz_api *a, jz_err *err)
{
    const jz_serve_opts *o = &a->opts;
    const jz_httpd_opts opts = { .address = o->address,
                                 .port = o->port,
                                 .failed = tell_failure,
                                 .user = a,
                                 .plan = jz_api_plan,
                                 .planned = jz_api_answer,
                                 .refuse = jz_api_refuse,
                                 .forget = jz_api_forget,
                                 .threads = o->threads,
                                 .workers = o->workers,
                                 .connections = CONNECTIONS,
                                 .per_address = o->per_address,
                                 .end_ms = o->end_ms,
                                 .tls_cert = o->tls_cert,
                                 .tls_key = o->tls_key };
    jz_httpd *h = NULL;
    JZ_TRY(jz_httpd_open(&opts, &h, err));
    atomic_store(&a->httpd, h);
    return JZ_OK;
}

static jz_status start(jz_api *a, const jz_serve_opts *opts, jz_err *err)
{
    fill_opts(&a->opts, opts);
    a->began_us = jz_now_us();
    (void)pthread_mutex_init(&a->govern_lock, NULL); /* ordinary locks cannot fail */
    (void)pthread_mutex_init(&a->keys_lock, NULL);
    (void)pthread_mutex_init(&a->banks_lock, NULL);
    JZ_TRY(make_tables(a, err));
    JZ_TRY(jz_sheets_new(&a->sheets, err));
    JZ_TRY(open_home(a, err));
    JZ_TRY(jz_api_tick_start(a, err));
    return listen_on(a, err);
}

jz_status jz_serve_open(const jz_serve_opts *opts, jz_serve **out, jz_err *err)
{
    if ((opts->tls_cert == NULL) != (opts->tls_key == NULL))
        return JZ_FAIL(err, JZ_E_INVAL, "TLS wants a certificate and its key");
    jz_serve *s = jz_alloc_zero(1, sizeof *s);
    if (s == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    const jz_status st = start(&s->api, opts, err);
    if (st != JZ_OK)
        jz_serve_close(s);
    else
        *out = s;
    return st;
}

jz_api *jz_serve_api(jz_serve *s)
{
    return &s->api;
}

uint16_t jz_serve_port(const jz_serve *s)
{
    return jz_httpd_port(s->api.httpd);
}

void jz_serve_close(jz_serve *s)
{
    if (s == NULL)
        return;
    jz_api *a = &s->api;
    jz_httpd_close(a->httpd);
    jz_api_tick_stop(a);
    for (unsigned i = 0; a->decoder != NULL && i < a->opts.workers; i++)
        jz_decoder_free(a->decoder[i]);
    jz_free(a->decoder);
    jz_sheets_free(a->sheets);
    jz_banks_close(a->banks);
    jz_govern_close(a->keys);
    jz_govern_close(a->g);
    jz_skey_wipe(&a->gate);
    for (size_t i = 0; a->allow != NULL && i < jz_api_route_count; i++)
        jz_buf_done(&a->allow[i]);
    jz_free(a->allow);
    jz_free(a->count);
    jz_rates_free(a->rates);
    jz_buf_done(&a->openapi);
    (void)pthread_mutex_destroy(&a->govern_lock);
    (void)pthread_mutex_destroy(&a->keys_lock);
    (void)pthread_mutex_destroy(&a->banks_lock);
    jz_free(s);
}
