/* SPDX-License-Identifier: Apache-2.0 */
#include "media/program.h"

#include "jz_config.h"

#include "base/alloc.h"
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

#define FIRST_FD 3   /* that a program finds beside stdin, stdout and stderr */
#define MOVED_FD 100 /* out of the way of all that are to be given */
#define FDS_MAX 8

extern char **environ;

static jz_status beside_self(const char *name, char **out, jz_err *err)
{
    char self[4096];
    const ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0)
        return JZ_FAIL(err, JZ_E_IO, "reading /proc/self/exe: %s", strerror(errno));
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL)
        *slash = '\0';
    return jz_path_join(self, name, out, err);
}

static jz_status check(const char *path, jz_err *err)
{
    if (access(path, X_OK) == 0)
        return JZ_OK;
    return JZ_FAIL(err, JZ_E_NOTFOUND, "program %s: %s", path, strerror(errno));
}

jz_status jz_program_find(const char *name, const char *variable, const char *given, char **out,
                          jz_err *err)
{
    const char *chosen = given != NULL ? given : getenv(variable);
    if (chosen != NULL && chosen[0] != '\0') {
        JZ_TRY(check(chosen, err));
        char *copy = jz_strdup(chosen);
        if (copy == NULL)
            return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
        *out = copy;
        return JZ_OK;
    }
    jz_auto(char) *beside = NULL;
    jz_auto(char) *installed = NULL;
    JZ_TRY(beside_self(name, &beside, err));
    JZ_TRY(jz_path_join(JZ_LIBEXECDIR, name, &installed, err));
    if (check(beside, NULL) == JZ_OK)
        *out = JZ_TAKE(beside);
    else if (check(installed, NULL) == JZ_OK)
        *out = JZ_TAKE(installed);
    else
        return JZ_FAIL(err, JZ_E_NOTFOUND, "no %s at %s nor %s", name, beside, installed);
    return JZ_OK;
}

static int set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int e = posix_spawnattr_setsigmask(attr, &none);
    e = e != 0 ? e : posix_spawnattr_setsigdefault(attr, &all);
    return e != 0 ? e
                  : posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                       POSIX_SPAWN_SETSIGDEF);
}

typedef struct start {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    int moved[FDS_MAX];
} start;

/* From far above, so that no dup2() of the child closes what a later one needs. */
static int move_fds(start *s, const int *fds, size_t n)
{
    int e = 0;
    for (size_t i = 0; i < n; i++)
        s->moved[i] = -1;
    for (size_t i = 0; e == 0 && i < n; i++) {
        s->moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, MOVED_FD);
        e = s->moved[i] < 0
                ? errno
                : posix_spawn_file_actions_adddup2(&s->actions, s->moved[i], FIRST_FD + (int)i);
    }
    return e;
}

static void close_moved(const start *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (s->moved[i] >= 0)
            (void)close(s->moved[i]); /* a copy */
}

jz_status jz_program_start(const char *path, const char *mode, const int *fds, size_t n_fds,
                           pid_t *pid, jz_err *err)
{
    char *const argv[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)mode, NULL };
    start s;
    if (n_fds > FDS_MAX)
        return JZ_FAIL(err, JZ_E_BUG, "%zu descriptors for a program", n_fds);
    if (posix_spawn_file_actions_init(&s.actions) != 0)
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    if (posix_spawnattr_init(&s.attr) != 0) {
        (void)posix_spawn_file_actions_destroy(&s.actions);
        return JZ_FAIL(err, JZ_E_NOMEM, "out of memory");
    }
    int e = move_fds(&s, fds, n_fds);
    e = e != 0 ? e : set_attributes(&s.attr);
    e = e != 0 ? e : posix_spawn(pid, path, &s.actions, &s.attr, argv, environ);
    close_moved(&s, n_fds);
    (void)posix_spawnattr_destroy(&s.attr);             /* cannot fail */
    (void)posix_spawn_file_actions_destroy(&s.actions); /* cannot fail */
    return e == 0 ? JZ_OK : JZ_FAIL(err, JZ_E_IO, "starting %s: %s", path, strerror(e));
}

const char *jz_program_death(const char *what, int status, char *buf, size_t size)
{
    if (status == -1)
        (void)snprintf(buf, size, "the %s process disappeared", what);
    else if (WIFEXITED(status))
        (void)snprintf(buf, size, "the %s process exited with status %d", what,
                       WEXITSTATUS(status));
    else if (WTERMSIG(status) == SIGSYS)
        (void)snprintf(buf, size, "the sandbox killed the %s for a forbidden system call", what);
    else if (WTERMSIG(status) == SIGKILL)
        (void)snprintf(buf, size, "the %s was killed (SIGKILL), perhaps for want of memory", what);
    else
        (void)snprintf(buf, size, "the %s crashed (SIG%s)", what, sigabbrev_np(WTERMSIG(status)));
    return buf;
}

bool jz_fd_is_read_only(int fd)
{
    const int mode = fcntl(fd, F_GETFL);
    return mode >= 0 && (mode & O_ACCMODE) == O_RDONLY;
}

jz_status jz_fd_read_only(int fd, int *out, jz_err *err)
{
    char path[32];
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int copy =
        jz_fd_is_read_only(fd) ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    if (copy < 0)
        return JZ_FAIL(err, JZ_E_IO, "opening for reading only: %s", strerror(errno));
    *out = copy;
    return JZ_OK;
}
