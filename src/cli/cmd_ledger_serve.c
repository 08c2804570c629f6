/* SPDX-License-Identifier: Apache-2.0 */
/* jz ledger serve-files, jz ledger witness: two small servers, which run until they are told to
 * end. */
#include "base/alloc.h"
#include "base/file.h"
#include "cli/cmd_ledger.h"
#include "cli/home_ledger.h"
#include "cli/out.h"
#include "ledger/lines.h"
#include "serve/ledger_files.h"
#include "serve/witness_http.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define LOGS 4096 /* that a witness knows */
#define LOGS_MAX ((size_t)4 << 20)

static const char *arg_home, *arg_listen, *arg_logs, *arg_name;
static uint64_t arg_port;

/* ---- serving ---- */

static void tell_failure(void *user, const jz_http_request *request, const jz_err *err)
{
    jz_err told = *err;
    (void)user;
    jz_err_wrap(&told, "%s %s", request->method, request->path);
    (void)jz_out_error(&told); /* the server goes on */
}

static void print_place(const jz_httpd *h)
{
    const char *at = arg_listen != NULL ? arg_listen : "127.0.0.1";
    const bool v6 = strchr(at, ':') != NULL;
    printf("http://%s%s%s:%u/\n", v6 ? "[" : "", at, v6 ? "]" : "", jz_httpd_port(h));
    (void)fflush(stdout); /* jz_out_close() checks */
}

/* Until SIGTERM or SIGINT. They are blocked before the server's thread begins, which inherits that.
 */
static jz_status serve(jz_httpd_opts *opts, jz_err *err)
{
    jz_auto(jz_httpd) *h = NULL;
    sigset_t ends;
    int which = 0;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &ends, NULL); /* valid arguments cannot fail, here and above */
    (void)signal(SIGPIPE, SIG_IGN);                /* who hangs up ends an answer, not the server */
    opts->address = arg_listen;
    opts->port = (uint16_t)arg_port;
    opts->failed = tell_failure;
    JZ_TRY(jz_httpd_open(opts, &h, err));
    print_place(h);
    while (sigwait(&ends, &which) != 0)
        ;
    return JZ_OK;
}

static int finish(jz_status st, const jz_err *err)
{
    return st == JZ_OK ? jz_out_close(JZ_EXIT_YES) : jz_out_error(err);
}

static bool check_usage(int argc, const char *command, int *code)
{
    jz_err err = { 0 };
    if (argc != 0)
        jz_err_set(&err, JZ_E_INVAL, "no operand is wanted");
    else if (arg_port > UINT16_MAX)
        jz_err_set(&err, JZ_E_INVAL, "a port is at most %d", UINT16_MAX);
    else
        return true;
    *code = jz_out_usage(command, &err);
    return false;
}

/* ---- serve-files ---- */

/* A log that is not as it was signed is not served. */
static jz_status serve_files(jz_err *err)
{
    jz_auto(char) *home = NULL;
    jz_auto(char) *dir = NULL;
    jz_log *log = NULL;
    jz_vkey vkey;
    JZ_TRY(jz_home_find(arg_home, &home, err));
    JZ_TRY(jz_home_ledger_open(home, false, &log, &vkey, err));
    jz_log_close(log);
    JZ_TRY(jz_path_join(home, "ledger", &dir, err));
    JZ_FD_AUTO folder = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return JZ_FAIL(err, JZ_E_IO, "%s: %s", dir, strerrordesc_np(errno));
    jz_ledger_files files = { .folder = folder };
    return serve(&(jz_httpd_opts){ .answer = jz_ledger_files_answer, .user = &files }, err);
}

static int run_serve_files(int argc, char **argv)
{
    jz_err err = { 0 };
    int code = 0;
    (void)argv;
    if (!check_usage(argc, "jz ledger serve-files", &code))
        return code;
    return finish(serve_files(&err), &err);
}

/* ---- witness ---- */

/* One public key a line; empty lines and those that begin with # say nothing. */
static jz_status read_logs(jz_bytes text, jz_vkey *logs, size_t *n, jz_err *err)
{
    jz_bytes line;
    *n = 0;
    for (unsigned at = 1; text.len > 0; at++) {
        if (!jz_line_take(&text, &line))
            return JZ_FAIL(err, JZ_E_CORRUPT, "line %u does not end", at);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        if (*n == LOGS)
            return JZ_FAIL(err, JZ_E_LIMIT, "more than %d logs", LOGS);
        JZ_TRY_CTX(jz_vkey_parse((const char *)line.ptr, line.len, &logs[*n], err), err, "line %u",
                   at);
        if (logs[*n].type != JZ_KEY_ED25519)
            return JZ_FAIL(err, JZ_E_INVAL, "line %u: %s is a witness's key", at, logs[*n].name);
        ++*n;
    }
    if (*n == 0)
        return JZ_FAIL(err, JZ_E_INVAL, "no public key of a log");
    return JZ_OK;
}

static void vkeys_autop(jz_vkey **p)
{
    jz_free(*p);
}

static jz_status load_logs(jz_vkey *logs, size_t *n, jz_err *err)
{
    JZ_BUF_AUTO file = { 0 };
    JZ_TRY(jz_file_read(arg_logs, LOGS_MAX, &file, err));
    JZ_TRY_CTX(read_logs((jz_bytes){ (const uint8_t *)file.ptr, file.len }, logs, n, err), err,
               "%s", arg_logs);
    return JZ_OK;
}

static jz_status serve_witness(const char *home, jz_witness *w, jz_err *err)
{
    jz_auto(char) *dir = NULL;
    char text[JZ_VKEY_TEXT];
    JZ_TRY(jz_path_join(home, "witness", &dir, err));
    w->dir = dir;
    jz_vkey_text(&w->key->pub, text);
    printf("%s\n", text);
    return serve(&(jz_httpd_opts){ .body_max = JZ_WITNESS_BODY_MAX,
                                   .answer = jz_witness_http_answer,
                                   .user = w },
                 err);
}

/* The key is made once all else is right: its name is for good. */
static jz_status witness(jz_err *err)
{
    jz_auto(char) *home = NULL;
    __attribute__((cleanup(vkeys_autop))) jz_vkey *logs = jz_alloc_zero(LOGS, sizeof *logs);
    jz_skey key;
    jz_witness w = { .logs = logs, .key = &key };
    if (logs == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    JZ_TRY(load_logs(logs, &w.n, err));
    JZ_TRY(jz_home_find(arg_home, &home, err));
    JZ_TRY(jz_home_witness_key(home, arg_name, &key, err));
    const jz_status st = serve_witness(home, &w, err);
    jz_skey_wipe(&key);
    return st;
}

static int run_witness(int argc, char **argv)
{
    jz_err err = { 0 };
    int code = 0;
    (void)argv;
    if (!check_usage(argc, "jz ledger witness", &code))
        return code;
    if (arg_logs == NULL) {
        jz_err_set(&err, JZ_E_INVAL, "--logs FILE is wanted: whom to witness");
        return jz_out_usage("jz ledger witness", &err);
    }
    return finish(witness(&err), &err);
}

/* ---- rows ---- */

#define SERVER                                                                                     \
    { 0, "listen", JZ_OPT_STR, &arg_listen, "ADDRESS", "an IP address [127.0.0.1]" },              \
        { 0, "port", JZ_OPT_U64, &arg_port, "N", "0: any that is free [0]" },                      \
    {                                                                                              \
        0, "home", JZ_OPT_STR, &arg_home, "DIR", "the installation [$JZ_HOME]"                     \
    }

static const jz_opt files_options[] = { SERVER, { 0 } };
static const jz_opt witness_options[] = {
    { 0, "logs", JZ_OPT_STR, &arg_logs, "FILE", "public keys of the logs to witness, one a line" },
    { 0, "name", JZ_OPT_STR, &arg_name, "NAME", "of the witness, for good [HOST/witness]" },
    SERVER,
    { 0 },
};

const jz_cmd jz_cmd_ledger_serve_files = {
    .name = "serve-files",
    .usage = "[options]",
    .summary = "serve the log's public files over HTTP",
    .details = "Prints the URL and serves until SIGTERM or SIGINT: /checkpoint and /tile/... of\n"
               "c2sp.org/tlog-tiles, and nothing else. Any static web server can do it instead.\n"
               "TLS is a reverse proxy's work.\n",
    .opts = files_options,
    .run = run_serve_files,
};

const jz_cmd jz_cmd_ledger_witness = {
    .name = "witness",
    .usage = "[options] --logs FILE",
    .summary = "be a witness for other logs",
    .details = "Prints its public key and its URL, and serves until SIGTERM or SIGINT: POST\n"
               "/add-checkpoint of c2sp.org/tlog-witness signs a log's head where it contains the\n"
               "one that was signed before; GET /HEX/checkpoint gives that, HEX being the SHA-256\n"
               "of the log's origin.\n",
    .opts = witness_options,
    .run = run_witness,
};
