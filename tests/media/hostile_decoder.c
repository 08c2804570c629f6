/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for jz-decode in tests: its worker behaves as one that a hostile file has taken over.
 * What it does is named by JZ_TEST_HOSTILE. */
#include "media/proto.h"

#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONTROL_FD 3

static void send_with(int sock, jz_msg_type type, jz_msg *m, const int *fds, size_t n)
{
    if (jz_msg_send(sock, type, m, fds, n, NULL) != JZ_OK)
        _exit(0);
}

static void send_plain(int sock, jz_msg_type type, jz_msg *m)
{
    send_with(sock, type, m, NULL, 0);
}

static jz_msg good_frame(uint64_t index)
{
    return (jz_msg){ .u.frame = { .info = { .orientation = 1, .width = 4, .height = 4 },
                                  .stride = 12,
                                  .index = index,
                                  .width = 4,
                                  .height = 4,
                                  .channels = 3,
                                  .full_width = 4,
                                  .full_height = 4 } };
}

static jz_msg good_done(void)
{
    return (jz_msg){ .u.done = { .info = { .orientation = 1, .frames = 1 } } };
}

static jz_msg good_last(void)
{
    return (jz_msg){ .u.last = { .frame = good_frame(0).u.frame, .done = good_done().u.done } };
}

static void garbage(int sock)
{
    uint8_t bytes[999];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 37 + 11);
    (void)send(sock, bytes, sizeof bytes, MSG_NOSIGNAL);
}

static void short_message(int sock)
{
    (void)send(sock, "JZ", 2, MSG_NOSIGNAL);
}

static void outside(int sock)
{
    jz_msg m = good_frame(0);
    m.u.frame.height = m.u.frame.full_height = 0x7fffffff;
    send_plain(sock, JZ_MSG_FRAME, &m);
}

static void last_outside(int sock)
{
    jz_msg m = good_last();
    m.u.last.frame.width = m.u.last.frame.full_width = 0x7fffffff;
    send_plain(sock, JZ_MSG_LAST, &m);
}

/* The same frame once more, as the last. */
static void last_again(int sock)
{
    jz_msg m = good_frame(0);
    send_plain(sock, JZ_MSG_FRAME, &m);
    m = good_last();
    send_plain(sock, JZ_MSG_LAST, &m);
}

/* Though nobody asked for them. */
static void hashes(int sock)
{
    jz_msg m = good_last();
    m.u.last.pdq_size = JZ_MSG_PDQ_BYTES;
    send_plain(sock, JZ_MSG_LAST, &m);
}

static void long_hashes(int sock)
{
    jz_msg m = good_last();
    m.u.last.pdq_size = UINT32_MAX;
    send_plain(sock, JZ_MSG_LAST, &m);
}

static void wide_stride(int sock)
{
    jz_msg m = good_frame(0);
    m.u.frame.stride = UINT64_MAX / 2;
    send_plain(sock, JZ_MSG_FRAME, &m);
}

static void flood(int sock)
{
    for (uint64_t i = 0;; i++) {
        jz_msg m = good_frame(i);
        send_plain(sock, JZ_MSG_FRAME, &m);
    }
}

static void backwards(int sock)
{
    for (uint64_t i = 5; i > 3; i--) {
        jz_msg m = good_frame(i);
        send_plain(sock, JZ_MSG_FRAME, &m);
    }
}

static void alive_for_ever(int sock)
{
    for (;;) {
        jz_msg m = { .u.alive = { .frames = 1 } };
        send_plain(sock, JZ_MSG_ALIVE, &m);
    }
}

static void no_such_status(int sock)
{
    jz_msg m = good_done();
    m.u.done.status = 4711;
    send_plain(sock, JZ_MSG_DONE, &m);
}

static void not_a_number(int sock)
{
    jz_msg m = good_frame(0);
    m.u.frame.info.fps = __builtin_nan("");
    send_plain(sock, JZ_MSG_FRAME, &m);
}

static void nothing_decoded(int sock)
{
    jz_msg m = good_done();
    send_plain(sock, JZ_MSG_DONE, &m);
}

static void descriptors(int sock)
{
    jz_msg m = good_done();
    send_with(sock, JZ_MSG_DONE, &m, (const int[]){ sock, sock }, 2);
}

static void terminal_codes(int sock)
{
    jz_msg m = good_done();
    m.u.done.status = JZ_E_CORRUPT;
    m.u.done.depth = 1;
    memset(m.u.done.text[0], 'x', sizeof m.u.done.text[0]); /* not terminated */
    memcpy(m.u.done.text[0], "\033[2Jgone\n", 9);
    memcpy(m.u.done.info.codec, "\r\xe2\x80\xaeh264", 8);
    send_plain(sock, JZ_MSG_DONE, &m);
}

static void silent(int sock)
{
    (void)sock;
    for (;;)
        (void)pause();
}

static void leaves(int sock)
{
    (void)sock;
    _exit(7);
}

static const struct {
    const char *name;
    void (*act)(int sock);
} acts[] = {
    { "garbage", garbage },
    { "short", short_message },
    { "outside", outside },
    { "last_outside", last_outside },
    { "last_again", last_again },
    { "hashes", hashes },
    { "long_hashes", long_hashes },
    { "wide_stride", wide_stride },
    { "flood", flood },
    { "backwards", backwards },
    { "alive_for_ever", alive_for_ever },
    { "no_such_status", no_such_status },
    { "not_a_number", not_a_number },
    { "nothing_decoded", nothing_decoded },
    { "descriptors", descriptors },
    { "terminal_codes", terminal_codes },
    { "silent", silent },
    { "leaves", leaves },
};

static void work(int sock, const char *what)
{
    jz_msg m = { 0 };
    int fd = -1;
    send_plain(sock, JZ_MSG_READY, &m);
    while (jz_msg_recv(sock, &m, &fd, 1, NULL) == JZ_OK) {
        if (fd >= 0)
            (void)close(fd);
        for (size_t i = 0; m.type == JZ_MSG_DECODE && i < JZ_ARRAY_LEN(acts); i++)
            if (strcmp(acts[i].name, what) == 0)
                acts[i].act(sock);
    }
    _exit(0);
}

static void spawn(const int fds[JZ_MSG_FDS], const char *what)
{
    jz_msg m = { 0 };
    const pid_t pid = fork();
    if (pid == 0) {
        (void)close(CONTROL_FD);
        work(fds[0], what);
    }
    const int pidfd = pidfd_open(pid, 0);
    m.u.spawned.pid = pid;
    send_with(CONTROL_FD, JZ_MSG_SPAWNED, &m, &pidfd, 1);
    (void)close(pidfd);
}

int main(void)
{
    const char *what = getenv("JZ_TEST_HOSTILE");
    jz_msg m = { .u.hello = { .count = 1, .formats = { { .name = "jpeg" } } } };
    int fds[JZ_MSG_FDS];
    send_plain(CONTROL_FD, JZ_MSG_HELLO, &m);
    while (jz_msg_recv(CONTROL_FD, &m, fds, JZ_MSG_FDS, NULL) == JZ_OK) {
        if (m.type == JZ_MSG_SPAWN) {
            spawn(fds, what != NULL ? what : "");
        } else {
            int status = 0;
            (void)waitpid(m.u.reap.pid, &status, 0);
            m = (jz_msg){ .u.reaped = { .wait_status = status } };
            send_plain(CONTROL_FD, JZ_MSG_REAPED, &m);
        }
        for (size_t i = 0; i < JZ_MSG_FDS; i++)
            if (fds[i] >= 0)
                (void)close(fds[i]);
    }
    return 0;
}
