/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for jz-encode in tests, as one that a hostile file has taken over. What it does is
 * named by JZ_TEST_HOSTILE. */
#include "media/encode_request.h"
#include "media/proto.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void say(jz_msg_type type, jz_msg *m)
{
    if (jz_msg_send(JZ_ENCODE_SOCK_FD, type, m, NULL, 0, NULL) != JZ_OK)
        _exit(0);
}

static void leaves(void)
{
    _exit(7);
}

static void crashes(void)
{
    abort();
}

static void silent(void)
{
    for (;;)
        (void)pause();
}

static void garbage(void)
{
    (void)send(JZ_ENCODE_SOCK_FD, "JZ", 2, MSG_NOSIGNAL);
    silent();
}

static void no_such_status(void)
{
    jz_msg m = { .u.encoded.done = { .info = { .orientation = 1 }, .status = 4711 } };
    say(JZ_MSG_ENCODED, &m);
    silent();
}

static void alive_for_ever(void)
{
    for (;;) {
        jz_msg m = { .u.alive = { .frames = 1 } };
        say(JZ_MSG_ALIVE, &m);
    }
}

static void beats_for_ever(void)
{
    for (uint64_t i = 1;; i++) {
        jz_msg m = { .u.alive = { .frames = i } };
        say(JZ_MSG_ALIVE, &m);
    }
}

static void hears_nonsense(void)
{
    jz_msg m = { .u.encoded = { .done = { .info = { .orientation = 1 } }, .rate = 0 } };
    say(JZ_MSG_ENCODED, &m);
    silent();
}

int main(void)
{
    static const struct {
        const char *name;
        void (*act)(void);
    } acts[] = {
        { "leaves", leaves },
        { "crashes", crashes },
        { "silent", silent },
        { "garbage", garbage },
        { "no_such_status", no_such_status },
        { "alive_for_ever", alive_for_ever },
        { "beats_for_ever", beats_for_ever },
        { "hears_nonsense", hears_nonsense },
    };
    const char *wanted = getenv("JZ_TEST_HOSTILE");
    (void)!write(JZ_ENCODE_OUT_FD, "half", 4);
    jz_msg m = { 0 };
    say(JZ_MSG_READY, &m);
    for (size_t i = 0; wanted != NULL && i < JZ_ARRAY_LEN(acts); i++)
        if (strcmp(wanted, acts[i].name) == 0)
            acts[i].act();
    return 1;
}
