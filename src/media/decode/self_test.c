/* SPDX-License-Identifier: Apache-2.0 */
/* Proof that the sandbox holds on this machine: each attempt is made by a forked child that has
 * confined itself exactly as a worker does. */
#include "media/decode/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define MEMORY_BYTES ((size_t)256 << 20)
#define OUTPUT_BYTES 65536
#define INPUT_FD (JZ_WORKER_OUT_FD + 1)

enum { DID_IT = 10, REFUSED = 11, NOT_CONFINED = 12 };

static bool open_file(void)
{
    return open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0;
}

static bool open_file_raw(void)
{
    const struct {
        uint64_t flags, mode, resolve;
    } how = { 0 };
    return syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", &how, sizeof how) >= 0;
}

static bool create_file(void)
{
    return open("/tmp/jz-self-test", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0;
}

static bool read_folder(void)
{
    return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) >= 0;
}

static bool make_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0;
}

static bool fork_process(void)
{
    const pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0;
}

static bool execute(void)
{
    char name[] = "/bin/true";
    char *const argv[] = { name, NULL };
    (void)execv(name, argv);
    return false; /* where it works, the child ends with status 0 */
}

static bool map_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
           MAP_FAILED;
}

static bool make_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0;
}

static bool kill_parent(void)
{
    return kill(getppid(), 0) == 0;
}

static bool trace_parent(void)
{
    return syscall(SYS_ptrace, 16 /* PTRACE_ATTACH */, getppid(), 0, 0) == 0;
}

static bool read_memory(void)
{
    char byte = 0;
    const struct {
        void *base;
        size_t len;
    } iov = { &byte, 1 };
    return syscall(SYS_process_vm_readv, getppid(), &iov, 1, &iov, 1, 0) >= 0;
}

#ifndef JZ_SANITIZED
static bool take_memory(void)
{
    return mmap(NULL, MEMORY_BYTES * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}
#endif

static void *nothing(void *arg)
{
    return arg;
}

static bool start_thread(void)
{
    pthread_t t;
    return pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0;
}

static bool take_some_memory(void)
{
    void *p =
        mmap(NULL, MEMORY_BYTES / 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p != MAP_FAILED && munmap(p, MEMORY_BYTES / 2) == 0;
}

static bool write_output(void)
{
    return pwrite(JZ_WORKER_OUT_FD, "x", 1, OUTPUT_BYTES - 1) == 1;
}

static bool write_past_limit(void)
{
    return pwrite(JZ_WORKER_OUT_FD, "x", 1, OUTPUT_BYTES) == 1;
}

static bool write_input(void)
{
    return pwrite(INPUT_FD, "x", 1, 0) == 1;
}

static bool cut_output(void)
{
    return ftruncate(JZ_WORKER_OUT_FD, 0) == 0;
}

/* An attempt must work in these. */
enum { NEVER = 0, ALWAYS = 1, WITH_THREADS = 2, WITH_OUTPUT = 4 };

static const struct {
    const char *what;
    bool (*attempt)(void);
    unsigned works;
} attempts[] = {
    { "open a file", open_file, NEVER },
    { "open a file (openat2)", open_file_raw, NEVER },
    { "create a file", create_file, NEVER },
    { "read a folder", read_folder, NEVER },
    { "make a socket", make_socket, NEVER },
    { "fork", fork_process, NEVER },
    { "execute a program", execute, NEVER },
    { "map executable memory", map_code, NEVER },
    { "make memory executable", make_code, NEVER },
    { "signal another process", kill_parent, NEVER },
    { "trace another process", trace_parent, NEVER },
    { "read another process", read_memory, NEVER },
#ifndef JZ_SANITIZED /* there is no limit then */
    { "map more memory than allowed", take_memory, NEVER },
#endif
    { "map the memory allowed", take_some_memory, ALWAYS },
    { "start a thread", start_thread, WITH_THREADS },
    { "write the output", write_output, WITH_OUTPUT },
    { "write more than allowed", write_past_limit, NEVER },
    { "write the input", write_input, NEVER },
    { "cut the output", cut_output, NEVER },
};

/* Two memory files where a worker has its output and its input. */
static bool open_files(void)
{
    const int in = memfd_create("jz-self-test-in", MFD_CLOEXEC);
    const int out = memfd_create("jz-self-test-out", MFD_CLOEXEC);
    const int far = fcntl(out, F_DUPFD_CLOEXEC, INPUT_FD + 1);
    return in >= 0 && dup2(in, INPUT_FD) >= 0 && dup2(far, JZ_WORKER_OUT_FD) >= 0 &&
           close_range(INPUT_FD + 1, ~0u, 0) == 0;
}

static _Noreturn void child(bool (*attempt)(void), const jz_confinement *c)
{
    uint32_t landlock_abi = 0;
    jz_err err = { 0 };
    (void)signal(SIGXFSZ, SIG_IGN); /* what is too long is an error then */
    if (!open_files() || jz_confine(c, &landlock_abi, &err) != JZ_OK)
        _exit(NOT_CONFINED);
    _exit(attempt() ? DID_IT : REFUSED);
}

/* Tells how it ended; true where that is what must happen. */
static bool try(bool (*attempt)(void), const jz_confinement *c, bool must_work, const char **how)
{
    int status = 0;
    (void)fflush(stdout);
    const pid_t pid = fork();
    if (pid == 0)
        child(attempt, c);
    *how = "could not be tried";
    if (pid < 0 || waitpid(pid, &status, 0) != pid)
        return false;
    const bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    const bool refused = WIFEXITED(status) && WEXITSTATUS(status) == REFUSED;
    const bool worked = WIFEXITED(status) && WEXITSTATUS(status) == DID_IT;
    if (killed)
        *how = "killed (SIGSYS)";
    else if (refused)
        *how = "refused";
    else if (worked)
        *how = "worked";
    return must_work ? worked : killed || refused;
}

int jz_self_test(bool output)
{
    int failures = 0;
    for (int threads = 0; threads < 2; threads++) {
        const jz_confinement c = { .memory_bytes = MEMORY_BYTES,
                                   .threads = threads != 0,
                                   .output_bytes = output ? OUTPUT_BYTES : 0 };
        const unsigned here =
            ALWAYS | (threads ? (unsigned)WITH_THREADS : 0) | (output ? (unsigned)WITH_OUTPUT : 0);
        for (size_t i = 0; i < JZ_ARRAY_LEN(attempts); i++) {
            const char *how = NULL;
            const bool ok = try(attempts[i].attempt, &c, (attempts[i].works & here) != 0, &how);
            printf("%-6s %-8s %-30s %s\n", ok ? "ok" : "FAILED", threads ? "threads" : "plain",
                   attempts[i].what, how);
            failures += !ok;
        }
    }
    return failures == 0 ? 0 : 1;
}
