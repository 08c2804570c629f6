/* SPDX-License-Identifier: Apache-2.0 */
/* jz serve: the HTTP API, until it is told to end. */
#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/govern_home.h"
#include "cli/home_ledger.h"
#include "cli/out.h"
#include "ledger/ed25519.h"

#include <jz/serve.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PEM_MAX ((size_t)1 << 20)
#define ADDRESS 64

static const char *arg_listen, *arg_cert, *arg_key, *arg_staff_header, *arg_staff_proxy;
static uint64_t arg_workers, arg_threads, arg_upload_max, arg_per_minute, arg_per_address, arg_undo;
static bool arg_no_uploads;

/* The ledger, while the server runs. Others find it busy, and leave what they did to this one. */
typedef struct ledger {
    const char *home;
    pthread_mutex_t lock;
    jz_log *log; /* NULL: another process writes it */
    jz_vkey vkey;
} ledger;

/* ---- what the server calls ---- */

static jz_status to_ledger(void *user, jz_govern *g, jz_err *err)
{
    ledger *l = user;
    uint64_t n = 0;
    (void)pthread_mutex_lock(&l->lock); /* an ordinary lock cannot fail, here and below */
    jz_status st = l->log != NULL ? jz_govern_anchor(g, l->log, &n, err) : JZ_OK;
    if (st == JZ_OK && n > 0)
        st = jz_log_settle(l->log, err);
    if (st == JZ_OK && n > 0)
        st = jz_home_ledger_note(l->home, l->log, err);
    (void)pthread_mutex_unlock(&l->lock);
    return st;
}

/* The log of this process, or one that is opened to read. */
static jz_status with_log(ledger *l, jz_status (*fn)(jz_log *log, void *user, jz_err *err),
                          void *user, jz_err *err)
{
    jz_log *opened = NULL;
    (void)pthread_mutex_lock(&l->lock);
    jz_status st =
        l->log != NULL ? JZ_OK : jz_home_ledger_open(l->home, false, &opened, &l->vkey, err);
    if (st == JZ_OK)
        st = fn(l->log != NULL ? l->log : opened, user, err);
    jz_log_close(opened);
    (void)pthread_mutex_unlock(&l->lock);
    return st;
}

static jz_status take_checkpoint(jz_log *log, void *user, jz_err *err)
{
    char **out = user;
    *out = jz_strdup(jz_log_checkpoint(log));
    return *out != NULL ? JZ_OK : JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
}

static jz_status give_checkpoint(void *user, char **out, jz_err *err)
{
    return with_log(user, take_checkpoint, out, err);
}

typedef struct wanted_proof {
    uint64_t index;
    char **out;
} wanted_proof;

static jz_status take_proof(jz_log *log, void *user, jz_err *err)
{
    const wanted_proof *w = user;
    return jz_log_prove(log, w->index, w->out, err);
}

static jz_status give_proof(void *user, uint64_t index, char **out, jz_err *err)
{
    wanted_proof w = { index, out };
    return with_log(user, take_proof, &w, err);
}

typedef struct wanted_leaf {
    const jz_vkey *vkey;
    uint64_t index;
    char **out;
} wanted_leaf;

static jz_status take_leaf(jz_log *log, void *user, jz_err *err)
{
    const wanted_leaf *w = user;
    char *leaf = NULL, key[JZ_VKEY_TEXT];
    size_t len = 0;
    JZ_BUF_AUTO text = { 0 };
    jz_json j = { .out = &text };
    JZ_TRY(jz_log_entry(log, w->index, &leaf, &len, err));
    jz_vkey_text(w->vkey, key);
    jz_json_begin_object(&j);
    jz_json_put_str(&j, "key", key);
    jz_json_put_hex(&j, "leaf", (const uint8_t *)leaf, len);
    jz_json_end_object(&j);
    jz_ledger_free(leaf);
    JZ_TRY(jz_buf_check(&text, err));
    *w->out = JZ_TAKE(text.ptr);
    return JZ_OK;
}

static jz_status give_leaf(void *user, uint64_t index, char **out, jz_err *err)
{
    ledger *l = user;
    wanted_leaf w = { &l->vkey, index, out };
    return with_log(l, take_leaf, &w, err);
}

typedef struct wanted_receipt {
    jz_govern *g;
    jz_receipt_fn make;
    const char *id;
    char **out;
} wanted_receipt;

static jz_status take_receipt(jz_log *log, void *user, jz_err *err)
{
    const wanted_receipt *w = user;
    return w->make(w->g, log, w->id, w->out, err);
}

static jz_status give_receipt(void *user, jz_govern *g, jz_receipt_fn make, const char *id,
                              char **out, jz_err *err)
{
    wanted_receipt w = { g, make, id, out };
    JZ_TRY(to_ledger(user, g, err));
    return with_log(user, take_receipt, &w, err);
}

static void tell_failure(void *user, const char *method, const char *path, const jz_err *err)
{
    jz_err told = *err;
    (void)user;
    jz_err_wrap(&told, "%s %s", method, path);
    (void)jz_out_error(&told); /* the server goes on */
}

/* ---- where to listen ---- */

/* "ADDRESS:PORT", "[V6]:PORT", "PORT". */
static jz_status read_listen(const char *text, char address[ADDRESS], uint16_t *port, jz_err *err)
{
    const char *colon = strrchr(text, ':');
    const char *digits = colon != NULL ? colon + 1 : text;
    const char *from = text;
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    unsigned long v = 0;
    if (len >= 2 && from[0] == '[' && from[len - 1] == ']') {
        from++;
        len -= 2;
    }
    const size_t n = strlen(digits);
    if (n > 0 && n <= 5 && strspn(digits, "0123456789") == n)
        v = strtoul(digits, NULL, 10);
    else
        v = UINT16_MAX + 1;
    if (v > UINT16_MAX || len >= ADDRESS)
        return JZ_FAIL(err, JZ_E_INVAL, "--listen '%s' is not ADDRESS:PORT", text);
    memcpy(address, len > 0 ? from : "127.0.0.1", len > 0 ? len : sizeof "127.0.0.1");
    address[len > 0 ? len : sizeof "127.0.0.1" - 1] = '\0';
    *port = (uint16_t)v;
    return JZ_OK;
}

static void print_place(const jz_serve *s, const char *address)
{
    const bool v6 = strchr(address, ':') != NULL;
    printf("http%s://%s%s%s:%u/\n", arg_cert != NULL ? "s" : "", v6 ? "[" : "", address,
           v6 ? "]" : "", jz_serve_port(s));
    (void)fflush(stdout); /* jz_out_close() checks */
}

/* ---- the command ---- */

typedef struct parts { /* what the server is made of, in the order of opening */
    jz_buf cert, key;
    char *home;
    jz_sandbox *sandbox;
    ledger ledger;
    jz_serve *serve;
} parts;

static void parts_done(parts *p)
{
    jz_serve_close(p->serve);
    jz_log_close(p->ledger.log);
    jz_sandbox_close(p->sandbox);
    jz_free(p->home);
    if (p->key.ptr != NULL)
        jz_wipe(p->key.ptr, p->key.len);
    jz_buf_done(&p->key);
    jz_buf_done(&p->cert);
}

static jz_status open_parts(parts *p, jz_err *err)
{
    p->key.cap = p->cert.cap = PEM_MAX;
    if (arg_cert != NULL) {
        JZ_TRY(jz_file_read(arg_cert, PEM_MAX, &p->cert, err));
        JZ_TRY(jz_file_read(arg_key, PEM_MAX, &p->key, err));
    }
    JZ_TRY(jz_home_find(jz_case_home, &p->home, err));
    if (!arg_no_uploads)
        JZ_TRY(jz_sandbox_open(NULL, NULL, &p->sandbox, err));
    p->ledger.home = p->home;
    (void)pthread_mutex_init(&p->ledger.lock, NULL); /* an ordinary lock cannot fail */
    const jz_status st = jz_home_ledger_open(p->home, true, &p->ledger.log, &p->ledger.vkey, err);
    JZ_TRY_CTX(st == JZ_E_BUSY ? JZ_OK : st, err, "the ledger");
    return JZ_OK;
}

/* Until SIGTERM or SIGINT, which are blocked before the first thread begins; all inherit that. */
static jz_status serve(parts *p, jz_err *err)
{
    char address[ADDRESS];
    jz_serve_opts opts = { .workers = (unsigned)arg_workers,
                           .threads = (unsigned)arg_threads,
                           .upload_max = arg_upload_max,
                           .per_minute = (unsigned)arg_per_minute,
                           .per_address = (unsigned)arg_per_address,
                           .undo_s = (unsigned)arg_undo,
                           .staff_header = arg_staff_header,
                           .staff_proxy = arg_staff_proxy,
                           .to_ledger = to_ledger,
                           .checkpoint = give_checkpoint,
                           .prove = give_proof,
                           .leaf = give_leaf,
                           .receipt = give_receipt,
                           .failed = tell_failure,
                           .user = &p->ledger };
    sigset_t ends;
    int which = 0;
    JZ_TRY(read_listen(arg_listen, address, &opts.port, err));
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL); /* valid arguments cannot fail, here and above */
    (void)signal(SIGPIPE, SIG_IGN);                /* who hangs up ends an answer, not the server */
    JZ_TRY(open_parts(p, err));
    opts.address = address;
    opts.home = p->home;
    opts.sandbox = p->sandbox;
    opts.tls_cert = arg_cert != NULL ? p->cert.ptr : NULL;
    opts.tls_key = arg_cert != NULL ? p->key.ptr : NULL;
    JZ_TRY(jz_serve_open(&opts, &p->serve, err));
    print_place(p->serve, address);
    while (sigwait(&ends, &which) != 0)
        ;
    return JZ_OK;
}

static int run(int argc, char **argv)
{
    jz_err err = { 0 };
    parts p = { 0 };
    (void)argv;
    if (argc != 0 || arg_listen == NULL || (arg_cert == NULL) != (arg_key == NULL))
        return jz_out_wanted("jz serve", "--listen ADDRESS:PORT, and both of --tls-cert and "
                                         "--tls-key or none, are wanted");
    if (arg_workers > 256 || arg_threads > 256 || arg_per_minute > UINT32_MAX ||
        arg_per_address > UINT16_MAX || arg_undo > 3600)
        return jz_out_wanted("jz serve", "smaller numbers are wanted");
    const jz_status st = serve(&p, &err);
    parts_done(&p);
    return st == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(&err);
}

static const jz_opt options[] = {
    { 0, "listen", JZ_OPT_STR, &arg_listen, "ADDRESS:PORT", "where; port 0: any that is free" },
    { 0, "tls-cert", JZ_OPT_STR, &arg_cert, "FILE", "certificate chain, PEM" },
    { 0, "tls-key", JZ_OPT_STR, &arg_key, "FILE", "its private key, PEM" },
    { 0, "workers", JZ_OPT_U64, &arg_workers, "N", "threads that decode and write [2]" },
    { 0, "threads", JZ_OPT_U64, &arg_threads, "N", "threads that answer at once [processors]" },
    { 0, "upload-max", JZ_OPT_U64, &arg_upload_max, "BYTES", "of a file [256Mi]" },
    { 0, "per-minute", JZ_OPT_U64, &arg_per_minute, "N",
      "requests without a key, of one address [300]" },
    { 0, "per-address", JZ_OPT_U64, &arg_per_address, "N", "connections of one address [64]" },
    { 0, "undo", JZ_OPT_U64, &arg_undo, "SECONDS",
      "in which a decision of the console can be undone [30]" },
    { 0, "staff-header", JZ_OPT_STR, &arg_staff_header, "NAME",
      "a proxy's header that names who has signed in there [none]" },
    { 0, "staff-proxy", JZ_OPT_STR, &arg_staff_proxy, "ADDRESS",
      "from where alone that header is believed [127.0.0.1]" },
    { 0, "no-uploads", JZ_OPT_FLAG, &arg_no_uploads, NULL, "no sandbox: files are not decoded" },
    JZ_CASE_HOME_OPT,
    { 0 },
};

const jz_cmd jz_cmd_serve = {
    .name = "serve",
    .usage = "[options] --listen ADDRESS:PORT",
    .summary = "serve the pages, the console and the HTTP API",
    .details = "Prints the URL and serves until SIGTERM or SIGINT; then it answers what it has\n"
               "accepted, and ends. `jz key add` makes keys; GET /v1/openapi.json and docs/api.md\n"
               "describe the routes.\n",
    .opts = options,
    .run = run,
};
