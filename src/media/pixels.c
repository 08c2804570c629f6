/* SPDX-License-Identifier: Apache-2.0 */
#include "media/pixels.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1 */
#endif

jz_status jz_pixels_new(size_t size, int *fd, jz_err *err)
{
    JZ_FD_AUTO made = memfd_create("jz-pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* Sealed, or a worker could shrink the file below what jz reads. With a byte written, since a
     * file without any page is never given a huge one. */
    if (made < 0 || ftruncate(made, (off_t)size) != 0 || pwrite(made, "", 1, 0) != 1 ||
        fcntl(made, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return JZ_FAIL(err, JZ_E_IO, "a pixel buffer of %zu bytes: %s", size, strerror(errno));
    *fd = made;
    made = -1;
    return JZ_OK;
}

/* Room for size bytes at a multiple of JZ_PIXELS_HUGE: the ends of a larger one are given back. */
static void *reserve(size_t size)
{
    uint8_t *room =
        mmap(NULL, size + JZ_PIXELS_HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return MAP_FAILED;
    const size_t before = -(uintptr_t)room % JZ_PIXELS_HUGE;
    if (before > 0)
        (void)munmap(room, before); /* address space, nothing else */
    (void)munmap(room + before + size, JZ_PIXELS_HUGE - before);
    return room + before;
}

jz_status jz_pixels_map(int fd, size_t size, bool writable, uint8_t **out, jz_err *err)
{
    void *p = reserve(size);
    const int prot = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    if (p == MAP_FAILED || mmap(p, size, prot, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED) {
        const int e = errno;
        if (p != MAP_FAILED)
            (void)munmap(p, size); /* the room */
        return JZ_FAIL(err, JZ_E_NOMEM, "mapping a pixel buffer of %zu bytes: %s", size,
                       strerror(e));
    }
    (void)madvise(p, JZ_PIXELS_HUGE, MADV_COLLAPSE); /* small pages do as well */
    *out = p;
    return JZ_OK;
}
