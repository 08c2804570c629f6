/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence/tsa_curl.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CURL_TIMED_OUT = 28, NOT_THERE = 127 };

/* Two pipes: what curl reads, and all that it says (both of its outputs would be mixed: its errors
 * go to the second). */
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

static jz_status start(call *c, const char *url, jz_err *err)
{
    const char *const argv[] = { "curl",
                                 "--silent",
                                 "--show-error",
                                 "--fail",
                                 "--proto",
                                 "=http,https",
                                 "--max-time",
                                 "30",
                                 "--max-filesize",
                                 "65536",
                                 "--header",
                                 "Content-Type: application/timestamp-query",
                                 "--header",
                                 "Accept: application/timestamp-reply",
                                 "--data-binary",
                                 "@-",
                                 "--url",
                                 url,
                                 NULL };
    posix_spawn_file_actions_t actions;
    if (posix_spawn_file_actions_init(&actions) != 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    int e = posix_spawn_file_actions_adddup2(&actions, c->to[0], STDIN_FILENO);
    e = e != 0 ? e : posix_spawn_file_actions_adddup2(&actions, c->from[1], STDOUT_FILENO);
    e = e != 0 ? e : posix_spawn_file_actions_adddup2(&actions, c->errors[1], STDERR_FILENO);
    /* posix_spawn() takes what it does not change as char *const. */
    char *args[JZ_ARRAY_LEN(argv)];
    memcpy(args, argv, sizeof args);
    e = e != 0 ? e : posix_spawnp(&c->pid, "curl", &actions, NULL, args, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    close_end(&c->to[0]);
    close_end(&c->from[1]);
    close_end(&c->errors[1]);
    if (e == ENOENT)
        return JZ_FAIL(err, JZ_E_NOTFOUND, "the program curl, which asks the server, is not there");
    return e == 0 ? JZ_OK : JZ_FAIL(err, JZ_E_IO, "starting curl: %s", strerrordesc_np(e));
}

/* All of a pipe; what is past max is thrown away. */
static jz_status drain(int fd, size_t max, jz_buf *out, jz_err *err)
{
    uint8_t part[4096];
    for (;;) {
        const ssize_t n = read(fd, part, sizeof part);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return JZ_FAIL(err, JZ_E_IO, "reading from curl: %s", strerrordesc_np(errno));
        if (n == 0)
            return jz_buf_check(out, err);
        if (out->len + (size_t)n <= max)
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
        return JZ_FAIL(err, JZ_E_NOTFOUND, "the program curl, which asks the server, is not there");
    return JZ_FAIL(err, code == CURL_TIMED_OUT ? JZ_E_TIMEOUT : JZ_E_IO, "%s: %.*s", url,
                   (int)(len < 120 ? len : 120), len > 0 ? errors->ptr : "");
}

static jz_status talk(call *c, const char *url, jz_bytes request, jz_buf *reply, jz_err *err)
{
    JZ_BUF_AUTO errors = { 0 };
    int status = 0;
    JZ_TRY(open_pipes(c, err));
    /* A request fits into a pipe: nobody waits for anybody. */
    JZ_TRY(jz_write_all(c->to[1], request.ptr, request.len, "curl", err));
    JZ_TRY(start(c, url, err));
    close_end(&c->to[1]);
    jz_status st = drain(c->from[0], JZ_TSA_REPLY_MAX, reply, err);
    if (st == JZ_OK)
        st = drain(c->errors[0], 1024, &errors, err);
    done(c);
    while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return st == JZ_OK ? judge(status, &errors, url, err) : st;
}

jz_status jz_tsa_curl(void *user, jz_bytes request, uint8_t **out, size_t *len, jz_err *err)
{
    call c = { { -1, -1 }, { -1, -1 }, { -1, -1 }, 0 };
    JZ_BUF_AUTO reply = { 0 };
    const char *const *url = user;
    const jz_status st = talk(&c, *url, request, &reply, err);
    done(&c);
    JZ_TRY(st);
    *out = jz_alloc(reply.len);
    if (*out == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (reply.len > 0)
        memcpy(*out, reply.ptr, reply.len);
    *len = reply.len;
    return JZ_OK;
}
