/* SPDX-License-Identifier: Apache-2.0 */
/* jz-encode: the program that codes media anew, one process for each file. jz starts it; people
 * only test it. */
#include "media/decode/confine.h"
#include "media/encode/task.h"
#include "media/proto.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIVE_EVERY_S 1
#define SLACK_BYTES ((size_t)1 << 20) /* of output: the limit itself is kept by jz_task_write() */

_Static_assert(JZ_ENCODE_SOCK_FD == JZ_WORKER_SOCK_FD && JZ_ENCODE_OUT_FD == JZ_WORKER_OUT_FD,
               "both programs are confined by the same code");

typedef struct life {
    uint64_t beats; /* of ALIVE messages */
    time_t spoke_at;
} life;

static time_t now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    return t.tv_sec;
}

/* jz_task.alive. Where the socket is gone, nobody waits for the work. */
static void send_alive(jz_task *task)
{
    life *l = task->alive_user;
    const time_t now = now_s();
    if (now - l->spoke_at < ALIVE_EVERY_S)
        return;
    l->spoke_at = now;
    jz_msg m = { .u.alive = { .frames = ++l->beats } };
    if (jz_msg_send(JZ_WORKER_SOCK_FD, JZ_MSG_ALIVE, &m, NULL, 0, NULL) != JZ_OK)
        _exit(0);
}

static jz_status map_request(const jz_encode_request **out, jz_err *err)
{
    struct stat st;
    if (fstat(JZ_ENCODE_REQUEST_FD, &st) != 0 || st.st_size < (off_t)sizeof **out)
        return JZ_FAIL(err, JZ_E_IO, "no request");
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, JZ_ENCODE_REQUEST_FD, 0);
    if (p == MAP_FAILED)
        return JZ_FAIL(err, JZ_E_IO, "mapping the request: errno %d", errno);
    const jz_encode_request *r = p;
    if (r->magic != JZ_ENCODE_MAGIC || r->total != (uint64_t)st.st_size ||
        r->kind >= JZ_ENCODE_KINDS || r->overlays > JZ_OVERLAYS_MAX)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "jz-encode and jz are of different versions");
    *out = r;
    return JZ_OK;
}

/* Nothing of the surroundings stays: no terminal, no descriptor that jz did not mean to give. */
static jz_status leave_surroundings(jz_err *err)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
        return JZ_FAIL(err, JZ_E_IO, "/dev/null: errno %d", errno);
#ifndef JZ_SANITIZED /* whose reports must be seen */
    if (dup2(null, STDERR_FILENO) < 0)
        return JZ_FAIL(err, JZ_E_IO, "/dev/null: errno %d", errno);
#endif
    if (close_range(JZ_ENCODE_IN_FD + 1, ~0u, 0) != 0)
        return JZ_FAIL(err, JZ_E_IO, "close_range: errno %d", errno);
    return JZ_OK;
}

/* Before the first byte of the file is looked at. */
static jz_status set_up(jz_task *task, uint32_t *landlock_abi, jz_err *err)
{
    JZ_TRY(map_request(&task->request, err));
    const jz_encode_request *r = task->request;
    const jz_encoder_row *row = jz_encoder_find(r->format);
    /* Asked first, checked second: jz may have died in between. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != r->parent)
        return JZ_FAIL(err, JZ_E_IO, "jz is gone");
    JZ_TRY(leave_surroundings(err));
    (void)mallopt(M_ARENA_MAX, 1); /* others would reserve 64 MiB of address space each; a wish */
    const jz_confinement c = { .memory_bytes = r->limits.max_memory_bytes,
                               .threads = row != NULL && row->threads,
                               .output_bytes = r->max_output + SLACK_BYTES };
    return jz_confine(&c, landlock_abi, err);
}

static void fill_task(jz_task *task)
{
    const jz_encode_request *r = task->request;
    const uint8_t *base = (const uint8_t *)r;
    const jz_format *format = jz_format_by_name(r->format);
    task->out_fd = JZ_ENCODE_OUT_FD;
    task->in = (jz_job){ .format = format,
                         .fd = JZ_ENCODE_IN_FD,
                         .file_size = r->file_size,
                         .limits = r->limits,
                         .opts = { .every_frame = true, .interval_s = 1 },
                         .info = { .format = format, .orientation = 1 } };
    task->delta = (jz_delta){ .v = (const float *)(const void *)(base + r->delta.at),
                              .width = r->delta.width,
                              .height = r->delta.height,
                              .stride = r->delta.width,
                              .unit = r->delta.unit };
    if (r->kind == JZ_ENCODE_DELTA)
        task->overlay[0] = (jz_overlay){ .delta = &task->delta };
    for (uint32_t i = 0; r->kind == JZ_ENCODE_OVERLAYS && i < r->overlays; i++)
        task->overlay[i] = (jz_overlay){ .rgba = base + r->overlay[i].at,
                                         .width = r->overlay[i].width,
                                         .height = r->overlay[i].height,
                                         .stride = (size_t)r->overlay[i].width * 4,
                                         .x = r->overlay[i].x,
                                         .y = r->overlay[i].y };
    if (r->kind == JZ_ENCODE_SOUND)
        task->sound = (jz_sound){ .samples = (const int16_t *)(base + r->sound.at),
                                  .n = r->sound.n,
                                  .rate = r->sound.rate,
                                  .gap_ms = r->sound.gap_ms,
                                  .at_start = r->sound.at_start != 0,
                                  .at_end = r->sound.at_end != 0 };
}

static bool has_sound(const jz_task *task)
{
    const jz_format *f = task->in.format;
    return f != NULL && (f->kind == JZ_KIND_AUDIO || f->kind == JZ_KIND_VIDEO);
}

static jz_status code(jz_task *task, jz_err *err)
{
    const jz_encoder_row *row = jz_encoder_find(task->request->format);
    const uint32_t kind = task->request->kind;
    const bool sound = kind == JZ_ENCODE_SOUND;
    if (kind == JZ_ENCODE_CLIP)
        return jz_encode_av_clip(task, err);
    jz_encode_fn encode = NULL;
    if (row != NULL && kind != JZ_ENCODE_LISTEN)
        encode = sound ? row->sound : row->overlay;
    if (kind == JZ_ENCODE_LISTEN && has_sound(task))
        encode = jz_encode_av_listen;
    if (encode == NULL)
        return JZ_FAIL(err, JZ_E_UNSUPPORTED, "no %s a file of the format %s",
                       kind == JZ_ENCODE_LISTEN ? "sound is heard in"
                       : sound                  ? "audible mark can be put into"
                                                : "mark can be burned into",
                       task->request->format);
    if (kind == JZ_ENCODE_DELTA && (encode == jz_encode_av_video) != !(task->delta.unit > 0))
        return JZ_FAIL(err, JZ_E_INVAL, "a %s into a file of the format %s",
                       task->delta.unit > 0 ? "still's change" : "pattern for frames",
                       task->request->format);
    JZ_TRY(jz_job_check_nesting(&task->in, err));
    return encode(task, err);
}

static jz_status work(jz_task *task, jz_err *err)
{
    const jz_status st = code(task, err);
    jz_job_done(&task->in);
    if (st == JZ_E_NOMEM)
        return JZ_FAIL(err, JZ_E_LIMIT, "encoder memory limit of %" PRIu64 " bytes",
                       task->request->limits.max_memory_bytes);
    return st;
}

static int report(jz_status st, const jz_err *err, const jz_task *task)
{
    jz_msg m = { 0 };
    jz_media_info info = { .orientation = 1, .frames = task->info.frames };
    memcpy(info.codec, task->info.codec, sizeof info.codec);
    jz_msg_done_write(st, err, &info, &m.u.encoded.done);
    m.u.encoded.covered = task->info.covered;
    m.u.encoded.covered_until_s = task->info.covered_until_s;
    m.u.encoded.untouched = task->info.untouched;
    m.u.encoded.streams_dropped = task->info.streams_dropped;
    m.u.encoded.rate = task->heard.rate;
    m.u.encoded.channels = task->heard.channels;
    m.u.encoded.level_db = task->heard.level_db;
    m.u.encoded.peak = task->heard.peak;
    return jz_msg_send(JZ_WORKER_SOCK_FD, JZ_MSG_ENCODED, &m, NULL, 0, NULL) == JZ_OK ? 0 : 1;
}

static int run_task(void)
{
    int type = 0;
    socklen_t len = sizeof type;
    if (getsockopt(JZ_WORKER_SOCK_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
        type != SOCK_SEQPACKET) {
        (void)fprintf(stderr, "jz-encode: only jz can give it a task\n");
        return 2;
    }
    life l = { .spoke_at = now_s() };
    jz_task task = { .alive = send_alive, .alive_user = &l };
    jz_msg m = { 0 };
    jz_err err = { 0 };
    jz_status st = set_up(&task, &m.u.ready.landlock_abi, &err);
    m.u.ready.status = (uint32_t)st;
    (void)snprintf(m.u.ready.text, sizeof m.u.ready.text, "%s", err.frame[0]);
    if (jz_msg_send(JZ_WORKER_SOCK_FD, JZ_MSG_READY, &m, NULL, 0, NULL) != JZ_OK || st != JZ_OK)
        return 1; /* never work outside the sandbox */
    fill_task(&task);
    st = work(&task, &err);
    return report(st, &err, &task);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--task") == 0)
        _exit(run_task()); /* without exit handlers, which the sandbox would not like */
    if (argc == 2 && strcmp(argv[1], "--self-test") == 0)
        return jz_self_test(true);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("jz-encode %s\n", JZ_VERSION);
        return 0;
    }
    (void)fprintf(stderr, "usage: jz-encode --self-test | --version\n"
                          "jz starts this program by itself; it encodes nothing alone.\n");
    return 2;
}
