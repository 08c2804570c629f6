/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/httpd.h"

#include "base/alloc.h"
#include "base/file.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CONNECTIONS 256
#define IDLE_S 15 /* seconds without a byte after which a connection is closed */
#define END_MS 5000

/* The library is loaded when the first server opens: it brings a dozen others with it, and no other
 * command is to wait for them (jz --help would take three times as long). */
#define MHD_SONAME "libmicrohttpd.so.12"
#define MHD_FUNCTIONS(X)                                                                           \
    X(add_response_header)                                                                         \
    X(create_response_from_buffer)                                                                 \
    X(create_response_from_fd64) X(destroy_response) X(get_daemon_info) X(lookup_connection_value) \
        X(queue_response) X(quiesce_daemon) X(start_daemon) X(stop_daemon)
#define MHD_POINTER(name) __typeof__(MHD_##name) *name;
static struct {
    MHD_FUNCTIONS(MHD_POINTER)
} mhd;
static pthread_once_t mhd_once = PTHREAD_ONCE_INIT;
static char mhd_fault[256]; /* "": loaded */

static void load_one(void *library, const char *name, void *function)
{
    void *found = dlsym(library, name);
    memcpy(function, &found, sizeof found); /* POSIX: they are of one size */
    if (found == NULL)
        (void)snprintf(mhd_fault, sizeof mhd_fault, MHD_SONAME " has no %s", name);
}

static void load_mhd(void)
{
    void *library = dlopen(MHD_SONAME, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *why = dlerror();
        (void)snprintf(mhd_fault, sizeof mhd_fault, "%s", why != NULL ? why : MHD_SONAME);
        return;
    }
#define MHD_LOAD(name) load_one(library, "MHD_" #name, &mhd.name);
    MHD_FUNCTIONS(MHD_LOAD)
}

struct jz_httpd {
    jz_httpd_opts opts;
    struct MHD_Daemon *daemon;
    atomic_uint running; /* requests that have begun and not ended */
};

typedef struct exchange { /* one request */
    jz_buf body;
    bool too_large;
} exchange;

/* ---- replies ---- */

static void add_header(struct MHD_Response *r, const char *name, const char *value)
{
    (void)mhd.add_response_header(r, name, value); /* only fails without memory: then without it */
}

static struct MHD_Response *make_response(jz_http_reply *reply)
{
    static char nothing[] = "";
    if (reply->fd < 0)
        return mhd.create_response_from_buffer(reply->body.len,
                                               reply->body.len > 0 ? reply->body.ptr : nothing,
                                               MHD_RESPMEM_MUST_COPY);
    struct MHD_Response *r = mhd.create_response_from_fd64(reply->size, reply->fd);
    if (r != NULL)
        reply->fd = -1; /* the response's now */
    return r;
}

static enum MHD_Result send_reply(struct MHD_Connection *c, jz_http_reply *reply)
{
    struct MHD_Response *r = make_response(reply);
    if (reply->fd >= 0)
        (void)close(reply->fd);
    jz_buf_done(&reply->body);
    if (r == NULL)
        return MHD_NO; /* closes the connection */
    add_header(r, "Content-Type", reply->type != NULL ? reply->type : "text/plain; charset=utf-8");
    add_header(r, "Cache-Control", reply->cache != NULL ? reply->cache : "no-store");
    add_header(r, "X-Content-Type-Options", "nosniff");
    if (reply->allow != NULL)
        add_header(r, "Allow", reply->allow);
    const enum MHD_Result queued = mhd.queue_response(c, reply->status, r);
    mhd.destroy_response(r);
    return queued;
}

static enum MHD_Result send_error(struct MHD_Connection *c, unsigned status, const char *text)
{
    jz_http_reply reply = { .status = status, .fd = -1 };
    jz_buf_puts(&reply.body, text);
    return send_reply(c, &reply);
}

static enum MHD_Result answer(jz_httpd *h, struct MHD_Connection *c, const jz_http_request *request)
{
    jz_http_reply reply = { .fd = -1 };
    jz_err err = { 0 };
    jz_status st = h->opts.answer(h->opts.user, request, &reply, &err);
    if (st == JZ_OK)
        st = jz_buf_check(&reply.body, &err);
    if (st == JZ_OK && reply.status != 0)
        return send_reply(c, &reply);
    if (reply.fd >= 0)
        (void)close(reply.fd);
    jz_buf_done(&reply.body);
    if (h->opts.failed != NULL)
        h->opts.failed(h->opts.user, request, &err);
    return st == JZ_E_BUSY ? send_error(c, 503, "busy\n") : send_error(c, 500, "internal error\n");
}

/* ---- requests ---- */

/* A body that says itself that it is too long is not received. */
static bool declares_too_much(const jz_httpd *h, struct MHD_Connection *c)
{
    const char *text = mhd.lookup_connection_value(c, MHD_HEADER_KIND, "Content-Length");
    return text != NULL && strtoull(text, NULL, 10) > h->opts.body_max;
}

static enum MHD_Result begin(jz_httpd *h, struct MHD_Connection *c, void **state)
{
    exchange *e = jz_alloc_zero(1, sizeof *e);
    if (e == NULL)
        return MHD_NO;
    *state = e;
    atomic_fetch_add(&h->running, 1);
    e->body.cap = h->opts.body_max;
    e->too_large = declares_too_much(h, c);
    return e->too_large ? send_error(c, 413, "too large\n") : MHD_YES;
}

/* Called when the head is there, then for each part of the body, then at its end. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *len, void **state)
{
    jz_httpd *h = user;
    exchange *e = *state;
    (void)version;
    if (e == NULL)
        return begin(h, c, state);
    if (*len > 0) {
        jz_buf_put(&e->body, data, *len);
        *len = 0;
        return MHD_YES;
    }
    if (e->body.fail == JZ_E_LIMIT)
        return send_error(c, 413, "too large\n");
    if (e->body.fail != JZ_OK)
        return MHD_NO;
    return answer(h, c,
                  &(jz_http_request){ .method = method,
                                      .path = path,
                                      .body = { (const uint8_t *)e->body.ptr, e->body.len } });
}

static void on_end(void *user, struct MHD_Connection *c, void **state,
                   enum MHD_RequestTerminationCode how)
{
    jz_httpd *h = user;
    exchange *e = *state;
    (void)c, (void)how;
    if (e == NULL)
        return;
    jz_buf_done(&e->body);
    jz_free(e);
    *state = NULL;
    atomic_fetch_sub(&h->running, 1);
}

/* Leaves what was sent as it is. */
static size_t keep_encoded(void *user, struct MHD_Connection *c, char *text)
{
    (void)user, (void)c;
    return strlen(text);
}

/* ---- life ---- */

typedef union endpoint {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
} endpoint;

static jz_status read_address(const char *text, uint16_t port, endpoint *out, jz_err *err)
{
    *out = (endpoint){ 0 };
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        return JZ_OK;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        return JZ_OK;
    }
    return JZ_FAIL(err, JZ_E_INVAL, "'%s' is no IP address in digits", text);
}

static jz_status listen_on(jz_httpd *h, const endpoint *at, const char *address, jz_err *err)
{
    const unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;
    errno = 0;
    h->daemon = mhd.start_daemon(
        at->any.sa_family == AF_INET6 ? flags | MHD_USE_IPv6 : flags, 0, NULL, NULL, on_request, h,
        MHD_OPTION_SOCK_ADDR, &at->any, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, on_end, h,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL, MHD_OPTION_END);
    if (h->daemon == NULL)
        return JZ_FAIL(err, JZ_E_IO, "listening on %s, port %u: %s", address, h->opts.port,
                       errno != 0 ? strerrordesc_np(errno) : "not possible");
    return JZ_OK;
}

jz_status jz_httpd_open(const jz_httpd_opts *opts, jz_httpd **out, jz_err *err)
{
    endpoint at;
    const char *address = opts->address != NULL ? opts->address : "127.0.0.1";
    JZ_TRY(read_address(address, opts->port, &at, err));
    (void)pthread_once(&mhd_once, load_mhd);
    if (mhd_fault[0] != '\0')
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no HTTP server without libmicrohttpd: %s",
                       mhd_fault);
    jz_auto(jz_httpd) *h = jz_alloc_zero(1, sizeof *h);
    if (h == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for a server");
    h->opts = *opts;
    if (h->opts.body_max == 0)
        h->opts.body_max = 4096;
    JZ_TRY(listen_on(h, &at, address, err));
    *out = JZ_TAKE(h);
    return JZ_OK;
}

uint16_t jz_httpd_port(const jz_httpd *h)
{
    const union MHD_DaemonInfo *info = mhd.get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void jz_httpd_close(jz_httpd *h)
{
    if (h == NULL)
        return;
    if (h->daemon != NULL) {
        const struct timespec moment = { .tv_nsec = 5 * 1000000 };
        const MHD_socket fd = mhd.quiesce_daemon(h->daemon);
        for (int ms = 0; ms < END_MS && atomic_load(&h->running) > 0; ms += 5)
            (void)nanosleep(&moment, NULL); /* a shorter wait is none the worse */
        mhd.stop_daemon(h->daemon);
        if (fd >= 0)
            (void)close(fd);
    }
    jz_free(h);
}
