/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/httpd.h"

#include "base/alloc.h"
#include "base/file.h"
#include "serve/httpd_lib.h"
#include "serve/slow_heads.h"
#include "serve/work_queue.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define CONNECTIONS 256
#define IDLE_S 15 /* seconds without a byte after which a connection is closed */
#define HEAD_S 30 /* until the head of a request must be there */
#define BODY_S 30 /* after which a body must come with BODY_RATE bytes a second, on average */
#define BODY_RATE 16384
#define END_MS 5000

struct jz_httpd {
    jz_httpd_opts opts;
    struct MHD_Daemon *daemon;
    jz_work_queue *queue;
    jz_slow_heads *heads;
    atomic_uint running; /* requests that have begun and not ended */
    atomic_bool ends;    /* no request shall follow on a connection */
};

typedef struct exchange { /* one request */
    jz_job job;           /* first: a job is its exchange */
    jz_httpd *h;
    struct MHD_Connection *c;
    jz_http_request request;
    jz_http_plan plan;
    jz_buf body;
    int fd;
    uint64_t size; /* of the body, so far */
    bool too_large, answered;
    jz_http_reply reply; /* of a worker */
    time_t began;
} exchange;

static time_t seconds(void)
{
    struct timespec t = { 0 };
    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* which there is on every Linux */
    return t.tv_sec;
}

static const char *lookup(const void *from, jz_http_where where, const char *name)
{
    const exchange *e = from;
    return jz_mhd.lookup_connection_value(
        e->c, where == JZ_HTTP_HEADER ? MHD_HEADER_KIND : MHD_GET_ARGUMENT_KIND, name);
}

/* ---- replies ---- */

static void add_header(struct MHD_Response *r, const char *name, const char *value)
{
    (void)jz_mhd.add_response_header(r, name,
                                     value); /* only fails without memory: then without it */
}

static struct MHD_Response *make_response(jz_http_reply *reply)
{
    static char nothing[] = "";
    if (reply->fd < 0)
        return jz_mhd.create_response_from_buffer(reply->body.len,
                                                  reply->body.len > 0 ? reply->body.ptr : nothing,
                                                  MHD_RESPMEM_MUST_COPY);
    struct MHD_Response *r = jz_mhd.create_response_from_fd64(reply->size, reply->fd);
    if (r != NULL)
        reply->fd = -1; /* the response's now */
    return r;
}

static void drop_reply(jz_http_reply *reply)
{
    if (reply->fd >= 0)
        (void)close(reply->fd); /* only read from */
    jz_buf_done(&reply->body);
    *reply = (jz_http_reply){ .fd = -1 };
}

static void add_headers(const jz_httpd *h, struct MHD_Response *r, const jz_http_reply *reply)
{
    char number[16];
    add_header(r, "Content-Type", reply->type != NULL ? reply->type : "text/plain; charset=utf-8");
    add_header(r, "Cache-Control", reply->cache != NULL ? reply->cache : "no-store");
    add_header(r, "X-Content-Type-Options", "nosniff");
    if (reply->allow != NULL)
        add_header(r, "Allow", reply->allow);
    for (size_t i = 0; i < JZ_ARRAY_LEN(reply->extra) && reply->extra[i][0] != NULL; i++)
        add_header(r, reply->extra[i][0], reply->extra[i][1]);
    if (reply->cookie[0] != '\0')
        add_header(r, "Set-Cookie", reply->cookie);
    if (reply->retry_s > 0) {
        (void)snprintf(number, sizeof number, "%u", reply->retry_s);
        add_header(r, "Retry-After", number);
    }
    if (atomic_load(&h->ends))
        add_header(r, "Connection", "close");
}

static enum MHD_Result send_reply(const jz_httpd *h, struct MHD_Connection *c, jz_http_reply *reply)
{
    const unsigned status = reply->status;
    struct MHD_Response *r = make_response(reply);
    if (r != NULL)
        add_headers(h, r, reply);
    drop_reply(reply);
    reply->status = status;
    if (r == NULL)
        return MHD_NO; /* closes the connection */
    const enum MHD_Result queued = jz_mhd.queue_response(c, status, r);
    jz_mhd.destroy_response(r);
    return queued;
}

static void refuse(const jz_httpd *h, const jz_http_request *request, unsigned status,
                   jz_http_reply *reply)
{
    drop_reply(reply);
    reply->status = status;
    if (h->opts.refuse != NULL)
        h->opts.refuse(h->opts.user, request, status, reply);
    else
        jz_buf_puts(&reply->body, status == 413   ? "too large\n"
                                  : status == 503 ? "busy\n"
                                                  : "internal error\n");
    if (reply->body.fail != JZ_OK)
        jz_buf_done(&reply->body); /* without words */
}

static enum MHD_Result send_refusal(exchange *e, unsigned status)
{
    refuse(e->h, &e->request, status, &e->reply);
    return send_reply(e->h, e->c, &e->reply);
}

/* What was answered, or that it failed. */
static void settle(exchange *e, jz_status st, const jz_err *err)
{
    jz_err kept = *err;
    if (st == JZ_OK)
        st = jz_buf_check(&e->reply.body, &kept);
    if (st == JZ_OK && e->reply.status != 0)
        return;
    if (e->h->opts.failed != NULL)
        e->h->opts.failed(e->h->opts.user, &e->request, &kept);
    refuse(e->h, &e->request, st == JZ_E_BUSY ? 503 : 500, &e->reply);
}

static void answer(exchange *e, unsigned worker)
{
    jz_err err = { 0 };
    const jz_httpd_opts *o = &e->h->opts;
    drop_reply(&e->reply);
    const jz_status st = o->planned != NULL ? o->planned(o->user, e->plan.context, worker,
                                                         &e->request, &e->reply, &err)
                                            : o->answer(o->user, &e->request, &e->reply, &err);
    settle(e, st, &err);
}

/* ---- requests ---- */

/* On a worker's thread; the connection waits. */
static void answer_job(void *user, jz_job *job, unsigned worker)
{
    exchange *e = (exchange *)(void *)job;
    (void)user;
    answer(e, worker);
    e->answered = true;
    jz_mhd.resume_connection(e->c);
}

static void read_peer(exchange *e)
{
    const union MHD_ConnectionInfo *info =
        jz_mhd.get_connection_info(e->c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL)
        return;
    const struct sockaddr *any = info->client_addr;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    const char *text = NULL;
    if (any->sa_family == AF_INET) {
        memcpy(&v4, any, sizeof v4);
        text = inet_ntop(AF_INET, &v4.sin_addr, e->request.peer, sizeof e->request.peer);
    } else if (any->sa_family == AF_INET6) {
        memcpy(&v6, any, sizeof v6);
        text = inet_ntop(AF_INET6, &v6.sin6_addr, e->request.peer, sizeof e->request.peer);
    }
    if (text == NULL)
        e->request.peer[0] = '\0';
}

static void watch_head(const exchange *e, bool waits)
{
    if (e->h->heads == NULL)
        return;
    const union MHD_ConnectionInfo *info =
        jz_mhd.get_connection_info(e->c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    if (info != NULL)
        jz_slow_heads_wait(e->h->heads, info->socket_context, waits);
}

/* A body that says itself that it is too long is not received. */
static bool declares_too_much(const exchange *e)
{
    const char *text = jz_mhd.lookup_connection_value(e->c, MHD_HEADER_KIND, "Content-Length");
    return text != NULL && strtoull(text, NULL, 10) > e->plan.body_max;
}

static enum MHD_Result begin(exchange *e)
{
    const jz_httpd_opts *o = &e->h->opts;
    jz_err err = { 0 };
    jz_status st = JZ_OK;
    read_peer(e);
    watch_head(e, false);
    if (o->plan != NULL)
        st = o->plan(o->user, &e->request, &e->plan, &e->reply, &err);
    if (st != JZ_OK || e->reply.status != 0) {
        settle(e, st, &err);
        return send_reply(e->h, e->c, &e->reply);
    }
    if (e->plan.body_max == 0)
        e->plan.body_max = o->body_max;
    e->body.cap = e->plan.body_max;
    return declares_too_much(e) ? send_refusal(e, 413) : MHD_YES;
}

static enum MHD_Result new_exchange(jz_httpd *h, struct MHD_Connection *c, const char *path,
                                    const char *method, void **state)
{
    exchange *e = jz_alloc_zero(1, sizeof *e);
    if (e == NULL)
        return MHD_NO;
    *e = (exchange){ .h = h, .c = c, .fd = -1, .reply = { .fd = -1 }, .began = seconds() };
    e->request = (jz_http_request){
        .method = method, .path = path, .body_fd = -1, .lookup = lookup, .from = e
    };
    *state = e;
    atomic_fetch_add(&h->running, 1);
    return begin(e);
}

static bool write_file(exchange *e, const char *data, size_t len)
{
    jz_err err;
    if (e->fd < 0)
        e->fd = memfd_create("jz-upload", MFD_CLOEXEC);
    return e->fd >= 0 && jz_write_all(e->fd, data, len, "upload", &err) == JZ_OK;
}

/* A part of the body. What is too large is let pass, for an answer can be sent after it only; but
 * not for ever, and neither is what comes too slowly. */
static enum MHD_Result take_part(exchange *e, const char *data, size_t *len)
{
    const size_t n = *len;
    const time_t taken = seconds() - e->began;
    *len = 0;
    e->size += n;
    if (taken > BODY_S && e->size / (uint64_t)taken < BODY_RATE)
        return MHD_NO;
    if (e->size > e->plan.body_max) {
        e->too_large = true;
        return e->size > 2 * (uint64_t)e->plan.body_max + 65536 ? MHD_NO : MHD_YES;
    }
    if (e->plan.file)
        return write_file(e, data, n) ? MHD_YES : MHD_NO;
    jz_buf_put(&e->body, data, n);
    return e->body.fail == JZ_OK ? MHD_YES : MHD_NO;
}

static enum MHD_Result finish(exchange *e)
{
    if (e->answered)
        return send_reply(e->h, e->c, &e->reply);
    if (e->too_large)
        return send_refusal(e, 413);
    if (e->plan.file && e->fd < 0 && !write_file(e, "", 0))
        return MHD_NO;
    e->request.body =
        (jz_bytes){ (const uint8_t *)(e->body.ptr != NULL ? e->body.ptr : ""), e->body.len };
    e->request.body_fd = e->fd;
    e->request.body_size = e->size;
    if (e->plan.slow && e->h->queue != NULL) {
        jz_mhd.suspend_connection(e->c); /* first: a worker may be quick */
        if (!jz_work_queue_put(e->h->queue, &e->job)) {
            refuse(e->h, &e->request, 503, &e->reply);
            e->answered = true;
            jz_mhd.resume_connection(e->c);
        }
        return MHD_YES;
    }
    answer(e, 0);
    return send_reply(e->h, e->c, &e->reply);
}

/* Called when the head is there, then for each part of the body, then at its end, and once more
 * after a worker has answered. */
static enum MHD_Result on_request(void *user, struct MHD_Connection *c, const char *path,
                                  const char *method, const char *version, const char *data,
                                  size_t *len, void **state)
{
    (void)version;
    if (*state == NULL)
        return new_exchange(user, c, path, method, state);
    return *len > 0 ? take_part(*state, data, len) : finish(*state);
}

static void on_end(void *user, struct MHD_Connection *c, void **state,
                   enum MHD_RequestTerminationCode how)
{
    jz_httpd *h = user;
    exchange *e = *state;
    (void)c, (void)how;
    if (e == NULL)
        return;
    if (h->opts.forget != NULL && e->plan.context != NULL)
        h->opts.forget(h->opts.user, e->plan.context, e->reply.status);
    watch_head(e, true);
    jz_buf_done(&e->body);
    drop_reply(&e->reply);
    if (e->fd >= 0)
        (void)close(e->fd); /* nobody reads it any more */
    jz_free(e);
    *state = NULL;
    atomic_fetch_sub(&h->running, 1);
}

static void on_connection(void *user, struct MHD_Connection *c, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
    jz_httpd *h = user;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        jz_slow_heads_remove(h->heads, *context);
        *context = NULL;
        return;
    }
    const union MHD_ConnectionInfo *info =
        jz_mhd.get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
    *context = info != NULL ? jz_slow_heads_add(h->heads, info->connect_fd) : NULL;
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

#define OPTIONS 8

static size_t put_option(struct MHD_OptionItem *item, size_t n, enum MHD_OPTION what,
                         intptr_t value, const void *ptr)
{
    /* The library takes texts as they are, and does not change them. */
    union {
        const void *in;
        void *out;
    } p = { .in = ptr };
    item[n] = (struct MHD_OptionItem){ .option = what, .value = value, .ptr_value = p.out };
    return n + 1;
}

static void choose_options(const jz_httpd_opts *o, struct MHD_OptionItem *item)
{
    size_t n = 0;
    if (o->threads > 1)
        n = put_option(item, n, MHD_OPTION_THREAD_POOL_SIZE, o->threads, NULL);
    if (o->per_address > 0)
        n = put_option(item, n, MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->per_address, NULL);
    if (o->tls_cert != NULL) {
        n = put_option(item, n, MHD_OPTION_HTTPS_MEM_CERT, 0, o->tls_cert);
        n = put_option(item, n, MHD_OPTION_HTTPS_MEM_KEY, 0, o->tls_key);
        n = put_option(item, n, MHD_OPTION_HTTPS_PRIORITIES, 0,
                       "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2");
    }
    (void)put_option(item, n, MHD_OPTION_END, 0, NULL);
}

static jz_status listen_on(jz_httpd *h, const endpoint *at, const char *address, jz_err *err)
{
    struct MHD_OptionItem item[OPTIONS];
    const jz_httpd_opts *o = &h->opts;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD;
    flags |= at->any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0;
    flags |= h->queue != NULL ? MHD_ALLOW_SUSPEND_RESUME : 0;
    flags |= o->tls_cert != NULL ? MHD_USE_TLS : 0;
    choose_options(o, item);
    errno = 0;
    h->daemon = jz_mhd.start_daemon(
        flags, 0, NULL, NULL, on_request, h, MHD_OPTION_SOCK_ADDR, &at->any,
        MHD_OPTION_CONNECTION_LIMIT, o->connections > 0 ? o->connections : (unsigned)CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s > 0 ? o->idle_s : (unsigned)IDLE_S,
        MHD_OPTION_NOTIFY_COMPLETED, on_end, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL, MHD_OPTION_ARRAY, item, MHD_OPTION_END);
    if (h->daemon == NULL)
        return JZ_FAIL(err, JZ_E_IO, "listening on %s, port %u: %s", address, o->port,
                       errno != 0            ? strerrordesc_np(errno)
                       : o->tls_cert != NULL ? "not possible; are certificate and key a pair?"
                                             : "not possible");
    return JZ_OK;
}

jz_status jz_httpd_open(const jz_httpd_opts *opts, jz_httpd **out, jz_err *err)
{
    endpoint at;
    const char *address = opts->address != NULL ? opts->address : "127.0.0.1";
    JZ_TRY(read_address(address, opts->port, &at, err));
    JZ_TRY(jz_httpd_load(err));
    jz_auto(jz_httpd) *h = jz_alloc_zero(1, sizeof *h);
    if (h == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "no memory for a server");
    h->opts = *opts;
    if (h->opts.body_max == 0)
        h->opts.body_max = 4096;
    JZ_TRY(jz_slow_heads_new(HEAD_S, &h->heads, err));
    if (opts->workers > 0)
        JZ_TRY(jz_work_queue_new(opts->workers, answer_job, h, &h->queue, err));
    JZ_TRY(listen_on(h, &at, address, err));
    *out = JZ_TAKE(h);
    return JZ_OK;
}

uint16_t jz_httpd_port(const jz_httpd *h)
{
    const union MHD_DaemonInfo *info = jz_mhd.get_daemon_info(h->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

unsigned jz_httpd_running(jz_httpd *h)
{
    return atomic_load(&h->running);
}

size_t jz_httpd_waiting(jz_httpd *h)
{
    return h->queue != NULL ? jz_work_queue_waiting(h->queue) : 0;
}

/* Connections that wait for a worker must be resumed before the server stops: so the workers end
 * first, after what they have. */
void jz_httpd_close(jz_httpd *h)
{
    if (h == NULL)
        return;
    MHD_socket fd = -1;
    if (h->daemon != NULL) {
        const struct timespec moment = { .tv_nsec = 5 * 1000000 };
        const unsigned end_ms = h->opts.end_ms > 0 ? h->opts.end_ms : END_MS;
        atomic_store(&h->ends, true);
        fd = jz_mhd.quiesce_daemon(h->daemon);
        for (unsigned ms = 0; ms < end_ms && atomic_load(&h->running) > 0; ms += 5)
            (void)nanosleep(&moment, NULL); /* a shorter wait is none the worse */
    }
    jz_work_queue_end(h->queue);
    if (h->daemon != NULL)
        jz_mhd.stop_daemon(h->daemon);
    jz_work_queue_free(h->queue);
    if (fd >= 0)
        (void)close(fd);
    jz_slow_heads_free(h->heads);
    jz_free(h);
}
