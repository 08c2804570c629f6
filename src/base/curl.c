/* SPDX-License-Identifier: Apache-2.0 */
#include "base/curl.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

#define ARGS 40
enum { TIMED_OUT = 28, NOT_THERE = 127 };
#define STATUS 3 /* digits behind the body, and a line's end before them */
#define STATUS_FORMAT "\n%{http_code}"

/* Three pipes: what curl reads, what it answers and what it complains of. */
typedef struct call {
    int to[2], from[2], errors[2];
    pid_t pid;
} call;

static void close_end(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

static void done(call *c)
{
    for (unsigned i = 0; i < 2; i++) {
        close_end(&c->to[i]);
        close_end(&c->from[i]);
        close_end(&c->errors[i]);
    }
}

static jz_status open_pipes(call *c, jz_err *err)
{
    if (pipe2(c->to, O_CLOEXEC) != 0 || pipe2(c->from, O_CLOEXEC) != 0 ||
        pipe2(c->errors, O_CLOEXEC) != 0)
        return JZ_FAIL(err, JZ_E_IO, "pipe: %s", strerrordesc_np(errno));
    return JZ_OK;
}

static int spawn(call *c, const char *const *argv, size_t n)
{
    char *args[ARGS];
    posix_spawn_file_actions_t actions;
    if (n > JZ_ARRAY_LEN(args) || posix_spawn_file_actions_init(&actions) != 0)
        return ENOMEM;
    memcpy(args, argv,
           n * sizeof *args); /* posix_spawn() takes what it does not change as char * */
    int e = posix_spawn_file_actions_adddup2(&actions, c->to[0], STDIN_FILENO);
    e = e != 0 ? e : posix_spawn_file_actions_adddup2(&actions, c->from[1], STDOUT_FILENO);
    e = e != 0 ? e : posix_spawn_file_actions_adddup2(&actions, c->errors[1], STDERR_FILENO);
    e = e != 0 ? e : posix_spawnp(&c->pid, "curl", &actions, NULL, args, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    return e;
}

static jz_status no_curl(jz_err *err)
{
    return JZ_FAIL(err, JZ_E_NOTFOUND, "the program curl, which asks the server, is not there");
}

static jz_status start(call *c, const jz_curl_post *post, const char *type, const char *accept,
                       jz_err *err)
{
    static const char *const usual[] = {
        "curl",        "--disable",  "--globoff", "--silent",    "--show-error", "--proto",
        "=http,https", "--max-time", "30",        "--write-out", STATUS_FORMAT,
    };
    const char *argv[ARGS];
    size_t n = JZ_ARRAY_LEN(usual);
    memcpy(argv, usual, sizeof usual);
    const char *const own[] = { "--header", accept,    "--header",      type,
                                "--header", "Expect:", "--data-binary", "@-" };
    const size_t n_own = post->get ? 2 : JZ_ARRAY_LEN(own);
    memcpy(argv + n, own, n_own * sizeof *own);
    n += n_own;
    for (size_t i = 0; i < post->n_headers && i < JZ_CURL_HEADERS; i++) {
        argv[n++] = "--header";
        argv[n++] = post->header[i];
    }
    if (post->pin != NULL) {
        const char *const pin[] = { "--noproxy", "*", "--resolve", post->pin };
        memcpy(argv + n, pin, sizeof pin);
        n += JZ_ARRAY_LEN(pin);
    }
    argv[n++] = "--url";
    argv[n++] = post->url;
    argv[n++] = NULL;
    const int e = spawn(c, argv, n);
    close_end(&c->to[0]);
    close_end(&c->from[1]);
    close_end(&c->errors[1]);
    if (e == ENOENT)
        return no_curl(err);
    return e == 0 ? JZ_OK : JZ_FAIL(err, JZ_E_IO, "starting curl: %s", strerrordesc_np(e));
}

/* All of a pipe; what is past max is thrown away, but counted. */
static jz_status drain(int fd, size_t max, jz_buf *out, size_t *all, jz_err *err)
{
    uint8_t part[4096];
    for (*all = 0;;) {
        const ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "reading from curl: %s", strerrordesc_np(errno));
        if (n == 0)
            return jz_buf_check(out, err);
        *all += (size_t)n;
        if (*all <= max)
            jz_buf_put(out, part, (size_t)n);
    }
}

static jz_status judge(int status, const jz_buf *errors, const char *url, jz_err *err)
{
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    size_t len = errors->len;
    while (len > 0 && errors->ptr[len - 1] == '\n')
        len--;
    if (code == 0)
        return JZ_OK;
    if (code == NOT_THERE)
        return no_curl(err);
    return JZ_FAIL(err, code == TIMED_OUT ? JZ_E_TIMEOUT : JZ_E_IO, "%s: %.*s", url,
                   (int)(len < 120 ? len : 120), len > 0 ? errors->ptr : "");
}

/* Takes the status off the end. */
static jz_status split(const char *url, jz_buf *answer, unsigned *status, jz_err *err)
{
    unsigned code = 0;
    for (size_t i = 0; answer->len > STATUS && i < STATUS; i++)
        code = code * 10 + (unsigned)(answer->ptr[answer->len - STATUS + i] - '0');
    if (code < 100 || code > 999)
        return JZ_FAIL(err, JZ_E_IO, "%s: no answer in HTTP", url);
    answer->len -= STATUS + 1;
    *status = code;
    return JZ_OK;
}

static jz_status talk(call *c, const jz_curl_post *post, jz_buf *answer, jz_err *err)
{
    JZ_BUF_AUTO type = { 0 };
    JZ_BUF_AUTO accept = { 0 };
    JZ_BUF_AUTO errors = { 0 };
    size_t all = 0;
    size_t ignored = 0;
    int status = 0;
    jz_buf_printf(&type, "Content-Type: %s",
                  post->type != NULL ? post->type : "application/octet-stream");
    jz_buf_printf(&accept, "Accept: %s", post->accept != NULL ? post->accept : "*/*");
    JZ_TRY(jz_buf_check(&type, err));
    JZ_TRY(jz_buf_check(&accept, err));
    JZ_TRY(open_pipes(c, err));
    /* A request fits into a pipe: nobody waits for anybody. */
    JZ_TRY(jz_write_all(c->to[1], post->body.ptr, post->body.len, "curl", err));
    JZ_TRY(start(c, post, type.ptr, accept.ptr, err));
    close_end(&c->to[1]);
    const size_t most = post->reply_max > 0 ? post->reply_max : JZ_CURL_REPLY_MAX;
    jz_status st = drain(c->from[0], most + STATUS + 1, answer, &all, err);
    if (st == JZ_OK)
        st = drain(c->errors[0], 1024, &errors, &ignored, err);
    done(c);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    JZ_TRY(st);
    JZ_TRY(judge(status, &errors, post->url, err));
    if (all > most + STATUS + 1)
        return JZ_FAIL(err, JZ_E_LIMIT, "%s: an answer of more than %zu bytes", post->url, most);
    return JZ_OK;
}

jz_status jz_curl_send(const jz_curl_post *post, unsigned *status, jz_buf *reply, jz_err *err)
{
    call c = { { -1, -1 }, { -1, -1 }, { -1, -1 }, 0 };
    JZ_BUF_AUTO answer = { 0 };
    unsigned code = 0;
    if (post->body.len > JZ_CURL_BODY_MAX)
        return JZ_FAIL(err, JZ_E_LIMIT, "a request of %zu bytes; %d are the most", post->body.len,
                       JZ_CURL_BODY_MAX);
    const jz_status st = talk(&c, post, &answer, err);
    done(&c);
    JZ_TRY(st);
    JZ_TRY(split(post->url, &answer, &code, err));
    jz_buf_put(reply, answer.ptr, answer.len);
    JZ_TRY(jz_buf_check(reply, err));
    *status = code;
    return JZ_OK;
}
