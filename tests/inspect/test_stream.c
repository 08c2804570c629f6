/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a stream, each against a stream that ffmpeg makes with what it looks for. */
#include "inspect/history.h"
#include "inspect/stream_checks.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The whole of it moves. */
#define BASE "mandelbrot=s=256x256:r=25:end_scale=0.1"
#define NOISE "noise=alls=8:allf=t"
#define LAST JZ_STREAM_CHECKS

static const struct {
    const char *filter;
    size_t remarkable; /* the one check; LAST: none */
} streams[] = {
    { BASE "," NOISE, LAST },
    { BASE "," NOISE ",select='not(mod(n\\,2))',fps=25", JZ_STREAM_DUPLICATES },
    { BASE "," NOISE ",loop=loop=9:size=8:start=0", JZ_STREAM_REPEATS },
    { BASE ",noise=alls=20", JZ_STREAM_NOISE },
    { BASE "," NOISE ",select='not(between(n\\,20\\,22))'", JZ_STREAM_GAP },
    { BASE "," NOISE ",setpts='PTS*(1+gt(N\\,24))-25*gt(N\\,24)/25/TB'", JZ_STREAM_RATE },
    { BASE "," NOISE ",geq=lum='lum(X\\,Y)+25*sin(2*PI*X/5.3)':cb='cb(X\\,Y)':cr='cr(X\\,Y)'",
      JZ_STREAM_MOIRE },
};

typedef struct fixture {
    jz_sandbox *sandbox;
    jz_decoder *decoder;
    char path[32]; /* of the stream */
} fixture;

static int set_up(void **state)
{
    static fixture f = { .path = "/tmp/jz-stream-XXXXXX.mp4" };
    const int fd = mkstemps(f.path, 4);
    *state = &f;
    if (fd >= 0 && close(fd) == 0 && jz_sandbox_open(NULL, NULL, &f.sandbox, NULL) == JZ_OK &&
        jz_decoder_new(f.sandbox, &f.decoder, NULL) == JZ_OK)
        return 0;
    (void)unlink(f.path); /* what has failed is told */
    return -1;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    jz_decoder_free(f->decoder);
    jz_sandbox_close(f->sandbox);
    return unlink(f->path);
}

/* The stream, open. coding: x264's parameters. */
static int make(const fixture *f, const char *filter, const char *coding)
{
    char source[512];
    char *argv[] = { (char[]){ "ffmpeg" },
                     (char[]){ "-v" },
                     (char[]){ "error" },
                     (char[]){ "-nostdin" },
                     (char[]){ "-y" },
                     (char[]){ "-threads" },
                     (char[]){ "1" },
                     (char[]){ "-f" },
                     (char[]){ "lavfi" },
                     (char[]){ "-i" },
                     source,
                     (char[]){ "-frames:v" },
                     (char[]){ "50" },
                     (char[]){ "-fps_mode" },
                     (char[]){ "passthrough" },
                     (char[]){ "-c:v" },
                     (char[]){ "libx264" },
                     (char[]){ "-preset" },
                     (char[]){ "ultrafast" },
                     (char[]){ "-x264-params" },
                     (char *)(uintptr_t)coding,
                     (char[]){ "-pix_fmt" },
                     (char[]){ "yuv420p" },
                     (char *)(uintptr_t)f->path,
                     NULL };
    extern char **environ;
    pid_t child;
    int status = 1;
    (void)snprintf(source, sizeof source, "%s", filter);
    assert_int_equal(posix_spawnp(&child, "ffmpeg", NULL, NULL, argv, environ), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    const int fd = open(f->path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static jz_status take(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    (void)info;
    return jz_stream_checks_add(user, &frame->plane, frame->shown_seconds, err);
}

static void check(jz_decoder *d, int fd, jz_media_info *info, jz_stream *out)
{
    const jz_decode_opts every = { .every_frame = true };
    jz_stream_checks c = { 0 };
    assert_int_equal(jz_decode(d, fd, &every, take, &c, info, NULL), JZ_OK);
    jz_stream_checks_end(&c, info->fps, out);
    jz_stream_checks_done(&c);
}

static void expect(size_t i, const jz_stream *s)
{
    for (size_t k = 0; k < JZ_STREAM_CHECKS; k++)
        if (s->remarkable[k] != (k == streams[i].remarkable))
            fail_msg("stream %zu: %s is %g", i, jz_stream_check_at(k)->name, s->check[k].value);
}

static void test_each_check_names_what_was_made(void **state)
{
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(streams); i++) {
        jz_stream s = { 0 };
        const int fd = make(f, streams[i].filter, "crf=12");
        jz_media_info info = { 0 };
        check(f->decoder, fd, &info, &s);
        expect(i, &s);
        jz_inspection in = { 0 };
        assert_int_equal(jz_history_read(fd, &in, NULL), JZ_OK);
        assert_true(in.n_history == 3 && strcmp(in.history[0], "x264") == 0);
        in.info = info;
        jz_history_hints(&in);
        assert_true(in.hint[JZ_HINT_SIDE].valid && !in.hint[JZ_HINT_RATE].valid); /* not hashed */
        (void)close(fd);
    }
}

static jz_status pass(void *user, const jz_media_info *info, const jz_frame *frame, jz_err *err)
{
    (void)user;
    (void)info;
    (void)frame;
    (void)err;
    return JZ_OK;
}

static void test_quantiser_is_what_the_encoder_used(void **state)
{
    static const struct {
        const char *coding;
        double qp;
    } of[] = { { "qp=33:ipratio=1", 33 }, { "qp=20:ipratio=1", 20 }, { "qp=0", 0 } };
    fixture *f = *state;
    for (size_t i = 0; i < JZ_ARRAY_LEN(of); i++) {
        const int fd = make(f, "testsrc2=s=256x256:r=25", of[i].coding);
        for (int wanted = 0; wanted <= 1; wanted++) {
            const jz_decode_opts opts = { .quantiser = wanted != 0 };
            jz_inspection in = { 0 };
            assert_int_equal(jz_decode(f->decoder, fd, &opts, pass, NULL, &in.info, NULL), JZ_OK);
            jz_history_hints(&in);
            assert_int_equal(in.hint[JZ_HINT_QP].valid, wanted);
            assert_int_equal(in.info.qp_frames, wanted ? 50 : 0);
            assert_true(!wanted || in.hint[JZ_HINT_QP].value == of[i].qp);
        }
        (void)close(fd);
    }
}

static void test_few_frames_say_nothing(void **state)
{
    (void)state;
    static const uint8_t px[64 * 64];
    const jz_plane plane = { px, 64, 64, 64, 1 };
    jz_stream_checks c = { 0 };
    jz_stream s = { 0 };
    for (size_t n = 0; n < 3; n++) {
        jz_stream_checks_end(&c, 25, &s);
        for (size_t k = 0; k < JZ_STREAM_CHECKS; k++)
            assert_true(!s.check[k].valid && !s.remarkable[k] && s.check[k].why != NULL);
        assert_int_equal(jz_stream_checks_add(&c, &plane, 0, NULL), JZ_OK);
    }
    jz_stream_checks_end(&c, 25, &s); /* three of one colour, without times */
    for (size_t k = 0; k < JZ_STREAM_CHECKS; k++)
        assert_true(!s.check[k].valid && s.check[k].why != NULL);
    jz_stream_checks_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_check_names_what_was_made),
        cmocka_unit_test(test_quantiser_is_what_the_encoder_used),
        cmocka_unit_test(test_few_frames_say_nothing),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
