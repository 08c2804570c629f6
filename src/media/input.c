/* SPDX-License-Identifier: Apache-2.0 */
#include "media/input.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x10 /* Linux 5.1 */
#endif

static jz_status map_at(int fd, int prot, void **out, jz_err *err)
{
    void *p = mmap(NULL, JZ_INPUT_BYTES, prot, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        return JZ_FAIL(err, JZ_E_NOMEM, "mapping an input buffer: %s", strerror(errno));
    *out = p;
    return JZ_OK;
}

jz_status jz_input_new(int *fd, uint8_t **map, jz_err *err)
{
    JZ_FD_AUTO made = memfd_create("jz-input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    void *p = NULL;
    if (made < 0 || ftruncate(made, (off_t)JZ_INPUT_BYTES) != 0)
        return JZ_FAIL(err, JZ_E_IO, "an input buffer: %s", strerror(errno));
    JZ_TRY(map_at(made, PROT_READ | PROT_WRITE, &p, err));
    if (fcntl(made, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) !=
        0) {
        const int e = errno;
        (void)munmap(p, JZ_INPUT_BYTES); /* just mapped */
        return JZ_FAIL(err, JZ_E_IO, "sealing an input buffer: %s", strerror(e));
    }
    *map = p;
    *fd = made;
    made = -1;
    return JZ_OK;
}

jz_status jz_input_map(int fd, const uint8_t **map, jz_err *err)
{
    void *p = NULL;
    JZ_TRY(map_at(fd, PROT_READ, &p, err));
    *map = p;
    return JZ_OK;
}
