/* SPDX-License-Identifier: Apache-2.0 */
#include "media/decode/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Landlock as of ABI 6 (linux/landlock.h; Documentation/userspace-api/landlock.rst). Written out
 * here because the headers of the build machine may be older than the kernel that runs. */
#define LANDLOCK_VERSION_FLAG 1u
#define LANDLOCK_NET_ALL 3u   /* bind and connect by TCP; ABI 4 */
#define LANDLOCK_SCOPE_ALL 3u /* abstract sockets and signals; ABI 6 */
typedef struct landlock_ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
} landlock_ruleset;

/* The worker's, the file that it reads and the ruleset. */
#define FDS_MAX (JZ_WORKER_OUT_FD + 3)

/* All file-system rights that an ABI knows: 13 in the first, then REFER, TRUNCATE, IOCTL_DEV. */
static uint64_t landlock_fs_rights(long abi)
{
    const unsigned n = abi >= 5 ? 16 : abi >= 3 ? 15 : abi == 2 ? 14 : 13;
    return (1u << n) - 1;
}

/* A ruleset without rules: everything that it handles is refused. */
static jz_status apply_landlock(uint32_t *abi_out, jz_err *err)
{
    const long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION_FLAG);
    *abi_out = abi > 0 ? (uint32_t)abi : 0;
    if (abi <= 0)
        return JZ_OK; /* an old kernel, or switched off: seccomp alone must do */
    const landlock_ruleset all = {
        .handled_access_fs = landlock_fs_rights(abi),
        .handled_access_net = abi >= 4 ? LANDLOCK_NET_ALL : 0,
        .scoped = abi >= 6 ? LANDLOCK_SCOPE_ALL : 0,
    };
    const long fd = syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0);
    if (fd < 0 || syscall(SYS_landlock_restrict_self, (int)fd, 0) != 0)
        return JZ_FAIL(err, JZ_E_IO, "Landlock %ld: %s", abi, strerror(errno));
    (void)close((int)fd); /* it has done its work */
    return JZ_OK;
}

/* Root's worker is no more than anybody's. */
static jz_status drop_capabilities(jz_err *err)
{
    struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };
    if (syscall(SYS_capset, &head, none) != 0)
        return JZ_FAIL(err, JZ_E_IO, "dropping capabilities: %s", strerror(errno));
    return JZ_OK;
}

static jz_status set_limit(int what, uint64_t value, jz_err *err)
{
    struct rlimit l;
    if (getrlimit((__rlimit_resource_t)what, &l) != 0)
        return JZ_FAIL(err, JZ_E_IO, "resource limit %d: %s", what, strerror(errno));
    if (l.rlim_max != RLIM_INFINITY && value > l.rlim_max)
        value = l.rlim_max; /* a tighter one is in force already */
    l = (struct rlimit){ .rlim_cur = value, .rlim_max = value };
    if (setrlimit((__rlimit_resource_t)what, &l) != 0)
        return JZ_FAIL(err, JZ_E_IO, "resource limit %d: %s", what, strerror(errno));
    return JZ_OK;
}

/* Bytes of address space in use: fork inherits them, and RLIMIT_AS counts them. */
static jz_status mapped_bytes(uint64_t *out, jz_err *err)
{
    char text[64] = { 0 };
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    const ssize_t n = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
    if (fd >= 0)
        (void)close(fd); /* was only read */
    uint64_t pages = 0;
    for (const char *p = text; *p >= '0' && *p <= '9'; p++)
        pages = pages * 10 + (uint64_t)(*p - '0');
    if (n <= 0 || pages == 0)
        return JZ_FAIL(err, JZ_E_IO, "reading /proc/self/statm: %s", strerror(errno));
    *out = pages * (uint64_t)sysconf(_SC_PAGESIZE);
    return JZ_OK;
}

static jz_status limit_resources(const jz_confinement *c, jz_err *err)
{
#ifndef JZ_SANITIZED /* AddressSanitizer maps terabytes for its shadow */
    uint64_t mapped = 0;
    JZ_TRY(mapped_bytes(&mapped, err));
    JZ_TRY(set_limit(RLIMIT_AS, mapped + c->memory_bytes, err));
#else
    (void)mapped_bytes;
#endif
    JZ_TRY(set_limit(RLIMIT_FSIZE, c->output_bytes, err));
    JZ_TRY(set_limit(RLIMIT_CORE, 0, err));
    JZ_TRY(set_limit(RLIMIT_NOFILE, FDS_MAX, err));
    return c->threads ? JZ_OK : set_limit(RLIMIT_NPROC, 0, err);
}

jz_status jz_confine(const jz_confinement *c, uint32_t *landlock_abi, jz_err *err)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return JZ_FAIL(err, JZ_E_IO, "prctl: %s", strerror(errno));
    JZ_TRY(limit_resources(c, err));
    JZ_TRY(apply_landlock(landlock_abi, err));
    JZ_TRY(drop_capabilities(err));
    return jz_seccomp_apply(c, err);
}
