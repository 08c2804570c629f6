/* SPDX-License-Identifier: Apache-2.0 */
/* jz-decode: the program that holds every foreign decoder. jz starts it; people only test it. */
#include "media/decode/confine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_FD 3

/* Nothing of the surroundings stays: no terminal, no descriptor that jz did not mean to give. */
static int zygote(void)
{
    int type = 0;
    socklen_t len = sizeof type;
    if (getsockopt(CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 || type != SOCK_SEQPACKET) {
        (void)fprintf(stderr, "jz-decode: only jz can start a decoder\n");
        return 2;
    }
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return 4;
#ifndef JZ_SANITIZED /* whose reports must be seen */
    if (dup2(null, STDERR_FILENO) < 0)
        return 4;
#endif
    if (close_range(CONTROL_FD + 1, ~0u, 0) != 0)
        return 4;
    jz_zygote_run(CONTROL_FD);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--zygote") == 0)
        return zygote();
    if (argc == 2 && strcmp(argv[1], "--self-test") == 0)
        return jz_self_test(false);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("jz-decode %s\n", JZ_VERSION);
        return 0;
    }
    (void)fprintf(stderr, "usage: jz-decode --self-test | --version\n"
                          "jz starts this program by itself; it decodes nothing alone.\n");
    return 2;
}
