/* SPDX-License-Identifier: Apache-2.0 */
/* The list of system calls that decoding needs, measured with strace on every library in use. */
#include "media/decode/confine.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

/* Allowed whatever the arguments. */
static const int plain[] = {
    SCMP_SYS(brk),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(close),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(madvise),
    SCMP_SYS(mremap),
    SCMP_SYS(munmap),
    SCMP_SYS(pread64),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getrandom),
};

/* Besides, where a library cannot do without threads. */
static const int for_threads[] = {
    SCMP_SYS(clock_nanosleep), SCMP_SYS(rseq),        SCMP_SYS(rt_sigaction),
    SCMP_SYS(set_robust_list), SCMP_SYS(sched_yield),
};

#ifdef JZ_SANITIZED
/* What AddressSanitizer and UndefinedBehaviorSanitizer need to run and to report. */
static const int for_sanitizers[] = {
    SCMP_SYS(sigaltstack), SCMP_SYS(getrusage),    SCMP_SYS(sched_yield),
    SCMP_SYS(write),       SCMP_SYS(rt_sigaction), SCMP_SYS(ioctl),
};
#endif

/* Refused without killing: libraries look for optional files (processors, locales, fonts) and at
 * the state of stderr, qsort() for the amount of memory, and do without. */
static const int refused[] = {
    SCMP_SYS(access),     SCMP_SYS(faccessat),  SCMP_SYS(fstat),
    SCMP_SYS(newfstatat), SCMP_SYS(open),       SCMP_SYS(openat),
    SCMP_SYS(readlink),   SCMP_SYS(readlinkat), SCMP_SYS(sysinfo),
};

typedef struct rule {
    int call;
    struct scmp_arg_cmp arg;
} rule;

static jz_status fail(int e, jz_err *err)
{
    return JZ_FAIL(err, JZ_E_UNSUPPORTED, "seccomp: %s", strerror(-e));
}

static jz_status add_list(scmp_filter_ctx f, uint32_t action, const int *calls, size_t n,
                          jz_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const int e = seccomp_rule_add_array(f, action, calls[i], 0, NULL);
        if (e != 0)
            return fail(e, err);
    }
    return JZ_OK;
}

static jz_status add_rules(scmp_filter_ctx f, const rule *rules, size_t n, jz_err *err)
{
    for (size_t i = 0; i < n; i++) {
        const int e = seccomp_rule_add_array(f, SCMP_ACT_ALLOW, rules[i].call, 1, &rules[i].arg);
        if (e != 0)
            return fail(e, err);
    }
    return JZ_OK;
}

/* Memory, never executable; one socket; what libraries print, into /dev/null; abort(). */
static jz_status add_narrow(scmp_filter_ctx f, jz_err *err)
{
    const rule rules[] = {
        { SCMP_SYS(mmap), { .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC } },
        { SCMP_SYS(mprotect), { .arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC } },
        { SCMP_SYS(recvmsg), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = JZ_WORKER_SOCK_FD } },
        { SCMP_SYS(sendmsg), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = JZ_WORKER_SOCK_FD } },
        { SCMP_SYS(write), { .arg = 0, .op = SCMP_CMP_LE, .datum_a = STDERR_FILENO } },
        { SCMP_SYS(writev), { .arg = 0, .op = SCMP_CMP_LE, .datum_a = STDERR_FILENO } },
        { SCMP_SYS(tgkill), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)getpid() } },
    };
    return add_rules(f, rules, JZ_ARRAY_LEN(rules), err);
}

/* Exactly the flags with which glibc makes a thread, and names for threads. clone3 hides its flags
 * from the filter: told that there is none, glibc uses clone. libx265 asks libnuma whether memory
 * has places: told that there is no such call, both do without. */
static jz_status add_threads(scmp_filter_ctx f, jz_err *err)
{
    const scmp_datum_t flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SYSVSEM | CLONE_SIGHAND |
                               CLONE_THREAD | CLONE_SETTLS | CLONE_PARENT_SETTID |
                               CLONE_CHILD_CLEARTID;
    const rule rules[] = {
        { SCMP_SYS(clone), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = flags } },
        { SCMP_SYS(prctl), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = PR_SET_NAME } },
    };
    const int absent[] = { SCMP_SYS(clone3), SCMP_SYS(get_mempolicy) };
    JZ_TRY(add_list(f, SCMP_ACT_ERRNO(ENOSYS), absent, JZ_ARRAY_LEN(absent), err));
    JZ_TRY(add_list(f, SCMP_ACT_ALLOW, for_threads, JZ_ARRAY_LEN(for_threads), err));
    return add_rules(f, rules, JZ_ARRAY_LEN(rules), err);
}

/* jz-encode's output: written at offsets, nothing else done to it. */
static jz_status add_output(scmp_filter_ctx f, jz_err *err)
{
    const rule rules[] = {
        { SCMP_SYS(pwrite64), { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = JZ_WORKER_OUT_FD } },
    };
    return add_rules(f, rules, JZ_ARRAY_LEN(rules), err);
}

static jz_status fill(scmp_filter_ctx f, const jz_confinement *c, jz_err *err)
{
    /* The other architectures that the processor knows (x32, i386) are no way around the list. */
    int e = seccomp_attr_set(f, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (e != 0)
        return fail(e, err);
    JZ_TRY(add_list(f, SCMP_ACT_ALLOW, plain, JZ_ARRAY_LEN(plain), err));
    JZ_TRY(add_list(f, SCMP_ACT_ERRNO(EACCES), refused, JZ_ARRAY_LEN(refused), err));
    JZ_TRY(add_narrow(f, err));
#ifdef JZ_SANITIZED
    JZ_TRY(add_list(f, SCMP_ACT_ALLOW, for_sanitizers, JZ_ARRAY_LEN(for_sanitizers), err));
#endif
    if (c->threads)
        JZ_TRY(add_threads(f, err));
    if (c->output_bytes > 0)
        JZ_TRY(add_output(f, err));
    e = seccomp_load(f);
    return e == 0 ? JZ_OK : fail(e, err);
}

jz_status jz_seccomp_apply(const jz_confinement *c, jz_err *err)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_KILL_PROCESS);
    if (f == NULL)
        return JZ_FAIL(err, JZ_E_NOMEM, "seccomp: out of memory");
    const jz_status st = fill(f, c, err);
    seccomp_release(f);
    return st;
}
